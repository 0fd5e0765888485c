/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape export: a trace in the form of other tools.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/ahead.h"
#include "src/analyze/export.h"
#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/jail.h"
#include "src/cmd/tag_choice.h"
#include "src/cmd/traces.h"

struct options {
	struct traces traces;
	uint32_t *devices; /* owned */
	size_t nr_devices, cap_devices;
	double from, to; /* s; to = 0: no end */
	struct export_map *maps; /* owned */
	size_t nr_maps, cap_maps;
	struct tag_choice tags;
	struct export_options x;
	bool is_quiet;
};

/* Options that have a long name only. */
enum {
	OPT_FORMAT = 0x100,
	OPT_BY,
	OPT_AT,
	OPT_TARGET,
	OPT_INTERVAL,
	OPT_QUIET,
};

static const struct argp_option option_table[] = {
	{ "input-file", 'i', "NAME", 0, "the trace, as iotape parse -i takes"
	  " it; repeatable", 0 },
	{ "output", 'o', "NAME", 0, "write into this file or folder [standard"
	  " output]", 0 },
	{ "format", OPT_FORMAT, "FORMAT", 0, "what to write; --format help"
	  " lists them", 0 },
	{ "device", 'D', "MAJOR,MINOR", 0, "only this device; repeatable", 0 },
	{ "time-start", 't', "SECONDS", 0, "leave out what was before", 0 },
	{ "time-end", 'T', "SECONDS", 0, "leave out what was after", 0 },
	{ "interval", OPT_INTERVAL, "SECONDS", 0, "openmetrics, perfetto: of"
	  " samples [1, 0.1]", 0 },
	{ "by", OPT_BY, "device|process", 0, "fio: what has a log of its own"
	  " [device]", 0 },
	{ "at", OPT_AT, "Q|D", 0, "fio: what was queued [Q], or what was issued"
	  " to the driver [D]", 0 },
	{ "target", OPT_TARGET, "DEVICE=PATH", 0, "fio: what to replay the I/O"
	  " of a device on [a file DEVICE.img]; repeatable", 0 },
	{ "quiet", OPT_QUIET, NULL, 0, "say nothing about damage, loss and"
	  " I/Os that did not end", 0 },
	{ "version", 'V', NULL, 0, "print the version", 0 },
	{ 0 },
};

static void add_device(struct options *o, const char *arg,
		       const struct argp_state *state)
{
	unsigned int major, minor;
	char end;

	if (sscanf(arg, "%u,%u%c", &major, &minor, &end) != 2 ||
	    major > 0xfff || minor > 0xfffff)
		argp_error(state, "-D %s: MAJOR,MINOR is wanted", arg);
	o->devices = xgrow(o->devices, o->nr_devices, &o->cap_devices,
			   sizeof(*o->devices));
	o->devices[o->nr_devices++] = blk_dev(major, minor);
}

static void set_time(double *ret, int key, const char *arg,
		     const struct argp_state *state)
{
	char *end;

	errno = 0;
	*ret = strtod(arg, &end);
	if (errno || end == arg || *end || !(*ret >= 0) || *ret > 1e9)
		argp_error(state, "-%c %s: a number of seconds is wanted", key,
			   arg);
}

static void set_interval(struct options *o, const char *arg,
			 const struct argp_state *state)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(arg, &end);
	if (errno || end == arg || *end || !(seconds >= 0.001) ||
	    seconds > 86400)
		argp_error(state, "--interval %s: 0.001 to 86400 seconds are"
			   " wanted", arg);
	o->x.interval_ns = (uint64_t)(seconds * 1e9);
}

static void set_format(struct options *o, const char *arg,
		       const struct argp_state *state)
{
	const char *name;

	if (!strcmp(arg, "help")) {
		for (size_t i = 0; (name = export_format_name(i)); i++)
			(void)printf("%s\n", name);
		exit(CMD_OK);
	}
	o->x.format = export_format_of(arg);
	if (!o->x.format)
		argp_error(state, "--format %s: there is none of that name;"
			   " --format help lists them", arg);
}

static void add_target(struct options *o, const char *arg,
		       const struct argp_state *state)
{
	const char *path = strchr(arg, '=');

	if (!path || path == arg || !path[1])
		argp_error(state, "--target %s: DEVICE=PATH is wanted", arg);
	o->maps = xgrow(o->maps, o->nr_maps, &o->cap_maps, sizeof(*o->maps));
	o->maps[o->nr_maps++] = (struct export_map){
		.device = arg, .device_len = (size_t)(path - arg),
		.path = path + 1,
	};
}

/* True if @arg is @yes, false if it is @no. */
static bool choose(const char *arg, const char *no, const char *yes,
		   const char *option, const struct argp_state *state)
{
	if (strcmp(arg, no) != 0 && strcmp(arg, yes) != 0)
		argp_error(state, "%s %s: %s or %s is wanted", option, arg, no,
			   yes);
	return !strcmp(arg, yes);
}

