// SPDX-License-Identifier: GPL-2.0
/*
 * backing_devM: start and stop of one backing, and its attributes.
 *
 * M is the number of the backing's slot on the media, so that it survives a
 * restart.  A backing that the pool knows but that is not attached has a
 * directory too, in state waiting.
 *
 * Locks: admin_lock of the pool for start and stop, but not while a backing device
 * is waited for: then @stopping keeps others off.  The node's own lock keeps the
 * cache from going away under a reader.
 *
 * Context: process.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "pcache_node.h"

static struct pcache_backing_node *to_node(struct device *dev)
{
	return container_of(dev, struct pcache_backing_node, dev);
}

static const struct pcache_slot_info *to_info(struct device *dev)
{
	struct pcache_backing_node *node = to_node(dev);

	return &node->parent->pool->slots[node->slot].info;
}

/* ---- attributes of the slot ---- */

static ssize_t path_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", to_info(dev)->path);
}
static DEVICE_ATTR_ADMIN_RO(path);

static ssize_t id_show(struct device *dev, struct device_attribute *attr,
		       char *buf)
{
	return sysfs_emit(buf, "%s\n", to_info(dev)->id);
}
static DEVICE_ATTR_RO(id);

static ssize_t uuid_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%pU\n", to_info(dev)->uuid);
}
static DEVICE_ATTR_RO(uuid);

static ssize_t size_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  to_info(dev)->nr_sectors << PCACHE_SECTOR_SHIFT);
}
static DEVICE_ATTR_RO(size);

static ssize_t cache_segs_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_info(dev)->cache_segs);
}
static DEVICE_ATTR_ADMIN_RO(cache_segs);

static ssize_t data_crc_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  !!(to_info(dev)->flags & PCACHE_SLOT_DATA_CRC));
}
static DEVICE_ATTR_RO(data_crc);

/* ---- attributes of the cache ---- */

/**
 * struct cache_attr - an attribute that is a number of the running cache
 * @attr: the attribute
 * @value: gets it
 */
struct cache_attr {
	struct device_attribute attr;
	u64 (*value)(struct pcache_cache *cache);
};

/* Zero while the backing is waiting. */
static ssize_t cache_attr_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct cache_attr *ca = container_of(attr, struct cache_attr, attr);
	struct pcache_backing_node *node = to_node(dev);
	u64 value = 0;

	mutex_lock(&node->lock);
	if (node->cache)
		value = ca->value(node->cache);
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%llu\n", value);
}

#define CACHE_ATTR(_name, _mode, _value)				\
	struct cache_attr cache_attr_##_name = {			\
		.attr = __ATTR(_name, _mode, cache_attr_show, NULL),	\
		.value = _value,					\
	}

static u64 value_used_segs(struct pcache_cache *cache)
{
	return READ_ONCE(cache->used_segs);
}
static CACHE_ATTR(cache_used_segs, 0400, value_used_segs);

static u64 value_dirty_bytes(struct pcache_cache *cache)
{
	return pcache_cache_is_drained(cache) ? 0 :
	       (u64)percpu_counter_sum_positive(&cache->dirty_sectors) <<
	       PCACHE_SECTOR_SHIFT;
}
static CACHE_ATTR(dirty_bytes, 0444, value_dirty_bytes);

static u64 value_clean_lsn(struct pcache_cache *cache)
{
	return READ_ONCE(cache->clean_lsn);
}
static CACHE_ATTR(clean_lsn, 0444, value_clean_lsn);

static u64 value_evict_lsn(struct pcache_cache *cache)
{
	return READ_ONCE(cache->evict_lsn);
}
static CACHE_ATTR(evict_lsn, 0444, value_evict_lsn);

static u64 value_checkpoint_lsn(struct pcache_cache *cache)
{
	return READ_ONCE(cache->checkpoint_lsn);
}
static CACHE_ATTR(checkpoint_lsn, 0444, value_checkpoint_lsn);

static u64 value_lsn(struct pcache_cache *cache)
{
	return atomic64_read(&cache->lsn);
}
static CACHE_ATTR(lsn, 0444, value_lsn);

static u64 value_lost(struct pcache_cache *cache)
{
	return (u64)atomic_read(&cache->index.lost) << PCACHE_SECTOR_SHIFT;
}
static CACHE_ATTR(lost, 0444, value_lost);

