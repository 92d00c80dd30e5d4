# SPDX-License-Identifier: GPL-2.0
#
# Persistent-memory cache for block devices; bottom layer first.

obj-$(CONFIG_BLK_DEV_PCACHE) += pcache.o

pcache-y := trace.o segment.o meta_segment.o cache_dev_map.o cache_dev.o \
	    cache_pool.o cache_segment.o cache_data.o backing_dev.o \
	    cache_leaf.o cache_index.o cache_health.o cache_key.o \
	    cache_sample.o cache_replay.o cache_lost.o cache_gc.o \
	    cache_writeback.o cache_req.o cache_miss.o cache_slot.o cache.o \
	    logic_bio.o logic_dev.o options.o backing_fault.o \
	    backing_stats.o backing_event.o backing_node.o cache_node.o \
	    main.o

pcache-$(CONFIG_BLK_DEV_PCACHE_DEBUG) += cache_check.o

# The second reading of trace.h looks for it by its own name.
CFLAGS_trace.o := -I$(src)
