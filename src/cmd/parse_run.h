/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One run of iotape parse: reads the trace once, and writes text, summary and
 * dump.  parse.c makes the options.
 */
#ifndef CMD_PARSE_RUN_H
#define CMD_PARSE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/format.h"
#include "src/analyze/summary.h"
#include "src/cmd/parse_filter.h"
#include "src/cmd/traces.h"

enum parse_clock {
	PARSE_REL,	/* since the first event */
	PARSE_MONO,	/* CLOCK_MONOTONIC of the machine that recorded */
	PARSE_UNIX,	/* CLOCK_REALTIME */
	PARSE_ISO,	/* the same as a date, UTC */
};

#define PARSE_NO_END	UINT64_MAX

struct parse_options {
	struct traces traces;
	const char *dir;
	const char *text_path;	/* NULL = standard output */
	const char *dump_path;	/* NULL = none, "-" = standard output */
	struct format_set *formats;	/* NULL = the default lines */
	uint64_t start_ns;	/* -w */
	uint64_t end_ns;
	uint32_t mask;		/* 0 = every category */
	uint32_t batch;
	bool no_text;
	bool no_messages;
	bool tracks;
	bool is_verbose;
	struct parse_filter filter;
	enum parse_clock clock;
	bool is_json;
	bool shows_ios;		/* --io: in place of events */
	bool shows_notes;	/* --all */
	bool is_1_3;		/* --compat 1.3 */
	struct summary_options summary;
};

/* Returns an exit status; has said what went wrong. */
int parse_run(const struct parse_options *options);

#endif
