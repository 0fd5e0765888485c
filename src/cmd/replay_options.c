/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/cmd/replay_options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/replay/engine.h"
#include "src/replay/turns.h"

enum {
	OPT_COMPRESSIBLE = 0x100,
	OPT_DEPTH,
	OPT_EVENT,
	OPT_FIT,
	OPT_FORCE,
	OPT_JSON,
	OPT_MODE,
	OPT_REALTIME,
	OPT_RECORD,
	OPT_TO,
};

static const struct argp_option option_table[] = {
	{ "to", OPT_TO, "[DEVICE=]TARGET", 0, "issue the I/O of DEVICE, or of"
	  " all, to this block device or file; repeatable", 0 },
	{ "map-devs", 'M', "FILE", 0, "lines \"DEVICE TARGET\", as --to;"
	  " repeatable", 0 },
	{ "input-directory", 'd', "DIR", 0, "where the traces are", 0 },
	{ "input-base", 'i', "BASE", 0, "NAME is a device: read btrecord's"
	  " files NAME.BASE.CPU", 0 },
	{ "find-records", 'F', NULL, 0, "all traces of the folder, or with -i"
	  " all devices that have such files", 0 },
	{ "output-base", 'o', "BASE", 0, "issue nothing: write btrecord's files"
	  " DEVICE.BASE.0", 0 },
	{ "output-directory", 'D', "DIR", 0, "where -o writes", 0 },
	{ "record", OPT_RECORD, "NAME", 0, "record the targets meanwhile, as"
	  " iotape record -o NAME", 0 },
	{ "write-enable", 'W', NULL, 0, "write; without it writes become"
	  " reads", 0 },
	{ "force", OPT_FORCE, NULL, 0, "write to a device that is mounted or"
	  " in use otherwise", 0 },
	{ "mode", OPT_MODE, "MODE", 0, "timed (default), asap, closed-loop or"
	  " dependencies", 0 },
	{ "no-stalls", 'N', NULL, 0, "as --mode asap", 0 },
	{ "acc-factor", 'x', "FACTOR", 0, "so many times as fast (1)", 0 },
	{ "iterations", 'I', "N", 0, "replay it so many times (1)", 0 },
	{ "depth", OPT_DEPTH, "N", 0, "I/Os in flight at most (1024)", 0 },
	{ "fit", OPT_FIT, "HOW", 0, "where a target has another size: wrap"
	  " (default), scale or exact", 0 },
	{ "event", OPT_EVENT, "EVENT", 0, "queue (default): I/Os as they were"
	  " submitted; issue: as the driver got them", 0 },
	{ "compressible", OPT_COMPRESSIBLE, "PERCENT", 0, "how much of what is"
	  " written is zeros (0)", 0 },
	{ "realtime", OPT_REALTIME, NULL, 0, "issue from real-time threads:"
	  " exact, but what shares their CPUs waits", 0 },
	{ "cpus", 'c', "N", 0, "issue from N CPUs in turns (1; with --realtime"
	  " and --mode timed 2)", 0 },
	{ "json", OPT_JSON, NULL, 0, "print JSON (schema iotape-replay/1)",
	  0 },
	{ "quiet", 'q', NULL, 0, "print no report", 0 },
	{ "verbose", 'v', NULL, 0, "say what will be issued where before it"
	  " begins", 0 },
	{ "version", 'V', NULL, 0, "print the version", 0 },
	{ 0 },
};

static double parse_speed(const char *arg, const struct argp_state *state)
{
	char *end;
	double v;

	errno = 0;
	v = strtod(arg, &end);
	if (errno || end == arg || *end || !(v >= 1e-6 && v <= 1e6))
		argp_error(state, "-x %s: a factor from 0.000001 to 1000000 is"
			   " wanted", arg);
	return v;
}

static void add_to(struct replay_options *o, const char *arg,
		   const struct argp_state *state)
{
	const char *equal = strchr(arg, '=');
	const char *slash = strchr(arg, '/');
	struct replay_to to = { 0 };

	/* a path may have one, too */
	if (equal && (!slash || slash > equal)) {
		to.device = xstrndup(arg, (size_t)(equal - arg));
		arg = equal + 1;
	}
	if (!*arg)
		argp_error(state, "--to: no target is given");
	to.target = xstrdup(arg);
	o->to = xgrow(o->to, o->nr_to, &o->cap_to, sizeof(*o->to));
	o->to[o->nr_to++] = to;
}

