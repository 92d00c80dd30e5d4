// SPDX-License-Identifier: GPL-2.0
/* Strings, numbers as text, and what else works on bytes alone. */
#include <ctype.h>
#include <stdlib.h>

#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/uuid.h>
#include <linux/random.h>

ssize_t shim_strscpy(char *dst, const char *src, size_t n)
{
	size_t len = strnlen(src, n);

	if (!n)
		return -E2BIG;
	if (len == n) {
		memcpy(dst, src, n - 1);
		dst[n - 1] = 0;
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return len;
}

ssize_t shim_strscpy_pad(char *dst, const char *src, size_t n)
{
	ssize_t len = shim_strscpy(dst, src, n);

	if (len >= 0)
		memset(dst + len, 0, n - len);
	return len;
}

char *strnchr(const char *s, size_t n, int c)
{
	for (; n-- && *s; s++)
		if (*s == (char)c)
			return (char *)s;
	return NULL;
}

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *skip_spaces(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return (char *)s;
}

char *strim(char *s)
{
	size_t len = strlen(s);

	while (len && isspace((unsigned char)s[len - 1]))
		s[--len] = 0;
	return skip_spaces(s);
}

char *strreplace(char *s, char old, char new)
{
	char *p;

	for (p = s; *p; p++)
		if (*p == old)
			*p = new;
	return s;
}

/* Equal but for one newline at the end of either. */
bool sysfs_streq(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return a[*a == '\n'] == 0 && b[*b == '\n'] == 0;
}

int match_string(const char * const *array, size_t n, const char *s)
{
	size_t i;

	for (i = 0; i < n && array[i]; i++)
		if (!strcmp(array[i], s))
			return i;
	return -EINVAL;
}

int __sysfs_match_string(const char * const *array, size_t n, const char *s)
{
	size_t i;

	for (i = 0; i < n && array[i]; i++)
		if (sysfs_streq(array[i], s))
			return i;
	return -EINVAL;
}

void *memchr_inv(const void *s, int c, size_t n)
{
	const u8 *p = s;
	u64 all = (u8)c * 0x0101010101010101ull;
	u64 word;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&word, p, 8);
		if (word != all)
			break;
	}
	for (; n; p++, n--)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

void *memset64(u64 *s, u64 v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		s[i] = v;
	return s;
}

void *memset32(u32 *s, u32 v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		s[i] = v;
	return s;
}

void memzero_explicit(void *s, size_t n)
{
	memset(s, 0, n);
	barrier_data(s);
}

void memcpy_and_pad(void *dst, size_t dst_len, const void *src, size_t n,
		    int pad)
{
	size_t part = min(dst_len, n);

	memcpy(dst, src, part);
	memset((char *)dst + part, pad, dst_len - part);
}

char *kmemdup_nul(const char *s, size_t n, gfp_t gfp)
{
	char *copy = kmalloc(n + 1, gfp);

	if (copy) {
		memcpy(copy, s, n);
		copy[n] = 0;
	}
	return copy;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strlen(s), gfp) : NULL;
}

char *kstrndup(const char *s, size_t n, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strnlen(s, n), gfp) : NULL;
}

void *kmemdup(const void *src, size_t n, gfp_t gfp)
{
	void *copy = kmalloc(n, gfp);

	return copy ? memcpy(copy, src, n) : NULL;
}

void *kvmemdup(const void *src, size_t n, gfp_t gfp)
{
	return kmemdup(src, n, gfp);
}

int string_get_size(u64 size, u64 blk_size, enum string_size_units units,
		    char *buf, int len)
{
	static const char * const names[2][5] = {
		{ "B", "kB", "MB", "GB", "TB" },
		{ "B", "KiB", "MiB", "GiB", "TiB" },
	};
	u64 base = units == STRING_UNITS_2 ? 1024 : 1000;
	u64 bytes = size * blk_size, rest = 0;
	int i = 0;

	for (; bytes >= base && i < 4; i++) {
		rest = bytes % base;
		bytes /= base;
	}
	if (!i || bytes >= 100)
		return scnprintf(buf, len, "%llu %s", bytes, names[units][i]);
	return scnprintf(buf, len, "%llu.%llu %s", bytes, rest * 10 / base,
			 names[units][i]);
}

/* ---- numbers ---- */

static const char *parse_base(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && (s[1] | 32) == 'x' && isxdigit(s[2]);

	if (!*base)
		*base = hex ? 16 : s[0] == '0' ? 8 : 10;
	return *base == 16 && hex ? s + 2 : s;
}

