/* SPDX-License-Identifier: GPL-2.0 */
/* What is printed: violations, with what came before them, and counts. */
#ifndef CRASH_REPORT_H
#define CRASH_REPORT_H

#include "crash/enumerate.h"

/* @outer: NO_SPOT unless the log is that of a recovery. */
void report_violation(const struct recording *r, struct spot outer,
		      struct spot at, enum point_kind kind,
		      const struct plan *plan, const char *why);
/* The log alone shows it. */
void report_audit(const struct recording *r, struct spot outer, u64 where,
		  const char *why);
void report_counts(const struct counts *c, double seconds);
/* What states are tried like, for the command that repeats one. */
void report_job(const struct job *job);
/* Print so many events before a violation. */
void report_events(u64 nr);
/* Print nothing more of them: they are only to be found. */
void report_quiet(void);

#endif /* CRASH_REPORT_H */
