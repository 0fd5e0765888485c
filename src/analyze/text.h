/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events as blkparse 1.2.0 prints them, byte for byte.
 *
 *	struct text text = { .out = &out, .names = &names };
 *	text_event(&text, &rec, act_of(&rec), time_ns, TEXT_NO_TIME);
 *	text_message(&text, &rec, time_ns);
 *
 * Payloads that are too short for what they should hold count as zeroes,
 * where blkparse reads past the record.
 */
#ifndef ANALYZE_TEXT_H
#define ANALYZE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/act.h"
#include "src/analyze/names.h"
#include "src/base/outbuf.h"

#define TEXT_NO_TIME	UINT64_MAX

struct format_set;

struct text {
	struct outbuf *out;
	const struct names *names;
	const struct format_set *formats;	/* NULL = the default lines */
	uint64_t wall_ns;	/* CLOCK_REALTIME of time 0, for %z; 0 = not
				   known */
	uint64_t cgroup;	/* of the record, for %g; 0 = none */
	bool is_1_3;		/* messages have a thread id, and the cgroup
				   id if there is one */
	uint64_t base_ns;	/* is added to the times that are shown */
	bool is_iso;		/* they are CLOCK_REALTIME, shown as dates */
	bool is_escaped;	/* control characters become "?" */
	char second[24];	/* "    0." as it was printed last */
	uint32_t second_len;
	uint64_t second_ns;	/* its time */
	struct text_prefix {
		uint32_t device;
		uint32_t cpu;
		uint32_t len;
		char bytes[40];
	} prefixes[16];		/* "8,0 1" as it was printed last */
};

/*
 * @time_ns: since the first event.  @elapsed_ns: what -t shows, or
 * TEXT_NO_TIME.
 */
void text_event(struct text *text, const struct blk_rec *rec,
		const struct act *act, uint64_t time_ns, uint64_t elapsed_ns);

void text_message(struct text *text, const struct blk_rec *rec,
		  uint64_t time_ns);

/* "8,0 1 0.000000000 12 ": what a line about an I/O begins with. */
void text_io_header(struct text *text, const struct blk_rec *rec,
		    uint64_t time_ns);

#define TEXT_ISO_MAX	32

/* "2023-11-14T22:13:20.000000000Z" at @p. */
char *text_iso(char *p, uint64_t realtime_ns);

/* "%x,%x" at @p: the lower and the upper half of a cgroup id. */
char *text_cgroup(char *p, uint64_t id);

#define TEXT_NO_OFFSET	INT64_MIN

/*
 * A note: the header of a message with "n" in place of "m", and @words.
 * @offset_ns: since the first event, below 0 before it, or TEXT_NO_OFFSET: "-".
 */
void text_note(struct text *text, const struct blk_rec *rec,
	       int64_t offset_ns, const char *words, size_t len);

/*
 * "..." at @p, whatever the bytes are: those that are no printable ASCII, and
 * quotes and backslashes, as note_text has them.  NULs at the end are left
 * out.  Cut at @size bytes.  Returns its end.
 */
char *text_quoted(char *p, const uint8_t *bytes, size_t len, size_t size);

/* "2a 00 00 .." at @p, as blkparse shows a payload; @limit bytes at most. */
char *text_pdu(char *p, const struct blk_rec *rec, size_t limit);

#endif
