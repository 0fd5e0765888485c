/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/labels.h"
#include "src/base/xalloc.h"

/*
 * Bytes of the character at @p: 0 if it is no UTF-8 (RFC 3629: overlong
 * forms, surrogates and numbers above 10FFFF are none).
 */
static size_t utf8_len(const unsigned char *p, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80	 ? 1
		   : p[0] < 0xc2 ? 0
		   : p[0] < 0xe0 ? 2
		   : p[0] < 0xf0 ? 3
		   : p[0] < 0xf5 ? 4
				 : 0;
	uint32_t c;

	if (n < 2 || n > len)
		return n > len ? 0 : n;
	c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return n;
}

/* U+0000 to 001F, 007F, and 0080 to 009F. */
static int is_control(const unsigned char *p, size_t n)
{
	return (n == 1 && (*p < ' ' || *p == 0x7f)) ||
	       (n == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

/* Returns the length of what is in @out. */
static size_t clean(const char *text, size_t len, char out[LABEL_MAX + 1])
{
	const unsigned char *p = (const unsigned char *)text;
	size_t nr = 0;

	while (len && *p) {
		size_t n = utf8_len(p, len);
		char piece[9];
		size_t nr_piece = n;

		if (!n || is_control(p, n)) {
			n = n ? n : 1;
			nr_piece = 0;
			for (size_t i = 0; i < n; i++)
				nr_piece += (size_t)snprintf(piece + nr_piece,
							     5, "\\x%02x",
							     p[i]);
		} else {
			memcpy(piece, p, n);
		}
		if (nr + nr_piece > LABEL_MAX)
			break;
		memcpy(out + nr, piece, nr_piece);
		nr += nr_piece;
		p += n;
		len -= n;
	}
	out[nr] = '\0';
	return nr;
}

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash(const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}

uint32_t labels_add(struct labels *labels, const char *text, size_t len)
{
	char buf[LABEL_MAX + 1];
	size_t nr = clean(text, len, buf);
	uint64_t *newest = map64_put(&labels->by_hash, hash(buf));

	for (uint32_t i = (uint32_t)*newest; i; i = labels->same[i - 1])
		if (!strcmp(labels->texts[i - 1], buf))
			return i;
	if (labels->nr >= LABELS_MAX)
		return 0;
	labels->texts = xgrow(labels->texts, labels->nr, &labels->cap,
			      sizeof(*labels->texts));
	labels->same = xgrow(labels->same, labels->nr, &labels->cap_same,
			     sizeof(*labels->same));
	labels->texts[labels->nr] = xstrndup(buf, nr);
	labels->same[labels->nr] = (uint32_t)*newest;
	return (uint32_t)(*newest = ++labels->nr);
}

const char *labels_text(const struct labels *labels, uint32_t number)
{
	return number && number <= labels->nr ? labels->texts[number - 1] : "";
}

void labels_release(struct labels *labels)
{
	for (size_t i = 0; i < labels->nr; i++)
		free(labels->texts[i]);
	free(labels->texts);
	free(labels->same);
	map64_release(&labels->by_hash);
	*labels = (struct labels){0};
}
