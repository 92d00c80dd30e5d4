/* SPDX-License-Identifier: GPL-2.0 */
/* The smallest run that shows what a larger one did. */
#ifndef CRASH_MINIMISE_H
#define CRASH_MINIMISE_H

#include "crash/enumerate.h"

/* True: found one, from the run of @seed on, and its violation was printed. */
bool minimise(const struct job *job, u64 seed);

#endif /* CRASH_MINIMISE_H */
