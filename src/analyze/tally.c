/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run in the file is, for each number, twice the distance to the one before
 * it, plus 1 if a count follows that is above 1; each in seven bits a byte,
 * the lowest first, the highest bit set in all bytes but the last.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "src/analyze/tally.h"
#include "src/base/xalloc.h"

#define BUF_BYTES	(16u << 10)
#define VARINT_MAX	10u		/* bytes of 64 bits */

/* ---- sorting ------------------------------------------------------------- */

/* By eight bits at a time, the lowest first; bits that are equal in all
   numbers are passed over. */
static void sort(uint64_t *v, size_t nr)
{
	uint64_t *to = xreallocarray(NULL, nr + 1, sizeof(*to)), *from = v;
	uint64_t differ = 0;

	for (size_t i = 1; i < nr; i++)
		differ |= v[i] ^ v[0];
	for (unsigned int shift = 0; shift < 64; shift += 8) {
		size_t begin[256] = { 0 }, sum = 0;
		uint64_t *swap = from;

		if (!(differ >> shift & 255))
			continue;
		for (size_t i = 0; i < nr; i++)
			begin[from[i] >> shift & 255]++;
		for (int k = 0; k < 256; k++) {
			size_t n = begin[k];

			begin[k] = sum;
			sum += n;
		}
		for (size_t i = 0; i < nr; i++)
			to[begin[from[i] >> shift & 255]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != v) {
		memcpy(v, from, nr * sizeof(*v));
		to = from;
	}
	free(to);
}

/* ---- writing ------------------------------------------------------------- */

struct writer {
	FILE *file;
	uint8_t buf[BUF_BYTES];
	size_t nr;
	uint64_t done;		/* bytes in the file */
	uint64_t last;
	bool has_failed;
};

static void flush(struct writer *w)
{
	if (fwrite(w->buf, 1, w->nr, w->file) != w->nr)
		w->has_failed = true;
	w->done += w->nr;
	w->nr = 0;
}

static void put(struct writer *w, uint64_t v)
{
	for (; v >> 7; v >>= 7)
		w->buf[w->nr++] = (uint8_t)(v | 0x80);
	w->buf[w->nr++] = (uint8_t)v;
}

static void put_pair(void *ctx, uint64_t value, uint64_t count)
{
	struct writer *w = ctx;
	uint64_t step = value - w->last;

	if (BUF_BYTES - w->nr < 3 * VARINT_MAX)
		flush(w);
	assert(!(value >> 63));
	put(w, step << 1 | (count > 1));
	if (count > 1)
		put(w, count);
	w->last = value;
}

static void each_held(struct tally *t, void (*fn)(void *ctx, uint64_t value,
						  uint64_t count), void *ctx)
{
	sort(t->held, t->nr_held);
	for (size_t i = 0, k; i < t->nr_held; i = k) {
		for (k = i + 1; k < t->nr_held && t->held[k] == t->held[i];)
			k++;
		fn(ctx, t->held[i], k - i);
	}
}

/* ---- reading ------------------------------------------------------------- */

struct run_reader {
	const uint8_t *at, *end;
	uint64_t next, to;	/* bytes of the file that are still to come */
	uint64_t value, count;	/* of the number it stands at */
	uint8_t buf[BUF_BYTES];
};

struct merge {
	int fd;
	struct run_reader *readers;
	struct run_reader **heap;	/* by their values */
	unsigned int nr;
	bool has_failed;
};

/* Makes sure that a whole number is in the buffer, unless it is over. */
static void refill(struct merge *m, struct run_reader *r)
{
	size_t left = (size_t)(r->end - r->at), want = sizeof(r->buf) - left;
	ssize_t n;

	memmove(r->buf, r->at, left);
	if (want > r->to - r->next)
		want = (size_t)(r->to - r->next);
	n = pread(m->fd, r->buf + left, want, (off_t)r->next);
	if (n != (ssize_t)want) {
		m->has_failed = true;
		n = 0;
		r->next = r->to;
		left = 0;
	}
	r->next += (uint64_t)n;
	r->at = r->buf;
	r->end = r->buf + left + n;
}

static uint64_t get(struct run_reader *r)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		v |= (uint64_t)(*r->at & 0x7f) << shift;
		if (!(*r->at++ & 0x80))
			break;
	}
	return v;
}

