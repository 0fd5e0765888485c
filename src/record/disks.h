/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The traces of a recording by disk: an event names a disk, and goes to the
 * trace of the disk and to those of its partitions.
 *
 *	disks_init(&disks, traces, nr_traces, nr_traces, nr_cpus);
 *	disk = disks_find(&disks, event->device);
 *	for (size_t i = 0; i < disk->nr; i++)
 *		... disks.order[disk->first + i] ...
 *	disks_release(&disks);
 */
#ifndef RECORD_DISKS_H
#define RECORD_DISKS_H

#include <stddef.h>
#include <stdint.h>

#include "src/record/trace.h"

/* The traces of one disk (itself and its partitions), and its losses. */
struct disk {
	uint32_t device;
	uint32_t index;		/* in session_options.disks */
	size_t first;		/* in disks.order */
	size_t nr;
	uint32_t *lost;		/* for each CPU, as of the last event */
};

struct disks {
	struct disk *disks;	/* sorted by device number */
	struct trace **order;	/* sorted by disk; the traces are borrowed */
	size_t nr;
	size_t nr_traces;
	size_t last;		/* index of the last one found */
};

/* With room for @max_traces, of which there are @nr_traces now. */
void disks_init(struct disks *disks, struct trace *traces, size_t nr_traces,
		size_t max_traces, unsigned int nr_cpus);
void disks_release(struct disks *disks);

/* One more trace, of a disk that has none yet; there must be room.  @index is
 * the session's.  What disks_find gave is no longer valid. */
void disks_add(struct disks *disks, struct trace *trace, uint32_t index,
	       unsigned int nr_cpus);

/* NULL = it is not recorded. */
struct disk *disks_find(struct disks *disks, uint32_t device);

/*
 * How many events of the disk are missing since the last one on @cpu, whose
 * counter of losses is @lost now.
 */
uint32_t disk_lost_since(struct disk *disk, unsigned int cpu, uint32_t lost);

#endif
