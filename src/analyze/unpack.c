/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/analyze/unpack.h"
#include "src/base/xalloc.h"

/* RFC 8878, 3.1.1: the magic number, little-endian */
static const uint8_t magic[UNPACK_MAGIC_SIZE] = { 0x28, 0xb5, 0x2f, 0xfd };

bool unpack_is_packed(const void *bytes, size_t len)
{
	return len >= sizeof(magic) && !memcmp(bytes, magic, sizeof(magic));
}

#ifdef HAVE_ZSTD
#include <zstd.h>

struct unpack {
	ZSTD_DStream *stream;
	ZSTD_inBuffer in;
	uint8_t *buf;		/* of in */
	size_t cap;
	size_t search_from;	/* in buf, if what it reads is damaged */
	bool is_in_frame;
	bool is_lost;		/* looking for the next frame */
	bool is_full;		/* the last output had no room left */
};

int unpack_new(const void *bytes, size_t len, const char *path,
	       struct unpack **ret_unpack, struct err *err)
{
	struct unpack *u = xcalloc(1, sizeof(*u));

	u->stream = ZSTD_createDStream();
	if (!u->stream) {
		free(u);
		return err_set(err, -ENOMEM, "%s: no memory to unpack it",
			       path);
	}
	(void)ZSTD_DCtx_setParameter(u->stream, ZSTD_d_windowLogMax,
				     UNPACK_WINDOW_LOG);
	u->cap = len > ZSTD_DStreamInSize() ? len : ZSTD_DStreamInSize();
	u->buf = xmalloc(u->cap);
	memcpy(u->buf, bytes, len);
	u->in = (ZSTD_inBuffer){ .src = u->buf, .size = len };
	u->search_from = 1;
	*ret_unpack = u;
	return 0;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	(void)ZSTD_freeDStream(u->stream);
	free(u->buf);
	free(u);
}

bool unpack_has_bytes(const struct unpack *u)
{
	return u->in.pos < u->in.size || u->is_full;
}

/*
 * Goes to the next frame of what is in the buffer: the four bytes of a magic
 * number are hardly ever inside of one.  The last three bytes are kept.
 */
static void search(struct unpack *u)
{
	size_t at = u->search_from;

	while (at + sizeof(magic) <= u->in.size &&
	       !unpack_is_packed(u->buf + at, u->in.size - at))
		at++;
	u->is_lost = at + sizeof(magic) > u->in.size;
	if (u->is_lost) {
		size_t left = at < u->in.size ? u->in.size - at : 0;

		memmove(u->buf, u->buf + u->in.size - left, left);
		u->in.pos = u->in.size = left;
		u->search_from = 0;
		return;
	}
	u->in.pos = at;
	u->search_from = at + 1;
	u->is_in_frame = false;
	(void)ZSTD_DCtx_reset(u->stream, ZSTD_reset_session_only);
}

/* Bytes that were made, perhaps 0. */
static ssize_t decompress(struct unpack *u, void *buf, size_t size,
			  const char **ret_why)
{
	ZSTD_outBuffer out = { .dst = buf, .size = size };
	size_t n;

	while (unpack_has_bytes(u) && out.pos < out.size) {
		n = ZSTD_decompressStream(u->stream, &out, &u->in);
		u->is_full = out.pos == out.size;
		if (ZSTD_isError(n)) {
			*ret_why = ZSTD_getErrorName(n);
			u->is_full = false;
			search(u);
			return (ssize_t)out.pos;
		}
		u->is_in_frame = n != 0;
		if (!n)
			u->search_from = u->in.pos + 1;
	}
	return (ssize_t)out.pos;
}

ssize_t unpack_read(struct unpack *u, int fd, void *buf, size_t size,
		    const char **ret_why)
{
	size_t left = u->is_lost ? u->in.size : 0;
	ssize_t n;

	*ret_why = NULL;
	if (!unpack_has_bytes(u)) {
		n = read(fd, u->buf + left, u->cap - left);
		if (n < 0)
			return -errno;
		if (!n && u->is_in_frame && !u->is_lost)
			*ret_why = "they end inside a frame";
		if (!n)
			return 0;
		u->in.size = left + (size_t)n;
		u->in.pos = 0;
		if (u->is_lost)
			search(u);
		else
			u->search_from = u->is_in_frame ? 0 : 1;
	}
	n = decompress(u, buf, size, ret_why);
	return n ? n : -EAGAIN;
}
#else
struct unpack {
	char nothing;
};

int unpack_new(const void *bytes, size_t len, const char *path,
	       struct unpack **ret_unpack, struct err *err)
{
	(void)bytes;
	(void)len;
	(void)ret_unpack;
	return err_set(err, -ENOSYS, "%s: it is compressed with zstd, and this"
		       " iotape was built without libzstd; unpack it first:"
		       " zstd -d", path);
}

void unpack_free(struct unpack *u)
{
	(void)u;
}

bool unpack_has_bytes(const struct unpack *u)
{
	(void)u;
	return false;
}

ssize_t unpack_read(struct unpack *u, int fd, void *buf, size_t size,
		    const char **ret_why)
{
	(void)u;
	(void)fd;
	(void)buf;
	(void)size;
	*ret_why = NULL;
	return 0;
}
#endif