static u64 value_index_bytes(struct pcache_cache *cache)
{
	return pcache_index_bytes(&cache->index);
}
static CACHE_ATTR(index_bytes, 0444, value_index_bytes);

static ssize_t mapped_id_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	struct pcache_backing_node *node = to_node(dev);
	ssize_t len;

	mutex_lock(&node->lock);
	if (node->logic)
		len = sysfs_emit(buf, "%d\n", node->logic->id);
	else
		len = sysfs_emit(buf, "none\n");
	mutex_unlock(&node->lock);
	return len;
}
static DEVICE_ATTR_ADMIN_RO(mapped_id);

/* What runs may differ from the slot: with damage, nothing is stored. */
static ssize_t queues_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct pcache_backing_node *node = to_node(dev);
	u32 queues;

	mutex_lock(&node->lock);
	queues = node->cache ? node->cache->queues : to_info(dev)->queues;
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%u\n", queues);
}
static DEVICE_ATTR_RO(queues);

static ssize_t queue_mode_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct pcache_backing_node *node = to_node(dev);
	bool bio;

	mutex_lock(&node->lock);
	bio = node->cache ? node->cache->queue_bio :
	      to_info(dev)->flags & PCACHE_SLOT_BIO;
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%s\n", bio ? "bio" : "mq");
}
static DEVICE_ATTR_RO(queue_mode);

static ssize_t writeback_order_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	struct pcache_backing_node *node = to_node(dev);
	bool relaxed;

	mutex_lock(&node->lock);
	relaxed = node->cache ? READ_ONCE(node->cache->relaxed) :
		  to_info(dev)->flags & PCACHE_SLOT_RELAXED;
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%s\n", relaxed ? "relaxed" : "strict");
}
static DEVICE_ATTR_RO(writeback_order);

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	static const char * const names[] = {
		[PCACHE_STATE_STARTING]	= "starting",
		[PCACHE_STATE_RUNNING]	= "running",
		[PCACHE_STATE_DRAINING]	= "draining",
		[PCACHE_STATE_STOPPING]	= "stopping",
	};
	struct pcache_backing_node *node = to_node(dev);
	const char *name = "waiting";

	mutex_lock(&node->lock);
	if (node->cache)
		name = names[READ_ONCE(node->cache->state)];
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%s\n", name);
}
static DEVICE_ATTR_RO(state);

static ssize_t mode_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct pcache_backing_node *node = to_node(dev);
	enum pcache_mode mode = PCACHE_MODE_RUNNING;

	mutex_lock(&node->lock);
	if (node->cache)
		mode = READ_ONCE(node->cache->mode);
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%s\n", pcache_mode_name(mode));
}
static DEVICE_ATTR_RO(mode);

static ssize_t cache_gc_percent_show(struct device *dev,
				     struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_info(dev)->gc_percent);
}

/* A number from 0 to @max; what is not is named and refused. */
static int parse_number(struct device *dev, struct device_attribute *attr,
			const char *buf, u32 max, u32 *value)
{
	if (!kstrtou32(buf, 10, value) && *value <= max)
		return 0;
	pr_err("%s: %s %.*s is not from 0 to %u\n", dev_name(dev),
	       attr->attr.name, (int)strcspn(buf, "\n"), buf, max);
	return -EINVAL;
}

static ssize_t cache_gc_percent_store(struct device *dev,
				      struct device_attribute *attr,
				      const char *buf, size_t count)
{
	struct pcache_backing_node *node = to_node(dev);
	u32 percent;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = parse_number(dev, attr, buf, PCACHE_GC_PERCENT_MAX, &percent);
	if (err)
		return err;
	/*
	 * Not under admin_lock: that is held while the node is removed, which
	 * waits for this function to end.
	 */
	err = -ENODEV;
	mutex_lock(&node->lock);
	if (node->cache)
		err = pcache_cache_set_gc_percent(node->cache, percent);
	mutex_unlock(&node->lock);
	return err ?: count;
}
static DEVICE_ATTR_ADMIN_RW(cache_gc_percent);

/* ---- tunables of write-back; not kept on the media ---- */

/**
 * struct tunable - a number of the running cache that may be changed
 * @attr: the attribute
 * @place: where it is
 * @max: largest valid value
 */
struct tunable {
	struct device_attribute attr;
	u32 *(*place)(struct pcache_cache *cache);
	u32 max;
};

