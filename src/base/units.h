/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers with a unit, as people give them to options: "256M", "1.5G", "30s",
 * "100ms".
 *
 *	if (units_parse(arg, UNITS_BYTES, &bytes))
 *		... wrong usage ...
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>

enum units {
	UNITS_BYTES,	/* K M G T: powers of 1024; none: bytes */
	UNITS_TIME,	/* ns us ms s m h d, to ns; a unit must be given, in
			   small letters: where both are taken, 5m is a time
			   and 5M a size */
};

/*
 * All of @text.  Returns 0 and a number from 1 to INT64_MAX, or -EINVAL: no
 * number, another unit, too large.
 */
int units_parse(const char *text, enum units kind, uint64_t *ret);

#endif
