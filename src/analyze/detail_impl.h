/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What detail.c is made of.  It reads the records once, knows the times and the
 * lives of I/Os, and tells its parts: each a row of its table and a file
 * detail_NAME.c, with a state of its own.
 *
 *	const struct detail_part detail_part_NAME = {
 *		.make = make, .free = release, .io = on_io,
 *	};
 *	...
 *	const struct x *detail_x(const struct detail *d)
 *	{
 *		const struct mine *m = detail_state(d, &detail_part_NAME);
 *		...
 *	}
 *
 * Sums for each bucket of time are members of struct detail_bucket; what else
 * goes by buckets is the part's own, which then has to fold it (.halve).
 */
#ifndef ANALYZE_DETAIL_IMPL_H
#define ANALYZE_DETAIL_IMPL_H

#include "formats/note.h"
#include "src/analyze/detail.h"
#include "src/analyze/life.h"

struct detail_part {
	/* The state; NULL = it is not wanted, and nothing is called. */
	void *(*make)(struct detail *d);
	void (*free)(void *state);
	/* The rest may be NULL. */
	void (*record)(void *state, const struct blk_rec *rec);	/* each one */
	void (*note)(void *state, const struct blk_rec *rec,
		     const struct note *note);	/* private ones */
	void (*event)(void *state, const struct blk_rec *rec);
	void (*io)(void *state, const struct life_io *io);
	void (*issue)(void *state, const struct life_request *rq);
	void (*request)(void *state, const struct life_request *rq);
	void (*back)(void *state);	/* a request will be issued again */
	void (*dropped)(void *state, uint64_t time);	/* one is given up */
	void (*halve)(void *state, const struct fold *before);
	void (*finish)(void *state);
};

extern const struct detail_part detail_part_phases;	/* detail_phases.c */
extern const struct detail_part detail_part_dists;
extern const struct detail_part detail_part_places;
extern const struct detail_part detail_part_depths;
extern const struct detail_part detail_part_lanes;
extern const struct detail_part detail_part_path;

#define DETAIL_PARTS_MAX	32

/* For each function of a part, which parts have it: a bit for each. */
struct detail_has {
	uint32_t record, note, event, io, issue, request, back, dropped, halve,
		 finish;
};

struct detail {
	struct detail_options opts;
	struct life *life;
	struct fold times;
	struct detail_bucket *buckets;
	void *states[DETAIL_PARTS_MAX];	/* [as parts]; NULL = not wanted */
	struct detail_has has;
	uint64_t first_blk, first_kvm, last;
	bool has_blk, has_kvm;
	uint64_t dropped;	/* requests that life gave up, by now */
};

/* NULL if the part is not wanted. */
void *detail_state(const struct detail *d, const struct detail_part *part);

/* Folds all cells; for fold_reach. */
void detail_halve(void *ctx, const struct fold *before);

/* True if what happened at @time is to be counted. */
static inline bool detail_shows(const struct detail *d, uint64_t time)
{
	uint64_t first = d->has_blk ? d->first_blk : d->first_kvm;
	uint64_t t = time > first ? time - first : 0;

	return !d->opts.to_ns ||
	       (t >= d->opts.from_ns && t <= d->opts.to_ns);
}

/* The slot, or the bucket, of a time; the range grows to it.  Pointers to
   other buckets are void then. */
static inline size_t detail_slot(struct detail *d, uint64_t time)
{
	fold_reach(&d->times, time, detail_halve, d);
	return fold_slot(&d->times, time >> d->times.shift);
}

static inline struct detail_bucket *detail_bucket_at(struct detail *d,
						     uint64_t time)
{
	return &d->buckets[detail_slot(d, time)];
}

/* A KVM event: a trace may have nothing else.  True if it is shown. */
bool detail_begin_note(struct detail *d, uint64_t time);

enum io_op detail_op(uint8_t life_op);

#endif
