/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/analyze/kicks.h on kicks whose clocks are known: the guest's is behind by
 * an offset and runs too fast; some writes are missing, and others are there
 * that are no kicks.
 */
#include "config.h"

#include <errno.h>

#include "formats/note.h"
#include "src/analyze/kicks.h"
#include "tests/unit/unit.h"

#define S	UINT64_C(1000000000)
#define OFFSET	(INT64_C(12345) * (int64_t)S + 678901234)

/* Numbers that are the same each time. */
struct random {
	uint64_t state;
};

static uint64_t next(struct random *r, uint64_t below)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return (r->state >> 33) % below;
}

static void add(struct kicks *k, uint64_t time, const struct note *note)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(note, pdu, sizeof(pdu));
	struct blk_rec rec = { .action = note_action(note->id), .time = time,
			       .pdu = pdu, .pdu_len = (uint16_t)n,
			       .version = 7 };

	assert_true(n > 0);
	kicks_add(k, &rec);
}

static void add_kick(struct kicks *guest, uint64_t from, uint64_t to)
{
	add(guest, from, &(struct note){ .id = NOTE_VIRTIO_KICK,
		.virtio_kick = { .device = 1, .needed = 1 } });
	add(guest, to, &(struct note){ .id = NOTE_VIRTIO_NOTIFY,
		.virtio_notify = { .device = 1, .ok = 1 } });
}

static void add_write(struct kicks *host, uint64_t time)
{
	add(host, time, &(struct note){ .id = NOTE_KVM_FAST_MMIO,
		.kvm_fast_mmio = { .gpa = 0xfe003000 } });
}

/* What the guest's clock says at @host of the host. */
static uint64_t guest_clock(uint64_t host, double drift)
{
	return (uint64_t)((double)host * (1 + drift)) + S;
}

struct world {
	unsigned int nr;	/* kicks */
	double drift;		/* of the guest's clock */
	unsigned int lost;	/* one write of so many is not there */
	unsigned int noise;	/* so many other writes behind each kick */
	bool is_even;		/* the same time between all kicks */
};

