// SPDX-License-Identifier: GPL-2.0
/*
 * Clients: tasks that do one random request after the other, and compare what
 * reads return with what they may return.
 */
#include "model/model.h"
#include "sim/check.h"

/* Requests of one client between two looks at the invariants. */
#define CHECK_EVERY	128

/**
 * struct work - a request to be
 * @i: of which cache
 * @op: enum pcache_op
 * @flags: PCACHE_REQ_*
 * @sector: first sector
 * @nr: sectors
 * @id: its number
 * @scribble: its buffer changes under way
 */
struct work {
	u32 i;
	u8 op;
	u8 flags;
	u64 sector;
	u32 nr;
	u32 id;
	bool scribble;
};

/**
 * struct client - a task that does requests
 * @m: the run
 * @index: which client
 * @w: its request
 * @end: when that has ended
 */
struct client {
	struct model *m;
	u32 index;
	struct work w;
	u64 end;
};

static u32 block_sectors(const struct model *m, u32 i)
{
	return m->opts.cache[i].disk.block_size >> SECTOR_SHIFT;
}

/* ---- choosing ---- */

static u8 choose_op(void)
{
	u32 k = sim_rand_below(100);

	if (k < 40)
		return PCACHE_OP_READ;
	if (k < 84)
		return PCACHE_OP_WRITE;
	if (k < 90)
		return PCACHE_OP_ZEROES;
	if (k < 94)
		return PCACHE_OP_DISCARD;
	return PCACHE_OP_FLUSH;
}

static void choose_flags(const struct model *m, struct work *w)
{
	w->flags = 0;
	if (w->op == PCACHE_OP_FLUSH)
		w->flags |= PCACHE_REQ_PREFLUSH;
	if (w->op != PCACHE_OP_WRITE && w->op != PCACHE_OP_ZEROES)
		return;
	/* Without a write cache to flush, every write is durable. */
	if (m->rig.cache[w->i]->want_relaxed || sim_rand_below(10) == 0)
		w->flags |= PCACHE_REQ_FUA;
	else if (sim_rand_below(20) == 0)
		w->flags |= PCACHE_REQ_PREFLUSH;
	if (w->op == PCACHE_OP_ZEROES && sim_rand_below(2))
		w->flags |= PCACHE_REQ_NOUNMAP;
}

static u32 choose_len(u32 most)
{
	switch (sim_rand_below(8)) {
	case 0:
		return most;
	case 1:
	case 2:
		return 1 + sim_rand_below(most);
	case 3:
		return min(most, 8u);
	default:
		return 1 + sim_rand_below(min(most, 16u));
	}
}

static u32 longest(const struct model *m, u8 op)
{
	u32 max_io = m->rig.dev->geo.max_io >> SECTOR_SHIFT;

	switch (op) {
	case PCACHE_OP_ZEROES:
		return sim_rand_below(20) ? 64 : PCACHE_CHUNK_SECTORS;
	case PCACHE_OP_DISCARD:
		return sim_rand_below(20) ? 64 : 2 * PCACHE_CHUNK_SECTORS;
	default:
		return max_io;
	}
}

/* Where the block layer would have cut it, and to whole blocks. */
static void clip(const struct model *m, struct work *w)
{
	u32 block = block_sectors(m, w->i);
	u64 end = m->side[w->i].cells.nr;
	u32 room;

	w->sector = round_down(w->sector, block);
	w->nr = round_up(w->nr, block);
	w->nr = min_t(u64, w->nr, round_down(end - w->sector, block));
	if (w->op == PCACHE_OP_DISCARD)
		return;
	room = PCACHE_CHUNK_SECTORS - w->sector % PCACHE_CHUNK_SECTORS;
	w->nr = min3(w->nr, room, longest(m, w->op));
	w->nr = max(round_down(w->nr, block), block);
}

static void choose_range(const struct model *m, struct work *w)
{
	const struct model_side *side = &m->side[w->i];
	u32 k = sim_rand_below(16);

	k = k < 8 ? 0 : k < 11 ? 1 : k < 13 ? 2 : k < 14 ? 3 : MODEL_REGIONS;
	if (k < MODEL_REGIONS)
		w->sector = side->region[k].sector +
			    sim_rand_below(side->region[k].nr);
	else
		w->sector = sim_rand_below(side->cells.nr);
	w->nr = choose_len(longest(m, w->op));
	if (sim_rand_below(2))
		w->sector = round_down(w->sector, 8);
	clip(m, w);
}

