/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/analyze/align.h and merge.h.  Offsets and errors are reckoned by hand;
 * which numbers of a private record change is written down here once more,
 * from doc/FORMAT.md.
 */
#include "config.h"

#include <errno.h>

#include "src/analyze/align.h"
#include "src/analyze/merge.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

#define S		UINT64_C(1000000000)
#define HOST_PID	10000000u

/* ---- align --------------------------------------------------------------- */

static void add_clock(struct align_clocks *c, uint64_t monotonic,
		      uint64_t wall, uint64_t tai, bool is_synced)
{
	align_clock(c, &(struct note){ .id = NOTE_CLOCK, .clock = {
		.flags = is_synced ? NOTE_CLOCK_SYNCED : 0,
		.monotonic = monotonic, .realtime = wall, .tai = tai,
		.max_error = 1000, .est_error = 10, .width = 100 } });
}

static void wall_is_the_difference_of_two_constants(void **state)
{
	struct align_clocks a = { 0 }, b = { 0 };
	struct align_map maps[2];
	const struct align_side sides[] = { { "a", &a, { 0 } },
					    { "b", &b, { 0 } } };

	(void)state;
	add_clock(&a, 100 * S, 1000 * S, 1037 * S, true);
	add_clock(&a, 110 * S, 1010 * S, 1047 * S, true);
	add_clock(&b, 7 * S, 1000 * S, 1037 * S, true);
	/* 40 ns later than it should be: they are split */
	add_clock(&b, 9 * S, 1002 * S + 40, 1039 * S, true);
	assert_int_equal(align_solve(ALIGN_WALL, sides, 2, maps, NULL), 0);
	assert_int_equal(maps[0].offset, 0);
	assert_int_equal(maps[1].offset, 93 * S + 20);
	assert_true(maps[0].has_error && maps[1].has_error);
	assert_int_equal(maps[1].error, 20 + 2 * (100 + 1000));
	assert_int_equal(maps[1].likely, 20 + 2 * (100 + 10));
	assert_int_equal(maps[1].step, 40);
	assert_int_equal(align_time(&maps[1], 8 * S), 101 * S + 20);
	/* CLOCK_TAI has no such error */
	assert_int_equal(align_solve(ALIGN_PTP, sides, 2, maps, NULL), 0);
	assert_int_equal(maps[1].offset, 93 * S);
	assert_int_equal(maps[1].error, 2 * (100 + 1000));
}

static void clocks_that_nobody_steers_have_no_error(void **state)
{
	struct align_clocks a = { 0 }, b = { 0 }, none = { 0 };
	struct align_map maps[2];
	struct align_side sides[] = { { "a", &a, { 0 } },
				      { "b", &b, { 0 } } };
	struct err err = { 0 };

	(void)state;
	add_clock(&a, 100 * S, 1000 * S, 1000 * S, true);
	add_clock(&b, 200 * S, 1000 * S, 1000 * S, true);
	add_clock(&b, 201 * S, 1001 * S, 1001 * S, false);
	assert_int_equal(align_solve(ALIGN_WALL, sides, 2, maps, NULL), 0);
	assert_int_equal(maps[1].offset, -100 * (int64_t)S);
	assert_false(maps[1].has_error);
	/* reading the clock of b; a's kernel knows its own error */
	assert_int_equal(maps[1].error, 100 + 100 + 1000);
	assert_int_equal(align_solve(ALIGN_PTP, sides, 2, maps, &err),
			 -ENODATA);
	assert_string_equal(err.text, "b: the clock was not synchronised in 1"
			    " of 2 anchors (--align wall takes it as it is)");
	sides[1].clocks = &none;
	assert_int_equal(align_solve(ALIGN_WALL, sides, 2, maps, NULL),
			 -ENODATA);
	/* blktrace's timestamp will do */
	align_timestamp(&none, 5 * S, 1000 * S);
	assert_int_equal(align_solve(ALIGN_WALL, sides, 2, maps, NULL), 0);
	assert_int_equal(maps[1].offset, 95 * S);
	assert_false(maps[1].has_error);
}

