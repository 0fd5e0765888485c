/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was looked at is in runs: records that stand behind each other in one
 * chunk, which is what the reader's buffer was before more was read.  Runs end
 * where a step of @limit records ends, so that as many are taken as are looked
 * at next, and notes have the places that they have with a window, up to a few
 * events where equal times make a step longer.
 *
 * One chunk after another was chosen over one large buffer, whose bytes would
 * have to be moved to its front again and again, and over a second reading of
 * the file, which costs more than the look itself.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/line.h"
#include "src/analyze/scout.h"
#include "src/analyze/window.h"
#include "src/base/xalloc.h"

#define TIES_MAX	32u		/* records of equal time */

/* A run of records, and what is to be done with it. */
struct stretch {
	const uint8_t *at, *end;
	uint64_t time;		/* of the first record */
	uint64_t chunk;		/* its number */
	uint32_t nr;
	uint32_t nr_joined;	/* records before it that are to be sorted
				   together with it */
	uint32_t long_bytes;
	bool is_untidy, is_joined;	/* as in scout_taken */
};

struct chunk {
	uint8_t *buf;
	size_t cap;
};

/* What records of equal time are ordered by. */
struct tie {
	uint32_t device, sequence, cpu;
};

struct scout {
	struct reader *reader;
	struct stretch *runs;	/* a ring; cap is a power of two */
	uint64_t first_run, end_run;
	size_t cap_runs;
	struct chunk *chunks;	/* those before the reader's; a ring too */
	uint64_t first_chunk, end_chunk;
	size_t cap_chunks;
	struct chunk spare;	/* used up */
	size_t chunk_bytes;	/* of all chunks */
	uint32_t limit;
	uint32_t to_take;	/* records, before others are looked at */
	uint64_t nr;		/* records in all runs */
	uint32_t step_nr;	/* records of the step that runs are made of */
	bool is_step_over;	/* the next record opens a run */
	bool is_joined;		/* the run taken last is, with the next one */
	uint64_t long_bytes;	/* in all runs */
	uint64_t last_time;	/* of the last record */
	struct tie ties[TIES_MAX];	/* all of the last time */
	uint32_t nr_ties;
	uint64_t ties_run;	/* where the first of them is */
	bool keeps_order;
};

struct scout *scout_new(struct reader *reader, uint32_t limit,
			bool keeps_order)
{
	struct scout *s = xcalloc(1, sizeof(*s));

	s->reader = reader;
	s->limit = limit;
	s->keeps_order = keeps_order;
	return s;
}

static struct chunk *chunk_at(const struct scout *s, uint64_t number)
{
	return &s->chunks[number & (s->cap_chunks - 1)];
}

static struct stretch *run_at(const struct scout *s, uint64_t number)
{
	return &s->runs[number & (s->cap_runs - 1)];
}

void scout_free(struct scout *s)
{
	if (!s)
		return;
	for (uint64_t i = s->first_chunk; i < s->end_chunk; i++)
		free(chunk_at(s, i)->buf);
	free(s->spare.buf);
	free(s->chunks);
	free(s->runs);
	free(s);
}

/* ---- looking ------------------------------------------------------------- */

bool scout_is_full(const struct scout *s)
{
	return s->nr >= WINDOW_RECS || s->long_bytes >= WINDOW_BYTES;
}

/*
 * The run that a record at @at goes on with, or a new one.  A step does not end
 * between equal times.
 */
static struct stretch *open_run(struct scout *s, const uint8_t *at,
				bool is_tie)
{
	struct stretch *run = NULL;

	if (s->first_run < s->end_run)
		run = run_at(s, s->end_run - 1);
	if (run && run->end == at && run->chunk == s->end_chunk &&
	    (is_tie || !s->is_step_over))
		return run;
	s->is_step_over = false;
	if (s->end_run - s->first_run == s->cap_runs)
		s->runs = xgrow_ring(s->runs, &s->cap_runs, sizeof(*s->runs),
				     s->first_run, s->end_run);
	run = run_at(s, s->end_run++);
	*run = (struct stretch){ .at = at, .end = at, .chunk = s->end_chunk };
	return run;
}

static inline uint32_t long_bytes_of(const struct blk_rec *rec)
{
	return rec->pdu_len > LINE_PDU ? rec->pdu_len : 0;
}

