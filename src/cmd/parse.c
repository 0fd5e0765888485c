/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape parse: a trace as blkparse's text, its summary, and a merged dump.
 */
#include "config.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/blk.h"
#include "src/analyze/format.h"
#include "src/analyze/source.h"
#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/jail.h"
#include "src/cmd/parse_run.h"

#define NS_PER_S	1000000000u

/* Options without a letter. */
enum option_key {
	OPT_ALL = 0x100,
	OPT_COMPAT,
	OPT_TIME,
	OPT_JSON,
	OPT_IO,
	OPT_PROCESS,
	OPT_DEVICE,
	OPT_SECTORS,
	OPT_OP,
	OPT_THAN,
};

static const struct argp_option option_table[] = {
	{ "input", 'i', "NAME", 0, "read this trace: NAME.blktrace.0, .1, ...;"
	  " a merged dump; a pipe; \"-\" is standard input; repeatable", 0 },
	{ "input-directory", 'D', "DIR", 0, "the folder of names without"
	  " one", 0 },
	{ "output", 'o', "FILE", 0, "write the text there [standard"
	  " output]", 0 },
	{ "no-text-output", 'O', NULL, 0, "no text", 0 },
	{ "dump-binary", 'd', "FILE", 0, "write the merged dump there; \"-\" is"
	  " standard output", 0 },
	{ "no-msgs", 'M', NULL, 0, "no kernel messages in the dump", 0 },
	{ "act-mask", 'a', "NAME", 0, "only events of this category;"
	  " repeatable [all]", 0 },
	{ "set-mask", 'A', "HEX", 0, "only events of these categories", 0 },
	{ "stopwatch", 'w', "[START:]END", 0, "only events of this span, in"
	  " seconds since the first", 0 },
	{ "format", 'f', "FORMAT", 0, "how each line looks", 0 },
	{ "format-spec", 'F', "LETTER,FORMAT", 0, "how the lines of one action"
	  " look", 0 },
	{ "track-ios", 't', NULL, 0, "show how long each step of an I/O"
	  " took", 0 },
	{ "per-program-stats", 's', NULL, 0, "a summary for each program", 0 },
	{ "hash-by-name", 'h', NULL, 0, "programs of one name are one", 0 },
	{ "quiet", 'q', NULL, 0, "no summary of devices and CPUs", 0 },
	{ "batch", 'b', "N", 0, "events that are read ahead for each file"
	  " [512]", 0 },
	{ "all", OPT_ALL, NULL, 0, "show records that are no events too:"
	  " names, timestamps, what only iotape records", 0 },
	{ "time", OPT_TIME, "CLOCK", 0, "times as: rel, since the first event;"
	  " mono, since the machine started; unix; iso, a date in UTC"
	  " [rel]", 0 },
	{ "json", OPT_JSON, NULL, 0, "one JSON object a line", 0 },
	{ "io", OPT_IO, NULL, 0, "a line for each I/O, with its phases, in"
	  " place of its events", 0 },
	{ "process", OPT_PROCESS, "NAME|TID", 0, "only what this process"
	  " does; repeatable", 0 },
	{ "device", OPT_DEVICE, "NAME|MAJOR,MINOR", 0, "only this device;"
	  " repeatable", 0 },
	{ "sectors", OPT_SECTORS, "FROM-TO|FROM+N", 0, "only I/O that touches"
	  " these", 0 },
	{ "op", OPT_OP, "NAME", 0, "only this operation: read, write, discard,"
	  " flush, zeroes, zone, passthrough; repeatable", 0 },
	{ "than", OPT_THAN, "TIME", 0, "only I/Os that took this time (10ms)"
	  " or longer from Q to C; means --io", 0 },
	{ "compat", OPT_COMPAT, "VERSION", 0, "as this version of blkparse:"
	  " 1.2 or 1.3 [1.2]", 0 },
	{ "sort-program-stats", 'S', "LETTER", 0, "-s, in the order of KiB"
	  " queued (Q), read (R), written (W), completed (C), of I/Os (q r w"
	  " c), or of names (N)", 0 },
	{ "verbose", 'v', NULL, 0, "say which sequence numbers are"
	  " missing; with -t, which events have no earlier step; at the end,"
	  " what each file held", 0 },
	{ "version", 'V', NULL, 0, "print the version and end", 0 },
	{ 0 },
};

