/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes per second.  Discards have bytes too, but move none: left out. */
#include "config.h"

#include "plots/kinds.h"
#include "plots/rate.h"

void kind_tput_prepare(struct graph *g, const struct plot_input *in)
{
	rate_prepare(g, in, AXIS_BYTE_RATE);
}

void kind_tput_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in)
{
	rate_draw(s, g, in, AXIS_BYTE_RATE);
}
