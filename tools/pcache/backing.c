// SPDX-License-Identifier: GPL-2.0
/*
 * backing-start, backing-stop, backing-give-up, backing-list: the disks behind a
 * cache device.
 *
 * Owns the keys of backing-list: the first six are those of the RFC, in its
 * order and with its types; new ones go to the end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "pcache.h"
#include "../../pcache_format.h"

#define MIB_SHIFT	20

static const struct attr backing_attrs[] = {
	{ "backing_id", NULL, ATTR_OWN_ID, false },
	{ "backing_path", "path", ATTR_TEXT, false },
	{ "cache_segs", "cache_segs", ATTR_NUMBER, false },
	{ "cache_gc_percent", "cache_gc_percent", ATTR_NUMBER, false },
	{ "cache_used_segs", "cache_used_segs", ATTR_NUMBER, false },
	{ "logic_dev", "mapped_id", ATTR_NODE, false },
	{ "uuid", "uuid", ATTR_TEXT, true },
	{ "size", "size", ATTR_NUMBER, true },
	{ "state", "state", ATTR_TEXT, true },
	{ "condition", "condition", ATTR_TEXT, true },
	{ "dirty_bytes", "dirty_bytes", ATTR_NUMBER, true },
	{ "queue_mode", "queue_mode", ATTR_TEXT, true },
	{ "queues", "queues", ATTR_NUMBER, true },
	{ "writeback_order", "writeback_order", ATTR_TEXT, true },
	{ "data_crc", "data_crc", ATTR_BOOL, true },
	{ "clean_lsn", "clean_lsn", ATTR_NUMBER, true },
	{ "evict_lsn", "evict_lsn", ATTR_NUMBER, true },
	{ "id", "id", ATTR_TEXT, true },
	{ "mode", "mode", ATTR_TEXT, true },
	{ "lost", "lost", ATTR_NUMBER, true },
	{ "checkpoint_lsn", "checkpoint_lsn", ATTR_NUMBER, true },
};

static const struct column backing_columns[] = {
	{ "ID", "backing_id", true, false },
	{ "DEVICE", "logic_dev", false, false },
	{ "BACKING", "backing_path", false, false },
	{ "SIZE", "size", true, true },
	{ "STATE", "state", false, false },
	{ "MODE", "mode", false, false },
	{ "CONDITION", "condition", false, false },
	{ "SEGS", "cache_segs", true, false },
	{ "USED", "cache_used_segs", true, false },
	{ "DIRTY", "dirty_bytes", true, true },
	{ "LOST", "lost", true, true },
	{ "GC%", "cache_gc_percent", true, false },
	{ "QUEUE", "queue_mode", false, false },
	{ "ORDER", "writeback_order", false, false },
};

static const struct list_layout backing_layout = {
	.attrs = backing_attrs,
	.nr_attrs = ARRAY_SIZE(backing_attrs),
	.columns = backing_columns,
	.nr_columns = ARRAY_SIZE(backing_columns),
};

/* Where the commands for the backings of a cache go. */
static void adm_path(char *buf, size_t len, unsigned int cache_id)
{
	char dir[DEVICE_NAME_MAX];

	device_cache_dir(dir, cache_id);
	snprintf(buf, len, "%s/adm", dir);
}

static int missing_cache(unsigned int cache_id)
{
	report("there is no cache_dev%u", cache_id);
	return STATUS_MISSING;
}

static void add_word(struct control *c, const struct options *o,
		     enum option_id id, const char *key)
{
	if (option_given(o, id))
		control_add(c, key, o->value[id]);
}

/* What was not asked for is left out: the driver's default, or what it knows. */
static void start_string(const struct options *o, const char *path,
			 struct control *c)
{
	char identity[PCACHE_ID_LEN];
	u64 size = o->number[OPT_CACHE_SIZE];

	control_add(c, "op", "backing-start");
	control_add(c, "path", path);
	if (!identity_of(path, identity, sizeof(identity)))
		control_add(c, "id", identity);
	if (option_given(o, OPT_QUEUES))
		control_addf(c, "queues", "%llu", o->number[OPT_QUEUES]);
	add_word(c, o, OPT_QUEUE_MODE, "queue_mode");
	if (option_given(o, OPT_CACHE_SIZE))
		control_addf(c, "cache_size", "%llu",
			     ((size - 1) >> MIB_SHIFT) + 1);
	if (option_given(o, OPT_DATA_CRC))
		control_add(c, "data_crc", "1");
	add_word(c, o, OPT_WRITEBACK_ORDER, "writeback_order");
	add_word(c, o, OPT_FORCE_WHAT, "force");
}

/* "In use" is a poor answer if it is a cache that uses it. */
static bool reported_cache_of(const struct subject *s)
{
	unsigned int *ids, backing_id;
	bool found = false;
	size_t count, i;

	if (sysfs_list_ids("bus/pcache/devices", "cache_dev", &ids, &count))
		return false;
	for (i = 0; i < count && !found; i++) {
		if (device_find_backing(ids[i], s->path, &backing_id))
			continue;
		report("%s is attached to cache_dev%u", s->path, ids[i]);
		found = true;
	}
	free(ids);
	return found;
}

static int start_print(const struct subject *s)
{
	char node[DEVICE_NAME_MAX];
	int ret = device_wait_node(s->cache_id, s->backing_id, node,
				   sizeof(node));

	if (!ret) {
		puts(node);
		return STATUS_OK;
	}
	if (ret == -ETIMEDOUT)
		report("%s is attached, but the node %s did not appear",
		       s->path, node);
	else
		report("%s has no logic device: see backing_dev%u in pcache backing-list",
		       s->path, s->backing_id);
	return STATUS_FAILED;
}

