// SPDX-License-Identifier: GPL-2.0
/*
 * One pmem device: superblock, backing slots, headers of segments.
 *
 * The file formats a device and loads what a formatted one says.  Which segments
 * are live is not known here: after a load, every segment whose header names a
 * known cache belongs to that cache until its log was read.
 *
 * Damage is contained: an unreadable slot or header harms the cache that it
 * belongs to.  A segment with both headers bad is never handed out, and as long
 * as a slot is unreadable, neither is one of an unknown owner.
 *
 * Mapping the device is done in cache_dev_map.c; segments are handed out and
 * taken back in cache_pool.c.
 *
 * Context: process, may sleep.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/vmalloc.h>

#include "pcache_cache.h"

/* Bytes at either end of the device that a format looks at. */
#define PROBE_LEN		(128 * 1024)

/* ---- superblock ---- */

static void super_meta_init(struct pcache_cache_dev *dev,
			    struct pcache_meta *meta, void *scratch)
{
	const struct pcache_geo *geo = &dev->geo;

	memset(meta, 0, sizeof(*meta));
	meta->map = &dev->map;
	meta->scratch = scratch;
	meta->verify = pcache_super_verify;
	meta->location[0] = PCACHE_SB_OFF;
	meta->location[1] = pcache_geo_seg_off(geo, geo->meta_segs) -
			    PCACHE_BLOCK_SIZE;
	meta->len = sizeof(struct pcache_super_ondisk);
	meta->type = PCACHE_META_SUPER;
}

/*
 * The first copy by itself: that of a device which has become too small for the
 * second one.  It says so; nothing is trusted but that it verifies.
 */
static int super_find_first(struct pcache_cache_dev *dev,
			    struct pcache_super_ondisk *sb, void *scratch)
{
	struct pcache_meta meta;
	int err;

	pcache_geo_init(&dev->geo, PCACHE_SEG_SHIFT_MIN, dev->map.size);
	super_meta_init(dev, &meta, scratch);
	err = pcache_meta_read_copy(&meta, 0, sb);
	if (!err)
		pcache_geo_init(&dev->geo, le32_to_cpu(sb->segment_shift),
				dev->map.size);
	return err;
}

/*
 * Load the superblock.  Where the second copy lies depends on the segment size,
 * which only the superblock tells; if the first copy is bad, all sizes are
 * tried.
 */
static int super_find(struct pcache_cache_dev *dev,
		      struct pcache_super_ondisk *sb, void *scratch)
{
	struct pcache_meta meta;
	int err, ret = -ENODATA;
	u32 shift;

	for (shift = PCACHE_SEG_SHIFT_MIN; shift <= PCACHE_SEG_SHIFT_MAX;
	     shift++) {
		pcache_geo_init(&dev->geo, shift, dev->map.size);
		if (dev->geo.nr_segs <= dev->geo.meta_segs)
			break;
		super_meta_init(dev, &meta, scratch);
		err = pcache_meta_load(&meta, sb);
		if (!err && le32_to_cpu(sb->segment_shift) == shift)
			return 0;
		if (err && err != -ENODATA)
			ret = err;
	}
	return super_find_first(dev, sb, scratch) ? ret : 0;
}

static int super_check(struct pcache_cache_dev *dev,
		       const struct pcache_super_ondisk *sb)
{
	u32 version = le32_to_cpu(sb->version);
	u64 incompat = le64_to_cpu(sb->incompat);
	u64 ro_compat = le64_to_cpu(sb->ro_compat);
	u64 need = (u64)le32_to_cpu(sb->nr_segments) << dev->geo.seg_shift;

	if (version != PCACHE_VERSION) {
		pr_err("%s: format version %u is not supported, only %u\n",
		       dev->path, version, PCACHE_VERSION);
		return -EOPNOTSUPP;
	}
	if (incompat || ro_compat) {
		pr_err("%s: unknown features incompat 0x%llx ro_compat 0x%llx\n",
		       dev->path, incompat, ro_compat);
		return -EOPNOTSUPP;
	}
	if (need > dev->map.size) {
		pr_err("%s: formatted for %llu bytes, the device has %llu\n",
		       dev->path, need, dev->map.size);
		return -EFBIG;
	}
	return 0;
}

