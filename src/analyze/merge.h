/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The records of several machines' traces, changed so that they can stand in
 * one: times of one clock, and CPUs, threads, devices, cgroups, tags and VMs
 * that are not taken for each other.  doc/FORMAT.md 4.36 has the rules.
 *
 *	struct merge *m = merge_new(hosts, nr);
 *	(void)merge_device(m, 0, device);	in the order of the hosts
 *	merge_note(m, i, mode, &note);		for the start
 *	if (merge_record(m, i, &rec, last, &out))	each record
 *		write(out);
 *	merge_free(m);
 *
 * Memory is bounded by devices and labels, never by records.  One thread.
 */
#ifndef ANALYZE_MERGE_H
#define ANALYZE_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "formats/note.h"
#include "src/analyze/align.h"
#include "src/base/cleanup.h"

#define MERGE_HOSTS_MAX	64u
#define MERGE_PIDS	10000000u	/* above every thread id of Linux, and
					   easy to read off */
#define MERGE_CGROUPS	40	/* bits */
#define MERGE_VIRTIO	1000u
#define MERGE_NAME_MAX	64	/* bytes with the NUL */

/* A trace.  Strings are borrowed until merge_free. */
struct merge_host {
	const char *name;	/* shorter than MERGE_NAME_MAX */
	const char *node, *release, *machine, *source;
	struct align_map map;	/* to the clock of the merge */
	unsigned int cpu;	/* that its CPU 0 becomes */
	unsigned int nr_cpus;
	bool has_odd_notes;	/* of a dump: the times of notes are not on the
				   clock of its events */
};

/* What could not be done. */
struct merge_counts {
	uint64_t foreign;	/* private records of a newer iotape: as they
				   are but for their headers */
	uint64_t bad_cpu;	/* records of a CPU that is not there: left
				   out */
	uint64_t bad_note;	/* that cannot be decoded: left out */
	uint64_t lost;		/* events that the traces say were lost */
};

struct merge;

/* @nr: at most MERGE_HOSTS_MAX. */
struct merge *merge_new(const struct merge_host *hosts, size_t nr);
void merge_free(struct merge *m);
DEFINE_CLEANUP(struct merge, merge_free)

/*
 * The number that @device of @host has here.  Whoever comes first keeps it;
 * 0, which stands for KVM and virtio, is everybody's.
 */
uint32_t merge_device(struct merge *m, size_t host, uint32_t device);

/*
 * The record as it is here, in *@ret; its payload is borrowed until the next
 * call.  @last: of its trace's events so far, in the time of the merge; for
 * records that have none.  False: it is left out.
 */
bool merge_record(struct merge *m, size_t host, const struct blk_rec *rec,
		  uint64_t last, struct blk_rec *ret);

/* The time in the merge; false for a note that has none (has_odd_notes). */
bool merge_time(const struct merge *m, size_t host, const struct blk_rec *rec,
		uint64_t *ret_time);

/* The MERGE note of @host.  Strings are those of merge_new. */
void merge_note(const struct merge *m, size_t host, enum align_mode mode,
		struct note *ret);

const struct merge_counts *merge_counts(const struct merge *m);

#endif
