/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A block device or a file that I/O is issued to.
 *
 *	r = target_open(&target, "/dev/sdb", TARGET_WRITES, &err);
 *	target_close(&target);
 *
 * To write, a block device is opened exclusively: the kernel refuses that
 * while it, a partition of it, or the disk it is a partition of is mounted,
 * is swap, or belongs to dm, md and the like, in any namespace; and nobody can
 * mount it before target_close.
 */
#ifndef REPLAY_TARGET_H
#define REPLAY_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"

#define TARGET_WRITES	1u	/* will be written to */
#define TARGET_FORCE	2u	/* whoever uses it */

struct target {
	char *path;		/* owned */
	int fd;
	uint32_t block;		/* bytes of the smallest I/O: a power of two */
	uint64_t bytes;		/* its size, at least one block */
	bool is_block;		/* a block device; else a regular file */
	bool is_direct;		/* O_DIRECT; not every file system has it */
	bool no_zero_range;	/* the file system has no such fallocate */
	bool no_discard_cmd;	/* no discard through io_uring: before v6.12 */
};

/*
 * @name: a path, or the name of a device without its /dev/ (as btreplay takes
 * it; "_" may stand for the "/" of names like cciss/c0d0).  Returns 0;
 * -EBUSY when somebody uses it, and the sentence says who if that is known;
 * -EINVAL when it is neither device nor file, or too small; other errnos of
 * open(2).  @target needs target_close only after success.
 */
int target_open(struct target *target, const char *name, unsigned int flags,
		struct err *err);
void target_close(struct target *target);

/* Whether @name is the device or file that is open. */
bool target_is(const struct target *target, const char *name);

#endif
