// SPDX-License-Identifier: GPL-2.0
/*
 * The command line.
 *
 * Owns the option table: names, which commands take an option, what its value
 * must look like, and its line of help.  A value is judged completely before a
 * command runs, so that a usage error has changed nothing; it is one line that
 * names the option and the value.
 *
 * -f, -F and -x never take a value.  backing-start has three different things
 * that could be forced, so its --force has no short form and must say which.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "pcache.h"
#include "../../pcache_format.h"

#define QUEUES_MAX	128
#define SEGMENT_MIN	(1024 * 1024)
#define SEGMENT_MAX	(1024 * 1024 * 1024)

#define SIZE_GRAMMAR	\
	"bytes, or a number with K, M, G, T, P or KiB ... PiB (powers of 1024)"

/* getopt_long() gives this plus the enum option_id. */
#define LONG_BASE	0x100

enum value_kind {
	VALUE_NONE,
	VALUE_PATH,
	VALUE_LABEL,
	VALUE_SIZE,
	VALUE_NUMBER,
	VALUE_WORD,
	VALUE_CACHE,
	VALUE_BACKING,
};

/**
 * struct option_def - one row of the option table
 * @name: long form
 * @letter: short form, or 0
 * @kind: what its value looks like
 * @ops: mask of the commands that take it
 * @arg: name of the value in --help; for VALUE_WORD the words, by "|"
 * @min: least size or number
 * @max: greatest
 * @help: one line
 */
struct option_def {
	const char *name;
	char letter;
	enum value_kind kind;
	unsigned int ops;
	const char *arg;
	u64 min, max;
	const char *help;
};

#define OP_LISTS	(OP_CACHE_LIST | OP_BACKING_LIST)
#define OP_NAMED	(OP_BACKING_STOP | OP_BACKING_GIVE_UP)
#define OP_BACKINGS	(OP_BACKING_START | OP_BACKING_LIST | OP_NAMED)

