/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/record/slots and lot without a kernel: the slots lie in ordinary memory,
 * and the test does what bpf/slot.bpf.h does.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/lot.h"

#define NR	64u
#define RING	4096u

struct fake {
	struct slots slots;
	union slot_line lines[SLOT_FIRST + NR];
	struct ring ring;
	uint64_t consumer;
	uint64_t producer;
	uint8_t data[2 * RING] __attribute__((aligned(8)));
};

/* Both sides are at @start already. */
static struct fake *fake_new(uint64_t start)
{
	struct fake *f = xcalloc(1, sizeof(*f));

	f->slots = (struct slots){ .nr = NR, .lines = f->lines };
	f->lines[SLOT_HEAD].head.producer = start;
	f->lines[SLOT_TAIL].tail.consumer = start;
	f->ring = (struct ring){ .size = RING, .consumer = &f->consumer,
				 .producer = &f->producer, .data = f->data };
	return f;
}

static struct ring_slot *take(struct fake *f)
{
	uint64_t pos = f->lines[SLOT_HEAD].head.producer++;

	return &f->lines[SLOT_FIRST + pos % NR].slot;
}

/* @slot was the one that was taken when the producer was at @pos. */
static void give(struct ring_slot *slot, uint64_t pos, uint64_t time,
		 uint32_t pid)
{
	*slot = (struct ring_slot){ .stamp = pos + 1, .time = time,
				    .pid = pid };
}

static void put(struct fake *f, uint64_t time, uint32_t pid)
{
	uint64_t pos = f->lines[SLOT_HEAD].head.producer;

	give(take(f), pos, time, pid);
}

/* A description in the ring, which is written once only. */
static void describe(struct fake *f, uint64_t time, uint32_t pid,
		     const char *comm)
{
	struct ring_event *ev = (void *)(f->data + f->producer + 8);
	uint32_t len = sizeof(*ev) + sizeof(struct ring_task);

	*ev = (struct ring_event){ .time = time, .pid = pid, .tgid = pid + 1,
				   .device = RING_DEVICE_TASK,
				   .pdu_len = sizeof(struct ring_task) };
	memcpy(ev->comm, comm, strlen(comm));
	memcpy(f->data + f->producer, &len, sizeof(len));
	f->producer += 8 + len;
}

/* Also where the numbers are far above the slots. */
static void slots_are_whole_by_their_stamps(void **state)
{
	_cleanup_(freep) struct fake *f = fake_new(NR * 1000 - 2);
	struct ring_item items[NR];
	struct ring_slot *late;
	uint64_t head = 0, pos;

	(void)state;
	assert_int_equal(slots_gather(&f->slots, items, &head), 0);
	put(f, 5, 1);
	pos = f->lines[SLOT_HEAD].head.producer;
	late = take(f);
	put(f, 7, 1);		/* an interrupt, in the first line again */
	assert_int_equal(slots_gather(&f->slots, items, &head), -EAGAIN);
	/* what was there a round earlier is not taken for it */
	late->stamp = pos + 1 - NR;
	assert_int_equal(slots_gather(&f->slots, items, &head), -EAGAIN);
	give(late, pos, 6, 1);
	assert_int_equal(slots_gather(&f->slots, items, &head), 3);
	assert_int_equal(items[0].time, 5);
	assert_int_equal(items[1].time, 6);
	assert_int_equal(items[2].time, 7);
	assert_int_equal(items[2].slot->time, 7);
	assert_int_equal(head, NR * 1000 + 1);
	assert_int_equal(f->lines[SLOT_TAIL].tail.consumer, NR * 1000 - 2);
	slots_release_room(&f->slots, head);
	assert_int_equal(slots_gather(&f->slots, items, &head), 0);
}

static void full_slots_are_all_read(void **state)
{
	_cleanup_(freep) struct fake *f = fake_new(NR / 2);
	struct ring_item items[NR];
	uint64_t head;

	(void)state;
	for (uint64_t i = 0; i < NR; i++)
		put(f, i, 1);
	assert_int_equal(slots_gather(&f->slots, items, &head), NR);
	assert_int_equal(items[NR - 1].time, NR - 1);
}

