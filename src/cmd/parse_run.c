/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/blk.h"
#include "src/analyze/act.h"
#include "src/analyze/ahead.h"
#include "src/analyze/dump.h"
#include "src/analyze/track.h"
#include "src/cmd/cmd.h"
#include "src/cmd/parse_impl.h"

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
	account = summary_cpu(run->sum, run->devices[run->files[file].name],
			      rec->cpu);
	run->accounts[file] = account;
	return account;
}

/* -v with -t: what blkparse says, in its words. */
static void warn_unpaired(const struct blk_rec *rec, const char *what)
{
	uint64_t sector = rec->sector;

	if (!what)
		return;
	if (blk_code(rec) == BLK_ACT_FRONTMERGE)
		sector += rec->bytes >> 9;
	(void)fprintf(stderr, "%s not found for (%u,%u): %" PRIu64 "\n", what,
		      blk_major(rec->device), blk_minor(rec->device), sector);
}

/* blkparse 1.3 follows splits without -t too. */
static bool is_tracked(const struct run *run, const struct blk_rec *rec)
{
	return run->o->tracks ||
	       (run->track && (blk_code(rec) == BLK_ACT_SPLIT ||
			       blk_code(rec) == BLK_ACT_COMPLETE));
}

static uint64_t track(struct run *run, struct blk_rec *rec, uint16_t file,
		      uint64_t time_ns)
{
	static const enum summary_wait waits[BLK_ACT_MAX] = {
		[BLK_ACT_INSERT] = SUMMARY_WAIT_ALLOCATION,
		[BLK_ACT_ISSUE] = SUMMARY_WAIT_DISPATCH,
		[BLK_ACT_COMPLETE] = SUMMARY_WAIT_COMPLETION,
	};
	size_t device = is_stream(run, file) ?
			summary_find_device(run->sum, rec->device) :
			run->devices[run->files[file].name];
	uint32_t pid = 0;
	uint64_t elapsed;

	if (run->o->is_1_3)
		track_widen(run->track, device, rec);
	elapsed = track_event(run->track, device, rec, time_ns, &pid);
	if (!run->o->tracks)
		return TEXT_NO_TIME;
	if (run->o->is_verbose)
		warn_unpaired(rec, track_missed(run->track));
	if (elapsed != TRACK_NO_TIME)
		summary_wait(run->sum, pid, blk_has(rec, BLK_TC_WRITE),
			     waits[blk_code(rec)], elapsed);
	return elapsed;
}

static void print_message(struct run *run, const struct blk_rec *rec,
			  uint64_t time_ns)
{
	const char *words = (const char *)rec->pdu;

	if (run->life)
		return;
	if (run->o->is_json)
		parse_json_words(run, "message", rec, (int64_t)time_ns, words,
				 rec->pdu_len ? strnlen(words, rec->pdu_len) :
						0);
	else
		text_message(&run->text, rec, time_ns);
}

const char *parse_label(const struct run *run, uint32_t device)
{
	return summary_label(run->sum, device);
}

/* --io: all events, whatever is shown; nothing is paired across a hole. */
static void follow(struct run *run, const struct blk_rec *rec)
{
	uint64_t missing = summary_missing(run->sum);
	uint64_t cgroup = 0;

	(void)blk_cgroup_id(rec, &cgroup);
	if (missing != run->nr_missed)
		life_lost(run->life, rec->device);
	run->nr_missed = missing;
	life_add(run->life, rec, cgroup);
}

static void print_line(struct run *run, const struct blk_rec *rec,
		       const struct act *act, uint64_t time_ns,
		       uint64_t elapsed)
{
	if (run->life)
		return;
	if (run->o->is_json)
		parse_json_event(run, rec, act, time_ns, elapsed);
	else
		text_event(&run->text, rec, act, time_ns, elapsed);
}

