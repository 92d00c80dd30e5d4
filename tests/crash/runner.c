// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of the crash test: random, never two at a time to the same sector, each
 * with a mark where it is submitted and where it has ended.
 */
#include "crash/record.h"
#include "sim/check.h"
#include "sim/stamp.h"

/* Longest request, in sectors: what one record can take. */
#define MAX_SECTORS	32

struct request {
	struct runner *run;
	struct rig_io io;
	struct mark_req mark;
	u32 id;
};

void runner_init(struct runner *run, const struct setup *su, struct rig *rig,
		 u32 next_op)
{
	u32 i;

	memset(run, 0, sizeof(*run));
	run->setup = su;
	run->rig = rig;
	run->next_op = next_op;
	for (i = 0; i < su->rig.nr_caches; i++) {
		run->busy[i] = calloc(su->space[i].nr, 1);
		if (!run->busy[i])
			abort();
	}
}

void runner_exit(struct runner *run)
{
	u32 i;

	for (i = 0; i < RIG_CACHES; i++)
		free(run->busy[i]);
}

void runner_life(u32 thing, enum life life)
{
	sim_mark(MARK_LIFE, life << 8 | thing, NULL, 0);
}

/* Has a cache's backing device become a consistent cut since we last looked? */
static void look_for_checkpoints(struct runner *run)
{
	struct pcache_cache *cache;
	u32 i;

	for (i = 0; i < run->setup->rig.nr_caches; i++) {
		cache = run->rig->cache[i];
		if (!cache || !cache->relaxed ||
		    cache->checkpoint_lsn == run->checkpoint[i])
			continue;
		run->checkpoint[i] = cache->checkpoint_lsn;
		sim_mark(MARK_CHECKPOINT, run->checkpoint[i] << 1 | i, NULL, 0);
	}
}

/* ---- choosing ---- */

static u8 choose_op(void)
{
	u32 k = sim_rand_below(100);

	if (k < 56)
		return PCACHE_OP_WRITE;
	if (k < 64)
		return PCACHE_OP_ZEROES;
	if (k < 69)
		return PCACHE_OP_DISCARD;
	if (k < 81)
		return PCACHE_OP_FLUSH;
	return PCACHE_OP_READ;
}

static u8 choose_flags(const struct pcache_cache *cache, u8 op)
{
	u8 flags = 0;

	if (op == PCACHE_OP_FLUSH)
		return PCACHE_REQ_PREFLUSH;
	if (op != PCACHE_OP_WRITE && op != PCACHE_OP_ZEROES)
		return 0;
	/* Without a write cache to flush, every write is durable. */
	if (cache->want_relaxed || sim_rand_below(7) == 0)
		flags |= PCACHE_REQ_FUA;
	if (!cache->want_relaxed && sim_rand_below(12) == 0)
		flags |= PCACHE_REQ_PREFLUSH;
	return flags;
}

static void choose_range(const struct setup *su, struct mark_req *rq)
{
	u32 block = su->rig.cache[rq->cache].disk.block_size >> SECTOR_SHIFT;
	const struct space *sp = &su->space[rq->cache];
	u32 r = sim_rand_below(4), from, room;
	u64 chunk_end;

	r = r < 2 ? 0 : r - 1;
	from = round_down(sim_rand_below(sp->range[r].nr), block);
	rq->sector = sp->range[r].sector + from;
	room = min(sp->range[r].nr - from, (u32)MAX_SECTORS);
	chunk_end = round_up(rq->sector + 1, PCACHE_CHUNK_SECTORS);
	if (rq->op != PCACHE_OP_DISCARD)
		room = min_t(u64, room, chunk_end - rq->sector);
	rq->nr = 1 + sim_rand_below(sim_rand_below(3) ? min(room, 8u) : room);
	rq->nr = min(round_up(rq->nr, block), round_down(room, block));
}

static bool overlaps(const struct runner *run, const struct mark_req *rq)
{
	const struct space *sp = &run->setup->space[rq->cache];
	u32 i;

	for (i = 0; i < rq->nr; i++)
		if (run->busy[rq->cache][space_index(sp, rq->sector + i)])
			return true;
	return false;
}

static void set_busy(const struct runner *run, const struct mark_req *rq,
		     bool busy)
{
	const struct space *sp = &run->setup->space[rq->cache];
	u32 i;

	for (i = 0; i < rq->nr; i++)
		run->busy[rq->cache][space_index(sp, rq->sector + i)] = busy;
}

static u32 choose_cache(const struct runner *run)
{
	u32 i;

	do {
		i = sim_rand_below(run->setup->rig.nr_caches);
	} while (!run->rig->cache[i]);
	return i;
}

