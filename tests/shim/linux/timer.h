/* SPDX-License-Identifier: GPL-2.0 */
/* Timers; their functions run in (pseudo) softirq context. */
#ifndef SHIM_LINUX_TIMER_H
#define SHIM_LINUX_TIMER_H

#include <linux/container_of.h>
#include <linux/jiffies.h>
#include <linux/types.h>

struct world;

/* An entry of a world's queue of events. */
struct shim_event {
	u64 due;	/* virtual ns */
	u64 seq;	/* order among equals */
	u32 index;	/* in the queue plus one; 0: not queued */
	void (*fire)(struct shim_event *event);
};

struct timer_list {
	struct shim_event event;
	unsigned long expires;
	void (*function)(struct timer_list *timer);
	u32 flags;
	bool queued;		/* due, waits for its softirq */
	bool shut_down;
	struct timer_list *next;
};

#define TIMER_DEFERRABLE	0x00080000
#define TIMER_PINNED		0x00100000
#define TIMER_IRQSAFE		0x00200000

/* POSIX has a function of that name. */
#define timer_delete	shim_timer_delete

void timer_setup(struct timer_list *timer,
		 void (*function)(struct timer_list *), unsigned int flags);
int mod_timer(struct timer_list *timer, unsigned long expires);
int mod_timer_pending(struct timer_list *timer, unsigned long expires);
int timer_reduce(struct timer_list *timer, unsigned long expires);
void add_timer(struct timer_list *timer);
int timer_delete(struct timer_list *timer);
int timer_delete_sync(struct timer_list *timer);
int timer_shutdown_sync(struct timer_list *timer);

#define del_timer(t)			timer_delete(t)
#define del_timer_sync(t)		timer_delete_sync(t)
#define timer_setup_on_stack(t, f, fl)	timer_setup(t, f, fl)
#define destroy_timer_on_stack(t)	do { } while (0)
#define from_timer(var, timer, field)	\
	container_of(timer, typeof(*(var)), field)

static inline int timer_pending(const struct timer_list *timer)
{
	return timer->event.index || timer->queued;
}

#endif /* SHIM_LINUX_TIMER_H */
