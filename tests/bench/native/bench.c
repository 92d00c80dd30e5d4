// SPDX-License-Identifier: GPL-2.0
/*
 * What the core costs by itself: on real threads, with memory for a pmem device,
 * and no block layer above.  Prints ns per operation, one figure a line.
 *
 *	bench write|hit [--threads N] [--crc] [--ops N] [--start FILE]
 *	bench replay|replay-sectors [--records N]
 *
 * write: 4 KiB overwrites at random places of a range of its own per thread.  The
 * disk has been told to wait, and the pool has room for all of it.
 * hit: the same places read, all of them cached.
 * replay: attach of a pool with so many records, against a bulk build: the same
 * extents set in the same kind of index, in the same order, by the same calls that
 * a replay makes for each.  By CPU time of all threads, since a replay has several,
 * and by the clock.
 *
 * With --start FILE nothing is measured before that file exists, so that several
 * processes can start together; "ready" is printed before.
 */
#include <unistd.h>

#include "shim/sim.h"
#include "sim/dice.h"
#include "sim/rig.h"

#include "pcache_log.h"
#include "pcache_sample.h"

#define BLOCK_SECTORS	8u
#define RANGE_BLOCKS	4096u	/* of each thread: 16 MiB, four chunks */
#define MAX_THREADS	8

static struct {
	const char *what;
	u32 threads, ops, records;
	bool crc;
	const char *start;
} args = { .threads = 1, .ops = 120000, .records = 200000 };

static struct rig_opts opts;
static struct rig rig;
static u64 began[MAX_THREADS], ended[MAX_THREADS], cpu[MAX_THREADS];

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* What this thread has used: what others on the machine do counts little. */
static u64 cpu_now(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void setup(u64 bytes, u64 disk)
{
	u32 segs = bytes / SZ_4M + 64;

	opts.seg_shift = 22;
	opts.nr_segs = segs;
	opts.nr_caches = 1;
	opts.cache[0] = (struct rig_cache_opts){
		.disk = { .size = disk },
		.quota = segs,
		.queues = MAX_THREADS,
		.data_crc = args.crc,
		.gc_percent = PCACHE_GC_PERCENT_MAX,
		.delay_ms = 1000000000,
		.percent = 100,
	};
	world_create(1, NULL);
	rig_init(&rig, &opts, NULL, NULL);
	sim_check(!rig_register(&rig, true));
	sim_check(!rig_attach(&rig, 0, false));
	/* The attach queued it, with the delay that is the default. */
	mod_delayed_work(rig.cache[0]->wb_wq, &rig.cache[0]->wb_work,
			 msecs_to_jiffies(opts.cache[0].delay_ms));
}

/* One 4 KiB request from the page at @buf, as a front end submits it. */
static void submit(u8 op, u64 sector, u8 *buf, u32 head)
{
	struct bio_vec vec;
	struct bio bio;
	struct pcache_req req = {
		.cache = rig.cache[0],
		.sector = sector,
		.nr_sectors = BLOCK_SECTORS,
		.op = op,
		.head = head,
	};

	bio_init(&bio, NULL, &vec, 1,
		 op == PCACHE_OP_READ ? REQ_OP_READ : REQ_OP_WRITE);
	__bio_add_page(&bio, virt_to_page(buf), PAGE_SIZE, 0);
	pcache_pos_init(&req.pos, &bio);
	if (pcache_req_submit(&req) != PCACHE_DONE || req.status)
		sim_fail(SIM_FAIL_CHECK, "a request was not done at once");
}

static void run(u32 id, u8 op, u32 n, bool random)
{
	u8 *buf = (u8 *)__get_free_pages(GFP_KERNEL, 0);
	u64 base = (u64)id * RANGE_BLOCKS;
	struct dice dice = { .state = id };
	u32 i;

	memset(buf, id, PAGE_SIZE);
	for (i = 0; i < n; i++)
		submit(op, (base + (random ? dice_below(&dice, RANGE_BLOCKS) :
				    i % RANGE_BLOCKS)) * BLOCK_SECTORS,
		       buf, id);
	free_pages((unsigned long)buf, 0);
}

static void wait_start(void)
{
	if (!args.start)
		return;
	puts("ready");
	fflush(stdout);
	while (access(args.start, F_OK))
		usleep(1000);
}

static u32 nr_ready;

/* All threads measure the same time. */
static void thread_main(void *arg)
{
	u32 id = (unsigned long)arg;
	bool hit = !strcmp(args.what, "hit");

	run(id, PCACHE_OP_WRITE, RANGE_BLOCKS, false);
	__atomic_fetch_add(&nr_ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&nr_ready, __ATOMIC_SEQ_CST) < args.threads)
		;
	if (!id)
		wait_start();
	__atomic_fetch_add(&nr_ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&nr_ready, __ATOMIC_SEQ_CST) < 2 * args.threads)
		;
	began[id] = sim_now();
	cpu[id] = cpu_now();
	run(id, hit ? PCACHE_OP_READ : PCACHE_OP_WRITE, args.ops, true);
	ended[id] = sim_now();
	cpu[id] = cpu_now() - cpu[id];
}

