/* SPDX-License-Identifier: GPL-2.0 */
/* How each CPU has spent its time, from /proc/stat. */
#ifndef RECORD_CPUSTAT_H
#define RECORD_CPUSTAT_H

#include <stddef.h>

#include "formats/note.h"

#define CPUSTAT_NS	1000000000ull	/* between samples */

struct cpustat {
	struct note_cpustat *rows;	/* owned; one for each online CPU */
	size_t nr, cap;
};

/* A new sample; without /proc there are no rows.  {0} is fine at first. */
void cpustat_read(struct cpustat *stat);

void cpustat_release(struct cpustat *stat);

#endif
