/* SPDX-License-Identifier: GPL-2.0 */
/* src/replay: plan, pace, place: what is issued, when, and where. */
#include "config.h"

#include <errno.h>

#include "src/replay/pace.h"
#include "src/replay/place.h"
#include "src/replay/plan.h"
#include "tests/unit/unit.h"

#define MS	UINT64_C(1000000)
#define DEV	blk_dev(8, 16)

/* An I/O of thread @key, from @begin to @end ms; @end 0: not known. */
static void add(struct plan *plan, uint32_t key, uint64_t begin, uint64_t end,
		uint64_t sector)
{
	struct plan_io io = {
		.time = begin * MS, .sector = sector, .bytes = 4096,
		.op = LIFE_READ,
		.dev = (uint16_t)plan_device(plan, DEV, "sdb", NULL),
	};

	assert_int_equal(plan_add(plan, &io, key, NULL), 0);
	if (end)
		plan_add_end(plan, DEV, begin * MS, sector, end * MS);
}

/*
 * Thread 1: two at once, a third when the first has ended, a fourth 7 ms
 * after all of them.  Thread 2: one, whose end is not known, and another.
 */
static void two_threads(struct plan *plan)
{
	plan_init(plan);
	add(plan, 1, 100, 110, 0);
	add(plan, 1, 101, 130, 8);
	add(plan, 2, 105, 0, 800);
	add(plan, 1, 112, 120, 16);
	add(plan, 1, 137, 140, 24);
	add(plan, 2, 150, 160, 808);
	plan_end(plan);
}

static void plan_of_two_threads(void **state)
{
	static const struct {
		uint64_t time, think;
		uint32_t stream, rank, need;
	} expected[] = {
		{ 0, 0, 0, 0, 0 },
		{ 1, 0, 0, 2, 0 },
		{ 5, 0, 1, PLAN_NONE, 0 },
		{ 12, 2, 0, 1, 1 },
		{ 37, 7, 0, 3, 3 },
		{ 50, 0, 1, 0, 0 },
	};
	struct plan plan;

	(void)state;
	two_threads(&plan);
	assert_int_equal(plan.nr, 6);
	for (size_t i = 0; i < plan.nr; i++) {
		assert_int_equal(plan.ios[i].time, expected[i].time * MS);
		assert_int_equal(plan.ios[i].think, expected[i].think * MS);
		assert_int_equal(plan.ios[i].stream, expected[i].stream);
		assert_int_equal(plan.ios[i].rank, expected[i].rank);
		assert_int_equal(plan.ios[i].need, expected[i].need);
	}
	assert_int_equal(plan.ns, 50 * MS);
	assert_int_equal(plan.nr_ranked, 5);
	assert_int_equal(plan.max_depth, 2);
	/* 10 + 29 + 8 + 3 + 10 ms in flight, in 60 ms */
	assert_int_equal(plan.mean_depth * 600 + 0.5, 600);
	assert_int_equal(plan.devs[0].end, 816);
	assert_int_equal(plan.devs[0].nr, 6);
	plan_release(&plan);
}

/* Records of other files come later; equal times stay in order. */
static void plan_sorts(void **state)
{
	struct plan plan;

	(void)state;
	plan_init(&plan);
	for (uint64_t i = 0; i < 1000; i++)
		add(&plan, 1, i * 617 % 100 + 1, 0, i);
	plan_end(&plan);
	for (size_t i = 1; i < plan.nr; i++) {
		const struct plan_io *a = &plan.ios[i - 1], *b = a + 1;

		assert_true(a->time < b->time ||
			    (a->time == b->time && a->sector < b->sector));
	}
	assert_int_equal(plan.streams[0].first, 0);
	assert_int_equal(plan.streams[0].last, 999);
	plan_release(&plan);
}

