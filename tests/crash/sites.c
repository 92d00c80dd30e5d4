// SPDX-License-Identifier: GPL-2.0
/*
 * Sites: calls from one file of the driver to a function of another that stores
 * go through wrappers here (the linker's --wrap), which put marks with the
 * caller's address around what is stored.
 */
#include "crash/record.h"
#include "crash/sites.h"

#define MAX_TASKS	65536

/* ---- wrappers ---- */

#define within(call)							\
do {									\
	sim_mark(MARK_SITE, (unsigned long)__builtin_return_address(0),	\
		 NULL, 0);						\
	call;								\
	sim_mark(MARK_SITE_END, 0, NULL, 0);				\
} while (0)

void __wrap_pcache_pmem_write(void *dst, const void *src, size_t len)
{
	within(__real_pcache_pmem_write(dst, src, len));
}

void __wrap_pcache_pmem_zero(void *dst, size_t len)
{
	within(__real_pcache_pmem_zero(dst, len));
}

void __wrap_pcache_pmem_store64(__le64 *dst, u64 value)
{
	within(__real_pcache_pmem_store64(dst, value));
}

int __wrap_pcache_meta_store(struct pcache_meta *meta, void *rec)
{
	int ret;

	within(ret = __real_pcache_meta_store(meta, rec));
	return ret;
}

int __wrap_pcache_meta_repair(struct pcache_meta *meta, void *rec)
{
	int ret;

	within(ret = __real_pcache_meta_repair(meta, rec));
	return ret;
}

void __wrap_pcache_cursor_store(struct pcache_cursor *cur, u64 clean_lsn,
				u64 evict_lsn)
{
	within(__real_pcache_cursor_store(cur, clean_lsn, evict_lsn));
}

/* ---- which calls a store was made in ---- */

/* A call that is under way, within another one. */
struct call {
	u64 site;
	u32 outer;	/* place in @calls; 0: none */
};

/**
 * struct site_index - the calls of one log
 * @calls: all of them; the first one is none
 * @nr_calls: their number
 * @of: per record of the log, the innermost call
 */
struct site_index {
	struct call *calls;
	u32 nr_calls;
	u32 *of;
};

static u32 call_add(struct site_index *si, u64 site, u32 outer)
{
	si->calls[si->nr_calls] = (struct call){ .site = site, .outer = outer };
	return si->nr_calls++;
}

struct site_index *sites_index(const struct sim_log *log)
{
	struct site_index *si = calloc(1, sizeof(*si));
	u32 *now = calloc(MAX_TASKS, sizeof(u32));
	u64 pos, len = sim_log_len(log);
	const struct sim_rec *rec;

	if (!si || !now)
		abort();
	si->calls = calloc(len + 1, sizeof(*si->calls));
	si->of = calloc(len + 1, sizeof(*si->of));
	if (!si->calls || !si->of)
		abort();
	call_add(si, 0, 0);
	for (pos = 0; pos < len; pos++) {
		u32 *in;

		rec = sim_log_rec(log, pos);
		in = &now[rec->task % MAX_TASKS];
		if (rec->type == SIM_REC_MARK && rec->off == MARK_SITE)
			*in = call_add(si, rec->arg, *in);
		else if (rec->type == SIM_REC_MARK && rec->off == MARK_SITE_END)
			*in = si->calls[*in].outer;
		si->of[pos] = *in;
	}
	free(now);
	return si;
}

void sites_free(struct site_index *si)
{
	free(si->calls);
	free(si->of);
	free(si);
}

/* ---- hits ---- */

static struct site_hits own_hits, *hits = &own_hits;

void sites_count(struct site_hits *where)
{
	hits = where;
}

static void hit(u64 site, u64 times)
{
	u32 i;

	for (i = 0; i < hits->nr; i++)
		if (hits->of[i].site == site)
			break;
	if (i == MAX_SITES)
		abort();
	if (i == hits->nr)
		hits->of[hits->nr++].site = site;
	hits->of[i].hits += times;
}

void sites_merge(const struct site_hits *other)
{
	u32 i;

	for (i = 0; i < other->nr; i++)
		hit(other->of[i].site, other->of[i].hits);
}

void sites_hit(const struct site_index *si, const struct sim_replay *rp)
{
	const struct sim_pending *list;
	u32 nr = sim_replay_pending(rp, &list), i, c;

	for (i = 0; i < nr; i++)
		for (c = si->of[list[i].pos]; c; c = si->calls[c].outer)
			hit(si->calls[c].site, 1);
}

bool sites_write(const char *path)
{
	FILE *f = fopen(path, "w");
	u32 i;

	if (!f)
		return false;
	for (i = 0; i < hits->nr; i++)
		fprintf(f, "%#llx %llu\n", hits->of[i].site, hits->of[i].hits);
	return !fclose(f);
}
