/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/stats.h"
#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/stat_options.h"

#define TOP_DEFAULT 10

/* Options that have a long name only. */
enum {
	OPT_BY = 0x100,
	OPT_JSON,
	OPT_TOP,
	OPT_QUIET,
	OPT_BTT,
	OPT_INTERVAL,
	OPT_VM,
	OPT_DIFF,
	OPT_MAX,
};

static const struct argp_option option_table[] = {
	{ "input-file", 'i', "NAME", 0, "the trace, as iotape parse -i takes"
	  " it; repeatable", 0 },
	{ "output-file", 'o', "FILE", 0, "write there [standard output]", 0 },
	{ "json", OPT_JSON, NULL, 0, "print JSON (schema iotape-stat/1)", 0 },
	{ "by", OPT_BY, "KEY,...", 0, "group the I/Os by device, process,"
	  " cgroup, op, size, cpu, tag, or several of them", 0 },
	{ "top", OPT_TOP, "NUMBER", 0, "show that many groups [10]", 0 },
	{ "interval", OPT_INTERVAL, "SECONDS", 0, "print histograms of each"
	  " interval, as blkiomon does", 0 },
	{ "vm", OPT_VM, NULL, 0, "follow the I/O of virtual machines from their"
	  " kicks to their interrupts", 0 },
	{ "diff", OPT_DIFF, NULL, 0, "compare the latencies of two traces", 0 },
	{ "devices", 'D', "DEVICE;...", 0, "only these: MAJOR,MINOR", 0 },
	{ "time-start", 't', "SECONDS", 0, "leave out what was before", 0 },
	{ "time-end", 'T', "SECONDS", 0, "leave out what was after", 0 },
	{ NULL, 0, NULL, 0, "btt's report; each of these implies --btt:", 1 },
	{ "btt", OPT_BTT, NULL, 0, "print what btt prints; then -o is the"
	  " beginning of the names of its files", 1 },
	{ "all-data", 'A', NULL, 0, "times by process and device as well", 1 },
	{ "seek-absolute", 'a', NULL, 0, "seeks from the end of an I/O", 1 },
	{ "dump-blocknos", 'B', "NAME", 0, "blocks into NAME_DEV_{r,w,c}.dat",
	  1 },
	{ "range-delta", 'd', "SECONDS", 0, "longest pause inside a range of"
	  " activity [0.1]", 1 },
	{ "exes", 'e', "EXE,...", 0, "only these processes", 1 },
	{ "iostat", 'I', "FILE", 0, "a table as iostat prints it", 1 },
	{ "iostat-interval", 'S', "SECONDS", 0, "its interval [1]", 1 },
	{ "d2c-latencies", 'l', "NAME", 0, "D2C into NAME_DEV_d2c.dat", 1 },
	{ "q2c-latencies", 'q', "NAME", 0, "Q2C into NAME_DEV_q2c.dat", 1 },
	{ "q2d-latencies", 'z', "NAME", 0, "Q2D into NAME_DEV_q2d.dat", 1 },
	{ "periodic-latencies", 'L', "SECONDS", 0, "means of such periods into"
	  " DEV_{q2d,q2c,d2c}_plat.dat", 1 },
	{ "seeks", 's', "NAME", 0, "seeks into NAME_DEV_{d2d,q2q}_{r,w,c}.dat",
	  1 },
	{ "seeks-per-second", 'm', "NAME", 0, "into NAME_DEV.dat; with -s", 1 },
	{ "dev-maps", 'M', "FILE", 0, "names of devices: lines NAME MAJOR,"
	  "MINOR", 1 },
	{ "per-io-dump", 'p', "FILE", 0, "the steps of each I/O", 1 },
	{ "per-io-trees", 'P', "NAME", 0, "times of I/Os into DEV_pit.dat", 1 },
	{ "active-queue-depth", 'Q', "NAME", 0, "depth into NAME_DEV_aqd.dat",
	  1 },
	{ "no-remaps", 'r', NULL, 0, "ignore remaps", 1 },
	{ "unplug-hist", 'u', "NAME", 0, "unplugs into NAME_DEV.dat", 1 },
	{ "easy-parse-avgs", 'X', NULL, 0, "a page for programs as well, with"
	  " -o", 1 },
	{ "do-active", 'Z', NULL, 0, "activity into {DEV,sys}_live.dat", 1 },
	{ "verbose", 'v', NULL, 0, "accepted for btt's sake", 1 },
	{ "quiet", OPT_QUIET, NULL, 0, "say nothing about damage and loss on"
	  " standard error", 2 },
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 2 },
	{ "version", 'V', NULL, 0, "print the version", 2 },
	{ 0 },
};

