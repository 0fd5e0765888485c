/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace as a movie: where on the devices I/O happens, time after time, and
 * beside it graphs with a line at the time that is shown.
 *
 *	_cleanup_(movie_freep) struct movie *m = movie_new(&options, &input);
 *	draw(movie_background(m));
 *	while ((scene = movie_next(m)) != NULL) {
 *		draw(scene);		over a copy of the background
 *		scene_free(scene);
 *	}
 *
 * The places of a device are laid out on circles, from the outermost inwards
 * (MOVIE_SPINDLE), or in rows of small squares (MOVIE_RECT).  Several devices
 * share the space in equal parts, in the order of their numbers.  A place
 * that had an I/O fades over the next MOVIE_HISTORY frames.
 */
#ifndef PLOTS_MOVIE_H
#define PLOTS_MOVIE_H

#include "plots/page.h"

/* iowatcher 1.2.0 shows as many a second, and as many of the past. */
#define MOVIE_FPS	20u
#define MOVIE_HISTORY	12u
#define MOVIE_FRAMES	600u	/* 30 s, whatever the trace's time is */

enum movie_style {
	MOVIE_SPINDLE,
	MOVIE_RECT,
	MOVIE_STYLES
};

struct movie_options {
	enum movie_style style;
	const char *title;
	const char *subtitle, *warning;		/* as of a page */
	double width, height;	/* of the field of places, pixels */
	const struct plot_kind *const *kinds;	/* graphs beside it, of time */
	const struct plot_input *others;	/* what they are drawn from; NULL
						   = as the field */
	size_t nr_kinds;
};

struct movie;

/* Never fails.  Keeps @in, which has to stay, and copies @o. */
struct movie *movie_new(const struct movie_options *o,
			const struct plot_input *in);
void movie_free(struct movie *m);
DEFINE_CLEANUP(struct movie, movie_free)

/* What all frames share.  Borrowed until movie_free. */
const struct scene *movie_background(const struct movie *m);

/* What the next frame has over the background; NULL after the last one.  The
   caller frees it with scene_free. */
struct scene *movie_next(struct movie *m);

/* Opaque colours of the places; at most @max.  Returns how many. */
size_t movie_colors(const struct movie *m, rgba *ret_colors, size_t max);

#endif