static uint64_t parse_seconds(const char *text, char **end)
{
	double seconds = strtod(text, end);

	return seconds > 0 && seconds < 1e10 ?
	       (uint64_t)(seconds * NS_PER_S) : 0;
}

static void parse_span(struct parse_options *o, const char *arg,
		       const struct argp_state *state)
{
	const char *text = arg;
	char *end;

	o->end_ns = parse_seconds(text, &end);
	if (*end == ':' && end != text) {
		o->start_ns = o->end_ns;
		text = end + 1;
		o->end_ns = parse_seconds(text, &end);
	}
	if (end == text || *end || o->end_ns <= o->start_ns)
		argp_error(state, "-w %s: END or START:END is wanted, in"
			   " seconds, the end after the start", arg);
}

static void parse_masks(struct parse_options *o, int key, const char *arg,
			const struct argp_state *state)
{
	uint32_t mask = 0;

	if (key == 'A') {
		if (blk_mask_from_hex(arg, &o->mask))
			argp_error(state, "-A %s: a hexadecimal number from 1"
				   " to ffff is wanted", arg);
		return;
	}
	if (blk_mask_from_name(arg, &mask))
		argp_error(state, "-a %s: there is no such category", arg);
	o->mask |= mask;
}

static void parse_format(struct parse_options *o, int key, const char *arg,
			 const struct argp_state *state)
{
	struct err err = { 0 };
	int r;

	if (!o->formats)
		o->formats = formats_new();
	r = key == 'F' ? formats_add(o->formats, arg, &err) :
			 formats_add_all(o->formats, arg, &err);
	if (r)
		argp_error(state, "%s", err.text);
}

static void parse_batch(struct parse_options *o, const char *arg)
{
	long n = strtol(arg, NULL, 10);

	o->batch = n > 0 && n <= INT32_MAX ? (uint32_t)n :
					     SOURCE_NOTES_BLKPARSE;
}

static void parse_compat(struct parse_options *o, const char *arg,
			 const struct argp_state *state)
{
	static const char *const versions[] = { "1.2", "1.2.0", "1.3",
						"1.3.0" };

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		if (!strcmp(arg, versions[i])) {
			o->is_1_3 = i >= 2;
			return;
		}
	}
	argp_error(state, "--compat %s: 1.2 or 1.3 is wanted", arg);
}

static void parse_sort(struct parse_options *o, const char *arg,
		       const struct argp_state *state)
{
	if (!*arg || arg[1] || !strchr("NQqRrWwCc", *arg))
		argp_error(state, "-S %s: one of the letters N Q q R r W w C c"
			   " is wanted", arg);
	o->summary.sort = *arg;
	o->summary.by_program = true;
}

static void parse_clock(struct parse_options *o, const char *arg,
			const struct argp_state *state)
{
	static const char *const names[] = {
		[PARSE_REL] = "rel", [PARSE_MONO] = "mono",
		[PARSE_UNIX] = "unix", [PARSE_ISO] = "iso",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(arg, names[i])) {
			o->clock = (enum parse_clock)i;
			return;
		}
	}
	argp_error(state, "--time %s: rel, mono, unix or iso is wanted", arg);
}

