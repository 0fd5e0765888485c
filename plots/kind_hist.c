/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distributions over the whole trace, as outlines: of latencies, of sizes and
 * of seek distances, by operation.  The height is the share of the I/Os of the
 * operation that are in a bin.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plots/curve.h"
#include "plots/group.h"
#include "plots/kinds.h"
#include "src/base/xalloc.h"

#define BINS_MAX	256
#define TICKS_MAX	6	/* they fit below a narrow graph */

/* What differs between the three. */
static const struct shape {
	unsigned int per_octave;	/* bins of a power of two */
	unsigned int bytes;		/* of a unit */
	bool has_zero;			/* a bin for 0 at the left */
	const char *empty, *remark;
} shapes[] = {
	[HIST_LATENCY] = { 4, 1, false,
		"no I/O with both its issue and its completion",
		"share of I/Os" },
	[HIST_SIZE] = { 1, 1, false, "no I/O that was completed",
		"share of I/Os" },
	[HIST_SEEK] = { 1, 512, true, "no two requests of one device",
		"share of requests; 0 = sequential" },
};

static const char *const op_names[IO_OP_MAX] = {
	[IO_READ] = "reads",
	[IO_WRITE] = "writes",
	[IO_OTHER] = "flushes, discards",
};

/*
 * What is drawn: latencies are known of groups of I/Os, too.  Sizes are of
 * requests, and a seek is between those of a device, whoever made them.
 */
static const struct plot_trace *subjects(const struct graph *g,
					 const struct plot_input *in,
					 size_t *ret_nr)
{
	bool is_by_group = g->which == HIST_LATENCY;

	*ret_nr = is_by_group ? in->nr_traces : in->nr_wholes;
	return is_by_group ? in->traces : in->wholes;
}

static rgba color_of(const struct plot_input *in, const struct plot_trace *t,
		     size_t number, int op)
{
	return is_group(t) ? t->color :
			     in->theme->ops[number % THEME_TRACES][op];
}

struct bins {
	double nr[BINS_MAX];
	double sum;
	int first, last;	/* not empty; first > last: all are */
};

/* Bin 0 is for what is below 1. */
static void add_to_bin(struct bins *b, const struct shape *shape, double value,
		       double nr)
{
	int bin = value < 1 ? 0 :
		  1 + (int)(log2(value) * shape->per_octave + 1e-9);

	if (!(nr > 0))
		return;
	if (bin >= BINS_MAX)
		bin = BINS_MAX - 1;
	b->nr[bin] += nr;
	b->sum += nr;
	if (b->first > b->last)
		b->first = b->last = bin;
	b->first = bin < b->first ? bin : b->first;
	b->last = bin > b->last ? bin : b->last;
}

static double bin_low(const struct shape *shape, int bin)
{
	return exp2((double)(bin - 1) / shape->per_octave);
}

static void add_dist(struct bins *b, const struct shape *shape,
		     const struct dist *d)
{
	if (!d->nr)
		return;
	add_to_bin(b, shape, 0, (double)dist_count(d, 0, 1));
	for (unsigned int i = 0; i < 64; i++)
		add_to_bin(b, shape, ldexp(1, (int)i),
			   (double)dist_count(d, UINT64_C(1) << i,
					      i == 63 ? UINT64_MAX :
							UINT64_C(2) << i));
}

static struct bins bins_of(const struct graph *g, const struct plot_trace *t,
			   enum io_op op)
{
	const struct shape *shape = &shapes[g->which];
	struct bins b = { .first = 1 };
	const struct hist *h;

	if (g->which == HIST_SIZE) {
		add_dist(&b, shape, detail_sizes(t->detail, op));
		return b;
	}
	if (g->which == HIST_SEEK) {
		add_dist(&b, shape, detail_seeks(t->detail, op));
		return b;
	}
	if (!group_has_op(t, op))
		return b;
	h = group_lat(t, curve_phase(t->series), op);
	for (unsigned int i = 0; h->nr && i < HIST_CELLS; i++)
		add_to_bin(&b, shape, (double)hist_cell_low(i), h->cells[i]);
	return b;
}

