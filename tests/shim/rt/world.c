// SPDX-License-Identifier: GPL-2.0
/*
 * Worlds: their options, their random numbers, their failures, their end.
 *
 * Owns which world is current.  A failure is recorded once; then control goes
 * to the root task, which leaves through sim_try(), cmocka or abort().
 */
#include <dlfcn.h>

#include "rt.h"

struct world *sim_world;
struct task_struct *shim_current;
unsigned int shim_yield_mask;

/* The sanitizers' symbolizer, if one is linked. */
void IF_LINKED __sanitizer_symbolize_pc(void *pc, const char *fmt, char *buf,
					size_t size);

static u64 nr_worlds;
static LIST_HEAD(worlds);

/* splitmix64: small, and any seed is a good one. */
u64 rng_next(u64 *state)
{
	u64 x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

void sim_opts_default(struct sim_opts *opts)
{
	*opts = (struct sim_opts){
		.nr_cpus = 4,
		.yields = (1u << SHIM_NR_YIELDS) - 1 -
			  (1u << SHIM_YIELD_ATOMIC),
		.switch_p = 96,
		.migrate_p = 64,
		.stall_p = 64,
		.stall_steps = 2000,
		.early_p = 16,
		.split_p = 32,
		.step_ns = 100,
		.fail_nowait_p = 0,
		.fail_sleeping_p = 0,
		.reserve_p = 0,
		.hung_ns = 600ull * NSEC_PER_SEC,
		.max_steps = 200ull * 1000 * 1000,
		.lockdep = true,
	};
}

static u32 one_of(u64 *state, const u32 *choices, u32 nr)
{
	return choices[rng_below(state, nr)];
}

void sim_opts_random(struct sim_opts *opts, u64 seed)
{
	static const u32 switches[] = { 8, 64, 128, 256 };
	static const u32 moves[] = { 0, 32, 256 };
	static const u32 stalls[] = { 0, 64, 1024 };
	static const u32 steps[] = { 200, 2000, 20000 };
	static const u32 early[] = { 0, 16, 512 };
	u64 state = ~seed;

	sim_opts_default(opts);
	opts->nr_cpus = 1 + rng_below(&state, 4);
	opts->switch_p = one_of(&state, switches, ARRAY_SIZE(switches));
	opts->migrate_p = one_of(&state, moves, ARRAY_SIZE(moves));
	opts->stall_p = one_of(&state, stalls, ARRAY_SIZE(stalls));
	opts->stall_steps = one_of(&state, steps, ARRAY_SIZE(steps));
	opts->early_p = one_of(&state, early, ARRAY_SIZE(early));
	opts->split_p = rng_below(&state, 2) * 64;
	opts->rescuer_only = !rng_below(&state, 4);
	if (!rng_below(&state, 3))
		opts->yields |= 1u << SHIM_YIELD_ATOMIC;
}

struct world *world_current(void)
{
	return sim_world;
}

u64 world_seed(const struct world *w)
{
	return w->seed;
}

struct sim_opts *world_opts(struct world *w)
{
	return &w->opts;
}

void world_opts_changed(struct world *w)
{
	if (w == sim_world)
		shim_yield_mask = w->opts.yields;
}

u64 world_trace_hash(const struct world *w)
{
	return w->trace;
}

u64 world_steps(const struct world *w)
{
	return w->steps;
}

u64 world_switches(const struct world *w)
{
	return w->switches;
}

enum sim_failure world_failure(const struct world *w)
{
	return w->failure;
}

const char *world_failure_text(const struct world *w)
{
	return w->failure_text;
}

void world_quiet(struct world *w, bool quiet)
{
	w->quiet = quiet;
}

struct world *world_enter(struct world *w)
{
	struct world *old = sim_world;

	if (w == old)
		return old;
	if (old) {
		if (!old->running->root) {
			fputs("sim: worlds change in root tasks only\n", stderr);
			abort();
		}
		globals_swap_out(old);
	}
	sim_world = w;
	shim_current = w ? &w->running->task : NULL;
	shim_yield_mask = w ? w->opts.yields : 0;
	if (w)
		globals_swap_in(w);
	return old;
}

static void init_seeds(struct world *w, u64 seed)
{
	u64 state = seed;

	w->seed = seed;
	w->rng_sched = rng_next(&state);
	w->rng_core = rng_next(&state);
	w->rng_test = rng_next(&state);
	w->rng_fault = rng_next(&state);
	w->trace = seed;
}

struct world *world_create(u64 seed, const struct sim_opts *opts)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	init_seeds(w, seed);
	if (opts)
		w->opts = *opts;
	else
		sim_opts_default(&w->opts);
	if (getenv("SIM_VERBOSE"))
		w->opts.verbose = true;
	w->lock_world = ++nr_worlds;
	INIT_LIST_HEAD(&w->mem.objects);
	INIT_LIST_HEAD(&w->workqueues);
	INIT_LIST_HEAD(&w->bdevs);
	INIT_LIST_HEAD(&w->paths);
	list_add(&w->worlds, &worlds);
	globals_init(w);
	sched_init(w);
	w->outer = world_enter(w);
	init_waitqueue_head(&w->exit_wait);
	init_waitqueue_head(&w->var_wait);
	timers_init(w);
	rcu_init(w);
	return w;
}