static void other_leap_seconds_are_refused(void **state)
{
	struct align_clocks a = { 0 }, b = { 0 };
	struct align_map maps[2];
	const struct align_side sides[] = { { "a", &a, { 0 } },
					    { "b", &b, { 0 } } };
	struct err err = { 0 };

	(void)state;
	add_clock(&a, 100 * S, 1000 * S, 1037 * S, true);
	add_clock(&b, 200 * S, 1000 * S, 1000 * S, true);
	assert_int_equal(align_solve(ALIGN_PTP, sides, 2, maps, &err),
			 -ENODATA);
	assert_non_null(strstr(err.text, "a has CLOCK_TAI 37 s ahead"));
	assert_int_equal(align_solve(ALIGN_WALL, sides, 2, maps, NULL), 0);
}

static void two_points_make_a_line(void **state)
{
	struct align_clocks none = { 0 };
	struct align_map maps[2];
	const struct align_side sides[] = {
		{ "a", &none, { 2, { 100 * S, 200 * S } } },
		/* its clock is slow: 99.999 s between the same instants */
		{ "b", &none, { 2, { 50 * S, 149 * S + 999000000 } } },
	};

	(void)state;
	assert_int_equal(align_solve(ALIGN_ANCHOR, sides, 2, maps, NULL), 0);
	assert_int_equal(align_time(&maps[1], 50 * S), 100 * S);
	assert_in_range(align_time(&maps[1], 149 * S + 999000000),
			200 * S - 1, 200 * S + 1);
	/* and in front of the first one */
	assert_in_range(align_time(&maps[1], S), 51 * S - 500000,
			51 * S - 480000);
	assert_int_equal(align_time(&maps[0], 123), 123);
}

static void times_do_not_go_below_zero(void **state)
{
	const struct align_map map = { .offset = -100 };

	(void)state;
	assert_int_equal(align_time(&map, 99), 0);
	assert_int_equal(align_time(&map, 100), 0);
	assert_int_equal(align_time(&map, 101), 1);
	assert_int_equal(align_time_signed(&map, 1), -99);
}

static void the_order_of_times_stays(void **state)
{
	const struct align_map map = { .at = 1000000, .offset = 17,
				       .rate = -0.0003 };
	uint64_t last = 0;

	(void)state;
	for (uint64_t t = 0; t < 2000000; t += 37) {
		uint64_t now = align_time(&map, t);

		assert_true(now >= last);
		last = now;
	}
}

/* Neighbours, where a double has no more numbers for each of them. */
static void neighbours_stay_in_order(void **state)
{
	const struct align_map map = { .rate = -0.009 };
	uint64_t last = 0;

	(void)state;
	for (unsigned int bit = 50; bit < 64; bit++) {
		for (uint64_t i = 0; i < 20000; i++) {
			uint64_t now = align_time(&map,
						  (UINT64_C(1) << bit) / 8 * 9 + i);

			assert_true(now >= last);
			last = now;
		}
	}
}

