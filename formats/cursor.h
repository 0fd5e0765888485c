/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads and writes numbers at any address, in either byte order, and never
 * outside the bytes it was given.
 *
 *	struct cursor c = cursor_of(buf, len, swap);
 *	uint32_t a = cursor_u32(&c);
 *	uint64_t b = cursor_u64(&c);
 *	if (cursor_is_short(&c))
 *		...			the bytes ended early; a or b is 0
 *
 * Nothing here allocates or fails otherwise; a cursor is a plain value.
 */
#ifndef FORMATS_CURSOR_H
#define FORMATS_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *pos;
	const uint8_t *end;
	bool swap;		/* numbers are in the other byte order */
	bool is_over;		/* something past the end was asked for */
};

static inline struct cursor cursor_of(const void *buf, size_t len, bool swap)
{
	const uint8_t *p = buf;

	/* NULL and 0 bytes: C has no sum of them */
	return (struct cursor){
		.pos = p, .end = len ? p + len : p, .swap = swap,
	};
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->pos);
}

static inline bool cursor_is_short(const struct cursor *c)
{
	return c->is_over;
}

/* The next @len bytes, borrowed from the buffer, or NULL. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t len)
{
	const uint8_t *p = c->pos;

	if (cursor_left(c) < len) {
		c->is_over = true;
		c->pos = c->end;
		return NULL;
	}
	c->pos += len;
	return p;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, sizeof(uint16_t));
	uint16_t v = 0;

	if (!p)
		return 0;
	memcpy(&v, p, sizeof(v));
	return c->swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, sizeof(uint32_t));
	uint32_t v = 0;

	if (!p)
		return 0;
	memcpy(&v, p, sizeof(v));
	return c->swap ? __builtin_bswap32(v) : v;
}

static inline uint64_t cursor_u64(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, sizeof(uint64_t));
	uint64_t v = 0;

	if (!p)
		return 0;
	memcpy(&v, p, sizeof(v));
	return c->swap ? __builtin_bswap64(v) : v;
}

/* A NUL-terminated string, borrowed; NULL when no NUL is left. */
static inline const char *cursor_str(struct cursor *c)
{
	size_t left = cursor_left(c);
	const uint8_t *nul = left ? memchr(c->pos, 0, left) : NULL;

	if (!nul) {
		c->is_over = true;
		c->pos = c->end;
		return NULL;
	}
	return (const char *)cursor_bytes(c, (size_t)(nul - c->pos) + 1);
}

#endif