/* Nobody comes back to a world that is gone. */
static void forget_world(struct world *w)
{
	struct world *other;

	list_del(&w->worlds);
	list_for_each_entry(other, &worlds, worlds)
		if (other->outer == w)
			other->outer = w->outer;
}

/* What the world still holds goes, whoever thought to need it. */
static void world_free(struct world *w)
{
	struct world *back = sim_world == w ? w->outer : sim_world;

	world_enter(w);
	w->dying = true;
	workqueues_free(w);
	disks_free_all(w);
	pmem_free_all(w);
	paths_free(w);
	log_drop(w);
	mem_free_all(w);
	pages_free_all(w);
	percpu_free_all(w);
	klog_free(w);
	free(w->bio_set);
	sched_exit(w);
	forget_world(w);
	world_enter(back);
	globals_free(w);
	free(w);
}

static int report_tasks(struct world *w)
{
	struct fiber *f;
	int n = 0;

	list_for_each_entry(f, &w->fibers, node) {
		if (f->root)
			continue;
		fprintf(stderr, "sim: task %u (%s) is left over: %s\n", f->id,
			f->task.comm, f->wait_note ?: "?");
		n++;
	}
	return n;
}

int world_destroy(struct world *w)
{
	struct world *old = world_enter(w);
	int leaks = 0;

	if (!w->failure) {
		sim_quiesce();
		rcu_barrier();
		sim_quiesce();
	}
	if (!w->failure)
		fs_bio_set_free(w);
	if (!w->failure)
		leaks = report_tasks(w) + workqueues_report(w) +
			bdevs_report(w) + mem_report_leaks(w) +
			pages_report_leaks(w) + percpu_report_leaks(w);
	if (leaks)
		fprintf(stderr, "sim: %d leaks, seed %llu\n", leaks, w->seed);
	if (old && old != w)
		world_enter(old);
	world_free(w);
	return leaks;
}

void world_cut(struct world *w)
{
	world_free(w);
}

/* ---- failures ---- */

void describe_site(const void *site, char *buf, size_t size)
{
	if (&__sanitizer_symbolize_pc)
		__sanitizer_symbolize_pc((void *)site, "%f %s:%l", buf, size);
	else
		snprintf(buf, size, "%#lx", (unsigned long)site);
}

/*
 * Stands before cmocka's function of that name, which its assertions call to
 * leave the test: with longjmp(), which only the root task may do.
 */
void _fail(const char *file, int line)
{
	void (*leave)(const char *file, int line) = dlsym(RTLD_NEXT, "_fail");

	if (sim_world && !sim_world->running->root)
		sim_fail(SIM_FAIL_CHECK, "assertion at %s:%d", file, line);
	if (leave)
		leave(file, line);
	abort();
}

/* In the root task: leave for good. */
void root_failed(struct world *w)
{
	if (w->catch)
		longjmp(*w->catch, 1);
	_fail(__FILE__, __LINE__);
}

