/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "src/base/plain.h"

/* The least code of each length of UTF-8 (RFC 3629, 3). */
static const uint32_t utf8_least[] = { 0, 0, 0x80, 0x800, 0x10000 };

/* The code of the UTF-8 sequence at @s, its length in *ret_len; 0 if none. */
static uint32_t utf8_code(const char *s, size_t len, size_t *ret_len)
{
	unsigned char first = (unsigned char)*s;
	size_t n = first >= 0xf0 && first < 0xf8 ? 4 :
		   first >= 0xe0 && first < 0xf0 ? 3 :
		   first >= 0xc0 && first < 0xe0 ? 2 : 0;
	uint32_t code;

	if (!n || n > len)
		return 0;
	code = first & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (code < utf8_least[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_len = n;
	return code;
}

/* Turns the direction of what is behind it, or begins a control sequence. */
static bool is_control(uint32_t code)
{
	return code < 0xa0 || (code >= 0x202a && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

size_t plain_length(const char *s, size_t len)
{
	unsigned char c = (unsigned char)*s;
	size_t n;

	if (!len)
		return 0;
	if (c < 0x80)
		return c >= ' ' && c != 0x7f;
	return is_control(utf8_code(s, len, &n)) ? 0 : n;
}

void plain_put(FILE *out, const char *s)
{
	size_t len = strlen(s);

	while (len) {
		size_t n = plain_length(s, len);

		if (n)
			(void)fwrite(s, 1, n, out);
		else
			(void)fprintf(out, "\\x%02x", (unsigned char)*s);
		n = n ? n : 1;
		s += n;
		len -= n;
	}
}

void plain_mask(char *s, size_t len)
{
	while (len) {
		size_t n = plain_length(s, len);

		if (!n) {
			*s = '?';
			n = 1;
		}
		s += n;
		len -= n;
	}
}

size_t plain_copy(char *buf, size_t size, const char *s)
{
	size_t len = strlen(s), at = 0;

	while (len) {
		size_t n = plain_length(s, len);
		size_t room = n ? n : 4;

		if (at + room >= size)
			break;
		if (n)
			memcpy(buf + at, s, n);
		else
			(void)snprintf(buf + at, size - at, "\\x%02x",
				       (unsigned char)*s);
		at += room;
		n = n ? n : 1;
		s += n;
		len -= n;
	}
	if (size)
		buf[at] = '\0';
	return at;
}
