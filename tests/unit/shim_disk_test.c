// SPDX-License-Identifier: GPL-2.0
/*
 * The simulation tested by itself, fourth part: bios, disks, their faults, and
 * what of their contents survives a power cut.
 */
#include "unit/shim_test.h"
#include "shim/replay.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

static struct sim_disk *disk;
static struct block_device *bdev;

static struct world *disk_world(u64 seed, const struct sim_disk_opts *opts)
{
	struct sim_disk_opts plain = { .size = SZ_1M };
	struct world *w = world_create(seed, NULL);

	disk = sim_disk_create("/dev/vdb", opts ?: &plain, NULL);
	bdev = sim_disk_bdev(disk);
	return w;
}

static void prepare_disk(void)
{
	disk = sim_disk_create("/dev/vdb", &(struct sim_disk_opts){
		.size = SZ_1M }, NULL);
	bdev = sim_disk_bdev(disk);
}

/* One page at @sector, @nr sectors of it, filled with @byte if it is written. */
static int page_io(blk_opf_t opf, u64 sector, u32 nr, u8 byte, u8 *back)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct bio_vec bv;
	struct bio bio;
	int err;

	memset(page_address(page), byte, PAGE_SIZE);
	bio_init(&bio, bdev, &bv, 1, opf);
	bio.bi_iter.bi_sector = sector;
	__bio_add_page(&bio, page, nr << SECTOR_SHIFT, 0);
	err = submit_bio_wait(&bio);
	if (back)
		memcpy(back, page_address(page), nr << SECTOR_SHIFT);
	__free_page(page);
	return err;
}

static int write_at(u64 sector, u32 nr, u8 byte)
{
	return page_io(REQ_OP_WRITE, sector, nr, byte, NULL);
}

/* The byte that all sectors hold, or -1. */
static int read_at(u64 sector, u32 nr)
{
	u8 buf[PAGE_SIZE];

	if (page_io(REQ_OP_READ, sector, nr, 0x77, buf))
		return -2;
	return memchr_inv(buf, buf[0], nr << SECTOR_SHIFT) ? -1 : buf[0];
}

/* ---- reading and writing ---- */

static void test_read_write(void **state)
{
	struct world *w = disk_world(1, NULL);
	struct sim_disk_stats st;
	u8 peek[512];
	int i;

	assert_int_equal(read_at(0, 8), 0);
	for (i = 0; i < 50; i++)
		assert_int_equal(write_at(i * 8, 8, i), 0);
	for (i = 0; i < 50; i++)
		assert_int_equal(read_at(i * 8 + 3, 5), i);
	sim_disk_peek(disk, 80, peek, 1);
	assert_int_equal(peek[511], 10);
	memset(peek, 0xee, sizeof(peek));
	sim_disk_poke(disk, 81, peek, 1);
	assert_int_equal(read_at(81, 1), 0xee);
	st = sim_disk_stats(disk);
	assert_int_equal(st.writes, 50);
	assert_int_equal(st.sectors_written, 400);
	assert_int_equal(st.in_flight, 0);
	assert_int_equal(world_destroy(w), 0);
}

