// SPDX-License-Identifier: GPL-2.0
/*
 * Changes what a cache device says of itself: media DEVICE CHANGE...
 *
 *	version=N incompat=N ro_compat=N	of both superblocks, which stay
 *						valid
 *	break=first break=second break=both	a superblock gets one bit flipped
 *	restore					what break= has done is undone
 *
 * Only for a device that nobody uses.  What it knows of the format is the
 * driver's own header.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util.h"
#include "../../../pcache_format.h"

#define BROKEN_BYTE	offsetof(struct pcache_super_ondisk, uuid)

static int fd;
static u64 location[2];

static struct pcache_super_ondisk *super_read(int copy)
{
	static void *block;

	if (!block)
		block = pages(BLOCK);
	if (pread(fd, block, BLOCK, location[copy]) != BLOCK)
		die("read of superblock %d", copy);
	return block;
}

static void super_write(int copy, struct pcache_super_ondisk *sb)
{
	if (pwrite(fd, sb, BLOCK, location[copy]) != BLOCK)
		die("write of superblock %d", copy);
}

static void super_seal(struct pcache_super_ondisk *sb)
{
	sb->meta.crc = crc32c(~0U, (const char *)sb + sizeof(sb->meta.crc),
			      sizeof(*sb) - sizeof(sb->meta.crc));
}

static bool super_is_sealed(const struct pcache_super_ondisk *sb)
{
	struct pcache_super_ondisk copy = *sb;

	super_seal(&copy);
	return copy.meta.crc == sb->meta.crc;
}

/* The first copy says where the second one is, even if its checksum is off. */
static void find_supers(void)
{
	struct pcache_super_ondisk *sb;

	location[0] = PCACHE_SB_OFF;
	sb = super_read(0);
	if (memcmp(sb->magic, PCACHE_MAGIC, PCACHE_MAGIC_LEN))
		die("no superblock at byte %d", PCACHE_SB_OFF);
	location[1] = ((u64)sb->meta_segments << sb->segment_shift) - BLOCK;
	sb = super_read(1);
	if (memcmp(sb->magic, PCACHE_MAGIC, PCACHE_MAGIC_LEN))
		die("no superblock at byte %llu", location[1]);
}

static void super_break(int copy)
{
	struct pcache_super_ondisk *sb = super_read(copy);

	((char *)sb)[BROKEN_BYTE] ^= 1;
	super_write(copy, sb);
}

static void super_set(int copy, const char *name, u64 value)
{
	struct pcache_super_ondisk *sb = super_read(copy);

	if (!super_is_sealed(sb))
		die("superblock %d is not valid", copy);
	if (!strcmp(name, "version"))
		sb->version = value;
	else if (!strcmp(name, "incompat"))
		sb->incompat = value;
	else if (!strcmp(name, "ro_compat"))
		sb->ro_compat = value;
	else
		die("what is '%s'?", name);
	super_seal(sb);
	super_write(copy, sb);
}

static void change(char *text)
{
	char *value = strchr(text, '=');
	int copy;

	if (value)
		*value++ = '\0';
	for (copy = 0; copy < 2; copy++) {
		if (!strcmp(text, "restore")) {
			if (!super_is_sealed(super_read(copy)))
				super_break(copy);
		} else if (!value) {
			die("what is '%s'?", text);
		} else if (strcmp(text, "break")) {
			super_set(copy, text, parse_number(value));
		} else if (!strcmp(value, "both") ||
			   !strcmp(value, copy ? "second" : "first")) {
			super_break(copy);
		}
	}
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 3)
		die("usage: media DEVICE CHANGE...");
	fd = open(argv[1], O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		die("%s", argv[1]);
	find_supers();
	for (i = 2; i < argc; i++)
		change(argv[i]);
	if (fsync(fd))
		die("fsync");
	return 0;
}
