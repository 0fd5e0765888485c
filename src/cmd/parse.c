/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape parse: a trace as blkparse's text, its summary, and a merged dump.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/blk.h"
#include "formats/note.h"
#include "src/analyze/act.h"
#include "src/analyze/dump.h"
#include "src/analyze/format.h"
#include "src/analyze/names.h"
#include "src/analyze/source.h"
#include "src/analyze/summary.h"
#include "src/analyze/text.h"
#include "src/analyze/track.h"
#include "src/base/cleanup.h"
#include "src/base/outbuf.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"

#define NS_PER_S	1000000000u
#define NO_TIME		UINT64_MAX
#define CHATTER_BLOCK	4096u	/* of blkparse's standard output */

DEFINE_CLEANUP(struct format_set, formats_free)

/* ---- options ----------------------------------------------------------------- */

struct options {
	const char **names;
	size_t nr_names;
	size_t cap_names;
	const char *dir;
	const char *text_path;	/* NULL = standard output */
	const char *dump_path;	/* NULL = none, "-" = standard output */
	struct format_set *formats;	/* NULL = the default lines */
	uint64_t start_ns;	/* -w */
	uint64_t end_ns;
	uint32_t mask;		/* 0 = every category */
	uint32_t batch;
	bool no_text;
	bool no_messages;
	bool tracks;
	bool is_verbose;
	bool shows_version;
	struct summary_options summary;
};

static const struct argp_option option_table[] = {
	{ "input", 'i', "NAME", 0, "read this trace: NAME.blktrace.0, .1, ...;"
	  " a merged dump; a pipe; \"-\" is standard input; repeatable", 0 },
	{ "input-directory", 'D', "DIR", 0, "the folder of names without"
	  " one", 0 },
	{ "output", 'o', "FILE", 0, "write the text there [standard"
	  " output]", 0 },
	{ "no-text-output", 'O', NULL, 0, "no text", 0 },
	{ "dump-binary", 'd', "FILE", 0, "write the merged dump there; \"-\" is"
	  " standard output", 0 },
	{ "no-msgs", 'M', NULL, 0, "no kernel messages in the dump", 0 },
	{ "act-mask", 'a', "NAME", 0, "only events of this category;"
	  " repeatable [all]", 0 },
	{ "set-mask", 'A', "HEX", 0, "only events of these categories", 0 },
	{ "stopwatch", 'w', "[START:]END", 0, "only events of this span, in"
	  " seconds since the first", 0 },
	{ "format", 'f', "FORMAT", 0, "how each line looks", 0 },
	{ "format-spec", 'F', "LETTER,FORMAT", 0, "how the lines of one action"
	  " look", 0 },
	{ "track-ios", 't', NULL, 0, "show how long each step of an I/O"
	  " took", 0 },
	{ "per-program-stats", 's', NULL, 0, "a summary for each program", 0 },
	{ "hash-by-name", 'h', NULL, 0, "programs of one name are one", 0 },
	{ "quiet", 'q', NULL, 0, "no summary of devices and CPUs", 0 },
	{ "batch", 'b', "N", 0, "events that are read ahead for each file"
	  " [512]", 0 },
	{ "verbose", 'v', NULL, 0, "say more about what was odd", 0 },
	{ "version", 'V', NULL, 0, "print the version and end", 0 },
	{ 0 },
};

static uint64_t parse_seconds(const char *text, char **end)
{
	double seconds = strtod(text, end);

	return seconds > 0 && seconds < 1e10 ?
	       (uint64_t)(seconds * NS_PER_S) : 0;
}

static void parse_span(struct options *o, const char *arg,
		       const struct argp_state *state)
{
	const char *text = arg;
	char *end;

	o->end_ns = parse_seconds(text, &end);
	if (*end == ':' && end != text) {
		o->start_ns = o->end_ns;
		text = end + 1;
		o->end_ns = parse_seconds(text, &end);
	}
	if (end == text || *end || o->end_ns <= o->start_ns)
		argp_error(state, "-w %s: END or START:END is wanted, in"
			   " seconds, the end after the start", arg);
}

