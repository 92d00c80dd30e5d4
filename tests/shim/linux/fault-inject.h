/* SPDX-License-Identifier: GPL-2.0 */
/* Fault attributes: a share out of 100, drawn from the world's seed. */
#ifndef SHIM_LINUX_FAULT_INJECT_H
#define SHIM_LINUX_FAULT_INJECT_H

#include <linux/atomic.h>
#include <linux/random.h>

struct fault_attr {
	unsigned long probability;
	unsigned long interval;
	atomic_t times;
};

#define FAULT_ATTR_INITIALIZER	{ .times = ATOMIC_INIT(-1) }
#define DECLARE_FAULT_ATTR(name)	\
	struct fault_attr name = FAULT_ATTR_INITIALIZER

static inline bool should_fail(struct fault_attr *attr, ssize_t size)
{
	if (!attr->probability || !atomic_read(&attr->times))
		return false;
	if (get_random_u32_below(100) >= attr->probability)
		return false;
	if (atomic_read(&attr->times) > 0)
		atomic_dec(&attr->times);
	return true;
}

#endif /* SHIM_LINUX_FAULT_INJECT_H */