/* A damaged time may be any, and must not come back as an early one. */
static void the_order_of_odd_times_stays(void **state)
{
	static const struct align_map maps[] = {
		{ .offset = 190196186 * (int64_t)S },
		{ .offset = -190196186 * (int64_t)S },
		{ .offset = INT64_MAX, .rate = 5e-4, .at = S },
		{ .offset = INT64_MIN, .rate = -5e-4, .at = UINT64_MAX },
		{ .rate = 5e-4, .at = UINT64_MAX / 2 },
		{ .rate = -0.009 },
		{ .rate = -0.009, .at = 12345 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		uint64_t last = align_time(&maps[i], 0);

		for (unsigned int bit = 0; bit < 64; bit++) {
			for (uint64_t more = 0; more < 2; more++) {
				uint64_t t = (UINT64_C(1) << bit) + more;
				uint64_t now = align_time(&maps[i], t);

				assert_true(now >= last);
				last = now;
			}
		}
		assert_true(align_time(&maps[i], UINT64_MAX) >= last);
	}
	assert_true(align_time(&maps[0], UINT64_MAX) == UINT64_MAX);
}

static void modes_have_names(void **state)
{
	enum align_mode mode;

	(void)state;
	for (unsigned int i = 0; i < ALIGN_MODE_MAX; i++) {
		assert_int_equal(align_mode_from_name(
			align_mode_name((enum align_mode)i), &mode), 0);
		assert_int_equal(mode, i);
	}
	assert_int_equal(align_mode_from_name("walls", &mode), -EINVAL);
}

/* ---- merge --------------------------------------------------------------- */

static const struct merge_host hosts[] = {
	{ .name = "a", .node = "", .release = "", .machine = "",
	  .source = "A", .nr_cpus = 4 },
	{ .name = "b", .node = "", .release = "", .machine = "",
	  .source = "B", .nr_cpus = 2, .cpu = 4, .map = { .offset = 1000 } },
};

#define SDA	(8u << 20)
#define SDB	(8u << 20 | 16)
#define NEW_SDA	(520u << 20)

/* Of the second host, whose 8,0 is taken. */
static struct merge *new_merge(void)
{
	struct merge *m = merge_new(hosts, 2);

	assert_int_equal(merge_device(m, 0, SDA), SDA);
	return m;
}

static void numbers_are_kept_apart(void **state)
{
	struct merge *m = new_merge();
	struct blk_rec rec = { .action = 0x00110001, .time = 5, .pid = 50,
			       .device = SDA, .cpu = 1, .version = 7 };
	struct blk_rec out;

	(void)state;
	assert_int_equal(merge_device(m, 1, 0), 0);
	assert_int_equal(merge_device(m, 1, SDB), SDB);
	assert_int_equal(merge_device(m, 0, SDB), 520u << 20 | 16);
	assert_true(merge_record(m, 1, &rec, 0, &out));
	assert_int_equal(out.device, NEW_SDA);
	assert_int_equal(out.cpu, 5);
	assert_int_equal(out.pid, HOST_PID + 50);
	assert_int_equal(out.time, 1005);
	rec.pid = 0;
	assert_true(merge_record(m, 1, &rec, 0, &out));
	assert_int_equal(out.pid, 0);
	rec.cpu = 2;
	assert_false(merge_record(m, 1, &rec, 0, &out));
	assert_int_equal(merge_counts(m)->bad_cpu, 1);
	merge_free(m);
}

static void a_number_is_found_when_all_majors_are_taken(void **state)
{
	struct merge *m = merge_new(hosts, 2);
	uint32_t last;

	(void)state;
	for (unsigned int major = 8; major <= 4095; major += 512)
		(void)merge_device(m, 0, major << 20);
	last = merge_device(m, 1, SDA);
	assert_int_equal(last, 0xffffffff);
	assert_int_equal(merge_device(m, 1, SDA), last);
	assert_int_equal(merge_device(m, 0, last), 0xffffffff - 1);
	merge_free(m);
}

static void payloads_name_the_new_numbers(void **state)
{
	struct merge *m = new_merge();
	uint8_t pdu[24], want[24];
	struct blk_rec out, rec = { .action = 0x0012000f, .device = SDA,
				    .pdu = pdu, .version = 7 };

	(void)state;
	/* A: 8,16 is free, 8,0 is not; big-endian on every machine */
	rec.pdu_len = (uint16_t)unit_hex("00800010 00800000 0000000000000780",
					 pdu, sizeof(pdu));
	(void)unit_hex("00800010 20800000 0000000000000780", want,
		       sizeof(want));
	assert_true(merge_record(m, 1, &rec, 0, &out));
	assert_memory_equal(out.pdu, want, 16);
	/* with a cgroup id in front, in the recorder's order: the other one */
	rec.action |= BLK_ACT_CGROUP;
	rec.is_swapped = true;
	memset(pdu, 0, 8);
	pdu[BYTE_ORDER == LITTLE_ENDIAN ? 7 : 0] = 9;
	rec.pdu_len = 8 + (uint16_t)unit_hex("00800010 00800000"
					     "0000000000000780", pdu + 8, 16);
	assert_true(merge_record(m, 1, &rec, 0, &out));
	assert_int_equal(out.pdu_len, 24);
	assert_int_equal(*(const uint64_t *)(const void *)out.pdu,
			 9 + (UINT64_C(1) << 40));
	assert_memory_equal(out.pdu + 8, want, 16);
	merge_free(m);
}

/*
 * Every number of every private record is 3 (a device: 8,0) before, and what
 * the fields listed here say behind.  All others stay.
 */
static const struct change {
	const char *note, *field;
	uint64_t want;
} changes[] = {
	{ "device", "device", NEW_SDA }, { "device", "disk", NEW_SDA },
	{ "process", "tid", HOST_PID + 3 }, { "process", "tgid", HOST_PID + 3 },
	{ "process", "cgroup", 3 + (UINT64_C(1) << 40) },
	{ "cgroup", "id", 3 + (UINT64_C(1) << 40) },
	{ "charge", "cgroup", 3 + (UINT64_C(1) << 40) },
	{ "loss", "device", NEW_SDA }, { "loss", "cpu", 5 },
	{ "loss", "from", 1003 }, { "loss", "to", 1003 },
	{ "total", "device", NEW_SDA }, { "total", "cpu", 5 },
	{ "cpustat", "cpu", 5 },
	{ "tag", "tag", 1 }, { "tagged", "tag", 1 },
	{ "kvm_", "vm", HOST_PID + 3 },
	{ "virtio_", "device", 1003 }, { "virtio_", "disk", NEW_SDA },
	{ "merge", "cpu", 5 },
};

static uint64_t before_of(const struct note_type *t,
			  const struct note_field *f)
{
	bool is_virtio = !strncmp(t->name, "virtio_", 7);

	if (!strcmp(f->name, "disk") ||
	    (!strcmp(f->name, "device") && !is_virtio))
		return SDA;
	return !strcmp(f->name, "cpu") ? 1 : 3;
}

static uint64_t after_of(const struct note_type *t, const struct note_field *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		const char *note = changes[i].note;
		size_t len = strlen(note);

		if (!strncmp(t->name, note, len) &&
		    (note[len - 1] == '_' || !t->name[len]) &&
		    !strcmp(f->name, changes[i].field))
			return changes[i].want;
	}
	return before_of(t, f);
}

