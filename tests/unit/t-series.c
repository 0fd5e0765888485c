/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze: fold, inflight, raster, series; with records made by hand. */
#include "config.h"

#include "formats/note.h"
#include "src/analyze/series.h"
#include "tests/unit/unit.h"

#define US	UINT64_C(1000)
#define MS	UINT64_C(1000000)
#define S	UINT64_C(1000000000)
#define SDA	(8u << 20)
#define SDB	(8u << 20 | 16)

static const uint32_t categories[] = {
	[BLK_ACT_QUEUE] = BLK_TC_QUEUE,
	[BLK_ACT_REQUEUE] = BLK_TC_REQUEUE | BLK_TC_FS,
	[BLK_ACT_ISSUE] = BLK_TC_ISSUE | BLK_TC_FS,
	[BLK_ACT_COMPLETE] = BLK_TC_COMPLETE | BLK_TC_FS,
};

static struct blk_rec rec(enum blk_act act, uint32_t more, uint64_t time,
			  uint32_t device, uint64_t sector, uint32_t bytes)
{
	return (struct blk_rec){
		.action = act | BLK_TC_ACT(categories[act] | more),
		.time = time, .device = device, .sector = sector,
		.bytes = bytes, .version = 7,
	};
}

static void add(struct series *s, struct blk_rec r)
{
	series_add(s, &r, 1);
}

static void add_loss(struct series *s, uint64_t time, uint64_t from,
		     uint64_t to, uint64_t count)
{
	struct note note = { .id = NOTE_LOSS, .loss = {
		.count = count, .from = from, .to = to } };
	uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(&note, pdu, sizeof(pdu));

	assert_true(n > 0);
	add(s, (struct blk_rec){ .action = note_action(NOTE_LOSS),
				 .time = time, .pdu = pdu,
				 .pdu_len = (uint16_t)n, .version = 7 });
}

/* ---- fold ---------------------------------------------------------------- */

#define CELLS	8

struct counts {
	uint32_t cells[CELLS];
	int halved;
};

static void merge_counts(void *to, void *from, size_t size)
{
	assert_int_equal(size, sizeof(uint32_t));
	*(uint32_t *)to += *(uint32_t *)from;
}

static void halve_counts(void *ctx, const struct fold *before)
{
	struct counts *c = ctx;

	c->halved++;
	fold_halve(before, c->cells, sizeof(c->cells[0]), merge_counts);
}

static void count_value(struct fold *f, struct counts *c, uint64_t v)
{
	fold_reach(f, v, halve_counts, c);
	assert_true(fold_has(f, v));
	c->cells[fold_slot(f, v >> f->shift)]++;
}

static void fold_keeps_every_count(void **state)
{
	struct fold f = fold_of(3, 0);
	struct counts c = { .halved = 0 };

	(void)state;
	for (uint64_t v = 1000; v < 1100; v++)
		count_value(&f, &c, v);
	assert_in_range(fold_count(&f), CELLS / 2, CELLS);
	for (uint64_t cell = f.lo; cell <= f.hi; cell++) {
		uint64_t want = 0;

		for (uint64_t v = 1000; v < 1100; v++)
			want += v >> f.shift == cell;
		assert_int_equal(c.cells[fold_slot(&f, cell)], want);
	}
}

static void fold_grows_downwards(void **state)
{
	struct fold f = fold_of(3, 0);
	struct counts c = { .halved = 0 };

	(void)state;
	count_value(&f, &c, 7);
	count_value(&f, &c, 0);
	assert_int_equal(c.halved, 0);
	count_value(&f, &c, 8);
	assert_int_equal(c.halved, 1);
	assert_int_equal(f.lo, 0);
	assert_int_equal(f.hi, 4);
	assert_int_equal(c.cells[0], 1);
	assert_int_equal(c.cells[3], 1);
	assert_int_equal(c.cells[4], 1);
}

static void fold_reaches_the_largest(void **state)
{
	struct fold f = fold_of(3, 0);
	struct counts c = { .halved = 0 };

	(void)state;
	count_value(&f, &c, 0);
	count_value(&f, &c, UINT64_MAX);
	assert_int_equal(f.shift, 61);
	assert_int_equal(c.cells[0], 1);
	assert_int_equal(c.cells[7], 1);
}

/* ---- inflight ------------------------------------------------------------ */

