// SPDX-License-Identifier: GPL-2.0
/*
 * The simulation tested by itself, third part: pmem and its durability, the log,
 * the replay, images.  Disks are in shim_disk_test.c.
 *
 * The replay is compared with a second opinion that is written here the plain
 * way, word by word from the whole log.
 */
#include "unit/shim_test.h"
#include "shim/replay.h"

#include <linux/dax.h>
#include <linux/delay.h>
#include <linux/libnvdimm.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

/* ---- images ---- */

static void test_images(void **state)
{
	u64 size = 3 << 20, before = sim_image_live_pages();
	struct sim_image *a = sim_image_create(size), *b, *c;
	u8 *flat = calloc(1, size), *buf = malloc(size);
	u64 seed = 1, off, len;
	int i;

	for (i = 0; i < 300; i++) {
		off = seed * 0x9e3779b97f4a7c15ull >> 32;
		off %= size;
		len = min((u64)(seed * 12345 % 9000), size - off);
		memset(buf, seed % 7, len);
		sim_image_write(a, off, buf, len);
		memcpy(flat + off, buf, len);
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		if (i % 50)
			continue;
		assert_true(sim_hash_equal(a->hash, sim_image_rehash(a)));
	}
	sim_image_read(a, 0, buf, size);
	assert_memory_equal(buf, flat, size);
	b = sim_image_clone(a);
	assert_true(sim_image_equal(a, b) && sim_hash_equal(a->hash, b->hash));
	sim_image_write(b, 12345, "x", 1);
	assert_false(sim_image_equal(a, b) || sim_hash_equal(a->hash, b->hash));
	sim_image_read(a, 0, buf, size);
	assert_memory_equal(buf, flat, size);
	sim_image_write(b, 12345, flat + 12345, 1);
	assert_true(sim_image_equal(a, b) && sim_hash_equal(a->hash, b->hash));
	c = sim_image_create(size);
	sim_image_fill(a, 0, 0, size);
	assert_true(sim_image_equal(a, c) && sim_hash_equal(a->hash, c->hash));
	sim_image_free(a);
	sim_image_free(b);
	sim_image_free(c);
	assert_int_equal(sim_image_live_pages(), before);
	free(flat);
	free(buf);
}

/* ---- the device ---- */

static void test_pmem_keeps_images(void **state)
{
	struct world *w = world_create(1, NULL);
	struct sim_pmem *pmem = sim_pmem_create("/dev/pmem0", SZ_1M, NULL);
	struct sim_image *first, *second, *again;
	u8 *mem = sim_pmem_mem(pmem);

	memcpy_flushcache(mem + 100, "hello", 5);
	first = sim_pmem_snapshot(pmem);
	memcpy_flushcache(mem + 100, "world", 5);
	second = sim_pmem_snapshot(pmem);
	assert_int_equal(world_destroy(w), 0);

	w = world_create(2, NULL);
	pmem = sim_pmem_create("/dev/pmem0", SZ_1M, first);
	assert_memory_equal(sim_pmem_mem(pmem) + 100, "hello", 5);
	sim_pmem_load(pmem, second);
	assert_memory_equal(sim_pmem_mem(pmem) + 100, "world", 5);
	again = sim_pmem_snapshot(pmem);
	assert_true(sim_image_equal(again, second));
	assert_int_equal(world_destroy(w), 0);

	w = world_create(3, NULL);
	pmem = sim_pmem_create("/dev/pmem0", SZ_1M, NULL);
	assert_null(memchr_inv(sim_pmem_view(pmem), 0, SZ_1M));
	/* A test's own store is in a snapshot, and not in the next world. */
	sim_pmem_mem(pmem)[777777] = 7;
	sim_image_free(again);
	again = sim_pmem_snapshot(pmem);
	assert_int_equal(sim_image_page(again, 777777)[777777 % 4096], 7);
	sim_pmem_mem(pmem)[777777] = 8;
	assert_int_equal(world_destroy(w), 0);

	w = world_create(4, NULL);
	pmem = sim_pmem_create("/dev/pmem0", SZ_1M, NULL);
	assert_null(memchr_inv(sim_pmem_view(pmem), 0, SZ_1M));
	assert_int_equal(world_destroy(w), 0);
	sim_image_free(first);
	sim_image_free(second);
	sim_image_free(again);
}

