/* SPDX-License-Identifier: GPL-2.0 */
/* Read-copy-update, the preemptible kind: a read section may be preempted. */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include <linux/bug.h>
#include <linux/cleanup.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/types.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
void synchronize_rcu(void);
void call_rcu(struct rcu_head *head, rcu_callback_t func);
void rcu_barrier(void);
unsigned long get_state_synchronize_rcu(void);
unsigned long start_poll_synchronize_rcu(void);
bool poll_state_synchronize_rcu(unsigned long cookie);
void cond_synchronize_rcu(unsigned long cookie);

#define synchronize_rcu_expedited()	synchronize_rcu()
#define call_rcu_hurry(head, func)	call_rcu(head, func)
#define synchronize_net()		synchronize_rcu()

#define rcu_read_lock_bh()		\
do {					\
	local_bh_disable();		\
	rcu_read_lock();		\
} while (0)
#define rcu_read_unlock_bh()		\
do {					\
	rcu_read_unlock();		\
	local_bh_enable();		\
} while (0)
#define rcu_read_lock_sched()		\
do {					\
	preempt_disable();		\
	rcu_read_lock();		\
} while (0)
#define rcu_read_unlock_sched()		\
do {					\
	rcu_read_unlock();		\
	preempt_enable();		\
} while (0)

static inline int rcu_read_lock_held(void)
{
	return current->rcu_count > 0;
}

#define rcu_read_lock_any_held()	(rcu_read_lock_held() || !preemptible())
#define rcu_lock_acquire(map)		do { } while (0)
#define rcu_lock_release(map)		do { } while (0)

#define RCU_LOCKDEP_WARN(cond, msg)	\
do {					\
	if (unlikely(cond))		\
		shim_warn(__FILE__, __LINE__, "rcu: %s", msg);	\
} while (0)

#define RCU_INITIALIZER(v)		(v)
#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)
#define RCU_POINTER_INITIALIZER(p, v)	.p = (v)

#define rcu_dereference_check(p, cond) ({				\
	RCU_LOCKDEP_WARN(!((cond) || rcu_read_lock_held()),		\
			 "rcu_dereference() outside of a read section: " #p);	\
	__atomic_load_n(&(p), __ATOMIC_ACQUIRE); })
#define rcu_dereference(p)		rcu_dereference_check(p, 0)
#define rcu_dereference_protected(p, cond) ({				\
	RCU_LOCKDEP_WARN(!(cond), "not protected: " #cond);		\
	(p); })
#define rcu_dereference_raw(p)		__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_pointer_handoff(p)		(p)
#define rcu_assign_pointer(p, v)	\
	__atomic_store_n(&(p), (typeof(p))(v), __ATOMIC_RELEASE)
#define rcu_replace_pointer(p, v, cond) ({				\
	typeof(p) __was = rcu_dereference_protected(p, cond);		\
	rcu_assign_pointer(p, v);					\
	__was; })
#define unrcu_pointer(p)		(p)

void shim_kfree_rcu(struct rcu_head *head, size_t offset);
void shim_kfree_rcu_mightsleep(const void *ptr);

#define kfree_rcu(ptr, field)						\
do {									\
	typeof(ptr) __ptr = (ptr);					\
									\
	if (__ptr)							\
		shim_kfree_rcu(&__ptr->field,				\
			       offsetof(typeof(*__ptr), field));	\
} while (0)
#define kvfree_rcu(ptr, field)		kfree_rcu(ptr, field)
#define kfree_rcu_mightsleep(ptr)	shim_kfree_rcu_mightsleep(ptr)
#define kvfree_rcu_mightsleep(ptr)	shim_kfree_rcu_mightsleep(ptr)

static inline void init_rcu_head(struct rcu_head *head)
{
}

static inline void destroy_rcu_head(struct rcu_head *head)
{
}

DEFINE_LOCK_GUARD_0(rcu, rcu_read_lock(), rcu_read_unlock())

#endif /* SHIM_LINUX_RCUPDATE_H */
