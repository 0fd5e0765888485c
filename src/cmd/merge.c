/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape merge: traces of several machines on one clock.
 */
#include "config.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/jail.h"
#include "src/cmd/merge.h"

#define NS_PER_SEC	1e9
#define SECONDS_MAX	1e9
#define ANCHORS_MAX	2u

enum {
	OPT_ALIGN = 0x100,
	OPT_ANCHOR,
};

static const struct argp_option option_table[] = {
	{ "input", 'i', "[HOST=]NAME", 0, "a machine's trace:"
	  " NAME.blktrace.N, a folder, or a file of all CPUs; repeatable",
	  0 },
	{ "output", 'o', "OUT", 0, "write OUT.blktrace.N, or, with -, one"
	  " stream to standard output", 0 },
	{ "align", OPT_ALIGN, "HOW", 0, "by the clock of the day (wall, the"
	  " default), by CLOCK_TAI of synchronised clocks (ptp), or by"
	  " --anchor (anchor)", 0 },
	{ "anchor", OPT_ANCHOR, "HOST=TIME,...", 0, "an instant in each trace,"
	  " in seconds since its first event; a second --anchor corrects the"
	  " drift; kicks: those of a guest that its host recorded", 0 },
	{ "quiet", 'q', NULL, 0, "do not say what was done", 0 },
	{ "version", 'V', NULL, 0, "print the version", 0 },
	{ 0 },
};

/* One "HOST=TIME" of --anchor. */
static void add_anchor(struct merge_options *o, const char *word,
		       const struct argp_state *state)
{
	const char *equal = strrchr(word, '=');
	double seconds = -1;
	char *end = NULL;

	if (equal && equal[1])
		seconds = strtod(equal + 1, &end);
	if (!end || *end || equal == word ||
	    !(seconds >= 0 && seconds <= SECONDS_MAX))
		argp_error(state, "--anchor %s: HOST=SECONDS is wanted, with"
			   " seconds from 0 to 1000000000", word);
	o->anchors = xgrow(o->anchors, o->nr_anchors, &o->cap_anchors,
			   sizeof(*o->anchors));
	o->anchors[o->nr_anchors++] = (struct merge_anchor){
		.host = xstrndup(word, (size_t)(equal - word)),
		.ns = (uint64_t)(seconds * NS_PER_SEC + 0.5),
		.nr = o->nr_anchor_options,
	};
}

static void add_anchors(struct merge_options *o, const char *arg,
			const struct argp_state *state)
{
	_cleanup_(freep) char *words = xstrdup(arg);
	char *save = NULL;

	o->mode = ALIGN_ANCHOR;
	if (!strcmp(arg, "kicks")) {
		o->by_kicks = true;
		return;
	}
	if (o->nr_anchor_options == ANCHORS_MAX)
		argp_error(state, "--anchor can be given twice");
	for (char *word = strtok_r(words, ",", &save); word;
	     word = strtok_r(NULL, ",", &save))
		add_anchor(o, word, state);
	o->nr_anchor_options++;
}

static void check(const struct merge_options *o,
		  const struct argp_state *state)
{
	if (o->traces.nr < 2)
		argp_error(state, "at least two traces are wanted");
	if (o->traces.nr > MERGE_HOSTS_MAX)
		argp_error(state, "%zu traces are too many; at most %u can be"
			   " merged", o->traces.nr, MERGE_HOSTS_MAX);
	if (o->nr_anchors && o->mode != ALIGN_ANCHOR)
		argp_error(state, "--anchor goes with --align anchor");
	if (!o->nr_anchors && !o->by_kicks && o->mode == ALIGN_ANCHOR)
		argp_error(state, "--align anchor wants --anchor");
	if (o->nr_anchors && o->by_kicks)
		argp_error(state, "--anchor kicks goes with no other");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct merge_options *o = state->input;

	switch (key) {
	case 'i':
	case ARGP_KEY_ARG:
		traces_add(&o->traces, arg);
		break;
	case 'o':
		o->output = arg;
		break;
	case OPT_ALIGN:
		if (align_mode_from_name(arg, &o->mode))
			argp_error(state, "--align %s: wall, ptp or anchor is"
				   " wanted", arg);
		break;
	case OPT_ANCHOR:
		add_anchors(o, arg, state);
		break;
	case 'q':
		o->is_quiet = true;
		break;
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_END:
		check(o, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int merge_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.args_doc = "[HOST=]NAME...",
		.doc = "Puts traces of several machines, or of a guest and its"
		       " host, into one, on the clock of the first.",
	};
	struct merge_options o = { .mode = ALIGN_WALL };
	int status;

	argp_err_exit_status = CMD_USAGE;
	(void)arg_parse(&argp, argc, argv, 0, &o);
	jail_enter();
	status = merge_run(&o);
	for (size_t i = 0; i < o.nr_anchors; i++)
		free(o.anchors[i].host);
	free(o.anchors);
	traces_release(&o.traces);
	return status;
}
