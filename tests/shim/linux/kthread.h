/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel threads: tasks of the world. */
#ifndef SHIM_LINUX_KTHREAD_H
#define SHIM_LINUX_KTHREAD_H

#include <linux/err.h>
#include <linux/sched.h>

struct task_struct *kthread_create(int (*fn)(void *data), void *data,
				   const char *fmt, ...) __printf(3, 4);
int kthread_stop(struct task_struct *task);
bool kthread_should_stop(void);

#define kthread_run(fn, data, fmt, ...) ({			\
	struct task_struct *__task =				\
		kthread_create(fn, data, fmt, ##__VA_ARGS__);	\
	if (!IS_ERR(__task))					\
		wake_up_process(__task);			\
	__task; })

#define set_freezable()			do { } while (0)
#define kthread_should_park()		false

#endif /* SHIM_LINUX_KTHREAD_H */
