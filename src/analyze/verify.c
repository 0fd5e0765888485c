/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/analyze/find.h"
#include "src/analyze/reader.h"
#include "src/analyze/source.h"
#include "src/analyze/verify_impl.h"
#include "src/base/xalloc.h"

#define BUFFER_BYTES	(256u << 10)

/* A record whose time is odd waits for the one behind it. */
struct held {
	uint8_t *bytes;		/* owned; BLK_REC_MAX of them, or NULL */
	size_t size;		/* 0 = none is held */
	uint64_t offset;
};

/* What is wrong, on its way to the sink. */
struct verify {
	const struct verify_sink *sink;
	struct verify_result result;
	struct find_list list;
	struct damage damage;
	struct verify_recording recording;
	/* of the file that is read */
	const char *path;
	struct verify_lanes lanes;
	struct held held;
	uint64_t last_time;	/* of the last good event */
	bool has_time;
	bool is_stopped;
};

static const struct kind {
	const char *name;
	const char *help;
	enum verify_weight weight;
} kinds[] = {
#define VERIFY_KIND(ID, name_, weight_, help_)				\
	[VERIFY_##ID] = { .name = (name_), .help = (help_),		\
			  .weight = VERIFY_IS_##weight_ },
#include "src/analyze/verify.def"
};

static_assert(ARRAY_SIZE(kinds) == VERIFY_MAX, "each kind needs a row");

const char *verify_name(enum verify_kind kind)
{
	return kinds[kind].name;
}

enum verify_weight verify_weight(enum verify_kind kind)
{
	return kinds[kind].weight;
}

const char *verify_help(enum verify_kind kind)
{
	return kinds[kind].help;
}

/* ---- findings ------------------------------------------------------------ */

static void found(struct verify *v, const struct verify_finding *f)
{
	v->result.findings[f->kind]++;
	v->result.counts[f->kind] += f->count;
	v->result.left_out_bytes += f->left_out;
	if (v->sink->finding)
		v->sink->finding(v->sink->ctx, f);
}

/* A finding of the lanes: nothing is left out for it. */
__attribute__((format(printf, 5, 6)))
static void say(void *ctx, enum verify_kind kind, uint64_t offset,
		uint64_t count, const char *fmt, ...)
{
	struct verify *v = ctx;
	char text[VERIFY_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	found(v, &(const struct verify_finding){
		.kind = kind, .path = v->path, .offset = offset,
		.count = count, .text = text });
}

static void on_damage(void *ctx, const struct damage_place *place,
		      const char *sentence)
{
	static const enum verify_kind of[] = {
		[DAMAGE_FILE] = VERIFY_FILE,
		[DAMAGE_HEADER] = VERIFY_HEADER,
		[DAMAGE_CUT] = VERIFY_CUT,
		[DAMAGE_CPU] = VERIFY_CPU,
		[DAMAGE_ZSTD] = VERIFY_ZSTD,
	};
	bool has_place = place->kind != DAMAGE_FILE;
	struct verify *v = ctx;
	const char *text = sentence;
	size_t len = place->path ? strlen(place->path) : 0;
	int n = 0;

	static_assert(ARRAY_SIZE(of) == DAMAGE_MAX, "each has its kind");
	/* the sentence begins with what the finding tells by itself */
	if (len && !strncmp(text, place->path, len))
		text += len + (text[len] == ':' ? 2 : 0);
	(void)sscanf(text, "offset %*u: %n", &n);
	v->result.left_out_records += place->kind == DAMAGE_CPU;
	found(v, &(const struct verify_finding){
		.kind = of[place->kind],
		.path = place->path,
		.offset = has_place ? place->offset : VERIFY_NOWHERE,
		.count = 1, .left_out = place->bytes, .text = text + n });
}

/* ---- records ------------------------------------------------------------- */

static void leave_out(struct verify *v, enum verify_kind kind, uint64_t offset,
		      size_t size, const char *text)
{
	v->result.left_out_records++;
	found(v, &(const struct verify_finding){
		.kind = kind, .path = v->path, .offset = offset, .count = 1,
		.left_out = size, .text = text });
}

static void look_at_note(struct verify *v, const struct blk_rec *rec,
			 const struct verify_say *to)
{
	struct note note;
	bool is_ours = !note_decode(rec, &note);

	if (!is_ours && blk_code(rec) > BLK_TN_MESSAGE)
		say(v, VERIFY_UNKNOWN, to->offset, 1,
		    "a note of the unknown code %#x", blk_code(rec));
	if (is_ours)
		verify_describe(&v->recording, &note);
	verify_lanes_note(&v->lanes, rec, is_ours ? &note : NULL, to);
}

/* A record that is not left out. */
static int take(struct verify *v, const struct blk_rec *rec, const void *bytes,
		uint64_t offset, struct err *err)
{
	const struct verify_say to = { .say = say, .ctx = v,
				       .offset = offset };

	if (verify_is_event(rec)) {
		v->last_time = rec->time;
		v->has_time = true;
		verify_lanes_event(&v->lanes, rec, &to);
		if (!blk_is_notify(rec))
			verify_meet(&v->recording, rec->device);
	} else {
		look_at_note(v, rec, &to);
	}
	v->result.records++;
	v->result.events += verify_is_event(rec);
	return v->sink->record ? v->sink->record(v->sink->ctx, bytes,
						 blk_size(rec), err) : 0;
}

static bool is_far(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) > VERIFY_JUMP_NS;
}

/*
 * The held record is judged by the one behind it, *@next (NULL = none): when
 * that one is near those before, the held one had a wrong time.
 */
static int judge_held(struct verify *v, const struct blk_rec *next,
		      struct err *err)
{
	char text[VERIFY_TEXT_MAX];
	struct held *held = &v->held;
	struct blk_rec rec;

	if (!held->size)
		return 0;
	(void)blk_decode(held->bytes, held->size, &rec, NULL);
	held->size = 0;
	if (!next || is_far(next->time, v->last_time))
		return take(v, &rec, held->bytes, held->offset, err);
	(void)snprintf(text, sizeof(text), "the time is %" PRIu64 ", more than"
		       " a day away from those before and behind: %" PRIu64
		       " and %" PRIu64, rec.time, v->last_time, next->time);
	leave_out(v, VERIFY_TIME, held->offset, blk_size(&rec), text);
	return 0;
}

static void hold(struct verify *v, const void *bytes, size_t size,
		 uint64_t offset)
{
	if (!v->held.bytes)
		v->held.bytes = xmalloc(BLK_REC_MAX);
	memcpy(v->held.bytes, bytes, size);
	v->held.size = size;
	v->held.offset = offset;
}

static int check_record(struct verify *v, const struct blk_rec *rec,
			const void *bytes, uint64_t offset, struct err *err)
{
	char text[VERIFY_TEXT_MAX];
	enum verify_kind kind;
	int r;

	if (verify_rules(&v->recording, rec, &kind, text)) {
		if (kind != VERIFY_DEVICE || v->recording.is_described) {
			leave_out(v, kind, offset, blk_size(rec), text);
			return 0;
		}
		/* who is the stranger nobody knows; each is told once */
		say(v, kind, offset, 1, "%s", text);
	}
	r = judge_held(v, rec, err);
	if (r < 0)
		return r;
	if (verify_is_event(rec) && v->has_time &&
	    is_far(rec->time, v->last_time)) {
		hold(v, bytes, blk_size(rec), offset);
		return 0;
	}
	return take(v, rec, bytes, offset, err);
}

/* ---- files --------------------------------------------------------------- */

static int read_records(struct verify *v, struct reader *r, struct err *err)
{
	struct blk_rec rec;
	ssize_t n;
	int e;

	while (!v->is_stopped && (e = reader_next(r, &rec)) != -ENODATA) {
		if (!e) {
			size_t size = blk_size(&rec);

			e = check_record(v, &rec, r->buf + r->pos - size,
					 r->offset + r->pos - size, err);
			if (e < 0)
				return e;
			continue;
		}
		if (v->sink->is_ended && v->sink->is_ended(v->sink->ctx))
			v->is_stopped = true;
		n = reader_fill(r, r->pos, err);
		if (n < 0 && n != -EAGAIN && n != -EINTR)
			return (int)n;
	}
	return judge_held(v, NULL, err);
}

static void end_file(struct verify *v)
{
	const struct verify_say to = { .say = say, .ctx = v };

	if (!v->is_stopped)
		verify_lanes_end(&v->lanes, v->recording.has_host, &to);
	verify_lanes_release(&v->lanes);
	v->has_time = false;
	v->path = NULL;
}

static int check_file(struct verify *v, const struct find_file *found_file,
		      struct err *err)
{
	struct source_file file = { .path = found_file->path,
				    .cpu = found_file->cpu };
	const char *label = v->list.labels[found_file->recording];
	bool is_stdin = !strcmp(file.path, "-");
	struct reader reader;
	int fd = is_stdin ? STDIN_FILENO :
			    open(file.path, O_RDONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0) {
		damage_add(&v->damage, "%s: it cannot be read: %s", file.path,
			   strerror(errno));
		return 0;
	}
	v->path = file.path;
	v->recording.is_stream = !label;
	v->lanes.is_stream = file.cpu < 0;
	if (v->sink->file)
		r = v->sink->file(v->sink->ctx, file.path, label, file.cpu,
				  err);
	reader_init(&reader, fd, BUFFER_BYTES, &file, &v->damage);
	if (!r)
		r = read_records(v, &reader, err);
	v->result.files++;
	v->result.bytes += file.nr_bytes;
	reader_release(&reader);
	end_file(v);
	return r;
}

static void end_recording(struct verify *v)
{
	for (size_t i = 0; i < v->recording.nr_devices; i++) {
		const struct verify_device *d = &v->recording.devices[i];

		if (d->is_recorded && !d->has_records && d->device)
			say(v, VERIFY_SILENT, VERIFY_NOWHERE, 1,
			    "device %u,%u was recorded, and nothing happened"
			    " on it", blk_major(d->device),
			    blk_minor(d->device));
	}
	if (v->recording.nr_devices == VERIFY_DEVICES_MAX)
		say(v, VERIFY_LIMIT, VERIFY_NOWHERE, 1, "%u devices or more:"
		    " further ones are not looked at", VERIFY_DEVICES_MAX);
	verify_recording_release(&v->recording);
}

static int check_files(struct verify *v, struct err *err)
{
	size_t recording = SIZE_MAX;
	int r = 0;

	for (size_t i = 0; i < v->list.nr_files && !r && !v->is_stopped; i++) {
		if (v->list.files[i].recording != recording)
			end_recording(v);
		recording = v->list.files[i].recording;
		r = check_file(v, &v->list.files[i], err);
	}
	end_recording(v);
	return r;
}

/* ---- I/Os ---------------------------------------------------------------- */

/* What is not a regular file can be read once. */
static bool has_pipe(const struct find_list *list)
{
	for (size_t i = 0; i < list->nr_files; i++) {
		const char *path = list->files[i].path;
		struct stat st;

		if (!strcmp(path, "-") ||
		    (!stat(path, &st) && !S_ISREG(st.st_mode)))
			return true;
	}
	return false;
}

static int read_lives(struct verify *v, struct source *src, struct life *life,
		      struct err *err)
{
	struct source_batch batch;
	struct note note;
	ssize_t n;

	while ((n = source_read(src, &batch, err)) != 0) {
		if (v->sink->is_ended && v->sink->is_ended(v->sink->ctx))
			return -EINTR;
		if (n < 0 && n != -EINTR)
			return (int)n;
		for (size_t i = 0; n > 0 && i < batch.nr; i++) {
			life_add(life, &batch.recs[i], 0);
			if (note_is_private(&batch.recs[i]) &&
			    !note_decode(&batch.recs[i], &note) &&
			    note.id == NOTE_LOSS)
				life_lost(life, note.loss.device);
		}
	}
	life_end(life);
	return 0;
}

static void say_unpaired(struct verify *v)
{
	const struct life_counts *c = &v->result.life;
	uint64_t ends = c->ios_in_flight + c->ios_expired;

	if (c->unmatched)
		say(v, VERIFY_UNPAIRED, VERIFY_NOWHERE, c->unmatched,
		    "%" PRIu64 " events belong to no I/O that is here",
		    c->unmatched);
	if (ends)
		say(v, VERIFY_UNPAIRED, VERIFY_NOWHERE, ends, "%" PRIu64
		    " of %" PRIu64 " I/Os have no end", ends, c->ios_begun);
}

static int check_lives(struct verify *v, const char *const *names, size_t nr,
		       const struct verify_options *opts, struct err *err)
{
	const struct source_options source = { .dir = opts->dir,
					       .has_companions = true };
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_(life_freep) struct life *life = NULL;
	int r;

	r = source_open(names, nr, &source, &src, err);
	if (r == -EBADMSG)
		return 0;	/* told already: it has no record at all */
	if (r)
		return r;
	life = life_new(&(const struct life_sink){ .ctx = v });
	r = read_lives(v, src, life, err);
	if (r == -EINTR)
		return 0;
	if (r)
		return r;
	v->result.life = *life_counts(life);
	v->result.is_paired = true;
	say_unpaired(v);
	return 0;
}

int verify_run(const char *const *names, size_t nr,
	       const struct verify_options *opts,
	       const struct verify_sink *sink,
	       struct verify_result *ret_result, struct err *err)
{
	struct verify v = { .sink = sink };
	int r = 0;

	v.damage.hook = on_damage;
	v.damage.ctx = &v;
	for (size_t i = 0; i < nr && !r; i++)
		r = find_files(names[i], opts->dir, true, &v.list, &v.damage,
			       err);
	if (!r)
		r = check_files(&v, err);
	if (!r && !v.is_stopped && v.result.records && !has_pipe(&v.list))
		r = check_lives(&v, names, nr, opts, err);
	if (!r)
		*ret_result = v.result;
	free(v.held.bytes);
	find_release(&v.list);
	damage_release(&v.damage);
	return r;
}
