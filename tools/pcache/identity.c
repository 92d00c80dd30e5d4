// SPDX-License-Identifier: GPL-2.0
/*
 * A name for a disk that stays the same: what the driver stores with a cache
 * and compares at the next attach, if the disk itself gives it nothing better.
 *
 * Owns the order of the sources.  What the kernel says goes before what udev
 * says: an attach from an initramfs, or from a system without udev, must come
 * to the same name.  Two different disks may end up without a name; they must
 * never end up with the same one.  So a partition number alone, without the
 * name of its disk, is none.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <blkid/blkid.h>
#include <libudev.h>

#include "pcache.h"
#include "../../pcache_format.h"

/* One less than the field on media, which ends with a zero. */
#define IDENTITY_MAX	(PCACHE_ID_LEN - 1)

/* Attributes of a whole disk, best first, below /sys/dev/block/M:N. */
static const char * const disk_attrs[] = {
	"wwid",			/* nvme */
	"device/wwid",		/* scsi, ata */
	"serial",		/* virtio */
	"device/cid",		/* mmc */
	"dm/uuid",
	"md/uuid",
};

static u64 text_hash(const char *text)
{
	u64 hash = 0xcbf29ce484222325ULL;	/* FNV-1a */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ULL;
	return hash;
}

/* Copies with runs of blanks, and what a control string can't hold, as "_". */
static void text_clean(const char *text, char *buf)
{
	while (isspace((unsigned char)*text))
		text++;
	for (; *text; text++) {
		bool last_blank = text[1] && !isspace((unsigned char)text[1]);

		if (isgraph((unsigned char)*text) && *text != ',')
			*buf++ = *text;
		else if (!isspace((unsigned char)*text) || last_blank)
			*buf++ = '_';
	}
	*buf = '\0';
}

/**
 * identity_fold() - fit a name into the field that the media has for it
 * @text: the name, shorter than SYSFS_VALUE_MAX
 * @buf: result; only printable characters, no comma
 * @len: room there; at most IDENTITY_MAX characters are used
 *
 * A name that is too long (an NVMe disk of the old kind has 140 characters)
 * keeps its start and gets a hash of the whole for its end.
 */
void identity_fold(const char *text, char *buf, size_t len)
{
	char clean[SYSFS_VALUE_MAX];
	size_t room = len - 1 < IDENTITY_MAX ? len - 1 : IDENTITY_MAX;

	text_clean(text, clean);
	if (strlen(clean) <= room)
		snprintf(buf, len, "%s", clean);
	else
		snprintf(buf, len, "%.*s-%016llx", (int)room - 17, clean,
			 text_hash(clean));
}

static bool disk_from_sysfs(const char *dir, char *buf, size_t len)
{
	char value[SYSFS_VALUE_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(disk_attrs); i++) {
		if (sysfs_read_attr(dir, disk_attrs[i], value, sizeof(value)))
			continue;
		identity_fold(value, buf, len);
		if (*buf)
			return true;
	}
	return false;
}

static bool disk_from_udev(dev_t disk, char *buf, size_t len)
{
	struct udev_device *dev = NULL;
	struct udev *udev = udev_new();
	const char *serial = NULL;

	*buf = '\0';
	if (udev)
		dev = udev_device_new_from_devnum(udev, 'b', disk);
	if (dev)
		serial = udev_device_get_property_value(dev, "ID_SERIAL");
	if (serial)
		identity_fold(serial, buf, len);
	udev_device_unref(dev);
	udev_unref(udev);
	return *buf;
}

/* Asks the partition table for the uuid of a partition. */
static bool part_uuid(const char *path, char *buf, size_t len)
{
	blkid_probe pr = blkid_new_probe_from_filename(path);
	const char *uuid;

	*buf = '\0';
	if (!pr)
		return false;
	blkid_probe_enable_superblocks(pr, 0);
	blkid_probe_enable_partitions(pr, 1);
	blkid_probe_set_partitions_flags(pr, BLKID_PARTS_ENTRY_DETAILS);
	if (blkid_do_safeprobe(pr) == 0 &&
	    !blkid_probe_lookup_value(pr, "PART_ENTRY_UUID", &uuid, NULL))
		snprintf(buf, len, "%s", uuid);
	blkid_free_probe(pr);
	return *buf;
}

static bool disk_identity(const char *dir, char *buf, size_t len)
{
	char dev[DEVICE_NAME_MAX];
	unsigned int major, minor;

	if (disk_from_sysfs(dir, buf, len))
		return true;
	if (sysfs_is_fake() ||
	    sysfs_read_attr(dir, "dev", dev, sizeof(dev)) ||
	    sscanf(dev, "%u:%u", &major, &minor) != 2)
		return false;
	return disk_from_udev(makedev(major, minor), buf, len);
}

/* The directory of a partition lies in that of its disk. */
static int part_identity(const char *path, const char *dir, const char *number,
			 char *buf, size_t len)
{
	char disk_dir[DEVICE_NAME_MAX + 4], uuid[DEVICE_NAME_MAX];
	char disk[IDENTITY_MAX + 1], both[SYSFS_VALUE_MAX];
	bool has_disk, has_uuid;

	snprintf(disk_dir, sizeof(disk_dir), "%s/..", dir);
	has_disk = disk_identity(disk_dir, disk, sizeof(disk));
	has_uuid = part_uuid(path, uuid, sizeof(uuid));
	if (!has_disk && !has_uuid)
		return -ENOENT;
	snprintf(both, sizeof(both), "%s%s%s%s", has_disk ? disk : "",
		 has_disk ? "+" : "", has_uuid ? "partuuid=" : "part=",
		 has_uuid ? uuid : number);
	identity_fold(both, buf, len);
	return 0;
}

/**
 * identity_of() - name the disk or partition behind a node
 * @path: the node
 * @buf: result, fit for a control string
 * @len: room there
 *
 * Return: 0, or -ENOENT if it has nothing that could name it.
 */
int identity_of(const char *path, char *buf, size_t len)
{
	char dir[DEVICE_NAME_MAX], number[DEVICE_NAME_MAX];
	struct stat st;

	/* What kind of node it is, is for the driver to judge. */
	if (stat(path, &st))
		return -ENOENT;
	snprintf(dir, sizeof(dir), "dev/block/%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	if (!sysfs_read_attr(dir, "partition", number, sizeof(number)))
		return part_identity(path, dir, number, buf, len);
	return disk_identity(dir, buf, len) ? 0 : -ENOENT;
}
