/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Holes in the sequence numbers.  Records of one CPU that stood in the wrong
 * order come here by time, so a number may come a little late: a hole is
 * believed after PATIENCE further events.
 */
#include "config.h"

#include <stdlib.h>

#include "src/analyze/stats_impl.h"
#include "src/base/xalloc.h"

#define PATIENCE 64u
#define FAR	 (1u << 20) /* a jump back is a new session */

static size_t slot_of(const struct stats_lanes *lanes, uint32_t device,
		      uint32_t cpu)
{
	uint64_t h =
		((uint64_t)device << 16 ^ cpu) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(h >> 32) & (lanes->cap - 1);

	while (lanes->slots[i].is_begun &&
	       (lanes->slots[i].device != device || lanes->slots[i].cpu != cpu))
		i = (i + 1) & (lanes->cap - 1);
	return i;
}

struct stats_lane *stats_lane(struct stats_lanes *lanes, uint32_t device,
			      uint32_t cpu)
{
	struct stats_lane *lane = lanes->last;

	if (lane && lane->device == device && lane->cpu == cpu)
		return lane;
	if (2 * lanes->nr >= lanes->cap) {
		struct stats_lanes old = *lanes;

		lanes->cap = old.cap ? 2 * old.cap : 64;
		lanes->slots = xcalloc(lanes->cap, sizeof(*lanes->slots));
		for (size_t i = 0; i < old.cap; i++)
			if (old.slots[i].is_begun)
				lanes->slots[slot_of(lanes, old.slots[i].device,
						     old.slots[i].cpu)] =
					old.slots[i];
		free(old.slots);
	}
	lane = &lanes->slots[slot_of(lanes, device, cpu)];
	if (!lane->is_begun) {
		lane->device = device;
		lane->cpu = cpu;
		lane->is_begun = true;
		lanes->nr++;
	}
	lanes->last = lane;
	return lane;
}

static uint64_t believe(struct stats_lane *lane)
{
	uint64_t missing = lane->nr_missing;
	uint64_t told = missing < lane->credit ? missing : lane->credit;

	lane->nr_missing = 0;
	lane->credit -= told;
	return missing - told;
}

uint64_t stats_lane_see(struct stats_lane *lane, uint32_t sequence)
{
	uint32_t ahead = sequence - lane->next;

	if (!sequence || sequence == lane->next || !lane->next) {
		lane->next = sequence ? sequence + 1 : lane->next;
	} else if (ahead < FAR) {
		lane->nr_missing += ahead;
		lane->patience = PATIENCE;
		lane->next = sequence + 1;
	} else if (-ahead < FAR) {
		if (lane->nr_missing)
			lane->nr_missing--;
	} else {
		lane->next = sequence + 1;
	}
	if (lane->nr_missing && !--lane->patience)
		return believe(lane);
	return 0;
}

uint64_t stats_lane_end(struct stats_lane *lane)
{
	return believe(lane);
}

void stats_lanes_release(struct stats_lanes *lanes)
{
	free(lanes->slots);
}
