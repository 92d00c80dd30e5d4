// SPDX-License-Identifier: GPL-2.0
/*
 * Workqueues: two workers each.  One lock protects all of them, but queueing what
 * is pending already takes none.
 */
#include "thread.h"

#include <linux/workqueue.h>

#define NR_WORKERS	2

struct workqueue_struct {
	struct list_head node;
	char name[TASK_COMM_LEN];
	pthread_cond_t wanted;
	struct list_head ready;
	struct list_head delayed;	/* by @timer.event.due, in no order */
	struct work_struct *running[NR_WORKERS];
	u32 nr_workers;
	bool ending;
};

struct worker {
	struct workqueue_struct *wq;
	u32 i;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(queues);
/* An item or a worker has ended. */
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

static bool is_running(const struct workqueue_struct *wq,
		       const struct work_struct *work)
{
	u32 i;

	for (i = 0; wq && i < NR_WORKERS; i++)
		if (wq->running[i] && (!work || wq->running[i] == work))
			return true;
	return false;
}

/* ---- workers ---- */

/* What is due becomes ready; returns when the next one is. */
static u64 take_due(struct workqueue_struct *wq)
{
	struct delayed_work *dw, *n;
	u64 now = thread_now(), next = ~0ull;

	list_for_each_entry_safe(dw, n, &wq->delayed, work.entry) {
		if (dw->timer.event.due <= now)
			list_move_tail(&dw->work.entry, &wq->ready);
		else
			next = min(next, dw->timer.event.due - now);
	}
	return next;
}

/* The first one that does not run just now. */
static struct work_struct *take_ready(struct workqueue_struct *wq)
{
	struct work_struct *work;

	list_for_each_entry(work, &wq->ready, entry) {
		if (is_running(wq, work))
			continue;
		list_del_init(&work->entry);
		return work;
	}
	return NULL;
}

static void run(struct worker *w, struct work_struct *work)
{
	struct workqueue_struct *wq = w->wq;

	wq->running[w->i] = work;
	thread_self()->wq_work = work;
	__atomic_store_n(&work->pending, false, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&lock);
	work->func(work);
	if (current->spin_count || current->preempt_count || current->rcu_count)
		sim_fail(SIM_FAIL_CPU, "work of %s ends in a section", wq->name);
	pthread_mutex_lock(&lock);
	thread_self()->wq_work = NULL;
	wq->running[w->i] = NULL;
	pthread_cond_broadcast(&ended);
	pthread_cond_signal(&wq->wanted);
}

static void worker_thread(void *arg)
{
	struct worker *w = arg;
	struct workqueue_struct *wq = w->wq;
	struct work_struct *work;
	u64 next;

	pthread_mutex_lock(&lock);
	while (!wq->ending) {
		next = take_due(wq);
		work = take_ready(wq);
		if (work)
			run(w, work);
		else if (next == ~0ull)
			pthread_cond_wait(&wq->wanted, &lock);
		else
			thread_wait_ns(&wq->wanted, &lock, next);
	}
	wq->nr_workers--;
	pthread_cond_broadcast(&ended);
	pthread_mutex_unlock(&lock);
	free(w);
}

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
					 int max_active, ...)
{
	struct workqueue_struct *wq = calloc(1, sizeof(*wq));
	struct worker *w;
	va_list args;

	va_start(args, max_active);
	vsnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	pthread_cond_init(&wq->wanted, NULL);
	pthread_mutex_lock(&lock);
	list_add(&wq->node, &queues);
	pthread_mutex_unlock(&lock);
	INIT_LIST_HEAD(&wq->ready);
	INIT_LIST_HEAD(&wq->delayed);
	for (wq->nr_workers = 0; wq->nr_workers < NR_WORKERS; wq->nr_workers++) {
		w = calloc(1, sizeof(*w));
		w->wq = wq;
		w->i = wq->nr_workers;
		thread_start(wq->name, worker_thread, w);
	}
	return wq;
}

static struct workqueue_struct *system_queue;

static void system_queue_make(void)
{
	system_queue = alloc_workqueue("events", 0, 0);
}

struct workqueue_struct *shim_system_wq(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, system_queue_make);
	return system_queue;
}

