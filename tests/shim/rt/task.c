// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks as the driver and tests see them: sleeping, waking, joining, signals,
 * CPU numbers, and the checks of what a task may do where it is.
 */
#include "rt.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/smp.h>

static void check_may_block(const char *what, const void *site)
{
	const struct fiber *f = sim_cur;

	if (!fiber_atomic(f) && !f->task.rcu_count)
		return;
	fail_at(SIM_FAIL_ATOMIC_SLEEP, site,
		"%s() with preempt %d, irqs off %d, bh off %d, rcu %d, context %d",
		what, f->task.preempt_count, f->task.irq_count,
		f->task.bh_count, f->task.rcu_count, f->task.context);
}

void shim_might_sleep(const char *what)
{
	struct world *w = sim_world;

	if (!w || w->dying)
		return;
	check_may_block(what, __builtin_return_address(0));
	if (w->running->task.__state != TASK_RUNNING)
		fail_at(SIM_FAIL_ATOMIC_SLEEP, __builtin_return_address(0),
			"%s() between set_current_state() and schedule()", what);
}

/* ---- scheduling by hand ---- */

static void run_others(void)
{
	shim_yield_slow();
	sched_run_other();
}

void schedule(void)
{
	struct fiber *f = sim_cur;

	if (f->task.__state == TASK_RUNNING) {
		run_others();
		return;
	}
	check_may_block("schedule", __builtin_return_address(0));
	if (signal_pending_state(f->task.__state, &f->task)) {
		f->task.__state = TASK_RUNNING;
		return;
	}
	f->blocked_since = sim_world->now;
	while (f->task.__state != TASK_RUNNING)
		fiber_block();
}

void io_schedule(void)
{
	schedule();
}

int wake_up_process(struct task_struct *task)
{
	if (task->__state == TASK_RUNNING)
		return 0;
	task->__state = TASK_RUNNING;
	fiber_wake(task_fiber(task));
	return 1;
}

static void timeout_fire(struct shim_event *event)
{
	struct fiber *f = container_of(event, struct fiber, timeout);

	f->timed_out = true;
	wake_up_process(&f->task);
}

static void timeout_arm(u64 ns)
{
	struct fiber *f = sim_cur;

	f->timed_out = false;
	f->timeout.fire = timeout_fire;
	event_add(&f->timeout, sim_world->now + ns);
}

/* As long as that, whatever wakes it. */
void block_for(u64 ns)
{
	struct fiber *f = sim_cur;

	check_may_block("sleep", __builtin_return_address(0));
	timeout_arm(ns);
	while (!f->timed_out) {
		f->task.__state = TASK_IDLE;
		f->blocked_since = sim_world->now;
		fiber_block();
	}
	f->task.__state = TASK_RUNNING;
}

long schedule_timeout(long timeout)
{
	unsigned long end = jiffies + timeout;
	long left;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (timeout < 0) {
		__set_current_state(TASK_RUNNING);
		return 0;
	}
	timeout_arm(jiffies_to_nsecs(timeout));
	schedule();
	event_cancel(&sim_cur->timeout);
	left = end - jiffies;
	return left > 0 && !sim_cur->timed_out ? left : 0;
}

long io_schedule_timeout(long timeout)
{
	return schedule_timeout(timeout);
}

