/* SPDX-License-Identifier: GPL-2.0 */
/* plots/axis and plots/textwidth: round ticks, units, how wide a text is. */
#include "config.h"

#include <math.h>

#include "plots/axis.h"
#include "plots/textwidth.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

/* Labels with "|" between them, then the unit. */
static const char *text_of(const struct axis *a)
{
	static __thread char text[512];
	size_t len = 0;

	for (size_t i = 0; i < a->nr_ticks; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s|",
					a->ticks[i].label);
	(void)snprintf(text + len, sizeof(text) - len, " %s", a->unit_text);
	return text;
}

static void linear_ticks(void **state)
{
	static const struct {
		enum axis_unit unit;
		double lo, hi;
		unsigned int want;
		bool round_up;
		const char *text;
		double new_hi;
	} rows[] = {
		{ AXIS_NUMBER, 0, 7, 5, true, "0|2|4|6|8| ", 8 },
		{ AXIS_NUMBER, 0, 1, 5, true, "0|1| ", 1 },
		{ AXIS_NUMBER, 0, 0, 5, true, "0|1| ", 1 },
		{ AXIS_NUMBER, 0, 16, 5, true, "0|5|10|15|20| ", 20 },
		{ AXIS_IO_RATE, 0, 1800, 5, true,
		  "0|500|1000|1500|2000| IO/s", 2000 },
		{ AXIS_IO_RATE, 0, 13800, 5, true, "0|5k|10k|15k| IO/s",
		  15000 },
		{ AXIS_BYTE_RATE, 0, 83.2e6, 5, true,
		  "0|20|40|60|80| MiB/s", 80 * 1048576.0 },
		{ AXIS_BYTES, 0, 1.5 * 1073741824, 4, false,
		  "0|0.5|1.0|1.5| GiB", 1.5 * 1073741824 },
		{ AXIS_BYTES, 1073741824, 1073741824 + 65536, 3, false,
		  "1.00000|1.00005| GiB",
		  1073741824 + 65536 },
		{ AXIS_BYTE_RATE_SI, 0, 83.2e6, 5, true,
		  "0|20|40|60|80|100| MB/s", 100e6 },
		{ AXIS_BYTES_SI, 0, 4096, 2, false, "0|2|4| kB", 4096 },
		{ AXIS_DURATION, 0, 420000, 5, true,
		  "0|100|200|300|400|500| \xc2\xb5s", 500000 },
		{ AXIS_CLOCK, 0, 3.99e9, 8, false,
		  "0|0.5|1.0|1.5|2.0|2.5|3.0|3.5| s", 3.99e9 },
		{ AXIS_CLOCK, 0, 600e9, 10, false,
		  "0:00|1:00|2:00|3:00|4:00|5:00|6:00|7:00|8:00|9:00|10:00|"
		  " min:s", 600e9 },
		{ AXIS_CLOCK, 0, 36000e9, 5, false,
		  "0:00|2:00:00|4:00:00|6:00:00|8:00:00|10:00:00| h:min:s",
		  36000e9 },
		{ AXIS_CLOCK, 1e9, 1.25e9, 5, false,
		  "1.00|1.05|1.10|1.15|1.20|1.25| s", 1.25e9 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct axis a;

		axis_linear(&a, rows[i].unit, rows[i].lo, rows[i].hi,
			    rows[i].want, rows[i].round_up);
		assert_string_equal(text_of(&a), rows[i].text);
		assert_true(fabs(a.hi - rows[i].new_hi) < rows[i].new_hi * 1e-9);
	}
}

/* As of the last sectors that a record can name, in bytes. */
static void narrow_ranges_far_away_have_ticks(void **state)
{
	static const double from[] = { 0, 4096, 1e12, 1e16, 1.8e19, 9.44e21 };
	static const double widths[] = { 0, 1e-3, 1, 4096, 1e6 };
	struct axis a;

	(void)state;
	for (int unit = 0; unit < AXIS_UNITS; unit++)
		for (size_t i = 0; i < ARRAY_SIZE(from); i++)
			for (size_t j = 0; j < ARRAY_SIZE(widths); j++) {
				axis_linear(&a, (enum axis_unit)unit, from[i],
					    from[i] + widths[j], 6, false);
				assert_true(a.hi > a.lo);
				assert_in_range(a.nr_ticks, 1, AXIS_TICKS_MAX);
				for (size_t k = 1; k < a.nr_ticks; k++)
					assert_true(a.ticks[k].value >
						    a.ticks[k - 1].value);
			}
}

static void log_ticks(void **state)
{
	struct axis a;

	(void)state;
	axis_log(&a, AXIS_DURATION, 130e3, 4.4e6);
	assert_string_equal(text_of(&a),
			    "100 \xc2\xb5s|200 \xc2\xb5s|500 \xc2\xb5s|1 ms|"
			    "2 ms|5 ms| ");
	assert_true(fabs(axis_at(&a, 100e3)) < 1e-9);
	assert_true(fabs(axis_at(&a, 5e6) - 1) < 1e-9);
	assert_true(axis_at(&a, 0) == 0);
	/* over many decades only whole ones, the last one too */
	axis_log(&a, AXIS_DURATION, 900, 3e9);
	assert_string_equal(text_of(&a), "1 \xc2\xb5s|10 \xc2\xb5s|"
			    "100 \xc2\xb5s|1 ms|10 ms|100 ms|1 s|10 s| ");
	/* no range at all */
	axis_log(&a, AXIS_DURATION, 1000, 1000);
	assert_true(a.hi > a.lo);
}

static void numbers_with_units(void **state)
{
	static const struct {
		enum axis_unit unit;
		double value;
		const char *text;
	} rows[] = {
		{ AXIS_NUMBER, 0, "0" },
		{ AXIS_NUMBER, 744, "744" },
		{ AXIS_NUMBER, 3026, "3.03k" },
		{ AXIS_NUMBER, 999.9, "1k" },
		{ AXIS_IO_RATE, 93.75, "93.8 IO/s" },
		{ AXIS_IO_RATE, 5270, "5.27k IO/s" },
		{ AXIS_BYTES, 0, "0 B" },
		{ AXIS_BYTES, 4096, "4 KiB" },
		{ AXIS_BYTE_RATE, 21.6e6, "20.6 MiB/s" },
		{ AXIS_DURATION, 337000, "337 \xc2\xb5s" },
		{ AXIS_DURATION, 1.5e6, "1.5 ms" },
		{ AXIS_DURATION, 13.6e9, "13.6 s" },
		{ AXIS_DURATION, 7, "7 ns" },
	};
	char text[AXIS_LABEL_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		axis_format(rows[i].unit, rows[i].value, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void values_outside_are_at_the_ends(void **state)
{
	struct axis a;

	(void)state;
	axis_linear(&a, AXIS_NUMBER, 10, 20, 5, true);
	assert_true(axis_at(&a, 5) == 0);
	assert_true(axis_at(&a, 15) == 0.5);
	assert_true(axis_at(&a, 25) == 1);
}

static void texts_are_measured(void **state)
{
	(void)state;
	assert_true(text_width("", 10, false) == 0);
	assert_true(fabs(text_width("mm", 10, false) - 19.4) < 0.01);
	assert_true(text_width("mm", 10, true) > text_width("mm", 10, false));
	/* one character, not its bytes */
	assert_true(fabs(text_width("\xc2\xb5", 10, false) - 7.5) < 0.01);
	/* broken UTF-8 ends nowhere */
	assert_true(text_width("\xf0\x9f", 10, false) > 0);
}

static void long_texts_are_cut(void **state)
{
	char *fit = text_fit("wide enough", 10, false, 1000);

	(void)state;
	assert_string_equal(fit, "wide enough");
	free(fit);
	fit = text_fit("aaaaaaaaaa", 10, false, 40);
	assert_string_equal(fit, "aaaa\xe2\x80\xa6");
	assert_true(text_width(fit, 10, false) <= 40);
	free(fit);
	/* between characters only */
	fit = text_fit("\xc2\xb5\xc2\xb5\xc2\xb5\xc2\xb5", 10, false, 27);
	assert_string_equal(fit, "\xc2\xb5\xc2\xb5\xe2\x80\xa6");
	free(fit);
}

/* An event at 23:59:58.5, and 4 s from there on: past midnight. */
static void wall_shows_the_time_of_day(void **state)
{
	const double day_ns = ((23 * 60 + 59) * 60 + 58.5) * 1e9;
	struct axis a;

	(void)state;
	axis_wall(&a, 0, 4e9, day_ns, 4);
	assert_int_equal(a.nr_ticks, 4);
	assert_string_equal(a.ticks[0].label, "23:59:59");
	assert_string_equal(a.ticks[1].label, "0:00:00");
	assert_string_equal(a.ticks[3].label, "0:00:02");
	assert_true(fabs(a.ticks[0].value - 0.5e9) < 1);
	assert_true(fabs(axis_at(&a, a.ticks[0].value) - 0.125) < 1e-9);
	axis_wall(&a, 0, 0.1e9, day_ns, 5);
	assert_string_equal(a.ticks[1].label, "23:59:58.52");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linear_ticks),
		cmocka_unit_test(narrow_ranges_far_away_have_ticks),
		cmocka_unit_test(log_ticks),
		cmocka_unit_test(numbers_with_units),
		cmocka_unit_test(values_outside_are_at_the_ends),
		cmocka_unit_test(wall_shows_the_time_of_day),
		cmocka_unit_test(texts_are_measured),
		cmocka_unit_test(long_texts_are_cut),
	};

	return cmocka_run_group_tests_name("axis", tests, NULL, NULL);
}