static void inflight_pairs(void **state)
{
	struct inflight *f = inflight_new(4, S);
	struct blk_rec d = rec(BLK_ACT_ISSUE, BLK_TC_WRITE, 5, SDA, 8, 4096);
	struct blk_rec c = rec(BLK_ACT_COMPLETE, BLK_TC_WRITE, 9, SDA, 8, 4096);
	struct blk_rec other = c;
	uint64_t begin = 0;

	(void)state;
	inflight_begin(f, &d);
	other.device = SDB;
	assert_false(inflight_end(f, &other, &begin));
	other = c;
	other.action ^= BLK_TC_ACT(BLK_TC_WRITE | BLK_TC_READ);
	assert_false(inflight_end(f, &other, &begin));
	assert_true(inflight_end(f, &c, &begin));
	assert_int_equal(begin, 5);
	assert_false(inflight_end(f, &c, &begin));
	assert_int_equal(inflight_stats(f)->nr, 0);
	assert_int_equal(inflight_stats(f)->nr_unknown, 3);
	inflight_free(f);
}

static void inflight_ends_in_parts(void **state)
{
	struct inflight *f = inflight_new(4, S);
	struct blk_rec r = rec(BLK_ACT_ISSUE, BLK_TC_READ, 5, SDA, 8, 8192);
	uint64_t begin = 0;

	(void)state;
	inflight_begin(f, &r);
	r = rec(BLK_ACT_COMPLETE, BLK_TC_READ, 7, SDA, 8, 4096);
	assert_false(inflight_end(f, &r, &begin));
	assert_int_equal(inflight_stats(f)->nr, 1);
	r.sector = 16;
	assert_true(inflight_end(f, &r, &begin));
	assert_int_equal(begin, 5);
	inflight_free(f);
}

static void inflight_is_bounded(void **state)
{
	struct inflight *f = inflight_new(4, 10 * S);
	uint64_t begin = 0;
	struct blk_rec r;

	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		r = rec(BLK_ACT_ISSUE, BLK_TC_READ, i, SDA, i * 8, 4096);
		inflight_begin(f, &r);
	}
	assert_int_equal(inflight_stats(f)->nr, 4);
	assert_int_equal(inflight_stats(f)->nr_expired, 6);
	/* the newest are there */
	r = rec(BLK_ACT_COMPLETE, BLK_TC_READ, 20, SDA, 72, 4096);
	assert_true(inflight_end(f, &r, &begin));
	assert_int_equal(begin, 9);
	/* and after a long time none is */
	r.time = 11 * S;
	r.sector = 64;
	assert_false(inflight_end(f, &r, &begin));
	assert_int_equal(inflight_stats(f)->nr, 0);
	assert_int_equal(inflight_stats(f)->nr_expired, 9);
	inflight_free(f);
}

/* Flushes that never end are in one chain. */
static void inflight_of_one_key_is_bounded(void **state)
{
	struct inflight *f = inflight_new(8192, 10 * S);
	uint64_t begin = 0;
	struct blk_rec r;

	(void)state;
	r = rec(BLK_ACT_ISSUE, BLK_TC_WRITE | BLK_TC_FLUSH, 0, SDA, 0, 0);
	for (; r.time < 3000; r.time++)
		inflight_begin(f, &r);
	assert_int_equal(inflight_stats(f)->nr, 2048);
	assert_int_equal(inflight_stats(f)->nr_expired, 3000 - 2048);
	/* the oldest went */
	r = rec(BLK_ACT_COMPLETE, BLK_TC_WRITE, 4000, SDA, 0, 0);
	assert_true(inflight_end(f, &r, &begin));
	assert_int_equal(begin, 3000 - 2048);
	inflight_free(f);
}

static void inflight_of_one_key_ends_in_order(void **state)
{
	struct inflight *f = inflight_new(8, S);
	struct blk_rec r;
	uint64_t begin = 0;

	(void)state;
	/* two flushes; a write at sector 0 is none of them */
	r = rec(BLK_ACT_ISSUE, BLK_TC_WRITE | BLK_TC_FLUSH, 1, SDA, 0, 0);
	inflight_begin(f, &r);
	r.time = 2;
	inflight_begin(f, &r);
	r = rec(BLK_ACT_ISSUE, BLK_TC_WRITE, 3, SDA, 0, 512);
	inflight_begin(f, &r);
	r = rec(BLK_ACT_COMPLETE, BLK_TC_WRITE, 4, SDA, 0, 512);
	assert_true(inflight_end(f, &r, &begin));
	assert_int_equal(begin, 3);
	r = rec(BLK_ACT_COMPLETE, BLK_TC_WRITE, 5, SDA, 0, 0);
	assert_true(inflight_end(f, &r, &begin));
	assert_int_equal(begin, 1);
	assert_true(inflight_end(f, &r, &begin));
	assert_int_equal(begin, 2);
	inflight_free(f);
}