/* The options that choose what is shown. */
static error_t parse_filter(int key, const char *arg,
			    const struct argp_state *state)
{
	struct parse_options *o = state->input;
	struct err err = { 0 };
	int r;

	switch (key) {
	case OPT_PROCESS:
		r = filter_add_process(&o->filter, arg, &err);
		break;
	case OPT_DEVICE:
		r = filter_add_device(&o->filter, arg, &err);
		break;
	case OPT_SECTORS:
		r = filter_set_sectors(&o->filter, arg, &err);
		break;
	case OPT_OP:
		r = filter_add_op(&o->filter, arg, &err);
		break;
	case OPT_THAN:
		r = filter_set_than(&o->filter, arg, &err);
		o->shows_ios = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (r)
		argp_error(state, "%s", err.text);
	return 0;
}

static error_t parse_switch(int key, struct parse_options *o)
{
	switch (key) {
	case 'O':
		o->no_text = true;
		return 0;
	case 'M':
		o->no_messages = true;
		return 0;
	case 't':
		o->tracks = true;
		return 0;
	case 's':
		o->summary.by_program = true;
		return 0;
	case 'h':
		o->summary.by_name = true;
		return 0;
	case 'q':
		o->summary.no_devices = true;
		return 0;
	case 'v':
		o->is_verbose = true;
		return 0;
	case OPT_JSON:
		o->is_json = true;
		return 0;
	case OPT_IO:
		o->shows_ios = true;
		return 0;
	case OPT_ALL:
		o->shows_notes = true;
		return 0;
	case 'V':
		(void)printf("iotape parse (iotape %s)\n", PACKAGE_VERSION);
		exit(CMD_OK);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct parse_options *o = state->input;

	switch (key) {
	case 'i':
	case ARGP_KEY_ARG:
		traces_add(&o->traces, arg);
		return 0;
	case 'D':
		o->dir = arg;
		return 0;
	case 'o':
		o->text_path = strcmp(arg, "-") != 0 ? arg : NULL;
		return 0;
	case 'd':
		o->dump_path = arg;
		return 0;
	case 'a':
	case 'A':
		parse_masks(o, key, arg, state);
		return 0;
	case 'w':
		parse_span(o, arg, state);
		return 0;
	case 'f':
	case 'F':
		parse_format(o, key, arg, state);
		return 0;
	case 'b':
		parse_batch(o, arg);
		return 0;
	case 'S':
		parse_sort(o, arg, state);
		return 0;
	case OPT_COMPAT:
		parse_compat(o, arg, state);
		return 0;
	case OPT_TIME:
		parse_clock(o, arg, state);
		return 0;
	case OPT_PROCESS:
	case OPT_DEVICE:
	case OPT_SECTORS:
	case OPT_OP:
	case OPT_THAN:
		return parse_filter(key, arg, state);
	default:
		return parse_switch(key, o);
	}
}

static int check_options(const struct parse_options *o)
{
	if (!o->traces.nr) {
		cmd_error("no trace is given; try --help");
		return CMD_USAGE;
	}
	if (o->dump_path && !strcmp(o->dump_path, "-")) {
		if (!o->no_text && !o->text_path) {
			cmd_error("-d -: the text goes to standard output too;"
				  " add -O, or -o FILE");
			return CMD_USAGE;
		}
		if (isatty(STDOUT_FILENO)) {
			cmd_error("-d -: standard output is a terminal, and a"
				  " dump is not text");
			return CMD_USAGE;
		}
	}
	return CMD_OK;
}

int parse_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table, .parser = parse_option,
		.args_doc = "[-i] NAME...",
		.doc = "Prints a trace of block I/O, line by line, as blkparse"
		       " does, and a summary.\v"
		       "Exit status: 0; 1 failed; 2 wrong usage; 3 events were"
		       " lost, or the trace is damaged.",
	};
	struct parse_options o = {
		.end_ns = PARSE_NO_END, .batch = SOURCE_NOTES_BLKPARSE,
	};
	int status;

	argp_err_exit_status = CMD_USAGE;
	(void)arg_parse(&argp, argc, argv, 0, &o);
	status = check_options(&o);
	if (!status) {
		jail_enter();
		status = parse_run(&o);
	}
	formats_free(o.formats);
	traces_release(&o.traces);
	return status;
}
