/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Advance widths of ASCII from blank to "~", in hundredths of the size, of
 * DejaVu Sans and DejaVu Sans Bold (measured with cairo 1.16).  It is one of
 * the widest fonts in use, so what fits by this table fits in others too.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "plots/textwidth.h"
#include "src/base/xalloc.h"

#define FIRST	32
#define LAST	126

static const uint8_t widths[2][LAST - FIRST + 1] = {
	{
		32, 40, 46, 84, 64, 95, 78, 28, 39, 39, 50, 84,
		32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
		64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70,
		77, 63, 58, 78, 75, 30, 30, 66, 56, 86, 75, 79,
		60, 79, 70, 64, 61, 73, 68, 99, 69, 61, 69, 39,
		34, 39, 84, 50, 50, 61, 64, 55, 64, 62, 35, 64,
		63, 28, 28, 58, 28, 97, 63, 61, 64, 64, 41, 52,
		39, 63, 59, 82, 59, 59, 53, 64, 34, 64, 84,
	},
	{
		35, 46, 52, 84, 70, 100, 87, 31, 46, 46, 52, 84,
		38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70,
		70, 70, 40, 40, 84, 84, 84, 58, 100, 77, 76, 73,
		83, 68, 68, 82, 84, 37, 37, 78, 64, 100, 84, 85,
		73, 85, 77, 72, 68, 81, 77, 110, 77, 72, 73, 46,
		37, 46, 84, 50, 50, 68, 72, 59, 72, 68, 44, 72,
		71, 34, 34, 67, 34, 104, 71, 69, 72, 72, 49, 60,
		48, 71, 65, 92, 65, 65, 58, 71, 37, 71, 84,
	},
};

/* The character at *@p, which then points behind it.  Not UTF-8: a byte. */
static uint32_t next_char(const char **p)
{
	const unsigned char *s = (const unsigned char *)*p;
	unsigned int more = *s >= 0xf0 ? 3 : *s >= 0xe0 ? 2 : *s >= 0xc0;
	uint32_t c = more ? *s & (0x3fu >> more) : *s;

	(*p)++;
	for (unsigned int i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return *s;
		c = c << 6 | (s[i] & 0x3f);
	}
	*p += more;
	return c;
}

static double char_width(uint32_t c, bool is_bold)
{
	if (c >= FIRST && c <= LAST)
		return widths[is_bold][c - FIRST];
	if (c == 0xb7)
		return 38;	/* middle dot */
	if (c == 0x2026)
		return 100;	/* ellipsis */
	return c < 0x400 ? 75 : 100;
}

double text_width(const char *text, double size, bool is_bold)
{
	double w = 0;

	while (*text)
		w += char_width(next_char(&text), is_bold);
	return w * size / 100;
}

char *text_fit(const char *text, double size, bool is_bold, double room)
{
	static const char dots[] = "\xe2\x80\xa6";
	double w = text_width(dots, size, is_bold);
	const char *p = text;

	if (text_width(text, size, is_bold) <= room)
		return xstrdup(text);
	while (*p) {
		const char *next = p;

		w += char_width(next_char(&next), is_bold) * size / 100;
		if (w > room)
			break;
		p = next;
	}
	return xasprintf("%.*s%s", (int)(p - text), text, dots);
}
