// SPDX-License-Identifier: GPL-2.0
/*
 * Read-copy-update.
 *
 * A read section remembers the epoch in which it began.  A grace period takes a
 * new epoch and is over when no section of an older one is left, and some virtual
 * time has passed.  Callbacks run in a (pseudo) softirq.
 */
#include "rt.h"

#include <linux/rcupdate.h>
#include <linux/slab.h>

/* A grace period without readers takes up to this long. */
#define MAX_GRACE_NS	(2 * NSEC_PER_MSEC)

void rcu_read_lock(void)
{
	struct world *w = sim_world;
	struct fiber *f = w->running;

	if (f->task.rcu_count++)
		return;
	f->rcu_start = w->rcu.epoch;
	list_add_tail(&f->reader, &w->rcu.readers);
}

/* Sections are listed in the order in which they began. */
static bool epoch_over(const struct rcu_state *rcu, u64 epoch)
{
	if (list_empty(&rcu->readers))
		return true;
	return list_first_entry(&rcu->readers, struct fiber, reader)->rcu_start >=
	       epoch;
}

static void run_batch(void *arg);

/* Starts the callbacks of a grace period that has ended, and the next one. */
static void rcu_advance(struct rcu_state *rcu)
{
	if (rcu->active && rcu->ripe && epoch_over(rcu, rcu->batch_epoch)) {
		rcu->active = false;
		fiber_spawn("rcu", SHIM_CTX_SOFTIRQ, run_batch, NULL);
	}
}

static void rcu_ripe(struct shim_event *event)
{
	struct rcu_state *rcu = container_of(event, struct rcu_state, event);

	rcu->ripe = true;
	rcu_advance(rcu);
}

static void rcu_start_batch(struct world *w)
{
	struct rcu_state *rcu = &w->rcu;

	if (rcu->batch || !rcu->next)
		return;
	rcu->batch = rcu->next;
	rcu->next = NULL;
	rcu->next_tail = &rcu->next;
	rcu->batch_epoch = ++rcu->epoch;
	rcu->active = true;
	rcu->ripe = false;
	event_add(&rcu->event, w->now + rng_below(&w->rng_sched, MAX_GRACE_NS));
}

void rcu_read_unlock(void)
{
	struct world *w = sim_world;
	struct fiber *f = w->running;

	if (!f->task.rcu_count) {
		sim_fail(SIM_FAIL_LOCK_USE, "rcu_read_unlock() without lock");
		return;
	}
	if (--f->task.rcu_count)
		return;
	list_del(&f->reader);
	rcu_advance(&w->rcu);
	if (waitqueue_active(&w->rcu.wait))
		wake_up_all(&w->rcu.wait);
	shim_yield(SHIM_YIELD_RCU);
}

/* A small offset in place of a function: kfree_rcu(). */
static void run_callback(struct rcu_head *head)
{
	unsigned long offset = (unsigned long)head->func;

	if (offset < PAGE_SIZE)
		kfree((char *)head - offset);
	else
		head->func(head);
}

static void run_batch(void *arg)
{
	struct rcu_state *rcu = &sim_world->rcu;
	struct rcu_head *head = rcu->batch;
	struct rcu_head *next;

	for (; head; head = next) {
		next = head->next;
		run_callback(head);
		rcu->nr_done++;
		shim_yield(SHIM_YIELD_RCU);
	}
	rcu->batch = NULL;
	rcu_start_batch(sim_world);
	wake_up_all(&rcu->wait);
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	struct rcu_state *rcu = &sim_world->rcu;

	head->func = func;
	head->next = NULL;
	*rcu->next_tail = head;
	rcu->next_tail = &head->next;
	rcu->nr_queued++;
	rcu_start_batch(sim_world);
}

void shim_kfree_rcu(struct rcu_head *head, size_t offset)
{
	call_rcu(head, (rcu_callback_t)offset);
}

void shim_kfree_rcu_mightsleep(const void *ptr)
{
	if (!ptr)
		return;
	synchronize_rcu();
	kfree(ptr);
}

unsigned long get_state_synchronize_rcu(void)
{
	return ++sim_world->rcu.epoch;
}

unsigned long start_poll_synchronize_rcu(void)
{
	return get_state_synchronize_rcu();
}

bool poll_state_synchronize_rcu(unsigned long cookie)
{
	return epoch_over(&sim_world->rcu, cookie);
}

void cond_synchronize_rcu(unsigned long cookie)
{
	if (!poll_state_synchronize_rcu(cookie))
		synchronize_rcu();
}

void synchronize_rcu(void)
{
	struct world *w = sim_world;
	u64 epoch;

	shim_might_sleep("synchronize_rcu");
	epoch = ++w->rcu.epoch;
	block_for(rng_below(&w->rng_sched, MAX_GRACE_NS));
	wait_event(w->rcu.wait, epoch_over(&w->rcu, epoch));
}

void rcu_barrier(void)
{
	struct rcu_state *rcu = &sim_world->rcu;
	u64 queued = rcu->nr_queued;

	shim_might_sleep("rcu_barrier");
	wait_event(rcu->wait, rcu->nr_done >= queued);
}

void rcu_init(struct world *w)
{
	INIT_LIST_HEAD(&w->rcu.readers);
	w->rcu.epoch = 1;
	w->rcu.next_tail = &w->rcu.next;
	w->rcu.event.fire = rcu_ripe;
	init_waitqueue_head(&w->rcu.wait);
}
