/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape tag: the options.
 */
#include "config.h"

#include <argp.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/tag.h"

/* Options that have a long name only. */
enum {
	OPT_BY = 0x100,
	OPT_RULES,
	OPT_HELPER,
	OPT_TIMEOUT,
	OPT_WINDOW,
	OPT_FORMAT,
	OPT_EMIT,
	OPT_QUIET,
};

static const struct argp_option option_table[] = {
	{"input-file", 'i', "NAME", 0,
	 "the trace, as iotape parse -i takes"
	 " it; repeatable",
	 0},
	{"output-file", 'o', "FILE", 0, "write there [standard output]", 0},
	{"tag-by", OPT_BY, "KEY", 0, "tag by " TAG_RULES_KEYS, 0},
	{"tag-rules", OPT_RULES, "FILE", 0,
	 "tag by the rules in this file; the first that fits counts", 0},
	{"tag-helper", OPT_HELPER, "COMMAND", 0,
	 "ask this program for tags; repeatable, and the first that has one"
	 " counts",
	 0},
	{"tag-timeout", OPT_TIMEOUT, "SECONDS", 0,
	 "how long a helper may answer nothing [10]", 0},
	{"tag-window", OPT_WINDOW, "RECORDS", 0,
	 "how many a helper is sent ahead of its answers [16384]; 1 is strict"
	 " lock-step",
	 0},
	{"action", 'a', "Q|D", 0,
	 "an I/O is tagged when it is queued [Q], or when it is issued [D]",
	 0},
	{"format", OPT_FORMAT, "FORMAT", 0,
	 "trace (with the tags as notes) [the default], tsv or json (a row for"
	 " each I/O), summary (a row for each tag)",
	 0},
	{"emit", OPT_EMIT, NULL, 0,
	 "write what a helper would read, and tag nothing", 0},
	{"quiet", OPT_QUIET, NULL, 0,
	 "say nothing about damage and loss on"
	 " standard error",
	 0},
	{"version", 'V', NULL, 0, "print the version", 0},
	{0},
};

static enum tag_format parse_format(const char *arg,
				    const struct argp_state *state)
{
	static const char *const names[] = {
		[TAG_TRACE] = "trace",
		[TAG_TSV] = "tsv",
		[TAG_JSON] = "json",
		[TAG_SUMMARY] = "summary",
	};

	static_assert(ARRAY_SIZE(names) == TAG_FORMAT_MAX, "one name each");
	for (int i = 0; i < TAG_FORMAT_MAX; i++)
		if (!strcmp(names[i], arg))
			return (enum tag_format)i;
	argp_error(state, "--format %s: trace, tsv, json or summary is wanted",
		   arg);
	return TAG_TRACE;
}

static bool parse_action(const char *arg, const struct argp_state *state)
{
	if (strcmp(arg, "Q") != 0 && strcmp(arg, "D") != 0)
		argp_error(state, "-a %s: Q or D is wanted", arg);
	return *arg == 'D';
}

static uint32_t parse_timeout(const char *arg, const struct argp_state *state)
{
	char *end;
	double v;

	errno = 0;
	v = strtod(arg, &end);
	if (errno || end == arg || *end || !(v >= 0.001) || v > 1e6)
		argp_error(state, "--tag-timeout %s: a number of seconds"
			   " above 0 is wanted", arg);
	return (uint32_t)(v * 1000);
}

static uint32_t parse_window(const char *arg, const struct argp_state *state)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || !v || v > UINT32_MAX)
		argp_error(state, "--tag-window %s: a number from 1 is wanted",
			   arg);
	return (uint32_t)v;
}

static void add_name(struct tag_options *o, const char *name)
{
	o->names = xgrow(o->names, o->nr_names, &o->cap_names,
			 sizeof(*o->names));
	o->names[o->nr_names++] = name;
}

static void add_helper(struct tag_options *o, const char *command)
{
	o->helpers = xgrow(o->helpers, o->nr_helpers, &o->cap_helpers,
			   sizeof(*o->helpers));
	o->helpers[o->nr_helpers++] = command;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct tag_options *o = state->input;

	switch (key) {
	case 'i':
	case ARGP_KEY_ARG:
		add_name(o, arg);
		return 0;
	case 'o':
		o->output = strcmp(arg, "-") != 0 ? arg : NULL;
		return 0;
	case OPT_BY:
		o->tags.by = arg;
		return 0;
	case OPT_RULES:
		o->tags.rules = arg;
		return 0;
	case OPT_HELPER:
		add_helper(o, arg);
		return 0;
	case OPT_TIMEOUT:
		o->tags.timeout_ms = parse_timeout(arg, state);
		return 0;
	case OPT_WINDOW:
		o->tags.window = parse_window(arg, state);
		return 0;
	case 'a':
		o->tags.at_issue = parse_action(arg, state);
		return 0;
	case OPT_FORMAT:
		o->format = parse_format(arg, state);
		return 0;
	case OPT_EMIT:
		o->is_emit = true;
		return 0;
	case OPT_QUIET:
		o->is_quiet = true;
		return 0;
	case 'V':
		(void)printf("iotape tag (iotape %s)\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_END:
		if (!o->nr_names)
			argp_error(state, "no trace is given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int tag_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table, .parser = parse_option,
		.args_doc = "[-i] NAME...",
		.doc = "Says whose each I/O of a trace is: by a key, by rules,"
		       " or by asking helper programs.\v"
		       "Exit status: 0; 1 failed; 2 wrong usage; 3 a helper"
		       " did something wrong, events were lost, or the trace"
		       " is damaged.",
	};
	struct tag_options o = {.tags = {.helper_dir = HELPERDIR,
					 .stop = &cmd_signal}};
	int status;

	argp_err_exit_status = CMD_USAGE;
	(void)argp_parse(&argp, argc, argv, 0, NULL, &o);
	o.tags.helpers = o.helpers;
	o.tags.nr_helpers = o.nr_helpers;
	status = tag_run(&o);
	free(o.names);
	free(o.helpers);
	return status;
}
