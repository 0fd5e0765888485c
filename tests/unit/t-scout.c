/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records that are handed on as they stand in the bytes of a file (src/analyze/
 * scout and run): the source gives the same records in the same order as when
 * each of them goes through a window or a queue, which is done here.
 */
#include "config.h"

#include "tests/unit/unit.h"

#include "src/analyze/act.h"
#include "src/analyze/source.h"
#include "src/analyze/window.h"
#include "src/base/xalloc.h"

#define QUEUE	512u		/* records; source.c */
#define NOTE	(BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_PROCESS)
#define MESSAGE	(BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_MESSAGE)
#define EVENT	(BLK_TC_ACT(BLK_TC_QUEUE | BLK_TC_READ) | BLK_ACT_QUEUE)

/* How a trace is made; chances are in 1/1000. */
struct plan {
	uint32_t nr;
	uint32_t cpus;
	uint32_t tie;		/* has the time of the one before */
	uint32_t reversed;	/* of those: its number is below all others */
	uint32_t note, message;
	uint32_t payload;	/* remap */
	uint32_t long_payload;
	uint32_t other;		/* version 8, or the other byte order */
	uint32_t late;		/* stands behind a later one */
	uint32_t late_from;	/* the first record that may */
};

struct bytes {
	uint8_t *at;
	size_t nr, cap;
};

/* What is compared of a record. */
struct seen {
	uint64_t time, action;
	uint32_t cpu, sequence;
	uint32_t sum;		/* of its payload */
};

struct order {
	struct seen *seen;
	size_t nr, cap;
};

static uint64_t random_state = 88172645463325252ull;

/* xorshift64: G. Marsaglia, "Xorshift RNGs", 2003. */
static uint32_t below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 20) % limit;
}

static bool by_chance(uint32_t chance)
{
	return below(1000) < chance;
}

static void put(struct bytes *b, const struct blk_rec *rec, uint32_t other)
{
	bool is_other = by_chance(other);
	ssize_t n;

	while (b->cap - b->nr < BLK_REC_MAX) {
		b->cap = b->cap ? 2 * b->cap : 1u << 20;
		b->at = xreallocarray(b->at, b->cap, 1);
	}
	n = blk_encode(rec, is_other && by_chance(500) ? 8 : 7,
		       is_other && by_chance(500), b->at + b->nr,
		       b->cap - b->nr);
	assert_true(n > 0);
	b->nr += (size_t)n;
}

static void put_record(struct bytes *b, const struct plan *p, uint32_t i,
		       struct blk_rec *rec)
{
	static uint8_t pdu[3000];

	for (size_t k = 0; k < sizeof(pdu); k += 100)
		pdu[k] = (uint8_t)below(256);
	rec->pdu = NULL;
	rec->pdu_len = 0;
	rec->action = EVENT;
	if (by_chance(p->note) || by_chance(p->message)) {
		rec->action = by_chance(p->message) ? MESSAGE : NOTE;
		rec->pdu_len = 16;
	} else if (by_chance(p->payload)) {
		rec->pdu_len = 16;
	} else if (by_chance(p->long_payload)) {
		rec->pdu_len = (uint16_t)(17 + below(2900));
	}
	if (rec->pdu_len)
		rec->pdu = pdu;
	if (i >= p->late_from && by_chance(p->late)) {
		rec->time -= below(400);
		put(b, rec, p->other);
		rec->time += 400;
		return;
	}
	put(b, rec, p->other);
}

static struct bytes make(const struct plan *p)
{
	struct bytes b = { 0 };
	struct blk_rec rec = { .time = 1000000, .device = blk_dev(8, 0),
			       .bytes = 4096 };
	uint32_t down = UINT32_MAX / 2, up = down;

	for (uint32_t i = 0; i < p->nr; i++) {
		bool is_tie = by_chance(p->tie);

		rec.time += is_tie ? 0 : 1 + below(1000);
		rec.cpu = below(p->cpus);
		rec.sequence = is_tie && by_chance(p->reversed) ? down-- : up++;
		rec.sector = i;
		put_record(&b, p, i, &rec);
	}
	return b;
}

static void see(struct order *o, const struct blk_rec *rec)
{
	uint32_t sum = rec->pdu_len;

	for (size_t i = 0; i < rec->pdu_len; i++)
		sum = sum * 31 + rec->pdu[i];
	o->seen = xgrow(o->seen, o->nr, &o->cap, sizeof(*o->seen));
	o->seen[o->nr++] = (struct seen){
		.time = rec->time, .action = rec->action, .cpu = rec->cpu,
		.sequence = rec->sequence, .sum = sum,
	};
}