static void parse_masks(struct options *o, int key, const char *arg,
			const struct argp_state *state)
{
	uint32_t mask = 0;

	if (key == 'A') {
		if (blk_mask_from_hex(arg, &o->mask))
			argp_error(state, "-A %s: a hexadecimal number from 1"
				   " to ffff is wanted", arg);
		return;
	}
	if (blk_mask_from_name(arg, &mask))
		argp_error(state, "-a %s: there is no such category", arg);
	o->mask |= mask;
}

static void parse_format(struct options *o, int key, const char *arg,
			 const struct argp_state *state)
{
	struct err err = { 0 };
	int r;

	if (!o->formats)
		o->formats = formats_new();
	r = key == 'F' ? formats_add(o->formats, arg, &err) :
			 formats_add_all(o->formats, arg, &err);
	if (r)
		argp_error(state, "%s", err.text);
}

static void add_name(struct options *o, const char *name)
{
	o->names = xgrow(o->names, o->nr_names, &o->cap_names,
			 sizeof(*o->names));
	o->names[o->nr_names++] = name;
}

static void parse_batch(struct options *o, const char *arg)
{
	long n = strtol(arg, NULL, 10);

	o->batch = n > 0 && n <= INT32_MAX ? (uint32_t)n :
					     SOURCE_NOTES_BLKPARSE;
}

static error_t parse_switch(int key, struct options *o)
{
	switch (key) {
	case 'O':
		o->no_text = true;
		return 0;
	case 'M':
		o->no_messages = true;
		return 0;
	case 't':
		o->tracks = true;
		return 0;
	case 's':
		o->summary.by_program = true;
		return 0;
	case 'h':
		o->summary.by_name = true;
		return 0;
	case 'q':
		o->summary.no_devices = true;
		return 0;
	case 'v':
		o->is_verbose = true;
		return 0;
	case 'V':
		o->shows_version = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'i':
	case ARGP_KEY_ARG:
		add_name(o, arg);
		return 0;
	case 'D':
		o->dir = arg;
		return 0;
	case 'o':
		o->text_path = strcmp(arg, "-") != 0 ? arg : NULL;
		return 0;
	case 'd':
		o->dump_path = arg;
		return 0;
	case 'a':
	case 'A':
		parse_masks(o, key, arg, state);
		return 0;
	case 'w':
		parse_span(o, arg, state);
		return 0;
	case 'f':
	case 'F':
		parse_format(o, key, arg, state);
		return 0;
	case 'b':
		parse_batch(o, arg);
		return 0;
	default:
		return parse_switch(key, o);
	}
}

/* ---- one run ------------------------------------------------------------------ */

struct run {
	const struct options *o;
	struct source *src;
	const struct source_file *files;
	size_t nr_files;
	struct names names;
	struct summary *sum;
	struct summary_cpu **accounts;	/* of each per-CPU file */
	struct track *track;		/* NULL = no -t */
	struct outbuf out;		/* the text */
	struct outbuf chat;		/* standard output, if not the text */
	struct outbuf dump;
	struct text text;
	char *chatter;			/* "Input file ... added" lines */
	size_t chatter_len;
	size_t chatter_said;
	uint64_t genesis_ns;		/* NO_TIME: no event yet */
	uint64_t anchor_ns;		/* of the newest timestamp note; */
	uint64_t anchor_wall_ns;	/* CLOCK_REALTIME at that time */
	uint64_t nr_lost;		/* as private notes say */
	uint64_t nr_shown_not;		/* events without a line */
	bool has_driver_data;
	bool has_text;
	bool has_dump;
	bool is_over;			/* -w: the end was passed */
};

/* CLOCK_REALTIME of the first event. */
static void set_wall(struct run *run)
{
	if (run->genesis_ns != NO_TIME && run->anchor_wall_ns)
		run->text.wall_ns = run->anchor_wall_ns +
				    (run->genesis_ns - run->anchor_ns);
}

static void take_private(struct run *run, const struct blk_rec *rec)
{
	struct note note;

	if (!note_decode(rec, &note) && note.id == NOTE_LOSS)
		run->nr_lost += note.loss.count;
}

/* A note that is not printed. */
static void take_note(struct run *run, const struct blk_rec *rec)
{
	uint64_t sec;
	uint32_t nsec;

	if (note_is_private(rec)) {
		take_private(run, rec);
	} else if (rec->action ==
		   (BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_TIMESTAMP)) {
		if (!blk_get_timestamp(rec, &sec, &nsec)) {
			run->anchor_ns = rec->time;
			run->anchor_wall_ns = sec * NS_PER_S + nsec;
			set_wall(run);
		}
	} else {
		(void)names_add(&run->names, rec);
	}
	if (run->has_dump)
		dump_add(&run->dump, rec, rec->time);
}

