// SPDX-License-Identifier: GPL-2.0
/*
 * Devices: pmem is a flat range that is copied to and from; a disk is another one,
 * served by two threads of its own, with a volatile cache that always survives.
 * Nothing here knows of durability: that is the simulation's.
 */
#include <sys/mman.h>

#include "thread.h"
#include "../rt/disk.h"
#include "../rt/pmem.h"

#include <linux/libnvdimm.h>
#include <linux/uaccess.h>

/* ---- pmem ---- */

struct sim_pmem *sim_pmem_create(const char *path, u64 size,
				 const struct sim_image *image)
{
	struct sim_pmem *pmem = calloc(1, sizeof(*pmem));
	u64 off;

	pmem->size = size;
	/* There from the start: a benchmark must not pay for faults. */
	pmem->mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	for (off = 0; image && off < size; off += SIM_PAGE_SIZE)
		memcpy(pmem->mem + off, sim_image_page(image, off),
		       SIM_PAGE_SIZE);
	pmem_bdev_init(pmem, path);
	sim_world->pmem[sim_world->nr_pmem++] = pmem;
	return pmem;
}

struct sim_image *sim_pmem_snapshot(struct sim_pmem *pmem)
{
	struct sim_image *image = sim_image_create(pmem->size);

	sim_image_write(image, 0, pmem->mem, pmem->size);
	return image;
}

const u8 *sim_pmem_view(const struct sim_pmem *pmem)
{
	return pmem->mem;
}

/*
 * As the real one: past the CPU's caches, in words.  What is stored this way TSan does
 * not see.
 */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
void memcpy_flushcache(void *dst, const void *src, size_t n)
{
	const long long *from = src;
	long long *to = dst;

	for (; n >= sizeof(*to); n -= sizeof(*to))
		__builtin_ia32_movnti64(to++, *from++);
	memcpy(to, from, n);
}
#else
void memcpy_flushcache(void *dst, const void *src, size_t n)
{
	memcpy(dst, src, n);
}
#endif

void pmem_wmb(void)
{
	__builtin_ia32_sfence();
}

void arch_wb_cache_pmem(void *addr, size_t size)
{
}

/* Poison is the simulation's. */
void sim_pmem_poison(struct sim_pmem *pmem, u64 off, u64 len)
{
	sim_fail(SIM_FAIL_PMEM, "no poison with threads");
}

unsigned long copy_mc_to_kernel(void *dst, const void *src, size_t n)
{
	memcpy(dst, src, n);
	return 0;
}

/* ---- disks ---- */

#define NR_SERVERS	2

static u32 in_flight;

u32 thread_io_in_flight(void)
{
	return __atomic_load_n(&in_flight, __ATOMIC_SEQ_CST);
}

struct disk {
	struct sim_disk sim;
	u8 *mem;
	pthread_mutex_t lock;
	pthread_mutex_t media;	/* one transfer at a time */
	pthread_cond_t wanted;
	struct bio *first, **last;
};

static struct disk *disk_of(struct sim_disk *sim)
{
	return container_of(sim, struct disk, sim);
}

static int disk_unique_id(struct gendisk *gd, u8 id[16], enum blk_unique_id type)
{
	struct sim_disk *sim = gd->private_data;

	if (type != BLK_UID_EUI64)
		return -EINVAL;
	memset(id, 0, 16);
	memcpy(id, sim->serial, strnlen(sim->serial, 16));
	return 16;
}

const struct block_device_operations disk_fops = {
	.get_unique_id = disk_unique_id,
};

static void transfer(struct disk *disk, struct bio *bio)
{
	u8 *at = disk->mem + (bio->bi_iter.bi_sector << SECTOR_SHIFT);
	struct bvec_iter iter;
	struct bio_vec bv;

	if (bio_op(bio) == REQ_OP_WRITE_ZEROES || bio_op(bio) == REQ_OP_DISCARD) {
		memset(at, 0, bio->bi_iter.bi_size);
		return;
	}
	bio_for_each_segment(bv, bio, iter) {
		if (bio_op(bio) == REQ_OP_READ)
			memcpy(bvec_virt(&bv), at, bv.bv_len);
		else
			memcpy(at, bvec_virt(&bv), bv.bv_len);
		at += bv.bv_len;
	}
}

static void server(void *arg)
{
	struct disk *disk = arg;
	struct bio *bio;

	for (;;) {
		pthread_mutex_lock(&disk->lock);
		while (!disk->first)
			pthread_cond_wait(&disk->wanted, &disk->lock);
		bio = disk->first;
		disk->first = bio->bi_next;
		if (!disk->first)
			disk->last = &disk->first;
		pthread_mutex_unlock(&disk->lock);
		bio->bi_next = NULL;
		pthread_mutex_lock(&disk->media);
		if (bio_sectors(bio))
			transfer(disk, bio);
		pthread_mutex_unlock(&disk->media);
		bio_endio(bio);
		__atomic_fetch_sub(&in_flight, 1, __ATOMIC_SEQ_CST);
	}
}

void disk_submit(struct bio *bio)
{
	struct disk *disk = disk_of(bio->bi_bdev->bd_disk->private_data);

	bio->bi_next = NULL;
	__atomic_fetch_add(&in_flight, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&disk->lock);
	*disk->last = bio;
	disk->last = &bio->bi_next;
	pthread_cond_signal(&disk->wanted);
	pthread_mutex_unlock(&disk->lock);
}

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
	lim->max_write_zeroes_sectors = opts->max_zeroes_sectors;
	lim->features = BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA;
}

struct sim_disk *sim_disk_create(const char *path,
				 const struct sim_disk_opts *opts,
				 const struct sim_image *image)
{
	struct disk *disk = calloc(1, sizeof(*disk));
	struct sim_disk *sim = &disk->sim;
	int i;

	disk->mem = mmap(NULL, opts->size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pthread_mutex_init(&disk->lock, NULL);
	pthread_mutex_init(&disk->media, NULL);
	pthread_cond_init(&disk->wanted, NULL);
	disk->last = &disk->first;
	limits_init(&sim->queue.limits, opts);
	strscpy(sim->serial, opts->serial ?: "");
	sim->queue.disk = &sim->disk;
	sim->disk.queue = &sim->queue;
	sim->disk.fops = &disk_fops;
	sim->disk.private_data = sim;
	sim->disk.part0 = &sim->bdev;
	strscpy(sim->disk.disk_name, kbasename(path));
	bdev_init(&sim->bdev, &sim->disk, path, 0, opts->size >> SECTOR_SHIFT);
	for (i = 0; i < NR_SERVERS; i++)
		thread_start("disk", server, disk);
	return sim;
}

void sim_disk_peek(struct sim_disk *sim, u64 sector, void *buf, u32 nr)
{
	struct disk *disk = disk_of(sim);

	pthread_mutex_lock(&disk->media);
	memcpy(buf, disk->mem + (sector << SECTOR_SHIFT), nr << SECTOR_SHIFT);
	pthread_mutex_unlock(&disk->media);
}
