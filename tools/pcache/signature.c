// SPDX-License-Identifier: GPL-2.0
/*
 * What a device holds, in a few words, for somebody who is about to lose it.
 *
 * The driver only knows that there is something; libblkid knows what, and a
 * cache device of ours is known by its magic.  Only ever read for a message:
 * nothing is decided by it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <blkid/blkid.h>

#include "pcache.h"
#include "../../pcache_format.h"

static bool is_cache_device(const char *path)
{
	struct pcache_super_ondisk super;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool found;

	if (fd < 0)
		return false;
	found = pread(fd, &super, sizeof(super), PCACHE_SB_OFF) ==
		sizeof(super) &&
		!memcmp(super.magic, PCACHE_MAGIC, PCACHE_MAGIC_LEN);
	close(fd);
	return found;
}

static blkid_probe probe_new(const char *path)
{
	blkid_probe pr = blkid_new_probe_from_filename(path);

	if (!pr)
		return NULL;
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE |
					  BLKID_SUBLKS_LABEL);
	blkid_probe_enable_partitions(pr, 1);
	return pr;
}

static bool probe_describe(blkid_probe pr, char *buf, size_t len)
{
	const char *value, *label;

	if (blkid_do_probe(pr))
		return false;
	if (!blkid_probe_lookup_value(pr, "TYPE", &value, NULL)) {
		if (blkid_probe_lookup_value(pr, "LABEL", &label, NULL))
			snprintf(buf, len, "%s", value);
		else
			snprintf(buf, len, "%s, labelled %s", value, label);
		return true;
	}
	if (blkid_probe_lookup_value(pr, "PTTYPE", &value, NULL))
		return false;
	snprintf(buf, len, "a partition table (%s)", value);
	return true;
}

/**
 * signature_of() - say what a device holds
 * @path: the device
 * @buf: the words
 * @len: room there
 *
 * Return: whether it is anything that is known.
 */
bool signature_of(const char *path, char *buf, size_t len)
{
	blkid_probe pr;
	bool found;

	if (is_cache_device(path)) {
		snprintf(buf, len, "a pcache cache device");
		return true;
	}
	pr = probe_new(path);
	if (!pr)
		return false;
	found = probe_describe(pr, buf, len);
	blkid_free_probe(pr);
	return found;
}
