/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdio.h>

#include "plots/group.h"
#include "plots/textwidth.h"
#include "src/base/cleanup.h"

#define LABEL_WIDTH	180.0	/* pixels */

rgba group_color(const struct theme *theme, size_t number)
{
	return number < GROUP_SHOWN_MAX ? theme->groups[number] :
					  theme->group_other;
}

rgba group_none_color(const struct theme *theme)
{
	return theme->group_none;
}

bool group_is_rest(const struct plot_input *in, size_t trace)
{
	rgba color = in->traces[trace].color;

	return color == in->theme->group_other ||
	       color == in->theme->group_none;
}

uint64_t group_sum(const struct plot_trace *trace,
		   const uint64_t of_op[IO_OP_MAX], int op)
{
	return is_group(trace) ? of_op[IO_READ] + of_op[IO_WRITE] : of_op[op];
}

const struct hist *group_lat(const struct plot_trace *trace,
			     enum series_phase phase, int op)
{
	const struct series_totals *t = series_totals(trace->series);

	return is_group(trace) ? &t->lat[phase] : &t->lat_op[phase][op];
}

rgba group_op_color(const struct plot_input *in, size_t trace, int op)
{
	rgba color = in->traces[trace].color;

	return color ? color : in->theme->ops[trace % THEME_TRACES][op];
}

rgba group_line_color(const struct plot_input *in, size_t trace)
{
	rgba color = in->traces[trace].color;

	return color ? color : in->theme->lines[trace % THEME_TRACES][0];
}

const char *group_join(const struct plot_trace *trace, const char *what,
		       char ret_text[GRAPH_LABEL_MAX])
{
	_cleanup_(freep) char *label = NULL;

	if (!is_group(trace))
		return graph_join(what, trace->label, ret_text);
	label = text_fit(trace->label, SIZE_LABEL, false, LABEL_WIDTH);
	(void)snprintf(ret_text, GRAPH_LABEL_MAX, "%s", label);
	return ret_text;
}
