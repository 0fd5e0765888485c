/* SPDX-License-Identifier: GPL-2.0 */
/* The movie that iotape plot -m makes. */
#ifndef CMD_PLOT_MOVIE_H
#define CMD_PLOT_MOVIE_H

#include "plots/page.h"
#include "src/cmd/plot_options.h"

/* Are the options of a movie right?  Returns an exit status, and has said why
   when it is not CMD_OK. */
int plot_movie_check(const struct plot_options *o);

/*
 * Makes the movie of what @page is about.  @source and @command are for the
 * file's notes.  Returns an exit status, as above.
 */
int plot_movie(const struct plot_options *o, const struct page_options *page,
	       const struct plot_input *in, const char *source,
	       const char *command);

#endif
