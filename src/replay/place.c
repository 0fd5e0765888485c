/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/replay/place.h"

#include <errno.h>
#include <string.h>

#include "src/base/xalloc.h"

#define SECTOR_MASK	(UINT64_MAX >> 10)	/* as bytes, in 63 bits */

static const char *const fits[] = {
	[PLACE_WRAP] = "wrap",
	[PLACE_SCALE] = "scale",
	[PLACE_EXACT] = "exact",
};
_Static_assert(ARRAY_SIZE(fits) == PLACE_FIT_MAX, "one name for each fit");

const char *place_fit_name(enum place_fit fit)
{
	return fits[fit];
}

int place_fit_from_name(const char *name, enum place_fit *ret_fit)
{
	for (unsigned int i = 0; i < PLACE_FIT_MAX; i++) {
		if (strcmp(name, fits[i]))
			continue;
		*ret_fit = (enum place_fit)i;
		return 0;
	}
	return -EINVAL;
}

static uint64_t scale(const struct place *p, uint64_t sector)
{
	return (uint64_t)((unsigned __int128)sector * (p->to_bytes / 512) /
			  p->from_sectors);
}

int place_io(const struct place *p, uint64_t sector, uint32_t bytes,
	     uint64_t max, uint64_t *ret_off, uint64_t *ret_len,
	     unsigned int *ret_how)
{
	const uint64_t mask = p->block - 1, size = p->to_bytes & ~mask;
	/* sectors of a damaged record may be anything */
	uint64_t at = sector & SECTOR_MASK;
	uint64_t off, len, room = size < max ? size : max;
	unsigned int how = 0;

	if (p->fit == PLACE_SCALE && p->from_sectors != p->to_bytes / 512)
		at = scale(p, at);
	at *= 512;
	off = at & ~mask;
	len = ((p->fit == PLACE_SCALE ? 0 : at - off) + bytes + mask) & ~mask;
	if (len != bytes || (p->fit != PLACE_SCALE && off != at))
		how |= PLACE_ALIGNED;
	if (p->fit == PLACE_EXACT && (sector > SECTOR_MASK || off >= size ||
				      len > size - off))
		return -ERANGE;
	if (len > room) {
		len = room;
		how |= PLACE_CUT;
	}
	if (off >= size || len > size - off) {
		off %= size;
		if (len > size - off)
			off = size - len;
	}
	if (off != ((sector * 512) & ~mask))
		how |= PLACE_MOVED;
	*ret_off = off;
	*ret_len = len;
	*ret_how = how;
	return 0;
}
