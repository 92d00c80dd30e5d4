// SPDX-License-Identifier: GPL-2.0
/*
 * Writers that are sure of what they wrote, and the check after a power cut.
 *
 *	ackwrite run   KIND TARGET WITNESS-DIR [OPTION...]	until it is killed
 *	ackwrite check KIND TARGET WITNESS-DIR [OPTION...]
 *
 *	KIND	device	4 KiB blocks of a block device, O_DIRECT; a write is
 *			acknowledged when it returns, flushed or not
 *		synced	the same, but acknowledged when it was flushed, or was
 *			a FUA write: what an ordinary disk promises
 *		file	blocks of one file for each writer, overwritten in place,
 *			each followed by fdatasync()
 *		names	whole files: written, fsync()ed, renamed over the last
 *			one, the directory fsync()ed
 *
 *	--seed=N --writers=N --slots=N (of each writer) --ops=N (then stop)
 *
 * What writer w does as its operation v follows from seed, w and v.  When the
 * operation is acknowledged, v is appended to WITNESS-DIR/KIND.w, which must lie
 * where the power cut does not reach.  So the last number there says what must
 * be found; only the operation after it may have been under way, and each of
 * its blocks is the old one or the new one, never a mix.  On a device an
 * operation is one request: there it is all new or all old.
 *
 * A run goes on where the last one ended, with the operation that may have been
 * under way.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "util.h"

#define MAGIC		0x657469726b6361ULL	/* "ackrite" */
#define WORDS		(BLOCK / sizeof(u64))
#define SLOT_BLOCKS	16
#define LINE		16	/* bytes of a line of a witness */
#define MAX_WRITERS	32

enum kind { DEVICE, SYNCED, FILES, NAMES };

static const char * const kind_names[] = { "device", "synced", "file", "names" };

struct options {
	u64 seed, writers, slots, ops;
};

static struct options opt = { .seed = 1, .writers = 4, .slots = 64 };
static enum kind kind;
static const char *target, *witness_dir;

struct writer {
	pthread_t thread;
	unsigned int who;
	u64 version;	/* the operation that is next */
	int fd;			/* of the device or file */
	int dir;		/* of the directory */
	int witness;
	char *buf;
	u64 *newest;	/* of each block; only for a check */
};

/* What an operation does: @nr blocks from @first on, in a slot. */
struct op {
	u64 slot, first, nr;
	bool sync_write;
};

static bool on_device(void)
{
	return kind == DEVICE || kind == SYNCED;
}

static void op_make(struct op *op, unsigned int who, u64 version)
{
	u64 rng = mix(opt.seed ^ mix(who + 1) ^ version);

	op->slot = random_below(&rng, opt.slots);
	op->nr = 1 + random_below(&rng, 1 + random_below(&rng, SLOT_BLOCKS));
	op->first = random_below(&rng, SLOT_BLOCKS + 1 - op->nr);
	op->sync_write = random_below(&rng, 4) == 0;
	if (kind == NAMES)
		op->first = 0;
}

static bool op_covers(const struct op *op, u64 slot, u64 block)
{
	return op->slot == slot && block >= op->first &&
	       block < op->first + op->nr;
}

static void block_make(u64 *words, unsigned int who, u64 version,
		       u64 slot, u64 block)
{
	u64 x = mix(opt.seed ^ mix(version ^ mix(who * SLOT_BLOCKS + block)));
	size_t i;

	words[0] = MAGIC;
	words[1] = who;
	words[2] = version;
	words[3] = slot << 16 | block;
	for (i = 4; i < WORDS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		words[i] = x;
	}
}

static char *op_data(const struct writer *w, const struct op *op,
		     u64 version)
{
	u64 i;

	for (i = 0; i < op->nr; i++)
		block_make((u64 *)(w->buf + i * BLOCK), w->who, version,
			   op->slot, op->first + i);
	return w->buf;
}

/* Where a block of a slot lies in the device or in the writer's file. */
static off_t position(const struct writer *w, u64 slot, u64 block)
{
	u64 row = on_device() ? w->who * opt.slots : 0;

	return ((row + slot) * SLOT_BLOCKS + block) * BLOCK;
}

static void slot_name(char *name, size_t len, const struct writer *w,
		      u64 slot)
{
	snprintf(name, len, "w%u-%llu", w->who, slot);
}

/* ---- writing ---- */

static void write_in_place(const struct writer *w, const struct op *op)
{
	struct iovec iov = { op_data(w, op, w->version), op->nr * BLOCK };
	ssize_t done = pwritev2(w->fd, &iov, 1, position(w, op->slot, op->first),
				op->sync_write ? RWF_DSYNC : 0);

	if (done != (ssize_t)iov.iov_len)
		die("%s: writer %u, operation %llu: %zd", kind_names[kind],
		    w->who, w->version, done);
	if (kind != DEVICE && !op->sync_write && fdatasync(w->fd))
		die("fdatasync");
}

