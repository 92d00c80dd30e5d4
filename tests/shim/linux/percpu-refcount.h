/* SPDX-License-Identifier: GPL-2.0 */
/* References that can be closed: after kill, tryget_live() fails. */
#ifndef SHIM_LINUX_PERCPU_REFCOUNT_H
#define SHIM_LINUX_PERCPU_REFCOUNT_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/rcupdate.h>

struct percpu_ref;
typedef void (percpu_ref_func_t)(struct percpu_ref *ref);

enum {
	PERCPU_REF_INIT_ATOMIC	= 1 << 0,
	PERCPU_REF_INIT_DEAD	= 1 << 1,
	PERCPU_REF_ALLOW_REINIT	= 1 << 2,
};

struct percpu_ref {
	atomic_long_t count;
	bool dying;
	percpu_ref_func_t *release;
	percpu_ref_func_t *confirm;
	struct rcu_head rcu;
};

int __must_check percpu_ref_init(struct percpu_ref *ref,
				 percpu_ref_func_t *release, unsigned int flags,
				 gfp_t gfp);
void percpu_ref_exit(struct percpu_ref *ref);
void percpu_ref_kill_and_confirm(struct percpu_ref *ref,
				 percpu_ref_func_t *confirm);
void percpu_ref_resurrect(struct percpu_ref *ref);
void percpu_ref_reinit(struct percpu_ref *ref);
void percpu_ref_put_many(struct percpu_ref *ref, unsigned long nr);

static inline void percpu_ref_kill(struct percpu_ref *ref)
{
	percpu_ref_kill_and_confirm(ref, NULL);
}

static inline void percpu_ref_get_many(struct percpu_ref *ref, unsigned long nr)
{
	atomic_long_add(nr, &ref->count);
}

static inline void percpu_ref_get(struct percpu_ref *ref)
{
	percpu_ref_get_many(ref, 1);
}

static inline bool percpu_ref_tryget(struct percpu_ref *ref)
{
	return atomic_long_inc_not_zero(&ref->count);
}

static inline bool percpu_ref_tryget_live(struct percpu_ref *ref)
{
	return !READ_ONCE(ref->dying) && percpu_ref_tryget(ref);
}

static inline void percpu_ref_put(struct percpu_ref *ref)
{
	percpu_ref_put_many(ref, 1);
}

static inline bool percpu_ref_is_dying(struct percpu_ref *ref)
{
	return ref->dying;
}

static inline bool percpu_ref_is_zero(struct percpu_ref *ref)
{
	return ref->dying && !atomic_long_read(&ref->count);
}

#endif /* SHIM_LINUX_PERCPU_REFCOUNT_H */
