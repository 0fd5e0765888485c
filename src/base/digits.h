/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers as decimal text, fast.  Each function writes at @p, without a NUL,
 * and returns the end of what it wrote; the caller has room for
 * DIGITS_MAX + width bytes.
 *
 *	p = digits_u64(p, sector);
 *	p = digits_pad(p, 8, sequence);		as printf's %8u
 *	p = digits_zero9(p, ns);		as %09u
 */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include <stdint.h>
#include <string.h>

#define DIGITS_MAX	20

/* "00" to "99". */
extern const char digits_pairs[201];

static inline unsigned int digits_count(uint64_t v)
{
	unsigned int n = 1;

	while (v >= 10000) {
		v /= 10000;
		n += 4;
	}
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* Exactly @n digits, which must be those that @v has. */
static inline char *digits_exact(char *p, unsigned int n, uint64_t v)
{
	char *q = p + n;

	while (v >= 100) {
		q -= 2;
		memcpy(q, &digits_pairs[v % 100 * 2], 2);
		v /= 100;
	}
	if (v >= 10)
		memcpy(q - 2, &digits_pairs[v * 2], 2);
	else
		q[-1] = (char)('0' + v);
	return p + n;
}

static inline char *digits_u64(char *p, uint64_t v)
{
	return digits_exact(p, digits_count(v), v);
}

/* Right-aligned in @width (at most 64) columns. */
static inline char *digits_pad(char *p, unsigned int width, uint64_t v)
{
	unsigned int n = digits_count(v);

	if (n < width) {
		memset(p, ' ', width);
		p += width - n;
	}
	return digits_exact(p, n, v);
}

/* Nine digits, for @v < 10^9. */
static inline char *digits_zero9(char *p, uint32_t v)
{
	uint32_t high = v / 10000;	/* 5 digits */
	uint32_t low = v % 10000;

	p[0] = (char)('0' + high / 10000);
	memcpy(p + 1, &digits_pairs[high / 100 % 100 * 2], 2);
	memcpy(p + 3, &digits_pairs[high % 100 * 2], 2);
	memcpy(p + 5, &digits_pairs[low / 100 * 2], 2);
	memcpy(p + 7, &digits_pairs[low % 100 * 2], 2);
	return p + 9;
}

/* As printf's %*d, for a negative number. */
char *digits_pad_negative(char *p, unsigned int width, int64_t v);

/* As printf's %*d. */
static inline char *digits_pad_i64(char *p, unsigned int width, int64_t v)
{
	if (v < 0)
		return digits_pad_negative(p, width, v);
	return digits_pad(p, width, (uint64_t)v);
}

#endif
