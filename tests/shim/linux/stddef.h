/* SPDX-License-Identifier: GPL-2.0 */
/* Offsets and sizes of members. */
#ifndef SHIM_LINUX_STDDEF_H
#define SHIM_LINUX_STDDEF_H

#include_next <linux/stddef.h>
#include <stddef.h>

#ifdef __KERNEL__

#define sizeof_field(type, member)	sizeof(((type *)0)->member)
#define offsetofend(type, member)	\
	(offsetof(type, member) + sizeof_field(type, member))
#define typeof_member(type, member)	typeof(((type *)0)->member)

#define struct_group(name, members...)	\
	union {				\
		struct { members };	\
		struct { members } name;	\
	}
#define DECLARE_FLEX_ARRAY(type, name)	__DECLARE_FLEX_ARRAY(type, name)

#endif /* __KERNEL__ */

#endif /* SHIM_LINUX_STDDEF_H */
