/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distributions against sorted numbers, and what stats counts.
 */
#include "config.h"

#include "src/analyze/dist.h"
#include "src/analyze/stats.h"
#include "tests/unit/unit.h"

#define NR 20000

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void check_quantiles(uint8_t bits, double error)
{
	static const double qs[] = {0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
	struct dist d = {.bits = bits};
	static uint64_t v[NR];
	uint64_t x = 88172645463325252;

	for (int i = 0; i < NR; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		v[i] = x >> (16 + x % 40);
		dist_add(&d, v[i]);
	}
	qsort(v, NR, sizeof(v[0]), compare);
	assert_int_equal(d.nr, NR);
	assert_int_equal(d.min, v[0]);
	assert_int_equal(d.max, v[NR - 1]);
	for (size_t i = 0; i < sizeof(qs) / sizeof(qs[0]); i++) {
		int rank = (int)(qs[i] * NR + 0.5);
		double want = (double)v[rank ? rank - 1 : 0];
		double got = (double)dist_quantile(&d, qs[i]);

		assert_true(got >= want - want * error - 1);
		assert_true(got <= want + want * error + 1);
	}
	dist_release(&d);
	assert_int_equal(dist_quantile(&d, 0.5), 0);
}

static void test_quantiles(void **state)
{
	(void)state;
	check_quantiles(DIST_FINE, 0.001);
	check_quantiles(DIST_COARSE, 0.032);
}

static void test_edges(void **state)
{
	struct dist d = {.bits = DIST_FINE};

	(void)state;
	dist_add(&d, 0);
	dist_add(&d, UINT64_MAX);
	assert_int_equal(dist_quantile(&d, 0.1), 0);
	assert_int_equal(dist_quantile(&d, 1), UINT64_MAX);
	assert_int_equal(dist_count(&d, 0, 1), 1);
	dist_release(&d);
}

static void test_merge_is_exact(void **state)
{
	struct dist a = {.bits = DIST_COARSE}, b = {.bits = DIST_COARSE};
	struct dist all = {.bits = DIST_COARSE};

	(void)state;
	for (uint64_t i = 1; i < 3000; i++) {
		dist_add(i & 1 ? &a : &b, i * i);
		dist_add(&all, i * i);
	}
	dist_merge(&a, &b);
	assert_int_equal(a.nr, all.nr);
	assert_int_equal(a.sum, all.sum);
	assert_int_equal(a.min, all.min);
	assert_int_equal(a.max, all.max);
	for (int i = 0; i <= 1000; i++)
		assert_int_equal(dist_quantile(&a, i / 1000.0),
				 dist_quantile(&all, i / 1000.0));
	dist_release(&a);
	dist_release(&b);
	dist_release(&all);
}

static void add(struct stats *st, uint64_t time, enum blk_act act,
		uint64_t sector, uint32_t sequence)
{
	uint32_t tc =
		BLK_TC_READ | (act == BLK_ACT_QUEUE ? BLK_TC_QUEUE : BLK_TC_FS);
	struct blk_rec rec = {
		.time = time,
		.action = BLK_TC_ACT(tc) | (uint32_t)act,
		.sector = sector,
		.bytes = 4096,
		.pid = 100,
		.device = blk_dev(8, 0),
		.sequence = sequence,
	};

	stats_add(st, &rec, true);
}

static void test_counts(void **state)
{
	_cleanup_(stats_freep) struct stats *st =
		stats_new(&(struct stats_options){.by = STATS_BY_OP});
	const struct stats_device *d;
	uint32_t seq = 1;

	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		/* two in flight at a time, the sectors one after the other */
		add(st, 100 * i + 1, BLK_ACT_QUEUE, 8 * i, seq++);
		add(st, 100 * i + 2, BLK_ACT_ISSUE, 8 * i, seq++);
		if (i)
			add(st, 100 * i + 3, BLK_ACT_COMPLETE, 8 * (i - 1),
			    seq++);
	}
	add(st, 1003, BLK_ACT_COMPLETE, 72, seq++);
	stats_end(st);
	d = stats_device(st, 0);
	assert_null(stats_device(st, 1));
	assert_int_equal(d->ops[LIFE_READ]->ios, 10);
	assert_int_equal(d->ops[LIFE_READ]->bytes, 40960);
	assert_int_equal(d->ops[LIFE_READ]->phases[STATS_Q2C].nr, 10);
	assert_int_equal(d->ops[LIFE_READ]->phases[STATS_Q2C].max, 102);
	assert_int_equal(d->ops[LIFE_READ]->phases[STATS_Q2D].max, 1);
	assert_int_equal(d->ops[LIFE_READ]->requests, 10);
	assert_int_equal(d->depth.max, 2);
	/* 10 requests of 101 ns */
	assert_int_equal(d->depth.area, 1010);
	assert_int_equal(d->seeks.nr, 9);
	assert_int_equal(d->seeks.max, 0);
	assert_int_equal(stats_by_process(st)->nr, 1);
	assert_int_equal(stats_by_process(st)->list[0]->ios, 10);
	assert_int_equal(stats_by_keys(st)->list[0]->key.op, LIFE_READ);
	assert_int_equal(stats_span(st), 1002);
	assert_int_equal(stats_loss(st)->events, 0);
}

