/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text of strangers for a terminal: names of files, processes, devices.
 *
 *	plain_put(stdout, name);
 *
 * Control characters become \xNN: C0, DEL, and C1 whether as one byte or as
 * UTF-8 (U+0080 to U+009F), so that nothing moves the cursor or begins an
 * escape sequence.  So do the characters that turn the direction of writing
 * (U+202A to U+202E, U+2066 to U+2069), and bytes that are not UTF-8.  A
 * newline counts as a control character.  Backslashes stay as they are.
 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * The length of the character at @s, of @len bytes at most, if it may be shown
 * as it is; 0 if its first byte must not.
 */
size_t plain_length(const char *s, size_t len);

/* Writes @s. */
void plain_put(FILE *out, const char *s);

/*
 * As plain_put, into @buf of @size bytes, cut at the end with a NUL.  Returns
 * the length without the NUL.
 */
size_t plain_copy(char *buf, size_t size, const char *s);

/* In place: each byte of what must not be shown becomes "?". */
void plain_mask(char *s, size_t len);

/* Enough for plain_copy of @len bytes. */
#define PLAIN_SIZE(len) ((len) * 4 + 1)

#endif
