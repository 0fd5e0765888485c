/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Missed events are placed into the interval between two looks, also when a
 * look sees one too many.
 */
#include "config.h"

#include "tests/unit/unit.h"

#include "src/record/misses.h"

#define MS	1000000ull

static void looks_are_rare_unless_something_is_new(void **state)
{
	struct misses m = { .from = 1000 * MS, .last = 1000 * MS };
	struct missed missed;

	(void)state;
	assert_false(misses_is_due(&m, 1249 * MS));
	assert_true(misses_is_due(&m, 1250 * MS));
	assert_false(misses_look(&m, 3, 1250 * MS, &missed));
	assert_true(misses_is_due(&m, 1251 * MS));
	assert_true(misses_look(&m, 3, 1251 * MS, &missed));
	assert_false(misses_is_due(&m, 1252 * MS));
}

static void the_interval_is_that_of_the_looks(void **state)
{
	struct misses m = { 0 };
	struct missed missed = { 0 };

	(void)state;
	assert_false(misses_look(&m, 0, 250 * MS, &missed));
	assert_false(misses_look(&m, 0, 500 * MS, &missed));
	assert_false(misses_look(&m, 7, 750 * MS, &missed));
	assert_true(misses_look(&m, 9, 760 * MS, &missed));
	assert_int_equal(missed.count, 7);
	assert_int_equal(missed.from, 500 * MS);
	assert_int_equal(missed.to, 750 * MS);
	/* the two that came since */
	assert_true(misses_is_due(&m, 770 * MS));
	assert_true(misses_look(&m, 9, 770 * MS, &missed));
	assert_int_equal(missed.count, 2);
	assert_int_equal(missed.from, 750 * MS);
	assert_int_equal(missed.to, 760 * MS);
	/* and what the last look has not seen */
	assert_true(misses_end(&m, 10, 800 * MS, &missed));
	assert_int_equal(missed.count, 1);
	assert_true(missed.from >= 760 * MS && missed.from <= 770 * MS);
	assert_int_equal(missed.to, 800 * MS);
	assert_false(misses_end(&m, 10, 900 * MS, &missed));
}

/* A spare that had not recorded it yet when its count was read. */
static void what_goes_away_is_not_told(void **state)
{
	struct misses m = { 0 };
	struct missed missed = { 0 };

	(void)state;
	assert_false(misses_look(&m, 1, 250 * MS, &missed));
	assert_false(misses_look(&m, 0, 260 * MS, &missed));
	assert_false(misses_is_due(&m, 300 * MS));
	assert_false(misses_look(&m, 0, 510 * MS, &missed));
	assert_false(misses_end(&m, 0, 520 * MS, &missed));
	/* one that stays and one that does not */
	assert_false(misses_look(&m, 2, 760 * MS, &missed));
	assert_true(misses_look(&m, 1, 770 * MS, &missed));
	assert_int_equal(missed.count, 1);
	assert_int_equal(missed.from, 510 * MS);
	assert_false(misses_end(&m, 1, 780 * MS, &missed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_are_rare_unless_something_is_new),
		cmocka_unit_test(the_interval_is_that_of_the_looks),
		cmocka_unit_test(what_goes_away_is_not_told),
	};

	return cmocka_run_group_tests_name("misses", tests, NULL, NULL);
}
