// SPDX-License-Identifier: GPL-2.0
/*
 * The simulation tested by itself, second part: RCU, workqueues, timers and
 * memory.
 */
#include "unit/shim_test.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/percpu-refcount.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>

/* ---- RCU ---- */

static bool reader_in, reader_go, reader_out;

static void long_reader(void *arg)
{
	rcu_read_lock();
	rcu_read_lock();
	reader_in = true;
	while (!reader_go)
		sim_yield();
	rcu_read_unlock();
	sim_yield();
	reader_out = true;
	rcu_read_unlock();
}

static void let_go(void *arg)
{
	msleep(20);
	reader_go = true;
}

static void start_reader(void)
{
	reader_in = false;
	reader_go = false;
	reader_out = false;
	sim_spawn("reader", long_reader, NULL);
	while (!reader_in)
		sim_yield();
}

static void test_synchronize_rcu(void **state)
{
	struct world *w = world_create(1, NULL);
	unsigned long cookie;

	synchronize_rcu();
	start_reader();
	cookie = start_poll_synchronize_rcu();
	assert_false(poll_state_synchronize_rcu(cookie));
	sim_spawn("go", let_go, NULL);
	synchronize_rcu();
	assert_true(reader_out);
	assert_true(poll_state_synchronize_rcu(cookie));
	assert_int_equal(world_destroy(w), 0);
}

/* A reader that began after the call is not waited for. */
static void late_reader(void *arg)
{
	sleep_ms(5);
	reader_go = true;
	rcu_read_lock();
	while (!reader_out)
		sim_yield();
	rcu_read_unlock();
}

static void test_rcu_late_readers(void **state)
{
	struct world *w = world_create(2, NULL);

	reader_in = false;
	reader_go = false;
	reader_out = false;
	sim_spawn("old", long_reader, NULL);
	while (!reader_in)
		sim_yield();
	sim_spawn("late", late_reader, NULL);
	synchronize_rcu();
	assert_true(reader_out);
	sim_join_all();
	assert_int_equal(world_destroy(w), 0);
}

struct thing {
	int value;
	struct rcu_head rcu;
	struct thing *next;
};

static int called;

static void thing_cb(struct rcu_head *rcu)
{
	struct thing *t = container_of(rcu, struct thing, rcu);

	sim_check(in_serving_softirq());
	sim_check(reader_out);
	called++;
	kfree(t);
}

static void test_call_rcu(void **state)
{
	struct world *w = world_create(3, NULL);
	struct thing *t;
	int i;

	called = 0;
	start_reader();
	for (i = 0; i < 3; i++) {
		t = kzalloc(sizeof(*t), GFP_KERNEL);
		call_rcu(&t->rcu, thing_cb);
		t = kzalloc(sizeof(*t), GFP_KERNEL);
		kfree_rcu(t, rcu);
	}
	msleep(100);
	assert_int_equal(called, 0);
	assert_int_equal(sim_mem_stats().live, 6);
	sim_spawn("go", let_go, NULL);
	rcu_barrier();
	assert_int_equal(called, 3);
	assert_int_equal(sim_mem_stats().live, 0);
	assert_int_equal(world_destroy(w), 0);
}

static struct thing __rcu *published;

static void rcu_user(void *arg)
{
	struct thing *t;
	int i;

	for (i = 0; i < 200; i++) {
		rcu_read_lock();
		t = rcu_dereference(published);
		sim_yield();
		sim_check(t->value == 0x600d);
		rcu_read_unlock();
	}
}

/* The sanitizer watches the readers. */
static void rcu_changer(void *arg)
{
	struct thing *old, *t;
	int i;

	for (i = 0; i < 50; i++) {
		t = kmalloc(sizeof(*t), GFP_KERNEL);
		t->value = 0x600d;
		old = rcu_replace_pointer(published, t, true);
		if (i % 2) {
			synchronize_rcu();
			kfree(old);
		} else {
			kfree_rcu(old, rcu);
		}
	}
}

