/* SPDX-License-Identifier: GPL-2.0 */
/* No limit: tests want every line. */
#ifndef SHIM_LINUX_RATELIMIT_H
#define SHIM_LINUX_RATELIMIT_H

#include <linux/jiffies.h>
#include <linux/types.h>

#define DEFAULT_RATELIMIT_INTERVAL	(5 * HZ)
#define DEFAULT_RATELIMIT_BURST		10

struct ratelimit_state {
	int interval;
	int burst;
};

#define RATELIMIT_STATE_INIT(name, i, b) { .interval = (i), .burst = (b) }
#define DEFINE_RATELIMIT_STATE(name, i, b)	\
	struct ratelimit_state name = RATELIMIT_STATE_INIT(name, i, b)

static inline void ratelimit_state_init(struct ratelimit_state *rs,
					int interval, int burst)
{
	rs->interval = interval;
	rs->burst = burst;
}

static inline void ratelimit_default_init(struct ratelimit_state *rs)
{
	ratelimit_state_init(rs, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
}

static inline void ratelimit_set_flags(struct ratelimit_state *rs,
				       unsigned long flags)
{
}

static inline int __ratelimit(struct ratelimit_state *rs)
{
	return 1;
}

#endif /* SHIM_LINUX_RATELIMIT_H */
