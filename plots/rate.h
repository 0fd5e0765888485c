/* SPDX-License-Identifier: GPL-2.0 */
/* Reads and writes per second: what the graphs tput and iops share. */
#ifndef PLOTS_RATE_H
#define PLOTS_RATE_H

#include "plots/graph.h"

/* @unit: AXIS_BYTE_RATE for bytes, AXIS_IO_RATE for I/Os. */
void rate_prepare(struct graph *g, const struct plot_input *in,
		  enum axis_unit unit);
void rate_draw(struct scene *s, const struct graph *g,
	       const struct plot_input *in, enum axis_unit unit);

#endif
