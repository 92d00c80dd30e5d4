/* SPDX-License-Identifier: GPL-2.0 */
/* Type checks. */
#ifndef SHIM_LINUX_TYPECHECK_H
#define SHIM_LINUX_TYPECHECK_H

#define typecheck(type, x) ({			\
	type __t;				\
	typeof(x) __x;				\
	(void)(&__t == &__x);			\
	1; })

#endif /* SHIM_LINUX_TYPECHECK_H */
