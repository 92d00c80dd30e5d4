/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 7: control files.
 *
 *	/sys/bus/pcache/				main.c
 *	/sys/bus/pcache/devices/cache_devN/		cache_node.c
 *	/sys/bus/pcache/devices/cache_devN/backing_devM	backing_node.c
 *							backing_fault.c
 *	.../backing_devM/stats				backing_stats.c
 *	uevents						backing_event.c
 */
#ifndef PCACHE_NODE_H
#define PCACHE_NODE_H

#include <linux/device.h>

#include "pcache_logic.h"

/* ---- options.c: name=value,name=value ---- */

enum pcache_opt {
	PCACHE_OPT_OP,
	PCACHE_OPT_PATH,
	PCACHE_OPT_FORMAT,
	PCACHE_OPT_FORCE,
	PCACHE_OPT_LABEL,
	PCACHE_OPT_SEGMENT_SIZE,
	PCACHE_OPT_CACHE_DEV_ID,
	PCACHE_OPT_ID,
	PCACHE_OPT_QUEUES,
	PCACHE_OPT_QUEUE_MODE,
	PCACHE_OPT_CACHE_SIZE,
	PCACHE_OPT_DATA_CRC,
	PCACHE_OPT_WRITEBACK_ORDER,
	PCACHE_OPT_BACKING_ID,
	PCACHE_OPT_MODE,
	PCACHE_OPT_SECTOR,
	PCACHE_OPT_SECTORS,
	PCACHE_NR_OPTS,
};

#define PCACHE_OPT_BIT(opt)	(1U << (opt))

/**
 * struct pcache_opts - a parsed command
 * @buf: a copy of what was written
 * @value: by option; NULL if it was not given
 */
struct pcache_opts {
	char *buf;
	const char *value[PCACHE_NR_OPTS];
};

const char *pcache_opt_name(enum pcache_opt opt);
int pcache_opts_parse(struct pcache_opts *opts, const char *buf, size_t count,
		      u32 allowed);
void pcache_opts_free(struct pcache_opts *opts);
int pcache_opts_text(const struct pcache_opts *opts, enum pcache_opt opt,
		     size_t size, const char **text);
int pcache_opts_number(const struct pcache_opts *opts, enum pcache_opt opt,
		       u64 min, u64 max, u64 *value);
int pcache_opts_bool(const struct pcache_opts *opts, enum pcache_opt opt,
		     bool *value);
int pcache_opts_choice(const struct pcache_opts *opts, enum pcache_opt opt,
		       const char * const *names, size_t nr, u32 *choice);

/* ---- cache_node.c ---- */

struct pcache_backing_node;

/**
 * struct pcache_dev_node - cache_devN
 * @dev: device; its release frees the node
 * @list: in the list of all, see main.c
 * @pool: the cache device; closed after @dev was unregistered
 * @backings: by slot; under the pool's admin_lock
 * @closing: takes no more backings; under the pool's admin_lock
 */
struct pcache_dev_node {
	struct device dev;
	struct list_head list;
	struct pcache_cache_dev *pool;
	struct pcache_backing_node *backings[PCACHE_NR_SLOTS];
	bool closing;
};

struct pcache_dev_node *pcache_dev_node_add(struct pcache_cache_dev *pool,
					    u32 id, struct device *parent);
void pcache_dev_node_remove(struct pcache_dev_node *node);
int pcache_dev_node_close(struct pcache_dev_node *node);

/* ---- backing_node.c ---- */

/**
 * struct pcache_backing_told - what user space was told of a backing last
 * @mode: its mode
 * @condition: of the backing device
 * @dirty: something was dirty
 * @dirty_at: jiffies when that was said
 */
struct pcache_backing_told {
	enum pcache_mode mode;
	enum pcache_condition condition;
	bool dirty;
	unsigned long dirty_at;
};

/**
 * struct pcache_backing_node - backing_devM
 * @dev: device; its release frees the node
 * @parent: cache_devN
 * @slot: M, number of the backing slot
 * @lock: protects @cache and @logic against readers of the control files
 * @cache: NULL while the backing is waiting
 * @logic: its logic device
 * @stopping: a stop is under way; under the pool's admin_lock
 * @notice: the cache has changed; see backing_event.c
 * @later: queues @notice
 * @told: of @notice alone once the cache may queue it
 */
struct pcache_backing_node {
	struct device dev;
	struct pcache_dev_node *parent;
	u32 slot;
	struct mutex lock;
	struct pcache_cache *cache;
	struct pcache_logic *logic;
	bool stopping;
	struct work_struct notice;
	struct delayed_work later;
	struct pcache_backing_told told;
};

extern const struct bus_type pcache_bus;

int pcache_backing_node_start(struct pcache_dev_node *parent,
			      const struct pcache_start_opts *opts);
int pcache_backing_node_stop(struct pcache_dev_node *parent, u32 slot,
			     enum pcache_stop_mode mode);
int pcache_backing_node_add_waiting(struct pcache_dev_node *parent, u32 slot);
void pcache_backing_node_remove(struct pcache_backing_node *node);

/* ---- backing_fault.c ---- */

extern const struct attribute_group pcache_backing_fault_group;

int pcache_backing_node_give_up(struct pcache_dev_node *parent, u32 slot,
				const struct pcache_range *range);

/* ---- backing_stats.c ---- */

extern const struct attribute_group pcache_backing_stats_group;

/* ---- backing_event.c ---- */

void pcache_backing_event_init(struct pcache_backing_node *node);
void pcache_backing_event_exit(struct pcache_backing_node *node);
void pcache_backing_event_attached(struct pcache_backing_node *node);
void pcache_backing_event_waiting(struct pcache_backing_node *node);
void pcache_backing_event_detached(struct pcache_backing_node *node);

#endif /* PCACHE_NODE_H */
