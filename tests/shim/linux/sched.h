/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tasks.  A task is a fiber of the simulation; the fields below are those that
 * the headers touch inline, the rest belongs to rt/.
 */
#ifndef SHIM_LINUX_SCHED_H
#define SHIM_LINUX_SCHED_H

#include <linux/types.h>
#include <shim.h>

#define TASK_RUNNING		0x0000
#define TASK_INTERRUPTIBLE	0x0001
#define TASK_UNINTERRUPTIBLE	0x0002
#define TASK_WAKEKILL		0x0100
#define TASK_NOLOAD		0x0400
#define TASK_KILLABLE		(TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_IDLE		(TASK_UNINTERRUPTIBLE | TASK_NOLOAD)
#define TASK_NORMAL		(TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define PF_WQ_WORKER		0x00000020
#define PF_MEMALLOC		0x00000800
#define PF_MEMALLOC_NOFS	0x00040000
#define PF_MEMALLOC_NOIO	0x00080000
#define PF_KTHREAD		0x00200000
#define PF_LOCAL_THROTTLE	0x00100000

#define TASK_COMM_LEN		16
#define MAX_SCHEDULE_TIMEOUT	LONG_MAX

enum shim_context {
	SHIM_CTX_TASK,
	SHIM_CTX_SOFTIRQ,
	SHIM_CTX_HARDIRQ,
};

struct bio_list;

struct task_struct {
	unsigned int __state;
	unsigned int flags;
	int pid;
	int cpu;
	int preempt_count;	/* preempt_disable() and spinlocks */
	int migrate_count;
	int irq_count;		/* interrupts are off */
	int bh_count;
	int rcu_count;
	int spin_count;		/* spinlocks and rwlocks held */
	enum shim_context context;
	bool signalled;
	bool fatal_signal;
	void *plug;
	char comm[TASK_COMM_LEN];
};

#ifdef SHIM_THREADS
extern __thread struct task_struct *shim_current;
#else
extern struct task_struct *shim_current;
#endif

#define current			(shim_current)

#define get_current_state()	READ_ONCE(current->__state)
#define __set_current_state(s)	WRITE_ONCE(current->__state, (s))
#define set_current_state(s)	WRITE_ONCE(current->__state, (s))
#define task_is_running(t)	(READ_ONCE((t)->__state) == TASK_RUNNING)

void schedule(void);
void io_schedule(void);
long schedule_timeout(long timeout);
long io_schedule_timeout(long timeout);
long schedule_timeout_interruptible(long timeout);
long schedule_timeout_uninterruptible(long timeout);
long schedule_timeout_idle(long timeout);
int wake_up_process(struct task_struct *task);
void yield(void);
int shim_cond_resched(void);

#define cond_resched()		shim_cond_resched()
#define need_resched()		false

static inline int signal_pending(struct task_struct *task)
{
	return task->signalled || task->fatal_signal;
}

static inline int fatal_signal_pending(struct task_struct *task)
{
	return task->fatal_signal;
}

static inline int signal_pending_state(unsigned int state,
				       struct task_struct *task)
{
	if (state & TASK_INTERRUPTIBLE)
		return signal_pending(task);
	return (state & TASK_WAKEKILL) && fatal_signal_pending(task);
}

static inline int task_pid_nr(struct task_struct *task)
{
	return task->pid;
}

static inline void set_user_nice(struct task_struct *task, long nice)
{
}

u64 local_clock(void);
u64 sched_clock(void);

#endif /* SHIM_LINUX_SCHED_H */
