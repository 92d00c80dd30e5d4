// SPDX-License-Identifier: GPL-2.0
/*
 * The index: where on the pmem device a logical sector lies.
 *
 * Two levels below a table of chunks, drawn in pcache_leaf.h: one slot per
 * 256 KiB, one word per 4 KiB page.  There are no extents, hence no overlaps:
 * setting a range writes one aligned word per page in place.  Only when the set
 * of mapped pages of a leaf changes beyond its room is the leaf copied and
 * replaced.  Readers run under RCU and write nothing but an entry's accessed
 * bit, once.
 *
 * Room is made by pcache_index_prepare(), which may fail and changes nothing
 * that a reader can see; after it, set and mark cannot fail.  Erasing needs no
 * memory: it leaves an empty entry behind and shrinks the leaf if it can.
 *
 * The file keeps the mapped count of every segment (I5) and knows nothing else
 * of segments, records or LSNs.
 *
 * Locks: the shard's, for all but the lookup.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "pcache_leaf.h"

#define MAX_SHARDS		256

/* ---- lookup ---- */

static u64 *node_slot(struct pcache_node *node, u64 sector)
{
	return &node->slots[sector / LEAF_SECTORS % PCACHE_CHUNK_LEAVES];
}

static struct pcache_node __rcu **index_node(struct pcache_index *index,
					     u64 sector)
{
	return &index->nodes[sector >> (PCACHE_CHUNK_SHIFT -
					PCACHE_SECTOR_SHIFT)];
}

static struct pcache_node *node_of(struct pcache_index *index, u64 sector)
{
	struct pcache_shard *shard = pcache_index_shard(index, sector);

	return rcu_dereference_check(*index_node(index, sector),
				     lockdep_is_held(&shard->lock));
}

/* Set the accessed bit of a word that may be replaced at any time. */
static void word_touch(u64 *word, u64 old, u32 shift)
{
	if (!(old >> shift & ENTRY_ACCESSED))
		(void)cmpxchg(word, old, old | ENTRY_ACCESSED << shift);
}

static void run_set(struct pcache_run *run, u64 e, u32 offset, u32 nr)
{
	run->tag = entry_tag(e);
	run->value = entry_value(e) + (run->tag == PCACHE_DATA ? offset : 0);
	run->nr = nr;
}

static void inline_resolve(u64 *slot, u64 word, u32 s, bool touch,
			   struct pcache_run *run)
{
	u32 page = slot_page(word), off = s % PCACHE_BLOCK_SECTORS;

	if (word & SLOT_WHOLE) {
		run_set(run, slot_entry(word), 0, LEAF_SECTORS - s);
	} else if (page == s / PCACHE_BLOCK_SECTORS) {
		run_set(run, slot_entry(word), off, PCACHE_BLOCK_SECTORS - off);
		if (touch && run->tag == PCACHE_DATA)
			word_touch(slot, word, SLOT_ENTRY_SHIFT);
	} else {
		run_set(run, 0, 0, page * PCACHE_BLOCK_SECTORS > s ?
			page * PCACHE_BLOCK_SECTORS - s : LEAF_SECTORS - s);
	}
}

/*
 * What sector @s of the leaf's range is mapped to, and for how many sectors
 * that is clear from one word.
 */
static void slot_resolve(u64 *slot, u64 word, u32 s, bool touch,
			 struct pcache_run *run)
{
	u32 off = s % PCACHE_BLOCK_SECTORS, nr = PCACHE_BLOCK_SECTORS - off;
	u64 e, *ep;

	if (!word) {
		run_set(run, 0, 0, LEAF_SECTORS - s);
		return;
	}
	if (word & SLOT_INLINE) {
		inline_resolve(slot, word, s, touch, run);
		return;
	}
	ep = leaf_find(word, s / PCACHE_BLOCK_SECTORS);
	e = ep ? READ_ONCE(*ep) : 0;
	if (entry_tag(e) == PCACHE_SPLIT) {
		ep = &entry_split(e)->e[off];
		e = READ_ONCE(*ep);
		off = 0;
		nr = 1;
	}
	run_set(run, e, off, nr);
	if (touch && run->tag == PCACHE_DATA)
		word_touch(ep, e, 0);
}

