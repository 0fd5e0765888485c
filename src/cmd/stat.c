/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape stat: the options of btt, and what it says about a trace.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/source.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/stat.h"

#define TOP_DEFAULT 10

struct options {
	const char **names; /* of the trace; owned, the strings are not */
	size_t nr_names, cap_names;
	uint32_t *devices; /* owned */
	size_t nr_devices, cap_devices;
	const char *output;
	uint32_t by;
	unsigned int top;
	double from, to; /* s; to = 0: no end */
	bool is_json;
	bool is_quiet;
};

/* Options that have a long name only. */
enum {
	OPT_BY = 0x100,
	OPT_JSON,
	OPT_TOP,
	OPT_QUIET,
};

static const struct argp_option option_table[] = {
	{"input-file", 'i', "NAME", 0,
	 "the trace, as iotape parse -i takes"
	 " it; repeatable",
	 0},
	{"output-file", 'o', "FILE", 0, "write there [standard output]", 0},
	{"json", OPT_JSON, NULL, 0, "print JSON (schema iotape-stat/1)", 0},
	{"by", OPT_BY, "KEY,...", 0,
	 "group the I/Os by device, process,"
	 " cgroup, op, size, cpu, or several of them",
	 0},
	{"top", OPT_TOP, "NUMBER", 0, "show that many groups [10]", 0},
	{"devices", 'D', "DEVICE;...", 0, "only these: MAJOR,MINOR", 0},
	{"time-start", 't', "SECONDS", 0, "leave out what was before", 0},
	{"time-end", 'T', "SECONDS", 0, "leave out what was after", 0},
	{"quiet", OPT_QUIET, NULL, 0,
	 "say nothing about damage and loss on"
	 " standard error",
	 0},
	{"version", 'V', NULL, 0, "print the version", 0},
	{0},
};

static void add_devices(struct options *o, const char *list,
			const struct argp_state *state)
{
	const char *p = list;

	for (;;) {
		unsigned int major, minor;
		int n = 0;

		if (sscanf(p, "%u,%u%n", &major, &minor, &n) != 2 ||
		    major > 0xfff || minor > 0xfffff) {
			argp_error(state, "-D %s: MAJOR,MINOR;... is wanted",
				   list);
			return;
		}
		o->devices = xgrow(o->devices, o->nr_devices, &o->cap_devices,
				   sizeof(*o->devices));
		o->devices[o->nr_devices++] = blk_dev(major, minor);
		p += n;
		if (!*p)
			return;
		/* btt takes ";", its man page says ":" */
		if (*p == ';' || *p == ':')
			p++;
	}
}

static void add_keys(struct options *o, const char *list,
		     const struct argp_state *state)
{
	/* In the order of STATS_BY_*. */
	static const char *const keys[] = {
		"device", "process", "cgroup", "op", "size", "cpu",
	};

	for (const char *p = list; *p;) {
		size_t len = strcspn(p, ","), i = 0;

		while (i < ARRAY_SIZE(keys) &&
		       (strlen(keys[i]) != len || strncmp(keys[i], p, len)))
			i++;
		if (i == ARRAY_SIZE(keys)) {
			argp_error(state,
				   "--by %s: device, process, cgroup,"
				   " op, size or cpu is wanted",
				   list);
			return;
		}
		o->by |= 1u << i;
		p += len + (p[len] == ',');
	}
}

static double parse_seconds(const char *arg, const char *option,
			    const struct argp_state *state)
{
	char *end;
	double v;

	errno = 0;
	v = strtod(arg, &end);
	if (errno || end == arg || *end || !(v >= 0) || v > 1e9)
		argp_error(state, "%s %s: a number of seconds is wanted",
			   option, arg);
	return v;
}

static unsigned int parse_top(const char *arg, const struct argp_state *state)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || v > UINT32_MAX)
		argp_error(state, "--top %s: a number is wanted", arg);
	return (unsigned int)v;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'i':
	case ARGP_KEY_ARG:
		o->names = xgrow(o->names, o->nr_names, &o->cap_names,
				 sizeof(*o->names));
		o->names[o->nr_names++] = arg;
		break;
	case 'o':
		o->output = arg;
		break;
	case 'D':
		add_devices(o, arg, state);
		break;
	case 't':
		o->from = parse_seconds(arg, "-t", state);
		break;
	case 'T':
		o->to = parse_seconds(arg, "-T", state);
		break;
	case OPT_JSON:
		o->is_json = true;
		break;
	case OPT_BY:
		add_keys(o, arg, state);
		break;
	case OPT_TOP:
		o->top = parse_top(arg, state);
		break;
	case OPT_QUIET:
		o->is_quiet = true;
		break;
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_NO_ARGS:
		if (!o->nr_names)
			argp_error(state, "no trace is given");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int read_all(struct source *src, struct stats *st, struct err *err)
{
	const struct source_file *files;
	struct source_batch batch;
	ssize_t n;

	(void)source_files(src, &files);
	while (!cmd_signal && (n = source_read(src, &batch, err)) != 0) {
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		for (size_t i = 0; i < batch.nr; i++)
			stats_add(st, &batch.recs[i],
				  files[batch.files[i]].cpu >= 0);
	}
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
static int say_loss(const struct options *o, const struct source *src,
		    const struct stat_view *view)
{
	uint64_t lost = stats_loss(view->stats)->events;

	if (!lost && !view->nr_damaged)
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

static int print(const struct options *o, const struct stat_view *view,
		 struct err *err)
{
	_cleanup_(fclosep) FILE *file = NULL;
	FILE *out = stdout;

	if (o->output && strcmp(o->output, "-") != 0) {
		file = fopen(o->output, "we");
		if (!file)
			return err_set_errno(err, -errno, "%s", o->output);
		out = file;
	}
	if (o->is_json)
		stat_json(view, out);
	else
		stat_page(view, out);
	if (file && (fflush(file) || ferror(file)))
		return err_set_errno(err, -errno, "%s", o->output);
	return 0;
}

static int run(const struct options *o, struct err *err, int *ret_status)
{
	struct stats_options opts = {
		.by = o->by,
		.devices = o->devices,
		.nr_devices = o->nr_devices,
		.from = (uint64_t)(o->from * 1e9),
		.to = (uint64_t)(o->to * 1e9),
	};
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_(stats_freep) struct stats *st = NULL;
	struct stat_view view;
	int r;

	r = source_open(o->names, o->nr_names, &(struct source_options){0},
			&src, err);
	if (r)
		return r;
	st = stats_new(&opts);
	r = read_all(src, st, err);
	if (r)
		return r;
	stats_end(st);
	view = (struct stat_view){.stats = st, .top = o->top};
	look_at_files(src, &view);
	r = print(o, &view, err);
	if (!r)
		*ret_status = say_loss(o, src, &view);
	return r;
}

int stat_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.args_doc = "NAME...",
		.doc = "Says how the I/O in a trace was: rates, times,"
		       " sizes, seeks, queue depth, by device, operation,"
		       " process and cgroup.",
	};
	struct options o = {.top = TOP_DEFAULT};
	int status = CMD_OK;
	struct err err;
	int r;

	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return CMD_USAGE;
	cmd_catch_signals();
	r = run(&o, &err, &status);
	free(o.names);
	free(o.devices);
	return r ? cmd_fail(&err) : status;
}
