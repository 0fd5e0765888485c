/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze/top: tables of made-up counts. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "src/analyze/top.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

#define SDA	(8u << 20)
#define SDB	(8u << 20 | 16)

/* @nr reads of 4 KiB by @tgid, each of @ns. */
static struct top_row reads(uint32_t device, uint32_t tgid, uint64_t cgroup,
			    uint64_t nr, uint64_t ns)
{
	struct top_row row = { .device = device, .tgid = tgid,
			       .cgroup = cgroup, .comm = "reader" };

	row.ios[TOP_READ] = nr;
	row.bytes[TOP_READ] = nr * 4096;
	for (uint64_t i = 0; i < nr; i++)
		hist_add(&row.times, ns);
	return row;
}

static struct top_row writes(uint32_t device, uint32_t tgid, uint64_t cgroup,
			     uint64_t nr, uint64_t ns)
{
	struct top_row row = reads(device, tgid, cgroup, nr, ns);

	row.ios[TOP_WRITE] = nr;
	row.bytes[TOP_WRITE] = nr * 1048576;
	row.ios[TOP_READ] = 0;
	row.bytes[TOP_READ] = 0;
	return row;
}

/* 1 read on sda, 10 on both disks together with 2, 2 writes few and large. */
static void make_parts(struct top_row parts[4])
{
	parts[0] = reads(SDB, 2, 70, 6, 1000000);
	parts[1] = reads(SDA, 2, 70, 4, 1000000);
	parts[2] = writes(SDA, 1, 70, 2, 50000000);
	parts[3] = reads(SDA, 3, 71, 30, 20000);
}

static void a_view_sums_the_rest_up(void **state)
{
	struct top_row parts[4], *rows;

	(void)state;
	make_parts(parts);
	assert_int_equal(top_table(parts, 4, TOP_BY_DEVICE, &rows), 2);
	assert_int_equal(rows[0].device, SDA);
	assert_int_equal(rows[0].tgid, 0);
	assert_int_equal(rows[0].cgroup, 0);
	assert_string_equal(rows[0].comm, "");
	assert_int_equal(rows[0].ios[TOP_READ], 34);
	assert_int_equal(rows[0].ios[TOP_WRITE], 2);
	assert_int_equal(rows[0].bytes[TOP_WRITE], 2097152);
	assert_int_equal(rows[0].times.nr, 36);
	assert_int_equal(rows[1].ios[TOP_READ], 6);
	free(rows);
	assert_int_equal(top_table(parts, 4, TOP_BY_PROCESS, &rows), 3);
	assert_int_equal(rows[1].tgid, 2);
	assert_int_equal(rows[1].ios[TOP_READ], 10);
	assert_string_equal(rows[1].comm, "reader");
	free(rows);
	assert_int_equal(top_table(parts, 4, TOP_BY_CGROUP, &rows), 2);
	assert_int_equal(rows[0].cgroup, 70);
	assert_int_equal(top_ios(&rows[0]), 12);
	free(rows);
}

static void idle_rows_are_left_out(void **state)
{
	struct top_row parts[3] = {
		{ .device = SDA, .tgid = 1 },
		{ .device = SDA, .tgid = 2, .in_flight = 1, .oldest_ns = 7 },
		{ .device = SDA, .tgid = 3, .in_flight = 2, .oldest_ns = 9 },
	};
	struct top_row *rows;

	(void)state;
	assert_int_equal(top_table(parts, 3, TOP_BY_PROCESS, &rows), 2);
	assert_int_equal(rows[0].tgid, 2);
	free(rows);
	assert_int_equal(top_table(parts, 3, TOP_BY_DEVICE, &rows), 1);
	assert_int_equal(rows[0].in_flight, 3);
	assert_int_equal(rows[0].oldest_ns, 9);
	free(rows);
	assert_int_equal(top_table(NULL, 0, TOP_BY_DEVICE, &rows), 0);
	assert_null(rows);
}

/* Those without room are nobody else's row. */
static void others_stay_apart(void **state)
{
	struct top_row parts[3], *rows;

	(void)state;
	parts[0] = reads(0, 0, 0, 5, 1000);
	parts[0].is_others = true;
	parts[1] = reads(SDA, 0, 0, 3, 1000);
	parts[2] = reads(SDB, 0, 0, 3, 1000);
	assert_int_equal(top_table(parts, 3, TOP_BY_PROCESS, &rows), 2);
	assert_int_equal(rows[0].ios[TOP_READ], 6);
	assert_false(rows[0].is_others);
	assert_true(rows[1].is_others);
	free(rows);
}

