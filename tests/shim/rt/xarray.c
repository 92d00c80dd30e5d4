// SPDX-License-Identifier: GPL-2.0
/*
 * Sparse arrays: a radix tree of nodes with 64 slots.
 *
 * Readers hold rcu_read_lock() only.  A node that became empty is freed after a
 * grace period; the tree grows at its top and shrinks when it is empty.  A store
 * that needs memory and may sleep drops the lock meanwhile, and the caller's
 * view of the array with it, as in the kernel.
 */
#include <linux/idr.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#define BITS	6
#define SLOTS	(1u << BITS)

struct xa_node {
	struct xa_node *up;
	u16 used;
	u16 level;		/* 0: slots are entries */
	u32 slot;		/* of @up */
	struct rcu_head rcu;
	void *slots[SLOTS];
};

/* Stands for an entry that xa_reserve() or a store of NULL keeps room for. */
#define RESERVED	((void *)6ul)

static u32 slot_at(unsigned long index, u32 level)
{
	u32 shift = level * BITS;

	return shift < BITS_PER_LONG ? index >> shift & (SLOTS - 1) : 0;
}

/* The last index below a node. */
static unsigned long max_index(const struct xa_node *node)
{
	u32 bits = (node->level + 1) * BITS;

	return bits >= BITS_PER_LONG ? ULONG_MAX : (1ul << bits) - 1;
}

static void *visible(void *entry)
{
	return entry == RESERVED ? NULL : entry;
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	struct xa_node *node;
	void *entry = NULL;

	rcu_read_lock();
	node = rcu_dereference(xa->xa_head);
	if (node && index > max_index(node))
		node = NULL;
	while (node && node->level)
		node = rcu_dereference(node->slots[slot_at(index, node->level)]);
	if (node)
		entry = rcu_dereference(node->slots[slot_at(index, 0)]);
	rcu_read_unlock();
	return visible(entry);
}

/* ---- changing, with the lock held ---- */

static struct xa_node *leaf_find(struct xarray *xa, unsigned long index)
{
	struct xa_node *node = xa->xa_head;

	if (!node || index > max_index(node))
		return NULL;
	while (node && node->level)
		node = node->slots[slot_at(index, node->level)];
	return node;
}

static struct xa_node *node_new(u32 level, gfp_t gfp)
{
	struct xa_node *node = kzalloc(sizeof(*node), gfp | __GFP_NOWARN);

	if (node)
		node->level = level;
	return node;
}

static void node_attach(struct xarray *xa, struct xa_node *up, u32 slot,
			struct xa_node *node)
{
	node->up = up;
	node->slot = slot;
	if (up) {
		rcu_assign_pointer(up->slots[slot], node);
		up->used++;
	} else {
		rcu_assign_pointer(xa->xa_head, node);
	}
}

/* One more level on top. */
static bool grow(struct xarray *xa, gfp_t gfp)
{
	struct xa_node *old = xa->xa_head;
	struct xa_node *top = node_new(old ? old->level + 1 : 0, gfp);

	if (!top)
		return false;
	if (old) {
		top->slots[0] = old;
		top->used = 1;
		old->up = top;
		old->slot = 0;
	}
	node_attach(xa, NULL, 0, top);
	return true;
}

static struct xa_node *leaf_make(struct xarray *xa, unsigned long index,
				 gfp_t gfp)
{
	struct xa_node *node, *child;
	u32 slot;

	while (!xa->xa_head || index > max_index(xa->xa_head))
		if (!grow(xa, gfp))
			return NULL;
	for (node = xa->xa_head; node->level; node = child) {
		slot = slot_at(index, node->level);
		child = node->slots[slot];
		if (child)
			continue;
		child = node_new(node->level - 1, gfp);
		if (!child)
			return NULL;
		node_attach(xa, node, slot, child);
	}
	return node;
}

static void node_drop(struct xarray *xa, struct xa_node *node)
{
	struct xa_node *up;

	for (; node && !node->used; node = up) {
		up = node->up;
		if (up) {
			RCU_INIT_POINTER(up->slots[node->slot], NULL);
			up->used--;
		} else {
			RCU_INIT_POINTER(xa->xa_head, NULL);
		}
		kfree_rcu(node, rcu);
	}
}

static void *leaf_set(struct xarray *xa, struct xa_node *leaf,
		      unsigned long index, void *entry)
{
	u32 slot = slot_at(index, 0);
	void *old = leaf->slots[slot];

	rcu_assign_pointer(leaf->slots[slot], entry);
	leaf->used += !!entry - !!old;
	node_drop(xa, leaf);
	return old;
}

static void relock_for_memory(struct xarray *xa, bool lock)
{
	bool irq = xa->xa_flags & XA_FLAGS_LOCK_IRQ;
	bool bh = xa->xa_flags & XA_FLAGS_LOCK_BH;

	if (lock && irq)
		spin_lock_irq(&xa->xa_lock);
	else if (lock && bh)
		spin_lock_bh(&xa->xa_lock);
	else if (lock)
		spin_lock(&xa->xa_lock);
	else if (irq)
		spin_unlock_irq(&xa->xa_lock);
	else if (bh)
		spin_unlock_bh(&xa->xa_lock);
	else
		spin_unlock(&xa->xa_lock);
}

/* NULL: no memory.  After a sleep the tree may be another one: start again. */
static struct xa_node *leaf_get(struct xarray *xa, unsigned long index,
				gfp_t gfp)
{
	gfp_t nowait = gfp & ~__GFP_DIRECT_RECLAIM;
	struct xa_node *leaf;
	struct xa_node *probe;

	for (;;) {
		leaf = leaf_make(xa, index, nowait);
		if (leaf || !gfpflags_allow_blocking(gfp))
			return leaf;
		relock_for_memory(xa, false);
		probe = kmalloc(sizeof(*probe), gfp);
		kfree(probe);
		relock_for_memory(xa, true);
		if (!probe)
			return NULL;
	}
}

