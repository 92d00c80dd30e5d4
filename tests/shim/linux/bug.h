/* SPDX-License-Identifier: GPL-2.0 */
/* Assertions; one that fires fails the test unless it was expected. */
#ifndef SHIM_LINUX_BUG_H
#define SHIM_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <shim.h>

#define BUG()		shim_bug(__FILE__, __LINE__, "BUG")
#define BUG_ON(cond)	\
do {			\
	if (unlikely(cond))	\
		shim_bug(__FILE__, __LINE__, "BUG_ON(" #cond ")");	\
} while (0)

#define __WARN_printf(fmt...)	shim_warn(__FILE__, __LINE__, fmt)
#define __WARN()		__WARN_printf("WARN")

#define WARN(cond, fmt...) ({			\
	bool __warn = !!(cond);			\
	if (unlikely(__warn))			\
		__WARN_printf(fmt);		\
	unlikely(__warn); })

#define WARN_ON(cond)		WARN(cond, "WARN_ON(%s)", #cond)

#define WARN_ONCE(cond, fmt...) ({		\
	static bool __warned;			\
	bool __warn_once = !!(cond);		\
	if (unlikely(__warn_once && !__warned)) {	\
		__warned = true;		\
		__WARN_printf(fmt);		\
	}					\
	unlikely(__warn_once); })

#define WARN_ON_ONCE(cond)	WARN_ONCE(cond, "WARN_ON_ONCE(%s)", #cond)
#define VM_WARN_ON_ONCE(cond)	WARN_ON_ONCE(cond)
#define VM_BUG_ON(cond)		BUG_ON(cond)
#define CHECK_DATA_CORRUPTION(cond, addr, fmt...)	WARN(cond, fmt)

#endif /* SHIM_LINUX_BUG_H */