static bool run_continues(const struct pcache_run *run,
			  const struct pcache_run *next)
{
	if (run->tag != next->tag)
		return false;
	if (run->tag == PCACHE_HOLE)
		return true;
	return next->value == run->value +
	       (run->tag == PCACHE_DATA ? run->nr : 0);
}

/**
 * pcache_index_lookup - what the sectors from @sector on are mapped to
 * @index: the index
 * @sector: first sector
 * @nr: at most so many
 * @touch: set the accessed bit
 * @run: filled in; at least one sector, at most @nr, and not beyond the 256 KiB
 *	that @sector lies in
 *
 * Context: rcu_read_lock() or the shard's lock.  What is found without the lock
 * may be replaced meanwhile; its place stays readable until rcu_read_unlock().
 */
void pcache_index_lookup(struct pcache_index *index, u64 sector, u32 nr,
			 bool touch, struct pcache_run *run)
{
	struct pcache_node *node = node_of(index, sector);
	u32 s = sector % LEAF_SECTORS;
	struct pcache_run next;
	u64 *slot, word;

	nr = min_t(u32, nr, LEAF_SECTORS - s);
	if (!node) {
		run_set(run, 0, 0, nr);
		return;
	}
	slot = node_slot(node, sector);
	word = READ_ONCE(*slot);
	slot_resolve(slot, word, s, touch, run);
	while (run->nr < nr) {
		slot_resolve(slot, word, s + run->nr, touch, &next);
		if (!run_continues(run, &next))
			break;
		run->nr += next.nr;
	}
	run->nr = min(run->nr, nr);
}

/**
 * pcache_index_prefetch - have the memory on its way that maps a sector
 * @index: the index
 * @sector: the sector
 * @step: 0, 1 and 2, in this order, and best with other sectors between them:
 *	each looks at what the one before has fetched
 *
 * Context: rcu_read_lock() or the shard's lock.
 */
void pcache_index_prefetch(struct pcache_index *index, u64 sector, u32 step)
{
	struct pcache_node *node = node_of(index, sector);
	u32 page = sector % LEAF_SECTORS / PCACHE_BLOCK_SECTORS;
	u64 *slot, word, e;

	if (!node)
		return;
	slot = node_slot(node, sector);
	if (step == 0) {
		prefetch(slot);
		return;
	}
	word = READ_ONCE(*slot);
	if (!slot_is_leaf(word))
		return;
	if (step == 1) {
		prefetchw(slot_leaf(word));
		if (word & SLOT_FLAT)
			prefetchw(leaf_find(word, page));
		return;
	}
	e = pcache_leaf_entry(word, page);
	if (entry_tag(e) == PCACHE_SPLIT)
		prefetchw(&entry_split(e)->e[sector % PCACHE_BLOCK_SECTORS]);
}

/* Was any of the sectors of one page read that start at @sector, up to @nr? */
static bool page_accessed(u64 word, u64 sector, u64 nr)
{
	u64 e = pcache_leaf_entry(word, sector % LEAF_SECTORS /
				  PCACHE_BLOCK_SECTORS);
	u32 off = sector % PCACHE_BLOCK_SECTORS;
	u32 end = min_t(u64, off + nr, PCACHE_BLOCK_SECTORS);

	if (entry_tag(e) != PCACHE_SPLIT)
		return e & ENTRY_ACCESSED;
	for (; off < end; off++) {
		if (READ_ONCE(entry_split(e)->e[off]) & ENTRY_ACCESSED)
			return true;
	}
	return false;
}

