// SPDX-License-Identifier: GPL-2.0
/*
 * The simulation tested by itself, first part: worlds, the scheduler and its
 * checkers, locks.  Every checker is seen to fire.
 *
 * Others of its name have waiting and time, RCU, workqueues and memory (async),
 * pmem and disks with their replay, and the library functions.
 */
#include "unit/shim_test.h"
#include "shim/selftest/globals.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rwsem.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

/* ---- determinism ---- */

static spinlock_t shared_lock;
static u32 shared_count;

static void count_up(void *arg)
{
	int i;

	for (i = 0; i < 200; i++) {
		spin_lock(&shared_lock);
		shared_count++;
		spin_unlock(&shared_lock);
		if (!(i % 16))
			usleep_range(1, 50);
	}
}

static u64 trace_of(u64 seed)
{
	struct world *w = world_create(seed, NULL);
	u64 trace;
	int i;

	spin_lock_init(&shared_lock);
	shared_count = 0;
	for (i = 0; i < 4; i++)
		sim_spawn("count", count_up, NULL);
	sim_join_all();
	assert_int_equal(shared_count, 800);
	trace = world_trace_hash(w);
	assert_true(world_switches(w) > 20);
	assert_int_equal(world_destroy(w), 0);
	return trace;
}

static void test_same_seed_same_run(void **state)
{
	u64 seed;

	for (seed = 0; seed < 10; seed++)
		assert_true(trace_of(seed) == trace_of(seed));
}

/* All kinds of schedules are runs of the same program. */
static void test_random_options(void **state)
{
	struct sim_opts opts;
	struct world *w;
	u64 seed;
	int i;

	for (seed = 0; seed < 50; seed++) {
		sim_opts_random(&opts, seed);
		w = world_create(seed, &opts);
		spin_lock_init(&shared_lock);
		shared_count = 0;
		for (i = 0; i < 4; i++)
			sim_spawn("count", count_up, NULL);
		sim_join_all();
		assert_int_equal(shared_count, 800);
		assert_int_equal(world_destroy(w), 0);
	}
}

static void test_seeds_differ(void **state)
{
	u64 traces[20];
	int i, k;

	for (i = 0; i < 20; i++) {
		traces[i] = trace_of(100 + i);
		for (k = 0; k < i; k++)
			assert_true(traces[i] != traces[k]);
	}
}

/* ---- CPUs ---- */

static int on_cpu[NR_CPUS];
static u32 cpus_seen;

static void alone_on_cpu(void *arg)
{
	int i, cpu;

	for (i = 0; i < 300; i++) {
		cpu = get_cpu();
		cpus_seen |= 1u << cpu;
		on_cpu[cpu]++;
		sim_yield();
		sim_check(on_cpu[cpu] == 1);
		sim_check(smp_processor_id() == cpu);
		on_cpu[cpu]--;
		put_cpu();
	}
}

static void test_preempt_off_owns_the_cpu(void **state)
{
	struct world *w = busy_world(1);
	int i;

	cpus_seen = 0;
	for (i = 0; i < 6; i++)
		sim_spawn("alone", alone_on_cpu, NULL);
	sim_join_all();
	assert_int_equal(cpus_seen, 0xf);
	assert_int_equal(world_destroy(w), 0);
}

static void stays_or_moves(void *arg)
{
	bool pinned = arg;
	int cpu, moved = 0, i;

	if (pinned)
		migrate_disable();
	cpu = raw_smp_processor_id();
	for (i = 0; i < 200; i++) {
		sim_yield();
		moved += raw_smp_processor_id() != cpu;
	}
	sim_check(pinned ? !moved : moved > 0);
	if (pinned)
		migrate_enable();
}

static void test_migration(void **state)
{
	struct world *w = busy_world(2);
	int i;

	for (i = 0; i < 4; i++)
		sim_spawn("move", stays_or_moves, i % 2 ? w : NULL);
	sim_join_all();
	assert_int_equal(world_destroy(w), 0);
}

struct counts {
	u64 n;
	u32 other;
};

static void count_percpu(void *arg)
{
	struct counts *c = arg;
	int i;

	for (i = 0; i < 100; i++) {
		this_cpu_inc(c->other);
		get_cpu_ptr(c)->n++;
		put_cpu_ptr(c);
		sim_yield();
	}
}