static void store_elsewhere(void *arg)
{
	u64 v = 0;

	memcpy_flushcache(&v, "12345678", 8);
}

static void copy_mc_to_pmem(void *arg)
{
	if (copy_mc_to_kernel(sim_pmem_mem(sim_pmem_find("/dev/pmem0")), "x", 1))
		sim_fail(SIM_FAIL_CHECK, "not copied");
}

static void store_plainly(void *arg)
{
	struct sim_pmem *pmem = sim_pmem_find("/dev/pmem0");

	sim_pmem_mem(pmem)[4711] = 1;
	sim_pmem_check(pmem);
}

static void copy_under_lock(void *arg)
{
	u8 buf[512] = {};
	spinlock_t lock;	/* protects nothing */

	spin_lock_init(&lock);
	spin_lock(&lock);
	memcpy_flushcache(sim_pmem_mem(sim_pmem_find("/dev/pmem0")), buf,
			  sizeof(buf));
}

static void prepare_pmem(void)
{
	struct sim_opts *opts = world_opts(world_current());

	opts->shadow = true;
	opts->max_copy_locked = 64;
	sim_pmem_create("/dev/pmem0", SZ_1M, NULL);
}

static void test_pmem_checks(void **state)
{
	struct sim_pmem *pmem;
	struct world *w;

	fails_in_task(SIM_FAIL_PMEM, store_elsewhere, prepare_pmem);
	fails_in_task(SIM_FAIL_PMEM, copy_mc_to_pmem, prepare_pmem);
	fails_in_task(SIM_FAIL_PMEM, store_plainly, prepare_pmem);
	fails_in_task(SIM_FAIL_PMEM, copy_under_lock, prepare_pmem);

	w = world_create(4, NULL);
	prepare_pmem();
	pmem = sim_pmem_find("/dev/pmem0");
	memcpy_flushcache(sim_pmem_mem(pmem) + 3, "abc", 3);
	sim_pmem_mem(pmem)[64] = 7;
	arch_wb_cache_pmem(sim_pmem_mem(pmem) + 64, 1);
	sim_pmem_check(pmem);
	assert_int_equal(world_destroy(w), 0);
}

static sigjmp_buf fault_jump;
static int faulted;

static void on_fault(int sig)
{
	siglongjmp(fault_jump, 1);
}

/* With opts.protect a store past the primitives faults where it happens. */
static void test_pmem_protection(void **state)
{
	struct sigaction act = { .sa_handler = on_fault }, old;
	struct sim_pmem *pmem;
	struct sim_opts opts;
	struct world *w;

	sim_opts_default(&opts);
	opts.protect = true;
	w = world_create(5, &opts);
	pmem = sim_pmem_create("/dev/pmem0", SZ_1M, NULL);
	memcpy_flushcache(sim_pmem_mem(pmem), "fine", 4);
	sigaction(SIGSEGV, &act, &old);
	if (!sigsetjmp(fault_jump, 1))
		WRITE_ONCE(*sim_pmem_mem(pmem), 1);
	else
		faulted++;
	sigaction(SIGSEGV, &old, NULL);
	assert_int_equal(faulted, 1);
	assert_memory_equal(sim_pmem_mem(pmem), "fine", 4);
	assert_int_equal(world_destroy(w), 0);
}

static void test_poison(void **state)
{
	struct world *w = world_create(6, NULL);
	struct sim_pmem *pmem = sim_pmem_create("/dev/pmem0", SZ_1M, NULL);
	u8 *mem = sim_pmem_mem(pmem);
	u8 buf[512], data[512];

	memset(data, 0xab, sizeof(data));
	memcpy_flushcache(mem, data, 512);
	sim_pmem_poison(pmem, 130, 1);
	assert_int_equal(copy_mc_to_kernel(buf, mem, 128), 0);
	assert_int_equal(copy_mc_to_kernel(buf, mem, 512), 512 - 128);
	assert_int_equal(copy_mc_to_kernel(buf, mem + 128, 8), 8);
	assert_int_equal(copy_mc_to_kernel(buf, mem + 191, 100), 100);
	assert_int_equal(copy_mc_to_kernel(buf, mem + 192, 100), 0);
	memcpy_flushcache(mem + 128, data, 64);
	assert_int_equal(copy_mc_to_kernel(buf, mem + 128, 8), 8);
	world_opts(w)->heal_poison = true;
	memcpy_flushcache(mem + 128, data, 56);
	assert_int_equal(copy_mc_to_kernel(buf, mem + 128, 8), 8);
	memcpy_flushcache(mem + 120, data, 72);
	assert_int_equal(copy_mc_to_kernel(buf, mem, 512), 0);
	assert_int_equal(world_destroy(w), 0);
}

