/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory for the I/Os: what is written, and room for what is read.
 *
 *	r = data_init(&data, longest, compressible, &err);
 *	buf = data_for_write(&data, len);
 *	data_release(&data);
 *
 * Bytes to write come from a buffer of pseudo-random numbers, each time from
 * another place of it, so that blocks are neither compressible nor, over the
 * first 64 MiB at least, equal.  Nothing in it changes while I/Os run: a
 * RAID or a file system with checksums may read it twice.
 */
#ifndef REPLAY_DATA_H
#define REPLAY_DATA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "src/base/err.h"

#define DATA_LEN_MAX	(64u << 20)	/* bytes of one read or write */

enum {
	DATA_WRITE,
	DATA_READ,
	DATA_REGIONS
};

struct data {
	struct iovec regions[DATA_REGIONS];	/* owned */
	size_t next[DATA_REGIONS];
};

/*
 * For I/Os of up to @longest bytes (at most DATA_LEN_MAX).  @compressible: how
 * many percent of each 4 KiB are zeros, 0 to 100.  Returns 0 or -ENOMEM.
 */
int data_init(struct data *data, size_t longest, unsigned int compressible,
	      struct err *err);
void data_release(struct data *data);

/* @len bytes, aligned to 512.  Borrowed until data_release; those for reads
 * are handed out again after some MiB. */
void *data_for_write(struct data *data, size_t len);
void *data_for_read(struct data *data, size_t len);

#endif
