/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What engine.c (times, counts) and issue.c (operations) share.
 */
#ifndef REPLAY_ENGINE_IMPL_H
#define REPLAY_ENGINE_IMPL_H

#include <liburing.h>

#include "src/replay/data.h"
#include "src/replay/engine.h"

#define ENGINE_SQ	256u	/* entries of the submission queue */
#define ENGINE_BATCH	32u	/* I/Os given to the kernel at once */

/* An I/O in flight. */
struct slot {
	uint64_t due;
	uint64_t issued;	/* 0 = not given to the kernel yet */
	uint64_t off, len;	/* bytes, on the target */
	void *buf;
	uint32_t io;
	uint16_t target;
	uint8_t op;		/* as issued: enum life_op */
	bool has_fua, has_preflush;
	int error;		/* negative errno of what ioctl(2) did; 0 = none */
};

struct engine {
	const struct plan *plan;
	const struct engine_options *opts;
	struct engine_result *res;
	struct io_uring ring;
	struct pace pace;
	struct data data;
	struct slot *slots;	/* owned; opts->depth of them */
	uint32_t *free_slots;	/* owned */
	uint32_t nr_free;
	uint32_t batch[ENGINE_BATCH];	/* slots that are being submitted */
	uint32_t nr_batch;
	bool has_buffers;	/* registered */
	uint64_t held;		/* I/O + 1 that waits for a free slot */
	uint64_t depth_since;	/* of depth_sum */
	double depth_sum;	/* in flight * ns */
	uint64_t busy_ns;	/* while any was in flight */
};

/* user_data of a flush in front of a write. */
#define ENGINE_PREFLUSH	UINT64_MAX

/*
 * Decides what becomes of I/O @io and fills in @slot but its times.  False:
 * it is left out, and counted.
 */
bool issue_prepare(struct engine *e, uint32_t io, struct slot *slot);

/* Queues the slot's operation; there is room for two. */
void issue_queue(struct engine *e, uint32_t slot);

/* True if the operation failed in a way that another one may not: it is to be
 * queued again. */
bool issue_can_retry(struct engine *e, const struct slot *slot, int res);

#endif
