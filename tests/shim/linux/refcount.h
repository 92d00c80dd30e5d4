/* SPDX-License-Identifier: GPL-2.0 */
/* Reference counts; from or below zero is a bug. */
#ifndef SHIM_LINUX_REFCOUNT_H
#define SHIM_LINUX_REFCOUNT_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/types.h>

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

#define REFCOUNT_INIT(n)	{ .refs = ATOMIC_INIT(n) }

static inline void refcount_set(refcount_t *r, int n)
{
	atomic_set(&r->refs, n);
}

static inline unsigned int refcount_read(const refcount_t *r)
{
	return atomic_read(&r->refs);
}

static inline void refcount_add(int n, refcount_t *r)
{
	WARN(atomic_fetch_add(n, &r->refs) <= 0, "reference taken from zero");
}

static inline void refcount_inc(refcount_t *r)
{
	refcount_add(1, r);
}

static inline __must_check bool refcount_inc_not_zero(refcount_t *r)
{
	return atomic_inc_not_zero(&r->refs);
}

static inline __must_check bool refcount_sub_and_test(int n, refcount_t *r)
{
	int old = atomic_fetch_sub(n, &r->refs);

	WARN(old < n, "reference count below zero");
	return old == n;
}

static inline __must_check bool refcount_dec_and_test(refcount_t *r)
{
	return refcount_sub_and_test(1, r);
}

static inline void refcount_dec(refcount_t *r)
{
	WARN(atomic_fetch_sub(1, &r->refs) <= 1, "last reference leaked");
}

static inline __must_check bool refcount_dec_if_one(refcount_t *r)
{
	return atomic_cmpxchg(&r->refs, 1, 0) == 1;
}

static inline __must_check bool refcount_dec_not_one(refcount_t *r)
{
	return atomic_add_unless(&r->refs, -1, 1);
}

#endif /* SHIM_LINUX_REFCOUNT_H */
