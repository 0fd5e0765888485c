/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plots/axis.h"
#include "src/base/xalloc.h"

struct prefix {
	double factor;
	const char *text;
};

/* Each ends with a row of factor 0. */
static const struct prefix numbers[] = {
	{ 1, "" }, { 1e3, "k" }, { 1e6, "M" }, { 1e9, "G" }, { 1e12, "T" },
	{ 0, NULL },
};

static const struct prefix bytes[] = {
	{ 1, "B" }, { 1024., "KiB" }, { 1048576., "MiB" },
	{ 1073741824., "GiB" }, { 1099511627776., "TiB" },
	{ 1125899906842624., "PiB" }, { 0, NULL },
};

static const struct prefix byte_rates[] = {
	{ 1, "B/s" }, { 1024., "KiB/s" }, { 1048576., "MiB/s" },
	{ 1073741824., "GiB/s" }, { 1099511627776., "TiB/s" }, { 0, NULL },
};

static const struct prefix si_bytes[] = {
	{ 1, "B" }, { 1e3, "kB" }, { 1e6, "MB" }, { 1e9, "GB" },
	{ 1e12, "TB" }, { 1e15, "PB" }, { 0, NULL },
};

static const struct prefix si_byte_rates[] = {
	{ 1, "B/s" }, { 1e3, "kB/s" }, { 1e6, "MB/s" }, { 1e9, "GB/s" },
	{ 1e12, "TB/s" }, { 0, NULL },
};

static const struct prefix percents[] = { { 1, "%" }, { 0, NULL } };

static const struct prefix durations[] = {
	{ 1, "ns" }, { 1e3, "\xc2\xb5s" }, { 1e6, "ms" }, { 1e9, "s" },
	{ 0, NULL },
};

static const struct unit {
	const struct prefix *prefixes;
	const char *always;	/* unit beside the labels, which then have
				   their prefix; NULL = the prefix is it */
	bool is_clock;
} units[] = {
	[AXIS_NUMBER] = { numbers, "", false },
	[AXIS_BYTES] = { bytes, NULL, false },
	[AXIS_BYTE_RATE] = { byte_rates, NULL, false },
	[AXIS_IO_RATE] = { numbers, "IO/s", false },
	[AXIS_DURATION] = { durations, NULL, false },
	[AXIS_CLOCK] = { durations, NULL, true },
	[AXIS_PERCENT] = { percents, NULL, false },
	[AXIS_BYTES_SI] = { si_bytes, NULL, false },
	[AXIS_BYTE_RATE_SI] = { si_byte_rates, NULL, false },
};

_Static_assert(ARRAY_SIZE(units) == AXIS_UNITS, "each unit needs a row");

#define MINUTE_NS	60e9
#define DAY_NS		86400e9
#define FINE_DECADES	2.8	/* a log axis of less has 1, 2 and 5 */
#define CLOCK_FROM_NS	120e9	/* from here on m:ss */

static const double clock_steps_s[] = {
	1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800,
	21600, 43200, 86400, 172800, 432000, 864000,
};

/* The largest prefix that leaves at least 1 of @value. */
static const struct prefix *prefix_of(enum axis_unit unit, double value)
{
	const struct prefix *p = units[unit].prefixes;

	while (p[1].factor > 0 && fabs(value) >= p[1].factor)
		p++;
	return p;
}

/*
 * The end of a range from @lo that has a width: @width if it had none, and so
 * much that a double tells its marks apart (they are 1 in 10^15 at best).
 */
static double end_of_range(double lo, double hi, double width)
{
	if (!(hi > lo))
		hi = lo + width;
	return fmax(hi, lo + fabs(lo) * 1e-13);
}

/* 1, 2 or 5 times a power of ten, not below @x. */
static double round_step(double x)
{
	double power = pow(10, floor(log10(x)));

	for (int i = 0; i < 3; i++) {
		static const double steps[] = { 1, 2, 5 };

		if (x <= steps[i] * power * (1 + 1e-9))
			return steps[i] * power;
	}
	return 10 * power;
}