static int compare(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* The host's times begin at OFFSET. */
static void make(const struct world *w, struct kicks *guest,
		 struct kicks *host)
{
	uint64_t *writes = calloc((size_t)w->nr * (w->noise + 1),
				  sizeof(*writes));
	struct random r = { 42 };
	size_t nr = 0;
	uint64_t t = 0;

	assert_non_null(writes);
	for (unsigned int i = 0; i < w->nr; i++) {
		uint64_t write, took;

		t += w->is_even ? 1000000 : 50000 + next(&r, 20000000);
		write = 300 + next(&r, 3000);
		took = write + 300 + next(&r, 3000);
		add_kick(guest, guest_clock(t, w->drift),
			 guest_clock(t + took, w->drift));
		if (!w->lost || next(&r, w->lost))
			writes[nr++] = (uint64_t)OFFSET + t + write;
		for (unsigned int k = 0; k < w->noise; k++)
			writes[nr++] = (uint64_t)OFFSET + t + 20000 +
				       next(&r, 5000000);
	}
	qsort(writes, nr, sizeof(*writes), compare);
	for (size_t i = 0; i < nr; i++)
		add_write(host, writes[i]);
	free(writes);
}

/* How far a point is from the truth, which is OFFSET. */
static uint64_t wrong_by(const struct kicks_fit *fit, unsigned int i,
			 double drift)
{
	double t = ((double)fit->guest.at[i] - (double)S) / (1 + drift);
	double d = (double)(int64_t)(fit->host.at[i] - (uint64_t)OFFSET) - t;

	return (uint64_t)(d < 0 ? -d : d);
}

static void fits(const struct world *w, unsigned int nr_points)
{
	struct kicks guest = { 0 }, host = { 0 };
	struct kicks_fit fit;
	struct err err = { 0 };

	make(w, &guest, &host);
	if (kicks_fit(&guest, &host, &fit, &err))
		fail_msg("%s", err.text);
	assert_int_equal(fit.guest.nr, nr_points);
	assert_int_equal(fit.host.nr, nr_points);
	/* notifications take 0.6 to 6.6 us, and 20 ms are between two at
	 * most, in which clocks may drift by 4 us in either direction; the
	 * last writes may be missing */
	assert_true(fit.error < 12000);
	for (unsigned int i = 0; i < nr_points; i++)
		/* 1: of rounding above */
		assert_true(wrong_by(&fit, i, w->drift) <= fit.error + 1);
	kicks_release(&guest);
	kicks_release(&host);
}

static void a_clear_case(void **state)
{
	(void)state;
	fits(&(struct world){ .nr = 64 }, 1);
	fits(&(struct world){ .nr = 2000 }, 2);
}

static void few_kicks(void **state)
{
	struct kicks guest = { 0 }, host = { 0 };
	struct kicks_fit fit;

	(void)state;
	make(&(struct world){ .nr = 7 }, &guest, &host);
	assert_int_equal(kicks_fit(&guest, &host, &fit, NULL), -ENODATA);
	kicks_release(&guest);
	kicks_release(&host);
}

/* Within 64 kicks by much more than a notification takes. */
static void clocks_that_drift(void **state)
{
	(void)state;
	fits(&(struct world){ .nr = 2000, .drift = 2e-7 }, 2);
	fits(&(struct world){ .nr = 2000, .drift = -2e-7 }, 2);
	fits(&(struct world){ .nr = 2000, .drift = 5e-5 }, 2);
	fits(&(struct world){ .nr = 2000, .drift = -5e-5, .lost = 12,
			      .noise = 3 }, 2);
}

static void missing_writes_and_others(void **state)
{
	(void)state;
	fits(&(struct world){ .nr = 500, .lost = 12 }, 2);
	fits(&(struct world){ .nr = 500, .noise = 3 }, 2);
	fits(&(struct world){ .nr = 500, .lost = 12, .noise = 3 }, 2);
}

static void even_kicks_are_refused(void **state)
{
	struct kicks guest = { 0 }, host = { 0 };
	struct kicks_fit fit;
	struct err err = { 0 };

	(void)state;
	make(&(struct world){ .nr = 500, .is_even = true }, &guest, &host);
	assert_int_equal(kicks_fit(&guest, &host, &fit, &err), -ERANGE);
	assert_non_null(strstr(err.text, "more than one offset"));
	kicks_release(&guest);
	kicks_release(&host);
}

static void another_host_is_refused(void **state)
{
	struct kicks guest = { 0 }, none = { 0 }, host = { 0 };
	struct random r = { 7 };
	struct kicks_fit fit;
	struct err err = { 0 };
	uint64_t t = 0;

	(void)state;
	make(&(struct world){ .nr = 500 }, &guest, &none);
	for (unsigned int i = 0; i < 500; i++)
		add_write(&host, t += 50000 + next(&r, 20000000));
	assert_int_equal(kicks_fit(&guest, &host, &fit, &err), -ERANGE);
	assert_non_null(strstr(err.text, "at no offset"));
	kicks_release(&guest);
	kicks_release(&none);
	kicks_release(&host);
}

static void what_is_no_kick(void **state)
{
	struct kicks k = { 0 };

	(void)state;
	/* reads, and a device that wanted no notification */
	add(&k, 1, &(struct note){ .id = NOTE_KVM_PIO });
	add(&k, 1, &(struct note){ .id = NOTE_KVM_MMIO,
				   .kvm_mmio = { .type = 1 } });
	add(&k, 1, &(struct note){ .id = NOTE_VIRTIO_KICK });
	add(&k, 2, &(struct note){ .id = NOTE_VIRTIO_NOTIFY,
				   .virtio_notify = { .ok = 1 } });
	assert_int_equal(k.nr_writes, 0);
	assert_int_equal(k.nr_kicks, 0);
	/* one that was interrupted, one of a broken device */
	add_kick(&k, 1, 2 + KICKS_LONG_NS);
	add(&k, 1, &(struct note){ .id = NOTE_VIRTIO_KICK,
				   .virtio_kick = { .needed = 1 } });
	add(&k, 2, &(struct note){ .id = NOTE_VIRTIO_NOTIFY });
	assert_int_equal(k.nr_kicks, 0);
	add(&k, 3, &(struct note){ .id = NOTE_KVM_PIO,
				   .kvm_pio = { .write = 1 } });
	add(&k, 4, &(struct note){ .id = NOTE_KVM_MMIO,
				   .kvm_mmio = { .type = 2 } });
	add_kick(&k, 5, 6);
	assert_int_equal(k.nr_writes, 2);
	assert_int_equal(k.nr_kicks, 1);
	kicks_release(&k);
}

/* No machine runs for 2^61 ns; what says so must not reach the sums. */
static void times_of_no_machine(void **state)
{
	const uint64_t most = UINT64_C(1) << 61;
	const uint64_t times[] = { most + 1, UINT64_MAX / 2, UINT64_MAX / 2 + 1,
				   UINT64_MAX };
	struct kicks guest = { 0 }, host = { 0 };
	struct kicks_fit fit;

	(void)state;
	make(&(struct world){ .nr = 64 }, &guest, &host);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		add_write(&host, times[i]);
		add_kick(&guest, times[i] - 1, times[i]);
		/* begun in time, ended never */
		add_kick(&guest, 5, times[i]);
	}
	assert_int_equal(host.nr_writes, 64);
	assert_int_equal(guest.nr_kicks, 64);
	assert_int_equal(kicks_fit(&guest, &host, &fit, NULL), 0);
	assert_int_equal(fit.nr_fitting, 64);
	kicks_release(&guest);
	kicks_release(&host);
	/* the largest that counts */
	add_write(&host, most);
	assert_int_equal(host.nr_writes, 1);
	kicks_release(&host);
}

