/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of iotape stat share.
 */
#ifndef CMD_STAT_H
#define CMD_STAT_H

#include <stdio.h>

#include "src/analyze/btt.h"
#include "src/analyze/source.h"
#include "src/analyze/stats.h"

/* What the views need to know beside the results. */
struct stat_view {
	const struct stats *stats;
	uint64_t nr_damaged; /* places in the input */
	uint64_t nr_late;    /* records that stood after a later one */
	uint64_t began;	     /* CLOCK_REALTIME in ns, 0 = unknown */
	unsigned int top;    /* processes, cgroups, groups that are shown */
};

/* The page that a person reads. */
void stat_page(const struct stat_view *view, FILE *out);

/* doc/iotape-stat.1 and doc/STAT-JSON.md describe it. */
void stat_json(const struct stat_view *view, FILE *out);

/* "sda (8,0)" or "8,0"; the name of a group's key. */
const char *stat_device_text(const struct stats *st, uint32_t device, char *buf,
			     size_t size);

/* ---- what the pages share ---- */

/* Names come from the trace: nothing that a terminal obeys gets through.
 * Padded to @width. */
void stat_print_name(FILE *out, const char *name, int width);

/* A table of distributions of ns; a row without values is left out. */
void stat_times_head(FILE *out, const char *what);
void stat_times_row(FILE *out, const char *name, const char *phase,
		    const struct dist *t);

/* ,"NAME":{...} of a distribution; nothing when it is empty. */
void stat_put_dist(FILE *out, const char *name, const struct dist *d);

/*
 * Reads the trace and prints what it says about virtual machines: a page, or
 * JSON (schema iotape-stat-vm/1).
 */
int stat_vm(struct source *src, bool is_json, FILE *out, uint64_t *ret_lost,
	    struct err *err);

/*
 * Reads the trace and writes btt's report and files.  *ret_src is set as soon
 * as the trace is open; the caller frees it.
 */
int stat_btt(const char *const *names, size_t nr_names,
	     const struct btt_options *opts, struct source **ret_src,
	     struct err *err);

/*
 * Prints each interval of the trace as blkiomon does, or as lines of JSON; of
 * the devices and the time that @opts wants.
 */
int stat_interval(struct source *src, uint64_t interval_ns,
		  const struct stats_options *opts, bool is_json, FILE *out,
		  struct err *err);

#endif
