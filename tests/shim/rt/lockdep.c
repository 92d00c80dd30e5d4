// SPDX-License-Identifier: GPL-2.0
/*
 * The lock checker: which locks a task holds, in which order classes of locks
 * are taken, and in which context.
 *
 * A class is all locks that one place initialises.  If B is ever taken while A
 * is held, then A comes before B; a cycle in that order is reported, whether or
 * not it did deadlock.  A class that is taken in an interrupt must never be taken
 * with interrupts enabled, nor come before one that is; likewise for softirqs.
 * The order belongs to the world, so that a report can be repeated from its seed.
 */
#include "rt.h"

#include <linux/irqflags.h>

#define NO_CLASS	MAX_CLASSES

static struct lock_class_key *map_key(struct lockdep_map *map)
{
	if (map->key)
		return map->key;
	return map->name ? &map->own : NULL;
}

static u32 class_find(struct world *w, const struct lock_class_key *key,
		      u32 subclass)
{
	u32 i;

	for (i = 0; i < w->nr_classes; i++)
		if (w->classes[i].key == key && w->classes[i].subclass == subclass)
			break;
	return i;
}

static u32 class_of(struct world *w, struct lockdep_map *map, u32 subclass)
{
	struct lock_class_key *key = map_key(map);
	struct lock_class *class;
	u32 id;

	subclass += map->subclass;
	if (!key)
		return NO_CLASS;
	if (!subclass && key->world == w->lock_world)
		return key->id;
	id = class_find(w, key, subclass);
	if (id == MAX_CLASSES) {
		sim_fail(SIM_FAIL_LOCK_USE, "too many lock classes");
		return NO_CLASS;
	}
	if (id == w->nr_classes) {
		class = &w->classes[w->nr_classes++];
		memset(class, 0, sizeof(*class));
		class->key = key;
		class->name = map->name;
		class->subclass = subclass;
	}
	if (!subclass) {
		key->world = w->lock_world;
		key->id = id;
	}
	return id;
}

/* ---- order ---- */

static bool comes_before(const struct lock_class *a, u32 b)
{
	return a->after[b / 64] >> (b % 64) & 1;
}

/* All classes that come after @from, directly or not. */
static void reach(const struct world *w, u32 from, u64 *set)
{
	u32 stack[MAX_CLASSES];
	u32 nr = 1, i, k;
	u64 more;

	memset(set, 0, CLASS_WORDS * sizeof(*set));
	stack[0] = from;
	while (nr) {
		from = stack[--nr];
		for (k = 0; k < CLASS_WORDS; k++) {
			more = w->classes[from].after[k] & ~set[k];
			set[k] |= more;
			for (; more; more &= more - 1) {
				i = k * 64 + __builtin_ctzll(more);
				stack[nr++] = i;
			}
		}
	}
}

