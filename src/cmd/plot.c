/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape plot: graphs of traces, as SVG, PNG or PDF.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plots/group.h"
#include "plots/out.h"
#include "plots/page.h"
#include "src/analyze/source.h"
#include "src/base/newfile.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/diff.h"
#include "src/cmd/jail.h"
#include "src/cmd/plot.h"
#include "src/cmd/plot_movie.h"
#include "src/cmd/plot_options.h"

#define SECTOR		512

static double end_of(const struct plot_source *sources, size_t nr)
{
	double end = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct series *s = sources[i].series;

		/* nothing may lie in the part that is drawn */
		if (series_last(s) > series_first(s))
			end = fmax(end, (double)(series_last(s) -
						 series_first(s)));
		/* a trace of KVM alone has no block event */
		if (sources[i].detail)
			end = fmax(end,
				   (double)(detail_last(sources[i].detail) -
					    detail_first(sources[i].detail)));
	}
	return end;
}

/* The command line, for the file's notes.  The caller frees it. */
static char *join_args(int argc, char **argv)
{
	char *line = xstrdup(argv[0]);	/* "iotape plot" */

	for (int i = 1; i < argc; i++) {
		_cleanup_(freep) char *old = line;

		line = xasprintf("%s %s", old, argv[i]);
	}
	return line;
}

static int write_picture(const struct plot_options *o, const struct scene *scene,
			 const char *source, const char *command)
{
	_cleanup_(newfile_release) struct newfile file = { 0 };
	const struct out_format *format =
		out_find(strcmp(o->output, "-") != 0 ? o->output : ".svg");
	const struct out_options out = { .scale = o->scale, .source = source,
					 .command = command };
	struct err err = { 0 };

	if (newfile_open(&file, o->output, &err) ||
	    format->write(scene, &out, file.stream, &err) ||
	    newfile_commit(&file, &err))
		return cmd_fail(&err);
	return CMD_OK;
}

static const char *file_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void set_wholes(const struct plot_options *o,
		       const struct plot_source *sources,
		       struct plot_trace *traces)
{
	for (size_t i = 0; i < o->nr_traces; i++)
		traces[i] = (struct plot_trace){
			.label = o->nr_traces > 1 || i < o->nr_labels ?
					 sources[i].label : "",
			.series = sources[i].series,
			.load = sources[i].load,
			.detail = sources[i].detail,
		};
}

/* Groups that can be told apart, of each trace. */
static size_t max_groups(const struct plot_options *o)
{
	size_t nr = o->nr_traces ? GROUP_SHOWN_MAX / o->nr_traces : 1;

	return nr ? nr : 1;
}

struct group_traces {
	struct plot_trace *list;	/* labels are owned */
	size_t nr, cap;
	size_t nr_named;
};

static void add_group(struct group_traces *g, const struct plot_source *p,
		      const struct group *group, const struct theme *theme,
		      const char *trace_label)
{
	const char *label = plot_group_label(p, group);
	rgba color = group->kind == GROUP_TAG ?
			     group_color(theme, g->nr_named++) :
		     group->kind == GROUP_OTHER ?
			     group_color(theme, GROUP_SHOWN_MAX) :
			     group_none_color(theme);

	g->list = xgrow(g->list, g->nr, &g->cap, sizeof(*g->list));
	g->list[g->nr++] = (struct plot_trace){
		.label = *trace_label ?
				 xasprintf("%s, %s", label, trace_label) :
				 xstrdup(label),
		.series = group->series,
		.color = color,
	};
}

/* A trace without tags is one group, when others have tags. */
static void set_groups(const struct plot_options *o,
		       const struct plot_source *sources,
		       struct group_traces *g)
{
	bool has_groups = false;

	for (size_t i = 0; i < o->nr_traces; i++)
		has_groups |= sources[i].nr_groups > 0;
	for (size_t i = 0; i < o->nr_traces && has_groups; i++) {
		const struct plot_source *p = &sources[i];
		const char *label = o->nr_traces > 1 ? p->label : "";

		for (size_t k = 0; k < p->nr_groups; k++)
			add_group(g, p, &p->list[k], o->theme, label);
		if (!p->nr_groups)
			add_group(g, p,
				  &(struct group){ .kind = GROUP_NONE,
						   .series = p->series },
				  o->theme, label);
	}
}

static void free_groups(struct group_traces *g)
{
	for (size_t i = 0; i < g->nr; i++)
		free((char *)(uintptr_t)g->list[i].label);
	free(g->list);
}

