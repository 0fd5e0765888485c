/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/analyze/reader.h"
#include "src/base/xalloc.h"

void reader_init(struct reader *reader, int fd, size_t buf_bytes,
		 struct source_file *file, struct damage *damage)
{
	*reader = (struct reader){
		.fd = fd, .file = file, .damage = damage,
		.buf = xmalloc(buf_bytes), .cap = buf_bytes,
	};
}

void reader_release(struct reader *reader)
{
	if (reader->fd > STDIN_FILENO)
		(void)close(reader->fd);
	reader->fd = -1;
	unpack_free(reader->unpack);
	reader->unpack = NULL;
	free(reader->buf);
	reader->buf = NULL;
}

static uint64_t here(const struct reader *r)
{
	return r->offset + r->pos;
}

enum look {
	LOOK_NO,
	LOOK_YES,
	LOOK_MORE,	/* bytes that are not read yet decide it */
};

/*
 * Is there a header at buf[at], of a record that is followed by another
 * header or by the end of the file?  Four chance bytes are too easily a magic
 * number.  What is found must not depend on where the buffer ends: so it is
 * not guessed when the bytes behind the record are not known yet.
 */
static enum look look_at(const struct reader *r, size_t at)
{
	size_t left = r->end - at;
	struct blk_rec rec;
	enum blk_bad bad;
	ssize_t n;

	if (!blk_is_header(r->buf + at, left))
		return LOOK_NO;
	n = blk_decode(r->buf + at, left, &rec, &bad);
	if (n < 0)
		return !r->is_eof && bad == BLK_BAD_SHORT ? LOOK_MORE :
							    LOOK_NO;
	if (rec.cpu >= SOURCE_CPU_MAX)
		return LOOK_NO;
	if (left - (size_t)n < sizeof(uint32_t))
		return r->is_eof ? LOOK_YES : LOOK_MORE;
	return blk_is_header(r->buf + at + n, left - (size_t)n) ? LOOK_YES :
								  LOOK_NO;
}

static void begin_search(struct reader *r)
{
	r->is_lost = true;
	r->bad_from = here(r);
	memcpy(&r->bad_word, r->buf + r->pos, sizeof(r->bad_word));
	r->pos++;
}

/* A place from @offset up to here. */
static struct damage_place place_of(const struct reader *r,
				    enum damage_kind kind, uint64_t offset)
{
	return (struct damage_place){
		.kind = kind, .path = r->file->path, .offset = offset,
		.bytes = here(r) - offset,
	};
}

static void end_search(struct reader *r, const char *how)
{
	const struct damage_place place = place_of(r, DAMAGE_HEADER,
						   r->bad_from);

	r->is_lost = false;
	r->file->nr_bad++;
	damage_at(r->damage, &place,
		  "%s: offset %" PRIu64 ": no record header but %#x; %" PRIu64
		  " bytes %s", r->file->path, r->bad_from, r->bad_word,
		  here(r) - r->bad_from, how);
}

/* 0 when a header was found, -EAGAIN, or -ENODATA. */
static int search(struct reader *r)
{
	while (r->end - r->pos >= BLK_V7_SIZE) {
		enum look found = look_at(r, r->pos);

		if (found == LOOK_MORE)
			return -EAGAIN;
		if (found == LOOK_YES) {
			end_search(r, "are skipped");
			return 0;
		}
		if (here(r) - r->bad_from >= READER_RESYNC) {
			end_search(r, "later none was found, and the rest of"
				   " the file is not read");
			r->pos = r->end;
			r->is_eof = true;
			return -ENODATA;
		}
		r->pos++;
	}
	if (!r->is_eof)
		return -EAGAIN;
	r->pos = r->end;
	end_search(r, "up to the end are not read");
	return -ENODATA;
}

/*
 * The last bytes are less than a record.  Either the end is cut off, or a
 * damaged length points behind it while good records follow.
 */
static int take_tail(struct reader *r)
{
	size_t left = r->end - r->pos;
	struct damage_place place;

	if (!left)
		return -ENODATA;
	for (size_t at = r->pos + 1; at + BLK_V7_SIZE <= r->end; at++) {
		if (look_at(r, at) == LOOK_YES) {
			begin_search(r);
			return -EBADMSG;
		}
	}
	r->file->nr_bad++;
	place = place_of(r, DAMAGE_CUT, here(r));
	place.bytes = left;
	damage_at(r->damage, &place, "%s: offset %" PRIu64 ": the last record"
		  " is cut off after %zu bytes", r->file->path, place.offset,
		  left);
	r->pos = r->end;
	return -ENODATA;
}

