/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "src/base/xalloc.h"
#include "src/cmd/amount.h"

/* Three digits that count and a unit. */
static const char *scaled(double v, double step, const char *const *units,
			  size_t nr_units, char buf[AMOUNT_SIZE])
{
	size_t i = 0;

	while (i + 1 < nr_units && v >= step * 0.9995) {
		v /= step;
		i++;
	}
	(void)snprintf(buf, AMOUNT_SIZE, "%.*f%s",
		       i == 0 && v == (uint64_t)v ? 0
		       : v < 9.995		  ? 2
		       : v < 99.95		  ? 1
						  : 0,
		       v, units[i]);
	return buf;
}

const char *amount_time(double ns, char buf[AMOUNT_SIZE])
{
	static const char *const units[] = { "ns", "us", "ms", "s" };

	return scaled(ns, 1000, units, ARRAY_SIZE(units), buf);
}

const char *amount_bytes(double bytes, char buf[AMOUNT_SIZE])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };

	return scaled(bytes, 1024, units, ARRAY_SIZE(units), buf);
}

const char *amount_count(double n, char buf[AMOUNT_SIZE])
{
	static const char *const units[] = { "", "k", "M", "G", "T" };

	return scaled(n, 1000, units, ARRAY_SIZE(units), buf);
}
