// SPDX-License-Identifier: GPL-2.0
/*
 * Disks: contents, faults, and operations that take their time.
 *
 * An operation has up to three phases: a flush before it, the transfer, a flush
 * behind it.  Each phase is logged when it begins and when it ends, and ends in a
 * (pseudo) interrupt after a random delay.  What a read returns is taken at its
 * begin or at its end; what a write stores is visible at its end, and must not
 * have changed in memory meanwhile.  What survives a power cut is decided by a
 * replay of the log.
 */
#include "rt.h"
#include "log.h"
#include "disk.h"

#define MIN_DELAY	(5 * NSEC_PER_USEC)
#define MAX_DELAY	(200 * NSEC_PER_USEC)
#define GARBAGE		0xdd

/* ---- contents of bios ---- */

static void bio_gather(struct bio *bio, u8 *to)
{
	struct bvec_iter iter;
	struct bio_vec bv;

	bio_for_each_segment(bv, bio, iter) {
		memcpy_from_bvec((char *)to, &bv);
		to += bv.bv_len;
	}
}

static void bio_scatter(struct bio *bio, const u8 *from)
{
	struct bvec_iter iter;
	struct bio_vec bv;

	bio_for_each_segment(bv, bio, iter) {
		memcpy_to_bvec(&bv, (const char *)from);
		from += bv.bv_len;
	}
}

static bool bio_differs(struct bio *bio, const u8 *data)
{
	struct bvec_iter iter;
	struct bio_vec bv;

	bio_for_each_segment(bv, bio, iter) {
		if (memcmp(bvec_virt(&bv), data, bv.bv_len))
			return true;
		data += bv.bv_len;
	}
	return false;
}

/* ---- operations ---- */

static u32 op_kind(const struct sim_io *io)
{
	if (io->phase != PHASE_TRANSFER)
		return SIM_OP_FLUSH;
	switch (bio_op(io->bio)) {
	case REQ_OP_READ:
		return SIM_OP_READ;
	case REQ_OP_WRITE:
		return SIM_OP_WRITE;
	case REQ_OP_DISCARD:
		return SIM_OP_DISCARD;
	default:
		return SIM_OP_ZEROES;
	}
}

static u8 log_op(const struct sim_io *io)
{
	switch (op_kind(io)) {
	case SIM_OP_READ:
		return SIM_LOG_READ;
	case SIM_OP_WRITE:
		return SIM_LOG_WRITE;
	case SIM_OP_FLUSH:
		return SIM_LOG_FLUSH;
	default:
		return io->keep ? SIM_LOG_KEEP : SIM_LOG_FILL;
	}
}

/* What completes at the same time durable: FUA, or a disk without a cache. */
static bool durable_at_end(const struct sim_io *io)
{
	const struct queue_limits *lim = &io->disk->queue.limits;

	if (!(lim->features & BLK_FEAT_WRITE_CACHE))
		return true;
	return (io->bio->bi_opf & REQ_FUA) && (lim->features & BLK_FEAT_FUA);
}

static void log_submit(struct sim_io *io)
{
	bool write = op_kind(io) == SIM_OP_WRITE;
	bool flush = op_kind(io) == SIM_OP_FLUSH;
	struct sim_rec *rec;

	io->id = sim_world->next_call++;
	if (!sim_world->log)
		return;
	rec = log_add(SIM_REC_IO_SUBMIT, write ? io->len : 0);
	rec->dev = io->disk->index;
	rec->op = log_op(io);
	rec->id = io->id;
	rec->off = flush ? 0 : io->off;
	rec->len = flush ? 0 : io->len;
	rec->arg = io->fill;
	rec->flags = !flush && durable_at_end(io) ? SIM_LOG_FUA : 0;
	if (write)
		memcpy(rec->data, io->data, io->len);
}

static void log_done(struct sim_io *io, blk_status_t status)
{
	struct sim_rec *rec;

	if (!sim_world->log)
		return;
	rec = log_add(SIM_REC_IO_DONE, 0);
	rec->dev = io->disk->index;
	rec->op = log_op(io);
	rec->id = io->id;
	rec->arg = status;
}

static void count_begin(struct sim_disk *disk, u32 kind, u32 len)
{
	struct sim_disk_stats *st = &disk->stats;

	st->reads += kind == SIM_OP_READ;
	st->writes += kind == SIM_OP_WRITE;
	st->flushes += kind == SIM_OP_FLUSH;
	st->discards += kind == SIM_OP_DISCARD;
	st->zeroes += kind == SIM_OP_ZEROES;
	if (kind == SIM_OP_READ)
		st->sectors_read += len >> SECTOR_SHIFT;
	if (kind == SIM_OP_WRITE)
		st->sectors_written += len >> SECTOR_SHIFT;
}

