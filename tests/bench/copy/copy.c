// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to copy to memory past the CPU's caches, by size and by the
 * instructions that do it: words with movnti, as the kernel's memcpy_flushcache()
 * does on x86; a copy into the caches and clwb; lines with movdir64b.  Each copy
 * ends with a fence, as a write that is durable does.
 *
 *	copy [ROUNDS]
 *
 * Places are random ones of a range much larger than the caches, the source is
 * warm, as a page that was just filled is.  The engines take turns in each round;
 * printed are medians, in ns of CPU time per copy.
 */
#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define RANGE		(1ull << 30)
#define SOURCE		(1u << 20)
#define PER_ROUND	(32ull << 20)	/* bytes, but no more copies than: */
#define MAX_COPIES	40000u
#define MAX_ROUNDS	101
#define LINE		64u

static void copy_movnti(char *dst, const char *src, size_t len)
{
	const long long *from = (const void *)src;
	long long *to = (void *)dst;

	for (; len >= 32; len -= 32, from += 4, to += 4) {
		long long a = from[0], b = from[1], c = from[2], d = from[3];

		_mm_stream_si64(to, a);
		_mm_stream_si64(to + 1, b);
		_mm_stream_si64(to + 2, c);
		_mm_stream_si64(to + 3, d);
	}
}

__attribute__((target("clwb")))
static void copy_clwb(char *dst, const char *src, size_t len)
{
	size_t at;

	memcpy(dst, src, len);
	for (at = 0; at < len; at += LINE)
		_mm_clwb(dst + at);
}

__attribute__((target("movdir64b")))
static void copy_movdir64b(char *dst, const char *src, size_t len)
{
	size_t at;

	for (at = 0; at < len; at += LINE)
		_movdir64b(dst + at, src + at);
}

/* Structured extended features, leaf 7: Intel SDM, volume 2A, CPUID. */
#define EBX_CLWB	(1u << 24)
#define ECX_MOVDIR64B	(1u << 28)

static struct engine {
	const char *name;
	void (*copy)(char *dst, const char *src, size_t len);
	unsigned int ebx, ecx;
	double ns[MAX_ROUNDS];
} engines[] = {
	{ "movnti", copy_movnti },
	{ "copy+clwb", copy_clwb, .ebx = EBX_CLWB },
	{ "movdir64b", copy_movdir64b, .ecx = ECX_MOVDIR64B },
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NR_ENGINES	ARRAY_SIZE(engines)

static int can(const struct engine *e)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
		return !e->ebx && !e->ecx;
	return !(e->ebx & ~b) && !(e->ecx & ~c);
}

static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* xorshift64: Marsaglia 2003, "Xorshift RNGs". */
static uint64_t next(void)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static double measure(const struct engine *e, char *to, const char *from,
		      size_t size)
{
	unsigned int i, n = PER_ROUND / size;
	double start;

	if (n > MAX_COPIES)
		n = MAX_COPIES;
	start = cpu_ns();
	for (i = 0; i < n; i++) {
		e->copy(to + next() % (RANGE / size) * size,
			from, size);
		_mm_sfence();
	}
	return (cpu_ns() - start) / n;
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void row(char *to, const char *from, size_t size, unsigned int rounds)
{
	unsigned int i, r;

	for (r = 0; r < rounds; r++)
		for (i = 0; i < NR_ENGINES; i++)
			if (can(&engines[i]))
				engines[i].ns[r] = measure(&engines[i], to,
							   from, size);
	printf("%8zu", size);
	for (i = 0; i < NR_ENGINES; i++) {
		struct engine *e = &engines[i];

		if (!can(e)) {
			printf(" %10s", "-");
			continue;
		}
		qsort(e->ns, rounds, sizeof(e->ns[0]), order);
		printf(" %10.0f", e->ns[rounds / 2]);
	}
	printf("\n");
	fflush(stdout);
}

static char *memory(size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("copy: mmap");
		exit(1);
	}
	madvise(p, len, MADV_HUGEPAGE);
	memset(p, 1, len);
	return p;
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? atoi(argv[1]) : 9, i;
	char *to = memory(RANGE), *from = memory(SOURCE);
	size_t size;

	if (!rounds || rounds > MAX_ROUNDS) {
		fprintf(stderr, "copy: rounds: 1 to %d, not %s\n", MAX_ROUNDS,
			argv[1]);
		return 1;
	}
	printf("%8s", "bytes");
	for (i = 0; i < NR_ENGINES; i++)
		printf(" %10s", engines[i].name);
	printf("\n");
	for (size = LINE; size <= SOURCE; size *= 2)
		row(to, from, size, rounds);
	return 0;
}
