// SPDX-License-Identifier: GPL-2.0
/*
 * Index benchmark: one set of workloads over several back ends.
 *
 *	bench-index [--rounds N] [--extents N] [--row N] [--backend NAME]
 *	bench-index --check [--seed N]
 *
 * Prints one line per workload, back end and round: tab-separated row number,
 * title, back end, operations, nanoseconds per operation, bytes of memory per
 * mapped 4 KiB.  Rounds are outermost, so that a slow moment of the machine
 * hits all back ends alike.  What is timed is timed_section() and nothing else;
 * an instruction counter can be told to count just that.
 *
 * With --check, back ends are compared with an array, instead.
 */
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <linux/rcupdate.h>

#include "bench.h"
#include "runtime.h"

#define SECTORS_4K		8
#define QUIESCENT_OPS		64
#define NO_ROW			(-1)

struct pcache_seg *bench_segs;

static const struct backend * const backends[] = {
	&backend_ours, &backend_maple, &backend_maple_merge, &backend_xa_leaf,
	&backend_xa_page,
};

enum op { OP_INSERT, OP_OVERWRITE, OP_LOOKUP, OP_ERASE, OP_AGED };

/**
 * struct row - one workload
 * @title: of its line in the table
 * @op: what is timed; all but OP_INSERT on an index filled as described
 * @stride: distance of extents, sectors
 * @offset: of every extent from its stride
 * @nr: length of an extent, sectors
 * @random: extents are filled in random order
 * @threads: that do it, each on its own chunks
 * @op_nr: length of the timed operation; 0: @nr
 * @space: OP_AGED: logical size in multiples of what is cached
 */
struct row {
	const char *title;
	enum op op;
	u32 stride;
	u32 offset;
	u32 nr;
	bool random;
	u32 threads;
	u32 op_nr;
	u32 space;
};

static const struct row rows[] = {
	{ "insert, dense, sequential", OP_INSERT, 8, 0, 8, false },
	{ "insert, dense, random", OP_INSERT, 8, 0, 8, true },
	{ "insert, 4K per 64K", OP_INSERT, 128, 0, 8, true },
	{ "insert, 4K per 128K", OP_INSERT, 256, 0, 8, true },
	{ "insert, 4K per 256K", OP_INSERT, 512, 0, 8, true },
	{ "insert, 4K per 4M", OP_INSERT, 8192, 0, 8, true },
	{ "insert, 4K at +512, dense", OP_INSERT, 8, 1, 8, true },
	{ "insert, 4K at +512, per 64K", OP_INSERT, 128, 1, 8, true },
	{ "insert, 512, dense", OP_INSERT, 1, 0, 1, true },
	{ "insert, 512 per 4K", OP_INSERT, 8, 0, 1, true },
	{ "insert, 64K, dense", OP_INSERT, 128, 0, 128, true },
	{ "insert, 1M, dense", OP_INSERT, 2048, 0, 2048, true },
	{ "overwrite 4K, dense", OP_OVERWRITE, 8, 0, 8, true },
	{ "look up 4K, dense", OP_LOOKUP, 8, 0, 8, true },
	{ "look up 4K, per 64K", OP_LOOKUP, 128, 0, 8, true },
	{ "look up 4K, per 256K", OP_LOOKUP, 512, 0, 8, true },
	{ "look up 4K, per 4M", OP_LOOKUP, 8192, 0, 8, true },
	{ "look up 128K, one run", OP_LOOKUP, 8, 0, 8, false, 1, 256 },
	{ "look up 128K, 32 runs", OP_LOOKUP, 8, 0, 8, true, 1, 256 },
	{ "erase in log order, dense", OP_ERASE, 8, 0, 8, true },
	{ "erase in log order, per 64K", OP_ERASE, 128, 0, 8, true },
	{ "aged, overwrite and evict", OP_AGED, 8, 0, 8, true, 1, 0, 4 },
	{ "overwrite 4K, 2 threads", OP_OVERWRITE, 8, 0, 8, true, 2 },
	{ "look up 4K, 2 threads", OP_LOOKUP, 8, 0, 8, true, 2 },
};