static const struct option_def defs[NR_OPTIONS] = {
	[OPT_PATH] = {
		"path", 'p', VALUE_PATH,
		OP_CACHE_START | OP_BACKING_START | OP_PROBE,
		"DEV", 0, 0, "the device" },
	[OPT_FORMAT] = {
		"format", 'f', VALUE_NONE, OP_CACHE_START, NULL, 0, 0,
		"make a new, empty cache device" },
	[OPT_FORCE] = {
		"force", 'F', VALUE_NONE, OP_CACHE_START, NULL, 0, 0,
		"format even if the device holds something" },
	[OPT_LABEL] = {
		"label", 0, VALUE_LABEL, OP_CACHE_START, "TEXT",
		1, PCACHE_LABEL_LEN - 1, "with --format: a name for people" },
	[OPT_SEGMENT_SIZE] = {
		"segment-size", 0, VALUE_SIZE, OP_CACHE_START, "SIZE",
		SEGMENT_MIN, SEGMENT_MAX,
		"with --format: 1M to 1G, a power of two (default 16M)" },
	[OPT_CACHE] = {
		"cache", 'c', VALUE_CACHE, OP_CACHE_STOP | OP_BACKINGS, "ID",
		0, UINT32_MAX, "the cache device: N or cache_devN (default 0)" },
	[OPT_BACKING] = {
		"backing", 'b', VALUE_BACKING, OP_NAMED, "ID",
		0, UINT32_MAX, "the backing: N, backing_devN or /dev/pcacheN" },
	[OPT_CACHE_SIZE] = {
		"cache-size", 's', VALUE_SIZE, OP_BACKING_START, "SIZE",
		1, UINT64_MAX, "its share of the cache device, rounded up to MiB" },
	[OPT_QUEUES] = {
		"queues", 'q', VALUE_NUMBER, OP_BACKING_START, "N",
		1, QUEUES_MAX, "hardware queues, 1 to 128 (default: one per CPU)" },
	[OPT_QUEUE_MODE] = {
		"queue-mode", 'm', VALUE_WORD, OP_BACKING_START, "mq|bio",
		0, 0, "front end (default mq)" },
	[OPT_DATA_CRC] = {
		"data-crc", 'x', VALUE_NONE, OP_BACKING_START, NULL, 0, 0,
		"checksum cached data, too" },
	[OPT_WRITEBACK_ORDER] = {
		"writeback-order", 'o', VALUE_WORD, OP_BACKING_START,
		"strict|relaxed", 0, 0, "order of write-back (default strict)" },
	[OPT_FORCE_WHAT] = {
		"force", 0, VALUE_WORD, OP_BACKING_START,
		"discard-clean|discard-dirty|accept-damage", 0, 0,
		"attach in spite of what is named" },
	[OPT_KNOWN] = {
		"known", 0, VALUE_NONE, OP_BACKING_START, NULL, 0, 0,
		"only what a cache device knows and waits for" },
	[OPT_MODE] = {
		"mode", 0, VALUE_WORD, OP_BACKING_STOP,
		"drain|keep|discard-dirty", 0, 0,
		"what becomes of the cached data (default drain)" },
	[OPT_PROGRESS] = {
		"progress", 0, VALUE_NONE, OP_BACKING_STOP, NULL, 0, 0,
		"show progress even if stderr is no terminal" },
	[OPT_SECTOR] = {
		"sector", 0, VALUE_NUMBER, OP_BACKING_GIVE_UP, "N",
		0, UINT64_MAX, "the first one, of 512 bytes" },
	[OPT_SECTORS] = {
		"sectors", 0, VALUE_NUMBER, OP_BACKING_GIVE_UP, "N",
		1, UINT64_MAX, "how many" },
	[OPT_JSON] = {
		"json", 0, VALUE_NONE, OP_LISTS, NULL, 0, 0,
		"a JSON array (default)" },
	[OPT_TABLE] = {
		"table", 0, VALUE_NONE, OP_LISTS, NULL, 0, 0,
		"a table for people" },
	[OPT_UDEV] = {
		"udev", 0, VALUE_NONE, OP_PROBE, NULL, 0, 0,
		"print properties for udev" },
	[OPT_VERBOSE] = {
		"verbose", 'v', VALUE_NONE, OP_ALL, NULL, 0, 0,
		"say what is written to the driver" },
	[OPT_HELP] = {
		"help", 'h', VALUE_NONE, OP_ALL, NULL, 0, 0,
		"show this help" },
	[OPT_VERSION] = {
		"version", 'V', VALUE_NONE, OP_ALL, NULL, 0, 0,
		"show the version" },
};

static int path_set(struct options *o, enum option_id id, const char *value)
{
	if (!*value)
		return report_usage("--%s: an empty path", defs[id].name);
	if (!control_value_ok(value))
		return report_usage("--%s: '%s': the driver takes no comma or newline in a path",
				    defs[id].name, value);
	if (strlen(value) >= PCACHE_PATH_LEN)
		return report_usage("--%s: '%s' is longer than %d bytes",
				    defs[id].name, value, PCACHE_PATH_LEN - 1);
	o->value[id] = value;
	return 0;
}

static int label_set(struct options *o, enum option_id id, const char *value)
{
	size_t len = strlen(value);

	if (len < defs[id].min || len > defs[id].max)
		return report_usage("--%s: '%s' is not 1 to %d bytes long",
				    defs[id].name, value, (int)defs[id].max);
	if (!control_value_ok(value))
		return report_usage("--%s: '%s': no comma and no newline, please",
				    defs[id].name, value);
	o->value[id] = value;
	return 0;
}

static int size_set(struct options *o, enum option_id id, const char *value)
{
	const struct option_def *def = &defs[id];
	int ret = size_parse(value, &o->number[id]);

	if (ret == -ERANGE)
		return report_usage("--%s: '%s' is too large", def->name, value);
	if (ret)
		return report_usage("--%s: '%s' is not a size: " SIZE_GRAMMAR,
				    def->name, value);
	if (o->number[id] < def->min || o->number[id] > def->max)
		return report_usage("--%s: '%s' is out of range: %s", def->name,
				    value, def->help);
	if (id == OPT_SEGMENT_SIZE && (o->number[id] & (o->number[id] - 1)))
		return report_usage("--%s: '%s' is not a power of two",
				    def->name, value);
	return 0;
}

