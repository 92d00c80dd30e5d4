/* SPDX-License-Identifier: GPL-2.0 */
/* Work items and the queues that run them, each in a task of its own. */
#ifndef SHIM_LINUX_WORKQUEUE_H
#define SHIM_LINUX_WORKQUEUE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/timer.h>

struct workqueue_struct;
struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	bool pending;
	u32 disabled;		/* cancellations and disable_work() in progress */
	struct workqueue_struct *wq;	/* where it was last queued */
	u64 seq;
	struct list_head entry;
	work_func_t func;
};

struct delayed_work {
	struct work_struct work;
	struct timer_list timer;
	struct workqueue_struct *wq;
};

struct rcu_work {
	struct work_struct work;
	struct rcu_head rcu;
	struct workqueue_struct *wq;
};

enum wq_flags {
	WQ_BH			= 1 << 0,
	WQ_UNBOUND		= 1 << 1,
	WQ_FREEZABLE		= 1 << 2,
	WQ_MEM_RECLAIM		= 1 << 3,
	WQ_HIGHPRI		= 1 << 4,
	WQ_CPU_INTENSIVE	= 1 << 5,
	WQ_SYSFS		= 1 << 6,
	WQ_POWER_EFFICIENT	= 1 << 7,
	__WQ_ORDERED		= 1 << 17,
};

#define WQ_MAX_ACTIVE		512
#define WQ_DFL_ACTIVE		256
#define WQ_UNBOUND_MAX_ACTIVE	WQ_MAX_ACTIVE
#define WORK_CPU_UNBOUND	(-1)

void shim_work_init(struct work_struct *work, work_func_t func);
void shim_delayed_work_init(struct delayed_work *dwork, work_func_t func);
void delayed_work_timer_fn(struct timer_list *timer);

#define INIT_WORK(work, func)		shim_work_init(work, func)
#define INIT_WORK_ONSTACK(work, func)	shim_work_init(work, func)
#define INIT_DELAYED_WORK(dw, func)	shim_delayed_work_init(dw, func)
#define INIT_DEFERRABLE_WORK(dw, func)	shim_delayed_work_init(dw, func)
#define INIT_RCU_WORK(rw, func)		shim_work_init(&(rw)->work, func)
#define destroy_work_on_stack(work)	do { } while (0)

#define DECLARE_WORK(name, function)	\
	struct work_struct name = {	\
		.entry = LIST_HEAD_INIT((name).entry),	\
		.func = function,	\
	}

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
					 int max_active, ...) __printf(1, 4);
#define alloc_ordered_workqueue(fmt, flags, args...)	\
	alloc_workqueue(fmt, WQ_UNBOUND | __WQ_ORDERED | (flags), 1, ##args)
#define create_workqueue(name)		\
	alloc_workqueue("%s", WQ_MEM_RECLAIM, 1, name)
#define create_singlethread_workqueue(name)	\
	alloc_ordered_workqueue("%s", WQ_MEM_RECLAIM, name)
void destroy_workqueue(struct workqueue_struct *wq);
void workqueue_set_max_active(struct workqueue_struct *wq, int max_active);

bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			unsigned long delay);
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
		      unsigned long delay);
bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork);

bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *dwork);
bool cancel_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work(struct delayed_work *dwork);
bool cancel_delayed_work_sync(struct delayed_work *dwork);
bool disable_work(struct work_struct *work);
bool disable_work_sync(struct work_struct *work);
bool enable_work(struct work_struct *work);
bool disable_delayed_work_sync(struct delayed_work *dwork);
bool enable_delayed_work(struct delayed_work *dwork);
void __flush_workqueue(struct workqueue_struct *wq);
void drain_workqueue(struct workqueue_struct *wq);
#define flush_workqueue(wq)	__flush_workqueue(wq)

struct work_struct *current_work(void);
bool current_is_workqueue_rescuer(void);
unsigned int work_busy(struct work_struct *work);

static inline bool work_pending(const struct work_struct *work)
{
	return READ_ONCE(work->pending);
}

static inline bool delayed_work_pending(const struct delayed_work *dwork)
{
	return work_pending(&dwork->work);
}

static inline struct delayed_work *to_delayed_work(struct work_struct *work)
{
	return container_of(work, struct delayed_work, work);
}

static inline struct rcu_work *to_rcu_work(struct work_struct *work)
{
	return container_of(work, struct rcu_work, work);
}

/* The world's own queues. */
struct workqueue_struct *shim_system_wq(void);
#define system_wq			shim_system_wq()
#define system_unbound_wq		shim_system_wq()
#define system_long_wq			shim_system_wq()
#define system_highpri_wq		shim_system_wq()
#define system_freezable_wq		shim_system_wq()
#define system_power_efficient_wq	shim_system_wq()

static inline bool schedule_work(struct work_struct *work)
{
	return queue_work(system_wq, work);
}

static inline bool schedule_delayed_work(struct delayed_work *dwork,
					 unsigned long delay)
{
	return queue_delayed_work(system_wq, dwork, delay);
}

static inline void flush_scheduled_work(void)
{
	flush_workqueue(system_wq);
}

#endif /* SHIM_LINUX_WORKQUEUE_H */