static void add_devices(struct stat_options *o, const char *list,
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

static void add_keys(struct stat_options *o, const char *list,
		     const struct argp_state *state)
{
	/* In the order of STATS_BY_*. */
	static const char *const keys[] = {
		"device", "process", "cgroup", "op", "size", "cpu", "tag",
	};

	for (const char *p = list; *p;) {
		size_t len = strcspn(p, ","), i = 0;

		while (i < ARRAY_SIZE(keys) &&
		       (strlen(keys[i]) != len || strncmp(keys[i], p, len)))
			i++;
		if (i == ARRAY_SIZE(keys)) {
			argp_error(state,
				   "--by %s: device, process, cgroup,"
				   " op, size, cpu or tag is wanted",
				   list);
			return;
		}
		o->by |= 1u << i;
		p += len + (p[len] == ',');
	}
}

/* The options of btt.  False if @key is none of them. */
static bool parse_btt(struct stat_options *o, int key, const char *arg,
		      const struct argp_state *state)
{
	struct btt_options *b = &o->btt;
	const struct {
		int key;
		const char **name;
	} names[] = {
		{ 'B', &b->blocks }, { 'e', &b->exes }, { 'I', &b->iostat },
		{ 'l', &b->d2c }, { 'q', &b->q2c }, { 'z', &b->q2d },
		{ 's', &b->seeks }, { 'm', &b->seek_rate },
		{ 'M', &b->devmap }, { 'p', &b->per_io },
		{ 'Q', &b->active }, { 'u', &b->unplugs },
	};
	const struct {
		int key;
		bool *flag;
	} flags[] = {
		{ OPT_BTT, &o->is_btt }, { 'v', &o->is_btt },
		{ 'A', &b->has_all_data }, { 'a', &b->is_absolute },
		{ 'P', &b->has_trees }, { 'r', &b->no_remaps },
		{ 'X', &b->has_easy }, { 'Z', &b->has_live },
	};
	bool is_found = key == 'd' || key == 'L' || key == 'S';

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].key == key) {
			*names[i].name = arg;
			is_found = true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (flags[i].key == key) {
			*flags[i].flag = true;
			is_found = true;
		}
	if (key == 'd')
		b->range_delta = arg_seconds(arg, "-d", state);
	else if (key == 'L')
		b->plat_freq = arg_seconds(arg, "-L", state);
	else if (key == 'S')
		b->iostat_ns = (uint64_t)arg_seconds(arg, "-S", state) *
			       1000000000;
	o->is_btt |= is_found;
	return is_found;
}

/* Options that exclude each other. */
static void check_together(struct stat_options *o, const struct argp_state *state)
{
	bool is_tagged = tag_choice_is_given(&o->tags);

	if (o->btt.seek_rate && !o->btt.seeks)
		argp_error(state, "-m goes with -s only");
	if (is_tagged && (o->is_btt || o->interval > 0))
		argp_error(state, "--tag-* goes with neither --btt nor"
			   " --interval");
	if (o->interval > 0 && (o->by || o->is_btt))
		argp_error(state, "--interval goes with neither --by nor"
			   " --btt");
	if (o->is_vm && (is_tagged || o->by || o->is_btt || o->interval > 0 ||
			 o->nr_devices || o->from > 0 || o->to > 0))
		argp_error(state, "--vm goes with -i, -o and --json only");
	if (o->is_diff && o->traces.nr != 2)
		argp_error(state, "--diff: two traces are wanted, not %zu",
			   o->traces.nr);
	if (o->is_diff && (is_tagged || o->by || o->is_btt || o->is_vm ||
			   o->interval > 0 || o->nr_devices || o->from > 0 ||
			   o->to > 0))
		argp_error(state, "--diff goes with -i, -o and --json only");
	if (is_tagged)
		o->by |= STATS_BY_TAG;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct stat_options *o = state->input;

	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = &o->tags;
		return 0;
	}
	if (key > 0 && key < OPT_MAX && parse_btt(o, key, arg, state))
		return 0;
	switch (key) {
	case 'i':
	case ARGP_KEY_ARG:
		traces_add(&o->traces, arg);
		break;
	case 'o':
		o->output = arg;
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case 'D':
		add_devices(o, arg, state);
		o->btt.devices = arg;
		break;
	case 't':
		o->from = arg_seconds(arg, "-t", state);
		break;
	case 'T':
		o->to = arg_seconds(arg, "-T", state);
		break;
	case OPT_JSON:
		o->is_json = true;
		break;
	case OPT_BY:
		add_keys(o, arg, state);
		break;
	case OPT_TOP:
		o->top = (unsigned int)arg_number(arg, "--top", 0, UINT32_MAX,
						 state);
		break;
	case OPT_INTERVAL:
		o->interval = arg_seconds(arg, "--interval", state);
		if (o->interval < 1e-6)
			argp_error(state, "--interval %s: a microsecond at"
				   " least", arg);
		break;
	case OPT_VM:
		o->is_vm = true;
		break;
	case OPT_DIFF:
		o->is_diff = true;
		break;
	case OPT_QUIET:
		o->is_quiet = true;
		break;
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_NO_ARGS:
		if (!o->traces.nr)
			argp_error(state, "no trace is given");
		break;
	case ARGP_KEY_END:
		check_together(o, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int stat_options_parse(struct stat_options *ret, int argc, char **argv)
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
		.doc = "Says how the I/O in a trace was: rates, times,"
		       " sizes, seeks, queue depth, by device, operation,"
		       " process and cgroup.",
	};

	*ret = (struct stat_options){
		.top = TOP_DEFAULT,
		.btt = { .range_delta = 0.1, .iostat_ns = 1000000000 },
	};
	tag_choice_init(&ret->tags);
	argp_err_exit_status = CMD_USAGE;
	return arg_parse(&argp, argc, argv, 0, ret) ? CMD_USAGE : CMD_OK;
}

void stat_options_release(struct stat_options *o)
{
	traces_release(&o->traces);
	free(o->devices);
	tag_choice_release(&o->tags);
}