/* The options of format fio.  False if @key is none of them. */
static bool parse_fio(struct options *o, int key, const char *arg,
		      const struct argp_state *state)
{
	switch (key) {
	case OPT_BY:
		o->x.by_process = choose(arg, "device", "process", "--by",
					 state);
		return true;
	case OPT_AT:
		o->x.at_issue = choose(arg, "Q", "D", "--at", state);
		return true;
	case OPT_TARGET:
		add_target(o, arg, state);
		return true;
	default:
		return false;
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->tags;
		break;
	case 'i':
	case ARGP_KEY_ARG:
		traces_add(&o->traces, arg);
		break;
	case 'o':
		o->x.output = arg;
		break;
	case OPT_FORMAT:
		set_format(o, arg, state);
		break;
	case 'D':
		add_device(o, arg, state);
		break;
	case 't':
		set_time(&o->from, key, arg, state);
		break;
	case 'T':
		set_time(&o->to, key, arg, state);
		break;
	case OPT_INTERVAL:
		set_interval(o, arg, state);
		break;
	case OPT_QUIET:
		o->is_quiet = true;
		break;
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_END:
		if (!o->traces.nr)
			argp_error(state, "no trace is given");
		if (!o->x.format)
			argp_error(state, "no --format is given");
		if (o->x.by_process && o->x.at_issue)
			argp_error(state, "--by process goes with --at Q only:"
				   " whoever issues is not whose I/O it is");
		break;
	default:
		return parse_fio(o, key, arg, state) ? 0 : ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int read_all(struct source *src, struct export *x, struct tags *tags,
		    struct err *err)
{
	const struct source_file *files;
	_cleanup_(ahead_freep) struct ahead *ahead = ahead_new(src);
	struct source_batch batch;
	const uint32_t *of = NULL;
	ssize_t n;

	(void)source_files(src, &files);
	while (!cmd_signal && !export_status(x) &&
	       (n = ahead_read(ahead, &batch, err)) != 0) {
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		/* it only ends early for a signal */
		if (tags && tags_batch(tags, &batch, &of))
			break;
		for (size_t i = 0; i < batch.nr; i++)
			export_add(x, &batch.recs[i],
				   files[batch.files[i]].cpu >= 0,
				   of ? of[i] : 0);
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

/* Says what is missing.  Returns the exit status. */
static int say_loss(const struct options *o, const struct source *src,
		    const struct export *x)
{
	const struct life_counts *c = export_counts(x);
	uint64_t lost = export_lost(x);
	bool is_whole = !lost && !source_damage(src, NULL, NULL);

	if (o->is_quiet)
		return is_whole ? CMD_OK : CMD_LOSS;
	(void)source_damage(src, say_damage, NULL);
	if (lost)
		cmd_error("%" PRIu64 " events were lost while this was"
			  " recorded", lost);
	if (c->ios_begun != c->ios_ended)
		cmd_error("%" PRIu64 " of %" PRIu64 " I/Os are not there: %"
			  PRIu64 " did not end, %" PRIu64 " were lost sight of",
			  c->ios_begun - c->ios_ended, c->ios_begun,
			  c->ios_in_flight,
			  c->ios_begun - c->ios_ended - c->ios_in_flight);
	if (export_unfit(x))
		cmd_error("%" PRIu64 " I/Os are left out: the format has no"
			  " form for them", export_unfit(x));
	return is_whole ? CMD_OK : CMD_LOSS;
}

static int run(struct options *o, struct err *err, int *ret_status)
{
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_(tags_freep) struct tags *tags = NULL;
	_cleanup_(export_freep) struct export *x = NULL;
	int r;

	r = source_open(o->traces.names, o->traces.nr,
			&(struct source_options){ 0 }, &src, err);
	if (!r && tag_choice_is_given(&o->tags))
		r = tag_choice_open(&o->tags, true, &tags, err);
	if (r)
		return r;
	o->x.maps = o->maps;
	o->x.nr_maps = o->nr_maps;
	o->x.wants = (struct stats_options){
		.devices = o->devices, .nr_devices = o->nr_devices,
		.from = (uint64_t)(o->from * 1e9),
		.to = (uint64_t)(o->to * 1e9),
		.tags = tags, .tags_at_issue = o->tags.tags.at_issue,
	};
	r = export_open(&o->x, &x, err);
	if (!r)
		r = read_all(src, x, tags, err);
	if (!r && cmd_signal)
		return err_set(err, -EINTR, "ended by a signal: nothing is"
			       " written");
	if (!r)
		r = export_end(x, err);
	if (r)
		return r;
	*ret_status = say_loss(o, src, x);
	if (tag_choice_report(tags))
		*ret_status = CMD_LOSS;
	return 0;
}

int export_main(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &tag_choice_argp, 0, TAG_CHOICE_HEADER, 2 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = option_table,
		.children = children,
		.parser = parse_option,
		.args_doc = "NAME...",
		.doc = "Writes the I/O of a trace in the form of other tools.",
	};
	struct options o = { 0 };
	int status = CMD_OK;
	struct err err;
	int r;

	tag_choice_init(&o.tags);
	argp_err_exit_status = CMD_USAGE;
	if (arg_parse(&argp, argc, argv, 0, &o))
		return CMD_USAGE;
	cmd_catch_signals();
	if (!o.tags.nr_helpers)
		jail_enter();
	r = run(&o, &err, &status);
	traces_release(&o.traces);
	free(o.devices);
	free(o.maps);
	tag_choice_release(&o.tags);
	return r ? cmd_fail(&err) : status;
}
