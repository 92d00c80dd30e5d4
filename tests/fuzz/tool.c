// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: what the tool takes apart: sizes and numbers, command lines, values
 * of control files, identities.  The first byte of an input chooses.  What the
 * tool would say, and what it would read from the system, is left out.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcache.h"

typedef unsigned __int128 u128;

#define TEXT_MAX	2048
#define ARGS_MAX	12

#define fuzz_check(cond)						\
do {									\
	if (!(cond)) {							\
		fprintf(stderr, "fuzz: %s:%d: %s\n", __FILE__, __LINE__,	\
			#cond);						\
		abort();						\
	}								\
} while (0)

/* ---- stubs ---- */

void report(const char *fmt, ...)
{
	(void)fmt;
}

int report_usage(const char *fmt, ...)
{
	char text[8192];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return STATUS_USAGE;
}

int sysfs_read_attr(const char *dir, const char *attr, char *buf, size_t len)
{
	(void)dir, (void)attr, (void)buf, (void)len;
	return -ENOENT;
}

int sysfs_list_ids(const char *rel, const char *prefix, unsigned int **ids,
		   size_t *count)
{
	(void)rel, (void)prefix, (void)ids, (void)count;
	return -ENOENT;
}

int sysfs_read(const char *rel, char *buf, size_t len)
{
	(void)rel, (void)buf, (void)len;
	return -ENOENT;
}

bool sysfs_exists(const char *rel)
{
	(void)rel;
	return false;
}

bool sysfs_is_fake(void)
{
	return true;
}

/* ---- sizes and numbers ---- */

/* The value in 128 bits; false: no digits, or more than fit. */
static bool digits_value(const char **text, u128 *value)
{
	const char *t = *text;

	for (*value = 0; *t >= '0' && *t <= '9'; t++) {
		*value = *value * 10 + *t - '0';
		if (*value >> 64)
			return false;
	}
	if (t == *text)
		return false;
	*text = t;
	return true;
}

static bool size_value(const char *text, u128 *value)
{
	static const char upper[] = "KMGTP", lower[] = "kmgtp";
	const char *at;

	if (!digits_value(&text, value))
		return false;
	if (!*text)
		return true;
	at = strchr(upper, *text) ?: strchr(lower, *text);
	if (!at)
		return false;
	*value <<= 10 * (1 + (at >= lower && at < lower + 5 ? at - lower :
			      at - upper));
	return (!text[1] || !strcasecmp(text + 1, "ib")) && !(*value >> 64);
}

static void try_size(const char *text)
{
	u128 want;
	char shown[64];
	u64 value;
	bool good;

	good = size_value(text, &want);
	fuzz_check(!size_parse(text, &value) == good);
	if (!good)
		return;
	fuzz_check(value == want);
	size_format(value, shown, sizeof(shown));
	/* What is shown is never more than there is. */
	if (!strchr(shown, '.')) {
		fuzz_check(!size_parse(shown, &value));
		fuzz_check(value <= want);
	}
}

static void try_number(const char *text)
{
	u128 want;
	const char *end = text;
	u64 value;
	bool good;

	good = digits_value(&end, &want) && !*end && want >= 7 &&
	       want <= 70000;
	fuzz_check(!number_parse(text, 7, 70000, &value) == good);
	fuzz_check(!good || value == want);
}

/* ---- the command line ---- */

static const struct command commands[] = {
	{ "cache-start", OP_CACHE_START, "", 1 << OPT_PATH, NULL },
	{ "cache-stop", OP_CACHE_STOP, "", 0, NULL },
	{ "backing-start", OP_BACKING_START, "", 1 << OPT_PATH, NULL },
	{ "backing-stop", OP_BACKING_STOP, "", 1 << OPT_BACKING, NULL },
	{ "backing-list", OP_BACKING_LIST, "", 0, NULL },
};

/* Every value that was taken can be put into a control string. */
static void check_options(const struct command *cmd, const struct options *o)
{
	struct control c = {};
	int id;

	fuzz_check((o->given & cmd->required) == cmd->required);
	for (id = 0; id < NR_OPTIONS; id++) {
		if (!o->value[id])
			continue;
		fuzz_check(option_given(o, id));
		control_add(&c, "key", o->value[id]);
	}
	fuzz_check(!c.error);
	if (option_given(o, OPT_QUEUES))
		fuzz_check(o->number[OPT_QUEUES] - 1 < 128);
	if (option_given(o, OPT_SEGMENT_SIZE))
		fuzz_check(__builtin_popcountll(o->number[OPT_SEGMENT_SIZE]) ==
			   1);
}

/* Arguments are separated by newlines. */
static void try_options(u32 which, char *text)
{
	const struct command *cmd = &commands[which % ARRAY_SIZE(commands)];
	char *argv[ARGS_MAX + 1] = { (char *)cmd->name };
	struct options o;
	int argc = 1;

	for (text = strtok(text, "\n"); text && argc < ARGS_MAX;
	     text = strtok(NULL, "\n"))
		argv[argc++] = text;
	memset(&o, 0, sizeof(o));
	if (!options_parse(cmd, argc, argv, &o) &&
	    !option_given(&o, OPT_HELP) && !option_given(&o, OPT_VERSION))
		check_options(cmd, &o);
}

/* ---- what comes from elsewhere ---- */

static void try_value(u32 kind, const char *text)
{
	json_object *value;
	int ret;

	ret = list_value(kind % (ATTR_OWN_ID + 1), text, &value);
	fuzz_check(!ret == !!value);
	if (value)
		fuzz_check(*json_object_to_json_string(value));
	json_object_put(value);
}

static void try_identity(const char *text)
{
	char id[128], *at;

	identity_fold(text, id, sizeof(id));
	fuzz_check(strlen(id) < sizeof(id));
	for (at = id; *at; at++)
		fuzz_check(*at > ' ' && *at < 127 && *at != ',');
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char text[TEXT_MAX];
	unsigned int how;

	if (!size)
		return 0;
	how = *data++;
	size = size - 1 < TEXT_MAX - 1 ? size - 1 : TEXT_MAX - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	switch (how % 5) {
	case 0:
		try_size(text);
		break;
	case 1:
		try_number(text);
		break;
	case 2:
		try_options(how / 5, text);
		break;
	case 3:
		try_value(how / 5, text);
		break;
	default:
		try_identity(text);
	}
	return 0;
}
