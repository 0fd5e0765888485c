/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape verify: what blkrawverify and verify_blkparse look at, and more.
 */
#include "config.h"

#include <argp.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/plain.h"
#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/jail.h"
#include "src/cmd/traces.h"
#include "src/cmd/verify.h"
#include "src/cmd/verify_repair.h"

struct options {
	struct traces traces;
	const char *dir;	/* NULL = here */
	const char *repair;	/* a folder; NULL = do not repair */
	uint64_t max;
	bool has_max;
	bool is_json, is_quiet, is_list;
};

enum {
	OPT_JSON = 0x100,
	OPT_KINDS,
	OPT_MAX,
	OPT_REPAIR,
};

static const struct argp_option option_table[] = {
	{ "input", 'i', "NAME", 0, "the trace: NAME.blktrace.N, a folder, a"
	  " dump, or - for a pipe; repeatable", 0 },
	{ "input-directory", 'D', "DIR", 0, "put DIR before each NAME that has"
	  " no folder", 0 },
	{ "json", OPT_JSON, NULL, 0, "print JSON (schema iotape-verify/1)",
	  0 },
	{ "kinds", OPT_KINDS, NULL, 0, "print what can be found, and how it"
	  " counts, and end", 0 },
	{ "max", OPT_MAX, "N", 0, "print at most N findings of a kind and file"
	  " (10); 0: all", 0 },
	{ "repair", OPT_REPAIR, "OUT", 0, "write what is good into files of the"
	  " same names in the folder OUT", 0 },
	{ "quiet", 'q', NULL, 0, "print nothing but the last sentence", 0 },
	{ "version", 'V', NULL, 0, "print the version", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'i':
	case ARGP_KEY_ARG:
		traces_add(&o->traces, arg);
		break;
	case 'D':
		o->dir = arg;
		break;
	case OPT_JSON:
		o->is_json = true;
		break;
	case OPT_KINDS:
		o->is_list = true;
		break;
	case OPT_MAX:
		o->max = arg_number(arg, "--max", 0, ULONG_MAX, state);
		o->has_max = true;
		break;
	case OPT_REPAIR:
		o->repair = arg;
		break;
	case 'q':
		o->is_quiet = true;
		break;
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_END:
		if (!o->traces.nr && !o->is_list)
			argp_error(state, "no trace is given");
		/* all that is left out is told */
		if (o->repair && !o->has_max)
			o->max = 0;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- findings ------------------------------------------------------------ */

/* The findings of a file that were too many to be printed. */
static void tell_hidden(struct verify_view *v)
{
	for (unsigned int i = 0; i < VERIFY_MAX; i++) {
		if (!v->hidden[i] || v->is_json || v->is_quiet)
			continue;
		if (v->path) {
			plain_put(stdout, v->path);
			(void)printf(": ");
		}
		(void)printf("%s: and %" PRIu64 " more\n", verify_name(i),
			     v->hidden[i]);
	}
	memset(v->shown, 0, sizeof(v->shown));
	memset(v->hidden, 0, sizeof(v->hidden));
}

static void change_file(struct verify_view *v, const char *path)
{
	if (v->path && path && !strcmp(v->path, path))
		return;
	if (!v->path && !path)
		return;
	tell_hidden(v);
	free(v->path);
	v->path = path ? xstrdup(path) : NULL;
}

static void on_finding(void *ctx, const struct verify_finding *f)
{
	struct verify_view *v = ctx;

	change_file(v, f->path);
	if (v->max && v->shown[f->kind] == v->max) {
		v->hidden[f->kind]++;
		return;
	}
	v->shown[f->kind]++;
	if (v->is_json) {
		if (!v->nr_printed)
			verify_json_begin();
		verify_json_finding(f, !v->nr_printed++);
	}
	if (v->is_json || v->is_quiet)
		return;
	if (f->path) {
		plain_put(stdout, f->path);
		(void)printf(": ");
	}
	if (f->offset != VERIFY_NOWHERE)
		(void)printf("offset %" PRIu64 ": ", f->offset);
	(void)printf("%s: ", verify_name(f->kind));
	plain_put(stdout, f->text);
	if (v->repair && f->left_out)
		(void)printf(" (left out: %" PRIu64 " bytes)", f->left_out);
	(void)printf("\n");
}

static bool is_ended(void *ctx)
{
	(void)ctx;
	return cmd_signal;
}

static int on_file(void *ctx, const char *path, const char *label, int cpu,
		   struct err *err)
{
	const struct verify_view *v = ctx;

	return repair_file(v->repair, path, label, cpu, err);
}

static int on_record(void *ctx, const void *bytes, size_t size,
		     struct err *err)
{
	const struct verify_view *v = ctx;

	return repair_record(v->repair, bytes, size, err);
}

/* ---- the end ------------------------------------------------------------- */

static uint64_t sum(const struct verify_result *r, enum verify_weight weight)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < VERIFY_MAX; i++)
		if (verify_weight(i) == weight)
			n += weight == VERIFY_IS_LOSS ? r->counts[i] :
							r->findings[i];
	return n;
}

