// SPDX-License-Identifier: GPL-2.0
/*
 * Workqueues.
 *
 * An item is pending from queue_work() until a worker takes it; queued again
 * while its function runs, it runs again afterwards, never beside itself.  A
 * queue starts workers as needed up to its limit, which is one for ordered queues
 * and, with opts.rescuer_only, for all: as if the rescuer were alone.
 *
 * Once an item's function runs the item may be freed; from there on its address
 * is only compared.
 */
#include "rt.h"

#include <linux/workqueue.h>

struct workqueue_struct {
	char name[32];
	u32 flags;
	u32 limit;
	u32 nr_workers;
	u32 nr_delayed;		/* timers of delayed work under way */
	bool draining;
	u64 next_seq;
	struct list_head node;	/* of the world */
	struct list_head works;
	struct list_head workers;
	wait_queue_head_t wait;	/* an item ended, a worker went */
};

struct wq_worker {
	struct workqueue_struct *wq;
	struct work_struct *work;	/* never followed while it runs */
	u64 seq;
	struct list_head node;
};

/* ---- running ---- */

static bool is_running(const struct workqueue_struct *wq,
		       const struct work_struct *work, u64 last)
{
	struct wq_worker *worker;

	list_for_each_entry(worker, &wq->workers, node)
		if (worker->work && (!work || worker->work == work) &&
		    worker->seq <= last)
			return true;
	return false;
}

static bool is_queued(const struct workqueue_struct *wq,
		      const struct work_struct *work, u64 last)
{
	struct work_struct *pos;

	list_for_each_entry(pos, &wq->works, entry)
		if ((!work || pos == work) && pos->seq <= last)
			return true;
	return false;
}

static bool is_done(const struct workqueue_struct *wq,
		    const struct work_struct *work, u64 last)
{
	return !is_queued(wq, work, last) && !is_running(wq, work, last);
}

static struct work_struct *take_work(struct wq_worker *worker)
{
	struct workqueue_struct *wq = worker->wq;
	struct work_struct *work;

	list_for_each_entry(work, &wq->works, entry) {
		if (is_running(wq, work, U64_MAX))
			continue;
		list_del_init(&work->entry);
		worker->work = work;
		worker->seq = work->seq;
		work->pending = false;
		return work;
	}
	return NULL;
}

static void check_worker(const char *name)
{
	const struct task_struct *t = current;

	lockdep_exit(sim_cur);
	if (fiber_atomic(sim_cur) || t->rcu_count || t->migrate_count)
		sim_fail(SIM_FAIL_CPU,
			 "work of %s ends with preempt %d, irq %d, bh %d, rcu %d, migrate %d",
			 name, t->preempt_count, t->irq_count, t->bh_count,
			 t->rcu_count, t->migrate_count);
}

static void worker_main(void *arg)
{
	struct workqueue_struct *wq = arg;
	struct wq_worker worker = { .wq = wq };
	struct work_struct *work;

	sim_cur->worker = &worker;
	current->flags |= PF_WQ_WORKER | PF_KTHREAD;
	list_add_tail(&worker.node, &wq->workers);
	while ((work = take_work(&worker))) {
		work->func(work);
		check_worker(wq->name);
		worker.work = NULL;
		wake_up_all(&wq->wait);
	}
	list_del(&worker.node);
	wq->nr_workers--;
	wake_up_all(&wq->wait);
}

static void start_worker(struct workqueue_struct *wq)
{
	u32 limit = sim_world->opts.rescuer_only ? 1 : wq->limit;

	if (wq->nr_workers >= limit)
		return;
	wq->nr_workers++;
	fiber_spawn(wq->name, SHIM_CTX_TASK, worker_main, wq);
}

/* ---- queueing ---- */

void shim_work_init(struct work_struct *work, work_func_t func)
{
	memset(work, 0, sizeof(*work));
	INIT_LIST_HEAD(&work->entry);
	work->func = func;
}

void shim_delayed_work_init(struct delayed_work *dwork, work_func_t func)
{
	shim_work_init(&dwork->work, func);
	timer_setup(&dwork->timer, delayed_work_timer_fn, 0);
	dwork->wq = NULL;
}

static bool from_own_worker(const struct workqueue_struct *wq)
{
	return sim_cur->worker && sim_cur->worker->wq == wq;
}

