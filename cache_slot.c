// SPDX-License-Identifier: GPL-2.0
/*
 * Which slot serves a backing device, and what an attach asks for.
 *
 * A slot knows its device by identity: what the device says of itself, else what
 * the caller says.  If neither has one, by path, but then only on request: paths
 * change owners.  Size and logical block size must agree.  A device that no slot
 * knows gets a free one.  To give up what is cached is to begin anew in the slot,
 * with whatever disk is there.
 *
 * Context: process; admin_lock is held.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/uuid.h>

#include "pcache_start.h"

/*
 * The slot with the device's identity; else the waiting one with its path, which
 * need not be right: paths change owners over a reboot.
 */
static struct pcache_slot *slot_find(struct pcache_cache_dev *dev,
				     const char *id, const char *path)
{
	struct pcache_slot *by_path = NULL, *slot;
	u32 i;

	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		slot = &dev->slots[i];
		if (slot->err || slot->info.state != PCACHE_SLOT_ACTIVE)
			continue;
		if (id[0] && !strcmp(slot->info.id, id))
			return slot;
		if (!by_path && !slot->cache && !strcmp(slot->info.path, path))
			by_path = slot;
	}
	return by_path;
}

static const char *id_name(const char *id)
{
	return id[0] ? id : "none";
}

/*
 * Is it the disk that the slot had?  One without identity may be any disk that
 * has come by the path, so it has to be named by someone who knows.
 */
static int slot_check_id(const struct pcache_slot *slot, const char *id,
			 const struct pcache_start_opts *opts)
{
	bool same = !strcmp(slot->info.id, id);

	if (opts->known_only)
		return same && id[0] ? 0 : -ENOENT;
	if (same)
		return 0;
	pr_err("backing %s: not the same device: identity %s; was %s\n",
	       opts->path, id_name(id), id_name(slot->info.id));
	return -ESTALE;
}

/* Is the device still what the slot says? */
static int slot_check_device(const struct pcache_cache *cache,
			     const struct pcache_slot_info *info,
			     const char *path)
{
	const struct pcache_backing *backing = &cache->backing;

	if (backing->nr_sectors < info->nr_sectors) {
		pr_err("backing %s: has shrunk from %llu to %llu sectors\n",
		       path, info->nr_sectors, backing->nr_sectors);
		return -EFBIG;
	}
	if (backing->nr_sectors != info->nr_sectors ||
	    backing->logical_block_size != info->logical_block_size) {
		pr_err("backing %s: not the same device: %llu sectors, block size %u; was %llu, %u\n",
		       path, backing->nr_sectors, backing->logical_block_size,
		       info->nr_sectors, info->logical_block_size);
		return -ESTALE;
	}
	return 0;
}

static int options_conflict(const char *path, const char *what)
{
	pr_err("backing %s: is known with another %s\n", path, what);
	return -EINVAL;
}

static void set_flag(struct pcache_slot_info *info, u32 flag, bool given,
		     bool value)
{
	if (given)
		info->flags = (info->flags & ~flag) | (value ? flag : 0);
}

static int settle_known(struct pcache_cache *cache, struct pcache_slot *slot,
			const struct pcache_start_opts *opts,
			struct pcache_slot_info *info)
{
	u32 shift = cache->dev->geo.seg_shift;
	int err;

	*info = slot->info;
	err = slot_check_device(cache, info, opts->path);
	if (err)
		return err;
	if (opts->cache_bytes &&
	    DIV_ROUND_UP_ULL(opts->cache_bytes, 1U << shift) !=
	    info->cache_segs)
		return options_conflict(opts->path, "cache_size");
	if (opts->set_data_crc &&
	    opts->data_crc != !!(info->flags & PCACHE_SLOT_DATA_CRC))
		return options_conflict(opts->path, "data_crc");
	if (opts->set_order &&
	    opts->relaxed != !!(info->flags & PCACHE_SLOT_RELAXED))
		return options_conflict(opts->path, "writeback_order");
	if (opts->queues)
		info->queues = opts->queues;
	set_flag(info, PCACHE_SLOT_BIO, opts->set_queue_mode, opts->queue_bio);
	strscpy_pad(info->path, opts->path, sizeof(info->path));
	return 0;
}

/* A quota where @promised segments are others', or why there is none. */
static int settle_quota(struct pcache_cache_dev *dev,
			const struct pcache_start_opts *opts, u32 promised,
			u32 *quota)
{
	u32 usable = dev->geo.nr_segs - dev->geo.meta_segs - dev->nr_retired;
	u64 want = DIV_ROUND_UP_ULL(opts->cache_bytes, dev->geo.seg_size);

	if (want < PCACHE_MIN_SEGS) {
		pr_err("backing %s: cache_size %llu is too small, %u segments of %u bytes are needed\n",
		       opts->path, opts->cache_bytes, PCACHE_MIN_SEGS,
		       dev->geo.seg_size);
		return -EINVAL;
	}
	if (want > usable || promised > usable - want) {
		pr_err("backing %s: cache_size needs %llu segments, %u of %u are promised\n",
		       opts->path, want, promised, usable);
		return -ENOSPC;
	}
	*quota = want;
	return 0;
}

/* What a slot says that has no contents yet; the rest stays. */
static void settle_contents(const struct pcache_cache *cache,
			    const struct pcache_start_opts *opts,
			    struct pcache_slot_info *info)
{
	generate_random_uuid(info->uuid);
	info->nr_sectors = cache->backing.nr_sectors;
	info->logical_block_size = cache->backing.logical_block_size;
	info->queues = opts->queues ?: info->queues;
	set_flag(info, PCACHE_SLOT_DATA_CRC,
		 opts->set_data_crc || opts->data_crc, opts->data_crc);
	set_flag(info, PCACHE_SLOT_RELAXED, opts->set_order || opts->relaxed,
		 opts->relaxed);
	set_flag(info, PCACHE_SLOT_BIO, opts->set_queue_mode || opts->queue_bio,
		 opts->queue_bio);
	strscpy_pad(info->id, cache->backing.id, sizeof(info->id));
	strscpy_pad(info->path, opts->path, sizeof(info->path));
}