static void set_x(struct graph *g, int first, int last)
{
	const struct shape *shape = &shapes[g->which];
	enum axis_unit unit = g->which == HIST_LATENCY ? AXIS_DURATION :
							 AXIS_BYTES;
	double lo, hi;
	int step = 1;

	g->is_not_time = true;
	if (unit == AXIS_BYTES) {
		/* a single bin is not all of the graph */
		first -= first > 1 || !shape->has_zero;
		last++;
	}
	lo = bin_low(shape, first) * shape->bytes;
	hi = bin_low(shape, last + 1) * shape->bytes;
	if (unit == AXIS_DURATION) {
		axis_log(&g->x, unit, lo, hi);
		return;
	}
	while ((last + 1 - first) / step > TICKS_MAX)
		step++;
	g->x = (struct axis){ .lo = lo, .hi = hi, .is_log = true,
			      .unit = unit };
	for (int bin = first; bin <= last + 1; bin++) {
		struct axis_tick *t = &g->x.ticks[g->x.nr_ticks];

		if (bin % step || g->x.nr_ticks == AXIS_TICKS_MAX)
			continue;
		t->value = bin_low(shape, bin) * shape->bytes;
		axis_format(unit, bin ? t->value : 0, t->label);
		g->x.nr_ticks++;
	}
}

void kind_hist_prepare(struct graph *g, const struct plot_input *in)
{
	const struct shape *shape = &shapes[g->which];
	int per_octave = (int)shape->per_octave;
	int first = BINS_MAX, last = -1;
	double top = 0;
	size_t nr;
	const struct plot_trace *traces = subjects(g, in, &nr);

	for (size_t t = 0; t < nr; t++) {
		for (int op = 0; op < IO_OP_MAX; op++) {
			struct bins b = bins_of(g, &traces[t], op);
			char text[GRAPH_LABEL_MAX], note[AXIS_LABEL_MAX];

			if (!(b.sum > 0))
				continue;
			first = b.first < first ? b.first : first;
			last = b.last > last ? b.last : last;
			for (int i = b.first; i <= b.last; i++)
				top = fmax(top, 100 * b.nr[i] / b.sum);
			axis_format(AXIS_NUMBER, b.sum, note);
			graph_add_legend(g, color_of(in, &traces[t], t, op),
					 false, note, "%s",
					 group_join(&traces[t], op_names[op],
						    text));
		}
	}
	g->remark = shape->remark;
	axis_linear(&g->y, AXIS_PERCENT, 0, top, 5, true);
	if (last < 0)
		g->empty = shape->empty;
	/* with nothing to show, from 512 on: bytes, sectors, ns */
	set_x(g, last < 0 ? 1 + 9 * per_octave : first,
	      last < 0 ? 1 + 18 * per_octave : last);
}

static void draw_bins(struct scene *s, const struct graph *g,
		      const struct bins *b, const struct path_style *style,
		      bool is_line)
{
	const struct shape *shape = &shapes[g->which];
	const struct path_style area = { .fill = with_alpha(style->stroke,
							    0.15) };
	struct scene_point p[2 * BINS_MAX + 4];
	double base = graph_y(g, 0);
	size_t nr = 0;

	for (int i = b->first; i <= b->last; i++) {
		double x1 = graph_x(g, bin_low(shape, i) * shape->bytes);
		double x2 = graph_x(g, bin_low(shape, i + 1) * shape->bytes);
		double y = graph_y(g, 100 * b->nr[i] / b->sum);

		if (i == b->first)
			p[nr++] = (struct scene_point){ x1, base };
		p[nr++] = (struct scene_point){ x1, y };
		p[nr++] = (struct scene_point){ x2, y };
		if (i == b->last)
			p[nr++] = (struct scene_point){ x2, base };
	}
	/* areas of many groups would be all that one sees */
	if (!is_line)
		scene_path(s, p, nr, &area);
	scene_path(s, p, nr, style);
}

void kind_hist_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in)
{
	size_t nr;
	const struct plot_trace *traces = subjects(g, in, &nr);

	for (size_t t = 0; t < nr; t++) {
		for (int op = 0; op < IO_OP_MAX; op++) {
			struct bins b = bins_of(g, &traces[t], op);
			char text[GRAPH_LABEL_MAX];
			const struct path_style style = {
				.stroke = color_of(in, &traces[t], t, op),
				.width = 1.5,
				.tip = group_join(&traces[t], op_names[op],
						  text),
			};

			if (b.sum > 0)
				draw_bins(s, g, &b, &style,
					  is_group(&traces[t]));
		}
	}
}