static u64 random_state;

u32 bench_random(u32 bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 16) % bound;
}

void *bench_alloc(size_t n, size_t size)
{
	void *mem = calloc(n, size);

	if (!mem) {
		perror("bench-index");
		exit(1);
	}
	return mem;
}

/* ---- a range that may cross a chunk, as the layer above cuts it ---- */

static inline void index_set(const struct backend *be, u64 sector, u32 nr,
			     u64 value)
{
	u32 part = bench_until_chunk_end(sector, nr);

	be->set(sector, part, value);
	if (unlikely(part < nr))
		be->set(sector + part, nr - part, value + part);
}

static inline void index_erase(const struct backend *be, u64 sector, u32 nr,
			       u64 value)
{
	u32 part = bench_until_chunk_end(sector, nr);

	be->erase(sector, part, value);
	if (unlikely(part < nr))
		be->erase(sector + part, nr - part, value + part);
}

/* ---- one measurement ---- */

/**
 * struct run - one workload on one back end
 * @row: the workload
 * @be: the back end
 * @nr_extents: that fill the index
 * @order: of filling them
 * @log: OP_AGED: extent at each place of the log
 * @nr_log: places of the log
 * @ops: operations of each thread
 * @targets: of the operations: extents, or units of op_nr sectors
 */
struct run {
	const struct row *row;
	const struct backend *be;
	u32 nr_extents;
	u32 *order;
	u32 *log;
	u32 nr_log;
	u32 ops;
	u32 *targets;
};

static inline u64 extent_sector(const struct row *row, u32 i)
{
	return (u64)i * row->stride + row->offset;
}

static u32 threads_of(const struct row *row)
{
	return row->threads ? row->threads : 1;
}

static void fill(const struct run *run)
{
	const struct row *row = run->row;
	u32 i;

	for (i = 0; i < run->nr_extents; i++) {
		index_set(run->be, extent_sector(row, run->order[i]), row->nr,
			  (u64)i * row->nr);
		if (i % QUIESCENT_OPS == 0)
			bench_quiescent();
	}
}

static void overwrite(const struct run *run, const u32 *targets)
{
	const struct row *row = run->row;
	u32 i;

	for (i = 0; i < run->ops; i++) {
		index_set(run->be, extent_sector(row, targets[i]), row->nr,
			  (u64)i * row->nr);
		if (i % QUIESCENT_OPS == 0)
			bench_quiescent();
	}
}

static void lookup(const struct run *run, const u32 *targets)
{
	u32 i, n, nr = run->row->op_nr ? run->row->op_nr : run->row->nr;
	struct bench_hit hits[BENCH_MAX_HITS];
	u64 sector;

	for (i = 0; i < run->ops; i++) {
		if (run->row->op_nr)
			sector = (u64)targets[i] * nr;
		else
			sector = extent_sector(run->row, targets[i]);
		n = run->be->lookup(sector, nr, hits);
		if (unlikely(!n || hits[0].off))
			abort();
		if (i % QUIESCENT_OPS == 0)
			bench_quiescent();
	}
}

static void erase(const struct run *run)
{
	const struct row *row = run->row;
	u32 i;

	for (i = 0; i < run->ops; i++) {
		index_erase(run->be, extent_sector(row, run->order[i]),
			    row->nr, (u64)i * row->nr);
		if (i % QUIESCENT_OPS == 0)
			bench_quiescent();
	}
}

/*
 * Random overwrites over a space larger than the log; when the log is full its
 * oldest tenth is evicted.
 */
