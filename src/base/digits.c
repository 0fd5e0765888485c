/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/base/digits.h"

const char digits_pairs[201] =
	"0001020304050607080910111213141516171819"
	"2021222324252627282930313233343536373839"
	"4041424344454647484950515253545556575859"
	"6061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

char *digits_pad_negative(char *p, unsigned int width, int64_t v)
{
	uint64_t magnitude = 0 - (uint64_t)v;
	unsigned int n = digits_count(magnitude);

	for (; width > n + 1; width--)
		*p++ = ' ';
	*p++ = '-';
	return digits_exact(p, n, magnitude);
}