static void print_summary(const struct verify_result *r)
{
	const struct life_counts *l = &r->life;

	(void)printf("%" PRIu64 " files, %" PRIu64 " bytes: %" PRIu64
		     " records (%" PRIu64 " events) are good, %" PRIu64
		     " are not; %" PRIu64 " bytes are no part of the good"
		     " ones\n", r->files, r->bytes, r->records, r->events,
		     r->left_out_records, r->left_out_bytes);
	for (unsigned int i = 0; i < VERIFY_MAX; i++)
		if (r->findings[i])
			(void)printf("%-12s %10" PRIu64 "  %s\n",
				     verify_name(i), r->counts[i],
				     verify_help(i));
	if (r->is_paired)
		(void)printf("I/Os: %" PRIu64 " begun, %" PRIu64 " ended, %"
			     PRIu64 " in flight at the end, %" PRIu64
			     " without an end, %" PRIu64 " cut by a loss\n",
			     l->ios_begun, l->ios_ended, l->ios_in_flight,
			     l->ios_expired, l->ios_cut);
	else
		(void)printf("I/Os: not looked at: that needs files that can"
			     " be read twice, with records\n");
}

static int status_of(const struct verify_result *r)
{
	return sum(r, VERIFY_IS_DAMAGE) || sum(r, VERIFY_IS_LOSS) ? CMD_LOSS :
								    CMD_OK;
}

/* The last sentence, on stderr. */
static void conclude(const struct verify_result *r)
{
	uint64_t damage = sum(r, VERIFY_IS_DAMAGE);
	uint64_t lost = sum(r, VERIFY_IS_LOSS);

	if (damage || lost)
		cmd_error("damaged places: %" PRIu64 ", lost events: %" PRIu64,
			  damage, lost);
	else if (!r->records)
		cmd_error("there is no record in it");
}

static void print_kinds(void)
{
	static const char *const weights[] = {
		[VERIFY_IS_ODD] = "odd",
		[VERIFY_IS_LOSS] = "loss",
		[VERIFY_IS_DAMAGE] = "damage",
	};

	for (unsigned int i = 0; i < VERIFY_MAX; i++)
		(void)printf("%-12s %-6s  %s\n", verify_name(i),
			     weights[verify_weight(i)], verify_help(i));
}

static void tell_repair(const struct repair *rp,
			const struct verify_result *r)
{
	(void)printf("repaired: ");
	plain_put(stdout, rp->folder);
	(void)printf(": %" PRIu64 " records, %" PRIu64 " bytes, in %" PRIu64
		     " files; left out: %" PRIu64 " records, %" PRIu64
		     " bytes\n", r->records, rp->nr_bytes, rp->nr_files,
		     r->left_out_records, r->left_out_bytes);
}

static int verify_and_repair(const struct options *o, struct verify_view *view,
			     struct verify_result *result, struct err *err)
{
	const struct verify_options opts = { .dir = o->dir };
	struct verify_sink sink = { .finding = on_finding,
				    .is_ended = is_ended, .ctx = view };
	int r;

	if (view->repair) {
		sink.file = on_file;
		sink.record = on_record;
	}
	r = verify_run(o->traces.names, o->traces.nr, &opts, &sink, result, err);
	/* a run that a signal ended leaves no half file */
	if (!r && view->repair && !cmd_signal)
		r = repair_end(view->repair, err);
	if (!r) {
		change_file(view, NULL);
		tell_hidden(view);
	}
	free(view->path);
	return r;
}

static int run(const struct options *o)
{
	struct repair repair = { .folder = o->repair };
	struct verify_view view = { .is_json = o->is_json, .max = o->max,
				    .is_quiet = o->is_quiet,
				    .repair = o->repair ? &repair : NULL };
	struct verify_result result;
	struct err err = { 0 };
	int status, r;

	r = verify_and_repair(o, &view, &result, &err);
	if (r) {
		repair_release(&repair);
		return cmd_fail(&err);
	}
	status = status_of(&result);
	if (o->is_json && !view.nr_printed)
		verify_json_begin();
	if (o->is_json)
		verify_json_end(&result, status);
	else if (!o->is_quiet)
		print_summary(&result);
	if (o->repair && !o->is_json && !o->is_quiet && !cmd_signal)
		tell_repair(&repair, &result);
	repair_release(&repair);
	conclude(&result);
	if (!cmd_signal)
		return status;
	cmd_error("ended by signal %d before all was read", cmd_signal);
	return CMD_FAILED;
}

int verify_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.args_doc = "NAME...",
		.doc = "Says what in a trace is damaged, lost or odd, by file"
		       " and offset.",
	};
	struct options o = { .max = VERIFY_SHOWN };
	int status;

	argp_err_exit_status = CMD_USAGE;
	if (arg_parse(&argp, argc, argv, 0, &o))
		return CMD_USAGE;
	cmd_catch_signals();
	jail_enter();
	if (o.is_list) {
		print_kinds();
		status = CMD_OK;
	} else {
		status = run(&o);
	}
	traces_release(&o.traces);
	return status;
}
