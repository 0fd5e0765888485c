/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <math.h>

#include "plots/curve.h"
#include "plots/group.h"

#define IOS_PER_POINT	40
#define POINTS_MIN	12
#define SLICES		64	/* to find out how much of a trace is idle */

/* The share of its time in which a trace has I/O at all. */
static double busy_share(const struct series *series)
{
	size_t nr, busy = 0;

	series = series_whole(series);
	nr = series_count(series);

	for (size_t slice = 0; slice < SLICES; slice++) {
		bool is_busy = false;

		for (size_t i = slice * nr / SLICES;
		     i < (slice + 1) * nr / SLICES && !is_busy; i++)
			for (int act = 0; act < SERIES_ACTS; act++)
				for (int op = 0; op < IO_OP_MAX; op++)
					is_busy |= series_bucket(series, i)
							   ->nr[act][op] > 0;
		busy += is_busy;
	}
	return busy ? (double)busy / SLICES : 1;
}

void curve_init(struct curve *c, const struct plot_input *in,
		const struct series *series, uint64_t nr_ios)
{
	double span = in->to_ns - in->from_ns;
	double mine = (double)(series_last(series) - series_first(series)) -
		      in->from_ns;
	double nr = (double)nr_ios / IOS_PER_POINT / busy_share(series);
	size_t buckets = series_count(series);

	/* the points of a trace that fills only a part of the axis */
	if (mine > 0)
		nr *= span / mine;
	if (nr < POINTS_MIN)
		nr = POINTS_MIN;
	if (nr > CURVE_POINTS_MAX)
		nr = CURVE_POINTS_MAX;
	if (mine > 0 && nr * mine / span > (double)buckets)
		nr = (double)buckets * span / mine;
	c->nr = nr < 1 ? 1 : nr > CURVE_POINTS_MAX ? CURVE_POINTS_MAX :
						     (size_t)nr;
	c->step_ns = span / (double)c->nr;
	for (size_t i = 0; i < c->nr; i++) {
		c->ns[i] = in->from_ns + c->step_ns * ((double)i + 0.5);
		c->value[i] = NAN;
	}
}

/* The first bucket whose middle is not before @ns. */
static size_t bucket_from(const struct series *series, double ns)
{
	double origin = (double)series_first(series) -
			(double)series_time(series, 0);
	double i = ceil((ns + origin) / (double)series_width(series) - 0.5);
	size_t nr = series_count(series);

	return i <= 0 ? 0 : i >= (double)nr ? nr : (size_t)i;
}

struct curve_part curve_part(const struct curve *c, size_t point,
			     const struct plot_input *in,
			     const struct series *series)
{
	double end_ns = in->from_ns + c->step_ns * (double)(point + 1);
	double begin_ns = end_ns - c->step_ns;
	double first = (double)series_first(series), low, high;
	struct curve_part part;

	if (in->rolling_ns > c->step_ns)
		begin_ns = end_ns - in->rolling_ns;
	part.first = bucket_from(series, begin_ns);
	part.end = bucket_from(series, end_ns);
	/* the last bucket may have its middle behind the end of the axis */
	if (point + 1 == c->nr)
		part.end = series_count(series);
	low = (double)series_time(series, part.first) - first;
	high = (double)series_time(series, part.end) - first;
	low = fmax(low, in->from_ns);
	high = fmin(high, (double)series_last(series) - first);
	/* a trace that ends right behind a point has no peak there */
	part.width_ns = fmax(high - low, c->step_ns / 4);
	return part;
}

enum series_act curve_act(const struct series *series)
{
	const struct series_totals *t = series_totals(series);

	for (int act = SERIES_COMPLETE; act > SERIES_QUEUE; act--)
		for (int op = 0; op < IO_OP_MAX; op++)
			if (t->nr[act][op])
				return (enum series_act)act;
	return SERIES_QUEUE;
}

enum series_phase curve_phase(const struct series *series)
{
	return series_totals(series)->lat[SERIES_D2C].nr ? SERIES_D2C :
							   SERIES_Q2C;
}

/* Zeros become gaps, but for those where a slope begins or ends. */
static void cut_idle(struct curve *c)
{
	bool was_idle = true;

	for (size_t i = 0; i < c->nr; i++) {
		bool is_idle = !(c->value[i] > 0);

		if (is_idle && was_idle &&
		    (i + 1 == c->nr || !(c->value[i + 1] > 0)))
			c->value[i] = NAN;
		was_idle = is_idle;
	}
}

