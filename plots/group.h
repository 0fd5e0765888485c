/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between a trace that is drawn as such and a group of its I/Os
 * (a tag, a process, ...).  A trace has a curve for each operation, in the
 * colours of its number.  A group has one for all of them, in its own colour:
 * a graph of twelve groups can still be read.
 *
 *	for (int op = 0; op < IO_OP_MAX; op++)
 *		if (group_has_op(trace, op))
 *			draw(group_sum(trace, totals->nr[act], op),
 *			     group_op_color(in, t, op));
 *
 * The one curve of a group stands at op 0.
 */
#ifndef PLOTS_GROUP_H
#define PLOTS_GROUP_H

#include <stdbool.h>

#include "plots/graph.h"

#define GROUP_SHOWN_MAX	12	/* with a colour and a place in the legend;
				   the rest are one, "other" */

/* Colour of the group of that number; from GROUP_SHOWN_MAX on that of
   "other".  Never 0. */
rgba group_color(const struct theme *theme, size_t number);
/* Of I/Os without a tag. */
rgba group_none_color(const struct theme *theme);

/* A group, and not a whole trace. */
static inline bool is_group(const struct plot_trace *trace)
{
	return trace->color != 0;
}

/* The group of all others, or of what has no tag. */
bool group_is_rest(const struct plot_input *in, size_t trace);

/* The operations that have a curve of their own: of a group only the first. */
static inline bool group_has_op(const struct plot_trace *trace, int op)
{
	return !is_group(trace) || op == 0;
}

/* I/Os, or bytes, of that curve: of a group those of reads and writes. */
uint64_t group_sum(const struct plot_trace *trace,
		   const uint64_t of_op[IO_OP_MAX], int op);

/* Latencies of that curve. */
const struct hist *group_lat(const struct plot_trace *trace,
			     enum series_phase phase, int op);

/* Its colour; that of the trace's line. */
rgba group_op_color(const struct plot_input *in, size_t trace, int op);
rgba group_line_color(const struct plot_input *in, size_t trace);

/* As graph_join; of a group its label only. */
const char *group_join(const struct plot_trace *trace, const char *what,
		       char ret_text[GRAPH_LABEL_MAX]);

#endif
