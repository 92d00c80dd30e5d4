// SPDX-License-Identifier: GPL-2.0
/*
 * The oracle; see hist.h.  It knows nothing of the driver.
 *
 * The choice of versions: a later version leaves less that is missing, but may
 * raise M, and a larger M asks for more.  So the least choice that satisfies all
 * sectors is found by starting at the earliest versions and going on to later
 * ones where M asks for it, until nothing changes; if a sector runs out of
 * versions, no choice does.
 */
#include "shim/sim.h"
#include "crash/hist.h"
#include "sim/stamp.h"

/* ---- the sectors in use ---- */

void space_add(struct space *sp, u64 sector, u32 nr)
{
	sp->range[sp->nr_ranges].sector = sector;
	sp->range[sp->nr_ranges++].nr = nr;
	sp->nr += nr;
}

u32 space_index(const struct space *sp, u64 sector)
{
	u32 i, base = 0;

	for (i = 0; i < sp->nr_ranges; base += sp->range[i++].nr)
		if (sector >= sp->range[i].sector &&
		    sector - sp->range[i].sector < sp->range[i].nr)
			return base + sector - sp->range[i].sector;
	fprintf(stderr, "crash: sector %llu is not in use\n", sector);
	abort();
}

u64 space_sector(const struct space *sp, u32 index)
{
	u32 i;

	for (i = 0; index >= sp->range[i].nr; i++)
		index -= sp->range[i].nr;
	return sp->range[i].sector + index;
}

u32 space_content(const struct space *sp, u32 index, const u8 *data)
{
	struct stamp st;

	switch (stamp_read(data, &st)) {
	case STAMP_ZERO:
		return CONTENT_ZERO;
	case STAMP_GARBAGE:
		return CONTENT_GARBAGE;
	case STAMP_OK:
		if (st.lba != space_sector(sp, index) || st.run != sp->run)
			return CONTENT_ELSEWHERE;
		return st.op;
	default:
		return CONTENT_TORN;
	}
}

/* ---- building ---- */

static struct hist_version *sector_add(struct hist_sector *s)
{
	if (s->nr == s->max) {
		s->max = s->max * 2 ?: 4;
		s->v = realloc(s->v, s->max * sizeof(*s->v));
		if (!s->v)
			abort();
	}
	memset(&s->v[s->nr], 0, sizeof(*s->v));
	s->v[s->nr].lost = HIST_NEVER;
	return &s->v[s->nr++];
}

static struct hist *hist_alloc(const struct space *sp)
{
	struct hist *h = calloc(1, sizeof(*h));

	if (!h)
		abort();
	h->space = sp;
	h->sector = calloc(sp->nr, sizeof(*h->sector));
	if (!h->sector)
		abort();
	return h;
}

struct hist *hist_create(const struct space *sp)
{
	struct hist *h = hist_alloc(sp);
	u32 i;

	for (i = 0; i < sp->nr; i++)
		sector_add(&h->sector[i])->fua = true;
	return h;
}

void hist_free(struct hist *h)
{
	u32 i;

	if (!h)
		return;
	for (i = 0; i < h->space->nr; i++)
		free(h->sector[i].v);
	free(h->sector);
	free(h->flushes);
	free(h);
}

/* The sectors in use among [sector, sector + nr) have rising numbers. */
static bool in_use(const struct space *sp, u64 sector, u32 *index)
{
	u32 i;

	for (i = 0; i < sp->nr_ranges; i++)
		if (sector >= sp->range[i].sector &&
		    sector - sp->range[i].sector < sp->range[i].nr) {
			*index = space_index(sp, sector);
			return true;
		}
	return false;
}

void hist_start(struct hist *h, u64 sector, u32 nr, u32 op, enum hist_kind kind,
		bool fua, u64 when)
{
	struct hist_version *v;
	u32 i;

	for (; nr; nr--, sector++) {
		if (!in_use(h->space, sector, &i))
			continue;
		v = sector_add(&h->sector[i]);
		v->op = op;
		v->kind = kind;
		v->fua = fua;
		v->start = when;
		v->end = HIST_NEVER;
	}
}

void hist_end(struct hist *h, u64 sector, u32 nr, u32 op, u64 when)
{
	struct hist_sector *s;
	u32 i;

	for (; nr; nr--, sector++) {
		if (!in_use(h->space, sector, &i))
			continue;
		s = &h->sector[i];
		if (s->v[s->nr - 1].op != op) {
			fprintf(stderr, "crash: requests overlap at %llu\n",
				sector);
			abort();
		}
		s->v[s->nr - 1].end = when;
	}
}

static struct hist_flush *flush_add(struct hist *h)
{
	if (h->nr_flushes == h->max_flushes) {
		h->max_flushes = h->max_flushes * 2 ?: 16;
		h->flushes = realloc(h->flushes, h->max_flushes *
				     sizeof(*h->flushes));
		if (!h->flushes)
			abort();
	}
	return &h->flushes[h->nr_flushes++];
}