/* Two of each key, far more than the table begins with. */
static void inflight_grows_in_order(void **state)
{
	struct inflight *f = inflight_new(8192, S);
	uint64_t begin = 0;

	(void)state;
	for (uint64_t i = 0; i < 6000; i++) {
		struct blk_rec r = rec(BLK_ACT_ISSUE, BLK_TC_READ, 1 + i, SDA,
				       8 * (i % 3000), 512 + 512 * (i / 3000));

		inflight_begin(f, &r);
	}
	assert_int_equal(inflight_stats(f)->nr, 6000);
	for (uint64_t i = 0; i < 6000; i++) {
		struct blk_rec r = rec(BLK_ACT_COMPLETE, BLK_TC_READ, 7000,
				       SDA, 8 * (i % 3000), 4096);

		assert_true(inflight_end(f, &r, &begin));
		assert_int_equal(begin, 1 + i);
	}
	assert_int_equal(inflight_stats(f)->nr, 0);
	inflight_free(f);
}

/* ---- raster -------------------------------------------------------------- */

static void raster_columns_merge_up_to_255(void **state)
{
	struct fold cols = fold_of(2, 0), before;
	struct raster *r = raster_new(cols.nr, 3);
	const uint8_t *column;

	(void)state;
	cols.is_used = true;
	cols.hi = 3;
	for (int i = 0; i < 200; i++)
		raster_add(r, &cols, 0, IO_READ, 0, 1);
	for (int i = 0; i < 100; i++)
		raster_add(r, &cols, 1, IO_READ, 0, 1);
	raster_add(r, &cols, 0, IO_WRITE, 0, 1);
	raster_add(r, &cols, 1, IO_WRITE, 8, 1);
	raster_add(r, &cols, 1, IO_OTHER, 0, 1);
	before = cols;
	cols.shift++;
	cols.hi = 1;
	raster_halve_cols(r, &before);
	column = raster_column(r, &cols, 0);
	assert_non_null(column);
	assert_int_equal(raster_cell(r, column, 0)[IO_READ], 255);
	assert_int_equal(raster_cell(r, column, 0)[IO_WRITE], 1);
	assert_int_equal(raster_cell(r, column, 0)[IO_OTHER], 1);
	assert_int_equal(raster_cell(r, column, 1)[IO_READ], 0);
	assert_int_equal(raster_cell(r, column, 1)[IO_WRITE], 1);
	assert_null(raster_column(r, &cols, 1));
	assert_int_equal(r->nr[IO_READ], 300);
	raster_clear(r);
	assert_null(raster_column(r, &cols, 0));
	raster_free(r);
}

/* The sector behind the last one has no number. */
static void raster_leaves_out_the_end_of_all(void **state)
{
	struct fold cols = fold_of(2, 0);
	struct raster *r = raster_new(cols.nr, 3);

	(void)state;
	cols.is_used = true;
	raster_add(r, &cols, 0, IO_READ, UINT64_MAX, 1);
	raster_add(r, &cols, 0, IO_READ, UINT64_MAX - 7, 8);
	raster_add(r, &cols, 0, IO_READ, UINT64_MAX - 7, 16);
	assert_int_equal(r->nr[IO_READ], 0);
	assert_null(raster_column(r, &cols, 0));
	raster_add(r, &cols, 0, IO_READ, UINT64_MAX - 8, 8);
	assert_int_equal(r->nr[IO_READ], 1);
	assert_int_equal(r->end, UINT64_MAX);
	raster_free(r);
}

/* ---- series -------------------------------------------------------------- */

/* The sum of a member over all buckets. */
#define SUM(s, member)							\
	__extension__({							\
		uint64_t sum_ = 0;					\
		for (size_t i_ = 0; i_ < series_count(s); i_++)		\
			sum_ += series_bucket(s, i_)->member;		\
		sum_;							\
	})

static void series_without_events(void **state)
{
	struct series *s = series_new(NULL);
	size_t nr;

	(void)state;
	series_finish(s);
	assert_int_equal(series_count(s), 0);
	assert_int_equal(series_last(s), 0);
	(void)series_devices(s, &nr);
	assert_int_equal(nr, 0);
	series_free(s);
}

