/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape merge: what its files share.  merge.c has the options, merge_run.c
 * reads and writes, merge_report.c says what was done.
 */
#ifndef CMD_MERGE_H
#define CMD_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/analyze/merge.h"
#include "src/analyze/source.h"
#include "src/analyze/survey.h"
#include "src/cmd/traces.h"

/* "HOST=TIME" of --anchor. */
struct merge_anchor {
	char *host;		/* owned */
	uint64_t ns;		/* since the first event */
	unsigned int nr;	/* which --anchor it is of; from 0 */
};

struct merge_options {
	struct traces traces;	/* as given: NAME or HOST=NAME */
	struct merge_anchor *anchors;	/* owned */
	size_t nr_anchors, cap_anchors;
	unsigned int nr_anchor_options;
	const char *output;	/* NULL or "-" = standard output */
	enum align_mode mode;
	bool by_kicks;		/* --anchor kicks */
	bool is_quiet;
};

struct merge_run {
	const struct merge_options *o;
	size_t nr;
	char **sources;		/* owned; the names without "HOST=" */
	char **hosts;		/* owned; what they are called */
	struct survey *surveys;	/* owned */
	struct align_map *maps;	/* owned */
	struct merge_host *merge_hosts;	/* owned */
	struct source **inputs;	/* owned */
	struct merge *merge;
	unsigned int nr_cpus;	/* of all */
	int64_t shift;		/* of all clocks, so that no time is below 0 */
	uint64_t nr_records, nr_bytes;
};

/* --anchor kicks: the maps of all traces.  0 or a negative errno. */
int merge_kicks(struct merge_run *run, struct err *err);

/* Returns an exit status. */
int merge_run(const struct merge_options *o);

/* What was done, and how far it can be trusted. */
void merge_report(const struct merge_run *run);

/* Damage and losses, on stderr.  Returns an exit status. */
int merge_conclude(const struct merge_run *run);

#endif
