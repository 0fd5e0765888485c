/* SPDX-License-Identifier: GPL-2.0 */
/* The bandwidth that fio saw, from its own log: what came out at the top. */
#include "config.h"

#include <math.h>

#include "plots/gauge_curve.h"
#include "plots/kinds.h"
#include "src/base/xalloc.h"

static const char *const op_names[IO_OP_MAX] = {
	[IO_READ] = "reads",
	[IO_WRITE] = "writes",
	[IO_OTHER] = "trims",
};

void kind_fio_prepare(struct graph *g, const struct plot_input *in)
{
	char text[GRAPH_LABEL_MAX], note[AXIS_LABEL_MAX];
	double max = 0;

	for (size_t t = 0; t < in->nr_fios; t++) {
		const struct fiolog *log = in->fios[t].log;

		for (int op = 0; op < IO_OP_MAX; op++) {
			struct curve c;

			if (!log->of[op].nr)
				continue;
			gauge_curve(&c, in, &log->of[op], 0);
			max = fmax(max, curve_max(&c));
			axis_format(plot_unit(in, AXIS_BYTE_RATE),
				    gauge_total(&log->of[op]), note);
			graph_add_legend(g, in->theme->ops[t % THEME_TRACES]
							  [op], true, note,
					 "%s", graph_join(op_names[op],
							  in->fios[t].label,
							  text));
		}
	}
	if (max <= 0)
		g->empty = "no bandwidth log of fio: -F FILE";
	axis_linear(&g->y, plot_unit(in, AXIS_BYTE_RATE), 0, max, 5, true);
}

void kind_fio_draw(struct scene *s, const struct graph *g,
		   const struct plot_input *in)
{
	for (size_t t = 0; t < in->nr_fios; t++) {
		for (int op = 0; op < IO_OP_MAX; op++) {
			const struct gauge *gauge = &in->fios[t].log->of[op];
			const struct path_style style = {
				.stroke = in->theme->ops[t % THEME_TRACES][op],
				.width = 1.5, .tip = op_names[op],
			};
			struct curve c;

			if (!gauge->nr)
				continue;
			gauge_curve(&c, in, gauge, 0);
			curve_draw(s, g, &c, &style,
				   with_alpha(style.stroke, 0.09));
		}
	}
}
