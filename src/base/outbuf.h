/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes on their way into a file descriptor, through a large buffer.
 *
 *	struct outbuf out;
 *	outbuf_init(&out, fd);
 *	char *p = outbuf_room(&out, 64);
 *	p += ...;			at most 64 bytes
 *	outbuf_took(&out, p);
 *	r = outbuf_flush(&out);
 *	outbuf_release(&out);
 *
 * The first failed write is kept: outbuf_flush returns it, then and later,
 * and what comes after it is thrown away.
 */
#ifndef BASE_OUTBUF_H
#define BASE_OUTBUF_H

#include <stddef.h>
#include <stdint.h>

#define OUTBUF_SIZE	(256u << 10)

struct outbuf {
	char *buf;
	size_t nr;		/* bytes in buf */
	uint64_t nr_written;	/* bytes that left it */
	int fd;			/* not owned */
	int error;		/* negative errno, 0 = none */
};

void outbuf_init(struct outbuf *out, int fd);
/* Does not flush. */
void outbuf_release(struct outbuf *out);

/* Writes all of it.  Returns 0 or a negative errno (-EPIPE, -ENOSPC, ...). */
int outbuf_flush(struct outbuf *out);

/* As outbuf_room, when there may be none. */
char *outbuf_make_room(struct outbuf *out, size_t len);

/* Where @len bytes, at most OUTBUF_SIZE, can be put. */
static inline char *outbuf_room(struct outbuf *out, size_t len)
{
	if (OUTBUF_SIZE - out->nr < len)
		return outbuf_make_room(out, len);
	return out->buf + out->nr;
}

/* The bytes from outbuf_room's result to @end were filled. */
static inline void outbuf_took(struct outbuf *out, const char *end)
{
	out->nr = (size_t)(end - out->buf);
}

/* Adds @len bytes, however many. */
void outbuf_add(struct outbuf *out, const void *bytes, size_t len);

void outbuf_printf(struct outbuf *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
