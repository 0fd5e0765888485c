/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A page of graphs: title, then the graphs in columns, as a scene.
 */
#ifndef PLOTS_PAGE_H
#define PLOTS_PAGE_H

#include "plots/kinds.h"

#define PAGE_WIDTH	780	/* of each graph's plot area, pixels */
#define PAGE_HEIGHT	190
#define PAGE_SIDE_MIN	40	/* of a plot area */
#define PAGE_SIDE_MAX	20000
#define PAGE_COLUMNS_MAX 16

struct page_box {
	double left, top, width, height;
};

struct page_options {
	const char *title;
	const char *subtitle;	/* muted, below the title; "" = none */
	const char *warning;	/* what was lost; "" = nothing */
	double width, height;	/* of each plot area */
	unsigned int columns;
	const struct plot_kind *const *kinds;	/* in the order of the page */
	size_t nr_kinds;
	struct page_box *boxes;	/* set to each graph's plot area; NULL = not
				   wanted */
	const struct plot_input *others;	/* what all graphs but io are
						   drawn from; NULL = as io */
	double room_width, room_height;	/* free room right of the graphs; 0 =
					   none */
	struct page_box *room;	/* set to where that is */
};

/* Never fails.  The caller frees with scene_free. */
struct scene *page_make(const struct page_options *o,
			const struct plot_input *in);

#endif
