/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of iotape plot, and the recording that -d asks for. */
#ifndef CMD_PLOT_OPTIONS_H
#define CMD_PLOT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plots/movie.h"
#include "plots/page.h"
#include "src/analyze/series.h"
#include "src/cmd/plot.h"
#include "src/cmd/tag_choice.h"

struct movie_choice {
	bool is_wanted;
	bool keeps_frames;	/* as SVG files too */
	enum movie_style style;
	const char *codec;	/* of ffmpeg; NULL = by the file's name */
};

struct plot_options {
	const char **traces;	/* borrowed from argv; the array is owned */
	size_t nr_traces, cap_traces;
	const char **labels;
	size_t nr_labels, cap_labels;
	const char **fios;	/* as traces */
	size_t nr_fios, cap_fios;
	const struct plot_kind **kinds;
	size_t nr_kinds;
	uint32_t only, without;	/* bits: rows of the table of kinds */
	const char *device;	/* record this one first; NULL = do not */
	const char *record_dir;	/* put the recording there; NULL = "." */
	char **command;		/* to run meanwhile; NULL = until a signal */
	bool has_prog;		/* -p: what follows the options is command */
	const char *output;
	const char *title;	/* NULL = made from the traces' names */
	const struct theme *theme;
	struct movie_choice movie;
	bool is_wall;		/* the axis of time has the time of day */
	bool is_si;		/* bytes in kB, MB and so on */
	bool is_per_process_io;	/* only the graph io is by process */
	double width, height, scale, rolling_ns;
	double from_ns, to_ns;	/* 0, 0 = all */
	unsigned int columns;
	struct series_options series;
	struct tag_choice tags;
	enum plot_by by;
	bool is_diff;		/* compare two traces */
	bool is_json;		/* the table of it */
};

/*
 * Fills *o; everything in it is borrowed from argv but for the arrays.
 * Returns an exit status (CMD_OK: go on), or ends the program as argp does.
 */
int plot_options_parse(struct plot_options *o, int argc, char **argv);
/* @name is borrowed. */
void plot_options_add_trace(struct plot_options *o, const char *name);
void plot_options_release(struct plot_options *o);

/*
 * Records o->device until o->command ends, or until a signal.  The files are
 * called *ret_base (the caller frees it).  Returns an exit status, and has
 * said why when it is not CMD_OK.
 */
int plot_record(const struct plot_options *o, char **ret_base);

#endif
