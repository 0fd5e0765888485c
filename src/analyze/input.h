/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One input of a source: a per-CPU file or a stream, as a queue of records
 * that are in order.  Only source.c uses it.
 *
 * input_prime fills the empty queue.  Notes that must not wait go to the
 * batch of the source instead, before it.
 */
#ifndef ANALYZE_INPUT_H
#define ANALYZE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/reader.h"
#include "src/analyze/source.h"
#include "src/analyze/window.h"

#define BATCH_RECS	1024u
#define BATCH_BYTES	(256u << 10)	/* for payloads; > 2 * UINT16_MAX */

/* What source_read hands on. */
struct batch {
	struct blk_rec recs[BATCH_RECS];
	uint16_t files[BATCH_RECS];
	uint8_t bytes[BATCH_BYTES];
	size_t nr;
	size_t nr_bytes;
};

static inline bool batch_is_full(const struct batch *batch)
{
	return batch->nr == BATCH_RECS ||
	       BATCH_BYTES - batch->nr_bytes < UINT16_MAX;
}

/* Adds a copy.  The batch must not be full. */
void batch_add(struct batch *batch, const struct blk_rec *rec, uint16_t file);

struct input {
	struct reader reader;
	struct window *window;	/* of a stream that is not known to be in
				   time order; else NULL */
	struct blk_rec *queue;	/* [head, tail) are to be handed on */
	uint32_t head;
	uint32_t tail;
	uint32_t limit;		/* records in a full queue */
	size_t keep;		/* in the reader: where the queue began */
	uint8_t *bytes;		/* payloads of a windowed stream's queue */
	size_t nr_bytes;
	uint64_t last_time;	/* of the latest queued record */
	uint64_t nr_window_late;/* of the window, counted so far */
	uint64_t rank;		/* among heads of equal time: lower is first */
	uint16_t file;		/* index */
	bool is_stream;
	bool is_live;
	bool is_trusted;	/* a stream that says that it is in order */
	bool has_begun;		/* its first record was seen */
	bool has_early_notes;	/* notes go to the batch at once */
	bool has_late_messages;	/* those with a cgroup id as well */
	bool keeps_order;	/* of equal times in a stream */
	bool is_stopped;
	bool is_done;		/* nothing comes after the queue */
};

enum input_result {
	INPUT_PRIMED,		/* the queue has records, or is_done */
	INPUT_FULL,		/* the batch is full: take it, prime again */
	INPUT_WAITS,		/* it would wait: take the batch first */
};

/*
 * @fd is taken over.  @limit: records to be read ahead.
 */
void input_init(struct input *input, int fd, size_t buf_bytes, uint32_t limit,
		const struct source_options *opts, uint16_t file,
		struct source_file *source_file, struct damage *damage);
void input_release(struct input *input);

/* Returns an enum input_result, or a negative errno. */
int input_prime(struct input *input, struct batch *batch, struct err *err);

#endif