static void fill(struct note *note, const struct note_type *t)
{
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct note_field *f = &t->fields[i];
		uint8_t *p = (uint8_t *)note + f->offset;
		uint64_t wide = before_of(t, f);
		uint32_t word = (uint32_t)wide;
		const char *text = "";

		if (f->type == NOTE_FIELD_U32)
			memcpy(p, &word, sizeof(word));
		else if (f->type == NOTE_FIELD_U64)
			memcpy(p, &wide, sizeof(wide));
		else
			memcpy(p, &text, sizeof(text));
	}
}

static void check(const struct note *note, const struct note_type *t)
{
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct note_field *f = &t->fields[i];
		const uint8_t *p = (const uint8_t *)note + f->offset;
		uint64_t wide = 0;
		uint32_t word = 0;

		if (f->type == NOTE_FIELD_STR)
			continue;
		memcpy(&word, p, sizeof(word));
		if (f->type == NOTE_FIELD_U64)
			memcpy(&wide, p, sizeof(wide));
		else
			wide = word;
		if (wide != after_of(t, f))
			fail_msg("%s.%s is %ju, not %ju", t->name, f->name,
				 (uintmax_t)wide, (uintmax_t)after_of(t, f));
	}
}

/* The note behind merge_record; false: it was left out. */
static bool pass_note(struct merge *m, const struct note *note,
		      struct note *ret)
{
	static uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(note, pdu, sizeof(pdu));
	struct blk_rec out, rec = { .action = note_action(note->id),
				    .pdu = pdu, .pdu_len = (uint16_t)n,
				    .version = 7 };