static enum version_kind work_kind(const struct work *w)
{
	if (w->scribble)
		return VERSION_ANY;
	return w->op == PCACHE_OP_WRITE ? VERSION_DATA :
	       w->op == PCACHE_OP_ZEROES ? VERSION_ZERO : VERSION_DISCARD;
}

static bool is_update(const struct work *w)
{
	return w->op != PCACHE_OP_READ && w->op != PCACHE_OP_FLUSH;
}

static u64 oldest_read(const struct model *m)
{
	u64 oldest = m->now;
	u32 i;

	for (i = 0; i < MODEL_CLIENTS; i++)
		oldest = min(oldest, m->reading_since[i]);
	return oldest;
}

static void choose(struct model *m, struct work *w)
{
	do {
		w->i = sim_rand_below(m->opts.nr_caches);
		w->op = choose_op();
		choose_flags(m, w);
		w->sector = 0;
		w->nr = 0;
		w->scribble = (w->op == PCACHE_OP_READ ||
			       w->op == PCACHE_OP_WRITE) &&
			      sim_rand_below(64) == 0;
		if (w->op != PCACHE_OP_FLUSH)
			choose_range(m, w);
	} while (is_update(w) &&
		 !cells_have_room(&m->side[w->i].cells, w->sector, w->nr,
				  oldest_read(m)));
}

/* ---- data ---- */

static void stamp_data(const struct model *m, const struct work *w, u8 *buf)
{
	u32 i;

	for (i = 0; i < w->nr; i++) {
		struct stamp st = {
			.lba = w->sector + i,
			.op = w->id,
			.run = m->side[w->i].cells.run,
			.position = i,
		};

		stamp_write(buf + i * STAMP_SIZE, &st);
	}
}

static void check_data(struct model *m, const struct work *w, const u8 *buf,
		       u64 start, u64 end)
{
	struct cells *cs = &m->side[w->i].cells;
	const char *why;
	u32 i;

	for (i = 0; i < w->nr; i++) {
		why = cells_check(cs, w->sector + i, buf + i * STAMP_SIZE,
				  start, end);
		if (why)
			sim_fail(SIM_FAIL_CHECK,
				 "request %u: cache %u sector %llu %s (P2)",
				 w->id, w->i, w->sector + i, why);
	}
}

static void check_status(struct model *m, const struct work *w,
			 blk_status_t status, u64 start)
{
	if (!status)
		return;
	if (w->op == PCACHE_OP_READ &&
	    (m->side[w->i].may_fail ||
	     cells_lost(&m->side[w->i].cells, w->sector, w->nr, start))) {
		m->counts.errors++;
		return;
	}
	sim_fail(SIM_FAIL_CHECK,
		 "request %u: cache %u op %u sector %llu+%u failed: %d", w->id,
		 w->i, w->op, w->sector, w->nr, blk_status_to_errno(status));
}

/* ---- buffers that change under way (I9, P10) ---- */

struct scribble {
	struct rig_io *io;
	u32 len;
	bool stop;
	struct completion done;
};

static void scribble(void *arg)
{
	struct scribble *sc = arg;
	u64 word;

	while (!sc->stop) {
		word = sim_rand();
		memcpy(sc->io->buf + sim_rand_below(sc->len / 8) * 8, &word, 8);
		sim_yield();
	}
	complete(&sc->done);
}

/* ---- doing ---- */

static const char * const op_names[] = {
	[PCACHE_OP_READ] = "read", [PCACHE_OP_WRITE] = "write",
	[PCACHE_OP_FLUSH] = "flush", [PCACHE_OP_ZEROES] = "zeroes",
	[PCACHE_OP_DISCARD] = "discard",
};

static void trace(const struct model *m, const struct work *w, const char *what)
{
	if (m->traced >= w->sector && m->traced < w->sector + w->nr)
		printf("  %llu: %s %u: cache %u %s %llu+%u flags %u\n", m->now,
		       what, w->id, w->i, op_names[w->op], w->sector, w->nr,
		       w->flags);
}