static void test_percpu(void **state)
{
	struct world *w = busy_world(3);
	struct counts *c = alloc_percpu(struct counts);
	u64 sum = 0, used = 0;
	int i;

	assert_non_null(c);
	for (i = 0; i < 3; i++)
		sim_spawn("percpu", count_percpu, c);
	sim_join_all();
	for_each_possible_cpu(i) {
		assert_int_equal(per_cpu_ptr(c, i)->n <= 300, 1);
		sum += per_cpu_ptr(c, i)->n + per_cpu_ptr(c, i)->other;
		used += per_cpu_ptr(c, i)->n > 0;
	}
	assert_int_equal(sum, 600);
	assert_true(used > 1);
	free_percpu(c);
	assert_int_equal(world_destroy(w), 0);
}

static void ask_cpu(void *arg)
{
	smp_processor_id();
}

/* ---- sleeping where it is forbidden ---- */

static struct mutex sleep_mutex;

static void sleep_with_spinlock(void *arg)
{
	spin_lock(&shared_lock);
	mutex_lock(&sleep_mutex);
}

static void sleep_in_rcu(void *arg)
{
	rcu_read_lock();
	kfree(kmalloc(8, GFP_NOIO));
}

static void sleep_preempt_off(void *arg)
{
	preempt_disable();
	sleep_ms(1);
}

static void sleep_irqs_off(void *arg)
{
	local_irq_disable();
	schedule_timeout_uninterruptible(1);
}

static void sleep_bh_off(void *arg)
{
	local_bh_disable();
	synchronize_rcu();
}

static void resched_with_spinlock(void *arg)
{
	spin_lock(&shared_lock);
	cond_resched();
}

static bool never;

static void wait_in_rcu(void *arg)
{
	DECLARE_WAIT_QUEUE_HEAD(wq);

	rcu_read_lock();
	wait_event(wq, never);
}

static bool locks_and_says_no(void)
{
	mutex_lock(&sleep_mutex);
	mutex_unlock(&sleep_mutex);
	return never;
}

static void block_in_condition(void *arg)
{
	DECLARE_WAIT_QUEUE_HEAD(wq);

	wait_event(wq, locks_and_says_no());
}

static void prepare_locks(void)
{
	spin_lock_init(&shared_lock);
	mutex_init(&sleep_mutex);
}

static void test_atomic_sleep(void **state)
{
	void (*bad[])(void *) = {
		sleep_with_spinlock, sleep_in_rcu, sleep_preempt_off,
		sleep_irqs_off, sleep_bh_off, resched_with_spinlock,
		wait_in_rcu, block_in_condition,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		fails_in_task(SIM_FAIL_ATOMIC_SLEEP, bad[i], prepare_locks);
		fails_in_root(SIM_FAIL_ATOMIC_SLEEP, bad[i], prepare_locks);
	}
}

/* What is allowed must pass. */
static void test_atomic_alloc(void **state)
{
	struct world *w = world_create(4, NULL);
	void *p;

	spin_lock_init(&shared_lock);
	spin_lock(&shared_lock);
	p = kmalloc(100, GFP_NOWAIT);
	assert_non_null(p);
	kfree(p);
	spin_unlock(&shared_lock);
	rcu_read_lock();
	p = kmalloc(100, GFP_ATOMIC);
	kfree(p);
	rcu_read_unlock();
	assert_int_equal(world_destroy(w), 0);
}

/* ---- lock checks ---- */

static spinlock_t lock_a, lock_b, lock_c;
static struct mutex mutex_a, mutex_b;
static struct rw_semaphore sem;

static void prepare_abc(void)
{
	spin_lock_init(&lock_a);
	spin_lock_init(&lock_b);
	spin_lock_init(&lock_c);
	mutex_init(&mutex_a);
	mutex_init(&mutex_b);
	init_rwsem(&sem);
}

static void take_two(struct spinlock *first, struct spinlock *second)
{
	spin_lock(first);
	spin_lock(second);
	spin_unlock(second);
	spin_unlock(first);
}

static void order_of_two(void *arg)
{
	take_two(&lock_a, &lock_b);
	take_two(&lock_b, &lock_a);
}

static void order_of_three(void *arg)
{
	take_two(&lock_a, &lock_b);
	take_two(&lock_b, &lock_c);
	take_two(&lock_c, &lock_a);
}

static void init_array(struct spinlock *locks, int nr)
{
	while (nr--)
		spin_lock_init(&locks[nr]);
}

static void order_in_class(void *arg)
{
	struct spinlock locks[2];

	init_array(locks, 2);
	take_two(&locks[0], &locks[1]);
}

static void mutex_against_rwsem(void *arg)
{
	mutex_lock(&mutex_a);
	down_read(&sem);
	up_read(&sem);
	mutex_unlock(&mutex_a);
	down_write(&sem);
	mutex_lock(&mutex_a);
}

