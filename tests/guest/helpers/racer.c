// SPDX-License-Identifier: GPL-2.0
/*
 * A reader that may only read, and changes its buffer while it reads:
 *
 *	racer DEVICE BYTES
 *
 * Reads the first BYTES of DEVICE in blocks of 4 KiB, in an order that leaves none
 * out, with O_DIRECT and as nobody.  A second thread fills the buffer with 0xee all
 * the time.  What this reads is its own affair; that nobody else gets to see those
 * bytes is for others to check.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

#define NOBODY	65534

static atomic_ullong *buf;
static atomic_bool stop;

static void *scribble(void *arg)
{
	size_t i;

	while (!atomic_load_explicit(&stop, memory_order_relaxed))
		for (i = 0; i < BLOCK / sizeof(*buf); i++)
			atomic_store_explicit(&buf[i],
					      0xeeeeeeeeeeeeeeeeULL,
					      memory_order_relaxed);
	return arg;
}

static int open_as_nobody(const char *path)
{
	int fd;

	if (setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		die("setresuid");
	fd = open(path, O_RDWR | O_DIRECT);
	if (fd >= 0 || errno != EACCES)
		die("%s can be written by anybody", path);
	fd = open(path, O_RDONLY | O_DIRECT);
	if (fd < 0)
		die("open %s", path);
	return fd;
}

int main(int argc, char **argv)
{
	u64 i, blocks, block;
	pthread_t thread;
	int fd;

	if (argc != 3)
		die("usage: racer DEVICE BYTES");
	blocks = parse_number(argv[2]) / BLOCK;
	/* So that an odd step visits all of them. */
	if (!blocks || blocks & (blocks - 1))
		die("BYTES is no power of two");
	buf = pages(BLOCK);
	fd = open_as_nobody(argv[1]);
	if (pthread_create(&thread, NULL, scribble, NULL))
		die("no thread");
	for (i = 0; i < blocks; i++) {
		block = i * 1237 % blocks;
		if (pread(fd, (void *)buf, BLOCK, block * BLOCK) != BLOCK)
			die("read of block %llu", (unsigned long long)block);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	return 0;
}
