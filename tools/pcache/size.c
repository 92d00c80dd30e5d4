// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers and sizes as people write them.
 *
 * Owns the grammar: a decimal number, and for sizes one optional suffix K, M,
 * G, T, P or KiB ... PiB in either case, always powers of 1024.  "MB" is
 * refused because half of its users mean something else.  Signs, spaces,
 * fractions and hexadecimal are refused as well: what is not understood for
 * certain must not decide how much of a device is used.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pcache.h"

static const char units[] = "KMGTP";

/* Reads digits; *end is left at the first character that is none. */
static int digits_parse(const char *text, const char **end, u64 *value)
{
	u64 v = 0;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text); text++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, *text - '0', &v))
			return -ERANGE;
	}
	*end = text;
	*value = v;
	return 0;
}

/* Returns the power of 1024 that a suffix stands for. */
static int suffix_power(const char *suffix)
{
	const char *unit;

	if (!*suffix)
		return 0;
	unit = strchr(units, toupper((unsigned char)*suffix));
	if (!unit)
		return -EINVAL;
	if (suffix[1] && strcasecmp(suffix + 1, "iB"))
		return -EINVAL;
	return unit - units + 1;
}

/**
 * size_parse() - read a size
 * @text: digits and at most one suffix
 * @bytes: result
 *
 * Return: 0, -EINVAL for what is no size, -ERANGE for one of 2^64 and more.
 */
int size_parse(const char *text, u64 *bytes)
{
	u64 value;
	int power, ret;

	ret = digits_parse(text, &text, &value);
	if (ret)
		return ret;
	power = suffix_power(text);
	if (power < 0)
		return power;
	if (__builtin_mul_overflow(value, 1ULL << (10 * power), &value))
		return -ERANGE;
	*bytes = value;
	return 0;
}

/**
 * size_format() - write a size for people
 * @bytes: the size
 * @buf: where to
 * @len: room there
 *
 * Return: @buf.  Exact if it can be, else with one digit behind the point,
 * rounded down, so that what is called full is full.
 */
const char *size_format(u64 bytes, char *buf, size_t len)
{
	unsigned int power = 0;
	u64 unit = 1, tenths;

	while (power < strlen(units) && bytes / unit >= 1024) {
		unit *= 1024;
		power++;
	}
	tenths = (bytes % unit) * 10 / unit;
	if (!power)
		snprintf(buf, len, "%llu", bytes);
	else if (!tenths)
		snprintf(buf, len, "%llu%c", bytes / unit, units[power - 1]);
	else
		snprintf(buf, len, "%llu.%llu%c", bytes / unit, tenths,
			 units[power - 1]);
	return buf;
}

/**
 * number_parse() - read a whole number
 * @text: digits only
 * @min: least value that will do
 * @max: greatest
 * @value: result
 *
 * Return: 0, -EINVAL for what is no number, -ERANGE for one out of bounds.
 */
int number_parse(const char *text, u64 min, u64 max, u64 *value)
{
	u64 v;
	int ret;

	ret = digits_parse(text, &text, &v);
	if (ret)
		return ret;
	if (*text)
		return -EINVAL;
	if (v < min || v > max)
		return -ERANGE;
	*value = v;
	return 0;
}
