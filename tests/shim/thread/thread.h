/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The runtime on real threads, as its files see it.  It stands in for the parts of
 * rt/ that know of fibers; what is without state there is shared.
 *
 *	thread.c	threads, time, failures, random numbers
 *	lock.c wait.c	locks, wait queues
 *	rcu.c work.c	things that run later
 *	memory.c	slabs, pages, per-CPU memory, pools
 *	device.c	pmem and disks
 *
 * Each thread is a CPU of its own and stays on it, so that preemption needs no
 * model.  There is one world per process.  A failure ends the process.
 */
#ifndef SHIM_THREAD_H
#define SHIM_THREAD_H

#include <pthread.h>

#include "../rt/rt.h"

/**
 * struct thread - a thread
 * @task: what the driver sees
 * @lock: protects @task.__state against wake-ups
 * @cond: for sleepers
 * @reading: RCU epoch of its read section, 0 outside
 * @used: taken by a thread
 * @wq_work: what a worker runs
 */
struct thread {
	struct task_struct task;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	u64 reading;
	bool used;
	struct work_struct *wq_work;
} ____cacheline_aligned;

extern struct thread threads[NR_CPUS];

static inline struct thread *thread_self(void)
{
	return container_of(current, struct thread, task);
}

/* A thread of the runtime's own, which ends with the process. */
void thread_start(const char *name, void (*fn)(void *arg), void *arg);
u64 thread_now(void);
void thread_pause(u32 *spins);
void thread_wait_ns(pthread_cond_t *cond, pthread_mutex_t *lock, u64 ns);
/* device.c: bios that have not ended. */
u32 thread_io_in_flight(void);

#endif /* SHIM_THREAD_H */
