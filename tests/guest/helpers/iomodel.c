// SPDX-License-Identifier: GPL-2.0
/*
 * Random I/O on a block device against an array in memory.
 *
 *	iomodel random DEVICE [OPTION...]	threads that write, read, zero,
 *						discard and flush
 *	iomodel sweep DEVICE [OPTION...]	every size at every alignment
 *	iomodel check DEVICE --model=FILE	does it still hold what a run left?
 *
 *	--seed=N --ops=N (of each thread) --threads=N --size=BYTES --offset=BYTES
 *	--max=BYTES (largest I/O) --no-discard --save=FILE
 *
 * Every sector that is written carries a stamp: who wrote it, where it belongs,
 * which version it is, and filler that follows from these.  The array says which
 * version each sector has.  Threads lock the range that they work on, so that
 * the array is exact: I/O that overlaps in flight is left to the simulation,
 * which knows more about order.
 *
 * A sector that was discarded may read as zeroes or as anything that it ever
 * was, until it is written.  What was on the device before is remembered by a
 * checksum.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "util.h"

#define MAGIC		0x6c65646f6d2d6f69ULL	/* "io-model" */
#define STAMP_WORDS	(SECTOR / sizeof(u64))
#define MAX_THREADS	32

/* What the array says of a sector: one of these, or the version of a stamp. */
#define IS_OLD		0U	/* as the run found it */
#define IS_ZERO		1U
#define FIRST_VERSION	2U
#define IS_DISCARDED	(1U << 31)	/* a flag: it was the rest before */

struct options {
	u64 seed, ops, threads, size, offset, max;
	bool no_discard;
	const char *save, *model;
};

static struct options opt = {
	.seed = 1, .ops = 2000, .threads = 4, .max = 1 << 20,
};

static int dev_fd;
static u64 nr_sectors;	/* of the range that is tested */
static u32 unit;		/* sectors of a logical block */
static u32 *model;
static u32 *old_crc;

