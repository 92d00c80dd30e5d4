/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the runtime: the world, its tasks, its queue of events.
 *
 * Files, bottom up; calls go down, but for the functions that the scheduler
 * calls through events:
 *
 *	image.c lib*.c format.c		no world
 *	fiber.c				stacks and the switch between them
 *	world.c				worlds, options, failures, random numbers
 *	sched.c task.c			who runs, virtual time, events | sleeping
 *	lockdep.c lock.c wait.c		locks, wait queues, completions
 *	mem.c pages.c mempool.c percpu.c	memory
 *	rcu.c timer.c work.c kthread.c	things that run later
 *	log.c pmem.c dax.c disk.c bio.c	devices
 *	replay.c			states after a power cut, from a log
 */
#ifndef RT_H
#define RT_H

#include "../sim.h"

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/timer.h>
#include <linux/threads.h>
#include <linux/wait.h>

/* A function of another library: NULL if that was not linked. */
#define IF_LINKED	__weak

#define MAX_HELD	24
#define MAX_CLASSES	128
#define MAX_DEVICES	16
#define CLASS_WORDS	(MAX_CLASSES / 64)

struct held_lock {
	const struct lockdep_map *map;
	u32 class;
	bool read;
};

/* A task: its public part first. */
struct fiber {
	struct task_struct task;
	void *sp;
	void *fake_stack;	/* of the address sanitizer */
	const void *stack;
	size_t stack_size;
	u32 id;
	u32 queued;		/* place among the runnable ones plus one */
	bool root;
	bool joinable;		/* made by sim_spawn() */
	bool occupies;		/* left its CPU without being preemptible */
	bool timed_out;
	bool should_stop;
	struct fiber *under;	/* whom it interrupted on that CPU */
	u64 stalled_until;	/* step */
	u64 blocked_since;	/* virtual ns */
	const void *blocked_on;	/* lock, timer */
	const char *blocked_name;
	const char *wait_note;
	struct list_head node;	/* of the world */
	struct list_head reader;	/* in an RCU read section */
	u64 rcu_start;
	struct shim_event timeout;
	void (*fn)(void *arg);
	void *arg;
	int result;		/* of a kthread */
	struct wq_worker *worker;
	struct timer_list *timer;	/* whose function it runs */
	u32 nr_held;
	struct held_lock held[MAX_HELD];
};

struct lock_class {
	struct lock_class_key *key;
	const char *name;
	u32 subclass;
	bool in_hardirq, in_softirq, irqs_on, bh_on;
	u64 after[CLASS_WORDS];	/* classes that were taken while it was held */
};

struct rcu_state {
	u64 epoch;
	struct list_head readers;
	struct rcu_head *next, **next_tail;
	struct rcu_head *batch;
	u64 batch_epoch;
	bool active;		/* a grace period is on its way */
	bool ripe;		/* its minimal time is over */
	u64 nr_queued, nr_done;
	struct shim_event event;
	wait_queue_head_t wait;
};

struct mem_state {
	struct list_head objects;
	struct page *pages;
	struct sim_mem_stats stats;
	u64 fail_at;
};

struct world {
	struct list_head worlds;	/* all of them */
	u64 seed;
	struct sim_opts opts;
	u64 rng_sched, rng_core, rng_test, rng_fault;

	/* Tasks. */
	struct fiber *running;
	struct fiber root;
	struct fiber *dead;	/* to be buried by whoever runs next */
	struct list_head fibers;
	u32 nr_fibers, next_id;
	struct fiber **runnable;
	u32 nr_runnable, max_runnable;
	struct fiber *cpu_owner[NR_CPUS];
	struct fiber *idle_waiter;
	u32 nr_joinable;
	wait_queue_head_t exit_wait;
	u64 steps, switches, trace;

	/* Time. */
	u64 now;
	u64 next_hung_check;
	u64 event_seq;
	struct shim_event **events;
	u32 nr_events, max_events;
	u32 io_in_flight;

	/* Failures. */
	enum sim_failure failure;
	char failure_text[1024];
	bool quiet;
	bool dying;
	jmp_buf *catch;
	int warns_expected;
	u64 lock_world;		/* number that marks lock classes as this world's */

	struct lock_class classes[MAX_CLASSES];
	u32 nr_classes;
	struct rcu_state rcu;
	struct mem_state mem;
	struct list_head workqueues;
	struct workqueue_struct *wq;
	wait_queue_head_t var_wait;
	struct timer_list *due_timers, **due_tail;
	struct bio_set *bio_set;
	struct page *zero_page;

