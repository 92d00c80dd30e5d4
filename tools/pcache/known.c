// SPDX-License-Identifier: GPL-2.0
/*
 * Backings that a cache device knows and that wait for their disk.
 *
 * The driver attaches those of which the disk itself says who it is.  One that is
 * known by another identity waits for whoever can read that: here.  A disk that
 * has the path of a waiting backing, but another identity, is another disk and
 * is left alone; where there is no identity at all, only the user can tell.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcache.h"
#include "../../pcache_format.h"

static bool is_waiting(const char *dir)
{
	char state[SYSFS_VALUE_MAX];

	return !sysfs_read_attr(dir, "state", state, sizeof(state)) &&
	       !strcmp(state, "waiting");
}

/* Is the disk at @path the one with @id? */
static bool is_there(const char *path, const char *id)
{
	char found[PCACHE_ID_LEN], resolved[DEVICE_PATH_MAX];

	if (device_resolve(path, resolved, sizeof(resolved)))
		return false;
	return !identity_of(resolved, found, sizeof(found)) &&
	       !strcmp(found, id);
}

static int attach(struct subject *s, const char *id, bool verbose)
{
	char dir[DEVICE_NAME_MAX], adm[DEVICE_NAME_MAX + 8];
	struct control c = { 0 };
	int ret;

	device_cache_dir(dir, s->cache_id);
	snprintf(adm, sizeof(adm), "%s/adm", dir);
	control_add(&c, "op", "backing-start");
	control_add(&c, "path", s->path);
	control_add(&c, "id", id);
	if (c.error)
		return STATUS_FAILED;
	if (verbose)
		report("%s <- %s", adm, c.text);
	s->control = c.text;
	ret = sysfs_write(adm, c.text);
	return ret && ret != -EEXIST ? report_errno(s, ret) : STATUS_OK;
}

static int attach_one(unsigned int cache_id, unsigned int backing_id,
		      bool verbose)
{
	char path[SYSFS_VALUE_MAX], id[SYSFS_VALUE_MAX], dir[DEVICE_NAME_MAX];
	struct subject s = {
		.op = OP_BACKING_START,
		.path = path,
		.cache_id = cache_id,
		.backing_id = backing_id,
	};

	device_backing_dir(dir, cache_id, backing_id);
	if (!is_waiting(dir) ||
	    sysfs_read_attr(dir, "path", path, sizeof(path)) ||
	    sysfs_read_attr(dir, "id", id, sizeof(id)))
		return STATUS_OK;
	if (!*id || !is_there(path, id)) {
		report("backing_dev%u waits for its disk: %s%s%s", backing_id,
		       path, *id ? ", identity " : "", id);
		return STATUS_OK;
	}
	return attach(&s, id, verbose);
}

/*
 * Attaches what waits in a cache device and is there.  The first failure is
 * reported and becomes the exit status; the others are tried all the same.
 */
int known_attach(unsigned int cache_id, bool verbose)
{
	unsigned int *ids;
	int status = STATUS_OK, one;
	char dir[DEVICE_NAME_MAX];
	size_t count, i;

	device_cache_dir(dir, cache_id);
	if (sysfs_list_ids(dir, "backing_dev", &ids, &count))
		return STATUS_OK;
	for (i = 0; i < count; i++) {
		one = attach_one(cache_id, ids[i], verbose);
		if (!status)
			status = one;
	}
	free(ids);
	return status;
}
