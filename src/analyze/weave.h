/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several sources as one stream, in the order of the times that
 * src/analyze/merge.h gives their records.
 *
 *	weave = weave_new(merge, sources, nr);
 *	while ((r = weave_next(weave, &host, &rec, &last, &err)) > 0)
 *		if (merge_record(merge, host, rec, last, &out))
 *			...
 *	weave_free(weave);
 *
 * Each source is read in a thread of its own (src/analyze/ahead.h), and is the
 * caller's again after weave_free.  Of equal times the first source's record
 * comes first.  Memory is bounded by the number of sources.
 */
#ifndef ANALYZE_WEAVE_H
#define ANALYZE_WEAVE_H

#include "src/analyze/merge.h"
#include "src/analyze/source.h"

struct weave;

/* @firsts: for each source the time in the merge that is not after its first
 * record, for notes that have none.  @merge and @sources are borrowed. */
struct weave *weave_new(const struct merge *merge, struct source **sources,
			const uint64_t *firsts, size_t nr);
void weave_free(struct weave *w);
DEFINE_CLEANUP(struct weave, weave_free)

/*
 * The next record, borrowed until the next call; *ret_last: as merge_record
 * wants it.  Returns 1, 0 at the end, or a negative errno.
 */
int weave_next(struct weave *w, size_t *ret_host, const struct blk_rec **ret,
	       uint64_t *ret_last, struct err *err);

#endif
