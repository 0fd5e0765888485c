/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze/groups and series of a part: every I/O is in one group. */
#include "config.h"

#include "src/analyze/groups.h"
#include "tests/unit/unit.h"

#define DISK	(8u << 20)
#define TAGS	40u	/* more than are kept apart */
#define ROUNDS	500u

struct stream {
	struct series *whole;
	struct groups *groups;
	uint64_t time;
};

static void open_stream(struct stream *st)
{
	const struct series_options opts = { .act = -1 };

	*st = (struct stream){ .whole = series_new(&opts),
			       .time = 1000000000 };
	st->groups = groups_new(st->whole, &opts);
}

static void close_stream(struct stream *st)
{
	groups_free(st->groups);
	series_free(st->whole);
}

static void add(struct stream *st, enum blk_act act, uint32_t categories,
		uint64_t sector, uint32_t bytes, uint32_t tag)
{
	const struct blk_rec rec = {
		.action = act | BLK_TC_ACT(categories), .time = st->time,
		.device = DISK, .sector = sector, .bytes = bytes, .version = 7,
	};

	series_add(st->whole, &rec, 1);
	groups_add(st->groups, &rec, &tag, 1);
}

/* An I/O of 200 us, which begins every 100 us. */
static void add_io(struct stream *st, uint64_t sector, uint32_t tag,
		   uint64_t last_sector, uint32_t last_tag)
{
	add(st, BLK_ACT_QUEUE, BLK_TC_QUEUE | BLK_TC_WRITE, sector, 4096, tag);
	st->time += 10000;
	add(st, BLK_ACT_ISSUE, BLK_TC_ISSUE | BLK_TC_FS | BLK_TC_WRITE, sector,
	    4096, tag);
	st->time += 90000;
	if (last_tag)
		add(st, BLK_ACT_COMPLETE,
		    BLK_TC_COMPLETE | BLK_TC_FS | BLK_TC_WRITE, last_sector,
		    4096, last_tag);
}

/* Tag n has n of every 820 I/Os; each has an I/O early and late. */
static void add_all(struct stream *st)
{
	uint32_t last_tag = 0;
	uint64_t sector = 0, last_sector = 0;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t tag = 1; tag <= TAGS; tag++) {
			if (round % TAGS >= tag)
				continue;
			sector = (uint64_t)tag << 20 | round * 8;
			add_io(st, sector, tag, last_sector, last_tag);
			last_sector = sector;
			last_tag = tag;
		}
	}
	add(st, BLK_ACT_COMPLETE, BLK_TC_COMPLETE | BLK_TC_FS | BLK_TC_WRITE,
	    last_sector, 4096, last_tag);
}

struct sums {
	uint64_t nr[SERIES_ACTS], lat, depth_ns, raster;
};

static struct sums sums_of(const struct series *s)
{
	struct sums sums = { 0 };
	size_t nr_devices;
	const struct series_device *d = series_devices(s, &nr_devices);

	for (size_t i = 0; i < series_count(s); i++) {
		const struct series_bucket *b = series_bucket(s, i);

		for (int a = 0; a < SERIES_ACTS; a++)
			for (int op = 0; op < IO_OP_MAX; op++)
				sums.nr[a] += b->nr[a][op];
		if (b->lat[SERIES_D2C])
			sums.lat += b->lat[SERIES_D2C]->nr;
		sums.depth_ns += b->depth_ns[SERIES_D2C];
	}
	for (size_t i = 0; i < nr_devices; i++)
		sums.raster += d[i].raster->nr[IO_WRITE];
	return sums;
}

static void every_io_is_in_one_group(void **state)
{
	struct sums all, sum = { 0 };
	const struct group *list;
	struct stream st;
	size_t nr;

	(void)state;
	open_stream(&st);
	add_all(&st);
	series_finish(st.whole);
	nr = groups_finish(st.groups, 12, &list);
	assert_int_equal(nr, 13);
	for (size_t i = 0; i < nr; i++) {
		struct sums one = sums_of(list[i].series);

		assert_int_equal(list[i].kind, i < 12 ? GROUP_TAG : GROUP_OTHER);
		/* the largest first */
		if (i < 12)
			assert_int_equal(list[i].tag, TAGS - i);
		assert_int_equal(one.nr[SERIES_QUEUE], list[i].nr_ios);
		/* all of them over the same time */
		assert_int_equal(series_first(list[i].series),
				 series_first(st.whole));
		assert_int_equal(series_last(list[i].series),
				 series_last(st.whole));
		for (int a = 0; a < SERIES_ACTS; a++)
			sum.nr[a] += one.nr[a];
		sum.lat += one.lat;
		sum.depth_ns += one.depth_ns;
		sum.raster += one.raster;
	}
	all = sums_of(st.whole);
	assert_true(all.nr[SERIES_QUEUE] > 9000);
	assert_int_equal(all.lat, all.nr[SERIES_QUEUE]);
	assert_memory_equal(&all, &sum, sizeof(all));
	close_stream(&st);
}

