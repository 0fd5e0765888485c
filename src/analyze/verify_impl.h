/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the files of src/analyze/verify.h: the rules for one record
 * (verify_rules.c), for the records of a device and CPU (verify_lanes.c), and
 * the files (verify.c).
 */
#ifndef ANALYZE_VERIFY_IMPL_H
#define ANALYZE_VERIFY_IMPL_H

#include "formats/blk.h"
#include "formats/note.h"
#include "src/analyze/verify.h"
#include "src/base/map64.h"

#define VERIFY_TEXT_MAX 320

/* A device of a recording. */
struct verify_device {
	uint64_t sectors;    /* that records may name; 0 = not known */
	uint32_t device;
	bool is_described;   /* a DEVICE note was there */
	bool is_recorded;    /* ... and it is not one from below */
	bool has_records;
};

/* What is known of a recording: its files come one after the other. */
struct verify_recording {
	struct verify_device *devices; /* owned */
	size_t nr_devices, cap_devices;
	struct map64 index;  /* device -> its place in @devices, + 1 */
	bool has_host;	     /* iotape recorded it */
	bool is_described;   /* it has DEVICE notes */
	bool is_stream;	     /* of any devices */
};

struct verify_device *verify_device(const struct verify_recording *rec,
				    uint32_t device);
/* Adds one that a record names; does nothing if there are too many. */
void verify_meet(struct verify_recording *recording, uint32_t device);
/* Adds what a note says. */
void verify_describe(struct verify_recording *recording,
		     const struct note *note);
void verify_recording_release(struct verify_recording *recording);

/*
 * What is wrong with a record by itself: false if nothing.  The sentence goes
 * to @ret_text, VERIFY_TEXT_MAX bytes.
 */
bool verify_rules(const struct verify_recording *recording,
		  const struct blk_rec *rec, enum verify_kind *ret_kind,
		  char *ret_text);

/* The records of one device and CPU in a file. */
struct verify_lane;

struct verify_lanes {
	struct verify_lane *lanes; /* owned */
	size_t nr, cap;
	struct map64 index;	/* CPU and device -> place, + 1 */
	struct map64 times;	/* CPU -> time of its last event, + 1 */
	bool is_stream;		/* of all CPUs: notes may be in front of the
				   events that they are about */
	uint64_t nr_unfollowed;	/* records beyond VERIFY_LANES_MAX */
};

/* Says what the lanes found.  @offset as in struct verify_finding. */
typedef void verify_say_fn(void *ctx, enum verify_kind kind, uint64_t offset,
			   uint64_t count, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

struct verify_say {
	verify_say_fn *say;
	void *ctx;
	uint64_t offset;	/* of the record */
};

/* The next good event, or note; @note: NULL = not one of ours. */
void verify_lanes_event(struct verify_lanes *lanes, const struct blk_rec *rec,
			const struct verify_say *say);
void verify_lanes_note(struct verify_lanes *lanes, const struct blk_rec *rec,
		       const struct note *note, const struct verify_say *say);
/* The file ends.  @has_totals: its recorder writes TOTAL notes. */
void verify_lanes_end(struct verify_lanes *lanes, bool has_totals,
		      const struct verify_say *say);
void verify_lanes_release(struct verify_lanes *lanes);

/* True for what has a time in the order of the file: an event, also of KVM. */
bool verify_is_event(const struct blk_rec *rec);

#endif