static void super_decode(struct pcache_cache_dev *dev,
			 const struct pcache_super_ondisk *sb)
{
	dev->version = le32_to_cpu(sb->version);
	dev->compat = le64_to_cpu(sb->compat);
	dev->ro_compat = le64_to_cpu(sb->ro_compat);
	dev->incompat = le64_to_cpu(sb->incompat);
	dev->geo.nr_segs = le32_to_cpu(sb->nr_segments);
	memcpy(dev->uuid, sb->uuid, sizeof(dev->uuid));
	memcpy(dev->label, sb->label, sizeof(dev->label));
}

/* Why super_find() found nothing: was this a pool once? */
static int super_missing(struct pcache_cache_dev *dev, int err)
{
	u8 magic[PCACHE_MAGIC_LEN];

	if (err == -EUCLEAN &&
	    (pcache_pmem_read(magic, dev->map.base + PCACHE_SB_OFF +
			      offsetof(struct pcache_super_ondisk, magic),
			      sizeof(magic)) ||
	     memcmp(magic, PCACHE_MAGIC, sizeof(magic))))
		err = -ENODATA;
	pr_err("%s: %s\n", dev->path,
	       err == -ENODATA ? "not formatted for pcache" :
	       err == -EIO ? "superblock unreadable" :
	       "both superblocks damaged");
	return err == -ENODATA ? -EINVAL : err;
}

static int super_load(struct pcache_cache_dev *dev)
{
	struct pcache_super_ondisk sb, scratch;
	int err;

	err = super_find(dev, &sb, &scratch);
	if (err)
		return super_missing(dev, err);
	err = super_check(dev, &sb);
	if (!err)
		super_decode(dev, &sb);
	return err;
}

/* ---- backing slots ---- */

static void slot_meta_init(struct pcache_cache_dev *dev, u32 i)
{
	struct pcache_meta *meta = &dev->slots[i].meta;

	meta->map = &dev->map;
	meta->scratch = dev->slot_buf + PCACHE_SLOT_SIZE;
	meta->verify = pcache_slot_verify;
	meta->location[0] = PCACHE_SLOTS_OFF + i * PCACHE_SLOT_SIZE;
	meta->location[1] = meta->location[0] + PCACHE_SLOTS_LEN;
	meta->len = PCACHE_SLOT_SIZE;
	meta->type = PCACHE_META_SLOT;
}

static void slot_decode(struct pcache_slot_info *info,
			const struct pcache_slot_ondisk *slot)
{
	memcpy(info->uuid, slot->uuid, sizeof(info->uuid));
	info->state = le32_to_cpu(slot->state);
	info->flags = le32_to_cpu(slot->flags);
	info->nr_sectors = le64_to_cpu(slot->nr_sectors);
	info->logical_block_size = le32_to_cpu(slot->logical_block_size);
	info->cache_segs = le32_to_cpu(slot->cache_segs);
	info->queues = le32_to_cpu(slot->queues);
	info->gc_percent = le32_to_cpu(slot->gc_percent);
	info->incarnation = le64_to_cpu(slot->incarnation);
	info->incarnation_lsn = le64_to_cpu(slot->incarnation_lsn);
	memcpy(info->id, slot->id, sizeof(info->id));
	memcpy(info->path, slot->path, sizeof(info->path));
}

static void slot_encode(struct pcache_slot_ondisk *slot,
			const struct pcache_slot_info *info)
{
	memset(slot, 0, sizeof(*slot));
	memcpy(slot->uuid, info->uuid, sizeof(slot->uuid));
	slot->state = cpu_to_le32(info->state);
	slot->flags = cpu_to_le32(info->flags);
	slot->nr_sectors = cpu_to_le64(info->nr_sectors);
	slot->logical_block_size = cpu_to_le32(info->logical_block_size);
	slot->cache_segs = cpu_to_le32(info->cache_segs);
	slot->queues = cpu_to_le32(info->queues);
	slot->gc_percent = cpu_to_le32(info->gc_percent);
	slot->incarnation = cpu_to_le64(info->incarnation);
	slot->incarnation_lsn = cpu_to_le64(info->incarnation_lsn);
	memcpy(slot->id, info->id, sizeof(slot->id));
	memcpy(slot->path, info->path, sizeof(slot->path));
}

/* ---- format ---- */

