/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "plots/utf8.h"
#include "src/base/xalloc.h"

static const char unknown[] = "\xef\xbf\xbd";

/* Bytes of the character at @s, 0 if it is none that a picture may hold. */
static unsigned int char_length(const unsigned char *s)
{
	unsigned int len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c = s[0] & (0x7fu >> len);

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (unsigned int i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) ||
	    c > 0x10ffff)
		return 0;	/* more bytes than it needs; beyond Unicode */
	if (c < 0xa0 || (c >= 0xd800 && c < 0xe000) || c == 0xfffe ||
	    c == 0xffff)
		return 0;	/* controls, surrogates, no characters */
	return len;
}

char *utf8_clean(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	char *clean = xmalloc(strlen(text) * (sizeof(unknown) - 1) + 1);
	size_t n = 0;

	while (*s) {
		unsigned int len = char_length(s);
		const void *from = len ? (const void *)s : unknown;
		size_t size = len ? len : sizeof(unknown) - 1;

		memcpy(clean + n, from, size);
		n += size;
		s += len ? len : 1;
	}
	clean[n] = '\0';
	return clean;
}