static bool is_stream(const struct run *run, uint16_t file)
{
	return run->files[file].cpu < 0;
}

static struct summary_cpu *account_of(struct run *run,
				      const struct blk_rec *rec,
				      uint16_t file)
{
	struct summary_cpu *account = run->accounts[file];

	if (account)
		return account;
	if (is_stream(run, file))
		return summary_cpu(run->sum,
				   summary_find_device(run->sum, rec->device),
				   rec->cpu);
	account = summary_cpu(run->sum, run->files[file].name, rec->cpu);
	run->accounts[file] = account;
	return account;
}

static uint64_t track(struct run *run, const struct blk_rec *rec,
		      uint16_t file, uint64_t time_ns)
{
	static const enum summary_wait waits[BLK_ACT_MAX] = {
		[BLK_ACT_INSERT] = SUMMARY_WAIT_ALLOCATION,
		[BLK_ACT_ISSUE] = SUMMARY_WAIT_DISPATCH,
		[BLK_ACT_COMPLETE] = SUMMARY_WAIT_COMPLETION,
	};
	size_t device = is_stream(run, file) ?
			summary_find_device(run->sum, rec->device) :
			run->files[file].name;
	uint32_t pid = 0;
	uint64_t elapsed;

	elapsed = track_event(run->track, device, rec, time_ns, &pid);
	if (elapsed != TRACK_NO_TIME)
		summary_wait(run->sum, pid, blk_has(rec, BLK_TC_WRITE),
			     waits[blk_code(rec)], elapsed);
	return elapsed;
}

/* An event that passed the filters, as text. */
static void print_event(struct run *run, const struct blk_rec *rec,
			uint16_t file, struct summary_cpu *account,
			uint64_t time_ns)
{
	const struct act *act = act_of(rec);
	uint64_t elapsed = TEXT_NO_TIME;

	if (act_is_message(rec)) {
		act = NULL;
		text_message(&run->text, rec, time_ns);
	} else if (act) {
		if (run->track)
			elapsed = track(run, rec, file, time_ns);
		text_event(&run->text, rec, act, time_ns, elapsed);
	} else if (blk_code(rec) == BLK_ACT_DRV_DATA && !act_is_pc(rec)) {
		run->has_driver_data = true;
	} else {
		run->nr_shown_not++;
	}
	summary_event(run->sum, account, rec, act, time_ns);
}

/* True if -w leaves it out altogether; may end the run. */
static bool is_outside(struct run *run, uint16_t file, uint64_t time_ns)
{
	const struct options *o = run->o;

	if (!is_stream(run, file)) {
		run->is_over = time_ns > o->end_ns;
		return run->is_over;
	}
	run->is_over = time_ns >= o->end_ns && o->end_ns != NO_TIME;
	return run->is_over || time_ns < o->start_ns;
}

static void take_event(struct run *run, const struct blk_rec *rec,
		       uint16_t file)
{
	const struct options *o = run->o;
	bool counts_all = !is_stream(run, file);
	struct summary_cpu *account = account_of(run, rec, file);
	uint64_t time_ns;

	if (run->genesis_ns == NO_TIME) {
		run->genesis_ns = rec->time;
		set_wall(run);
	}
	time_ns = rec->time - run->genesis_ns;
	if (is_outside(run, file, time_ns)) {
		if (counts_all)
			summary_touch(account);
		return;
	}
	summary_seen(account, rec, time_ns, !counts_all);
	if (time_ns < o->start_ns ||
	    !(blk_categories(rec) & (o->mask ? o->mask : UINT64_MAX)))
		return;
	if (run->has_text)
		print_event(run, rec, file, account, time_ns);
	if (run->has_dump && !(o->no_messages && act_is_message(rec)))
		dump_add(&run->dump, rec, time_ns);
}

static void take_batch(struct run *run, const struct source_batch *batch)
{
	for (size_t i = 0; i < batch->nr && !run->is_over; i++) {
		const struct blk_rec *rec = &batch->recs[i];

		if (act_is_early_note(rec))
			take_note(run, rec);
		else
			take_event(run, rec, batch->files[i]);
	}
}

