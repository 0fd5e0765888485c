/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "formats/note.h"
#include "src/analyze/act.h"
#include "src/analyze/input.h"
#include "src/base/xalloc.h"

/* A live record waits so long for earlier ones: 100 ms less some slack. */
#define LIVE_WAIT_MS	80u

static bool is_live_fd(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && !S_ISREG(st.st_mode) &&
	       !S_ISBLK(st.st_mode);
}

void input_init(struct input *in, int fd, size_t buf_bytes, uint32_t limit,
		const struct source_options *opts, uint16_t file,
		struct source_file *source_file, struct damage *damage)
{
	*in = (struct input){
		.limit = limit, .file = file,
		.is_stream = source_file->cpu < 0,
	};
	in->queue = xreallocarray(NULL, in->is_stream ? SCOUT_SORTED(limit) :
							limit,
				  sizeof(*in->queue));
	in->is_live = in->is_stream && is_live_fd(fd);
	in->has_early_notes = opts->notes_ahead || in->is_stream;
	in->has_late_messages = opts->has_late_messages;
	in->keeps_order = opts->keeps_order;
	if (in->is_stream)
		in->bytes = xmalloc(BATCH_BYTES);
	if (in->is_stream && buf_bytes < SCOUT_CHUNK)
		buf_bytes = SCOUT_CHUNK;
	reader_init(&in->reader, fd, buf_bytes, source_file, damage);
}

void input_release(struct input *in)
{
	scout_free(in->scout);
	in->scout = NULL;
	reader_release(&in->reader);
	window_free(in->window);
	in->window = NULL;
	free(in->queue);
	in->queue = NULL;
	free(in->bytes);
	in->bytes = NULL;
}

static bool is_early(const struct input *in, const struct blk_rec *rec)
{
	return act_is_early_note(rec) &&
	       !(in->has_late_messages && act_is_any_message(rec));
}

/* Takes the record at the queue's tail in, before those that are later. */
static void enqueue_tail(struct input *in)
{
	uint32_t i = in->tail++;
	struct blk_rec rec;

	if (in->queue[i].time >= in->last_time) {
		in->last_time = in->queue[i].time;
		return;
	}
	in->reader.file->nr_late++;
	rec = in->queue[i];
	for (; i > in->head && rec.time < in->queue[i - 1].time; i--)
		in->queue[i] = in->queue[i - 1];
	in->queue[i] = rec;
}

static void enqueue(struct input *in, const struct blk_rec *rec)
{
	in->queue[in->tail] = *rec;
	enqueue_tail(in);
}

/* Reads on without losing the payloads of the records in the queue. */
static ssize_t fill(struct input *in, size_t keep, struct err *err)
{
	uintptr_t old = (uintptr_t)in->reader.buf + keep;
	ssize_t n = reader_fill(&in->reader, keep, err);

	for (uint32_t i = in->head; i < in->tail; i++) {
		struct blk_rec *rec = &in->queue[i];

		if (rec->pdu_len)
			rec->pdu = in->reader.buf +
				   ((uintptr_t)rec->pdu - old);
	}
	return n;
}

/*
 * A per-CPU file: reads until @limit records are in the queue.  blkparse does
 * it like this, so its notes come when they come there.
 */
static int queue_file(struct input *in, struct batch *batch, struct err *err)
{
	struct blk_rec *rec;
	ssize_t n;
	int r;

	while (in->tail < in->limit) {
		if (!in->tail)
			in->keep = in->reader.pos;
		if (in->has_early_notes && batch_is_full(batch))
			return INPUT_FULL;
		rec = &in->queue[in->tail];
		r = reader_next(&in->reader, rec);
		if (r == -ENODATA) {
			in->is_done = true;
			break;
		}
		if (!r && in->has_early_notes && is_early(in, rec)) {
			batch_add(batch, rec, in->file);
			continue;
		}
		if (!r) {
			enqueue_tail(in);
			continue;
		}
		n = fill(in, in->keep, err);
		in->keep = 0;
		if (n == -EAGAIN)
			continue;
		if (n == -ENOBUFS)
			break;
		if (n < 0)
			return (int)n;
	}
	return INPUT_PRIMED;
}

/* True if a record need not go through the queue. */
static bool is_plain(const struct input *in, const struct blk_rec *rec)
{
	int cpu = in->reader.file->cpu;

	return rec->time >= in->last_time &&
	       !(blk_is_notify(rec) && in->has_early_notes) &&
	       (cpu >= 0 ? rec->cpu == (uint32_t)cpu :
			   rec->cpu < SOURCE_CPU_MAX);
}

