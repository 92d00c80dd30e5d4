/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulation, for authors of tests.
 *
 * A test creates a world and, from then on, calls the driver's own functions as
 * if it were kernel code:
 *
 *	struct world *w = world_create(seed, NULL);
 *	sim_pmem_create("/dev/pmem0", SZ_8M, NULL);
 *	sim_disk_create("/dev/vdb", &(struct sim_disk_opts){ .size = SZ_64M }, NULL);
 *	... call the driver; it may sleep, its workers run meanwhile ...
 *	assert_int_equal(world_destroy(w), 0);		(0 leaks)
 *
 * Include this header (or cmocka.h and the C library's headers) before any
 * linux/ header.
 *
 * Tasks.  The caller of world_create() is the world's root task; sim_spawn()
 * makes more, and so do workqueues, timers, interrupts and RCU.  They are fibers
 * of one thread.  Whenever one takes or releases a lock, stores to pmem, wakes,
 * queues, submits, sleeps ..., the world's random numbers decide who goes on: a
 * run is a function of seed, options and test.  Each task is on a virtual CPU,
 * and moves unless preemption or migration is disabled.  While a task with
 * preemption disabled waits for a turn, nothing else runs on its CPU, except
 * interrupts.  Virtual time passes by the step and jumps when all are asleep.
 *
 * Failures.  These end the world: sleeping where it is forbidden, locks in
 * cyclic order or unsafe against interrupts, deadlock, a task that hangs, too
 * many steps, WARN() and BUG() that were not announced with sim_expect_warn(),
 * misuse of the block layer or of pmem.  The message names the seed.  Then
 * sim_try() returns the kind of failure; without sim_try() the cmocka test
 * fails, or the process aborts.  A failed world can only be destroyed.  cmocka's
 * assertions work in every task, and so does sim_check().
 *
 * Several worlds may exist, one is current.  world_enter() changes that; only
 * root tasks may call it.  The driver's global variables (with the object rule
 * of shim.mk) belong to the world: they start as compiled in each new world.
 *
 * pmem.  Loads are ordinary; memcpy_flushcache() and arch_wb_cache_pmem() store.
 * With a log (sim_log_start()) every store, fence and backing event is recorded
 * in one sequence, from which replay.h builds the states after a power cut.
 */
#ifndef SIM_H
#define SIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/blkdev.h>

#include "image.h"

struct sim_log;

enum sim_failure {
	SIM_OK,
	SIM_FAIL_ATOMIC_SLEEP,	/* slept with a spinlock held, in RCU, in an irq */
	SIM_FAIL_LOCK_ORDER,	/* cycle between lock classes */
	SIM_FAIL_LOCK_CONTEXT,	/* a lock of interrupts taken with them enabled */
	SIM_FAIL_LOCK_USE,	/* recursion, foreign unlock, held at task exit */
	SIM_FAIL_DEADLOCK,	/* nobody can run and nothing is due */
	SIM_FAIL_HUNG,		/* a task waits for too long */
	SIM_FAIL_STEPS,		/* too many steps */
	SIM_FAIL_WARN,		/* WARN() or BUG() */
	SIM_FAIL_BLOCK,		/* misuse of the block layer */
	SIM_FAIL_PMEM,		/* store outside of the primitives, bad address */
	SIM_FAIL_MEMORY,	/* bad free, wrong allocator */
	SIM_FAIL_CPU,		/* smp_processor_id() while free to move, ... */
	SIM_FAIL_CHECK,		/* sim_check() of a test */
};

/*
 * Options.  sim_opts_default() fills them; tests then change some.  A chance
 * named _p is out of 256 unless it says otherwise.
 */
struct sim_opts {
	u32 nr_cpus;		/* 1..NR_CPUS */
	u32 yields;		/* bit mask of enum shim_yield_kind */
	u32 switch_p;		/* a yield point lets somebody else run */
	u32 migrate_p;		/* a task that may move does when it is resumed */
	u32 stall_p;		/* out of 65536: a task is left behind for a while */
	u32 stall_steps;	/* for up to so many steps */
	u32 early_p;		/* out of 65536: time jumps to the next event, if near */
	u32 split_p;		/* a copy to or from pmem is interrupted half-way */
	u32 step_ns;		/* virtual time per step */
	u32 fail_nowait_p;	/* out of 65536: an allocation that may not sleep fails */
	u32 fail_sleeping_p;	/* out of 65536: one that may sleep fails */
	u32 reserve_p;		/* a mempool behaves as if memory was short */
	u32 max_copy_locked;	/* bytes copied under a spinlock; 0: any */
	u64 hung_ns;		/* an uninterruptible wait longer than this fails */
	u64 max_steps;
	bool lockdep;		/* check the order and the context of locks */
	bool rescuer_only;	/* every workqueue runs one item at a time */
	bool shadow;		/* keep a copy of pmem for sim_pmem_check() */
	bool protect;		/* pmem is read-only but for the primitives */
	bool heal_poison;	/* a store over a whole poisoned line cures it */
	bool verbose;		/* print the kernel log; also SIM_VERBOSE=1 */
};

