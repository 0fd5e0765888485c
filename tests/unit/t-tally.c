/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze/tally: counts that are held, spilled, and joined. */
#include "config.h"

#include <stdbool.h>

#include "src/analyze/tally.h"
#include "tests/unit/unit.h"

struct seen {
	uint64_t nr, sum, last, most;
	bool is_ascending;
};

static void look(void *ctx, uint64_t value, uint64_t count)
{
	struct seen *s = ctx;

	if (s->nr && value <= s->last)
		s->is_ascending = false;
	s->last = value;
	s->nr++;
	s->sum += count;
	if (count > s->most)
		s->most = count;
}

static struct seen look_at(struct tally *t)
{
	struct seen s = { .is_ascending = true };

	assert_int_equal(tally_each(t, look, &s), 0);
	assert_true(s.is_ascending);
	return s;
}

static void few_keep_their_order(void **state)
{
	struct tally t = { 0 };
	struct seen s;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		tally_add(&t, (999 - i) / 2);
	assert_int_equal(tally_held(&t)[0], 499);
	assert_int_equal(tally_held(&t)[999], 0);
	s = look_at(&t);
	assert_int_equal(s.nr, 500);
	assert_int_equal(s.most, 2);
	assert_int_equal(s.last, 499);
	tally_release(&t);
}

/* 7919 and the modulus are primes: all numbers come equally often. */
static void very_many_are_exact(void **state)
{
	const uint64_t nr = (TALLY_RUNS + 3) * (uint64_t)TALLY_HELD + 5;
	const uint64_t modulus = 1000003, rest = nr % modulus;
	struct tally t = { 0 };
	struct seen s;

	(void)state;
	for (uint64_t i = 0; i < nr; i++)
		tally_add(&t, i * 7919 % modulus << 20);
	assert_null(tally_held(&t));
	/* some of its pieces were joined, and nothing else was kept */
	assert_true(t.nr_runs < TALLY_RUNS);
	assert_int_equal(t.cap_held, TALLY_HELD);
	for (int again = 0; again < 2; again++) {
		s = look_at(&t);
		assert_int_equal(s.nr, modulus);
		assert_int_equal(s.sum, nr);
		assert_int_equal(s.last, (modulus - 1) << 20);
		assert_int_equal(s.most, nr / modulus + (rest != 0));
	}
	tally_release(&t);
}

static void wide_numbers_are_kept(void **state)
{
	struct tally t = { 0 };
	struct seen s;

	(void)state;
	for (uint64_t i = 0; i < 2 * TALLY_HELD; i++)
		tally_add(&t, i & 1 ? INT64_MAX - i / 4 : i / 4);
	s = look_at(&t);
	assert_int_equal(s.sum, 2 * TALLY_HELD);
	assert_int_equal(s.nr, TALLY_HELD);
	assert_int_equal(s.last, INT64_MAX);
	tally_release(&t);
	assert_int_equal(look_at(&t).nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_keep_their_order),
		cmocka_unit_test(very_many_are_exact),
		cmocka_unit_test(wide_numbers_are_kept),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
