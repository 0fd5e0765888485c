/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records that wait in the order in which they came, as long as that is the
 * order of their times: the fast way through a window (window.h), which most
 * merged dumps go all along.
 *
 *	if (!line_push(line, &rec))
 *		...	it belongs before what is here: take all out, and sort
 *	while (line_pop(line, &rec))
 *		...
 *
 * Memory: 80 bytes for each record that waits, and long payloads.
 */
#ifndef ANALYZE_LINE_H
#define ANALYZE_LINE_H

#include <stdbool.h>

#include "formats/blk.h"

#define LINE_PDU	16u	/* a longer payload is allocated */

struct line;

/* @keeps_order: equal times as they came, not as window.h has them. */
struct line *line_new(bool keeps_order);
void line_free(struct line *line);

/*
 * Takes a copy of @rec and its payload.  False if it is not in order: its time
 * is below that of the one before it, or it has the same as some others and
 * its place among them is not easily found.  Then nothing has changed.
 */
bool line_push(struct line *line, const struct blk_rec *rec);

/*
 * The first one; false if there is none.  Its payload is valid until the next
 * line_pop or line_push.
 */
bool line_pop(struct line *line, struct blk_rec *ret_rec);

#endif