/* What cannot be read is not blank. */
static bool range_is_blank(struct pcache_cache_dev *dev, u64 off, u64 len,
			   u64 *where)
{
	u8 *page = dev->slot_buf;
	u64 end = off + len;

	for (; off < end; off += PCACHE_SLOT_SIZE) {
		if (pcache_pmem_read(page, dev->map.base + off,
				     PCACHE_SLOT_SIZE) ||
		    memchr_inv(page, 0, PCACHE_SLOT_SIZE)) {
			*where = off;
			return false;
		}
	}
	return true;
}

/*
 * Every signature that is in use lies near one of the ends.  Which one it is,
 * the tool can say; here it is enough that something does.
 */
static int format_check_blank(struct pcache_cache_dev *dev)
{
	u64 probe = min_t(u64, PROBE_LEN, dev->map.size);
	u64 where;

	if (range_is_blank(dev, 0, probe, &where) &&
	    range_is_blank(dev, dev->map.size - probe, probe, &where))
		return 0;
	pr_err("%s: holds data at byte %llu, not formatted without force=1\n",
	       dev->path, where);
	return -EEXIST;
}

static void format_super(struct pcache_cache_dev *dev, const char *label)
{
	struct pcache_super_ondisk sb = {}, scratch;
	struct pcache_meta meta;

	memcpy(sb.magic, PCACHE_MAGIC, PCACHE_MAGIC_LEN);
	sb.version = cpu_to_le32(PCACHE_VERSION);
	sb.segment_shift = cpu_to_le32(dev->geo.seg_shift);
	sb.nr_segments = cpu_to_le32(dev->geo.nr_segs);
	sb.meta_segments = cpu_to_le32(dev->geo.meta_segs);
	generate_random_uuid(sb.uuid);
	if (label)
		strscpy_pad(sb.label, label, sizeof(sb.label));
	super_meta_init(dev, &meta, &scratch);
	/*
	 * persist: slots, cursors and all headers are free and durable.  A
	 * crash before the first copy is whole leaves a device that is not
	 * formatted; after it, one that is.
	 */
	pcache_meta_store(&meta, &sb);
}

/*
 * Both copies of whatever superblock is here; where the second one lies depends
 * on its segment size.
 */
static void format_wipe_supers(struct pcache_cache_dev *dev)
{
	struct pcache_geo geo;
	u32 shift;
	u64 end;

	migrate_disable();
	/*
	 * persist: the user wants what was here gone.  A crash leaves the old
	 * pool, with one superblock or two, or no pool.
	 */
	pcache_pmem_zero(dev->map.base + PCACHE_SB_OFF, PCACHE_BLOCK_SIZE);
	for (shift = PCACHE_SEG_SHIFT_MIN; shift <= PCACHE_SEG_SHIFT_MAX;
	     shift++) {
		pcache_geo_init(&geo, shift, dev->map.size);
		end = pcache_geo_seg_off(&geo, geo.meta_segs);
		if (end <= dev->map.size)
			pcache_pmem_zero(dev->map.base + end -
					 PCACHE_BLOCK_SIZE, PCACHE_BLOCK_SIZE);
	}
	pcache_pmem_fence();
	migrate_enable();
}

static void format_meta_area(struct pcache_cache_dev *dev)
{
	migrate_disable();
	/* persist: no superblock is left, so nothing counts until there is. */
	pcache_pmem_zero(dev->map.base,
			 pcache_geo_seg_off(&dev->geo, dev->geo.meta_segs));
	pcache_pmem_fence();
	migrate_enable();
}

/* No slot is ever blank, so that a torn first store harms nobody. */
static void format_slots(struct pcache_cache_dev *dev)
{
	struct pcache_slot_info info = { .state = PCACHE_SLOT_FREE };
	u32 i;

	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		slot_meta_init(dev, i);
		slot_encode((struct pcache_slot_ondisk *)dev->slot_buf, &info);
		/* persist: no superblock is left, so no slot counts. */
		pcache_meta_store(&dev->slots[i].meta, dev->slot_buf);
	}
}

