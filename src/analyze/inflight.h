/* SPDX-License-Identifier: GPL-2.0 */
/*
 * I/Os that began and have not ended yet: what a completion is paired with.
 *
 *	struct inflight *f = inflight_new(65536, 120 * NSEC_PER_SEC);
 *	inflight_begin(f, issue);
 *	if (inflight_end(f, completion, &begin_ns))
 *		lat_ns = completion->time - begin_ns;
 *
 * An I/O is known by its device, sector and direction.  Several of the same
 * key end in the order they began, one of equal length first.  A completion
 * of fewer bytes than the I/O has leaves the rest of it in flight.  The table
 * is bounded, and so is what is in flight of one key (2048): the oldest I/O
 * goes when it is full or too old, and is counted.
 */
#ifndef ANALYZE_INFLIGHT_H
#define ANALYZE_INFLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"

#define INFLIGHT_ALL	UINT32_MAX	/* every device */

struct inflight;

struct inflight_stats {
	uint64_t nr;		/* in flight now */
	uint64_t nr_ended;	/* pairs found */
	uint64_t nr_unknown;	/* ends without a beginning */
	uint64_t nr_expired;	/* given up: too old, or no room */
	uint64_t nr_forgotten;	/* by inflight_forget: events were lost */
	uint64_t nr_again;	/* began again without an end between */
};

/* Room for @max I/Os; older than @max_age_ns is given up. */
struct inflight *inflight_new(uint32_t max, uint64_t max_age_ns);
void inflight_free(struct inflight *f);
DEFINE_CLEANUP(struct inflight, inflight_free)

void inflight_begin(struct inflight *f, const struct blk_rec *rec);

/*
 * Returns true when the I/O that @rec completes (all of it) is known, and the
 * time it began.
 */
bool inflight_end(struct inflight *f, const struct blk_rec *rec,
		  uint64_t *ret_begin_ns);

/* Whether inflight_end would find something to end. */
bool inflight_has(struct inflight *f, const struct blk_rec *rec);

/* A requeue: the I/O is taken out, and is expected to begin again. */
void inflight_cancel(struct inflight *f, const struct blk_rec *rec);

/* Gives up all I/Os of @device: events were lost there. */
void inflight_forget(struct inflight *f, uint32_t device);

/* What is in flight in @from is in flight in @f instead.  Only the counts of
   what is in flight change. */
void inflight_absorb(struct inflight *f, struct inflight *from);

/* Borrowed until inflight_free. */
const struct inflight_stats *inflight_stats(const struct inflight *f);

#endif
