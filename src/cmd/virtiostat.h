/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables of iotape virtiostat: from counts to text, live and offline.
 */
#ifndef CMD_VIRTIOSTAT_H
#define CMD_VIRTIOSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/virtiostat.h"
#include "src/base/err.h"
#include "src/cmd/traces.h"

struct virtiostat_options {
	struct traces traces;	/* none = live */
	char *driver;		/* borrowed from argv; NULL = all */
	bool has_device;
	uint32_t device;	/* n of virtio<n> */
	uint32_t interval;	/* seconds; 0 = one table of all */
	uint32_t count;		/* tables; 0 = no limit */
	bool has_timestamp;
	bool is_debug;
	bool has_latency;
	bool is_json;
};

/* One period. */
struct virtiostat_table {
	const struct virtiostat_queue *const *queues;	/* borrowed, sorted */
	size_t nr;
	uint64_t wall;		/* ns since 1970, of its end; 0 = not known */
	uint64_t lost;		/* so far */
	double seconds;		/* its length */
};

/* As bcc's virtiostat prints it, with what the options add. */
void virtiostat_print(const struct virtiostat_options *o,
		      const struct virtiostat_table *t);

/* Counts in the kernel until a signal comes, or COUNT tables are printed. */
int virtiostat_live(const struct virtiostat_options *o, int *ret_status,
		    struct err *err);

/* Says that events are missing.  Returns the exit status. */
int virtiostat_say_loss(uint64_t lost);

#endif