/**
 * pcache_index_accessed - was any of these sectors read since it was mapped?
 * @index: the index
 * @sector: first sector
 * @nr: sectors, inside one chunk
 *
 * Context: the shard's lock.
 * Return: true if so.
 */
bool pcache_index_accessed(struct pcache_index *index, u64 sector, u32 nr)
{
	struct pcache_node *node = node_of(index, sector);
	u64 end = sector + nr;

	if (!node)
		return false;
	for (; sector < end; sector = round_down(sector, PCACHE_BLOCK_SECTORS) +
				      PCACHE_BLOCK_SECTORS) {
		if (page_accessed(READ_ONCE(*node_slot(node, sector)), sector,
				  end - sector))
			return true;
	}
	return false;
}

/* ---- making room ---- */

/* As pcache_index_prepare(), for a range inside one slot. */
static int slot_prepare(struct pcache_index *index, struct pcache_shard *shard,
			struct pcache_node *node, u64 sector, u32 nr,
			enum pcache_tag tag, struct pcache_preload *pre)
{
	u32 s = sector % LEAF_SECTORS, end = s + nr;
	u32 first = s / PCACHE_BLOCK_SECTORS, last = (end - 1) / PCACHE_BLOCK_SECTORS;
	bool ragged_head = s % PCACHE_BLOCK_SECTORS;
	bool ragged_tail = end % PCACHE_BLOCK_SECTORS;
	u64 *slot = node_slot(node, sector), word = READ_ONCE(*slot);
	int err;

	if (nr == LEAF_SECTORS && tag == PCACHE_ZERO)
		return 0;
	if (first == last && !ragged_head && !ragged_tail &&
	    (!word || (!slot_is_leaf(word) && !(word & SLOT_WHOLE) &&
		       slot_page(word) == first)))
		return 0;
	err = pcache_leaf_make_room(index, shard, node, slot,
				    GENMASK_ULL(last, first), pre);
	if (!err && ragged_head)
		err = pcache_leaf_split(index, shard, READ_ONCE(*slot), first,
					pre);
	if (!err && ragged_tail)
		err = pcache_leaf_split(index, shard, READ_ONCE(*slot), last,
					pre);
	return err;
}

/**
 * pcache_index_prepare - make room so that a range can be set or marked
 * @index: the index
 * @sector: first sector
 * @nr: sectors, inside one chunk
 * @tag: what it will be set to
 * @pre: memory to fall back to, or NULL
 *
 * Changes nothing that a lookup shows.  The room is for this very range and tag,
 * and stays until the shard is unlocked or something in the chunk is erased.  A
 * range that is mapped alike as a whole, as one lookup after the other shows it,
 * has room without this, but for zeroes.
 *
 * Context: the shard's lock.
 * Return: 0 or -ENOMEM (never with a filled @pre).
 */
int pcache_index_prepare(struct pcache_index *index, u64 sector, u32 nr,
			 enum pcache_tag tag, struct pcache_preload *pre)
{
	struct pcache_shard *shard = pcache_index_shard(index, sector);
	struct pcache_node *node;
	u32 part, done;
	int err;

	lockdep_assert_held(&shard->lock);
	node = node_of(index, sector);
	if (!node) {
		node = pcache_node_alloc(index, shard, pre);
		if (!node)
			return -ENOMEM;
		rcu_assign_pointer(*index_node(index, sector), node);
	}
	for (done = 0; done < nr; done += part) {
		part = min_t(u32, nr - done,
			     LEAF_SECTORS - (sector + done) % LEAF_SECTORS);
		err = slot_prepare(index, shard, node, sector + done, part, tag,
				   pre);
		if (err) {
			/* Erase holes: frees what was made and holds nothing. */
			pcache_index_erase(index, sector, nr, PCACHE_HOLE, 0);
			return err;
		}
	}
	return 0;
}

/* ---- updates ---- */

enum update_op { UPDATE_SET, UPDATE_MARK, UPDATE_ERASE };

