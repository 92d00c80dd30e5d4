// SPDX-License-Identifier: GPL-2.0
/*
 * The event log: records in one sequence, in chunks of memory that never move.
 *
 * It also keeps what each device held when recording began, so that it stands on
 * its own once it was taken out of its world.
 */
#include "rt.h"
#include "log.h"

#define CHUNK_SIZE	(1u << 20)

struct log_chunk {
	struct log_chunk *next;
	u32 used;
	u32 size;
	u8 data[] __aligned(8);
};

static struct log_chunk *chunk_new(struct sim_log *log, u32 need)
{
	u32 size = max(need, CHUNK_SIZE);
	struct log_chunk *chunk = malloc(sizeof(*chunk) + size);

	if (!chunk)
		abort();
	chunk->next = log->chunks;
	chunk->used = 0;
	chunk->size = size;
	log->chunks = chunk;
	return chunk;
}

static void log_index(struct sim_log *log, struct sim_rec *rec)
{
	if (log->nr == log->max) {
		log->max = log->max * 2 ?: 1024;
		log->recs = realloc(log->recs, log->max * sizeof(rec));
		if (!log->recs)
			abort();
	}
	log->recs[log->nr++] = rec;
}

/* A new last record, filled in as far as it does not depend on its type. */
struct sim_rec *log_add(u8 type, u32 data_len)
{
	struct world *w = sim_world;
	struct sim_log *log = w->log;
	u32 need = round_up(sizeof(struct sim_rec) + data_len, 8);
	struct log_chunk *chunk = log->chunks;
	struct sim_rec *rec;

	if (!chunk || chunk->size - chunk->used < need)
		chunk = chunk_new(log, need);
	rec = (struct sim_rec *)(chunk->data + chunk->used);
	chunk->used += need;
	memset(rec, 0, sizeof(*rec));
	rec->type = type;
	rec->cpu = w->running->task.cpu;
	rec->task = w->running->id;
	rec->time = w->now;
	rec->data_len = data_len;
	log_index(log, rec);
	return rec;
}

void log_base_pmem(struct sim_pmem *pmem)
{
	struct sim_log *log = sim_world->log;
	u32 index = sim_pmem_index(pmem);

	log->pmem[index] = sim_pmem_snapshot(pmem);
	log->nr_pmem = max(log->nr_pmem, index + 1);
}

void log_base_disk(struct sim_disk *disk)
{
	struct sim_log *log = sim_world->log;
	u32 index = sim_disk_index(disk);

	log->disks[index] = sim_disk_snapshot(disk);
	log->nr_disks = max(log->nr_disks, index + 1);
}

void sim_log_start(void)
{
	struct world *w = sim_world;
	u32 i;

	sim_log_stop();
	w->log = calloc(1, sizeof(*w->log));
	if (!w->log)
		abort();
	for (i = 0; i < w->nr_pmem; i++)
		log_base_pmem(w->pmem[i]);
	for (i = 0; i < w->nr_disks; i++)
		log_base_disk(w->disks[i]);
}

void sim_log_stop(void)
{
	log_drop(sim_world);
}

struct sim_log *sim_log_take(void)
{
	struct sim_log *log = sim_world->log;

	sim_world->log = NULL;
	return log;
}

struct sim_log *sim_log_of(struct world *w)
{
	return w->log;
}

void sim_mark(u32 kind, u64 arg, const void *data, u32 len)
{
	struct sim_rec *rec;

	if (!sim_world->log)
		return;
	rec = log_add(SIM_REC_MARK, len);
	rec->off = kind;
	rec->arg = arg;
	if (len)
		memcpy(rec->data, data, len);
}

u64 sim_log_len(const struct sim_log *log)
{
	return log->nr;
}

const struct sim_rec *sim_log_rec(const struct sim_log *log, u64 pos)
{
	return pos < log->nr ? log->recs[pos] : NULL;
}

u32 sim_log_nr_pmem(const struct sim_log *log)
{
	return log->nr_pmem;
}

u32 sim_log_nr_disks(const struct sim_log *log)
{
	return log->nr_disks;
}

static struct sim_hash hash_bytes(struct sim_hash h, const u8 *p, u32 len)
{
	struct sim_hash word = {};
	u32 part;

	for (; len; p += part, len -= part) {
		part = min(len, 8u);
		word.lo = 0;
		memcpy(&word.lo, p, part);
		h = sim_hash_mix(h, word, part);
	}
	return h;
}

struct sim_hash sim_log_hash(const struct sim_log *log)
{
	struct sim_hash h = {};
	struct sim_rec head;
	u64 i;

	for (i = 0; i < log->nr; i++) {
		head = *log->recs[i];
		head.site = NULL;
		h = hash_bytes(h, (const u8 *)&head, sizeof(head));
		h = hash_bytes(h, log->recs[i]->data, head.data_len);
	}
	return h;
}

void sim_log_free(struct sim_log *log)
{
	struct log_chunk *chunk, *next;
	u32 i;

	if (!log)
		return;
	for (chunk = log->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	for (i = 0; i < MAX_DEVICES; i++) {
		sim_image_free(log->pmem[i]);
		sim_image_free(log->disks[i]);
	}
	free(log->recs);
	free(log);
}

void log_drop(struct world *w)
{
	sim_log_free(w->log);
	w->log = NULL;
}
