/* SPDX-License-Identifier: GPL-2.0 */
/* Compile-time checks. */
#ifndef SHIM_LINUX_BUILD_BUG_H
#define SHIM_LINUX_BUILD_BUG_H

#include <linux/compiler.h>

/* One or two arguments; the second is the message. */
#define SHIM_STATIC_ASSERT(expr, msg, ...)	_Static_assert(expr, msg)
#undef static_assert
#define static_assert(expr, ...)	\
	SHIM_STATIC_ASSERT(expr, ##__VA_ARGS__, #expr)

#define BUILD_BUG_ON_ZERO(e)	((int)(sizeof(struct { int : (-!!(e)); })))
#define BUILD_BUG_ON_MSG(cond, msg)	_Static_assert(!(cond), msg)
#define BUILD_BUG_ON(cond)	\
	BUILD_BUG_ON_MSG(cond, "BUILD_BUG_ON failed: " #cond)
#define BUILD_BUG_ON_NOT_POWER_OF_2(n)	\
	BUILD_BUG_ON((n) == 0 || (((n) & ((n) - 1)) != 0))
#define BUILD_BUG()		BUILD_BUG_ON_MSG(1, "BUILD_BUG failed")
#define BUILD_BUG_ON_INVALID(e)	((void)(sizeof((long)(e))))

#endif /* SHIM_LINUX_BUILD_BUG_H */