static const char * const failure_names[] = {
	[SIM_OK] = "ok",
	[SIM_FAIL_ATOMIC_SLEEP] = "sleeping where it is forbidden",
	[SIM_FAIL_LOCK_ORDER] = "order of locks",
	[SIM_FAIL_LOCK_CONTEXT] = "lock and interrupts",
	[SIM_FAIL_LOCK_USE] = "use of a lock",
	[SIM_FAIL_DEADLOCK] = "deadlock",
	[SIM_FAIL_HUNG] = "hung task",
	[SIM_FAIL_STEPS] = "too many steps",
	[SIM_FAIL_WARN] = "warning",
	[SIM_FAIL_BLOCK] = "block layer",
	[SIM_FAIL_PMEM] = "pmem",
	[SIM_FAIL_MEMORY] = "memory",
	[SIM_FAIL_CPU] = "per-CPU data",
	[SIM_FAIL_CHECK] = "check",
};

static void report(struct world *w, const void *site)
{
	char where[256];

	if (w->quiet)
		return;
	describe_site(site, where, sizeof(where));
	fprintf(stderr, "sim: seed %llu, step %llu, task %u (%s): %s: %s\n",
		w->seed, w->steps, w->running->id, w->running->task.comm,
		failure_names[w->failure], w->failure_text);
	fprintf(stderr, "sim:   at %s\n", where);
	if (w->failure != SIM_FAIL_CHECK && w->failure != SIM_FAIL_WARN)
		sim_dump_tasks();
}

static void __printf(4, 0) fail_va(struct world *w, enum sim_failure kind,
				   const void *site, const char *fmt,
				   va_list args)
{
	if (w->failure || w->dying)
		return;
	w->failure = kind;
	vsnprintf(w->failure_text, sizeof(w->failure_text), fmt, args);
	report(w, site);
	if (w->running->root)
		root_failed(w);
	sched_leave_for_root();
}

void fail_at(enum sim_failure kind, const void *site, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail_va(sim_world, kind, site, fmt, args);
	va_end(args);
}

void sim_fail(enum sim_failure kind, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail_va(sim_world, kind, __builtin_return_address(0), fmt, args);
	va_end(args);
}

enum sim_failure sim_try(void (*fn)(void *arg), void *arg)
{
	struct world *w = sim_world;
	jmp_buf *outer = w->catch;
	jmp_buf here;

	if (!setjmp(here)) {
		w->catch = &here;
		fn(arg);
	}
	w->catch = outer;
	return w->failure;
}

int sim_expect_warn(int nr)
{
	int left = sim_world->warns_expected;

	sim_world->warns_expected = nr;
	return left;
}

void shim_warn(const char *file, int line, const char *fmt, ...)
{
	struct world *w = sim_world;
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!w) {
		fprintf(stderr, "sim: %s:%d: %s\n", file, line, text);
		abort();
	}
	if (w->warns_expected > 0) {
		w->warns_expected--;
		_printk("WARNING: %s:%d: %s\n", file, line, text);
		return;
	}
	fail_at(SIM_FAIL_WARN, __builtin_return_address(0), "%s:%d: %s", file,
		line, text);
}

void shim_bug(const char *file, int line, const char *what)
{
	fail_at(SIM_FAIL_WARN, __builtin_return_address(0), "%s:%d: %s", file,
		line, what);
	abort();
}

void panic(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fail_at(SIM_FAIL_WARN, __builtin_return_address(0), "panic: %s", text);
	abort();
}

/* ---- random numbers ---- */

u64 get_random_u64(void)
{
	return rng_next(&sim_world->rng_core);
}

void get_random_bytes(void *buf, size_t len)
{
	u8 *to = buf;
	size_t part;
	u64 word;

	for (; len; to += part, len -= part) {
		word = get_random_u64();
		part = min(len, sizeof(word));
		memcpy(to, &word, part);
	}
}

u64 sim_rand(void)
{
	return rng_next(&sim_world->rng_test);
}

u32 sim_rand_below(u32 n)
{
	return rng_below(&sim_world->rng_test, n);
}