static void aged(const struct run *run)
{
	const struct row *row = run->row;
	u32 i, at, used = 0, tail = 0, evict;

	for (i = 0; i < run->ops; i++) {
		if (used == run->nr_log) {
			for (evict = run->nr_log / 10; evict; evict--, used--) {
				index_erase(run->be,
					    extent_sector(row, run->log[tail]),
					    row->nr, (u64)tail * row->nr);
				tail = (tail + 1) % run->nr_log;
			}
		}
		at = (tail + used++) % run->nr_log;
		run->log[at] = run->targets[i];
		index_set(run->be, extent_sector(row, run->targets[i]), row->nr,
			  (u64)at * row->nr);
		if (i % QUIESCENT_OPS == 0)
			bench_quiescent();
	}
}

/* What is timed, and where instructions are counted. */
static noinline void timed_section(const struct run *run, const u32 *targets)
{
	switch (run->row->op) {
	case OP_INSERT:
		fill(run);
		break;
	case OP_OVERWRITE:
		overwrite(run, targets);
		break;
	case OP_LOOKUP:
		lookup(run, targets);
		break;
	case OP_ERASE:
		erase(run);
		break;
	case OP_AGED:
		aged(run);
		break;
	}
}

struct worker {
	const struct run *run;
	int cpu;
	double ns;
	pthread_barrier_t *start;
	pthread_t thread;
};

/* Of this thread, so that what else the machine does counts less. */
static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	double start;

	bench_thread_begin(w->cpu);
	pthread_barrier_wait(w->start);
	start = now_ns();
	timed_section(w->run, w->run->targets + (size_t)w->cpu * w->run->ops);
	w->ns = now_ns() - start;
	bench_thread_end();
	return NULL;
}

/* Nanoseconds that all threads together spent. */
static double run_threads(const struct run *run)
{
	struct worker workers[BENCH_MAX_THREADS] = { 0 };
	u32 i, n = threads_of(run->row);
	pthread_barrier_t start;
	double ns = 0;

	bench_thread_end();
	pthread_barrier_init(&start, NULL, n);
	for (i = 0; i < n; i++) {
		workers[i].run = run;
		workers[i].cpu = i;
		workers[i].start = &start;
		if (pthread_create(&workers[i].thread, NULL, worker_main,
				   &workers[i]))
			exit(1);
	}
	for (i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		ns += workers[i].ns;
	}
	pthread_barrier_destroy(&start);
	bench_thread_begin(0);
	return ns;
}

/* The order in which extents are filled in. */
static u32 *order_make(u32 n, bool shuffled)
{
	u32 i, j, *order = bench_alloc(n, sizeof(*order));

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n; shuffled && i > 1; i--) {
		j = bench_random(i);
		swap(order[i - 1], order[j]);
	}
	return order;
}

/* Thread @t works on every other chunk, from the @t-th on. */
static u32 *targets_make(const struct run *run)
{
	u32 i, t, unit, units, n = threads_of(run->row);
	u32 *targets = bench_alloc((size_t)n * run->ops, sizeof(*targets));
	u64 per_chunk, chunks;

	unit = run->row->op_nr ? run->row->op_nr : run->row->stride;
	units = (u64)run->nr_extents * run->row->stride / unit;
	if (run->row->op == OP_AGED)
		units = run->nr_extents;
	per_chunk = max_t(u64, PCACHE_CHUNK_SECTORS / unit, 1);
	chunks = units / per_chunk;
	for (t = 0; t < n; t++)
		for (i = 0; i < run->ops; i++)
			targets[(size_t)t * run->ops + i] = n == 1 ?
				bench_random(units) :
				(bench_random(chunks / n) * n + t) * per_chunk +
				bench_random(per_chunk);
	return targets;
}

static void run_prepare(struct run *run, u32 nr_extents)
{
	const struct row *row = run->row;

	/* Large extents: as much data, fewer operations. */
	run->nr_extents = nr_extents;
	if (row->nr > SECTORS_4K)
		run->nr_extents = max_t(u32, nr_extents /
					(row->nr / SECTORS_4K), 1);
	run->ops = run->nr_extents / threads_of(row);
	if (row->op_nr)
		run->ops = max_t(u32, run->ops / 4, 1);
	run->nr_log = run->nr_extents;
	if (row->op == OP_AGED) {
		run->ops = 4 * run->nr_extents;
		run->log = bench_alloc(run->nr_log, sizeof(*run->log));
		run->nr_extents *= row->space;
	}
	run->order = order_make(run->nr_extents, row->random);
	run->targets = targets_make(run);
}

