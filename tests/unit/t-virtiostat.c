/* SPDX-License-Identifier: GPL-2.0 */
/*
 * analyze/virtiostat and analyze/pairs.
 */
#include "config.h"

#include "formats/note.h"
#include "src/analyze/pairs.h"
#include "src/analyze/virtiostat.h"
#include "tests/unit/unit.h"

#define NR_KEYS		300

/* A table that is slow and simple does the same. */
static void pairs_are_those_of_a_simple_table(void **state)
{
	uint64_t open[2][NR_KEYS] = { 0 }, time;
	struct pairs p = { 0 };
	size_t nr = 0;

	(void)state;
	srandom(1);
	for (uint64_t i = 1; i < 200000; i++) {
		uint64_t a = (uint64_t)random() % 2;
		uint64_t b = (uint64_t)random() % NR_KEYS;

		if (random() % 2) {
			assert_int_equal(pairs_begin(&p, a, b << 32, i),
					 !open[a][b]);
			nr += !open[a][b];
			open[a][b] = i;
		} else {
			assert_int_equal(pairs_end(&p, a, b << 32, &time),
					 open[a][b] != 0);
			if (open[a][b])
				assert_int_equal(time, open[a][b]);
			nr -= open[a][b] != 0;
			open[a][b] = 0;
		}
		assert_int_equal(p.nr, nr);
	}
	pairs_clear(&p);
	for (uint64_t b = 0; b < NR_KEYS; b++)
		assert_false(pairs_end(&p, 0, b << 32, &time));
	pairs_release(&p);
}

/* Pairs that come and go need no more room. */
static void pairs_need_room_for_what_is_open(void **state)
{
	struct pairs p = { 0 };
	uint64_t time;

	(void)state;
	for (uint64_t i = 0; i < 100000; i++) {
		assert_true(pairs_begin(&p, 0, i * 4096, i));
		assert_true(pairs_end(&p, 0, i * 4096, &time));
		assert_int_equal(time, i);
	}
	assert_int_equal(p.nr, 0);
	assert_in_range(p.cap, 1, 64);
	pairs_release(&p);
}

static bool put(struct virtiostat *st, uint64_t time, const struct note *note)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(note, pdu, sizeof(pdu));
	const struct blk_rec rec = {
		.time = time,
		.action = note_action(note->id),
		.pdu = pdu,
		.pdu_len = (uint16_t)n,
	};

	assert_true(n > 0);
	return virtiostat_add(st, &rec);
}

static void put_queue(struct virtiostat *st, uint32_t device, uint32_t queue,
		      const char *driver, const char *name)
{
	const struct note note = { .id = NOTE_VIRTIO_QUEUE, .virtio_queue = {
		.device = device, .queue = queue, .driver = driver,
		.name = name } };

	assert_false(put(st, 1, &note));
}

static void put_add(struct virtiostat *st, uint64_t time, uint32_t queue,
		    uint64_t token)
{
	const struct note note = { .id = NOTE_VIRTIO_ADD, .virtio_add = {
		.queue = queue, .out_sgs = 2, .in_sgs = 1, .out_entries = 3,
		.in_entries = 4, .out_bytes = 100, .in_bytes = 10,
		.token = token } };

	assert_true(put(st, time, &note));
}

static void put_get(struct virtiostat *st, uint64_t time, uint32_t queue,
		    uint64_t token)
{
	const struct note note = { .id = NOTE_VIRTIO_GET, .virtio_get = {
		.queue = queue, .len = 7, .token = token } };

	assert_true(put(st, time, &note));
}

static const struct virtiostat_queue *queue_of(struct virtiostat *st, size_t i)
{
	const struct virtiostat_queue *const *queues;

	assert_true(virtiostat_queues(st, &queues) > i);
	return queues[i];
}

