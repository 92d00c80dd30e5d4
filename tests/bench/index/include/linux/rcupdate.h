/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read-copy-update between the threads of the benchmark.
 *
 * A read section counts its nesting, as in a preemptible kernel.  Threads say
 * between operations that they are in none (bench_quiescent()); a callback runs
 * on the thread that queued it once all have said so, and is paid for there.
 */
#ifndef BENCH_LINUX_RCUPDATE_H
#define BENCH_LINUX_RCUPDATE_H

#include <linux/kernel.h>
#include <linux/lockdep.h>

extern __thread int bench_rcu_nesting;

static inline void rcu_read_lock(void)
{
	bench_rcu_nesting++;
	barrier();
}

static inline void rcu_read_unlock(void)
{
	barrier();
	bench_rcu_nesting--;
}

void call_rcu(struct rcu_head *head, rcu_callback_t func);
void rcu_barrier(void);

#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)
#define rcu_dereference_raw(p)		READ_ONCE(p)
#define rcu_dereference(p)		READ_ONCE(p)
#define rcu_dereference_check(p, cond)	((void)(cond), READ_ONCE(p))
#define rcu_dereference_protected(p, cond)	(p)
#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_assign_pointer(p, v)	\
	__atomic_store_n(&(p), (typeof(p))(v), __ATOMIC_RELEASE)

#endif /* BENCH_LINUX_RCUPDATE_H */