static void format_header(struct pcache_cache_dev *dev, u32 id)
{
	void __pmem *base = dev->map.base + pcache_geo_seg_off(&dev->geo, id);
	struct pcache_seg_header_ondisk hdr = {}, scratch;
	struct pcache_meta meta;

	migrate_disable();
	/*
	 * persist: no superblock is left, so no header counts.  A crash leaves
	 * it so.  Whole blocks are cleared: what lies behind a header is zero.
	 */
	pcache_pmem_zero(base, PCACHE_BLOCK_SIZE);
	pcache_pmem_zero(base + dev->geo.rec_end, PCACHE_BLOCK_SIZE);
	pcache_pmem_fence();
	migrate_enable();
	pcache_seg_header_init(dev, id, &meta, &scratch);
	hdr.seg_id = cpu_to_le32(id);
	pcache_meta_store(&meta, &hdr);
}

static int format_geometry(struct pcache_cache_dev *dev, u32 segment_size)
{
	if (!is_power_of_2(segment_size) ||
	    segment_size < 1U << PCACHE_SEG_SHIFT_MIN ||
	    segment_size > 1U << PCACHE_SEG_SHIFT_MAX) {
		pr_err("%s: segment size %u is not a power of two from %u to %u\n",
		       dev->path, segment_size, 1U << PCACHE_SEG_SHIFT_MIN,
		       1U << PCACHE_SEG_SHIFT_MAX);
		return -EINVAL;
	}
	pcache_geo_init(&dev->geo, ilog2(segment_size), dev->map.size);
	if (dev->geo.nr_segs < dev->geo.meta_segs + PCACHE_MIN_SEGS) {
		pr_err("%s: %llu bytes are too small, %u segments of %u are needed\n",
		       dev->path, dev->map.size,
		       dev->geo.meta_segs + PCACHE_MIN_SEGS, segment_size);
		return -ENOSPC;
	}
	return 0;
}

/* Of the largest pools this takes more than kvmalloc() gives. */
static int segs_alloc(struct pcache_cache_dev *dev)
{
	if (!dev->segs)
		dev->segs = vcalloc(dev->geo.nr_segs, sizeof(*dev->segs));
	if (dev->segs)
		return 0;
	pr_err("%s: no memory for %u segments\n", dev->path,
	       dev->geo.nr_segs);
	return -ENOMEM;
}

static int cache_dev_format(struct pcache_cache_dev *dev,
			    const struct pcache_cache_dev_opts *opts)
{
	int err;
	u32 id;

	err = format_geometry(dev, opts->segment_size);
	if (!err && !opts->force)
		err = format_check_blank(dev);
	/* What could fail later fails now, before anything is wiped. */
	if (!err)
		err = segs_alloc(dev);
	if (err)
		return err;
	format_wipe_supers(dev);
	format_meta_area(dev);
	format_slots(dev);
	for (id = dev->geo.meta_segs; id < dev->geo.nr_segs; id++) {
		format_header(dev, id);
		cond_resched();
	}
	format_super(dev, opts->label);
	return 0;
}

/* ---- loading and storing slots ---- */

static void slot_set_bad(struct pcache_cache_dev *dev, u32 i, int err,
			 const char *why)
{
	dev->slots[i].err = err;
	dev->slots_bad = true;
	pr_err("%s: backing slot %u: %s: %pe\n", dev->path, i, why,
	       ERR_PTR(err));
}

static void slot_load(struct pcache_cache_dev *dev, u32 i)
{
	u32 segs = dev->geo.nr_segs - dev->geo.meta_segs;
	struct pcache_slot *slot = &dev->slots[i];
	int err;

	slot_meta_init(dev, i);
	err = pcache_meta_load(&slot->meta, dev->slot_buf);
	if (err) {
		/* A format leaves no slot blank. */
		slot_set_bad(dev, i, err == -ENODATA ? -EUCLEAN : err,
			     "both copies bad");
		return;
	}
	slot_decode(&slot->info, (struct pcache_slot_ondisk *)dev->slot_buf);
	if (slot->info.state != PCACHE_SLOT_ACTIVE)
		return;
	if (slot->info.cache_segs > segs - dev->promised)
		slot_set_bad(dev, i, -EUCLEAN,
			     "more segments than there are");
	else
		dev->promised += slot->info.cache_segs;
}

static void super_complete(struct pcache_cache_dev *dev)
{
	struct pcache_super_ondisk sb, scratch;
	struct pcache_meta meta;

	super_meta_init(dev, &meta, &scratch);
	/* persist: the same content is durable in one copy. */
	if (pcache_meta_repair(&meta, &sb))
		pr_warn("%s: one superblock cannot be repaired\n", dev->path);
}