/* What the source gives. */
static struct order read_file(const struct bytes *b, const char *suffix,
			      uint32_t notes_ahead, bool keeps_order,
			      uint64_t *ret_late)
{
	const struct source_options opts = { .notes_ahead = notes_ahead,
					     .keeps_order = keeps_order };
	_cleanup_(source_freep) struct source *src = NULL;
	const struct source_file *files;
	char folder[] = "t-scout-XXXXXX", path[64];
	const char *name = path;
	struct order o = { 0 };
	struct source_batch batch;
	struct err err = { 0 };
	FILE *f;

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/t%s", folder, suffix);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(b->at, 1, b->nr, f), b->nr);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(source_open(&name, 1, &opts, &src, &err), 0);
	while (source_read(src, &batch, &err) > 0) {
		size_t nr_notes = 0;

		for (size_t i = 0; i < batch.nr; i++) {
			see(&o, &batch.recs[i]);
			nr_notes += blk_is_notify(&batch.recs[i]);
		}
		assert_int_equal(nr_notes, batch.nr_notes);
	}
	assert_int_equal(source_damage(src, NULL, NULL), 0);
	(void)source_files(src, &files);
	*ret_late = files[0].nr_late;
	assert_int_equal(files[0].nr_bytes, b->nr);
	assert_int_equal(files[0].nr_records, o.nr);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	return o;
}

static void compare(const struct order *a, const struct order *b)
{
	assert_int_equal(a->nr, b->nr);
	for (size_t i = 0; i < a->nr; i++) {
		assert_int_equal(a->seen[i].time, b->seen[i].time);
		assert_int_equal(a->seen[i].action, b->seen[i].action);
		assert_int_equal(a->seen[i].cpu, b->seen[i].cpu);
		assert_int_equal(a->seen[i].sequence, b->seen[i].sequence);
		assert_int_equal(a->seen[i].sum, b->seen[i].sum);
	}
}

/* ---- streams ------------------------------------------------------------- */

/* All through a window: notes when they are read, 512 events at a time. */
static struct order through_window(const struct bytes *b, bool keeps_order)
{
	struct window *w = window_new(WINDOW_FOREVER, keeps_order);
	struct order o = { 0 };
	struct blk_rec rec;
	size_t pos = 0;
	bool is_out = true;

	while (pos < b->nr || is_out) {
		while (pos < b->nr && !window_is_full(w)) {
			pos += (size_t)blk_decode(b->at + pos, b->nr - pos,
						  &rec, NULL);
			if (act_is_early_note(&rec))
				see(&o, &rec);
			else
				window_push(w, &rec, 0);
		}
		is_out = false;
		for (uint32_t i = 0; i < QUEUE && window_pop(w, 0, true, &rec);
		     i++) {
			see(&o, &rec);
			is_out = true;
		}
	}
	window_free(w);
	return o;
}

static void check_stream(const struct plan *p, bool keeps_order)
{
	struct bytes b = make(p);
	uint64_t nr_late;
	struct order want = through_window(&b, keeps_order);
	struct order is = read_file(&b, "", 0, keeps_order, &nr_late);

	compare(&want, &is);
	free(b.at);
	free(want.seen);
	free(is.seen);
}

static size_t without_notes(struct order *o)
{
	size_t nr = 0;

	for (size_t i = 0; i < o->nr; i++)
		if (!(o->seen[i].action & BLK_TC_ACT(BLK_TC_NOTIFY)))
			o->seen[nr++] = o->seen[i];
	return nr;
}

/* Equal times make steps longer, and so move notes by a few events. */
static void check_events(const struct plan *p)
{
	struct bytes b = make(p);
	uint64_t nr_late;
	struct order want = through_window(&b, false);
	struct order is = read_file(&b, "", 0, false, &nr_late);

	assert_int_equal(is.nr, want.nr);
	want.nr = without_notes(&want);
	is.nr = without_notes(&is);
	compare(&want, &is);
	free(b.at);
	free(want.seen);
	free(is.seen);
}

static void scout_hands_on_what_is_in_order(void **state)
{
	(void)state;
	for (uint32_t nr = 0; nr < 3; nr++)
		check_stream(&(struct plan){ .nr = 1 + nr, .cpus = 1 }, false);
	check_stream(&(struct plan){ .nr = 511, .cpus = 1 }, false);
	check_stream(&(struct plan){ .nr = 600000, .cpus = 4 }, false);
}

