/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "src/base/xalloc.h"
#include "src/record/sink.h"

int sink_open(struct sink *sink, const char *path, size_t size,
	      unsigned int version, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	int r = 0;

	if (fd < 0)
		return err_set_errno(err, -errno, "%s: cannot create", path);
	/* Where a file system has no locks, it goes without. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		r = err_set(err, -EBUSY,
			    "%s: another recording is writing it", path);
	else if (ftruncate(fd, 0) < 0 && errno != EINVAL)	/* a pipe */
		r = err_set_errno(err, -errno, "%s: cannot empty", path);
	if (r) {
		(void)close(fd);
		return r;
	}
	sink_open_fd(sink, fd, path, size, version);
	sink->is_pipe = false;
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
	};
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

/* @done bytes of the buffer are written, then came @code. */
static int write_failed(struct sink *sink, size_t done, int code,
			struct err *err)
{
	size_t whole = whole_records(sink->buf, done);

	sink->error = code;
	if (!sink->is_pipe && whole < done)
		(void)ftruncate(sink->fd, (off_t)(sink->offset + whole));
	sink->offset += whole;
	return err_set_errno(err, code,
			     "%s: write failed at offset %" PRIu64,
			     sink->path, sink->offset);
}

int sink_flush(struct sink *sink, struct err *err)
{
	size_t done = 0;

	if (sink->error)
		return err_set_errno(err, sink->error,
				     "%s: write failed at offset %" PRIu64,
				     sink->path, sink->offset);
	while (done < sink->used) {
		ssize_t n = write(sink->fd, sink->buf + done,
				  sink->used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return write_failed(sink, done, n ? -errno : -EIO,
					    err);
		done += (size_t)n;
	}
	sink->offset += sink->used;
	sink->used = 0;
	return 0;
}

int sink_put(struct sink *sink, const struct blk_rec *rec, struct err *err)
{
	ssize_t n = -ENOSPC;
	int r;

	if (!sink->error)
		n = blk_encode(rec, sink->version, false,
			       sink->buf + sink->used,
			       sink->size - sink->used);
	if (n < 0) {
		r = sink_flush(sink, err);
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
	return 0;
}

int sink_close(struct sink *sink, struct err *err)
{
	int r = 0;

	if (!sink->path)
		return 0;
	if (!sink->error)
		r = sink_flush(sink, err);
	if (close(sink->fd) < 0 && !r && !sink->error)
		r = err_set_errno(err, -errno, "%s: close failed",
				  sink->path);
	free(sink->path);
	free(sink->buf);
	*sink = (struct sink){ .fd = -1 };
	return r;
}
