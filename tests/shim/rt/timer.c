// SPDX-License-Identifier: GPL-2.0
/*
 * Timers.
 *
 * One that is due waits in a list, still pending, until its softirq takes it; so
 * it can be deleted until the very start of its function.
 */
#include "rt.h"

#include <linux/timer.h>

void timers_init(struct world *w)
{
	w->due_tail = &w->due_timers;
}

static struct timer_list *due_pop(struct world *w)
{
	struct timer_list *timer = w->due_timers;

	if (!timer)
		return NULL;
	w->due_timers = timer->next;
	if (!w->due_timers)
		w->due_tail = &w->due_timers;
	timer->queued = false;
	return timer;
}

static void due_remove(struct world *w, struct timer_list *timer)
{
	struct timer_list **link = &w->due_timers;

	while (*link != timer)
		link = &(*link)->next;
	*link = timer->next;
	if (w->due_tail == &timer->next)
		w->due_tail = link;
	timer->queued = false;
}

/* The timer may be freed by its function. */
static void run_due(void *arg)
{
	struct fiber *f = sim_cur;

	f->timer = due_pop(sim_world);
	if (!f->timer)
		return;
	f->timer->function(f->timer);
	wake_blocked(f->timer);
	f->timer = NULL;
}

static void timer_due(struct shim_event *event)
{
	struct timer_list *timer = container_of(event, struct timer_list, event);
	struct world *w = sim_world;

	timer->queued = true;
	timer->next = NULL;
	*w->due_tail = timer;
	w->due_tail = &timer->next;
	fiber_spawn("timer", SHIM_CTX_SOFTIRQ, run_due, NULL);
}

void timer_setup(struct timer_list *timer,
		 void (*function)(struct timer_list *), unsigned int flags)
{
	memset(timer, 0, sizeof(*timer));
	timer->function = function;
	timer->flags = flags;
	timer->event.fire = timer_due;
}

int timer_delete(struct timer_list *timer)
{
	if (timer->queued) {
		due_remove(sim_world, timer);
		return 1;
	}
	return event_cancel(&timer->event);
}

static bool is_running(const struct timer_list *timer)
{
	struct fiber *f;

	list_for_each_entry(f, &sim_world->fibers, node)
		if (f->timer == timer)
			return true;
	return false;
}

int timer_delete_sync(struct timer_list *timer)
{
	int was = timer_delete(timer);

	while (is_running(timer)) {
		block_on(timer, "the end of a timer's function");
		was |= timer_delete(timer);
	}
	return was;
}

int timer_shutdown_sync(struct timer_list *timer)
{
	timer->shut_down = true;
	return timer_delete_sync(timer);
}

/* Ticks end at multiples of a jiffy; a past one is due at the next. */
static u64 expiry_ns(unsigned long expires)
{
	u64 now = sim_world->now;
	long ticks = expires - jiffies;

	if (ticks < 0)
		ticks = 0;
	return now - now % NSEC_PER_JIFFY +
	       (u64)ticks * NSEC_PER_JIFFY + (ticks ? 0 : NSEC_PER_JIFFY);
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	int was = timer_delete(timer);

	if (timer->shut_down)
		return 0;
	timer->expires = expires;
	event_add(&timer->event, expiry_ns(expires));
	return was;
}

int mod_timer_pending(struct timer_list *timer, unsigned long expires)
{
	return timer_pending(timer) ? mod_timer(timer, expires) : 0;
}

int timer_reduce(struct timer_list *timer, unsigned long expires)
{
	if (timer_pending(timer) && time_after_eq(expires, timer->expires))
		return 1;
	return mod_timer(timer, expires);
}

void add_timer(struct timer_list *timer)
{
	if (timer_pending(timer))
		shim_warn(__FILE__, __LINE__, "timer added twice");
	mod_timer(timer, timer->expires);
}
