/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>

#include "src/record/flight_clocks.h"

/* The row behind the newest one is being written, or was when we were killed:
 * there is one more than is handed out. */
#define NR_ROWS		(FLIGHT_NR_CLOCKS + 1)

static_assert((NR_ROWS & (NR_ROWS - 1)) == 0, "a mask finds the row");

void flight_clocks_add(struct flight_clocks *clocks, uint64_t time,
		       const struct note_clock *note)
{
	struct flight_clock *row = &clocks->rows[clocks->nr & (NR_ROWS - 1)];

	row->time = time;
	row->note = *note;
	__atomic_store_n(&clocks->nr, clocks->nr + 1, __ATOMIC_RELEASE);
}

static uint64_t oldest(const struct flight_clocks *clocks)
{
	return clocks->nr > FLIGHT_NR_CLOCKS ? clocks->nr - FLIGHT_NR_CLOCKS :
					       0;
}

const struct flight_clock *
flight_clocks_get(const struct flight_clocks *clocks, uint64_t number)
{
	if (number < oldest(clocks) || number >= clocks->nr)
		return NULL;
	return &clocks->rows[number & (NR_ROWS - 1)];
}

uint64_t flight_clocks_behind(const struct flight_clocks *clocks,
			      uint64_t time)
{
	const struct flight_clock *c;
	uint64_t i = oldest(clocks);

	while ((c = flight_clocks_get(clocks, i)) != NULL && c->time <= time)
		i++;
	return i;
}

int flight_clocks_at(const struct flight_clocks *clocks, uint64_t time,
		     struct note_clock *ret)
{
	uint64_t i = flight_clocks_behind(clocks, time), ahead;
	const struct flight_clock *c;

	c = flight_clocks_get(clocks, i > oldest(clocks) ? i - 1 : i);
	if (!c)
		return -ENOENT;
	*ret = c->note;
	ahead = time - ret->monotonic;	/* negative: before the oldest one */
	/* nothing is in front of it that it could have jumped from */
	ret->flags &= NOTE_CLOCK_SYNCED;
	ret->monotonic = time;
	ret->realtime += ahead;
	ret->boottime += ret->boottime ? ahead : 0;
	ret->tai += ret->tai ? ahead : 0;
	ret->tsc = 0;			/* not known then */
	return 0;
}

uint64_t flight_clocks_last(const struct flight_clocks *clocks)
{
	return clocks->nr ? flight_clocks_get(clocks, clocks->nr - 1)->time :
			    0;
}