static void test_lock_order(void **state)
{
	fails_in_task(SIM_FAIL_LOCK_ORDER, order_of_two, prepare_abc);
	fails_in_task(SIM_FAIL_LOCK_ORDER, order_of_three, prepare_abc);
	fails_in_task(SIM_FAIL_LOCK_ORDER, order_in_class, NULL);
	fails_in_task(SIM_FAIL_LOCK_ORDER, mutex_against_rwsem, prepare_abc);
}

static void test_lock_order_allowed(void **state)
{
	struct world *w = world_create(5, NULL);
	struct spinlock locks[2];

	prepare_abc();
	take_two(&lock_a, &lock_b);
	take_two(&lock_b, &lock_c);
	take_two(&lock_a, &lock_c);
	init_array(locks, 2);
	spin_lock(&locks[0]);
	spin_lock_nested(&locks[1], SINGLE_DEPTH_NESTING);
	spin_unlock(&locks[1]);
	spin_unlock(&locks[0]);
	spin_lock(&lock_c);
	assert_true(spin_trylock(&lock_a));
	lockdep_assert_held(&lock_a);
	lockdep_assert_not_held(&lock_b);
	spin_unlock(&lock_a);
	spin_unlock(&lock_c);
	assert_int_equal(world_destroy(w), 0);
}

static void take_twice(void *arg)
{
	spin_lock(&lock_a);
	spin_lock(&lock_a);
}

static void release_unheld(void *arg)
{
	spin_unlock(&lock_a);
}

static void end_with_lock(void *arg)
{
	mutex_lock(&mutex_a);
}

static void wake_with_queue_lock(void *arg)
{
	wait_queue_head_t wq;

	init_waitqueue_head(&wq);
	spin_lock(&wq.lock);
	wake_up(&wq);
}

static void leave_rcu_twice(void *arg)
{
	rcu_read_unlock();
}

static void assert_unheld(void *arg)
{
	lockdep_assert_held(&lock_a);
}

static void end_preempt_off(void *arg)
{
	preempt_disable();
}

static void test_lock_use(void **state)
{
	fails_in_task(SIM_FAIL_LOCK_USE, take_twice, prepare_abc);
	fails_in_task(SIM_FAIL_LOCK_USE, release_unheld, prepare_abc);
	fails_in_task(SIM_FAIL_LOCK_USE, end_with_lock, prepare_abc);
	fails_in_task(SIM_FAIL_LOCK_USE, wake_with_queue_lock, NULL);
	fails_in_task(SIM_FAIL_LOCK_USE, leave_rcu_twice, NULL);
	fails_in_task(SIM_FAIL_WARN, assert_unheld, prepare_abc);
	fails_in_task(SIM_FAIL_CPU, end_preempt_off, NULL);
	fails_in_task(SIM_FAIL_CPU, ask_cpu, NULL);
}

/* ---- locks against interrupts ---- */

static struct timer_list irq_timer;
static void (*in_softirq_fn)(void);

static void timer_fn(struct timer_list *timer)
{
	sim_check(in_serving_softirq() && !in_hardirq() && !in_task());
	in_softirq_fn();
}

static void run_softirq(void (*fn)(void))
{
	in_softirq_fn = fn;
	timer_setup(&irq_timer, timer_fn, 0);
	mod_timer(&irq_timer, jiffies + 1);
	msleep(50);
}

static void take_a(void)
{
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
}

static void sleep_now(void)
{
	sleep_ms(1);
}

static void plain_against_softirq(void *arg)
{
	take_a();
	run_softirq(take_a);
}

static void bh_chain(void *arg)
{
	run_softirq(take_a);
	take_two(&lock_b, &lock_c);
	spin_lock_bh(&lock_a);
	spin_lock(&lock_b);
}

static void sleep_in_softirq(void *arg)
{
	run_softirq(sleep_now);
}

