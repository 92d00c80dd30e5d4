// SPDX-License-Identifier: GPL-2.0
/*
 * Images: shared pages, copied when written, and a hash that follows each word.
 *
 * The hash is linear: the sum, over all words, of the word times two random
 * odd numbers, one for its place in the page and one for the page, modulo
 * 2^128.  So a store changes it by what it changes, zero pages cost nothing, and
 * two given contents collide with a chance of about 2^-64.
 *
 * Knows nothing of devices, worlds or logs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include "../image.h"

#define PAGE_WORDS	(SIM_PAGE_SIZE / 8)

#define u128	unsigned __int128

static const struct sim_page zero_page;
static struct sim_page *free_pages_list;
static u64 live_pages;
static u64 word_key[PAGE_WORDS];

static u64 mix64(u64 x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static void __attribute__((constructor)) init_keys(void)
{
	u32 i;

	for (i = 0; i < PAGE_WORDS; i++)
		word_key[i] = mix64(i + 1) | 1;
}

static u128 page_key(u64 index)
{
	return (u128)mix64(~index) << 64 | mix64(index ^ 0x5bd1e995) | 1;
}

static u128 hash_get(struct sim_hash h)
{
	return (u128)h.hi << 64 | h.lo;
}

static struct sim_hash hash_set(u128 v)
{
	return (struct sim_hash){ .lo = v, .hi = v >> 64 };
}

bool sim_hash_equal(struct sim_hash a, struct sim_hash b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

struct sim_hash sim_hash_mix(struct sim_hash h, struct sim_hash other, u64 salt)
{
	h.lo = mix64(h.lo ^ mix64(other.lo ^ salt));
	h.hi = mix64(h.hi + mix64(other.hi + ~salt) + other.lo);
	return h;
}

/* Free pages are linked through their first bytes; their refs are zero. */
static struct sim_page *page_alloc(void)
{
	struct sim_page *page = free_pages_list;

	if (page)
		memcpy(&free_pages_list, page->data, sizeof(page));
	else
		page = aligned_alloc(64, round_up(sizeof(*page), 64));
	if (!page) {
		fputs("sim: out of memory\n", stderr);
		abort();
	}
	page->refs = 1;
	live_pages++;
	return page;
}

static void page_put(struct sim_page *page)
{
	if (!page || --page->refs)
		return;
	memcpy(page->data, &free_pages_list, sizeof(page));
	free_pages_list = page;
	live_pages--;
}

static struct sim_leaf *leaf_alloc(void)
{
	struct sim_leaf *leaf = calloc(1, sizeof(*leaf));

	if (!leaf)
		abort();
	leaf->refs = 1;
	return leaf;
}

static void leaf_put(struct sim_leaf *leaf)
{
	u32 i;

	if (!leaf || --leaf->refs)
		return;
	for (i = 0; i < SIM_LEAF_PAGES; i++)
		page_put(leaf->pages[i]);
	free(leaf);
}

/* The leaf of a page that is about to change, ours alone. */
static struct sim_leaf *leaf_own(struct sim_image *image, u64 index)
{
	struct sim_leaf *old = image->leaves[index / SIM_LEAF_PAGES];
	struct sim_leaf *leaf;
	u32 i;

	if (old && old->refs == 1)
		return old;
	leaf = leaf_alloc();
	image->leaves[index / SIM_LEAF_PAGES] = leaf;
	if (!old)
		return leaf;
	for (i = 0; i < SIM_LEAF_PAGES; i++) {
		leaf->pages[i] = old->pages[i];
		if (leaf->pages[i])
			leaf->pages[i]->refs++;
	}
	leaf_put(old);
	return leaf;
}

static u8 *page_own(struct sim_image *image, u64 index)
{
	struct sim_leaf *leaf = leaf_own(image, index);
	struct sim_page **slot = &leaf->pages[index % SIM_LEAF_PAGES];
	struct sim_page *old = *slot;

	if (old && old->refs == 1)
		return old->data;
	*slot = page_alloc();
	memcpy((*slot)->data, old ? old->data : zero_page.data, SIM_PAGE_SIZE);
	page_put(old);
	return (*slot)->data;
}

struct sim_image *sim_image_create(u64 size)
{
	u64 nr = DIV_ROUND_UP(size, (u64)SIM_PAGE_SIZE * SIM_LEAF_PAGES);
	struct sim_image *image;

	image = calloc(1, sizeof(*image) + nr * sizeof(image->leaves[0]));
	if (!image)
		abort();
	image->size = size;
	image->nr_leaves = nr;
	return image;
}

