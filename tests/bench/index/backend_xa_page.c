// SPDX-License-Identifier: GPL-2.0
/*
 * Back end: an xarray per shard with one entry per 4 KiB page: its pmem sector,
 * or, for a page that is mapped piecewise, an object with one word per sector.
 */
#include <stdlib.h>

#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "bench.h"

#define PAGE_SECTORS		8
#define CHUNK_PAGES		(PCACHE_CHUNK_SECTORS / PAGE_SECTORS)

/* Also what lib/xarray.c allocates from. */
struct kmem_cache *radix_tree_node_cachep;

struct piece {
	struct rcu_head rcu;
	u64 word[PAGE_SECTORS];	/* value + 1; 0: a hole */
};

static struct kmem_cache *piece_cache;
static struct xarray *dirs;

static void node_ctor(void *obj)
{
	struct xa_node *node = obj;

	memset(node, 0, sizeof(*node));
	INIT_LIST_HEAD(&node->private_list);
}

/* A free node is as its constructor made it. */
void radix_tree_node_rcu_free(struct rcu_head *head)
{
	struct xa_node *node = container_of(head, struct xa_node, rcu_head);

	memset(node->slots, 0, sizeof(node->slots));
	memset(node->tags, 0, sizeof(node->tags));
	INIT_LIST_HEAD(&node->private_list);
	kmem_cache_free(radix_tree_node_cachep, node);
}

static void piece_free(struct rcu_head *head)
{
	kmem_cache_free(piece_cache, container_of(head, struct piece, rcu));
}

/* Runs before main(): the other user of the xarray needs it too. */
static void __attribute__((constructor)) node_cache_init(void)
{
	radix_tree_node_cachep = kmem_cache_create("radix_tree_node",
						   sizeof(struct xa_node), 0,
						   0, node_ctor);
}

static void xa_page_create(u64 nr_sectors)
{
	int i;

	piece_cache = kmem_cache_create("piece", sizeof(struct piece), 8, 0,
					NULL);
	dirs = kvcalloc(BENCH_NR_SHARDS, sizeof(*dirs), GFP_KERNEL);
	for (i = 0; i < BENCH_NR_SHARDS; i++)
		xa_init(&dirs[i]);
}

static void xa_page_destroy(void)
{
	unsigned long key;
	void *entry;
	int i;

	for (i = 0; i < BENCH_NR_SHARDS; i++) {
		xa_for_each(&dirs[i], key, entry)
			if (!xa_is_value(entry))
				kmem_cache_free(piece_cache, entry);
		xa_destroy(&dirs[i]);
	}
	rcu_barrier();
	kmem_cache_destroy(piece_cache);
	kvfree(dirs);
}

static unsigned long page_key(u64 sector)
{
	return bench_chunk_in_shard(sector) * CHUNK_PAGES +
	       sector / PAGE_SECTORS % CHUNK_PAGES;
}

static void account_old(void *entry)
{
	struct piece *piece = entry;
	int i;

	if (!entry)
		return;
	if (xa_is_value(entry)) {
		bench_account(xa_to_value(entry), -PAGE_SECTORS);
		return;
	}
	for (i = 0; i < PAGE_SECTORS; i++)
		if (piece->word[i])
			bench_account(piece->word[i] - 1, -1);
	call_rcu(&piece->rcu, piece_free);
}

static void entry_store(struct xa_state *xas, void *entry)
{
	xas_store(xas, entry);
	if (xas_error(xas))
		abort();
}

/* The page as an object with a word per sector; the same content. */
static struct piece *page_split(struct xa_state *xas, void *entry)
{
	struct piece *piece = entry;
	int i;

	if (entry && !xa_is_value(entry))
		return piece;
	piece = kmem_cache_zalloc(piece_cache, GFP_NOWAIT);
	if (!piece)
		abort();
	for (i = 0; entry && i < PAGE_SECTORS; i++)
		piece->word[i] = xa_to_value(entry) + i + 1;
	entry_store(xas, piece);
	return piece;
}

static void page_set(struct xa_state *xas, u32 first, u32 nr, u64 value)
{
	void *entry = xas_load(xas);
	struct piece *piece;
	u32 i;

	if (nr == PAGE_SECTORS) {
		entry_store(xas, xa_mk_value(value));
		account_old(entry);
		return;
	}
	piece = page_split(xas, entry);
	for (i = first; i < first + nr; i++, value++) {
		if (piece->word[i])
			bench_account(piece->word[i] - 1, -1);
		WRITE_ONCE(piece->word[i], value + 1);
	}
}