static void series_counts_everything_once(void **state)
{
	struct series *s = series_new(NULL);
	uint64_t t = 100 * S;
	size_t nr;

	(void)state;
	/* from microseconds to hours, so that buckets merge many times */
	for (unsigned int i = 0; i < 5000; i++) {
		t += (uint64_t)i * i * i;
		add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, t, SDA, i * 64, 4096));
		add(s, rec(BLK_ACT_ISSUE, BLK_TC_READ, t + 10, SDA, i * 64,
			   4096));
		t += 20 + i;
		add(s, rec(BLK_ACT_COMPLETE, BLK_TC_READ, t, SDA, i * 64,
			   4096));
	}
	series_finish(s);
	assert_in_range(series_count(s), 1024, 2048);
	assert_int_equal(SUM(s, nr[SERIES_QUEUE][IO_READ]), 5000);
	assert_int_equal(SUM(s, nr[SERIES_ISSUE][IO_READ]), 5000);
	assert_int_equal(SUM(s, nr[SERIES_COMPLETE][IO_READ]), 5000);
	assert_int_equal(SUM(s, bytes[SERIES_COMPLETE][IO_READ]),
			 5000 * 4096);
	assert_int_equal(SUM(s, lat[SERIES_D2C] ?
			     series_bucket(s, i_)->lat[SERIES_D2C]->nr : 0),
			 5000);
	/* each was in flight for 10 + i ns */
	assert_int_equal(SUM(s, depth_ns[SERIES_D2C]),
			 5000 * 10 + 4999 * 5000 / 2);
	assert_int_equal(series_totals(s)->lat[SERIES_D2C].sum,
			 5000 * 10 + 4999 * 5000 / 2);
	assert_int_equal(series_totals(s)->lat_op[SERIES_D2C][IO_READ].nr,
			 5000);
	assert_int_equal(series_totals(s)->lat_op[SERIES_D2C][IO_WRITE].nr, 0);
	assert_int_equal(series_devices(s, &nr)->raster->nr[IO_READ], 5000);
	assert_int_equal(nr, 1);
	series_free(s);
}

static void series_prefers_queue_in_rasters(void **state)
{
	struct series *s = series_new(NULL);
	const struct series_device *d;
	size_t nr;

	(void)state;
	add(s, rec(BLK_ACT_COMPLETE, BLK_TC_WRITE, 1 * MS, SDA, 80, 4096));
	add(s, rec(BLK_ACT_ISSUE, BLK_TC_WRITE, 2 * MS, SDA, 800, 4096));
	add(s, rec(BLK_ACT_QUEUE, BLK_TC_WRITE, 3 * MS, SDA, 8000, 4096));
	add(s, rec(BLK_ACT_ISSUE, BLK_TC_WRITE, 4 * MS, SDA, 8000, 4096));
	/* another disk has issues only */
	add(s, rec(BLK_ACT_ISSUE, BLK_TC_READ, 4 * MS, SDB, 5, 512));
	series_finish(s);
	d = series_devices(s, &nr);
	assert_int_equal(nr, 2);
	assert_int_equal(d[0].act, SERIES_QUEUE);
	assert_int_equal(d[0].raster->nr[IO_WRITE], 1);
	assert_int_equal(d[0].raster->first, 8000);
	assert_int_equal(d[0].raster->end, 8008);
	assert_int_equal(d[1].act, SERIES_ISSUE);
	assert_int_equal(d[1].raster->first, 5);
	assert_int_equal(d[1].raster->end, 6);
	series_free(s);
}

static void series_raster_covers_an_io(void **state)
{
	struct series *s = series_new(NULL);
	const struct series_device *d;
	const struct raster *r;
	const uint8_t *column;
	size_t nr;

	(void)state;
	/* a wide disk, then 1/4 of it in one I/O */
	add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, 1 * MS, SDA, 0, 512));
	add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, 2 * MS, SDA, 8 << 20, 512));
	add(s, rec(BLK_ACT_QUEUE, BLK_TC_WRITE, 3 * MS, SDA, 2 << 20,
		   1u << 30));
	series_finish(s);
	d = series_devices(s, &nr);
	r = d->raster;
	column = raster_column(r, series_fold(s),
			       3 * MS >> series_fold(s)->shift);
	assert_non_null(column);
	for (uint64_t row = r->rows.lo; row <= r->rows.hi; row++) {
		uint64_t low = row << r->rows.shift;
		uint64_t high = (row + 1) << r->rows.shift;
		bool want = high > 2 << 20 && low < 4 << 20;

		assert_int_equal(raster_cell(r, column,
					     row)[IO_WRITE], want);
	}
	series_free(s);
}

