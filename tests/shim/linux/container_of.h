/* SPDX-License-Identifier: GPL-2.0 */
/* From a member to the structure around it. */
#ifndef SHIM_LINUX_CONTAINER_OF_H
#define SHIM_LINUX_CONTAINER_OF_H

#include <linux/build_bug.h>
#include <linux/stddef.h>

#define container_of(ptr, type, member) ({				\
	void *__member = (void *)(ptr);					\
	_Static_assert(__same_type(*(ptr), ((type *)0)->member) ||	\
		       __same_type(*(ptr), void),			\
		       "type of the pointer is not that of the member");	\
	((type *)(__member - offsetof(type, member))); })
#define container_of_const(ptr, type, member)	\
	container_of(ptr, type, member)

#endif /* SHIM_LINUX_CONTAINER_OF_H */
