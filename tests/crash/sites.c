// SPDX-License-Identifier: GPL-2.0
/*
 * Sites: calls from one file of the driver to a function of another that stores
 * go through wrappers here (the linker's --wrap), which put marks with the
 * caller's address around what is stored.
 */
#include "crash/record.h"
#include "crash/sites.h"

#define MAX_SITES	256
#define MAX_TASKS	65536

/* ---- wrappers ---- */

#define within(call)							\
do {									\
	sim_mark(MARK_SITE, (unsigned long)__builtin_return_address(0),	\
		 NULL, 0);						\
	call;								\
	sim_mark(MARK_SITE_END, 0, NULL, 0);				\
} while (0)

void __real_pcache_pmem_write(void *dst, const void *src, size_t len);
void __wrap_pcache_pmem_write(void *dst, const void *src, size_t len);
void __wrap_pcache_pmem_write(void *dst, const void *src, size_t len)
{
	within(__real_pcache_pmem_write(dst, src, len));
}

void __real_pcache_pmem_zero(void *dst, size_t len);
void __wrap_pcache_pmem_zero(void *dst, size_t len);
void __wrap_pcache_pmem_zero(void *dst, size_t len)
{
	within(__real_pcache_pmem_zero(dst, len));
}

void __real_pcache_pmem_store64(__le64 *dst, u64 value);
void __wrap_pcache_pmem_store64(__le64 *dst, u64 value);
void __wrap_pcache_pmem_store64(__le64 *dst, u64 value)
{
	within(__real_pcache_pmem_store64(dst, value));
}

int __real_pcache_meta_store(struct pcache_meta *meta, void *rec);
int __wrap_pcache_meta_store(struct pcache_meta *meta, void *rec);
int __wrap_pcache_meta_store(struct pcache_meta *meta, void *rec)
{
	int ret;

	within(ret = __real_pcache_meta_store(meta, rec));
	return ret;
}

void __real_pcache_cursor_store(struct pcache_cursor *cur, u64 clean_lsn,
				u64 evict_lsn);
void __wrap_pcache_cursor_store(struct pcache_cursor *cur, u64 clean_lsn,
				u64 evict_lsn);
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

static struct { u64 site; u64 hits; } hits[MAX_SITES];
static u32 nr_hits;

static void hit(u64 site)
{
	u32 i;

	for (i = 0; i < nr_hits; i++)
		if (hits[i].site == site)
			break;
	if (i == MAX_SITES)
		abort();
	if (i == nr_hits)
		hits[nr_hits++].site = site;
	hits[i].hits++;
}

void sites_hit(const struct site_index *si, const struct sim_replay *rp)
{
	const struct sim_pending *list;
	u32 nr = sim_replay_pending(rp, &list), i, c;

	for (i = 0; i < nr; i++)
		for (c = si->of[list[i].pos]; c; c = si->calls[c].outer)
			hit(si->calls[c].site);
}

bool sites_write(const char *path)
{
	FILE *f = fopen(path, "w");
	u32 i;

	if (!f)
		return false;
	for (i = 0; i < nr_hits; i++)
		fprintf(f, "%#llx %llu\n", hits[i].site, hits[i].hits);
	return !fclose(f);
}
