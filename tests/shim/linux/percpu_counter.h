/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters with per-CPU parts; always exact in the simulation.  With threads each
 * CPU keeps what is less than a batch to itself.
 */
#ifndef SHIM_LINUX_PERCPU_COUNTER_H
#define SHIM_LINUX_PERCPU_COUNTER_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/types.h>

struct percpu_counter {
	atomic64_t count;
#ifdef SHIM_THREADS
	struct {
		s64 part;
	} ____cacheline_aligned cpu[NR_CPUS];
#endif
};

#ifdef SHIM_THREADS
#define SHIM_COUNTER_BATCH	32
#endif

static inline int percpu_counter_init(struct percpu_counter *c, s64 v,
				      gfp_t gfp)
{
	memset(c, 0, sizeof(*c));
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
#ifdef SHIM_THREADS
	s64 *part = &c->cpu[raw_smp_processor_id()].part;

	v += READ_ONCE(*part);
	if (v < SHIM_COUNTER_BATCH && v > -SHIM_COUNTER_BATCH) {
		WRITE_ONCE(*part, v);
		return;
	}
	WRITE_ONCE(*part, 0);
#endif
	atomic64_add(v, &c->count);
}

static inline void percpu_counter_sub(struct percpu_counter *c, s64 v)
{
	percpu_counter_add(c, -v);
}

/* For counters that are only ever summed up: no batch, nothing that is shared. */
static inline void percpu_counter_add_local(struct percpu_counter *c, s64 v)
{
#ifdef SHIM_THREADS
	s64 *part = &c->cpu[raw_smp_processor_id()].part;

	WRITE_ONCE(*part, READ_ONCE(*part) + v);
#else
	percpu_counter_add(c, v);
#endif
}

static inline void percpu_counter_sub_local(struct percpu_counter *c, s64 v)
{
	percpu_counter_add_local(c, -v);
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

#ifdef SHIM_THREADS
static inline s64 percpu_counter_sum(struct percpu_counter *c)
{
	s64 sum = percpu_counter_read(c);
	int cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++)
		sum += READ_ONCE(c->cpu[cpu].part);
	return sum;
}
#else
#define percpu_counter_sum(c)		percpu_counter_read(c)
#endif

#define percpu_counter_add_batch(c, v, batch)	percpu_counter_add(c, v)
#define percpu_counter_sum_positive(c)	max_t(s64, percpu_counter_sum(c), 0)
#define percpu_counter_compare(c, v)	\
	((percpu_counter_read(c) > (v)) - (percpu_counter_read(c) < (v)))

#endif /* SHIM_LINUX_PERCPU_COUNTER_H */
