/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "src/analyze/align.h"
#include "src/base/xalloc.h"

#define NS_PER_SEC	1000000000
#define SAME_TAI_NS	100000000	/* offsets of TAI are whole seconds */
#define RATE_MAX	0.01		/* clocks do not differ by more */

static const char *const mode_names[] = {
	[ALIGN_WALL] = "wall",
	[ALIGN_PTP] = "ptp",
	[ALIGN_ANCHOR] = "anchor",
};

static_assert(ARRAY_SIZE(mode_names) == ALIGN_MODE_MAX, "one name each");

const char *align_mode_name(enum align_mode mode)
{
	return mode_names[mode];
}

int align_mode_from_name(const char *name, enum align_mode *ret_mode)
{
	for (unsigned int i = 0; i < ALIGN_MODE_MAX; i++) {
		if (!strcmp(name, mode_names[i])) {
			*ret_mode = (enum align_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* ---- anchors ------------------------------------------------------------- */

static void widen(struct align_span *span, uint64_t clock, uint64_t monotonic,
		  bool is_first)
{
	int64_t d = (int64_t)(clock - monotonic);

	if (is_first || d < span->least)
		span->least = d;
	if (is_first || d > span->most)
		span->most = d;
}

static uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void align_clock(struct align_clocks *c, const struct note *note)
{
	const struct note_clock *n = &note->clock;
	bool is_first = !c->nr;

	if (!n->monotonic || !n->realtime)
		return;
	widen(&c->wall, n->realtime, n->monotonic, is_first);
	c->nr++;
	if (is_first || n->monotonic < c->first)
		c->first = n->monotonic;
	c->last = max_of(c->last, n->monotonic);
	if (!n->width || !n->tai)
		return;
	widen(&c->tai, n->tai, n->monotonic, !c->nr_rated);
	c->nr_rated++;
	c->nr_synced += !!(n->flags & NOTE_CLOCK_SYNCED);
	c->width = max_of(c->width, n->width);
	c->max_error = max_of(c->max_error, n->max_error);
	c->est_error = max_of(c->est_error, n->est_error);
}

void align_timestamp(struct align_clocks *c, uint64_t time, uint64_t realtime)
{
	widen(&c->stamp, realtime, time, !c->nr_stamps);
	c->nr_stamps++;
}

/* ---- clocks -------------------------------------------------------------- */

/* The constant of a trace, and how wrong it may be. */
struct constant {
	int64_t value;
	uint64_t error, likely, step;
	bool has_error;
};

/* The middle: nothing is nearer to all anchors. */
static void settle(struct constant *k, const struct align_span *span)
{
	uint64_t spread = (uint64_t)span->most - (uint64_t)span->least;

	k->value = span->least + (int64_t)(spread / 2);
	k->error = k->likely = (spread + 1) / 2;
	k->step = spread;
}

static int read_wall(const struct align_side *side, struct constant *k,
		     struct err *err)
{
	const struct align_clocks *c = side->clocks;

	if (!c->nr && !c->nr_stamps)
		return err_set(err, -ENODATA, "%s: the trace does not say what"
			       " time of the day it was: neither a CLOCK record"
			       " of iotape nor a timestamp of blktrace is in it"
			       " (--align anchor does without)", side->name);
	settle(k, c->nr ? &c->wall : &c->stamp);
	return 0;
}

static int read_tai(const struct align_side *side, struct constant *k,
		    struct err *err)
{
	const struct align_clocks *c = side->clocks;

	if (!c->nr_rated)
		return err_set(err, -ENODATA, "%s: the trace has no CLOCK_TAI"
			       " (--align wall does without)", side->name);
	if (c->nr_synced != c->nr_rated)
		return err_set(err, -ENODATA, "%s: the clock was not"
			       " synchronised in %" PRIu64 " of %" PRIu64
			       " anchors (--align wall takes it as it is)",
			       side->name, c->nr_rated - c->nr_synced,
			       c->nr_rated);
	settle(k, &c->tai);
	return 0;
}

static int read_constant(enum align_mode mode, const struct align_side *side,
			 struct constant *k, struct err *err)
{
	const struct align_clocks *c = side->clocks;
	int r = mode == ALIGN_PTP ? read_tai(side, k, err) :
				    read_wall(side, k, err);

	if (r)
		return r;
	k->has_error = c->nr && c->nr_synced == c->nr && c->max_error;
	k->error += c->width;
	k->likely += c->width;
	if (k->has_error) {
		k->error += c->max_error;
		k->likely += c->est_error;
	}
	return 0;
}

/* What CLOCK_TAI is ahead of the clock of the day; ns. */
static int64_t tai_ahead(const struct align_side *side)
{
	return (int64_t)((uint64_t)side->clocks->tai.most -
			 (uint64_t)side->clocks->wall.most);
}

static int check_tai(const struct align_side *sides, size_t nr,
		     struct err *err)
{
	for (size_t i = 1; i < nr; i++) {
		int64_t a = tai_ahead(&sides[0]), b = tai_ahead(&sides[i]);
		uint64_t apart = a > b ? (uint64_t)a - (uint64_t)b :
					 (uint64_t)b - (uint64_t)a;

		if (apart > SAME_TAI_NS)
			return err_set(err, -ENODATA, "%s has CLOCK_TAI %"
				       PRId64 " s ahead of the clock of the"
				       " day, and %s %" PRId64 " s: one of them"
				       " was not told the leap seconds (--align"
				       " wall does without)", sides[0].name,
				       a / NS_PER_SEC, sides[i].name,
				       b / NS_PER_SEC);
	}
	return 0;
}

static int solve_clocks(enum align_mode mode, const struct align_side *sides,
			size_t nr, struct align_map *maps, struct err *err)
{
	struct constant base = { 0 };
	int r = 0;

	for (size_t i = 0; i < nr && !r; i++) {
		struct constant k = { 0 };

		r = read_constant(mode, &sides[i], &k, err);
		if (r)
			return r;
		maps[i].step = k.step;
		if (!i) {
			base = k;
			maps[0].has_error = true;
			continue;
		}
		maps[i].offset = (int64_t)((uint64_t)k.value -
					  (uint64_t)base.value);
		maps[i].has_error = k.has_error && base.has_error;
		maps[i].error = k.error + base.error;
		maps[i].likely = k.likely + base.likely;
	}
	return mode == ALIGN_PTP ? check_tai(sides, nr, err) : 0;
}

/* ---- points -------------------------------------------------------------- */

static int check_points(const struct align_side *sides, size_t i,
			struct err *err)
{
	const struct align_points *p = &sides[i].points;

	if (!p->nr)
		return err_set(err, -ENODATA, "%s: --align anchor wants an"
			       " --anchor for each trace", sides[i].name);
	if (p->nr != sides[0].points.nr)
		return err_set(err, -EINVAL, "%s has %u anchors, and %s %u",
			       sides[0].name, sides[0].points.nr,
			       sides[i].name, p->nr);
	if (p->nr > 1 && p->at[1] <= p->at[0])
		return err_set(err, -EINVAL, "%s: the second anchor is not"
			       " behind the first one", sides[i].name);
	return 0;
}

static int solve_points(const struct align_side *sides, size_t nr,
			struct align_map *maps, struct err *err)
{
	const struct align_points *base = &sides[0].points;

	for (size_t i = 0; i < nr; i++) {
		const struct align_points *p = &sides[i].points;
		struct align_map *m = &maps[i];
		int r = check_points(sides, i, err);

		if (r)
			return r;
		m->has_error = !i || p->error;
		m->error = m->likely = p->error;
		m->at = p->at[0];
		m->offset = (int64_t)(base->at[0] - p->at[0]);
		if (p->nr > 1)
			m->rate = (double)(base->at[1] - base->at[0]) /
				  (double)(p->at[1] - p->at[0]) - 1;
		if (m->rate > RATE_MAX || m->rate < -RATE_MAX)
			return err_set(err, -EINVAL, "%s: its anchors are"
				       " %.9f s apart, those of %s %.9f s: no"
				       " clock is that wrong", sides[i].name,
				       (double)(p->at[1] - p->at[0]) /
					       NS_PER_SEC, sides[0].name,
				       (double)(base->at[1] - base->at[0]) /
					       NS_PER_SEC);
	}
	return 0;
}

int align_solve(enum align_mode mode, const struct align_side *sides,
		size_t nr, struct align_map *ret_maps, struct err *err)
{
	memset(ret_maps, 0, nr * sizeof(*ret_maps));
	return mode == ALIGN_ANCHOR ?
		solve_points(sides, nr, ret_maps, err) :
		solve_clocks(mode, sides, nr, ret_maps, err);
}

int64_t align_time_signed(const struct align_map *map, uint64_t time)
{
	int64_t t = (int64_t)(time + (uint64_t)map->offset);

	if (map->rate != 0)
		t = (int64_t)((uint64_t)t + (uint64_t)(int64_t)
			(map->rate * (double)(int64_t)(time - map->at)));
	return t;
}

/* A double has whole numbers up to here, which is 104 days in ns: the clocks
 * of no trace drift on for longer. */
static double drift_of(const struct align_map *map, uint64_t time)
{
	const uint64_t most = UINT64_C(1) << 53;
	uint64_t apart = time >= map->at ? time - map->at : map->at - time;
	double ns = (double)(apart < most ? apart : most);

	return map->rate * (time >= map->at ? ns : -ns);
}

/* What is added at @time; at most 2^62 either way. */
static int64_t shift_at(const struct align_map *map, uint64_t time)
{
	const int64_t most = INT64_C(1) << 61;
	double drift = drift_of(map, time);
	int64_t offset = map->offset > most ? most :
			 map->offset < -most ? -most : map->offset;

	if (drift >= (double)most)
		return offset + most;
	return drift <= -(double)most ? offset - most :
					offset + (int64_t)drift;
}

/* Later times stay later, whatever they are: damaged ones may be anything. */
uint64_t align_time(const struct align_map *map, uint64_t time)
{
	int64_t shift = shift_at(map, time);

	if (shift < 0)
		return time > (uint64_t)-shift ? time - (uint64_t)-shift : 0;
	return time > UINT64_MAX - (uint64_t)shift ? UINT64_MAX :
						     time + (uint64_t)shift;
}
