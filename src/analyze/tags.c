/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats/note.h"
#include "src/analyze/tag_flight.h"
#include "src/analyze/tag_wire.h"
#include "src/analyze/tags.h"
#include "src/base/xalloc.h"

struct tags {
	struct labels labels;
	struct tag_rules *rules; /* NULL = no file and no key */
	struct tag_flight *flight;
	struct tag_helper **helpers;
	size_t nr_helpers;
	struct tag_wire wire;
	struct map64 given; /* tags of the trace -> our numbers */
	struct map64 lanes; /* device and CPU -> tag that the trace says */
	unsigned int code;  /* of the records that get a tag: Q or D */
	bool no_followers;
	uint32_t *of;	    /* the tag of each record of the batch */
	uint32_t *late;	    /* by the key, where nothing else has one */
	size_t cap;
};

static int start_helpers(struct tags *t, const struct tags_options *o,
			 struct err *err)
{
	t->helpers = xcalloc(o->nr_helpers + 1, sizeof(struct tag_helper *));
	for (size_t i = 0; i < o->nr_helpers; i++) {
		int r = tag_helper_start(
			&(struct tag_helper_options){
				.command = o->helpers[i],
				.dir = o->helper_dir,
				.timeout_ms = o->timeout_ms,
				.window = o->window,
				.stop = o->stop,
			},
			&t->labels, &t->helpers[i], err);

		if (r)
			return r;
		t->nr_helpers++;
	}
	return 0;
}

int tags_open(const struct tags_options *o, struct tags **ret_tags,
	      struct err *err)
{
	_cleanup_(tags_freep) struct tags *t = xcalloc(1, sizeof(*t));
	int r = 0;

	t->code = o->at_issue ? BLK_ACT_ISSUE : BLK_ACT_QUEUE;
	t->no_followers = o->no_followers;
	t->flight = tag_flight_new();
	if (o->rules || o->by)
		t->rules = tag_rules_new(&t->labels);
	if (o->rules)
		r = tag_rules_load(t->rules, o->rules, err);
	if (!r && o->by)
		r = tag_rules_by(t->rules, o->by, err);
	if (!r)
		r = start_helpers(t, o, err);
	if (!r)
		*ret_tags = TAKE_PTR(t);
	return r;
}

void tags_free(struct tags *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nr_helpers; i++)
		tag_helper_free(t->helpers[i]);
	free(t->helpers);
	tag_rules_free(t->rules);
	tag_flight_free(t->flight);
	tag_wire_release(&t->wire);
	map64_release(&t->given);
	map64_release(&t->lanes);
	labels_release(&t->labels);
	free(t->of);
	free(t->late);
	free(t);
}

/* ---- tags that the trace holds --------------------------------------------
 */

static uint64_t lane(const struct blk_rec *rec)
{
	return (uint64_t)rec->device << 32 | rec->cpu;
}

static void take_given(struct tags *t, const struct blk_rec *rec)
{
	struct note note;

	if (!note_is_private(rec) || note_decode(rec, &note))
		return;
	if (note.id == NOTE_TAG && note.tag.tag) {
		*map64_put(&t->given, note.tag.tag) =
			labels_add(&t->labels, note.tag.label,
				   strlen(note.tag.label));
	} else if (note.id == NOTE_TAGGED) {
		const uint64_t *tag = map64_get(&t->given, note.tagged.tag);

		*map64_put(&t->lanes, lane(rec)) = tag ? *tag : 0;
	}
}

static void use_given(struct tags *t, const struct source_batch *batch)
{
	if (!batch->nr_notes && !t->labels.nr) {
		memset(t->of, 0, batch->nr * sizeof(*t->of));
		return;
	}
	for (size_t i = 0; i < batch->nr; i++) {
		const struct blk_rec *rec = &batch->recs[i];
		unsigned int code = blk_code(rec);
		const uint64_t *tag;

		t->of[i] = 0;
		if (blk_is_notify(rec)) {
			take_given(t, rec);
		} else if (!t->labels.nr) {
			continue; /* most traces hold none */
		} else if (code == BLK_ACT_QUEUE || code == BLK_ACT_ISSUE ||
			   code == BLK_ACT_COMPLETE) {
			tag = map64_get(&t->lanes, lane(rec));
			t->of[i] = tag ? (uint32_t)*tag : 0;
		}
	}
}

/* ---- tags that we give ----------------------------------------------------
 */

/* Whether a tag could be wanted for it: Q, and D without a Q. */
static bool is_asked(const struct tags *t, const struct blk_rec *rec)
{
	unsigned int code = blk_code(rec);

	return (code == t->code || code == BLK_ACT_ISSUE) &&
	       !blk_is_notify(rec);
}

static void ask_rules(struct tags *t, const struct blk_rec *rec, size_t i)
{
	t->of[i] = tag_rules_match(t->rules, rec);
	t->late[i] = t->of[i] ? 0 : tag_rules_key(t->rules, rec);
}