/* ---- standard output ------------------------------------------------------------ */

/*
 * blkparse says which files it reads through a buffered standard output: when
 * that is no terminal, whole blocks of it come first and the rest at the very
 * end, behind the text.
 */
static void make_chatter(struct run *run)
{
	FILE *f = open_memstream(&run->chatter, &run->chatter_len);

	for (size_t i = 0; f && i < run->nr_files; i++)
		if (run->files[i].cpu >= 0)
			(void)fprintf(f, "Input file %s added\n",
				      run->files[i].path);
	if (f)
		(void)fclose(f);
}

static struct outbuf *stdout_of(struct run *run)
{
	return run->has_text && !run->o->text_path ? &run->out : &run->chat;
}

static bool owns_stdout(const struct run *run)
{
	return !run->o->dump_path || strcmp(run->o->dump_path, "-") != 0;
}

static void begin_chatter(struct run *run)
{
	make_chatter(run);
	if (!owns_stdout(run))
		return;
	run->chatter_said = run->chatter_len;
	if (!isatty(STDOUT_FILENO))
		run->chatter_said -= run->chatter_len % CHATTER_BLOCK;
	outbuf_add(stdout_of(run), run->chatter, run->chatter_said);
}

static void end_chatter(struct run *run)
{
	if (!owns_stdout(run))
		return;
	outbuf_add(stdout_of(run), run->chatter + run->chatter_said,
		   run->chatter_len - run->chatter_said);
	if (run->has_driver_data && !run->has_dump)
		outbuf_printf(stdout_of(run), "\ndiscarded traces containing"
			      " low-level device driver specific data (only"
			      " available in binary output)\n");
}

/* ---- opening, reading, ending ------------------------------------------------------ */

static int open_output(const char *path, struct outbuf *out)
{
	int fd = STDOUT_FILENO;

	if (path && strcmp(path, "-") != 0)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0666);
	if (fd < 0) {
		cmd_error("%s: %m", path);
		return CMD_FAILED;
	}
	outbuf_init(out, fd);
	return CMD_OK;
}

static int open_run(struct run *run)
{
	const struct options *o = run->o;
	struct source_options so = {
		.dir = o->dir, .notes_ahead = o->batch,
	};
	const char *const *labels;
	struct err err = { 0 };
	size_t nr_labels;

	if (source_open(o->names, o->nr_names, &so, &run->src, &err))
		return cmd_fail(&err);
	run->nr_files = source_files(run->src, &run->files);
	nr_labels = source_labels(run->src, &labels);
	run->sum = summary_new(&o->summary, &run->names);
	for (size_t i = 0; i < nr_labels; i++)
		if (labels[i])
			(void)summary_add_device(run->sum, labels[i]);
	run->accounts = xcalloc(run->nr_files + 1, sizeof(*run->accounts));
	if (o->tracks)
		run->track = track_new(run->nr_files &&
				       is_stream(run, 0));
	outbuf_init(&run->chat, STDOUT_FILENO);
	if (!o->no_text) {
		if (open_output(o->text_path, &run->out))
			return CMD_FAILED;
		run->has_text = true;
	}
	if (o->dump_path) {
		if (open_output(o->dump_path, &run->dump))
			return CMD_FAILED;
		run->has_dump = true;
	}
	run->names.is_escaped = !o->text_path && isatty(STDOUT_FILENO);
	run->text = (struct text){
		.out = &run->out, .names = &run->names,
		.formats = o->formats, .is_escaped = run->names.is_escaped,
	};
	return CMD_OK;
}

static void close_output(struct outbuf *out)
{
	if (out->buf && out->fd > STDERR_FILENO)
		(void)close(out->fd);
	outbuf_release(out);
}

static void release_run(struct run *run)
{
	close_output(&run->out);
	close_output(&run->dump);
	outbuf_release(&run->chat);
	track_free(run->track);
	summary_free(run->sum);
	names_release(&run->names);
	source_free(run->src);
	free(run->accounts);
	free(run->chatter);
}

static bool has_failed(const struct run *run)
{
	return run->out.error || run->dump.error || run->chat.error;
}

/* Live output is handed on as it comes. */
static void flush_live(struct run *run)
{
	if (!source_is_live(run->src))
		return;
	if (run->has_text)
		(void)outbuf_flush(&run->out);
	if (run->has_dump)
		(void)outbuf_flush(&run->dump);
}

