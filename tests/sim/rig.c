// SPDX-License-Identifier: GPL-2.0
/*
 * The rig: makes devices in the current world and attaches them as main.c and
 * backing_node.c do, under admin_lock.  Everything that can go wrong is returned
 * to the caller, who knows whether it may.
 */
#include "sim/rig.h"

#define PMEM_PATH	"/dev/pmem0"

static const char * const disk_paths[RIG_CACHES] = { "/dev/vdb", "/dev/vdc" };

u64 rig_pmem_size(const struct rig_opts *opts)
{
	struct pcache_geo geo;

	pcache_geo_init(&geo, opts->seg_shift, SZ_1G);
	return (u64)(geo.meta_segs + opts->nr_segs) << opts->seg_shift;
}

const char *rig_disk_path(u32 i)
{
	return disk_paths[i];
}

void rig_init(struct rig *rig, const struct rig_opts *opts,
	      const struct sim_image *pmem, struct sim_image *const *disks)
{
	struct sim_disk_opts disk;
	u32 i;

	memset(rig, 0, sizeof(*rig));
	rig->opts = opts;
	sim_check(!pcache_index_module_init());
	rig->pmem = sim_pmem_create(PMEM_PATH, rig_pmem_size(opts), pmem);
	for (i = 0; i < opts->nr_caches; i++) {
		/* Only what has an identity is known without being named. */
		disk = opts->cache[i].disk;
		disk.serial = disk.serial ?: disk_paths[i];
		rig->disk[i] = sim_disk_create(disk_paths[i], &disk,
					       disks ? disks[i] : NULL);
	}
}

void rig_exit(struct rig *rig)
{
	u32 i;

	for (i = 0; i < rig->opts->nr_caches; i++)
		if (rig->cache[i])
			sim_check(!rig_stop(rig, i, PCACHE_STOP_KEEP));
	rig_unregister(rig);
	pcache_index_module_exit();
}

int rig_register(struct rig *rig, bool format)
{
	struct pcache_cache_dev_opts opts = {
		.path = PMEM_PATH,
		.label = "rig",
		.segment_size = 1U << rig->opts->seg_shift,
		.format = format,
		.force = true,
	};
	struct pcache_cache_dev *dev = pcache_cache_dev_open(&opts);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	pcache_pool_scan(dev);
	rig->dev = dev;
	return 0;
}

void rig_unregister(struct rig *rig)
{
	if (rig->dev)
		pcache_cache_dev_close(rig->dev);
	rig->dev = NULL;
}

static void cache_tune(struct pcache_cache *cache,
		       const struct rig_cache_opts *co)
{
	cache->writeback_delay_ms = co->delay_ms;
	cache->writeback_percent = co->percent;
	if (cache->gc_percent != co->gc_percent)
		sim_check(!pcache_cache_set_gc_percent(cache, co->gc_percent));
}

int rig_attach(struct rig *rig, u32 i, bool known_only)
{
	const struct rig_cache_opts *co = &rig->opts->cache[i];
	struct pcache_start_opts so = {
		.path = disk_paths[i],
		.id = "",
		.cache_bytes = (u64)co->quota << rig->opts->seg_shift,
		.queues = co->queues,
		.force = co->force,
		.data_crc = co->data_crc,
		.relaxed = co->relaxed,
		.known_only = known_only,
		.set_data_crc = true,
		.set_order = true,
	};
	struct pcache_slot_info info;
	struct pcache_cache *cache;
	int err;

	mutex_lock(&rig->dev->admin_lock);
	cache = pcache_cache_prepare(rig->dev, &so, &info);
	err = PTR_ERR_OR_ZERO(cache);
	if (!err)
		err = pcache_cache_go_live(cache, &info);
	if (!err) {
		rig->cache[i] = cache;
		cache_tune(cache, co);
	} else if (!IS_ERR(cache)) {
		pcache_cache_abandon(cache);
	}
	mutex_unlock(&rig->dev->admin_lock);
	return err;
}

int rig_stop(struct rig *rig, u32 i, enum pcache_stop_mode mode)
{
	struct pcache_cache *cache = rig->cache[i];
	int err = 0;

	mutex_lock(&rig->dev->admin_lock);
	if (mode == PCACHE_STOP_DRAIN)
		err = pcache_cache_drain(cache);
	if (!err)
		err = pcache_cache_quiesce(cache, mode);
	if (!err)
		err = pcache_cache_stop(cache, mode);
	if (!err)
		rig->cache[i] = NULL;
	mutex_unlock(&rig->dev->admin_lock);
	return err;
}

void rig_settle(struct rig *rig, u32 i)
{
	struct pcache_cache *cache = rig->cache[i];

	sim_quiesce();
	while (!pcache_cache_is_drained(cache)) {
		sim_check(cache->mode == PCACHE_MODE_RUNNING);
		pcache_wb_start(cache);
		sim_sleep(NSEC_PER_MSEC);
		sim_quiesce();
	}
}

/* ---- requests ---- */

static void io_end(struct pcache_req *req)
{
	struct rig_io *io = container_of(req, struct rig_io, req);

	io->status = req->status;
	if (io->ended)
		io->ended(io);
	complete(&io->done);
}

