/* SPDX-License-Identifier: GPL-2.0 */
/* I/Os per second. */
#include "config.h"

#include "plots/kinds.h"
#include "plots/rate.h"

void kind_iops_prepare(struct graph *g, const struct plot_input *in)
{
	rate_prepare(g, in, AXIS_IO_RATE);
}

void kind_iops_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in)
{
	rate_draw(s, g, in, AXIS_IO_RATE);
}
