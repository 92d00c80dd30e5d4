// SPDX-License-Identifier: GPL-2.0
/* The array that a cache is compared with; see cells.h. */
#include "shim/sim.h"
#include "model/cells.h"

void cells_init(struct cells *cs, u64 nr, u32 run)
{
	u64 i;

	cs->nr = nr;
	cs->run = run;
	cs->cell = calloc(nr, sizeof(*cs->cell));
	if (!cs->cell)
		abort();
	for (i = 0; i < nr; i++) {
		cs->cell[i].nr = 1;
		cs->cell[i].v[0].kind = VERSION_ZERO;
		cs->cell[i].v[0].replaced = CELL_NEVER;
	}
}

void cells_exit(struct cells *cs)
{
	free(cs->cell);
	cs->cell = NULL;
}

/* Forget what no read that is under way or to come may return. */
static void cell_prune(struct cell *c, u64 oldest)
{
	u32 i, kept = 0;

	for (i = 0; i < c->nr; i++)
		if (c->v[i].replaced > oldest)
			c->v[kept++] = c->v[i];
	c->nr = kept;
}

bool cells_have_room(struct cells *cs, u64 sector, u32 nr, u64 oldest)
{
	for (; nr; nr--, sector++) {
		struct cell *c = &cs->cell[sector];

		if (c->nr > 1)
			cell_prune(c, oldest);
		if (c->nr == CELL_VERSIONS)
			return false;
	}
	return true;
}

void cells_start(struct cells *cs, u64 sector, u32 nr, u32 op,
		 enum version_kind kind, u64 now)
{
	for (; nr; nr--, sector++) {
		struct cell *c = &cs->cell[sector];

		bool lost = false;
		u32 i;

		/* A discard that finds no space has no effect. */
		for (i = 0; i < c->nr && kind == VERSION_DISCARD; i++)
			lost |= c->v[i].lost;
		c->scribbled |= kind == VERSION_ANY;
		c->v[c->nr++] = (struct version){
			.op = op, .kind = kind, .lost = lost, .start = now,
			.end = CELL_NEVER, .replaced = CELL_NEVER,
		};
	}
}

static struct version *cell_find(struct cell *c, u32 op)
{
	u32 i;

	for (i = 0; i < c->nr; i++)
		if (c->v[i].op == op)
			return &c->v[i];
	return NULL;
}

void cells_end(struct cells *cs, u64 sector, u32 nr, u32 op, u64 now)
{
	for (; nr; nr--, sector++) {
		struct cell *c = &cs->cell[sector];
		struct version *v = cell_find(c, op);
		u32 i;

		if (!v)
			continue;
		v->end = now;
		for (i = 0; i < c->nr; i++)
			if (c->v[i].end < v->start &&
			    c->v[i].replaced == CELL_NEVER)
				c->v[i].replaced = now;
	}
}

void cells_poison(struct cells *cs, u64 sector)
{
	struct cell *c = &cs->cell[sector];
	u32 i;

	for (i = 0; i < c->nr; i++)
		c->v[i].lost = true;
}

bool cells_lost(const struct cells *cs, u64 sector, u32 nr, u64 since)
{
	u32 i;

	for (; nr; nr--, sector++) {
		const struct cell *c = &cs->cell[sector];

		for (i = 0; i < c->nr; i++)
			if (c->v[i].lost && c->v[i].replaced > since)
				return true;
	}
	return false;
}

static bool version_fits(const struct cell *c, const struct version *v,
			 enum stamp_what what, const struct stamp *st)
{
	switch (v->kind) {
	case VERSION_DATA:
		return what == STAMP_OK && st->op == v->op;
	case VERSION_ZERO:
		return what == STAMP_ZERO;
	case VERSION_DISCARD:
		if (what == STAMP_BAD)
			return c->scribbled;
		return what != STAMP_OK || st->op < v->op;
	default:
		return true;
	}
}

/*
 * No write was under way and the version is known: the others that a write could
 * not be told from are out of the race.
 */
static void cell_pin(struct cell *c, u32 fits, u64 start, u64 end)
{
	u32 i;

	for (i = 0; i < c->nr; i++)
		if (c->v[i].end > start || c->v[i].kind > VERSION_ZERO)
			return;
	for (i = 0; i < c->nr; i++)
		if (i != fits && c->v[i].replaced == CELL_NEVER)
			c->v[i].replaced = end;
}

const char *cells_check(struct cells *cs, u64 sector, const u8 *data,
			u64 start, u64 end)
{
	struct cell *c = &cs->cell[sector];
	u32 i, nr = 0, which = 0;
	enum stamp_what what;
	struct stamp st = {};

	what = stamp_read(data, &st);
	if (what == STAMP_OK && (st.lba != sector || st.run != cs->run))
		return "belongs elsewhere";
	for (i = 0; i < c->nr; i++) {
		if (c->v[i].replaced <= start || c->v[i].start > end ||
		    !version_fits(c, &c->v[i], what, &st))
			continue;
		which = i;
		nr++;
	}
	if (!nr)
		return what == STAMP_BAD ? "is torn" :
		       what == STAMP_OK ? "is not the last version" :
		       what == STAMP_ZERO ? "is zero" : "is garbage";
	if (nr == 1)
		cell_pin(c, which, start, end);
	return NULL;
}

const char *cells_rebase(struct cells *cs, u64 sector, const u8 *data)
{
	struct cell *c = &cs->cell[sector];
	enum stamp_what what;
	struct stamp st = {};

	what = stamp_read(data, &st);
	if (what == STAMP_OK && (st.lba != sector || st.run != cs->run))
		return "belongs elsewhere";
	if (what == STAMP_BAD && !c->scribbled)
		return "is torn";
	c->nr = 1;
	c->v[0] = (struct version){
		.op = what == STAMP_OK ? st.op : 0,
		.kind = what == STAMP_OK ? VERSION_DATA :
			what == STAMP_ZERO ? VERSION_ZERO : VERSION_ANY,
		.replaced = CELL_NEVER,
	};
	return NULL;
}
