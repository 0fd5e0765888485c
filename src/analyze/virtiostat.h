/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts and times of the virtio records of a trace, by virtqueue.
 *
 *	struct virtiostat *st = virtiostat_new(&filter);
 *	virtiostat_add(st, rec);		each record, in time order
 *	nr = virtiostat_queues(st, &queues);
 *	... queues[i]->in_bytes ...
 *	virtiostat_next(st);			counts from 0 again
 *	virtiostat_free(st);
 *
 * A time is from VIRTIO_ADD to the VIRTIO_GET of the same token.  Buffers that
 * cannot be paired are counted.  Lost events may have been either of the two:
 * nothing is paired across a loss.
 */
#ifndef ANALYZE_VIRTIOSTAT_H
#define ANALYZE_VIRTIOSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/hist.h"

#define VIRTIOSTAT_NAME	24	/* with its NUL */
#define VIRTIOSTAT_QUEUES 16384u	/* 3 KB each, with its times */

/* A virtqueue, and what it did since the last virtiostat_next. */
struct virtiostat_queue {
	char driver[VIRTIOSTAT_NAME];	/* "" = not known */
	char name[VIRTIOSTAT_NAME];
	uint32_t device;		/* n of virtio<n> */
	uint32_t queue;			/* index in the device */
	uint64_t adds;			/* buffers that it took */
	uint64_t failed;		/* that it did not take */
	uint64_t cut;			/* whose bytes are more than counted */
	uint64_t in_sgs;		/* scatterlists, as callers gave them */
	uint64_t out_sgs;
	uint64_t in_bytes;		/* that the device may write */
	uint64_t out_bytes;		/* that it reads */
	uint64_t kicks;
	uint64_t notifies;		/* kicks that the device was told of */
	uint64_t gets;			/* buffers that came back */
	uint64_t used_bytes;		/* that the device says it wrote */
	uint64_t unpaired;		/* of gets, without an add */
	uint64_t in_flight;		/* buffers in the queue whose add was
					   seen, now */
	uint64_t max_in_flight;		/* since the last virtiostat_next */
	struct hist latency;		/* ns from add to get */
};

/* Only these queues. */
struct virtiostat_filter {
	const char *driver;	/* borrowed; NULL = all */
	bool has_device;
	uint32_t device;	/* n of virtio<n> */
};

struct virtiostat;

struct virtiostat *virtiostat_new(const struct virtiostat_filter *filter);
void virtiostat_free(struct virtiostat *st);	/* NULL is fine */

/* Records that are not about virtio are looked over.  True if it counted. */
bool virtiostat_add(struct virtiostat *st, const struct blk_rec *rec);

/* Counts begin at 0 again; what is in flight stays so. */
void virtiostat_next(struct virtiostat *st);

/*
 * The queues of the trace that the filter lets through, by device and index,
 * also those where nothing happened.  Borrowed until the next call of any
 * function.  Their number.
 */
size_t virtiostat_queues(struct virtiostat *st,
			 const struct virtiostat_queue *const **ret_queues);

/* For qsort() of pointers to queues: by device and index. */
int virtiostat_compare(const void *a, const void *b);

/* Whether no record of virtio was added, of any device. */
bool virtiostat_is_empty(const struct virtiostat *st);

/* Events that the trace says were lost so far. */
uint64_t virtiostat_lost(const struct virtiostat *st);

/* Records of queues behind the first VIRTIOSTAT_QUEUES: in no count. */
uint64_t virtiostat_left_out(const struct virtiostat *st);

/*
 * ns, CLOCK_MONOTONIC: the start and the end of the recording, as its clocks
 * say, or else of what was added; 0 before that.
 */
uint64_t virtiostat_start(const struct virtiostat *st);
uint64_t virtiostat_end(const struct virtiostat *st);

/* ns to add to such a time for the wall clock; 0 = not known. */
uint64_t virtiostat_wall_offset(const struct virtiostat *st);

#endif
