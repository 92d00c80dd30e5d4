// SPDX-License-Identifier: GPL-2.0
/*
 * The scheduler: who runs next, on which CPU, and when time goes on.
 *
 * One task runs at a time.  At a yield point the world's random numbers choose
 * the next one among those that are runnable and whose CPU has room: a task that
 * gave way while it was not preemptible keeps its CPU, and only interrupts come
 * on top of it.  Time passes by the step; when nobody can run it jumps to the
 * next event; without an event that is a deadlock.
 *
 * Knows nothing of what tasks wait for; locks and queues call fiber_block() and
 * fiber_wake().
 */
#include "rt.h"

#include <linux/delay.h>
#include <linux/preempt.h>
#include <linux/smp.h>

/* How far time may jump while somebody can run: as if all had been slow. */
#define MAX_EARLY_NS	(10 * NSEC_PER_MSEC)

/* ---- the runnable ones ---- */

static void runnable_add(struct world *w, struct fiber *f)
{
	if (w->nr_runnable == w->max_runnable) {
		w->max_runnable = w->max_runnable * 2 ?: 32;
		w->runnable = realloc(w->runnable, w->max_runnable *
				      sizeof(w->runnable[0]));
		if (!w->runnable)
			abort();
	}
	w->runnable[w->nr_runnable++] = f;
	f->queued = w->nr_runnable;
}

static void runnable_del(struct world *w, struct fiber *f)
{
	struct fiber *last = w->runnable[--w->nr_runnable];

	w->runnable[f->queued - 1] = last;
	last->queued = f->queued;
	f->queued = 0;
}

void fiber_wake(struct fiber *f)
{
	if (!f->queued)
		runnable_add(sim_world, f);
}

/* ---- CPUs ---- */

static bool pinned(const struct fiber *f)
{
	return f->task.migrate_count || fiber_atomic(f);
}

/* May @f, which is on no CPU, run on this one now? */
static bool cpu_admits(const struct world *w, int cpu, const struct fiber *f)
{
	const struct fiber *owner = w->cpu_owner[cpu];

	if (!owner)
		return true;
	if (f->task.context == SHIM_CTX_TASK || owner->task.irq_count ||
	    owner->task.context == SHIM_CTX_HARDIRQ)
		return false;
	if (f->task.context == SHIM_CTX_HARDIRQ)
		return true;
	return !owner->task.bh_count && owner->task.context == SHIM_CTX_TASK;
}

static bool move_anywhere(struct world *w, struct fiber *f, int first)
{
	int nr = w->opts.nr_cpus;
	int i, cpu;

	for (i = 0; i < nr; i++) {
		cpu = (first + i) % nr;
		if (cpu_admits(w, cpu, f)) {
			f->task.cpu = cpu;
			return true;
		}
	}
	return false;
}

/* Finds a CPU for a runnable task; an interrupt starts on any that lets it. */
static bool place(struct world *w, struct fiber *f)
{
	int first = f->task.cpu;

	if (f->occupies)
		return w->cpu_owner[first] == f;
	if (f->task.context == SHIM_CTX_TASK && pinned(f))
		return cpu_admits(w, first, f);
	if (rng_chance(&w->rng_sched, w->opts.migrate_p, 8))
		first = rng_below(&w->rng_sched, w->opts.nr_cpus);
	return move_anywhere(w, f, first);
}

static void leave_cpu(struct world *w, struct fiber *f)
{
	if (!fiber_atomic(f))
		return;
	f->under = w->cpu_owner[f->task.cpu];
	w->cpu_owner[f->task.cpu] = f;
	f->occupies = true;
}

static void enter_cpu(struct world *w, struct fiber *f)
{
	if (!f->occupies)
		return;
	w->cpu_owner[f->task.cpu] = f->under;
	f->under = NULL;
	f->occupies = false;
}

static struct fiber *pick(struct world *w)
{
	u32 n = w->nr_runnable;
	struct fiber *f;
	u32 i, start;

	if (!n)
		return NULL;
	start = rng_below(&w->rng_sched, n);
	for (i = 0; i < n; i++) {
		f = w->runnable[(start + i) % n];
		if (f->stalled_until <= w->steps && place(w, f))
			return f;
	}
	for (i = 0; i < n; i++) {
		f = w->runnable[(start + i) % n];
		if (place(w, f))
			return f;
	}
	return NULL;
}

/* ---- events and time ---- */

static bool event_before(const struct shim_event *a, const struct shim_event *b)
{
	return a->due != b->due ? a->due < b->due : a->seq < b->seq;
}