/**
 * struct update - one change of a range
 * @index: the index
 * @shard: locked
 * @op: what to do with each entry
 * @tag: to set, to mark with, or to erase
 * @value: of @sector
 * @sector: first sector
 * @done: sectors that changed
 * @seg: segment whose count @delta has not reached yet
 * @delta: see @seg
 */
struct update {
	struct pcache_index *index;
	struct pcache_shard *shard;
	enum update_op op;
	enum pcache_tag tag;
	u64 value;
	u64 sector;
	u32 done;
	u32 seg;
	s32 delta;
};

static void account_flush(struct update *u)
{
	if (u->delta)
		atomic_add(u->delta, &u->index->segs[u->seg].mapped);
	u->delta = 0;
}

/* The segment that a data, zero or lost entry points into. */
static u32 entry_seg(const struct pcache_index *index, u64 e)
{
	u32 unit = entry_tag(e) == PCACHE_DATA ? PCACHE_SECTOR_SHIFT :
		   ilog2(PCACHE_LINE_SIZE);

	return entry_value(e) >> (index->seg_shift - unit);
}

/* Note that @nr more (fewer) sectors are mapped by entries like @e. */
static void account(struct update *u, u64 e, s32 nr)
{
	enum pcache_tag tag = entry_tag(e);
	u32 seg;

	if (tag != PCACHE_DATA && tag != PCACHE_ZERO && tag != PCACHE_LOST)
		return;
	if (tag == PCACHE_LOST)
		atomic_add(nr, &u->index->lost);
	seg = entry_seg(u->index, e);
	if (seg != u->seg)
		account_flush(u);
	u->seg = seg;
	u->delta += nr;
}

/* The entry of the range at @sector, as it is or as it will be. */
static u64 update_entry(const struct update *u, u64 sector)
{
	return entry_make(u->tag, u->value + (u->tag == PCACHE_DATA ?
					      sector - u->sector : 0));
}

/* What becomes of entry @old, which stands for @nr sectors from @sector on. */
static u64 update_one(struct update *u, u64 old, u64 sector, u32 nr)
{
	u64 e = update_entry(u, sector);

	if (u->op == UPDATE_MARK && old)
		return old;
	if (u->op == UPDATE_ERASE) {
		if ((old & ~ENTRY_ACCESSED) != e)
			return old;
		e = 0;
	}
	account(u, old, -(s32)nr);
	u->done += nr;
	return e;
}

static void split_account_all(struct update *u, struct pcache_split *split)
{
	u32 i;

	for (i = 0; i < PCACHE_BLOCK_SECTORS; i++)
		account(u, READ_ONCE(split->e[i]), -1);
}

static void split_update(struct update *u, struct pcache_leaf *leaf, u64 *ep,
			 u64 sector, u32 nr)
{
	struct pcache_split *split = entry_split(READ_ONCE(*ep));
	u64 e, old, *word = &split->e[sector % PCACHE_BLOCK_SECTORS];

	for (; nr; nr--, sector++, word++) {
		old = READ_ONCE(*word);
		e = update_one(u, old, sector, 1);
		split->live += !!e - !!old;
		if (e != old)
			WRITE_ONCE(*word, e);
	}
	if (split->live)
		return;
	leaf->live--;
	WRITE_ONCE(*ep, 0);
	pcache_split_retire(u->shard, split);
}

