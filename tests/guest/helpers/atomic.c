// SPDX-License-Identifier: GPL-2.0
/*
 * Untorn writes: atomic DEVICE UNIT-MIN UNIT-MAX
 *                atomic DEVICE none
 *
 * The device must advertise exactly these units (in bytes) through statx(),
 * accept RWF_ATOMIC for every power of two between them at every kind of place
 * that is naturally aligned, hold what was written, and refuse what is larger,
 * not a power of two, or not aligned.  With "none" it must advertise nothing
 * and refuse all.
 *
 * Debian 12's headers know neither; the numbers are those of the kernel's ABI.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "util.h"

#define STATX_WRITE_ATOMIC_BIT	0x00010000U
#define STATX_ATTR_ATOMIC_BIT	0x00400000U
#define RWF_ATOMIC_FLAG		0x00000040

/* struct statx up to what Linux 6.11 added; the rest is room. */
struct statx_atomic {
	u32 mask;
	u32 blksize;
	u64 attributes;
	u8 skipped[152];
	u32 unit_min;
	u32 unit_max;
	u32 segments_max;
	u8 room[256];
};

static_assert(offsetof(struct statx_atomic, unit_min) == 0xa8, "struct statx");

static int fd;
static char *buf;

static void expect_none(const char *path)
{
	struct statx_atomic st = { 0 };

	if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_WRITE_ATOMIC_BIT, &st))
		die("statx %s", path);
	if (st.attributes & STATX_ATTR_ATOMIC_BIT || st.unit_max)
		die("%s advertises untorn writes", path);
}

static void expect_statx(const char *path, u64 min, u64 max)
{
	struct statx_atomic st = { 0 };

	if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_WRITE_ATOMIC_BIT, &st))
		die("statx %s", path);
	if (!(st.mask & STATX_WRITE_ATOMIC_BIT) ||
	    !(st.attributes & STATX_ATTR_ATOMIC_BIT))
		die("%s does not advertise untorn writes", path);
	if (st.unit_min != min || st.unit_max != max)
		die("%s advertises %u to %u", path, st.unit_min, st.unit_max);
	if (st.segments_max != 1)
		die("%u segments, the block layer allows 1", st.segments_max);
}

static ssize_t atomic_write(u64 pos, u64 len)
{
	struct iovec iov = { buf, len };

	return pwritev2(fd, &iov, 1, pos, RWF_ATOMIC_FLAG);
}

static void expect_written(u64 pos, u64 len)
{
	u64 seed = pos ^ len, i;
	u64 *words = (u64 *)buf;

	for (i = 0; i < len / sizeof(*words); i++)
		words[i] = mix(seed + i);
	if (atomic_write(pos, len) != (ssize_t)len)
		die("atomic write of %llu bytes at %llu", len, pos);
	memset(buf, 0, len);
	if (pread(fd, buf, len, pos) != (ssize_t)len)
		die("read of %llu bytes at %llu", len, pos);
	for (i = 0; i < len / sizeof(*words); i++) {
		if (words[i] != mix(seed + i))
			die("byte %llu of %llu at %llu is wrong", i * 8, len, pos);
	}
}

static void expect_refused(u64 pos, u64 len, int why)
{
	ssize_t ret = atomic_write(pos, len);

	if (ret >= 0 || errno != why)
		die("atomic write of %llu bytes at %llu: %zd, wanted error %d",
		    len, pos, ret, why);
	errno = 0;
}

int main(int argc, char **argv)
{
	u64 min, max, len;

	if (argc != 4 && (argc != 3 || strcmp(argv[2], "none")))
		die("usage: atomic DEVICE UNIT-MIN UNIT-MAX | atomic DEVICE none");
	fd = open(argv[1], O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		die("%s", argv[1]);
	if (argc == 3) {
		buf = pages(1 << 20);
		expect_none(argv[1]);
		expect_refused(0, 4096, EOPNOTSUPP);
		printf("atomic: none\n");
		return 0;
	}
	min = parse_number(argv[2]);
	max = parse_number(argv[3]);
	expect_statx(argv[1], min, max);
	buf = pages(4 * max);
	for (len = min; len <= max; len *= 2) {
		expect_written(0, len);
		expect_written(7 * len, len);
		/* The last one before the end of a chunk, and the next one. */
		expect_written((4 << 20) - len, len);
		expect_written(4 << 20, len);
	}
	expect_refused(0, 2 * max, EINVAL);
	expect_refused(0, 3 * min, EINVAL);
	expect_refused(min, 2 * min, EINVAL);
	expect_refused(max / 2, max, EINVAL);
	printf("atomic: %llu to %llu bytes, good\n", min, max);
	return 0;
}