static void test_open(void **state)
{
	struct world *w = disk_world(2, NULL);
	struct file *file, *other;
	blk_mode_t mode = BLK_OPEN_READ | BLK_OPEN_WRITE;

	file = bdev_file_open_by_path("/dev/vdb", mode, w, NULL);
	assert_false(IS_ERR(file));
	assert_ptr_equal(file_bdev(file), bdev);
	other = bdev_file_open_by_path("/dev/vdb", mode, disk, NULL);
	assert_int_equal(PTR_ERR(other), -EBUSY);
	other = bdev_file_open_by_path("/dev/vdb", BLK_OPEN_READ, NULL, NULL);
	assert_false(IS_ERR(other));
	bdev_fput(other);
	bdev_fput(file);
	file = bdev_file_open_by_path("/dev/nope", mode, w, NULL);
	assert_int_equal(PTR_ERR(file), -ENOENT);
	sim_path_create("/etc/passwd");
	file = bdev_file_open_by_path("/etc/passwd", mode, w, NULL);
	assert_int_equal(PTR_ERR(file), -ENOTBLK);
	sim_bdev_set_read_only(bdev, true);
	file = bdev_file_open_by_path("/dev/vdb", mode, w, NULL);
	assert_int_equal(PTR_ERR(file), -EACCES);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- interrupts ---- */

static spinlock_t end_lock;
static bool end_seen;
static void (*end_fn)(void);
static struct bio end_bio;
static struct bio_vec end_bv;
static struct page *end_page;

static void end_io(struct bio *bio)
{
	sim_check(in_hardirq() && in_interrupt() && !in_task());
	sim_check(irqs_disabled());
	if (end_fn)
		end_fn();
	end_seen = true;
}

static void submit_async(void (*fn)(void))
{
	end_seen = false;
	end_fn = fn;
	end_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	bio_init(&end_bio, bdev, &end_bv, 1, REQ_OP_WRITE);
	__bio_add_page(&end_bio, end_page, 512, 0);
	end_bio.bi_end_io = end_io;
	submit_bio(&end_bio);
}

static void finish_async(void)
{
	sim_quiesce();
	sim_check(end_seen);
	__free_page(end_page);
}

static void lock_in_irq(void)
{
	spin_lock(&end_lock);
	spin_unlock(&end_lock);
}

static void sleep_in_irq(void)
{
	sleep_ms(1);
}

static void irq_sleeps(void *arg)
{
	submit_async(sleep_in_irq);
	sim_quiesce();
}

static void irq_locks(void *arg)
{
	spin_lock_init(&end_lock);
	submit_async(lock_in_irq);
	finish_async();
	spin_lock(&end_lock);
}

static void submit_atomic(void *arg)
{
	preempt_disable();
	submit_async(NULL);
}

static void test_interrupts(void **state)
{
	struct sim_opts opts;
	struct world *w;
	int i;

	fails_in_task(SIM_FAIL_ATOMIC_SLEEP, irq_sleeps, prepare_disk);
	fails_in_task(SIM_FAIL_LOCK_CONTEXT, irq_locks, prepare_disk);
	fails_in_task(SIM_FAIL_ATOMIC_SLEEP, submit_atomic, prepare_disk);

	sim_opts_default(&opts);
	opts.nr_cpus = 1;
	opts.switch_p = 256;
	w = world_create(3, &opts);
	prepare_disk();
	spin_lock_init(&end_lock);
	submit_async(lock_in_irq);
	spin_lock_irq(&end_lock);
	for (i = 0; i < 1000; i++)
		udelay(9);
	/* The only CPU does not take interrupts. */
	assert_false(end_seen);
	spin_unlock_irq(&end_lock);
	finish_async();

	/* Preemption off does not keep them out. */
	submit_async(NULL);
	preempt_disable();
	for (i = 0; i < 1000; i++)
		udelay(9);
	assert_true(end_seen);
	preempt_enable();
	finish_async();
	assert_int_equal(world_destroy(w), 0);
}

/* ---- misuse ---- */

static void unaligned_bio(void *arg)
{
	bdev->bd_queue->limits.logical_block_size = 4096;
	write_at(1, 8, 0);
}

static void overlapping_writes(void *arg)
{
	submit_async(NULL);
	write_at(0, 8, 1);
}

static void page_changes(void *arg)
{
	submit_async(NULL);
	memset(page_address(end_page), 1, 512);
	sim_quiesce();
}

static void bio_twice(void *arg)
{
	submit_async(NULL);
	submit_bio(&end_bio);
}

static void bio_to_pmem(void *arg)
{
	bdev = sim_pmem_bdev(sim_pmem_create("/dev/pmem0", SZ_1M, NULL));
	write_at(0, 1, 0);
}

static void put_without_pool(void *arg)
{
	struct bio *bio = bio_kmalloc(1, GFP_KERNEL);

	bio_init(bio, bdev, bio->bi_inline_vecs, 1, REQ_OP_READ);
	bio_put(bio);
}

static void test_misuse(void **state)
{
	fails_in_task(SIM_FAIL_BLOCK, unaligned_bio, prepare_disk);
	fails_in_task(SIM_FAIL_BLOCK, overlapping_writes, prepare_disk);
	fails_in_task(SIM_FAIL_BLOCK, page_changes, prepare_disk);
	fails_in_task(SIM_FAIL_BLOCK, bio_twice, prepare_disk);
	fails_in_task(SIM_FAIL_BLOCK, bio_to_pmem, prepare_disk);
	fails_in_task(SIM_FAIL_BLOCK, put_without_pool, prepare_disk);
}

static void test_beyond_end(void **state)
{
	struct world *w = disk_world(4, NULL);

	assert_int_equal(write_at(2047, 1, 1), 0);
	assert_int_equal(write_at(2047, 2, 1), -EIO);
	assert_int_equal(write_at(1ull << 60, 1, 1), -EIO);
	sim_disk_resize(disk, SZ_512K);
	assert_int_equal(write_at(2047, 1, 1), -EIO);
	assert_int_equal(bdev_nr_sectors(bdev), 1024);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- faults ---- */

static void test_faults(void **state)
{
	struct world *w = disk_world(5, NULL);

	assert_int_equal(write_at(0, 8, 1), 0);
	sim_disk_fail(disk, SIM_OP_WRITE, 4, 1, 2, BLK_STS_IOERR);
	assert_int_equal(write_at(5, 3, 2), 0);
	assert_int_equal(write_at(0, 8, 2), -EIO);
	assert_int_equal(read_at(4, 1) == 1 || read_at(4, 1) == 2, 1);
	assert_int_equal(write_at(4, 1, 2), -EIO);
	assert_int_equal(write_at(4, 1, 3), 0);
	sim_disk_fail(disk, SIM_OP_READ, 0, 8, 1, BLK_STS_MEDIUM);
	assert_int_equal(read_at(0, 1), -2);
	assert_int_equal(read_at(4, 1), 3);
	sim_disk_fail(disk, SIM_OP_FLUSH, 0, 0, 1, BLK_STS_IOERR);
	assert_int_equal(blkdev_issue_flush(bdev), -EIO);
	assert_int_equal(blkdev_issue_flush(bdev), 0);
	sim_disk_fail(disk, SIM_OP_ALL, 0, 2048, 1000, BLK_STS_IOERR);
	assert_int_equal(write_at(9, 1, 0), -EIO);
	sim_disk_heal(disk);
	assert_int_equal(write_at(9, 1, 0), 0);
	assert_int_equal(sim_disk_stats(disk).errors, 5);
	assert_int_equal(world_destroy(w), 0);
}

static void writer(void *arg)
{
	*(int *)arg = write_at(100, 8, 9);
}

static void test_stall(void **state)
{
	struct world *w = disk_world(6, NULL);
	int err = 1;

	sim_disk_stall(disk, SIM_OP_WRITE);
	sim_spawn("writer", writer, &err);
	msleep(10000);
	assert_int_equal(err, 1);
	assert_int_equal(sim_disk_stats(disk).in_flight, 1);
	assert_int_equal(read_at(100, 8), 0);
	sim_disk_release(disk);
	sim_join_all();
	assert_int_equal(err, 0);
	assert_int_equal(read_at(100, 8), 9);
	assert_int_equal(world_destroy(w), 0);
}

static bool told_dead;

static void mark_dead(struct block_device *dead, bool surprise)
{
	told_dead = true;
}

static const struct blk_holder_ops holder_ops = { .mark_dead = mark_dead };

static void test_kill(void **state)
{
	struct world *w = disk_world(7, NULL);
	struct file *file;
	int err = 1;

	told_dead = false;
	file = bdev_file_open_by_path("/dev/vdb", BLK_OPEN_READ, w, &holder_ops);
	sim_disk_stall(disk, SIM_OP_ALL);
	sim_spawn("writer", writer, &err);
	sim_quiesce();
	sim_disk_kill(disk);
	assert_true(told_dead);
	sim_join_all();
	assert_int_equal(err, -ENODEV);
	assert_int_equal(read_at(0, 1), -2);
	bdev_fput(file);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- discard, zeroes ---- */

static void test_discard(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_1M };
	int want[] = { 0, 5, 0xdd };
	struct world *w;
	u32 how;

	w = disk_world(8, &opts);
	assert_int_equal(blkdev_issue_discard(bdev, 0, 8, GFP_KERNEL),
			 -EOPNOTSUPP);
	assert_int_equal(world_destroy(w), 0);
	opts.max_discard_sectors = 4;
	for (how = 0; how < 3; how++) {
		opts.discard = how;
		w = disk_world(9, &opts);
		write_at(0, 8, 5);
		assert_int_equal(blkdev_issue_discard(bdev, 0, 7, GFP_KERNEL), 0);
		assert_int_equal(read_at(0, 7), want[how]);
		assert_int_equal(read_at(7, 1), 5);
		assert_int_equal(sim_disk_stats(disk).discards, 2);
		assert_int_equal(world_destroy(w), 0);
	}
}

static void test_zeroout(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_1M };
	struct world *w;
	int i, err;

	for (i = 0; i < 2; i++) {
		opts.max_zeroes_sectors = i * 3;
		w = disk_world(10, &opts);
		write_at(0, 8, 5);
		assert_int_equal(blkdev_issue_zeroout(bdev, 1, 7, GFP_KERNEL, 0),
				 0);
		assert_int_equal(read_at(1, 7), 0);
		assert_int_equal(read_at(0, 1), 5);
		assert_int_equal(sim_disk_stats(disk).zeroes, i ? 3 : 0);
		err = blkdev_issue_zeroout(bdev, 0, 1, GFP_KERNEL,
					   BLKDEV_ZERO_NOFALLBACK);
		assert_int_equal(err, i ? 0 : -EOPNOTSUPP);
		assert_int_equal(world_destroy(w), 0);
	}
}

/* ---- bios ---- */

struct front {
	u64 magic;
	struct bio bio;
};

static int chain_done;

static void chain_end(struct bio *bio)
{
	chain_done = 1 + blk_status_to_errno(bio->bi_status);
	bio_put(bio);
}

/* A bio of 16 pages, one half of a page each, is cut in three and chained. */
static void split_and_submit(struct bio_set *bs, struct page **pages)
{
	struct bio *bio, *part;
	int i;

	bio = bio_alloc_bioset(bdev, 16, REQ_OP_WRITE, GFP_NOIO, bs);
	container_of(bio, struct front, bio)->magic = 4711;
	for (i = 0; i < 16; i++)
		assert_int_equal(bio_add_page(bio, pages[i], 2048, 1024), 2048);
	assert_int_equal(bio_add_page(bio, pages[0], 512, 0), 0);
	assert_int_equal(bio_segments(bio), 16);
	bio->bi_iter.bi_sector = 100;
	bio->bi_end_io = chain_end;
	for (i = 0; i < 2; i++) {
		part = bio_split(bio, 11, GFP_NOIO, bs);
		bio_chain(part, bio);
		submit_bio(part);
	}
	assert_int_equal(bio_sectors(bio), 64 - 22);
	assert_int_equal(bio->bi_iter.bi_sector, 122);
	assert_int_equal(container_of(bio, struct front, bio)->magic, 4711);
	submit_bio(bio);
}

static void test_split_and_chain(void **state)
{
	struct world *w = disk_world(11, NULL);
	struct page *pages[16];
	struct bio_set bs;
	int i, k;

	assert_int_equal(bioset_init(&bs, 4, offsetof(struct front, bio),
				     BIOSET_NEED_BVECS), 0);
	for (i = 0; i < 16; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		memset(page_address(pages[i]), i, PAGE_SIZE);
	}
	for (k = 0; k < 2; k++) {
		chain_done = 0;
		split_and_submit(&bs, pages);
		sim_quiesce();
		assert_int_equal(chain_done, k ? 1 - EIO : 1);
		for (i = 0; i < 16; i++)
			if (!k)
				assert_int_equal(read_at(100 + 4 * i, 4), i);
		sim_disk_fail(disk, SIM_OP_WRITE, 105, 1, 1, BLK_STS_IOERR);
	}
	for (i = 0; i < 16; i++)
		__free_page(pages[i]);
	bioset_exit(&bs);
	assert_int_equal(world_destroy(w), 0);
}

static void test_bio_copy(void **state)
{
	struct world *w = disk_world(12, NULL);
	struct bio_vec sv[2], dv[3];
	struct page *page[5];
	struct bio src, dst;
	int i;

	for (i = 0; i < 5; i++) {
		page[i] = alloc_page(GFP_KERNEL);
		memset(page_address(page[i]), i + 1, PAGE_SIZE);
	}
	bio_init(&src, bdev, sv, 2, REQ_OP_READ);
	bio_init(&dst, bdev, dv, 3, REQ_OP_READ);
	__bio_add_page(&src, page[0], 1000, 24);
	__bio_add_page(&src, page[1], 1048, 512);
	__bio_add_page(&dst, page[2], 512, 0);
	__bio_add_page(&dst, page[3], 1024, 512);
	__bio_add_page(&dst, page[4], 512, 3584);
	bio_copy_data(&dst, &src);
	assert_null(memchr_inv(page_address(page[2]), 1, 512));
	assert_null(memchr_inv(page_address(page[3]) + 512, 1, 488));
	assert_null(memchr_inv(page_address(page[3]) + 1000, 2, 536));
	assert_null(memchr_inv(page_address(page[4]) + 3584, 2, 512));
	assert_null(memchr_inv(page_address(page[4]), 5, 3584));
	bio_advance(&dst, 1024);
	zero_fill_bio(&dst);
	assert_null(memchr_inv(page_address(page[3]) + 1024, 0, 512));
	assert_null(memchr_inv(page_address(page[3]) + 512, 1, 488));
	for (i = 0; i < 5; i++)
		__free_page(page[i]);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- what survives ---- */

#define SECTORS	64u

static u8 sector_byte(const struct sim_image *image, u32 sector)
{
	return sim_image_page(image, sector * 512)[sector % 8 * 512];
}

static struct sim_log *end_log(struct world *w)
{
	struct sim_log *log = sim_log_take();

	assert_int_equal(world_destroy(w), 0);
	return log;
}

static u32 loose_at_end(struct sim_replay *rp, const struct sim_loose **list)
{
	while (sim_replay_step(rp))
		;
	return sim_replay_loose(rp, 0, list);
}

static void test_flush_settles(void **state)
{
	struct world *w = disk_world(20, NULL);
	const struct sim_loose *list;
	struct sim_replay *rp;
	struct sim_log *log;

	sim_log_start();
	write_at(0, 8, 1);
	write_at(4, 1, 2);
	blkdev_issue_flush(bdev);
	write_at(1, 1, 3);
	page_io(REQ_OP_WRITE | REQ_FUA, 2, 1, 4, NULL);
	write_at(3, 1, 5);
	sim_disk_fail(disk, SIM_OP_FLUSH, 0, 0, 1, BLK_STS_IOERR);
	blkdev_issue_flush(bdev);
	log = end_log(w);
	rp = sim_replay_create(log);
	assert_int_equal(loose_at_end(rp, &list), 2);
	assert_int_equal(list[0].rec->off, 512);
	assert_int_equal(list[0].state, SIM_DONE);
	assert_int_equal(list[1].rec->off, 3 * 512);
	assert_int_equal(sector_byte(sim_replay_disk(rp, 0), 0), 1);
	assert_int_equal(sector_byte(sim_replay_disk(rp, 0), 1), 1);
	assert_int_equal(sector_byte(sim_replay_disk(rp, 0), 2), 4);
	assert_int_equal(sector_byte(sim_replay_disk(rp, 0), 4), 2);
	sim_replay_free(rp);
	sim_log_free(log);
}

/* A write with both flags, on a disk that has FUA and on one that has not. */
static void test_flush_flags(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_1M };
	const struct sim_loose *list;
	struct sim_replay *rp;
	struct sim_log *log;
	struct world *w;
	int i;

	for (i = 0; i < 2; i++) {
		opts.no_fua = i;
		w = disk_world(23, &opts);
		sim_log_start();
		write_at(0, 1, 1);
		page_io(REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA, 1, 1, 2, NULL);
		assert_int_equal(read_at(1, 1), 2);
		assert_int_equal(sim_disk_stats(disk).flushes, 1 + i);
		sim_disk_fail(disk, SIM_OP_FLUSH, 0, 0, 1, BLK_STS_IOERR);
		assert_int_equal(page_io(REQ_OP_WRITE | REQ_PREFLUSH, 2, 1, 3,
					 NULL), -EIO);
		assert_int_equal(read_at(2, 1), 0);
		log = end_log(w);
		rp = sim_replay_create(log);
		assert_int_equal(loose_at_end(rp, &list), 0);
		assert_int_equal(sector_byte(sim_replay_disk(rp, 0), 0), 1);
		assert_int_equal(sector_byte(sim_replay_disk(rp, 0), 1), 2);
		sim_replay_free(rp);
		sim_log_free(log);
	}
}

/* A flush covers what completed before it was submitted, and no more. */
static void flusher(void *arg)
{
	blkdev_issue_flush(bdev);
}

static void test_flush_is_no_later(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_1M };
	struct world *w = disk_world(21, &opts);
	const struct sim_loose *list;
	struct sim_replay *rp;
	struct sim_log *log;

	sim_log_start();
	write_at(0, 1, 1);
	sim_disk_stall(disk, SIM_OP_FLUSH);
	sim_spawn("flush", flusher, NULL);
	sim_quiesce();
	write_at(1, 1, 2);
	sim_disk_release(disk);
	sim_join_all();
	log = end_log(w);
	rp = sim_replay_create(log);
	assert_int_equal(loose_at_end(rp, &list), 1);
	assert_int_equal(list[0].rec->off, 512);
	sim_replay_free(rp);
	sim_log_free(log);
}

