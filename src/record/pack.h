/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compresses pieces of a trace, each to a zstd frame of its own.
 *
 *	r = pack_new(level, max, &pack, &err);
 *	n = pack_frame(pack, bytes, len, &frame);
 *	write(fd, frame, n);
 *	pack_free(pack);
 *
 * A file of such frames is read up to its last whole frame, whatever happens
 * behind it; frames have a checksum.  One for all files of a recording.
 */
#ifndef RECORD_PACK_H
#define RECORD_PACK_H

#include <stddef.h>
#include <sys/types.h>

#include "src/base/err.h"

#define PACK_SUFFIX		".zst"
#define PACK_LEVEL_DEFAULT	1	/* 3 takes twice the time for 5 % */

struct pack;

/*
 * @level: as of zstd(1), 1 to 19.  @max: the most bytes of a piece.
 * -ENOSYS when iotape was built without libzstd.
 */
int pack_new(int level, size_t max, struct pack **ret_pack, struct err *err);
void pack_free(struct pack *pack);	/* NULL is fine */

/*
 * Returns the size of the frame, whose bytes are borrowed until the next
 * call, or -ENOMEM.
 */
ssize_t pack_frame(struct pack *pack, const void *bytes, size_t len,
		   const void **ret_frame);

/* The bytes of a whole frame, at most @size of them.  Returns their number, or
 * -EBADMSG. */
ssize_t pack_open(const void *frame, size_t len, void *buf, size_t size);

#endif
