/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One input of a source: a per-CPU file or a stream, as a queue of records
 * that are in order, or a run of such records in the bytes of the file: the
 * one is empty when the other is not.  Only source.c uses it.
 *
 * input_prime fills the empty queue, or finds the next run.  Notes that must not wait go to the
 * batch of the source instead, before it.
 */
#ifndef ANALYZE_INPUT_H
#define ANALYZE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "src/analyze/reader.h"
#include "src/analyze/run.h"
#include "src/analyze/scout.h"
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
	size_t nr_notes;	/* of nr */
};

static inline struct source_batch batch_lend(const struct batch *batch)
{
	return (struct source_batch){
		.recs = batch->recs, .files = batch->files, .nr = batch->nr,
		.nr_notes = batch->nr_notes,
	};
}

static inline bool batch_is_full(const struct batch *batch)
{
	return batch->nr == BATCH_RECS ||
	       BATCH_BYTES - batch->nr_bytes < UINT16_MAX;
}

/* The record at its end was filled in: takes a copy of its payload. */
static inline void batch_added(struct batch *batch, uint16_t file)
{
	struct blk_rec *rec = &batch->recs[batch->nr];

	if (rec->pdu_len) {
		rec->pdu = memcpy(batch->bytes + batch->nr_bytes, rec->pdu,
				  rec->pdu_len);
		batch->nr_bytes += rec->pdu_len;
	}
	batch->nr_notes += blk_is_notify(rec);
	batch->files[batch->nr++] = file;
}

/* Adds a copy.  The batch must not be full. */
static inline void batch_add(struct batch *batch, const struct blk_rec *rec,
			     uint16_t file)
{
	batch->recs[batch->nr] = *rec;
	batch_added(batch, file);
}

struct input {
	struct reader reader;
	struct scout *scout;	/* of a regular file that is a stream, as long
				   as it is found to be in time order */
	struct window *window;	/* of a stream that is not known to be in
				   time order; else NULL */
	struct run run;		/* is to be handed on; unless it is empty */
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

static inline bool input_is_empty(const struct input *in)
{
	return !in->run.nr && in->head == in->tail;
}

/* The time of the next record.  It must not be empty. */
static inline uint64_t input_time(const struct input *in)
{
	return in->run.nr ? in->run.time : in->queue[in->head].time;
}

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