static ssize_t tunable_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct tunable *t = container_of(attr, struct tunable, attr);
	struct pcache_backing_node *node = to_node(dev);
	u32 value = 0;

	mutex_lock(&node->lock);
	if (node->cache)
		value = READ_ONCE(*t->place(node->cache));
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%u\n", value);
}

static ssize_t tunable_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	struct tunable *t = container_of(attr, struct tunable, attr);
	struct pcache_backing_node *node = to_node(dev);
	ssize_t ret;
	u32 value;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = parse_number(dev, attr, buf, t->max, &value);
	if (ret)
		return ret;
	ret = count;
	mutex_lock(&node->lock);
	if (node->cache) {
		WRITE_ONCE(*t->place(node->cache), value);
		/* It may be due by now. */
		pcache_wb_start(node->cache);
	} else {
		ret = -ENODEV;
	}
	mutex_unlock(&node->lock);
	return ret;
}

#define TUNABLE(_name, _place, _max)					\
	struct tunable tunable_##_name = {				\
		.attr = __ATTR(_name, 0644, tunable_show, tunable_store),	\
		.place = _place,					\
		.max = _max,						\
	}

static u32 *place_delay_ms(struct pcache_cache *cache)
{
	return &cache->writeback_delay_ms;
}

static TUNABLE(writeback_delay_ms, place_delay_ms, PCACHE_WB_DELAY_MS_MAX);

static u32 *place_percent(struct pcache_cache *cache)
{
	return &cache->writeback_percent;
}

static TUNABLE(writeback_percent, place_percent, 100);

static struct attribute *backing_attrs[] = {
	&dev_attr_path.attr,
	&dev_attr_id.attr,
	&dev_attr_uuid.attr,
	&dev_attr_size.attr,
	&dev_attr_mapped_id.attr,
	&dev_attr_cache_segs.attr,
	&cache_attr_cache_used_segs.attr.attr,
	&dev_attr_cache_gc_percent.attr,
	&dev_attr_queue_mode.attr,
	&dev_attr_queues.attr,
	&dev_attr_writeback_order.attr,
	&dev_attr_data_crc.attr,
	&tunable_writeback_delay_ms.attr.attr,
	&tunable_writeback_percent.attr.attr,
	&cache_attr_dirty_bytes.attr.attr,
	&cache_attr_lsn.attr.attr,
	&cache_attr_clean_lsn.attr.attr,
	&cache_attr_evict_lsn.attr.attr,
	&cache_attr_checkpoint_lsn.attr.attr,
	&dev_attr_state.attr,
	&dev_attr_mode.attr,
	&cache_attr_lost.attr.attr,
	&cache_attr_index_bytes.attr.attr,
	NULL
};

static const struct attribute_group backing_group = {
	.attrs = backing_attrs,
};

static const struct attribute_group *backing_groups[] = {
	&backing_group,
	&pcache_backing_fault_group,
	&pcache_backing_stats_group,
	NULL
};

/* ---- life cycle of the node ---- */

static void node_release(struct device *dev)
{
	kfree(to_node(dev));
}

static const struct device_type backing_type = {
	.name		= "backing_dev",
	.groups		= backing_groups,
	.release	= node_release,
};

static struct pcache_backing_node *
node_add(struct pcache_dev_node *parent, u32 slot)
{
	struct pcache_backing_node *node;
	int err;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return ERR_PTR(-ENOMEM);
	mutex_init(&node->lock);
	pcache_backing_event_init(node);
	node->parent = parent;
	node->slot = slot;
	node->dev.type = &backing_type;
	node->dev.parent = &parent->dev;
	device_initialize(&node->dev);
	err = dev_set_name(&node->dev, "backing_dev%u", slot);
	if (!err)
		err = device_add(&node->dev);
	if (err) {
		put_device(&node->dev);
		return ERR_PTR(err);
	}
	parent->backings[slot] = node;
	return node;
}

/**
 * pcache_backing_node_remove - make backing_devM go away
 * @node: not attached; gone afterwards
 *
 * Context: process, may sleep.
 */
void pcache_backing_node_remove(struct pcache_backing_node *node)
{
	node->parent->backings[node->slot] = NULL;
	pcache_backing_event_exit(node);
	device_unregister(&node->dev);
}

/**
 * pcache_backing_node_add_waiting - show a backing that is not attached
 * @parent: cache_devN; admin_lock is held
 * @slot: number of its slot
 *
 * Context: process, may sleep.
 * Return: 0 or an error.
 */
