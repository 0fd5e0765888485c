/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of iotape top share: the options, and an interval as text.
 * top.c has the options and what goes to standard output, top_view.c rows as
 * text and JSON, top_screen.c the screen.
 */
#ifndef CMD_TOP_H
#define CMD_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "src/analyze/top.h"
#include "src/base/err.h"
#include "src/record/cgroups.h"
#include "src/record/topcount.h"

#define TOP_INTERVAL_MIN	0.1	/* s */
#define TOP_INTERVAL_MAX	3600.0

struct top_options {
	struct topcount_options count;
	enum top_view view;
	enum top_order order;
	double interval;	/* s */
	uint64_t nr_batches;	/* 0 = until a signal */
	bool is_batch;
	bool is_json;
};

/* What rows are called. */
struct top_names {
	const char *sysfs;	/* "/sys" */
	const char *proc;	/* "/proc" */
	struct cgroups cgroups;
};

#define TOP_NAME_SIZE	256

/*
 * What a row is called: "sda", "4711 fio", the path of a cgroup, or why there
 * is no name.  Only printable ASCII: it is for terminals.  Returns @buf.
 */
const char *top_name(const struct top_names *names, const struct top_row *row,
		     enum top_view view, char buf[TOP_NAME_SIZE]);

#define TOP_NUMBERS_SIZE	96

/* The numbers of a row in columns, without its name, and their heads;
 * TOP_NUMBERS_WIDTH characters where no value is absurd.  Return @buf. */
#define TOP_NUMBERS_WIDTH	58
const char *top_numbers(const struct top_row *row, double seconds,
			char buf[TOP_NUMBERS_SIZE]);
const char *top_heads(char buf[TOP_NUMBERS_SIZE]);

#define TOP_LINE_SIZE	256

/* One line on all of an interval; it fits into 80 columns. */
const char *top_summary(const struct topcount_snapshot *snap,
			char buf[TOP_LINE_SIZE]);

/* What is wrong in an interval: losses, errors, I/Os that take long; "" =
 * nothing.  Returns @buf. */
const char *top_alarms(const struct topcount_snapshot *snap,
		       char buf[TOP_LINE_SIZE]);

/* A table of text; @time is of the wall clock. */
void top_print(const struct topcount_snapshot *snap,
	       const struct top_options *o, const struct top_names *names,
	       FILE *out);

/* A line of JSON, schema iotape-top/1: doc/iotape-top.1. */
void top_print_json(const struct topcount_snapshot *snap,
		    const struct top_options *o, const struct top_names *names,
		    FILE *out);

/* "14:03:59" of now, local time.  Returns @buf. */
const char *top_clock(char buf[16]);

/*
 * What the whole run missed, added up with each interval that is shown.
 */
struct top_losses {
	uint64_t missed;	/* as in struct topcount_snapshot */
	uint64_t no_slot;
};

int top_read(struct topcount *tc, struct top_losses *losses,
	     struct topcount_snapshot *ret_snap, struct err *err);

/* The screen, until q or a signal.  Not there without ncurses. */
int top_screen(struct topcount *tc, struct top_options *o,
	       const struct top_names *names, struct top_losses *losses,
	       struct err *err);

#endif