/* Down to 1, 2 or 5 times a power of ten. */
static double round_down_125(double x)
{
	double up = round_step(x);

	if (up <= x * (1 + 1e-9))
		return up;
	return round_step(up / 2.6);
}

/* Marks at multiples of @step, less one. */
static double nr_steps(double lo, double hi, double step)
{
	return floor(hi / step + 1e-6) - ceil(lo / step - 1e-9);
}

static double clock_step(double ns)
{
	for (size_t i = 0; i < ARRAY_SIZE(clock_steps_s); i++)
		if (clock_steps_s[i] * 1e9 >= ns)
			return clock_steps_s[i] * 1e9;
	return round_step(ns / 86400e9) * 86400e9;
}

static void clock_label(double ns, char *text)
{
	unsigned long long s = (unsigned long long)(ns / 1e9 + 0.5);

	if (s >= 3600)
		(void)snprintf(text, AXIS_LABEL_MAX, "%llu:%02llu:%02llu",
			       s / 3600, s / 60 % 60, s % 60);
	else
		(void)snprintf(text, AXIS_LABEL_MAX, "%llu:%02llu", s / 60,
			       s % 60);
}

static void set_labels(struct axis *a, const struct prefix *p, double step)
{
	const struct unit *u = &units[a->unit];
	double shown = step / p->factor;
	int digits = shown < 1 ? (int)ceil(-log10(shown) - 1e-9) : 0;

	(void)snprintf(a->unit_text, sizeof(a->unit_text), "%s",
		       u->always ? u->always : p->text);
	for (size_t i = 0; i < a->nr_ticks; i++) {
		struct axis_tick *t = &a->ticks[i];
		double v = t->value / p->factor;

		if (t->value > 0)
			(void)snprintf(t->label, sizeof(t->label), "%.*f%s",
				       digits, v, u->always ? p->text : "");
		else
			(void)snprintf(t->label, sizeof(t->label), "0");
	}
}

static void set_ticks(struct axis *a, double step)
{
	double first = ceil(a->lo / step - 1e-9);

	a->nr_ticks = 0;
	for (unsigned int i = 0; i < AXIS_TICKS_MAX; i++) {
		double v = (first + i) * step;

		if (v > a->hi + step * 1e-6)
			break;
		a->ticks[a->nr_ticks++].value = v;
	}
}

void axis_linear(struct axis *a, enum axis_unit unit, double lo, double hi,
		 unsigned int want, bool round_up)
{
	bool is_whole = units[unit].always != NULL;
	const struct prefix *p;
	double step;

	hi = end_of_range(lo, hi, unit == AXIS_CLOCK ? 1e6 : 1);
	*a = (struct axis){ .lo = lo, .hi = hi, .unit = unit };
	p = prefix_of(unit, hi);
	step = (hi - lo) / want;
	if (units[unit].is_clock && hi >= CLOCK_FROM_NS && step > 1e9) {
		step = clock_step(step);
		if (round_up)
			a->hi = ceil(hi / step - 1e-9) * step;
		set_ticks(a, step);
		(void)snprintf(a->unit_text, sizeof(a->unit_text), "%s",
			       a->hi >= 3600e9 ? "h:min:s" : "min:s");
		for (size_t i = 0; i < a->nr_ticks; i++)
			clock_label(a->ticks[i].value, a->ticks[i].label);
		return;
	}
	step = round_step(step / p->factor) * p->factor;
	/* one label says nothing about the scale */
	while (!round_up && nr_steps(lo, hi, step) < 1)
		step = round_down_125(step / p->factor * 0.99) * p->factor;
	if (is_whole) {
		step = fmax(step, 1);
		p = prefix_of(unit, step);
	}
	if (round_up)
		a->hi = ceil(hi / step - 1e-9) * step;
	set_ticks(a, step);
	set_labels(a, p, step);
}