static void plan_leaves_out(void **state)
{
	struct plan_io io = { .time = 1, .bytes = 512,
			      .op = LIFE_PASSTHROUGH };
	struct plan plan;

	(void)state;
	plan_init(&plan);
	assert_int_equal(plan_device(&plan, DEV, NULL, NULL), 0);
	assert_int_equal(plan_add(&plan, &io, 1, NULL), 0);
	io.op = LIFE_ZONE;
	assert_int_equal(plan_add(&plan, &io, 1, NULL), 0);
	io = (struct plan_io){ .op = LIFE_WRITE };
	assert_int_equal(plan_add(&plan, &io, 1, NULL), 0);
	assert_int_equal(plan.nr, 0);
	assert_int_equal(plan.nr_passthrough, 1);
	assert_int_equal(plan.nr_zone, 1);
	assert_int_equal(plan.nr_empty, 1);
	io.op = LIFE_FLUSH;
	assert_int_equal(plan_add(&plan, &io, 1, NULL), 0);
	assert_int_equal(plan.nr, 1);
	plan_end(&plan);
	plan_release(&plan);
}

/* ---- pace ---------------------------------------------------------------- */

/* What is next is I/O @io, due at @ms; takes it. */
static void expect(struct pace *pace, uint32_t io, uint64_t ms)
{
	uint64_t due;
	uint32_t i;

	assert_true(pace_next(pace, &due, &i));
	assert_int_equal(i, io);
	assert_int_equal(due, ms * MS);
	pace_take(pace);
}

static void expect_nothing(const struct pace *pace)
{
	uint64_t due;
	uint32_t i;

	assert_false(pace_next(pace, &due, &i));
}

static void pace_timed(void **state)
{
	struct plan plan;
	struct pace pace;

	(void)state;
	two_threads(&plan);
	pace_init(&pace, &plan, PACE_TIMED, 0.5);
	for (int round = 0; round < 2; round++) {
		pace_start(&pace, 1000 * MS);
		expect(&pace, 0, 1000);
		expect(&pace, 1, 1002);
		expect(&pace, 2, 1010);
		expect(&pace, 3, 1024);
		expect(&pace, 4, 1074);
		expect(&pace, 5, 1100);
		expect_nothing(&pace);
	}
	pace_release(&pace);
	plan_release(&plan);
}

/* Thread 1 has two in flight at first, then the third follows the first that
 * ends, whichever it is; the fourth waits for three. */
static void pace_closed_loop(void **state)
{
	struct plan plan;
	struct pace pace;

	(void)state;
	two_threads(&plan);
	pace_init(&pace, &plan, PACE_CLOSED, 1);
	pace_start(&pace, 0);
	expect(&pace, 0, 0);
	expect(&pace, 1, 0);
	expect(&pace, 2, 0);
	expect(&pace, 5, 0);
	expect_nothing(&pace);
	pace_done(&pace, 2, 1 * MS);
	pace_done(&pace, 1, 2 * MS);
	expect(&pace, 3, 2);
	pace_done(&pace, 0, 3 * MS);
	expect_nothing(&pace);
	pace_done(&pace, 3, 9 * MS);
	expect(&pace, 4, 9);
	pace_done(&pace, 4, 10 * MS);
	expect_nothing(&pace);
	pace_release(&pace);
	plan_release(&plan);
}

/* The third waits for the first by name, and then thinks for 2 ms; the fourth
 * for the three before it. */
static void pace_dependencies(void **state)
{
	struct plan plan;
	struct pace pace;

	(void)state;
	two_threads(&plan);
	pace_init(&pace, &plan, PACE_DEPENDENCIES, 1);
	pace_start(&pace, 0);
	expect(&pace, 0, 0);
	expect(&pace, 1, 1);
	expect(&pace, 2, 5);
	pace_done(&pace, 1, 20 * MS);
	expect(&pace, 5, 50);
	expect_nothing(&pace);
	pace_done(&pace, 0, 30 * MS);
	expect(&pace, 3, 32);
	expect_nothing(&pace);
	pace_done(&pace, 3, 40 * MS);
	expect(&pace, 4, 47);
	pace_done(&pace, 4, 50 * MS);
	expect_nothing(&pace);
	pace_release(&pace);
	plan_release(&plan);
}