/* An event that passed the filters, as text. */
static void print_event(struct run *run, const struct blk_rec *rec,
			uint16_t file, struct summary_cpu *account,
			uint64_t time_ns)
{
	const struct act *act = act_of(rec);
	struct blk_rec wide;

	if (act_is_message(rec)) {
		act = NULL;
		print_message(run, rec, time_ns);
	} else if (act && is_tracked(run, rec)) {
		uint64_t elapsed;

		wide = *rec;
		rec = &wide;
		elapsed = track(run, &wide, file, time_ns);
		print_line(run, rec, act, time_ns, elapsed);
	} else if (act) {
		print_line(run, rec, act, time_ns, TEXT_NO_TIME);
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

/* 1.3: a record as it is without its cgroup id, which goes to the text. */
static void take_off_cgroup(struct run *run, struct blk_rec *rec)
{
	size_t len;

	run->text.cgroup = 0;
	if (!(rec->action & BLK_ACT_CGROUP))
		return;
	(void)blk_cgroup_id(rec, &run->text.cgroup);
	rec->pdu = blk_payload(rec, &len);
	rec->pdu_len = (uint16_t)len;
	rec->action &= ~(uint64_t)BLK_ACT_CGROUP;
}

/* -v: the sequence numbers that nobody has seen, in blkparse's words. */
static void warn_missing(const struct blk_rec *rec, uint32_t nr)
{
	(void)fprintf(stderr, "(%u,%u): skipping %" PRIu32 " -> %" PRIu32 "\n",
		      blk_major(rec->device), blk_minor(rec->device),
		      rec->sequence - nr, rec->sequence - 1);
}

/* True if the summary has it and it is to be shown. */
static bool count_event(struct run *run, const struct blk_rec *rec,
			const struct blk_rec *original, uint16_t file,
			struct summary_cpu *account, uint64_t time_ns)
{
	const struct parse_options *o = run->o;
	bool counts_all = !is_stream(run, file);
	uint32_t missing;

	if (is_outside(run, file, time_ns)) {
		if (counts_all)
			summary_touch(account);
		return false;
	}
	missing = summary_seen(account, rec, time_ns, !counts_all);
	if (missing && o->is_verbose)
		warn_missing(rec, missing);
	if (run->life)
		follow(run, original);
	return time_ns >= o->start_ns &&
	       blk_categories(rec) & (o->mask ? o->mask : UINT64_MAX) &&
	       filter_wants_event(&o->filter, &run->names, rec,
				  run->files[file].label);
}

static void take_event(struct run *run, const struct blk_rec *original,
		       uint16_t file)
{
	const struct parse_options *o = run->o;
	struct summary_cpu *account = account_of(run, original, file);
	const struct blk_rec *rec = original;
	struct blk_rec copy;
	uint64_t time_ns;

	if (o->is_1_3) {
		copy = *original;
		take_off_cgroup(run, &copy);
		rec = &copy;
	}
	if (run->genesis_ns == NO_TIME) {
		run->genesis_ns = rec->time;
		parse_set_genesis(run);
		if (run->has_failed)
			return;
	}
	time_ns = rec->time - run->genesis_ns;
	if (!count_event(run, rec, original, file, account, time_ns))
		return;
	if (run->has_text)
		print_event(run, rec, file, account, time_ns);
	/* the dump gets it as it was */
	if (run->has_dump && !(o->no_messages && act_is_message(rec)))
		dump_add(&run->dump, original, time_ns);
}

static void take_batch(struct run *run, const struct source_batch *batch)
{
	for (size_t i = 0; i < batch->nr && !run->is_over && !run->has_failed;
	     i++) {
		const struct blk_rec *rec = &batch->recs[i];

		if (act_is_early_note(rec) &&
		    !(run->o->is_1_3 && act_is_any_message(rec)))
			parse_note(run, rec);
		else
			take_event(run, rec, batch->files[i]);
	}
}

static bool has_failed(const struct run *run)
{
	return run->has_failed || run->out.error || run->dump.error || run->chat.error;
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

/*
 * Reading has a thread of its own, unless -w may end the run early: what was
 * read ahead would be told as damage that is behind the end.
 */
static int read_all(struct run *run)
{
	_cleanup_(ahead_freep) struct ahead *ahead =
		run->o->end_ns == PARSE_NO_END ? ahead_new(run->src) : NULL;
	struct source_batch batch;
	struct err err = { 0 };
	bool is_live = source_is_live(run->src);
	ssize_t n;

	while (!run->is_over && !has_failed(run)) {
		if (cmd_signal && !is_live)
			break;
		if (cmd_signal)
			source_stop(run->src);
		n = ahead ? ahead_read(ahead, &batch, &err) :
			    source_read(run->src, &batch, &err);
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

/* -v: what each file held. */
static void report_files(const struct run *run)
{
	for (size_t i = 0; i < run->nr_files && run->o->is_verbose; i++) {
		const struct source_file *f = &run->files[i];

		cmd_error("%s: %" PRIu64 " records in %" PRIu64 " bytes, %"
			  PRIu64 " late, %" PRIu64 " damaged places",
			  f->path, f->nr_records, f->nr_bytes, f->nr_late,
			  f->nr_bad);
	}
}

/* 1.3: as ctime(3) has it. */
static void print_start(struct run *run)
{
	time_t sec = (time_t)(run->text.wall_ns / NS_PER_S);
	char when[64] = "an unknown time\n";

	if (run->text.wall_ns && !ctime_r(&sec, when))
		return;
	outbuf_printf(&run->out, "Trace started at %s\n", when);
}

static int run_all(struct run *run)
{
	bool has_summary;
	int status;

	if (parse_open(run))
		return CMD_FAILED;
	cmd_catch_signals();
	parse_begin_chatter(run);
	if (run->has_text && run->o->is_json)
		parse_json_begin(run);
	flush_live(run);
	status = read_all(run);
	if (run->has_failed)
		return CMD_FAILED;
	parse_end_notes(run);
	parse_life_end(run);
	has_summary = run->has_text && !run->o->is_json && !run->life;
	if (has_summary)
		summary_print(run->sum, &run->out);
	if (has_summary && run->o->is_1_3)
		print_start(run);
	parse_end_chatter(run);
	status = parse_end_outputs(run, status);
	report_files(run);
	if (status == CMD_OK)
		status = report(run);
	return status;
}

int parse_run(const struct parse_options *options)
{
	struct run run = { .o = options, .genesis_ns = NO_TIME };
	int status = run_all(&run);

	parse_release(&run);
	return status;
}
