// SPDX-License-Identifier: GPL-2.0
/* Bitmaps, sorting, heaps, lists without locks, CRC-32C, integer roots. */
#include <stdlib.h>

#include <linux/bitmap.h>
#include <linux/crc32c.h>
#include <linux/kernel.h>
#include <linux/list_sort.h>
#include <linux/llist.h>
#include <linux/min_heap.h>
#include <linux/slab.h>
#include <linux/sort.h>

/* ---- bitmaps ---- */

unsigned long shim_find_next(const unsigned long *map, unsigned long size,
			     unsigned long from, unsigned long invert)
{
	unsigned long word;

	while (from < size) {
		word = (map[BIT_WORD(from)] ^ invert) >> from % BITS_PER_LONG;
		if (word)
			return min(from + __builtin_ctzl(word), size);
		from = (from | (BITS_PER_LONG - 1)) + 1;
	}
	return size;
}

unsigned long find_last_bit(const unsigned long *map, unsigned long size)
{
	unsigned long i = size;

	while (i--)
		if (test_bit(i, map))
			return i;
	return size;
}

unsigned long *bitmap_alloc(unsigned int bits, gfp_t gfp)
{
	return kmalloc_array(BITS_TO_LONGS(bits), sizeof(long), gfp);
}

unsigned long *bitmap_zalloc(unsigned int bits, gfp_t gfp)
{
	return bitmap_alloc(bits, gfp | __GFP_ZERO);
}

void bitmap_free(const unsigned long *map)
{
	kfree(map);
}

void bitmap_set(unsigned long *map, unsigned int start, unsigned int len)
{
	for (; len; start++, len--)
		__set_bit(start, map);
}

void bitmap_clear(unsigned long *map, unsigned int start, unsigned int len)
{
	for (; len; start++, len--)
		__clear_bit(start, map);
}

unsigned int bitmap_weight(const unsigned long *map, unsigned int bits)
{
	unsigned int n = 0;
	unsigned long i;

	for_each_set_bit(i, map, bits)
		n++;
	return n;
}

bool bitmap_empty(const unsigned long *map, unsigned int bits)
{
	return find_first_bit(map, bits) == bits;
}

bool bitmap_full(const unsigned long *map, unsigned int bits)
{
	return find_first_zero_bit(map, bits) == bits;
}

bool bitmap_equal(const unsigned long *a, const unsigned long *b,
		  unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < bits; i++)
		if (test_bit(i, a) != test_bit(i, b))
			return false;
	return true;
}

bool bitmap_intersects(const unsigned long *a, const unsigned long *b,
		       unsigned int bits)
{
	unsigned long i;

	for_each_set_bit(i, a, bits)
		if (test_bit(i, b))
			return true;
	return false;
}

bool bitmap_subset(const unsigned long *a, const unsigned long *b,
		   unsigned int bits)
{
	unsigned long i;

	for_each_set_bit(i, a, bits)
		if (!test_bit(i, b))
			return false;
	return true;
}

unsigned long bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
					 unsigned long start, unsigned int nr,
					 unsigned long align_mask)
{
	unsigned long end;

	for (;;) {
		start = find_next_zero_bit(map, size, start);
		start = (start + align_mask) & ~align_mask;
		end = start + nr;
		if (end > size)
			return end;
		if (find_next_bit(map, end, start) >= end)
			return start;
		start = find_next_bit(map, end, start) + 1;
	}
}

/* ---- heaps ---- */

static void heap_swap(min_heap_char *heap, size_t i, size_t k, size_t size,
		      const struct min_heap_callbacks *func, void *args)
{
	char *a = heap->data + i * size, *b = heap->data + k * size;

	if (func->swp) {
		func->swp(a, b, args);
		return;
	}
	for (; size; a++, b++, size--)
		swap(*a, *b);
}

static bool heap_less(min_heap_char *heap, size_t i, size_t k, size_t size,
		      const struct min_heap_callbacks *func, void *args)
{
	return func->less(heap->data + i * size, heap->data + k * size, args);
}

void shim_heap_init(min_heap_char *heap, void *data, int size)
{
	heap->nr = 0;
	heap->size = size;
	heap->data = data ?: heap->preallocated;
}

