/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"
#include "src/cmd/arg.h"

/* Decimal digits at *p; false if there are none, or too many. */
static bool read_number(const char **p, uint64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return false;
	errno = 0;
	*ret = strtoull(*p, &end, 10);
	*p = end;
	return !errno;
}

bool arg_read_number(const char *arg, uint64_t min, uint64_t max,
		     uint64_t *ret)
{
	uint64_t v;

	if (!read_number(&arg, &v) || *arg || v < min || v > max)
		return false;
	*ret = v;
	return true;
}

bool arg_read_sectors(const char *arg, uint64_t *ret_from, uint64_t *ret_to)
{
	const char *p = arg;
	char c;

	if (!read_number(&p, ret_from) || (*p != '-' && *p != '+'))
		return false;
	c = *p++;
	if (!read_number(&p, ret_to) || *p)
		return false;
	if (c == '+' && (!*ret_to || *ret_to > UINT64_MAX - *ret_from))
		return false;
	if (c == '+')
		*ret_to += *ret_from - 1;
	return *ret_to >= *ret_from;
}

bool arg_read_time(const char *arg, uint64_t *ret_ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {
		{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 },
	};
	char *end;
	double v = strtod(arg, &end);

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (end != arg && v > 0 && v * units[i].ns < 1e18 &&
		    !strcmp(end, units[i].name)) {
			*ret_ns = (uint64_t)(v * units[i].ns);
			*ret_ns += !*ret_ns;
			return true;
		}
	}
	return false;
}

static bool read_size(const char **p, uint32_t *ret)
{
	static const char units[] = "kmg";
	const char *unit;
	uint64_t v;

	if (!read_number(p, &v) || v > UINT32_MAX)
		return false;
	unit = **p ? strchr(units, tolower((unsigned char)**p)) : NULL;
	if (unit) {
		v <<= 10 * (unit - units + 1);
		++*p;
	}
	*ret = (uint32_t)v;
	return v <= UINT32_MAX;
}

bool arg_read_sizes(const char *arg, uint32_t *ret_min, uint32_t *ret_max)
{
	const char *p = arg;

	*ret_min = 0;
	if (*p != '-' && !read_size(&p, ret_min))
		return false;
	*ret_max = *ret_min;
	if (!*p)
		return true;
	if (*p++ != '-')
		return false;
	*ret_max = UINT32_MAX;
	if (!*p)
		return p - arg > 1;
	return read_size(&p, ret_max) && !*p && *ret_max >= *ret_min;
}

int arg_parse(const struct argp *argp, int argc, char **argv,
	      unsigned int flags, void *input)
{
	int r = argp_parse(argp, argc, argv, flags, NULL, input);

	if (r == ENOMEM)
		xalloc_die();
	return r;
}

unsigned long arg_number(const char *arg, const char *option,
			 unsigned long min, unsigned long max,
			 const struct argp_state *state)
{
	uint64_t v;

	if (arg_read_number(arg, min, max, &v))
		return (unsigned long)v;
	if (max == ULONG_MAX && !min)
		argp_error(state, "%s %s: a number is wanted", option, arg);
	else
		argp_error(state, "%s %s: a number from %lu to %lu is wanted",
			   option, arg, min, max);
	return min;
}

double arg_seconds(const char *arg, const char *option,
		   const struct argp_state *state)
{
	char *end;
	/* no sign, no blank, no hexadecimal number */
	bool is_decimal = (*arg == '.' || isdigit((unsigned char)*arg)) &&
			  !arg[strspn(arg, "0123456789.eE+-")];
	double v = strtod(arg, &end);

	if (!is_decimal || *end || v > 1e9)
		argp_error(state, "%s %s: a number of seconds is wanted",
			   option, arg);
	return v;
}