static void fields_are_unpacked(void **state)
{
	const struct ring_slot slot = {
		.time = 1, .sector = 2, .action = 0x500000003, .bytes = 4,
		.device = 0x700001, .pid = 6, .lost = 7, .error = 8,
	};
	struct slot_names names = { 0 };
	struct slot_event e;

	(void)state;
	memset(&e, 0xff, sizeof(e));
	slot_unpack(&slot, slot_names_find(&names, &slot), &e);
	assert_int_equal(slot_event_of(&e)->time, 1);
	assert_int_equal(slot_event_of(&e)->sector, 2);
	assert_int_equal(slot_event_of(&e)->action, 0x500000003);
	assert_int_equal(slot_event_of(&e)->bytes, 4);
	assert_int_equal(slot_event_of(&e)->device, 0x700001);
	assert_int_equal(slot_event_of(&e)->pid, 6);
	assert_int_equal(slot_event_of(&e)->tgid, 0);
	assert_int_equal(slot_event_of(&e)->lost, 7);
	assert_int_equal(slot_event_of(&e)->error, 8);
	assert_int_equal(slot_event_of(&e)->pdu_len, 0);
	assert_int_equal(slot_event_of(&e)->cgroup, 0);
	assert_string_equal(slot_event_of(&e)->comm, "");
}

/* The last description may be of its old name. */
static void nameless_slots_are_said(void **state)
{
	const struct ring_event said = { .pid = 9, .tgid = 8, .comm = "nine" };
	struct ring_slot slot = { .pid = 9, .pdu_len = 8, .pdu = 0x1122 };
	struct slot_names names = { 0 };
	struct slot_event e;

	(void)state;
	slot_names_learn(&names, &said);
	slot_unpack(&slot, slot_names_find(&names, &slot), &e);
	assert_int_equal(slot_event_of(&e)->tgid, 8);
	slot.pdu_len |= SLOT_NAMELESS;
	assert_null(slot_names_find(&names, &slot));
	slot_unpack(&slot, NULL, &e);
	assert_string_equal(slot_event_of(&e)->comm, "");
	assert_int_equal(slot_event_of(&e)->pdu_len, 8);
	assert_memory_equal(slot_event_of(&e)->pdu, &slot.pdu, 8);
	/* another thread in its place */
	slot = (struct ring_slot){ .pid = 10 };
	while (TASK_SLOT(slot.pid) != TASK_SLOT(9))
		slot.pid++;
	assert_null(slot_names_find(&names, &slot));
}

/* Threads a power of two apart have places of their own. */
static void names_do_not_collide_in_rows(void **state)
{
	struct slot_names names = { 0 };
	struct slot_event e;

	(void)state;
	for (uint32_t step = 1; step <= 4096; step *= 2) {
		for (uint32_t i = 0; i < 16; i++) {
			struct ring_event said = { .pid = 1000 + i * step,
						   .tgid = step,
						   .comm = "fio" };

			slot_names_learn(&names, &said);
		}
		for (uint32_t i = 0; i < 16; i++) {
			struct ring_slot slot = { .pid = 1000 + i * step };

			slot_unpack(&slot, slot_names_find(&names, &slot), &e);
			assert_int_equal(slot_event_of(&e)->tgid, step);
		}
	}
}

/* struct blk_io_trace_remap of the kernel: from, to, sector; big-endian. */
static void payloads_are_unpacked(void **state)
{
	static const uint8_t number[8] = { 0, 0, 0, 0, 0, 0, 0x12, 0x34 };
	static const uint8_t remap[16] = {
		0, 0x80, 0, 0x01, 0x0f, 0xd0, 0, 0x02, 0, 0, 0, 0, 0, 0, 8, 0,
	};
	struct ring_slot slot = { .pdu_len = 8 };
	struct slot_event e;

	(void)state;
	memcpy(&slot.pdu, number, 8);
	slot_unpack(&slot, NULL, &e);
	assert_int_equal(slot_event_of(&e)->pdu_len, 8);
	assert_memory_equal(slot_event_of(&e)->pdu, number, 8);
	slot.pdu_len = 16;
	slot.device = 0x0fd00002;
	memcpy(&slot.device_from, remap, 4);
	memcpy(&slot.pdu, remap + 8, 8);
	slot_unpack(&slot, NULL, &e);
	assert_int_equal(slot_event_of(&e)->pdu_len, 16);
	assert_memory_equal(slot_event_of(&e)->pdu, remap, 16);
}