static void test_no_write_cache(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_1M, .no_write_cache = true };
	struct world *w = disk_world(22, &opts);
	const struct sim_loose *list;
	struct sim_replay *rp;
	struct sim_log *log;

	sim_log_start();
	write_at(0, 1, 1);
	assert_int_equal(blkdev_issue_flush(bdev), 0);
	assert_int_equal(sim_disk_stats(disk).flushes, 0);
	log = end_log(w);
	rp = sim_replay_create(log);
	assert_int_equal(loose_at_end(rp, &list), 0);
	sim_replay_free(rp);
	sim_log_free(log);
}

/* ---- the replay against a second opinion ---- */

static void disk_user(void *arg)
{
	u32 base = (u32)(unsigned long)arg * 16, i, sector, nr;

	for (i = 0; i < 40; i++) {
		nr = 1 + sim_rand_below(8);
		sector = base + sim_rand_below(16 - nr);
		switch (sim_rand_below(8)) {
		case 0:
			blkdev_issue_flush(bdev);
			break;
		case 1:
			page_io(REQ_OP_WRITE | REQ_FUA, sector, nr,
				1 + sim_rand_below(254), NULL);
			break;
		case 2:
			page_io(REQ_OP_WRITE | REQ_PREFLUSH, sector, nr,
				1 + sim_rand_below(254), NULL);
			break;
		case 3:
			blkdev_issue_discard(bdev, sector, nr, GFP_KERNEL);
			break;
		default:
			write_at(sector, nr, 1 + sim_rand_below(254));
		}
	}
}