/* Kicks and writes as far apart as can be: in no sum is more than 64 bits,
 * which UBSan would say. */
static void far_ends(void **state)
{
	const uint64_t most = UINT64_C(1) << 61;
	struct kicks guest = { 0 }, host = { 0 };
	struct kicks_fit fit;

	(void)state;
	for (uint64_t i = 0; i < 64; i++) {
		add_kick(&guest, i * i, i * i + 1);
		add_write(&host, most - 64 + i);
	}
	assert_int_equal(kicks_fit(&guest, &host, &fit, NULL), -ERANGE);
	add_kick(&guest, most - 1, most);
	assert_int_equal(kicks_fit(&guest, &host, &fit, NULL), -ERANGE);
	kicks_release(&guest);
	kicks_release(&host);
}

/* The first KICKS_WRITES are kept, and the time of the last. */
static void more_writes_than_are_kept(void **state)
{
	struct kicks host = { 0 };
	uint64_t last = 0;

	(void)state;
	while (host.nr_writes < KICKS_WRITES)
		add_write(&host, last += 1000);
	add_write(&host, last + 1);
	assert_int_equal(host.nr_writes, KICKS_WRITES);
	assert_int_equal(host.writes[KICKS_WRITES - 1], last);
	assert_int_equal(host.last_write, last + 1);
	kicks_release(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clear_case),
		cmocka_unit_test(few_kicks),
		cmocka_unit_test(clocks_that_drift),
		cmocka_unit_test(missing_writes_and_others),
		cmocka_unit_test(even_kicks_are_refused),
		cmocka_unit_test(another_host_is_refused),
		cmocka_unit_test(what_is_no_kick),
		cmocka_unit_test(times_of_no_machine),
		cmocka_unit_test(far_ends),
		cmocka_unit_test(more_writes_than_are_kept),
	};

	return cmocka_run_group_tests_name("kicks", tests, NULL, NULL);
}