/* Update @nr sectors of one page of a leaf. */
static void leaf_update(struct update *u, u64 word, u64 sector, u32 nr)
{
	struct pcache_leaf *leaf = slot_leaf(word);
	u64 *ep = leaf_find(word, sector % LEAF_SECTORS / PCACHE_BLOCK_SECTORS);
	u64 e, old;

	if (!ep) {
		pcache_assert(u->op == UPDATE_ERASE);
		return;
	}
	old = READ_ONCE(*ep);
	if (entry_tag(old) == PCACHE_SPLIT) {
		if (u->op != UPDATE_SET || nr < PCACHE_BLOCK_SECTORS) {
			split_update(u, leaf, ep, sector, nr);
			return;
		}
		split_account_all(u, entry_split(old));
		u->done += nr;
		WRITE_ONCE(*ep, update_entry(u, sector));
		pcache_split_retire(u->shard, entry_split(old));
		return;
	}
	/* Part of a page that is mapped as a whole: not ours to erase. */
	if (nr < PCACHE_BLOCK_SECTORS) {
		pcache_assert(u->op == UPDATE_ERASE);
		return;
	}
	e = update_one(u, old, sector, nr);
	leaf->live += !!e - !!old;
	if (e != old)
		WRITE_ONCE(*ep, e);
}

/* The same for a slot without a leaf. */
static void inline_update(struct update *u, struct pcache_node *node, u64 *slot,
			  u64 sector, u32 nr)
{
	u32 page = sector % LEAF_SECTORS / PCACHE_BLOCK_SECTORS;
	u64 word = READ_ONCE(*slot), old = pcache_leaf_entry(word, page), e;

	if (nr < PCACHE_BLOCK_SECTORS || word & SLOT_WHOLE ||
	    (word && slot_page(word) != page)) {
		pcache_assert(u->op == UPDATE_ERASE);
		return;
	}
	e = update_one(u, old, sector, nr);
	if (e != old)
		slot_store(node, slot, e ? slot_one_page(page, e) : 0);
}

/* Replace all that a slot holds by one word for the whole of it. */
static void slot_update_whole(struct update *u, struct pcache_node *node,
			      u64 *slot, u64 word)
{
	u64 old = READ_ONCE(*slot), live = pcache_leaf_live(old), e;

	slot_store(node, slot, word);
	for (; live; live &= live - 1) {
		e = pcache_leaf_entry(old, __ffs64(live));
		if (entry_tag(e) == PCACHE_SPLIT) {
			split_account_all(u, entry_split(e));
			pcache_split_retire(u->shard, entry_split(e));
		} else {
			account(u, e, -PCACHE_BLOCK_SECTORS);
		}
	}
	u->done += LEAF_SECTORS;
	if (slot_is_leaf(old))
		pcache_leaf_retire(u->shard, slot_leaf(old));
}

/* Update a range inside one slot. */
static void slot_update(struct update *u, struct pcache_node *node, u64 sector,
			u32 nr)
{
	u64 *slot = node_slot(node, sector), word;
	u32 part;

	if (nr == LEAF_SECTORS && u->tag == PCACHE_ZERO) {
		if (u->op == UPDATE_SET) {
			slot_update_whole(u, node, slot,
					  slot_whole(update_entry(u, sector)));
			return;
		}
		if (u->op == UPDATE_ERASE &&
		    READ_ONCE(*slot) == slot_whole(update_entry(u, sector))) {
			slot_update_whole(u, node, slot, 0);
			return;
		}
	}
	for (; nr; sector += part, nr -= part) {
		part = min_t(u32, nr,
			     PCACHE_BLOCK_SECTORS - sector % PCACHE_BLOCK_SECTORS);
		word = READ_ONCE(*slot);
		if (slot_is_leaf(word))
			leaf_update(u, word, sector, part);
		else
			inline_update(u, node, slot, sector, part);
	}
	if (u->op == UPDATE_ERASE && slot_is_leaf(READ_ONCE(*slot)))
		pcache_leaf_shrink(u->shard, node, slot);
}

static void update_range(struct update *u, u32 nr)
{
	struct pcache_node *node = node_of(u->index, u->sector);
	u64 sector = u->sector;
	u32 part;

	lockdep_assert_held(&u->shard->lock);
	if (!node)
		return;
	for (; nr; sector += part, nr -= part) {
		part = min_t(u32, nr, LEAF_SECTORS - sector % LEAF_SECTORS);
		slot_update(u, node, sector, part);
	}
	if (u->op != UPDATE_ERASE)
		account(u, update_entry(u, u->sector), u->done);
	account_flush(u);
	if (!node->used) {
		rcu_assign_pointer(*index_node(u->index, u->sector), NULL);
		pcache_node_retire(u->shard, node);
	}
}

