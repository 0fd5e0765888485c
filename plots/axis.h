/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An axis: a range of numbers, round marks on it, and their labels.
 *
 *	struct axis a;
 *	axis_linear(&a, AXIS_BYTE_RATE, 0, 83.2e6, 5, true);
 *	a.unit_text is "MiB/s"; ticks at 0, 20, 40, 60, 80 MiB/s
 *	x = left + axis_at(&a, value) * width;
 *
 * Steps are 1, 2 or 5 times a power of ten of the unit that is shown; times
 * from a minute on go by 10, 15, 30 seconds, minutes and hours.
 */
#ifndef PLOTS_AXIS_H
#define PLOTS_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#define AXIS_TICKS_MAX	32
#define AXIS_LABEL_MAX	24

/* What the numbers are, and so how they are written. */
enum axis_unit {
	AXIS_NUMBER,		/* 1000, 2k, 5M */
	AXIS_BYTES,		/* B, KiB, MiB, ... */
	AXIS_BYTE_RATE,		/* B/s, KiB/s, ... */
	AXIS_IO_RATE,		/* IO/s, as AXIS_NUMBER */
	AXIS_DURATION,		/* given in ns; ns, us, ms, s */
	AXIS_CLOCK,		/* given in ns; as AXIS_DURATION, from two
				   minutes on m:ss and h:mm:ss */
	AXIS_PERCENT,		/* 0 to 100 */
	AXIS_BYTES_SI,		/* B, kB, MB, ... */
	AXIS_BYTE_RATE_SI,	/* B/s, kB/s, ... */
	AXIS_UNITS
};

struct axis_tick {
	double value;
	char label[AXIS_LABEL_MAX];
};

struct axis {
	double lo, hi;
	bool is_log;
	enum axis_unit unit;
	size_t nr_ticks;
	struct axis_tick ticks[AXIS_TICKS_MAX];
	char unit_text[AXIS_LABEL_MAX];	/* of all labels; "" = none, or they
					   say it themselves */
};

/*
 * About @want ticks (1 to 20) from @lo to @hi.  With @round_up, hi becomes the
 * next tick.  A range without a width gets one.
 */
void axis_linear(struct axis *a, enum axis_unit unit, double lo, double hi,
		 unsigned int want, bool round_up);

/*
 * The time of day, from @lo to @hi ns after an event that was @day_ns after
 * midnight; about @want ticks.
 */
void axis_wall(struct axis *a, double lo, double hi, double day_ns,
	       unsigned int want);

/*
 * Decades from @lo to @hi, both above 0, widened to whole steps of 1-2-5; each
 * label has its unit.
 */
void axis_log(struct axis *a, enum axis_unit unit, double lo, double hi);

/* Each label says its unit, and not only the axis as a whole. */
void axis_label_units(struct axis *a);

/* Where a value is: 0 at lo, 1 at hi; outside values give 0 and 1. */
double axis_at(const struct axis *a, double value);

/* A number with its unit, to three digits: "83.2 MiB/s", "1.2 ms". */
void axis_format(enum axis_unit unit, double value,
		 char ret_text[AXIS_LABEL_MAX]);

#endif