static void scout_sorts_equal_times(void **state)
{
	const struct plan few = { .nr = 700000, .cpus = 64, .tie = 100,
				  .reversed = 300 };
	const struct plan many = { .nr = 400000, .cpus = 1000, .tie = 850,
				   .reversed = 100 };

	(void)state;
	check_stream(&few, false);
	check_stream(&few, true);
	check_stream(&many, false);
	check_stream(&many, true);
}

static void scout_keeps_payloads_and_notes(void **state)
{
	const struct plan p = { .nr = 600000, .cpus = 8, .note = 5,
				.message = 5, .payload = 30, .other = 3 };
	const struct plan ties = { .nr = 600000, .cpus = 900, .note = 200,
				   .payload = 100, .other = 100, .tie = 300,
				   .reversed = 200 };

	(void)state;
	check_stream(&p, false);
	check_stream(&ties, true);
	check_events(&ties);
}

static void scout_is_full_of_long_payloads(void **state)
{
	(void)state;
	check_stream(&(struct plan){ .nr = 60000, .cpus = 8,
				     .long_payload = 500 }, false);
}

static void scout_leaves_disorder_to_the_window(void **state)
{
	(void)state;
	check_stream(&(struct plan){ .nr = 400000, .cpus = 8, .late = 1,
				     .payload = 50, .note = 3 }, false);
	check_stream(&(struct plan){ .nr = 700000, .cpus = 100, .late = 1,
				     .late_from = 400000, .tie = 100,
				     .reversed = 100, .payload = 50 }, false);
}

/* Few events among very many notes: their bytes would be too many. */
static void scout_gives_up_among_notes(void **state)
{
	(void)state;
	check_stream(&(struct plan){ .nr = 1500000, .cpus = 2, .note = 998 },
		     false);
}

/* ---- files of one CPU ---------------------------------------------------- */

/* All through a queue of 512, in which late ones are put right. */
static struct order through_queue(const struct bytes *b, bool has_early_notes,
				  uint64_t *ret_late)
{
	static struct blk_rec queue[QUEUE];
	struct order o = { 0 };
	uint64_t last = 0;
	size_t pos = 0;

	*ret_late = 0;
	while (pos < b->nr) {
		uint32_t nr = 0;

		while (pos < b->nr && nr < QUEUE) {
			struct blk_rec rec;
			uint32_t i = nr;

			pos += (size_t)blk_decode(b->at + pos, b->nr - pos,
						  &rec, NULL);
			if (has_early_notes && act_is_early_note(&rec)) {
				see(&o, &rec);
				continue;
			}
			*ret_late += rec.time < last;
			last = rec.time > last ? rec.time : last;
			for (; i && rec.time < queue[i - 1].time; i--)
				queue[i] = queue[i - 1];
			queue[i] = rec;
			nr++;
		}
		for (uint32_t i = 0; i < nr; i++)
			see(&o, &queue[i]);
	}
	return o;
}

static void check_file(const struct plan *p, uint32_t notes_ahead)
{
	struct bytes b = make(p);
	uint64_t nr_late, want_late;
	struct order want = through_queue(&b, notes_ahead, &want_late);
	struct order is = read_file(&b, ".blktrace.0", notes_ahead, false,
				    &nr_late);

	assert_int_equal(nr_late, want_late);
	compare(&want, &is);
	free(b.at);
	free(want.seen);
	free(is.seen);
}

static void run_is_what_a_queue_gives(void **state)
{
	const struct plan plans[] = {
		{ .nr = 1, .cpus = 1 },
		{ .nr = 512, .cpus = 1 },
		{ .nr = 100000, .cpus = 1, .tie = 100 },
		{ .nr = 100000, .cpus = 1, .note = 2, .message = 1,
		  .payload = 100 },
		{ .nr = 100000, .cpus = 1, .late = 1, .note = 1,
		  .long_payload = 10 },
		{ .nr = 30000, .cpus = 1, .other = 1, .long_payload = 100 },
		{ .nr = 30000, .cpus = 1, .other = 900, .note = 5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		check_file(&plans[i], 0);
		check_file(&plans[i], QUEUE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scout_hands_on_what_is_in_order),
		cmocka_unit_test(scout_sorts_equal_times),
		cmocka_unit_test(scout_keeps_payloads_and_notes),
		cmocka_unit_test(scout_is_full_of_long_payloads),
		cmocka_unit_test(scout_leaves_disorder_to_the_window),
		cmocka_unit_test(scout_gives_up_among_notes),
		cmocka_unit_test(run_is_what_a_queue_gives),
	};

	return cmocka_run_group_tests_name("scout", tests, NULL, NULL);
}
