// SPDX-License-Identifier: GPL-2.0
/* The simulation tested by itself: waiting, timeouts, threads, virtual time. */
#include "unit/shim_test.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/timer.h>
#include <linux/wait.h>

static struct timer_list a_timer;

static wait_queue_head_t wait_wq;
static bool wait_done;
static int woken;

static void wait_for_it(void *arg)
{
	wait_event(wait_wq, wait_done);
	woken++;
}

static void wait_exclusive(void *arg)
{
	if (!wait_event_interruptible_exclusive(wait_wq, wait_done))
		woken++;
}

static void test_wait_event(void **state)
{
	struct world *w = world_create(12, NULL);
	int i;

	init_waitqueue_head(&wait_wq);
	wait_done = false;
	woken = 0;
	for (i = 0; i < 3; i++)
		sim_spawn("wait", wait_for_it, NULL);
	sim_quiesce();
	wake_up_all(&wait_wq);
	sim_quiesce();
	assert_int_equal(woken, 0);
	wait_done = true;
	wake_up(&wait_wq);
	sim_join_all();
	assert_int_equal(woken, 3);

	wait_done = false;
	for (i = 0; i < 3; i++)
		sim_spawn("excl", wait_exclusive, NULL);
	sim_quiesce();
	wait_done = true;
	wake_up(&wait_wq);
	sim_quiesce();
	assert_int_equal(woken, 4);
	wake_up_all(&wait_wq);
	sim_join_all();
	assert_int_equal(woken, 6);
	assert_int_equal(world_destroy(w), 0);
}

static void set_done(struct timer_list *timer)
{
	wait_done = true;
	wake_up(&wait_wq);
}

static void test_timeouts(void **state)
{
	struct world *w = world_create(13, NULL);
	unsigned long start = jiffies;
	long left;

	init_waitqueue_head(&wait_wq);
	wait_done = false;
	assert_int_equal(wait_event_timeout(wait_wq, wait_done, HZ), 0);
	assert_true(time_after_eq(jiffies, start + HZ));
	timer_setup(&a_timer, set_done, 0);
	mod_timer(&a_timer, jiffies + HZ / 2);
	assert_true(timer_pending(&a_timer));
	left = wait_event_timeout(wait_wq, wait_done, HZ);
	assert_true(left > 0 && left <= HZ / 2 + 1);
	assert_false(timer_pending(&a_timer));
	mod_timer(&a_timer, jiffies + HZ);
	assert_int_equal(timer_delete_sync(&a_timer), 1);
	assert_int_equal(timer_delete_sync(&a_timer), 0);
	assert_int_equal(world_destroy(w), 0);
}

static void test_time_jumps(void **state)
{
	struct world *w = world_create(14, NULL);
	u64 start = sim_now(), steps = world_steps(w);

	msleep(60 * 1000);
	assert_true(sim_now() - start >= 60ull * NSEC_PER_SEC);
	assert_true(world_steps(w) - steps < 1000);
	assert_int_equal(world_destroy(w), 0);
}

static struct completion comp;

static void complete_later(void *arg)
{
	sleep_ms(10);
	complete(&comp);
	complete_all(&comp);
}

static void test_completion(void **state)
{
	struct world *w = world_create(15, NULL);

	init_completion(&comp);
	assert_false(try_wait_for_completion(&comp));
	assert_int_equal(wait_for_completion_timeout(&comp, 1), 0);
	sim_spawn("complete", complete_later, NULL);
	wait_for_completion(&comp);
	wait_for_completion(&comp);
	wait_for_completion(&comp);
	reinit_completion(&comp);
	assert_false(completion_done(&comp));
	assert_int_equal(world_destroy(w), 0);
}

static int thread_fn(void *data)
{
	int *loops = data;

	while (!kthread_should_stop()) {
		(*loops)++;
		schedule_timeout_interruptible(HZ / 10);
	}
	return 42;
}

static void test_kthread(void **state)
{
	struct world *w = world_create(16, NULL);
	struct task_struct *task;
	int loops = 0;

	task = kthread_create(thread_fn, &loops, "loop/%d", 1);
	assert_false(IS_ERR(task));
	msleep(1000);
	assert_int_equal(loops, 0);
	wake_up_process(task);
	msleep(1000);
	assert_true(loops >= 9 && loops <= 12);
	assert_int_equal(kthread_stop(task), 42);
	assert_int_equal(world_destroy(w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wait_event),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_time_jumps),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_kthread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