static void bench_requests(void)
{
	u32 writes = RANGE_BLOCKS + (strcmp(args.what, "hit") ? args.ops : 0);
	u64 first = ~0ull, last = 0, used = 0;
	unsigned long i;

	setup((u64)args.threads * writes * SZ_4K * 5 / 4, SZ_256M);
	for (i = 0; i < args.threads; i++)
		sim_spawn("client", thread_main, (void *)i);
	sim_join_all();
	for (i = 0; i < args.threads; i++) {
		first = min(first, began[i]);
		last = max(last, ended[i]);
		used += cpu[i];
	}
	printf("%s threads %u crc %u cpu_ns_per_op %.1f wall_ns_per_op %.1f\n",
	       args.what, args.threads, args.crc,
	       (double)used / args.ops / args.threads,
	       (double)(last - first) / args.ops);
	fflush(stdout);
}

/* ---- replay ---- */

/* Of the log, in the order of LSNs; what the bulk build is made of. */
static struct pcache_key *keys;
static u32 nr_keys;

static void keys_collect(void)
{
	struct pcache_cache *cache = rig.cache[0];
	struct pcache_log_iter iter = {};
	struct pcache_key key;

	keys = calloc(args.records + 4096, sizeof(*keys));
	sim_check(!pcache_log_iter_init(&iter, cache));
	pcache_log_iter_begin(&iter, pcache_log_horizon(cache));
	while (pcache_log_iter_peek(&iter, &key) > 0) {
		if (key.type == PCACHE_REC_WRITE)
			keys[nr_keys++] = key;
		sim_check(!pcache_log_iter_advance(&iter));
	}
	pcache_log_iter_exit(&iter);
}

/* Records per second of CPU time, and by the clock. */
struct rate {
	double cpu, wall;
};

static struct rate rate_since(u64 cpu, u64 wall)
{
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = sim_now() - wall;
	return (struct rate){ nr_keys * 1e9 / cpu, nr_keys * 1e9 / wall };
}

static void keep_best(struct rate *best, struct rate r)
{
	best->cpu = max(best->cpu, r.cpu);
	best->wall = max(best->wall, r.wall);
}

static struct rate bulk_build(void)
{
	struct pcache_cache *cache = rig.cache[0];
	struct pcache_index index;
	u64 cpu, wall;
	u32 i;

	sim_check(!pcache_index_init(&index, cache->rules.nr_sectors,
				     cache->dev->segs,
				     cache->dev->geo.seg_shift));
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	wall = sim_now();
	for (i = 0; i < nr_keys; i++) {
		pcache_index_lock(&index, keys[i].sector);
		sim_check(!pcache_index_prepare(&index, keys[i].sector,
						keys[i].nr_sectors, PCACHE_DATA,
						NULL));
		pcache_index_set(&index, keys[i].sector, keys[i].nr_sectors,
				 PCACHE_DATA, keys[i].value);
		pcache_index_unlock(&index, keys[i].sector);
	}
	/* The segments' counts were raised once more: the process ends soon. */
	return rate_since(cpu, wall);
}