static void insert_work(struct workqueue_struct *wq, struct work_struct *work)
{
	if (wq->draining && !from_own_worker(wq))
		shim_warn(__FILE__, __LINE__, "queue_work() on %s while it drains",
			  wq->name);
	work->wq = wq;
	work->seq = wq->next_seq++;
	list_add_tail(&work->entry, &wq->works);
	start_worker(wq);
	shim_yield(SHIM_YIELD_WORK);
}

static bool set_pending(struct work_struct *work)
{
	if (!work->func)
		shim_warn(__FILE__, __LINE__, "work was not initialised");
	if (work->disabled || work->pending)
		return false;
	work->pending = true;
	return true;
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	if (!set_pending(work))
		return false;
	insert_work(wq, work);
	return true;
}

bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work)
{
	return queue_work(wq, work);
}

void delayed_work_timer_fn(struct timer_list *timer)
{
	struct delayed_work *dwork = from_timer(dwork, timer, timer);

	dwork->wq->nr_delayed--;
	insert_work(dwork->wq, &dwork->work);
}

static void start_delayed(struct workqueue_struct *wq,
			  struct delayed_work *dwork, unsigned long delay)
{
	if (!delay) {
		insert_work(wq, &dwork->work);
		return;
	}
	dwork->wq = wq;
	wq->nr_delayed++;
	mod_timer(&dwork->timer, jiffies + delay);
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			unsigned long delay)
{
	if (!set_pending(&dwork->work))
		return false;
	start_delayed(wq, dwork, delay);
	return true;
}

static void rcu_work_ready(struct rcu_head *rcu)
{
	struct rcu_work *rwork = container_of(rcu, struct rcu_work, rcu);

	insert_work(rwork->wq, &rwork->work);
}

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork)
{
	if (!set_pending(&rwork->work))
		return false;
	rwork->wq = wq;
	call_rcu(&rwork->rcu, rcu_work_ready);
	return true;
}

/* ---- taking back ---- */

/* Only what is in a list can be taken back; not what RCU will bring. */
static bool unqueue(struct work_struct *work)
{
	if (!work->pending || list_empty(&work->entry))
		return false;
	list_del_init(&work->entry);
	work->pending = false;
	wake_up_all(&work->wq->wait);
	return true;
}

static bool unqueue_delayed(struct delayed_work *dwork)
{
	if (!timer_delete(&dwork->timer))
		return unqueue(&dwork->work);
	dwork->wq->nr_delayed--;
	dwork->work.pending = false;
	return true;
}

/* Waits for a run that is under way now. */
static void wait_running(struct workqueue_struct *wq, struct work_struct *work)
{
	u64 last = wq ? wq->next_seq : 0;

	if (wq)
		wait_event(wq->wait, !is_running(wq, work, last));
}

bool cancel_work(struct work_struct *work)
{
	return unqueue(work);
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	return unqueue_delayed(dwork);
}

bool disable_work(struct work_struct *work)
{
	work->disabled++;
	return unqueue(work);
}

bool disable_work_sync(struct work_struct *work)
{
	bool was;

	shim_might_sleep("disable_work_sync");
	was = disable_work(work);
	wait_running(work->wq, work);
	return was;
}

bool enable_work(struct work_struct *work)
{
	WARN(!work->disabled, "work is not disabled");
	return !--work->disabled;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was = disable_work_sync(work);

	enable_work(work);
	return was;
}

/*
 * The timer's function may be between the timer and the queue; it is a softirq,
 * and whoever cancels waits for it.
 */
bool disable_delayed_work_sync(struct delayed_work *dwork)
{
	bool was;

	shim_might_sleep("disable_delayed_work_sync");
	dwork->work.disabled++;
	was = unqueue_delayed(dwork);
	timer_delete_sync(&dwork->timer);
	was |= unqueue(&dwork->work);
	wait_running(dwork->work.wq, &dwork->work);
	return was;
}

bool enable_delayed_work(struct delayed_work *dwork)
{
	return enable_work(&dwork->work);
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	bool was = disable_delayed_work_sync(dwork);

	enable_delayed_work(dwork);
	return was;
}

/* Nobody else can queue it between the old instance and the new one. */
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
		      unsigned long delay)
{
	struct work_struct *work = &dwork->work;
	bool timed = timer_delete(&dwork->timer);
	bool queued = !timed && work->pending && !list_empty(&work->entry);
	struct workqueue_struct *old = work->wq;

	if (timed)
		dwork->wq->nr_delayed--;
	if (queued)
		list_del_init(&work->entry);
	if (timed || queued)
		work->pending = false;
	if (set_pending(work))
		start_delayed(wq, dwork, delay);
	if (queued)
		wake_up_all(&old->wait);
	return timed || queued;
}

