/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the helper programs of the guest tests share: how to stop, random
 * numbers that a seed repeats, memory for O_DIRECT, checksums.
 */
#ifndef GUEST_HELPERS_UTIL_H
#define GUEST_HELPERS_UTIL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define SECTOR		512
#define BLOCK		4096
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define __noreturn	\
	__attribute__(( \
	noreturn))
#define __printf(f, a)	\
	__attribute__((format(printf,	\
	f, a)))

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;

/* Say what went wrong, with errno if it is set, and exit 1. */
__noreturn __printf(1, 2) void die(const char *fmt, ...);

/* A number of a command line, with K, M or G behind it; dies if it isn't one. */
u64 parse_number(const char *text);

/* One well-mixed word for each @key. */
u64 mix(u64 key);

/* Next number of the sequence that *@state is the seed of. */
u64 random_next(u64 *state);

/* A number below @limit. */
u64 random_below(u64 *state, u64 limit);

/* Memory that starts on a page; dies if there is none. */
void *pages(size_t bytes);

/* Zeroed memory; dies if there is none. */
void *zeroed(size_t bytes);

/* The kernel's crc32c(): no inversion at the end. */
u32 crc32c(u32 crc, const void *data, size_t len);

/* All of it or die. */
void write_fully(int fd, const void *data, size_t len);
bool read_fully(int fd, void *data, size_t len);

#endif /* GUEST_HELPERS_UTIL_H */
