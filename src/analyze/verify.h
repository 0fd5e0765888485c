/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a trace is what doc/FORMAT.md says, record by record and file by
 * file; and the records that are, for who wants to write them again.
 *
 *	struct verify_result result;
 *	r = verify_run(names, nr, &(struct verify_options){ 0 },
 *		       &(struct verify_sink){ .finding = print, .ctx = me },
 *		       &result, &err);
 *
 * Files are read one after the other, each as its bytes stand, so that a
 * finding has an offset (of the unpacked bytes).  Then the trace is read once
 * more in time order to pair the events of I/Os; a pipe cannot be read twice.
 *
 * A record that contradicts itself, the format or its recording is "left out":
 * the sink does not get it.  A time is a reason only when it is more than
 * VERIFY_JUMP_NS away from both neighbours.  Memory is bounded
 * (VERIFY_LANES_MAX, VERIFY_DEVICES_MAX).
 */
#ifndef ANALYZE_VERIFY_H
#define ANALYZE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/life.h"
#include "src/base/err.h"

#define VERIFY_JUMP_NS	   UINT64_C(86400000000000) /* ns: a day */
#define VERIFY_STEP_NS	   UINT64_C(1000000000)	    /* ns */
#define VERIFY_LANES_MAX   65536u /* devices and CPUs of a file whose sequence
				     is followed */
#define VERIFY_DEVICES_MAX 4096u  /* of a recording */

enum verify_kind {
#define VERIFY_KIND(ID, name, weight, help) VERIFY_##ID,
#include "src/analyze/verify.def"
	VERIFY_MAX
};

enum verify_weight {
	VERIFY_IS_ODD,	  /* worth knowing */
	VERIFY_IS_LOSS,	  /* events are missing */
	VERIFY_IS_DAMAGE,
};

/* The name of a kind, its weight, and a line of help. */
const char *verify_name(enum verify_kind kind);
enum verify_weight verify_weight(enum verify_kind kind);
const char *verify_help(enum verify_kind kind);

#define VERIFY_NOWHERE UINT64_MAX

struct verify_finding {
	enum verify_kind kind;
	const char *path;   /* NULL = the trace as a whole */
	uint64_t offset;    /* VERIFY_NOWHERE = the file as a whole */
	uint64_t count;	    /* events for VERIFY_IS_LOSS, else places */
	uint64_t left_out;  /* bytes that the sink does not get; 0 = none */
	const char *text;   /* a sentence without file and offset */
};

/*
 * Each may be NULL.  All is borrowed for the call.  Those that return an int
 * end verify_run when it is negative.
 */
struct verify_sink {
	void (*finding)(void *ctx, const struct verify_finding *finding);
	/* a file begins; @label is NULL for a stream */
	int (*file)(void *ctx, const char *path, const char *label, int cpu,
		    struct err *err);
	/* the bytes of a good record */
	int (*record)(void *ctx, const void *bytes, size_t size,
		      struct err *err);
	/* true: end soon (a signal) */
	bool (*is_ended)(void *ctx);
	void *ctx;
};

struct verify_options {
	const char *dir;	/* put before names without a folder; or NULL */
};

struct verify_result {
	uint64_t findings[VERIFY_MAX];	/* how many there were */
	uint64_t counts[VERIFY_MAX];	/* the sum of their counts */
	uint64_t files, bytes;
	uint64_t records;		/* good ones */
	uint64_t events;		/* of them, those that are no notes */
	uint64_t left_out_records;	/* whole records only */
	uint64_t left_out_bytes;
	struct life_counts life;
	bool is_paired;			/* life is set */
};

/*
 * Returns 0 when all was read, whatever was found; or a negative errno:
 * -ENOENT when a name has no file, others when a read or the sink failed.
 */
int verify_run(const char *const *names, size_t nr,
	       const struct verify_options *opts,
	       const struct verify_sink *sink,
	       struct verify_result *ret_result, struct err *err);

#endif
