/* SPDX-License-Identifier: GPL-2.0 */
/* iotape stat: which pass reads the trace, and where its page goes. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/analyze/ahead.h"
#include "src/base/cleanup.h"
#include "src/cmd/cmd.h"
#include "src/cmd/diff.h"
#include "src/cmd/jail.h"
#include "src/cmd/stat.h"
#include "src/cmd/stat_options.h"

/* @tags NULL = those that the trace holds. */
static int add_batch(struct stats *st, const struct source_batch *batch,
		     const struct source_file *files, struct tags *tags)
{
	const uint32_t *of;
	int r;

	if (!tags) {
		for (size_t i = 0; i < batch->nr; i++)
			stats_add(st, &batch->recs[i],
				  files[batch->files[i]].cpu >= 0);
		return 0;
	}
	r = tags_batch(tags, batch, &of);
	for (size_t i = 0; !r && i < batch->nr; i++)
		stats_add_tagged(st, &batch->recs[i],
				 files[batch->files[i]].cpu >= 0, of[i]);
	return r;
}

static int read_all(struct source *src, struct stats *st, struct tags *tags,
		    struct err *err)
{
	const struct source_file *files;
	_cleanup_(ahead_freep) struct ahead *ahead = ahead_new(src);
	struct source_batch batch;
	ssize_t n;

	(void)source_files(src, &files);
	while (!cmd_signal && (n = ahead_read(ahead, &batch, err)) != 0) {
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		/* it only ends early for a signal */
		(void)add_batch(st, &batch, files, tags);
	}
	if (tags)
		tags_end(tags);
	return 0;
}

static void say_damage(const char *sentence, void *ctx)
{
	(void)ctx;
	cmd_error("%s", sentence);
}

/* What the files say about themselves. */
static void look_at_files(const struct source *src, struct stat_view *view)
{
	const struct source_file *files;
	size_t nr = source_files(src, &files);
	bool has_clock = nr > 0;

	for (size_t i = 0; i < nr; i++) {
		view->nr_late += files[i].nr_late;
		/* a merged dump has no times of the day */
		if (files[i].cpu < 0)
			has_clock = false;
	}
	view->nr_damaged = source_damage(src, NULL, NULL);
	view->began = has_clock ? stats_began(view->stats) : 0;
}

/* Says what is missing.  Returns the exit status. */
static int say_loss(const struct stat_options *o, const struct source *src,
		    uint64_t lost)
{
	if (!lost && !source_damage(src, NULL, NULL))
		return CMD_OK;
	if (o->is_quiet)
		return CMD_LOSS;
	(void)source_damage(src, say_damage, NULL);
	if (lost)
		cmd_error("%" PRIu64 " events were lost while this was"
			  " recorded",
			  lost);
	return CMD_LOSS;
}

/* Where to print: stdout, or a file that the caller closes. */
static int open_output(const struct stat_options *o, FILE **ret_file,
		       struct err *err)
{
	if (!o->output || !strcmp(o->output, "-"))
		return 0;
	*ret_file = fopen(o->output, "we");
	return *ret_file ? 0 : err_set_errno(err, -errno, "%s", o->output);
}

static int check_output(const struct stat_options *o, FILE *file,
			struct err *err)
{
	if (file && (fflush(file) || ferror(file)))
		return err_set_errno(err, errno ? -errno : -EIO, "%s",
				     o->output);
	return 0;
}

static int print(const struct stat_options *o, const struct stat_view *view,
		 struct err *err)
{
	_cleanup_(fclosep) FILE *file = NULL;
	int r = open_output(o, &file, err);

	if (r)
		return r;
	if (o->is_json)
		stat_json(view, file ? file : stdout);
	else
		stat_page(view, file ? file : stdout);
	return check_output(o, file, err);
}

