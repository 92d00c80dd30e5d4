# SPDX-License-Identifier: GPL-2.0
#
# Persistent-memory cache for block devices; bottom layer first.

obj-$(CONFIG_BLK_DEV_PCACHE) += pcache.o

pcache-y := segment.o meta_segment.o cache_leaf.o cache_index.o
