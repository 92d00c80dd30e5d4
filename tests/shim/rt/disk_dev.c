// SPDX-License-Identifier: GPL-2.0
/* Disks as tests make them and look at them; disk.c serves their operations. */
#include "rt.h"
#include "log.h"
#include "disk.h"

/* Some bytes that depend on the serial number alone. */
static int disk_unique_id(struct gendisk *gd, u8 id[16], enum blk_unique_id type)
{
	struct sim_disk *disk = gd->private_data;

	if (!disk->serial[0] || type != BLK_UID_EUI64)
		return -EINVAL;
	memset(id, 0, 16);
	memcpy(id, disk->serial, strnlen(disk->serial, 16));
	return 16;
}

const struct block_device_operations disk_fops = {
	.get_unique_id = disk_unique_id,
};

static void limits_init(struct queue_limits *lim,
			const struct sim_disk_opts *opts)
{
	u32 block = opts->block_size ?: 512;

	lim->logical_block_size = block;
	lim->physical_block_size = block;
	lim->io_min = block;
	lim->max_hw_sectors = BLK_DEF_MAX_SECTORS_CAP;
	lim->max_sectors = BLK_DEF_MAX_SECTORS_CAP;
	lim->max_segments = BLK_MAX_SEGMENTS;
	lim->max_discard_sectors = opts->max_discard_sectors;
	lim->max_hw_discard_sectors = opts->max_discard_sectors;
	lim->discard_granularity = opts->max_discard_sectors ? block : 0;
	lim->max_write_zeroes_sectors = opts->max_zeroes_sectors;
	lim->features = BLK_FEAT_NOWAIT;
	if (!opts->no_write_cache)
		lim->features |= BLK_FEAT_WRITE_CACHE;
	if (!opts->no_fua)
		lim->features |= BLK_FEAT_FUA;
}

struct sim_disk *sim_disk_create(const char *path,
				 const struct sim_disk_opts *opts,
				 const struct sim_image *image)
{
	struct world *w = sim_world;
	struct sim_disk *disk = calloc(1, sizeof(*disk));

	if (!disk || w->nr_disks == MAX_DEVICES ||
	    opts->size % (opts->block_size ?: 512) ||
	    (image && image->size != opts->size)) {
		fprintf(stderr, "sim: bad disk %s\n", path);
		abort();
	}
	disk->index = w->nr_disks;
	disk->image = image ? sim_image_clone(image) :
			      sim_image_create(opts->size);
	disk->discard = opts->discard;
	disk->min_delay = opts->min_delay_ns ?: 5 * NSEC_PER_USEC;
	disk->max_delay = opts->max_delay_ns ?: 200 * NSEC_PER_USEC;
	disk->max_delay = max(disk->max_delay, disk->min_delay);
	disk->allow_overlap = opts->allow_overlap;
	INIT_LIST_HEAD(&disk->ios);
	limits_init(&disk->queue.limits, opts);
	strscpy(disk->serial, opts->serial ?: "");
	disk->queue.disk = &disk->disk;
	disk->disk.queue = &disk->queue;
	disk->disk.fops = &disk_fops;
	disk->disk.private_data = disk;
	disk->disk.part0 = &disk->bdev;
	strscpy(disk->disk.disk_name, kbasename(path));
	bdev_init(&disk->bdev, &disk->disk, path, 0, opts->size >> SECTOR_SHIFT);
	w->disks[w->nr_disks++] = disk;
	if (w->log)
		log_base_disk(disk);
	return disk;
}

void disks_free_all(struct world *w)
{
	struct sim_io *io, *n;
	struct sim_disk *disk;
	u32 i;

	for (i = 0; i < w->nr_disks; i++) {
		disk = w->disks[i];
		list_for_each_entry_safe(io, n, &disk->ios, node) {
			free(io->data);
			free(io);
		}
		list_del(&disk->bdev.bd_node);
		sim_image_free(disk->image);
		free(disk);
	}
	w->nr_disks = 0;
}

struct sim_disk *sim_disk_find(const char *path)
{
	struct block_device *bdev = bdev_find(path);

	return bdev && bdev->bd_disk->fops == &disk_fops ?
	       bdev->bd_disk->private_data : NULL;
}

struct block_device *sim_disk_bdev(struct sim_disk *disk)
{
	return &disk->bdev;
}

u32 sim_disk_index(const struct sim_disk *disk)
{
	return disk->index;
}

struct sim_disk_stats sim_disk_stats(const struct sim_disk *disk)
{
	return disk->stats;
}

struct sim_image *sim_disk_snapshot(struct sim_disk *disk)
{
	return sim_image_clone(disk->image);
}

void sim_disk_peek(struct sim_disk *disk, u64 sector, void *buf, u32 nr)
{
	sim_image_read(disk->image, sector << SECTOR_SHIFT, buf,
		       nr << SECTOR_SHIFT);
}

static void log_poke(struct sim_disk *disk, u64 off, const void *buf, u32 len)
{
	struct sim_rec *rec;

	if (!sim_world->log)
		return;
	rec = log_add(SIM_REC_IO_SUBMIT, len);
	rec->dev = disk->index;
	rec->op = SIM_LOG_WRITE;
	rec->id = sim_world->next_call++;
	rec->off = off;
	rec->len = len;
	rec->flags = SIM_LOG_FUA | SIM_LOG_DURABLE;
	memcpy(rec->data, buf, len);
}

void sim_disk_poke(struct sim_disk *disk, u64 sector, const void *buf, u32 nr)
{
	u64 off = sector << SECTOR_SHIFT;
	u32 len = nr << SECTOR_SHIFT;

	sim_image_write(disk->image, off, buf, len);
	log_poke(disk, off, buf, len);
}

/* Contents that are left keep their place. */
void sim_disk_resize(struct sim_disk *disk, u64 size)
{
	struct sim_image *old = disk->image;
	u8 buf[SIM_PAGE_SIZE];
	u64 off, part;

	if (sim_world->log)
		sim_fail(SIM_FAIL_CHECK, "a disk is resized while a log runs");
	disk->image = sim_image_create(size);
	for (off = 0; off < min(size, old->size); off += part) {
		part = min3((u64)sizeof(buf), size - off, old->size - off);
		sim_image_read(old, off, buf, part);
		sim_image_write(disk->image, off, buf, part);
	}
	sim_image_free(old);
	disk->bdev.bd_nr_sectors = size >> SECTOR_SHIFT;
}