static void test_dax(void **state)
{
	struct world *w = world_create(7, NULL);
	struct sim_pmem *pmem = sim_pmem_create("/dev/pmem0", SZ_1M, NULL);
	struct block_device *part;
	struct dax_device *dax;
	void *kaddr;
	u64 start;

	part = sim_pmem_partition(pmem, "/dev/pmem0p1", 256, 512);
	assert_true(bdev_is_partition(part));
	dax = fs_dax_get_by_bdev(part, &start, w, NULL);
	assert_non_null(dax);
	assert_int_equal(start, 256 * 512);
	assert_null(fs_dax_get_by_bdev(sim_pmem_bdev(pmem), &start, pmem, NULL));
	assert_true(dax_synchronous(dax));
	assert_int_equal(dax_direct_access(dax, 32, 10, DAX_ACCESS, &kaddr, NULL),
			 10);
	assert_ptr_equal(kaddr, sim_pmem_mem(pmem) + 32 * 4096);
	sim_pmem_badblocks(pmem, 8 * 40, 1);
	assert_int_equal(dax_direct_access(dax, 32, 10, DAX_ACCESS, &kaddr, NULL),
			 -EHWPOISON);
	assert_int_equal(dax_direct_access(dax, 32, 8, DAX_ACCESS, &kaddr, NULL),
			 8);
	assert_int_equal(dax_direct_access(dax, 256, 1, DAX_ACCESS, NULL, NULL),
			 -ERANGE);
	fs_put_dax(dax, w);
	sim_pmem_set_dax(pmem, false);
	assert_null(fs_dax_get_by_bdev(part, &start, w, NULL));
	assert_int_equal(world_destroy(w), 0);
}

/* ---- pending words ---- */

static struct sim_log *take_log(struct world *w)
{
	struct sim_log *log = sim_log_take();

	assert_int_equal(world_destroy(w), 0);
	return log;
}

static struct world *quiet_world(u64 seed)
{
	struct sim_opts opts;

	sim_opts_default(&opts);
	opts.split_p = 0;
	opts.nr_cpus = 2;
	return world_create(seed, &opts);
}

static u32 pending_at(struct sim_replay *rp, u64 pos,
		      const struct sim_pending **list)
{
	sim_replay_seek(rp, pos);
	return sim_replay_pending(rp, list);
}

static u64 word_at(const struct sim_image *image, u64 off)
{
	u64 v;

	sim_image_read(image, off, &v, 8);
	return v;
}

static void test_store_and_fence(void **state)
{
	struct world *w = quiet_world(10);
	struct sim_pmem *pmem = sim_pmem_create("/dev/pmem0", SZ_64K, NULL);
	const struct sim_pending *list;
	struct sim_replay *rp;
	struct sim_log *log;
	u8 data[64];

	memset(data, 0x11, sizeof(data));
	sim_log_start();
	migrate_disable();
	memcpy_flushcache(sim_pmem_mem(pmem) + 64, data, 64);
	memcpy_flushcache(sim_pmem_mem(pmem) + 131, data, 3);
	pmem_wmb();
	migrate_enable();
	log = take_log(w);
	assert_int_equal(sim_log_len(log), 3);

	rp = sim_replay_create(log);
	assert_int_equal(pending_at(rp, 0, &list), 0);
	assert_int_equal(pending_at(rp, 1, &list), 1);
	assert_int_equal(list[0].rec->off, 64);
	assert_int_equal(list[0].rec->len, 64);
	assert_int_equal(pending_at(rp, 2, &list), 2);
	assert_int_equal(list[1].rec->off, 128);
	assert_int_equal(list[1].rec->len, 8);
	assert_true(list[0].rec->id != list[1].rec->id);
	assert_true(word_at(sim_replay_pmem(rp, 0), 64) == 0);
	assert_int_equal(pending_at(rp, 3, &list), 0);
	assert_true(word_at(sim_replay_pmem(rp, 0), 64) == 0x1111111111111111);
	assert_true(word_at(sim_replay_pmem(rp, 0), 128) == 0x111111000000);
	sim_replay_free(rp);
	sim_log_free(log);
}

