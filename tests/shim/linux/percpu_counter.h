/* SPDX-License-Identifier: GPL-2.0 */
/* Counters with per-CPU parts; here always exact. */
#ifndef SHIM_LINUX_PERCPU_COUNTER_H
#define SHIM_LINUX_PERCPU_COUNTER_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/types.h>

struct percpu_counter {
	atomic64_t count;
};

static inline int percpu_counter_init(struct percpu_counter *c, s64 v,
				      gfp_t gfp)
{
	atomic64_set(&c->count, v);
	return 0;
}

static inline void percpu_counter_destroy(struct percpu_counter *c)
{
}

static inline void percpu_counter_set(struct percpu_counter *c, s64 v)
{
	atomic64_set(&c->count, v);
}

static inline void percpu_counter_add(struct percpu_counter *c, s64 v)
{
	atomic64_add(v, &c->count);
}

static inline void percpu_counter_sub(struct percpu_counter *c, s64 v)
{
	percpu_counter_add(c, -v);
}

static inline void percpu_counter_inc(struct percpu_counter *c)
{
	percpu_counter_add(c, 1);
}

static inline void percpu_counter_dec(struct percpu_counter *c)
{
	percpu_counter_add(c, -1);
}

static inline s64 percpu_counter_read(struct percpu_counter *c)
{
	return atomic64_read(&c->count);
}

static inline s64 percpu_counter_read_positive(struct percpu_counter *c)
{
	s64 v = percpu_counter_read(c);

	return v > 0 ? v : 0;
}

#define percpu_counter_add_batch(c, v, batch)	percpu_counter_add(c, v)
#define percpu_counter_sum(c)		percpu_counter_read(c)
#define percpu_counter_sum_positive(c)	percpu_counter_read_positive(c)
#define percpu_counter_compare(c, v)	\
	((percpu_counter_read(c) > (v)) - (percpu_counter_read(c) < (v)))

#endif /* SHIM_LINUX_PERCPU_COUNTER_H */