void __flush_workqueue(struct workqueue_struct *wq)
{
	pthread_mutex_lock(&lock);
	while (!list_empty(&wq->ready) || is_running(wq, NULL))
		pthread_cond_wait(&ended, &lock);
	pthread_mutex_unlock(&lock);
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	__flush_workqueue(wq);
	pthread_mutex_lock(&lock);
	if (!list_empty(&wq->delayed))
		sim_fail(SIM_FAIL_LOCK_USE, "%s ends with work", wq->name);
	wq->ending = true;
	pthread_cond_broadcast(&wq->wanted);
	while (wq->nr_workers)
		pthread_cond_wait(&ended, &lock);
	list_del(&wq->node);
	pthread_mutex_unlock(&lock);
	free(wq);
}

/* ---- items ---- */

void shim_work_init(struct work_struct *work, work_func_t func)
{
	memset(work, 0, sizeof(*work));
	INIT_LIST_HEAD(&work->entry);
	work->func = func;
}

void shim_delayed_work_init(struct delayed_work *dwork, work_func_t func)
{
	memset(dwork, 0, sizeof(*dwork));
	shim_work_init(&dwork->work, func);
}

static bool set_pending(struct work_struct *work)
{
	return !__atomic_exchange_n(&work->pending, true, __ATOMIC_SEQ_CST);
}

static void insert(struct workqueue_struct *wq, struct work_struct *work)
{
	if (work->disabled) {
		__atomic_store_n(&work->pending, false, __ATOMIC_SEQ_CST);
		return;
	}
	work->wq = wq;
	list_move_tail(&work->entry, &wq->ready);
	pthread_cond_signal(&wq->wanted);
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	if (!set_pending(work))
		return false;
	pthread_mutex_lock(&lock);
	insert(wq, work);
	pthread_mutex_unlock(&lock);
	return true;
}

static void insert_delayed(struct workqueue_struct *wq,
			   struct delayed_work *dwork, unsigned long delay)
{
	insert(wq, &dwork->work);
	if (!delay || dwork->work.disabled)
		return;
	dwork->timer.event.due = thread_now() + delay * NSEC_PER_JIFFY;
	list_move_tail(&dwork->work.entry, &wq->delayed);
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			unsigned long delay)
{
	if (!set_pending(&dwork->work))
		return false;
	pthread_mutex_lock(&lock);
	insert_delayed(wq, dwork, delay);
	pthread_mutex_unlock(&lock);
	return true;
}

bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
		      unsigned long delay)
{
	bool was;

	pthread_mutex_lock(&lock);
	was = !set_pending(&dwork->work);
	insert_delayed(wq, dwork, delay);
	pthread_mutex_unlock(&lock);
	return was;
}

/* Takes it from its list, and waits until it does not run. */
static bool withdraw(struct work_struct *work, u32 disable)
{
	bool was;

	pthread_mutex_lock(&lock);
	work->disabled += disable;
	was = !list_empty(&work->entry);
	list_del_init(&work->entry);
	if (was)
		__atomic_store_n(&work->pending, false, __ATOMIC_SEQ_CST);
	while (thread_self()->wq_work != work && is_running(work->wq, work))
		pthread_cond_wait(&ended, &lock);
	pthread_mutex_unlock(&lock);
	return was;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was = withdraw(work, 1);

	pthread_mutex_lock(&lock);
	work->disabled--;
	pthread_mutex_unlock(&lock);
	return was;
}

bool disable_work_sync(struct work_struct *work)
{
	return withdraw(work, 1);
}

bool disable_delayed_work_sync(struct delayed_work *dwork)
{
	return withdraw(&dwork->work, 1);
}

/* What was queued meanwhile is not. */
bool enable_work(struct work_struct *work)
{
	bool enabled;

	pthread_mutex_lock(&lock);
	enabled = !--work->disabled;
	pthread_mutex_unlock(&lock);
	return enabled;
}

bool enable_delayed_work(struct delayed_work *dwork)
{
	return enable_work(&dwork->work);
}

static bool all_idle(void)
{
	struct workqueue_struct *wq;

	list_for_each_entry(wq, &queues, node)
		if (!list_empty(&wq->ready) || is_running(wq, NULL))
			return false;
	return true;
}

/* Delayed work may be pending.  What a disk has not ended yet is queued again. */
void sim_quiesce(void)
{
	pthread_mutex_lock(&lock);
	while (!all_idle() || thread_io_in_flight())
		thread_wait_ns(&ended, &lock, NSEC_PER_MSEC);
	pthread_mutex_unlock(&lock);
}
