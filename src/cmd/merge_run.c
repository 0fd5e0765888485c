/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape merge: first what each trace says of its clocks, then all records.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/analyze/weave.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/merge.h"
#include "src/cmd/merge_out.h"

#define NS_PER_SEC	1000000000
#define APART_MAX	(INT64_C(1) << 61)	/* 73 years in ns */
#define CHECK_RECORDS	65536u	/* between two looks at errors and signals */

/* ---- names --------------------------------------------------------------- */

/* "HOST=NAME"; a path may have "=", too. */
static void split_name(struct merge_run *run, size_t i)
{
	const char *name = run->o->traces.names[i];
	const char *equal = strchr(name, '='), *slash = strchr(name, '/');

	if (equal && equal > name && (!slash || slash > equal)) {
		run->hosts[i] = xstrndup(name, (size_t)(equal - name));
		name = equal + 1;
	}
	run->sources[i] = xstrdup(name);
}

static bool is_taken(const struct merge_run *run, size_t i, const char *host)
{
	for (size_t k = 0; k < run->nr; k++)
		if (k != i && run->hosts[k] && !strcmp(run->hosts[k], host))
			return true;
	return false;
}

/* Another machine has the same name: the folder or file decides. */
static bool is_shared(const struct merge_run *run, size_t i)
{
	for (size_t k = 0; k < run->nr; k++)
		if (k != i && !strcmp(run->surveys[k].node,
				      run->surveys[i].node))
			return true;
	return false;
}

/* The last part of the path, without slashes behind it. */
static char *base_of(const char *path)
{
	_cleanup_(freep) char *copy = xstrdup(path);
	size_t len = strlen(copy);
	const char *slash;

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	slash = strrchr(copy, '/');
	return xstrdup(slash && slash[1] ? slash + 1 : copy);
}

static void name_host(struct merge_run *run, size_t i)
{
	const struct survey *s = &run->surveys[i];
	_cleanup_(freep) char *base = *s->node && !is_shared(run, i) ?
				      xstrdup(s->node) :
				      base_of(run->sources[i]);

	if (strlen(base) >= MERGE_NAME_MAX)
		base[MERGE_NAME_MAX - 1] = '\0';
	for (unsigned int nr = 2; is_taken(run, i, base); nr++) {
		free(base);
		base = xasprintf("%u", nr);
	}
	run->hosts[i] = TAKE_PTR(base);
}

static int name_hosts(struct merge_run *run, struct err *err)
{
	for (size_t i = 0; i < run->nr; i++) {
		if (!run->hosts[i]) {
			name_host(run, i);
			continue;
		}
		if (strlen(run->hosts[i]) >= MERGE_NAME_MAX)
			return err_set(err, -EINVAL, "%s: a name of a machine"
				       " has at most %u bytes", run->hosts[i],
				       MERGE_NAME_MAX - 1);
		if (is_taken(run, i, run->hosts[i]))
			return err_set(err, -EINVAL, "%s: two machines cannot"
				       " have one name", run->hosts[i]);
	}
	return 0;
}

/* ---- clocks -------------------------------------------------------------- */

static int read_surveys(struct merge_run *run, struct err *err)
{
	for (size_t i = 0; i < run->nr; i++) {
		struct survey *s = &run->surveys[i];
		int r = survey_read(run->sources[i], s, err);

		if (r)
			return r;
		if (cmd_signal)
			return err_set(err, -EINTR, "ended by signal %d",
				       cmd_signal);
		if (s->is_merge)
			return err_set(err, -EINVAL, "%s: this is a merge"
				       " itself; give the traces that it was"
				       " made from", run->sources[i]);
		if (s->is_dump && run->o->mode != ALIGN_ANCHOR)
			return err_set(err, -EINVAL, "%s: this is a merged"
				       " dump: its events count from 0, and"
				       " its clocks do not; give the trace that"
				       " it was made from, or --anchor",
				       run->sources[i]);
	}
	return 0;
}

/* Readers take no record of a CPU beyond. */
static int check_cpus(const struct merge_run *run, struct err *err)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < run->nr; i++)
		nr += run->surveys[i].nr_cpus;
	if (nr > SOURCE_CPU_MAX)
		return err_set(err, -E2BIG, "the traces are of %" PRIu64
			       " CPUs; at most %u can be in one", nr,
			       SOURCE_CPU_MAX);
	return 0;
}

static int set_points(const struct merge_run *run, struct align_side *sides,
		      struct err *err)
{
	for (size_t k = 0; k < run->o->nr_anchors; k++) {
		const struct merge_anchor *a = &run->o->anchors[k];
		struct align_points *p;
		size_t i = 0;

		while (i < run->nr && strcmp(run->hosts[i], a->host) != 0)
			i++;
		if (i == run->nr)
			return err_set(err, -EINVAL, "--anchor %s: no trace is"
				       " called so; the first one is \"%s\"",
				       a->host, run->hosts[0]);
		p = &sides[i].points;
		if (!run->surveys[i].has_first)
			return err_set(err, -ENODATA, "%s: the trace has no"
				       " event to count from",
				       run->hosts[i]);
		if (p->nr != a->nr)
			return err_set(err, -EINVAL, "--anchor %s: each anchor"
				       " names each trace once", a->host);
		p->at[p->nr++] = run->surveys[i].first + a->ns;
	}
	return 0;
}

