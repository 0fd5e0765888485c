/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is to be replayed: the I/Os of a trace in the order of their times,
 * with what each one waited for.
 *
 *	struct plan plan;
 *	plan_init(&plan);
 *	r = plan_read(&plan, src, PLAN_QUEUE, &err);	or plan_add for each
 *	plan_end(&plan);
 *	for (size_t i = 0; i < plan.nr; i++)
 *		look_at(&plan.ios[i]);
 *	plan_release(&plan);
 *
 * A stream is what one thread did.  Within it, the I/Os that had ended when
 * another one began are what that one waited for.  The n-th of a stream's
 * I/Os to end has rank n; an I/O needs those of the ranks below its "need".
 *
 * All of it is in memory, 48 bytes for each I/O: reading the trace meanwhile
 * would disturb the times.  One thread at a time.
 */
#ifndef REPLAY_PLAN_H
#define REPLAY_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "src/analyze/life.h"
#include "src/analyze/source.h"
#include "src/base/err.h"
#include "src/base/map64.h"

#define PLAN_NONE	UINT32_MAX
#define PLAN_MAX	(1u << 30)	/* I/Os */
#define PLAN_DEVS_MAX	4096u
#define PLAN_NAME_MAX	64

/* plan_io.flags */
#define PLAN_FUA	1u
#define PLAN_PREFLUSH	2u	/* a write with data that flushes before */

struct plan_io {
	uint64_t time;		/* ns; since the first one after plan_end */
	uint64_t sector;	/* of 512 bytes */
	uint64_t think;		/* ns from the end of the last I/O that it
				   needs until it began; 0 when need is 0 */
	uint32_t bytes;
	uint32_t stream;	/* index of plan.streams */
	uint32_t rank;		/* PLAN_NONE = its end is not known */
	uint32_t need;
	uint32_t next;		/* the stream's next I/O; PLAN_NONE = last */
	uint16_t dev;		/* index of plan.devs */
	uint8_t op;		/* enum life_op */
	uint8_t flags;		/* PLAN_* */
};

/* A recorded device. */
struct plan_dev {
	char name[PLAN_NAME_MAX];	/* the kernel's; "" = not known */
	uint32_t device;	/* major << 20 | minor; 0 = not known */
	uint64_t sectors;	/* its size; 0 = not known */
	uint64_t end;		/* behind the last sector of any I/O */
	uint64_t nr;		/* I/Os */
};

struct plan_stream {
	uint32_t key;		/* thread id, or a number of the file's */
	uint32_t first;		/* I/O; PLAN_NONE = none */
	uint32_t last;
	uint32_t base;		/* ranks of all streams before it */
	uint32_t nr_ranked;
};

/* The end of an I/O, until plan_end finds which one it is. */
struct plan_end {
	uint64_t time;		/* of its begin */
	uint64_t sector;
	uint64_t end;
	uint32_t device;
	uint32_t taken;
};

struct plan {
	struct plan_io *ios;	/* owned, as are the others */
	struct plan_dev *devs;
	struct plan_stream *streams;
	struct plan_end *ends;
	size_t nr, cap;
	size_t nr_devs, cap_devs;
	size_t nr_streams, cap_streams;
	size_t nr_ends, cap_ends;
	struct map64 by_device;	/* device number -> index + 1 */
	struct map64 by_key;	/* stream key -> index + 1 */
	uint64_t ns;		/* from the first to the last */
	uint64_t nr_ranked;	/* I/Os whose end is known */
	uint64_t nr_passthrough;	/* left out: they have no sectors */
	uint64_t nr_zone;	/* left out: zone operations */
	uint64_t nr_empty;	/* left out: no bytes, and no flush */
	uint64_t nr_lost;	/* events that the trace says were lost */
	uint64_t nr_other;	/* Q when PLAN_ISSUE was asked for, and the
				   other way round */
	double mean_depth;	/* of those whose end is known */
	uint64_t max_depth;
};

/* Which event of an I/O is its begin. */
enum plan_event {
	PLAN_QUEUE,		/* Q: as it was submitted */
	PLAN_ISSUE,		/* D: as the driver got it, merged or split */
};

void plan_init(struct plan *plan);
void plan_release(struct plan *plan);

/* The device of that number, or of that name when the number is 0; a new one
 * if it is not there.  Returns its index, or -E2BIG. */
int plan_device(struct plan *plan, uint32_t device, const char *name,
		struct err *err);

/*
 * Adds an I/O: its time in ns on any clock, in no order; stream, rank, need,
 * think and next are set here and by plan_end.  @key tells streams apart.
 * What cannot be replayed is counted instead.  Returns 0 or -E2BIG.
 */
int plan_add(struct plan *plan, const struct plan_io *io, uint32_t key,
	     struct err *err);

/* The I/O of @device that began at @time at @sector ended at @end. */
void plan_add_end(struct plan *plan, uint32_t device, uint64_t time,
		  uint64_t sector, uint64_t end);

/*
 * Adds all of a trace.  Returns 0, -EINTR when a signal came, what source_read
 * returns, or -E2BIG.
 */
int plan_read(struct plan *plan, struct source *src, enum plan_event event,
	      struct err *err);

/* Sorts, and finds out what waited for what.  Once, behind the last one. */
void plan_end(struct plan *plan);

#endif