/* Fences on another CPU settle nothing. */
static void store_here(void *arg)
{
	memcpy_flushcache(arg, "\1\1\1\1\1\1\1\1", 8);
}

static void on_cpu(int cpu, void (*fn)(void *), void *arg)
{
	while (raw_smp_processor_id() != cpu)
		sim_yield();
	preempt_disable();
	if (raw_smp_processor_id() == cpu) {
		fn(arg);
		preempt_enable();
		return;
	}
	preempt_enable();
	on_cpu(cpu, fn, arg);
}

static void fence_here(void *arg)
{
	pmem_wmb();
}

static void test_fence_elsewhere(void **state)
{
	struct world *w = quiet_world(11);
	struct sim_pmem *pmem = sim_pmem_create("/dev/pmem0", SZ_64K, NULL);
	const struct sim_pending *list;
	struct sim_replay *rp;
	struct sim_log *log;

	sim_log_start();
	on_cpu(0, store_here, sim_pmem_mem(pmem));
	on_cpu(1, fence_here, NULL);
	on_cpu(1, store_here, sim_pmem_mem(pmem));
	on_cpu(1, fence_here, NULL);
	log = take_log(w);
	rp = sim_replay_create(log);
	assert_int_equal(pending_at(rp, 2, &list), 1);
	assert_int_equal(pending_at(rp, 3, &list), 2);
	/* The later store of the same word is durable: the older is history. */
	assert_int_equal(pending_at(rp, 4, &list), 0);
	sim_replay_free(rp);
	sim_log_free(log);
}

/* ---- the replay against a second opinion ---- */

#define AREA	2048u
#define WORDS	(AREA / 8)

static struct sim_pmem *areas[2];

static void scribble(void *arg)
{
	u8 buf[300];
	u32 i, off, len;
	u8 *mem;

	for (i = 0; i < 60; i++) {
		memset(buf, 1 + sim_rand_below(255), sizeof(buf));
		mem = sim_pmem_mem(areas[sim_rand_below(2)]);
		len = 1 + sim_rand_below(sizeof(buf));
		off = sim_rand_below(AREA - len);
		memcpy_flushcache(mem + off, buf, len);
		if (!sim_rand_below(4))
			pmem_wmb();
	}
}

static struct sim_log *scribbled_log(u64 seed)
{
	struct world *w = busy_world(seed);
	int i;

	areas[0] = sim_pmem_create("/dev/pmem0", SZ_8K, NULL);
	areas[1] = sim_pmem_create("/dev/pmem1", SZ_8K, NULL);
	memcpy_flushcache(sim_pmem_mem(areas[0]), "before", 6);
	sim_log_start();
	for (i = 0; i < 4; i++)
		sim_spawn("scribble", scribble, NULL);
	sim_join_all();
	return take_log(w);
}

/* Was this store fenced on its CPU before @pos? */
static bool fenced_before(const struct sim_log *log, u64 store, u64 pos)
{
	u8 cpu = sim_log_rec(log, store)->cpu;

	for (store++; store < pos; store++)
		if (sim_log_rec(log, store)->type == SIM_REC_FENCE &&
		    sim_log_rec(log, store)->cpu == cpu)
			return true;
	return false;
}

static u64 store_word(const struct sim_rec *rec, u64 off)
{
	u64 v;

	memcpy(&v, rec->data + off - rec->off, 8);
	return v;
}

/* All values that a word may have on media at @pos: the durable one first. */
static u32 possible(const struct sim_log *log, u8 dev, u64 off, u64 pos,
		    u64 *values)
{
	const struct sim_rec *rec;
	u64 i, first = 0;
	u32 n = 1;

	values[0] = dev || off ? 0 : 0x65726f666562;
	for (i = 0; i < pos; i++) {
		rec = sim_log_rec(log, i);
		if (rec->type != SIM_REC_STORE || rec->dev != dev ||
		    off < rec->off || off >= rec->off + rec->len)
			continue;
		if (fenced_before(log, i, pos)) {
			values[0] = store_word(rec, off);
			first = i + 1;
		}
	}
	for (i = first; i < pos; i++) {
		rec = sim_log_rec(log, i);
		if (rec->type == SIM_REC_STORE && rec->dev == dev &&
		    off >= rec->off && off < rec->off + rec->len)
			values[n++] = store_word(rec, off);
	}
	return n;
}