static int read_all(struct run *run)
{
	struct source_batch batch;
	struct err err = { 0 };
	bool is_live = source_is_live(run->src);
	ssize_t n;

	while (!run->is_over && !has_failed(run)) {
		if (cmd_signal && !is_live)
			break;
		if (cmd_signal)
			source_stop(run->src);
		n = source_read(run->src, &batch, &err);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return cmd_fail(&err);
		if (!n)
			break;
		take_batch(run, &batch);
		flush_live(run);
	}
	return CMD_OK;
}

static void say(const char *sentence, void *ctx)
{
	(void)ctx;
	cmd_error("%s", sentence);
}

/* What was wrong with the trace, and what could not be shown. */
static int report(const struct run *run)
{
	uint64_t nr = source_damage(run->src, say, NULL);
	uint64_t missing = summary_missing(run->sum);
	uint64_t nr_late = 0;

	if (nr > SOURCE_DAMAGE_KEPT)
		cmd_error("... and %" PRIu64 " more damaged places",
			  nr - SOURCE_DAMAGE_KEPT);
	if (run->nr_lost)
		cmd_error("%" PRIu64 " events were lost while this was"
			  " recorded", run->nr_lost);
	else if (missing)
		cmd_error("the sequence numbers say that %" PRIu64 " events"
			  " are missing", missing);
	for (size_t i = 0; i < run->nr_files; i++)
		nr_late += run->files[i].nr_late;
	if (nr_late)
		cmd_error("%" PRIu64 " records stood behind later ones of"
			  " their file", nr_late);
	if (run->nr_shown_not)
		cmd_error("%" PRIu64 " events have no line: they carry a"
			  " cgroup id, or their action is unknown",
			  run->nr_shown_not);
	return nr || run->nr_lost || missing ? CMD_LOSS : CMD_OK;
}

static int end_output(struct outbuf *out, const char *path, int status)
{
	if (!out->buf || !outbuf_flush(out))
		return status;
	if (out->error != -EPIPE)
		cmd_error("%s: %s", path ? path : "standard output",
			  strerror(-out->error));
	return CMD_FAILED;
}

static int parse(struct run *run)
{
	const struct options *o = run->o;
	int status;

	if (open_run(run))
		return CMD_FAILED;
	cmd_catch_signals();
	begin_chatter(run);
	flush_live(run);
	status = read_all(run);
	if (run->has_text)
		summary_print(run->sum, &run->out);
	end_chatter(run);
	status = end_output(&run->out, o->text_path, status);
	status = end_output(&run->chat, NULL, status);
	status = end_output(&run->dump, o->dump_path, status);
	if (status == CMD_OK)
		status = report(run);
	return status;
}

static int check_options(const struct options *o)
{
	if (!o->nr_names) {
		cmd_error("no trace is given; try --help");
		return CMD_USAGE;
	}
	if (o->dump_path && !strcmp(o->dump_path, "-")) {
		if (!o->no_text && !o->text_path) {
			cmd_error("-d -: the text goes to standard output too;"
				  " add -O, or -o FILE");
			return CMD_USAGE;
		}
		if (isatty(STDOUT_FILENO)) {
			cmd_error("-d -: standard output is a terminal, and a"
				  " dump is not text");
			return CMD_USAGE;
		}
	}
	return CMD_OK;
}

int parse_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table, .parser = parse_option,
		.args_doc = "[-i] NAME...",
		.doc = "Prints a trace of block I/O, line by line, as blkparse"
		       " does, and a summary.\v"
		       "Exit status: 0; 1 failed; 2 wrong usage; 3 events were"
		       " lost, or the trace is damaged.",
	};
	struct options o = {
		.end_ns = NO_TIME, .batch = SOURCE_NOTES_BLKPARSE,
	};
	struct run run = { .o = &o, .genesis_ns = NO_TIME };
	int status;

	argp_err_exit_status = CMD_USAGE;
	(void)argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.shows_version) {
		(void)printf("iotape parse (iotape %s)\n", PACKAGE_VERSION);
		status = CMD_OK;
	} else {
		status = check_options(&o);
		if (!status)
			status = parse(&run);
	}
	release_run(&run);
	formats_free(o.formats);
	free(o.names);
	return status;
}
