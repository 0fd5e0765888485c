/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze/window: order, ties, and streams whose times jump back. */
#include "config.h"

#include "src/analyze/window.h"
#include "tests/unit/unit.h"

static void push(struct window *w, uint64_t time, uint32_t cpu,
		 uint32_t sequence)
{
	const struct blk_rec rec = {
		.time = time, .cpu = cpu, .sequence = sequence,
		.device = blk_dev(8, 0),
	};

	window_push(w, &rec, 0);
}

/* Pops all; returns their number. */
static size_t drain(struct window *w)
{
	struct blk_rec rec;
	uint64_t last = 0;
	size_t nr = 0;

	for (; window_pop(w, 0, true, &rec); nr++) {
		assert_true(rec.time >= last);
		last = rec.time;
	}
	return nr;
}

/*
 * Each record is far behind the one before it in its CPU's queue.  When that
 * queue was gone through one by one, this took 2^33 steps.
 */
static void jumping_back_is_cheap(void **state)
{
	struct window *w = window_new(WINDOW_FOREVER, false);
	const size_t half = WINDOW_RECS / 2;

	(void)state;
	for (size_t i = 0; i < half; i++)
		push(w, 1000000 + i, 0, 1);
	for (size_t i = 0; i < half; i++)
		push(w, half - i, 0, 1);
	assert_true(window_is_full(w));
	assert_int_equal(window_nr_late(w), half);
	assert_int_equal(drain(w), WINDOW_RECS);
	/* it can be used again, and the queue of the CPU is empty */
	push(w, 7, 0, 1);
	push(w, 9, 0, 2);
	push(w, 8, 0, 3);
	assert_int_equal(drain(w), 3);
	assert_int_equal(window_nr_late(w), half + 1);
	window_free(w);
}

/* The window slides over copies of a trace that stand behind each other. */
static void copies_are_merged(void **state)
{
	struct window *w = window_new(WINDOW_FOREVER, false);
	struct blk_rec rec;
	size_t nr = 0;

	(void)state;
	for (int copy = 0; copy < 5; copy++)
		for (uint32_t i = 0; i < WINDOW_RECS / 2; i++) {
			push(w, i, i & 3, i);
			nr += window_pop(w, 0, false, &rec);
		}
	assert_int_equal(nr + drain(w), 5 * (WINDOW_RECS / 2));
	window_free(w);
}

static uint32_t pop_sequence(struct window *w)
{
	struct blk_rec rec;

	assert_true(window_pop(w, 0, true, &rec));
	return rec.sequence;
}

static void ties(void **state)
{
	struct window *by_number = window_new(WINDOW_FOREVER, false);
	struct window *as_it_came = window_new(WINDOW_FOREVER, true);

	(void)state;
	push(by_number, 5, 0, 20);
	push(by_number, 5, 1, 10);
	assert_int_equal(pop_sequence(by_number), 10);
	assert_int_equal(pop_sequence(by_number), 20);
	push(as_it_came, 5, 0, 20);
	push(as_it_came, 5, 1, 10);
	push(as_it_came, 4, 1, 30);
	assert_int_equal(pop_sequence(as_it_came), 30);
	assert_int_equal(pop_sequence(as_it_came), 20);
	assert_int_equal(pop_sequence(as_it_came), 10);
	window_free(by_number);
	window_free(as_it_came);
}

/*
 * What is in order waits in a line until the first one that is not: the ties
 * before it, and payloads of any length, come out as without a line.
 */
static void one_late_record_spoils_no_order(void **state)
{
	static const uint8_t bytes[100] = { 1, 2, 3, [99] = 100 };
	struct window *w = window_new(WINDOW_FOREVER, false);
	struct blk_rec rec = { .time = 10, .device = blk_dev(8, 0) };

	(void)state;
	push(w, 5, 3, 40);
	push(w, 10, 1, 20);
	push(w, 10, 0, 10);	/* before the last one */
	rec.pdu = bytes;
	rec.pdu_len = 100;
	rec.sequence = 11;
	window_push(w, &rec, 0);
	rec.pdu_len = 3;
	rec.sequence = 21;
	window_push(w, &rec, 0);
	assert_int_equal(window_nr_late(w), 0);
	assert_int_equal(pop_sequence(w), 40);
	push(w, 9, 0, 9);	/* late: its CPU was at 10 */
	assert_int_equal(window_nr_late(w), 1);
	assert_int_equal(pop_sequence(w), 9);
	assert_int_equal(pop_sequence(w), 10);
	assert_true(window_pop(w, 0, true, &rec));
	assert_int_equal(rec.sequence, 11);
	assert_int_equal(rec.pdu_len, 100);
	assert_memory_equal(rec.pdu, bytes, 100);
	assert_int_equal(pop_sequence(w), 20);
	assert_true(window_pop(w, 0, true, &rec));
	assert_int_equal(rec.sequence, 21);
	assert_memory_equal(rec.pdu, bytes, 3);
	assert_false(window_pop(w, 0, true, &rec));
	window_free(w);
}

/* A sorted stream of the size of some windows, with many equal times. */
static void a_line_is_as_long_as_a_window(void **state)
{
	struct window *w = window_new(WINDOW_FOREVER, false);
	struct blk_rec rec;
	uint64_t last = 0, nr = 0, pushed = 0;

	(void)state;
	for (uint32_t i = 0; i < 2 * WINDOW_RECS; i++) {
		push(w, i / 3, 2 - i % 3, i / 3);
		pushed++;
		if (!window_pop(w, 0, false, &rec))
			continue;
		assert_int_equal(pushed - nr, WINDOW_RECS);
		assert_int_equal(rec.time, nr / 3);
		assert_int_equal(rec.cpu, nr % 3);
		assert_true(rec.time >= last);
		last = rec.time;
		nr++;
	}
	assert_int_equal(nr, WINDOW_RECS + 1);
	assert_int_equal(window_nr_late(w), 0);
	assert_int_equal(drain(w), WINDOW_RECS - 1);
	window_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jumping_back_is_cheap),
		cmocka_unit_test(copies_are_merged),
		cmocka_unit_test(ties),
		cmocka_unit_test(one_late_record_spoils_no_order),
		cmocka_unit_test(a_line_is_as_long_as_a_window),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