/* Cut [off, off + len) of the buffer into a few vectors of @bio. */
static void io_add_vecs(struct rig_io *io, struct bio *bio, u32 off, u32 len,
			u32 most, u32 unit)
{
	u32 part, piece, nr = 1 + sim_rand_below(most);

	bio->bi_io_vec = &io->vecs[io->nr_vecs];
	bio->bi_max_vecs = nr;
	for (; len; off += part, len -= part) {
		part = len;
		if (--nr && len > unit) {
			piece = sim_rand_below(len / unit) * unit;
			part = max(piece, unit);
		}
		__bio_add_page(bio, virt_to_page(io->buf + off), part,
			       offset_in_page(io->buf + off));
		io->nr_vecs++;
	}
}

static void io_make_bios(struct rig_io *io, blk_opf_t opf, u64 sector, u32 nr,
			 bool odd)
{
	u32 i, part, nr_bios = 1 + sim_rand_below(RIG_IO_BIOS);
	u32 most = RIG_IO_VECS / RIG_IO_BIOS, done = 0;

	for (i = 0; done < nr; i++, done += part) {
		part = nr - done;
		if (i + 1 < nr_bios && part > 1)
			part = 1 + sim_rand_below(part - 1);
		bio_init(&io->bios[i], NULL, NULL, 0, opf);
		io->bios[i].bi_iter.bi_sector = sector + done;
		if (io->buf)
			io_add_vecs(io, &io->bios[i], done << SECTOR_SHIFT,
				    part << SECTOR_SHIFT, most,
				    odd ? 4 : SECTOR_SIZE);
		else
			io->bios[i].bi_iter.bi_size = part << SECTOR_SHIFT;
		if (i)
			io->bios[i - 1].bi_next = &io->bios[i];
	}
}

static blk_opf_t io_opf(u8 op)
{
	switch (op) {
	case PCACHE_OP_READ:
		return REQ_OP_READ;
	case PCACHE_OP_DISCARD:
		return REQ_OP_DISCARD;
	case PCACHE_OP_ZEROES:
		return REQ_OP_WRITE_ZEROES;
	default:
		return REQ_OP_WRITE;
	}
}

void rig_io_init(struct rig_io *io, struct rig *rig, u32 cache, u8 op, u8 flags,
		 u64 sector, u32 nr, bool odd)
{
	memset(io, 0, sizeof(*io));
	io->rig = rig;
	init_completion(&io->done);
	if (op == PCACHE_OP_READ || op == PCACHE_OP_WRITE) {
		io->order = get_order(nr << SECTOR_SHIFT);
		io->buf = (u8 *)__get_free_pages(GFP_KERNEL | __GFP_NOFAIL,
						 io->order);
	}
	io_make_bios(io, io_opf(op), sector, nr, odd);
	io->req.cache = rig->cache[cache];
	pcache_pos_init(&io->req.pos, nr ? &io->bios[0] : NULL);
	io->req.sector = sector;
	io->req.nr_sectors = nr;
	io->req.op = op;
	io->req.flags = flags;
	io->req.end = io_end;
}

/* As logic_bio.c does: on the stack, and only then in memory that stays. */
static enum pcache_result submit_as_bio(struct rig_io *io)
{
	struct pcache_req req = io->req;
	enum pcache_result res = pcache_req_submit(&req);

	sim_check(res != PCACHE_QUEUED);
	io->req = req;
	if (res == PCACHE_DONE)
		return res;
	io->req.flags |= PCACHE_REQ_STAYS;
	return pcache_req_submit(&io->req);
}

/*
 * As logic_dev.c does: blk-mq dispatches in an RCU section, where nothing may
 * sleep, so a read that misses is a worker's.
 */
static enum pcache_result submit_as_mq(struct rig_io *io)
{
	enum pcache_result res;

	if (io->req.op != PCACHE_OP_READ)
		io->req.flags |= PCACHE_REQ_STAYS;
	rcu_read_lock();
	res = pcache_req_submit(&io->req);
	rcu_read_unlock();
	if (res != PCACHE_AGAIN)
		return res;
	io->req.flags |= PCACHE_REQ_STAYS;
	return pcache_req_submit(&io->req);
}

void rig_io_submit(struct rig_io *io, enum rig_front front)
{
	enum pcache_result res;

	io->req.head = raw_smp_processor_id();
	if (front == RIG_BIO)
		res = submit_as_bio(io);
	else
		res = submit_as_mq(io);
	sim_check(res != PCACHE_AGAIN);
	if (res == PCACHE_DONE)
		io_end(&io->req);
}

blk_status_t rig_io_wait(struct rig_io *io)
{
	wait_for_completion(&io->done);
	return io->status;
}

void rig_io_free(struct rig_io *io)
{
	if (io->buf)
		free_pages((unsigned long)io->buf, io->order);
	io->buf = NULL;
}

blk_status_t rig_io_run(struct rig *rig, u32 cache, u8 op, u8 flags, u64 sector,
			u32 nr, u8 *buf)
{
	struct rig_io io;

	rig_io_init(&io, rig, cache, op, flags, sector, nr, false);
	if (op == PCACHE_OP_WRITE)
		memcpy(io.buf, buf, nr << SECTOR_SHIFT);
	rig_io_submit(&io, RIG_MQ);
	rig_io_wait(&io);
	if (op == PCACHE_OP_READ && !io.status)
		memcpy(buf, io.buf, nr << SECTOR_SHIFT);
	rig_io_free(&io);
	return io.status;
}
