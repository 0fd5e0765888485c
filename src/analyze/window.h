/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Puts the records of a stream of all CPUs into time order.  blktrace writes
 * such a stream in pieces, each of one CPU and in order, so a record may stand
 * far behind a later one of another CPU.
 *
 *	window_push(&w, &rec, now_ms);
 *	while (window_pop(&w, now_ms, false, &rec))
 *		...
 *
 * A record leaves when it is the earliest and the window is full, or when it
 * or one behind it has waited for wait_ms, or when it is forced out.  Equal
 * times come by device, sequence number and CPU, as in blkparse; or as they
 * came.
 *
 * While the whole stream is in order, a record costs a copy.  After the first
 * one that is not, a record in order costs a step or two, one far behind a
 * later one of its CPU log2(WINDOW_RECS) steps.
 *
 * Memory is bounded: WINDOW_RECS records, and WINDOW_BYTES of long payloads.
 */
#ifndef ANALYZE_WINDOW_H
#define ANALYZE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"

#define WINDOW_RECS	(256u << 10)
#define WINDOW_BYTES	(8u << 20)
#define WINDOW_FOREVER	UINT64_MAX	/* wait_ms: not a live stream */

struct window;

/*
 * @wait_ms: how long a record may wait for earlier ones.  @keeps_order: equal
 * times as they came.
 */
struct window *window_new(uint64_t wait_ms, bool keeps_order);
void window_free(struct window *window);

/* Takes a copy of @rec and its payload.  @now_ms never goes back. */
void window_push(struct window *window, const struct blk_rec *rec,
		 uint64_t now_ms);

/*
 * The next record in order, if it may leave.  Its payload is valid until the
 * next window_pop or window_push.
 */
bool window_pop(struct window *window, uint64_t now_ms, bool force,
		struct blk_rec *ret_rec);

/* When the next one may leave by its waiting, in ms; UINT64_MAX = never. */
uint64_t window_due_ms(const struct window *window);

bool window_is_full(const struct window *window);

/* Records that came after a later one of their own CPU and device. */
uint64_t window_nr_late(const struct window *window);

#endif
