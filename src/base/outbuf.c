/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/outbuf.h"
#include "src/base/xalloc.h"

void outbuf_init(struct outbuf *out, int fd)
{
	*out = (struct outbuf){ .buf = xmalloc(OUTBUF_SIZE), .fd = fd };
}

void outbuf_release(struct outbuf *out)
{
	free(out->buf);
	*out = (struct outbuf){ .fd = -1 };
}

int outbuf_flush(struct outbuf *out)
{
	size_t done = 0;

	while (done < out->nr && !out->error) {
		ssize_t n = write(out->fd, out->buf + done, out->nr - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			out->error = -errno;
	}
	out->nr_written += done;
	out->nr = 0;
	return out->error;
}

char *outbuf_make_room(struct outbuf *out, size_t len)
{
	assert(len <= OUTBUF_SIZE);
	if (OUTBUF_SIZE - out->nr < len)
		(void)outbuf_flush(out);
	return out->buf + out->nr;
}

void outbuf_add(struct outbuf *out, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		size_t part = OUTBUF_SIZE - out->nr;

		if (!part) {
			(void)outbuf_flush(out);
			continue;
		}
		if (part > len)
			part = len;
		memcpy(out->buf + out->nr, p, part);
		out->nr += part;
		p += part;
		len -= part;
	}
}

void outbuf_printf(struct outbuf *out, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		outbuf_add(out, text, (size_t)n < sizeof(text) ?
			   (size_t)n : sizeof(text) - 1);
}