/*
 * Looks at the next @limit records, which is what the queue would hold.
 * Returns 1 and where they end, if all of them are in order already; 0 if not;
 * or a negative errno.
 */
static int look_ahead(struct input *in, size_t *ret_end, struct err *err)
{
	struct reader *r = &in->reader;
	size_t pos = r->pos, size;
	struct blk_rec rec;
	ssize_t n;

	while (in->run.nr < in->limit) {
		size = blk_decode_native(r->buf + pos, r->end - pos, &rec);
		if (size) {
			if (!is_plain(in, &rec))
				return 0;
			in->last_time = rec.time;
			in->run.nr++;
			pos += size;
			continue;
		}
		if (r->is_eof || r->end - pos >= BLK_REC_MAX)
			break;
		pos -= r->pos;
		n = reader_fill(r, r->pos, err);
		if (n < 0 && n != -EAGAIN)
			return n == -ENOBUFS ? 0 : (int)n;
		pos += r->pos;
	}
	*ret_end = pos;
	return in->run.nr == in->limit ||
	       (r->is_eof && pos == r->end && in->run.nr);
}

/* Makes a run of them.  Returns as it does; if not 1, nothing has changed. */
static int find_run(struct input *in, struct err *err)
{
	struct reader *r = &in->reader;
	uint64_t last_time = in->last_time;
	size_t end = 0;
	int found;

	if (r->is_lost || !r->has_begun)
		return 0;
	found = look_ahead(in, &end, err);
	if (found != 1) {
		in->run.nr = 0;
		in->last_time = last_time;
		return found;
	}
	in->run.at = r->buf + r->pos;
	in->run.time = run_time(in->run.at);
	r->pos = end;
	r->file->nr_records += in->run.nr;
	return 1;
}

static int prime_file(struct input *in, struct batch *batch, struct err *err)
{
	int r = in->head == in->tail ? find_run(in, err) : 0;

	if (r)
		return r < 0 ? r : INPUT_PRIMED;
	return queue_file(in, batch, err);
}

/* ---- streams ------------------------------------------------------------- */

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static bool says_merged(const struct blk_rec *rec)
{
	struct note note;

	return !note_decode(rec, &note) && note.id == NOTE_HOST &&
	       (note.host.flags & NOTE_HOST_MERGED);
}

/*
 * Says something of the events right behind it.  In a stream in time order
 * its place is kept, whatever its time is: in a dump, notes have another
 * clock than events.
 */
static bool is_in_place(const struct input *in, const struct blk_rec *rec)
{
	return in->is_trusted && (rec->action == note_action(NOTE_CHARGE) ||
				  rec->action == note_action(NOTE_TAG) ||
				  rec->action == note_action(NOTE_TAGGED));
}

static void begin_stream(struct input *in, const struct blk_rec *first)
{
	in->has_begun = true;
	in->is_trusted = says_merged(first);
	if (in->is_trusted)
		return;
	if (in->is_live)
		in->window = window_new(LIVE_WAIT_MS, in->keeps_order);
	else
		in->scout = scout_new(&in->reader, in->limit,
				      in->keeps_order);
}

/* It is not in time order: from here on records are sorted. */
static void leave_scout(struct input *in)
{
	struct scout_taken taken;
	struct blk_rec rec;

	in->window = window_new(WINDOW_FOREVER, in->keeps_order);
	while (scout_take(in->scout, true, &taken)) {
		while (taken.run.nr) {
			run_next(&taken.run, &rec);
			window_push(in->window, &rec, 0);
		}
	}
	scout_free(in->scout);
	in->scout = NULL;
}

/* An event of a stream. */
static void add_event(struct input *in, const struct blk_rec *rec,
		      uint64_t now)
{
	if (in->scout && scout_add(in->scout, rec))
		return;
	if (in->scout)
		leave_scout(in);
	if (in->window)
		window_push(in->window, rec, now);
	else
		enqueue(in, rec);
}

/* True if what was read of a stream is enough to hand some of it on. */
static bool knows_enough(const struct input *in)
{
	return in->scout ? scout_is_full(in->scout) :
	       in->window ? window_is_full(in->window) :
			    in->tail == in->limit;
}

/*
 * Takes records from the buffer: notes to the batch, events to the scout or
 * the window or, if they are in order, to the queue.  Returns 0 when that is
 * full, -EAGAIN or -ENODATA when the buffer is used up, or INPUT_FULL.
 */