/* ---- faults ---- */

static bool fault_hits(const struct disk_fault *fault, const struct sim_io *io)
{
	u64 first = io->off >> SECTOR_SHIFT;
	u64 last = (io->off + io->len) >> SECTOR_SHIFT;

	if (!fault->times || !(fault->ops & op_kind(io)))
		return false;
	return op_kind(io) == SIM_OP_FLUSH ||
	       (first < fault->sector + fault->nr && last > fault->sector);
}

static blk_status_t draw_status(struct sim_io *io)
{
	struct sim_disk *disk = io->disk;
	u32 i;

	if (disk->disk.dead)
		return BLK_STS_OFFLINE;
	for (i = 0; i < disk->nr_faults; i++) {
		if (!fault_hits(&disk->faults[i], io))
			continue;
		disk->faults[i].times--;
		return disk->faults[i].status;
	}
	return BLK_STS_OK;
}

void sim_disk_fail(struct sim_disk *disk, u32 ops, u64 sector, u64 nr,
		   u32 times, blk_status_t status)
{
	if (disk->nr_faults == MAX_FAULTS)
		sim_fail(SIM_FAIL_CHECK, "too many faults of one disk");
	disk->faults[disk->nr_faults++] = (struct disk_fault){
		.ops = ops, .sector = sector, .nr = nr, .times = times,
		.status = status,
	};
}

void sim_disk_heal(struct sim_disk *disk)
{
	disk->nr_faults = 0;
}

/* ---- the end of a phase ---- */

static void store(struct sim_io *io, u64 off, u32 len)
{
	if (op_kind(io) == SIM_OP_WRITE)
		sim_image_write(io->disk->image, off, io->data + off - io->off,
				len);
	else if (!io->keep)
		sim_image_fill(io->disk->image, off, io->fill, len);
}

/* Of a write that fails, any of the sectors may have arrived. */
static void store_some(struct sim_io *io)
{
	u32 off;

	for (off = 0; off < io->len; off += SECTOR_SIZE)
		if (rng_next(&sim_world->rng_fault) & 1)
			store(io, io->off + off, SECTOR_SIZE);
}

static void transfer(struct sim_io *io, blk_status_t status)
{
	switch (op_kind(io)) {
	case SIM_OP_READ:
		if (status)
			break;
		if (!io->early)
			sim_image_read(io->disk->image, io->off, io->data,
				       io->len);
		bio_scatter(io->bio, io->data);
		break;
	case SIM_OP_WRITE:
		if (bio_differs(io->bio, io->data))
			sim_fail(SIM_FAIL_BLOCK,
				 "the pages of a write to sector %llu changed in flight",
				 io->off >> SECTOR_SHIFT);
		fallthrough;
	case SIM_OP_DISCARD:
	case SIM_OP_ZEROES:
		if (status)
			store_some(io);
		else
			store(io, io->off, io->len);
		break;
	}
}

static void start_phase(struct sim_io *io);

static bool next_phase(struct sim_io *io)
{
	if (io->phase == PHASE_PREFLUSH && io->len)
		io->phase = PHASE_TRANSFER;
	else if (io->phase == PHASE_TRANSFER && io->postflush)
		io->phase = PHASE_POSTFLUSH;
	else
		return false;
	return true;
}

static void io_free(struct sim_io *io)
{
	list_del(&io->node);
	free(io->data);
	free(io);
}

/* In interrupt context. */
static void io_end(void *arg)
{
	struct sim_io *io = arg;
	struct sim_disk *disk = io->disk;
	struct bio *bio = io->bio;
	blk_status_t status = draw_status(io);

	if (io->phase == PHASE_TRANSFER)
		transfer(io, status);
	log_done(io, status);
	sim_world->io_in_flight--;
	if (!status && next_phase(io)) {
		start_phase(io);
		return;
	}
	disk->stats.errors += status != 0;
	disk->stats.in_flight--;
	io_free(io);
	if (status)
		bio->bi_status = status;
	bio_endio(bio);
	shim_yield(SHIM_YIELD_BIO);
}

static void io_due(struct shim_event *event)
{
	struct sim_io *io = container_of(event, struct sim_io, event);

	fiber_spawn("irq", SHIM_CTX_HARDIRQ, io_end, io);
}

/* ---- the begin of a phase ---- */