/**
 * struct walk - page by page through a range
 * @xas: at the page
 * @sector: where the page's part of the range starts
 * @part: its length; 0: the end
 * @left: sectors of the range from @sector on
 */
struct walk {
	struct xa_state *xas;
	u64 sector;
	u32 part;
	u32 left;
};

static struct walk walk_start(struct xa_state *xas, u64 sector, u32 nr)
{
	return (struct walk){
		.xas = xas, .sector = sector, .left = nr,
		.part = min_t(u32, nr, PAGE_SECTORS - sector % PAGE_SECTORS),
	};
}

static void walk_next(struct walk *w)
{
	w->sector += w->part;
	w->left -= w->part;
	w->part = min_t(u32, w->left, PAGE_SECTORS);
	if (w->left)
		xas_next(w->xas);
}

static void xa_page_set(u64 sector, u32 nr, u64 value)
{
	struct xarray *dir = &dirs[bench_shard(sector)];
	u64 delta = value - sector;
	struct walk w;

	XA_STATE(xas, dir, page_key(sector));

	xa_lock(dir);
	bench_account(value, nr);
	for (w = walk_start(&xas, sector, nr); w.part; walk_next(&w))
		page_set(&xas, w.sector % PAGE_SECTORS, w.part,
			 w.sector + delta);
	xa_unlock(dir);
}

static void page_erase(struct xa_state *xas, u32 first, u32 nr, u64 value)
{
	struct piece *piece = xas_load(xas);
	bool empty = true;
	u32 i;

	if (!piece)
		return;
	if (xa_is_value(piece)) {
		if (nr == PAGE_SECTORS && xa_to_value(piece) == value) {
			account_old(piece);
			entry_store(xas, NULL);
		}
		return;
	}
	for (i = 0; i < PAGE_SECTORS; i++) {
		if (i >= first && i < first + nr &&
		    piece->word[i] == value + (i - first) + 1) {
			bench_account(piece->word[i] - 1, -1);
			WRITE_ONCE(piece->word[i], 0);
		}
		empty &= !piece->word[i];
	}
	if (!empty)
		return;
	entry_store(xas, NULL);
	account_old(piece);
}

static void xa_page_erase(u64 sector, u32 nr, u64 value)
{
	struct xarray *dir = &dirs[bench_shard(sector)];
	u64 delta = value - sector;
	struct walk w;

	XA_STATE(xas, dir, page_key(sector));

	xa_lock(dir);
	for (w = walk_start(&xas, sector, nr); w.part; walk_next(&w))
		page_erase(&xas, w.sector % PAGE_SECTORS, w.part,
			   w.sector + delta);
	xa_unlock(dir);
}

static u32 page_lookup(void *entry, u32 first, u32 off, u32 nr, u32 n,
		       struct bench_hit *hits)
{
	struct piece *piece = entry;
	u64 word;
	u32 i;

	if (!entry)
		return n;
	if (xa_is_value(entry))
		return bench_hit_add(hits, n, off, nr,
				     xa_to_value(entry) + first);
	for (i = 0; i < nr; i++) {
		word = READ_ONCE(piece->word[first + i]);
		if (word)
			n = bench_hit_add(hits, n, off + i, 1, word - 1);
	}
	return n;
}

static u32 xa_page_lookup(u64 sector, u32 nr, struct bench_hit *hits)
{
	struct walk w;
	void *entry;
	u32 n = 0;

	XA_STATE(xas, &dirs[bench_shard(sector)], page_key(sector));

	rcu_read_lock();
	for (w = walk_start(&xas, sector, nr); w.part; walk_next(&w)) {
		do {
			entry = xas_load(&xas);
		} while (xas_retry(&xas, entry));
		n = page_lookup(entry, w.sector % PAGE_SECTORS,
				w.sector - sector, w.part, n, hits);
	}
	rcu_read_unlock();
	return n;
}

const struct backend backend_xa_page = {
	.name = "xarray/page",
	.create = xa_page_create,
	.destroy = xa_page_destroy,
	.set = xa_page_set,
	.erase = xa_page_erase,
	.lookup = xa_page_lookup,
};
