// SPDX-License-Identifier: GPL-2.0
/*
 * RCU: a reader notes the epoch in which it began; a grace period starts a new
 * epoch and is over when no reader of an older one is left.  Callbacks run in a
 * thread of their own.
 */
#include "thread.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static struct rcu_head *queue, **tail = &queue;
static u64 nr_queued, nr_done;
static u64 epoch ____cacheline_aligned = 1;

void rcu_read_lock(void)
{
	if (!current->rcu_count++)
		__atomic_exchange_n(&thread_self()->reading,
				    __atomic_load_n(&epoch, __ATOMIC_ACQUIRE),
				    __ATOMIC_SEQ_CST);
}

void rcu_read_unlock(void)
{
	if (!--current->rcu_count)
		__atomic_store_n(&thread_self()->reading, 0, __ATOMIC_RELEASE);
}

static void wait_for_reader(struct thread *t, u64 now)
{
	u32 spins = 0;
	u64 began;

	for (;;) {
		began = __atomic_load_n(&t->reading, __ATOMIC_SEQ_CST);
		if (!began || began >= now)
			return;
		thread_pause(&spins);
	}
}

void synchronize_rcu(void)
{
	u64 now = __atomic_add_fetch(&epoch, 1, __ATOMIC_SEQ_CST);
	int i;

	shim_might_sleep("synchronize_rcu");
	for (i = 0; i < NR_CPUS; i++)
		wait_for_reader(&threads[i], now);
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->func = func;
	head->next = NULL;
	pthread_mutex_lock(&lock);
	*tail = head;
	tail = &head->next;
	nr_queued++;
	pthread_cond_signal(&wanted);
	pthread_mutex_unlock(&lock);
}

void shim_kfree_rcu(struct rcu_head *head, size_t offset)
{
	call_rcu(head, (rcu_callback_t)offset);
}

static void run(struct rcu_head *head)
{
	size_t offset = (size_t)head->func;

	if (offset < 4096)
		kfree((char *)head - offset);
	else
		head->func(head);
}

static u64 run_all(struct rcu_head *head)
{
	struct rcu_head *next;
	u64 n = 0;

	synchronize_rcu();
	for (; head; head = next, n++) {
		next = head->next;
		run(head);
	}
	return n;
}

static void rcu_thread(void *arg)
{
	struct rcu_head *head;
	u64 n;

	pthread_mutex_lock(&lock);
	for (;;) {
		while (!queue)
			pthread_cond_wait(&wanted, &lock);
		head = queue;
		queue = NULL;
		tail = &queue;
		pthread_mutex_unlock(&lock);
		n = run_all(head);
		pthread_mutex_lock(&lock);
		nr_done += n;
		pthread_cond_broadcast(&finished);
	}
}

void rcu_barrier(void)
{
	u64 queued;

	pthread_mutex_lock(&lock);
	for (queued = nr_queued; nr_done < queued; )
		pthread_cond_wait(&finished, &lock);
	pthread_mutex_unlock(&lock);
}

void rcu_init(struct world *w)
{
	thread_start("rcu", rcu_thread, NULL);
}