static int digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 255;
}

int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	unsigned long long v = 0;
	int d;

	if (*s == '+')
		s++;
	s = parse_base(s, &base);
	if (digit(*s) >= (int)base)
		return -EINVAL;
	for (; (d = digit(*s)) < (int)base; s++)
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, d, &v))
			return -ERANGE;
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	*res = v;
	return 0;
}

int kstrtoll(const char *s, unsigned int base, long long *res)
{
	unsigned long long v;
	bool minus = *s == '-';
	int err;

	if (minus && s[1] == '+')
		return -EINVAL;
	err = kstrtoull(s + minus, base, &v);
	if (err)
		return err;
	if (v > (unsigned long long)LLONG_MAX + minus)
		return -ERANGE;
	*res = minus ? -v : v;
	return 0;
}

static int parse_below(const char *s, unsigned int base, unsigned long long max,
		       unsigned long long *v)
{
	int err = kstrtoull(s, base, v);

	return err ?: *v > max ? -ERANGE : 0;
}

int kstrtoul(const char *s, unsigned int base, unsigned long *res)
{
	unsigned long long v;
	int err = parse_below(s, base, ULONG_MAX, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtouint(const char *s, unsigned int base, unsigned int *res)
{
	unsigned long long v;
	int err = parse_below(s, base, UINT_MAX, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtou16(const char *s, unsigned int base, u16 *res)
{
	unsigned long long v;
	int err = parse_below(s, base, U16_MAX, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtou8(const char *s, unsigned int base, u8 *res)
{
	unsigned long long v;
	int err = parse_below(s, base, U8_MAX, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtol(const char *s, unsigned int base, long *res)
{
	long long v;
	int err = kstrtoll(s, base, &v);

	if (!err)
		*res = v;
	return err;
}

int kstrtoint(const char *s, unsigned int base, int *res)
{
	long long v;
	int err = kstrtoll(s, base, &v);

	if (!err && (int)v != v)
		err = -ERANGE;
	if (!err)
		*res = v;
	return err;
}

int kstrtobool(const char *s, bool *res)
{
	if (!s)
		return -EINVAL;
	if (strchr("yYtT1", *s) && *s)
		*res = true;
	else if (strchr("nNfF0", *s) && *s)
		*res = false;
	else if ((*s | 32) == 'o' && (s[1] | 32) == 'n')
		*res = true;
	else if ((*s | 32) == 'o' && (s[1] | 32) == 'f')
		*res = false;
	else
		return -EINVAL;
	return 0;
}

unsigned long long simple_strtoull(const char *s, char **end, unsigned int base)
{
	return strtoull(s, end, base);
}

unsigned long simple_strtoul(const char *s, char **end, unsigned int base)
{
	return strtoul(s, end, base);
}

const char * const hex_asc = "0123456789abcdef";

int hex_to_bin(unsigned char ch)
{
	int d = digit(ch);

	return d < 16 ? d : -1;
}

int hex2bin(u8 *dst, const char *src, size_t count)
{
	int hi, lo;

	while (count--) {
		hi = hex_to_bin(*src++);
		if (hi < 0)
			return -EINVAL;
		lo = hex_to_bin(*src++);
		if (lo < 0)
			return -EINVAL;
		*dst++ = hi << 4 | lo;
	}
	return 0;
}

char *bin2hex(char *dst, const void *src, size_t count)
{
	const u8 *from = src;

	while (count--) {
		*dst++ = hex_asc[*from >> 4];
		*dst++ = hex_asc[*from++ & 15];
	}
	return dst;
}

/* ---- UUIDs ---- */

const uuid_t uuid_null;

void generate_random_uuid(unsigned char uuid[16])
{
	get_random_bytes(uuid, 16);
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
}

bool uuid_is_valid(const char *text)
{
	int i;

	for (i = 0; i < UUID_STRING_LEN; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
		} else if (!isxdigit((unsigned char)text[i])) {
			return false;
		}
	}
	return true;
}

int uuid_parse(const char *text, uuid_t *uuid)
{
	int i;

	if (!uuid_is_valid(text))
		return -EINVAL;
	for (i = 0; i < UUID_SIZE; i++) {
		text += *text == '-';
		uuid->b[i] = digit(text[0]) << 4 | digit(text[1]);
		text += 2;
	}
	return 0;
}
