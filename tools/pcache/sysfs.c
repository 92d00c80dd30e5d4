// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes below the sysfs root: read one, write one, list directories.
 *
 * Owns the root, which is /sys unless PCACHE_SYSFS_ROOT names another one (so
 * that tests can use a tree of plain files).  All paths that come in are
 * relative to it.  Knows nothing of caches and backings.
 *
 * A control string is one write(), because the kernel takes each write for a
 * command of its own.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pcache.h"

/* Not from the environment of a privileged helper: secure_getenv(). */
static const char *sysfs_root(void)
{
	const char *root = secure_getenv("PCACHE_SYSFS_ROOT");

	return root && *root ? root : "/sys";
}

/* What other databases say about devices is not about a tree of plain files. */
bool sysfs_is_fake(void)
{
	return strcmp(sysfs_root(), "/sys") != 0;
}

int sysfs_path(char *buf, size_t len, const char *rel)
{
	int n = snprintf(buf, len, "%s/%s", sysfs_root(), rel);

	return n < 0 || (size_t)n >= len ? -ENAMETOOLONG : 0;
}

bool sysfs_exists(const char *rel)
{
	char path[DEVICE_PATH_MAX];

	return !sysfs_path(path, sizeof(path), rel) && !access(path, F_OK);
}

static int sysfs_open(const char *rel, int flags)
{
	char path[DEVICE_PATH_MAX];
	int fd;

	if (sysfs_path(path, sizeof(path), rel))
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/**
 * sysfs_read() - read an attribute
 * @rel: the file
 * @buf: where to, without the newline at the end
 * @len: room there
 *
 * Return: 0 or a negative errno; -EOVERFLOW if it does not fit.
 */
int sysfs_read(const char *rel, char *buf, size_t len)
{
	int fd = sysfs_open(rel, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, buf, len);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	if ((size_t)n == len)
		return -EOVERFLOW;
	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return 0;
}

int sysfs_read_attr(const char *dir, const char *attr, char *buf, size_t len)
{
	char rel[DEVICE_PATH_MAX];
	int n = snprintf(rel, sizeof(rel), "%s/%s", dir, attr);

	if (n < 0 || (size_t)n >= sizeof(rel))
		return -ENAMETOOLONG;
	return sysfs_read(rel, buf, len);
}

/**
 * sysfs_write() - write an attribute, in one piece
 * @rel: the file, which must exist
 * @value: the text
 *
 * Return: 0 or a negative errno, for a control file the kernel's answer.
 * Never tries again: after -EINTR it is the caller who knows whether to.
 */
int sysfs_write(const char *rel, const char *value)
{
	int fd = sysfs_open(rel, O_WRONLY);
	size_t len = strlen(value);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = write(fd, value, len);
	if (n < 0)
		n = -errno;
	else
		n = (size_t)n == len ? 0 : -EIO;
	close(fd);
	return n;
}

static int id_compare(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

static bool id_from_name(const char *name, const char *prefix,
			 unsigned int *id)
{
	size_t len = strlen(prefix);
	u64 value;

	if (strncmp(name, prefix, len) ||
	    number_parse(name + len, 0, UINT32_MAX, &value))
		return false;
	*id = value;
	return true;
}

static int ids_append(unsigned int **ids, size_t *count, unsigned int id)
{
	unsigned int *more = reallocarray(*ids, *count + 1, sizeof(id));

	if (!more)
		return -ENOMEM;
	more[(*count)++] = id;
	*ids = more;
	return 0;
}

static int ids_scan(DIR *dir, const char *prefix, unsigned int **ids,
		    size_t *count)
{
	struct dirent *entry;
	unsigned int id;
	int ret = 0;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
		if (!id_from_name(entry->d_name, prefix, &id))
			continue;
		ret = ids_append(ids, count, id);
		if (ret)
			return ret;
	}
}

/**
 * sysfs_list_ids() - the numbers N of a directory's entries "prefixN"
 * @rel: the directory
 * @prefix: what comes before the number
 * @ids: result in rising order; the caller frees it
 * @count: how many there are
 *
 * Return: 0 or a negative errno; -ENOENT if there is no such directory.
 */
int sysfs_list_ids(const char *rel, const char *prefix,
		   unsigned int **ids, size_t *count)
{
	char path[DEVICE_PATH_MAX];
	DIR *dir;
	int ret;

	*ids = NULL;
	*count = 0;
	if (sysfs_path(path, sizeof(path), rel))
		return -ENAMETOOLONG;
	dir = opendir(path);
	if (!dir)
		return -errno;
	ret = ids_scan(dir, prefix, ids, count);
	closedir(dir);
	if (ret) {
		free(*ids);
		*ids = NULL;
		return ret;
	}
	if (*count)
		qsort(*ids, *count, sizeof(**ids), id_compare);
	return 0;
}