/*
 * A state that one copy only has may go back to the one before it.  So before
 * anything is built upon what the slots say, the others are stored again; and the
 * superblock, if one of its copies is bad.
 */
static void slots_complete(struct pcache_cache_dev *dev)
{
	struct pcache_slot *slot;
	u32 i;

	if (!dev->slots_complete)
		super_complete(dev);
	for (i = 0; i < PCACHE_NR_SLOTS && !dev->slots_complete; i++) {
		slot = &dev->slots[i];
		if (slot->err || slot->meta.good == 3)
			continue;
		slot_encode((struct pcache_slot_ondisk *)dev->slot_buf,
			    &slot->info);
		/* persist: the same content is durable in one copy. */
		pcache_meta_store(&slot->meta, dev->slot_buf);
	}
	dev->slots_complete = true;
}

static int slot_store(struct pcache_cache_dev *dev, u32 i,
		      const struct pcache_slot_info *info)
{
	struct pcache_slot *slot = &dev->slots[i];
	const char *why;

	slots_complete(dev);
	slot_encode((struct pcache_slot_ondisk *)dev->slot_buf, info);
	why = pcache_slot_verify(dev->slot_buf);
	if (why) {
		pr_err("%s: backing slot %u: bad %s\n", dev->path, i, why);
		return -EINVAL;
	}
	/*
	 * persist: a slot that becomes ACTIVE has its cursor; one that becomes
	 * FREE was drained or its loss was named.  A crash leaves the old slot
	 * or the new one.
	 */
	if (pcache_meta_store(&slot->meta, dev->slot_buf)) {
		pr_err("%s: backing slot %u: cannot be written\n", dev->path,
		       i);
		return -EIO;
	}
	slot->info = *info;
	return 0;
}

/**
 * pcache_slot_store - make a change of a backing slot durable
 * @dev: the pool
 * @i: number of the slot; nobody else changes this one meanwhile: admin_lock is
 *	held, or its cache is attached and cannot be stopped
 * @info: new content
 *
 * Context: process, may sleep; takes slot_lock.
 * Return: 0, or nothing has changed: -EINVAL: the result does not verify; -EIO:
 * a copy can't be written.
 */
int pcache_slot_store(struct pcache_cache_dev *dev, u32 i,
		      const struct pcache_slot_info *info)
{
	int err;

	if (READ_ONCE(dev->gone)) {
		pr_err("%s: backing slot %u: the pmem is gone\n", dev->path, i);
		return -EIO;
	}
	mutex_lock(&dev->slot_lock);
	err = slot_store(dev, i, info);
	mutex_unlock(&dev->slot_lock);
	return err;
}

/* ---- segments ---- */

/**
 * pcache_seg_header_init - handle for the two headers of a segment
 * @dev: the pool
 * @id: number of the segment
 * @meta: filled in
 * @scratch: room for one copy, as long as @meta is in use
 *
 * Context: any.
 */
void pcache_seg_header_init(struct pcache_cache_dev *dev, u32 id,
			    struct pcache_meta *meta,
			    struct pcache_seg_header_ondisk *scratch)
{
	u64 base = pcache_geo_seg_off(&dev->geo, id);

	memset(meta, 0, sizeof(*meta));
	meta->map = &dev->map;
	meta->scratch = scratch;
	meta->verify = pcache_seg_header_verify;
	meta->location[0] = base;
	meta->location[1] = base + dev->geo.rec_end;
	meta->len = sizeof(*scratch);
	meta->type = PCACHE_META_SEGMENT;
}

static u8 slot_of_owner(struct pcache_cache_dev *dev, const u8 *owner)
{
	u32 i;

	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		if (!dev->slots[i].err &&
		    dev->slots[i].info.state == PCACHE_SLOT_ACTIVE &&
		    !memcmp(dev->slots[i].info.uuid, owner, PCACHE_UUID_LEN))
			return i;
	}
	return PCACHE_NO_SLOT;
}

/* What a segment's headers say: 0 free, 1 owned (@hdr), or an error. */
static int seg_read_header(struct pcache_cache_dev *dev, struct pcache_seg *seg,
			   struct pcache_seg_header_ondisk *hdr)
{
	struct pcache_seg_header_ondisk scratch;
	struct pcache_meta meta;
	int err;