/* 32 that had 100 I/Os each, then four with 500 each, in turn. */
static void late_ones_can_be_the_largest(void **state)
{
	const struct group *list;
	struct stream st;

	(void)state;
	open_stream(&st);
	for (uint32_t tag = 1; tag <= GROUPS_LIVE; tag++)
		for (uint32_t i = 0; i < 100; i++)
			add_io(&st, tag << 10 | i * 8, tag, 0, 0);
	for (uint32_t i = 0; i < 500; i++)
		for (uint32_t tag = 101; tag <= 104; tag++)
			add_io(&st, tag << 12 | i * 8, tag, 0, 0);
	series_finish(st.whole);
	assert_int_equal(groups_finish(st.groups, 12, &list), 13);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(list[i].tag, 101 + i);
		assert_int_equal(list[i].nr_ios, 500);
	}
	assert_int_equal(list[12].nr_ios, 24 * 100);
	close_stream(&st);
}

/* D in one group, C with another's tag: it ends where it began. */
static void completions_find_their_issue(void **state)
{
	const uint32_t flush = BLK_TC_FS | BLK_TC_FLUSH;
	const struct group *list;
	struct stream st;
	size_t nr;

	(void)state;
	open_stream(&st);
	add(&st, BLK_ACT_ISSUE, BLK_TC_ISSUE | flush, 0, 0, 1);
	add(&st, BLK_ACT_ISSUE, BLK_TC_ISSUE | flush, 0, 0, 2);
	st.time += 1000;
	add(&st, BLK_ACT_COMPLETE, BLK_TC_COMPLETE | flush, 0, 0, 2);
	add(&st, BLK_ACT_COMPLETE, BLK_TC_COMPLETE | flush, 0, 0, 0);
	st.time += 1000000;
	add(&st, BLK_ACT_QUEUE, BLK_TC_QUEUE, 8, 4096, 1);
	series_finish(st.whole);
	nr = groups_finish(st.groups, 12, &list);
	assert_int_equal(list[0].kind, GROUP_TAG);
	assert_int_equal(list[1].kind, GROUP_TAG);
	for (size_t i = 0; i < 2; i++) {
		const struct series *s = list[i].series;

		assert_int_equal(series_totals(s)->lat[SERIES_D2C].nr, 1);
		assert_int_equal(series_pairing(s, SERIES_D2C)->nr, 0);
	}
	/* the tag 0 had a group, with nothing in it */
	assert_true(nr == 2 || sums_of(list[2].series).nr[0] == 0);
	close_stream(&st);
}

/* What was merged into others' requests has no time from Q to C. */
static void parts_know_of_the_issues_of_the_whole(void **state)
{
	const uint32_t w = BLK_TC_FS | BLK_TC_WRITE;
	const struct group *list;
	struct stream st;

	(void)state;
	open_stream(&st);
	add(&st, BLK_ACT_QUEUE, BLK_TC_QUEUE | BLK_TC_WRITE, 0, 4096, 1);
	add(&st, BLK_ACT_ISSUE, BLK_TC_ISSUE | w, 0, 4096, 1);
	st.time += 1000;
	add(&st, BLK_ACT_QUEUE, BLK_TC_QUEUE | BLK_TC_WRITE, 8, 4096, 2);
	st.time += 1000;
	add(&st, BLK_ACT_COMPLETE, BLK_TC_COMPLETE | w, 0, 8192, 1);
	series_finish(st.whole);
	assert_int_equal(groups_finish(st.groups, 12, &list), 2);
	assert_int_equal(list[1].tag, 2);
	assert_int_equal(series_pairing(list[1].series, SERIES_Q2C)->nr, 0);
	assert_int_equal(sums_of(list[1].series).nr[SERIES_QUEUE], 1);
	close_stream(&st);
}

static void no_records_no_groups(void **state)
{
	const struct group *list;
	struct stream st;

	(void)state;
	open_stream(&st);
	series_finish(st.whole);
	assert_int_equal(groups_finish(st.groups, 12, &list), 0);
	close_stream(&st);
	groups_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_io_is_in_one_group),
		cmocka_unit_test(late_ones_can_be_the_largest),
		cmocka_unit_test(completions_find_their_issue),
		cmocka_unit_test(parts_know_of_the_issues_of_the_whole),
		cmocka_unit_test(no_records_no_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