long schedule_timeout_interruptible(long timeout)
{
	__set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_uninterruptible(long timeout)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_idle(long timeout)
{
	__set_current_state(TASK_IDLE);
	return schedule_timeout(timeout);
}

void yield(void)
{
	run_others();
}

int shim_cond_resched(void)
{
	shim_might_sleep("cond_resched");
	shim_yield(SHIM_YIELD_RESCHED);
	return 0;
}

/* ---- time ---- */

unsigned long shim_jiffies(void)
{
	return INITIAL_JIFFIES + sim_world->now / NSEC_PER_JIFFY;
}

ktime_t ktime_get(void)
{
	return sim_world->now;
}

time64_t ktime_get_real_seconds(void)
{
	return 1700000000 + sim_world->now / NSEC_PER_SEC;
}

u64 local_clock(void)
{
	return sim_world->now;
}

u64 sched_clock(void)
{
	return sim_world->now;
}

void msleep(unsigned int ms)
{
	shim_might_sleep("msleep");
	block_for((u64)ms * NSEC_PER_MSEC);
}

unsigned long msleep_interruptible(unsigned int ms)
{
	long left = msecs_to_jiffies(ms) + 1;

	while (left && !signal_pending(current))
		left = schedule_timeout_interruptible(left);
	return jiffies_to_msecs(left);
}

void usleep_range(unsigned long min_us, unsigned long max_us)
{
	u64 more = (max_us - min_us) * NSEC_PER_USEC;

	shim_might_sleep("usleep_range");
	block_for(min_us * NSEC_PER_USEC +
		  rng_below(&sim_world->rng_sched, more + 1));
}

/* Busy: others run, but not on this CPU unless it may be left. */
void shim_delay(u64 ns)
{
	sim_world->now += ns;
	shim_relax();
}

/* ---- CPUs ---- */

unsigned int shim_nr_cpus(void)
{
	return sim_world->opts.nr_cpus;
}

int shim_this_cpu(void)
{
	struct fiber *f = sim_cur;

	if (!fiber_atomic(f) && !f->task.migrate_count &&
	    sim_world->opts.nr_cpus > 1)
		fail_at(SIM_FAIL_CPU, __builtin_return_address(0),
			"the CPU's number is asked for while it can change");
	return f->task.cpu;
}

/* ---- tests ---- */

static struct fiber *find_task(u32 id)
{
	struct fiber *f;

	list_for_each_entry(f, &sim_world->fibers, node)
		if (f->id == id)
			return f;
	return NULL;
}

u32 sim_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
	struct fiber *f = fiber_spawn(name, SHIM_CTX_TASK, fn, arg);

	f->joinable = true;
	sim_world->nr_joinable++;
	return f->id;
}

void sim_join(u32 id)
{
	wait_event_idle(sim_world->exit_wait, !find_task(id));
}

void sim_join_all(void)
{
	wait_event_idle(sim_world->exit_wait, !sim_world->nr_joinable);
}

void sim_quiesce(void)
{
	struct world *w = sim_world;

	check_may_block("sim_quiesce", __builtin_return_address(0));
	w->idle_waiter = w->running;
	fiber_block();
	w->idle_waiter = NULL;
}

void sim_sleep(u64 ns)
{
	block_for(ns);
}

void sim_yield(void)
{
	run_others();
}

u64 sim_now(void)
{
	return sim_world->now;
}

void sim_signal(u32 id, bool fatal)
{
	struct fiber *f = find_task(id);

	if (!f)
		return;
	f->task.signalled = true;
	f->task.fatal_signal |= fatal;
	if (signal_pending_state(f->task.__state, &f->task))
		wake_up_process(&f->task);
}

void sim_clear_signal(u32 id)
{
	struct fiber *f = find_task(id);

	if (!f)
		return;
	f->task.signalled = false;
	f->task.fatal_signal = false;
}

static void dump_task(const struct fiber *f)
{
	fprintf(stderr, "sim:   task %u (%s) cpu %d, %s", f->id, f->task.comm,
		f->task.cpu, f->queued ? "can run" : "waits");
	if (f->wait_note)
		fprintf(stderr, " for %s", f->wait_note);
	if (f->blocked_on)
		fprintf(stderr, ", wants %s", f->blocked_name ?: "a lock");
	if (fiber_atomic(f) || f->task.rcu_count)
		fprintf(stderr, ", preempt %d irq %d bh %d rcu %d context %d",
			f->task.preempt_count, f->task.irq_count,
			f->task.bh_count, f->task.rcu_count, f->task.context);
	fputc('\n', stderr);
	lockdep_print_held(f);
}

void sim_dump_tasks(void)
{
	struct fiber *f;

	list_for_each_entry(f, &sim_world->fibers, node)
		dump_task(f);
}
