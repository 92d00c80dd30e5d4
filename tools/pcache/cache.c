// SPDX-License-Identifier: GPL-2.0
/*
 * cache-start, cache-stop, cache-list: the pmem devices.
 *
 * Owns the keys of cache-list: the first six are those of the RFC, in its
 * order and with its types; new ones go to the end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pcache.h"

#define REGISTER	"bus/pcache/cache_dev_register"
#define UNREGISTER	"bus/pcache/cache_dev_unregister"

static const struct attr cache_attrs[] = {
	{ "magic", "magic", ATTR_HEX64, false },
	{ "version", "version", ATTR_NUMBER, false },
	{ "flags", "flags", ATTR_HEX32, false },
	{ "segment_num", "segment_num", ATTR_NUMBER, false },
	{ "cache_id", NULL, ATTR_OWN_ID, false },
	{ "path", "path", ATTR_TEXT, false },
	{ "uuid", "uuid", ATTR_TEXT, true },
	{ "label", "label", ATTR_TEXT, true },
	{ "segment_size", "segment_size", ATTR_NUMBER, true },
	{ "free_segments", "free_segments", ATTR_NUMBER, true },
	{ "state", "state", ATTR_TEXT, true },
};

static const struct column cache_columns[] = {
	{ "ID", "cache_id", true, false },
	{ "PATH", "path", false, false },
	{ "LABEL", "label", false, false },
	{ "STATE", "state", false, false },
	{ "SEGSIZE", "segment_size", true, true },
	{ "SEGS", "segment_num", true, false },
	{ "FREE", "free_segments", true, false },
	{ "UUID", "uuid", false, false },
};

static const struct list_layout cache_layout = {
	.attrs = cache_attrs,
	.nr_attrs = ARRAY_SIZE(cache_attrs),
	.columns = cache_columns,
	.nr_columns = ARRAY_SIZE(cache_columns),
};

static void register_string(const struct options *o, const char *path,
			    struct control *c)
{
	control_add(c, "path", path);
	control_addf(c, "format", "%d", option_given(o, OPT_FORMAT));
	control_addf(c, "force", "%d", option_given(o, OPT_FORCE));
	if (option_given(o, OPT_LABEL))
		control_add(c, "label", o->value[OPT_LABEL]);
	if (option_given(o, OPT_SEGMENT_SIZE))
		control_addf(c, "segment_size", "%llu",
			     o->number[OPT_SEGMENT_SIZE]);
}

/* Says what is there, if that can be said better than by the driver. */
static int register_failed(const struct subject *s, int ret)
{
	char what[DEVICE_PATH_MAX];

	if (ret != -EEXIST || !signature_of(s->path, what, sizeof(what)))
		return report_errno(s, ret);
	report("%s was not formatted, for it holds %s; --force formats over it",
	       s->path, what);
	return STATUS_LOSS;
}

/*
 * To start what runs is no error: a boot script may be run twice.  But to be
 * asked for a new, empty cache and to leave the old one is not success.
 */
static int register_answer(const struct options *o, struct subject *s, int ret)
{
	bool format = option_given(o, OPT_FORMAT);
	int found = -ENOENT;

	if (!ret || ret == -EEXIST || ret == -EBUSY)
		found = device_find_cache(s->path, &s->cache_id);
	if (ret && found)
		return register_failed(s, ret);
	if (ret && format) {
		report("%s was not formatted: it is running as cache_dev%u (see pcache cache-stop)",
		       s->path, s->cache_id);
		return STATUS_BUSY;
	}
	if (found) {
		report("%s was registered, but no cache device has that path",
		       s->path);
		return STATUS_FAILED;
	}
	if (ret)
		report("%s is running already", s->path);
	printf("cache_dev%u\n", s->cache_id);
	return known_attach(s->cache_id, option_given(o, OPT_VERBOSE));
}

int cache_start(const struct options *o)
{
	struct subject s = { .op = OP_CACHE_START, .path = o->value[OPT_PATH] };
	struct control c = { 0 };
	char path[DEVICE_PATH_MAX];
	int ret;

	ret = device_resolve(s.path, path, sizeof(path));
	if (ret)
		return report_errno(&s, ret);
	s.path = path;
	s.control = c.text;
	register_string(o, path, &c);
	if (c.error) {
		report("'%s' can't be given to the driver", path);
		return STATUS_FAILED;
	}
	ret = module_load();
	if (ret) {
		report("the pcache driver is not loaded, and modprobe pcache failed: %s",
		       strerror(-ret));
		return STATUS_FAILED;
	}
	if (option_given(o, OPT_VERBOSE))
		report("%s <- %s", REGISTER, c.text);
	return register_answer(o, &s, sysfs_write(REGISTER, c.text));
}

int cache_stop(const struct options *o)
{
	struct control c = { 0 };
	struct subject s = {
		.op = OP_CACHE_STOP,
		.control = c.text,
		.cache_id = o->number[OPT_CACHE],
	};
	int ret;

	control_addf(&c, "cache_dev_id", "%u", s.cache_id);
	if (option_given(o, OPT_VERBOSE))
		report("%s <- %s", UNREGISTER, c.text);
	ret = sysfs_write(UNREGISTER, c.text);
	return ret ? report_errno(&s, ret) : STATUS_OK;
}

int cache_list(const struct options *o)
{
	json_object *rows = NULL;
	int ret;

	ret = list_read("bus/pcache/devices", "cache_dev", &cache_layout,
			&rows);
	/* No driver, no caches. */
	if (ret && ret != -ENOENT)
		return STATUS_FAILED;
	return list_print(rows, &cache_layout, option_given(o, OPT_TABLE));
}