static void event_set(struct world *w, u32 i, struct shim_event *event)
{
	w->events[i] = event;
	event->index = i + 1;
}

static void event_up(struct world *w, u32 i)
{
	struct shim_event *event = w->events[i];

	while (i && event_before(event, w->events[(i - 1) / 2])) {
		event_set(w, i, w->events[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	event_set(w, i, event);
}

static void event_down(struct world *w, u32 i)
{
	struct shim_event *event = w->events[i];
	u32 child;

	while ((child = 2 * i + 1) < w->nr_events) {
		if (child + 1 < w->nr_events &&
		    event_before(w->events[child + 1], w->events[child]))
			child++;
		if (!event_before(w->events[child], event))
			break;
		event_set(w, i, w->events[child]);
		i = child;
	}
	event_set(w, i, event);
}

void event_add(struct shim_event *event, u64 due)
{
	struct world *w = sim_world;

	event_cancel(event);
	if (w->nr_events == w->max_events) {
		w->max_events = w->max_events * 2 ?: 32;
		w->events = realloc(w->events, w->max_events *
				    sizeof(w->events[0]));
		if (!w->events)
			abort();
	}
	event->due = due;
	event->seq = w->event_seq++;
	event_set(w, w->nr_events++, event);
	event_up(w, event->index - 1);
}

bool event_cancel(struct shim_event *event)
{
	struct world *w = sim_world;
	struct shim_event *last;
	u32 i = event->index;

	if (!i)
		return false;
	event->index = 0;
	last = w->events[--w->nr_events];
	if (last != event) {
		event_set(w, i - 1, last);
		event_down(w, i - 1);
		event_up(w, last->index - 1);
	}
	return true;
}

/* Time never goes back: an event may happen late, or early and pull time. */
static void fire_first(struct world *w)
{
	struct shim_event *event = w->events[0];

	w->now = max(w->now, event->due);
	event_cancel(event);
	event->fire(event);
}

static void tick(struct world *w)
{
	w->steps++;
	w->now += w->opts.step_ns;
	if (w->steps > w->opts.max_steps && !w->failure)
		sim_fail(SIM_FAIL_STEPS, "no end after %llu steps", w->steps);
	while (w->nr_events && w->events[0]->due <= w->now)
		fire_first(w);
	if (w->nr_events && rng_chance(&w->rng_sched, w->opts.early_p, 16) &&
	    w->events[0]->due <= w->now + MAX_EARLY_NS)
		fire_first(w);
}

static bool uninterruptible(const struct fiber *f)
{
	return f->blocked_on || ((f->task.__state & TASK_UNINTERRUPTIBLE) &&
				 !(f->task.__state & TASK_NOLOAD));
}

static void check_hung(struct world *w)
{
	struct fiber *f;

	if (w->now < w->next_hung_check || !w->opts.hung_ns)
		return;
	w->next_hung_check = w->now + w->opts.hung_ns / 8;
	list_for_each_entry(f, &w->fibers, node)
		if (!f->queued && f != w->idle_waiter && uninterruptible(f) &&
		    w->now - f->blocked_since > w->opts.hung_ns)
			sim_fail(SIM_FAIL_HUNG, "task %u (%s) waits for %llu s",
				 f->id, f->task.comm,
				 (w->now - f->blocked_since) / NSEC_PER_SEC);
}

/* ---- switching ---- */

static void after_switch(void)
{
	struct world *w = sim_world;

	if (w->dead) {
		fiber_free(w->dead);
		w->dead = NULL;
	}
	if (w->failure && w->running->root)
		root_failed(w);
}

static void switch_to(struct world *w, struct fiber *next)
{
	struct fiber *prev = w->running;

	enter_cpu(w, next);
	if (next == prev)
		return;
	w->switches++;
	w->trace = (w->trace ^ next->id) * 0x9e3779b97f4a7c15ull;
	w->trace ^= w->trace >> 29;
	w->running = next;
	shim_current = &next->task;
	fiber_switch(prev, next);
	after_switch();
}

void sched_leave_for_root(void)
{
	struct world *w = sim_world;
	struct fiber *f = w->running;

	w->running = &w->root;
	shim_current = &w->root.task;
	fiber_switch(f, &w->root);
	unreachable();
}

static void deadlock(struct world *w)
{
	sim_fail(SIM_FAIL_DEADLOCK, "%u tasks, none can go on, nothing is due",
		 w->nr_fibers);
}

/* The next to run; time jumps while there is none. */
static struct fiber *find_next(struct world *w)
{
	struct fiber *f;

	for (;;) {
		f = pick(w);
		if (f)
			return f;
		if (w->idle_waiter && !w->nr_runnable && !w->io_in_flight) {
			fiber_wake(w->idle_waiter);
			continue;
		}
		if (!w->nr_events)
			deadlock(w);
		fire_first(w);
		check_hung(w);
	}
}

/* The current task stays runnable. */
void sched_run_other(void)
{
	struct world *w = sim_world;
	struct fiber *f = w->running;

	if (rng_chance(&w->rng_sched, w->opts.stall_p, 16))
		f->stalled_until = w->steps + 1 +
				   rng_below(&w->rng_sched, w->opts.stall_steps);
	leave_cpu(w, f);
	switch_to(w, find_next(w));
}

/* The current task stops until fiber_wake(). */
void fiber_block(void)
{
	struct world *w = sim_world;

	runnable_del(w, w->running);
	leave_cpu(w, w->running);
	switch_to(w, find_next(w));
}

void block_on(const void *what, const char *name)
{
	struct fiber *f = sim_cur;

	f->blocked_on = what;
	f->blocked_name = name;
	f->blocked_since = sim_world->now;
	fiber_block();
	f->blocked_on = NULL;
}

void wake_blocked(const void *what)
{
	struct fiber *f;

	list_for_each_entry(f, &sim_world->fibers, node)
		if (f->blocked_on == what)
			fiber_wake(f);
}

void shim_yield_slow(void)
{
	struct world *w = sim_world;

	if (!w || w->dying)
		return;
	tick(w);
	if (w->nr_runnable > 1 &&
	    rng_chance(&w->rng_sched, w->opts.switch_p, 8))
		sched_run_other();
}

void shim_relax(void)
{
	tick(sim_world);
	sched_run_other();
}

/* ---- birth and death ---- */

struct fiber *fiber_spawn(const char *name, enum shim_context context,
			  void (*fn)(void *arg), void *arg)
{
	struct world *w = sim_world;
	struct fiber *f = fiber_alloc();

	f->id = w->next_id++;
	f->task.pid = f->id;
	f->task.context = context;
	f->task.cpu = rng_below(&w->rng_sched, w->opts.nr_cpus);
	snprintf(f->task.comm, sizeof(f->task.comm), "%s", name);
	f->fn = fn;
	f->arg = arg;
	fiber_prepare(f);
	list_add_tail(&f->node, &w->fibers);
	w->nr_fibers++;
	runnable_add(w, f);
	return f;
}

static void check_exit(struct fiber *f)
{
	const struct task_struct *t = &f->task;

	lockdep_exit(f);
	if (t->preempt_count || t->irq_count || t->bh_count || t->rcu_count ||
	    t->migrate_count)
		sim_fail(SIM_FAIL_CPU,
			 "ends with preempt %d, irq %d, bh %d, rcu %d, migrate %d",
			 t->preempt_count, t->irq_count, t->bh_count,
			 t->rcu_count, t->migrate_count);
}

static void __noreturn fiber_exit(struct world *w, struct fiber *f)
{
	struct fiber *next;

	check_exit(f);
	runnable_del(w, f);
	list_del(&f->node);
	w->nr_fibers--;
	if (f->joinable) {
		w->nr_joinable--;
		wake_up_all(&w->exit_wait);
	}
	next = find_next(w);
	enter_cpu(w, next);
	w->dead = f;
	w->running = next;
	shim_current = &next->task;
	fiber_switch_dying(f, next);
}

void fiber_entry(void)
{
	struct fiber *f = sim_cur;

	fiber_arrived(f);
	after_switch();
	f->fn(f->arg);
	fiber_exit(sim_world, f);
}

void sched_init(struct world *w)
{
	struct fiber *root = &w->root;

	INIT_LIST_HEAD(&w->fibers);
	root->root = true;
	snprintf(root->task.comm, sizeof(root->task.comm), "root");
	w->next_id = 1;
	w->nr_fibers = 1;
	w->running = root;
	list_add_tail(&root->node, &w->fibers);
	runnable_add(w, root);
}

void sched_exit(struct world *w)
{
	struct fiber *f, *n;

	list_for_each_entry_safe(f, n, &w->fibers, node)
		if (!f->root)
			fiber_free(f);
	if (w->dead)
		fiber_free(w->dead);
	free(w->runnable);
	free(w->events);
}
