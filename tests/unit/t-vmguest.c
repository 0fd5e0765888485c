/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze/vmguest: a request and the buffer that carries it. */
#include "config.h"

#include "tests/unit/unit.h"

#include "formats/note.h"
#include "src/analyze/vmguest.h"

#define VDA	0xfe00000u	/* 254,0 */

struct run {
	struct vmguest *g;
	uint64_t time;
};

static void add(struct run *r, struct blk_rec rec)
{
	r->time += 10;
	rec.time = r->time;
	vmguest_add(r->g, &rec);
}

static void add_note(struct run *r, struct note n)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int len = note_encode(&n, pdu, sizeof(pdu));

	assert_true(len > 0);
	add(r, (struct blk_rec){ .action = note_action(n.id), .pid = 1,
				 .pdu = pdu, .pdu_len = (uint16_t)len });
}

static void put(struct run *r, uint64_t token, uint64_t sector,
		uint32_t bytes, uint32_t flags)
{
	add_note(r, (struct note){ .id = NOTE_VIRTIO_ADD, .virtio_add = {
		.device = 4, .queue = 1, .disk = VDA, .sector = sector,
		.bytes = bytes, .flags = flags, .token = token } });
}

static void notify(struct run *r)
{
	add_note(r, (struct note){ .id = NOTE_VIRTIO_NOTIFY,
		.virtio_notify = { .device = 4, .queue = 1, .ok = 1 } });
}

static void get(struct run *r, uint64_t token)
{
	add_note(r, (struct note){ .id = NOTE_VIRTIO_GET, .virtio_get = {
		.device = 4, .queue = 1, .token = token } });
}

static void block(struct run *r, uint32_t act, uint32_t tc, uint64_t sector,
		  uint32_t bytes)
{
	add(r, (struct blk_rec){ .action = BLK_TC_ACT(tc) | act,
				 .device = VDA, .sector = sector,
				 .bytes = bytes, .pid = 1 });
}

static void queue(struct run *r, uint64_t sector)
{
	block(r, BLK_ACT_QUEUE, BLK_TC_QUEUE | BLK_TC_READ, sector, 4096);
}

static void issue(struct run *r, uint64_t sector)
{
	block(r, BLK_ACT_ISSUE, BLK_TC_ISSUE | BLK_TC_READ, sector, 4096);
}

static void complete(struct run *r, uint64_t sector)
{
	block(r, BLK_ACT_COMPLETE, BLK_TC_COMPLETE | BLK_TC_READ, sector,
	      4096);
}

static int begin(void **state)
{
	struct run *r = calloc(1, sizeof(*r));

	r->g = vmguest_new(NULL);
	*state = r;
	return 0;
}

static int finish(void **state)
{
	struct run *r = *state;

	vmguest_free(r->g);
	free(r);
	return 0;
}

static const struct vmguest_disk *result(struct run *r)
{
	const struct vmguest_disk *d;

	vmguest_end(r->g);
	d = vmguest_disk(r->g, 0);
	assert_non_null(d);
	assert_null(vmguest_disk(r->g, 1));
	assert_int_equal(d->device, VDA);
	return d;
}

static void phase_is(const struct vmguest_disk *d, enum vmguest_phase phase,
		     uint64_t nr, uint64_t sum)
{
	assert_int_equal(d->phases[phase].nr, nr);
	assert_int_equal(d->phases[phase].sum, sum);
}

/* Records are 10 ns apart. */
static void splits_an_io(void **state)
{
	struct run *r = *state;
	const struct vmguest_disk *d;

	queue(r, 8);
	issue(r, 8);
	put(r, 77, 8, 4096, 0);
	notify(r);
	get(r, 77);
	complete(r, 8);
	d = result(r);
	phase_is(d, VMGUEST_Q_D, 1, 10);
	phase_is(d, VMGUEST_D_ADD, 1, 10);
	phase_is(d, VMGUEST_ADD_NOTIFY, 1, 10);
	phase_is(d, VMGUEST_ADD_GET, 1, 20);
	phase_is(d, VMGUEST_GET_C, 1, 10);
	phase_is(d, VMGUEST_Q_C, 1, 50);
	assert_int_equal(d->nr_requests, 1);
	assert_int_equal(d->nr_paired, 1);
	assert_int_equal(d->nr_buffers, 1);
}