static u32 replayed(const struct sim_replay *rp, u8 dev, u64 off, u64 *values)
{
	const struct sim_pending *p;
	u32 n = 1, nr, i, word;

	values[0] = word_at(sim_replay_pmem(rp, dev), off);
	nr = sim_replay_pending(rp, &p);
	for (i = 0; i < nr; i++, p++) {
		if (p->rec->dev != dev || off < p->rec->off ||
		    off >= p->rec->off + p->rec->len)
			continue;
		word = (off - p->rec->off) / 8;
		if (!p->dead || !(p->dead[word / 64] >> (word % 64) & 1))
			values[n++] = store_word(p->rec, off);
	}
	return n;
}

static void test_replay_is_right(void **state)
{
	u64 mine[300], its[300], pos, off;
	struct sim_replay *rp;
	struct sim_log *log;
	u64 seed, open = 0;
	u32 n;
	u8 dev;

	for (seed = 20; seed < 24; seed++) {
		log = scribbled_log(seed);
		rp = sim_replay_create(log);
		for (pos = 0; pos <= sim_log_len(log); pos += 7) {
			sim_replay_seek(rp, pos);
			for (dev = 0; dev < 2; dev++)
				for (off = 0; off < AREA; off += 8) {
					n = possible(log, dev, off, pos, mine);
					open += n > 2;
					assert_int_equal(replayed(rp, dev, off,
								  its), n);
					assert_memory_equal(mine, its, n * 8);
				}
		}
		sim_replay_free(rp);
		sim_log_free(log);
	}
	assert_true(open > 1000);
}

/* ---- building ---- */

static u64 pick_seed;

static bool pick_word(void *ctx, const struct sim_pending *p, u32 index,
		      u32 word)
{
	u64 x = (pick_seed ^ p->pos * 1000003 ^ word) * 0x9e3779b97f4a7c15ull;

	return x >> 63;
}

static enum sim_share pick_store(void *ctx, const struct sim_pending *p,
				 u32 index)
{
	return (p->pos * pick_seed >> 3) % 3;
}

/* What a build should give, from the lists of the replay. */
static void build_plainly(const struct sim_replay *rp, const struct sim_keep *keep,
			  u8 flat[2][SZ_8K])
{
	const struct sim_pending *p;
	enum sim_share share;
	u32 nr, i, word;

	for (i = 0; i < 2; i++)
		sim_image_read(sim_replay_pmem(rp, i), 0, flat[i], SZ_8K);
	nr = sim_replay_pending(rp, &p);
	for (i = 0; i < nr; i++, p++) {
		share = keep->store ? keep->store(NULL, p, i) : SIM_SOME;
		for (word = 0; word < p->rec->len / 8; word++) {
			if (p->dead && p->dead[word / 64] >> (word % 64) & 1)
				continue;
			if (share == SIM_NONE)
				continue;
			if (share == SIM_SOME && !keep->word(NULL, p, i, word))
				continue;
			memcpy(flat[p->rec->dev] + p->rec->off + word * 8,
			       p->rec->data + word * 8, 8);
		}
	}
}

static void check_build(const struct sim_replay *rp, const struct sim_keep *keep)
{
	static u8 flat[2][SZ_8K], built[SZ_8K];
	struct sim_state *st = sim_replay_build(rp, keep);
	u32 i;

	build_plainly(rp, keep, flat);
	for (i = 0; i < 2; i++) {
		sim_image_read(st->pmem[i], 0, built, SZ_8K);
		assert_memory_equal(built, flat[i], SZ_8K);
		assert_true(sim_hash_equal(st->pmem[i]->hash,
					   sim_image_rehash(st->pmem[i])));
	}
	sim_state_free(st);
}

static void test_build(void **state)
{
	struct sim_keep keep[] = {
		{ .word = pick_word },
		{ .store = pick_store, .word = pick_word },
		{ .store = sim_keep_stores },
	};
	struct sim_log *log = scribbled_log(30);
	struct sim_replay *rp = sim_replay_create(log);
	u32 i;

	do {
		for (i = 0; i < ARRAY_SIZE(keep); i++) {
			pick_seed = sim_replay_pos(rp) * 31 + i;
			check_build(rp, &keep[i]);
		}
	} while (sim_replay_step(rp));
	sim_replay_free(rp);
	sim_log_free(log);
}