static struct sim_log *used_log(u64 seed, bool faults, bool no_fua)
{
	struct sim_disk_opts opts = {
		.size = SZ_1M, .max_discard_sectors = 64,
		.discard = SIM_DISCARD_MIXED, .no_fua = no_fua,
	};
	struct world *w = disk_world(seed, &opts);
	unsigned long i;

	sim_log_start();
	if (faults)
		for (i = 0; i < 10; i++)
			sim_disk_fail(disk, SIM_OP_WRITE | SIM_OP_FLUSH, i * 6, 2,
				      2, BLK_STS_IOERR);
	for (i = 0; i < 4; i++)
		sim_spawn("user", disk_user, (void *)i);
	sim_join_all();
	return end_log(w);
}

static const struct sim_rec *done_of(const struct sim_log *log, u64 submit,
				     u64 before, u64 *when)
{
	u64 id = sim_log_rec(log, submit)->id, i;

	for (i = submit + 1; i < before; i++)
		if (sim_log_rec(log, i)->type == SIM_REC_IO_DONE &&
		    sim_log_rec(log, i)->id == id) {
			*when = i;
			return sim_log_rec(log, i);
		}
	return NULL;
}

/* When the write at @submit was durable for certain, or U64_MAX. */
static u64 durable_when(const struct sim_log *log, u64 submit, u64 pos)
{
	const struct sim_rec *rec = sim_log_rec(log, submit), *done;
	u64 ended, flushed, i, best = U64_MAX;

	done = done_of(log, submit, pos, &ended);
	if (!done || done->arg)
		return U64_MAX;
	if (rec->flags & SIM_LOG_FUA)
		return ended;
	for (i = ended + 1; i < pos; i++) {
		rec = sim_log_rec(log, i);
		if (rec->type != SIM_REC_IO_SUBMIT || rec->op != SIM_LOG_FLUSH)
			continue;
		done = done_of(log, i, pos, &flushed);
		if (done && !done->arg)
			best = min(best, flushed);
	}
	return best;
}

