// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that is said on stderr, and the exit status that goes with it.
 *
 * Owns the table of sentences: what an errno of the driver means to the person
 * who asked for an operation.  The driver's own words are in the kernel log;
 * where they say more (which line, which signature), the sentence refers to
 * them.  Knows nothing of how the operation was done.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pcache.h"

/**
 * struct sentence - what one errno of some operations means
 * @ops: mask of enum operation
 * @error: positive errno
 * @status: exit status
 * @log: the kernel log has the details
 * @text: with {path}, {cache}, {backing} and {control} for the values
 */
struct sentence {
	unsigned int ops;
	int error;
	enum exit_status status;
	bool log;
	const char *text;
};

/* The first row that fits is taken: the special ones come first. */
static const struct sentence sentences[] = {
	{ OP_CACHE_START, EEXIST, STATUS_LOSS, true,
	  "{path} was not formatted, for it is not empty; --force formats over what is there"
	},
	{ OP_CACHE_START, EBUSY, STATUS_BUSY, true,
	  "{path} is in use: mounted, a cache device already, or claimed by another driver"
	},
	{ OP_CACHE_START, EOPNOTSUPP, STATUS_FAILED, true,
	  "{path} can't be a cache device: it has no synchronous DAX, or a format that this driver does not know"
	},
	{ OP_CACHE_START, ENOSPC, STATUS_FAILED, true,
	  "{path} is too small for a cache device"
	},
	{ OP_CACHE_START, EFBIG, STATUS_FAILED, true,
	  "{path} is smaller than it was when it was formatted"
	},
	{ OP_CACHE_START, EUCLEAN, STATUS_LOSS, true,
	  "{path} was a cache device, but its superblocks are damaged; it was not touched"
	},
	{ OP_CACHE_START, EINVAL, STATUS_FAILED, true,
	  "{path} is not formatted as a cache device (see --format), or the driver refused \"{control}\""
	},

	{ OP_CACHE_STOP, EBUSY, STATUS_BUSY, false,
	  "{cache} still has backing devices; stop them first (see pcache backing-list)"
	},

	{ OP_BACKING_START, EBUSY, STATUS_BUSY, true,
	  "{path} is in use: mounted, or claimed by another driver"
	},
	{ OP_BACKING_START, EEXIST, STATUS_BUSY, true,
	  "{path} is attached already"
	},
	{ OP_BACKING_START, ENOSPC, STATUS_FAILED, true,
	  "{cache} has no room for {path}: too few free segments for that cache size, or no free slot"
	},
	{ OP_BACKING_START, EUCLEAN, STATUS_LOSS, true,
	  "what {cache} holds for {path} is damaged, the kernel log says how; --force=accept-damage attaches it read-only, --force=discard-dirty gives it up"
	},
	{ OP_BACKING_START, ESTALE, STATUS_LOSS, true,
	  "{path} is not the disk that {cache} knows, or was changed since; nothing was done (--force=discard-clean gives up what is kept if the disk had all of it, --force=discard-dirty in any case)"
	},
	{ OP_BACKING_START, ENOTEMPTY, STATUS_LOSS, true,
	  "{cache} holds data for {path} that was never written back; nothing was done (--force=discard-dirty gives it up)"
	},
	{ OP_BACKING_START, EFBIG, STATUS_LOSS, true,
	  "{path} is smaller than it was when {cache} let go of it; nothing was done"
	},
	{ OP_BACKING_START, EINVAL, STATUS_FAILED, true,
	  "the driver refused \"{control}\"; a new backing needs --cache-size and takes no --force, and one that is known keeps the options it was made with"
	},

	{ OP_BACKING_STOP, EBUSY, STATUS_BUSY, false,
	  "{backing} of {cache} is open: mounted, or used by another device or process"
	},
	{ OP_BACKING_STOP, EINTR, STATUS_FAILED, false,
	  "interrupted: {backing} of {cache} runs on"
	},
	{ OP_BACKING_STOP, EUCLEAN, STATUS_LOSS, true,
	  "{backing} of {cache} has lost data that it can't write back; --mode=discard-dirty gives it up"
	},
	{ OP_BACKING_STOP, ENODATA, STATUS_LOSS, true,
	  "{backing} of {cache} has lost data that it can't write back; --mode=discard-dirty gives it up"
	},
	{ OP_BACKING_STOP, EIO, STATUS_LOSS, true,
	  "{backing} of {cache} can't write its dirty data back; --mode=keep leaves it in the cache"
	},
	{ OP_BACKING_GIVE_UP, EINVAL, STATUS_FAILED, true,
	  "the driver refused \"{control}\": whole blocks of the device, please"
	},
	{ OP_BACKING_GIVE_UP, ENODATA, STATUS_FAILED, false,
	  "nothing there waits to be written to the disk of {backing} of {cache}; nothing was given up"
	},
	{ OP_BACKING_GIVE_UP, ENODEV, STATUS_MISSING, false,
	  "{backing} of {cache} is not running"
	},
	{ OP_BACKING_GIVE_UP, ENOSPC, STATUS_FAILED, true,
	  "{backing} of {cache} has no room to note the loss; try again"
	},
	{ OP_BACKING_STOP, ENODEV, STATUS_MISSING, false,
	  "{backing} of {cache} is not attached; if it waits for a disk in vain, --mode=discard-dirty forgets it, and what was not written back"
	},
	{ OP_BACKING_STOP | OP_BACKING_GIVE_UP, ENOENT, STATUS_MISSING, false,
	  "there is no {backing} of {cache}"
	},
	{ OP_CACHE_STOP, ENODEV, STATUS_MISSING, false,
	  "there is no {cache}"
	},
	{ OP_CACHE_STOP, ENOENT, STATUS_MISSING, false,
	  "there is no {cache}"
	},
	{ OP_CACHE_START | OP_BACKING_START | OP_PROBE, ENODEV, STATUS_MISSING, false,
	  "{path}: no such device"
	},
	{ OP_CACHE_START | OP_BACKING_START | OP_PROBE, ENOENT, STATUS_MISSING, false,
	  "{path}: no such device"
	},
	{ OP_CACHE_START | OP_BACKING_START | OP_PROBE, ENXIO, STATUS_MISSING, false,
	  "{path}: no such device"
	},
	{ OP_CACHE_START | OP_BACKING_START, ENOTBLK, STATUS_FAILED, false,
	  "{path} is not a block device"
	},
	{ OP_CACHE_START | OP_BACKING_START, EROFS, STATUS_FAILED, false,
	  "{path} is read-only"
	},
	{ OP_BACKING_START, EOPNOTSUPP, STATUS_FAILED, true,
	  "{path} can't be a backing device"
	},
	{ OP_CACHE_START | OP_BACKING_START, EIO, STATUS_FAILED, true,
	  "{path} can't be read"
	},
	{ OP_CACHE_START | OP_BACKING_START, EINTR, STATUS_FAILED, false,
	  "interrupted: {path} was not started"
	},
	{ OP_ALL, EACCES, STATUS_FAILED, false,
	  "permission denied: this needs root (CAP_SYS_ADMIN)"
	},
	{ OP_ALL, EPERM, STATUS_FAILED, false,
	  "permission denied: this needs root (CAP_SYS_ADMIN)"
	},
	{ OP_CACHE_STOP | OP_BACKING_STOP, EINVAL, STATUS_FAILED, true,
	  "the driver refused \"{control}\""
	},
};