/* Adds a record to a run. */
static inline void extend(struct scout *s, struct stretch *run,
			  const struct blk_rec *rec, size_t size)
{
	if (!run->nr++)
		run->time = rec->time;
	run->end += size;
	run->long_bytes += long_bytes_of(rec);
	s->long_bytes += long_bytes_of(rec);
	s->nr++;
	if (++s->step_nr == s->limit) {
		s->step_nr = 0;
		s->is_step_over = true;
	}
}

static void begin_ties(struct scout *s, const struct tie *tie)
{
	s->ties[0] = *tie;
	s->nr_ties = 1;
	s->ties_run = s->end_run - 1;
}

static struct tie tie_of(const struct blk_rec *rec)
{
	return (struct tie){ .device = rec->device, .cpu = rec->cpu,
			     .sequence = rec->sequence };
}

void scout_scan(struct scout *s)
{
	struct reader *r = s->reader;
	uint64_t nr_before = s->nr;
	struct stretch *run = NULL;
	struct tie tie = { 0 };

	if (!s->nr || r->is_lost)
		return;
	while (!scout_is_full(s)) {
		const uint8_t *at = r->buf + r->pos;
		struct blk_rec rec;
		size_t size = blk_decode_native(at, r->end - r->pos, &rec);

		if (!size || rec.time <= s->last_time || blk_is_notify(&rec) ||
		    rec.cpu >= SOURCE_CPU_MAX)
			break;
		if (!run || s->is_step_over)
			run = open_run(s, at, false);
		extend(s, run, &rec, size);
		s->last_time = rec.time;
		tie = tie_of(&rec);
		r->pos += size;
	}
	if (s->nr == nr_before)
		return;
	r->file->nr_records += s->nr - nr_before;
	begin_ties(s, &tie);
}

/* ---- equal times --------------------------------------------------------- */

enum order {
	ORDER_TIDY,
	ORDER_UNTIDY,		/* others of its time belong behind it */
	ORDER_NONE,		/* the window has to find out */
};

static bool is_behind(const struct tie *a, const struct tie *b)
{
	if (a->device != b->device)
		return a->device > b->device;
	if (a->sequence != b->sequence)
		return a->sequence > b->sequence;
	return a->cpu > b->cpu;
}

/*
 * Where a record belongs that has the time of the last one, and is to come into
 * the last run.  Records of one CPU and device keep their order whatever their
 * numbers are.
 */
static enum order order_of(const struct scout *s, const struct tie *new)
{
	const struct stretch *first = run_at(s, s->ties_run);
	bool is_untidy = false;

	if (s->keeps_order)
		return ORDER_TIDY;
	if (s->nr_ties == TIES_MAX)
		return ORDER_NONE;
	for (uint32_t i = 0; i < s->nr_ties; i++) {
		const struct tie *old = &s->ties[i];

		if (!is_behind(old, new))
			continue;
		if (old->device == new->device && old->cpu == new->cpu)
			return ORDER_NONE;
		is_untidy = true;
	}
	if (!is_untidy)
		return ORDER_TIDY;
	/* part of them may be gone, or they are in three runs */
	if (s->ties_run < s->first_run || s->end_run - s->ties_run > 2 ||
	    first->nr_joined + first->nr > s->limit + TIES_MAX)
		return ORDER_NONE;
	return ORDER_UNTIDY;
}

/* The last run is to be sorted, and with it the one before if the equal times
   begin there. */
static void mark_untidy(struct scout *s)
{
	struct stretch *run = run_at(s, s->end_run - 1);
	struct stretch *before = run_at(s, s->ties_run);

	run->is_untidy = true;
	if (before == run)
		return;
	before->is_untidy = true;
	before->is_joined = true;
	run->nr_joined = before->nr_joined + before->nr;
}