static void series_never_pairs_across_a_loss(void **state)
{
	struct series *s = series_new(NULL);
	uint64_t lost_ns = 0;

	(void)state;
	add(s, rec(BLK_ACT_ISSUE, BLK_TC_READ, 1 * MS, SDA, 8, 4096));
	add_loss(s, 9 * MS, 2 * MS, 8 * MS, 77);
	add(s, rec(BLK_ACT_COMPLETE, BLK_TC_READ, 10 * MS, SDA, 8, 4096));
	series_finish(s);
	assert_int_equal(series_totals(s)->lat[SERIES_D2C].nr, 0);
	assert_int_equal(series_totals(s)->nr_lost, 77);
	assert_int_equal(series_pairing(s, SERIES_D2C)->nr_forgotten, 1);
	assert_int_equal(SUM(s, nr_lost), 77);
	for (size_t i = 0; i < series_count(s); i++)
		if (series_bucket(s, i)->is_lost)
			lost_ns += series_width(s);
	/* up to the last event that is known: the first, at 1 ms */
	assert_true(lost_ns >= 6 * MS && lost_ns <= 8 * MS);
	series_free(s);
}

/* A flipped bit in a time must not end in a walk that never ends. */
static void series_reaches_the_last_bucket(void **state)
{
	struct series *s = series_new(NULL);

	(void)state;
	add(s, rec(BLK_ACT_ISSUE, BLK_TC_READ, S, SDA, 8, 4096));
	add_loss(s, 2 * S, S, UINT64_MAX, 5);
	add(s, rec(BLK_ACT_ISSUE, BLK_TC_READ, UINT64_MAX - 1, SDA, 16, 4096));
	add(s, rec(BLK_ACT_COMPLETE, BLK_TC_READ, UINT64_MAX, SDA, 16, 4096));
	series_finish(s);
	assert_true(series_last(s) == UINT64_MAX);
	assert_int_equal(series_totals(s)->nr_lost, 5);
	assert_int_equal(series_totals(s)->nr[SERIES_ISSUE][IO_READ], 2);
	series_free(s);
}

static void series_takes_a_loss_on_another_clock(void **state)
{
	struct series *s = series_new(NULL);

	(void)state;
	/* a merged dump: events from 0, notes of the machine's clock */
	add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, 0, SDA, 8, 4096));
	add_loss(s, 5000 * S, 5000 * S, 5001 * S, 3);
	add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, 4 * MS, SDA, 8, 4096));
	series_finish(s);
	assert_int_equal(series_last(s), 4 * MS);
	assert_true(series_count(s) * series_width(s) < 6 * MS);
	assert_int_equal(SUM(s, nr_lost), 3);
	series_free(s);
}

static void series_measures_bios_from_queue(void **state)
{
	struct series *s = series_new(NULL);
	struct blk_rec c;

	(void)state;
	/* a dm device has no issue */
	add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, 1 * MS, SDB, 8, 4096));
	c = rec(BLK_ACT_COMPLETE, BLK_TC_READ, 3 * MS, SDB, 8, 4096);
	c.action &= ~BLK_TC_ACT(BLK_TC_FS);
	add(s, c);
	/* a disk has, so that its Q counts for nothing */
	add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, 4 * MS, SDA, 8, 4096));
	add(s, rec(BLK_ACT_ISSUE, BLK_TC_READ, 5 * MS, SDA, 8, 4096));
	add(s, rec(BLK_ACT_COMPLETE, BLK_TC_READ, 6 * MS, SDA, 8, 4096));
	series_finish(s);
	assert_int_equal(series_totals(s)->lat[SERIES_Q2C].nr, 1);
	assert_int_equal(series_totals(s)->lat[SERIES_Q2C].sum, 2 * MS);
	assert_int_equal(series_totals(s)->lat[SERIES_D2C].nr, 1);
	assert_int_equal(series_totals(s)->lat[SERIES_D2C].sum, 1 * MS);
	series_free(s);
}

static void series_of_a_part(void **state)
{
	const struct series_options opts = { .from_ns = 2 * MS,
					     .to_ns = 4 * MS, .act = -1 };
	struct series *s = series_new(&opts);

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, 7 * S + i * MS, SDA,
			   i * 8, 4096));
	series_finish(s);
	assert_int_equal(series_first(s), 7 * S);
	assert_int_equal(series_last(s), 7 * S + 4 * MS);
	assert_int_equal(SUM(s, nr[SERIES_QUEUE][IO_READ]), 3);
	series_free(s);
}

