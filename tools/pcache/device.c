// SPDX-License-Identifier: GPL-2.0
/*
 * Which node, which sysfs directory, which device.
 *
 * Owns the names of the driver's directories and the ways between them and
 * the nodes in /dev.  Two paths mean the same device if they are the same text
 * or the same block device number: a cache that was started by one link can
 * be found by another.  Reads only.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "pcache.h"

#define BUS_DEVICES	"bus/pcache/devices"
#define CACHE_PREFIX	"cache_dev"
#define BACKING_PREFIX	"backing_dev"

#define NODE_POLL_MS	20
#define NODE_WAIT_S	10

/**
 * device_resolve() - make a path that means the same from everywhere
 * @path: as it was given
 * @buf: result
 * @len: room there
 *
 * Links stay links: /dev/disk/by-id names outlive a reboot, what they point
 * to does not.
 *
 * Return: 0 or a negative errno.
 */
int device_resolve(const char *path, char *buf, size_t len)
{
	char real[PATH_MAX];

	if (*path != '/') {
		if (!realpath(path, real))
			return -errno;
		path = real;
	}
	if (strlen(path) >= len)
		return -ENAMETOOLONG;
	memcpy(buf, path, strlen(path) + 1);
	return 0;
}

bool device_same(const char *a, const char *b)
{
	struct stat x, y;

	if (!strcmp(a, b))
		return true;
	if (stat(a, &x) || stat(b, &y))
		return false;
	return S_ISBLK(x.st_mode) && S_ISBLK(y.st_mode) &&
	       x.st_rdev == y.st_rdev;
}

void device_cache_dir(char *buf, unsigned int cache_id)
{
	snprintf(buf, DEVICE_NAME_MAX, BUS_DEVICES "/" CACHE_PREFIX "%u",
		 cache_id);
}

void device_backing_dir(char *buf, unsigned int cache_id,
			unsigned int backing_id)
{
	snprintf(buf, DEVICE_NAME_MAX,
		 BUS_DEVICES "/" CACHE_PREFIX "%u/" BACKING_PREFIX "%u",
		 cache_id, backing_id);
}

/* Finds the entry "prefixN" of a directory whose path attribute fits. */
static int find_by_path(const char *parent, const char *prefix,
			const char *path, unsigned int *id)
{
	char dir[DEVICE_PATH_MAX], value[SYSFS_VALUE_MAX];
	unsigned int *ids;
	size_t count, i;
	int ret;

	ret = sysfs_list_ids(parent, prefix, &ids, &count);
	if (ret)
		return ret;
	ret = -ENOENT;
	for (i = 0; i < count && ret; i++) {
		snprintf(dir, sizeof(dir), "%s/%s%u", parent, prefix, ids[i]);
		if (sysfs_read_attr(dir, "path", value, sizeof(value)) ||
		    !device_same(value, path))
			continue;
		*id = ids[i];
		ret = 0;
	}
	free(ids);
	return ret;
}

int device_find_cache(const char *path, unsigned int *cache_id)
{
	return find_by_path(BUS_DEVICES, CACHE_PREFIX, path, cache_id);
}

int device_find_backing(unsigned int cache_id, const char *path,
			unsigned int *backing_id)
{
	char dir[DEVICE_NAME_MAX];

	device_cache_dir(dir, cache_id);
	return find_by_path(dir, BACKING_PREFIX, path, backing_id);
}

/**
 * device_find_logic() - the backing behind a logic device
 * @name: "pcacheK"
 * @cache_id: result
 * @backing_id: result
 *
 * Return: 0 or a negative errno; -ENOENT if there is no such logic device.
 */
int device_find_logic(const char *name, unsigned int *cache_id,
		      unsigned int *backing_id)
{
	char rel[DEVICE_NAME_MAX], path[DEVICE_PATH_MAX], real[PATH_MAX];
	const char *cache, *backing;

	snprintf(rel, sizeof(rel), "block/%s/pcache", name);
	if (sysfs_path(path, sizeof(path), rel))
		return -ENAMETOOLONG;
	if (!realpath(path, real))
		return -errno;
	cache = strstr(real, "/" CACHE_PREFIX);
	backing = strstr(real, "/" BACKING_PREFIX);
	if (!cache || !backing ||
	    sscanf(cache, "/" CACHE_PREFIX "%u", cache_id) != 1 ||
	    sscanf(backing, "/" BACKING_PREFIX "%u", backing_id) != 1)
		return -ENOENT;
	return 0;
}

static const char *dev_root(void)
{
	const char *root = secure_getenv("PCACHE_DEV_ROOT");

	return root && *root ? root : "/dev";
}

/* The node of a block device that the kernel calls @name; "!" is a "/". */
void device_node(const char *name, char *buf, size_t len)
{
	char *at;

	snprintf(buf, len, "%s/%s", dev_root(), name);
	while ((at = strchr(buf, '!')))
		*at = '/';
}

/* PCACHE_NODE_TIMEOUT: seconds, for a udev that is slow. */
static unsigned int node_timeout(void)
{
	const char *text = secure_getenv("PCACHE_NODE_TIMEOUT");
	u64 value;

	if (!text || number_parse(text, 0, 3600, &value))
		return NODE_WAIT_S;
	return value;
}

/*
 * A node counts when its number is the one that sysfs has: neither a file that
 * somebody's dd left in its place nor the node of an earlier device will do.
 */
static bool node_ready(u64 logic_id)
{
	char rel[DEVICE_NAME_MAX], value[DEVICE_NAME_MAX];
	char path[DEVICE_PATH_MAX];
	unsigned int major, minor;
	struct stat st;

	snprintf(rel, sizeof(rel), "block/pcache%llu/dev", logic_id);
	if (sysfs_read(rel, value, sizeof(value)) ||
	    sscanf(value, "%u:%u", &major, &minor) != 2)
		return false;
	snprintf(path, sizeof(path), "%s/pcache%llu", dev_root(), logic_id);
	return !stat(path, &st) && st.st_rdev == makedev(major, minor);
}

static bool mapped_id_read(const char *dir, u64 *logic_id)
{
	char value[DEVICE_NAME_MAX];

	return !sysfs_read_attr(dir, "mapped_id", value, sizeof(value)) &&
	       !number_parse(value, 0, UINT32_MAX, logic_id);
}

/**
 * device_wait_node() - wait until the logic device can be used
 * @cache_id: of the backing
 * @backing_id: of the backing
 * @buf: its name, "/dev/pcacheK"
 * @len: room there
 *
 * Return: 0; -ENODEV if no logic device came up in time; -ETIMEDOUT if one
 * did, but not its node (@buf is set).
 */
int device_wait_node(unsigned int cache_id, unsigned int backing_id,
		     char *buf, size_t len)
{
	const struct timespec pause = { 0, NODE_POLL_MS * 1000000L };
	unsigned int polls = node_timeout() * 1000 / NODE_POLL_MS;
	char dir[DEVICE_NAME_MAX];
	int ret = -ENODEV;
	u64 id;

	device_backing_dir(dir, cache_id, backing_id);
	for (;;) {
		if (mapped_id_read(dir, &id)) {
			snprintf(buf, len, "/dev/pcache%llu", id);
			if (node_ready(id))
				return 0;
			ret = -ETIMEDOUT;
		}
		if (!polls--)
			return ret;
		nanosleep(&pause, NULL);
	}
}
