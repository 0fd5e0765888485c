/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One file or pipe as records, one after the other as they stand in it.
 *
 *	while ((r = reader_next(&reader, &rec)) != -ENODATA) {
 *		if (r == -EAGAIN)
 *			r = reader_fill(&reader, reader.pos, err);
 *		...
 *	}
 *
 * What is compressed with zstd is unpacked first; all offsets are those of the
 * unpacked bytes.  Reads with read(2) into one buffer.  A payload points into that buffer and
 * is valid until the next reader_fill, which moves the bytes that are to be
 * kept to the beginning of the (perhaps new) buffer.
 *
 * Where bytes are not a record it looks for the next header, READER_RESYNC
 * bytes far at most, and reports one damaged place.  What it finds depends on
 * the bytes alone, not on how many came at a time; so in a pipe what is
 * behind damage waits for the next record, which damage may put up to 65600
 * bytes off, or for the end.
 */
#ifndef ANALYZE_READER_H
#define ANALYZE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "formats/blk.h"
#include "src/analyze/damage.h"
#include "src/analyze/source.h"
#include "src/analyze/unpack.h"
#include "src/base/err.h"

#define READER_RESYNC	(1u << 20)	/* bytes */
#define READER_BUF_MAX	(4u << 20)	/* bytes; the buffer grows no more */

struct reader {
	struct source_file *file;	/* borrowed; its counters are updated */
	struct damage *damage;		/* borrowed */
	uint8_t *buf;
	size_t cap;
	size_t pos;			/* of the next record, in buf */
	size_t end;			/* of the bytes in buf */
	uint64_t offset;		/* of buf[0], in the file */
	uint64_t bad_from;		/* while is_lost: where it began */
	uint32_t bad_word;		/* the bytes that stood there */
	struct unpack *unpack;		/* owned; NULL = not compressed */
	int fd;				/* owned */
	bool is_lost;			/* looking for the next header */
	bool is_eof;
	bool has_begun;			/* compressed or not is known */
};

/* Takes over @fd.  @buf_bytes: the first size of the buffer. */
void reader_init(struct reader *reader, int fd, size_t buf_bytes,
		 struct source_file *file, struct damage *damage);
void reader_release(struct reader *reader);

/*
 * The next record.  Returns 0, -EAGAIN when more bytes are needed, or
 * -ENODATA at the end.
 */
int reader_next(struct reader *reader, struct blk_rec *ret_rec);

/*
 * Reads more, once.  The bytes of the buffer before @keep are given up; the
 * byte at buf[keep] stands at buf[0] afterwards.  Returns the number of bytes
 * read, 0 at the end of the file, -ENOBUFS when the kept bytes fill the
 * largest buffer, -EAGAIN when there may be more without waiting, or another
 * negative errno (-EINTR: a signal).
 */
ssize_t reader_fill(struct reader *reader, size_t keep, struct err *err);

/* True if reader_fill does not wait. */
bool reader_has_bytes(const struct reader *reader);

#endif
