/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <time.h>

#include "src/record/anchor.h"

#define NS_PER_SEC	INT64_C(1000000000)

static int64_t read_clock(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

/* @id less CLOCK_MONOTONIC.  Who is not run in between for long looks again. */
static int64_t ahead(clockid_t id)
{
	int64_t before, value, after;
	int tries = 0;

	do {
		before = read_clock(CLOCK_MONOTONIC);
		value = read_clock(id);
		after = read_clock(CLOCK_MONOTONIC);
	} while (after - before > ANCHOR_JUMP_NS / 4 && ++tries < 10);
	return value - before;
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