	pcache_seg_header_init(dev, seg->id, &meta, &scratch);
	err = pcache_meta_load(&meta, hdr);
	if (err)
		return err;
	if (le32_to_cpu(hdr->seg_id) != seg->id)
		return -EUCLEAN;
	/* Two valid copies that differ: it was being opened. */
	if (meta.good != 3 && !pcache_meta_read_copy(&meta, !meta.newest,
						     &scratch))
		return 0;
	return memchr_inv(hdr->owner, 0, sizeof(hdr->owner)) ? 1 : 0;
}

static void seg_load(struct pcache_cache_dev *dev, struct pcache_seg *seg)
{
	struct pcache_seg_header_ondisk hdr;
	int ret;

	if (pcache_map_has_badblocks(dev, pcache_geo_seg_off(&dev->geo, seg->id),
				     dev->geo.seg_size))
		seg->has_badblocks = true;
	ret = seg_read_header(dev, seg, &hdr);
	if (ret < 0) {
		pcache_dev_seg_set_retired(dev, seg, "both headers bad");
		dev->headers_bad = true;
		return;
	}
	if (ret)
		seg->slot = slot_of_owner(dev, hdr.owner);
	if (seg->slot != PCACHE_NO_SLOT) {
		seg->open_lsn = le64_to_cpu(hdr.open_lsn);
		seg->salt = le64_to_cpu(hdr.salt);
		seg->seed = pcache_seg_seed(seg, hdr.owner);
		WRITE_ONCE(seg->state, PCACHE_SEG_CLOSED);
	} else if (seg->has_badblocks) {
		pcache_dev_seg_set_retired(dev, seg, "known bad blocks");
	} else if (ret && dev->slots_bad) {
		pcache_dev_seg_set_retired(dev, seg,
					   "owner unknown, a slot is unreadable");
	} else {
		pcache_dev_seg_set_free(dev, seg);
	}
}

static int segs_load(struct pcache_cache_dev *dev)
{
	int err;
	u32 id;

	err = segs_alloc(dev);
	if (err)
		return err;
	for (id = 0; id < dev->geo.nr_segs; id++) {
		pcache_seg_setup(&dev->segs[id], id);
		if (id < dev->geo.meta_segs)
			dev->segs[id].state = PCACHE_SEG_META;
		else
			seg_load(dev, &dev->segs[id]);
		cond_resched();
	}
	return 0;
}

/**
 * pcache_dev_has_owners - may segments belong to a cache?
 * @dev: the pool; admin_lock is held
 *
 * Context: process.
 * Return: whether a slot is in use, or cannot be read.
 */
bool pcache_dev_has_owners(const struct pcache_cache_dev *dev)
{
	const struct pcache_slot *slot;

	for (slot = dev->slots; slot < dev->slots + PCACHE_NR_SLOTS; slot++)
		if (slot->err || slot->info.state == PCACHE_SLOT_ACTIVE)
			return true;
	return false;
}

/**
 * pcache_dev_reset_headers - give headers to segments that have no valid one
 * @dev: the pool; admin_lock is held
 *
 * They may be any cache's, so this waits until there is none.
 *
 * Context: process.
 */
void pcache_dev_reset_headers(struct pcache_cache_dev *dev)
{
	struct pcache_seg_header_ondisk hdr, scratch;
	struct pcache_meta meta;
	u32 id;

	if (pcache_dev_has_owners(dev))
		return;
	dev->headers_bad = false;
	for (id = dev->geo.meta_segs; id < dev->geo.nr_segs; id++) {
		if (seg_read_header(dev, &dev->segs[id], &hdr) >= 0)
			continue;
		hdr = (struct pcache_seg_header_ondisk) { .seg_id = cpu_to_le32(id) };
		pcache_seg_header_init(dev, id, &meta, &scratch);
		/* persist: it is nobody's; a crash leaves it so, or done. */
		if (pcache_meta_store(&meta, &hdr))
			dev->headers_bad = true;
	}
}

/* ---- what the DAX layer tells ---- */

/**
 * pcache_dev_note_bad - part of the device has become unreadable
 * @dev: the pool
 * @off: bytes from the start of the device
 * @len: bytes, may reach beyond the end
 *
 * Reads of it fail, and are handled then; here it is seen to that nothing new is
 * stored there.
 *
 * Context: process; takes no lock, since the caller may hold one that the whole
 * machine needs.
 */
