/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <argp.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plots/out.h"
#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/plot_movie.h"
#include "src/cmd/plot_options.h"

#define NS_PER_S	1e9
#define SECONDS_MAX	1e9
#define MIB		1048576.0
#define SECTOR		512
#define MOVIE_ROW_BITS	13	/* cells of a movie's field: about as many */
#define SCALE_MIN	0.25
#define SCALE_MAX	8.0

enum {
	OPT_PRESET = 0x100,
	OPT_DIFF,
	OPT_JSON,
	OPT_BY,
	OPT_SCALE,
	OPT_THEME,
	OPT_TIME,
	OPT_UNITS,
};

static const struct argp_option option_table[] = {
	{ "trace", 't', "NAME", 0, "draw this trace: NAME.blktrace.0, .1, ...;"
	  " a merged dump; a folder; a pipe (\"-\" is standard input);"
	  " repeatable", 0 },
	{ "label", 'l', "TEXT", 0, "what to call the trace: the first -l is"
	  " for the first -t, and so on [its name]", 0 },
	{ "output", 'o', "FILE", 0, "the picture, .svg, .png or .pdf; \"-\": an"
	  " SVG to standard output [trace.svg]", 0 },
	{ "title", 'T', "TEXT", 0, "title of the page", 0 },
	{ "only-graph", 'O', "GRAPH", 0, "draw only this graph; repeatable",
	  0 },
	{ "no-graph", 'N', "GRAPH", 0, "leave out this graph; repeatable", 0 },
	{ "preset", OPT_PRESET, "NAME", 0, "a set of graphs: overview, latency,"
	  " iowatcher [overview]", 0 },
	{ "diff", OPT_DIFF, NULL, 0, "compare the latencies of two traces", 0 },
	{ "json", OPT_JSON, NULL, 0, "with --diff: print the table as JSON", 0 },
	{ "by", OPT_BY, "KEY", 0, "draw each group of I/Os in a colour of its"
	  " own: tag, none, " TAG_RULES_KEYS " [tag, if there are tags]", 0 },
	{ "columns", 'c', "NUMBER", 0, "graphs side by side [1]", 0 },
	{ "width", 'w', "PIXELS", 0, "width of each graph [780]", 0 },
	{ "height", 'h', "PIXELS", 0, "height of each graph [190]", 0 },
	{ "xzoom", 'x', "MIN:MAX", 0, "only this span of time, in seconds", 0 },
	{ "yzoom", 'y', "MIN:MAX", 0, "only these offsets, in MiB", 0 },
	{ "rolling", 'r', "SECONDS", 0, "curves are means over so much time",
	  0 },
	{ "io-plot-action", 'a', "Q|D|C", 0, "the action that the graph \"io\""
	  " shows [Q, else D, else C]", 0 },
	{ "device", 'd', "DEVICE", 0, "record this device first, into the files"
	  " of the first -t [trace]", 0 },
	{ "blktrace-destination", 'D', "DIR", 0, "put the recording there [.]",
	  0 },
	{ "prog", 'p', NULL, 0, "run the program that follows all options, and"
	  " record until it ends", 0 },
	{ "per-process-io", 'P', NULL, 0, "the graph io has a colour for each"
	  " process", 0 },
	{ "movie", 'm', "STYLE", OPTION_ARG_OPTIONAL, "a movie: spindle or"
	  " rect [spindle]; -o ends in .mp4, .webm, .ogv, .mkv or .png", 0 },
	{ "codec", 'C', "CODEC", 0, "let ffmpeg encode the movie so", 0 },
	{ "keep-movie-svgs", 'K', NULL, 0, "write the frames of the movie as"
	  " SVG files too", 0 },
	{ "fio-trace", 'F', "FILE", 0, "draw this bandwidth log of fio too;"
	  " repeatable", 0 },
	{ "time", OPT_TIME, "CLOCK", 0, "what the axis of time shows: relative"
	  " or wall [relative]", 0 },
	{ "units", OPT_UNITS, "SYSTEM", 0, "of bytes: iec (KiB, MiB) or si (kB,"
	  " MB) [iec]", 0 },
	{ "theme", OPT_THEME, "NAME", 0, "light or dark [light]", 0 },
	{ "scale", OPT_SCALE, "FACTOR", 0, "size of the picture: 2 for screens"
	  " with small pixels [1]", 0 },
	{ 0 },
};