static void choose(const struct runner *run, struct mark_req *rq)
{
	const struct setup *su = run->setup;

	memset(rq, 0, sizeof(*rq));
	rq->cache = choose_cache(run);
	do {
		rq->op = choose_op();
		rq->flags = choose_flags(run->rig->cache[rq->cache], rq->op);
		rq->nr = 0;
		if (rq->op == PCACHE_OP_FLUSH)
			return;
		choose_range(su, rq);
	} while (rq->op != PCACHE_OP_READ && overlaps(run, rq));
}

/* ---- doing ---- */

static void stamp_all(const struct runner *run, const struct mark_req *rq,
		      u32 id, u8 *buf)
{
	u32 i;

	for (i = 0; i < rq->nr; i++) {
		struct stamp st = {
			.lba = rq->sector + i, .op = id, .position = i,
			.run = run->setup->space[rq->cache].run,
		};

		stamp_write(buf + i * STAMP_SIZE, &st);
	}
}

static void request_ended(struct rig_io *io)
{
	struct request *req = io->owner;

	if (req->mark.op == PCACHE_OP_READ)
		return;
	sim_mark(MARK_END, req->id, NULL, 0);
	set_busy(req->run, &req->mark, false);
}

static void request_run(struct request *req)
{
	struct mark_req *rq = &req->mark;
	struct runner *run = req->run;
	bool odd = !run->setup->poison && sim_rand_below(16) == 0;

	rig_io_init(&req->io, run->rig, rq->cache, rq->op, rq->flags,
		    rq->sector, rq->nr, odd);
	if (rq->op == PCACHE_OP_WRITE)
		stamp_all(run, rq, req->id, req->io.buf);
	req->io.ended = request_ended;
	req->io.owner = req;
	if (rq->op != PCACHE_OP_READ)
		sim_mark(MARK_START, req->id, rq, sizeof(*rq));
	rig_io_submit(&req->io, sim_rand_below(2) ? RIG_BIO : RIG_MQ);
	rig_io_wait(&req->io);
	if (req->io.status && !(run->setup->poison && rq->op == PCACHE_OP_READ))
		sim_fail(SIM_FAIL_CHECK, "request %u failed: %d", req->id,
			 blk_status_to_errno(req->io.status));
	rig_io_free(&req->io);
}

static void client(void *arg)
{
	struct runner *run = arg;
	struct request req;

	while (run->left) {
		run->left--;
		req.run = run;
		choose(run, &req.mark);
		req.id = run->next_op++;
		if (req.mark.op != PCACHE_OP_READ)
			set_busy(run, &req.mark, true);
		request_run(&req);
		look_for_checkpoints(run);
		if (sim_rand_below(8) == 0)
			sim_sleep(sim_rand_below(200) * NSEC_PER_USEC);
	}
}

void runner_burst(struct runner *run, u32 ops)
{
	u32 i;

	run->left = ops;
	for (i = 0; i < run->setup->clients; i++)
		sim_spawn("client", client, run);
	sim_join_all();
	look_for_checkpoints(run);
}

/* ---- poison ---- */

/* All that becomes unreadable with a sector: its block, or its page with CRCs. */
static void mark_lost(const struct runner *run, u32 i, u64 sector, u64 place)
{
	u32 block = run->setup->rig.cache[i].disk.block_size >> SECTOR_SHIFT;
	u64 first = round_down(sector, block), end = first + block;

	if (run->rig->cache[i]->data_crc) {
		first = sector - min(sector, place % 8);
		end = first + 8;
	}
	for (; first < end; first++)
		sim_mark(MARK_LOST, first << 1 | i, NULL, 0);
}

/* Make a dirty sector unreadable, if there is one at hand. */
void runner_poison(struct runner *run)
{
	u32 i = choose_cache(run), tries;
	const struct space *sp = &run->setup->space[i];
	struct pcache_run map;
	bool clean;
	u64 sector;

	for (tries = 0; tries < 20; tries++) {
		sector = space_sector(sp, sim_rand_below(sp->nr));
		rcu_read_lock();
		pcache_index_lookup(&run->rig->cache[i]->index, sector, 1,
				    false, &map);
		rcu_read_unlock();
		if (map.tag != PCACHE_DATA ||
		    !check_sector_is_clean(run->rig, i, sector, &clean) ||
		    clean)
			continue;
		mark_lost(run, i, sector, map.value);
		sim_pmem_poison(run->rig->pmem, map.value << SECTOR_SHIFT, 64);
		return;
	}
}