static u8 rec_byte(const struct sim_rec *rec)
{
	return rec->op == SIM_LOG_FILL ? rec->arg : rec->data[0];
}

/*
 * Per sector: the writes to it never overlap in time here, so submission order is
 * the order.  The last durable one, and all later ones.
 */
static u32 possible(const struct sim_log *log, u32 sector, u64 pos, u8 *values)
{
	u64 off = sector * 512ull, i, first = 0;
	const struct sim_rec *rec;
	u32 n = 1;
	int pass;

	values[0] = 0;
	for (pass = 0; pass < 2; pass++) {
		for (i = first; i < pos; i++) {
			rec = sim_log_rec(log, i);
			if (rec->type != SIM_REC_IO_SUBMIT || off < rec->off ||
			    off >= rec->off + rec->len ||
			    (rec->op != SIM_LOG_WRITE && rec->op != SIM_LOG_FILL))
				continue;
			if (pass) {
				values[n++] = rec_byte(rec);
			} else if (durable_when(log, i, pos) != U64_MAX) {
				values[0] = rec_byte(rec);
				first = i + 1;
			}
		}
	}
	return n;
}

static u32 replayed(const struct sim_replay *rp, u32 sector, u8 *values)
{
	const struct sim_loose *l;
	u64 off = sector * 512ull;
	u32 n = 1, nr, i, k;

	values[0] = sector_byte(sim_replay_disk(rp, 0), sector);
	nr = sim_replay_loose(rp, 0, &l);
	for (i = 0; i < nr; i++, l++) {
		if (off < l->rec->off || off >= l->rec->off + l->rec->len)
			continue;
		k = (off - l->rec->off) / 512;
		if (!l->dead || !(l->dead[k / 64] >> (k % 64) & 1))
			values[n++] = rec_byte(l->rec);
	}
	return n;
}

