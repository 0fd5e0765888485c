/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What summary.c counts and summary_text.c prints; nobody else looks at it.
 */
#ifndef ANALYZE_SUMMARY_DATA_H
#define ANALYZE_SUMMARY_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/names.h"
#include "src/analyze/summary.h"
#include "src/base/map64.h"

enum kind {
	KIND_QUEUED,
	KIND_ISSUED,
	KIND_REQUEUED,
	KIND_COMPLETED,
	KIND_MERGED,
	KIND_PC_QUEUED,
	KIND_PC_ISSUED,
	KIND_PC_REQUEUED,
	KIND_PC_COMPLETED,
	KIND_MAX
};

struct count {
	uint64_t nr;
	uint64_t kib;
	uint64_t bytes;		/* what is left over from whole KiB */
};

struct counts {
	struct count of[KIND_MAX][2];	/* [..][is_write] */
	uint64_t io_unplugs;
	uint64_t timer_unplugs;
};

struct device {
	char *label;
	uint32_t number;	/* as its latest event has it */
	bool is_of_stream;
	bool is_expected;	/* no number yet */
	uint64_t nr_events;
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t nr_skips;
	uint64_t nr_skipped;
	uint64_t nr_missing;	/* skips of files, which blkparse ignores */
	unsigned int depth[2];
	unsigned int max_depth[2];
	struct summary_cpu **cpus;
	size_t nr_cpus;
};

struct summary_cpu {
	struct device *device;
	struct counts counts;
	uint64_t nr_seen;
	uint32_t sequence_device;	/* whose numbers the next two are */
	uint32_t last_sequence;
	bool has_sequence;
	struct map64 sequences;	/* device -> last + 1, of the others: the file
				   of a merge has several */
};

struct program {
	uint32_t pid;
	uint32_t nr;		/* in the order of appearance */
	uint64_t weight;	/* what it is sorted by */
	bool has_others;	/* more pids of this name */
	bool is_used;
	uint64_t longest[SUMMARY_WAIT_MAX][2];	/* ns */
	struct counts counts;
	char name[BLK_COMM_LEN + 2];
};

struct summary {
	struct summary_options opts;
	struct names *names;
	struct device **devices;
	size_t nr_devices;
	size_t cap_devices;
	struct program **programs;	/* open addressing, by pid or name */
	size_t nr_programs;
	size_t cap_programs;
};

#endif