	assert_true(n > 0);
	if (!merge_record(m, 1, &rec, 0, &out))
		return false;
	assert_int_equal(note_decode(&out, ret), 0);
	return true;
}

static void private_records_name_the_new_numbers(void **state)
{
	struct merge *m = new_merge();

	(void)state;
	for (unsigned int i = 0; i < NOTE_MAX; i++) {
		const struct note_type *t = note_type((enum note_id)i);
		struct note out, note = { .id = (enum note_id)i };

		fill(&note, t);
		if (i == NOTE_TAG)
			note.tag.label = "x";
		if (!pass_note(m, &note, &out)) {
			/* one machine's of its own, and its clock */
			assert_true(i == NOTE_HOST || i == NOTE_CLOCK);
			continue;
		}
		check(&out, t);
		if (i == NOTE_DEVICE)
			assert_string_equal(out.device.name, "b:");
		if (i == NOTE_CGROUP)
			assert_string_equal(out.cgroup.path, "b:");
	}
	assert_int_equal(merge_counts(m)->lost, 3);
	merge_free(m);
}

static void what_lies_below_is_named_too(void **state)
{
	struct merge *m = new_merge();
	struct note out, note = { .id = NOTE_DEVICE, .device = {
		.device = 253u << 20, .disk = 253u << 20, .name = "dm-0",
		.below = "8:0,8:16" } };

	(void)state;
	assert_true(pass_note(m, &note, &out));
	assert_string_equal(out.device.below, "520:0,8:16");
	assert_string_equal(out.device.name, "b:dm-0");
	/* a CPU that is not known stays so */
	note = (struct note){ .id = NOTE_LOSS, .loss = { .cpu = UINT32_MAX,
							 .count = 2 } };
	assert_true(pass_note(m, &note, &out));
	assert_int_equal(out.loss.cpu, UINT32_MAX);
	assert_int_equal(out.loss.from, 0);
	merge_free(m);
}

static void what_a_newer_iotape_wrote_stays(void **state)
{
	struct merge *m = new_merge();
	uint8_t pdu[8] = "\x08\0\x01\0abc";
	struct blk_rec out, rec = { .action = 0x04004cfe, .pdu = pdu,
				    .pdu_len = 8, .device = SDA };

	(void)state;
	assert_true(merge_record(m, 1, &rec, 0, &out));
	assert_memory_equal(out.pdu, pdu, 8);
	assert_int_equal(out.device, NEW_SDA);
	assert_int_equal(merge_counts(m)->foreign, 1);
	/* what is broken goes */
	rec.action = note_action(NOTE_LOSS);
	rec.pdu_len = 3;
	assert_false(merge_record(m, 1, &rec, 0, &out));
	assert_int_equal(merge_counts(m)->bad_note, 1);
	merge_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wall_is_the_difference_of_two_constants),
		cmocka_unit_test(clocks_that_nobody_steers_have_no_error),
		cmocka_unit_test(other_leap_seconds_are_refused),
		cmocka_unit_test(two_points_make_a_line),
		cmocka_unit_test(times_do_not_go_below_zero),
		cmocka_unit_test(the_order_of_times_stays),
		cmocka_unit_test(the_order_of_odd_times_stays),
		cmocka_unit_test(neighbours_stay_in_order),
		cmocka_unit_test(modes_have_names),
		cmocka_unit_test(numbers_are_kept_apart),
		cmocka_unit_test(a_number_is_found_when_all_majors_are_taken),
		cmocka_unit_test(payloads_name_the_new_numbers),
		cmocka_unit_test(private_records_name_the_new_numbers),
		cmocka_unit_test(what_lies_below_is_named_too),
		cmocka_unit_test(what_a_newer_iotape_wrote_stays),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