void hist_flush_start(struct hist *h, u32 op, u64 when)
{
	*flush_add(h) = (struct hist_flush){
		.op = op, .start = when, .end = HIST_NEVER,
	};
}

void hist_flush_end(struct hist *h, u32 op, u64 when)
{
	u32 i = h->nr_flushes;

	while (i--)
		if (h->flushes[i].op == op) {
			h->flushes[i].end = when;
			return;
		}
}

void hist_lose(struct hist *h, u64 sector, u64 when)
{
	struct hist_sector *s;
	u32 i, k;

	if (!in_use(h->space, sector, &i))
		return;
	s = &h->sector[i];
	for (k = 0; k < s->nr; k++)
		s->v[k].lost = min(s->v[k].lost, when);
}

static u64 durable_at(const struct hist *h, const struct hist_version *v)
{
	u64 when = v->fua ? v->end : HIST_NEVER;
	u32 i;

	for (i = 0; i < h->nr_flushes; i++)
		if (v->end <= h->flushes[i].start)
			when = min(when, h->flushes[i].end);
	return when;
}

void hist_seal(struct hist *h)
{
	u32 i, k;

	for (i = 0; i < h->space->nr; i++)
		for (k = 0; k < h->sector[i].nr; k++)
			h->sector[i].v[k].durable =
				durable_at(h, &h->sector[i].v[k]);
}

/* ---- which versions contents can stand for ---- */

/* Versions that were submitted before @when. */
static u32 versions_at(const struct hist_sector *s, u64 when)
{
	u32 nr = s->nr;

	while (nr && s->v[nr - 1].start >= when)
		nr--;
	return nr;
}

/*
 * May version @k be an error?  A discard may be dropped, and then leaves that as
 * it was.
 */
static bool version_fails(const struct hist_sector *s, u32 k)
{
	bool fails = s->v[k].lost != HIST_NEVER;

	if (s->v[k].kind == HIST_DISCARD)
		while (k-- > 0 && !fails)
			fails = s->v[k].lost != HIST_NEVER;
	return fails;
}

/* May version @k be what is there? */
static bool version_fits(const struct hist_sector *s, u32 k, u32 content)
{
	const struct hist_version *v = &s->v[k];

	if (content == CONTENT_ERROR)
		return version_fails(s, k);
	switch (v->kind) {
	case HIST_DATA:
		return content == v->op;
	case HIST_ZERO:
		return content == CONTENT_ZERO;
	default:
		/* Zeroes, garbage, or whatever was there at any time. */
		return content == CONTENT_ZERO || content == CONTENT_GARBAGE ||
		       content < v->op;
	}
}

/* The first version from @k on that fits; @nr: none. */
static u32 next_fit(const struct hist_sector *s, u32 k, u32 nr, u32 content)
{
	while (k < nr && !version_fits(s, k, content))
		k++;
	return k;
}

static u32 last_fit(const struct hist_sector *s, u32 nr, u32 content)
{
	u32 k = nr;

	while (k-- > 0)
		if (version_fits(s, k, content))
			return k;
	return nr;
}

static bool explain(const struct hist *h, u32 i, u32 content, char *why,
		    const char *what)
{
	static const char * const names[] = {
		"zeroes", "garbage", "an error", "a torn sector",
		"a sector of another place",
	};
	char have[32];

	if (content >= CONTENT_FIRST)
		snprintf(have, sizeof(have), "%s",
			 names[content - CONTENT_FIRST]);
	else
		snprintf(have, sizeof(have), "write %u", content);
	snprintf(why, HIST_WHY, "sector %llu holds %s: %s",
		 space_sector(h->space, i), have, what);
	return false;
}

bool hist_undefined(const struct hist *h, u32 index, u32 content, u64 when)
{
	const struct hist_sector *s = &h->sector[index];
	u32 nr = versions_at(s, when), k;

	for (k = 0; k < nr; k++)
		if (s->v[k].kind == HIST_DISCARD &&
		    version_fits(s, k, content))
			return true;
	return false;
}

/* ---- L1 and P3 ---- */

static bool check_l1(const struct hist *h, const u32 *contents, u64 when,
		     u32 *last, char *why)
{
	char what[64];
	u32 i, k, nr;

	for (i = 0; i < h->space->nr; i++) {
		const struct hist_sector *s = &h->sector[i];

		nr = versions_at(s, when);
		last[i] = last_fit(s, nr, contents[i]);
		if (last[i] == nr)
			return explain(h, i, contents[i], why,
				       "never written there");
		for (k = last[i] + 1; k < nr; k++)
			if (s->v[k].end < when) {
				snprintf(what, sizeof(what),
					 "write %u had ended (L1)", s->v[k].op);
				return explain(h, i, contents[i], why, what);
			}
	}
	return true;
}