static void tokens_belong_to_their_queue(void **state)
{
	struct virtiostat *st = virtiostat_new(&(struct virtiostat_filter){ 0 });
	const struct virtiostat_queue *q;

	(void)state;
	put_queue(st, 0, 0, "virtio_blk", "req.0");
	put_queue(st, 0, 1, "virtio_blk", "req.1");
	put_add(st, 1000, 0, 5);
	put_add(st, 2000, 1, 5);
	put_get(st, 2500, 1, 5);
	put_get(st, 4000, 0, 5);
	q = queue_of(st, 0);
	assert_int_equal(q->latency.max, 3000);
	assert_int_equal(q->out_sgs, 2);
	assert_int_equal(q->out_bytes, 100);
	assert_int_equal(q->in_bytes, 10);
	assert_int_equal(q->used_bytes, 7);
	q = queue_of(st, 1);
	assert_int_equal(q->latency.max, 500);
	assert_int_equal(q->in_flight, 0);
	assert_int_equal(q->max_in_flight, 1);
	assert_int_equal(virtiostat_start(st), 1000);
	assert_int_equal(virtiostat_end(st), 4000);
	virtiostat_free(st);
}

static void a_loss_ends_all_pairs(void **state)
{
	struct virtiostat *st = virtiostat_new(&(struct virtiostat_filter){ 0 });
	const struct note loss = { .id = NOTE_LOSS, .loss = { .count = 4 } };
	const struct virtiostat_queue *q;

	(void)state;
	put_add(st, 1000, 0, 5);
	assert_int_equal(queue_of(st, 0)->in_flight, 1);
	assert_false(put(st, 1500, &loss));
	put_get(st, 2000, 0, 5);
	q = queue_of(st, 0);
	assert_int_equal(q->unpaired, 1);
	assert_int_equal(q->latency.nr, 0);
	assert_int_equal(q->in_flight, 0);
	assert_string_equal(q->driver, "");
	assert_int_equal(virtiostat_lost(st), 4);
	virtiostat_free(st);
}

static void a_period_keeps_what_is_in_flight(void **state)
{
	struct virtiostat *st = virtiostat_new(&(struct virtiostat_filter){ 0 });
	const struct virtiostat_queue *q;

	(void)state;
	put_queue(st, 0, 0, "virtio_blk", "req.0");
	put_add(st, 1000, 0, 5);
	virtiostat_next(st);
	q = queue_of(st, 0);
	assert_int_equal(q->adds, 0);
	assert_int_equal(q->in_flight, 1);
	assert_int_equal(q->max_in_flight, 1);
	assert_string_equal(q->name, "req.0");
	put_get(st, 9000, 0, 5);
	assert_int_equal(queue_of(st, 0)->latency.max, 8000);
	virtiostat_free(st);
}

/* Unplugged, and another one plugged in. */
static void another_queue_takes_the_numbers(void **state)
{
	struct virtiostat *st = virtiostat_new(&(struct virtiostat_filter){
		.driver = "virtio_net" });

	(void)state;
	put_queue(st, 0, 0, "virtio_blk", "req.0");
	put_add(st, 1000, 0, 5);
	put_queue(st, 0, 0, "virtio_blk", "req.0");
	put_queue(st, 0, 0, "virtio_net", "input.0");
	put_add(st, 2000, 0, 5);
	put_add(st, 3000, 0, 6);
	assert_int_equal(queue_of(st, 0)->adds, 2);
	assert_string_equal(queue_of(st, 0)->driver, "virtio_net");
	virtiostat_free(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_those_of_a_simple_table),
		cmocka_unit_test(pairs_need_room_for_what_is_open),
		cmocka_unit_test(tokens_belong_to_their_queue),
		cmocka_unit_test(a_loss_ends_all_pairs),
		cmocka_unit_test(a_period_keeps_what_is_in_flight),
		cmocka_unit_test(another_queue_takes_the_numbers),
	};

	return cmocka_run_group_tests_name("virtiostat", tests, NULL, NULL);
}
