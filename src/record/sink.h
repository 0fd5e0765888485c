/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file, or a pipe, that records go into.
 *
 * Writes whole records in large pieces, each as a zstd frame if it has a
 * struct pack.  When a write fails half-way (disk full), a file is cut back to
 * its last whole record or frame: what is there stays readable.  After the
 * first failure a sink takes nothing more, reports the same error again, and
 * counts the events that are not in the file.
 */
#ifndef RECORD_SINK_H
#define RECORD_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/base/err.h"
#include "src/record/pack.h"

struct sink {
	char *path;		/* owned; for messages */
	uint8_t *buf;		/* owned */
	struct pack *pack;	/* borrowed; NULL = not compressed */
	size_t used;
	size_t size;
	uint64_t nr_bytes;	/* accepted, written or not */
	uint64_t nr_events;	/* accepted: records that are no notes about
				   the recording */
	uint64_t nr_unwritten;	/* events that are not in the file, since a
				   write failed */
	uint64_t nr_untold;	/* losses that LOSS notes would have told of
				   that are not in the file */
	uint64_t offset;	/* bytes that are in the file */
	uint64_t last_at;	/* offset at which a record, or a frame, of
				   those that were written last begins */
	unsigned int version;	/* 7 or 8 */
	int fd;
	int error;		/* of the first failed write */
	bool is_pipe;
	bool is_new;		/* the file was not there before */
	bool is_begun;		/* what was in it is gone */
};

/*
 * Creates or opens the file at @path.  What is in it stays until sink_begin,
 * or until the first write.  @size: of the buffer in bytes.  -EBUSY if another
 * sink, of any process, has it open.
 */
int sink_open(struct sink *sink, const char *path, size_t size,
	      unsigned int version, struct err *err);

/* Takes over an open descriptor: never cut back.  @name is for messages. */
void sink_open_fd(struct sink *sink, int fd, const char *name, size_t size,
		  unsigned int version);

/* Empties the file. */
int sink_begin(struct sink *sink, struct err *err);

/* Adds a record.  0 or a negative errno. */
int sink_put(struct sink *sink, const struct blk_rec *rec, struct err *err);

/* Writes what is buffered.  -ENOENT if somebody removed the file. */
int sink_flush(struct sink *sink, struct err *err);

/*
 * Writes what is buffered and waits until the device has it all: an error of
 * a device, a network or a quota may show here only.
 */
int sink_sync(struct sink *sink, struct err *err);

/* The error is -ENOSPC or -EDQUOT. */
bool sink_has_no_room(const struct sink *sink);

/*
 * After a write that found no room, or without an error: the next sink_flush
 * puts records of up to @room bytes in place of the last ones of the file,
 * which become unwritten.  That wants no room on the disk: these blocks are
 * ours.  sink_cut behind it takes off what is left of the old ones.  With
 * @room 0 nothing becomes unwritten, and the records go behind the last ones.
 *
 * False: there is nothing that can be given up so, or the error is another
 * one.  @ret_time: of the last event in front of there, 0 = not known.
 */
bool sink_step_back(struct sink *sink, size_t room, uint64_t *ret_time);
#define SINK_STEP	512u	/* room for a LOSS and a TOTAL note */
#define SINK_STEP_NOTE	128u	/* and for one LOSS note more */
void sink_cut(struct sink *sink);

/*
 * The flush after sink_step_back failed: all is as in @before, a copy from
 * before it.  Only what the file has lost meanwhile stays unwritten.
 */
void sink_undo(struct sink *sink, const struct sink *before);

/* @rec will not be in the file. */
void sink_drop(struct sink *sink, const struct blk_rec *rec);

/* An event, also one of KVM or virtio; the other notes are about the
 * recording itself. */
bool sink_is_event(const struct blk_rec *rec);

/*
 * Writes what is buffered and closes; storage is released in any case.  A
 * file that was created and not begun is removed.
 */
int sink_close(struct sink *sink, struct err *err);

#endif
