/* SPDX-License-Identifier: GPL-2.0 */
/* What a lock carries for the lock checker. */
#ifndef SHIM_LINUX_LOCKDEP_TYPES_H
#define SHIM_LINUX_LOCKDEP_TYPES_H

#include <linux/types.h>

#define SINGLE_DEPTH_NESTING	1

/*
 * One per place that initialises locks: its locks are one class.  A world
 * remembers here which number it gave the class.
 */
struct lock_class_key {
	u64 world;
	u32 id;
};

/* Without a key, that is if it was initialised statically, a lock has its own. */
struct lockdep_map {
	struct lock_class_key *key;
	const char *name;
	struct lock_class_key own;
	u32 subclass;
};

#define SHIM_DEP_MAP_INIT(lockname)	{ .name = #lockname }

#endif /* SHIM_LINUX_LOCKDEP_TYPES_H */