static u64 mapped_sectors(u32 nr_segs)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < nr_segs; i++)
		sum += atomic_read(&bench_segs[i].mapped);
	return sum;
}

static void measure(const struct row *row, const struct backend *be,
		    u32 nr_extents, bool print)
{
	struct run run = { .row = row, .be = be };
	size_t memory, before;
	u64 sectors, mapped;
	u32 nr_segs;
	double ns;

	run_prepare(&run, nr_extents);
	sectors = extent_sector(row, run.nr_extents) + row->nr;
	nr_segs = (u64)run.nr_log * row->nr / BENCH_SEG_SECTORS + 1;
	bench_segs = bench_alloc(nr_segs, sizeof(*bench_segs));
	before = bench_memory();
	be->create(sectors);
	if (row->op != OP_INSERT && row->op != OP_AGED)
		fill(&run);
	bench_quiescent();
	bench_quiescent();
	ns = run_threads(&run) / (run.ops * threads_of(row));
	rcu_barrier();
	memory = bench_memory() - before;
	mapped = mapped_sectors(nr_segs);
	if (print)
		printf("%d\t%s\t%s\t%u\t%.1f\t%.2f\n", (int)(row - rows),
		       row->title, be->name, run.ops * threads_of(row), ns,
		       mapped ? (double)memory * SECTORS_4K / mapped : 0.0);
	fflush(stdout);
	be->destroy();
	free(bench_segs);
	free(run.order);
	free(run.targets);
	free(run.log);
}

/* ---- command line ---- */

struct options {
	u32 rounds;
	u32 extents;
	int row;
	const char *backend;
	bool check;
	u64 seed;
};

static const char usage[] =
	"usage: bench-index [--rounds N] [--extents N] [--row N]\n"
	"                   [--backend NAME] [--seed N]\n"
	"       bench-index --check [--seed N]\n";

static void __noreturn usage_exit(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void options_parse(struct options *opts, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "extents", required_argument, NULL, 'n' },
		{ "row", required_argument, NULL, 'w' },
		{ "backend", required_argument, NULL, 'b' },
		{ "seed", required_argument, NULL, 's' },
		{ "check", no_argument, NULL, 'c' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'r':
			opts->rounds = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			opts->extents = strtoul(optarg, NULL, 0);
			break;
		case 'w':
			opts->row = strtol(optarg, NULL, 0);
			break;
		case 'b':
			opts->backend = optarg;
			break;
		case 's':
			opts->seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			opts->check = true;
			break;
		default:
			usage_exit();
		}
	}
	if (optind < argc || opts->extents < 4096)
		usage_exit();
}

static void measure_rows(const struct options *opts, bool print)
{
	size_t row, b;

	for (row = 0; row < ARRAY_SIZE(rows); row++) {
		if (opts->row != NO_ROW && opts->row != (int)row)
			continue;
		for (b = 0; b < ARRAY_SIZE(backends); b++)
			if (!opts->backend ||
			    !strcmp(opts->backend, backends[b]->name))
				measure(&rows[row], backends[b], opts->extents,
					print);
	}
}

int main(int argc, char **argv)
{
	struct options opts = {
		.rounds = 5, .extents = 256 << 10, .row = NO_ROW,
		.seed = 0x9e3779b97f4a7c15ULL,
	};
	u32 i;

	options_parse(&opts, argc, argv);
	random_state = opts.seed | 1;
	bench_thread_begin(0);
	if (opts.check) {
		for (i = 0; i < ARRAY_SIZE(backends); i++)
			bench_check(backends[i]);
		return 0;
	}
	/* The first round makes the arena's pages present. */
	if (opts.rounds > 1)
		measure_rows(&opts, false);
	for (i = 0; i < opts.rounds; i++)
		measure_rows(&opts, true);
	return 0;
}