/* Ring and slots become one sequence; a description goes before its event. */
static void lot_merges_ring_and_slots(void **state)
{
	_cleanup_(freep) struct fake *f = fake_new(0);
	const struct ring_event *ev;
	struct lot lot;

	(void)state;
	assert_int_equal(lot_init(&lot, &f->ring, &f->slots), 0);
	put(f, 30, 7);
	put(f, 20, 9);
	put(f, 90, 7);
	describe(f, 30, 7, "seven");
	describe(f, 80, 7, "other");
	assert_int_equal(lot_gather(&lot), 0);
	assert_int_equal(lot_set_limit(&lot, 79), 0);
	assert_int_equal(lot_next_time(&lot), 20);
	assert_int_equal(lot_next(&lot)->pid, 9);
	assert_true(lot.is_nameless);
	assert_int_equal(lot_next(&lot)->device, RING_DEVICE_TASK);
	ev = lot_next(&lot);
	assert_int_equal(ev->time, 30);
	assert_int_equal(ev->tgid, 8);
	assert_string_equal(ev->comm, "seven");
	assert_false(lot.is_nameless);
	assert_null(lot_next(&lot));
	assert_int_equal(lot_next_time(&lot), UINT64_MAX);
	lot_keep_rest(&lot);
	assert_int_equal(f->lines[SLOT_TAIL].tail.consumer, 3);
	assert_int_equal(f->consumer, f->producer);
	/* the young ones are copies */
	memset(f->lines + SLOT_FIRST, 0xff, NR * sizeof(*f->lines));
	memset(f->data, 0xff, sizeof(f->data));
	put(f, 85, 7);
	assert_int_equal(lot_gather(&lot), 0);
	assert_int_equal(lot_set_limit(&lot, UINT64_MAX), 0);
	assert_int_equal(lot_next(&lot)->device, RING_DEVICE_TASK);
	ev = lot_next(&lot);
	assert_int_equal(ev->time, 85);
	assert_string_equal(ev->comm, "other");
	assert_int_equal(lot_next(&lot)->time, 90);
	assert_null(lot_next(&lot));
	lot_keep_rest(&lot);
	lot_release(&lot);
}

/* Slots in a row, up to the next event of the ring. */
static void slots_are_given_many_at_once(void **state)
{
	_cleanup_(freep) struct fake *f = fake_new(0);
	const struct ring_item *items;
	struct lot lot;

	(void)state;
	assert_int_equal(lot_init(&lot, &f->ring, &f->slots), 0);
	put(f, 10, 7);
	put(f, 30, 7);
	put(f, 20, 7);
	put(f, 50, 7);
	put(f, 90, 7);
	describe(f, 40, 7, "seven");
	assert_int_equal(lot_gather(&lot), 0);
	assert_int_equal(lot_set_limit(&lot, 60), 0);
	assert_int_equal(lot_slots(&lot, &items), 3);
	assert_int_equal(items[0].time, 10);
	assert_int_equal(items[1].slot->time, 20);
	lot_skip_slots(&lot, 2);
	assert_int_equal(lot_next(&lot)->time, 30);
	assert_int_equal(lot_slots(&lot, &items), 0);
	assert_int_equal(lot_next(&lot)->device, RING_DEVICE_TASK);
	assert_int_equal(lot_slots(&lot, &items), 1);
	assert_int_equal(items[0].time, 50);
	lot_skip_slots(&lot, 1);
	assert_int_equal(lot_slots(&lot, &items), 0);
	assert_null(lot_next(&lot));
	lot_keep_rest(&lot);
	lot_release(&lot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_whole_by_their_stamps),
		cmocka_unit_test(full_slots_are_all_read),
		cmocka_unit_test(fields_are_unpacked),
		cmocka_unit_test(nameless_slots_are_said),
		cmocka_unit_test(names_do_not_collide_in_rows),
		cmocka_unit_test(payloads_are_unpacked),
		cmocka_unit_test(lot_merges_ring_and_slots),
		cmocka_unit_test(slots_are_given_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