static void set_event(struct replay_options *o, const char *arg,
		      const struct argp_state *state)
{
	if (!strcmp(arg, "queue"))
		o->event = PLAN_QUEUE;
	else if (!strcmp(arg, "issue"))
		o->event = PLAN_ISSUE;
	else
		argp_error(state, "--event %s: queue or issue is wanted", arg);
}

static error_t parse_how(int key, char *arg, struct argp_state *state)
{
	struct replay_options *o = state->input;

	switch (key) {
	case OPT_MODE:
		if (pace_mode_from_name(arg, &o->mode))
			argp_error(state, "--mode %s: there is no such mode",
				   arg);
		break;
	case 'N':
		o->mode = PACE_ASAP;
		break;
	case 'x':
		o->speed = parse_speed(arg, state);
		break;
	case 'I':
		o->iterations = (uint32_t)arg_number(arg, "-I", 1, 1000000000,
						     state);
		break;
	case OPT_DEPTH:
		o->depth = (uint32_t)arg_number(arg, "--depth", 1,
						ENGINE_DEPTH_MAX, state);
		break;
	case 'c':
		o->cpus = (unsigned int)arg_number(arg, "-c", 1, TURNS_MAX,
						   state);
		break;
	case OPT_FIT:
		if (place_fit_from_name(arg, &o->fit))
			argp_error(state, "--fit %s: wrap, scale or exact is"
				   " wanted", arg);
		break;
	case OPT_EVENT:
		set_event(o, arg, state);
		break;
	case OPT_COMPRESSIBLE:
		o->compressible = (unsigned int)arg_number(
			arg, "--compressible", 0, 100, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct replay_options *o = state->input;

	switch (key) {
	case OPT_TO:
		add_to(o, arg, state);
		break;
	case 'M':
		o->maps = xgrow(o->maps, o->nr_maps, &o->cap_maps,
				sizeof(*o->maps));
		o->maps[o->nr_maps++] = arg;
		break;
	case 'd':
		o->dir = arg;
		break;
	case 'i':
		o->input_base = arg;
		break;
	case 'o':
		o->output_base = arg;
		break;
	case 'D':
		o->output_dir = arg;
		break;
	case OPT_RECORD:
		o->record = arg;
		break;
	case 'W':
		o->has_writes = true;
		break;
	case OPT_FORCE:
		o->force = true;
		break;
	case OPT_REALTIME:
		o->is_realtime = true;
		break;
	case OPT_JSON:
		o->is_json = true;
		break;
	case 'q':
		o->is_quiet = true;
		break;
	case 'v':
		o->is_verbose = true;
		break;
	case 'F':
		o->finds = true;
		break;
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_ARG:
		traces_add(&o->traces, arg);
		break;
	case ARGP_KEY_END:
		if (!o->traces.nr && !o->finds)
			argp_error(state, "no trace is given");
		break;
	default:
		return parse_how(key, arg, state);
	}
	return 0;
}

void replay_options_parse(struct replay_options *ret, int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.args_doc = "NAME...",
		.doc = "Issues the I/O of a trace to block devices or files"
		       " again, and says how faithful that was.",
	};

	argp_err_exit_status = CMD_USAGE;
	*ret = (struct replay_options){
		.speed = 1, .iterations = 1, .depth = ENGINE_DEPTH,
	};
	(void)arg_parse(&argp, argc, argv, 0, ret);
}

void replay_options_found(struct replay_options *o, char *name)
{
	o->found = xgrow(o->found, o->nr_found, &o->cap_found,
			 sizeof(*o->found));
	o->found[o->nr_found++] = name;
	traces_add(&o->traces, name);
}

void replay_options_release(struct replay_options *o)
{
	for (size_t i = 0; i < o->nr_to; i++) {
		free(o->to[i].device);
		free(o->to[i].target);
	}
	free(o->to);
	for (size_t i = 0; i < o->nr_found; i++)
		free(o->found[i]);
	free(o->found);
	traces_release(&o->traces);
	free(o->maps);
}