/* Everything kept at the end is what loads saw; nothing kept is the durable. */
static void test_build_ends(void **state)
{
	struct sim_keep all = { .store = sim_keep_stores };
	struct world *w = busy_world(31);
	struct sim_image *seen[2];
	struct sim_replay *rp;
	struct sim_state *st;
	struct sim_log *log;
	int i;

	areas[0] = sim_pmem_create("/dev/pmem0", SZ_8K, NULL);
	areas[1] = sim_pmem_create("/dev/pmem1", SZ_8K, NULL);
	sim_log_start();
	for (i = 0; i < 3; i++)
		sim_spawn("scribble", scribble, NULL);
	sim_join_all();
	for (i = 0; i < 2; i++)
		seen[i] = sim_pmem_snapshot(areas[i]);
	log = take_log(w);
	rp = sim_replay_create(log);
	sim_replay_seek(rp, sim_log_len(log));
	st = sim_replay_build(rp, &all);
	for (i = 0; i < 2; i++)
		assert_true(sim_image_equal(st->pmem[i], seen[i]));
	sim_state_free(st);
	st = sim_replay_build(rp, NULL);
	for (i = 0; i < 2; i++) {
		assert_true(sim_image_equal(st->pmem[i], sim_replay_pmem(rp, i)));
		sim_image_free(seen[i]);
	}
	sim_state_free(st);
	sim_replay_free(rp);
	sim_log_free(log);
}

/* ---- the log ---- */

static void test_log_is_deterministic(void **state)
{
	struct sim_hash first, again, other;
	struct sim_log *log;

	log = scribbled_log(40);
	first = sim_log_hash(log);
	sim_log_free(log);
	log = scribbled_log(40);
	again = sim_log_hash(log);
	sim_log_free(log);
	log = scribbled_log(41);
	other = sim_log_hash(log);
	sim_log_free(log);
	assert_true(sim_hash_equal(first, again));
	assert_false(sim_hash_equal(first, other));
}

static void test_marks(void **state)
{
	struct world *w = world_create(42, NULL);
	const struct sim_rec *rec;
	struct sim_log *log;

	sim_mark(1, 2, NULL, 0);
	sim_log_start();
	sim_mark(7, 8, "data", 4);
	sim_sleep(1000);
	sim_mark(9, 10, NULL, 0);
	log = take_log(w);
	assert_int_equal(sim_log_len(log), 2);
	rec = sim_log_rec(log, 0);
	assert_int_equal(rec->type, SIM_REC_MARK);
	assert_int_equal(rec->off, 7);
	assert_int_equal(rec->arg, 8);
	assert_memory_equal(rec->data, "data", 4);
	assert_true(sim_log_rec(log, 1)->time >= rec->time + 1000);
	assert_null(sim_log_rec(log, 2));
	sim_log_free(log);
}

/* A test's own change of the media is durable at once. */
static void test_poke(void **state)
{
	struct world *w = world_create(43, NULL);
	struct sim_pmem *pmem = sim_pmem_create("/dev/pmem0", SZ_64K, NULL);
	const struct sim_pending *list;
	struct sim_replay *rp;
	struct sim_log *log;

	sim_log_start();
	memcpy_flushcache(sim_pmem_mem(pmem) + 8, "12345678", 8);
	sim_pmem_poke(pmem, 0, "abcdefghijklmnopqrst", 20);
	log = take_log(w);
	rp = sim_replay_create(log);
	assert_int_equal(pending_at(rp, sim_log_len(log), &list), 0);
	assert_memory_equal(sim_image_page(sim_replay_pmem(rp, 0), 0),
			    "abcdefghijklmnopqrst", 20);
	sim_replay_free(rp);
	sim_log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_pmem_keeps_images),
		cmocka_unit_test(test_pmem_checks),
		cmocka_unit_test(test_pmem_protection),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_dax),
		cmocka_unit_test(test_store_and_fence),
		cmocka_unit_test(test_fence_elsewhere),
		cmocka_unit_test(test_replay_is_right),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_build_ends),
		cmocka_unit_test(test_log_is_deterministic),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_poke),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