static void test_rcu_users(void **state)
{
	struct world *w = busy_world(4);
	struct thing *t = kmalloc(sizeof(*t), GFP_KERNEL);

	t->value = 0x600d;
	rcu_assign_pointer(published, t);
	sim_spawn("reader", rcu_user, NULL);
	sim_spawn("reader", rcu_user, NULL);
	sim_spawn("changer", rcu_changer, NULL);
	sim_join_all();
	kfree(published);
	assert_int_equal(world_destroy(w), 0);
}

static void deref_outside(void *arg)
{
	rcu_dereference(published);
}

static void test_rcu_checks(void **state)
{
	fails_in_task(SIM_FAIL_WARN, deref_outside, NULL);
}

static struct srcu_struct srcu;

static void srcu_reader(void *arg)
{
	int idx = srcu_read_lock(&srcu);

	reader_in = true;
	msleep(30);
	reader_out = true;
	srcu_read_unlock(&srcu, idx);
}

static void test_srcu(void **state)
{
	struct world *w = world_create(5, NULL);

	init_srcu_struct(&srcu);
	reader_in = false;
	reader_out = false;
	sim_spawn("srcu", srcu_reader, NULL);
	while (!reader_in)
		sim_yield();
	synchronize_srcu(&srcu);
	assert_true(reader_out);
	cleanup_srcu_struct(&srcu);
	assert_int_equal(world_destroy(w), 0);
}

static int released;

static void ref_released(struct percpu_ref *ref)
{
	released++;
}

