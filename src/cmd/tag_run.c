/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape tag: reads, tags, writes.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "formats/note.h"
#include "src/analyze/dump.h"
#include "src/analyze/life.h"
#include "src/analyze/source.h"
#include "src/base/map64.h"
#include "src/base/newfile.h"
#include "src/base/outbuf.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/tag.h"

struct count {
	uint64_t ios, bytes;
};

struct run {
	const struct tag_options *o;
	struct source *src;
	struct tags *tags;
	struct newfile file;
	struct outbuf out;
	struct map64 lanes;    /* device and CPU -> tag that was written */
	size_t nr_written;     /* labels */
	struct count *counts;  /* [tag] */
	size_t nr_counts;
	uint64_t first;	       /* time of the first event */
	uint64_t nr_lost;
	bool has_first;
};

/* ---- a trace with notes ---------------------------------------------------
 */

static void write_note(struct run *run, const struct note *note,
		       const struct blk_rec *at)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(note, pdu, sizeof(pdu));
	struct blk_rec rec = {
		.time = at->time, .action = note_action(note->id),
		.device = at->device, .cpu = at->cpu,
		.pdu = pdu, .pdu_len = (uint16_t)(n > 0 ? n : 0),
		.version = BLK_IO_TRACE_VERSION,
	};

	if (n > 0)
		dump_add(&run->out, &rec, rec.time);
}

/* What we write is in order: readers need not wait for other CPUs. */
static void write_head(struct run *run, const struct blk_rec *first)
{
	struct blk_rec at = { .time = first->time, .device = first->device };

	write_note(run, &(struct note){
		.id = NOTE_HOST, .host = {
			.flags = NOTE_HOST_MERGED,
			.recorder = "iotape tag " PACKAGE_VERSION,
		} }, &at);
}

/* The new labels, and the tag where it is another than before. */
static void write_tag(struct run *run, const struct blk_rec *rec, uint32_t tag)
{
	uint64_t *lane = map64_put(&run->lanes,
				   (uint64_t)rec->device << 32 | rec->cpu);

	if (*lane == tag)
		return;
	*lane = tag;
	while (run->nr_written < tag) {
		uint32_t nr = (uint32_t)++run->nr_written;

		write_note(run, &(struct note){
			.id = NOTE_TAG, .tag = {
				.tag = nr,
				.label = tags_label(run->tags, nr),
			} }, rec);
	}
	write_note(run, &(struct note){
		.id = NOTE_TAGGED, .tagged = { .tag = tag } }, rec);
}

/* Notes of an earlier "iotape tag" are left out. */
static void write_old_note(struct run *run, const struct blk_rec *rec)
{
	struct note note;

	if (note_is_private(rec) && !note_decode(rec, &note)) {
		if (note.id == NOTE_TAG || note.id == NOTE_TAGGED)
			return;
		if (note.id == NOTE_HOST) {
			note.host.flags |= NOTE_HOST_MERGED;
			write_note(run, &note, rec);
			return;
		}
	}
	dump_add(&run->out, rec, rec->time);
}

static bool has_tag(const struct blk_rec *rec)
{
	unsigned int code = blk_code(rec);

	return code == BLK_ACT_QUEUE || code == BLK_ACT_ISSUE ||
	       code == BLK_ACT_COMPLETE;
}

static void write_trace(struct run *run, const struct blk_rec *rec,
			uint32_t tag)
{
	if (blk_is_notify(rec)) {
		write_old_note(run, rec);
		return;
	}
	if (has_tag(rec))
		write_tag(run, rec, tag);
	dump_add(&run->out, rec, rec->time);
}

/* ---- tables ---------------------------------------------------------------
 */

/* The record that stands for an I/O. */
static bool is_io(const struct run *run, const struct blk_rec *rec)
{
	return !blk_is_notify(rec) &&
	       blk_code(rec) == (run->o->choice.tags.at_issue ? BLK_ACT_ISSUE :
							 BLK_ACT_QUEUE);
}

