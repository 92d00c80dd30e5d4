// SPDX-License-Identifier: GPL-2.0
/* Kernel threads; one that has ended stays until kthread_stop() took its result. */
#include "rt.h"

#include <linux/kthread.h>
#include <linux/slab.h>

struct kthread {
	int (*fn)(void *data);
	void *data;
	bool ended;
	bool reaped;
	wait_queue_head_t wait;
};

static void kthread_main(void *arg)
{
	struct kthread *kt = arg;
	struct fiber *f = sim_cur;

	current->flags |= PF_KTHREAD;
	if (!f->should_stop)
		f->result = kt->fn(kt->data);
	else
		f->result = -EINTR;
	kt->ended = true;
	wake_up_all(&kt->wait);
	wait_event_idle(kt->wait, kt->reaped);
	kfree(kt);
}

/* Starts with the first wake_up_process(). */
static void kthread_first(void *arg)
{
	struct fiber *f = sim_cur;

	f->wait_note = "its first wake-up";
	while (f->task.__state != TASK_RUNNING)
		fiber_block();
	f->wait_note = NULL;
	kthread_main(arg);
}

struct task_struct *kthread_create(int (*fn)(void *data), void *data,
				   const char *fmt, ...)
{
	struct kthread *kt = kzalloc(sizeof(*kt), GFP_KERNEL);
	char name[TASK_COMM_LEN];
	struct fiber *f;
	va_list args;

	if (!kt)
		return ERR_PTR(-ENOMEM);
	kt->fn = fn;
	kt->data = data;
	init_waitqueue_head(&kt->wait);
	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	f = fiber_spawn(name, SHIM_CTX_TASK, kthread_first, kt);
	f->task.__state = TASK_IDLE;
	return &f->task;
}

int kthread_stop(struct task_struct *task)
{
	struct fiber *f = task_fiber(task);
	struct kthread *kt = f->arg;
	int result;

	shim_might_sleep("kthread_stop");
	f->should_stop = true;
	wake_up_process(task);
	wait_event(kt->wait, kt->ended);
	result = f->result;
	kt->reaped = true;
	wake_up_all(&kt->wait);
	return result;
}

bool kthread_should_stop(void)
{
	return sim_cur->should_stop;
}
