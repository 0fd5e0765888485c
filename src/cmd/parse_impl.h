/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of iotape parse share: parse_run.c (events), parse_open.c
 * (files and standard output), parse_notes.c (records that are no events).
 */
#ifndef CMD_PARSE_IMPL_H
#define CMD_PARSE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/names.h"
#include "src/analyze/source.h"
#include "src/analyze/text.h"
#include "src/analyze/track.h"
#include "src/base/outbuf.h"
#include "src/cmd/parse_run.h"

#define NS_PER_S	1000000000u
#define NO_TIME		UINT64_MAX

struct held_note;

struct run {
	const struct parse_options *o;
	struct source *src;
	const struct source_file *files;
	size_t nr_files;
	struct names names;
	struct summary *sum;
	struct summary_cpu **accounts;	/* of each per-CPU file */
	size_t *devices;		/* in @sum, of each recording */
	struct track *track;		/* NULL = no -t */
	struct life *life;		/* NULL = no --io */
	uint64_t nr_missed;		/* as @life knows it */
	struct outbuf out;		/* the text */
	struct outbuf chat;		/* standard output, if not the text */
	struct outbuf dump;
	struct text text;
	char *chatter;			/* "Input file ... added" lines */
	size_t chatter_len;
	size_t chatter_said;
	uint64_t genesis_ns;		/* NO_TIME: no event yet */
	uint64_t anchor_ns;		/* of the newest timestamp note; */
	uint64_t anchor_wall_ns;	/* CLOCK_REALTIME at that time */
	struct held_note *held;	/* that came before the first event */
	size_t nr_held;
	size_t cap_held;
	uint64_t nr_lost;		/* as private notes say */
	uint64_t nr_shown_not;		/* events without a line */
	bool has_driver_data;
	bool has_text;
	bool has_dump;
	bool has_failed;		/* and it was said */
	bool is_over;			/* -w: the end was passed */
};

static inline bool is_stream(const struct run *run, uint16_t file)
{
	return run->files[file].cpu < 0;
}

/* The name of the recording of @device; NULL if it has none. */
const char *parse_label(const struct run *run, uint32_t device);

/* ---- parse_view.c -------------------------------------------------------- */

void parse_json_begin(struct run *run);
void parse_json_event(struct run *run, const struct blk_rec *rec,
		      const struct act *act, uint64_t time_ns,
		      uint64_t elapsed_ns);

/* A message or a note. */
void parse_json_words(struct run *run, const char *type,
		      const struct blk_rec *rec, int64_t offset_ns,
		      const char *words, size_t len);
struct life *parse_life_new(struct run *run);
void parse_life_end(struct run *run);

/* ---- parse_open.c -------------------------------------------------------- */

/* Opens trace and outputs; an exit status, and it has said what failed. */
int parse_open(struct run *run);
void parse_release(struct run *run);

/* "Input file ... added", before the text and behind it. */
void parse_begin_chatter(struct run *run);
void parse_end_chatter(struct run *run);

/* Writes out what is left.  Returns @status, or CMD_FAILED. */
int parse_end_outputs(struct run *run, int status);

/* ---- parse_notes.c ------------------------------------------------------- */

/* A record that is no event and not a message. */
void parse_note(struct run *run, const struct blk_rec *rec);

/* The first event came: its time is run->genesis_ns. */
void parse_set_genesis(struct run *run);

/* Notes that no event came behind. */
void parse_end_notes(struct run *run);

#endif
