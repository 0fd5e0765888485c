/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/analyze/diff: against a bootstrap of the plain values, sorted, that is
 * written here once more from the description in the header.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "src/analyze/diff.h"
#include "tests/unit/unit.h"

#define US	 UINT64_C(1000)
#define S	 UINT64_C(1000000000)
#define NR_BLOCKS 12
#define PER_BLOCK 40

struct plain {
	double of[NR_BLOCKS][PER_BLOCK];
};

/* Latencies of a block are alike; how long they are differs by block. */
static void make(struct plain *p, struct diff_side *s, double factor)
{
	unsigned int seed = 12345;

	for (size_t b = 0; b < NR_BLOCKS; b++) {
		for (size_t i = 0; i < PER_BLOCK; i++) {
			seed = seed * 1103515245 + 12345;
			p->of[b][i] = floor(factor * (100000 + 20000.0 *
						      (double)(b * 7 % 5) +
						      seed / 65536 % 30000));
			diff_side_latency(s, IO_READ, b * S + i * 1000 * US,
					  (uint64_t)p->of[b][i]);
		}
	}
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint64_t seed_of_test;

static size_t draw(void)
{
	uint64_t z;

	seed_of_test += 0x9e3779b97f4a7c15;
	z = seed_of_test;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	z ^= z >> 31;
	/* floor(z / 2^64 x blocks), in exact arithmetic */
	return (size_t)(((z >> 32) * NR_BLOCKS +
			 (((z & 0xffffffff) * NR_BLOCKS) >> 32)) >> 32);
}

static double quantile(double *values, size_t nr, double q)
{
	size_t rank = (size_t)ceil(q * (double)nr);

	qsort(values, nr, sizeof(*values), compare);
	return values[rank ? rank - 1 : 0];
}

static void resample(const struct plain *p, double ret[2])
{
	double values[NR_BLOCKS * PER_BLOCK];
	size_t nr = 0;

	for (size_t i = 0; i < NR_BLOCKS; i++) {
		size_t b = draw();

		for (size_t k = 0; k < PER_BLOCK; k++)
			values[nr++] = p->of[b][k];
	}
	ret[0] = quantile(values, nr, 0.5);
	ret[1] = quantile(values, nr, 0.99);
}

/* A cell of the histograms is 1/128 wide, and a quotient has two of them. */
#define ASSERT_NEAR(a, b, of) assert_true(fabs((a) - (b)) <= 0.02 * (of))

static void intervals_are_those_of_plain_values(void **state)
{
	static struct plain a, b;
	static double changes[2][DIFF_RESAMPLES];
	struct diff_side *x = diff_side_new(), *y = diff_side_new();
	struct diff_table table;

	(void)state;
	make(&a, x, 1);
	make(&b, y, 1.5);
	diff_compare(x, y, &table);
	seed_of_test = 1;
	for (size_t i = 0; i < DIFF_RESAMPLES; i++) {
		double qa[2], qb[2];

		resample(&a, qa);
		resample(&b, qb);
		for (int w = 0; w < 2; w++)
			changes[w][i] = qb[w] / qa[w] - 1;
	}
	for (int w = 0; w < 2; w++) {
		const struct diff_change *c = &table.rows[IO_READ].of[w];

		qsort(changes[w], DIFF_RESAMPLES, sizeof(double), compare);
		assert_true(c->has_interval);
		ASSERT_NEAR(c->low, changes[w][25], 1.5);
		ASSERT_NEAR(c->high, changes[w][974], 1.5);
		ASSERT_NEAR(c->change, 0.5, 1.5);
		assert_true(c->low < c->change && c->change < c->high);
	}
	assert_int_equal(table.rows[IO_READ].nr_a, NR_BLOCKS * PER_BLOCK);
	assert_int_equal(table.rows[IO_WRITE].nr_a, 0);
	diff_side_free(x);
	diff_side_free(y);
}

static void constant_latencies_have_no_width(void **state)
{
	struct diff_side *x = diff_side_new(), *y = diff_side_new();
	struct diff_table table;
	const struct diff_change *c = &table.rows[IO_WRITE].of[DIFF_P99];

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		diff_side_latency(x, IO_WRITE, i * S / 10, 100 * US);
		diff_side_latency(y, IO_WRITE, i * S / 10, 300 * US);
	}
	diff_compare(x, y, &table);
	assert_int_equal(c->a_ns, 100 * US);
	assert_int_equal(c->b_ns, 300 * US);
	assert_true(c->has_interval);
	assert_true(c->low == 2 && c->high == 2 && c->change == 2);
	diff_side_free(x);
	diff_side_free(y);
}

static void few_blocks_have_no_interval(void **state)
{
	struct diff_side *x = diff_side_new(), *y = diff_side_new();
	struct diff_table table;

	(void)state;
	for (uint64_t i = 0; i < 4; i++) {
		diff_side_latency(x, IO_READ, i * S, 100 * US);
		diff_side_latency(y, IO_READ, i * S, 100 * US);
	}
	diff_compare(x, y, &table);
	assert_int_equal(table.blocks_a, 4);
	assert_false(table.rows[IO_READ].of[DIFF_P50].has_interval);
	assert_true(table.rows[IO_READ].of[DIFF_P50].change == 0);
	diff_side_free(x);
	diff_side_free(y);
}

static void long_traces_have_longer_blocks(void **state)
{
	struct diff_side *x = diff_side_new();
	struct diff_table table;

	(void)state;
	for (uint64_t i = 0; i < 3000; i++)
		diff_side_latency(x, IO_READ, i * S, 100 * US);
	diff_compare(x, x, &table);
	assert_int_equal(table.block_ns_a, 4 * S);
	assert_int_equal(table.blocks_a, 750);
	assert_int_equal(table.rows[IO_READ].nr_a, 3000);
	diff_side_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_are_those_of_plain_values),
		cmocka_unit_test(constant_latencies_have_no_width),
		cmocka_unit_test(few_blocks_have_no_interval),
		cmocka_unit_test(long_traces_have_longer_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
