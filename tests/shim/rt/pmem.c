// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent memory: a flat range that the driver loads from, and the primitives
 * that store to it.
 *
 * The flat memory outlives its world: it is kept, with the image that it was
 * loaded from and a bit per page that changed since, for the next device of that
 * size, so that a recovery pays for the pages that differ and no more.
 * Durability is not decided here but by a replay of the log.
 */
#include <sys/mman.h>

#include "rt.h"
#include "log.h"
#include "pmem.h"

#include <linux/bitmap.h>
#include <linux/libnvdimm.h>
#include <linux/uaccess.h>

#define GUARD	4096u
#define LINE	64u

static struct pmem_buf *spare_bufs;

/* ---- flat memory ---- */

static struct pmem_buf *buf_get(u64 size)
{
	struct pmem_buf **link, *buf;
	u64 pages = size >> SIM_PAGE_SHIFT;
	u8 *base;

	for (link = &spare_bufs; *link; link = &(*link)->next) {
		buf = *link;
		if (buf->size == size) {
			*link = buf->next;
			return buf;
		}
	}
	base = mmap(NULL, size + 2 * GUARD, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	buf = calloc(1, sizeof(*buf));
	if (base == MAP_FAILED || !buf ||
	    mprotect(base + GUARD, size, PROT_READ | PROT_WRITE))
		abort();
	buf->mem = base + GUARD;
	buf->size = size;
	buf->base = sim_image_create(size);
	buf->dirty = calloc(BITS_TO_LONGS(pages), sizeof(long));
	return buf;
}

/* After a failure nobody knows what was stored: do not use it again. */
static void buf_put(struct pmem_buf *buf, bool trusted)
{
	if (trusted) {
		buf->next = spare_bufs;
		spare_bufs = buf;
		return;
	}
	munmap(buf->mem - GUARD, buf->size + 2 * GUARD);
	sim_image_free(buf->base);
	free(buf->dirty);
	free(buf);
}

static bool leaf_dirty(const struct pmem_buf *buf, u64 leaf)
{
	static_assert(SIM_LEAF_PAGES == BITS_PER_LONG);
	return buf->dirty[leaf] != 0;
}

static void load_leaf(struct pmem_buf *buf, const struct sim_image *image,
		      u64 leaf)
{
	u64 end = min(buf->size, (leaf + 1) * SIM_LEAF_PAGES * SIM_PAGE_SIZE);
	u64 off = leaf * SIM_LEAF_PAGES * SIM_PAGE_SIZE;
	const u8 *page;

	for (; off < end; off += SIM_PAGE_SIZE) {
		page = sim_image_page(image, off);
		if (page != sim_image_page(buf->base, off) ||
		    test_bit(off >> SIM_PAGE_SHIFT, buf->dirty))
			memcpy(buf->mem + off, page, SIM_PAGE_SIZE);
	}
	buf->dirty[leaf] = 0;
}

/* Whole leaves that are shared and clean cost one comparison. */
static void buf_load(struct pmem_buf *buf, const struct sim_image *image)
{
	u64 leaf;

	for (leaf = 0; leaf < image->nr_leaves; leaf++)
		if (image->leaves[leaf] != buf->base->leaves[leaf] ||
		    leaf_dirty(buf, leaf))
			load_leaf(buf, image, leaf);
	sim_image_free(buf->base);
	buf->base = sim_image_clone(image);
}

static struct sim_image *buf_snapshot(struct pmem_buf *buf)
{
	u64 page, nr = buf->size >> SIM_PAGE_SHIFT;
	u64 off;

	for_each_set_bit(page, buf->dirty, nr) {
		off = page << SIM_PAGE_SHIFT;
		sim_image_write(buf->base, off, buf->mem + off, SIM_PAGE_SIZE);
		__clear_bit(page, buf->dirty);
	}
	return sim_image_clone(buf->base);
}

/* ---- devices ---- */

struct sim_pmem *pmem_of(const void *addr)
{
	struct world *w = sim_world;
	u32 i;