int pcache_backing_node_add_waiting(struct pcache_dev_node *parent, u32 slot)
{
	struct pcache_backing_node *node;

	if (parent->backings[slot])
		return 0;
	node = node_add(parent, slot);
	if (IS_ERR(node))
		return PTR_ERR(node);
	pcache_backing_event_waiting(node);
	return 0;
}

static void node_show_cache(struct pcache_backing_node *node,
			    struct pcache_cache *cache,
			    struct pcache_logic *logic)
{
	mutex_lock(&node->lock);
	node->cache = cache;
	node->logic = logic;
	mutex_unlock(&node->lock);
}

/* ---- start ---- */

/*
 * Everything that may fail comes before the cache goes live, and nobody can
 * open the disk before that: a start that fails has changed nothing (P6).
 */
static int start_attach(struct pcache_dev_node *parent,
			struct pcache_cache *cache,
			struct pcache_slot_info *info)
{
	struct pcache_backing_node *node = parent->backings[cache->slot];
	struct pcache_logic *logic;
	int err;

	if (!node)
		node = node_add(parent, cache->slot);
	if (IS_ERR(node))
		return PTR_ERR(node);
	logic = pcache_logic_add(cache, &node->dev);
	err = PTR_ERR_OR_ZERO(logic);
	if (err)
		goto remove_node;
	err = pcache_cache_go_live(cache, info);
	if (err)
		goto remove_logic;
	/* A running backing pins the module. */
	__module_get(THIS_MODULE);
	node_show_cache(node, cache, logic);
	pcache_logic_show(logic);
	pcache_backing_event_attached(node);
	pr_info("%s: %s is /dev/pcache%d\n", dev_name(&node->dev), info->path,
		logic->id);
	return 0;

remove_logic:
	pcache_logic_remove(logic, false);
remove_node:
	/* It is new, or its contents were given up before it failed. */
	if (parent->pool->slots[cache->slot].info.state != PCACHE_SLOT_ACTIVE)
		pcache_backing_node_remove(node);
	return err;
}

/**
 * pcache_backing_node_start - attach a backing device and show it
 * @parent: cache_devN; admin_lock is held
 * @opts: what to do
 *
 * Context: process, may sleep.
 * Return: 0 or an error of pcache_cache_prepare().
 */
int pcache_backing_node_start(struct pcache_dev_node *parent,
			      const struct pcache_start_opts *opts)
{
	struct pcache_slot_info info;
	struct pcache_cache *cache;
	int err;

	lockdep_assert_held(&parent->pool->admin_lock);
	if (parent->closing)
		return -ENODEV;
	cache = pcache_cache_prepare(parent->pool, opts, &info);
	if (IS_ERR(cache))
		return PTR_ERR(cache);
	err = start_attach(parent, cache, &info);
	if (err) {
		pr_err("%s: backing %s: cannot be shown: %pe\n",
		       dev_name(&parent->dev), opts->path, ERR_PTR(err));
		pcache_cache_abandon(cache);
	}
	return err;
}

/* ---- stop ---- */

/* Drain without admin_lock, so that other backings can be seen to. */
static int stop_drain(struct pcache_backing_node *node)
{
	struct mutex *admin_lock = &node->parent->pool->admin_lock;
	int err;

	mutex_unlock(admin_lock);
	err = pcache_cache_drain(node->cache);
	mutex_lock(admin_lock);
	if (err)
		pcache_logic_reopen(node->logic);
	return err;
}

/* What is left of a cache when nothing uses it any more; admin_lock is held. */
static int stop_let_go(struct pcache_backing_node *node,
		       struct pcache_cache *cache, enum pcache_stop_mode mode)
{
	int err;

	err = pcache_cache_stop(cache, mode);
	if (err) {
		pr_err("%s: could not be let go of, its contents are kept\n",
		       dev_name(&node->dev));
		pcache_cache_stop(cache, PCACHE_STOP_KEEP);
	}
	if (err || mode == PCACHE_STOP_KEEP) {
		pcache_backing_event_waiting(node);
	} else {
		pcache_backing_event_detached(node);
		pcache_backing_node_remove(node);
	}
	return err;
}

/*
 * The disk goes, then the cache.  If it cannot be drained after all, it waits.
 * Without admin_lock where the backing device is waited for: if it does not
 * answer, that must hold up nobody else.
 */
