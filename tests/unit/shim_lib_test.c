// SPDX-License-Identifier: GPL-2.0
/*
 * The simulation tested by itself, last part: trees, arrays, heaps, sorting, text,
 * checksums.  What the driver's tests rely on must not be what they find.
 */
#include "unit/shim_test.h"

#include <linux/bitmap.h>
#include <linux/crc32c.h>
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/hashtable.h>
#include <linux/idr.h>
#include <linux/list_sort.h>
#include <linux/llist.h>
#include <linux/min_heap.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string_helpers.h>
#include <linux/unaligned.h>
#include <linux/uuid.h>
#include <linux/xarray.h>

/* ---- red-black trees ---- */

#define KEYS	200

struct item {
	struct rb_node node;
	struct list_head list;
	struct llist_node llist;
	u32 key;
	bool in;
};

static struct item items[KEYS];

static bool item_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct item, node)->key <
	       rb_entry(b, struct item, node)->key;
}

static int item_find(const void *key, const struct rb_node *node)
{
	u32 k = *(const u32 *)key, other = rb_entry(node, struct item, node)->key;

	return k < other ? -1 : k > other;
}

/* Returns the number of black nodes on any way down; fails if ways differ. */
static int check_tree(const struct rb_node *node, const struct rb_node *up)
{
	int left, right;

	if (!node)
		return 1;
	assert_ptr_equal(node->rb_up, up);
	assert_false(node->rb_red && up && up->rb_red);
	left = check_tree(node->rb_left, node);
	right = check_tree(node->rb_right, node);
	assert_int_equal(left, right);
	return left + !node->rb_red;
}

static void check_walk(struct rb_root_cached *tree)
{
	struct rb_node *node = rb_first(&tree->rb_root), *prev = NULL;
	u32 i, n = 0;

	assert_ptr_equal(node, rb_first_cached(tree));
	for (i = 0; i < KEYS; i++) {
		assert_ptr_equal(rb_find(&i, &tree->rb_root, item_find),
				 items[i].in ? &items[i].node : NULL);
		if (!items[i].in)
			continue;
		assert_ptr_equal(node, &items[i].node);
		assert_ptr_equal(rb_prev(node), prev);
		prev = node;
		node = rb_next(node);
		n++;
	}
	assert_null(node);
	assert_ptr_equal(rb_last(&tree->rb_root), prev);
	for (node = rb_first_postorder(&tree->rb_root); node;
	     node = rb_next_postorder(node))
		n--;
	assert_int_equal(n, 0);
}

static void test_rbtree(void **state)
{
	struct rb_root_cached tree = RB_ROOT_CACHED;
	struct world *w = world_create(1, NULL);
	u32 i, k;

	for (i = 0; i < KEYS; i++)
		items[i] = (struct item){ .key = i };
	for (i = 0; i < 4000; i++) {
		k = sim_rand_below(KEYS);
		if (items[k].in)
			rb_erase_cached(&items[k].node, &tree);
		else
			rb_add_cached(&items[k].node, &tree, item_less);
		items[k].in = !items[k].in;
		check_tree(tree.rb_root.rb_node, NULL);
		if (i % 100 == 0)
			check_walk(&tree);
	}
	assert_int_equal(world_destroy(w), 0);
}

/* ---- xarray ---- */

#define SPAN	300

static unsigned long index_of(u32 i)
{
	return i < 100 ? i : i < 200 ? 1000ul * i : ULONG_MAX - i;
}

static void xa_compare(struct xarray *xa, void **model)
{
	unsigned long index;
	u32 i, n = 0;
	void *entry;

	for (i = 0; i < SPAN; i++) {
		assert_ptr_equal(xa_load(xa, index_of(i)), model[i]);
		n += !!model[i];
	}
	xa_for_each(xa, index, entry)
		n--;
	assert_int_equal(n, 0);
}