static void write_name(const struct writer *w, const struct op *op)
{
	char name[64], tmp[64];
	int fd;

	slot_name(name, sizeof(name), w, op->slot);
	snprintf(tmp, sizeof(tmp), "w%u.tmp", w->who);
	fd = openat(w->dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		die("%s", tmp);
	write_fully(fd, op_data(w, op, w->version), op->nr * BLOCK);
	if (fsync(fd) || close(fd) || renameat(w->dir, tmp, w->dir, name) ||
	    fsync(w->dir))
		die("%s", name);
}

static void acknowledge(const struct writer *w)
{
	char line[LINE + 1];

	snprintf(line, sizeof(line), "%15llu\n", w->version);
	write_fully(w->witness, line, LINE);
}

static void *run(void *arg)
{
	struct writer *w = arg;
	u64 left = opt.ops ?: ~0ULL;
	struct op op;

	for (; left; left--) {
		op_make(&op, w->who, w->version);
		if (kind == NAMES)
			write_name(w, &op);
		else
			write_in_place(w, &op);
		acknowledge(w);
		w->version++;
	}
	return NULL;
}

/* ---- checking ---- */

struct tally {
	u64 acknowledged, landed, bad;
};

/*
 * The newest acknowledged operation that wrote each block, 0 if none did.  The
 * operation under way, w->version, is not among them.
 */
static u64 *newest_table(const struct writer *w)
{
	u64 *table = zeroed(opt.slots * SLOT_BLOCKS * sizeof(*table));
	u64 version, i;
	struct op op;

	for (version = 1; version < w->version; version++) {
		op_make(&op, w->who, version);
		for (i = 0; i < op.nr; i++)
			table[op.slot * SLOT_BLOCKS + op.first + i] = version;
	}
	return table;
}

static bool block_is(const struct writer *w, const char *data, u64 version,
		     u64 slot, u64 block)
{
	u64 want[WORDS];

	block_make(want, w->who, version, slot, block);
	return !memcmp(want, data, BLOCK);
}

static bool block_is_blank(const char *data)
{
	return !data[0] && !memcmp(data, data + 1, BLOCK - 1);
}

static void complain(struct tally *t, const struct writer *w, u64 slot,
		     u64 block, const char *data, u64 wanted)
{
	const u64 *words = (const u64 *)data;

	if (t->bad++ >= 8)
		return;
	printf("%s: writer %u, slot %llu, block %llu: ", kind_names[kind], w->who,
	       slot, block);
	if (block_is_blank(data))
		printf("nothing there");
	else if (words[0] != MAGIC)
		printf("foreign data %016llx", words[0]);
	else if (block_is(w, data, words[2], slot, block))
		printf("operation %llu", words[2]);
	else
		printf("a torn or misplaced block of writer %llu, operation %llu",
		       words[1], words[2]);
	printf(", instead of %llu; acknowledged up to %llu\n", wanted,
	       w->version - 1);
}

/* One block; 1 if it is of the operation under way. */
static int check_block(struct tally *t, const struct writer *w, u64 slot,
		       u64 block, const char *data, const struct op *next)
{
	u64 version = w->newest[slot * SLOT_BLOCKS + block];

	if (version && block_is(w, data, version, slot, block))
		return 0;
	if (op_covers(next, slot, block) &&
	    block_is(w, data, w->version, slot, block))
		return 1;
	/* What nobody acknowledged need not be there, but nothing else may. */
	if (!version && (on_device() || block_is_blank(data)))
		return 0;
	complain(t, w, slot, block, data, version);
	return 0;
}

static void check_slot(struct tally *t, const struct writer *w, u64 slot,
		       const struct op *next)
{
	ssize_t got = pread(w->fd, w->buf, SLOT_BLOCKS * BLOCK,
			    position(w, slot, 0));
	u64 block, landed = 0;

	if (got != SLOT_BLOCKS * BLOCK)
		die("slot %llu: read %zd", slot, got);
	for (block = 0; block < SLOT_BLOCKS; block++)
		landed += check_block(t, w, slot, block, w->buf + block * BLOCK,
				      next);
	if (on_device() && landed && landed != next->nr) {
		t->bad++;
		printf("writer %u, operation %llu: %llu of %llu blocks landed, a torn request\n",
		       w->who, w->version, landed, next->nr);
	}
	t->landed += landed != 0;
}

/* The whole file is of one operation. */
static bool name_is(const struct writer *w, int fd, u64 version,
		    u64 slot)
{
	struct op op;
	struct stat st;
	u64 i;

	op_make(&op, w->who, version);
	if (op.slot != slot || fstat(fd, &st) ||
	    st.st_size != (off_t)(op.nr * BLOCK) ||
	    pread(fd, w->buf, st.st_size, 0) != st.st_size)
		return false;
	for (i = 0; i < op.nr; i++) {
		if (!block_is(w, w->buf + i * BLOCK, version, slot, i))
			return false;
	}
	return true;
}

static void check_name(struct tally *t, const struct writer *w, u64 slot)
{
	u64 version = w->newest[slot * SLOT_BLOCKS];
	char name[64];
	int fd;

	slot_name(name, sizeof(name), w, slot);
	fd = openat(w->dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !version)
		return;
	if (fd >= 0 && version && name_is(w, fd, version, slot)) {
		close(fd);
		return;
	}
	if (fd >= 0 && name_is(w, fd, w->version, slot)) {
		t->landed++;
	} else {
		t->bad++;
		printf("names: %s is not what operation %llu left; acknowledged up to %llu\n",
		       name, version, w->version - 1);
	}
	if (fd >= 0)
		close(fd);
}

static void check(struct tally *t, struct writer *w)
{
	struct op next;
	u64 slot;

	w->newest = newest_table(w);
	op_make(&next, w->who, w->version);
	t->acknowledged += w->version - 1;
	for (slot = 0; slot < opt.slots; slot++) {
		if (kind == NAMES)
			check_name(t, w, slot);
		else
			check_slot(t, w, slot, &next);
	}
}

/* ---- setting up ---- */

/* The operation after the last one in the witness. */
static u64 witness_next(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END) / LINE * LINE;
	char line[LINE + 1] = "";
	u64 version = 0;

	if (end && (pread(fd, line, LINE, end - LINE) != LINE ||
		    sscanf(line, "%llu", &version) != 1))
		die("the witness holds '%s'", line);
	return version + 1;
}