static void *store_locked(struct xarray *xa, unsigned long index, void *entry,
			  gfp_t gfp)
{
	struct xa_node *leaf;

	lockdep_assert_held(&xa->xa_lock);
	leaf = leaf_find(xa, index);
	if (!leaf && !entry)
		return NULL;
	if (!leaf)
		leaf = leaf_get(xa, index, gfp);
	if (!leaf)
		return shim_xa_mk_err(-ENOMEM);
	return leaf_set(xa, leaf, index, entry);
}

void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	void *old = store_locked(xa, index, entry, gfp);

	return visible(old);
}

void *__xa_erase(struct xarray *xa, unsigned long index)
{
	return __xa_store(xa, index, NULL, 0);
}

void *__xa_cmpxchg(struct xarray *xa, unsigned long index, void *old,
		   void *entry, gfp_t gfp)
{
	struct xa_node *leaf = leaf_find(xa, index);
	void *now;

	if (!leaf && entry) {
		leaf = leaf_get(xa, index, gfp);
		if (!leaf)
			return shim_xa_mk_err(-ENOMEM);
	}
	now = leaf ? visible(leaf->slots[slot_at(index, 0)]) : NULL;
	if (now == old && leaf)
		leaf_set(xa, leaf, index, entry);
	else
		node_drop(xa, leaf);
	return now;
}

int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	void *now = __xa_cmpxchg(xa, index, NULL, entry ?: RESERVED, gfp);

	if (xa_is_err(now))
		return xa_err(now);
	return now ? -EBUSY : 0;
}

int __xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit,
	       gfp_t gfp)
{
	unsigned long index = limit.min;
	struct xa_node *leaf;

	for (; index <= limit.max; index++) {
		leaf = leaf_find(xa, index);
		if (leaf && leaf->slots[slot_at(index, 0)])
			continue;
		*id = index;
		return xa_err(store_locked(xa, index, entry ?: RESERVED, gfp));
	}
	return -EBUSY;
}

/* ---- the same, taking the lock ---- */

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	void *old;

	xa_lock(xa);
	old = __xa_store(xa, index, entry, gfp);
	xa_unlock(xa);
	return old;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	return xa_store(xa, index, NULL, 0);
}

void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry,
		 gfp_t gfp)
{
	void *now;

	xa_lock(xa);
	now = __xa_cmpxchg(xa, index, old, entry, gfp);
	xa_unlock(xa);
	return now;
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	int err;

	xa_lock(xa);
	err = __xa_insert(xa, index, entry, gfp);
	xa_unlock(xa);
	return err;
}

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit,
	     gfp_t gfp)
{
	int err;

	xa_lock(xa);
	err = __xa_alloc(xa, id, entry, limit, gfp);
	xa_unlock(xa);
	return err;
}

int xa_reserve(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	int err = xa_insert(xa, index, RESERVED, gfp);

	return err == -EBUSY ? 0 : err;
}

void xa_release(struct xarray *xa, unsigned long index)
{
	struct xa_node *leaf;

	xa_lock(xa);
	leaf = leaf_find(xa, index);
	if (leaf && leaf->slots[slot_at(index, 0)] == RESERVED)
		leaf_set(xa, leaf, index, NULL);
	xa_unlock(xa);
}

static void destroy(struct xa_node *node)
{
	u32 i;

	for (i = 0; node->level && i < SLOTS; i++)
		if (node->slots[i])
			destroy(node->slots[i]);
	kfree_rcu(node, rcu);
}

void xa_destroy(struct xarray *xa)
{
	struct xa_node *head;

	xa_lock(xa);
	head = xa->xa_head;
	RCU_INIT_POINTER(xa->xa_head, NULL);
	if (head)
		destroy(head);
	xa_unlock(xa);
}

/* ---- iteration ---- */

/* The first entry at or after *index; whole empty subtrees are skipped. */
static void *find_from(struct xarray *xa, unsigned long *index,
		       unsigned long max)
{
	struct xa_node *node, *child;
	unsigned long step;
	void *entry;

	while (*index <= max) {
		node = rcu_dereference(xa->xa_head);
		if (!node || *index > max_index(node))
			return NULL;
		while (node->level) {
			child = node->slots[slot_at(*index, node->level)];
			if (!child)
				break;
			node = child;
		}
		entry = visible(node->slots[slot_at(*index, node->level)]);
		if (entry)
			return entry;
		step = 1ul << node->level * BITS;
		*index = (*index | (step - 1)) + 1;
		if (!*index)
			return NULL;
	}
	return NULL;
}

void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max,
	      unsigned int filter)
{
	unsigned long pos = *index;
	void *entry;

	rcu_read_lock();
	entry = find_from(xa, &pos, max);
	rcu_read_unlock();
	if (entry)
		*index = pos;
	return entry;
}

void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max,
		    unsigned int filter)
{
	unsigned long pos = *index + 1;
	void *entry;

	if (!pos)
		return NULL;
	entry = xa_find(xa, &pos, max, filter);
	if (entry)
		*index = pos;
	return entry;
}

/* ---- small numbers ---- */

int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max,
		    gfp_t gfp)
{
	u32 id;
	int err = xa_alloc(&ida->xa, &id, xa_mk_value(0), XA_LIMIT(min, max),
			   gfp);

	return err == -EBUSY ? -ENOSPC : err ?: (int)id;
}

void ida_free(struct ida *ida, unsigned int id)
{
	WARN(!xa_erase(&ida->xa, id), "number %u was not allocated", id);
}

void ida_destroy(struct ida *ida)
{
	xa_destroy(&ida->xa);
}
