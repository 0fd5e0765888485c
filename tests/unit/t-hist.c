/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze/hist: cells, quantiles, merging. */
#include "config.h"

#include "bpf/hist.h"
#include "src/analyze/hist.h"
#include "tests/unit/unit.h"

static void cells_are_contiguous(void **state)
{
	(void)state;
	for (unsigned int i = 0; i + 1 < HIST_CELLS; i++) {
		assert_int_equal(hist_cell(hist_cell_low(i)), i);
		assert_int_equal(hist_cell(hist_cell_high(i) - 1), i);
		assert_int_equal(hist_cell_high(i), hist_cell_low(i + 1));
	}
}

/* bpf/hist.h, compiled for this machine. */
static void the_programs_count_in_the_same_cells(void **state)
{
	(void)state;
	assert_int_equal(BPF_HIST_CELLS, HIST_CELLS);
	for (uint64_t v = 0; v < 100000; v++)
		assert_int_equal(bpf_hist_cell(v), hist_cell(v));
	for (unsigned int i = 0; i < HIST_CELLS; i++) {
		uint64_t low = hist_cell_low(i), last = hist_cell_high(i) - 1;

		assert_int_equal(bpf_hist_cell(low), i);
		assert_int_equal(bpf_hist_cell(last), i);
	}
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t v = UINT64_C(1) << bit;

		assert_int_equal(bpf_hist_cell(v), hist_cell(v));
		assert_int_equal(bpf_hist_cell(v - 1), hist_cell(v - 1));
		assert_int_equal(bpf_hist_cell(v + 1), hist_cell(v + 1));
	}
	assert_int_equal(bpf_hist_cell(UINT64_MAX), hist_cell(UINT64_MAX));
}

static void cells_are_narrow(void **state)
{
	(void)state;
	for (unsigned int i = HIST_SUB; i + 1 < HIST_CELLS; i++) {
		uint64_t width = hist_cell_high(i) - hist_cell_low(i);

		assert_true(width * HIST_SUB <= hist_cell_low(i));
	}
	/* small numbers are exact */
	assert_int_equal(hist_cell_high(7) - hist_cell_low(7), 1);
}

static void huge_values_stay_inside(void **state)
{
	struct hist h = { 0 };

	(void)state;
	assert_int_equal(hist_cell(UINT64_MAX), HIST_CELLS - 1);
	hist_add(&h, UINT64_MAX);
	assert_int_equal(hist_quantile(&h, 0.5), UINT64_MAX);
}

static void empty_is_zero(void **state)
{
	struct hist h = { 0 };

	(void)state;
	assert_int_equal(hist_quantile(&h, 0.99), 0);
	assert_true(hist_mean(&h) == 0);
}

static void quantiles_are_near(void **state)
{
	static const double qs[] = { 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1 };
	struct hist h = { 0 };

	(void)state;
	for (uint64_t v = 1; v <= 100000; v++)
		hist_add(&h, v);
	assert_int_equal(h.nr, 100000);
	assert_true(hist_mean(&h) == 50000.5);
	for (size_t i = 0; i < sizeof(qs) / sizeof(qs[0]); i++) {
		double want = qs[i] * 100000;
		double got = (double)hist_quantile(&h, qs[i]);

		assert_true(got > want * 0.99 && got < want * 1.01);
	}
	assert_int_equal(hist_quantile(&h, 1), 100000);
}

static void one_value_is_every_quantile(void **state)
{
	struct hist h = { 0 };

	(void)state;
	hist_add(&h, 123457);
	assert_int_equal(hist_quantile(&h, 0), 123457);
	assert_int_equal(hist_quantile(&h, 0.5), 123457);
	assert_int_equal(hist_quantile(&h, 1), 123457);
}

static void merging_is_adding(void **state)
{
	struct hist a = { 0 }, b = { 0 }, both = { 0 };

	(void)state;
	for (uint64_t v = 0; v < 5000; v++) {
		hist_add(v % 3 ? &a : &b, v * v);
		hist_add(&both, v * v);
	}
	hist_merge(&a, &b);
	assert_memory_equal(&a, &both, sizeof(a));
	/* from and into an empty one */
	b = (struct hist){ 0 };
	hist_merge(&a, &b);
	assert_memory_equal(&a, &both, sizeof(a));
	hist_merge(&b, &a);
	assert_memory_equal(&b, &both, sizeof(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_contiguous),
		cmocka_unit_test(the_programs_count_in_the_same_cells),
		cmocka_unit_test(cells_are_narrow),
		cmocka_unit_test(huge_values_stay_inside),
		cmocka_unit_test(empty_is_zero),
		cmocka_unit_test(quantiles_are_near),
		cmocka_unit_test(one_value_is_every_quantile),
		cmocka_unit_test(merging_is_adding),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