static void add_remap(struct series *s, uint64_t time, uint32_t from,
		      uint32_t to)
{
	uint8_t pdu[16] = { 0 };	/* both devices and a sector, big
					   endian (struct blk_io_trace_remap) */

	for (int i = 0; i < 4; i++) {
		pdu[i] = (uint8_t)(from >> (24 - 8 * i));
		pdu[4 + i] = (uint8_t)(to >> (24 - 8 * i));
	}
	add(s, (struct blk_rec){
		.action = BLK_ACT_REMAP |
			  BLK_TC_ACT(BLK_TC_QUEUE | BLK_TC_READ),
		.time = time, .device = to, .bytes = 4096, .pdu = pdu,
		.pdu_len = sizeof(pdu), .version = 7 });
}

/* dm-0 above sda: what both do is one I/O.  A remap of a partition, which has
   no events of its own, changes nothing. */
static void series_counts_stacked_devices_once(void **state)
{
	const uint32_t dm = 253u << 20;
	struct series *s = series_new(NULL);
	const struct series_totals *t = series_totals(s);
	size_t nr;

	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		uint64_t at = i * MS;

		add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, at, dm, i, 4096));
		add_remap(s, at + 1, dm, SDA);
		add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, at + 2, SDA, i, 4096));
		add_remap(s, at + 3, SDA + 1, SDA);
		add(s, rec(BLK_ACT_ISSUE, BLK_TC_READ, at + 4, SDA, i, 4096));
		add(s, rec(BLK_ACT_COMPLETE, BLK_TC_READ, at + 9, SDA, i,
			   4096));
		add(s, rec(BLK_ACT_COMPLETE, BLK_TC_READ, at + 10, dm, i,
			   4096));
	}
	series_finish(s);
	assert_int_equal(t->nr[SERIES_COMPLETE][IO_READ], 10);
	assert_int_equal(t->bytes[SERIES_COMPLETE][IO_READ], 40960);
	assert_int_equal(t->nr[SERIES_ISSUE][IO_READ], 10);
	/* nobody knew yet of the first one */
	assert_int_equal(t->nr[SERIES_QUEUE][IO_READ], 11);
	assert_int_equal(t->lat[SERIES_D2C].nr, 10);
	(void)series_devices(s, &nr);
	assert_int_equal(nr, 2);
	series_free(s);
}

static void series_bounds_devices(void **state)
{
	struct series *s = series_new(NULL);
	const struct series_device *d;
	size_t nr;

	(void)state;
	for (uint32_t i = 0; i < 40; i++)
		add(s, rec(BLK_ACT_QUEUE, BLK_TC_READ, i * US, i, 8, 4096));
	series_name_device(s, 3, "sdq");
	series_finish(s);
	d = series_devices(s, &nr);
	assert_int_equal(nr, 40);
	assert_non_null(d[SERIES_DEVICES_MAX - 1].raster);
	assert_null(d[SERIES_DEVICES_MAX].raster);
	assert_string_equal(d[3].name, "sdq");
	assert_int_equal(series_totals(s)->nr_no_raster,
			 40 - SERIES_DEVICES_MAX);
	series_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fold_keeps_every_count),
		cmocka_unit_test(fold_grows_downwards),
		cmocka_unit_test(fold_reaches_the_largest),
		cmocka_unit_test(inflight_pairs),
		cmocka_unit_test(inflight_ends_in_parts),
		cmocka_unit_test(inflight_is_bounded),
		cmocka_unit_test(inflight_of_one_key_is_bounded),
		cmocka_unit_test(inflight_of_one_key_ends_in_order),
		cmocka_unit_test(inflight_grows_in_order),
		cmocka_unit_test(raster_columns_merge_up_to_255),
		cmocka_unit_test(raster_leaves_out_the_end_of_all),
		cmocka_unit_test(series_without_events),
		cmocka_unit_test(series_counts_everything_once),
		cmocka_unit_test(series_prefers_queue_in_rasters),
		cmocka_unit_test(series_raster_covers_an_io),
		cmocka_unit_test(series_never_pairs_across_a_loss),
		cmocka_unit_test(series_reaches_the_last_bucket),
		cmocka_unit_test(series_takes_a_loss_on_another_clock),
		cmocka_unit_test(series_measures_bios_from_queue),
		cmocka_unit_test(series_of_a_part),
		cmocka_unit_test(series_counts_stacked_devices_once),
		cmocka_unit_test(series_bounds_devices),
	};

	return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
