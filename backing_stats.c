// SPDX-License-Identifier: GPL-2.0
/*
 * backing_devM/stats: what a cache has done since its backing was attached.
 *
 * The counters are the core's, one set per CPU, so that counting shares no cache
 * line; they are added up when they are read.  What is not counted is worked out
 * here.  All are zero while the backing is waiting.
 *
 * Context: process.
 */
#include <linux/jiffies.h>
#include <linux/sysfs.h>

#include "pcache_node.h"

/**
 * struct stat_attr - one statistic
 * @attr: the attribute
 * @stat: a counter
 * @value: works it out, unless it is a counter
 */
struct stat_attr {
	struct device_attribute attr;
	enum pcache_stat stat;
	u64 (*value)(struct pcache_cache *cache);
};

static ssize_t stat_attr_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	struct pcache_backing_node *node =
		container_of(dev, struct pcache_backing_node, dev);
	struct stat_attr *sa = container_of(attr, struct stat_attr, attr);
	u64 value = 0;

	mutex_lock(&node->lock);
	if (node->cache && sa->value)
		value = sa->value(node->cache);
	else if (node->cache)
		value = pcache_cache_stat(node->cache, sa->stat);
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%llu\n", value);
}

#define STAT_ATTR(_name, _stat)						\
	struct stat_attr stat_attr_##_name = {				\
		.attr = __ATTR(_name, 0444, stat_attr_show, NULL),	\
		.stat = _stat,						\
	}

#define VALUE_ATTR(_name, _value)					\
	struct stat_attr stat_attr_##_name = {				\
		.attr = __ATTR(_name, 0444, stat_attr_show, NULL),	\
		.value = _value,					\
	}

/* A read is counted before it misses, so in this order it cannot be negative. */
static u64 value_hits(struct pcache_cache *cache)
{
	u64 misses = pcache_cache_stat(cache, PCACHE_STAT_MISSES);
	u64 reads = pcache_cache_stat(cache, PCACHE_STAT_READS);

	return reads - min(misses, reads);
}

static u64 value_lag_ms(struct pcache_cache *cache)
{
	if (READ_ONCE(cache->all_clean))
		return 0;
	return jiffies_to_msecs(jiffies - READ_ONCE(cache->dirty_since));
}

static STAT_ATTR(reads, PCACHE_STAT_READS);
static STAT_ATTR(writes, PCACHE_STAT_WRITES);
static STAT_ATTR(flushes, PCACHE_STAT_FLUSHES);
static VALUE_ATTR(hits, value_hits);
static STAT_ATTR(misses, PCACHE_STAT_MISSES);
static STAT_ATTR(hit_bytes, PCACHE_STAT_HIT);
static STAT_ATTR(miss_bytes, PCACHE_STAT_MISS);
static STAT_ATTR(fill_bytes, PCACHE_STAT_FILL);
static STAT_ATTR(written_bytes, PCACHE_STAT_WRITTEN);
static STAT_ATTR(waits, PCACHE_STAT_WAITS);
static STAT_ATTR(stall_ms, PCACHE_STAT_STALL_MS);
static STAT_ATTR(errors, PCACHE_STAT_ERRORS);
static STAT_ATTR(writeback_bytes, PCACHE_STAT_WRITEBACK);
static STAT_ATTR(writeback_skipped_bytes, PCACHE_STAT_SKIPPED);
static STAT_ATTR(writeback_batches, PCACHE_STAT_BATCHES);
static STAT_ATTR(writeback_errors, PCACHE_STAT_WRITEBACK_ERRORS);
static STAT_ATTR(read_errors, PCACHE_STAT_READ_ERRORS);
static VALUE_ATTR(lag_ms, value_lag_ms);
static STAT_ATTR(gc_segments, PCACHE_STAT_GC_SEGMENTS);
static STAT_ATTR(gc_moved_bytes, PCACHE_STAT_GC_MOVED);
static STAT_ATTR(crc_errors, PCACHE_STAT_CRC_ERRORS);
static STAT_ATTR(media_errors, PCACHE_STAT_MEDIA_ERRORS);
static STAT_ATTR(healed, PCACHE_STAT_HEALED);
static STAT_ATTR(lost_bytes, PCACHE_STAT_LOST);

static struct attribute *stats_attrs[] = {
	&stat_attr_reads.attr.attr,
	&stat_attr_writes.attr.attr,
	&stat_attr_flushes.attr.attr,
	&stat_attr_hits.attr.attr,
	&stat_attr_misses.attr.attr,
	&stat_attr_hit_bytes.attr.attr,
	&stat_attr_miss_bytes.attr.attr,
	&stat_attr_fill_bytes.attr.attr,
	&stat_attr_written_bytes.attr.attr,
	&stat_attr_waits.attr.attr,
	&stat_attr_stall_ms.attr.attr,
	&stat_attr_errors.attr.attr,
	&stat_attr_writeback_bytes.attr.attr,
	&stat_attr_writeback_skipped_bytes.attr.attr,
	&stat_attr_writeback_batches.attr.attr,
	&stat_attr_writeback_errors.attr.attr,
	&stat_attr_read_errors.attr.attr,
	&stat_attr_lag_ms.attr.attr,
	&stat_attr_gc_segments.attr.attr,
	&stat_attr_gc_moved_bytes.attr.attr,
	&stat_attr_crc_errors.attr.attr,
	&stat_attr_media_errors.attr.attr,
	&stat_attr_healed.attr.attr,
	&stat_attr_lost_bytes.attr.attr,
	NULL
};

const struct attribute_group pcache_backing_stats_group = {
	.name = "stats",
	.attrs = stats_attrs,
};
