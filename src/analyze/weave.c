/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>

#include "src/analyze/act.h"
#include "src/analyze/ahead.h"
#include "src/analyze/weave.h"
#include "src/base/xalloc.h"

#define NO_THREAD	SIZE_MAX

/* A source. */
struct thread {
	struct ahead *ahead;
	struct source_batch batch;
	size_t next;		/* of the batch */
	uint64_t key;		/* of batch.recs[next] */
	uint64_t last;		/* of the last event, in the merge's time */
	bool is_stream;		/* notes are not in their places */
	bool is_done;
};

struct weave {
	const struct merge *merge;
	struct thread *threads;
	size_t nr;
	size_t current;		/* whose record was given out last */
	uint64_t limit;		/* the others' earliest */
};

struct weave *weave_new(const struct merge *merge, struct source **sources,
			const uint64_t *firsts, size_t nr)
{
	struct weave *w = xcalloc(1, sizeof(*w));

	w->merge = merge;
	w->threads = xcalloc(nr, sizeof(*w->threads));
	w->nr = nr;
	w->current = NO_THREAD;
	for (size_t i = 0; i < nr; i++) {
		const struct source_file *files;
		size_t nr_files = source_files(sources[i], &files);

		for (size_t k = 0; k < nr_files; k++)
			w->threads[i].is_stream |= files[k].cpu < 0;
		w->threads[i].last = firsts[i];
		w->threads[i].ahead = ahead_new(sources[i]);
	}
	return w;
}

void weave_free(struct weave *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->nr; i++)
		ahead_free(w->threads[i].ahead);
	free(w->threads);
	free(w);
}

/* A note that stands in a stream where it was read: it goes at once. */
static void set_key(const struct weave *w, size_t i)
{
	struct thread *t = &w->threads[i];
	const struct blk_rec *rec = &t->batch.recs[t->next];

	if ((t->is_stream && act_is_early_note(rec)) ||
	    !merge_time(w->merge, i, rec, &t->key))
		t->key = t->last;
}

static int fill(struct weave *w, size_t i, struct err *err)
{
	struct thread *t = &w->threads[i];
	ssize_t n;

	if (t->is_done)
		return 0;
	if (t->next == t->batch.nr) {
		n = ahead_read(t->ahead, &t->batch, err);
		if (n < 0)
			return (int)n;
		t->next = 0;
		t->is_done = !n;
		if (!n)
			return 0;
	}
	set_key(w, i);
	return 0;
}

/* The earliest one becomes the current one. */
static void choose(struct weave *w)
{
	w->current = NO_THREAD;
	for (size_t i = 0; i < w->nr; i++) {
		const struct thread *t = &w->threads[i];

		if (!t->is_done && (w->current == NO_THREAD ||
				    t->key < w->threads[w->current].key))
			w->current = i;
	}
	w->limit = UINT64_MAX;
	for (size_t i = 0; i < w->nr; i++) {
		const struct thread *t = &w->threads[i];

		if (!t->is_done && i != w->current && t->key < w->limit)
			w->limit = t->key;
	}
}

static int begin(struct weave *w, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->nr && !r; i++)
		r = fill(w, i, err);
	return r;
}

int weave_next(struct weave *w, size_t *ret_host, const struct blk_rec **ret,
	       uint64_t *ret_last, struct err *err)
{
	struct thread *t;
	int r = w->current == NO_THREAD ? begin(w, err) :
					  fill(w, w->current, err);

	if (r)
		return r;
	if (w->current == NO_THREAD || w->threads[w->current].is_done ||
	    w->threads[w->current].key >= w->limit)
		choose(w);
	if (w->current == NO_THREAD)
		return 0;
	t = &w->threads[w->current];
	*ret_host = w->current;
	*ret = &t->batch.recs[t->next++];
	*ret_last = t->last;
	if (t->key > t->last)
		t->last = t->key;
	return 1;
}
