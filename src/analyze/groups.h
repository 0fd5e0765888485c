/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A series for each of the few largest groups of a trace's I/Os: by tag, or by
 * whatever numbers them.
 *
 *	groups = groups_new(whole, &opts);
 *	series_add(whole, recs, nr);
 *	groups_add(groups, recs, tags, nr);	for each batch
 *	series_finish(whole);
 *	nr = groups_finish(groups, 12, &list);
 *	for (size_t i = 0; i < nr; i++)
 *		draw(list[i].series, name(&list[i]));
 *
 * Nobody knows beforehand which groups will be large.  GROUPS_LIVE of them are
 * kept apart while the trace is read; when one more comes, the smallest but for
 * the newest few goes into "other" for good, and so does all that comes for it
 * later.  Memory is bounded by that, a few MB for each.
 */
#ifndef ANALYZE_GROUPS_H
#define ANALYZE_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/series.h"
#include "src/base/cleanup.h"

#define GROUPS_LIVE	32u

enum group_kind {
	GROUP_TAG,	/* that of @tag */
	GROUP_OTHER,	/* all that are not among the largest */
	GROUP_NONE,	/* I/Os without a tag */
};

struct group {
	enum group_kind kind;
	uint32_t tag;
	uint64_t nr_ios;	/* queued; issued, where nothing is queued */
	struct series *series;
	uint64_t begun;		/* its number in the order of coming; private */
};

struct groups;

/* @whole is borrowed until groups_free; @opts is for the series of groups. */
struct groups *groups_new(const struct series *whole,
			  const struct series_options *opts);
void groups_free(struct groups *g);
DEFINE_CLEANUP(struct groups, groups_free)

/*
 * Records that the whole was given right before.  @tags has one for each, and
 * 0 = none; Q, D and C of an I/O have the same (tags.h).
 */
void groups_add(struct groups *g, const struct blk_rec *recs,
		const uint32_t *tags, size_t nr);

/*
 * The end, after that of the whole.  Returns how many there are: at most @max
 * with a tag, the largest first, then other, then none.  Borrowed.
 */
size_t groups_finish(struct groups *g, size_t max,
		     const struct group **ret_list);

#endif