static void test_replay_is_right(void **state)
{
	u64 seed, pos, open = 0;
	struct sim_replay *rp;
	struct sim_log *log;
	u8 mine[300], its[300];
	u32 sector, n;

	for (seed = 30; seed < 42; seed++) {
		log = used_log(seed, seed % 2, seed % 3 == 0);
		rp = sim_replay_create(log);
		for (pos = 0; pos <= sim_log_len(log); pos += 3) {
			sim_replay_seek(rp, pos);
			for (sector = 0; sector < SECTORS; sector++) {
				n = possible(log, sector, pos, mine);
				open += n > 2;
				assert_int_equal(replayed(rp, sector, its), n);
				assert_memory_equal(mine, its, n);
			}
		}
		sim_replay_free(rp);
		sim_log_free(log);
	}
	assert_true(open > 100);
}

/* "snapshot": all completed writes; at the end that is what readers see. */
static void test_failure_models(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_1M };
	struct sim_keep snapshot = { .write = sim_keep_done };
	struct world *w = disk_world(50, &opts);
	struct sim_image *seen;
	struct sim_replay *rp;
	struct sim_state *st;
	struct sim_log *log;
	u32 differs = 0;
	u64 i;

	sim_log_start();
	for (i = 0; i < 4; i++)
		sim_spawn("user", disk_user, (void *)i);
	sim_join_all();
	seen = sim_disk_snapshot(disk);
	log = end_log(w);
	rp = sim_replay_create(log);
	do {
		st = sim_replay_build(rp, &snapshot);
		differs += !sim_image_equal(st->disks[0], sim_replay_disk(rp, 0));
		if (sim_replay_pos(rp) == sim_log_len(log))
			assert_true(sim_image_equal(st->disks[0], seen));
		sim_state_free(st);
		/* "power": nothing but what was flushed. */
		st = sim_replay_build(rp, NULL);
		assert_true(sim_image_equal(st->disks[0], sim_replay_disk(rp, 0)));
		sim_state_free(st);
	} while (sim_replay_step(rp));
	assert_true(differs > 10);
	sim_image_free(seen);
	sim_replay_free(rp);
	sim_log_free(log);
}