struct range {
	u64 start, nr;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static struct range held[MAX_THREADS];	/* under lock */
static u32 last_version = FIRST_VERSION;	/* under lock */

/* ---- stamps ---- */

static void stamp_make(u64 *words, u64 sector, u32 version)
{
	u64 x = mix(opt.seed ^ mix(sector ^ (u64)version << 40)) | 1;
	size_t i;

	words[0] = MAGIC;
	words[1] = opt.seed;
	words[2] = sector;
	words[3] = version;
	for (i = 4; i < STAMP_WORDS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		words[i] = x;
	}
}

static bool is_zero(const u64 *words)
{
	size_t i;

	for (i = 0; i < STAMP_WORDS; i++) {
		if (words[i])
			return false;
	}
	return true;
}

static u32 sector_crc(const u64 *words)
{
	u64 x = 0;
	size_t i;

	for (i = 0; i < STAMP_WORDS; i++)
		x = (x ^ words[i]) * 0x9e3779b97f4a7c15ULL + (x >> 29);
	return x >> 32;
}

static bool is_stamp(const u64 *words, u64 sector, u32 version)
{
	u64 want[STAMP_WORDS];

	stamp_make(want, sector, version);
	return !memcmp(want, words, sizeof(want));
}

static bool sector_is(const u64 *words, u64 sector, u32 what)
{
	if (what & IS_DISCARDED)
		return is_zero(words) ||
		       sector_crc(words) == old_crc[sector] ||
		       is_stamp(words, sector, words[3]);
	if (what == IS_OLD)
		return sector_crc(words) == old_crc[sector];
	if (what == IS_ZERO)
		return is_zero(words);
	return is_stamp(words, sector, what);
}

static void describe(char *text, size_t len, const u64 *words)
{
	if (is_zero(words))
		snprintf(text, len, "zeroes");
	else if (words[0] == MAGIC)
		snprintf(text, len, "a stamp of seed %llu, sector %llu, version %llu",
			 words[1], words[2], words[3]);
	else
		snprintf(text, len, "foreign data, %016llx...", words[0]);
}

static void check_sector(const u64 *words, u64 sector)
{
	char found[128];
	u32 what = model[sector];

	if (sector_is(words, sector, what))
		return;
	describe(found, sizeof(found), words);
	errno = 0;
	die("seed %llu: sector %llu holds %s, and should be %s%u", opt.seed,
	    sector, found, what & IS_DISCARDED ? "discarded, before that " : "",
	    what & ~IS_DISCARDED);
}

static void check_sectors(const void *buf, const struct range *r)
{
	const char *p = buf;
	u64 i;

	for (i = 0; i < r->nr; i++)
		check_sector((const u64 *)(p + i * SECTOR), r->start + i);
}

/* ---- I/O ---- */

static u64 position(const struct range *r)
{
	return opt.offset + r->start * SECTOR;
}

static void io_failed(const char *what, const struct range *r, ssize_t got)
{
	die("seed %llu: %s of %llu sectors at %llu: %zd", opt.seed, what, r->nr,
	    r->start, got);
}

static void io_read(void *buf, const struct range *r)
{
	ssize_t got = pread(dev_fd, buf, r->nr * SECTOR, position(r));

	if (got != (ssize_t)(r->nr * SECTOR))
		io_failed("read", r, got);
}

static void io_write(void *buf, const struct range *r, int flags)
{
	struct iovec iov = { buf, r->nr * SECTOR };
	ssize_t got = pwritev2(dev_fd, &iov, 1, position(r), flags);

	if (got != (ssize_t)iov.iov_len)
		io_failed("write", r, got);
}

static void io_zero(const struct range *r, bool unmap)
{
	int mode = unmap ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE;

	if (fallocate(dev_fd, mode | FALLOC_FL_KEEP_SIZE, position(r),
		      r->nr * SECTOR))
		io_failed(unmap ? "punch" : "zeroing", r, -1);
}

static void io_discard(const struct range *r)
{
	u64 arg[2] = { position(r), r->nr * SECTOR };

	if (ioctl(dev_fd, BLKDISCARD, arg))
		io_failed("discard", r, -1);
}

static void io_flush(void)
{
	if (fsync(dev_fd))
		die("fsync");
}

/* ---- operations against the array ---- */

static bool is_held(const struct range *r)
{
	size_t i;

	for (i = 0; i < MAX_THREADS; i++) {
		if (held[i].nr && r->start < held[i].start + held[i].nr &&
		    held[i].start < r->start + r->nr)
			return true;
	}
	return false;
}

/* Returns a version for whoever writes. */
static u32 range_lock(int who, const struct range *r)
{
	u32 version;

	pthread_mutex_lock(&lock);
	while (is_held(r))
		pthread_cond_wait(&released, &lock);
	held[who] = *r;
	version = ++last_version;
	pthread_mutex_unlock(&lock);
	return version;
}

static void range_unlock(int who)
{
	pthread_mutex_lock(&lock);
	held[who].nr = 0;
	pthread_cond_broadcast(&released);
	pthread_mutex_unlock(&lock);
}

static void model_set(const struct range *r, u32 what)
{
	u64 i;

	for (i = 0; i < r->nr; i++)
		model[r->start + i] = what;
}

static void model_discard(const struct range *r)
{
	u64 i;

	for (i = 0; i < r->nr; i++)
		model[r->start + i] |= IS_DISCARDED;
}

static void do_write(char *buf, const struct range *r, u32 version,
		     int flags)
{
	u64 i;

	for (i = 0; i < r->nr; i++)
		stamp_make((u64 *)(buf + i * SECTOR), r->start + i,
			   version);
	io_write(buf, r, flags);
	model_set(r, version);
}

static void do_read(char *buf, const struct range *r)
{
	io_read(buf, r);
	check_sectors(buf, r);
}

/* One operation of the random mix, on a locked range. */
static void do_random(u64 *rng, char *buf, const struct range *r,
		      u32 version)
{
	unsigned int dice = random_below(rng, 100);

	if (dice < 45) {
		do_write(buf, r, version, dice < 5 ? RWF_DSYNC : 0);
	} else if (dice < 88) {
		do_read(buf, r);
	} else if (dice < 94) {
		io_zero(r, dice & 1);
		model_set(r, IS_ZERO);
	} else if (dice < 97) {
		io_flush();
	} else if (!opt.no_discard) {
		io_discard(r);
		model_discard(r);
	}
}

/* Four of five in the first fifth of the device; small ones are common. */
static void random_range(u64 *rng, struct range *r)
{
	u64 blocks = nr_sectors / unit, hot = blocks / 5 + 1;
	u64 limit = random_below(rng, 5) ? hot : blocks;
	u64 max = opt.max / SECTOR / unit;
	u64 nr = 1 + random_below(rng, 1 + random_below(rng, max));

	if (random_below(rng, 3) == 0)
		nr = 1 + random_below(rng, max < 16 ? max : 16);
	r->start = random_below(rng, limit);
	if (r->start + nr > blocks)
		nr = blocks - r->start;
	r->start *= unit;
	r->nr = nr * unit;
}

struct worker {
	pthread_t thread;
	int who;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	u64 rng = opt.seed * MAX_THREADS + w->who, i;
	char *buf = pages(opt.max + BLOCK);
	struct range r;
	u32 version;