static bool in_set(const u64 *set, u32 i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static void check_cycle(struct world *w, u32 held, u32 wanted, const void *site)
{
	u64 set[CLASS_WORDS];

	reach(w, wanted, set);
	if (in_set(set, held))
		fail_at(SIM_FAIL_LOCK_ORDER, site,
			"%s is taken while %s is held; the order was the other way round before",
			w->classes[wanted].name, w->classes[held].name);
}

/* An interrupt must not wait for what a task holds with interrupts enabled. */
static void check_contexts(struct world *w, const void *site)
{
	u64 set[CLASS_WORDS];
	u32 a, b;

	for (a = 0; a < w->nr_classes; a++) {
		const struct lock_class *ca = &w->classes[a];

		if (!ca->in_hardirq && !ca->in_softirq)
			continue;
		reach(w, a, set);
		set[a / 64] |= 1ull << (a % 64);
		for (b = 0; b < w->nr_classes; b++) {
			const struct lock_class *cb = &w->classes[b];

			if (!in_set(set, b))
				continue;
			if ((ca->in_hardirq && cb->irqs_on) ||
			    (ca->in_softirq && cb->bh_on))
				fail_at(SIM_FAIL_LOCK_CONTEXT, site,
					"%s is taken in %s, and %s with them enabled",
					ca->name, ca->in_hardirq ? "interrupts" :
					"softirqs", cb->name);
		}
	}
}

static bool note_order(struct world *w, const struct fiber *f, u32 class,
		       const void *site)
{
	bool changed = false;
	u32 i, held;

	for (i = 0; i < f->nr_held; i++) {
		held = f->held[i].class;
		if (held == NO_CLASS || comes_before(&w->classes[held], class))
			continue;
		if (held == class)
			fail_at(SIM_FAIL_LOCK_ORDER, site,
				"%s is taken while another lock of its class is held",
				w->classes[class].name);
		check_cycle(w, held, class, site);
		w->classes[held].after[class / 64] |= 1ull << (class % 64);
		changed = true;
	}
	return changed;
}

static bool set_once(bool *flag, bool value)
{
	if (!value || *flag)
		return false;
	*flag = true;
	return true;
}

static bool note_context(struct lock_class *class, const struct fiber *f,
			 bool trylock)
{
	enum shim_context context = f->task.context;
	bool off = f->task.irq_count || context == SHIM_CTX_HARDIRQ;
	bool bh_off = off || f->task.bh_count || context == SHIM_CTX_SOFTIRQ;
	bool changed = false;

	changed |= set_once(&class->in_hardirq,
			    !trylock && context == SHIM_CTX_HARDIRQ);
	changed |= set_once(&class->in_softirq,
			    !trylock && context == SHIM_CTX_SOFTIRQ);
	changed |= set_once(&class->irqs_on, !off);
	changed |= set_once(&class->bh_on, !bh_off);
	return changed;
}

/* ---- held locks ---- */

void lockdep_acquire(struct lockdep_map *map, unsigned int subclass, bool read,
		     bool trylock, const void *site)
{
	struct world *w = sim_world;
	struct fiber *f = w->running;
	u32 class = NO_CLASS;
	bool changed;

	if (w->opts.lockdep)
		class = class_of(w, map, subclass);
	if (class != NO_CLASS) {
		changed = note_context(&w->classes[class], f, trylock);
		if (!trylock)
			changed |= note_order(w, f, class, site);
		if (changed)
			check_contexts(w, site);
	}
	if (f->nr_held == MAX_HELD) {
		sim_fail(SIM_FAIL_LOCK_USE, "too many locks held");
		return;
	}
	f->held[f->nr_held++] = (struct held_lock){
		.map = map, .class = class, .read = read,
	};
}

void lockdep_release(const struct lockdep_map *map, const void *site)
{
	struct fiber *f = sim_cur;
	u32 i = f->nr_held;

	while (i && f->held[i - 1].map != map)
		i--;
	if (!i) {
		fail_at(SIM_FAIL_LOCK_USE, site, "%s is released but not held",
			map->name ?: "a lock");
		return;
	}
	for (; i < f->nr_held; i++)
		f->held[i - 1] = f->held[i];
	f->nr_held--;
}

/* 0: not held, 1: for writing, 2: for reading. */
int shim_lock_is_held(const struct lockdep_map *map)
{
	const struct fiber *f = sim_cur;
	u32 i;

	for (i = 0; i < f->nr_held; i++)
		if (f->held[i].map == map)
			return f->held[i].read ? 2 : 1;
	return 0;
}

void shim_lock_set_class(struct lockdep_map *map, struct lock_class_key *key,
			 const char *name, unsigned int subclass)
{
	map->key = key;
	map->name = name;
	map->subclass = subclass;
}

void lockdep_exit(struct fiber *f)
{
	if (f->nr_held)
		sim_fail(SIM_FAIL_LOCK_USE, "ends with %s held",
			 f->held[0].map->name ?: "a lock");
}

void lockdep_print_held(const struct fiber *f)
{
	u32 i;

	for (i = 0; i < f->nr_held; i++)
		fprintf(stderr, "sim:     holds %s%s\n",
			f->held[i].map->name ?: "?",
			f->held[i].read ? " (read)" : "");
}
