/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wait queues.
 *
 * Built as in the kernel from prepare_to_wait() and schedule(), so that a
 * condition is evaluated by the waiter, in its own context, each time.
 */
#ifndef SHIM_LINUX_WAIT_H
#define SHIM_LINUX_WAIT_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#define WQ_FLAG_EXCLUSIVE	0x01

struct wait_queue_entry;
typedef int (*wait_queue_func_t)(struct wait_queue_entry *entry,
				 unsigned int mode, int flags, void *key);

typedef struct wait_queue_entry {
	unsigned int flags;
	void *private;
	wait_queue_func_t func;
	struct list_head entry;
} wait_queue_entry_t;

typedef struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
} wait_queue_head_t;

void shim_waitqueue_init(wait_queue_head_t *wq, const char *name,
			 struct lock_class_key *key);

#define init_waitqueue_head(wq)					\
do {								\
	static struct lock_class_key __key;			\
								\
	shim_waitqueue_init(wq, #wq, &__key);			\
} while (0)

/* Its lock has no name, so that the lock checker leaves it alone. */
#define __WAIT_QUEUE_HEAD_INITIALIZER(name)	{		\
	.head = LIST_HEAD_INIT((name).head) }
#define DECLARE_WAIT_QUEUE_HEAD(name)				\
	wait_queue_head_t name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name)			\
	DECLARE_WAIT_QUEUE_HEAD(name)

int default_wake_function(wait_queue_entry_t *entry, unsigned int mode,
			  int flags, void *key);
int autoremove_wake_function(wait_queue_entry_t *entry, unsigned int mode,
			     int flags, void *key);

#define DEFINE_WAIT_FUNC(name, function)			\
	wait_queue_entry_t name = {				\
		.private = current,				\
		.func = function,				\
		.entry = LIST_HEAD_INIT((name).entry),		\
	}
#define DEFINE_WAIT(name)	DEFINE_WAIT_FUNC(name, autoremove_wake_function)
#define DECLARE_WAITQUEUE(name, task)				\
	wait_queue_entry_t name = {				\
		.private = task,				\
		.func = default_wake_function,			\
		.entry = LIST_HEAD_INIT((name).entry),		\
	}

void init_wait_entry(wait_queue_entry_t *entry, int flags);
void init_waitqueue_entry(wait_queue_entry_t *entry, struct task_struct *task);
void init_waitqueue_func_entry(wait_queue_entry_t *entry,
			       wait_queue_func_t func);
void add_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry);
void add_wait_queue_exclusive(wait_queue_head_t *wq, wait_queue_entry_t *entry);
void remove_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry);
void prepare_to_wait(wait_queue_head_t *wq, wait_queue_entry_t *entry,
		     int state);
bool prepare_to_wait_exclusive(wait_queue_head_t *wq,
			       wait_queue_entry_t *entry, int state);
long prepare_to_wait_event(wait_queue_head_t *wq, wait_queue_entry_t *entry,
			   int state);
void finish_wait(wait_queue_head_t *wq, wait_queue_entry_t *entry);

void __add_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry);
void __add_wait_queue_entry_tail(wait_queue_head_t *wq,
				 wait_queue_entry_t *entry);
void __remove_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry);

void shim_wake_up(wait_queue_head_t *wq, unsigned int mode, int nr, void *key);
void shim_wake_up_locked(wait_queue_head_t *wq, unsigned int mode, int nr);

