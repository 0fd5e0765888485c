/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/base/digits.h"

char *digits_u64_long(char *p, uint64_t v)
{
	p = digits_u64(p, v / 100000000);
	return digits_zero8(p, (uint32_t)(v % 100000000));
}

static unsigned int count(uint64_t v)
{
	unsigned int n = 1;

	for (; v >= 10; v /= 10)
		n++;
	return n;
}

static char *blanks(char *p, unsigned int width, unsigned int nr_used)
{
	for (; width > nr_used; width--)
		*p++ = ' ';
	return p;
}

char *digits_pad_long(char *p, unsigned int width, uint64_t v)
{
	return digits_u64(blanks(p, width, count(v)), v);
}

char *digits_pad_negative(char *p, unsigned int width, int64_t v)
{
	uint64_t magnitude = 0 - (uint64_t)v;

	p = blanks(p, width, count(magnitude) + 1);
	*p++ = '-';
	return digits_u64(p, magnitude);
}