/* The last sample of the logs; 0 if there are none. */
static double set_fios(const struct plot_options *o,
		       struct fiolog *const *logs, struct plot_fio *fios)
{
	uint64_t end = 0;

	for (size_t i = 0; i < o->nr_fios; i++) {
		fios[i] = (struct plot_fio){
			.label = o->nr_fios > 1 ? file_part(o->fios[i]) : "",
			.log = logs[i],
		};
		for (int op = 0; op < IO_OP_MAX; op++)
			if (logs[i]->of[op].last > end)
				end = logs[i]->of[op].last;
	}
	return (double)end;
}

/* As much as the picture's outputs need: browsers on good screens show twice
   the pixels. */
static double image_scale(const struct plot_options *o)
{
	if (o->movie.is_wanted || out_find(o->output) == out_find(".png"))
		return o->scale;
	return 2;
}

static int draw_page(const struct plot_options *o,
		     const struct page_options *page,
		     const struct plot_input *in, const char *source,
		     const char *command)
{
	_cleanup_(scene_freep) struct scene *scene = NULL;

	if (o->movie.is_wanted)
		return plot_movie(o, page, in, source, command);
	scene = page_make(page, in);
	return write_picture(o, scene, source, command);
}

static void set_times(const struct plot_options *o, struct plot_input *in,
		      double end)
{
	in->from_ns = o->from_ns;
	in->to_ns = o->to_ns > 0 ? o->to_ns : end;
	if (in->to_ns <= in->from_ns)
		in->to_ns = in->from_ns + 1e6;
}

