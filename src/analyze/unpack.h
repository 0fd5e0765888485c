/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file or pipe that is compressed with zstd, as the bytes that are in it.
 *
 *	if (unpack_is_packed(buf, len))
 *		r = unpack_new(buf, len, path, &unpack, &err);
 *	n = unpack_read(unpack, fd, buf, cap, &why);
 *
 * Frames may follow each other.  Memory is bounded by the frames' window:
 * 1 to 8 MiB for what "zstd" writes without --long and --ultra, and never
 * more than UNPACK_WINDOW.
 */
#ifndef ANALYZE_UNPACK_H
#define ANALYZE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "src/base/cleanup.h"
#include "src/base/err.h"

#define UNPACK_WINDOW_LOG	27	/* 128 MiB, as in zstd(1) */
#define UNPACK_MAGIC_SIZE	4

struct unpack;

/* True if a zstd frame begins there.  UNPACK_MAGIC_SIZE bytes are wanted. */
bool unpack_is_packed(const void *bytes, size_t len);

/*
 * @bytes are the first ones of the file, which were read already; at most 4
 * MiB.  Returns 0, or -ENOSYS when iotape was built without libzstd.
 */
int unpack_new(const void *bytes, size_t len, const char *path,
	       struct unpack **ret_unpack, struct err *err);
void unpack_free(struct unpack *unpack);
DEFINE_CLEANUP(struct unpack, unpack_free)

/*
 * The next bytes, at most @size.  Reads from @fd once at most.  Returns their
 * number; 0 at the end; -EAGAIN if what was read makes no byte yet; another
 * errno of read(2).
 *
 * *ret_why is NULL, or says what was damaged behind the bytes that it made:
 * with 0, that the end comes too early; else the next call goes on with the
 * next frame, or one soon behind it.
 */
ssize_t unpack_read(struct unpack *unpack, int fd, void *buf, size_t size,
		    const char **ret_why);

/* True if unpack_read has bytes without reading from the fd. */
bool unpack_has_bytes(const struct unpack *unpack);

#endif
