// SPDX-License-Identifier: GPL-2.0
/*
 * cache_devN: attributes of a cache device, and the command file adm.
 *
 *	op=backing-start,path=,...
 *	op=backing-stop,backing_id=,mode=
 *
 * Context: process.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/unaligned.h>

#include "pcache_node.h"

static struct pcache_dev_node *to_node(struct device *dev)
{
	return container_of(dev, struct pcache_dev_node, dev);
}

static struct pcache_cache_dev *to_pool(struct device *dev)
{
	return to_node(dev)->pool;
}

/* ---- attributes ---- */

static ssize_t path_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", to_pool(dev)->path);
}
static DEVICE_ATTR_ADMIN_RO(path);

static ssize_t uuid_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%pU\n", to_pool(dev)->uuid);
}
static DEVICE_ATTR_RO(uuid);

static ssize_t label_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n", to_pool(dev)->label);
}
static DEVICE_ATTR_RO(label);

static ssize_t magic_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "0x%016llx\n",
			  get_unaligned_le64(PCACHE_MAGIC));
}
static DEVICE_ATTR_RO(magic);

static ssize_t version_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%u\n", to_pool(dev)->version);
}
static DEVICE_ATTR_RO(version);

static ssize_t flags_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "0x%08llx\n", to_pool(dev)->incompat);
}
static DEVICE_ATTR_RO(flags);

static ssize_t segment_size_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_pool(dev)->geo.seg_size);
}
static DEVICE_ATTR_RO(segment_size);

static ssize_t segment_num_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_pool(dev)->geo.nr_segs);
}
static DEVICE_ATTR_RO(segment_num);

/* What no backing was promised. */
static ssize_t free_segments_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	struct pcache_cache_dev *pool = to_pool(dev);
	u32 usable = pool->geo.nr_segs - pool->geo.meta_segs -
		     READ_ONCE(pool->nr_retired);
	u32 promised = READ_ONCE(pool->promised);

	return sysfs_emit(buf, "%u\n", usable - min(promised, usable));
}
static DEVICE_ATTR_RO(free_segments);

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct pcache_cache_dev *pool = to_pool(dev);

	return sysfs_emit(buf, "%s\n", pool->headers_bad || pool->slots_bad ?
			  "damaged" : "running");
}
static DEVICE_ATTR_RO(state);

/* ---- adm ---- */

/* A command of adm. */
enum adm_op {
	ADM_START,
	ADM_STOP,
	ADM_GIVE_UP,
};

static const char * const op_names[] = {
	[ADM_START]	= "backing-start",
	[ADM_STOP]	= "backing-stop",
	[ADM_GIVE_UP]	= "backing-give-up",
};

static const char * const queue_mode_names[] = { "mq", "bio" };
static const char * const order_names[] = { "strict", "relaxed" };
static const char * const force_names[] = {
	[PCACHE_FORCE_NONE]		= "",
	[PCACHE_FORCE_DISCARD_CLEAN]	= "discard-clean",
	[PCACHE_FORCE_DISCARD_DIRTY]	= "discard-dirty",
	[PCACHE_FORCE_ACCEPT_DAMAGE]	= "accept-damage",
};

static const char * const stop_mode_names[] = {
	[PCACHE_STOP_DRAIN]		= "drain",
	[PCACHE_STOP_KEEP]		= "keep",
	[PCACHE_STOP_DISCARD_DIRTY]	= "discard-dirty",
};

static int start_parse_sizes(const struct pcache_opts *opts,
			     struct pcache_start_opts *start)
{
	u64 queues = 0, megabytes = 0;
	int err;

	err = pcache_opts_number(opts, PCACHE_OPT_QUEUES, 1, PCACHE_MAX_QUEUES,
				 &queues);
	if (!err)
		err = pcache_opts_number(opts, PCACHE_OPT_CACHE_SIZE, 1,
					 U64_MAX >> 20, &megabytes);
	start->queues = queues;
	start->cache_bytes = megabytes << 20;
	return err;
}

static int start_parse_modes(const struct pcache_opts *opts,
			     struct pcache_start_opts *start)
{
	u32 bio = 0, relaxed = 0, force = PCACHE_FORCE_NONE;
	int err;

	err = pcache_opts_choice(opts, PCACHE_OPT_QUEUE_MODE, queue_mode_names,
				 ARRAY_SIZE(queue_mode_names), &bio);
	if (!err)
		err = pcache_opts_choice(opts, PCACHE_OPT_WRITEBACK_ORDER,
					 order_names, ARRAY_SIZE(order_names),
					 &relaxed);
	if (!err)
		err = pcache_opts_bool(opts, PCACHE_OPT_DATA_CRC,
				       &start->data_crc);
	if (!err)
		err = pcache_opts_choice(opts, PCACHE_OPT_FORCE, force_names,
					 ARRAY_SIZE(force_names), &force);
	start->force = force;
	start->queue_bio = bio;
	start->relaxed = relaxed;
	start->set_queue_mode = opts->value[PCACHE_OPT_QUEUE_MODE];
	start->set_order = opts->value[PCACHE_OPT_WRITEBACK_ORDER];
	start->set_data_crc = opts->value[PCACHE_OPT_DATA_CRC];
	return err;
}