static bool even_sectors(void *ctx, u32 index, const struct sim_loose *l,
			 u32 i, u32 sector)
{
	return sector % 2 == 0;
}

static void test_torn_write(void **state)
{
	struct sim_keep keep = { .sector = even_sectors };
	struct world *w = disk_world(51, NULL);
	struct sim_replay *rp;
	struct sim_state *st;
	struct sim_log *log;
	u32 i;

	sim_log_start();
	write_at(8, 8, 7);
	log = end_log(w);
	rp = sim_replay_create(log);
	sim_replay_seek(rp, 1);
	st = sim_replay_build(rp, &keep);
	for (i = 0; i < 8; i++)
		assert_int_equal(sector_byte(st->disks[0], 8 + i), i % 2 ? 0 : 7);
	sim_state_free(st);
	sim_replay_free(rp);
	sim_log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_write),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_beyond_end),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_stall),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_discard),
		cmocka_unit_test(test_zeroout),
		cmocka_unit_test(test_split_and_chain),
		cmocka_unit_test(test_bio_copy),
		cmocka_unit_test(test_flush_settles),
		cmocka_unit_test(test_flush_flags),
		cmocka_unit_test(test_flush_is_no_later),
		cmocka_unit_test(test_no_write_cache),
		cmocka_unit_test(test_replay_is_right),
		cmocka_unit_test(test_failure_models),
		cmocka_unit_test(test_torn_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