/* They come back in another order. */
static void tokens_tell_buffers_apart(void **state)
{
	struct run *r = *state;
	const struct vmguest_disk *d;

	queue(r, 8);
	queue(r, 16);
	issue(r, 8);
	put(r, 1, 8, 4096, 0);
	issue(r, 16);
	put(r, 2, 16, 4096, 0);
	notify(r);
	get(r, 2);
	complete(r, 16);
	get(r, 1);
	complete(r, 8);
	d = result(r);
	assert_int_equal(d->nr_paired, 2);
	phase_is(d, VMGUEST_ADD_GET, 2, 60 + 20);
	phase_is(d, VMGUEST_ADD_NOTIFY, 2, 30 + 10);
}

static void a_flush_has_no_sector(void **state)
{
	struct run *r = *state;
	const struct vmguest_disk *d;

	block(r, BLK_ACT_ISSUE, BLK_TC_ISSUE | BLK_TC_FLUSH | BLK_TC_FS, 0,
	      0);
	put(r, 5, UINT64_MAX, 0, 0);
	get(r, 5);
	block(r, BLK_ACT_COMPLETE,
	      BLK_TC_COMPLETE | BLK_TC_FLUSH | BLK_TC_FS, 0, 0);
	d = result(r);
	assert_int_equal(d->nr_requests, 1);
	assert_int_equal(d->nr_paired, 1);
	phase_is(d, VMGUEST_ADD_GET, 1, 10);
}

static void a_refused_buffer_is_none(void **state)
{
	struct run *r = *state;
	const struct vmguest_disk *d;

	queue(r, 8);
	issue(r, 8);
	put(r, 0, 8, 4096, NOTE_VIRTIO_FAILED);
	put(r, 3, 8, 4096, 0);
	get(r, 3);
	complete(r, 8);
	d = result(r);
	assert_int_equal(d->nr_refused, 1);
	assert_int_equal(d->nr_buffers, 1);
	phase_is(d, VMGUEST_D_ADD, 1, 20);
}

/* Its get was not seen; then the place is used again. */
static void what_did_not_come_back_is_not_paired(void **state)
{
	struct run *r = *state;
	const struct vmguest_disk *d;

	queue(r, 8);
	issue(r, 8);
	put(r, 3, 8, 4096, 0);
	complete(r, 8);
	queue(r, 8);
	issue(r, 8);
	put(r, 4, 8, 4096, 0);
	get(r, 3);		/* late, and not of this buffer */
	complete(r, 8);
	d = result(r);
	assert_int_equal(d->nr_requests, 2);
	assert_int_equal(d->nr_paired, 0);
	phase_is(d, VMGUEST_ADD_GET, 0, 0);
	phase_is(d, VMGUEST_Q_C, 2, 30 + 40);
}

static void nothing_crosses_a_loss(void **state)
{
	struct run *r = *state;
	const struct vmguest_disk *d;

	queue(r, 8);
	issue(r, 8);
	put(r, 3, 8, 4096, 0);
	add_note(r, (struct note){ .id = NOTE_LOSS, .loss = { .count = 9 } });
	get(r, 3);
	complete(r, 8);
	d = result(r);
	assert_int_equal(d->nr_paired, 0);
	assert_int_equal(vmguest_lost(r->g), 9);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(splits_an_io),
		TEST(tokens_tell_buffers_apart),
		TEST(a_flush_has_no_sector),
		TEST(a_refused_buffer_is_none),
		TEST(what_did_not_come_back_is_not_paired),
		TEST(nothing_crosses_a_loss),
	};

	return cmocka_run_group_tests_name("vmguest", tests, NULL, NULL);
}
