/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pairs the records of two traces; tests/tools/trace-compare.c says what a
 * pair is.  Pure: no I/O; memory for the differences is allocated.
 *
 *	pair_equal_records(&o, &res, &expected, &found);
 *	keep_unpaired(&expected);
 *	keep_unpaired(&found);
 *	pair_different(&o, &res, &expected, &found, show, ctx);
 */
#ifndef TOOLS_PAIR_H
#define TOOLS_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"

enum field {
	FIELD_ACTION,
	FIELD_SECTOR,
	FIELD_BYTES,
	FIELD_PID,
	FIELD_DEVICE,
	FIELD_CPU,
	FIELD_ERROR,
	FIELD_PAYLOAD,
	FIELD_MAX
};

struct item {
	struct blk_rec rec;
	uint32_t stream;	/* CPU of the file */
	bool is_paired;
};

/* One side.  The payloads point into the files' bytes. */
struct trace {
	struct item *items;
	size_t nr, cap;
	uint8_t **files;
	size_t nr_files, cap_files;
	uint64_t nr_messages;
	uint64_t nr_notes;
	uint64_t nr_outside;
	uint64_t nr_hidden;
};

/* Times are CLOCK_MONOTONIC, ns. */
struct pair_options {
	uint64_t from, to;	/* the marks */
	uint64_t pair_ns;	/* equal records are no further apart */
	uint64_t near_ns;	/* nor are different ones */
};

struct result {
	uint64_t compared, missing, extra, different;
	uint64_t *diffs;	/* ns, absolute, one per pair inside */
	size_t nr_diffs, cap_diffs;
};

/* <0, 0 or >0, in one field. */
int cmp_field(enum field f, const struct blk_rec *a, const struct blk_rec *b);

/* The one field in which they differ, or FIELD_MAX when there are more. */
enum field only_difference(const struct item *a, const struct item *b);

bool is_inside(const struct pair_options *o, const struct item *it);

/* Sorts both sides, and pairs what is equal. */
void pair_equal_records(const struct pair_options *o, struct result *res,
			struct trace *a, struct trace *b);

/* Keeps the records without partner, in time order per CPU. */
void keep_unpaired(struct trace *t);

/* Pairs, of those that are left, what differs in one field, and shows it. */
void pair_different(const struct pair_options *o, struct result *res,
		    struct trace *a, struct trace *b,
		    void (*show)(const struct item *a, const struct item *b,
				 void *ctx), void *ctx);

#endif