static int stop_finish(struct pcache_backing_node *node,
		       enum pcache_stop_mode mode)
{
	struct mutex *admin_lock = &node->parent->pool->admin_lock;
	struct pcache_cache *cache = node->cache;
	struct pcache_logic *logic = node->logic;
	int undrained, err;

	WRITE_ONCE(cache->state, PCACHE_STATE_STOPPING);
	if (mode == PCACHE_STOP_DISCARD_DIRTY)
		pcache_set_mode(cache, PCACHE_MODE_FAILED,
				"stopped, dirty data is discarded");
	node_show_cache(node, cache, NULL);
	mutex_unlock(admin_lock);
	pcache_logic_remove(logic, mode == PCACHE_STOP_DISCARD_DIRTY);
	undrained = pcache_cache_quiesce(cache, mode);
	if (undrained) {
		pr_err("%s: could not be drained, its contents are kept\n",
		       dev_name(&node->dev));
		mode = PCACHE_STOP_KEEP;
		pcache_cache_quiesce(cache, mode);
	}
	mutex_lock(admin_lock);
	node->stopping = false;
	node_show_cache(node, NULL, NULL);
	err = stop_let_go(node, cache, mode);
	module_put(THIS_MODULE);
	return undrained ?: err;
}

/* No one may use the device from here on. */
static int stop_close(struct pcache_backing_node *node,
		      enum pcache_stop_mode mode)
{
	int err;

	/*
	 * Whoever has a device open whose disk is dead can only close it once
	 * the writes that wait for that disk have failed.
	 */
	if (mode == PCACHE_STOP_DISCARD_DIRTY &&
	    READ_ONCE(node->cache->condition) == PCACHE_COND_FAILING)
		pcache_set_mode(node->cache, PCACHE_MODE_FAILED,
				"dirty data is to be discarded");
	err = pcache_logic_close(node->logic);
	if (err)
		pr_err("%s: /dev/pcache%d is open\n", dev_name(&node->dev),
		       node->logic->id);
	return err;
}

/* There is nothing to drain to, and what is kept is kept already. */
static int stop_waiting(struct pcache_backing_node *node,
			enum pcache_stop_mode mode)
{
	int err;

	if (mode != PCACHE_STOP_DISCARD_DIRTY) {
		pr_err("%s: is waiting, not attached\n", dev_name(&node->dev));
		return -ENODEV;
	}
	pr_warn("%s: %s, identity \"%s\", is forgotten; what was not written back to it is lost\n",
		dev_name(&node->dev), to_info(&node->dev)->path,
		to_info(&node->dev)->id);
	err = pcache_slot_forget(node->parent->pool, node->slot);
	if (err)
		return err;
	pcache_backing_event_detached(node);
	pcache_backing_node_remove(node);
	return 0;
}

static int stop_locked(struct pcache_dev_node *parent, u32 slot,
		       enum pcache_stop_mode mode)
{
	struct pcache_backing_node *node = parent->backings[slot];
	int err;

	if (!node) {
		pr_err("%s: backing_id=%u: no such backing\n",
		       dev_name(&parent->dev), slot);
		return -ENODEV;
	}
	if (!node->cache)
		return stop_waiting(node, mode);
	if (node->stopping) {
		pr_err("%s: is being stopped already\n", dev_name(&node->dev));
		return -EBUSY;
	}
	err = stop_close(node, mode);
	if (err)
		return err;
	node->stopping = true;
	if (mode == PCACHE_STOP_DRAIN)
		err = stop_drain(node);
	if (!err)
		return stop_finish(node, mode);
	node->stopping = false;
	return err;
}

/**
 * pcache_backing_node_stop - detach a backing device
 * @parent: cache_devN
 * @slot: number of its slot
 * @mode: what becomes of its contents
 *
 * Context: process, may sleep; takes admin_lock.
 * Return: 0; -ENODEV: no such backing, or it is waiting and @mode is not
 * PCACHE_STOP_DISCARD_DIRTY; -EBUSY: its device is open, or it is
 * being stopped; -EINTR: a signal interrupted it, it runs on; -EUCLEAN: some
 * sectors are lost; -EIO: it cannot be drained.
 */
int pcache_backing_node_stop(struct pcache_dev_node *parent, u32 slot,
			     enum pcache_stop_mode mode)
{
	struct mutex *admin_lock = &parent->pool->admin_lock;
	int err;

	if (mutex_lock_interruptible(admin_lock))
		return -EINTR;
	err = stop_locked(parent, slot, mode);
	mutex_unlock(admin_lock);
	return err;
}