double curve_rate(struct curve *c, const struct plot_input *in,
		  const struct plot_trace *trace, enum io_op op, bool is_bytes)
{
	const struct series *series = trace->series;
	const struct series_totals *t = series_totals(series);
	/* curves of one graph have their points at the same times */
	const struct series_totals *all = series_totals(series_whole(series));
	enum series_act act = curve_act(series);
	double span = (double)(series_last(series) - series_first(series)) -
		      in->from_ns;
	uint64_t total = group_sum(trace, is_bytes ? t->bytes[act] : t->nr[act],
				   op);

	curve_init(c, in, series,
		   all->nr[act][IO_READ] + all->nr[act][IO_WRITE]);
	for (size_t i = 0; i < c->nr; i++) {
		struct curve_part part = curve_part(c, i, in, series);
		uint64_t sum = 0;

		for (size_t k = part.first; k < part.end; k++) {
			const struct series_bucket *b =
				series_bucket(series, k);

			sum += group_sum(trace, is_bytes ? b->bytes[act] :
							   b->nr[act], op);
		}
		if (part.first < part.end)
			c->value[i] = (double)sum * 1e9 / part.width_ns;
	}
	cut_idle(c);
	return span > 0 ? (double)total * 1e9 / span : 0;
}

double curve_max(const struct curve *c)
{
	double max = 0;

	for (size_t i = 0; i < c->nr; i++)
		if (c->value[i] > max)
			max = c->value[i];
	return max;
}

/* ---- drawing ------------------------------------------------------------- */

/* The next run of points without a gap; false at the end. */
static bool next_run(const struct curve *c, size_t *first, size_t *end)
{
	size_t i = *end;

	while (i < c->nr && isnan(c->value[i]))
		i++;
	*first = i;
	while (i < c->nr && !isnan(c->value[i]))
		i++;
	*end = i;
	return *first < *end;
}

/*
 * Points of a run, with half a step more at both its ends: so that a single
 * point can be seen, and a full curve reaches both ends of the axis.
 */
static size_t run_points(const struct graph *g, const struct curve *c,
			 size_t first, size_t end, struct scene_point *points)
{
	double half = c->step_ns / 2;
	size_t nr = 0;

	points[nr++] = (struct scene_point){ graph_x(g, c->ns[first] - half),
					     graph_y(g, c->value[first]) };
	for (size_t i = first; i < end; i++)
		points[nr++] = (struct scene_point){ graph_x(g, c->ns[i]),
						     graph_y(g, c->value[i]) };
	points[nr++] = (struct scene_point){ graph_x(g, c->ns[end - 1] + half),
					     graph_y(g, c->value[end - 1]) };
	return nr;
}

void curve_draw(struct scene *s, const struct graph *g, const struct curve *c,
		const struct path_style *style, rgba fill)
{
	const struct path_style area = { .fill = fill };
	struct scene_point points[CURVE_POINTS_MAX + 4];
	double base = g->top + g->height;
	size_t first, end = 0;

	while (next_run(c, &first, &end)) {
		size_t nr = run_points(g, c, first, end, points + 1);

		points[0] = (struct scene_point){ points[1].x, base };
		points[nr + 1] = (struct scene_point){ points[nr].x, base };
		if (fill)
			scene_path(s, points, nr + 2, &area);
		scene_path(s, points + 1, nr, style);
	}
}

void curve_draw_band(struct scene *s, const struct graph *g,
		     const struct curve *low, const struct curve *high,
		     rgba fill)
{
	const struct path_style style = { .fill = fill };
	struct scene_point points[2 * (CURVE_POINTS_MAX + 2)];
	size_t first, end = 0;

	while (next_run(low, &first, &end)) {
		size_t nr = run_points(g, low, first, end, points);
		struct scene_point *back = points + nr;

		(void)run_points(g, high, first, end, back);
		for (size_t i = 0; i < nr / 2; i++) {
			struct scene_point p = back[i];

			back[i] = back[nr - 1 - i];
			back[nr - 1 - i] = p;
		}
		scene_path(s, points, 2 * nr, &style);
	}
}