static int adm_start(struct pcache_dev_node *node,
		     const struct pcache_opts *opts)
{
	struct pcache_start_opts start = { .id = "" };
	int err;

	err = pcache_opts_text(opts, PCACHE_OPT_PATH, PCACHE_PATH_LEN,
			       &start.path);
	if (!err && !start.path) {
		pr_err("backing-start: path= is missing\n");
		err = -EINVAL;
	}
	if (!err)
		err = pcache_opts_text(opts, PCACHE_OPT_ID, PCACHE_ID_LEN,
				       &start.id);
	if (!err)
		err = start_parse_sizes(opts, &start);
	if (!err)
		err = start_parse_modes(opts, &start);
	if (err)
		return err;
	mutex_lock(&node->pool->admin_lock);
	err = pcache_backing_node_start(node, &start);
	mutex_unlock(&node->pool->admin_lock);
	return err;
}

/* A number without default: of backing-stop and backing-give-up. */
static int parse_needed(const struct pcache_opts *opts, enum pcache_opt opt,
			u64 min, u64 max, u64 *value)
{
	if (!opts->value[opt]) {
		pr_err("%s: %s= is missing\n", opts->value[PCACHE_OPT_OP],
		       pcache_opt_name(opt));
		return -EINVAL;
	}
	return pcache_opts_number(opts, opt, min, max, value);
}

static int adm_give_up(struct pcache_dev_node *node,
		       const struct pcache_opts *opts)
{
	struct pcache_range range;
	u64 slot;
	int err;

	err = parse_needed(opts, PCACHE_OPT_BACKING_ID, 0, PCACHE_NR_SLOTS - 1,
			   &slot);
	if (!err)
		err = parse_needed(opts, PCACHE_OPT_SECTOR, 0, U64_MAX,
				   &range.sector);
	if (!err)
		err = parse_needed(opts, PCACHE_OPT_SECTORS, 1, U64_MAX,
				   &range.nr);
	if (err)
		return err;
	return pcache_backing_node_give_up(node, slot, &range);
}

static int adm_stop(struct pcache_dev_node *node,
		    const struct pcache_opts *opts)
{
	u32 mode = PCACHE_STOP_DRAIN;
	u64 slot;
	int err;

	err = parse_needed(opts, PCACHE_OPT_BACKING_ID, 0, PCACHE_NR_SLOTS - 1,
			   &slot);
	if (!err)
		err = pcache_opts_choice(opts, PCACHE_OPT_MODE,
					 stop_mode_names,
					 ARRAY_SIZE(stop_mode_names), &mode);
	if (err)
		return err;
	return pcache_backing_node_stop(node, slot, mode);
}

#define ADM_START_OPTS	(PCACHE_OPT_BIT(PCACHE_OPT_PATH) |		\
			 PCACHE_OPT_BIT(PCACHE_OPT_ID) |		\
			 PCACHE_OPT_BIT(PCACHE_OPT_QUEUES) |		\
			 PCACHE_OPT_BIT(PCACHE_OPT_QUEUE_MODE) |	\
			 PCACHE_OPT_BIT(PCACHE_OPT_CACHE_SIZE) |	\
			 PCACHE_OPT_BIT(PCACHE_OPT_DATA_CRC) |		\
			 PCACHE_OPT_BIT(PCACHE_OPT_WRITEBACK_ORDER) |	\
			 PCACHE_OPT_BIT(PCACHE_OPT_FORCE))
#define ADM_STOP_OPTS	(PCACHE_OPT_BIT(PCACHE_OPT_BACKING_ID) |	\
			 PCACHE_OPT_BIT(PCACHE_OPT_MODE))
#define ADM_GIVE_UP_OPTS						\
			(PCACHE_OPT_BIT(PCACHE_OPT_BACKING_ID) |	\
			 PCACHE_OPT_BIT(PCACHE_OPT_SECTOR) |		\
			 PCACHE_OPT_BIT(PCACHE_OPT_SECTORS))

/* Each command's own, besides op=. */
static const u32 op_opts[] = {
	[ADM_START]	= ADM_START_OPTS,
	[ADM_STOP]	= ADM_STOP_OPTS,
	[ADM_GIVE_UP]	= ADM_GIVE_UP_OPTS,
};