static const char *command_name;

/* Names the command that all later reports are about. */
void report_command(const char *name)
{
	command_name = name;
}

/*
 * Values come from the command line and from the driver.  None of them may end
 * the line, or move the cursor of a terminal.
 */
static void put_clean(const char *text)
{
	for (; *text; text++)
		fputc(iscntrl((unsigned char)*text) ? '?' : *text, stderr);
}

static void report_head(void)
{
	fputs("pcache: ", stderr);
	if (command_name)
		fprintf(stderr, "%s: ", command_name);
}

static void __printf(1, 0) report_args(const char *fmt, va_list args)
{
	char text[2 * SYSFS_VALUE_MAX];

	vsnprintf(text, sizeof(text), fmt, args);
	report_head();
	put_clean(text);
	fputc('\n', stderr);
}

void report(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_args(fmt, args);
	va_end(args);
}

/* As report(), for what is wrong with the command line. */
int report_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_args(fmt, args);
	va_end(args);
	return STATUS_USAGE;
}

static void print_value(const struct subject *s, const char *name, size_t len)
{
	if (!strncmp(name, "path", len))
		put_clean(s->path ? s->path : "the device");
	else if (!strncmp(name, "control", len))
		put_clean(s->control ? s->control : "");
	else if (!strncmp(name, "cache", len))
		fprintf(stderr, "cache_dev%u", s->cache_id);
	else if (!strncmp(name, "backing", len))
		fprintf(stderr, "backing_dev%u", s->backing_id);
}

static void print_sentence(const struct subject *s, const char *text)
{
	const char *open, *close;

	while ((open = strchr(text, '{')) && (close = strchr(open, '}'))) {
		fwrite(text, 1, open - text, stderr);
		print_value(s, open + 1, close - open - 1);
		text = close + 1;
	}
	fputs(text, stderr);
}

static const struct sentence *sentence_find(enum operation op, int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sentences); i++) {
		if ((sentences[i].ops & op) && sentences[i].error == error)
			return &sentences[i];
	}
	return NULL;
}

/**
 * report_errno() - say why an operation failed
 * @s: what it was about
 * @error: negative errno
 *
 * Return: the exit status that fits.
 */
int report_errno(const struct subject *s, int error)
{
	const struct sentence *found = sentence_find(s->op, -error);

	report_head();
	if (found) {
		print_sentence(s, found->text);
	} else {
		print_sentence(s, s->path ? "{path}: " : "");
		fputs(strerror(-error), stderr);
	}
	if (!found || found->log)
		fputs(" (details: dmesg)", stderr);
	fputc('\n', stderr);
	return found ? found->status : STATUS_FAILED;
}
