/* SPDX-License-Identifier: GPL-2.0 */
/* RCU whose read sections may sleep. */
#ifndef SHIM_LINUX_SRCU_H
#define SHIM_LINUX_SRCU_H

#include <linux/wait.h>

struct srcu_struct {
	unsigned int readers[2];
	unsigned int now;
	wait_queue_head_t wait;
};

int init_srcu_struct(struct srcu_struct *sp);
void cleanup_srcu_struct(struct srcu_struct *sp);
int srcu_read_lock(struct srcu_struct *sp);
void srcu_read_unlock(struct srcu_struct *sp, int idx);
void synchronize_srcu(struct srcu_struct *sp);

#define DEFINE_SRCU(name)	\
	struct srcu_struct name = {	\
		.wait = __WAIT_QUEUE_HEAD_INITIALIZER((name).wait),	\
	}
#define DEFINE_STATIC_SRCU(name)	static DEFINE_SRCU(name)
#define srcu_dereference(p, sp)		rcu_dereference_raw(p)

#endif /* SHIM_LINUX_SRCU_H */