static int take_records(struct input *in, struct batch *batch)
{
	uint64_t now = in->is_live ? now_ms() : 0;
	struct blk_rec rec;
	int r;

	while (!knows_enough(in)) {
		if (batch_is_full(batch))
			return INPUT_FULL;
		if (in->scout)
			scout_scan(in->scout);
		if (in->scout && scout_is_full(in->scout))
			break;
		r = reader_next(&in->reader, &rec);
		if (r)
			return r;
		if (!in->has_begun)
			begin_stream(in, &rec);
		if (is_in_place(in, &rec)) {
			if (rec.time > in->last_time)
				rec.time = in->last_time;
			enqueue(in, &rec);
		} else if (is_early(in, &rec))
			batch_add(batch, &rec, in->file);
		else
			add_event(in, &rec, now);
	}
	return 0;
}

/* Makes a run of what the scout lets go, or fills the queue with it. */
static void drain_scout(struct input *in, bool force)
{
	struct scout_taken taken = { .is_joined = true };

	while (taken.is_joined && scout_take(in->scout, force, &taken)) {
		if (taken.is_untidy)
			in->tail = scout_sort(&taken, in->queue, in->tail);
		else
			in->run = taken.run;
	}
}

/* Moves what may leave the window into the queue. */
static void drain_window(struct input *in, bool force)
{
	uint64_t now = in->is_live ? now_ms() : 0;
	uint64_t nr_late = in->reader.file->nr_late;

	in->nr_bytes = 0;
	force = force || window_is_full(in->window);
	while (in->tail < in->limit &&
	       BATCH_BYTES - in->nr_bytes >= UINT16_MAX &&
	       window_pop(in->window, now, force, &in->queue[in->tail])) {
		struct blk_rec *rec = &in->queue[in->tail];

		if (rec->pdu_len) {
			rec->pdu = memcpy(in->bytes + in->nr_bytes, rec->pdu,
					  rec->pdu_len);
			in->nr_bytes += rec->pdu_len;
		}
		enqueue_tail(in);
	}
	/* what is late here, too, was counted when it came */
	in->reader.file->nr_late = nr_late + window_nr_late(in->window) -
				   in->nr_window_late;
	in->nr_window_late = window_nr_late(in->window);
}

/* Waits for bytes, at most until a record of the window has to leave. */
static int wait_for_bytes(struct input *in, struct err *err)
{
	struct pollfd p = { .fd = in->reader.fd, .events = POLLIN };
	uint64_t due = in->window ? window_due_ms(in->window) : UINT64_MAX;
	uint64_t now = now_ms();
	int timeout = due == UINT64_MAX ? -1 :
		      due <= now ? 0 : (int)(due - now);
	int r = poll(&p, 1, timeout);

	if (r < 0 && errno != EINTR)
		return err_set_errno(err, -errno, "%s: poll",
				     in->reader.file->path);
	return r < 0 ? -EINTR : r;
}

/* The buffer is used up.  1 when there are more bytes, 0 when time is up. */
static int read_stream(struct input *in, struct err *err)
{
	ssize_t n;
	int r;

	if (in->is_live && !reader_has_bytes(&in->reader)) {
		r = wait_for_bytes(in, err);
		if (r <= 0)
			return r;
	}
	if (in->scout && !scout_make_room(in->scout))
		leave_scout(in);
	n = fill(in, in->scout ? 0 : in->reader.pos, err);
	return n == -EAGAIN ? 0 : n < 0 ? (int)n : 1;
}

static int prime_stream(struct input *in, struct batch *batch,
			struct err *err)
{
	bool at_end = in->is_stopped;
	int r;

	for (;;) {
		if (in->scout)
			drain_scout(in, at_end);
		if (in->window)
			drain_window(in, at_end);
		if (!input_is_empty(in))
			return INPUT_PRIMED;
		if (at_end) {
			in->is_done = true;
			return INPUT_PRIMED;
		}
		r = take_records(in, batch);
		if (r == INPUT_FULL)
			return r;
		if (r == -ENODATA)
			at_end = true;
		if (r != -EAGAIN || in->tail)
			continue;
		if (in->is_live && batch->nr &&
		    !reader_has_bytes(&in->reader) &&
		    !(in->window && window_due_ms(in->window) <= now_ms()))
			return INPUT_WAITS;
		r = read_stream(in, err);
		if (r < 0)
			return r;
	}
}

int input_prime(struct input *in, struct batch *batch, struct err *err)
{
	if (in->head == in->tail)
		in->head = in->tail = 0;
	return in->is_stream ? prime_stream(in, batch, err) :
			       prime_file(in, batch, err);
}
