// SPDX-License-Identifier: GPL-2.0
/* Violations, the events that led to them, the command that repeats them. */
#include "crash/report.h"

static u64 nr_events = 24;
static bool quiet;
static const struct job *job;

void report_job(const struct job *done)
{
	job = done;
}

void report_events(u64 nr)
{
	nr_events = nr;
}

void report_quiet(void)
{
	quiet = true;
}

/* ---- events ---- */

static const char * const op_names[] = {
	[PCACHE_OP_READ] = "read", [PCACHE_OP_WRITE] = "write",
	[PCACHE_OP_FLUSH] = "flush", [PCACHE_OP_ZEROES] = "zeroes",
	[PCACHE_OP_DISCARD] = "discard",
};

static const char * const io_names[] = {
	[SIM_LOG_READ] = "read", [SIM_LOG_WRITE] = "write",
	[SIM_LOG_FLUSH] = "flush", [SIM_LOG_FILL] = "fill",
	[SIM_LOG_KEEP] = "discard",
};

static void print_mark(const struct sim_rec *rec)
{
	static const char * const lives[] = { "absent", "maybe", "present" };
	struct mark_req rq;

	switch (rec->off) {
	case MARK_START:
		memcpy(&rq, rec->data, sizeof(rq));
		printf("start %llu: cache %u %s %llu+%u%s%s", rec->arg,
		       rq.cache, op_names[rq.op], rq.sector, rq.nr,
		       rq.flags & PCACHE_REQ_PREFLUSH ? " PREFLUSH" : "",
		       rq.flags & PCACHE_REQ_FUA ? " FUA" : "");
		break;
	case MARK_END:
		printf("end %llu", rec->arg);
		break;
	case MARK_LIFE:
		printf("%s %llu: %s", (rec->arg & 0xff) == LIFE_POOL ? "pool" :
		       "cache", rec->arg & 0xff, lives[rec->arg >> 8]);
		break;
	case MARK_CHECKPOINT:
		printf("checkpoint of cache %llu at LSN %llu", rec->arg & 1,
		       rec->arg >> 1);
		break;
	case MARK_LOST:
		printf("cache %llu sector %llu poisoned", rec->arg & 1,
		       rec->arg >> 1);
		break;
	case MARK_OBSERVED:
		printf("recovered and read");
		break;
	case MARK_QUIET:
		printf("at rest");
		break;
	}
}

static void print_event(const struct sim_rec *rec, u64 pos)
{
	printf("    %6llu task %u cpu %u: ", pos, rec->task, rec->cpu);
	switch (rec->type) {
	case SIM_REC_STORE:
		printf("store %#llx+%u", rec->off, rec->len);
		break;
	case SIM_REC_FENCE:
		printf("fence");
		break;
	case SIM_REC_IO_SUBMIT:
		printf("disk %u submit %llu: %s %llu+%u", rec->dev, rec->id,
		       io_names[rec->op], rec->off >> SECTOR_SHIFT,
		       rec->len >> SECTOR_SHIFT);
		break;
	case SIM_REC_IO_DONE:
		printf("disk %u done %llu: %s", rec->dev, rec->id,
		       io_names[rec->op]);
		break;
	case SIM_REC_MARK:
		print_mark(rec);
		break;
	}
	putchar('\n');
}

static bool is_site(const struct sim_rec *rec)
{
	return rec->type == SIM_REC_MARK &&
	       (rec->off == MARK_SITE || rec->off == MARK_SITE_END);
}

static void print_events(const struct recording *r, u64 end)
{
	u64 pos = end, shown = 0;

	while (pos && shown < nr_events)
		shown += !is_site(sim_log_rec(r->log, --pos));
	for (; pos < end; pos++)
		if (!is_site(sim_log_rec(r->log, pos)))
			print_event(sim_log_rec(r->log, pos), pos);
}

/* ---- violations ---- */

static void print_command(const struct recording *r, struct spot outer,
			  struct spot at)
{
	const struct limits *lim = &r->setup->limits;

	printf("  again: tests/crash/run --seed %llu --deep %u%s",
	       r->setup->seed, job->deep, job->pairs ? " --pairs" : "");
	if (lim->of[0] || lim->plain)
		printf(" --limits %u,%u,%u,%u,%u,%u", lim->of[0], lim->of[1],
		       lim->of[2], lim->of[3], lim->of[4], lim->plain);
	if (outer.point != NO_SPOT)
		printf(" --point %llu --state %u", outer.point, outer.state);
	if (outer.point != NO_SPOT && at.point != NO_SPOT)
		printf(" --then %llu:%u", at.point, at.state);
	else if (at.point != NO_SPOT)
		printf(" --point %llu --state %u", at.point, at.state);
	printf(" -v\n");
}

static const char *of_what(struct spot outer)
{
	return outer.point != NO_SPOT ? " of the recovery" : "";
}

void report_violation(const struct recording *r, struct spot outer,
		      struct spot at, enum point_kind kind,
		      const struct plan *plan, const char *why)
{
	if (quiet)
		return;
	printf("VIOLATION, seed %llu: %s\n", r->setup->seed, why);
	setup_print(r->setup);
	printf("  cut at %llu%s before %s; ", at.point, of_what(outer),
	       point_kind_names[kind]);
	printf("pmem: %s (group %u, %u, others %s); disks: %s\n",
	       plan_class_names[plan->class], plan->group, plan->arg,
	       plan->others ? "in" : "out", plan_disk_names[plan->disk]);
	print_events(r, at.point);
	print_command(r, outer, at);
}

void report_audit(const struct recording *r, struct spot outer, u64 where,
		  const char *why)
{
	if (quiet)
		return;
	printf("VIOLATION, seed %llu: %s, at %llu%s\n", r->setup->seed, why,
	       where, of_what(outer));
	setup_print(r->setup);
	print_events(r, where + 1);
	print_command(r, outer, (struct spot){ .point = NO_SPOT });
}

/* ---- counts ---- */

static void print_each(const char *title, const char * const *names,
		       const u64 *nr, u32 n)
{
	u32 i;

	printf("%s\n", title);
	for (i = 0; i < n; i++)
		if (nr[i])
			printf("  %-36s %8llu\n", names[i], nr[i]);
}

void report_counts(const struct counts *c, double seconds)
{
	print_each("points, before", point_kind_names, c->points, POINT_KINDS);
	print_each("distinct states, by point", point_kind_names, c->states,
		   POINT_KINDS);
	print_each("by what survives on pmem", plan_class_names, c->classes,
		   PLAN_CLASSES);
	print_each("by what survives on the disks", plan_disk_names, c->disks,
		   PLAN_DISKS);
	print_each("by what was damaged besides", trial_loss_names, c->losses,
		   TRIAL_LOSSES);
	printf("recovered twice %llu, settled %llu, drained %llu, went on %llu\n",
	       c->again, c->settled, c->drained, c->gone_on);
	printf("cut in or after a recovery %llu, reclaimed without a record %llu\n",
	       c->deeper, c->bad_records);
	printf("judged again at another time %llu\n", c->judged_again);
	printf("disks alone (L2) %llu, checkpoints (L3) %llu\n",
	       c->disk_checks, c->checkpoints);
	printf("%llu runs, %llu distinct states, %llu violations", c->runs,
	       c->distinct, c->violations);
	if (seconds > 0)
		printf("; %.0f states/s", c->distinct / seconds);
	putchar('\n');
}