/* To attach what is attached here is no error: its node is printed. */
static int start_answer(struct subject *s, int ret)
{
	if (ret && ret != -EEXIST) {
		if (ret == -EBUSY && reported_cache_of(s))
			return STATUS_BUSY;
		return report_errno(s, ret);
	}
	if (device_find_backing(s->cache_id, s->path, &s->backing_id)) {
		if (ret)
			return reported_cache_of(s) ? STATUS_BUSY :
						       report_errno(s, ret);
		report("%s was attached, but no backing of cache_dev%u has that path",
		       s->path, s->cache_id);
		return STATUS_FAILED;
	}
	if (ret)
		report("%s is attached already; its options stay as they are",
		       s->path);
	return start_print(s);
}

int backing_start(const struct options *o)
{
	char path[DEVICE_PATH_MAX], adm[DEVICE_NAME_MAX + 8];
	struct control c = { 0 };
	struct subject s = {
		.op = OP_BACKING_START,
		.path = o->value[OPT_PATH],
		.control = c.text,
		.cache_id = o->number[OPT_CACHE],
	};
	int ret;

	if (option_given(o, OPT_KNOWN))
		return option_given(o, OPT_PATH) ? known_attach_disk(o) :
						   known_attach_all(o);
	adm_path(adm, sizeof(adm), s.cache_id);
	if (!sysfs_exists(adm))
		return missing_cache(s.cache_id);
	ret = device_resolve(s.path, path, sizeof(path));
	if (ret)
		return report_errno(&s, ret);
	s.path = path;
	start_string(o, path, &c);
	if (c.error) {
		report("'%s' can't be given to the driver", path);
		return STATUS_FAILED;
	}
	if (option_given(o, OPT_VERBOSE))
		report("%s <- %s", adm, c.text);
	return start_answer(&s, sysfs_write(adm, c.text));
}

/* Finds out which backing is meant; 0 or an exit status. */
static int stop_target(const struct options *o, struct subject *s)
{
	unsigned int cache_id;

	s->cache_id = o->number[OPT_CACHE];
	s->backing_id = o->number[OPT_BACKING];
	if (!o->node)
		return 0;
	if (device_find_logic(o->node, &cache_id, &s->backing_id)) {
		report("there is no logic device %s", o->node);
		return STATUS_MISSING;
	}
	if (option_given(o, OPT_CACHE) && cache_id != s->cache_id)
		return report_usage("--cache: %s belongs to cache_dev%u, not to cache_dev%u",
				    o->node, cache_id, s->cache_id);
	s->cache_id = cache_id;
	return 0;
}

static int stop_write(const struct options *o, const struct subject *s)
{
	char dir[DEVICE_NAME_MAX], dirty[DEVICE_NAME_MAX + 16];
	char adm[DEVICE_NAME_MAX + 8];

	adm_path(adm, sizeof(adm), s->cache_id);
	device_backing_dir(dir, s->cache_id, s->backing_id);
	snprintf(dirty, sizeof(dirty), "%s/dirty_bytes", dir);
	if (!sysfs_exists(dir))
		return -ENOENT;
	if (option_given(o, OPT_VERBOSE))
		report("%s <- %s", adm, s->control);
	return drain_write(adm, s->control, dirty,
			   option_given(o, OPT_PROGRESS));
}

int backing_stop(const struct options *o)
{
	const char *mode = o->value[OPT_MODE];
	struct control c = { 0 };
	struct subject s = { .op = OP_BACKING_STOP, .control = c.text };
	int ret;

	ret = stop_target(o, &s);
	if (ret)
		return ret;
	control_add(&c, "op", "backing-stop");
	control_addf(&c, "backing_id", "%u", s.backing_id);
	control_add(&c, "mode", mode ? mode : "drain");
	ret = stop_write(o, &s);
	return ret ? report_errno(&s, ret) : STATUS_OK;
}

int backing_give_up(const struct options *o)
{
	char adm[DEVICE_NAME_MAX + 8], dir[DEVICE_NAME_MAX];
	struct control c = { 0 };
	struct subject s = { .op = OP_BACKING_GIVE_UP, .control = c.text };
	int ret;

	ret = stop_target(o, &s);
	if (ret)
		return ret;
	adm_path(adm, sizeof(adm), s.cache_id);
	device_backing_dir(dir, s.cache_id, s.backing_id);
	if (!sysfs_exists(dir))
		return report_errno(&s, -ENOENT);
	control_add(&c, "op", "backing-give-up");
	control_addf(&c, "backing_id", "%u", s.backing_id);
	control_addf(&c, "sector", "%llu", o->number[OPT_SECTOR]);
	control_addf(&c, "sectors", "%llu", o->number[OPT_SECTORS]);
	if (option_given(o, OPT_VERBOSE))
		report("%s <- %s", adm, c.text);
	ret = sysfs_write(adm, c.text);
	return ret ? report_errno(&s, ret) : STATUS_OK;
}

int backing_list(const struct options *o)
{
	unsigned int cache_id = o->number[OPT_CACHE];
	json_object *rows = NULL;
	char dir[DEVICE_NAME_MAX];
	int ret;

	device_cache_dir(dir, cache_id);
	ret = list_read(dir, "backing_dev", &backing_layout, &rows);
	/* Who named a cache wants that one; else "none" is an answer. */
	if (ret == -ENOENT && option_given(o, OPT_CACHE))
		return missing_cache(cache_id);
	if (ret && ret != -ENOENT)
		return STATUS_FAILED;
	return list_print(rows, &backing_layout, option_given(o, OPT_TABLE));
}