static void schedule_end(struct sim_io *io)
{
	struct world *w = sim_world;
	struct sim_disk *disk = io->disk;
	u64 span = disk->max_delay - disk->min_delay;

	io->held = disk->stalled & op_kind(io);
	if (io->held)
		return;
	w->io_in_flight++;
	event_add(&io->event, w->now + disk->min_delay +
			      (span ? rng_next(&w->rng_sched) % span : 0));
}

static void check_overlap(const struct sim_io *io)
{
	const struct sim_io *other;

	if (io->disk->allow_overlap)
		return;
	list_for_each_entry(other, &io->disk->ios, node)
		if (other != io && other->phase == PHASE_TRANSFER &&
		    op_kind(other) != SIM_OP_READ &&
		    other->off < io->off + io->len &&
		    io->off < other->off + other->len)
			sim_fail(SIM_FAIL_BLOCK,
				 "writes in flight overlap at sector %llu",
				 max(io->off, other->off) >> SECTOR_SHIFT);
}

static void choose_discard(struct sim_io *io)
{
	enum sim_discard how = io->disk->discard;

	if (how == SIM_DISCARD_MIXED)
		how = rng_below(&sim_world->rng_fault, SIM_DISCARD_MIXED);
	io->keep = how == SIM_DISCARD_KEEPS;
	io->fill = how == SIM_DISCARD_GARBAGE ? GARBAGE : 0;
}

static void start_phase(struct sim_io *io)
{
	u32 kind = op_kind(io);

	count_begin(io->disk, kind, io->len);
	switch (kind) {
	case SIM_OP_READ:
		io->data = malloc(io->len);
		io->early = rng_next(&sim_world->rng_sched) & 1;
		if (io->early)
			sim_image_read(io->disk->image, io->off, io->data,
				       io->len);
		break;
	case SIM_OP_WRITE:
		io->data = malloc(io->len);
		bio_gather(io->bio, io->data);
		check_overlap(io);
		break;
	case SIM_OP_DISCARD:
		choose_discard(io);
		fallthrough;
	case SIM_OP_ZEROES:
		check_overlap(io);
		break;
	}
	log_submit(io);
	schedule_end(io);
}

static void check_bio(const struct sim_disk *disk, struct bio *bio)
{
	u32 mask = disk->queue.limits.logical_block_size - 1;
	const struct sim_io *io;

	if (((bio->bi_iter.bi_sector << SECTOR_SHIFT) | bio->bi_iter.bi_size) &
	    mask)
		sim_fail(SIM_FAIL_BLOCK,
			 "bio at sector %llu, %u bytes is not aligned to blocks",
			 bio->bi_iter.bi_sector, bio->bi_iter.bi_size);
	if (op_is_write(bio->bi_opf) && bio->bi_bdev->bd_read_only)
		sim_fail(SIM_FAIL_BLOCK, "write to a read-only disk");
	list_for_each_entry(io, &disk->ios, node)
		if (io->bio == bio)
			sim_fail(SIM_FAIL_BLOCK, "bio is submitted twice");
}

/* A bio that the block layer has let through. */
void disk_submit(struct bio *bio)
{
	struct sim_disk *disk = bio->bi_bdev->bd_disk->private_data;
	blk_features_t features = disk->queue.limits.features;
	struct sim_io *io;

	check_bio(disk, bio);
	io = calloc(1, sizeof(*io));
	io->disk = disk;
	io->bio = bio;
	io->off = (bio->bi_iter.bi_sector + bio->bi_bdev->bd_start_sect) <<
		  SECTOR_SHIFT;
	io->len = bio->bi_iter.bi_size;
	io->event.fire = io_due;
	io->phase = bio->bi_opf & REQ_PREFLUSH ? PHASE_PREFLUSH :
						 PHASE_TRANSFER;
	io->postflush = (bio->bi_opf & REQ_FUA) &&
			(features & BLK_FEAT_WRITE_CACHE) &&
			!(features & BLK_FEAT_FUA);
	list_add_tail(&io->node, &disk->ios);
	disk->stats.in_flight++;
	disk->stats.max_in_flight = max(disk->stats.max_in_flight,
					disk->stats.in_flight);
	start_phase(io);
}

void sim_disk_stall(struct sim_disk *disk, u32 ops)
{
	disk->stalled |= ops;
}

void sim_disk_release(struct sim_disk *disk)
{
	struct sim_io *io;

	disk->stalled = 0;
	list_for_each_entry(io, &disk->ios, node)
		if (io->held)
			schedule_end(io);
}

void sim_disk_kill(struct sim_disk *disk)
{
	const struct blk_holder_ops *ops = disk->bdev.bd_holder_ops;

	disk->disk.dead = true;
	sim_disk_release(disk);
	if (ops && ops->mark_dead)
		ops->mark_dead(&disk->bdev, true);
}
