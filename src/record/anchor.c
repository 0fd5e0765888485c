/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>

#include "src/record/anchor.h"
#include "src/record/clocks.h"

/* @id less CLOCK_MONOTONIC.  Who is not run in between for long looks again. */
static int64_t ahead(clockid_t id)
{
	uint64_t before, value, after;
	int tries = 0;

	do {
		before = clocks_ns(CLOCK_MONOTONIC);
		value = clocks_ns(id);
		after = clocks_ns(CLOCK_MONOTONIC);
	} while (after - before > ANCHOR_JUMP_NS / 4 && ++tries < 10);
	return (int64_t)(value - before);
}

static bool has_jumped(int64_t from, int64_t to)
{
	return llabs(to - from) > ANCHOR_JUMP_NS;
}

bool anchor_has_moved(struct anchor *anchor)
{
	struct anchor now = { .boottime = ahead(CLOCK_BOOTTIME),
			      .realtime = ahead(CLOCK_REALTIME),
			      .is_set = true };
	bool has_moved = anchor->is_set &&
			 (has_jumped(anchor->boottime, now.boottime) ||
			  has_jumped(anchor->realtime, now.realtime));

	/* a slow drift of the time of day is no jump, and adds up to none */
	*anchor = now;
	return has_moved;
}