static void test_percpu_ref(void **state)
{
	struct world *w = world_create(6, NULL);
	struct percpu_ref ref;

	released = 0;
	assert_int_equal(percpu_ref_init(&ref, ref_released, 0, GFP_KERNEL), 0);
	assert_true(percpu_ref_tryget_live(&ref));
	percpu_ref_kill(&ref);
	assert_false(percpu_ref_tryget_live(&ref));
	rcu_barrier();
	assert_int_equal(released, 0);
	assert_true(percpu_ref_tryget(&ref));
	percpu_ref_put(&ref);
	percpu_ref_put(&ref);
	assert_int_equal(released, 1);
	assert_true(percpu_ref_is_zero(&ref));
	percpu_ref_exit(&ref);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- work ---- */

static struct workqueue_struct *wq;
static struct work_struct work_a, work_b;
static int runs, inside, max_inside;
static int order[100];
static bool block_work;

static void work_count(struct work_struct *work)
{
	inside++;
	max_inside = max(max_inside, inside);
	sim_check(current_work() == work);
	usleep_range(1, 100);
	while (block_work)
		sleep_ms(1);
	inside--;
	runs++;
}

static struct world *work_world(u64 seed, unsigned int flags, int max_active)
{
	struct world *w = world_create(seed, NULL);

	runs = 0;
	inside = 0;
	max_inside = 0;
	block_work = false;
	wq = alloc_workqueue("test", flags, max_active);
	assert_non_null(wq);
	INIT_WORK(&work_a, work_count);
	INIT_WORK(&work_b, work_count);
	return w;
}

static void work_world_end(struct world *w)
{
	destroy_workqueue(wq);
	assert_int_equal(world_destroy(w), 0);
}

static void test_queue_work(void **state)
{
	struct world *w = work_world(10, 0, 0);

	assert_true(queue_work(wq, &work_a));
	flush_work(&work_a);
	assert_int_equal(runs, 1);
	assert_false(flush_work(&work_a));
	work_world_end(w);
}

static void wait_running(void)
{
	while (!inside)
		sim_yield();
}

/* Pending: one run.  Running: one more run, later, not beside the first. */
static void test_requeue_while_running(void **state)
{
	struct world *w = work_world(11, WQ_UNBOUND, 0);

	block_work = true;
	assert_true(queue_work(wq, &work_a));
	wait_running();
	assert_false(work_pending(&work_a));
	assert_true(queue_work(wq, &work_a));
	assert_false(queue_work(wq, &work_a));
	assert_true(work_pending(&work_a));
	sleep_ms(10);
	assert_int_equal(inside, 1);
	block_work = false;
	assert_true(flush_work(&work_a));
	assert_int_equal(runs, 2);
	assert_int_equal(max_inside, 1);
	work_world_end(w);
}

static void test_works_are_concurrent(void **state)
{
	struct world *w = work_world(12, WQ_UNBOUND, 0);

	block_work = true;
	queue_work(wq, &work_a);
	queue_work(wq, &work_b);
	sleep_ms(10);
	assert_int_equal(inside, 2);
	block_work = false;
	flush_workqueue(wq);
	assert_int_equal(runs, 2);
	work_world_end(w);
}

static struct work_struct many[50];

static void work_order(struct work_struct *work)
{
	order[runs++] = work - many;
	sim_yield();
}

static void test_ordered(void **state)
{
	struct world *w = world_create(13, NULL);
	int i;

	runs = 0;
	wq = alloc_ordered_workqueue("ordered/%d", WQ_MEM_RECLAIM, 7);
	for (i = 0; i < 50; i++) {
		INIT_WORK(&many[i], work_order);
		queue_work(wq, &many[i]);
	}
	drain_workqueue(wq);
	for (i = 0; i < 50; i++)
		assert_int_equal(order[i], i);
	work_world_end(w);
}

static void work_needs_b(struct work_struct *work)
{
	queue_work(wq, &work_b);
	flush_work(&work_b);
	runs++;
}

static void queue_needs_b(void *arg)
{
	queue_work(wq, &work_a);
	flush_work(&work_a);
}

/* Two items of one queue where the first waits for the second. */
static void test_rescuer_deadlock(void **state)
{
	struct world *w = work_world(14, WQ_MEM_RECLAIM, 0);

	INIT_WORK(&work_a, work_needs_b);
	queue_needs_b(NULL);
	assert_int_equal(runs, 2);
	work_world_end(w);

	w = work_world(14, WQ_MEM_RECLAIM, 0);
	INIT_WORK(&work_a, work_needs_b);
	world_opts(w)->rescuer_only = true;
	world_quiet(w, true);
	assert_int_equal(sim_try(queue_needs_b, NULL), SIM_FAIL_DEADLOCK);
	world_destroy(w);
}

static void test_cancel_work(void **state)
{
	struct world *w = work_world(15, 0, 0);

	assert_false(cancel_work_sync(&work_a));
	block_work = true;
	queue_work(wq, &work_a);
	wait_running();
	queue_work(wq, &work_a);
	assert_true(cancel_work(&work_a));
	assert_false(work_pending(&work_a));
	queue_work(wq, &work_a);
	block_work = false;
	assert_true(cancel_work_sync(&work_a));
	assert_int_equal(inside, 0);
	assert_int_equal(runs, 1);
	assert_true(queue_work(wq, &work_a));
	flush_work(&work_a);
	disable_work_sync(&work_a);
	assert_false(queue_work(wq, &work_a));
	enable_work(&work_a);
	assert_true(queue_work(wq, &work_a));
	work_world_end(w);
	assert_int_equal(runs, 3);
}

static void work_requeues(struct work_struct *work)
{
	if (++runs < 5)
		queue_work(wq, work);
}

static void test_drain_chain(void **state)
{
	struct world *w = work_world(16, 0, 0);

	INIT_WORK(&work_a, work_requeues);
	queue_work(wq, &work_a);
	destroy_workqueue(wq);
	assert_int_equal(runs, 5);
	assert_int_equal(world_destroy(w), 0);
}

static void work_frees_itself(struct work_struct *work)
{
	runs++;
	kfree(work);
	sim_yield();
}

static void test_work_frees_itself(void **state)
{
	struct world *w = work_world(17, 0, 0);
	struct work_struct *work;
	int i;

	for (i = 0; i < 20; i++) {
		work = kmalloc(sizeof(*work), GFP_KERNEL);
		INIT_WORK(work, work_frees_itself);
		queue_work(wq, work);
	}
	flush_workqueue(wq);
	assert_int_equal(runs, 20);
	work_world_end(w);
}

static struct delayed_work dwork;

static void test_delayed_work(void **state)
{
	struct world *w = work_world(18, 0, 0);
	unsigned long start = jiffies;

	INIT_DELAYED_WORK(&dwork, work_count);
	assert_true(queue_delayed_work(wq, &dwork, HZ));
	assert_false(queue_delayed_work(wq, &dwork, 1));
	assert_true(delayed_work_pending(&dwork));
	msleep(500);
	assert_int_equal(runs, 0);
	assert_true(mod_delayed_work(wq, &dwork, 2 * HZ));
	msleep(1600);
	assert_int_equal(runs, 0);
	msleep(500);
	assert_int_equal(runs, 1);
	assert_true(time_after_eq(jiffies, start + 2 * HZ));
	assert_false(mod_delayed_work(wq, &dwork, HZ));
	assert_true(flush_delayed_work(&dwork));
	assert_int_equal(runs, 2);
	queue_delayed_work(wq, &dwork, HZ);
	assert_true(cancel_delayed_work_sync(&dwork));
	assert_false(cancel_delayed_work_sync(&dwork));
	queue_delayed_work(wq, &dwork, 0);
	work_world_end(w);
	assert_int_equal(runs, 3);
}

/* Takes every chance to queue it for much later. */
static void queue_late(void *arg)
{
	bool *stop = arg;

	while (!*stop) {
		queue_delayed_work(wq, &dwork, 1000 * HZ);
		sim_yield();
	}
}

static void test_modified_work_is_not_late(void **state)
{
	u32 seed, i;

	for (seed = 0; seed < 10; seed++) {
		struct world *w = work_world(20 + seed, 0, 0);
		bool stop = false;

		INIT_DELAYED_WORK(&dwork, work_count);
		sim_spawn("late", queue_late, &stop);
		for (i = 0; i < 10; i++) {
			mod_delayed_work(wq, &dwork, 0);
			/* It is in the queue; here it is taken out again. */
			mod_delayed_work(wq, &dwork, 0);
			runs = 0;
			msleep(20);
			assert_true(runs);
		}
		stop = true;
		sim_join_all();
		cancel_delayed_work_sync(&dwork);
		work_world_end(w);
	}
}

static void destroy_early(void *arg)
{
	wq = alloc_workqueue("early", 0, 0);
	INIT_DELAYED_WORK(&dwork, work_count);
	queue_delayed_work(wq, &dwork, HZ);
	destroy_workqueue(wq);
}

static void work_keeps_lock(struct work_struct *work)
{
	rcu_read_lock();
}

static void leak_lock_in_work(void *arg)
{
	INIT_WORK(&work_a, work_keeps_lock);
	schedule_work(&work_a);
	flush_work(&work_a);
}

static void queue_uninitialised(void *arg)
{
	memset(&work_a, 0, sizeof(work_a));
	schedule_work(&work_a);
}

static void test_work_checks(void **state)
{
	fails_in_task(SIM_FAIL_MEMORY, destroy_early, NULL);
	fails_in_task(SIM_FAIL_CPU, leak_lock_in_work, NULL);
	fails_in_task(SIM_FAIL_WARN, queue_uninitialised, NULL);
}

static struct rcu_work rwork;

static void test_rcu_work(void **state)
{
	struct world *w = work_world(19, 0, 0);

	INIT_RCU_WORK(&rwork, work_count);
	start_reader();
	assert_true(queue_rcu_work(wq, &rwork));
	msleep(100);
	assert_int_equal(runs, 0);
	reader_go = true;
	msleep(100);
	assert_int_equal(runs, 1);
	work_world_end(w);
}

/* ---- timers ---- */

static struct timer_list timers[20];
static int fired[20], nr_fired;

static void timer_order(struct timer_list *timer)
{
	fired[nr_fired++] = timer - timers;
}

static void test_timer_order(void **state)
{
	struct world *w;
	struct sim_opts opts;
	int i;

	sim_opts_default(&opts);
	opts.early_p = 0;
	opts.nr_cpus = 1;
	opts.switch_p = 0;
	opts.stall_p = 0;
	w = world_create(20, &opts);
	nr_fired = 0;
	for (i = 0; i < 20; i++) {
		timer_setup(&timers[i], timer_order, 0);
		mod_timer(&timers[i], jiffies + 1 + (i * 7) % 20 * 3);
	}
	assert_int_equal(timer_delete(&timers[3]), 1);
	msleep(1000);
	assert_int_equal(nr_fired, 19);
	for (i = 1; i < nr_fired; i++)
		assert_true((fired[i - 1] * 7) % 20 < (fired[i] * 7) % 20);
	assert_int_equal(world_destroy(w), 0);
}

static bool timer_inside;

static void timer_slow(struct timer_list *timer)
{
	int i;

	timer_inside = true;
	for (i = 0; i < 100; i++)
		udelay(9);
	timer_inside = false;
}

static void test_timer_delete_waits(void **state)
{
	struct world *w = world_create(21, NULL);

	timer_setup(&timers[0], timer_slow, 0);
	mod_timer(&timers[0], jiffies + 1);
	while (!timer_inside)
		usleep_range(1, 10);
	timer_delete_sync(&timers[0]);
	assert_false(timer_inside);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- memory ---- */

static void test_kmalloc(void **state)
{
	struct world *w = world_create(30, NULL);
	size_t size;
	u8 *p, *q;

	for (size = 1; size <= 64 << 10; size = size * 3 / 2 + 1) {
		p = kzalloc(size, GFP_KERNEL);
		assert_null(memchr_inv(p, 0, size));
		assert_int_equal(ksize(p), size);
		q = krealloc(p, size * 2, GFP_KERNEL);
		assert_null(memchr_inv(q, 0, size));
		kfree(q);
	}
	p = kmalloc(4096, GFP_KERNEL);
	assert_true(IS_ALIGNED((unsigned long)p, 4096));
	assert_non_null(memchr_inv(p, 0, 4096));
	kfree(p);
	assert_true(ZERO_OR_NULL_PTR(kmalloc(0, GFP_KERNEL)));
	assert_null(kcalloc(SIZE_MAX / 2, 3, GFP_KERNEL));
	assert_int_equal(sim_mem_stats().live, 0);
	assert_int_equal(sim_mem_stats().live_bytes, 0);
	assert_int_equal(world_destroy(w), 0);
}

static void test_pages(void **state)
{
	struct world *w = world_create(31, NULL);
	struct page *pages[50];
	u32 order;
	int i;

	for (order = 0; order < 5; order++) {
		for (i = 0; i < 50; i++) {
			pages[i] = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
			assert_null(memchr_inv(page_address(pages[i]), 0,
					       PAGE_SIZE << order));
			memset(page_address(pages[i]), i, PAGE_SIZE << order);
			assert_ptr_equal(virt_to_page(page_address(pages[i]) +
						      (PAGE_SIZE << order) - 1),
					 pages[i] + (1 << order) - 1);
		}
		for (i = 0; i < 50; i++) {
			assert_null(memchr_inv(page_address(pages[i]), i,
					       PAGE_SIZE << order));
			get_page(pages[i]);
			put_page(pages[i]);
			__free_pages(pages[i], order);
		}
	}
	assert_null(memchr_inv(page_address(ZERO_PAGE(0)), 0, PAGE_SIZE));
	assert_int_equal(world_destroy(w), 0);
}

static void *foreign;

static void free_foreign(void *arg)
{
	kfree(foreign);
}

static void free_page_twice(void *arg)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__free_page(page);
	__free_page(page);
}

static void free_to_wrong_cache(void *arg)
{
	struct kmem_cache *a = kmem_cache_create("a", 32, 0, 0, NULL);
	struct kmem_cache *b = kmem_cache_create("b", 32, 0, 0, NULL);

	kmem_cache_free(b, kmem_cache_alloc(a, GFP_KERNEL));
}

static void destroy_full_cache(void *arg)
{
	struct kmem_cache *a = kmem_cache_create("a", 32, 0, 0, NULL);

	kmem_cache_alloc(a, GFP_KERNEL);
	kmem_cache_destroy(a);
}

static void test_memory_checks(void **state)
{
	struct world *w = world_create(32, NULL);

	foreign = kmalloc(8, GFP_KERNEL);
	fails_in_task(SIM_FAIL_MEMORY, free_foreign, NULL);
	kfree(foreign);
	assert_int_equal(world_destroy(w), 0);
	fails_in_task(SIM_FAIL_MEMORY, free_page_twice, NULL);
	fails_in_task(SIM_FAIL_MEMORY, free_to_wrong_cache, NULL);
	fails_in_task(SIM_FAIL_WARN, destroy_full_cache, NULL);
}

static void test_injected_failures(void **state)
{
	struct world *w = world_create(33, NULL);
	int failed = 0, i;
	void *p;

	world_opts(w)->fail_nowait_p = 1 << 14;
	for (i = 0; i < 1000; i++) {
		p = kmalloc(8, GFP_NOWAIT);
		failed += !p;
		kfree(p);
		p = kmalloc(8, GFP_NOIO);
		assert_non_null(p);
		kfree(p);
	}
	assert_in_range(failed, 180, 320);
	assert_int_equal(sim_mem_stats().failed, failed);
	world_opts(w)->fail_nowait_p = 0;
	sim_fail_alloc(2);
	p = kmalloc(8, GFP_KERNEL);
	assert_non_null(p);
	kfree(p);
	assert_null(alloc_page(GFP_KERNEL));
	p = kmalloc(8, GFP_KERNEL);
	assert_non_null(p);
	kfree(p);
	assert_int_equal(world_destroy(w), 0);
}

static mempool_t pool;

static void pool_user(void *arg)
{
	int i;
	void *p;

	for (i = 0; i < 100; i++) {
		p = mempool_alloc(&pool, GFP_NOIO);
		sim_check(p);
		usleep_range(1, 50);
		mempool_free(p, &pool);
	}
}

/* Six users of a reserve of two, and no other memory. */
static void test_mempool(void **state)
{
	struct world *w = world_create(34, NULL);
	void *p[2];
	int i;

	assert_int_equal(mempool_init_kmalloc_pool(&pool, 2, 100), 0);
	world_opts(w)->reserve_p = 256;
	for (i = 0; i < 6; i++)
		sim_spawn("pool", pool_user, NULL);
	sim_join_all();
	p[0] = mempool_alloc(&pool, GFP_NOWAIT);
	p[1] = mempool_alloc(&pool, GFP_NOWAIT);
	assert_non_null(p[1]);
	assert_null(mempool_alloc(&pool, GFP_NOWAIT));
	mempool_free(p[0], &pool);
	mempool_free(p[1], &pool);
	mempool_exit(&pool);
	assert_int_equal(world_destroy(w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_synchronize_rcu),
		cmocka_unit_test(test_rcu_late_readers),
		cmocka_unit_test(test_call_rcu),
		cmocka_unit_test(test_rcu_users),
		cmocka_unit_test(test_rcu_checks),
		cmocka_unit_test(test_srcu),
		cmocka_unit_test(test_percpu_ref),
		cmocka_unit_test(test_queue_work),
		cmocka_unit_test(test_requeue_while_running),
		cmocka_unit_test(test_works_are_concurrent),
		cmocka_unit_test(test_ordered),
		cmocka_unit_test(test_rescuer_deadlock),
		cmocka_unit_test(test_cancel_work),
		cmocka_unit_test(test_drain_chain),
		cmocka_unit_test(test_work_frees_itself),
		cmocka_unit_test(test_delayed_work),
		cmocka_unit_test(test_modified_work_is_not_late),
		cmocka_unit_test(test_work_checks),
		cmocka_unit_test(test_rcu_work),
		cmocka_unit_test(test_timer_order),
		cmocka_unit_test(test_timer_delete_waits),
		cmocka_unit_test(test_kmalloc),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_memory_checks),
		cmocka_unit_test(test_injected_failures),
		cmocka_unit_test(test_mempool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