void pcache_dev_note_bad(struct pcache_cache_dev *dev, u64 off, u64 len)
{
	u64 end = off + len, id;

	pr_err("%s: memory failure at byte %llu, %llu bytes\n", dev->path, off,
	       len);
	if (!dev->segs)
		return;
	for (id = off >> dev->geo.seg_shift; id < dev->geo.nr_segs &&
	     id << dev->geo.seg_shift < end; id++)
		WRITE_ONCE(dev->segs[id].has_badblocks, true);
}

/**
 * pcache_dev_removed - the device is about to go away
 * @dev: the pool
 *
 * Its driver was unbound.  No new request touches the mapping; those under way
 * can't be called back.
 *
 * Context: process, may sleep; takes admin_lock.
 */
void pcache_dev_removed(struct pcache_cache_dev *dev)
{
	u32 i;

	pr_err("%s: removed while in use\n", dev->path);
	WRITE_ONCE(dev->gone, true);
	mutex_lock(&dev->admin_lock);
	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		if (dev->slots[i].cache)
			pcache_set_mode(dev->slots[i].cache,
					PCACHE_MODE_FAILED, "pmem removed");
	}
	mutex_unlock(&dev->admin_lock);
}

/* ---- life cycle ---- */

static void bounce_free(struct pcache_cache_dev *dev)
{
	int cpu;

	if (!dev->bounce)
		return;
	for_each_possible_cpu(cpu)
		kfree(*per_cpu_ptr(dev->bounce, cpu));
	free_percpu(dev->bounce);
	dev->bounce = NULL;
}

static int bounce_alloc(struct pcache_cache_dev *dev)
{
	int cpu;

	dev->bounce = alloc_percpu(void *);
	if (!dev->bounce)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		void *page = kmalloc(PCACHE_BLOCK_SIZE, GFP_KERNEL);

		if (!page)
			return -ENOMEM;
		*per_cpu_ptr(dev->bounce, cpu) = page;
	}
	return 0;
}

static int cache_dev_load(struct pcache_cache_dev *dev)
{
	u32 i;
	int err;

	err = super_load(dev);
	if (err)
		return err;
	for (i = 0; i < PCACHE_NR_SLOTS; i++)
		slot_load(dev, i);
	return segs_load(dev);
}

/**
 * pcache_cache_dev_open - map a pmem device and load it, formatted on request
 * @opts: what to do
 *
 * Changes no byte of the device unless @opts->format is set and all checks have
 * passed.
 *
 * Context: process, may sleep.
 * Return: the device, or an ERR_PTR: -ENOENT, -ENOTBLK, -EBUSY, -EROFS,
 * -EOPNOTSUPP (no DAX, asynchronous DAX, unknown version or feature), -EINVAL
 * (not formatted, bad option), -EEXIST (holds data), -ENOSPC (too small),
 * -EFBIG (shrunk), -EUCLEAN or -EIO (superblocks), -ENOMEM.
 */
struct pcache_cache_dev *
pcache_cache_dev_open(const struct pcache_cache_dev_opts *opts)
{
	struct pcache_cache_dev *dev;
	int err = -ENOMEM;

	dev = kvzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&dev->pool_lock);
	mutex_init(&dev->admin_lock);
	mutex_init(&dev->slot_lock);
	INIT_LIST_HEAD(&dev->free);
	INIT_LIST_HEAD(&dev->live);
	INIT_LIST_HEAD(&dev->starved);
	strscpy(dev->path, opts->path, sizeof(dev->path));
	dev->slot_buf = kmalloc(2 * PCACHE_SLOT_SIZE, GFP_KERNEL);
	if (!dev->slot_buf)
		goto free;
	err = bounce_alloc(dev);
	if (!err)
		err = pcache_map_open(dev);
	if (!err && opts->format)
		err = cache_dev_format(dev, opts);
	if (!err)
		err = cache_dev_load(dev);
	if (!err)
		return dev;
free:
	pcache_cache_dev_close(dev);
	return ERR_PTR(err);
}

/**
 * pcache_cache_dev_close - let go of a pmem device
 * @dev: no cache is attached
 *
 * Context: process, may sleep.
 */
void pcache_cache_dev_close(struct pcache_cache_dev *dev)
{
	pcache_map_close(dev);
	bounce_free(dev);
	vfree(dev->segs);
	kfree(dev->slot_buf);
	kvfree(dev);
}
