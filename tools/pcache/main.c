// SPDX-License-Identifier: GPL-2.0
/*
 * pcache: start, stop and list cache devices and backings.
 *
 * Owns the command table and what is the same for every command: help,
 * version, and that output which could not be written is a failure.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "pcache.h"

#define BIT(id)	(1U << (id))

static const struct command commands[] = {
	{ "cache-start", OP_CACHE_START,
	  "Make a pmem device a cache device, or bring a known one back.",
	  BIT(OPT_PATH), cache_start },
	{ "cache-stop", OP_CACHE_STOP,
	  "Let go of a cache device that has no backings.",
	  0, cache_stop },
	{ "cache-list", OP_CACHE_LIST,
	  "List the cache devices.",
	  0, cache_list },
	{ "backing-start", OP_BACKING_START,
	  "Attach a block device to a cache device; prints /dev/pcacheN.",
	  0, backing_start },
	{ "backing-stop", OP_BACKING_STOP,
	  "Detach a backing; its dirty data is written back first.",
	  BIT(OPT_BACKING), backing_stop },
	{ "backing-give-up", OP_BACKING_GIVE_UP,
	  "Lose what a disk will never take, so that the rest goes on.",
	  BIT(OPT_BACKING) | BIT(OPT_SECTOR) | BIT(OPT_SECTORS),
	  backing_give_up },
	{ "backing-list", OP_BACKING_LIST,
	  "List the backings of a cache device.",
	  0, backing_list },
	{ "probe", OP_PROBE,
	  "Say whether a device is formatted as a cache device.",
	  BIT(OPT_PATH), probe },
};

static void general_help(void)
{
	size_t i;

	puts("Usage: pcache COMMAND [options]\n"
	     "Persistent memory as a cache for block devices.\n\n"
	     "Commands:");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-15s %s\n", commands[i].name, commands[i].summary);
	puts("\nOptions:\n"
	     "  -h, --help      show this help; behind a command: its options\n"
	     "  -V, --version   show the version\n\n"
	     "Exit status: 0 done, 1 failed, 2 usage, 3 not found, 4 busy,\n"
	     "5 would lose data.  More in pcache(8).");
}

static const struct command *command_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static int command_run(const struct command *cmd, int argc, char **argv)
{
	struct options o;
	int status;

	report_command(cmd->name);
	status = options_parse(cmd, argc, argv, &o);
	if (status)
		return status;
	if (option_given(&o, OPT_HELP)) {
		options_help(cmd);
		return STATUS_OK;
	}
	if (option_given(&o, OPT_VERSION)) {
		puts("pcache " PCACHE_TOOL_VERSION);
		return STATUS_OK;
	}
	return cmd->run(&o);
}

static int run(int argc, char **argv)
{
	const struct command *cmd;
	const char *word = argc > 1 ? argv[1] : "";

	if (!*word)
		return report_usage("no command given; see pcache --help");
	if (!strcmp(word, "-h") || !strcmp(word, "--help")) {
		general_help();
		return STATUS_OK;
	}
	if (!strcmp(word, "-V") || !strcmp(word, "--version")) {
		puts("pcache " PCACHE_TOOL_VERSION);
		return STATUS_OK;
	}
	cmd = command_find(word);
	if (!cmd)
		return report_usage("unknown command '%s'; see pcache --help",
				    word);
	return command_run(cmd, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status;

	setlocale(LC_ALL, "");
	status = run(argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		report("writing the output failed: %s", strerror(errno));
		if (status == STATUS_OK)
			status = STATUS_FAILED;
	}
	return status;
}
