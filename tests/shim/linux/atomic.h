/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Atomic integers and pointers.
 *
 * The operations are the compiler's, always fully ordered, so that they also
 * hold between real threads; an ordering suffix changes nothing but the name.
 */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <asm/barrier.h>
#include <asm/cmpxchg.h>
#include <linux/compiler.h>
#include <linux/types.h>

typedef atomic64_t atomic_long_t;
#define ATOMIC_LONG_INIT(i)	ATOMIC64_INIT(i)

#define SHIM_ATOMIC_TYPE	atomic_t
#define SHIM_ATOMIC_INT		int
#define SHIM_ATOMIC_NAME(op)	atomic_##op
#include <asm/atomic_template.h>
#undef SHIM_ATOMIC_TYPE
#undef SHIM_ATOMIC_INT
#undef SHIM_ATOMIC_NAME

#define SHIM_ATOMIC_TYPE	atomic64_t
#define SHIM_ATOMIC_INT		s64
#define SHIM_ATOMIC_NAME(op)	atomic64_##op
#include <asm/atomic_template.h>
#undef SHIM_ATOMIC_TYPE
#undef SHIM_ATOMIC_INT
#undef SHIM_ATOMIC_NAME

#define SHIM_ATOMIC_TYPE	atomic_long_t
#define SHIM_ATOMIC_INT		long
#define SHIM_ATOMIC_NAME(op)	atomic_long_##op
#include <asm/atomic_template.h>
#undef SHIM_ATOMIC_TYPE
#undef SHIM_ATOMIC_INT
#undef SHIM_ATOMIC_NAME

#endif /* SHIM_LINUX_ATOMIC_H */
