// SPDX-License-Identifier: GPL-2.0
/*
 * Commands as they are written to control files: name=value,name=value.
 *
 * Strict: an unknown, repeated, empty or malformed option is refused by name,
 * before anything is done.  Values cannot contain commas or newlines; one newline
 * at the end is what echo adds.
 *
 * Context: process.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pcache_node.h"

static const char * const opt_names[PCACHE_NR_OPTS] = {
	[PCACHE_OPT_OP]			= "op",
	[PCACHE_OPT_PATH]		= "path",
	[PCACHE_OPT_FORMAT]		= "format",
	[PCACHE_OPT_FORCE]		= "force",
	[PCACHE_OPT_LABEL]		= "label",
	[PCACHE_OPT_SEGMENT_SIZE]	= "segment_size",
	[PCACHE_OPT_CACHE_DEV_ID]	= "cache_dev_id",
	[PCACHE_OPT_ID]			= "id",
	[PCACHE_OPT_QUEUES]		= "queues",
	[PCACHE_OPT_QUEUE_MODE]		= "queue_mode",
	[PCACHE_OPT_CACHE_SIZE]		= "cache_size",
	[PCACHE_OPT_DATA_CRC]		= "data_crc",
	[PCACHE_OPT_WRITEBACK_ORDER]	= "writeback_order",
	[PCACHE_OPT_BACKING_ID]		= "backing_id",
	[PCACHE_OPT_MODE]		= "mode",
	[PCACHE_OPT_SECTOR]		= "sector",
	[PCACHE_OPT_SECTORS]		= "sectors",
};

/**
 * pcache_opt_name - an option as it is written
 * @opt: which one
 *
 * Return: its name.
 */
const char *pcache_opt_name(enum pcache_opt opt)
{
	return opt_names[opt];
}

static int opt_parse_one(struct pcache_opts *opts, char *text, u32 allowed)
{
	char *value = strchr(text, '=');
	int opt;

	if (!value || !value[1]) {
		pr_err("option \"%s\" has no value\n", text);
		return -EINVAL;
	}
	*value++ = '\0';
	opt = match_string(opt_names, PCACHE_NR_OPTS, text);
	if (opt < 0 || !(allowed & PCACHE_OPT_BIT(opt))) {
		pr_err("unknown option \"%s\"\n", text);
		return -EINVAL;
	}
	if (opts->value[opt]) {
		pr_err("option \"%s\" is given twice\n", text);
		return -EINVAL;
	}
	opts->value[opt] = value;
	return 0;
}

/**
 * pcache_opts_parse - take a command apart
 * @opts: filled in; pcache_opts_free() is due unless this fails
 * @buf: what was written
 * @count: its length
 * @allowed: options of this command, PCACHE_OPT_BIT() each
 *
 * Context: process, may sleep.
 * Return: 0, -EINVAL or -ENOMEM.
 */
int pcache_opts_parse(struct pcache_opts *opts, const char *buf, size_t count,
		      u32 allowed)
{
	char *rest, *text;
	int err = 0;

	memset(opts, 0, sizeof(*opts));
	opts->buf = kstrndup(buf, count, GFP_KERNEL);
	if (!opts->buf)
		return -ENOMEM;
	rest = opts->buf;
	if (strlen(rest) && rest[strlen(rest) - 1] == '\n')
		rest[strlen(rest) - 1] = '\0';
	if (strchr(rest, '\n')) {
		pr_err("a command cannot contain a newline\n");
		err = -EINVAL;
	}
	while (!err && (text = strsep(&rest, ",")))
		err = opt_parse_one(opts, text, allowed);
	if (err)
		pcache_opts_free(opts);
	return err;
}

/**
 * pcache_opts_free - free a parsed command
 * @opts: from pcache_opts_parse()
 *
 * Context: process.
 */
void pcache_opts_free(struct pcache_opts *opts)
{
	kfree(opts->buf);
	opts->buf = NULL;
}

static int opt_invalid(const struct pcache_opts *opts, enum pcache_opt opt,
		       const char *why)
{
	pr_err("%s=%s: %s\n", opt_names[opt], opts->value[opt], why);
	return -EINVAL;
}

/**
 * pcache_opts_text - a value as it is
 * @opts: the command
 * @opt: which option
 * @size: room for it, its final zero included
 * @text: set if it was given
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int pcache_opts_text(const struct pcache_opts *opts, enum pcache_opt opt,
		     size_t size, const char **text)
{
	if (!opts->value[opt])
		return 0;
	if (strlen(opts->value[opt]) >= size)
		return opt_invalid(opts, opt, "too long");
	*text = opts->value[opt];
	return 0;
}

/**
 * pcache_opts_number - a value as a decimal number
 * @opts: the command
 * @opt: which option
 * @min: smallest valid value
 * @max: largest valid value
 * @value: set if it was given
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int pcache_opts_number(const struct pcache_opts *opts, enum pcache_opt opt,
		       u64 min, u64 max, u64 *value)
{
	u64 number;

	if (!opts->value[opt])
		return 0;
	if (kstrtou64(opts->value[opt], 10, &number))
		return opt_invalid(opts, opt, "not a number");
	if (number < min || number > max)
		return opt_invalid(opts, opt, "out of range");
	*value = number;
	return 0;
}

/**
 * pcache_opts_bool - a value as 0 or 1
 * @opts: the command
 * @opt: which option
 * @value: set if it was given
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int pcache_opts_bool(const struct pcache_opts *opts, enum pcache_opt opt,
		     bool *value)
{
	u64 number = *value;
	int err;

	err = pcache_opts_number(opts, opt, 0, 1, &number);
	if (!err)
		*value = number;
	return err;
}

/**
 * pcache_opts_choice - a value as one of several words
 * @opts: the command
 * @opt: which option
 * @names: the words
 * @nr: their number
 * @choice: set if it was given
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int pcache_opts_choice(const struct pcache_opts *opts, enum pcache_opt opt,
		       const char * const *names, size_t nr, u32 *choice)
{
	int i;

	if (!opts->value[opt])
		return 0;
	i = match_string(names, nr, opts->value[opt]);
	if (i < 0)
		return opt_invalid(opts, opt, "unknown word");
	*choice = i;
	return 0;
}
