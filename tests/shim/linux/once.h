/* SPDX-License-Identifier: GPL-2.0 */
/* Once per world. */
#ifndef SHIM_LINUX_ONCE_H
#define SHIM_LINUX_ONCE_H

#include <linux/types.h>

#define DO_ONCE(func, ...) ({		\
	static bool __once;		\
	bool __first = !__once;		\
	__once = true;			\
	if (__first)			\
		func(__VA_ARGS__);	\
	__first; })

#endif /* SHIM_LINUX_ONCE_H */