bool scout_add(struct scout *s, const struct blk_rec *rec)
{
	size_t size = blk_size(rec);
	const uint8_t *at = s->reader->buf + s->reader->pos - size;
	bool is_tie = s->nr && rec->time == s->last_time;
	const struct tie tie = tie_of(rec);
	enum order order = ORDER_TIDY;
	struct stretch *run;

	if (s->nr && rec->time < s->last_time)
		return false;
	run = open_run(s, at, is_tie && !s->keeps_order);
	if (is_tie)
		order = order_of(s, &tie);
	if (order == ORDER_NONE)
		return false;
	extend(s, run, rec, size);
	if (!is_tie)
		begin_ties(s, &tie);
	else if (!s->keeps_order)
		s->ties[s->nr_ties++] = tie;
	s->last_time = rec->time;
	if (order == ORDER_UNTIDY)
		mark_untidy(s);
	return true;
}

uint32_t scout_sort(const struct scout_taken *taken, struct blk_rec *recs,
		    uint32_t nr)
{
	struct run run = taken->run;
	struct blk_rec rec;

	while (run.nr) {
		uint32_t i = nr++;
		struct tie tie;

		run_next(&run, &rec);
		tie = tie_of(&rec);
		for (; i && recs[i - 1].time == rec.time; i--) {
			const struct tie before = tie_of(&recs[i - 1]);

			if (!is_behind(&before, &tie))
				break;
			recs[i] = recs[i - 1];
		}
		recs[i] = rec;
	}
	return nr;
}

/* ---- chunks -------------------------------------------------------------- */

/* The reader's buffer becomes a chunk; another one is its buffer. */
static void push_chunk(struct scout *s)
{
	struct reader *r = s->reader;

	if (s->end_chunk - s->first_chunk == s->cap_chunks)
		s->chunks = xgrow_ring(s->chunks, &s->cap_chunks,
				       sizeof(*s->chunks), s->first_chunk,
				       s->end_chunk);
	*chunk_at(s, s->end_chunk++) = (struct chunk){ r->buf, r->cap };
	s->chunk_bytes += r->cap;
	if (!s->spare.buf)
		s->spare = (struct chunk){ xmalloc(SCOUT_CHUNK), SCOUT_CHUNK };
	r->buf = s->spare.buf;
	r->cap = s->spare.cap;
	s->spare = (struct chunk){ 0 };
}

static bool has_runs(const struct scout *s)
{
	return s->first_run < s->end_run &&
	       run_at(s, s->end_run - 1)->chunk == s->end_chunk;
}

bool scout_make_room(struct scout *s)
{
	struct reader *r = s->reader;
	const uint8_t *from = r->buf + r->pos;
	size_t left = r->end - r->pos;

	/* reader_fill leaves them alone while half of the room is free */
	if (r->cap - r->end >= r->cap / 2)
		return true;
	if (s->chunk_bytes >= SCOUT_BYTES || left > SCOUT_CHUNK / 2)
		return false;
	if (has_runs(s))
		push_chunk(s);
	memmove(r->buf, from, left);
	r->offset += r->pos;
	r->pos = 0;
	r->end = left;
	return true;
}

/* The chunks before that of the first run are used up. */
static void give_up_chunks(struct scout *s)
{
	uint64_t needed = s->first_run < s->end_run ?
				  run_at(s, s->first_run)->chunk :
				  s->end_chunk;

	for (; s->first_chunk < needed; s->first_chunk++) {
		struct chunk *c = chunk_at(s, s->first_chunk);

		s->chunk_bytes -= c->cap;
		free(s->spare.buf);
		s->spare = *c;
	}
}

/* ---- taking -------------------------------------------------------------- */

bool scout_take(struct scout *s, bool force, struct scout_taken *ret_taken)
{
	const struct stretch *run;

	if (s->is_joined)
		s->to_take = s->to_take ? s->to_take : 1;
	else
		give_up_chunks(s);
	if (!s->to_take && (force || scout_is_full(s)))
		s->to_take = s->limit;
	if (!s->to_take || s->first_run == s->end_run) {
		s->to_take = 0;
		return false;
	}
	run = run_at(s, s->first_run++);
	s->to_take -= run->nr < s->to_take ? run->nr : s->to_take;
	s->nr -= run->nr;
	s->long_bytes -= run->long_bytes;
	s->is_joined = run->is_joined;
	*ret_taken = (struct scout_taken){
		.run = { .at = run->at, .time = run->time, .nr = run->nr },
		.is_untidy = run->is_untidy,
		.is_joined = run->is_joined,
	};
	return true;
}
