/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/note.h"
#include "src/analyze/diff.h"
#include "src/analyze/dist.h"
#include "src/analyze/life.h"
#include "src/base/xalloc.h"

struct diff_side {
	struct life *life;
	struct dist *blocks;	/* [block][op]; DIFF_BLOCKS of them */
	size_t nr;		/* up to the last one that is not empty */
	uint64_t block_ns;
	uint64_t first;
	bool has_first;
	uint64_t lost;		/* events, as the trace says */
};

static const double quantiles[DIFF_WHATS] = {
	[DIFF_P50] = 0.5, [DIFF_P99] = 0.99,
};

const char *diff_op_name(enum io_op op)
{
	static const char *const names[IO_OP_MAX] = {
		[IO_READ] = "reads", [IO_WRITE] = "writes",
		[IO_OTHER] = "other",
	};

	return names[op];
}

const char *diff_what_name(enum diff_what what)
{
	static const char *const names[DIFF_WHATS] = {
		[DIFF_P50] = "p50", [DIFF_P99] = "p99",
	};

	return names[what];
}

/* ---- one trace ----------------------------------------------------------- */

static void join_pairs(struct diff_side *s)
{
	for (size_t i = 0; i < DIFF_BLOCKS; i++) {
		for (int op = 0; op < IO_OP_MAX; op++) {
			struct dist *from = &s->blocks[i * IO_OP_MAX +
						       (size_t)op];
			struct dist *to = &s->blocks[i / 2 * IO_OP_MAX +
						     (size_t)op];

			if (from == to)
				continue;
			dist_merge(to, from);
			dist_release(from);
		}
	}
	s->nr = (s->nr + 1) / 2;
	s->block_ns *= 2;
}

void diff_side_latency(struct diff_side *s, enum io_op op, uint64_t ns,
		       uint64_t latency_ns)
{
	while (ns / s->block_ns >= DIFF_BLOCKS)
		join_pairs(s);
	dist_add(&s->blocks[ns / s->block_ns * IO_OP_MAX + (size_t)op],
		 latency_ns);
	if (ns / s->block_ns >= s->nr)
		s->nr = ns / s->block_ns + 1;
}

static enum io_op op_of(uint8_t op)
{
	return op == LIFE_READ ? IO_READ : op == LIFE_WRITE ? IO_WRITE :
							      IO_OTHER;
}

static void add(struct diff_side *s, uint8_t op, uint64_t begin, uint64_t end)
{
	diff_side_latency(s, op_of(op), end > s->first ? end - s->first : 0,
			  end > begin ? end - begin : 0);
}

static void on_request(void *ctx, const struct life_request *rq)
{
	add(ctx, rq->op, rq->d, rq->c);
}

static void on_io(void *ctx, const struct life_io *io)
{
	/* without requests of its own */
	if (io->q != LIFE_NEVER && io->c != LIFE_NEVER &&
	    (io->d == LIFE_NEVER || io->flags & LIFE_IO_BELOW))
		add(ctx, io->op, io->q, io->c);
}

struct diff_side *diff_side_new(void)
{
	struct diff_side *s = xcalloc(1, sizeof(*s));

	s->block_ns = DIFF_BLOCK_NS;
	s->blocks = xcalloc(DIFF_BLOCKS * IO_OP_MAX, sizeof(*s->blocks));
	for (size_t i = 0; i < DIFF_BLOCKS * IO_OP_MAX; i++)
		s->blocks[i].bits = DIFF_BITS;
	s->life = life_new(&(struct life_sink){
		.io = on_io, .request = on_request, .ctx = s });
	return s;
}

void diff_side_free(struct diff_side *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < DIFF_BLOCKS * IO_OP_MAX; i++)
		dist_release(&s->blocks[i]);
	free(s->blocks);
	life_free(s->life);
	free(s);
}

void diff_side_add(struct diff_side *s, const struct blk_rec *recs, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct note note;

		if (blk_is_notify(&recs[i])) {
			if (note_is_private(&recs[i]) &&
			    !note_decode(&recs[i], &note) &&
			    note.id == NOTE_LOSS) {
				s->lost += note.loss.count;
				life_lost(s->life, note.loss.device);
			}
			continue;
		}
		if (blk_has(&recs[i], BLK_TC_DRV_DATA))
			continue;
		if (!s->has_first)
			s->first = recs[i].time;
		s->has_first = true;
		life_add(s->life, &recs[i], 0);
	}
}