/* The time of day for the axis, and its date behind *subtitle. */
static int set_wall(const struct plot_source *p, struct plot_input *in,
		    char **subtitle)
{
	uint64_t wall = plot_wall(p);
	time_t sec = (time_t)(wall / 1000000000);
	_cleanup_(freep) char *old = *subtitle;
	char date[40];
	struct tm tm;

	if (!wall || !localtime_r(&sec, &tm)) {
		*subtitle = TAKE_PTR(old);
		cmd_error("--time wall: nothing in %s says what time it was; in"
			  " a dump there is only the time since its first event",
			  p->label);
		return CMD_FAILED;
	}
	in->is_wall = true;
	in->day_ns = ((tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec) * 1e9 +
		     (double)(wall % 1000000000);
	(void)strftime(date, sizeof(date), "%Y-%m-%d %Z", &tm);
	*subtitle = xasprintf("%s \xc2\xb7 %s", old, date);
	return CMD_OK;
}

/* Of the first two traces; printed too, unless the picture goes there. */
static void compare(const struct plot_options *o,
		    const struct plot_source *sources,
		    struct diff_table *ret_table)
{
	diff_compare(sources[0].side, sources[1].side, ret_table);
	if (!strcmp(o->output, "-"))
		return;
	if (o->is_json)
		diff_print_json(ret_table, stdout);
	else
		diff_print(ret_table, sources[0].label, sources[1].label,
			   stdout);
}

static int draw_input(const struct plot_options *o,
		      const struct plot_source *sources,
		      struct fiolog *const *logs, const char *source,
		      const char *title, const char *command)
{
	struct diff_table diff;
	struct plot_trace wholes[PLOT_TRACES_MAX];
	struct group_traces groups = { 0 };
	struct plot_fio fios[PLOT_TRACES_MAX];
	struct plot_input in = {
		.traces = wholes, .nr_traces = o->nr_traces,
		.wholes = wholes, .nr_wholes = o->nr_traces,
		.fios = fios, .nr_fios = o->nr_fios, .theme = o->theme,
		.from_bytes = (double)o->series.first_sector * SECTOR,
		.to_bytes = (double)o->series.end_sector * SECTOR,
		.rolling_ns = o->rolling_ns, .image_scale = image_scale(o),
		.is_si = o->is_si,
	}, others;
	_cleanup_(freep) char *subtitle =
		o->nr_traces ? plot_subtitle(sources, o->nr_traces,
					     o->series.from_ns) : xstrdup("");
	_cleanup_(freep) char *warning = plot_warning(sources, o->nr_traces);
	struct page_options page = {
		.title = title, .subtitle = subtitle, .warning = warning,
		.width = o->width, .height = o->height, .columns = o->columns,
		.kinds = o->kinds, .nr_kinds = o->nr_kinds,
		.others = o->is_per_process_io ? &others : NULL,
	};
	int status;

	set_times(o, &in, fmax(set_fios(o, logs, fios),
			       end_of(sources, o->nr_traces)));
	set_wholes(o, sources, wholes);
	if (o->is_diff) {
		compare(o, sources, &diff);
		in.diff = &diff;
	}
	if (o->is_wall && o->nr_traces) {
		status = set_wall(&sources[0], &in, &subtitle);
		if (status != CMD_OK)
			return status;
		page.subtitle = subtitle;
	}
	others = in;
	set_groups(o, sources, &groups);
	if (groups.nr) {
		in.traces = groups.list;
		in.nr_traces = groups.nr;
	}
	status = draw_page(o, &page, &in, source, command);
	free_groups(&groups);
	return status;
}

static int draw(const struct plot_options *o, const struct plot_source *sources,
		struct fiolog *const *logs, const char *command)
{
	_cleanup_(freep) char *names =
		o->nr_traces ? plot_names(sources, o->nr_traces) :
			       xstrdup(file_part(o->fios[0]));
	_cleanup_(freep) char *title =
		o->title ? xstrdup(o->title) :
			   xasprintf("Block I/O of %s", names);

	return draw_input(o, sources, logs, names, title, command);
}

static bool needs_detail(const struct plot_options *o)
{
	for (size_t i = 0; i < o->nr_kinds; i++)
		if (o->kinds[i]->needs_detail)
			return true;
	return false;
}

static bool needs_private(const struct plot_options *o)
{
	for (size_t i = 0; i < o->nr_kinds; i++)
		if (o->kinds[i]->needs_private)
			return true;
	return false;
}

/* One that draws block I/O, not only what KVM and virtio did. */
static bool has_block_graph(const struct plot_options *o)
{
	for (size_t i = 0; i < o->nr_kinds; i++)
		if (!o->kinds[i]->needs_private)
			return true;
	return false;
}

/* Reads all there is.  Returns the worst status. */
static int read_input(const struct plot_options *o,
		      struct plot_source *sources, struct fiolog **logs)
{
	const struct plot_read_options opts = {
		.series = &o->series, .tags = &o->tags, .by = o->by,
		.max_groups = max_groups(o),
		.needs_detail = needs_detail(o),
		.needs_private = needs_private(o),
		.needs_side = o->is_diff,
	};
	int worst = CMD_OK;

	for (size_t i = 0; i < o->nr_traces && worst != CMD_FAILED; i++) {
		int status = plot_source_read(&sources[i], o->traces[i],
					      i < o->nr_labels ?
						      o->labels[i] : NULL,
					      &opts);

		if (status != CMD_OK)
			worst = status;
	}
	for (size_t i = 0; i < o->nr_fios && worst != CMD_FAILED; i++) {
		logs[i] = plot_read_fio(o->fios[i]);
		if (!logs[i])
			worst = CMD_FAILED;
	}
	return worst;
}

static int run(const struct plot_options *o, const char *command)
{
	struct plot_source *sources =
		xcalloc(o->nr_traces + 1, sizeof(*sources));
	struct fiolog *logs[PLOT_TRACES_MAX] = { 0 };
	int status, worst;

	cmd_catch_signals();
	worst = read_input(o, sources, logs);
	if (worst != CMD_FAILED) {
		plot_tell_outside(sources, o->nr_traces, o->from_ns,
				  has_block_graph(o));
		status = draw(o, sources, logs, command);
		if (status != CMD_OK)
			worst = status;
	}
	for (size_t i = 0; i < o->nr_traces; i++)
		plot_source_release(&sources[i]);
	for (size_t i = 0; i < o->nr_fios; i++)
		fiolog_free(logs[i]);
	free(sources);
	return worst;
}

int plot_main(int argc, char **argv)
{
	_cleanup_(freep) char *command = join_args(argc, argv);
	_cleanup_(freep) char *recorded = NULL;
	struct plot_options o;
	int status = plot_options_parse(&o, argc, argv);

	if (status == CMD_OK && o.device)
		status = plot_record(&o, &recorded);
	if (recorded && !o.nr_traces)
		plot_options_add_trace(&o, recorded);
	else if (recorded)
		o.traces[0] = recorded;
	if (status == CMD_OK && !o.movie.is_wanted && !o.tags.nr_helpers)
		jail_enter();
	if (status == CMD_OK)
		status = run(&o, command);
	plot_options_release(&o);
	return status;
}