void shim_heap_down(min_heap_char *heap, size_t pos, size_t elem_size,
		    const struct min_heap_callbacks *func, void *args)
{
	size_t child;

	while ((child = 2 * pos + 1) < (size_t)heap->nr) {
		if (child + 1 < (size_t)heap->nr &&
		    heap_less(heap, child + 1, child, elem_size, func, args))
			child++;
		if (!heap_less(heap, child, pos, elem_size, func, args))
			break;
		heap_swap(heap, child, pos, elem_size, func, args);
		pos = child;
	}
}

void shim_heap_up(min_heap_char *heap, size_t pos, size_t elem_size,
		  const struct min_heap_callbacks *func, void *args)
{
	size_t parent;

	for (; pos; pos = parent) {
		parent = (pos - 1) / 2;
		if (!heap_less(heap, pos, parent, elem_size, func, args))
			break;
		heap_swap(heap, pos, parent, elem_size, func, args);
	}
}

void shim_heap_all(min_heap_char *heap, size_t elem_size,
		   const struct min_heap_callbacks *func, void *args)
{
	int i;

	for (i = heap->nr / 2 - 1; i >= 0; i--)
		shim_heap_down(heap, i, elem_size, func, args);
}

bool shim_heap_pop(min_heap_char *heap, size_t elem_size,
		   const struct min_heap_callbacks *func, void *args)
{
	if (WARN_ONCE(heap->nr <= 0, "pop from an empty heap"))
		return false;
	heap->nr--;
	memmove(heap->data, heap->data + heap->nr * elem_size, elem_size);
	shim_heap_down(heap, 0, elem_size, func, args);
	return true;
}

void shim_heap_pop_push(min_heap_char *heap, const void *element,
			size_t elem_size,
			const struct min_heap_callbacks *func, void *args)
{
	memcpy(heap->data, element, elem_size);
	shim_heap_down(heap, 0, elem_size, func, args);
}

bool shim_heap_push(min_heap_char *heap, const void *element, size_t elem_size,
		    const struct min_heap_callbacks *func, void *args)
{
	if (WARN_ONCE(heap->nr >= heap->size, "push to a full heap"))
		return false;
	memcpy(heap->data + heap->nr * elem_size, element, elem_size);
	heap->nr++;
	shim_heap_up(heap, heap->nr - 1, elem_size, func, args);
	return true;
}

bool shim_heap_del(min_heap_char *heap, size_t elem_size, size_t pos,
		   const struct min_heap_callbacks *func, void *args)
{
	if (WARN_ONCE(pos >= (size_t)heap->nr, "no such element in the heap"))
		return false;
	heap->nr--;
	if (pos == (size_t)heap->nr)
		return true;
	memcpy(heap->data + pos * elem_size, heap->data + heap->nr * elem_size,
	       elem_size);
	shim_heap_up(heap, pos, elem_size, func, args);
	shim_heap_down(heap, pos, elem_size, func, args);
	return true;
}

/* ---- sorting ---- */

struct sort_context {
	cmp_r_func_t cmp;
	const void *priv;
};

static int sort_cmp(const void *a, const void *b, void *arg)
{
	const struct sort_context *ctx = arg;

	return ctx->cmp(a, b, ctx->priv);
}

static int sort_cmp_plain(const void *a, const void *b, const void *priv)
{
	cmp_func_t cmp = *(const cmp_func_t *)priv;

	return cmp(a, b);
}

static void sort_sift(char *base, size_t i, size_t num, size_t size,
		      const struct sort_context *ctx, swap_func_t swp)
{
	size_t child;

	while ((child = 2 * i + 1) < num) {
		if (child + 1 < num &&
		    ctx->cmp(base + child * size, base + (child + 1) * size,
			     ctx->priv) < 0)
			child++;
		if (ctx->cmp(base + i * size, base + child * size,
			     ctx->priv) >= 0)
			break;
		swp(base + i * size, base + child * size, size);
		i = child;
	}
}

/* A swap function may have side effects: it is used for every exchange. */
static void sort_swapping(char *base, size_t num, size_t size,
			  const struct sort_context *ctx, swap_func_t swp)
{
	size_t i;

	for (i = num / 2; i--; )
		sort_sift(base, i, num, size, ctx, swp);
	while (num-- > 1) {
		swp(base, base + num * size, size);
		sort_sift(base, 0, num, size, ctx, swp);
	}
}