/* A whole record that must not be handed on. */
static bool is_unfit(struct reader *r, const struct blk_rec *rec)
{
	struct damage_place place = place_of(r, DAMAGE_CPU, here(r));
	int cpu = r->file->cpu;

	if (cpu >= 0 ? rec->cpu == (uint32_t)cpu : rec->cpu < SOURCE_CPU_MAX)
		return false;
	r->file->nr_bad++;
	place.bytes = blk_size(rec);
	if (cpu >= 0)
		damage_at(r->damage, &place, "%s: offset %" PRIu64
			  ": a record of CPU %u in the file of CPU %d is left"
			  " out", r->file->path, here(r), rec->cpu, cpu);
	else
		damage_at(r->damage, &place, "%s: offset %" PRIu64
			  ": a record of CPU %u is left out: there is no such"
			  " CPU", r->file->path, here(r), rec->cpu);
	return true;
}

int reader_next(struct reader *r, struct blk_rec *ret_rec)
{
	enum blk_bad bad;
	ssize_t n;
	int err;

	for (;;) {
		if (r->is_lost) {
			err = search(r);
			if (err)
				return err;
		}
		n = blk_decode(r->buf + r->pos, r->end - r->pos, ret_rec,
			       &bad);
		if (n > 0) {
			bool unfit = is_unfit(r, ret_rec);

			r->pos += (size_t)n;
			if (unfit)
				continue;
			r->file->nr_records++;
			return 0;
		}
		if (bad != BLK_BAD_SHORT) {
			begin_search(r);
		} else if (!r->is_eof) {
			return -EAGAIN;
		} else {
			err = take_tail(r);
			if (err == -ENODATA)
				return err;
		}
	}
}

/* Makes room behind the bytes; false if there can be none. */
static bool make_room(struct reader *r, size_t keep)
{
	size_t left = r->end - keep;

	if (keep) {
		memmove(r->buf, r->buf + keep, left);
		r->offset += keep;
		r->pos -= keep;
		r->end = left;
	}
	if (r->cap - r->end < r->cap / 2 && r->cap < READER_BUF_MAX) {
		r->cap *= 2;
		r->buf = xreallocarray(r->buf, r->cap, 1);
	}
	return r->end < r->cap;
}

/* Reads as read(2) does; returns a negative errno. */
static ssize_t read_bytes(struct reader *r)
{
	uint8_t *to = r->buf + r->end;
	size_t room = r->cap - r->end;
	struct damage_place place;
	const char *why;
	ssize_t n;

	if (!r->unpack) {
		n = read(r->fd, to, room);
		return n < 0 ? -errno : n;
	}
	n = unpack_read(r->unpack, r->fd, to, room, &why);
	if (!why)
		return n;
	r->file->nr_bad++;
	place = (struct damage_place){
		.kind = DAMAGE_ZSTD, .path = r->file->path,
		.offset = r->offset + r->end + (n > 0 ? (uint64_t)n : 0),
	};
	damage_at(r->damage, &place, "%s: bad zstd data behind unpacked offset"
		  " %" PRIu64 ": %s%s", r->file->path, place.offset, why,
		  n ? "; reading goes on with the next frame" : "");
	return n;
}

/* The first bytes say whether it is compressed. */
static int begin(struct reader *r, struct err *err)
{
	int e;

	if (r->end < UNPACK_MAGIC_SIZE && !r->is_eof)
		return 0;
	r->has_begun = true;
	if (!unpack_is_packed(r->buf, r->end))
		return 0;
	e = unpack_new(r->buf, r->end, r->file->path, &r->unpack, err);
	if (e)
		return e;
	r->file->nr_bytes -= r->end;
	r->end = 0;
	return -EAGAIN;
}

bool reader_has_bytes(const struct reader *r)
{
	return r->unpack && unpack_has_bytes(r->unpack);
}

ssize_t reader_fill(struct reader *r, size_t keep, struct err *err)
{
	ssize_t n;
	int e;

	if (r->is_eof)
		return 0;
	if (!make_room(r, keep))
		return -ENOBUFS;
	n = read_bytes(r);
	if (n == -EINTR || n == -EAGAIN)
		return n;
	if (n < 0)
		return err_set_errno(err, (int)n, "%s: read", r->file->path);
	if (!n)
		r->is_eof = true;
	r->end += (size_t)n;
	r->file->nr_bytes += (uint64_t)n;
	if (!r->has_begun) {
		e = begin(r, err);
		if (e)
			return e;
	}
	return n;
}