/* Does an index map what the cache's maps? */
static void check_index(struct pcache_index *index)
{
	struct pcache_run a, b;
	u32 i;

	rcu_read_lock();
	for (i = 0; i < nr_keys; i++) {
		pcache_index_lookup(&rig.cache[0]->index, keys[i].sector, 1,
				    false, &a);
		pcache_index_lookup(index, keys[i].sector, 1, false, &b);
		sim_check(a.tag == b.tag && a.value == b.value);
	}
	rcu_read_unlock();
}

/* The same records through the iterator, that is, read, verified and ordered. */
static struct rate replay(void)
{
	struct pcache_cache *cache = rig.cache[0];
	struct pcache_log_iter iter = {};
	struct pcache_index saved = cache->index;
	struct pcache_sample *sample;
	struct pcache_seg *seg;
	struct rate rate;
	u64 cpu, wall;

	sample = pcache_sample_alloc(cache->rules.nr_sectors);
	sim_check(sample);
	sim_check(!pcache_index_init(&cache->index, cache->rules.nr_sectors,
				     cache->dev->segs,
				     cache->dev->geo.seg_shift));
	list_for_each_entry(seg, &cache->log, node)
		seg->wb_pos = 0;
	sim_check(!pcache_log_iter_init(&iter, cache));
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	wall = sim_now();
	sim_check(!pcache_log_replay(cache, &iter, sample));
	rate = rate_since(cpu, wall);
	pcache_log_iter_exit(&iter);
	pcache_sample_free(sample);
	check_index(&saved);
	cache->index = saved;
	return rate;
}

/*
 * Whole pages, all over a disk of as many pages as there are records; or single
 * sectors of few pages, which a processor's cache holds.
 */
static void fill_log(bool pages)
{
	u64 span = pages ? args.records : RANGE_BLOCKS * 8;
	u32 nr = pages ? BLOCK_SECTORS : 1;
	static u8 data[SZ_4K];
	struct dice d = {};
	u32 i;

	setup((u64)args.records * nr * 512 * 5 / 4 + SZ_64M, span * SZ_4K);
	for (i = 0; i < args.records; i++)
		sim_check(!rig_io_run(&rig, 0, PCACHE_OP_WRITE, 0,
				      dice_below(&d, span) * BLOCK_SECTORS, nr,
				      data));
}

static void bench_replay(bool pages)
{
	struct rate build = {}, whole = {};
	int i;

	fill_log(pages);
	keys_collect();
	for (i = 0; i < 5; i++) {
		keep_best(&build, bulk_build());
		keep_best(&whole, replay());
	}
	printf("%s records %u records_per_cpu_s %.0f bulk_build_per_cpu_s %.0f ratio %.2f ",
	       args.what, nr_keys, whole.cpu, build.cpu, whole.cpu / build.cpu);
	printf("records_per_s %.0f bulk_build_per_s %.0f ratio %.2f\n",
	       whole.wall, build.wall, whole.wall / build.wall);
	fflush(stdout);
}

static void options(int argc, char **argv)
{
	int i;

	if (argc < 2)
		exit(2);
	args.what = argv[1];
	for (i = 2; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "1";

		if (!strcmp(argv[i], "--crc"))
			args.crc = true;
		else if (!strcmp(argv[i], "--threads") && ++i)
			args.threads = min(atoi(value), MAX_THREADS);
		else if (!strcmp(argv[i], "--ops") && ++i)
			args.ops = atoi(value);
		else if (!strcmp(argv[i], "--records") && ++i)
			args.records = atoi(value);
		else if (!strcmp(argv[i], "--start") && ++i)
			args.start = value;
		else
			exit(2);
	}
}

int main(int argc, char **argv)
{
	options(argc, argv);
	if (!strncmp(args.what, "replay", 6))
		bench_replay(!strcmp(args.what, "replay"));
	else
		bench_requests();
	/* Memory and threads go with the process. */
	_exit(0);
}
