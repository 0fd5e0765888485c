/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records as the tag protocol sends them: version 7, this machine's byte
 * order, one behind the other.
 *
 *	nr = tag_wire_fill(&wire, recs, nr_recs);
 *	r = tag_helper_exchange(helpers, nr_helpers, &wire.batch);
 */
#ifndef ANALYZE_TAG_WIRE_H
#define ANALYZE_TAG_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/tag_helper.h"
#include "src/base/outbuf.h"

#define TAG_WIRE_RECORDS 16384u

struct tag_wire {
	struct tag_batch batch; /* what was filled in */
	struct outbuf out;	/* the bytes; they go nowhere by themselves */
	uint32_t starts[TAG_WIRE_RECORDS + 1];
};

/* Takes as many of @nr records as fit, one at least.  Returns how many. */
size_t tag_wire_fill(struct tag_wire *wire, const struct blk_rec *recs,
		     size_t nr);
void tag_wire_release(struct tag_wire *wire);

#endif