struct sim_image *sim_image_clone(const struct sim_image *image)
{
	size_t bytes = sizeof(*image) +
		       image->nr_leaves * sizeof(image->leaves[0]);
	struct sim_image *copy = malloc(bytes);
	u64 i;

	if (!copy)
		abort();
	memcpy(copy, image, bytes);
	for (i = 0; i < copy->nr_leaves; i++)
		if (copy->leaves[i])
			copy->leaves[i]->refs++;
	return copy;
}

void sim_image_free(struct sim_image *image)
{
	u64 i;

	if (!image)
		return;
	for (i = 0; i < image->nr_leaves; i++)
		leaf_put(image->leaves[i]);
	free(image);
}

const u8 *sim_image_page(const struct sim_image *image, u64 off)
{
	u64 index = off >> SIM_PAGE_SHIFT;
	struct sim_leaf *leaf = image->leaves[index / SIM_LEAF_PAGES];
	struct sim_page *page;

	page = leaf ? leaf->pages[index % SIM_LEAF_PAGES] : NULL;
	return page ? page->data : zero_page.data;
}

static void check_range(const struct sim_image *image, u64 off, u64 len)
{
	if (off <= image->size && len <= image->size - off)
		return;
	fprintf(stderr, "sim: image of %llu bytes: no range %llu+%llu\n",
		image->size, off, len);
	abort();
}

/* What the words of a page that hold @part add to its hash. */
static u128 part_hash(const u8 *page, u32 off, u32 len)
{
	u32 i = off / 8, end = DIV_ROUND_UP(off + len, 8);
	u128 sum = 0;
	u64 word;

	for (; i < end; i++) {
		memcpy(&word, page + i * 8, 8);
		sum += (u128)word * word_key[i];
	}
	return sum;
}

static void page_write(struct sim_image *image, u64 index, u32 off,
		       const u8 *data, u32 len)
{
	u128 hash = hash_get(image->hash);
	u128 before;
	u8 *page;

	if (!memcmp(sim_image_page(image, index << SIM_PAGE_SHIFT) + off, data,
		    len))
		return;
	page = page_own(image, index);
	before = part_hash(page, off, len);
	memcpy(page + off, data, len);
	hash += page_key(index) * (part_hash(page, off, len) - before);
	image->hash = hash_set(hash);
}

void sim_image_write(struct sim_image *image, u64 off, const void *data,
		     u64 len)
{
	const u8 *from = data;
	u32 start, part;

	check_range(image, off, len);
	for (; len; off += part, from += part, len -= part) {
		start = off % SIM_PAGE_SIZE;
		part = min_t(u64, SIM_PAGE_SIZE - start, len);
		page_write(image, off >> SIM_PAGE_SHIFT, start, from, part);
	}
}

void sim_image_fill(struct sim_image *image, u64 off, u8 byte, u64 len)
{
	u8 buf[SIM_PAGE_SIZE];
	u64 part;

	memset(buf, byte, sizeof(buf));
	for (; len; off += part, len -= part) {
		part = min_t(u64, sizeof(buf), len);
		sim_image_write(image, off, buf, part);
	}
}

void sim_image_read(const struct sim_image *image, u64 off, void *buf, u64 len)
{
	u8 *to = buf;
	u32 start, part;

	check_range(image, off, len);
	for (; len; off += part, to += part, len -= part) {
		start = off % SIM_PAGE_SIZE;
		part = min_t(u64, SIM_PAGE_SIZE - start, len);
		memcpy(to, sim_image_page(image, off) + start, part);
	}
}

bool sim_image_equal(const struct sim_image *a, const struct sim_image *b)
{
	u64 off;

	if (a->size != b->size)
		return false;
	for (off = 0; off < a->size; off += SIM_PAGE_SIZE) {
		const u8 *pa = sim_image_page(a, off);
		const u8 *pb = sim_image_page(b, off);

		if (pa != pb && memcmp(pa, pb, SIM_PAGE_SIZE))
			return false;
	}
	return true;
}

struct sim_hash sim_image_rehash(const struct sim_image *image)
{
	u128 hash = 0;
	u64 off;

	for (off = 0; off < image->size; off += SIM_PAGE_SIZE)
		hash += page_key(off >> SIM_PAGE_SHIFT) *
			part_hash(sim_image_page(image, off), 0, SIM_PAGE_SIZE);
	return hash_set(hash);
}

u64 sim_image_live_pages(void)
{
	return live_pages;
}
