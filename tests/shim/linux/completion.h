/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting for something to be done. */
#ifndef SHIM_LINUX_COMPLETION_H
#define SHIM_LINUX_COMPLETION_H

#include <linux/wait.h>

struct completion {
	unsigned int done;
	wait_queue_head_t wait;
};

#define COMPLETION_INITIALIZER(name)	\
	{ .wait = __WAIT_QUEUE_HEAD_INITIALIZER((name).wait) }
#define DECLARE_COMPLETION(name)	\
	struct completion name = COMPLETION_INITIALIZER(name)
#define DECLARE_COMPLETION_ONSTACK(name)	DECLARE_COMPLETION(name)

#define init_completion(x)		\
do {					\
	(x)->done = 0;			\
	init_waitqueue_head(&(x)->wait);	\
} while (0)

static inline void reinit_completion(struct completion *x)
{
	x->done = 0;
}

void complete(struct completion *x);
void complete_all(struct completion *x);
void wait_for_completion(struct completion *x);
unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout);
int wait_for_completion_interruptible(struct completion *x);
int wait_for_completion_killable(struct completion *x);
bool try_wait_for_completion(struct completion *x);
bool completion_done(struct completion *x);

#define wait_for_completion_io(x)		wait_for_completion(x)
#define wait_for_completion_io_timeout(x, t)	wait_for_completion_timeout(x, t)

#endif /* SHIM_LINUX_COMPLETION_H */
