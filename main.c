// SPDX-License-Identifier: GPL-2.0
/*
 * Module, bus, and the two control files of the bus.
 *
 *	/sys/bus/pcache/cache_dev_register	path=,format=,force=,...
 *	/sys/bus/pcache/cache_dev_unregister	cache_dev_id=
 *
 * A running backing pins the module, and so does a command while it runs; an idle
 * cache device does not, and goes with the module.
 *
 * Locks: nodes_lock protects the list of cache devices and serialises the two
 * commands.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "pcache_node.h"

#define SEGMENT_SIZE_DEFAULT	SZ_16M
#define SEGMENT_SIZE_MIN	SZ_1M

static DEFINE_MUTEX(nodes_lock);
static LIST_HEAD(nodes);
static DEFINE_IDA(node_ids);
static struct device *pcache_root;

/*
 * The module's exit must not begin while a command runs: it takes for granted
 * that nothing starts any more.
 */
static ssize_t bus_command(int (*run)(const char *buf, size_t count),
			   const char *buf, size_t count)
{
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	err = run(buf, count);
	module_put(THIS_MODULE);
	return err ?: count;
}

/* ---- registering ---- */

static int register_parse(const struct pcache_opts *opts,
			  struct pcache_cache_dev_opts *dev_opts)
{
	u64 segment_size = SEGMENT_SIZE_DEFAULT;
	int err;

	err = pcache_opts_text(opts, PCACHE_OPT_PATH, PCACHE_PATH_LEN,
			       &dev_opts->path);
	if (!err && !dev_opts->path) {
		pr_err("cache_dev_register: path= is missing\n");
		err = -EINVAL;
	}
	if (!err)
		err = pcache_opts_text(opts, PCACHE_OPT_LABEL, PCACHE_LABEL_LEN,
				       &dev_opts->label);
	if (!err)
		err = pcache_opts_bool(opts, PCACHE_OPT_FORMAT,
				       &dev_opts->format);
	if (!err)
		err = pcache_opts_bool(opts, PCACHE_OPT_FORCE,
				       &dev_opts->force);
	if (!err)
		err = pcache_opts_number(opts, PCACHE_OPT_SEGMENT_SIZE,
					 SEGMENT_SIZE_MIN,
					 1U << PCACHE_SEG_SHIFT_MAX,
					 &segment_size);
	dev_opts->segment_size = segment_size;
	return err;
}

static struct pcache_dev_node *node_find_path(const char *path)
{
	struct pcache_dev_node *node;
	dev_t devt;

	if (lookup_bdev(path, &devt))
		return NULL;
	list_for_each_entry(node, &nodes, list) {
		if (file_bdev(node->pool->bdev_file)->bd_dev == devt)
			return node;
	}
	return NULL;
}

/*
 * Attach what is known and can be had; the others wait.  A backing without
 * identity is never attached unasked: its path may be another disk's by now.
 */
static void node_attach_known(struct pcache_dev_node *node)
{
	struct pcache_cache_dev *pool = node->pool;
	u32 i;

	mutex_lock(&pool->admin_lock);
	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		struct pcache_slot *slot = &pool->slots[i];
		struct pcache_start_opts opts = {
			.path = slot->info.path, .id = "", .known_only = true,
		};

		if (slot->err || slot->info.state != PCACHE_SLOT_ACTIVE ||
		    slot->cache)
			continue;
		if (slot->info.id[0])
			pcache_backing_node_start(node, &opts);
		if (!slot->cache)
			pcache_backing_node_add_waiting(node, i);
	}
	mutex_unlock(&pool->admin_lock);
}

static int node_register(const struct pcache_cache_dev_opts *opts)
{
	struct pcache_dev_node *node;
	struct pcache_cache_dev *pool;
	int id;

	node = node_find_path(opts->path);
	if (node && opts->format) {
		pr_err("%s: is in use as %s, not formatted\n", opts->path,
		       dev_name(&node->dev));
		return -EBUSY;
	}
	if (node) {
		/* A disk that was missing may have come. */
		node_attach_known(node);
		return 0;
	}
	pool = pcache_cache_dev_open(opts);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	pcache_pool_scan(pool);
	id = ida_alloc(&node_ids, GFP_KERNEL);
	if (id < 0) {
		pcache_cache_dev_close(pool);
		return id;
	}
	node = pcache_dev_node_add(pool, id, pcache_root);
	if (IS_ERR(node)) {
		ida_free(&node_ids, id);
		pcache_cache_dev_close(pool);
		return PTR_ERR(node);
	}
	list_add_tail(&node->list, &nodes);
	node_attach_known(node);
	return 0;
}