static double parse_number(const char *arg, const char *option, double min,
			   double max, const struct argp_state *state)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end || !(v >= min && v <= max))
		argp_error(state, "%s %s: a number from %g to %g is wanted",
			   option, arg, min, max);
	return v;
}

/* "MIN:MAX" */
/* MIN:MAX, at least @least apart. */
static void parse_range(const char *arg, const char *option, double least,
			double *ret_min, double *ret_max,
			const struct argp_state *state)
{
	char *end;
	double min = strtod(arg, &end), max = 0;
	bool is_good = end != arg && *end == ':';

	if (is_good) {
		const char *second = end + 1;

		max = strtod(second, &end);
		is_good = end != second && !*end && min >= 0 && max > min &&
			  max <= SECONDS_MAX;
		if (is_good && max - min < least)
			argp_error(state, "%s %s: MIN and MAX have to be at least"
				   " %g apart", option, arg, least);
	}
	if (!is_good)
		argp_error(state, "%s %s: MIN:MAX is wanted, with 0 <= MIN <"
			   " MAX", option, arg);
	*ret_min = min;
	*ret_max = max;
}

/* The names of all graphs, for messages.  The caller frees it. */
static char *kind_names(void)
{
	size_t nr;
	const struct plot_kind *kinds = plot_kinds(&nr);
	char *list = xstrdup("");

	for (size_t i = 0; i < nr; i++) {
		_cleanup_(freep) char *old = list;

		list = xasprintf("%s%s%s", old, i ? ", " : "", kinds[i].name);
	}
	return list;
}

/* By name; iowatcher's manual page writes "queue_depth". */
static const struct plot_kind *find_kind(const char *name)
{
	_cleanup_(freep) char *dashed = xstrdup(name);

	for (char *p = dashed; *p; p++)
		if (*p == '_')
			*p = '-';
	return plot_kind_find(dashed);
}

