/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where on its target an I/O goes.
 *
 *	struct place place = { .from_sectors = recorded, .to_bytes = size,
 *			       .block = 4096, .fit = PLACE_WRAP };
 *	r = place_io(&place, sector, bytes, &off, &len, &how);
 */
#ifndef REPLAY_PLACE_H
#define REPLAY_PLACE_H

#include <stdint.h>

enum place_fit {
	PLACE_WRAP,		/* what lies behind the end begins anew */
	PLACE_SCALE,		/* the whole device onto the whole target */
	PLACE_EXACT,		/* nowhere else: what does not fit fails */
	PLACE_FIT_MAX
};

/* "wrap", "scale", "exact". */
const char *place_fit_name(enum place_fit fit);

/* Returns 0, or -EINVAL for another name. */
int place_fit_from_name(const char *name, enum place_fit *ret_fit);

struct place {
	uint64_t from_sectors;	/* of the recorded device, at least its last
				   I/O's end; for PLACE_SCALE above 0 */
	uint64_t to_bytes;	/* of the target, at least one block */
	uint32_t block;		/* bytes of the target's smallest I/O, a power
				   of two from 512 on */
	enum place_fit fit;
};

/* What had to be changed. */
#define PLACE_MOVED	1u	/* wrapped or scaled: not the same sector */
#define PLACE_ALIGNED	2u	/* grown to whole blocks of the target */
#define PLACE_CUT	4u	/* longer than the target, or than @max */

/*
 * Offset and length in bytes, both multiples of the block; the length is at
 * most @max, itself a multiple of the block.  Returns 0, or -ERANGE if
 * PLACE_EXACT has no place for it.
 */
int place_io(const struct place *place, uint64_t sector, uint32_t bytes,
	     uint64_t max, uint64_t *ret_off, uint64_t *ret_len,
	     unsigned int *ret_how);

#endif
