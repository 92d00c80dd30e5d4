// SPDX-License-Identifier: GPL-2.0
/*
 * probe: is a device formatted as a cache device, and which one is it?
 *
 * Owns the judgement of a superblock that does not come from the driver: udev asks
 * before the driver is loaded.  Reads the superblock, and its other copy only if
 * that one is bad; writes nothing.  What it prints for udev becomes properties and
 * names of links, and anybody may have written it to the device: only letters,
 * digits and a few signs get out.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <endian.h>

#include "pcache.h"
#include "../../pcache_format.h"

#define UUID_TEXT_LEN	37

/* The media has no final inversion. */
static u32 crc32c(u32 crc, const void *data, size_t len)
{
	const unsigned char *byte = data;
	int i;

	while (len--) {
		crc ^= *byte++;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return crc;
}

/**
 * super_valid() - is this a copy of a superblock that lay at @location?
 * @super: the bytes
 * @location: from the start of the device
 *
 * Return: whether it is, by its checksum and by all that is known of it.
 */
bool super_valid(const struct pcache_super_ondisk *super, u64 location)
{
	const size_t head = sizeof(super->meta.crc);

	return le32toh(super->meta.type) == PCACHE_META_SUPER &&
	       le64toh(super->meta.location) == location &&
	       !memcmp(super->magic, PCACHE_MAGIC, PCACHE_MAGIC_LEN) &&
	       le32toh(super->meta.crc) ==
	       crc32c(~0U, (const char *)super + head, sizeof(*super) - head);
}

static bool super_read_at(int fd, u64 location,
			  struct pcache_super_ondisk *super)
{
	return pread(fd, super, sizeof(*super), location) == sizeof(*super) &&
	       super_valid(super, location);
}

/* The other copy ends the meta area, which is a number of whole segments. */
static bool super_read(int fd, struct pcache_super_ondisk *super)
{
	u64 size, end;
	int shift;

	if (super_read_at(fd, PCACHE_SB_OFF, super))
		return true;
	for (shift = PCACHE_SEG_SHIFT_MIN; shift <= PCACHE_SEG_SHIFT_MAX;
	     shift++) {
		size = 1ULL << shift;
		end = (PCACHE_META_FIXED_LEN + PCACHE_BLOCK_SIZE + size - 1) &
		      ~(size - 1);
		if (super_read_at(fd, end - PCACHE_BLOCK_SIZE, super))
			return true;
	}
	return false;
}

static void uuid_format(const unsigned char *uuid, char *buf)
{
	size_t i;

	for (i = 0; i < PCACHE_UUID_LEN; i++)
		buf += sprintf(buf, "%s%02x", i == 4 || i == 6 || i == 8 ||
			       i == 10 ? "-" : "", uuid[i]);
}

static void label_clean(const unsigned char *label, char *buf)
{
	size_t i;

	for (i = 0; i < PCACHE_LABEL_LEN - 1 && label[i]; i++)
		*buf++ = isalnum(label[i]) || strchr("#+-.:=@_", label[i]) ?
			 label[i] : '_';
	*buf = '\0';
}

static void udev_print(const struct pcache_super_ondisk *super)
{
	char uuid[UUID_TEXT_LEN], label[PCACHE_LABEL_LEN];

	uuid_format(super->uuid, uuid);
	label_clean(super->label, label);
	printf("ID_FS_TYPE=pcache\nID_FS_USAGE=other\nID_FS_VERSION=%u\nID_FS_UUID=%s\n",
	       le32toh(super->version), uuid);
	if (*label)
		printf("ID_FS_LABEL=%s\n", label);
}

static int json_print(const struct pcache_super_ondisk *super)
{
	char uuid[UUID_TEXT_LEN], label[PCACHE_LABEL_LEN];
	json_object *row = json_object_new_object();

	if (!row) {
		report("%s", strerror(ENOMEM));
		return STATUS_FAILED;
	}
	uuid_format(super->uuid, uuid);
	label_clean(super->label, label);
	json_object_object_add(row, "uuid", json_object_new_string(uuid));
	json_object_object_add(row, "label", json_object_new_string(label));
	json_object_object_add(row, "version", json_object_new_uint64
			       (le32toh(super->version)));
	json_object_object_add(row, "segment_size", json_object_new_uint64
			       (1ULL << (le32toh(super->segment_shift) & 63)));
	json_object_object_add(row, "segment_num", json_object_new_uint64
			       (le32toh(super->nr_segments)));
	puts(json_object_to_json_string_ext(row, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED));
	json_object_put(row);
	return STATUS_OK;
}

/* For udev "no" is an answer, not something to complain of. */
int probe(const struct options *o)
{
	struct subject s = { .op = OP_PROBE, .path = o->value[OPT_PATH] };
	struct pcache_super_ondisk super;
	int fd = open(s.path, O_RDONLY | O_CLOEXEC);
	bool found;

	if (fd < 0)
		return report_errno(&s, -errno);
	found = super_read(fd, &super);
	close(fd);
	if (found && option_given(o, OPT_UDEV)) {
		udev_print(&super);
		return STATUS_OK;
	}
	if (found)
		return json_print(&super);
	if (!option_given(o, OPT_UDEV))
		report("%s is not a cache device", s.path);
	return STATUS_FAILED;
}
