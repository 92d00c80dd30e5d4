// SPDX-License-Identifier: GPL-2.0
/*
 * Faults of one backing, as its directory shows them, and what an administrator
 * can do about them: see what is lost and what is refused, have the disk tried
 * again, give something up.
 *
 * Locks: the node's own keeps the cache from going away; admin_lock is held to
 * find the node, and so that no stop gets beyond its drain meanwhile.
 *
 * Context: process.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/sysfs.h>

#include "pcache_node.h"

/* Room for the last line of a list that is cut off. */
#define MORE_LEN	32

static struct pcache_backing_node *to_node(struct device *dev)
{
	return container_of(dev, struct pcache_backing_node, dev);
}

/* ---- what is lost ---- */

static ssize_t show_lost(struct pcache_cache *cache, char *buf)
{
	u64 left = atomic_read(&cache->index.lost);
	struct pcache_range range = {};
	ssize_t len = 0;

	while (left) {
		range = pcache_lost_next(cache, range.sector + range.nr);
		if (!range.nr || len > PAGE_SIZE - 2 * MORE_LEN)
			break;
		len += sysfs_emit_at(buf, len, "%llu %llu\n", range.sector,
				     range.nr);
		left -= min(left, range.nr);
	}
	if (left && range.nr)
		len += sysfs_emit_at(buf, len, "more %llu\n", left);
	return len;
}

static ssize_t lost_ranges_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct pcache_backing_node *node = to_node(dev);
	ssize_t len = 0;

	mutex_lock(&node->lock);
	if (node->cache)
		len = show_lost(node->cache, buf);
	mutex_unlock(&node->lock);
	return len;
}
static DEVICE_ATTR_ADMIN_RO(lost_ranges);

/* ---- what is refused ---- */

static ssize_t refused_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct pcache_backing_node *node = to_node(dev);
	struct pcache_range range = {};

	mutex_lock(&node->lock);
	if (node->cache)
		range = pcache_refused(node->cache);
	mutex_unlock(&node->lock);
	return range.nr ? sysfs_emit(buf, "%llu %llu\n", range.sector,
				     range.nr) : 0;
}
static DEVICE_ATTR_RO(refused);

/* ---- the condition of the disk ---- */

static ssize_t condition_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	struct pcache_backing_node *node = to_node(dev);
	enum pcache_condition condition = PCACHE_COND_OK;

	mutex_lock(&node->lock);
	if (node->cache)
		condition = READ_ONCE(node->cache->condition);
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%s\n", pcache_condition_name(condition));
}

static ssize_t condition_store(struct device *dev,
			       struct device_attribute *attr, const char *buf,
			       size_t count)
{
	struct pcache_backing_node *node = to_node(dev);
	ssize_t ret = count;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!sysfs_streq(buf, "retry")) {
		pr_err("%s: condition: only \"retry\" can be written\n",
		       dev_name(dev));
		return -EINVAL;
	}
	mutex_lock(&node->lock);
	if (node->cache)
		pcache_wb_resume(node->cache);
	else
		ret = -ENODEV;
	mutex_unlock(&node->lock);
	return ret;
}
static DEVICE_ATTR_RW(condition);

static struct attribute *fault_attrs[] = {
	&dev_attr_condition.attr,
	&dev_attr_refused.attr,
	&dev_attr_lost_ranges.attr,
	NULL
};

const struct attribute_group pcache_backing_fault_group = {
	.attrs = fault_attrs,
};

/* ---- giving up ---- */

static int check_range(struct device *dev, const struct pcache_cache *cache,
		       const struct pcache_range *range)
{
	u32 block = cache->rules.block_sectors;

	if ((range->sector | range->nr) & (block - 1)) {
		pr_err("%s: sectors %llu+%llu are not whole blocks of %u\n",
		       dev_name(dev), range->sector, range->nr, block);
		return -EINVAL;
	}
	if (range->sector >= cache->rules.nr_sectors ||
	    range->nr > cache->rules.nr_sectors - range->sector) {
		pr_err("%s: sectors %llu+%llu are not on the device\n",
		       dev_name(dev), range->sector, range->nr);
		return -EINVAL;
	}
	return 0;
}

static int node_give_up(struct pcache_backing_node *node,
			const struct pcache_range *range)
{
	struct pcache_cache *cache = node->cache;
	u64 lost;
	int err;

	if (!cache || READ_ONCE(cache->state) == PCACHE_STATE_STOPPING ||
	    READ_ONCE(cache->mode) != PCACHE_MODE_RUNNING) {
		pr_err("%s: is not running\n", dev_name(&node->dev));
		return -ENODEV;
	}
	err = check_range(&node->dev, cache, range);
	if (err)
		return err;
	err = pcache_lost_give_up(cache, range, &lost);
	if (lost)
		pr_warn("%s: %llu sectors of %llu+%llu are given up, and lost\n",
			dev_name(&node->dev), lost, range->sector, range->nr);
	pcache_wb_resume(cache);
	return err ?: lost ? 0 : -ENODATA;
}

/**
 * pcache_backing_node_give_up - lose what a disk refuses, on somebody's word
 * @parent: cache_devN
 * @slot: number of the slot
 * @range: what is given up, as far as it is dirty
 *
 * Context: process, may sleep; takes admin_lock.
 * Return: 0; -ENODEV: no such backing, or it is not running; -EINVAL: not whole
 * blocks of the device; -ENODATA: nothing there is dirty; -EINTR; or an error of
 * pcache_lost_give_up().
 */
int pcache_backing_node_give_up(struct pcache_dev_node *parent, u32 slot,
				const struct pcache_range *range)
{
	struct mutex *admin_lock = &parent->pool->admin_lock;
	struct pcache_backing_node *node;
	int err = -ENODEV;

	if (mutex_lock_interruptible(admin_lock))
		return -EINTR;
	node = parent->backings[slot];
	if (node) {
		mutex_lock(&node->lock);
		err = node_give_up(node, range);
		mutex_unlock(&node->lock);
	} else {
		pr_err("%s: backing_id=%u: no such backing\n",
		       dev_name(&parent->dev), slot);
	}
	mutex_unlock(admin_lock);
	return err;
}