/* Sector @i certainly has write @op: is another one certainly without? */
static bool check_whole(const struct hist *h, const u32 *last, u32 i, u32 op,
			u64 when, const u32 *contents, char *why)
{
	char what[64];
	u32 j, k;

	for (j = 0; j < h->space->nr; j++) {
		const struct hist_sector *s = &h->sector[j];

		for (k = last[j] + 1; k < versions_at(s, when); k++)
			if (s->v[k].op == op) {
				snprintf(what, sizeof(what),
					 "write %u is in sector %llu (P3)", op,
					 space_sector(h->space, i));
				return explain(h, j, contents[j], why, what);
			}
	}
	return true;
}

bool hist_recovered(const struct hist *h, const u32 *contents, u64 when,
		    char *why)
{
	u32 last[h->space->nr], i, checked = ~0u;

	if (!check_l1(h, contents, when, last, why))
		return false;
	for (i = 0; i < h->space->nr; i++) {
		const struct hist_version *v = &h->sector[i].v[last[i]];

		if (v->end < when || v->kind == HIST_DISCARD ||
		    v->op == checked ||
		    next_fit(&h->sector[i], 0, last[i], contents[i]) < last[i])
			continue;
		checked = v->op;
		if (!check_whole(h, last, i, v->op, when, contents, why))
			return false;
	}
	return true;
}

/* ---- L2 and L3 ---- */

/* Is what comes after version @k missing, although M demands it? */
static bool lacks(const struct hist_sector *s, u32 k, u32 nr, u64 m, bool cut,
		  u64 when)
{
	for (k++; k < nr; k++) {
		const struct hist_version *v = &s->v[k];

		if (v->lost < when)
			continue;
		if ((cut ? v->end : v->durable) < m)
			return true;
	}
	return false;
}

/* The earliest fitting version from @k on that lacks nothing; @nr: none. */
static u32 satisfy(const struct hist_sector *s, u32 k, u32 nr, u32 content,
		   u64 m, bool cut, u64 when)
{
	k = next_fit(s, k, nr, content);
	while (k < nr && lacks(s, k, nr, m, cut, when))
		k = next_fit(s, k + 1, nr, content);
	return k;
}

static bool check_order(const struct hist *h, const u32 *contents, u64 when,
			bool cut, char *why)
{
	u32 pick[h->space->nr], i, nr;
	bool again = true;
	char what[64];
	u64 m = 0;

	memset(pick, 0, sizeof(pick));
	while (again) {
		again = false;
		for (i = 0; i < h->space->nr; i++) {
			const struct hist_sector *s = &h->sector[i];

			nr = versions_at(s, when);
			pick[i] = satisfy(s, pick[i], nr, contents[i], m, cut,
					  when);
			if (pick[i] == nr) {
				snprintf(what, sizeof(what),
					 "something newer from %llu is there (%s)",
					 m, cut ? "L3" : "L2");
				return explain(h, i, contents[i], why, what);
			}
			if (s->v[pick[i]].start > m) {
				m = s->v[pick[i]].start;
				again = true;
			}
		}
	}
	return true;
}

bool hist_disk_legal(const struct hist *h, const u32 *contents, u64 when,
		     char *why)
{
	return check_order(h, contents, when, false, why);
}

bool hist_disk_cut(const struct hist *h, const u32 *contents, u64 when,
		   char *why)
{
	return check_order(h, contents, when, true, why);
}

/* ---- after a cut ---- */

/*
 * The versions up to @last become the past.  If its write had not ended, and the
 * version before it looks the same, it may be missing after all.
 */
static void sector_continue(struct hist_sector *to, const struct hist_sector *s,
			    u32 last, u32 content, u64 when)
{
	bool unclear = last && s->v[last].end >= when &&
		       next_fit(s, last - 1, last, content) < last;
	u32 k;

	for (k = 0; k <= last; k++) {
		struct hist_version *v = sector_add(to);

		*v = s->v[k];
		v->end = min(v->end, when);
	}
	if (unclear)
		to->v[last].end = HIST_NEVER;
}

struct hist *hist_continue(const struct hist *h, const u32 *contents, u64 when)
{
	struct hist *c = hist_alloc(h->space);
	u32 i;

	for (i = 0; i < h->space->nr; i++) {
		const struct hist_sector *s = &h->sector[i];

		sector_continue(&c->sector[i], s,
				last_fit(s, versions_at(s, when), contents[i]),
				contents[i], when);
	}
	for (i = 0; i < h->nr_flushes; i++)
		if (h->flushes[i].end < when)
			*flush_add(c) = h->flushes[i];
	*flush_add(c) = (struct hist_flush){ .start = when, .end = when };
	return c;
}