static void test_lock_context(void **state)
{
	struct world *w;

	fails_in_task(SIM_FAIL_LOCK_CONTEXT, plain_against_softirq, prepare_abc);
	fails_in_task(SIM_FAIL_LOCK_CONTEXT, bh_chain, prepare_abc);
	fails_in_task(SIM_FAIL_ATOMIC_SLEEP, sleep_in_softirq, NULL);

	w = world_create(6, NULL);
	prepare_abc();
	spin_lock_bh(&lock_a);
	spin_unlock_bh(&lock_a);
	run_softirq(take_a);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- deadlock, hang, livelock ---- */

static void lock_ab(void *arg)
{
	mutex_lock(&mutex_a);
	sleep_ms(1);
	mutex_lock(&mutex_b);
	mutex_unlock(&mutex_b);
	mutex_unlock(&mutex_a);
}

static void lock_ba(void *arg)
{
	mutex_lock(&mutex_b);
	sleep_ms(1);
	mutex_lock(&mutex_a);
	mutex_unlock(&mutex_a);
	mutex_unlock(&mutex_b);
}

static void deadlock(void *arg)
{
	sim_spawn("ab", lock_ab, NULL);
	sim_spawn("ba", lock_ba, NULL);
	sim_join_all();
}

static void prepare_deadlock(void)
{
	world_opts(world_current())->lockdep = false;
	prepare_abc();
}

static void spin_forever(void *arg)
{
	for (;;)
		cpu_relax();
}

static void prepare_few_steps(void)
{
	world_opts(world_current())->max_steps = 10000;
}

static void rearm(struct timer_list *timer)
{
	mod_timer(timer, jiffies + HZ);
}

/* Something is always due, so this is no deadlock; but nobody will wake us. */
static void hang(void *arg)
{
	DECLARE_WAIT_QUEUE_HEAD(wq);

	timer_setup(&irq_timer, rearm, 0);
	mod_timer(&irq_timer, jiffies + HZ);
	wait_event(wq, never);
}

static void wait_forever(void *arg)
{
	DECLARE_COMPLETION_ONSTACK(done);

	wait_for_completion(&done);
}

static void test_no_progress(void **state)
{
	fails_in_root(SIM_FAIL_DEADLOCK, deadlock, prepare_deadlock);
	fails_in_task(SIM_FAIL_DEADLOCK, wait_forever, NULL);
	fails_in_task(SIM_FAIL_HUNG, hang, NULL);
	fails_in_task(SIM_FAIL_STEPS, spin_forever, prepare_few_steps);
}

/* ---- failures ---- */

static void do_warn(void *arg)
{
	WARN_ON(1);
}

static void do_panic(void *arg)
{
	panic("no way on");
}

static void do_check(void *arg)
{
	sim_check(never);
}

static void do_assert(void *arg)
{
	assert_true(never);
}

static void test_warnings(void **state)
{
	struct world *w;

	fails_in_task(SIM_FAIL_WARN, do_warn, NULL);
	fails_in_root(SIM_FAIL_WARN, do_warn, NULL);
	fails_in_task(SIM_FAIL_WARN, do_panic, NULL);
	fails_in_task(SIM_FAIL_CHECK, do_check, NULL);
	fails_in_task(SIM_FAIL_CHECK, do_assert, NULL);

	w = world_create(7, NULL);
	sim_expect_warn(2);
	assert_true(WARN_ON(1));
	assert_false(WARN_ON(0));
	assert_true(sim_klog_has("WARN_ON(1)"));
	assert_int_equal(sim_expect_warn(0), 1);
	assert_int_equal(world_destroy(w), 0);
}

static void test_failure_text(void **state)
{
	struct world *w = world_create(8, NULL);

	world_quiet(w, true);
	prepare_abc();
	assert_int_equal(sim_try(order_of_two, NULL), SIM_FAIL_LOCK_ORDER);
	assert_non_null(strstr(world_failure_text(w), "&lock_a"));
	assert_non_null(strstr(world_failure_text(w), "&lock_b"));
	assert_int_equal(world_destroy(w), 0);
}

/* ---- locks lock ---- */

static int in_section;
static u32 contended;

static void enter_section(void *arg)
{
	int i;

	for (i = 0; i < 200; i++) {
		spin_lock(&shared_lock);
		sim_check(!in_section++);
		sim_yield();
		contended += spin_is_contended(&shared_lock);
		sim_check(!--in_section);
		spin_unlock(&shared_lock);
	}
}

static void test_spinlock(void **state)
{
	struct world *w = busy_world(22);
	int i;

	spin_lock_init(&shared_lock);
	contended = 0;
	for (i = 0; i < 4; i++)
		sim_spawn("section", enter_section, NULL);
	sim_join_all();
	assert_true(contended > 100);
	assert_int_equal(world_destroy(w), 0);
}

static int readers, writers, max_readers;

static void read_or_write(void *arg)
{
	int i;

	for (i = 0; i < 50; i++) {
		if (sim_rand_below(4)) {
			down_read(&sem);
			readers++;
			max_readers = max(max_readers, readers);
			usleep_range(1, 20);
			sim_check(!writers);
			readers--;
			up_read(&sem);
		} else {
			down_write(&sem);
			writers++;
			usleep_range(1, 20);
			sim_check(writers == 1 && !readers);
			writers--;
			up_write(&sem);
		}
	}
}

static void test_rwsem(void **state)
{
	struct world *w = busy_world(9);
	int i;

	init_rwsem(&sem);
	max_readers = 0;
	for (i = 0; i < 5; i++)
		sim_spawn("rwsem", read_or_write, NULL);
	sim_join_all();
	assert_true(max_readers > 1);
	assert_int_equal(world_destroy(w), 0);
}

static void lock_interruptibly(void *arg)
{
	*(int *)arg = mutex_lock_interruptible(&mutex_a);
}

static void test_signals(void **state)
{
	struct world *w = world_create(10, NULL);
	int err = 0;
	u32 id;

	prepare_abc();
	mutex_lock(&mutex_a);
	id = sim_spawn("intr", lock_interruptibly, &err);
	sim_quiesce();
	sim_signal(id, false);
	sim_join(id);
	assert_int_equal(err, -EINTR);
	mutex_unlock(&mutex_a);
	assert_int_equal(world_destroy(w), 0);
}

static seqlock_t seq;
static u64 seq_a, seq_b;

static void seq_write(void *arg)
{
	int i;

	for (i = 0; i < 100; i++) {
		write_seqlock(&seq);
		seq_a++;
		sim_yield();
		seq_b++;
		write_sequnlock(&seq);
		sim_yield();
	}
}

static void seq_read(void *arg)
{
	unsigned int start;
	u64 a, b;
	int i;

	for (i = 0; i < 100; i++) {
		do {
			start = read_seqbegin(&seq);
			a = seq_a;
			sim_yield();
			b = seq_b;
		} while (read_seqretry(&seq, start));
		sim_check(a == b);
	}
}

static void test_seqlock(void **state)
{
	struct world *w = busy_world(11);

	seqlock_init(&seq);
	sim_spawn("write", seq_write, NULL);
	sim_spawn("read", seq_read, NULL);
	sim_spawn("read", seq_read, NULL);
	sim_join_all();
	assert_int_equal(world_destroy(w), 0);
}

/* ---- several worlds ---- */

static void test_two_worlds(void **state)
{
	struct world *a = world_create(17, NULL), *b;
	u64 now;

	sleep_ms(5);
	now = sim_now();
	b = world_create(18, NULL);
	assert_true(world_current() == b);
	assert_true(sim_now() < now);
	msleep(100);
	world_enter(a);
	assert_true(sim_now() == now);
	world_enter(b);
	assert_int_equal(world_destroy(b), 0);
	assert_true(world_current() == a);
	sim_spawn("left", wait_forever, NULL);
	sim_quiesce();
	world_cut(a);
	assert_null(world_current());
}

static void test_globals_are_the_worlds(void **state)
{
	struct world *a, *b;

	if (!world_has_globals())
		skip();
	a = world_create(19, NULL);
	assert_int_equal(shim_global_next(), 1001);
	assert_int_equal(shim_global_next(), 1002);
	b = world_create(20, NULL);
	assert_int_equal(shim_global_next(), 1001);
	world_enter(a);
	assert_int_equal(shim_global_next(), 1003);
	assert_int_equal(world_destroy(a), 0);
	world_enter(b);
	assert_int_equal(shim_global_next(), 1002);
	assert_int_equal(world_destroy(b), 0);
}

static void test_leftovers_are_leaks(void **state)
{
	struct world *w = quiet_stderr_world(21);

	sim_spawn("left", wait_forever, NULL);
	assert_non_null(kmalloc(10, GFP_KERNEL));
	assert_non_null(alloc_page(GFP_KERNEL));
	assert_non_null(alloc_percpu(int));
	assert_int_equal(world_destroy(w), 4);
	restore_stderr();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_seed_same_run),
		cmocka_unit_test(test_seeds_differ),
		cmocka_unit_test(test_random_options),
		cmocka_unit_test(test_preempt_off_owns_the_cpu),
		cmocka_unit_test(test_migration),
		cmocka_unit_test(test_percpu),
		cmocka_unit_test(test_atomic_sleep),
		cmocka_unit_test(test_atomic_alloc),
		cmocka_unit_test(test_lock_order),
		cmocka_unit_test(test_lock_order_allowed),
		cmocka_unit_test(test_lock_use),
		cmocka_unit_test(test_lock_context),
		cmocka_unit_test(test_no_progress),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_failure_text),
		cmocka_unit_test(test_spinlock),
		cmocka_unit_test(test_rwsem),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_seqlock),
		cmocka_unit_test(test_two_worlds),
		cmocka_unit_test(test_globals_are_the_worlds),
		cmocka_unit_test(test_leftovers_are_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