static void test_xarray(void **state)
{
	struct world *w = world_create(2, NULL);
	void *model[SPAN] = {}, *entry;
	struct xarray xa;
	u32 step, i;

	xa_init(&xa);
	for (step = 0; step < 5000; step++) {
		i = sim_rand_below(SPAN);
		entry = xa_mk_value(step);
		switch (sim_rand_below(5)) {
		case 0:
			assert_ptr_equal(xa_erase(&xa, index_of(i)), model[i]);
			model[i] = NULL;
			break;
		case 1:
			assert_int_equal(xa_insert(&xa, index_of(i), entry,
						   GFP_KERNEL),
					 model[i] ? -EBUSY : 0);
			model[i] = model[i] ?: entry;
			break;
		case 2:
			assert_ptr_equal(xa_cmpxchg(&xa, index_of(i), model[i],
						    NULL, GFP_KERNEL), model[i]);
			model[i] = NULL;
			break;
		default:
			assert_ptr_equal(xa_store(&xa, index_of(i), entry,
						  GFP_KERNEL), model[i]);
			model[i] = entry;
		}
		if (step % 100 == 0)
			xa_compare(&xa, model);
	}
	xa_destroy(&xa);
	assert_true(xa_empty(&xa));
	assert_int_equal(world_destroy(w), 0);
}

static void test_xarray_memory(void **state)
{
	struct world *w = world_create(3, NULL);
	struct xarray xa;
	unsigned long index = 0;
	void *entry;
	int i;

	xa_init(&xa);
	world_opts(w)->fail_nowait_p = 65535;
	assert_int_equal(xa_err(xa_store(&xa, 1, xa_mk_value(1), GFP_NOWAIT)),
			 -ENOMEM);
	world_opts(w)->fail_nowait_p = 0;
	for (i = 0; i < 100; i++)
		assert_null(xa_store(&xa, i * 5000, xa_mk_value(i), GFP_NOWAIT));
	i = 20;
	xa_for_each_range(&xa, index, entry, 20 * 5000, 29 * 5000)
		assert_int_equal(xa_to_value(entry), i++);
	assert_int_equal(i, 30);
	assert_int_equal(xa_reserve(&xa, 7, GFP_KERNEL), 0);
	assert_null(xa_load(&xa, 7));
	xa_release(&xa, 7);
	xa_for_each(&xa, index, entry)
		xa_erase(&xa, index);
	assert_true(xa_empty(&xa));
	rcu_barrier();
	assert_int_equal(sim_mem_stats().live, 0);
	assert_int_equal(world_destroy(w), 0);
}

static struct xarray shared;

static void xa_user(void *arg)
{
	bool changes = arg;
	void *entry;
	u32 i, k;

	for (i = 0; i < 300; i++) {
		k = sim_rand_below(20) * 100;
		if (changes && sim_rand_below(2))
			xa_store(&shared, k, xa_mk_value(k), GFP_KERNEL);
		else if (changes)
			xa_erase(&shared, k);
		entry = xa_load(&shared, k);
		sim_check(!entry || xa_to_value(entry) == k);
		sim_yield();
	}
}

static void test_xarray_readers(void **state)
{
	struct world *w = busy_world(4);

	xa_init(&shared);
	sim_spawn("change", xa_user, w);
	sim_spawn("change", xa_user, w);
	sim_spawn("read", xa_user, NULL);
	sim_spawn("read", xa_user, NULL);
	sim_join_all();
	xa_destroy(&shared);
	assert_int_equal(world_destroy(w), 0);
}

