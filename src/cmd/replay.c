/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape replay: the I/O of a trace, once more.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "src/analyze/source.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/replay_btrecord.h"
#include "src/cmd/replay_map.h"
#include "src/cmd/replay_options.h"
#include "src/cmd/replay_record.h"
#include "src/cmd/replay_report.h"
#include "src/replay/turns.h"

#define PRIORITY	1	/* of SCHED_FIFO */
#define REALTIME_CPUS	2	/* so that none is used up: turns.h */

struct replay {
	struct replay_options o;
	struct plan plan;
	struct replay_map map;
	bool is_damaged;
};

static void say_damage(const char *sentence, void *ctx)
{
	(void)ctx;
	cmd_error("%s", sentence);
}

/* Of the trace, which is complete by now. */
static int check_plan(const struct plan *plan, const struct replay_options *o,
		      struct err *err)
{
	if (!plan->nr && plan->nr_other)
		return err_set(err, -ENODATA, "the trace has no %s events, but"
			       " %" PRIu64 " %s events (--event %s)",
			       o->event == PLAN_QUEUE ? "Q" : "D",
			       plan->nr_other,
			       o->event == PLAN_QUEUE ? "D" : "Q",
			       o->event == PLAN_QUEUE ? "issue" : "queue");
	if (!plan->nr)
		return err_set(err, -ENODATA, "the trace has no I/O that can"
			       " be replayed");
	if (pace_mode_needs_ends(o->mode) && !plan->nr_ranked)
		return err_set(err, -ENODATA, "--mode %s: the trace does not"
			       " say when I/Os ended (C)",
			       pace_mode_name(o->mode));
	return 0;
}

static int read_trace(struct replay *rp, struct err *err)
{
	const struct replay_options *o = &rp->o;
	const struct source_options so = { .dir = o->dir };
	_cleanup_(source_freep) struct source *src = NULL;
	int r = source_open(o->traces.names, o->traces.nr, &so, &src, err);

	if (!r)
		r = plan_read(&rp->plan, src, o->event, err);
	if (r == -EINTR)
		return err_set(err, r, "interrupted");
	if (r)
		return r;
	plan_end(&rp->plan);
	rp->is_damaged = source_damage(src, say_damage, NULL);
	if (rp->plan.nr_lost)
		cmd_error("%" PRIu64 " events were lost while this was"
			  " recorded", rp->plan.nr_lost);
	return 0;
}

/* -F; a folder means all traces in it. */
static int find_names(struct replay_options *o, struct err *err)
{
	if (!o->finds)
		return 0;
	if (o->input_base)
		return replay_btrecord_find(o, err);
	replay_options_found(o, xstrdup("."));
	return 0;
}

static int read_plan(struct replay *rp, struct err *err)
{
	int r = find_names(&rp->o, err);

	if (r)
		return r;
	r = rp->o.input_base ?
		replay_btrecord_read(&rp->plan, &rp->o, err) :
		read_trace(rp, err);

	return r ? r : check_plan(&rp->plan, &rp->o, err);
}

static void report(const struct replay *rp, const struct engine_result *res)
{
	const struct replay_report rep = {
		.o = &rp->o, .plan = &rp->plan, .map = &rp->map, .res = res,
	};

	if (rp->o.is_json)
		replay_report_json(&rep, stdout);
	else if (!rp->o.is_quiet)
		replay_report_text(&rep, stdout);
}

static int status_of(const struct replay *rp, const struct engine_result *res)
{
	if (res->nr_failed)
		cmd_error("%" PRIu64 " I/Os failed, the first one: %s",
			  res->nr_failed, strerror(-res->first_error));
	if (res->is_stopped)
		cmd_error("ended by a signal after %" PRIu64 " I/Os",
			  res->latency.nr);
	if (res->nr_failed || res->is_stopped)
		return CMD_FAILED;
	return rp->is_damaged || rp->plan.nr_lost ? CMD_LOSS : CMD_OK;
}

/* More threads than CPUs would wait for each other. */
static unsigned int choose_cpus(const struct replay_options *o)
{
	unsigned int nr = o->cpus ? o->cpus :
			  o->is_realtime && o->mode == PACE_TIMED ?
			  REALTIME_CPUS : 1;
	unsigned int there = turns_cpus();

	if (nr > there && o->cpus)
		cmd_error("-c %u: there are %u CPUs, and so many are used", nr,
			  there);
	return nr < there ? nr : there;
}

