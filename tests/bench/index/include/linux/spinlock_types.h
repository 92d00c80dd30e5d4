/* SPDX-License-Identifier: GPL-2.0 */
/* A spinlock of four bytes, as in the kernel. */
#ifndef BENCH_LINUX_SPINLOCK_TYPES_H
#define BENCH_LINUX_SPINLOCK_TYPES_H

typedef struct spinlock {
	unsigned int locked;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name)	{ 0 }
#define DEFINE_SPINLOCK(name)		spinlock_t name = { 0 }

#endif /* BENCH_LINUX_SPINLOCK_TYPES_H */
