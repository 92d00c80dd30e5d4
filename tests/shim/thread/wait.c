// SPDX-License-Identifier: GPL-2.0
/*
 * Wait queues, completions, sleep and wake-up.  A queue's list is used under its
 * lock; a sleeper's state changes under the sleeper's.
 */
#include "thread.h"

#include <linux/completion.h>

void shim_wait_note(const char *what)
{
}

void shim_waitqueue_init(wait_queue_head_t *wq, const char *name,
			 struct lock_class_key *key)
{
	shim_spin_init(&wq->lock, name, key);
	INIT_LIST_HEAD(&wq->head);
}

/* ---- sleep ---- */

static bool sleeping(struct thread *t)
{
	return READ_ONCE(t->task.__state) != TASK_RUNNING;
}

void schedule(void)
{
	struct thread *self = thread_self();

	shim_might_sleep("schedule");
	pthread_mutex_lock(&self->lock);
	while (sleeping(self))
		pthread_cond_wait(&self->cond, &self->lock);
	pthread_mutex_unlock(&self->lock);
}

long schedule_timeout(long timeout)
{
	struct thread *self = thread_self();
	u64 now = thread_now(), end = now + timeout * NSEC_PER_JIFFY;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	shim_might_sleep("schedule_timeout");
	pthread_mutex_lock(&self->lock);
	while (sleeping(self) && now < end) {
		thread_wait_ns(&self->cond, &self->lock, end - now);
		now = thread_now();
	}
	WRITE_ONCE(self->task.__state, TASK_RUNNING);
	pthread_mutex_unlock(&self->lock);
	return now < end ? DIV_ROUND_UP_ULL(end - now, NSEC_PER_JIFFY) : 0;
}

int wake_up_process(struct task_struct *task)
{
	struct thread *t = container_of(task, struct thread, task);
	bool was;

	pthread_mutex_lock(&t->lock);
	was = sleeping(t);
	WRITE_ONCE(task->__state, TASK_RUNNING);
	pthread_cond_signal(&t->cond);
	pthread_mutex_unlock(&t->lock);
	return was;
}

/* ---- entries ---- */

int autoremove_wake_function(wait_queue_entry_t *entry, unsigned int mode,
			     int flags, void *key)
{
	struct task_struct *task = entry->private;

	if (!(READ_ONCE(task->__state) & mode))
		return 0;
	list_del_init(&entry->entry);
	return wake_up_process(task);
}

void init_wait_entry(wait_queue_entry_t *entry, int flags)
{
	entry->flags = flags;
	entry->private = current;
	entry->func = autoremove_wake_function;
	INIT_LIST_HEAD(&entry->entry);
}

long prepare_to_wait_event(wait_queue_head_t *wq, wait_queue_entry_t *entry,
			   int state)
{
	shim_spin_lock(&wq->lock, 0);
	if (list_empty(&entry->entry) && entry->flags & WQ_FLAG_EXCLUSIVE)
		list_add_tail(&entry->entry, &wq->head);
	else if (list_empty(&entry->entry))
		list_add(&entry->entry, &wq->head);
	WRITE_ONCE(current->__state, state);
	shim_spin_unlock(&wq->lock);
	/* Pairs with whoever changes the condition and then looks for sleepers. */
	smp_mb();
	return 0;
}

void finish_wait(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	WRITE_ONCE(current->__state, TASK_RUNNING);
	shim_spin_lock(&wq->lock, 0);
	list_del_init(&entry->entry);
	shim_spin_unlock(&wq->lock);
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

void shim_wake_up(wait_queue_head_t *wq, unsigned int mode, int nr, void *key)
{
	shim_spin_lock(&wq->lock, 0);
	wake_entries(wq, mode, nr, key);
	shim_spin_unlock(&wq->lock);
}

void shim_wake_up_locked(wait_queue_head_t *wq, unsigned int mode, int nr)
{
	wake_entries(wq, mode, nr, NULL);
}

/* ---- completions ---- */

void complete(struct completion *x)
{
	shim_spin_lock(&x->wait.lock, 0);
	x->done++;
	wake_entries(&x->wait, TASK_NORMAL, 1, NULL);
	shim_spin_unlock(&x->wait.lock);
}

bool try_wait_for_completion(struct completion *x)
{
	bool done;

	shim_spin_lock(&x->wait.lock, 0);
	done = x->done;
	if (done)
		x->done--;
	shim_spin_unlock(&x->wait.lock);
	return done;
}

void wait_for_completion(struct completion *x)
{
	wait_event(x->wait, try_wait_for_completion(x));
}
