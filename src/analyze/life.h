/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of I/Os: records in time order become I/Os and requests.
 *
 * An I/O is one Q: a bio as it came to the queue of one device.  A request is
 * one D: what was given to the driver, made of one or more I/Os (merges) or
 * of a part of one (splits).  Both are handed on when they have ended.
 *
 *	struct life *life = life_new(&(struct life_sink){
 *		.io = on_io, .request = on_request, .ctx = me });
 *	life_device(life, rec.device);
 *	life_add(life, &rec);		for each record, in time order
 *	life_end(life);			what is left is in flight
 *	life_free(life);
 *
 * How records find their I/O:
 *
 *   Q		begins an I/O; it waits as one fragment [sector, end)
 *   X		cuts a waiting fragment in two; the I/O ends with the last one
 *   G M F	belong to the newest waiting fragment that begins at the sector
 *		and has none yet, of the same thread if there is one
 *   I D	cover the waiting fragments from sector on, end to end; the
 *		oldest that begins at a sector goes first; D takes them away
 *		into a request
 *   R		gives the fragments of a request back to wait
 *   C		ends the oldest request at its sector, or the first part of it:
 *		then the rest is found at the sector behind.  Without a request
 *		(bio-based devices, or when D is not recorded) it ends waiting
 *		fragments
 *   A		ties the next Q of the thread to the I/O of the device above:
 *		that one learns from it when it was issued and ended below
 *   flushes	a Q without data and with FLUSH ends with the first C without
 *		data at its sector that is a bio's or has no FLUSH; a Q with
 *		data whose D lost FLUSH or FUA has a flush sequence and ends
 *		with the C without data at its sector.  The driver's flushes (D
 *and C of 0 bytes with FLUSH) are requests of their own
 *
 * Nothing is paired across a loss: life_lost drops what was in flight.  What
 * never ends is dropped when a newer I/O of the same sector comes LIFE_STALE
 * later, or when more than LIFE_MAX are in flight (the oldest goes first).
 * Memory is bounded by that.  One thread at a time.
 */
#ifndef ANALYZE_LIFE_H
#define ANALYZE_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"

#define LIFE_NEVER UINT64_MAX		  /* a time: it did not happen */
#define LIFE_MAX   (1u << 17)		  /* I/Os, and requests, in flight */
#define LIFE_BACK  1024u		  /* I/Os that an R gives back, mean */
#define LIFE_STALE UINT64_C(120000000000) /* ns */

enum life_op {
	LIFE_READ,
	LIFE_WRITE,
	LIFE_DISCARD,
	LIFE_FLUSH,
	LIFE_ZEROES,	  /* version 8 only; writes in version 7 */
	LIFE_ZONE,	  /* reset, open, close, finish: version 8 */
	LIFE_PASSTHROUGH, /* requests only: they have no Q */
	LIFE_OP_MAX
};

/* "read", "write", ...: stable, part of the JSON schema. */
const char *life_op_name(enum life_op op);

/* What kind of I/O a record (Q, D, C, ...) is about. */
enum life_op life_op_of(const struct blk_rec *rec);

/* life_io.flags */
#define LIFE_IO_SYNC	 1u
#define LIFE_IO_META	 2u
#define LIFE_IO_AHEAD	 4u
#define LIFE_IO_FUA	 8u
#define LIFE_IO_PREFLUSH 16u
#define LIFE_IO_MERGED	 32u  /* M or F: another I/O began the request */
#define LIFE_IO_SPLIT	 64u  /* X, or several requests */
#define LIFE_IO_BELOW	 128u /* d and low come from devices below */

/* An I/O that has ended.  Times are ns, LIFE_NEVER = no such record. */
struct life_io {
	uint64_t q;
	uint64_t g;   /* first of its fragments */
	uint64_t i;   /* first */
	uint64_t m;   /* M or F */
	uint64_t a;   /* first A that led below */
	uint64_t d1;  /* first D */
	uint64_t d;   /* last D */
	uint64_t low; /* last completion below */
	uint64_t c;   /* last C */
	uint64_t sector;
	uint64_t cgroup; /* 0 = unknown */
	uint32_t bytes;
	uint32_t device;
	uint32_t origin; /* the partition or device that it was remapped
			    from; 0 = none */
	uint32_t pid;	 /* of Q */
	uint32_t cpu;	 /* of Q */
	uint32_t tag;	 /* life_tag; 0 = none */
	uint16_t error;	 /* errno, positive; 0 = none */
	uint16_t nr_requeues;
	uint8_t op; /* enum life_op */
	uint8_t flags;
};

/* A request that has ended. */
struct life_request {
	uint64_t d; /* last D */
	uint64_t c;
	uint64_t sector; /* as issued */
	uint64_t cgroup; /* of its first I/O; 0 = unknown */
	uint32_t bytes;	 /* as issued */
	uint32_t device;
	uint32_t nr_ios; /* fragments of I/Os in it; 0 = their Q was
			    not seen */
	uint16_t error;
	uint16_t nr_requeues;
	uint8_t op;
	bool is_read;
};

/* Each may be NULL.  What they get is borrowed for the call. */
struct life_sink {
	void (*io)(void *ctx, const struct life_io *io);
	void (*issue)(void *ctx, const struct life_request *rq);
	void (*request)(void *ctx, const struct life_request *rq);
	void (*back)(void *ctx, const struct life_request *rq);
	void *ctx;
};

/* Counts of the unit that each line names. */
struct life_counts {
	uint64_t ios_begun; /* Q */
	uint64_t ios_ended;
	uint64_t ios_in_flight; /* at the end; set by life_end */
	uint64_t ios_expired;
	uint64_t ios_cut;	  /* dropped at a loss */
	uint64_t requests_issued; /* D */
	uint64_t requests_ended;
	uint64_t requests_in_flight;
	uint64_t requests_expired;
	uint64_t requests_cut;
	uint64_t requeues;	 /* R */
	uint64_t request_merges; /* M, F of whole requests */
	uint64_t unmatched;	 /* C, R, G, M, F, X that fit nothing */
};

struct life;

struct life *life_new(const struct life_sink *sink);
void life_free(struct life *life);
DEFINE_CLEANUP(struct life, life_free)

/*
 * The next record.  Notes are ignored.  @cgroup is the id that the record is
 * charged to, 0 = unknown.
 */
void life_add(struct life *life, const struct blk_rec *rec, uint64_t cgroup);

/* The tag of the I/Os that begin from here on; a number of the caller's. */
void life_tag(struct life *life, uint32_t tag);

/* From here on life_tag is for I/Os that are first issued, not queued. */
void life_tag_at_issue(struct life *life);

/* Events of @device were lost just now; 0 = of any device. */
void life_lost(struct life *life, uint32_t device);

/* No more records.  I/Os that only wait for the end of their flush end. */
void life_end(struct life *life);

const struct life_counts *life_counts(const struct life *life);

#endif