	struct sim_pmem *pmem[MAX_DEVICES];
	struct sim_disk *disks[MAX_DEVICES];
	u32 nr_pmem, nr_disks;
	struct list_head bdevs;
	struct list_head paths;
	struct device *devices;	/* that were added */
	const struct bus_type *bus;
	struct sim_log *log;
	u64 next_call;

	char *klog;
	size_t klog_len, klog_size;
	void *globals;		/* the driver's variables while not current */
	struct world *outer;	/* current before this one was created */
};

extern struct world *sim_world;

#define sim_cur		(sim_world->running)

/* fiber.c */
struct fiber *fiber_alloc(void);
void fiber_free(struct fiber *f);
void fiber_prepare(struct fiber *f);
void fiber_switch(struct fiber *from, struct fiber *to);
void fiber_switch_dying(struct fiber *from, struct fiber *to) __noreturn;
void fiber_arrived(struct fiber *self);
/* The first thing that a new task runs, which calls fiber_arrived(). */
void fiber_entry(void) __noreturn;

/* world.c */
u64 rng_next(u64 *state);
void root_failed(struct world *w) __noreturn;
void _fail(const char *file, int line) __noreturn;
void fail_at(enum sim_failure kind, const void *site, const char *fmt, ...)
	__printf(3, 4);
void describe_site(const void *site, char *buf, size_t size);

static inline u32 rng_below(u64 *state, u32 n)
{
	return (rng_next(state) >> 32) * n >> 32;
}

/* A chance of @p out of 2^@shift. */
static inline bool rng_chance(u64 *state, u32 p, u32 shift)
{
	return p && rng_next(state) >> (64 - shift) < p;
}

/* globals.c */
void globals_init(struct world *w);
void globals_swap_out(struct world *w);
void globals_swap_in(struct world *w);
void globals_free(struct world *w);

/* sched.c */
struct fiber *fiber_spawn(const char *name, enum shim_context context,
			  void (*fn)(void *arg), void *arg);
void fiber_block(void);
void fiber_wake(struct fiber *f);
void sched_run_other(void);
void sched_leave_for_root(void) __noreturn;
void sched_init(struct world *w);
void sched_exit(struct world *w);
/* For tasks that wait for @what, which may be anything, atomic or not. */
void block_on(const void *what, const char *name);
void wake_blocked(const void *what);
void event_add(struct shim_event *event, u64 due);
bool event_cancel(struct shim_event *event);
void block_for(u64 ns);

static inline struct fiber *task_fiber(struct task_struct *task)
{
	return (struct fiber *)task;
}

static inline bool fiber_atomic(const struct fiber *f)
{
	const struct task_struct *t = &f->task;

	return t->preempt_count || t->irq_count || t->bh_count ||
	       t->context != SHIM_CTX_TASK;
}

/* lockdep.c */
void lockdep_acquire(struct lockdep_map *map, unsigned int subclass, bool read,
		     bool trylock, const void *site);
void lockdep_release(const struct lockdep_map *map, const void *site);
void lockdep_exit(struct fiber *f);
void lockdep_print_held(const struct fiber *f);

/* mem.c, pages.c, percpu.c */
bool alloc_must_fail(gfp_t gfp);
void *rt_zalloc(size_t size);
int mem_report_leaks(struct world *w);
void mem_free_all(struct world *w);
int pages_report_leaks(struct world *w);
void pages_free_all(struct world *w);
int percpu_report_leaks(struct world *w);
void percpu_free_all(struct world *w);

/* rcu.c, timer.c, work.c */
void rcu_init(struct world *w);
void timers_init(struct world *w);
void workqueues_free(struct world *w);
int workqueues_report(struct world *w);

/* log.c */
struct sim_rec *log_add(u8 type, u32 data_len);
void log_base_pmem(struct sim_pmem *pmem);
void log_base_disk(struct sim_disk *disk);
void log_drop(struct world *w);

/* pmem.c, disk.c, bdev.c */
void pmem_free_all(struct world *w);
void disks_free_all(struct world *w);
void bdev_init(struct block_device *bdev, struct gendisk *disk,
	       const char *path, u64 start, u64 nr);
struct block_device *bdev_find(const char *path);
int bdevs_report(struct world *w);
void paths_free(struct world *w);
void disk_submit(struct bio *bio);
void fs_bio_set_free(struct world *w);
void klog_free(struct world *w);

#endif /* RT_H */