/* In the very moment: what is submitted from now on comes after it. */
static void io_ended(struct rig_io *io)
{
	struct client *cl = io->owner;
	struct work *w = &cl->w;

	cl->end = ++cl->m->now;
	trace(cl->m, w, "end of");
	if (is_update(w))
		cells_end(&cl->m->side[w->i].cells, w->sector, w->nr, w->id,
			  cl->end);
}

static void do_io(struct client *cl, struct rig_io *io)
{
	struct work *w = &cl->w;
	struct scribble sc = { .io = io, .len = w->nr << SECTOR_SHIFT };
	enum rig_front front = sim_rand_below(2) ? RIG_BIO : RIG_MQ;

	io->ended = io_ended;
	io->owner = cl;
	if (w->scribble) {
		init_completion(&sc.done);
		sim_spawn("scribble", scribble, &sc);
	}
	rig_io_submit(io, front);
	rig_io_wait(io);
	if (w->scribble) {
		sc.stop = true;
		wait_for_completion(&sc.done);
	}
}

static void do_work(struct client *cl)
{
	struct work *w = &cl->w;
	struct model *m = cl->m;
	struct cells *cs = &m->side[w->i].cells;
	struct rig_io io;
	u64 start;

	w->id = m->next_op++;
	m->counts.ops[w->op]++;
	start = ++m->now;
	trace(m, w, "start of");
	if (w->op == PCACHE_OP_READ)
		m->reading_since[cl->index] = start;
	if (is_update(w))
		cells_start(cs, w->sector, w->nr, w->id, work_kind(w), start);
	rig_io_init(&io, &m->rig, w->i, w->op, w->flags, w->sector, w->nr,
		    !m->poison && sim_rand_below(8) == 0);
	if (w->op == PCACHE_OP_WRITE)
		stamp_data(m, w, io.buf);
	do_io(cl, &io);
	check_status(m, w, io.status, start);
	if (w->op == PCACHE_OP_READ && !io.status && !w->scribble)
		check_data(m, w, io.buf, start, cl->end);
	m->reading_since[cl->index] = CELL_NEVER;
	rig_io_free(&io);
}

static void client(void *arg)
{
	struct client *cl = arg;
	struct model *m = cl->m;
	u32 until_check = CHECK_EVERY;

	while (m->next_op < m->phase_end) {
		choose(m, &cl->w);
		do_work(cl);
		if (sim_rand_below(64) == 0)
			model_gremlin(m);
		if (until_check && --until_check)
			continue;
		/* Not while a shard is locked: then after the next one. */
		if (check_live(&m->rig, cl->w.i, m->side[cl->w.i].flipped ?
			       CHECK_POISON : 0)) {
			m->counts.live_checks++;
			until_check = CHECK_EVERY;
		}
	}
}

void model_run_clients(struct model *m)
{
	struct client cl[MODEL_CLIENTS];
	u32 i;

	for (i = 0; i < MODEL_CLIENTS; i++) {
		m->reading_since[i] = CELL_NEVER;
		cl[i] = (struct client){ .m = m, .index = i };
		sim_spawn("client", client, &cl[i]);
	}
	sim_join_all();
}

/* ---- between phases ---- */

static void read_range(struct model *m, u32 i, u64 sector, u32 nr)
{
	struct client cl = { .m = m, .w = { .i = i, .op = PCACHE_OP_READ } };
	u64 end = sector + nr;

	for (cl.w.sector = sector; cl.w.sector < end;
	     cl.w.sector += cl.w.nr) {
		cl.w.nr = min_t(u64, end - cl.w.sector, 32);
		clip(m, &cl.w);
		do_work(&cl);
	}
}

void model_read_regions(struct model *m, u32 i)
{
	u32 k;

	for (k = 0; k < MODEL_REGIONS; k++)
		read_range(m, i, round_down(m->side[i].region[k].sector, 8),
			   m->side[i].region[k].nr);
}

void model_overwrite_lost(struct model *m, u32 i)
{
	struct cells *cs = &m->side[i].cells;
	u32 block = block_sectors(m, i);
	struct client cl = { .m = m };
	u64 sector;

	for (sector = 0; sector < cs->nr; sector += block) {
		if (!cells_lost(cs, sector, block, m->now))
			continue;
		cl.w = (struct work){
			.i = i, .op = PCACHE_OP_WRITE, .sector = sector,
			.nr = block,
		};
		sim_check(cells_have_room(cs, sector, block, m->now));
		do_work(&cl);
	}
}