static void wall_label(double ns, int digits, char *text)
{
	double in_day = fmod(ns, DAY_NS);
	unsigned int minutes = (unsigned int)(in_day / MINUTE_NS + 1e-9);
	double seconds = fmax(0, (in_day - minutes * MINUTE_NS) / 1e9);

	(void)snprintf(text, AXIS_LABEL_MAX, "%u:%02u:%0*.*f", minutes / 60,
		       minutes % 60, digits ? digits + 3 : 2, digits, seconds);
}

void axis_wall(struct axis *a, double lo, double hi, double day_ns,
	       unsigned int want)
{
	double step;
	int digits;

	/* marks are at times of the day */
	hi = end_of_range(lo + day_ns, hi + day_ns, 1e6) - day_ns;
	step = (hi - lo) / want;
	step = step > 1e9 ? clock_step(step) : round_step(step);
	digits = step < 1e9 ? (int)ceil(9 - log10(step) - 1e-9) : 0;
	*a = (struct axis){ .lo = lo + day_ns, .hi = hi + day_ns,
			    .unit = AXIS_CLOCK };
	set_ticks(a, step);
	a->lo = lo;
	a->hi = hi;
	for (size_t i = 0; i < a->nr_ticks; i++) {
		wall_label(a->ticks[i].value, digits, a->ticks[i].label);
		a->ticks[i].value -= day_ns;
	}
}

static void add_log_tick(struct axis *a, double v)
{
	struct axis_tick *t;

	if (a->nr_ticks == AXIS_TICKS_MAX || v < a->lo * (1 - 1e-9) ||
	    v > a->hi * (1 + 1e-9))
		return;
	t = &a->ticks[a->nr_ticks++];
	t->value = v;
	axis_format(a->unit, v, t->label);
}

void axis_log(struct axis *a, enum axis_unit unit, double lo, double hi)
{
	double decades;

	*a = (struct axis){ .unit = unit, .is_log = true };
	a->lo = round_down_125(lo);
	a->hi = round_step(hi);
	if (a->hi <= a->lo)
		a->hi = round_step(a->lo * 1.1);
	decades = log10(a->hi / a->lo);
	/* the last mark has a label too */
	if (decades >= FINE_DECADES)
		a->hi = pow(10, ceil(log10(a->hi) - 1e-9));
	for (double p = pow(10, floor(log10(a->lo) + 1e-9));
	     p <= a->hi * (1 + 1e-9); p *= 10) {
		add_log_tick(a, p);
		if (decades < FINE_DECADES) {
			add_log_tick(a, 2 * p);
			add_log_tick(a, 5 * p);
		}
	}
}

void axis_label_units(struct axis *a)
{
	for (size_t i = 0; i < a->nr_ticks; i++) {
		char *label = a->ticks[i].label;
		size_t len = strlen(label);

		if (a->ticks[i].value > 0)
			(void)snprintf(label + len, AXIS_LABEL_MAX - len,
				       " %s", a->unit_text);
	}
}

double axis_at(const struct axis *a, double value)
{
	double at;

	if (a->is_log)
		at = value > 0 ? log(value / a->lo) / log(a->hi / a->lo) : 0;
	else
		at = (value - a->lo) / (a->hi - a->lo);
	return at < 0 ? 0 : at > 1 ? 1 : at;
}

void axis_format(enum axis_unit unit, double value,
		 char ret_text[AXIS_LABEL_MAX])
{
	const struct unit *u = &units[unit];
	const struct prefix *p = prefix_of(unit, value * 1.0005);
	double v = value / p->factor;
	/* three digits, without zeros at the end */
	int digits = v >= 99.95 || v == floor(v) ? 0 : v >= 9.995 ? 1 : 2;
	char number[AXIS_LABEL_MAX];

	while (digits > 0 && fabs(v * pow(10, digits - 1) -
				  round(v * pow(10, digits - 1))) < 0.05)
		digits--;
	(void)snprintf(number, sizeof(number), "%.*f", digits, v);
	(void)snprintf(ret_text, AXIS_LABEL_MAX, "%.12s%s%s%s%s", number,
		       u->always ? p->text : " ", u->always ? "" : p->text,
		       u->always && *u->always ? " " : "",
		       u->always ? u->always : "");
}
