/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one graph of a page is made of.  A kind of graph (kinds.h) fills a
 * struct graph from the traces, page.c finds its place and draws its frame,
 * and the kind draws the data into it.
 */
#ifndef PLOTS_GRAPH_H
#define PLOTS_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plots/axis.h"
#include "plots/scene.h"
#include "plots/theme.h"
#include "src/analyze/cpuload.h"
#include "src/analyze/detail.h"
#include "src/analyze/diff.h"
#include "src/analyze/fiolog.h"
#include "src/analyze/series.h"

#define GRAPH_LEGEND_MAX	64
#define GRAPH_LABEL_MAX		96
#define PLOT_TRACES_MAX		16

struct plot_trace {
	const char *label;	/* "" = none is needed: there is one trace */
	const struct series *series;
	const struct cpuload *load;	/* NULL = nobody knows */
	const struct detail *detail;	/* of a whole trace, when a kind of
				   the page needs it */
	rgba color;		/* of a group of the trace's I/Os, opaque
				   (group.h); 0 = it is a whole trace */
};

struct plot_fio {
	const char *label;	/* "" = there is one */
	const struct fiolog *log;
};

/* What all graphs of a page are drawn from.  All of it is borrowed. */
struct plot_input {
	const struct plot_trace *traces;
	size_t nr_traces;
	const struct plot_trace *wholes;	/* where traces are groups: the
				   whole traces; else the same as traces */
	size_t nr_wholes;
	const struct plot_fio *fios;	/* bandwidth logs */
	size_t nr_fios;
	const struct diff_table *diff;	/* of the first two; NULL = none */
	const struct theme *theme;
	double from_ns, to_ns;	/* the time axis, since each trace's first
				   event */
	bool is_wall;		/* it shows the time of day; */
	double day_ns;		/* the first event's, since midnight */
	double from_bytes, to_bytes;	/* of the offset axis; 0, 0 = by the data */
	double rolling_ns;	/* curves are means over so much time before
				   each point; 0 = over each point's own */
	double image_scale;	/* pixels of an image for each of the page */
	bool is_si;		/* bytes in kB, MB and not in KiB, MiB */
};

/* The size of what stands for one of @nr I/Os, pixels: where they are few, they
   can be seen.  @usual where they are many. */
static inline double graph_dot(uint64_t nr, double usual)
{
	return nr < 100 ? 4 : nr < 1000 ? 2.5 : usual;
}

/* How a page writes what is in that unit. */
static inline enum axis_unit plot_unit(const struct plot_input *in,
				       enum axis_unit unit)
{
	if (in->is_si && unit == AXIS_BYTES)
		return AXIS_BYTES_SI;
	if (in->is_si && unit == AXIS_BYTE_RATE)
		return AXIS_BYTE_RATE_SI;
	return unit;
}

struct legend_entry {
	rgba color;
	bool is_line;		/* else a square */
	char label[GRAPH_LABEL_MAX];
	char note[AXIS_LABEL_MAX];	/* a number behind it; "" = none */
};

struct graph {
	const char *title;
	int which;		/* of the row of the table of kinds */
	const char *remark;	/* muted, behind title and unit; NULL = none */
	bool is_of_all;		/* the page draws groups, and this does not */
	const char *empty;	/* why there is nothing to draw; NULL = there
				   is something */
	struct axis x, y;
	bool is_not_time;	/* the kind has set x to something else */
	bool has_own_y;		/* the kind draws grid and labels of y */
	double min_height;	/* of the plot area; 0 = whatever */
	struct legend_entry legend[GRAPH_LEGEND_MAX];
	size_t nr_legend;
	/* set by page.c before drawing: the plot area, whole pixels */
	double left, top, width, height;
};

/* Entries beyond GRAPH_LEGEND_MAX are dropped. */
void graph_add_legend(struct graph *g, rgba color, bool is_line,
		      const char *note, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* "reads", or "reads, LABEL" when there are several traces. */
const char *graph_join(const char *what, const char *label,
		       char ret_text[GRAPH_LABEL_MAX]);

static inline double graph_x(const struct graph *g, double ns)
{
	return g->left + axis_at(&g->x, ns) * g->width;
}

static inline double graph_y(const struct graph *g, double value)
{
	return g->top + (1 - axis_at(&g->y, value)) * g->height;
}

/* Space that page.c leaves around plot areas, for titles and labels. */
#define GRAPH_GUTTER	58.0	/* left of it: labels of y */

/* The name of a band, in its upper left corner. */
void graph_draw_name(struct scene *s, const struct graph *g,
		     const struct theme *theme, const char *name);

/* Grid lines and labels of g->y, in the area of @g. */
void graph_draw_y(struct scene *s, const struct graph *g,
		  const struct theme *theme);

/* Everything but the data: title, legend, grid, both axes, lost time. */
void graph_draw_frame(struct scene *s, const struct graph *g,
		      const struct plot_input *in, double head_y,
		      double legend_y);

/* True if the legend fits beside the title; else it wants rows of its own. */
bool graph_legend_is_beside(const struct graph *g, double width);
unsigned int graph_legend_rows(const struct graph *g, double width);

#endif
