/* SPDX-License-Identifier: GPL-2.0 */
/* Strings and memory; what the C library has too is the C library's. */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <linux/err.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <asm/byteorder.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
void *memchr(const void *s, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
char *strcpy(char *dst, const char *src);
char *strncpy(char *dst, const char *src, size_t n);
char *strcat(char *dst, const char *src);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *sub);
char *strpbrk(const char *s, const char *accept);
char *strsep(char **s, const char *delim);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);

ssize_t shim_strscpy(char *dst, const char *src, size_t n);
ssize_t shim_strscpy_pad(char *dst, const char *src, size_t n);

/* The size may be left out if the destination is an array. */
#define SHIM_STR_SIZE(dst, n, ...)	(n)
#define SHIM_STR_ARGS(func, dst, src, ...)	\
	func(dst, src, SHIM_STR_SIZE(dst, ##__VA_ARGS__, sizeof(dst)))
#define strscpy(dst, src, ...)		\
	SHIM_STR_ARGS(shim_strscpy, dst, src, ##__VA_ARGS__)
#define strscpy_pad(dst, src, ...)	\
	SHIM_STR_ARGS(shim_strscpy_pad, dst, src, ##__VA_ARGS__)

char *strnchr(const char *s, size_t n, int c);
char *strchrnul(const char *s, int c);
char *strim(char *s);
char *skip_spaces(const char *s);
char *strreplace(char *s, char old, char new);
bool sysfs_streq(const char *a, const char *b);
int match_string(const char * const *array, size_t n, const char *s);
int __sysfs_match_string(const char * const *array, size_t n, const char *s);
#define sysfs_match_string(array, s)	\
	__sysfs_match_string(array, ARRAY_SIZE(array), s)

void *memchr_inv(const void *s, int c, size_t n);
void *memset64(u64 *s, u64 v, size_t n);
void *memset32(u32 *s, u32 v, size_t n);
void memzero_explicit(void *s, size_t n);
void memcpy_and_pad(void *dst, size_t dst_len, const void *src, size_t n,
		    int pad);

static inline bool mem_is_zero(const void *s, size_t n)
{
	return !memchr_inv(s, 0, n);
}

static inline bool strstarts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static inline size_t str_has_prefix(const char *s, const char *prefix)
{
	return strstarts(s, prefix) ? strlen(prefix) : 0;
}

static inline const char *kbasename(const char *path)
{
	const char *tail = strrchr(path, '/');

	return tail ? tail + 1 : path;
}

char *kstrdup(const char *s, gfp_t gfp);
char *kstrndup(const char *s, size_t n, gfp_t gfp);
void *kmemdup(const void *src, size_t n, gfp_t gfp);
void *kvmemdup(const void *src, size_t n, gfp_t gfp);
char *kmemdup_nul(const char *s, size_t n, gfp_t gfp);
#define kmemdup_array(src, count, size, gfp)	\
	kmemdup(src, (size_t)(count) * (size), gfp)

/* Stores to pmem: the simulation's; see linux/libnvdimm.h for the rest. */
void memcpy_flushcache(void *dst, const void *src, size_t n);

#define unsafe_memcpy(dst, src, n, why)	memcpy(dst, src, n)

#endif /* SHIM_LINUX_STRING_H */
