/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

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
#include "src/analyze/names.h"
#include "src/analyze/source.h"
#include "src/analyze/text.h"
#include "src/analyze/track.h"
#include "src/base/cleanup.h"
#include "src/base/outbuf.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/parse_run.h"

#define NS_PER_S	1000000000u
#define NO_TIME		UINT64_MAX
#define CHATTER_BLOCK	4096u	/* of blkparse's standard output */

struct run {
	const struct parse_options *o;
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

/* CLOCK_REALTIME of the first event.  In a dump nothing says it. */
static void set_wall(struct run *run)
{
	if (run->genesis_ns != NO_TIME && run->genesis_ns &&
	    run->anchor_wall_ns)
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
	const struct parse_options *o = run->o;

	if (!is_stream(run, file)) {
		run->is_over = time_ns > o->end_ns;
		return run->is_over;
	}
	run->is_over = time_ns >= o->end_ns && o->end_ns != PARSE_NO_END;
	return run->is_over || time_ns < o->start_ns;
}

static void take_event(struct run *run, const struct blk_rec *rec,
		       uint16_t file)
{
	const struct parse_options *o = run->o;
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

/* ---- standard output ----------------------------------------------------- */

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

/* ---- opening, reading, ending -------------------------------------------- */

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
	const struct parse_options *o = run->o;
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

static int run_all(struct run *run)
{
	const struct parse_options *o = run->o;
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

int parse_run(const struct parse_options *options)
{
	struct run run = { .o = options, .genesis_ns = NO_TIME };
	int status = run_all(&run);

	release_run(&run);
	return status;
}