/* Which command it is, there is no default; and is all that was given its? */
static int adm_op(const struct pcache_opts *opts, u32 *op)
{
	int opt, err;

	if (!opts->value[PCACHE_OPT_OP]) {
		pr_err("adm: op= is missing\n");
		return -EINVAL;
	}
	err = pcache_opts_choice(opts, PCACHE_OPT_OP, op_names,
				 ARRAY_SIZE(op_names), op);
	for (opt = 0; opt < PCACHE_NR_OPTS && !err; opt++) {
		if (opt == PCACHE_OPT_OP || !opts->value[opt] ||
		    op_opts[*op] & PCACHE_OPT_BIT(opt))
			continue;
		pr_err("%s: takes no %s=\n", op_names[*op],
		       pcache_opt_name(opt));
		err = -EINVAL;
	}
	return err;
}

static int adm_command(struct pcache_dev_node *node, const char *buf,
		       size_t count)
{
	struct pcache_opts opts;
	u32 op = ADM_START;
	int err;

	err = pcache_opts_parse(&opts, buf, count,
				PCACHE_OPT_BIT(PCACHE_OPT_OP) | ADM_START_OPTS |
				ADM_STOP_OPTS | ADM_GIVE_UP_OPTS);
	if (err)
		return err;
	err = adm_op(&opts, &op);
	if (!err && op == ADM_START)
		err = adm_start(node, &opts);
	else if (!err && op == ADM_STOP)
		err = adm_stop(node, &opts);
	else if (!err)
		err = adm_give_up(node, &opts);
	pcache_opts_free(&opts);
	return err;
}

static ssize_t adm_store(struct device *dev, struct device_attribute *attr,
			 const char *buf, size_t count)
{
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	/* As in main.c: nothing may be attached once the module goes. */
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	err = adm_command(to_node(dev), buf, count);
	module_put(THIS_MODULE);
	return err ?: count;
}
static DEVICE_ATTR_WO(adm);

static struct attribute *cache_dev_attrs[] = {
	&dev_attr_path.attr,
	&dev_attr_uuid.attr,
	&dev_attr_label.attr,
	&dev_attr_magic.attr,
	&dev_attr_version.attr,
	&dev_attr_flags.attr,
	&dev_attr_segment_size.attr,
	&dev_attr_segment_num.attr,
	&dev_attr_free_segments.attr,
	&dev_attr_state.attr,
	&dev_attr_adm.attr,
	NULL
};
ATTRIBUTE_GROUPS(cache_dev);

/* ---- life cycle ---- */

static void node_release(struct device *dev)
{
	kfree(to_node(dev));
}

static const struct device_type cache_dev_type = {
	.name		= "cache_dev",
	.groups		= cache_dev_groups,
	.release	= node_release,
};

/**
 * pcache_dev_node_add - make cache_devN appear
 * @pool: the cache device
 * @id: N
 * @parent: root device of the driver
 *
 * Context: process, may sleep.
 * Return: the node or an ERR_PTR.
 */
struct pcache_dev_node *pcache_dev_node_add(struct pcache_cache_dev *pool,
					    u32 id, struct device *parent)
{
	struct pcache_dev_node *node;
	int err;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return ERR_PTR(-ENOMEM);
	node->pool = pool;
	node->dev.bus = &pcache_bus;
	node->dev.type = &cache_dev_type;
	node->dev.parent = parent;
	node->dev.id = id;
	device_initialize(&node->dev);
	err = dev_set_name(&node->dev, "cache_dev%u", id);
	if (!err)
		err = device_add(&node->dev);
	if (err) {
		put_device(&node->dev);
		return ERR_PTR(err);
	}
	return node;
}

/**
 * pcache_dev_node_remove - make cache_devN and its waiting backings go away
 * @node: closed; gone afterwards
 *
 * Context: process, may sleep.
 */
void pcache_dev_node_remove(struct pcache_dev_node *node)
{
	u32 i;

	/* A command that still runs may stop one, or give up part of it. */
	mutex_lock(&node->pool->admin_lock);
	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		if (node->backings[i])
			pcache_backing_node_remove(node->backings[i]);
	}
	mutex_unlock(&node->pool->admin_lock);
	device_unregister(&node->dev);
}

/**
 * pcache_dev_node_close - take no more backings, if none is attached
 * @node: the node
 *
 * Context: process, may sleep; takes admin_lock.
 * Return: 0 or -EBUSY.
 */
int pcache_dev_node_close(struct pcache_dev_node *node)
{
	int err = 0;
	u32 i;

	mutex_lock(&node->pool->admin_lock);
	for (i = 0; i < PCACHE_NR_SLOTS && !err; i++)
		err = node->pool->slots[i].cache ? -EBUSY : 0;
	node->closing = !err;
	mutex_unlock(&node->pool->admin_lock);
	return err;
}
