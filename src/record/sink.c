/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/note.h"
#include "src/base/xalloc.h"
#include "src/record/sink.h"

/* Opens or creates: is_new says which. */
static int open_file(const char *path, bool *ret_is_new)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	*ret_is_new = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	return fd;
}

int sink_open(struct sink *sink, const char *path, size_t size,
	      unsigned int version, struct err *err)
{
	bool is_new;
	int fd = open_file(path, &is_new);

	if (fd < 0)
		return err_set_errno(err, -errno, "%s: cannot create", path);
	/* Where a file system has no locks, it goes without. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		(void)close(fd);
		return err_set(err, -EBUSY,
			       "%s: another recording is writing it", path);
	}
	sink_open_fd(sink, fd, path, size, version);
	sink->is_pipe = false;
	sink->is_begun = false;
	sink->is_new = is_new;
	return 0;
}

void sink_open_fd(struct sink *sink, int fd, const char *name, size_t size,
		  unsigned int version)
{
	*sink = (struct sink){
		.path = xstrdup(name),
		.buf = xmalloc(size),
		.size = size,
		.version = version,
		.fd = fd,
		.is_pipe = true,
		.is_begun = true,
	};
}

int sink_begin(struct sink *sink, struct err *err)
{
	if (sink->is_begun)
		return 0;
	sink->is_begun = true;
	if (ftruncate(sink->fd, 0) < 0 && errno != EINVAL)	/* a pipe */
		return err_set_errno(err, -errno, "%s: cannot empty",
				     sink->path);
	return 0;
}

bool sink_is_event(const struct blk_rec *rec)
{
	unsigned int code = blk_code(rec);

	return !blk_is_notify(rec) ||
	       (code >= NOTE_CODE_EVENTS && code <= NOTE_CODE_LAST);
}

/* The end of the last whole record among the first @len bytes. */
static size_t whole_records(const uint8_t *buf, size_t len)
{
	struct blk_rec rec;
	size_t pos = 0;
	ssize_t n;

	while ((n = blk_decode(buf + pos, len - pos, &rec, NULL)) > 0)
		pos += (size_t)n;
	return pos;
}

static int say_failed(const struct sink *sink, struct err *err)
{
	if (sink->error == -ENOENT)
		return err_set(err, sink->error, "%s: it was removed while it"
			       " was written", sink->path);
	return err_set_errno(err, sink->error,
			     "%s: write failed at offset %" PRIu64,
			     sink->path, sink->offset);
}

/* @len bytes were put behind the file's end. */
static void advance(struct sink *sink, size_t len)
{
	if (len >= SINK_STEP || (len && sink->pack))
		sink->last_at = sink->offset;
	sink->offset += len;
}

void sink_drop(struct sink *sink, const struct blk_rec *rec)
{
	struct note note;

	if (sink_is_event(rec))
		sink->nr_unwritten++;
	else if (!note_decode(rec, &note) && note.id == NOTE_LOSS)
		sink->nr_untold += note.loss.count;
}

static void drop_rest(struct sink *sink, size_t pos)
{
	struct blk_rec rec;
	ssize_t n;

	while ((n = blk_decode(sink->buf + pos, sink->used - pos, &rec,
			       NULL)) > 0) {
		sink_drop(sink, &rec);
		pos += (size_t)n;
	}
	sink->used = 0;
}

/* @done bytes of @sink->buf, or of its frame, are written, then came @code. */
static int write_failed(struct sink *sink, size_t done, int code,
			struct err *err)
{
	size_t whole = whole_records(sink->buf, sink->pack ? 0 : done);

	sink->error = code;
	if (!sink->is_pipe && done)
		(void)ftruncate(sink->fd, (off_t)(sink->offset + whole));
	drop_rest(sink, whole);
	advance(sink, whole);
	return say_failed(sink, err);
}

/* A file without a name is gone once it is closed. */
static bool is_removed(const struct sink *sink)
{
	struct stat st;

	return !sink->is_pipe && !fstat(sink->fd, &st) && !st.st_nlink;
}

static int write_out(struct sink *sink, const uint8_t *bytes, size_t len,
		     struct err *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(sink->fd, bytes + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return write_failed(sink, done, n ? -errno : -EIO,
					    err);
		done += (size_t)n;
	}
	advance(sink, len);
	sink->used = 0;
	return 0;
}

int sink_flush(struct sink *sink, struct err *err)
{
	const void *bytes = sink->buf;
	size_t len = sink->used;
	int r = sink->error ? say_failed(sink, err) : sink_begin(sink, err);

	if (r)
		return r;
	if (is_removed(sink)) {
		sink->error = -ENOENT;
		sink->nr_unwritten = sink->nr_events;
		sink->used = 0;
		return say_failed(sink, err);
	}
	if (sink->pack && len) {
		ssize_t n = pack_frame(sink->pack, sink->buf, len, &bytes);

		if (n < 0)
			return write_failed(sink, 0, (int)n, err);
		len = (size_t)n;
	}
	return write_out(sink, bytes, len, err);
}

int sink_sync(struct sink *sink, struct err *err)
{
	int r = sink_flush(sink, err);

	if (r || sink->is_pipe || !fdatasync(sink->fd) || errno == EINVAL)
		return r;
	/* The kernel does not say which of the pages it lost. */
	sink->error = -errno;
	return err_set_errno(err, sink->error, "%s: what was written may not"
			     " be on the device", sink->path);
}

int sink_put(struct sink *sink, const struct blk_rec *rec, struct err *err)
{
	ssize_t n = -ENOSPC;
	int r;

	if (sink->error)
		sink_drop(sink, rec);
	else
		n = blk_encode(rec, sink->version, false,
			       sink->buf + sink->used,
			       sink->size - sink->used);
	if (n < 0) {
		bool is_failed = sink->error;

		r = sink_flush(sink, err);
		if (r && !is_failed)
			sink_drop(sink, rec);
		if (r)
			return r;
		n = blk_encode(rec, sink->version, false, sink->buf,
			       sink->size);
		if (n < 0)
			return err_set_errno(err, (int)n, "%s: cannot encode",
					     sink->path);
	}
	sink->used += (size_t)n;
	sink->nr_bytes += (uint64_t)n;
	sink->nr_events += sink_is_event(rec);
	return 0;
}

int sink_close(struct sink *sink, struct err *err)
{
	int r = 0;

	if (!sink->path)
		return 0;
	if (sink->is_begun && !sink->error)
		r = sink_flush(sink, err);
	if (sink->is_new && !sink->is_begun)
		(void)unlink(sink->path);
	if (close(sink->fd) < 0 && !r && !sink->error)
		r = err_set_errno(err, -errno, "%s: close failed",
				  sink->path);
	free(sink->path);
	free(sink->buf);
	*sink = (struct sink){ .fd = -1, .nr_unwritten = sink->nr_unwritten };
	return r;
}
