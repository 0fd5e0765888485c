/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kinds of graphs: a row each in kinds.c, a file each (kind_NAME.c).
 * doc/HOWTO-ADD-PLOT.md shows how to add one.
 */
#ifndef PLOTS_KINDS_H
#define PLOTS_KINDS_H

#include <stddef.h>

#include "plots/graph.h"

struct plot_kind {
	const char *name;	/* as -O takes it */
	const char *title;
	const char *help;	/* one sentence: also the picture's <desc> */
	bool is_extra;		/* drawn only where it is asked for */
	/*
	 * Looks at the data: sets the y axis, the legend, and the rest of what
	 * the frame needs (title, x are there).  Sets g->empty when there is
	 * nothing to draw.
	 */
	void (*prepare)(struct graph *g, const struct plot_input *in);
	/* Draws the data into the plot area.  Not called when empty. */
	void (*draw)(struct scene *s, const struct graph *g,
		     const struct plot_input *in);
	int which;	/* kinds that share functions: g->which */
	bool needs_detail;	/* wants plot_trace.detail */
	bool needs_private;	/* NAME is to mean NAME.kvm and NAME.virtio
				   too */
	bool is_of_all;		/* draws all I/O also where others draw groups
				   of it */
};

/* All kinds, in the order of the page. */
const struct plot_kind *plot_kinds(size_t *ret_nr);

/* By name; NULL if there is none. */
const struct plot_kind *plot_kind_find(const char *name);

void kind_io_prepare(struct graph *g, const struct plot_input *in);
void kind_io_draw(struct scene *s, const struct graph *g,
		  const struct plot_input *in);
void kind_tput_prepare(struct graph *g, const struct plot_input *in);
void kind_tput_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in);
void kind_latency_prepare(struct graph *g, const struct plot_input *in);
void kind_latency_draw(struct scene *s, const struct graph *g,
		       const struct plot_input *in);
void kind_heat_prepare(struct graph *g, const struct plot_input *in);
void kind_heat_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in);
void kind_cdf_prepare(struct graph *g, const struct plot_input *in);
void kind_cdf_draw(struct scene *s, const struct graph *g,
		   const struct plot_input *in);
void kind_depth_prepare(struct graph *g, const struct plot_input *in);
void kind_depth_draw(struct scene *s, const struct graph *g,
		     const struct plot_input *in);
void kind_iops_prepare(struct graph *g, const struct plot_input *in);
void kind_iops_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in);
void kind_cpu_prepare(struct graph *g, const struct plot_input *in);
void kind_cpu_draw(struct scene *s, const struct graph *g,
		   const struct plot_input *in);
/* graph.which of the kinds of kind_hist.c and kind_offsets.c */
enum { HIST_LATENCY, HIST_SIZE, HIST_SEEK };
enum { OFFSETS_DENSITY, OFFSETS_LATENCY };

void kind_phases_prepare(struct graph *g, const struct plot_input *in);
void kind_phases_draw(struct scene *s, const struct graph *g,
		  const struct plot_input *in);
/* plot_kind.which of the kinds of kind_lanes.c */
enum lanes_which {
	LANES_EXITS,
	LANES_QUEUES,
};

void kind_path_prepare(struct graph *g, const struct plot_input *in);
void kind_path_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in);
void kind_lanes_prepare(struct graph *g, const struct plot_input *in);
void kind_lanes_draw(struct scene *s, const struct graph *g,
		  const struct plot_input *in);
void kind_cpus_prepare(struct graph *g, const struct plot_input *in);
void kind_cpus_draw(struct scene *s, const struct graph *g,
		  const struct plot_input *in);
void kind_depthmap_prepare(struct graph *g, const struct plot_input *in);
void kind_depthmap_draw(struct scene *s, const struct graph *g,
		  const struct plot_input *in);
void kind_offsets_prepare(struct graph *g, const struct plot_input *in);
void kind_offsets_draw(struct scene *s, const struct graph *g,
		  const struct plot_input *in);
void kind_hist_prepare(struct graph *g, const struct plot_input *in);
void kind_hist_draw(struct scene *s, const struct graph *g,
		  const struct plot_input *in);
void kind_diff_prepare(struct graph *g, const struct plot_input *in);
void kind_diff_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in);
void kind_fio_prepare(struct graph *g, const struct plot_input *in);
void kind_fio_draw(struct scene *s, const struct graph *g,
		   const struct plot_input *in);

#endif