static void test_ida(void **state)
{
	struct world *w = world_create(5, NULL);
	struct ida ida;
	int i;

	ida_init(&ida);
	for (i = 0; i < 200; i++)
		assert_int_equal(ida_alloc(&ida, GFP_KERNEL), i);
	ida_free(&ida, 77);
	assert_int_equal(ida_alloc(&ida, GFP_KERNEL), 77);
	assert_int_equal(ida_alloc_max(&ida, 100, GFP_KERNEL), -ENOSPC);
	ida_destroy(&ida);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- lists, heaps, sorting ---- */

static int item_order(void *priv, const struct list_head *a,
		      const struct list_head *b)
{
	return (int)(list_entry(a, struct item, list)->key / 4) -
	       (int)(list_entry(b, struct item, list)->key / 4);
}

static void test_list_sort(void **state)
{
	struct world *w = world_create(6, NULL);
	struct item *item, *last = NULL;
	LIST_HEAD(list);
	u32 i;

	for (i = 0; i < KEYS; i++) {
		items[i].key = sim_rand_below(100);
		list_add_tail(&items[i].list, &list);
	}
	list_sort(NULL, &list, item_order);
	assert_int_equal(list_count_nodes(&list), KEYS);
	list_for_each_entry(item, &list, list) {
		if (last)
			assert_true(last->key / 4 < item->key / 4 ||
				    (last->key / 4 == item->key / 4 && last < item));
		last = item;
	}
	for (i = 0; i < KEYS; i++)
		assert_ptr_equal(items[i].list.next->prev, &items[i].list);
	assert_int_equal(world_destroy(w), 0);
}

static int cmp_u32(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static int swaps;

static void swap_u32(void *a, void *b, int size)
{
	swap(*(u32 *)a, *(u32 *)b);
	swaps++;
}

static void test_sort(void **state)
{
	struct world *w = world_create(7, NULL);
	u32 a[200], b[200], n, i;

	for (n = 0; n <= 200; n += 5) {
		for (i = 0; i < 200; i++)
			a[i] = sim_rand_below(150);
		memcpy(b, a, sizeof(b));
		sort(a, n, sizeof(a[0]), cmp_u32, NULL);
		sort(b, n, sizeof(b[0]), cmp_u32, swap_u32);
		assert_memory_equal(a, b, n * sizeof(a[0]));
		for (i = 1; i < n; i++)
			assert_true(a[i - 1] <= a[i]);
	}
	assert_true(swaps > 0);
	assert_int_equal(world_destroy(w), 0);
}

static bool u32_less(const void *a, const void *b, void *args)
{
	return *(const u32 *)a < *(const u32 *)b;
}

static void u32_swap(void *a, void *b, void *args)
{
	swap(*(u32 *)a, *(u32 *)b);
}

static void test_min_heap(void **state)
{
	static const struct min_heap_callbacks cb = {
		.less = u32_less, .swp = u32_swap,
	};
	MIN_HEAP_PREALLOCATED(u32, heap_type, 100) heap;
	struct world *w = world_create(8, NULL);
	u32 v, last, i;

	min_heap_init(&heap, NULL, 100);
	for (i = 0; i < 100; i++) {
		v = sim_rand_below(1000);
		assert_true(min_heap_push(&heap, &v, &cb, NULL));
	}
	assert_true(min_heap_full(&heap));
	min_heap_del(&heap, 50, &cb, NULL);
	heap.data[0] = 999;
	min_heap_sift_down(&heap, 0, &cb, NULL);
	v = 500;
	min_heap_pop_push(&heap, &v, &cb, NULL);
	last = 0;
	for (i = 0; i < 99; i++) {
		v = *min_heap_peek(&heap);
		assert_true(v >= last);
		last = v;
		min_heap_pop(&heap, &cb, NULL);
	}
	assert_null(min_heap_peek(&heap));
	assert_int_equal(world_destroy(w), 0);
}

static void test_llist(void **state)
{
	struct world *w = world_create(9, NULL);
	LLIST_HEAD(head);
	struct item *item;
	struct llist_node *first;
	u32 i;

	for (i = 0; i < 5; i++)
		assert_int_equal(llist_add(&items[i].llist, &head), i == 0);
	assert_ptr_equal(llist_del_first(&head), &items[4].llist);
	first = llist_reverse_order(llist_del_all(&head));
	assert_true(llist_empty(&head));
	i = 0;
	llist_for_each_entry(item, first, llist)
		assert_ptr_equal(item, &items[i++]);
	assert_int_equal(i, 4);
	assert_int_equal(world_destroy(w), 0);
}

static void test_bitmap(void **state)
{
	DECLARE_BITMAP(map, 200);
	bool model[200] = {};
	struct world *w = world_create(10, NULL);
	u32 step, i, start, len, weight;

	bitmap_zero(map, 200);
	for (step = 0; step < 300; step++) {
		start = sim_rand_below(200);
		len = sim_rand_below(201 - start);
		memset(model + start, step % 2, len);
		if (step % 2)
			bitmap_set(map, start, len);
		else
			bitmap_clear(map, start, len);
		start = sim_rand_below(200);
		for (i = start; i < 200 && !model[i]; i++)
			;
		assert_int_equal(find_next_bit(map, 200, start), i);
		for (i = start; i < 200 && model[i]; i++)
			;
		assert_int_equal(find_next_zero_bit(map, 200, start), i);
		for (weight = i = 0; i < 200; i++)
			weight += model[i];
		assert_int_equal(bitmap_weight(map, 200), weight);
	}
	bitmap_fill(map, 200);
	bitmap_clear(map, 100, 8);
	assert_int_equal(bitmap_find_next_zero_area(map, 200, 0, 4, 3), 100);
	assert_true(bitmap_find_next_zero_area(map, 200, 0, 9, 0) > 200);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- text ---- */

static void expect_text(const char *want, const char *fmt, ...)
{
	char buf[256];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	assert_string_equal(buf, want);
	assert_int_equal(n, strlen(want));
}

static void test_format(void **state)
{
	struct world *w = world_create(11, NULL);
	u8 uuid[16] = { 0x12, 0x34, [15] = 0xff };
	unsigned long bits = 0x8e;
	char buf[8];

	expect_text("-5 5 ff 0x000f", "%d %u %x 0x%04x", -5, 5, 255, 15);
	expect_text("18446744073709551615|-1", "%llu|%lld", ~0ull, -1ll);
	expect_text("   7|7   |007", "%4d|%-4d|%03zu", 7, 7, (size_t)7);
	expect_text("abc|ab|  abc", "%s|%.2s|%*s", "abc", "abc", 5, "abc");
	expect_text("-ENOENT -5000", "%pe %pe", ERR_PTR(-ENOENT), (void *)-5000l);
	expect_text("12340000-0000-0000-0000-0000000000ff", "%pUb", uuid);
	expect_text("12 34 00", "%3ph", uuid);
	expect_text("1-3,7", "%*pbl", 8, &bits);
	expect_text("(null) % c", "%s %% %c", NULL, 'c');
	expect_text("255 -1", "%hhu %hd", 0x1ff, 0xffff);
	assert_int_equal(snprintf(buf, sizeof(buf), "%s", "0123456789"), 10);
	assert_string_equal(buf, "0123456");
	assert_int_equal(scnprintf(buf, sizeof(buf), "%s", "0123456789"), 7);
	pr_err("value %d\n", 17);
	assert_true(sim_klog_has("value 17\n"));
	assert_int_equal(world_destroy(w), 0);
}

static void test_numbers(void **state)
{
	unsigned long long u;
	long long s;
	u8 b;
	bool t;

	assert_int_equal(kstrtoull("18446744073709551615\n", 10, &u), 0);
	assert_true(u == ~0ull);
	assert_int_equal(kstrtoull("18446744073709551616", 10, &u), -ERANGE);
	assert_int_equal(kstrtoull("0x1f", 0, &u), 0);
	assert_int_equal(u, 31);
	assert_int_equal(kstrtoull("017", 0, &u), 0);
	assert_int_equal(u, 15);
	assert_int_equal(kstrtoull("", 0, &u), -EINVAL);
	assert_int_equal(kstrtoull("1 ", 0, &u), -EINVAL);
	assert_int_equal(kstrtoull("-1", 0, &u), -EINVAL);
	assert_int_equal(kstrtoull("9", 8, &u), -EINVAL);
	assert_int_equal(kstrtoll("-9223372036854775808", 10, &s), 0);
	assert_true(s == LLONG_MIN);
	assert_int_equal(kstrtoll("9223372036854775808", 10, &s), -ERANGE);
	assert_int_equal(kstrtou8("256", 10, &b), -ERANGE);
	assert_int_equal(kstrtobool("on", &t), 0);
	assert_true(t);
	assert_int_equal(kstrtobool("0", &t), 0);
	assert_false(t);
	assert_int_equal(kstrtobool("x", &t), -EINVAL);
}

static void test_strings(void **state)
{
	static const char * const words[] = { "alpha", "beta", NULL };
	char buf[8], text[] = "  x y\t\n";
	uuid_t uuid;

	assert_int_equal(strscpy(buf, "1234567"), 7);
	assert_int_equal(strscpy(buf, "12345678"), -E2BIG);
	assert_string_equal(buf, "1234567");
	memset(buf, 'z', sizeof(buf));
	assert_int_equal(strscpy_pad(buf, "ab", 5), 2);
	assert_memory_equal(buf, "ab\0\0\0zzz", 8);
	assert_string_equal(strim(text), "x y");
	assert_int_equal(sysfs_match_string(words, "beta\n"), 1);
	assert_int_equal(match_string(words, 2, "gamma"), -EINVAL);
	assert_null(memchr_inv("aaaaaaaaaaaaaaaaa", 'a', 17));
	assert_int_equal(*(char *)memchr_inv("aaaaaaaaaab", 'a', 11), 'b');
	assert_int_equal(uuid_parse("12345678-9abc-def0-1234-56789abcdef0", &uuid),
			 0);
	assert_int_equal(uuid.b[4], 0x9a);
	assert_int_equal(uuid_parse("12345678-9abc-def0-1234-56789abcdefg", &uuid),
			 -EINVAL);
	assert_int_equal(get_unaligned_le32("\1\2\3\4"), 0x04030201);
	assert_int_equal(get_unaligned_be16("\1\2"), 0x0102);
}

static void test_crc32c(void **state)
{
	u8 buf[100];
	u32 crc, i;

	/* RFC 3720, B.4; the kernel's function inverts at neither end. */
	memset(buf, 0, 32);
	assert_int_equal(~crc32c(~0u, buf, 32), 0x8a9136aa);
	memset(buf, 0xff, 32);
	assert_int_equal(~crc32c(~0u, buf, 32), 0x62a8ab43);
	for (i = 0; i < 32; i++)
		buf[i] = i;
	assert_int_equal(~crc32c(~0u, buf, 32), 0x46dd794e);
	assert_int_equal(~crc32c(~0u, "123456789", 9), 0xe3069283);
	crc = crc32c(~0u, "1234", 4);
	assert_int_equal(~crc32c(crc, "56789", 5), 0xe3069283);
}

static void test_arithmetic(void **state)
{
	u64 v = 1000000007;
	size_t bytes;
	u32 rem;

	assert_int_equal(roundup_pow_of_two(5), 8);
	assert_int_equal(rounddown_pow_of_two(5), 4);
	assert_int_equal(order_base_2(4097), 13);
	assert_int_equal(ilog2(4096), 12);
	assert_int_equal(int_sqrt(99), 9);
	rem = do_div(v, 10);
	assert_int_equal(rem, 7);
	assert_int_equal(v, 100000000);
	assert_int_equal(clamp(5, 7, 9), 7);
	assert_int_equal(min3(3, 1, 2), 1);
	assert_int_equal(round_up(4097, 4096), 8192);
	assert_int_equal(DIV_ROUND_UP(9, 4), 3);
	assert_true(check_mul_overflow(SIZE_MAX, (size_t)2, &bytes));
	assert_true(size_mul(SIZE_MAX, 2) == SIZE_MAX);
	assert_int_equal(fls64(1ull << 40), 41);
	assert_int_equal(hweight64(0xff00ff), 16);
}

/* ---- scopes ---- */

static struct mutex scope_mutex;

static int with_guard(bool early)
{
	guard(mutex)(&scope_mutex);
	sim_check(lockdep_is_held(&scope_mutex));
	if (early)
		return 1;
	scoped_guard(preempt)
		sim_check(!preemptible());
	sim_check(preemptible());
	return 2;
}

static void test_guards(void **state)
{
	struct world *w = world_create(12, NULL);

	mutex_init(&scope_mutex);
	assert_int_equal(with_guard(true), 1);
	assert_int_equal(with_guard(false), 2);
	assert_false(mutex_is_locked(&scope_mutex));
	{
		void *p __free(kfree) = kmalloc(10, GFP_KERNEL);

		assert_non_null(p);
	}
	assert_int_equal(sim_mem_stats().live, 0);
	assert_int_equal(world_destroy(w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rbtree),
		cmocka_unit_test(test_xarray),
		cmocka_unit_test(test_xarray_memory),
		cmocka_unit_test(test_xarray_readers),
		cmocka_unit_test(test_ida),
		cmocka_unit_test(test_list_sort),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_min_heap),
		cmocka_unit_test(test_llist),
		cmocka_unit_test(test_bitmap),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_crc32c),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_guards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