/* ---- flushing ---- */

bool flush_work(struct work_struct *work)
{
	struct workqueue_struct *wq = work->wq;
	u64 last;

	shim_might_sleep("flush_work");
	if (!wq)
		return false;
	last = wq->next_seq - 1;
	if (is_done(wq, work, last))
		return false;
	/* The pending instance if there is one, else the running one. */
	wait_event(wq->wait, is_done(wq, work, last));
	return true;
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	shim_might_sleep("flush_delayed_work");
	if (timer_delete_sync(&dwork->timer)) {
		dwork->wq->nr_delayed--;
		insert_work(dwork->wq, &dwork->work);
	}
	return flush_work(&dwork->work);
}

void __flush_workqueue(struct workqueue_struct *wq)
{
	u64 last = wq->next_seq - 1;

	shim_might_sleep("flush_workqueue");
	wait_event(wq->wait, is_done(wq, NULL, last));
}

void drain_workqueue(struct workqueue_struct *wq)
{
	wq->draining = true;
	while (!is_done(wq, NULL, U64_MAX))
		__flush_workqueue(wq);
	wq->draining = false;
}

/* ---- queues ---- */

static struct workqueue_struct *wq_new(u32 flags, int max_active)
{
	struct workqueue_struct *wq = calloc(1, sizeof(*wq));

	if (!wq)
		abort();
	wq->flags = flags;
	wq->limit = flags & __WQ_ORDERED ? 1 : max_active ?: WQ_DFL_ACTIVE;
	wq->next_seq = 1;
	INIT_LIST_HEAD(&wq->works);
	INIT_LIST_HEAD(&wq->workers);
	init_waitqueue_head(&wq->wait);
	list_add_tail(&wq->node, &sim_world->workqueues);
	return wq;
}

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
					 int max_active, ...)
{
	struct workqueue_struct *wq;
	va_list args;

	if (alloc_must_fail(GFP_KERNEL))
		return NULL;
	if (flags & WQ_BH)
		sim_fail(SIM_FAIL_CHECK, "WQ_BH is not simulated");
	wq = wq_new(flags, max_active);
	va_start(args, max_active);
	vsnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	return wq;
}

void workqueue_set_max_active(struct workqueue_struct *wq, int max_active)
{
	wq->limit = max_active ?: WQ_DFL_ACTIVE;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	shim_might_sleep("destroy_workqueue");
	drain_workqueue(wq);
	wait_event(wq->wait, !wq->nr_workers);
	if (wq->nr_delayed)
		sim_fail(SIM_FAIL_MEMORY,
			 "%s is destroyed with %u delayed items to come",
			 wq->name, wq->nr_delayed);
	list_del(&wq->node);
	free(wq);
}

struct workqueue_struct *shim_system_wq(void)
{
	struct world *w = sim_world;

	if (!w->wq) {
		w->wq = wq_new(0, 0);
		snprintf(w->wq->name, sizeof(w->wq->name), "events");
	}
	return w->wq;
}

struct work_struct *current_work(void)
{
	return sim_cur->worker ? sim_cur->worker->work : NULL;
}

bool current_is_workqueue_rescuer(void)
{
	return sim_cur->worker && sim_world->opts.rescuer_only;
}

#define WORK_BUSY_PENDING	1
#define WORK_BUSY_RUNNING	2

unsigned int work_busy(struct work_struct *work)
{
	unsigned int busy = work->pending ? WORK_BUSY_PENDING : 0;

	if (work->wq && is_running(work->wq, work, U64_MAX))
		busy |= WORK_BUSY_RUNNING;
	return busy;
}

int workqueues_report(struct world *w)
{
	struct workqueue_struct *wq;
	int n = 0;

	list_for_each_entry(wq, &w->workqueues, node) {
		if (wq == w->wq && !wq->nr_delayed)
			continue;
		fprintf(stderr, "sim: workqueue %s is left over, %u timers\n",
			wq->name, wq->nr_delayed);
		n++;
	}
	return n;
}

void workqueues_free(struct world *w)
{
	struct workqueue_struct *wq, *n;

	list_for_each_entry_safe(wq, n, &w->workqueues, node)
		free(wq);
	INIT_LIST_HEAD(&w->workqueues);
}
