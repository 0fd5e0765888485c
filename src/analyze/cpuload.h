/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How busy the CPUs were while a trace was recorded: from the CPUSTAT notes
 * that are in it, or from an mpstat file beside it.  Percent of each CPU's
 * time.
 */
#ifndef ANALYZE_CPULOAD_H
#define ANALYZE_CPULOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "formats/note.h"
#include "src/analyze/gauge.h"
#include "src/base/cleanup.h"

#define CPULOAD_CPUS_MAX	4096

enum cpuload_kind {
	CPULOAD_USER,		/* and nice */
	CPULOAD_SYS,
	CPULOAD_IO,		/* idle while I/O of it was waited for */
	CPULOAD_IRQ,
	CPULOAD_SOFT,
	CPULOAD_KINDS
};

struct cpuload_cpu {
	struct gauge of[CPULOAD_KINDS];
	uint64_t before[CPULOAD_KINDS];	/* of the last note; ns since boot */
	uint64_t before_all;
	uint64_t before_time;
};

struct cpuload {
	struct cpuload_cpu all;		/* the mean over CPUs */
	struct cpuload_cpu *cpus;	/* owned; by number; those without a
					   sample have nr 0 */
	uint32_t nr_cpus;
	bool is_relative;	/* times count from the trace's begin (mpstat),
				   else they are those of the records */
};

struct cpuload *cpuload_new(void);
void cpuload_free(struct cpuload *load);
DEFINE_CLEANUP(struct cpuload, cpuload_free)

/* A note of the time @time.  The same sample twice counts once. */
void cpuload_add(struct cpuload *load, uint64_t time,
		 const struct note_cpustat *note);

/*
 * Reads the output of "mpstat -P ALL 1".  Each block of lines is a sample;
 * times come from its clock column.  Returns the number of samples.
 */
unsigned int cpuload_read_mpstat(struct cpuload *load, FILE *f);

#endif