/**
 * pcache_index_page - find the page that most writes replace
 * @index: the index
 * @sector: first sector
 * @nr: sectors
 *
 * Context: the shard's lock, until the page is replaced or no longer wanted.
 * Return: the entry, if the range is one page that is mapped to data as a whole;
 * else NULL.
 */
u64 *pcache_index_page(struct pcache_index *index, u64 sector, u32 nr)
{
	struct pcache_node *node = node_of(index, sector);
	u64 *ep, word;

	lockdep_assert_held(&pcache_index_shard(index, sector)->lock);
	if (nr != PCACHE_BLOCK_SECTORS || sector % PCACHE_BLOCK_SECTORS || !node)
		return NULL;
	word = READ_ONCE(*node_slot(node, sector));
	if (!slot_is_leaf(word))
		return NULL;
	ep = leaf_find(word, sector % LEAF_SECTORS / PCACHE_BLOCK_SECTORS);
	return ep && entry_tag(READ_ONCE(*ep)) == PCACHE_DATA ? ep : NULL;
}

/**
 * pcache_index_replace - map a page that is mapped to data to other data
 * @index: the index
 * @page: of pcache_index_page()
 * @value: of its first sector
 *
 * Context: the shard's lock, since pcache_index_page().
 */
void pcache_index_replace(struct pcache_index *index, u64 *page, u64 value)
{
	u32 from = entry_seg(index, READ_ONCE(*page));
	u64 e = entry_make(PCACHE_DATA, value);
	u32 to = entry_seg(index, e);

	WRITE_ONCE(*page, e);
	if (from == to)
		return;
	atomic_sub(PCACHE_BLOCK_SECTORS, &index->segs[from].mapped);
	atomic_add(PCACHE_BLOCK_SECTORS, &index->segs[to].mapped);
}

/**
 * pcache_index_set - map a range to one place
 * @index: the index
 * @sector: first sector
 * @nr: sectors, inside one chunk; pcache_index_prepare() made room for them
 * @tag: PCACHE_DATA, PCACHE_ZERO or PCACHE_LOST
 * @value: of the first sector
 *
 * Context: the shard's lock.
 */
void pcache_index_set(struct pcache_index *index, u64 sector, u32 nr,
		      enum pcache_tag tag, u64 value)
{
	struct update u = {
		.index = index, .shard = pcache_index_shard(index, sector),
		.op = UPDATE_SET, .tag = tag, .value = value, .sector = sector,
	};

	lockdep_assert_held(&u.shard->lock);
	update_range(&u, nr);
}

/**
 * pcache_index_mark - mark the holes of a range as being filled
 * @index: the index
 * @sector: first sector
 * @nr: sectors, inside one chunk; pcache_index_prepare() made room for them
 * @id: of the miss
 *
 * Context: the shard's lock.
 * Return: sectors that were marked.
 */
u32 pcache_index_mark(struct pcache_index *index, u64 sector, u32 nr, u64 id)
{
	struct update u = {
		.index = index, .shard = pcache_index_shard(index, sector),
		.op = UPDATE_MARK, .tag = PCACHE_FILLING, .value = id,
		.sector = sector,
	};

	update_range(&u, nr);
	return u.done;
}

/**
 * pcache_index_erase - unmap what is still mapped to one place
 * @index: the index
 * @sector: first sector
 * @nr: sectors, inside one chunk
 * @tag: of the place
 * @value: of the first sector
 *
 * Context: the shard's lock.  Needs no memory.
 * Return: sectors that were unmapped.
 */
