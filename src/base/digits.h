/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers as decimal text, fast.  Each function writes at @p, without a NUL,
 * and returns the end of what it wrote; the caller has room for
 * DIGITS_MAX + width bytes: bytes behind the end may be written, too.
 *
 *	p = digits_u64(p, sector);
 *	p = digits_pad(p, 8, sequence);		as printf's %8u
 *	p = digits_zero9(p, ns);		as %09u
 */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_MAX	20

/* Those of more than eight digits or columns. */
char *digits_u64_long(char *p, uint64_t v);
char *digits_pad_long(char *p, unsigned int width, uint64_t v);

#define DIGITS_ONES	UINT64_C(0x0101010101010101)

/*
 * The eight digits of @v < 10^8 as bytes 0 to 9, the first in the lowest
 * byte: halves, quarters and eighths of the number side by side in a word.
 */
static inline uint64_t digits_split8(uint32_t v)
{
	uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32;
	uint64_t tens;

	tens = (x * 10486) >> 20 & UINT64_C(0x0000007f0000007f);
	x = tens | (x - 100 * tens) << 16;
	tens = (x * 103) >> 10 & UINT64_C(0x000f000f000f000f);
	return tens | (x - 10 * tens) << 8;
}

/* Bits of the bytes in front of the first digit; of 0, one digit stays. */
static inline unsigned int digits_blank8(uint64_t digits)
{
	return (unsigned int)__builtin_ctzll(digits | UINT64_C(1) << 56) & ~7u;
}

static inline void digits_store8(char *p, uint64_t bytes)
{
	bytes = htole64(bytes);
	memcpy(p, &bytes, sizeof(bytes));
}

/* All eight digits of @v < 10^8. */
static inline char *digits_zero8(char *p, uint32_t v)
{
	digits_store8(p, digits_split8(v) | DIGITS_ONES * '0');
	return p + 8;
}

static inline char *digits_u64(char *p, uint64_t v)
{
	unsigned int blank;
	uint64_t digits;

	if (__builtin_expect(v >= 100000000, 0))
		return digits_u64_long(p, v);
	digits = digits_split8((uint32_t)v);
	blank = digits_blank8(digits);
	digits_store8(p, (digits | DIGITS_ONES * '0') >> blank);
	return p + 8 - blank / 8;
}

/* Right-aligned in @width (at most 64) columns. */
static inline char *digits_pad(char *p, unsigned int width, uint64_t v)
{
	unsigned int blank, skip;
	uint64_t digits;

	if (__builtin_expect(v >= 100000000 || width > 8, 0))
		return digits_pad_long(p, width, v);
	digits = digits_split8((uint32_t)v);
	blank = digits_blank8(digits);
	skip = 64 - 8 * width < blank ? 64 - 8 * width : blank;
	/* a blank is 0x20; 0x10 more makes a digit */
	digits |= DIGITS_ONES * ' ' | (DIGITS_ONES * 0x10) << blank;
	digits_store8(p, digits >> skip);
	return p + 8 - skip / 8;
}

/* Nine digits, for @v < 10^9. */
static inline char *digits_zero9(char *p, uint32_t v)
{
	*p = (char)('0' + v / 100000000);
	return digits_zero8(p + 1, v % 100000000);
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