	for (i = 0; i < w->nr_pmem; i++)
		if ((const u8 *)addr - w->pmem[i]->mem < (long)w->pmem[i]->size &&
		    (const u8 *)addr >= w->pmem[i]->mem)
			return w->pmem[i];
	return NULL;
}

static void set_writable(struct sim_pmem *pmem, bool writable)
{
	if (sim_world->opts.protect)
		mprotect(pmem->mem, pmem->size,
			 writable ? PROT_READ | PROT_WRITE : PROT_READ);
}

struct sim_pmem *sim_pmem_create(const char *path, u64 size,
				 const struct sim_image *image)
{
	struct world *w = sim_world;
	struct sim_pmem *pmem = calloc(1, sizeof(*pmem));
	struct sim_image *empty = NULL;

	if (!pmem || w->nr_pmem == MAX_DEVICES || size % SIM_PAGE_SIZE ||
	    (image && image->size != size)) {
		fprintf(stderr, "sim: bad pmem device %s\n", path);
		abort();
	}
	if (!image)
		empty = sim_image_create(size);
	pmem->index = w->nr_pmem;
	pmem->size = size;
	pmem->buf = buf_get(size);
	pmem->mem = pmem->buf->mem;
	buf_load(pmem->buf, image ?: empty);
	sim_image_free(empty);
	w->pmem[w->nr_pmem++] = pmem;
	pmem_bdev_init(pmem, path);
	if (w->opts.shadow) {
		pmem->shadow = malloc(size);
		memcpy(pmem->shadow, pmem->mem, size);
	}
	set_writable(pmem, false);
	if (w->log)
		log_base_pmem(pmem);
	return pmem;
}

u8 *sim_pmem_mem(struct sim_pmem *pmem)
{
	pmem->exposed = true;
	return pmem->mem;
}

const u8 *sim_pmem_view(const struct sim_pmem *pmem)
{
	return pmem->mem;
}

/* Any page may differ from what the primitives stored. */
static void distrust(struct sim_pmem *pmem)
{
	if (pmem->exposed)
		bitmap_fill(pmem->buf->dirty, pmem->size >> SIM_PAGE_SHIFT);
}

u64 sim_pmem_size(const struct sim_pmem *pmem)
{
	return pmem->size;
}

u32 sim_pmem_index(const struct sim_pmem *pmem)
{
	return pmem->index;
}

struct sim_image *sim_pmem_snapshot(struct sim_pmem *pmem)
{
	distrust(pmem);
	return buf_snapshot(pmem->buf);
}

void pmem_free_all(struct world *w)
{
	struct sim_pmem *pmem;
	u32 i;

	for (i = 0; i < w->nr_pmem; i++) {
		pmem = w->pmem[i];
		set_writable(pmem, true);
		distrust(pmem);
		pmem_bdev_exit(pmem);
		buf_put(pmem->buf, !w->failure);
		free(pmem->shadow);
		free(pmem->poison);
		free(pmem);
	}
	w->nr_pmem = 0;
}

/* ---- poison ---- */

static void poison_range(struct sim_pmem *pmem, u64 off, u64 len, bool bad)
{
	u64 line, end = DIV_ROUND_UP(off + len, LINE);

	if (!pmem->poison)
		pmem->poison = calloc(BITS_TO_LONGS(pmem->size / LINE),
				      sizeof(long));
	for (line = off / LINE; line < end; line++) {
		if (bad == test_bit(line, pmem->poison))
			continue;
		__assign_bit(line, pmem->poison, bad);
		pmem->nr_poisoned += bad ? 1 : -1;
	}
}

void sim_pmem_poison(struct sim_pmem *pmem, u64 off, u64 len)
{
	poison_range(pmem, off, len, true);
}

void sim_pmem_cure(struct sim_pmem *pmem, u64 off, u64 len)
{
	poison_range(pmem, off, len, false);
}

/* Bytes from @off that can be read, up to @len. */
static u64 readable(const struct sim_pmem *pmem, u64 off, u64 len)
{
	u64 line, end = DIV_ROUND_UP(off + len, LINE);

	if (!pmem->nr_poisoned)
		return len;
	line = find_next_bit(pmem->poison, end, off / LINE);
	if (line >= end)
		return len;
	return line * LINE > off ? line * LINE - off : 0;
}

/* Only lines that are stored as a whole. */
static void heal(struct sim_pmem *pmem, u64 off, u64 len)
{
	u64 start = round_up(off, LINE), end = round_down(off + len, LINE);

	if (sim_world->opts.heal_poison && pmem->nr_poisoned && start < end)
		poison_range(pmem, start, end - start, false);
}

/* ---- stores ---- */

/* The words that [off, off + len) touches, as loads see them now. */
static void log_store(struct sim_pmem *pmem, u64 off, u64 len, u64 call,
		      u32 flags, const void *site)
{
	u64 start = round_down(off, 8), end = round_up(off + len, 8);
	struct sim_rec *rec;

	if (!sim_world->log)
		return;
	rec = log_add(SIM_REC_STORE, end - start);
	rec->dev = pmem->index;
	rec->off = start;
	rec->len = end - start;
	rec->id = call;
	rec->flags = flags;
	rec->site = site;
	memcpy(rec->data, pmem->mem + start, end - start);
}

static void mark_dirty(struct sim_pmem *pmem, u64 off, u64 len)
{
	u64 page, last = (off + len - 1) >> SIM_PAGE_SHIFT;

	for (page = off >> SIM_PAGE_SHIFT; page <= last; page++)
		__set_bit(page, pmem->buf->dirty);
}

static void store_part(struct sim_pmem *pmem, u64 off, const void *src, u64 len,
		       u64 call, u32 flags, const void *site)
{
	if (!len)
		return;
	set_writable(pmem, true);
	memcpy(pmem->mem + off, src, len);
	set_writable(pmem, false);
	if (pmem->shadow)
		memcpy(pmem->shadow + off, src, len);
	mark_dirty(pmem, off, len);
	heal(pmem, off, len);
	log_store(pmem, off, len, call, flags, site);
}

/* Where a copy is interrupted; at a multiple of 8, 0 if it is not. */
static u64 split_at(u64 len)
{
	struct world *w = sim_world;

	if (len < 16 || !rng_chance(&w->rng_sched, w->opts.split_p, 8))
		return 0;
	return 8 * (1 + rng_below(&w->rng_sched, len / 8 - 1));
}

static void check_locked_copy(u64 len, const void *site)
{
	struct world *w = sim_world;

	if (w->opts.max_copy_locked && current->spin_count &&
	    len > w->opts.max_copy_locked)
		fail_at(SIM_FAIL_PMEM, site,
			"%llu bytes are copied with a spinlock held", len);
}

static struct sim_pmem *store_target(const void *dst, u64 len, const void *site)
{
	struct sim_pmem *pmem = pmem_of(dst);