/* Times are kept better.  Where a nice level is not allowed, it stays. */
static void raise_priority(const struct replay_options *o)
{
	const struct sched_param param = { .sched_priority = PRIORITY };

	(void)setpriority(PRIO_PROCESS, 0, -20);
	if (!o->is_realtime)
		return;
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		cmd_error("--realtime: %m; it goes on without");
	/* a page that comes back from a disk is late; limits may forbid it */
	(void)mlockall(MCL_CURRENT);
}

static int run(struct replay *rp)
{
	const struct replay_options *o = &rp->o;
	struct engine_options eo = {
		.devices = rp->map.devices,
		.targets = rp->map.targets,
		.nr_targets = rp->map.nr_targets,
		.stop = &cmd_signal,
		.mode = o->mode,
		.speed = o->speed,
		.iterations = o->iterations,
		.depth = o->depth,
		.cpus = choose_cpus(o),
		.priority = o->is_realtime ? PRIORITY : 0,
		.compressible = o->compressible,
		.has_writes = o->has_writes,
	};
	struct engine_result res = { 0 };
	struct err err = { 0 };
	int status;

	raise_priority(o);
	cmd_catch_signals();
	if (engine_run(&rp->plan, &eo, &res, &err)) {
		status = cmd_fail(&err);
	} else {
		report(rp, &res);
		status = status_of(rp, &res);
	}
	engine_result_release(&res);
	return status;
}

#ifdef HAVE_BPF
/* The worse of two. */
static int worst(int a, int b)
{
	if (a == CMD_FAILED || b == CMD_FAILED)
		return CMD_FAILED;
	return a ? a : b;
}
#endif

/* -v */
static void tell_plan(const struct replay *rp)
{
	const struct plan *plan = &rp->plan;

	cmd_error("%zu I/Os of %zu threads, %.3f s, mode %s, from %u CPUs",
		  plan->nr, plan->nr_streams,
		  plan->nr ? (double)plan->ios[plan->nr - 1].time / 1e9 : 0.0,
		  pace_mode_name(rp->o.mode), choose_cpus(&rp->o));
	for (size_t i = 0; i < plan->nr_devs; i++) {
		const struct plan_dev *d = &plan->devs[i];
		uint16_t nr = rp->map.devices[i].target;
		const struct target *t;

		if (nr == ENGINE_NO_TARGET)
			continue;
		t = &rp->map.targets[nr];
		cmd_error("%s (%u,%u): %" PRIu64 " I/Os up to sector %" PRIu64
			  ", to %s: %" PRIu64 " sectors, blocks of %u bytes%s",
			  *d->name ? d->name : "a device",
			  blk_major(d->device), blk_minor(d->device), d->nr,
			  d->end, t->path, t->bytes / 512, t->block,
			  t->is_direct ? "" : ", without O_DIRECT");
	}
}

static int record_and_run(struct replay *rp)
{
#ifdef HAVE_BPF
	struct replay_record rec = { 0 };
	struct err err = { 0 };
	int status;

	if (!rp->o.record)
		return run(rp);
	cmd_catch_signals();
	if (replay_record_start(&rec, rp->o.record, &rp->map, &err))
		status = cmd_fail(&err);
	else
		status = run(rp);
	return worst(status, replay_record_stop(&rec));
#else
	if (!rp->o.record)
		return run(rp);
	cmd_error("--record: iotape was built without BPF");
	return CMD_FAILED;
#endif
}

static int replay(struct replay *rp)
{
	struct err err = { 0 };

	if (rp->o.output_base) {
		if (replay_btrecord_write(&rp->plan, &rp->o, &err))
			return cmd_fail(&err);
		return rp->is_damaged || rp->plan.nr_lost ? CMD_LOSS : CMD_OK;
	}
	if (replay_map_open(&rp->map, &rp->o, &rp->plan, &err))
		return cmd_fail(&err);
	if (rp->o.is_verbose)
		tell_plan(rp);
	return record_and_run(rp);
}

int replay_main(int argc, char **argv)
{
	struct replay rp = { 0 };
	struct err err = { 0 };
	int status, r;

	replay_options_parse(&rp.o, argc, argv);
	plan_init(&rp.plan);
	r = replay_map_read(&rp.o, &err);
	if (!r)
		r = read_plan(&rp, &err);
	status = r ? cmd_fail(&err) : replay(&rp);
	replay_map_release(&rp.map);
	plan_release(&rp.plan);
	replay_options_release(&rp.o);
	return status;
}
