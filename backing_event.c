// SPDX-License-Identifier: GPL-2.0
/*
 * Uevents of a backing.
 *
 * backing_devM has no bus, and what has none sends no uevents: they are changes of
 * cache_devN, with variables that say which backing it is, and what has happened.
 * Whoever polls an attribute is woken, too.
 *
 * That a backing was attached or let go of is told by whoever did it.  Of the rest
 * the core gives notice by a work item, from any context; the item compares what
 * is with what was said last, so that several changes in a row may become one.
 * Whether anything is dirty can change with every write, and is told once a second
 * at most.
 *
 * Locks: the node's own, to look at the cache; none while an event is sent.
 *
 * Context: process.
 */
#include <linux/jiffies.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "pcache_node.h"

#define DIRTY_PAUSE	HZ

#define EVENT_VARS	8
#define EVENT_VAR_LEN	64

/**
 * struct event - a uevent that is being put together
 * @nr: variables
 * @var: pointers to them, and a final NULL
 * @text: the variables
 */
struct event {
	u32 nr;
	char *var[EVENT_VARS + 1];
	char text[EVENT_VARS][EVENT_VAR_LEN];
};

static __printf(2, 3) void event_add(struct event *ev, const char *fmt, ...)
{
	va_list args;

	if (WARN_ON_ONCE(ev->nr == EVENT_VARS))
		return;
	va_start(args, fmt);
	vsnprintf(ev->text[ev->nr], EVENT_VAR_LEN, fmt, args);
	va_end(args);
	ev->var[ev->nr] = ev->text[ev->nr];
	ev->var[++ev->nr] = NULL;
}

static void event_init(struct event *ev, const struct pcache_backing_node *node,
		       const char *what)
{
	ev->nr = 0;
	event_add(ev, "PCACHE_EVENT=%s", what);
	event_add(ev, "BACKING_ID=%u", node->slot);
}

static void event_send(struct event *ev, struct pcache_backing_node *node)
{
	kobject_uevent_env(&node->parent->dev.kobj, KOBJ_CHANGE, ev->var);
}

/**
 * struct look - what a cache is like
 * @told: what can be told of it
 * @logic_id: K of /dev/pcacheK, or -1
 */
struct look {
	struct pcache_backing_told told;
	int logic_id;
};

/* False while the backing is waiting. */
static bool look_at(struct pcache_backing_node *node, struct look *look)
{
	struct pcache_cache *cache;

	mutex_lock(&node->lock);
	cache = node->cache;
	if (cache) {
		look->told.mode = READ_ONCE(cache->mode);
		look->told.condition = READ_ONCE(cache->condition);
		look->told.dirty = !READ_ONCE(cache->all_clean);
		look->told.dirty_at = jiffies;
		look->logic_id = node->logic ? node->logic->id : -1;
	}
	mutex_unlock(&node->lock);
	return cache;
}

/* An event of a running cache has all of its state. */
static void send_look(struct pcache_backing_node *node, const char *what,
		      const struct look *look)
{
	struct event ev;

	event_init(&ev, node, what);
	if (look->logic_id >= 0)
		event_add(&ev, "LOGIC_DEV=pcache%d", look->logic_id);
	event_add(&ev, "MODE=%s", pcache_mode_name(look->told.mode));
	event_add(&ev, "CONDITION=%s",
		  pcache_condition_name(look->told.condition));
	event_add(&ev, "DIRTY=%d", look->told.dirty);
	event_send(&ev, node);
}

/* The attribute of that name has changed as well. */
static void send_change(struct pcache_backing_node *node, const char *what,
			const struct look *look)
{
	sysfs_notify(&node->dev.kobj, NULL, what);
	send_look(node, what, look);
}

static void notice_dirty(struct pcache_backing_node *node,
			 const struct look *look)
{
	struct pcache_backing_told *told = &node->told;
	unsigned long due = told->dirty_at + DIRTY_PAUSE;

	if (look->told.dirty == told->dirty)
		return;
	if (time_before(jiffies, due)) {
		queue_delayed_work(system_wq, &node->later, due - jiffies);
		return;
	}
	told->dirty = look->told.dirty;
	told->dirty_at = jiffies;
	send_look(node, told->dirty ? "dirty" : "clean", look);
}

static void notice_work(struct work_struct *work)
{
	struct pcache_backing_node *node =
		container_of(work, struct pcache_backing_node, notice);
	struct look look;

	if (!look_at(node, &look))
		return;
	if (look.told.mode != node->told.mode) {
		node->told.mode = look.told.mode;
		send_change(node, "mode", &look);
	}
	if (look.told.condition != node->told.condition) {
		node->told.condition = look.told.condition;
		send_change(node, "condition", &look);
	}
	notice_dirty(node, &look);
}

/* One place that compares and tells is enough. */
static void later_work(struct work_struct *work)
{
	struct pcache_backing_node *node =
		container_of(to_delayed_work(work), struct pcache_backing_node,
			     later);

	queue_work(system_wq, &node->notice);
}

/**
 * pcache_backing_event_init - prepare a node for its events
 * @node: the node
 *
 * Context: any.
 */
void pcache_backing_event_init(struct pcache_backing_node *node)
{
	INIT_WORK(&node->notice, notice_work);
	INIT_DELAYED_WORK(&node->later, later_work);
}

/**
 * pcache_backing_event_exit - no more events
 * @node: the node; not attached
 *
 * Context: process, may sleep.
 */
void pcache_backing_event_exit(struct pcache_backing_node *node)
{
	/* They start each other, so none may be queued again. */
	disable_delayed_work_sync(&node->later);
	disable_work_sync(&node->notice);
}

/**
 * pcache_backing_event_attached - a backing was attached
 * @node: its cache is live
 *
 * Context: process, may sleep.
 */
void pcache_backing_event_attached(struct pcache_backing_node *node)
{
	struct look look;

	if (WARN_ON_ONCE(!look_at(node, &look)))
		return;
	node->told = look.told;
	sysfs_notify(&node->dev.kobj, NULL, "state");
	send_look(node, "attached", &look);
	/* What changes from now on is noticed, and what has since the look. */
	WRITE_ONCE(node->cache->notice, &node->notice);
	queue_work(system_wq, &node->notice);
}

/**
 * pcache_backing_event_waiting - a backing is known, but not attached
 * @node: the node
 *
 * Context: process, may sleep.
 */
void pcache_backing_event_waiting(struct pcache_backing_node *node)
{
	struct event ev;

	sysfs_notify(&node->dev.kobj, NULL, "state");
	event_init(&ev, node, "waiting");
	event_send(&ev, node);
}

/**
 * pcache_backing_event_detached - a backing is not known any more
 * @node: the node
 *
 * Context: process, may sleep.
 */
void pcache_backing_event_detached(struct pcache_backing_node *node)
{
	struct event ev;

	event_init(&ev, node, "detached");
	event_send(&ev, node);
}
