/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/note.h"
#include "src/analyze/dump.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/parse_impl.h"

#define SLACK_NS	NS_PER_S

/*
 * In a dump, events have times since the first one, and notes have
 * CLOCK_MONOTONIC: the timestamp, which is the oldest record of a recording,
 * seems to be far behind.
 */
static bool has_relative_times(const struct run *run)
{
	return !run->genesis_ns ||
	       (run->nr_files && is_stream(run, 0) &&
		run->anchor_ns > run->genesis_ns + SLACK_NS);
}

/* CLOCK_REALTIME of the first event.  In a dump nothing says it. */
static void set_wall(struct run *run)
{
	if (run->genesis_ns != NO_TIME && run->anchor_wall_ns &&
	    !has_relative_times(run))
		run->text.wall_ns = run->anchor_wall_ns +
				    (run->genesis_ns - run->anchor_ns);
}

static void take_private(struct run *run, const struct blk_rec *rec)
{
	struct note note;

	if (note_decode(rec, &note))
		return;
	if (note.id == NOTE_LOSS) {
		run->nr_lost += note.loss.count;
		if (run->life)
			life_lost(run->life, note.loss.device);
	} else if (note.id == NOTE_CLOCK && !run->anchor_wall_ns) {
		run->anchor_ns = note.clock.monotonic;
		run->anchor_wall_ns = note.clock.realtime;
		set_wall(run);
	}
}

/* ---- --all --------------------------------------------------------------- */

#define HELD_MAX	1024u	/* notes */

struct held_note {
	struct blk_rec rec;	/* its payload is @text */
	char text[NOTE_TEXT_MAX];
};

/* A note in words.  What is not known is shown as bytes. */
static size_t describe(const struct blk_rec *rec, char *buf, size_t size)
{
	struct note note;
	uint64_t sec;
	uint32_t nsec;
	char *p = buf;
	int n;

	if (!note_decode(rec, &note))
		return note_text(&note, buf, size);
	if (blk_code(rec) == BLK_TN_TIMESTAMP && !note_is_private(rec) &&
	    !blk_get_timestamp(rec, &sec, &nsec))
		return (size_t)snprintf(buf, size, "timestamp %" PRIu64
					".%09" PRIu32, sec, nsec);
	n = snprintf(buf, size, blk_code(rec) == BLK_TN_PROCESS ?
		     "name " : "note %#x ",
		     (unsigned int)(rec->action & BLK_ACT_CODE_MASK));
	p += n;
	return (size_t)(text_quoted(p, rec->pdu, rec->pdu_len,
				    size - (size_t)n) - buf);
}

static void print_note(struct run *run, const struct blk_rec *rec,
		       const char *words, size_t len)
{
	bool is_known = run->genesis_ns != NO_TIME && !has_relative_times(run);

	int64_t offset = is_known ? (int64_t)(rec->time - run->genesis_ns) :
				    TEXT_NO_OFFSET;

	if (!filter_wants_event(&run->o->filter, &run->names, rec, NULL))
		return;
	if (run->o->is_json)
		parse_json_words(run, "note", rec, offset, words, len);
	else
		text_note(&run->text, rec, offset, words, len);
}

void parse_end_notes(struct run *run)
{
	for (size_t i = 0; i < run->nr_held; i++)
		print_note(run, &run->held[i].rec, run->held[i].text,
			   run->held[i].rec.pdu_len);
	run->nr_held = 0;
}

/* Before the first event, times since it are not known yet. */
static void show_note(struct run *run, const struct blk_rec *rec)
{
	struct held_note *held;
	char words[NOTE_TEXT_MAX];
	size_t len;

	if (run->genesis_ns != NO_TIME) {
		len = describe(rec, words, sizeof(words));
		print_note(run, rec, words, len);
		return;
	}
	if (run->nr_held == HELD_MAX)
		parse_end_notes(run);
	run->held = xgrow(run->held, run->nr_held, &run->cap_held,
			  sizeof(*run->held));
	held = &run->held[run->nr_held++];
	held->rec = *rec;
	held->rec.pdu_len = (uint16_t)describe(rec, held->text,
					       sizeof(held->text));
}

/* ---- all notes ----------------------------------------------------------- */

static void take_anchor(struct run *run, uint64_t time_ns, uint64_t wall_ns)
{
	run->anchor_ns = time_ns;
	run->anchor_wall_ns = wall_ns;
	set_wall(run);
}

/* What --time adds; false if the trace does not say. */
static bool set_clock(struct run *run)
{
	run->text.is_iso = run->o->clock == PARSE_ISO;
	switch (run->o->clock) {
	case PARSE_REL:
		return true;
	case PARSE_MONO:
		run->text.base_ns = run->genesis_ns;
		return !has_relative_times(run);
	case PARSE_UNIX:
	case PARSE_ISO:
		run->text.base_ns = run->text.wall_ns;
		return run->text.wall_ns;
	}
	return true;
}

void parse_set_genesis(struct run *run)
{
	set_wall(run);
	if (!set_clock(run)) {
		cmd_error("--time: nothing in this trace says what time it was;"
			  " in a dump there is only the time since its first"
			  " event");
		run->has_failed = true;
		return;
	}
	parse_end_notes(run);
}

void parse_note(struct run *run, const struct blk_rec *rec)
{
	uint64_t sec;
	uint32_t nsec;

	if (note_is_private(rec)) {
		take_private(run, rec);
	} else if (blk_code(rec) == BLK_TN_TIMESTAMP) {
		if (!blk_get_timestamp(rec, &sec, &nsec))
			take_anchor(run, rec->time, sec * NS_PER_S + nsec);
	} else {
		(void)names_add(&run->names, rec);
	}
	if (run->o->shows_notes && run->has_text)
		show_note(run, rec);
	if (run->has_dump)
		dump_add(&run->dump, rec, rec->time);
}