static void test_hole_in_the_numbers(void **state)
{
	_cleanup_(stats_freep) struct stats *st =
		stats_new(&(struct stats_options){0});

	(void)state;
	add(st, 1, BLK_ACT_QUEUE, 8, 1);
	/* 3 comes late: no loss; 5 to 9 never come */
	add(st, 2, BLK_ACT_QUEUE, 16, 2);
	add(st, 3, BLK_ACT_QUEUE, 24, 4);
	add(st, 4, BLK_ACT_QUEUE, 32, 3);
	for (uint32_t i = 0; i < 100; i++)
		add(st, 5 + i, BLK_ACT_PLUG, 0, 10 + i);
	stats_end(st);
	assert_int_equal(stats_loss(st)->events, 5);
	assert_int_equal(stats_loss(st)->gaps, 5);
	assert_int_equal(stats_counts(st)->ios_cut, 4);
}

/* One request from 1 to 4 ms, a second one from 2 to 3: 4 ms in all, at most
 * 2 at a time; nothing from 4 to 9. */
static void depth_is_known_over_time(void **state)
{
	struct stats_device d = { .first = 1000000, .last = 9000000 };
	uint64_t start, end, last = d.first;
	double mean, area = 0;
	size_t i;

	(void)state;
	d.depth.at_issue.bits = DIST_FINE;
	d.depth.since = d.first;
	stats_depth_change(&d.depth, 1000000, 1);
	stats_depth_change(&d.depth, 2000000, 1);
	stats_depth_change(&d.depth, 3000000, -1);
	stats_depth_change(&d.depth, 4000000, -1);
	stats_depth_end(&d.depth, d.last);
	for (i = 0; stats_depth_mean(&d, i, &start, &end, &mean); i++) {
		assert_int_equal(start, last);
		assert_true(mean >= 0 && mean <= 2);
		area += mean * (double)(end - start);
		last = end;
	}
	assert_in_range(i, 8, 1 << STATS_DEPTH_BITS);
	assert_true(last >= 4000000);
	assert_int_equal((uint64_t)(area + 0.5), 4000000);
	assert_int_equal(d.depth.area, 4000000);
	assert_int_equal(d.depth.max, 2);
	dist_release(&d.depth.at_issue);
}

/* A damaged time: the cells reach to the end of all times. */
static void depth_of_late_times_ends(void **state)
{
	struct stats_device d = { .first = 1, .last = UINT64_MAX };
	uint64_t start, end;
	double mean;

	(void)state;
	d.depth.at_issue.bits = DIST_FINE;
	d.depth.since = d.first;
	stats_depth_change(&d.depth, 1, 1);
	stats_depth_change(&d.depth, UINT64_MAX - 1, -1);
	stats_depth_change(&d.depth, UINT64_MAX - 1, 1);
	stats_depth_end(&d.depth, d.last);
	for (size_t i = 0; stats_depth_mean(&d, i, &start, &end, &mean); i++) {
		assert_true(start < end);
		assert_true(mean > 0.999 && mean < 1.001);
	}
	assert_int_equal(end, UINT64_MAX);
	dist_release(&d.depth.at_issue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_is_known_over_time),
		cmocka_unit_test(depth_of_late_times_ends),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_merge_is_exact),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_hole_in_the_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
