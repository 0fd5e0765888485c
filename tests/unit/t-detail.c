/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/analyze/detail: numbers worked out by hand, and those of iotape stat for
 * the same records.
 */
#include "config.h"

#include "src/analyze/detail.h"
#include "src/analyze/stats.h"
#include "tests/unit/unit.h"

#define US	UINT64_C(1000)
#define SDA	(8u << 20)

static const uint32_t categories[] = {
	[BLK_ACT_QUEUE] = BLK_TC_QUEUE,
	[BLK_ACT_GETRQ] = BLK_TC_FS,
	[BLK_ACT_INSERT] = BLK_TC_QUEUE | BLK_TC_FS,
	[BLK_ACT_ISSUE] = BLK_TC_ISSUE | BLK_TC_FS,
	[BLK_ACT_COMPLETE] = BLK_TC_COMPLETE | BLK_TC_FS,
};

struct both {
	struct detail *detail;
	struct stats *stats;
};

static void add(struct both *b, enum blk_act act, bool is_write, uint64_t us,
		uint64_t sector, uint32_t bytes)
{
	const struct blk_rec r = {
		.action = act | BLK_TC_ACT(categories[act] |
					   (is_write ? BLK_TC_WRITE :
						       BLK_TC_READ)),
		.time = 1000000 * US + us * US, .device = SDA, .cpu = us % 3,
		.sector = sector, .bytes = bytes, .pid = 7, .version = 7,
	};

	detail_add(b->detail, &r, 1);
	stats_add(b->stats, &r, false);
}

/* An I/O of every step, begun at @us: 1 + 2 + 10 + @d2c us. */
static void add_io(struct both *b, bool is_write, uint64_t us,
		   uint64_t sector, uint32_t bytes, uint64_t d2c)
{
	add(b, BLK_ACT_QUEUE, is_write, us, sector, bytes);
	add(b, BLK_ACT_GETRQ, is_write, us + 1, sector, bytes);
	add(b, BLK_ACT_INSERT, is_write, us + 3, sector, bytes);
	add(b, BLK_ACT_ISSUE, is_write, us + 13, sector, bytes);
	add(b, BLK_ACT_COMPLETE, is_write, us + 13 + d2c, sector, bytes);
}

#define NR_IOS	2000

static int setup(void **state)
{
	static struct both b;

	b.detail = detail_new(NULL);
	b.stats = stats_new(&(struct stats_options){ .by = 0 });
	/* each second one writes, each third one jumps by 1000 sectors; over
	   two seconds, so that buckets are folded many times */
	for (uint64_t i = 0; i < NR_IOS; i++)
		add_io(&b, i % 2, i * 1000, i * 8 + i / 3 * 1000, 4096,
		       100 + i % 50);
	detail_finish(b.detail);
	stats_end(b.stats);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct both *b = *state;

	detail_free(b->detail);
	stats_free(b->stats);
	return 0;
}

static struct detail_bucket sum_of(const struct detail *d)
{
	const struct fold *t = detail_times(d);
	struct detail_bucket sum = { .nr = 0 };

	for (uint64_t i = t->lo; i <= t->hi; i++) {
		const struct detail_bucket *b = detail_bucket(d, i);

		sum.nr += b->nr;
		sum.q2c_ns += b->q2c_ns;
		for (int p = 0; p < DETAIL_PHASES; p++)
			sum.phase_ns[p] += b->phase_ns[p];
		for (int k = 0; k < DETAIL_DEPTHS; k++)
			sum.depth_ns[k] += b->depth_ns[k];
	}
	return sum;
}

static void phases_by_hand(void **state)
{
	const struct both *both = *state;
	struct detail_bucket sum = sum_of(both->detail);

	assert_int_equal(sum.nr, NR_IOS);
	assert_int_equal(sum.phase_ns[DETAIL_Q2G], NR_IOS * 1 * US);
	assert_int_equal(sum.phase_ns[DETAIL_G2I], NR_IOS * 2 * US);
	assert_int_equal(sum.phase_ns[DETAIL_I2D], NR_IOS * 10 * US);
	/* 100 + the mean of 0 to 49 */
	assert_int_equal(sum.phase_ns[DETAIL_D2C], NR_IOS * 124500);
	assert_int_equal(sum.q2c_ns, NR_IOS * 137500);
}