static struct stats_options stats_options_of(const struct stat_options *o,
					     struct tags *tags)
{
	return (struct stats_options){
		.by = o->by,
		.devices = o->devices,
		.nr_devices = o->nr_devices,
		.from = (uint64_t)(o->from * 1e9),
		.to = (uint64_t)(o->to * 1e9),
		.tags = tags,
		.tags_at_issue = o->tags.tags.at_issue,
	};
}

static int run_stats(const struct stat_options *o, struct source *src,
		     struct tags *tags, uint64_t *ret_lost, struct err *err)
{
	const struct stats_options opts = stats_options_of(o, tags);
	_cleanup_(stats_freep) struct stats *st = stats_new(&opts);
	struct stat_view view = {.stats = st, .top = o->top};
	int r = read_all(src, st, tags, err);

	if (r)
		return r;
	stats_end(st);
	look_at_files(src, &view);
	*ret_lost = stats_loss(st)->events;
	return print(o, &view, err);
}

static int run_interval(const struct stat_options *o, struct source *src,
			struct err *err)
{
	const struct stats_options opts = stats_options_of(o, NULL);
	_cleanup_(fclosep) FILE *file = NULL;
	int r = open_output(o, &file, err);

	if (!r)
		r = stat_interval(src, (uint64_t)(o->interval * 1e9), &opts,
				  o->is_json, file ? file : stdout, err);
	return r ? r : check_output(o, file, err);
}

static int run_vm(const struct stat_options *o, struct source *src,
		  uint64_t *ret_lost, struct err *err)
{
	_cleanup_(fclosep) FILE *file = NULL;
	int r = open_output(o, &file, err);

	if (!r)
		r = stat_vm(src, o->is_json, file ? file : stdout, ret_lost,
			    err);
	return r ? r : check_output(o, file, err);
}

static int run_diff(const struct stat_options *o, int *ret_status,
		    struct err *err)
{
	_cleanup_(fclosep) FILE *file = NULL;
	int r = open_output(o, &file, err);

	if (r)
		return r;
	*ret_status = diff_run(o->traces.names[0], o->traces.names[1],
			       o->is_json, file ? file : stdout);
	return check_output(o, file, err);
}

static int run_btt(struct stat_options *o, struct source **ret_src,
		   struct err *err)
{
	o->btt.output = o->output;
	o->btt.is_escaped = !o->output && isatty(STDOUT_FILENO);
	o->btt.from = o->from;
	o->btt.to = o->to;
	o->btt.is_bounded = o->from > 0 || o->to > 0;
	return stat_btt(o->traces.names, o->traces.nr, &o->btt, ret_src, err);
}

static int run(struct stat_options *o, struct err *err, int *ret_status)
{
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_(tags_freep) struct tags *tags = NULL;
	uint64_t lost = 0;
	int r;

	if (o->is_diff)
		return run_diff(o, ret_status, err);
	if (o->is_btt) {
		r = run_btt(o, &src, err);
	} else {
		const struct source_options so = {
			.has_companions = o->is_vm,
		};

		r = source_open(o->traces.names, o->traces.nr, &so, &src, err);
		if (!r && tag_choice_is_given(&o->tags))
			r = tag_choice_open(&o->tags, true, &tags, err);
		if (!r && o->is_vm)
			r = run_vm(o, src, &lost, err);
		else if (!r && o->interval > 0)
			r = run_interval(o, src, err);
		else if (!r)
			r = run_stats(o, src, tags, &lost, err);
	}
	if (!r)
		*ret_status = say_loss(o, src, lost);
	if (!r && tag_choice_report(tags))
		*ret_status = CMD_LOSS;
	return r;
}

int stat_main(int argc, char **argv)
{
	struct stat_options o;
	int status = stat_options_parse(&o, argc, argv);
	struct err err;
	int r;

	if (status)
		return status;
	cmd_catch_signals();
	if (!o.tags.nr_helpers)
		jail_enter();
	r = run(&o, &err, &status);
	stat_options_release(&o);
	return r ? cmd_fail(&err) : status;
}