static void write_tsv(struct run *run, const struct blk_rec *rec, uint32_t tag)
{
	uint64_t t = rec->time - run->first;
	const char *label = tags_label(run->tags, tag);

	outbuf_printf(&run->out,
		      "%" PRIu64 ".%09" PRIu64 "\t%u,%u\t%u\t%u\t%s\t%" PRIu64
		      "\t%u\t",
		      t / 1000000000, t % 1000000000, blk_major(rec->device),
		      blk_minor(rec->device), rec->cpu, rec->pid,
		      life_op_name(life_op_of(rec)), rec->sector, rec->bytes);
	outbuf_add(&run->out, label, strlen(label));
	outbuf_add(&run->out, "\n", 1);
}

static void write_quoted(struct outbuf *out, const char *s)
{
	outbuf_add(out, "\"", 1);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			outbuf_add(out, "\\", 1);
		outbuf_add(out, s, 1);
	}
	outbuf_add(out, "\"", 1);
}

static void write_json(struct run *run, const struct blk_rec *rec,
		       uint32_t tag)
{
	uint64_t t = rec->time - run->first;

	outbuf_printf(&run->out,
		      "{\"time\":%" PRIu64 ".%09" PRIu64
		      ",\"device\":\"%u,%u\",\"cpu\":%u,\"pid\":%u,"
		      "\"op\":\"%s\",\"sector\":%" PRIu64
		      ",\"bytes\":%u,\"tag\":",
		      t / 1000000000, t % 1000000000, blk_major(rec->device),
		      blk_minor(rec->device), rec->cpu, rec->pid,
		      life_op_name(life_op_of(rec)), rec->sector, rec->bytes);
	if (tag)
		write_quoted(&run->out, tags_label(run->tags, tag));
	else
		outbuf_add(&run->out, "null", 4);
	outbuf_add(&run->out, "}\n", 2);
}

static void count(struct run *run, const struct blk_rec *rec, uint32_t tag)
{
	if (tag >= run->nr_counts) {
		size_t nr = 2 * ((size_t)tag + 1);

		run->counts = xreallocarray(run->counts, nr,
					    sizeof(*run->counts));
		memset(run->counts + run->nr_counts, 0,
		       (nr - run->nr_counts) * sizeof(*run->counts));
		run->nr_counts = nr;
	}
	run->counts[tag].ios++;
	run->counts[tag].bytes += rec->bytes;
}

static void write_counts(struct run *run)
{
	outbuf_printf(&run->out, "ios\tbytes\ttag\n");
	for (size_t i = 0; i < run->nr_counts; i++) {
		const char *label = tags_label(run->tags, (uint32_t)i);

		if (!run->counts[i].ios)
			continue;
		outbuf_printf(&run->out, "%" PRIu64 "\t%" PRIu64 "\t",
			      run->counts[i].ios, run->counts[i].bytes);
		outbuf_add(&run->out, label, strlen(label));
		outbuf_add(&run->out, "\n", 1);
	}
}

/* ---- all records ----------------------------------------------------------
 */

static void look_at(struct run *run, const struct blk_rec *rec)
{
	struct note note;

	if (!blk_is_notify(rec) && !run->has_first) {
		run->first = rec->time;
		run->has_first = true;
	}
	if (note_is_private(rec) && !note_decode(rec, &note) &&
	    note.id == NOTE_LOSS)
		run->nr_lost += note.loss.count;
}

static void write_row(struct run *run, const struct blk_rec *rec, uint32_t tag)
{
	switch (run->o->format) {
	case TAG_TSV:
		write_tsv(run, rec, tag);
		break;
	case TAG_JSON:
		write_json(run, rec, tag);
		break;
	case TAG_SUMMARY:
		count(run, rec, tag);
		break;
	case TAG_TRACE:
	case TAG_FORMAT_MAX:
		break;
	}
}

