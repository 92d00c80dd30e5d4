// SPDX-License-Identifier: GPL-2.0
/*
 * Health of a cache: one setter for each of mode and condition, and for whether
 * anything is dirty.
 *
 * The mode only gets worse until the cache is stopped: running, read-only,
 * failed.  The condition of the backing device may recover.  Each change of these
 * two is logged once and wakes pcache_cache.event.  Of every change the layer
 * above is told by pcache_cache.notice.
 *
 * Context: any, but for the mode.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/jiffies.h>

#include "trace.h"

static const char * const mode_names[] = {
	[PCACHE_MODE_RUNNING]	= "running",
	[PCACHE_MODE_READ_ONLY]	= "read-only",
	[PCACHE_MODE_FAILED]	= "failed",
};

/**
 * pcache_mode_name - a mode in words
 * @mode: the mode
 *
 * Return: its name.
 */
const char *pcache_mode_name(enum pcache_mode mode)
{
	return mode_names[mode];
}

/**
 * pcache_condition_name - a condition in words
 * @condition: the condition
 *
 * Return: its name.
 */
const char *pcache_condition_name(enum pcache_condition condition)
{
	return condition == PCACHE_COND_FAILING ? "failing" : "ok";
}

static void notify(struct pcache_cache *cache)
{
	struct work_struct *notice = READ_ONCE(cache->notice);

	trace_pcache_health(cache);
	if (notice)
		queue_work(system_wq, notice);
}

/**
 * pcache_set_mode - make the mode of a cache worse
 * @cache: the cache
 * @mode: ignored if the cache is in it or in a worse one
 * @why: for the log
 *
 * Context: process; takes pool_lock.
 */
void pcache_set_mode(struct pcache_cache *cache, enum pcache_mode mode,
		     const char *why)
{
	unsigned long flags;
	bool changed;

	spin_lock_irqsave(&cache->event.lock, flags);
	changed = mode > cache->mode;
	if (changed)
		WRITE_ONCE(cache->mode, mode);
	spin_unlock_irqrestore(&cache->event.lock, flags);
	if (!changed)
		return;
	pr_err("%s: backing %u is %s: %s\n", cache->dev->path, cache->slot,
	       pcache_mode_name(mode), why);
	/*
	 * Those that wait for space must not wait for it any more, and others not
	 * for what this cache holds.
	 */
	queue_work(cache->req_wq, &cache->write_work);
	pcache_dev_kick(cache->dev);
	wake_up_all(&cache->event);
	notify(cache);
}

/**
 * pcache_set_condition - note how the backing device behaves
 * @cache: the cache
 * @condition: present condition
 * @err: what went wrong, for the log
 *
 * Context: any.
 */
void pcache_set_condition(struct pcache_cache *cache,
			  enum pcache_condition condition, int err)
{
	unsigned long flags;
	bool changed;

	spin_lock_irqsave(&cache->event.lock, flags);
	changed = condition != cache->condition;
	WRITE_ONCE(cache->condition, condition);
	if (condition == PCACHE_COND_OK)
		cache->fault.refused.nr = 0;
	spin_unlock_irqrestore(&cache->event.lock, flags);
	if (!changed)
		return;
	if (condition == PCACHE_COND_FAILING)
		pr_err("%s: backing %u fails: %pe; dirty data is kept\n",
		       cache->dev->path, cache->slot, ERR_PTR(err));
	else
		pr_info("%s: backing %u works again\n", cache->dev->path,
			cache->slot);
	wake_up_all(&cache->event);
	notify(cache);
}

/**
 * pcache_set_dirty - something is dirty after nothing was
 * @cache: the cache
 *
 * Who makes something dirty looks at @all_clean first, and calls this once in
 * many writes.
 *
 * Context: any.
 */
void pcache_set_dirty(struct pcache_cache *cache)
{
	if (!xchg(&cache->all_clean, 0))
		return;
	WRITE_ONCE(cache->dirty_since, jiffies);
	notify(cache);
}

/**
 * pcache_set_clean - write-back has come to an end: is anything dirty?
 * @cache: the cache
 *
 * A write that comes between the two looks and finds neither is told by the one
 * after it, or by write-back when it takes that write up.
 *
 * Context: process; only write-back, and who sets up a cache, call this.
 */
void pcache_set_clean(struct pcache_cache *cache)
{
	if (percpu_counter_sum(&cache->dirty_sectors) > 0)
		return;
	/* Pairs with the lock that a write takes after it was counted. */
	if (xchg(&cache->all_clean, 1))
		return;
	if (percpu_counter_sum(&cache->dirty_sectors) > 0)
		pcache_set_dirty(cache);
	else
		notify(cache);
}

/**
 * pcache_set_refused - note what the backing device would not take
 * @cache: the cache
 * @range: the smallest part that is known by now; forgotten when the condition is
 *	good again
 *
 * Context: process.
 */
void pcache_set_refused(struct pcache_cache *cache,
			const struct pcache_range *range)
{
	spin_lock_irq(&cache->event.lock);
	cache->fault.refused = *range;
	spin_unlock_irq(&cache->event.lock);
}

/**
 * pcache_refused - what the backing device would not take last
 * @cache: the cache
 *
 * Context: process.
 * Return: the range; without sectors if it takes everything, or fails otherwise.
 */
struct pcache_range pcache_refused(struct pcache_cache *cache)
{
	struct pcache_range range;

	spin_lock_irq(&cache->event.lock);
	range = cache->fault.refused;
	spin_unlock_irq(&cache->event.lock);
	return range;
}
