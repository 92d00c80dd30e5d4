// SPDX-License-Identifier: GPL-2.0
/* See util.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

void die(const char *fmt, ...)
{
	int err = errno;
	va_list args;

	fflush(stdout);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	if (err)
		fprintf(stderr, ": %s", strerror(err));
	fputc('\n', stderr);
	exit(1);
}

u64 parse_number(const char *text)
{
	u64 value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (end == text || errno)
		die("'%s' is not a number", text);
	if (*end == 'K')
		value <<= 10;
	else if (*end == 'M')
		value <<= 20;
	else if (*end == 'G')
		value <<= 30;
	if (*end && (!strchr("KMG", *end) || end[1]))
		die("'%s' is not a number", text);
	return value;
}

u64 mix(u64 key)
{
	key += 0x9e3779b97f4a7c15ULL;
	key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9ULL;
	key = (key ^ (key >> 27)) * 0x94d049bb133111ebULL;
	return key ^ (key >> 31);
}

u64 random_next(u64 *state)
{
	*state += 0x9e3779b97f4a7c15ULL;
	return mix(*state);
}

u64 random_below(u64 *state, u64 limit)
{
	return random_next(state) % limit;
}

void *pages(size_t bytes)
{
	void *p;

	errno = posix_memalign(&p, BLOCK, bytes);
	if (errno)
		die("%zu bytes of memory", bytes);
	return p;
}

void *zeroed(size_t bytes)
{
	void *p = calloc(1, bytes);

	if (!p)
		die("%zu bytes of memory", bytes);
	return p;
}

u32 crc32c(u32 crc, const void *data, size_t len)
{
	const u8 *p = data;
	int bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78U : 0);
	}
	return crc;
}

void write_fully(int fd, const void *data, size_t len)
{
	ssize_t done = write(fd, data, len);

	if (done < 0 || (size_t)done != len)
		die("write of %zu bytes: %zd", len, done);
}

bool read_fully(int fd, void *data, size_t len)
{
	ssize_t done = read(fd, data, len);

	if (done < 0)
		die("read of %zu bytes", len);
	return (size_t)done == len;
}
