/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape kvmstat: kvm_stat's tables, of a recorded trace.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/kvmstat.h"
#include "src/analyze/source.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"

#define NS_PER_SEC	1e9
#define NAME_SIZE	64

struct options {
	const char **names;	/* of the trace; owned, the strings are not */
	size_t nr_names, cap_names;
	regex_t fields;
	uint32_t vm;		/* 0 = all */
	bool has_fields;
	bool is_batch;
	bool is_json;
};

/* A line of the tables: an event, or one reason of it. */
struct line {
	char name[NAME_SIZE];
	uint64_t nr;
	const struct kvmstat_event *event;
	const struct kvmstat_reason *reason;	/* NULL = the event itself */
};

struct view {
	const struct kvmstat *st;
	struct line *lines;	/* owned; an event, then its reasons */
	size_t nr, cap;
	uint64_t total;		/* of the events that are shown */
	double seconds;
};

enum {
	OPT_BATCH = 0x100,
	OPT_INPUT,	/* -i means something else to kvm_stat */
	OPT_JSON,
};

static const struct argp_option option_table[] = {
	{ "input", OPT_INPUT, "NAME", 0, "the trace: NAME.blktrace.N, as"
	  " iotape record --kvm writes it; repeatable", 0 },
	{ "once", '1', NULL, 0, "print a line for each event: name, total,"
	  " events per second", 0 },
	{ "batch", OPT_BATCH, NULL, 0, "as -1", 0 },
	{ "fields", 'f', "REGEX", 0, "only events whose name this matches",
	  0 },
	{ "pid", 'p', "PID", 0, "only this VM: the process id of its VMM", 0 },
	{ "json", OPT_JSON, NULL, 0, "print JSON (schema iotape-kvmstat/1)",
	  0 },
	{ "version", 'V', NULL, 0, "print the version", 0 },
	{ 0 },
};

static uint32_t parse_pid(const char *arg, const struct argp_state *state)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || !v || v > INT32_MAX)
		argp_error(state, "-p %s: a process id is wanted", arg);
	return (uint32_t)v;
}

