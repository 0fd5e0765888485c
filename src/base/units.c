/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/units.h"

#define BEYOND	9223372036854775808.0	/* INT64_MAX + 1 */

struct unit {
	const char *name;
	double factor;
};

/* Each ends with a row without a name. */
static const struct unit bytes[] = {
	{ "", 1 },
	{ "K", 1024.0 },
	{ "M", 1048576.0 },
	{ "G", 1073741824.0 },
	{ "T", 1099511627776.0 },
	{ .name = NULL },
};

static const struct unit times[] = {
	{ "ns", 1 },
	{ "us", 1e3 },
	{ "ms", 1e6 },
	{ "s", 1e9 },
	{ "m", 60e9 },
	{ "h", 3600e9 },
	{ "d", 86400e9 },
	{ .name = NULL },
};

static const struct unit *const units[] = {
	[UNITS_BYTES] = bytes,
	[UNITS_TIME] = times,
};

int units_parse(const char *text, enum units kind, uint64_t *ret)
{
	char *end;
	double v;

	/* not " 1", "-1", "inf", "0x10" */
	if (!isdigit((unsigned char)*text) ||
	    (*text == '0' && (text[1] | 0x20) == 'x'))
		return -EINVAL;
	v = strtod(text, &end);
	for (const struct unit *u = units[kind]; u->name; u++) {
		if (kind == UNITS_BYTES ? strcasecmp(end, u->name) :
					  strcmp(end, u->name))
			continue;
		v *= u->factor;
		if (!(v >= 1 && v < BEYOND))
			return -EINVAL;
		*ret = (uint64_t)v;
		return 0;
	}
	return -EINVAL;
}
