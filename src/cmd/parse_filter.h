/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which events and I/Os iotape parse shows: by process, device, sectors,
 * operation and, for I/Os, how long they took.  Of one kind one has to fit, and
 * every kind that is given.
 */
#ifndef CMD_PARSE_FILTER_H
#define CMD_PARSE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/life.h"
#include "src/analyze/names.h"
#include "src/base/err.h"

#define FILTER_MAX	64	/* of one kind */

struct parse_filter {
	const char *processes[FILTER_MAX];	/* names or thread ids */
	size_t nr_processes;
	const char *devices[FILTER_MAX];	/* "8,0" or "sda" */
	size_t nr_devices;
	uint64_t first_sector;
	uint64_t last_sector;
	uint32_t ops;		/* bits of enum life_op; 0 = all */
	uint64_t than_ns;	/* 0 = however short */
	bool has_sectors;
	bool is_used;
};

/* What the option holds, or -EINVAL.  @arg is borrowed. */
int filter_add_process(struct parse_filter *f, const char *arg,
		       struct err *err);
int filter_add_device(struct parse_filter *f, const char *arg,
		      struct err *err);
int filter_set_sectors(struct parse_filter *f, const char *arg,
		       struct err *err);	/* "FROM-TO" or "FROM+N" */
int filter_add_op(struct parse_filter *f, const char *arg, struct err *err);
int filter_set_than(struct parse_filter *f, const char *arg,
		    struct err *err);	/* "10ms": ns us ms s */

/* @label: of the recording, or NULL. */
bool filter_wants_event(const struct parse_filter *f,
			const struct names *names, const struct blk_rec *rec,
			const char *label);
bool filter_wants_io(const struct parse_filter *f, const struct names *names,
		     const struct life_io *io, const char *label);

#endif