static int register_command(const char *buf, size_t count)
{
	struct pcache_cache_dev_opts dev_opts = {};
	struct pcache_opts opts;
	int err;

	err = pcache_opts_parse(&opts, buf, count,
				PCACHE_OPT_BIT(PCACHE_OPT_PATH) |
				PCACHE_OPT_BIT(PCACHE_OPT_FORMAT) |
				PCACHE_OPT_BIT(PCACHE_OPT_FORCE) |
				PCACHE_OPT_BIT(PCACHE_OPT_LABEL) |
				PCACHE_OPT_BIT(PCACHE_OPT_SEGMENT_SIZE));
	if (err)
		return err;
	err = register_parse(&opts, &dev_opts);
	if (!err) {
		mutex_lock(&nodes_lock);
		err = node_register(&dev_opts);
		mutex_unlock(&nodes_lock);
	}
	pcache_opts_free(&opts);
	return err;
}

static ssize_t cache_dev_register_store(const struct bus_type *bus,
					const char *buf, size_t count)
{
	return bus_command(register_command, buf, count);
}
static BUS_ATTR_WO(cache_dev_register);

/* ---- unregistering ---- */

static void node_unregister(struct pcache_dev_node *node)
{
	struct pcache_cache_dev *pool = node->pool;
	u32 id = node->dev.id;

	list_del(&node->list);
	pcache_dev_node_remove(node);
	pcache_cache_dev_close(pool);
	ida_free(&node_ids, id);
}

static int node_unregister_id(u32 id)
{
	struct pcache_dev_node *node;

	list_for_each_entry(node, &nodes, list) {
		if (node->dev.id != id)
			continue;
		if (pcache_dev_node_close(node)) {
			pr_err("%s: backings are attached\n",
			       dev_name(&node->dev));
			return -EBUSY;
		}
		node_unregister(node);
		return 0;
	}
	pr_err("cache_dev_id=%u: no such cache device\n", id);
	return -ENODEV;
}

static int unregister_command(const char *buf, size_t count)
{
	struct pcache_opts opts;
	u64 id = U64_MAX;
	int err;

	err = pcache_opts_parse(&opts, buf, count,
				PCACHE_OPT_BIT(PCACHE_OPT_CACHE_DEV_ID));
	if (err)
		return err;
	err = pcache_opts_number(&opts, PCACHE_OPT_CACHE_DEV_ID, 0, U32_MAX,
				 &id);
	if (!err && id == U64_MAX) {
		pr_err("cache_dev_unregister: cache_dev_id= is missing\n");
		err = -EINVAL;
	}
	if (!err) {
		mutex_lock(&nodes_lock);
		err = node_unregister_id(id);
		mutex_unlock(&nodes_lock);
	}
	pcache_opts_free(&opts);
	return err;
}

static ssize_t cache_dev_unregister_store(const struct bus_type *bus,
					  const char *buf, size_t count)
{
	return bus_command(unregister_command, buf, count);
}
static BUS_ATTR_WO(cache_dev_unregister);

static struct attribute *pcache_bus_attrs[] = {
	&bus_attr_cache_dev_register.attr,
	&bus_attr_cache_dev_unregister.attr,
	NULL
};
ATTRIBUTE_GROUPS(pcache_bus);

const struct bus_type pcache_bus = {
	.name		= "pcache",
	.bus_groups	= pcache_bus_groups,
};

/* ---- module ---- */

static void slabs_exit(void)
{
	pcache_logic_bio_module_exit();
	pcache_index_module_exit();
}

static int slabs_init(void)
{
	int err;

	err = pcache_index_module_init();
	if (!err)
		err = pcache_logic_bio_module_init();
	if (err)
		slabs_exit();
	return err;
}

static int __init pcache_init(void)
{
	int err;

	err = slabs_init();
	if (err)
		return err;
	pcache_root = root_device_register("pcache");
	if (IS_ERR(pcache_root)) {
		err = PTR_ERR(pcache_root);
		goto free_slabs;
	}
	err = bus_register(&pcache_bus);
	if (err)
		goto unregister_root;
	return 0;

unregister_root:
	root_device_unregister(pcache_root);
free_slabs:
	slabs_exit();
	return err;
}

static void __exit pcache_exit(void)
{
	struct pcache_dev_node *node, *tmp;

	mutex_lock(&nodes_lock);
	/* None has a backing that is attached: it would pin the module. */
	list_for_each_entry_safe(node, tmp, &nodes, list) {
		WARN_ON(pcache_dev_node_close(node));
		node_unregister(node);
	}
	mutex_unlock(&nodes_lock);
	bus_unregister(&pcache_bus);
	root_device_unregister(pcache_root);
	slabs_exit();
	ida_destroy(&node_ids);
}

module_init(pcache_init);
module_exit(pcache_exit);

MODULE_DESCRIPTION("Persistent-memory cache for block devices");
MODULE_LICENSE("GPL");