#define wake_up(wq)		shim_wake_up(wq, TASK_NORMAL, 1, NULL)
#define wake_up_nr(wq, nr)	shim_wake_up(wq, TASK_NORMAL, nr, NULL)
#define wake_up_all(wq)		shim_wake_up(wq, TASK_NORMAL, 0, NULL)
#define wake_up_interruptible(wq)	\
	shim_wake_up(wq, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_interruptible_all(wq)	\
	shim_wake_up(wq, TASK_INTERRUPTIBLE, 0, NULL)
#define wake_up_locked(wq)	shim_wake_up_locked(wq, TASK_NORMAL, 1)
#define wake_up_all_locked(wq)	shim_wake_up_locked(wq, TASK_NORMAL, 0)
#define __wake_up(wq, mode, nr, key)	shim_wake_up(wq, mode, nr, key)

static inline int waitqueue_active(wait_queue_head_t *wq)
{
	return !list_empty(&wq->head);
}

static inline bool wq_has_sleeper(wait_queue_head_t *wq)
{
	smp_mb();
	return waitqueue_active(wq);
}

static inline bool wq_has_single_sleeper(wait_queue_head_t *wq)
{
	return list_is_singular(&wq->head);
}

/* What a deadlock report says that the current task waits for. */
void shim_wait_note(const char *what);

/* Waits in @state, with @cmd for schedule(); its value is 0 or -ERESTARTSYS. */
#define ___wait_event(wq_head, condition, state, exclusive, ret, cmd) ({	\
	wait_queue_entry_t __entry;				\
	long __ret = (ret);					\
	long __intr;						\
								\
	shim_wait_note(#condition);				\
	init_wait_entry(&__entry, (exclusive) ? WQ_FLAG_EXCLUSIVE : 0);	\
	for (;;) {						\
		__intr = prepare_to_wait_event(&(wq_head), &__entry, state);	\
		if (condition)					\
			break;					\
		if (__intr) {					\
			__ret = __intr;				\
			break;					\
		}						\
		cmd;						\
	}							\
	finish_wait(&(wq_head), &__entry);			\
	shim_wait_note(NULL);					\
	__ret; })

#define wait_event(wq_head, condition)				\
do {								\
	might_sleep();						\
	if (condition)						\
		break;						\
	(void)___wait_event(wq_head, condition, TASK_UNINTERRUPTIBLE, 0, 0,	\
			    schedule());			\
} while (0)

#define SHIM_WAIT_STATE(wq_head, condition, state, exclusive) ({	\
	int __wret = 0;						\
	might_sleep();						\
	if (!(condition))					\
		__wret = ___wait_event(wq_head, condition, state, exclusive,	\
				       0, schedule());		\
	__wret; })

#define io_wait_event(wq_head, condition)	wait_event(wq_head, condition)
#define wait_event_interruptible(wq_head, condition)		\
	SHIM_WAIT_STATE(wq_head, condition, TASK_INTERRUPTIBLE, 0)
#define wait_event_interruptible_exclusive(wq_head, condition)	\
	SHIM_WAIT_STATE(wq_head, condition, TASK_INTERRUPTIBLE, 1)
#define wait_event_killable(wq_head, condition)			\
	SHIM_WAIT_STATE(wq_head, condition, TASK_KILLABLE, 0)
#define wait_event_idle(wq_head, condition)			\
	((void)SHIM_WAIT_STATE(wq_head, condition, TASK_IDLE, 0))

/* A timeout that ran out while the condition came true still counts as true. */
#define SHIM_TIMED(condition) ({				\
	bool __cond = (condition);				\
	if (__cond && !__ret)					\
		__ret = 1;					\
	__cond || !__ret; })

#define SHIM_WAIT_TIMEOUT(wq_head, condition, state, timeout) ({	\
	long __ret = (timeout);					\
	might_sleep();						\
	if (!SHIM_TIMED(condition))				\
		__ret = ___wait_event(wq_head, SHIM_TIMED(condition), state,	\
				      0, timeout,		\
				      __ret = schedule_timeout(__ret));	\
	__ret; })

#define wait_event_timeout(wq_head, condition, timeout)		\
	SHIM_WAIT_TIMEOUT(wq_head, condition, TASK_UNINTERRUPTIBLE, timeout)
#define wait_event_interruptible_timeout(wq_head, condition, timeout)	\
	SHIM_WAIT_TIMEOUT(wq_head, condition, TASK_INTERRUPTIBLE, timeout)
#define wait_event_killable_timeout(wq_head, condition, timeout)	\
	SHIM_WAIT_TIMEOUT(wq_head, condition, TASK_KILLABLE, timeout)
#define wait_event_idle_timeout(wq_head, condition, timeout)	\
	SHIM_WAIT_TIMEOUT(wq_head, condition, TASK_IDLE, timeout)

#define wait_event_cmd(wq_head, condition, before, after)	\
do {								\
	if (condition)						\
		break;						\
	(void)___wait_event(wq_head, condition, TASK_UNINTERRUPTIBLE, 0, 0,	\
			    before; schedule(); after);		\
} while (0)

#define wait_event_lock_irq(wq_head, condition, lock)		\
	wait_event_cmd(wq_head, condition, spin_unlock_irq(&(lock)),	\
		       spin_lock_irq(&(lock)))

#endif /* SHIM_LINUX_WAIT_H */