static void rates_and_depth(void **state)
{
	struct top_row row = reads(SDA, 1, 0, 100, 20000000), total;
	struct top_row two[2];

	(void)state;
	assert_true(top_rate(top_ios(&row), 2) == 50);
	/* 100 x 20 ms in 2 s */
	assert_true(top_depth(&row, 2) == 1);
	assert_true(top_depth(&row, 0) == 0);
	two[0] = row;
	two[1] = row;
	top_total(two, 2, &total);
	assert_true(top_depth(&total, 2) == 2);
	assert_int_equal(total.device, 0);
}

/* By process: 1 writes 2 MiB in 2 I/Os of 50 ms, 2 reads 10 of 1 ms, 3 reads
 * 30 of 20 us. */
static void each_order(void **state)
{
	static const struct {
		enum top_order order;
		uint32_t tgids[3];
	} cases[] = {
		{ TOP_SORT_IOPS, { 3, 2, 1 } },
		{ TOP_SORT_BYTES, { 1, 3, 2 } },
		{ TOP_SORT_READS, { 3, 2, 1 } },
		{ TOP_SORT_WRITES, { 1, 2, 3 } },	/* 2 and 3 are equal */
		{ TOP_SORT_P50, { 1, 2, 3 } },
		{ TOP_SORT_P99, { 1, 2, 3 } },
		{ TOP_SORT_DEPTH, { 1, 2, 3 } },	/* 100, 10, 0.6 ms */
		{ TOP_SORT_NAME, { 1, 2, 3 } },
	};
	struct top_row parts[4], *rows;

	(void)state;
	make_parts(parts);
	assert_int_equal(ARRAY_SIZE(cases), TOP_ORDER_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t nr = top_table(parts, 4, TOP_BY_PROCESS, &rows);

		assert_int_equal(nr, 3);
		top_sort(rows, nr, cases[i].order, 1);
		for (size_t k = 0; k < nr; k++)
			assert_int_equal(rows[k].tgid, cases[i].tgids[k]);
		free(rows);
	}
	top_sort(NULL, 0, TOP_SORT_IOPS, 1);
}

static void names_are_found_again(void **state)
{
	(void)state;
	for (int i = 0; i < TOP_VIEW_MAX; i++)
		assert_int_equal(top_view_find(top_view_name((enum top_view)i)),
				 i);
	for (int i = 0; i < TOP_ORDER_MAX; i++)
		assert_int_equal(top_order_find(
				 top_order_name((enum top_order)i)), i);
	assert_int_equal(top_view_find("disk"), -ENOENT);
	assert_int_equal(top_order_find(""), -ENOENT);
}

static void a_difference_of_histograms(void **state)
{
	struct hist before = { 0 }, now = { 0 }, since;

	(void)state;
	hist_add(&before, 3);
	hist_add(&before, 5000000);
	now = before;
	hist_add(&now, 1000);
	hist_add(&now, 1000);
	hist_add(&now, 9);
	top_hist_since(&now, &before, &since);
	assert_int_equal(since.nr, 3);
	assert_int_equal(since.sum, 2009);
	assert_int_equal(since.min, 9);
	/* the cell of 1000 goes from 992 to 1023: 16 cells from 512 on */
	assert_int_equal(since.max, 1023);
	assert_in_range(hist_quantile(&since, 0.99), 992, 1023);
	top_hist_since(&now, &now, &since);
	assert_int_equal(since.nr, 0);
	assert_int_equal(hist_quantile(&since, 0.5), 0);
}

/* The kernel's counters of cells have 32 bits and wrap. */
static void cells_may_wrap(void **state)
{
	struct hist before = { .sum = 10 }, now = { .sum = 34 }, since;

	(void)state;
	before.cells[8] = UINT32_MAX - 1;
	now.cells[8] = 1;
	top_hist_since(&now, &before, &since);
	assert_int_equal(since.nr, 3);
	assert_int_equal(since.sum, 24);
	assert_int_equal(hist_quantile(&since, 0.5), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_view_sums_the_rest_up),
		cmocka_unit_test(idle_rows_are_left_out),
		cmocka_unit_test(others_stay_apart),
		cmocka_unit_test(rates_and_depth),
		cmocka_unit_test(each_order),
		cmocka_unit_test(names_are_found_again),
		cmocka_unit_test(a_difference_of_histograms),
		cmocka_unit_test(cells_may_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
