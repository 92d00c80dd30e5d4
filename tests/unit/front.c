// SPDX-License-Identifier: GPL-2.0
/*
 * See front.h.  This file has the front end, of which nothing but its name is left,
 * and reads what the driver shows.
 */
#include "front.h"

#include <linux/module.h>

#include <linux/slab.h>

#include "pcache_node.h"

#define CONTROL_LEN	256

/* That of the current test; a front end does not know where it came from. */
static struct front *front;

/* ---- the front end ---- */

struct pcache_logic *pcache_logic_add(struct pcache_cache *cache,
				      struct device *parent)
{
	struct pcache_logic *logic = kzalloc(sizeof(*logic), GFP_KERNEL);

	if (!logic)
		return ERR_PTR(-ENOMEM);
	logic->cache = cache;
	logic->id = cache->slot;
	return logic;
}

void pcache_logic_show(struct pcache_logic *logic)
{
}

int pcache_logic_close(struct pcache_logic *logic)
{
	return front->open ? -EBUSY : 0;
}

void pcache_logic_reopen(struct pcache_logic *logic)
{
}

void pcache_logic_remove(struct pcache_logic *logic, bool dead)
{
	if (front->at_remove)
		front->at_remove(front);
	kfree(logic);
}

int pcache_logic_bio_module_init(void)
{
	return 0;
}

void pcache_logic_bio_module_exit(void)
{
}

/* ---- life ---- */

static struct pcache_backing_node *node_of(u32 slot)
{
	char name[32];
	struct device *dev;

	snprintf(name, sizeof(name), "backing_dev%u", slot);
	dev = sim_device_find(name);
	return dev ? container_of(dev, struct pcache_backing_node, dev) : NULL;
}

/* The rig gets to know what the driver has made. */
static void look(struct front *f)
{
	struct device *dev = sim_device_find("cache_dev0");
	struct pcache_backing_node *node;
	struct rig *rig = &f->core.rig;
	u32 i;

	rig->dev = dev ? container_of(dev, struct pcache_dev_node, dev)->pool :
		   NULL;
	for (i = 0; i < f->core.opts.nr_caches; i++) {
		node = node_of(i);
		rig->cache[i] = node ? node->cache : NULL;
	}
}

/* Nothing is written back unless a test says so. */
static void tune(struct front *f)
{
	char path[64];
	u32 i;

	for (i = 0; i < f->core.opts.nr_caches; i++) {
		if (!f->core.rig.cache[i])
			continue;
		snprintf(path, sizeof(path), "backing_dev%u/writeback_delay_ms",
			 i);
		assert_true(sim_attr_write(path, "86400000") > 0);
		snprintf(path, sizeof(path), "backing_dev%u/writeback_percent",
			 i);
		assert_true(sim_attr_write(path, "100") > 0);
	}
}

static void load(struct front *f)
{
	/* The rig has done a part of the module's work. */
	pcache_index_module_exit();
	assert_int_equal(init_module(), 0);
	front = f;
}

void front_init(struct front *f)
{
	memset(f, 0, sizeof(*f));
	core_init(&f->core);
}

void front_load(struct front *f)
{
	struct rig *rig = &f->core.rig;
	u32 i;

	/* Smaller segments than the control files make. */
	core_open(&f->core);
	for (i = 0; i < f->core.opts.nr_caches; i++)
		assert_int_equal(rig_stop(rig, i, PCACHE_STOP_KEEP), 0);
	rig_unregister(rig);
	load(f);
}

void front_open(struct front *f)
{
	front_load(f);
	assert_true(front_register(f) > 0);
	assert_non_null(core_cache(&f->core));
	core_write(&f->core, FRONT_HIT, FRONT_HIT_NR, 1);
	rig_settle(&f->core.rig, 0);
	front_told("", "");
	front_forget();
}

void front_power_cycle(struct front *f)
{
	core_power_cycle(&f->core);
	load(f);
}

void front_close(struct front *f)
{
	static const char stop[] = "op=backing-stop,mode=keep,backing_id=";
	u32 i;

	f->open = false;
	f->at_remove = NULL;
	look(f);
	for (i = 0; i < f->core.opts.nr_caches; i++)
		if (f->core.rig.cache[i])
			assert_true(front_adm(f, "%s%u", stop, i) > 0);
	cleanup_module();
	assert_int_equal(world_destroy(f->core.world), 0);
}

int front_register(struct front *f)
{
	int ret;

	ret = sim_bus_write("cache_dev_register", "path=/dev/pmem0");
	look(f);
	tune(f);
	return ret;
}

int front_adm(struct front *f, const char *fmt, ...)
{
	char text[CONTROL_LEN];
	va_list args;
	int ret;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ret = sim_attr_write("cache_dev0/adm", text);
	look(f);
	return ret;
}

int front_stop(struct front *f, const char *mode)
{
	return front_adm(f, "op=backing-stop,backing_id=0,mode=%s", mode);
}