static void open_target(struct writer *w, bool check)
{
	int flags = check ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC;
	off_t end = position(w, opt.slots, 0);
	char path[4096];

	w->fd = -1;
	w->dir = -1;
	if (kind == NAMES) {
		w->dir = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else if (on_device()) {
		w->fd = open(target, (flags & ~O_CREAT) | O_DIRECT);
	} else {
		snprintf(path, sizeof(path), "%s/blocks.%u", target, w->who);
		w->fd = open(path, flags, 0644);
		if (w->fd >= 0 && !check && ftruncate(w->fd, end))
			die("%s", path);
	}
	if (w->fd < 0 && w->dir < 0)
		die("%s", kind == FILES ? path : target);
	if (on_device() && lseek(w->fd, 0, SEEK_END) < end)
		die("%s is smaller than %llu bytes", target, (u64)end);
}

static void writer_open(struct writer *w, unsigned int who, bool check)
{
	char path[4096];

	w->who = who;
	w->buf = pages(SLOT_BLOCKS * BLOCK);
	open_target(w, check);
	snprintf(path, sizeof(path), "%s/%s.%u", witness_dir, kind_names[kind],
		 who);
	w->witness = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (w->witness < 0)
		die("%s", path);
	w->version = witness_next(w->witness);
}

static void run_all(struct writer *writers)
{
	u64 i;

	for (i = 0; i < opt.writers; i++) {
		errno = pthread_create(&writers[i].thread, NULL, run,
				       &writers[i]);
		if (errno)
			die("thread");
	}
	for (i = 0; i < opt.writers; i++)
		pthread_join(writers[i].thread, NULL);
}

static int check_all(struct writer *writers)
{
	struct tally t = { 0 };
	u64 i;

	for (i = 0; i < opt.writers; i++)
		check(&t, &writers[i]);
	printf("%s: %llu writers, %llu acknowledged writes, %llu under way had landed, %llu bad\n",
	       kind_names[kind], opt.writers, t.acknowledged, t.landed, t.bad);
	return t.bad ? 1 : 0;
}

static const struct option longopts[] = {
	{ "seed", required_argument, NULL, 0 },
	{ "writers", required_argument, NULL, 0 },
	{ "slots", required_argument, NULL, 0 },
	{ "ops", required_argument, NULL, 0 },
	{ NULL, 0, NULL, 0 }
};

/* In the order of longopts. */
static u64 * const values[] = { &opt.seed, &opt.writers, &opt.slots, &opt.ops };

static void parse(int argc, char **argv)
{
	int c, which;

	while ((c = getopt_long(argc, argv, "", longopts, &which)) != -1) {
		if (c)
			exit(2);
		*values[which] = parse_number(optarg);
	}
	if (argc - optind != 4 || !opt.slots || !opt.writers ||
	    opt.writers > MAX_WRITERS)
		die("usage: ackwrite run|check KIND TARGET WITNESS-DIR [OPTION...]");
	for (kind = DEVICE; kind <= NAMES; kind++) {
		if (!strcmp(kind_names[kind], argv[optind + 1]))
			break;
	}
	if (kind > NAMES)
		die("no such kind: %s", argv[optind + 1]);
	target = argv[optind + 2];
	witness_dir = argv[optind + 3];
}

int main(int argc, char **argv)
{
	struct writer writers[MAX_WRITERS] = { 0 };
	bool check;
	u64 i;

	parse(argc, argv);
	check = !strcmp(argv[optind], "check");
	if (!check && strcmp(argv[optind], "run"))
		die("no such command: %s", argv[optind]);
	for (i = 0; i < opt.writers; i++)
		writer_open(&writers[i], i, check);
	if (check)
		return check_all(writers);
	run_all(writers);
	return 0;
}