/* In the order of the stream, since names change with it. */
static void ask_rules_all(struct tags *t, const struct source_batch *batch)
{
	for (size_t i = 0; i < batch->nr; i++) {
		const struct blk_rec *rec = &batch->recs[i];

		t->of[i] = t->late[i] = 0;
		if (t->rules && blk_is_notify(rec))
			tag_rules_note(t->rules, rec);
		else if (t->rules && is_asked(t, rec))
			ask_rules(t, rec, i);
	}
}

static void take_answers(struct tags *t, const struct source_batch *batch,
			 size_t from, size_t nr)
{
	for (size_t h = 0; h < t->nr_helpers; h++) {
		const uint32_t *tags = tag_helper_tags(t->helpers[h]);

		for (size_t i = 0; i < nr; i++)
			if (!t->of[from + i] && is_asked(t, &batch->recs[from + i]))
				t->of[from + i] = tags[i];
	}
}

/* Sends the batch in pieces that fit into the wire's buffer. */
static int ask_helpers(struct tags *t, const struct source_batch *batch)
{
	size_t done = 0;

	while (done < batch->nr && t->nr_helpers) {
		size_t nr = tag_wire_fill(&t->wire, batch->recs + done,
					  batch->nr - done);
		int r = tag_helper_exchange(t->helpers, t->nr_helpers,
					    &t->wire.batch);

		if (r)
			return r;
		take_answers(t, batch, done, nr);
		done += nr;
	}
	return 0;
}

/* The second part of a split I/O begins at the sector in its payload. */
static void follow_split(struct tags *t, const struct blk_rec *rec)
{
	int64_t tag = tag_flight_get(t->flight, rec->device, rec->sector);
	uint64_t sector;

	if (tag >= 0 && !blk_get_u64(rec, &sector))
		tag_flight_put(t->flight, rec->device, sector, (uint32_t)tag);
}

/* A tag from before; -1 where the record itself is to be asked. */
static int64_t follow(struct tags *t, const struct blk_rec *rec)
{
	unsigned int code = blk_code(rec);
	int64_t tag;

	switch (code) {
	case BLK_ACT_QUEUE:
		return t->code == code ? -1 : 0;
	case BLK_ACT_ISSUE:
		return t->code == code ?
			       -1 :
			       tag_flight_get(t->flight, rec->device,
					      rec->sector);
	case BLK_ACT_COMPLETE:
		tag = tag_flight_take(t->flight, rec->device, rec->sector);
		return tag < 0 ? 0 : tag;
	case BLK_ACT_SPLIT:
		follow_split(t, rec);
		return 0;
	default:
		return 0;
	}
}

static inline void ask(struct tags *t, const struct blk_rec *rec, size_t i)
{
	if (!t->nr_helpers) {
		t->of[i] = tag_rules_match(t->rules, rec);
		if (!t->of[i])
			t->of[i] = tag_rules_key(t->rules, rec);
	} else if (!t->of[i]) {
		t->of[i] = t->late[i];
	}
}

static void tag_one(struct tags *t, const struct blk_rec *rec, size_t i)
{
	int64_t tag;

	if (t->no_followers) {
		if (blk_code(rec) == t->code)
			ask(t, rec, i);
		else
			t->of[i] = 0;
		return;
	}
	tag = follow(t, rec);
	if (tag >= 0) {
		t->of[i] = (uint32_t)tag;
		return;
	}
	ask(t, rec, i);
	tag_flight_put(t->flight, rec->device, rec->sector, t->of[i]);
}

static void tag_all(struct tags *t, const struct source_batch *batch)
{
	for (size_t i = 0; i < batch->nr; i++) {
		const struct blk_rec *rec = &batch->recs[i];

		if (!blk_is_notify(rec)) {
			tag_one(t, rec, i);
			continue;
		}
		t->of[i] = 0;
		if (!t->nr_helpers)
			tag_rules_note(t->rules, rec);
	}
}

int tags_batch(struct tags *t, const struct source_batch *batch,
	       const uint32_t **ret_tags)
{
	int r;

	if (t->cap < batch->nr) {
		t->cap = batch->nr;
		t->of = xreallocarray(t->of, t->cap, sizeof(*t->of));
		t->late = xreallocarray(t->late, t->cap, sizeof(*t->late));
	}
	*ret_tags = t->of;
	if (!t->rules && !t->nr_helpers) {
		use_given(t, batch);
		return 0;
	}
	if (t->nr_helpers) {
		ask_rules_all(t, batch);
		r = ask_helpers(t, batch);
		if (r)
			return r;
	}
	tag_all(t, batch);
	return 0;
}

void tags_end(struct tags *t)
{
	tag_helper_end(t->helpers, t->nr_helpers);
}

size_t tags_count(const struct tags *t)
{
	return t->labels.nr;
}

const char *tags_label(const struct tags *t, uint32_t tag)
{
	return labels_text(&t->labels, tag);
}

size_t tags_nr_givers(const struct tags *t)
{
	return t->nr_helpers + 1;
}

const char *tags_problem(const struct tags *t, size_t i)
{
	if (i < t->nr_helpers)
		return tag_helper_problem(t->helpers[i]);
	return t->rules ? tag_rules_problem(t->rules) : NULL;
}