static void set_fields(struct options *o, const char *regex,
		       const struct argp_state *state)
{
	if (o->has_fields)
		regfree(&o->fields);
	if (regcomp(&o->fields, regex, REG_EXTENDED | REG_NOSUB))
		argp_error(state, "-f %s: not a regular expression", regex);
	o->has_fields = true;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPT_INPUT:
		o->names = xgrow(o->names, o->nr_names, &o->cap_names,
				 sizeof(*o->names));
		o->names[o->nr_names++] = arg;
		break;
	case '1':
	case OPT_BATCH:
		o->is_batch = true;
		break;
	case 'f':
		set_fields(o, arg, state);
		break;
	case 'p':
		o->vm = parse_pid(arg, state);
		break;
	case OPT_JSON:
		o->is_json = true;
		break;
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_END:
		if (!o->nr_names)
			argp_error(state, "no trace is given (--input)");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int read_all(struct source *src, struct kvmstat *st, struct err *err)
{
	struct source_batch batch;
	ssize_t n;

	while (!cmd_signal && (n = source_read(src, &batch, err)) != 0) {
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		for (size_t i = 0; i < batch.nr; i++)
			kvmstat_add(st, &batch.recs[i]);
	}
	kvmstat_end(st);
	return 0;
}

static bool add_line(struct view *v, const struct options *o,
		     const struct kvmstat_event *e,
		     const struct kvmstat_reason *r)
{
	struct line line = { .nr = r ? r->nr : e->nr, .event = e,
			     .reason = r };
	char name[EXIT_TEXT_MAX];

	if (!r)
		(void)snprintf(line.name, NAME_SIZE, "%s", e->name);
	else
		(void)snprintf(line.name, NAME_SIZE, "%s(%s)", e->name,
			       exit_text(r->kind, r->reason, name));
	if (o->has_fields && regexec(&o->fields, line.name, 0, NULL, 0))
		return false;
	v->lines = xgrow(v->lines, v->nr, &v->cap, sizeof(*v->lines));
	v->lines[v->nr++] = line;
	return true;
}

static int compare_events(const void *a, const void *b)
{
	const struct kvmstat_event *x = *(const struct kvmstat_event *const *)a;
	const struct kvmstat_event *y = *(const struct kvmstat_event *const *)b;

	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Most frequent first; reasons below their event. */
static void make_lines(struct view *v, const struct options *o)
{
	const struct kvmstat_event *events;
	size_t nr = kvmstat_events(v->st, &events);
	_cleanup_(freep) const struct kvmstat_event **sorted =
		xcalloc(nr, sizeof(struct kvmstat_event *));

	for (size_t i = 0; i < nr; i++)
		sorted[i] = &events[i];
	qsort(sorted, nr, sizeof(struct kvmstat_event *), compare_events);
	for (size_t i = 0; i < nr && sorted[i]->nr; i++) {
		if (add_line(v, o, sorted[i], NULL))
			v->total += sorted[i]->nr;
		for (size_t k = 0; k < sorted[i]->nr_reasons; k++)
			(void)add_line(v, o, sorted[i],
				       sorted[i]->reasons[k]);
	}
}

static double rate(const struct view *v, uint64_t nr)
{
	return v->seconds > 0 ? (double)nr / v->seconds : 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->name,
		      ((const struct line *)b)->name);
}

/* kvm_stat -1: one line each, by name. */
static void print_batch(struct view *v)
{
	qsort(v->lines, v->nr, sizeof(*v->lines), compare_lines);
	for (size_t i = 0; i < v->nr; i++)
		(void)printf("%-42s%10" PRIu64 "%10.0f\n", v->lines[i].name,
			     v->lines[i].nr, rate(v, v->lines[i].nr));
}

static double us(uint64_t ns)
{
	return (double)ns / 1000;
}

/* From each exit to the next entry of its thread. */
static void print_times(const struct view *v)
{
	uint64_t unpaired = 0;
	bool has_times = false;

	for (size_t i = 0; i < v->nr; i++) {
		const struct kvmstat_reason *r = v->lines[i].reason;

		if (!r)
			continue;
		unpaired += r->nr_unpaired;
		if (!r->times.nr)
			continue;
		if (!has_times)
			(void)printf("\n %-40s %10s %9s %9s %9s\n",
				     "Until the next entry (us)", "Paired",
				     "p50", "p99", "max");
		has_times = true;
		(void)printf(" %-40s %10" PRIu64 " %9.1f %9.1f %9.1f\n",
			     v->lines[i].name, r->times.nr,
			     us(hist_quantile(&r->times, 0.5)),
			     us(hist_quantile(&r->times, 0.99)),
			     us(r->times.max));
	}
	if (unpaired)
		(void)printf("\n %" PRIu64 " exits without an entry behind"
			     " them\n", unpaired);
}

/* kvm_stat's screen. */
static void print_table(const struct view *v)
{
	(void)printf(" %-40s %10s%7s %8s\n", "Event", "Total", "%Total",
		     "CurAvg/s");
	for (size_t i = 0; i < v->nr; i++) {
		const struct line *l = &v->lines[i];
		char name[NAME_SIZE + 2];

		(void)snprintf(name, sizeof(name), "%s%s",
			       l->reason ? " " : "", l->name);
		(void)printf(" %-40s %10" PRIu64 "%7.1f %8.0f\n", name, l->nr,
			     v->total ? (double)l->nr * 100 / (double)v->total :
					0, rate(v, l->nr));
	}
	(void)printf(" %-40s %10" PRIu64 "%7s %8.0f\n", "Total", v->total, "",
		     rate(v, v->total));
	print_times(v);
}

static void put_reason(const struct line *l)
{
	const struct kvmstat_reason *r = l->reason;

	(void)printf(",\"reason\":%" PRIu32 ",\"unpaired\":%" PRIu64,
		     r->reason, r->nr_unpaired);
	if (r->times.nr)
		(void)printf(",\"ns\":{\"n\":%" PRIu64 ",\"min\":%" PRIu64
			     ",\"mean\":%.0f,\"p50\":%" PRIu64 ",\"p99\":%"
			     PRIu64 ",\"max\":%" PRIu64 "}", r->times.nr,
			     r->times.min, hist_mean(&r->times),
			     hist_quantile(&r->times, 0.5),
			     hist_quantile(&r->times, 0.99), r->times.max);
}

/* All names are made of letters, digits, "_" and brackets. */
static void print_json(const struct view *v)
{
	(void)printf("{\"schema\":\"iotape-kvmstat/1\",\"seconds\":%.6f,"
		     "\"lost\":%" PRIu64 ",\"total\":%" PRIu64
		     ",\"events\":[", v->seconds, kvmstat_lost(v->st),
		     v->total);
	for (size_t i = 0; i < v->nr; i++) {
		const struct line *l = &v->lines[i];

		(void)printf("%s\n{\"name\":\"%s\",\"total\":%" PRIu64
			     ",\"per_second\":%.3f", i ? "," : "", l->name,
			     l->nr, rate(v, l->nr));
		if (l->reason)
			put_reason(l);
		(void)printf("}");
	}
	(void)printf("]}\n");
}

static void say_damage(const char *sentence, void *ctx)
{
	(void)ctx;
	cmd_error("%s", sentence);
}

/* Says what is missing.  Returns the exit status. */
static int say_loss(const struct source *src, const struct kvmstat *st)
{
	uint64_t lost = kvmstat_lost(st);

	if (!source_damage(src, say_damage, NULL) && !lost)
		return CMD_OK;
	if (lost)
		cmd_error("%" PRIu64 " events were lost while this was"
			  " recorded", lost);
	return CMD_LOSS;
}

static int run(const struct options *o, int *ret_status, struct err *err)
{
	_cleanup_(source_freep) struct source *src = NULL;
	struct kvmstat *st;
	struct view view;
	int r;

	r = source_open(o->names, o->nr_names,
			&(struct source_options){ .has_companions = true },
			&src, err);
	if (r)
		return r;
	st = kvmstat_new(o->vm);
	r = read_all(src, st, err);
	view = (struct view){ .st = st,
			      .seconds = (double)kvmstat_duration(st) /
					 NS_PER_SEC };
	if (!r) {
		make_lines(&view, o);
		if (o->is_json)
			print_json(&view);
		else if (o->is_batch)
			print_batch(&view);
		else
			print_table(&view);
		*ret_status = say_loss(src, st);
	}
	free(view.lines);
	kvmstat_free(st);
	return r;
}

int kvmstat_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.args_doc = "",
		.doc = "Counts the events of KVM in a trace of iotape record"
		       " --kvm, by exit reason, with the times from exit to"
		       " entry.",
	};
	struct options o = { 0 };
	int status = CMD_OK;
	struct err err = { 0 };
	int r;

	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return CMD_USAGE;
	cmd_catch_signals();
	r = run(&o, &status, &err);
	free(o.names);
	if (o.has_fields)
		regfree(&o.fields);
	return r ? cmd_fail(&err) : status;
}