/* ns; no record of the trace is earlier on its clock. */
static uint64_t begin_of(const struct survey *s)
{
	if (s->has_first_note && !s->is_dump &&
	    (!s->has_first || s->first_note < s->first))
		return s->first_note;
	return s->has_first ? s->first : 0;
}

/* A machine that was started after another one's trace began: all clocks go
 * forward together. */
static int lift_above_zero(struct merge_run *run, struct err *err)
{
	int64_t least = 0;

	for (size_t i = 0; i < run->nr; i++) {
		int64_t offset = run->maps[i].offset;
		int64_t t = align_time_signed(&run->maps[i],
					      begin_of(&run->surveys[i]));

		if (offset < -APART_MAX || offset > APART_MAX ||
		    t < -APART_MAX)
			return err_set(err, -ERANGE, "%s: its times are %" PRId64
				       " s from those of %s: no clock is that"
				       " wrong", run->hosts[i],
				       offset / NS_PER_SEC, run->hosts[0]);
		if (t < least)
			least = t;
	}
	run->shift = -least;
	for (size_t i = 0; i < run->nr; i++)
		run->maps[i].offset += run->shift;
	return 0;
}

static int align(struct merge_run *run, struct err *err)
{
	struct align_side *sides = xcalloc(run->nr, sizeof(*sides));
	int r = 0;

	for (size_t i = 0; i < run->nr; i++) {
		sides[i].name = run->hosts[i];
		sides[i].clocks = &run->surveys[i].clocks;
	}
	if (run->o->by_kicks)
		r = merge_kicks(run, err);
	else if (run->o->mode == ALIGN_ANCHOR)
		r = set_points(run, sides, err);
	if (!r && !run->o->by_kicks)
		r = align_solve(run->o->mode, sides, run->nr, run->maps, err);
	free(sides);
	return r ? r : lift_above_zero(run, err);
}

static void describe(struct merge_run *run)
{
	for (size_t i = 0; i < run->nr; i++) {
		const struct survey *s = &run->surveys[i];

		run->merge_hosts[i] = (struct merge_host){
			.name = run->hosts[i], .node = s->node,
			.release = s->release, .machine = s->machine,
			.source = run->sources[i], .map = run->maps[i],
			.cpu = run->nr_cpus, .nr_cpus = s->nr_cpus,
			.has_odd_notes = s->is_dump,
		};
		run->nr_cpus += s->nr_cpus;
	}
	run->merge = merge_new(run->merge_hosts, run->nr);
	for (size_t i = 0; i < run->nr; i++)
		for (size_t k = 0; k < run->surveys[i].nr_devices; k++)
			(void)merge_device(run->merge, i,
				run->surveys[i].devices[k].device);
}

/* ---- records ------------------------------------------------------------- */

static void put_note(const struct merge_run *run, struct merge_out *out,
		     const struct note *note, uint64_t time)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(note, pdu, sizeof(pdu));
	struct blk_rec rec = {
		.time = time, .action = note_action(note->id), .pdu = pdu,
		.pdu_len = (uint16_t)(n > 0 ? n : 0),
		.version = BLK_IO_TRACE_VERSION,
	};

	if (run->surveys[0].nr_devices)
		rec.device = run->surveys[0].devices[0].device;
	if (n > 0)
		merge_out_put(out, &rec);
}

/* A device that has no note, but a file of its name: blktrace's. */
static void put_devices(const struct merge_run *run, struct merge_out *out,
			size_t i, uint64_t time)
{
	for (size_t k = 0; k < run->surveys[i].nr_devices; k++) {
		const struct survey_device *d = &run->surveys[i].devices[k];
		_cleanup_(freep) char *name = NULL;
		uint32_t number;

		if (d->has_note || !d->device)
			continue;
		number = merge_device(run->merge, i, d->device);
		name = d->name ? xasprintf("%s:%s", run->hosts[i], d->name) :
				 xasprintf("%s:%u,%u", run->hosts[i],
					   blk_major(d->device),
					   blk_minor(d->device));
		put_note(run, out, &(struct note){
			.id = NOTE_DEVICE, .device = {
				.device = number, .disk = number,
				.name = name } }, time);
	}
}

static void put_head(const struct merge_run *run, struct merge_out *out,
		     const uint64_t *firsts)
{
	_cleanup_(freep) char *nodes = xstrdup(run->hosts[0]);
	uint64_t time = firsts[0];
	struct note note;

	for (size_t i = 1; i < run->nr; i++) {
		char *longer = xasprintf("%s,%s", nodes, run->hosts[i]);

		free(nodes);
		nodes = longer;
		if (firsts[i] < time)
			time = firsts[i];
	}
	put_note(run, out, &(struct note){
		.id = NOTE_HOST, .host = {
			.nr_cpus = run->nr_cpus,
			.flags = out->is_stream ? NOTE_HOST_MERGED : 0,
			.node = nodes,
			.recorder = "iotape merge " PACKAGE_VERSION } }, time);
	for (size_t i = 0; i < run->nr; i++) {
		merge_note(run->merge, i, run->o->mode, &note);
		put_note(run, out, &note, time);
	}
	for (size_t i = 0; i < run->nr; i++)
		put_devices(run, out, i, time);
}

