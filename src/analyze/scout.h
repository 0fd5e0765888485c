/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looks ahead in the bytes of a stream of all CPUs, whether its records are in
 * time order, so that they need not be sorted.
 *
 * Any record of the next WINDOW_RECS (window.h) may have to go first.  So they
 * have to be looked at before the first one is handed on; but as long as each
 * is later than the one before, which merged dumps are all along, a look at
 * the time in the bytes is enough: the bytes stay where they were read, and
 * are decoded when it is their turn.  Equal times are put in the window's
 * order by the one who takes them (scout_taken.is_untidy).
 *
 *	scout = scout_new(reader, limit, keeps_order);
 *	for (;;) {
 *		while (scout_take(scout, at_end, &taken))
 *			...		decode taken.run
 *		scout_scan(scout);
 *		r = reader_next(reader, &rec);
 *		if (r == -EAGAIN)
 *			scout_make_room(scout), reader_fill(reader, 0, err);
 *		else if (!r && !scout_add(scout, &rec))
 *			...		not in order: scout_give_up, and a window
 *	}
 *
 * Memory: the bytes of WINDOW_RECS records, SCOUT_BYTES at most.
 */
#ifndef ANALYZE_SCOUT_H
#define ANALYZE_SCOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "src/analyze/reader.h"
#include "src/analyze/run.h"

#define SCOUT_CHUNK	(256u << 10)	/* bytes; the reader's buffer has so
					   many at least */
#define SCOUT_SORTED(limit)	(2 * ((limit) + 32))
#define SCOUT_BYTES	(64u << 20)	/* where more is needed (few events
					   among very many notes) it gives up */

struct scout;

struct scout_taken {
	struct run run;		/* its bytes stay until the next scout_take */
	bool is_untidy;		/* equal times in it are not in their order:
				   scout_sort */
	bool is_joined;		/* some are in the next one, which is to be
				   taken too */
};

/*
 * @reader: borrowed; its buffer is the scout's to change, and reader_fill may
 * only be called behind scout_make_room.  @limit: records that are taken
 * before others are looked at; a run has not more.  @keeps_order: equal times
 * as they came.
 */
struct scout *scout_new(struct reader *reader, uint32_t limit,
			bool keeps_order);
void scout_free(struct scout *scout);

/*
 * Looks at the records in the reader's buffer, up to the first that is no
 * plain event in order, or until it knows enough.  Those records are the
 * scout's; the reader stands behind them.
 */
void scout_scan(struct scout *scout);

/* True if it knows enough of what comes to let the first ones go. */
bool scout_is_full(const struct scout *scout);

/*
 * An event that reader_next has just given.  False if it is not in order; then
 * nothing has changed.
 */
bool scout_add(struct scout *scout, const struct blk_rec *rec);

/*
 * Before more bytes are read: those that were looked at stay where they are.
 * False if that takes more than SCOUT_BYTES.
 */
bool scout_make_room(struct scout *scout);

/*
 * The next records in order, if they may go: when it is full, @limit of them;
 * with @force, all.  The bytes of the last ones are given up.
 */
bool scout_take(struct scout *scout, bool force,
		struct scout_taken *ret_taken);

/*
 * Adds the records of a run to @nr others at @recs, which are those of the runs
 * that it is joined to, in the window's order.  Returns their number, which is
 * at most SCOUT_SORTED(limit).  Payloads are as run.
 */
uint32_t scout_sort(const struct scout_taken *taken, struct blk_rec *recs,
		    uint32_t nr);

#endif