static int settle_new(struct pcache_cache *cache,
		      const struct pcache_start_opts *opts,
		      struct pcache_slot_info *info)
{
	struct pcache_cache_dev *dev = cache->dev;
	u32 i;
	int err;

	memset(info, 0, sizeof(*info));
	err = settle_quota(dev, opts, dev->promised, &info->cache_segs);
	if (err)
		return err;
	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		if (!dev->slots[i].err &&
		    dev->slots[i].info.state == PCACHE_SLOT_FREE)
			break;
	}
	if (i == PCACHE_NR_SLOTS) {
		pr_err("backing %s: all %u backing slots are in use\n",
		       opts->path, PCACHE_NR_SLOTS);
		return -ENOSPC;
	}
	cache->slot = i;
	info->queues = min_t(u32, nr_cpu_ids, PCACHE_MAX_QUEUES);
	info->gc_percent = PCACHE_GC_PERCENT_DEFAULT;
	settle_contents(cache, opts, info);
	return 0;
}

/* A known slot begins anew, as it was made but for what is asked for. */
static int settle_again(struct pcache_cache *cache, struct pcache_slot *slot,
			const struct pcache_start_opts *opts,
			struct pcache_slot_info *info)
{
	struct pcache_cache_dev *dev = cache->dev;
	int err = 0;

	*info = slot->info;
	info->state = PCACHE_SLOT_FREE;
	info->incarnation = 0;
	info->incarnation_lsn = 0;
	if (opts->cache_bytes)
		err = settle_quota(dev, opts,
				   dev->promised - slot->info.cache_segs,
				   &info->cache_segs);
	settle_contents(cache, opts, info);
	return err;
}

static int attached_already(const char *path)
{
	pr_err("backing %s: attached already\n", path);
	return -EEXIST;
}

/**
 * pcache_slot_check_free - is a backing device not attached yet?
 * @dev: the pool; admin_lock is held
 * @opts: names the backing device
 *
 * To be asked before the device is opened: whoever has it would only be busy.
 *
 * Context: process, may sleep.
 * Return: 0 or -EEXIST.
 */
int pcache_slot_check_free(struct pcache_cache_dev *dev,
			   const struct pcache_start_opts *opts)
{
	struct pcache_cache *cache;
	dev_t devt;
	u32 i;

	if (lookup_bdev(opts->path, &devt))
		return 0;
	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		cache = dev->slots[i].cache;
		if (cache && cache->backing.bdev->bd_dev == devt)
			return attached_already(opts->path);
	}
	return 0;
}

/**
 * pcache_slot_check_known - does a slot know a backing device?
 * @dev: the pool; admin_lock is held
 * @opts: names the backing device
 *
 * To be asked before the device is opened, where nobody has asked for this one:
 * to claim it, even for a moment, might keep its owner from it.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT; or why it cannot be asked.
 */
int pcache_slot_check_known(struct pcache_cache_dev *dev,
			    const struct pcache_start_opts *opts)
{
	char id[PCACHE_ID_LEN];
	struct pcache_slot *slot;
	int err;

	err = pcache_backing_identify(opts->path, id, sizeof(id));
	if (err)
		return err;
	if (!id[0])
		strscpy(id, opts->id, sizeof(id));
	slot = slot_find(dev, id, opts->path);
	return slot ? slot_check_id(slot, id, opts) : -ENOENT;
}

/**
 * pcache_slot_settle - find the slot of a backing device, or a free one
 * @cache: its backing device is open; slot and, if the device itself has none,
 *	the identity are set
 * @opts: what was asked for
 * @info: filled in: what the slot shall say; state is PCACHE_SLOT_FREE unless it
 *	has contents, and keeps them
 *
 * Changes nothing.
 *
 * Context: process; admin_lock is held.
 * Return: 0 or an error of pcache_cache_prepare().
 */
int pcache_slot_settle(struct pcache_cache *cache,
		       const struct pcache_start_opts *opts,
		       struct pcache_slot_info *info)
{
	struct pcache_cache_dev *dev = cache->dev;
	char *id = cache->backing.id;
	struct pcache_slot *slot;
	bool again;
	int err;

	/* What the device says of itself goes before what others say. */
	if (!id[0])
		strscpy(id, opts->id, sizeof(cache->backing.id));
	slot = slot_find(dev, id, opts->path);
	again = opts->force == PCACHE_FORCE_DISCARD_CLEAN ||
		opts->force == PCACHE_FORCE_DISCARD_DIRTY;
	if (opts->queues > PCACHE_MAX_QUEUES) {
		pr_err("backing %s: queues=%u, at most %u\n", opts->path,
		       opts->queues, PCACHE_MAX_QUEUES);
		return -EINVAL;
	}
	if (slot) {
		err = again ? 0 : slot_check_id(slot, id, opts);
		if (err)
			return err;
		if (slot->cache)
			return attached_already(opts->path);
		cache->slot = slot - dev->slots;
		return again ? settle_again(cache, slot, opts, info) :
			       settle_known(cache, slot, opts, info);
	}
	if (opts->known_only)
		return -ENOENT;
	if (opts->force) {
		pr_err("backing %s: force=: nothing is cached for it\n",
		       opts->path);
		return -EINVAL;
	}
	return settle_new(cache, opts, info);
}
