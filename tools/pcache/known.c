// SPDX-License-Identifier: GPL-2.0
/*
 * Backings that a cache device knows and that wait for their disk.
 *
 * The driver attaches those of which the disk itself says who it is.  One that is
 * known by another identity waits for whoever can read that: here.  Names of nodes
 * change owners over a reboot, so a disk is looked for by its identity wherever it
 * is now; one that has the path of a waiting backing, but another identity, is
 * another disk and is left alone.  Where there is no identity, or more than one
 * disk with it, only the user can tell.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcache.h"
#include "../../pcache_format.h"

/**
 * struct waiting - a backing that waits
 * @cache_id: its cache device
 * @backing_id: its number there
 * @path: that it had
 * @id: its identity, or ""
 */
struct waiting {
	unsigned int cache_id;
	unsigned int backing_id;
	char path[SYSFS_VALUE_MAX];
	char id[SYSFS_VALUE_MAX];
};

/* Does this backing wait?  If so, for what? */
static bool waiting_read(struct waiting *w)
{
	char state[SYSFS_VALUE_MAX], dir[DEVICE_NAME_MAX];

	device_backing_dir(dir, w->cache_id, w->backing_id);
	return !sysfs_read_attr(dir, "state", state, sizeof(state)) &&
	       !strcmp(state, "waiting") &&
	       !sysfs_read_attr(dir, "path", w->path, sizeof(w->path)) &&
	       !sysfs_read_attr(dir, "id", w->id, sizeof(w->id));
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

/*
 * Finds the one block device with an identity.  Two of them may be two paths to
 * one disk: none is taken.
 */
static bool find_disk(const char *id, char *buf, size_t len)
{
	char dir[DEVICE_PATH_MAX], path[DEVICE_PATH_MAX];
	struct dirent *entry;
	int found = 0;
	DIR *list;

	if (sysfs_path(dir, sizeof(dir), "class/block"))
		return false;
	list = opendir(dir);
	if (!list)
		return false;
	while ((entry = readdir(list))) {
		if (entry->d_name[0] == '.')
			continue;
		device_node(entry->d_name, path, sizeof(path));
		if (!is_there(path, id))
			continue;
		found++;
		snprintf(buf, len, "%s", path);
	}
	closedir(list);
	return found == 1;
}

static int attach(const struct waiting *w, const char *path, bool verbose)
{
	struct subject s = {
		.op = OP_BACKING_START,
		.path = path,
		.cache_id = w->cache_id,
		.backing_id = w->backing_id,
	};
	char dir[DEVICE_NAME_MAX], adm[DEVICE_NAME_MAX + 8];
	struct control c = { 0 };
	int ret;

	device_cache_dir(dir, w->cache_id);
	snprintf(adm, sizeof(adm), "%s/adm", dir);
	control_add(&c, "op", "backing-start");
	control_add(&c, "path", path);
	control_add(&c, "id", w->id);
	if (c.error)
		return STATUS_FAILED;
	if (verbose)
		report("%s <- %s", adm, c.text);
	s.control = c.text;
	ret = sysfs_write(adm, c.text);
	/* Somebody else, such as udev, was faster. */
	return ret && ret != -EEXIST ? report_errno(&s, ret) : STATUS_OK;
}

static int attach_found(const struct waiting *w, bool verbose)
{
	char path[DEVICE_PATH_MAX];

	if (*w->id && is_there(w->path, w->id))
		return attach(w, w->path, verbose);
	if (*w->id && find_disk(w->id, path, sizeof(path)))
		return attach(w, path, verbose);
	report("backing_dev%u waits for its disk: %s%s%s", w->backing_id,
	       w->path, *w->id ? ", identity " : "", w->id);
	return STATUS_OK;
}

/* A disk that has come: is it what is waited for?  Its old name is kept. */
static int attach_disk(const struct waiting *w, const char *path,
		       const char *id, bool verbose)
{
	if (strcmp(w->id, id))
		return STATUS_OK;
	return attach(w, device_same(w->path, path) ? w->path : path, verbose);
}

/*
 * For all that waits in a cache device; @path is a disk, with @id, or NULL.  The
 * first failure is reported and becomes the exit status; the others are tried all
 * the same.
 */
static int attach_in(unsigned int cache_id, const char *path, const char *id,
		     bool verbose)
{
	struct waiting w = { .cache_id = cache_id };
	int status = STATUS_OK, one;
	char dir[DEVICE_NAME_MAX];
	unsigned int *ids;
	size_t count, i;

	device_cache_dir(dir, cache_id);
	if (sysfs_list_ids(dir, "backing_dev", &ids, &count))
		return STATUS_OK;
	for (i = 0; i < count; i++) {
		w.backing_id = ids[i];
		if (!waiting_read(&w))
			continue;
		one = path ? attach_disk(&w, path, id, verbose) :
			     attach_found(&w, verbose);
		if (!status)
			status = one;
	}
	free(ids);
	return status;
}

int known_attach(unsigned int cache_id, bool verbose)
{
	return attach_in(cache_id, NULL, NULL, verbose);
}

/* In the cache device that was named, or in all there are. */
static int attach_everywhere(const struct options *o, const char *path,
			     const char *id)
{
	bool verbose = option_given(o, OPT_VERBOSE);
	int status = STATUS_OK, one;
	unsigned int *ids;
	char dir[DEVICE_NAME_MAX];
	size_t count, i;

	device_cache_dir(dir, o->number[OPT_CACHE]);
	if (option_given(o, OPT_CACHE) && !sysfs_exists(dir)) {
		report("there is no cache_dev%llu", o->number[OPT_CACHE]);
		return STATUS_MISSING;
	}
	if (sysfs_list_ids("bus/pcache/devices", "cache_dev", &ids, &count))
		return STATUS_OK;
	for (i = 0; i < count; i++) {
		if (option_given(o, OPT_CACHE) && ids[i] != o->number[OPT_CACHE])
			continue;
		one = attach_in(ids[i], path, id, verbose);
		if (!status)
			status = one;
	}
	free(ids);
	return status;
}

/**
 * known_attach_disk() - attach a disk if it is one that is waited for
 * @o: OPT_PATH is the disk
 *
 * That nobody waits for it is no error: udev asks so for every disk.
 *
 * Return: exit status; a failure has been reported.
 */
int known_attach_disk(const struct options *o)
{
	char path[DEVICE_PATH_MAX], id[PCACHE_ID_LEN];
	struct subject s = {
		.op = OP_BACKING_START,
		.path = o->value[OPT_PATH],
	};
	int ret = device_resolve(s.path, path, sizeof(path));

	if (ret)
		return report_errno(&s, ret);
	if (identity_of(path, id, sizeof(id)))
		return STATUS_OK;
	return attach_everywhere(o, path, id);
}

/**
 * known_attach_all() - attach whatever waits and is there
 * @o: options
 *
 * Return: exit status; a failure has been reported.
 */
int known_attach_all(const struct options *o)
{
	return attach_everywhere(o, NULL, NULL);
}
