/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/groups.h"
#include "src/base/xalloc.h"

#define BUCKET_BITS	10	/* half of what a whole trace has: there are
				   many of these */

#define ROW_BITS	9	/* as fine as the dots that are drawn */

#define YOUNG	8u	/* the newest, which nobody can judge yet */

/* Where the I/Os of a tag go: an index in @list + 1, or one of these. */
#define UNKNOWN	0u
#define OTHER	(GROUPS_LIVE + 1)

/* In @list: the live ones, then these two. */
#define AT_OTHER GROUPS_LIVE
#define AT_NONE	 (GROUPS_LIVE + 1)

struct groups {
	struct series_options opts;
	struct group list[GROUPS_LIVE + 2];
	size_t nr_live;
	uint64_t nr_begun;
	uint8_t *place;	/* [tag] */
	size_t nr_places;
	bool has_queue;
};

struct groups *groups_new(const struct series *whole,
			  const struct series_options *opts)
{
	struct groups *g = xcalloc(1, sizeof(*g));

	g->opts = *opts;
	g->opts.whole = whole;
	g->opts.bucket_bits = BUCKET_BITS;
	/* a movie shows more rows than a picture */
	g->opts.row_bits = opts->row_bits ? 0 : ROW_BITS;
	return g;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(g->list); i++)
		series_free(g->list[i].series);
	free(g->place);
	free(g);
}

static struct group *begin(struct groups *g, size_t i, enum group_kind kind,
			   uint32_t tag)
{
	g->list[i] = (struct group){ .kind = kind, .tag = tag,
				     .begun = ++g->nr_begun,
				     .series = series_new(&g->opts) };
	return &g->list[i];
}

static struct group *special(struct groups *g, size_t i, enum group_kind kind)
{
	return g->list[i].series ? &g->list[i] : begin(g, i, kind, 0);
}

static void give_to_other(struct groups *g, struct group *from)
{
	struct group *other = special(g, AT_OTHER, GROUP_OTHER);

	series_absorb(other->series, from->series);
	other->nr_ios += from->nr_ios;
	series_free(from->series);
	*from = (struct group){ 0 };
}

static bool is_young(const struct groups *g, const struct group *group)
{
	size_t nr_newer = 0;

	for (size_t i = 0; i < GROUPS_LIVE; i++)
		nr_newer += g->list[i].begun > group->begun;
	return nr_newer < YOUNG;
}

/* The smallest; of several the oldest. */
static size_t find_least(const struct groups *g)
{
	size_t least = GROUPS_LIVE;

	for (size_t i = 0; i < GROUPS_LIVE; i++) {
		const struct group *a = &g->list[i], *b = &g->list[least];

		if (!is_young(g, a) &&
		    (least == GROUPS_LIVE || a->nr_ios < b->nr_ios ||
		     (a->nr_ios == b->nr_ios && a->begun < b->begun)))
			least = i;
	}
	return least;
}

/* A place for one more.  Its index. */
static size_t make_room(struct groups *g)
{
	size_t least;

	if (g->nr_live < GROUPS_LIVE)
		return g->nr_live++;
	least = find_least(g);
	g->place[g->list[least].tag] = OTHER;
	give_to_other(g, &g->list[least]);
	return least;
}

static void know(struct groups *g, uint32_t tag)
{
	size_t nr = 2 * ((size_t)tag + 1);

	if (tag < g->nr_places)
		return;
	g->place = xreallocarray(g->place, nr, sizeof(*g->place));
	memset(g->place + g->nr_places, UNKNOWN, nr - g->nr_places);
	g->nr_places = nr;
}

static struct group *group_of(struct groups *g, uint32_t tag)
{
	size_t i;

	if (!tag)
		return special(g, AT_NONE, GROUP_NONE);
	know(g, tag);
	if (g->place[tag] == OTHER)
		return special(g, AT_OTHER, GROUP_OTHER);
	if (g->place[tag] != UNKNOWN)
		return &g->list[g->place[tag] - 1];
	i = make_room(g);
	g->place[tag] = (uint8_t)(i + 1);
	return begin(g, i, GROUP_TAG, tag);
}

/* What concerns them all: notes, and requeues, which have no tag. */
static void add_to_all(struct groups *g, const struct blk_rec *rec)
{
	for (size_t i = 0; i < ARRAY_SIZE(g->list); i++)
		if (g->list[i].series)
			series_add(g->list[i].series, rec, 1);
}

/*
 * Where a completion belongs: to the group that waits for it.  Flushes have all
 * the same sector, and of several in flight the tag may be another's.
 */
static struct group *completed(struct groups *g, struct group *by_tag,
			       const struct blk_rec *rec)
{
	if (series_awaits(by_tag->series, rec))
		return by_tag;
	for (size_t i = 0; i < ARRAY_SIZE(g->list); i++)
		if (g->list[i].series &&
		    series_awaits(g->list[i].series, rec))
			return &g->list[i];
	return by_tag;
}

void groups_add(struct groups *g, const struct blk_rec *recs,
		const uint32_t *tags, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct blk_rec *rec = &recs[i];
		unsigned int code = blk_code(rec);
		struct group *group;

		if (blk_is_notify(rec) || code == BLK_ACT_REQUEUE) {
			add_to_all(g, rec);
			continue;
		}
		if (code != BLK_ACT_QUEUE && code != BLK_ACT_ISSUE &&
		    code != BLK_ACT_COMPLETE)
			continue;
		group = group_of(g, tags[i]);
		if (code == BLK_ACT_COMPLETE)
			group = completed(g, group, rec);
		g->has_queue |= code == BLK_ACT_QUEUE;
		group->nr_ios += code == BLK_ACT_QUEUE ||
				 (code == BLK_ACT_ISSUE && !g->has_queue);
		series_add(group->series, rec, 1);
	}
}

static int compare(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->nr_ios != y->nr_ios)
		return x->nr_ios > y->nr_ios ? -1 : 1;
	return x->tag < y->tag ? -1 : x->tag > y->tag;
}

/* Events of the trace before the group's own first have named its devices. */
static void name_devices(struct series *s, const struct series *whole)
{
	size_t nr, nr_whole;
	const struct series_device *d = series_devices(s, &nr);
	const struct series_device *w = series_devices(whole, &nr_whole);

	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; k < nr_whole; k++)
			if (w[k].device == d[i].device && *w[k].name)
				series_name_device(s, d[i].device, w[k].name);
}

size_t groups_finish(struct groups *g, size_t max,
		     const struct group **ret_list)
{
	struct group *list = g->list;
	size_t nr = 0;

	qsort(list, g->nr_live, sizeof(*list), compare);
	for (size_t i = max; i < g->nr_live; i++)
		give_to_other(g, &list[i]);
	for (size_t i = 0; i < ARRAY_SIZE(g->list); i++) {
		if (!list[i].series)
			continue;
		series_finish(list[i].series);
		name_devices(list[i].series, g->opts.whole);
		if (nr < i) {
			list[nr] = list[i];
			list[i] = (struct group){ 0 };
		}
		nr++;
	}
	*ret_list = list;
	return nr;
}