void sim_opts_default(struct sim_opts *opts);
/* The default with other CPUs and chances, from @seed: another kind of schedule. */
void sim_opts_random(struct sim_opts *opts, u64 seed);

/* ---- worlds ---- */

struct world *world_create(u64 seed, const struct sim_opts *opts);
/* Returns the number of leaked objects, each of which was printed. */
int world_destroy(struct world *w);
/* As if the power went: tasks and memory vanish, nothing is reported. */
void world_cut(struct world *w);
struct world *world_enter(struct world *w);
struct world *world_current(void);
/* Is this program linked such that each world has its own global variables? */
bool world_has_globals(void);
u64 world_seed(const struct world *w);
struct sim_opts *world_opts(struct world *w);
/* Call after world_opts() was used to change @yields. */
void world_opts_changed(struct world *w);
/* A hash of every scheduling decision so far. */
u64 world_trace_hash(const struct world *w);
u64 world_steps(const struct world *w);
u64 world_switches(const struct world *w);

/* Runs @fn(@arg) in the root task; SIM_OK, or how the world failed. */
enum sim_failure sim_try(void (*fn)(void *arg), void *arg);
enum sim_failure world_failure(const struct world *w);
const char *world_failure_text(const struct world *w);
/* Do not print failures of this world: the test provokes them. */
void world_quiet(struct world *w, bool quiet);