void sort_r(void *base, size_t num, size_t size, cmp_r_func_t cmp,
	    swap_func_t swp, const void *priv)
{
	struct sort_context ctx = { .cmp = cmp, .priv = priv };

	if (swp)
		sort_swapping(base, num, size, &ctx, swp);
	else
		qsort_r(base, num, size, sort_cmp, &ctx);
}

void sort(void *base, size_t num, size_t size, cmp_func_t cmp, swap_func_t swp)
{
	sort_r(base, num, size, sort_cmp_plain, swp, &cmp);
}

/* Merges sorted lists that end in NULL; of equals, those of @a come first. */
static struct list_head *list_merge(void *priv, list_cmp_func_t cmp,
				    struct list_head *a, struct list_head *b)
{
	struct list_head head, *tail = &head;

	while (a && b) {
		if (cmp(priv, a, b) <= 0) {
			tail->next = a;
			a = a->next;
		} else {
			tail->next = b;
			b = b->next;
		}
		tail = tail->next;
	}
	tail->next = a ?: b;
	return head.next;
}

static struct list_head *list_sort_run(void *priv, list_cmp_func_t cmp,
				       struct list_head *first, size_t n)
{
	struct list_head *middle = first, *cut;
	size_t i;

	if (n < 2)
		return first;
	for (i = 1; i < n / 2; i++)
		middle = middle->next;
	cut = middle->next;
	middle->next = NULL;
	return list_merge(priv, cmp, list_sort_run(priv, cmp, first, n / 2),
			  list_sort_run(priv, cmp, cut, n - n / 2));
}

void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp)
{
	size_t n = list_count_nodes(head);
	struct list_head *node, *next;

	if (n < 2)
		return;
	head->prev->next = NULL;
	node = list_sort_run(priv, cmp, head->next, n);
	INIT_LIST_HEAD(head);
	for (; node; node = next) {
		next = node->next;
		list_add_tail(node, head);
	}
}

/* ---- lists without locks ---- */

struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *first = READ_ONCE(head->first);

	do {
		if (!first)
			return NULL;
	} while (!try_cmpxchg(&head->first, &first, first->next));
	return first;
}

struct llist_node *llist_reverse_order(struct llist_node *first)
{
	struct llist_node *reversed = NULL;
	struct llist_node *next;

	for (; first; first = next) {
		next = first->next;
		first->next = reversed;
		reversed = first;
	}
	return reversed;
}

/* ---- CRC-32C ---- */

static u32 crc_table[256];

static void __attribute__((constructor)) crc_init(void)
{
	u32 i, k, crc;

	for (i = 0; i < 256; i++) {
		crc = i;
		for (k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
		crc_table[i] = crc;
	}
}

/* Not instrumented: half the time of a fuzzer of sealed structures is spent here. */
#define CRC_ATTR __attribute__((__no_sanitize__("address", "undefined")))

static CRC_ATTR u32 crc_bytes(u32 crc, const u8 *p, size_t len)
{
	while (len--)
		crc = crc >> 8 ^ crc_table[(crc ^ *p++) & 0xff];
	return crc;
}

#ifdef __x86_64__
static CRC_ATTR u64 word_at(const u8 *p)
{
	u64 word;

	__builtin_memcpy(&word, p, sizeof(word));
	return word;
}

__attribute__((__target__("sse4.2"))) static CRC_ATTR u32
crc_words(u32 crc, const u8 *p, size_t len)
{
	u64 crc64 = crc;

	for (; len >= 8; p += 8, len -= 8)
		crc64 = __builtin_ia32_crc32di(crc64, word_at(p));
	crc = crc64;
	while (len--)
		crc = __builtin_ia32_crc32qi(crc, *p++);
	return crc;
}

u32 crc32c(u32 crc, const void *data, unsigned int len)
{
	if (__builtin_cpu_supports("sse4.2"))
		return crc_words(crc, data, len);
	return crc_bytes(crc, data, len);
}
#else
u32 crc32c(u32 crc, const void *data, unsigned int len)
{
	return crc_bytes(crc, data, len);
}
#endif

/* ---- arithmetic ---- */

unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0, bit;

	for (bit = 1ul << 31; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= x)
			root |= bit;
	return root;
}

u64 int_pow(u64 base, unsigned int exp)
{
	u64 v = 1;

	for (; exp; exp--)
		v *= base;
	return v;
}