/* Goes to the next number.  False at the end. */
static bool step(struct merge *m, struct run_reader *r)
{
	uint64_t word;

	if (r->end - r->at < (ssize_t)(2 * VARINT_MAX) && r->next < r->to)
		refill(m, r);
	if (r->at == r->end)
		return false;
	word = get(r);
	r->value += word >> 1;
	r->count = word & 1 ? get(r) : 1;
	return true;
}

static void sift_down(struct merge *m)
{
	struct run_reader *r = m->heap[0];
	unsigned int i = 0, child;

	for (; (child = 2 * i + 1) < m->nr; i = child) {
		if (child + 1 < m->nr &&
		    m->heap[child + 1]->value < m->heap[child]->value)
			child++;
		if (m->heap[child]->value >= r->value)
			break;
		m->heap[i] = m->heap[child];
	}
	m->heap[i] = r;
}

static void push(struct merge *m, struct run_reader *r)
{
	unsigned int i = m->nr++;

	for (; i && r->value < m->heap[(i - 1) / 2]->value; i = (i - 1) / 2)
		m->heap[i] = m->heap[(i - 1) / 2];
	m->heap[i] = r;
}

static int each_of_runs(struct tally *t, void (*fn)(void *ctx, uint64_t value,
						    uint64_t count), void *ctx)
{
	struct merge m = {
		.fd = fileno(t->file),
		.readers = xcalloc(t->nr_runs, sizeof(*m.readers)),
		.heap = xcalloc(t->nr_runs, sizeof(struct run_reader *)),
	};

	for (unsigned int i = 0; i < t->nr_runs; i++) {
		struct run_reader *r = &m.readers[i];

		r->next = t->runs[i].from;
		r->to = t->runs[i].to;
		r->at = r->end = r->buf;
		if (step(&m, r))
			push(&m, r);
	}
	while (m.nr) {
		uint64_t value = m.heap[0]->value, count = 0;

		while (m.nr && m.heap[0]->value == value) {
			count += m.heap[0]->count;
			if (!step(&m, m.heap[0]))
				m.heap[0] = m.heap[--m.nr];
			if (m.nr)
				sift_down(&m);
		}
		fn(ctx, value, count);
	}
	free(m.readers);
	free(m.heap);
	return m.has_failed ? -EIO : 0;
}

/* ---- all ----------------------------------------------------------------- */

/* Puts what is held behind the file as a run.  False if that fails. */
static bool spill(struct tally *t)
{
	struct writer w = { .done = t->end };

	if (!t->file)
		t->file = tmpfile();
	if (!t->file || fseeko(t->file, (off_t)t->end, SEEK_SET))
		return false;
	w.file = t->file;
	each_held(t, put_pair, &w);
	flush(&w);
	if (w.has_failed || fflush(t->file))
		return false;
	t->runs[t->nr_runs++] =
		(struct tally_run){ .from = t->end, .to = w.done };
	t->end = w.done;
	t->nr_held = 0;
	return true;
}

/* All runs become one, in a file of its own. */
static bool join_runs(struct tally *t)
{
	struct writer w = { .file = tmpfile() };

	if (!w.file)
		return false;
	if (!each_of_runs(t, put_pair, &w))
		flush(&w);
	else
		w.has_failed = true;
	if (w.has_failed || fflush(w.file)) {
		(void)fclose(w.file);
		return false;
	}
	(void)fclose(t->file);
	t->file = w.file;
	t->runs[0] = (struct tally_run){ .from = 0, .to = w.done };
	t->nr_runs = 1;
	t->end = w.done;
	return true;
}

void tally_make_room(struct tally *t)
{
	if (t->nr_held >= TALLY_HELD &&
	    (t->nr_runs < TALLY_RUNS - 1 || join_runs(t)) && spill(t))
		return;
	t->cap_held = t->cap_held ? 2 * t->cap_held : 256;
	t->held = xreallocarray(t->held, t->cap_held, sizeof(*t->held));
}

int tally_each(struct tally *t, void (*fn)(void *ctx, uint64_t value,
					   uint64_t count), void *ctx)
{
	if (!t->nr_runs || (t->nr_held && !spill(t))) {
		if (t->nr_runs)
			return -EIO;
		each_held(t, fn, ctx);
		return 0;
	}
	return each_of_runs(t, fn, ctx);
}

void tally_release(struct tally *t)
{
	free(t->held);
	if (t->file)
		(void)fclose(t->file);
	*t = (struct tally){ 0 };
}
