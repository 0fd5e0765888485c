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
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/jail.h"
#include "src/cmd/tag.h"

/* Options that have a long name only. */
enum {
	OPT_FORMAT = 0x100,
	OPT_EMIT,
	OPT_QUIET,
};

static const struct argp_option option_table[] = {
	{"input-file", 'i', "NAME", 0,
	 "the trace, as iotape parse -i takes"
	 " it; repeatable",
	 0},
	{"output-file", 'o', "FILE", 0, "write there [standard output]", 0},
	{"action", 'a', "Q|D", 0, "the same as --tag-action", 0},
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

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct tag_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->choice;
		return 0;
	case 'i':
	case ARGP_KEY_ARG:
		traces_add(&o->traces, arg);
		return 0;
	case 'o':
		o->output = strcmp(arg, "-") != 0 ? arg : NULL;
		return 0;
	case 'a':
		tag_choice_set_action(&o->choice, arg, "-a", state);
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
		if (!o->traces.nr)
			argp_error(state, "no trace is given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int tag_main(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&tag_choice_argp, 0, NULL, 0},
		{0},
	};
	static const struct argp argp = {
		.options = option_table, .parser = parse_option,
		.children = children,
		.args_doc = "[-i] NAME...",
		.doc = "Says whose each I/O of a trace is: by a key, by rules,"
		       " or by asking helper programs.\v"
		       "Exit status: 0; 1 failed; 2 wrong usage; 3 a helper"
		       " did something wrong, events were lost, or the trace"
		       " is damaged.",
	};
	struct tag_options o = {0};
	int status;

	tag_choice_init(&o.choice);
	argp_err_exit_status = CMD_USAGE;
	(void)arg_parse(&argp, argc, argv, 0, &o);
	if (!o.choice.nr_helpers)
		jail_enter();
	status = tag_run(&o);
	traces_release(&o.traces);
	tag_choice_release(&o.choice);
	return status;
}
