/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files between btrecord and btreplay (blktrace 1.2.0), DEVICE.BASE.CPU:
 * a header, then bunches of I/Os of one time each.  Numbers are in the byte
 * order of the machine that wrote them; either one is read.
 *
 *	header	u64 version (0x010000), u64 time of the first bunch,
 *		u64 bunches, u64 I/Os
 *	bunch	u64 I/Os (1 to 512), u64 time in ns
 *	I/O	u64 sector, u64 bytes, u32 1 = read, u32 unused
 *
 * The counts of btrecord's header are too small by its last bunch: they are
 * not looked at, and those that are written here are right.
 */
#ifndef REPLAY_BTFILE_H
#define REPLAY_BTFILE_H

#include <stdint.h>
#include <stdio.h>

#include "src/replay/plan.h"

/*
 * Adds the I/Os of one file of @device to a plan, as stream @key.  Returns 0;
 * -EBADMSG, and which offset, when it is not such a file or is cut off;
 * another errno when reading fails.
 */
int btfile_read(struct plan *plan, FILE *f, const char *path,
		const char *device, uint32_t key, struct err *err);

/*
 * Writes the reads and writes of device @dev of a plan behind plan_end, in
 * bunches of at most 8 within 10 ms, as btrecord does by default.  Returns 0 or
 * -EIO; the number of I/Os that the format has no word for is in *ret_left.
 */
int btfile_write(const struct plan *plan, unsigned int dev, FILE *f,
		 uint64_t *ret_left);

#endif