static int number_set(struct options *o, enum option_id id, const char *value)
{
	const struct option_def *def = &defs[id];

	if (!number_parse(value, def->min, def->max, &o->number[id]))
		return 0;
	return report_usage("--%s: '%s' is not a number from %llu to %llu",
			    def->name, value, def->min, def->max);
}

/* Is @value one of the words in "one|two|three"? */
static bool word_listed(const char *words, const char *value)
{
	size_t len = strlen(value), n;

	for (;; words += n + 1) {
		n = strcspn(words, "|");
		if (n == len && !strncmp(words, value, len))
			return true;
		if (!words[n])
			return false;
	}
}

static int word_set(struct options *o, enum option_id id, const char *value)
{
	if (!word_listed(defs[id].arg, value))
		return report_usage("--%s: '%s' is none of %s", defs[id].name,
				    value, defs[id].arg);
	o->value[id] = value;
	return 0;
}

static const char *skip_prefix(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? text : text + len;
}

static int cache_set(struct options *o, enum option_id id, const char *value)
{
	if (!number_parse(skip_prefix(value, "cache_dev"), 0, UINT32_MAX,
			  &o->number[id]))
		return 0;
	return report_usage("--%s: '%s' is neither a number nor cache_devN",
			    defs[id].name, value);
}

static int backing_set(struct options *o, enum option_id id, const char *value)
{
	const char *node = skip_prefix(value, "/dev/");
	u64 unused;

	if (!number_parse(skip_prefix(value, "backing_dev"), 0, UINT32_MAX,
			  &o->number[id]))
		return 0;
	if (strncmp(node, "pcache", 6) ||
	    number_parse(node + 6, 0, UINT32_MAX, &unused))
		return report_usage("--%s: '%s' is none of N, backing_devN, /dev/pcacheN",
				    defs[id].name, value);
	o->node = node;
	return 0;
}

static int value_set(struct options *o, enum option_id id, const char *value)
{
	switch (defs[id].kind) {
	case VALUE_PATH:
		return path_set(o, id, value);
	case VALUE_LABEL:
		return label_set(o, id, value);
	case VALUE_SIZE:
		return size_set(o, id, value);
	case VALUE_NUMBER:
		return number_set(o, id, value);
	case VALUE_WORD:
		return word_set(o, id, value);
	case VALUE_CACHE:
		return cache_set(o, id, value);
	case VALUE_BACKING:
		return backing_set(o, id, value);
	case VALUE_NONE:
		break;
	}
	return 0;
}

/* A flag may come twice; of two values one would be dropped in silence. */
static int option_set(struct options *o, enum option_id id, const char *value)
{
	if (option_given(o, id) && defs[id].kind != VALUE_NONE)
		return report_usage("--%s is given twice", defs[id].name);
	o->given |= 1U << id;
	return value_set(o, id, value);
}

/* Writes the getopt form of the options that a command takes. */
static void getopt_tables(enum operation op, char *letters,
			  struct option *longs)
{
	int id;

	*letters++ = ':';
	for (id = 0; id < NR_OPTIONS; id++) {
		const struct option_def *def = &defs[id];

		if (!(def->ops & op))
			continue;
		*longs++ = (struct option) {
			.name = def->name,
			.has_arg = def->kind != VALUE_NONE,
			.val = LONG_BASE + id,
		};
		if (!def->letter)
			continue;
		*letters++ = def->letter;
		if (def->kind != VALUE_NONE)
			*letters++ = ':';
	}
	*letters = '\0';
	*longs = (struct option) { 0 };
}

/* getopt gives the letter or LONG_BASE plus the id; -1 if it is neither. */
static int option_of(int opt, enum operation op)
{
	int id;

	if (opt >= LONG_BASE)
		return opt - LONG_BASE;
	for (id = 0; id < NR_OPTIONS; id++) {
		if (opt && defs[id].letter == opt && (defs[id].ops & op))
			return id;
	}
	return -1;
}

static int value_missing(enum operation op)
{
	int id = option_of(optopt, op);

	if (defs[id].kind == VALUE_WORD)
		return report_usage("--%s needs a value: %s", defs[id].name,
				    defs[id].arg);
	return report_usage("--%s needs a value", defs[id].name);
}

