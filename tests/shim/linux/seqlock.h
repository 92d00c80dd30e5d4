/* SPDX-License-Identifier: GPL-2.0 */
/* Sequence counters: readers retry when a writer was active. */
#ifndef SHIM_LINUX_SEQLOCK_H
#define SHIM_LINUX_SEQLOCK_H

#include <linux/spinlock.h>

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

typedef seqcount_t seqcount_spinlock_t;

typedef struct {
	seqcount_t seqcount;
	spinlock_t lock;
} seqlock_t;

#define SEQCNT_ZERO(name)		{ .sequence = 0 }
#define seqcount_init(s)		((s)->sequence = 0)
#define seqcount_spinlock_init(s, lock)	seqcount_init(s)

static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq;

	while ((seq = smp_load_acquire(&s->sequence)) & 1)
		cpu_relax();
	return seq;
}

static inline int read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	smp_rmb();
	shim_yield(SHIM_YIELD_ATOMIC);
	return READ_ONCE(s->sequence) != start;
}

static inline void write_seqcount_begin(seqcount_t *s)
{
	WARN(preemptible(), "sequence counter written while preemptible");
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb();
	shim_yield(SHIM_YIELD_ATOMIC);
}

static inline void write_seqcount_end(seqcount_t *s)
{
	shim_yield(SHIM_YIELD_ATOMIC);
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 1);
}

#define seqlock_init(sl)			\
do {						\
	seqcount_init(&(sl)->seqcount);		\
	spin_lock_init(&(sl)->lock);		\
} while (0)

static inline unsigned int read_seqbegin(const seqlock_t *sl)
{
	return read_seqcount_begin(&sl->seqcount);
}

static inline unsigned int read_seqretry(const seqlock_t *sl,
					 unsigned int start)
{
	return read_seqcount_retry(&sl->seqcount, start);
}

static inline void write_seqlock(seqlock_t *sl)
{
	spin_lock(&sl->lock);
	write_seqcount_begin(&sl->seqcount);
}

static inline void write_sequnlock(seqlock_t *sl)
{
	write_seqcount_end(&sl->seqcount);
	spin_unlock(&sl->lock);
}

#endif /* SHIM_LINUX_SEQLOCK_H */
