// SPDX-License-Identifier: GPL-2.0
/* Threads as CPUs; time; what ends a test; random numbers. */
#include <sched.h>
#include <unistd.h>

#include "thread.h"

#include <linux/ktime.h>

struct thread threads[NR_CPUS];
__thread struct task_struct *shim_current;
struct world *sim_world;
int shim_fence_word;

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct world the_world;
static bool verbose;

/* ---- threads ---- */

static struct thread *thread_claim(const char *name)
{
	struct thread *t = NULL;
	int i;

	pthread_mutex_lock(&table_lock);
	for (i = 0; i < NR_CPUS && !t; i++)
		if (!threads[i].used)
			t = &threads[i];
	if (!t) {
		fputs("sim: too many threads\n", stderr);
		abort();
	}
	t->used = true;
	pthread_mutex_unlock(&table_lock);
	memset(&t->task, 0, sizeof(t->task));
	t->task.cpu = t - threads;
	t->task.pid = t->task.cpu + 1;
	snprintf(t->task.comm, sizeof(t->task.comm), "%s", name);
	shim_current = &t->task;
	return t;
}

static void thread_leave(struct thread *t)
{
	shim_current = NULL;
	pthread_mutex_lock(&table_lock);
	t->used = false;
	pthread_mutex_unlock(&table_lock);
}

struct start {
	char name[TASK_COMM_LEN];
	void (*fn)(void *arg);
	void *arg;
};

static void *thread_main(void *arg)
{
	struct start *start = arg;
	struct thread *self = thread_claim(start->name);

	start->fn(start->arg);
	thread_leave(self);
	free(start);
	return NULL;
}

static pthread_t start(const char *name, void (*fn)(void *arg), void *arg)
{
	struct start *s = calloc(1, sizeof(*s));
	pthread_t id;

	snprintf(s->name, sizeof(s->name), "%s", name);
	s->fn = fn;
	s->arg = arg;
	if (pthread_create(&id, NULL, thread_main, s)) {
		fputs("sim: no thread\n", stderr);
		abort();
	}
	return id;
}

void thread_start(const char *name, void (*fn)(void *arg), void *arg)
{
	pthread_detach(start(name, fn, arg));
}

/* Tasks of tests: their numbers start at 1. */
static pthread_t joinable[NR_CPUS];
static u32 nr_joinable;

u32 sim_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
	joinable[nr_joinable++] = start(name, fn, arg);
	return nr_joinable;
}

void sim_join_all(void)
{
	while (nr_joinable)
		pthread_join(joinable[--nr_joinable], NULL);
}

/* ---- the world ---- */

void sim_opts_default(struct sim_opts *opts)
{
	memset(opts, 0, sizeof(*opts));
	opts->nr_cpus = NR_CPUS;
}

struct world *world_create(u64 seed, const struct sim_opts *opts)
{
	int i;

	sim_world = &the_world;
	sim_world->seed = seed;
	sim_world->opts.nr_cpus = NR_CPUS;
	verbose = getenv("SIM_VERBOSE");
	for (i = 0; i < NR_CPUS; i++) {
		pthread_mutex_init(&threads[i].lock, NULL);
		pthread_cond_init(&threads[i].cond, NULL);
	}
	INIT_LIST_HEAD(&sim_world->bdevs);
	INIT_LIST_HEAD(&sim_world->paths);
	thread_claim("main");
	rcu_init(sim_world);
	return sim_world;
}

struct world *world_current(void)
{
	return sim_world;
}

struct sim_opts *world_opts(struct world *w)
{
	return &w->opts;
}

void world_opts_changed(struct world *w)
{
}

unsigned int shim_nr_cpus(void)
{
	return NR_CPUS;
}

int shim_this_cpu(void)
{
	return current->cpu;
}

/* ---- time ---- */

u64 thread_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

ktime_t ktime_get(void)
{
	return thread_now();
}

unsigned long shim_jiffies(void)
{
	return INITIAL_JIFFIES + thread_now() / NSEC_PER_JIFFY;
}

u64 sim_now(void)
{
	return thread_now();
}

void sim_sleep(u64 ns)
{
	struct timespec ts = {
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_nsec = ns % NSEC_PER_SEC,
	};

	nanosleep(&ts, NULL);
}

/* Between looks at a word that another thread is to change. */
void thread_pause(u32 *spins)
{
	if (++*spins % 64)
		__builtin_ia32_pause();
	else
		sched_yield();
}

void thread_wait_ns(pthread_cond_t *cond, pthread_mutex_t *lock, u64 ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ns += ts.tv_nsec;
	ts.tv_sec += ns / NSEC_PER_SEC;
	ts.tv_nsec = ns % NSEC_PER_SEC;
	pthread_cond_timedwait(cond, lock, &ts);
}

int shim_cond_resched(void)
{
	return 0;
}

void shim_might_sleep(const char *what)
{
	const struct task_struct *t = current;

	if (t->preempt_count || t->spin_count || thread_self()->reading)
		sim_fail(SIM_FAIL_ATOMIC_SLEEP, "%s", what);
}

/* ---- failures ---- */

static void __noreturn __printf(2, 0) die(const char *what, const char *fmt,
					  va_list args)
{
	fprintf(stderr, "FAILED: %s: ", what);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, " (%s)\n", current ? current->comm : "?");
	_exit(1);
}

void fail_at(enum sim_failure kind, const void *site, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	die("simulation", fmt, args);
}

void sim_fail(enum sim_failure kind, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	die("check", fmt, args);
}

void shim_warn(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(args, fmt);
	die("warning", fmt, args);
}

void shim_bug(const char *file, int line, const char *what)
{
	shim_warn(file, line, "%s", what);
	abort();
}

int _printk(const char *fmt, ...)
{
	char line[1024];
	va_list args;
	int n;

	if (!verbose)
		return 0;
	va_start(args, fmt);
	n = vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	fputs(line[0] == KERN_SOH[0] && line[1] ? line + 2 : line, stderr);
	return n;
}

/* ---- random numbers ---- */

u64 rng_next(u64 *state)
{
	u64 x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

u64 get_random_u64(void)
{
	static __thread u64 state;

	if (!state)
		state = sim_world->seed ^ (u64)(current->cpu + 1) << 32;
	return rng_next(&state);
}

void get_random_bytes(void *buf, size_t len)
{
	u64 word;

	for (; len >= 8; len -= 8, buf += 8) {
		word = get_random_u64();
		memcpy(buf, &word, 8);
	}
}

u64 sim_rand(void)
{
	return get_random_u64();
}

u32 sim_rand_below(u32 n)
{
	return (get_random_u64() >> 32) * n >> 32;
}