static void phases_are_those_of_stat(void **state)
{
	static const enum stats_phase same[DETAIL_PHASES] = {
		[DETAIL_Q2G] = STATS_Q2G, [DETAIL_G2I] = STATS_G2I,
		[DETAIL_I2D] = STATS_I2D, [DETAIL_D2C] = STATS_D2C,
	};
	const struct both *both = *state;
	const struct stats_device *dev = stats_device(both->stats, 0);
	struct detail_bucket sum = sum_of(both->detail);

	for (int p = 0; p < DETAIL_PHASES; p++)
		assert_int_equal(sum.phase_ns[p],
				 dev->ops[LIFE_READ]->phases[same[p]].sum +
				 dev->ops[LIFE_WRITE]->phases[same[p]].sum);
}

static void assert_same(const struct dist *a, const struct dist *b)
{
	assert_int_equal(a->nr, b->nr);
	assert_int_equal(a->sum, b->sum);
	assert_int_equal(a->max, b->max);
	assert_int_equal(dist_quantile(a, 0.5), dist_quantile(b, 0.5));
}

static void sizes_and_seeks_are_those_of_stat(void **state)
{
	const struct both *both = *state;
	const struct stats_device *dev = stats_device(both->stats, 0);
	struct dist seeks = { .bits = DIST_FINE };

	assert_same(detail_sizes(both->detail, IO_READ),
		    &dev->ops[LIFE_READ]->size);
	assert_same(detail_sizes(both->detail, IO_WRITE),
		    &dev->ops[LIFE_WRITE]->size);
	for (int op = 0; op < IO_OP_MAX; op++)
		dist_merge(&seeks, detail_seeks(both->detail, (enum io_op)op));
	assert_same(&seeks, &dev->seeks);
	/* a jump between each 3 and the next */
	assert_int_equal(seeks.sum, (NR_IOS - 1) / 3 * 1000);
	dist_release(&seeks);
}

static void depth_is_booked(void **state)
{
	const struct both *both = *state;
	struct detail_bucket sum = sum_of(both->detail);

	assert_int_equal(detail_depth_max(both->detail), 1);
	assert_int_equal(stats_device(both->stats, 0)->depth.max, 1);
	assert_int_equal(sum.depth_ns[1], NR_IOS * 124500);
	assert_int_equal(sum.depth_ns[1],
			 stats_device(both->stats, 0)->depth.area);
}

static void cells_keep_every_count(void **state)
{
	const struct both *both = *state;
	size_t nr;
	const struct detail_device *dev = detail_devices(both->detail, &nr);
	const struct detail_lane *cpus;
	uint64_t sum = 0;
	size_t nr_cells = (size_t)1 << (DETAIL_BUCKET_BITS + DETAIL_ROW_BITS);

	assert_int_equal(nr, 1);
	assert_int_equal(dev->nr, NR_IOS);
	for (size_t i = 0; i < nr_cells; i++)
		sum += dev->cells[i].nr;
	/* an I/O of 8 sectors is never in two of the larger rows here, but
	   where it lies across an edge */
	assert_in_range(sum, NR_IOS, NR_IOS + 128);
	cpus = detail_lanes(both->detail, DETAIL_CPUS, &nr);
	assert_int_equal(nr, 3);
	sum = 0;
	for (size_t k = 0; k < nr; k++) {
		assert_int_equal(cpus[k].key, k);
		for (size_t i = 0; i < 1u << DETAIL_BUCKET_BITS; i++)
			sum += cpus[k].cells[i];
	}
	assert_int_equal(sum, NR_IOS);
}

static void empty_is_no_crash(void **state)
{
	struct detail *d = detail_new(NULL);

	(void)state;
	detail_finish(d);
	assert_int_equal(fold_count(detail_times(d)), 0);
	assert_int_equal(detail_first(d), 0);
	detail_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phases_by_hand),
		cmocka_unit_test(phases_are_those_of_stat),
		cmocka_unit_test(sizes_and_seeks_are_those_of_stat),
		cmocka_unit_test(depth_is_booked),
		cmocka_unit_test(cells_keep_every_count),
		cmocka_unit_test(empty_is_no_crash),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
