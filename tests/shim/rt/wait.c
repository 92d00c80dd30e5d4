// SPDX-License-Identifier: GPL-2.0
/*
 * Wait queues and completions.
 *
 * A queue's own lock is taken for real only while the driver itself uses it,
 * since nothing runs in between here; but whoever wakes with that lock held is
 * told.
 */
#include "rt.h"

#include <linux/completion.h>
#include <linux/srcu.h>
#include <linux/wait_bit.h>

void shim_wait_note(const char *what)
{
	sim_cur->wait_note = what;
}

void shim_waitqueue_init(wait_queue_head_t *wq, const char *name,
			 struct lock_class_key *key)
{
	shim_spin_init(&wq->lock, name, key);
	INIT_LIST_HEAD(&wq->head);
}

wait_queue_head_t *shim_var_waitqueue(void)
{
	return &sim_world->var_wait;
}

/* ---- entries ---- */

void init_wait_entry(wait_queue_entry_t *entry, int flags)
{
	entry->flags = flags;
	entry->private = current;
	entry->func = autoremove_wake_function;
	INIT_LIST_HEAD(&entry->entry);
}

void init_waitqueue_entry(wait_queue_entry_t *entry, struct task_struct *task)
{
	entry->flags = 0;
	entry->private = task;
	entry->func = default_wake_function;
}

void init_waitqueue_func_entry(wait_queue_entry_t *entry,
			       wait_queue_func_t func)
{
	entry->flags = 0;
	entry->private = NULL;
	entry->func = func;
}

void __add_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	list_add(&entry->entry, &wq->head);
}

void __add_wait_queue_entry_tail(wait_queue_head_t *wq,
				 wait_queue_entry_t *entry)
{
	list_add_tail(&entry->entry, &wq->head);
}

void __remove_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	list_del(&entry->entry);
}

/* Waits for the driver's use of the queue's lock to end. */
static void lock_queue(wait_queue_head_t *wq)
{
	if (!wq->lock.owner)
		return;
	shim_spin_lock(&wq->lock, 0);
	shim_spin_unlock(&wq->lock);
}

void add_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	lock_queue(wq);
	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	__add_wait_queue(wq, entry);
}

void add_wait_queue_exclusive(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	lock_queue(wq);
	entry->flags |= WQ_FLAG_EXCLUSIVE;
	__add_wait_queue_entry_tail(wq, entry);
}

void remove_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	lock_queue(wq);
	__remove_wait_queue(wq, entry);
}

/* ---- waiting ---- */

static void enqueue(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	if (!list_empty(&entry->entry))
		return;
	if (entry->flags & WQ_FLAG_EXCLUSIVE)
		__add_wait_queue_entry_tail(wq, entry);
	else
		__add_wait_queue(wq, entry);
}

void prepare_to_wait(wait_queue_head_t *wq, wait_queue_entry_t *entry, int state)
{
	lock_queue(wq);
	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	enqueue(wq, entry);
	set_current_state(state);
}

bool prepare_to_wait_exclusive(wait_queue_head_t *wq, wait_queue_entry_t *entry,
			       int state)
{
	bool first;

	lock_queue(wq);
	first = list_empty(&wq->head);
	entry->flags |= WQ_FLAG_EXCLUSIVE;
	enqueue(wq, entry);
	set_current_state(state);
	return first;
}

/* Somebody else may run between this and the caller's look at its condition. */
long prepare_to_wait_event(wait_queue_head_t *wq, wait_queue_entry_t *entry,
			   int state)
{
	lock_queue(wq);
	if (signal_pending_state(state, current)) {
		list_del_init(&entry->entry);
		return -ERESTARTSYS;
	}
	enqueue(wq, entry);
	set_current_state(state);
	return 0;
}

void finish_wait(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	__set_current_state(TASK_RUNNING);
	if (!list_empty(&entry->entry)) {
		lock_queue(wq);
		list_del_init(&entry->entry);
	}
}

/* ---- waking ---- */