	if (!pmem || (const u8 *)dst + len > pmem->mem + pmem->size)
		fail_at(SIM_FAIL_PMEM, site,
			"store of %llu bytes to %#lx, which is not pmem", len,
			(unsigned long)dst);
	check_locked_copy(len, site);
	return pmem;
}

void memcpy_flushcache(void *dst, const void *src, size_t n)
{
	const void *site = __builtin_return_address(0);
	u64 call = sim_world->next_call++;
	struct sim_pmem *pmem;
	u64 off, part;

	if (!n)
		return;
	pmem = store_target(dst, n, site);
	off = (u8 *)dst - pmem->mem;
	part = split_at(n);
	if (part) {
		store_part(pmem, off, src, part, call, 0, site);
		shim_yield_slow();
	}
	store_part(pmem, off + part, (const u8 *)src + part, n - part, call, 0,
		   site);
	shim_yield(SHIM_YIELD_PMEM);
}

/* An ordinary store was made before; only here does the model learn of it. */
void arch_wb_cache_pmem(void *addr, size_t size)
{
	const void *site = __builtin_return_address(0);
	struct sim_pmem *pmem;
	u64 off;

	if (!size)
		return;
	pmem = store_target(addr, size, site);
	off = (u8 *)addr - pmem->mem;
	if (pmem->shadow)
		memcpy(pmem->shadow + off, addr, size);
	mark_dirty(pmem, off, size);
	heal(pmem, off, size);
	log_store(pmem, off, size, sim_world->next_call++, 0, site);
	shim_yield(SHIM_YIELD_PMEM);
}

void arch_invalidate_pmem(void *addr, size_t size)
{
}

void pmem_wmb(void)
{
	struct sim_rec *rec;

	shim_yield(SHIM_YIELD_PMEM);
	if (sim_world->log) {
		rec = log_add(SIM_REC_FENCE, 0);
		rec->site = __builtin_return_address(0);
	}
	shim_yield(SHIM_YIELD_PMEM);
}

/* ---- loads ---- */

unsigned long copy_mc_to_kernel(void *dst, const void *src, size_t n)
{
	struct sim_pmem *pmem = pmem_of(src);
	u64 good = n, part;

	if (pmem_of(dst))
		fail_at(SIM_FAIL_PMEM, __builtin_return_address(0),
			"a copy that is not a pmem primitive stores to pmem");
	check_locked_copy(n, __builtin_return_address(0));
	if (pmem)
		good = readable(pmem, (const u8 *)src - pmem->mem, n);
	shim_yield(SHIM_YIELD_PMEM);
	part = split_at(good);
	if (part) {
		memcpy(dst, src, part);
		shim_yield_slow();
	}
	memcpy((u8 *)dst + part, (const u8 *)src + part, good - part);
	return n - good;
}

/* ---- tests ---- */

void sim_pmem_poke(struct sim_pmem *pmem, u64 off, const void *data, u64 len)
{
	if (off > pmem->size || len > pmem->size - off)
		sim_fail(SIM_FAIL_CHECK, "no such range of pmem");
	store_part(pmem, off, data, len, sim_world->next_call++,
		   SIM_LOG_DURABLE, NULL);
}

void sim_pmem_load(struct sim_pmem *pmem, const struct sim_image *image)
{
	if (image->size != pmem->size || sim_world->log)
		sim_fail(SIM_FAIL_CHECK, "pmem is loaded with another size, or while a log runs");
	set_writable(pmem, true);
	distrust(pmem);
	buf_load(pmem->buf, image);
	set_writable(pmem, false);
	if (pmem->shadow)
		memcpy(pmem->shadow, pmem->mem, pmem->size);
}

void sim_pmem_check(struct sim_pmem *pmem)
{
	u64 off;

	if (!pmem->shadow)
		sim_fail(SIM_FAIL_CHECK, "sim_pmem_check() needs opts.shadow");
	if (!memcmp(pmem->mem, pmem->shadow, pmem->size))
		return;
	for (off = 0; pmem->mem[off] == pmem->shadow[off]; )
		off++;
	sim_fail(SIM_FAIL_PMEM, "a store to byte %#llx bypassed the primitives",
		 off);
}