u32 pcache_index_erase(struct pcache_index *index, u64 sector, u32 nr,
		       enum pcache_tag tag, u64 value)
{
	struct update u = {
		.index = index, .shard = pcache_index_shard(index, sector),
		.op = UPDATE_ERASE, .tag = tag, .value = value,
		.sector = sector,
	};

	update_range(&u, nr);
	return u.done;
}

/**
 * pcache_index_evict - unmap all data and zeroes in one segment
 * @index: the index
 * @seg_id: number of the segment
 *
 * Looks at everything that is mapped; for when the segment's own records cannot
 * tell.
 *
 * Context: process, may sleep; takes one shard after the other.
 */
void pcache_index_evict(struct pcache_index *index, u32 seg_id)
{
	struct pcache_run run;
	u64 chunk, sector;
	u32 done;

	for (chunk = 0; chunk < index->nr_chunks; chunk++) {
		sector = chunk * PCACHE_CHUNK_SECTORS;
		pcache_index_lock(index, sector);
		for (done = 0; done < PCACHE_CHUNK_SECTORS; done += run.nr) {
			pcache_index_lookup(index, sector + done,
					    PCACHE_CHUNK_SECTORS - done, false,
					    &run);
			if ((run.tag == PCACHE_DATA || run.tag == PCACHE_ZERO) &&
			    entry_seg(index, entry_make(run.tag, run.value)) ==
			    seg_id)
				pcache_index_erase(index, sector + done, run.nr,
						   run.tag, run.value);
		}
		pcache_index_unlock(index, sector);
		cond_resched();
	}
}

/* ---- life cycle ---- */

/**
 * pcache_index_bytes - memory of the index, but for the table of nodes
 * @index: the index
 *
 * Context: any; a snapshot.
 * Return: bytes.
 */
size_t pcache_index_bytes(const struct pcache_index *index)
{
	size_t bytes = 0;
	u32 i;

	for (i = 0; i <= index->shard_mask; i++)
		bytes += READ_ONCE(index->shards[i].bytes);
	return bytes;
}

/**
 * pcache_index_init - set up an empty index
 * @index: zeroed; filled in
 * @nr_sectors: size of the logical device
 * @segs: whose mapped counts to keep
 * @seg_shift: log2 of the segment size in bytes
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; pcache_index_exit() is due in either case.
 */
int pcache_index_init(struct pcache_index *index, u64 nr_sectors,
		      struct pcache_seg *segs, u32 seg_shift)
{
	u32 i, nr_shards;

	index->nr_chunks = DIV_ROUND_UP_ULL(nr_sectors, PCACHE_CHUNK_SECTORS);
	nr_shards = min_t(u64, roundup_pow_of_two(index->nr_chunks),
			  MAX_SHARDS);
	index->shard_mask = nr_shards - 1;
	index->segs = segs;
	index->seg_shift = seg_shift;
	mutex_init(&index->preload_lock);
	index->nodes = kvcalloc(index->nr_chunks, sizeof(*index->nodes),
				GFP_KERNEL | __GFP_NOWARN);
	index->shards = kvcalloc(nr_shards, sizeof(*index->shards), GFP_KERNEL);
	if (!index->nodes || !index->shards)
		return -ENOMEM;
	for (i = 0; i < nr_shards; i++)
		spin_lock_init(&index->shards[i].lock);
	return pcache_leaf_reserves_init(index);
}

/**
 * pcache_index_exit - free an index that nobody uses any more
 * @index: as pcache_index_init() left it, or zeroed
 *
 * Context: process, may sleep.
 */
void pcache_index_exit(struct pcache_index *index)
{
	struct pcache_node *node;
	u64 chunk;

	for (chunk = 0; index->nodes && chunk < index->nr_chunks; chunk++) {
		node = rcu_dereference_protected(index->nodes[chunk], true);
		if (node)
			pcache_node_destroy(index, node);
	}
	pcache_leaf_reserves_exit(index);
	kvfree(index->nodes);
	kvfree(index->shards);
	index->nodes = NULL;
	index->shards = NULL;
}