int default_wake_function(wait_queue_entry_t *entry, unsigned int mode,
			  int flags, void *key)
{
	struct task_struct *task = entry->private;

	if (!(task->__state & mode))
		return 0;
	return wake_up_process(task);
}

int autoremove_wake_function(wait_queue_entry_t *entry, unsigned int mode,
			     int flags, void *key)
{
	int woken = default_wake_function(entry, mode, flags, key);

	if (woken)
		list_del_init(&entry->entry);
	return woken;
}

static void wake_entries(wait_queue_head_t *wq, unsigned int mode, int nr,
			 void *key)
{
	wait_queue_entry_t *entry, *next;
	unsigned int flags;

	list_for_each_entry_safe(entry, next, &wq->head, entry) {
		flags = entry->flags;
		if (entry->func(entry, mode, 0, key) &&
		    (flags & WQ_FLAG_EXCLUSIVE) && !--nr)
			break;
	}
}

/* @nr counts exclusive waiters; 0: all. */
void shim_wake_up(wait_queue_head_t *wq, unsigned int mode, int nr, void *key)
{
	if (wq->lock.owner == current)
		fail_at(SIM_FAIL_LOCK_USE, __builtin_return_address(0),
			"wake-up of a queue whose lock is held");
	lock_queue(wq);
	wake_entries(wq, mode, nr, key);
	shim_yield(SHIM_YIELD_WAKE);
}

void shim_wake_up_locked(wait_queue_head_t *wq, unsigned int mode, int nr)
{
	if (wq->lock.owner != current)
		fail_at(SIM_FAIL_LOCK_USE, __builtin_return_address(0),
			"wake_up_locked() without the queue's lock");
	wake_entries(wq, mode, nr, NULL);
}

/* ---- completions ---- */

#define ALL_DONE	UINT_MAX

void complete(struct completion *x)
{
	if (x->done != ALL_DONE)
		x->done++;
	shim_wake_up(&x->wait, TASK_NORMAL, 1, NULL);
}

void complete_all(struct completion *x)
{
	x->done = ALL_DONE;
	shim_wake_up(&x->wait, TASK_NORMAL, 0, NULL);
}

bool completion_done(struct completion *x)
{
	return x->done != 0;
}

bool try_wait_for_completion(struct completion *x)
{
	if (!x->done)
		return false;
	if (x->done != ALL_DONE)
		x->done--;
	return true;
}

void wait_for_completion(struct completion *x)
{
	wait_event(x->wait, try_wait_for_completion(x));
}

unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout)
{
	return wait_event_timeout(x->wait, try_wait_for_completion(x), timeout);
}

int wait_for_completion_interruptible(struct completion *x)
{
	return wait_event_interruptible(x->wait, try_wait_for_completion(x));
}

int wait_for_completion_killable(struct completion *x)
{
	return wait_event_killable(x->wait, try_wait_for_completion(x));
}

/* ---- sleepable RCU ---- */

int init_srcu_struct(struct srcu_struct *sp)
{
	memset(sp->readers, 0, sizeof(sp->readers));
	sp->now = 0;
	init_waitqueue_head(&sp->wait);
	return 0;
}

void cleanup_srcu_struct(struct srcu_struct *sp)
{
	if (sp->readers[0] || sp->readers[1])
		sim_fail(SIM_FAIL_LOCK_USE, "SRCU structure ends with readers");
}

int srcu_read_lock(struct srcu_struct *sp)
{
	sp->readers[sp->now]++;
	return sp->now;
}

void srcu_read_unlock(struct srcu_struct *sp, int idx)
{
	if (!--sp->readers[idx])
		shim_wake_up(&sp->wait, TASK_NORMAL, 0, NULL);
	shim_yield(SHIM_YIELD_RCU);
}

void synchronize_srcu(struct srcu_struct *sp)
{
	unsigned int old;

	/* Another caller's flip first: its readers may be older than this call. */
	wait_event(sp->wait, !sp->readers[!sp->now]);
	old = sp->now;
	sp->now = !old;
	wait_event(sp->wait, !sp->readers[old]);
}
