/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of iotape merge: BASE.blktrace.N for each CPU, or all records in
 * standard output.
 *
 *	r = merge_out_open(&out, "both", nr_cpus, &err);
 *	merge_out_put(&out, &rec);
 *	r = merge_out_commit(&out, &err);
 *	merge_out_release(&out);
 *
 * A file takes its name when all are complete, and none is replaced.  With many
 * CPUs a file is only open while its buffer is written: so they take neither
 * more descriptors nor more memory than a few do.
 */
#ifndef CMD_MERGE_OUT_H
#define CMD_MERGE_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/base/err.h"
#include "src/base/newfile.h"

struct merge_lane {
	struct newfile file;
	uint8_t *buf;		/* owned; from its first record on */
	size_t nr;		/* bytes in buf */
};

struct merge_out {
	struct merge_lane *lanes;	/* owned */
	unsigned int nr;
	size_t lane_bytes;	/* of each buffer */
	bool is_stream;		/* one lane for all CPUs */
	bool is_pausing;	/* too many lanes to keep their files open */
	struct err error;	/* the first failure; code 0 = none */
	uint64_t nr_records, nr_bytes;
};

/* @base: NULL or "-" is standard output.  -EEXIST where files of a trace of
 * this name are. */
int merge_out_open(struct merge_out *out, const char *base,
		   unsigned int nr_cpus, struct err *err);

/* In the version that the record has.  @rec->cpu is one of nr_cpus. */
void merge_out_put(struct merge_out *out, const struct blk_rec *rec);

/* What failed while writing, so far: 0 or a negative errno. */
int merge_out_error(const struct merge_out *out, struct err *err);

int merge_out_commit(struct merge_out *out, struct err *err);
void merge_out_release(struct merge_out *out);

#endif