/* ---- what is seen ---- */

const char *front_attr(const char *name)
{
	static char buf[PAGE_SIZE + 1];
	char path[128];
	ssize_t len;

	snprintf(path, sizeof(path), "%s%s", strncmp(name, "cache_dev0/", 11) &&
		 strncmp(name, "backing_dev1/", 13) ? "backing_dev0/" : "", name);
	len = sim_attr_read(path, buf);
	if (len < 0)
		fail_msg("%s: %zd", path, len);
	/* A list has many lines, and may be empty. */
	if (len && buf[len - 1] == '\n')
		buf[len - 1] = 0;
	return buf;
}

u64 front_number(const char *name)
{
	return strtoull(front_attr(name), NULL, 10);
}

void front_forget(void)
{
	sim_klog_clear();
}

/* Is @word, which ends with a space or the end, one of @line's up to its end? */
static bool line_has(const char *line, const char *word, size_t len)
{
	const char *end = strchrnul(line, '\n');
	const char *at;

	for (at = line; (at = strstr(at, word)) && at < end; at++)
		if (at[-1] == ' ' && (at[len] == ' ' || at[len] == '\n'))
			return true;
	return false;
}

static bool line_has_all(const char *line, const char *words)
{
	char word[64];
	size_t len;

	for (; *words; words += len + !!words[len]) {
		len = strcspn(words, " ");
		memcpy(word, words, len);
		word[len] = 0;
		if (!line_has(line, word, len))
			return false;
	}
	return true;
}

bool front_told(const char *event, const char *words)
{
	static const char start[] = "uevent: change cache_dev0 PCACHE_EVENT=";
	size_t len = strlen(event);
	const char *at;

	sim_sleep(1100 * NSEC_PER_MSEC);
	sim_quiesce();
	for (at = sim_klog(); (at = strstr(at, start)); at++) {
		const char *name = at + sizeof(start) - 1;

		if (!len || (!strncmp(name, event, len) && name[len] == ' ' &&
			     line_has_all(name, words)))
			return true;
	}
	return false;
}

/* The line is that of the test, which says more than one of this file. */
static void check(bool good, const char *what, const char *more,
		  const char *file, int line)
{
	if (good)
		return;
	print_error("%s %s in: %s\n", what, more, sim_klog());
	_fail(file, line);
}

void front_expect_told(const char *event, const char *words, const char *file,
		       int line)
{
	check(front_told(event, words), event, words, file, line);
}

void front_expect_told_nothing(const char *file, int line)
{
	check(!front_told("", ""), "not nothing", "was told", file, line);
}

void front_expect_logged(const char *text, const char *file, int line)
{
	check(sim_klog_has(text), "no line", text, file, line);
}

void expect_hits(struct front *f)
{
	u64 reads = sim_disk_stats(f->core.rig.disk[0]).reads;
	u64 missed = front_number("stats/misses");
	u32 i;

	for (i = 0; i < FRONT_HIT_NR; i += 8)
		core_expect(&f->core, FRONT_HIT + i, 8, 1);
	core_expect(&f->core, FRONT_HIT, FRONT_HIT_NR, 1);
	assert_int_equal(front_number("stats/misses"), missed);
	assert_int_equal(sim_disk_stats(f->core.rig.disk[0]).reads, reads);
}

void expect_no_device(struct front *f)
{
	expect_attr("mapped_id", "none");
	assert_null(core_cache(&f->core));
}

void expect_no_trouble(void)
{
	static const char * const news[] = {
		"mode", "condition", "waiting", "detached",
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(news); i++)
		if (front_told(news[i], ""))
			fail_msg("%s was told: %s", news[i], sim_klog());
}

void register_attaches(struct front *f)
{
	assert_true(front_register(f) > 0);
	expect_told("attached", "BACKING_ID=0 LOGIC_DEV=pcache0 MODE=running CONDITION=ok");
	expect_no_trouble();
	expect_attr("state", "running");
	expect_attr("mode", "running");
	expect_hits(f);
}

void register_waits(struct front *f, const char *state, int err,
		    const char *text)
{
	struct core_images before, after;

	core_snapshot(&f->core, &before);
	assert_true(front_register(f) > 0);
	expect_attr("cache_dev0/state", state);
	expect_attr("state", "waiting");
	expect_no_device(f);
	expect_told("waiting", "BACKING_ID=0");
	assert_false(front_told("attached", ""));
	assert_int_equal(front_adm(f, "op=backing-start,path=/dev/vdb"), err);
	expect_logged(text);
	expect_no_device(f);
	core_snapshot(&f->core, &after);
	assert_true(sim_image_equal(before.pmem, after.pmem));
	assert_true(sim_image_equal(before.disks[0], after.disks[0]));
	core_images_free(&before);
	core_images_free(&after);
}

void expect_eio(struct front *f, u64 sector, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		assert_int_equal(core_read(&f->core, sector + i, 1),
				 BLK_STS_IOERR);
}
