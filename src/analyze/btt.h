/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btt 2.09 (of blktrace 1.2.0): its report and its files, number for number.
 *
 *	r = btt_new(&opts, &btt, &err);
 *	r = btt_add(btt, &rec);		for each record, in time order
 *	r = btt_finish(btt, &err);
 *	btt_free(btt);
 *
 * btt's rules are not those of src/analyze/life: the Qs of a device are in a
 * tree by their first sector; G, I, M take the Q whose range their sector is
 * in; D and C take all Qs inside of their own range; a Q that never ends stays
 * for ever.  Where it crashes or cannot be right, doc/COMPAT.md says what is
 * done instead.
 *
 * Memory grows with the Qs that never end, with -Z by the number of active
 * periods, and with the ranges of activity; not with the length of the trace:
 * of more than TALLY_HELD seeks of a device, the distances are in a temporary
 * file (src/analyze/tally.h).
 */
#ifndef ANALYZE_BTT_H
#define ANALYZE_BTT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/base/err.h"

/* Names are borrowed until btt_free; NULL = not asked for. */
struct btt_options {
	const char *devices;	/* -D "8,0;8,16": report only these */
	const char *exes;	/* -e: report only these processes */
	const char *output;	/* -o */
	bool is_escaped;	/* what a terminal obeys in names becomes "?" */
	const char *blocks;	/* -B */
	const char *d2c, *q2c, *q2d;	/* -l, -q, -z */
	const char *iostat;	/* -I */
	const char *seeks;	/* -s */
	const char *seek_rate;	/* -m */
	const char *devmap;	/* -M */
	const char *per_io;	/* -p */
	const char *active;	/* -Q */
	const char *unplugs;	/* -u */
	uint64_t iostat_ns;	/* -S */
	double range_delta;	/* -d, s */
	double plat_freq;	/* -L, s; 0 = off */
	double from, to;	/* -t, -T, s; to = 0: no end */
	bool is_bounded;	/* -t or -T was given */
	bool is_absolute;	/* -a */
	bool has_all_data;	/* -A */
	bool has_trees;		/* -P */
	bool has_easy;		/* -X */
	bool has_live;		/* -Z */
	bool no_remaps;		/* -r */
};

#define BTT_DEVICES_MAX	1024u	/* each has files that stay open */
#define BTT_MET_MAX	256u	/* Qs that a D or C is looked for among, in the
				   mean over the events of a trace; beyond it
				   -E2BIG */

struct btt;

/* @out is where btt writes without -o; borrowed. */
int btt_new(const struct btt_options *opts, FILE *out, struct btt **ret_btt,
	    struct err *err);

/*
 * Time since the start of the trace.  True when nothing more is wanted, or
 * after a failure: btt_finish returns it.
 */
bool btt_add(struct btt *btt, const struct blk_rec *rec);

/* Writes the report and ends the files. */
int btt_finish(struct btt *btt, struct err *err);

void btt_free(struct btt *btt);
DEFINE_CLEANUP(struct btt, btt_free)

#endif
