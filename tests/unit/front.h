/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole driver but for its front ends: module, bus, control files and uevents,
 * over the pool and the disks of a rig.  Caches are registered, started and stopped
 * with the words of an administrator; requests go to the core as a front end would
 * send them.
 *
 * And what the table of faults (Documentation/faults.rst) has columns for: what an
 * application sees, what attributes say, what uevents say, and that reads go on.
 */
#ifndef UNIT_FRONT_H
#define UNIT_FRONT_H

#include "core_test.h"

/* What is read during each fault; no test lets a fault hit it. */
#define FRONT_HIT	12000
#define FRONT_HIT_NR	64

/**
 * struct front - a driver that is loaded
 * @core: the rig; its pointers are those of what is registered and attached
 * @open: somebody has /dev/pcacheK open
 * @at_remove: called when /dev/pcacheK goes, before the last request has ended
 */
struct front {
	struct core core;
	bool open;
	void (*at_remove)(struct front *f);
};

/* As core_init(). */
void front_init(struct front *f);
/* A world, a pool that knows its disks, the module; nothing is registered. */
void front_load(struct front *f);
/* The same with everything attached, and sectors FRONT_HIT in the cache, clean. */
void front_open(struct front *f);
/* Power off and on again, and the module loaded. */
void front_power_cycle(struct front *f);
/* Stops what runs, unloads, and nothing is left. */
void front_close(struct front *f);

/* The result of the command, negative if it fails. */
int front_register(struct front *f);
int front_adm(struct front *f, const char *fmt, ...) __printf(2, 3);
int front_stop(struct front *f, const char *mode);

/* ---- what is seen ---- */

/* Of backing_dev0, unless @name says otherwise; without its final newline. */
const char *front_attr(const char *name);
u64 front_number(const char *name);
#define expect_attr(name, want)	assert_string_equal(front_attr(name), want)

/* Forgets what was said so far: uevents, and the kernel log. */
void front_forget(void);
/*
 * Has a uevent with PCACHE_EVENT=@event and all of @words, separated by a space,
 * come since then?  What is told once a second at most is waited for.
 */
bool front_told(const char *event, const char *words);
void front_expect_told(const char *event, const char *words, const char *file,
		       int line);
#define expect_told(event, words)	\
	front_expect_told(event, words, __FILE__, __LINE__)
/* No uevent at all has. */
void front_expect_told_nothing(const char *file, int line);
#define expect_told_nothing()	front_expect_told_nothing(__FILE__, __LINE__)
void front_expect_logged(const char *text, const char *file, int line);
#define expect_logged(text)	front_expect_logged(text, __FILE__, __LINE__)

/* Sectors FRONT_HIT are read, right, and from the cache. */
void expect_hits(struct front *f);
/* There is no device to read from; registered, but not attached. */
void expect_no_device(struct front *f);
/* Nothing was told but what is attached, dirty or clean. */
void expect_no_trouble(void);
/* An attach as any other: all of these, and hits. */
void register_attaches(struct front *f);
/*
 * It is registered, but the backing waits and will not be had: @err and @text say
 * why, @state is that of cache_dev0.  pmem and disk stay as they are.
 */
void register_waits(struct front *f, const char *state, int err,
		    const char *text);
/* Each of these sectors alone is EIO for whoever reads it. */
void expect_eio(struct front *f, u64 sector, u32 nr);

#endif /* UNIT_FRONT_H */