static int option_unknown(enum operation op, char **argv)
{
	int id = option_of(optopt, op);

	if (id >= 0)
		return report_usage("--%s takes no value", defs[id].name);
	if (optopt == 'F' && op == OP_BACKING_START)
		return report_usage("-F: say what to force: --force=%s",
				    defs[OPT_FORCE_WHAT].arg);
	if (optopt)
		return report_usage("unknown option '-%c'", optopt);
	return report_usage("unknown or ambiguous option '%s'",
			    argv[optind - 1]);
}

/* A flag that only means something together with --format. */
static int needs_format(const struct options *o, enum option_id id)
{
	if (!option_given(o, id) || option_given(o, OPT_FORMAT))
		return 0;
	return report_usage("--%s is for --format only", defs[id].name);
}

/*
 * backing-start needs to be told a disk, or that all known ones are meant.  Those
 * are attached as they were, so there is nothing to choose.
 */
static int start_check(const struct options *o)
{
	const u32 with_known = 1U << OPT_KNOWN | 1U << OPT_PATH |
			       1U << OPT_CACHE | 1U << OPT_VERBOSE;
	u32 others = o->given & ~with_known;

	if (!option_given(o, OPT_KNOWN) && !option_given(o, OPT_PATH))
		return report_usage("--%s is missing", defs[OPT_PATH].name);
	if (option_given(o, OPT_KNOWN) && others)
		return report_usage("--known attaches as before: no --%s",
				    defs[__builtin_ctz(others)].name);
	return 0;
}

/* What no single value shows. */
static int combination_check(const struct command *cmd,
			     const struct options *o)
{
	u32 missing = cmd->required & ~o->given;

	if (missing)
		return report_usage("--%s is missing",
				    defs[__builtin_ctz(missing)].name);
	if (cmd->op == OP_BACKING_START && start_check(o))
		return STATUS_USAGE;
	if (needs_format(o, OPT_FORCE) || needs_format(o, OPT_LABEL) ||
	    needs_format(o, OPT_SEGMENT_SIZE))
		return STATUS_USAGE;
	if (option_given(o, OPT_JSON) && option_given(o, OPT_TABLE))
		return report_usage("--json and --table exclude each other");
	return 0;
}

/**
 * options_parse() - read the command line of a command
 * @cmd: the command
 * @argc: number of words, the command's name included
 * @argv: the words
 * @o: result
 *
 * What is wrong has been reported. --help and --version end the checks: they
 * must work whatever else is on the line behind them.
 *
 * Return: 0 or STATUS_USAGE.
 */
int options_parse(const struct command *cmd, int argc, char **argv,
		  struct options *o)
{
	struct option longs[NR_OPTIONS + 1];
	char letters[2 * NR_OPTIONS + 2];
	int opt;

	memset(o, 0, sizeof(*o));
	getopt_tables(cmd->op, letters, longs);
	opterr = 0;
	optind = 0;
	while ((opt = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (opt == ':')
			return value_missing(cmd->op);
		if (opt == '?')
			return option_unknown(cmd->op, argv);
		if (option_set(o, option_of(opt, cmd->op), optarg))
			return STATUS_USAGE;
		if (option_given(o, OPT_HELP) || option_given(o, OPT_VERSION))
			return 0;
	}
	if (optind < argc)
		return report_usage("unexpected argument '%s'", argv[optind]);
	return combination_check(cmd, o);
}

static void option_help(const struct option_def *def)
{
	char left[128], letter[8] = "   ";

	if (def->letter)
		snprintf(letter, sizeof(letter), "-%c,", def->letter);
	snprintf(left, sizeof(left), "%s --%s%s%s", letter, def->name,
		 def->arg ? "=" : "", def->arg ? def->arg : "");
	printf("  %-26s", left);
	if (strlen(left) > 25)
		printf("\n  %-26s", "");
	printf("  %s\n", def->help);
}

void options_help(const struct command *cmd)
{
	int id;

	printf("Usage: pcache %s [options]\n%s\n\nOptions:\n", cmd->name,
	       cmd->summary);
	for (id = 0; id < NR_OPTIONS; id++) {
		if (defs[id].ops & cmd->op)
			option_help(&defs[id]);
	}
}