void sim_fail(enum sim_failure kind, const char *fmt, ...) __printf(2, 3);
#define sim_check(cond)							\
do {									\
	if (unlikely(!(cond)))						\
		sim_fail(SIM_FAIL_CHECK, "%s:%d: %s", __FILE__, __LINE__,	\
			 #cond);					\
} while (0)

/* The next @nr WARN()s are expected; returns how many the last call still owes. */
int sim_expect_warn(int nr);

/* ---- tasks and time ---- */

u32 sim_spawn(const char *name, void (*fn)(void *arg), void *arg);
/* Waits for one task, or for all that sim_spawn() made. */
void sim_join(u32 id);
void sim_join_all(void);
/* Waits until no task can run and no disk has work; timers may be pending. */
void sim_quiesce(void);
void sim_sleep(u64 ns);
void sim_yield(void);
u64 sim_now(void);
/* Own stream of random numbers for tests. */
u64 sim_rand(void);
u32 sim_rand_below(u32 n);
/* Sends a signal to a task; @fatal also ends killable waits. */
void sim_signal(u32 id, bool fatal);
void sim_clear_signal(u32 id);
void sim_dump_tasks(void);

/* ---- memory ---- */

struct sim_mem_stats {
	u64 allocs;		/* attempts since the world began */
	u64 live;		/* objects */
	u64 live_bytes;
	u64 failed;		/* attempts that were made to fail */
};

struct sim_mem_stats sim_mem_stats(void);
/* Fails the @nth attempt from now, from 1, whatever its flags; 0: never. */
void sim_fail_alloc(u64 nth);

/* ---- kernel log ---- */

const char *sim_klog(void);
bool sim_klog_has(const char *text);
void sim_klog_clear(void);

/* ---- control files ---- */

/* A device that was added; NULL: there is none of that name. */
struct device *sim_device_find(const char *name);
/*
 * "DEVICE/ATTRIBUTE" or "DEVICE/GROUP/ATTRIBUTE"; @buf has room for a page.  The
 * length, or a negative error of the attribute; -ENOENT: there is none.
 */
ssize_t sim_attr_read(const char *path, char *buf);
ssize_t sim_attr_write(const char *path, const char *text);
/* An attribute of the bus. */
ssize_t sim_bus_write(const char *name, const char *text);

/* ---- pmem ---- */

/* @image: initial contents, NULL for zeroes; it is not kept. */
struct sim_pmem *sim_pmem_create(const char *path, u64 size,
				 const struct sim_image *image);
struct sim_pmem *sim_pmem_find(const char *path);
/* A partition of it, in sectors, as a block device of its own. */
struct block_device *sim_pmem_partition(struct sim_pmem *pmem, const char *path,
					u64 start, u64 nr);
struct block_device *sim_pmem_bdev(struct sim_pmem *pmem);
/*
 * Its memory.  Through the first pointer a test may also store; since any page can
 * change then, snapshots and the next device of that size cost a full copy.
 */
u8 *sim_pmem_mem(struct sim_pmem *pmem);
const u8 *sim_pmem_view(const struct sim_pmem *pmem);
u64 sim_pmem_size(const struct sim_pmem *pmem);
u32 sim_pmem_index(const struct sim_pmem *pmem);
/* Contents as loads see them; the caller frees the image. */
struct sim_image *sim_pmem_snapshot(struct sim_pmem *pmem);
/* Replace the contents behind the driver's back. */
void sim_pmem_load(struct sim_pmem *pmem, const struct sim_image *image);
void sim_pmem_poke(struct sim_pmem *pmem, u64 off, const void *data, u64 len);
/* Fails the world if a store bypassed the primitives; needs opts.shadow. */
void sim_pmem_check(struct sim_pmem *pmem);
/* Loads of these bytes fail from now on, by whole lines of 64 bytes. */
void sim_pmem_poison(struct sim_pmem *pmem, u64 off, u64 len);
void sim_pmem_cure(struct sim_pmem *pmem, u64 off, u64 len);
/* Known bad sectors: listed, and refused by dax_direct_access(). */
void sim_pmem_badblocks(struct sim_pmem *pmem, u64 sector, u64 nr);
/* A device that a driver must refuse. */
void sim_pmem_set_sync(struct sim_pmem *pmem, bool synchronous);
void sim_pmem_set_dax(struct sim_pmem *pmem, bool dax);
void sim_bdev_set_read_only(struct block_device *bdev, bool read_only);

/* ---- disks ---- */

enum sim_discard {
	SIM_DISCARD_ZEROES,
	SIM_DISCARD_KEEPS,	/* contents stay */
	SIM_DISCARD_GARBAGE,
	SIM_DISCARD_MIXED,	/* any of these, each time anew */
};

struct sim_disk_opts {
	u64 size;		/* bytes */
	u32 block_size;		/* logical; 0: 512 */
	bool no_write_cache;	/* else completed writes are volatile */
	bool no_fua;
	u32 max_discard_sectors;
	u32 max_zeroes_sectors;
	enum sim_discard discard;
	u64 min_delay_ns;	/* of an I/O; 0: 5 us */
	u64 max_delay_ns;	/* 0: 200 us */
	bool allow_overlap;	/* of writes in flight; else a failure */
	const char *serial;	/* for get_unique_id(); NULL: has none */
};

struct sim_disk_stats {
	u64 reads, writes, flushes, discards, zeroes, errors;
	u64 sectors_read, sectors_written;
	u32 in_flight, max_in_flight;
};

struct sim_disk *sim_disk_create(const char *path,
				 const struct sim_disk_opts *opts,
				 const struct sim_image *image);
struct sim_disk *sim_disk_find(const char *path);
struct block_device *sim_disk_bdev(struct sim_disk *disk);
u32 sim_disk_index(const struct sim_disk *disk);
struct sim_disk_stats sim_disk_stats(const struct sim_disk *disk);
struct sim_image *sim_disk_snapshot(struct sim_disk *disk);
void sim_disk_peek(struct sim_disk *disk, u64 sector, void *buf, u32 nr);
void sim_disk_poke(struct sim_disk *disk, u64 sector, const void *buf, u32 nr);
void sim_disk_resize(struct sim_disk *disk, u64 size);

#define SIM_OP_READ	(1u << 0)
#define SIM_OP_WRITE	(1u << 1)
#define SIM_OP_FLUSH	(1u << 2)
#define SIM_OP_DISCARD	(1u << 3)
#define SIM_OP_ZEROES	(1u << 4)
#define SIM_OP_ALL	0x1fu
/* The next @times operations of kinds @ops that touch the sectors fail. */
void sim_disk_fail(struct sim_disk *disk, u32 ops, u64 sector, u64 nr,
		   u32 times, blk_status_t status);
void sim_disk_heal(struct sim_disk *disk);
/* Operations of these kinds do not end until they are released. */
void sim_disk_stall(struct sim_disk *disk, u32 ops);
void sim_disk_release(struct sim_disk *disk);
/* Surprise removal: what is and comes fails, holders are told. */
void sim_disk_kill(struct sim_disk *disk);
/* A path that is no block device. */
void sim_path_create(const char *path);

/* ---- the log ---- */

void sim_log_start(void);
void sim_log_stop(void);
/* Takes the log out of the world; see replay.h.  Free with sim_log_free(). */
struct sim_log *sim_log_take(void);
struct sim_log *sim_log_of(struct world *w);
/* Marks of the test: @kind is its own, @data is copied. */
void sim_mark(u32 kind, u64 arg, const void *data, u32 len);

#endif /* SIM_H */