void diff_side_finish(struct diff_side *s)
{
	life_end(s->life);
}

/* ---- two of them --------------------------------------------------------- */

static uint64_t next_number(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* All of a side, one for each operation. */
static void merge_all(const struct diff_side *s, enum io_op op,
		      struct dist *ret)
{
	*ret = (struct dist){ .bits = DIFF_BITS };
	for (size_t i = 0; i < s->nr; i++)
		dist_merge(ret, &s->blocks[i * IO_OP_MAX + op]);
}

/* The quantiles of as many blocks as there are, drawn with replacement.
   False if no I/O is in them. */
static bool resample(const struct diff_side *s, enum io_op op, uint64_t *state,
		     uint64_t ret_ns[DIFF_WHATS])
{
	struct dist d = { .bits = DIFF_BITS };
	bool is_empty;

	for (size_t i = 0; i < s->nr; i++) {
		size_t block = (size_t)((unsigned __int128)next_number(state) *
					s->nr >> 64);

		dist_merge(&d, &s->blocks[block * IO_OP_MAX + op]);
	}
	for (int w = 0; w < DIFF_WHATS; w++)
		ret_ns[w] = dist_quantile(&d, quantiles[w]);
	is_empty = !d.nr;
	dist_release(&d);
	return !is_empty;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void set_intervals(const struct diff_side *a, const struct diff_side *b,
			  enum io_op op, struct diff_row *row)
{
	double (*changes)[DIFF_RESAMPLES] =
		xcalloc(DIFF_WHATS, sizeof(*changes));
	uint64_t state = DIFF_SEED;
	size_t nr = 0;

	for (size_t i = 0; i < DIFF_RESAMPLES; i++) {
		uint64_t x[DIFF_WHATS], y[DIFF_WHATS];
		bool has_a = resample(a, op, &state, x);
		bool has_b = resample(b, op, &state, y);

		if (!has_a || !has_b || !x[DIFF_P50])
			continue;
		for (int w = 0; w < DIFF_WHATS; w++)
			changes[w][nr] = (double)y[w] / (double)x[w] - 1;
		nr++;
	}
	for (int w = 0; w < DIFF_WHATS && nr; w++) {
		struct diff_change *c = &row->of[w];

		qsort(changes[w], nr, sizeof(double), compare_doubles);
		c->low = changes[w][(size_t)(0.025 * (double)(nr - 1) + 0.5)];
		c->high = changes[w][(size_t)(0.975 * (double)(nr - 1) + 0.5)];
		c->has_interval = true;
	}
	free(changes);
}

static void compare_op(const struct diff_side *a, const struct diff_side *b,
		       enum io_op op, struct diff_row *row)
{
	struct dist x, y;

	merge_all(a, op, &x);
	merge_all(b, op, &y);
	row->nr_a = x.nr;
	row->nr_b = y.nr;
	for (int w = 0; w < DIFF_WHATS && x.nr && y.nr; w++) {
		struct diff_change *c = &row->of[w];

		c->a_ns = dist_quantile(&x, quantiles[w]);
		c->b_ns = dist_quantile(&y, quantiles[w]);
		if (c->a_ns)
			c->change = (double)c->b_ns / (double)c->a_ns - 1;
	}
	if (x.nr && y.nr && a->nr >= DIFF_BLOCKS_MIN &&
	    b->nr >= DIFF_BLOCKS_MIN)
		set_intervals(a, b, op, row);
	dist_release(&x);
	dist_release(&y);
}

uint64_t diff_side_lost(const struct diff_side *s)
{
	return s->lost;
}

void diff_compare(const struct diff_side *a, const struct diff_side *b,
		  struct diff_table *ret_table)
{
	*ret_table = (struct diff_table){
		.blocks_a = a->nr, .blocks_b = b->nr,
		.block_ns_a = a->block_ns, .block_ns_b = b->block_ns,
	};
	for (int op = 0; op < IO_OP_MAX; op++)
		compare_op(a, b, (enum io_op)op, &ret_table->rows[op]);
}