static int weave_all(struct merge_run *run, struct merge_out *out,
		     const uint64_t *firsts, struct err *err)
{
	_cleanup_(weave_freep) struct weave *weave =
		weave_new(run->merge, run->inputs, firsts, run->nr);
	const struct blk_rec *rec;
	struct blk_rec changed;
	uint64_t last, nr = 0;
	size_t host;
	int r;

	while ((r = weave_next(weave, &host, &rec, &last, err)) > 0) {
		if (merge_record(run->merge, host, rec, last, &changed))
			merge_out_put(out, &changed);
		if (++nr % CHECK_RECORDS)
			continue;
		r = merge_out_error(out, err);
		if (r)
			return r;
		if (cmd_signal)
			return err_set(err, -EINTR, "ended by signal %d",
				       cmd_signal);
	}
	return r;
}

static int write_all(struct merge_run *run, struct merge_out *out,
		     struct err *err)
{
	uint64_t *firsts = xcalloc(run->nr, sizeof(*firsts));
	int r = merge_out_open(out, run->o->output, run->nr_cpus, err);

	for (size_t i = 0; i < run->nr; i++)
		firsts[i] = align_time(&run->maps[i],
				       begin_of(&run->surveys[i]));
	if (!r) {
		put_head(run, out, firsts);
		r = weave_all(run, out, firsts, err);
	}
	if (!r)
		r = merge_out_commit(out, err);
	run->nr_records = out->nr_records;
	run->nr_bytes = out->nr_bytes;
	free(firsts);
	return r;
}

/* ---- all ----------------------------------------------------------------- */

/* All files of the inputs are open at once. */
static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_inputs(struct merge_run *run, struct err *err)
{
	const struct source_options opts = { .has_companions = true };
	int r = 0;

	raise_fd_limit();
	for (size_t i = 0; i < run->nr && !r; i++) {
		const char *name = run->sources[i];

		r = source_open(&name, 1, &opts, &run->inputs[i], err);
	}
	return r;
}

static int run_all(struct merge_run *run, struct err *err)
{
	const char *output = run->o->output;
	struct merge_out out = { 0 };
	int r;

	if ((!output || !strcmp(output, "-")) && isatty(STDOUT_FILENO))
		return err_set(err, -EINVAL, "standard output is a terminal,"
			       " and a trace is not text; -o OUT is wanted");
	if (output && *output && output[strlen(output) - 1] == '/')
		return err_set(err, -EISDIR, "%s: a name behind the folder is"
			       " wanted: OUT.blktrace.N are the files", output);
	r = read_surveys(run, err);
	if (!r)
		r = check_cpus(run, err);
	if (!r)
		r = name_hosts(run, err);
	if (!r)
		r = align(run, err);
	if (!r)
		r = open_inputs(run, err);
	if (r)
		return r;
	describe(run);
	r = write_all(run, &out, err);
	merge_out_release(&out);
	return r;
}

static void release(struct merge_run *run)
{
	for (size_t i = 0; i < run->nr; i++) {
		source_free(run->inputs[i]);
		survey_release(&run->surveys[i]);
		free(run->hosts[i]);
		free(run->sources[i]);
	}
	merge_free(run->merge);
	free(run->inputs);
	free(run->surveys);
	free(run->hosts);
	free(run->sources);
	free(run->maps);
	free(run->merge_hosts);
}

int merge_run(const struct merge_options *o)
{
	struct merge_run run = { .o = o, .nr = o->traces.nr };
	struct err err = { 0 };
	int status, r;

	run.sources = xcalloc(run.nr, sizeof(*run.sources));
	run.hosts = xcalloc(run.nr, sizeof(*run.hosts));
	run.surveys = xcalloc(run.nr, sizeof(*run.surveys));
	run.maps = xcalloc(run.nr, sizeof(*run.maps));
	run.merge_hosts = xcalloc(run.nr, sizeof(*run.merge_hosts));
	run.inputs = xcalloc(run.nr, sizeof(*run.inputs));
	for (size_t i = 0; i < run.nr; i++)
		split_name(&run, i);
	cmd_catch_signals();
	/* a file that grows too large is an error of write, so that the
	 * temporary files are removed */
	(void)signal(SIGXFSZ, SIG_IGN);
	r = run_all(&run, &err);
	/* whoever reads no more wants no words either */
	if (r) {
		status = CMD_FAILED;
		if (r != -EPIPE)
			(void)cmd_fail(&err);
	} else {
		if (!o->is_quiet)
			merge_report(&run);
		status = merge_conclude(&run);
	}
	release(&run);
	return status;
}