static void take_batch(struct run *run, const struct source_batch *batch,
		       const uint32_t *tags)
{
	for (size_t i = 0; i < batch->nr; i++) {
		const struct blk_rec *rec = &batch->recs[i];

		if (blk_is_notify(rec) || !run->has_first)
			look_at(run, rec);
		if (run->o->is_emit)
			dump_add(&run->out, rec, rec->time);
		else if (run->o->format == TAG_TRACE)
			write_trace(run, rec, tags[i]);
		else if (is_io(run, rec))
			write_row(run, rec, tags[i]);
	}
}

static int take(struct run *run, const struct source_batch *batch)
{
	const uint32_t *tags = NULL;

	if (!run->o->is_emit && tags_batch(run->tags, batch, &tags))
		return -EINTR;
	if (!run->o->is_emit && run->o->format == TAG_TRACE &&
	    !run->out.nr && !run->out.nr_written)
		write_head(run, &batch->recs[0]);
	take_batch(run, batch, tags);
	if (source_is_live(run->src))
		(void)outbuf_flush(&run->out);
	return run->out.error;
}

static int read_all(struct run *run, struct err *err)
{
	struct source_batch batch;
	ssize_t n;
	int r;

	while (!cmd_signal && (n = source_read(run->src, &batch, err)) != 0) {
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		r = take(run, &batch);
		if (r && r != -EINTR)
			return err_set_errno(err, r, "%s",
					     run->o->output ?
						     run->o->output :
						     "standard output");
	}
	return 0;
}

static bool is_binary(const struct tag_options *o)
{
	return o->is_emit || o->format == TAG_TRACE;
}

static int open_all(struct run *run, struct err *err)
{
	const struct tag_options *o = run->o;
	int r;

	if (is_binary(o) && !o->output && isatty(STDOUT_FILENO))
		return err_set(err, -EINVAL, "standard output is a terminal,"
			       " and a trace is not text; -o FILE or --format"
			       " tsv is wanted");
	r = source_open(o->traces.names, o->traces.nr,
			&(struct source_options){ 0 }, &run->src, err);
	if (!r)
		r = tag_choice_open(&o->choice, o->format != TAG_TRACE,
				    &run->tags, err);
	if (!r)
		r = newfile_open(&run->file, o->output ? o->output : "-", err);
	if (r)
		return r;
	outbuf_init(&run->out, fileno(run->file.stream));
	if (o->format == TAG_TSV && !o->is_emit)
		outbuf_printf(&run->out, "time\tdevice\tcpu\tpid\top\tsector"
			      "\tbytes\ttag\n");
	return 0;
}

static int run_all(struct run *run, struct err *err)
{
	int r = open_all(run, err);

	if (r)
		return r;
	cmd_catch_signals();
	r = read_all(run, err);
	if (r)
		return r;
	tags_end(run->tags);
	if (run->o->format == TAG_SUMMARY && !run->o->is_emit)
		write_counts(run);
	r = outbuf_flush(&run->out);
	if (r)
		return err_set_errno(err, r, "%s", run->o->output ?
				     run->o->output : "standard output");
	return newfile_commit(&run->file, err);
}

static void say(const char *sentence, void *ctx)
{
	(void)ctx;
	cmd_error("%s", sentence);
}

/* What was wrong.  Returns the exit status. */
static int report(const struct run *run)
{
	bool is_quiet = run->o->is_quiet;
	uint64_t nr = source_damage(run->src, is_quiet ? NULL : say, NULL);
	int status = nr || run->nr_lost ? CMD_LOSS : CMD_OK;

	if (run->nr_lost && !is_quiet)
		cmd_error("%" PRIu64 " events were lost while this was"
			  " recorded", run->nr_lost);
	return tag_choice_report(run->tags) ? CMD_LOSS : status;
}

int tag_run(const struct tag_options *options)
{
	struct run run = { .o = options };
	struct err err = { 0 };
	int r = run_all(&run, &err);
	int status = r ? CMD_FAILED : report(&run);

	/* whoever reads no more wants no words either */
	if (r && r != -EPIPE)
		(void)cmd_fail(&err);
	newfile_release(&run.file);
	outbuf_release(&run.out);
	tags_free(run.tags);
	source_free(run.src);
	map64_release(&run.lanes);
	free(run.counts);
	return status;
}