/* Whatever the order of the ends, each I/O comes once and none is stuck. */
static void pace_ends(void **state)
{
	enum pace_mode modes[] = { PACE_CLOSED, PACE_DEPENDENCIES };
	struct plan plan;

	(void)state;
	plan_init(&plan);
	for (uint32_t i = 0; i < 2000; i++)
		add(&plan, i % 7, 1 + i / 3, i % 11 ? 1 + i / 3 + i % 5 : 0,
		    i * 8);
	plan_end(&plan);
	for (size_t m = 0; m < 2; m++) {
		uint32_t flight[2000];
		size_t nr = 0, issued = 0, seed = 1;
		struct pace pace;
		uint64_t due;
		uint32_t io;

		pace_init(&pace, &plan, modes[m], 1);
		pace_start(&pace, 0);
		for (;;) {
			while (pace_next(&pace, &due, &io)) {
				pace_take(&pace);
				flight[nr++] = io;
				issued++;
			}
			if (!nr)
				break;
			seed = seed * 1103515245 + 12345;
			io = flight[(seed >> 16) % nr];
			flight[(seed >> 16) % nr] = flight[nr - 1];
			nr--;
			pace_done(&pace, io, 1);
		}
		assert_int_equal(issued, plan.nr);
		pace_release(&pace);
	}
	plan_release(&plan);
}

/* ---- place --------------------------------------------------------------- */

static void place_of_ios(void **state)
{
	static const struct {
		enum place_fit fit;
		uint32_t block;
		uint64_t to;		/* bytes; recorded were 1 MiB */
		uint64_t sector;
		uint32_t bytes;
		int r;
		uint64_t off, len;
		unsigned int how;
	} rows[] = {
		{ PLACE_WRAP, 512, 1 << 20, 8, 4096, 0, 4096, 4096, 0 },
		{ PLACE_EXACT, 512, 1 << 20, 2040, 4096, 0, 1044480, 4096, 0 },
		{ PLACE_EXACT, 512, 1 << 20, 2041, 4096, -ERANGE, 0, 0, 0 },
		{ PLACE_EXACT, 512, 1 << 20, 1ull << 60, 4096, -ERANGE, 0, 0,
		  0 },
		/* behind the end: anew; across the end: before it */
		{ PLACE_WRAP, 512, 65536, 136, 4096, 0, 4096, 4096,
		  PLACE_MOVED },
		{ PLACE_WRAP, 512, 65536, 127, 4096, 0, 61440, 4096,
		  PLACE_MOVED },
		{ PLACE_WRAP, 512, 65536, 0, 131072, 0, 0, 65536, PLACE_CUT },
		/* 512 bytes on a target of 4096-byte blocks */
		{ PLACE_WRAP, 4096, 65536, 9, 512, 0, 4096, 4096,
		  PLACE_ALIGNED },
		{ PLACE_WRAP, 4096, 65536, 15, 1024, 0, 4096, 8192,
		  PLACE_ALIGNED },
		/* half the size, the middle stays the middle */
		{ PLACE_SCALE, 512, 1 << 19, 1024, 4096, 0, 262144, 4096,
		  PLACE_MOVED },
		{ PLACE_SCALE, 512, 2 << 20, 1024, 4096, 0, 1 << 20, 4096,
		  PLACE_MOVED },
		{ PLACE_SCALE, 4096, 1 << 19, 2047, 512, 0, 520192, 4096,
		  PLACE_MOVED | PLACE_ALIGNED },
		/* longer than one I/O may be */
		{ PLACE_WRAP, 512, 1ull << 40, 0, 1u << 31, 0, 0, 1 << 26,
		  PLACE_CUT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct place place = {
			.from_sectors = 2048, .to_bytes = rows[i].to,
			.block = rows[i].block, .fit = rows[i].fit,
		};
		uint64_t off = 0, len = 0;
		unsigned int how = 0;

		assert_int_equal(place_io(&place, rows[i].sector,
					  rows[i].bytes, 1 << 26, &off, &len,
					  &how), rows[i].r);
		assert_int_equal(off, rows[i].off);
		assert_int_equal(len, rows[i].len);
		assert_int_equal(how, rows[i].how);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_of_two_threads),
		cmocka_unit_test(plan_sorts),
		cmocka_unit_test(plan_leaves_out),
		cmocka_unit_test(pace_timed),
		cmocka_unit_test(pace_closed_loop),
		cmocka_unit_test(pace_dependencies),
		cmocka_unit_test(pace_ends),
		cmocka_unit_test(place_of_ios),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