/* One name, or several with commas between them. */
static void add_graphs(uint32_t *set, const char *arg, const char *option,
		       const struct argp_state *state)
{
	_cleanup_(freep) char *copy = xstrdup(arg);
	char *save = NULL;
	size_t nr;
	const struct plot_kind *first = plot_kinds(&nr);

	for (const char *name = strtok_r(copy, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		const struct plot_kind *kind = find_kind(name);
		_cleanup_(freep) char *names = kind_names();

		if (!kind) {
			argp_error(state, "%s %s: there is no such graph;"
				   " there are: %s", option, name, names);
			return;
		}
		*set |= 1u << (kind - first);
	}
}

void plot_options_add_trace(struct plot_options *o, const char *name)
{
	o->traces = xgrow(o->traces, o->nr_traces, &o->cap_traces,
			  sizeof(*o->traces));
	o->traces[o->nr_traces++] = name;
}

static void parse_action(struct plot_options *o, const char *arg,
			 const struct argp_state *state)
{
	static const char letters[] = "QDC";
	const char *at = *arg && !arg[1] ? strchr(letters, *arg) : NULL;

	if (!at)
		argp_error(state, "-a %s: Q, D or C is wanted", arg);
	else
		o->series.act = (int)(at - letters);
}

static void parse_zoom(struct plot_options *o, int key, const char *arg,
		       const struct argp_state *state)
{
	double min = 0, max = 0;

	if (key == 'x') {
		parse_range(arg, "-x", 1 / NS_PER_S, &min, &max, state);
		o->from_ns = min * NS_PER_S;
		o->to_ns = max * NS_PER_S;
		o->series.from_ns = (uint64_t)o->from_ns;
		o->series.to_ns = (uint64_t)o->to_ns;
		return;
	}
	parse_range(arg, "-y", SECTOR / MIB, &min, &max, state);
	o->series.first_sector = (uint64_t)(min * MIB / SECTOR);
	o->series.end_sector = (uint64_t)(max * MIB / SECTOR);
}

static void parse_theme(struct plot_options *o, const char *arg,
			const struct argp_state *state)
{
	o->theme = theme_find(arg);
	if (!o->theme)
		argp_error(state, "--theme %s: light or dark is wanted", arg);
}

static void parse_by(struct plot_options *o, const char *arg,
		     const struct argp_state *state)
{
	o->by = PLOT_BY_TAG;
	if (!strcmp(arg, "none"))
		o->by = PLOT_BY_NONE;
	else if (tag_rules_is_key(arg))
		o->tags.tags.by = arg;
	else if (strcmp(arg, "tag") != 0)
		argp_error(state, "--by %s: tag, none, " TAG_RULES_KEYS
			   " is wanted", arg);
}

static void parse_preset(struct plot_options *o, const char *arg,
			 const struct argp_state *state)
{
	static const struct {
		const char *name, *graphs;
	} presets[] = {
		{ "overview", "io,tput,latency,queue-depth,iops" },
		{ "latency", "latency-heat,latency-cdf,latency,queue-depth" },
		{ "iowatcher", "io,tput,fio,cpu-sys,cpu-io,cpu-irq,cpu-soft,"
		  "cpu-user,latency,queue-depth,iops" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(presets); i++) {
		if (!strcmp(arg, presets[i].name)) {
			add_graphs(&o->only, presets[i].graphs, "--preset",
				   state);
			return;
		}
	}
	argp_error(state, "--preset %s: overview, latency or iowatcher is"
		   " wanted", arg);
}

static void parse_movie(struct plot_options *o, const char *arg,
			const struct argp_state *state)
{
	static const char *const styles[] = {
		[MOVIE_SPINDLE] = "spindle",
		[MOVIE_RECT] = "rect",
	};
	const char *name = arg ? arg : styles[MOVIE_SPINDLE];

	static_assert(ARRAY_SIZE(styles) == MOVIE_STYLES, "a style is missing");
	o->movie.is_wanted = true;
	for (size_t i = 0; i < ARRAY_SIZE(styles); i++) {
		if (!strcmp(name, styles[i])) {
			o->movie.style = (enum movie_style)i;
			return;
		}
	}
	argp_error(state, "-m%s: spindle or rect is wanted", name);
}

static error_t parse_movie_option(int key, const char *arg,
				  struct argp_state *state)
{
	struct plot_options *o = state->input;

	switch (key) {
	case 'm':
		parse_movie(o, arg, state);
		return 0;
	case 'C':
		o->movie.codec = arg;
		return 0;
	case 'K':
		o->movie.keeps_frames = true;
		return 0;
	case 'P':
		o->is_per_process_io = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_look(int key, const char *arg, struct argp_state *state)
{
	struct plot_options *o = state->input;

	switch (key) {
	case 'c':
		o->columns = (unsigned int)parse_number(
			arg, "-c", 1, PAGE_COLUMNS_MAX, state);
		return 0;
	case 'w':
		o->width = parse_number(arg, "-w", PAGE_SIDE_MIN,
					PAGE_SIDE_MAX, state);
		return 0;
	case 'h':
		o->height = parse_number(arg, "-h", PAGE_SIDE_MIN,
					 PAGE_SIDE_MAX, state);
		return 0;
	case 'r':
		o->rolling_ns = NS_PER_S *
				parse_number(arg, "-r", 0, SECONDS_MAX, state);
		return 0;
	case OPT_SCALE:
		o->scale = parse_number(arg, "--scale", SCALE_MIN, SCALE_MAX,
					state);
		return 0;
	case OPT_TIME:
		o->is_wall = !strcmp(arg, "wall");
		if (!o->is_wall && strcmp(arg, "relative") != 0)
			argp_error(state, "--time %s: relative or wall is"
				   " wanted", arg);
		return 0;
	case OPT_UNITS:
		o->is_si = !strcmp(arg, "si");
		if (!o->is_si && strcmp(arg, "iec") != 0)
			argp_error(state, "--units %s: iec or si is wanted",
				   arg);
		return 0;
	case OPT_THEME:
		parse_theme(o, arg, state);
		return 0;
	default:
		return parse_movie_option(key, arg, state);
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct plot_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->tags;
		return 0;
	case ARGP_KEY_ARG:
		if (o->has_prog) {
			o->command = &state->argv[state->next - 1];
			state->next = state->argc;
		} else {
			plot_options_add_trace(o, arg);
		}
		return 0;
	case 't':
		plot_options_add_trace(o, arg);
		return 0;
	case 'd':
		if (o->device)
			argp_error(state, "-d %s: one device at a time", arg);
		o->device = arg;
		return 0;
	case 'D':
		o->record_dir = arg;
		return 0;
	case 'F':
		o->fios = xgrow(o->fios, o->nr_fios, &o->cap_fios,
				sizeof(*o->fios));
		o->fios[o->nr_fios++] = arg;
		return 0;
	case 'p':
		o->has_prog = true;
		return 0;
	case 'l':
		o->labels = xgrow(o->labels, o->nr_labels, &o->cap_labels,
				  sizeof(*o->labels));
		o->labels[o->nr_labels++] = arg;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case 'T':
		o->title = arg;
		return 0;
	case 'O':
		add_graphs(&o->only, arg, "-O", state);
		return 0;
	case 'N':
		add_graphs(&o->without, arg, "-N", state);
		return 0;
	case 'x':
	case 'y':
		parse_zoom(o, key, arg, state);
		return 0;
	case 'a':
		parse_action(o, arg, state);
		return 0;
	case OPT_PRESET:
		parse_preset(o, arg, state);
		return 0;
	case OPT_DIFF:
		o->is_diff = true;
		return 0;
	case OPT_JSON:
		o->is_json = true;
		return 0;
	case OPT_BY:
		parse_by(o, arg, state);
		return 0;
	default:
		return parse_look(key, arg, state);
	}
}

/* Is it drawn?  Without a trace there are only the logs of fio. */
static bool is_chosen(const struct plot_options *o,
		      const struct plot_kind *kind, size_t row)
{
	bool is_fio = !strcmp(kind->name, "fio");

	if (o->without >> row & 1)
		return false;
	if (!o->nr_traces && !o->device && !is_fio)
		return false;
	if (o->only)
		return o->only >> row & 1;
	return !kind->is_extra || (is_fio && o->nr_fios);
}

static void choose_kinds(struct plot_options *o)
{
	size_t nr;
	const struct plot_kind *kinds = plot_kinds(&nr);

	o->kinds = xcalloc(nr, sizeof(*o->kinds));
	for (size_t i = 0; i < nr; i++)
		if (is_chosen(o, &kinds[i], i))
			o->kinds[o->nr_kinds++] = &kinds[i];
}

/* It compares two traces. */
static bool needs_diff(const struct plot_options *o)
{
	for (size_t i = 0; i < o->nr_kinds; i++)
		if (o->kinds[i] == plot_kind_find("diff"))
			return true;
	return o->is_json;
}

/* Returns an exit status; CMD_OK: go on. */
static int check_options(const struct plot_options *o)
{
	if (o->has_prog != (o->command != NULL)) {
		cmd_error("-p: a program is wanted after all options");
		return CMD_USAGE;
	}
	if (o->command && !o->device) {
		cmd_error("-p: -d DEVICE is wanted too");
		return CMD_USAGE;
	}
	if (!o->nr_traces && !o->device && !o->nr_fios) {
		cmd_error("no trace: -t NAME is wanted; try iotape plot"
			  " --help");
		return CMD_USAGE;
	}
	if (o->nr_traces > PLOT_TRACES_MAX || o->nr_fios > PLOT_TRACES_MAX) {
		cmd_error("%zu traces: %d at most can be drawn together",
			  o->nr_traces > o->nr_fios ? o->nr_traces :
						      o->nr_fios,
			  PLOT_TRACES_MAX);
		return CMD_USAGE;
	}
	if (o->is_wall && o->nr_traces > 1) {
		cmd_error("--time wall: %zu traces, which share no time of day",
			  o->nr_traces);
		return CMD_USAGE;
	}
	if (!o->is_diff && needs_diff(o)) {
		cmd_error("%s: --diff is wanted too", o->is_json ? "--json" :
								   "-O diff");
		return CMD_USAGE;
	}
	if (o->movie.is_wanted)
		return plot_movie_check(o);
	if (o->movie.codec || o->movie.keeps_frames) {
		cmd_error("-C and -K are for movies: -m is wanted too");
		return CMD_USAGE;
	}
	if (strcmp(o->output, "-") != 0 && !out_find(o->output)) {
		cmd_error("-o %s: the name has to end in %s", o->output,
			  out_extensions());
		return CMD_USAGE;
	}
	if (o->is_diff && o->nr_traces != 2) {
		cmd_error("--diff: two traces are wanted, not %zu",
			  o->nr_traces);
		return CMD_USAGE;
	}
	if (!o->nr_kinds) {
		cmd_error("no graph is left to draw");
		return CMD_USAGE;
	}
	return CMD_OK;
}

static char *kinds_help(int key, const char *text, void *input)
{
	_cleanup_(freep) char *names = NULL;

	(void)input;
	if (key != ARGP_KEY_HELP_EXTRA)
		return (char *)(uintptr_t)text;
	names = kind_names();
	return xasprintf("GRAPH is one of: %s.", names);
}

/* What depends on other options. */
static void choose_defaults(struct plot_options *o)
{
	static const struct {
		double width, height;
	} fields[] = {
		/* of iowatcher's movies, but for a square spindle */
		[MOVIE_SPINDLE] = { 550, 550 },
		[MOVIE_RECT] = { 700, 400 },
	};
	bool is_movie = o->movie.is_wanted;

	if (!o->output)
		o->output = is_movie ? "trace.mp4" : "trace.svg";
	if (o->width <= 0)
		o->width = is_movie ? fields[o->movie.style].width : PAGE_WIDTH;
	if (o->height <= 0)
		o->height = is_movie ? fields[o->movie.style].height :
				       PAGE_HEIGHT;
	if (is_movie)
		o->series.row_bits = MOVIE_ROW_BITS;
	if (o->is_per_process_io && o->by == PLOT_BY_AUTO) {
		o->by = PLOT_BY_TAG;
		o->tags.tags.by = "process";
	}
}

int plot_options_parse(struct plot_options *o, int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &tag_choice_argp, 0, TAG_CHOICE_HEADER, 1 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = option_table,
		.children = children,
		.parser = parse_option,
		.args_doc = "[NAME...]\n-d DEVICE [-t NAME] -p PROGRAM"
			    " [ARGUMENT...]",
		.doc = "Draws graphs of traces.",
		.help_filter = kinds_help,
	};

	*o = (struct plot_options){
		.theme = theme_find("light"), .scale = 1,
		.columns = 1, .series = { .act = -1 },
	};
	tag_choice_init(&o->tags);
	argp_err_exit_status = CMD_USAGE;
	(void)arg_parse(&argp, argc, argv, ARGP_IN_ORDER, o);
	if (o->by == PLOT_BY_AUTO && tag_choice_is_given(&o->tags))
		o->by = PLOT_BY_TAG;
	choose_defaults(o);
	if (o->is_diff && !o->only)
		add_graphs(&o->only, "diff,latency-cdf,latency-hist,latency",
			   "--diff", NULL);
	if (o->is_diff)
		o->by = PLOT_BY_NONE;
	choose_kinds(o);
	return check_options(o);
}

void plot_options_release(struct plot_options *o)
{
	free(o->kinds);
	free(o->traces);
	free(o->fios);
	free(o->labels);
	tag_choice_release(&o->tags);
}
