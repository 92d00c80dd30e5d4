/* SPDX-License-Identifier: GPL-2.0 */
/* A spinlock under another name: whoever takes one here is alone. */
#ifndef BENCH_LINUX_MUTEX_H
#define BENCH_LINUX_MUTEX_H

#include <linux/spinlock.h>

struct mutex {
	spinlock_t lock;
};

#define mutex_init(m)		spin_lock_init(&(m)->lock)
#define mutex_lock(m)		spin_lock(&(m)->lock)
#define mutex_unlock(m)		spin_unlock(&(m)->lock)

#endif /* BENCH_LINUX_MUTEX_H */
