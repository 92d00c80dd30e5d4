/* SPDX-License-Identifier: GPL-2.0 */
/* What the simulation's own tests share. */
#ifndef UNIT_SHIM_TEST_H
#define UNIT_SHIM_TEST_H

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "shim/sim.h"

#include <cmocka.h>

/* A switch at every chance, and to another CPU every time. */
static inline struct world *busy_world(u64 seed)
{
	struct sim_opts opts;

	sim_opts_default(&opts);
	opts.switch_p = 256;
	opts.migrate_p = 256;
	return world_create(seed, &opts);
}

static inline void sleep_ms(u64 ms)
{
	sim_sleep(ms * NSEC_PER_MSEC);
}

struct bad_call {
	void (*fn)(void *arg);
	bool in_task;
};

static inline void run_bad_call(void *arg)
{
	struct bad_call *call = arg;

	if (call->in_task) {
		sim_spawn("bad", call->fn, NULL);
		sim_join_all();
	} else {
		call->fn(NULL);
	}
}

static inline void fails_with(enum sim_failure kind, struct bad_call call,
			      void (*prepare)(void))
{
	struct world *w;
	u64 seed;

	for (seed = 0; seed < 5; seed++) {
		w = world_create(seed, NULL);
		world_quiet(w, true);
		if (prepare)
			prepare();
		assert_int_equal(sim_try(run_bad_call, &call), kind);
		assert_int_equal(world_failure(w), kind);
		assert_int_equal(world_destroy(w), 0);
	}
}

static inline void fails_in_task(enum sim_failure kind, void (*fn)(void *arg),
				 void (*prepare)(void))
{
	fails_with(kind, (struct bad_call){ fn, true }, prepare);
}

static inline void fails_in_root(enum sim_failure kind, void (*fn)(void *arg),
				 void (*prepare)(void))
{
	fails_with(kind, (struct bad_call){ fn, false }, prepare);
}

/* For tests that provoke leaks: their report is not for the reader. */
static int saved_stderr = -1;

static inline struct world *quiet_stderr_world(u64 seed)
{
	int null = open("/dev/null", O_WRONLY);

	saved_stderr = dup(2);
	dup2(null, 2);
	close(null);
	return world_create(seed, NULL);
}

static inline void restore_stderr(void)
{
	dup2(saved_stderr, 2);
	close(saved_stderr);
}

#endif /* UNIT_SHIM_TEST_H */
