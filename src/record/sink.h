/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file, or a pipe, that records go into.
 *
 * Writes whole records in large pieces.  When a write fails half-way (disk
 * full), a file is cut back to its last whole record: what is there stays
 * readable.  After the first failure a sink takes nothing more and reports
 * the same error again.
 */
#ifndef RECORD_SINK_H
#define RECORD_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/base/err.h"

struct sink {
	char *path;		/* owned; for messages */
	uint8_t *buf;		/* owned */
	size_t used;
	size_t size;
	uint64_t nr_bytes;	/* accepted, written or not */
	uint64_t offset;	/* bytes that are in the file */
	unsigned int version;	/* 7 or 8 */
	int fd;
	int error;		/* of the first failed write */
	bool is_pipe;
};

/*
 * Creates (or empties) the file at @path.  @size: of the buffer in bytes.
 * -EBUSY if another sink, of any process, has it open.
 */
int sink_open(struct sink *sink, const char *path, size_t size,
	      unsigned int version, struct err *err);

/* Takes over an open descriptor: never cut back.  @name is for messages. */
void sink_open_fd(struct sink *sink, int fd, const char *name, size_t size,
		  unsigned int version);

/* Adds a record.  0 or a negative errno. */
int sink_put(struct sink *sink, const struct blk_rec *rec, struct err *err);

/* Writes what is buffered. */
int sink_flush(struct sink *sink, struct err *err);

/* Writes what is buffered and closes; storage is released in any case. */
int sink_close(struct sink *sink, struct err *err);

#endif
