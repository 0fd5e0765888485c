/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a trace says about itself, without reading all of it: the machine, the
 * CPUs, the devices, the clocks, and when it begins.
 *
 *	struct survey s = { 0 };
 *	r = survey_read("dir/sda", &s, &err);
 *	survey_release(&s);
 *
 * Of the files of one recording, that of CPU 0 is read to its end, for the
 * anchors of iotape's clocks are there, and of the others the beginning, up to
 * an event and a clock; streams and dumps are read as a whole.
 * Damage is not told: whoever reads the trace afterwards finds it.  Not for
 * pipes: they can be read once.
 */
#ifndef ANALYZE_SURVEY_H
#define ANALYZE_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/align.h"
#include "src/base/err.h"
#include "src/base/map64.h"

#define SURVEY_RECS	4096u	/* of a file that is not read to its end; an
				   event and blktrace's timestamp come sooner */
#define SURVEY_DEVICES	65536u	/* that are remembered */

struct survey_device {
	uint32_t device;	/* major << 20 | minor */
	char *name;		/* of its files; NULL = has_note, or a stream */
	bool has_note;		/* a DEVICE note describes it */
};

struct survey {
	char *node, *release, *machine;	/* "" = the trace does not say */
	unsigned int nr_cpus;	/* that its records are of, at least 1 */
	struct align_clocks clocks;
	struct survey_device *devices;	/* in the order they were met */
	size_t nr_devices, cap_devices;
	struct map64 rows;	/* device -> its index */
	uint64_t first;		/* of the earliest event; ns */
	uint64_t first_note;	/* of the earliest note; ns */
	bool has_first, has_first_note;
	bool is_dump;		/* its events and messages count from 0, its
				   other notes do not: a stream whose first
				   event has the time 0 */
	bool is_merge;		/* iotape merge made it */
};

/* Returns 0, or a negative errno: no such trace, a pipe (-ESPIPE). */
int survey_read(const char *name, struct survey *ret, struct err *err);
void survey_release(struct survey *survey);

#endif