	for (i = 0; i < opt.ops; i++) {
		random_range(&rng, &r);
		version = range_lock(w->who, &r);
		/* Callers' memory starts on any sector of a page. */
		do_random(&rng, buf + random_below(&rng, 8) * SECTOR, &r,
			  version);
		range_unlock(w->who);
	}
	free(buf);
	return NULL;
}

/* ---- the device as a whole ---- */

static void open_device(const char *path)
{
	u64 bytes;
	int lbs;

	dev_fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (dev_fd < 0 || ioctl(dev_fd, BLKGETSIZE64, &bytes) ||
	    ioctl(dev_fd, BLKSSZGET, &lbs))
		die("%s", path);
	unit = lbs / SECTOR;
	if (!opt.size)
		opt.size = bytes - opt.offset;
	if (opt.offset + opt.size > bytes || opt.size % lbs ||
	    opt.max % lbs || !opt.threads || opt.threads > MAX_THREADS)
		die("--size, --offset, --max or --threads is not possible");
	nr_sectors = opt.size / SECTOR;
	model = zeroed(nr_sectors * sizeof(*model));
	old_crc = zeroed(nr_sectors * sizeof(*old_crc));
}

/* Call @see for all of it, in large reads. */
static void scan(void (*see)(const void *buf, const struct range *r))
{
	struct range r = { 0, 0 };
	void *buf = pages(1 << 20);

	for (; r.start < nr_sectors; r.start += r.nr) {
		r.nr = (1 << 20) / SECTOR;
		if (r.nr > nr_sectors - r.start)
			r.nr = nr_sectors - r.start;
		io_read(buf, &r);
		see(buf, &r);
	}
	free(buf);
}

static void learn(const void *buf, const struct range *r)
{
	const char *p = buf;
	u64 i;

	for (i = 0; i < r->nr; i++)
		old_crc[r->start + i] =
			sector_crc((const u64 *)(p + i * SECTOR));
}

static void save(void)
{
	u64 head[4] = { MAGIC, opt.seed, opt.offset, opt.size };
	int fd = open(opt.save, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		die("%s", opt.save);
	write_fully(fd, head, sizeof(head));
	write_fully(fd, model, nr_sectors * sizeof(*model));
	write_fully(fd, old_crc, nr_sectors * sizeof(*old_crc));
	close(fd);
}

static int load_head(void)
{
	int fd = open(opt.model ?: "", O_RDONLY | O_CLOEXEC);
	u64 head[4];

	if (fd < 0 || !read_fully(fd, head, sizeof(head)) || head[0] != MAGIC)
		die("%s is no model", opt.model);
	opt.seed = head[1];
	opt.offset = head[2];
	opt.size = head[3];
	return fd;
}

static void finish(const char *what)
{
	scan(check_sectors);
	if (opt.save)
		save();
	printf("%s: seed %llu, %llu MiB, good\n", what, opt.seed, opt.size >> 20);
}

static void run_random(void)
{
	struct worker workers[MAX_THREADS];
	u64 i;

	for (i = 0; i < opt.threads; i++) {
		workers[i].who = i;
		errno = pthread_create(&workers[i].thread, NULL, work,
				       &workers[i]);
		if (errno)
			die("thread");
	}
	for (i = 0; i < opt.threads; i++)
		pthread_join(workers[i].thread, NULL);
}

/* ---- every size at every alignment ---- */

static const unsigned int sizes[] = {
	1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128,
	129, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 2047, 2048,
};

/* Write one range; it and what surrounds it must be right. */
static void sweep_one(char *buf, u64 start, u64 nr)
{
	struct range r = { start, nr }, around;

	do_write(buf + start % 8 * SECTOR, &r, range_lock(0, &r), 0);
	range_unlock(0);
	around.start = start < 16 ? 0 : start - 16;
	around.nr = start + nr + 16 - around.start;
	if (around.start + around.nr > nr_sectors)
		around.nr = nr_sectors - around.start;
	do_read(buf, &around);
}

static void run_sweep(void)
{
	u64 rng = opt.seed, chunk = (4 << 20) / SECTOR, start, nr, base;
	char *buf = pages((2048 + 64) * SECTOR);
	size_t i, align;

	if (nr_sectors < 3 * chunk)
		die("--size is too small for a sweep");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		nr = sizes[i] * unit;
		if (nr > 2048)
			continue;
		for (align = 0; align < 8; align += unit) {
			base = random_below(&rng, (nr_sectors - nr) / 8 - 1);
			sweep_one(buf, base * 8 + align, nr);
			/* Across the end of a chunk, if it is long enough. */
			start = chunk - nr / 2 / unit * unit;
			sweep_one(buf, start / 8 * 8 + align, nr);
		}
	}
	free(buf);
}

/* ---- command line ---- */

static const struct option longopts[] = {
	{ "seed", required_argument, NULL, 0 },
	{ "ops", required_argument, NULL, 0 },
	{ "threads", required_argument, NULL, 0 },
	{ "size", required_argument, NULL, 0 },
	{ "offset", required_argument, NULL, 0 },
	{ "max", required_argument, NULL, 0 },
	{ "no-discard", no_argument, NULL, 'd' },
	{ "save", required_argument, NULL, 's' },
	{ "model", required_argument, NULL, 'm' },
	{ NULL, 0, NULL, 0 }
};

/* In the order of longopts. */
static u64 * const values[] = {
	&opt.seed, &opt.ops, &opt.threads, &opt.size, &opt.offset, &opt.max,
};

static void parse(int argc, char **argv)
{
	int c, which;

	while ((c = getopt_long(argc, argv, "", longopts, &which)) != -1) {
		if (!c)
			*values[which] = parse_number(optarg);
		else if (c == 'd')
			opt.no_discard = true;
		else if (c == 's')
			opt.save = optarg;
		else if (c == 'm')
			opt.model = optarg;
		else
			exit(2);
	}
	if (argc - optind != 2)
		die("usage: iomodel random|sweep|check DEVICE [OPTION...]");
}

int main(int argc, char **argv)
{
	const char *what;
	int fd = -1;

	parse(argc, argv);
	what = argv[optind];
	if (!strcmp(what, "check"))
		fd = load_head();
	open_device(argv[optind + 1]);
	if (fd < 0)
		scan(learn);
	else if (!read_fully(fd, model, nr_sectors * sizeof(*model)) ||
		 !read_fully(fd, old_crc, nr_sectors * sizeof(*old_crc)))
		die("%s is too short", opt.model);
	if (!strcmp(what, "random"))
		run_random();
	else if (!strcmp(what, "sweep"))
		run_sweep();
	else if (fd < 0)
		die("no such command: %s", what);
	finish(what);
	return 0;
}
