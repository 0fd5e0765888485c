/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one record cannot show: the sequence numbers of a device and CPU, what
 * the recorder says of losses and totals, and the order of times.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/analyze/verify_impl.h"
#include "src/base/xalloc.h"

#define NS_PER_SEC 1000000000u

struct verify_lane {
	uint64_t nr_events;
	uint64_t nr_lost;	/* that LOSS records tell */
	uint64_t pending;	/* of them, told since the last event */
	uint64_t nr_missing;	/* sequence numbers */
	uint64_t total_events;	/* what the TOTAL note says */
	uint64_t total_lost;
	uint64_t last_clock;	/* monotonic, of the last CLOCK note; ns */
	int64_t wall;		/* realtime - monotonic there; ns */
	uint32_t device, cpu;
	uint32_t last_sequence;
	bool has_sequence, has_total;
	bool has_clock;
};

bool verify_is_event(const struct blk_rec *rec)
{
	return !blk_is_notify(rec) ||
	       (note_is_private(rec) && blk_code(rec) >= NOTE_CODE_EVENTS);
}

/* NULL if there are too many. */
static struct verify_lane *lane_of(struct verify_lanes *lanes, uint32_t device,
				   uint32_t cpu)
{
	uint64_t key = (uint64_t)cpu << 32 | device;
	const uint64_t *at = map64_get(&lanes->index, key);

	if (at)
		return &lanes->lanes[*at - 1];
	if (lanes->nr == VERIFY_LANES_MAX) {
		lanes->nr_unfollowed++;
		return NULL;
	}
	lanes->lanes = xgrow(lanes->lanes, lanes->nr, &lanes->cap,
			     sizeof(*lanes->lanes));
	lanes->lanes[lanes->nr++] = (struct verify_lane){
		.device = device, .cpu = cpu,
	};
	*map64_put(&lanes->index, key) = lanes->nr;
	return &lanes->lanes[lanes->nr - 1];
}

/* ---- events -------------------------------------------------------------- */

#define LANE_FMT	"device %u,%u, CPU %u: "
#define LANE_ARGS(l)							\
	blk_major((l)->device), blk_minor((l)->device), (l)->cpu

/* In a merged dump notes are in front of their events: see end_lane. */
static void check_gap(struct verify_lanes *lanes, struct verify_lane *lane,
		      uint32_t sequence, uint32_t gap,
		      const struct verify_say *say)
{
	lane->nr_missing += gap;
	if (lanes->is_stream)
		return;
	if (gap > lane->pending)
		say->say(say->ctx, VERIFY_GAP, say->offset,
			 gap - lane->pending,
			 LANE_FMT "%u numbers are missing before number %u, and"
			 " loss records tell of %" PRIu64, LANE_ARGS(lane),
			 gap, sequence, lane->pending);
	else if (gap < lane->pending)
		say->say(say->ctx, VERIFY_UNEVEN, say->offset, 1,
			 LANE_FMT "loss records tell of %" PRIu64 " events"
			 " before number %u, and %u numbers are missing",
			 LANE_ARGS(lane), lane->pending, sequence, gap);
	lane->pending = 0;
}

static void check_sequence(struct verify_lanes *lanes,
			   struct verify_lane *lane,
			   const struct blk_rec *rec,
			   const struct verify_say *say)
{
	uint32_t last = lane->has_sequence ? lane->last_sequence : 0;
	int32_t step = (int32_t)(rec->sequence - last);

	if (step <= 0 && (lane->has_sequence || !rec->sequence))
		say->say(say->ctx, VERIFY_REPEAT, say->offset, 1,
			 LANE_FMT "number %u comes behind number %u",
			 LANE_ARGS(lane), rec->sequence, last);
	else
		check_gap(lanes, lane, rec->sequence,
			  rec->sequence - last - 1, say);
	lane->last_sequence = rec->sequence;
	lane->has_sequence = true;
}

static void check_time(struct verify_lanes *lanes, const struct blk_rec *rec,
		       const struct verify_say *say)
{
	uint64_t *last = map64_put(&lanes->times, rec->cpu);

	if (*last && rec->time < *last - 1)
		say->say(say->ctx, VERIFY_TIME, say->offset, 1,
			 "CPU %u: the time is %" PRIu64 ", %" PRIu64 " ns"
			 " before that of the event in front", rec->cpu,
			 rec->time, *last - 1 - rec->time);
	else if (*last && rec->time - (*last - 1) > VERIFY_JUMP_NS)
		say->say(say->ctx, VERIFY_JUMP, say->offset, 1,
			 "CPU %u: the time is %" PRIu64 ", %" PRIu64 " s"
			 " behind that of the event in front", rec->cpu,
			 rec->time, (rec->time - (*last - 1)) / NS_PER_SEC);
	/* "+ 1": 0 is "none"; the last ns of 584 years does not matter */
	*last = rec->time == UINT64_MAX ? rec->time : rec->time + 1;
}

void verify_lanes_event(struct verify_lanes *lanes, const struct blk_rec *rec,
			const struct verify_say *say)
{
	struct verify_lane *lane = lane_of(lanes, rec->device, rec->cpu);

	if (!lane)
		return;
	lane->nr_events++;
	check_time(lanes, rec, say);
	if (blk_is_notify(rec))
		return;
	check_sequence(lanes, lane, rec, say);
	if (rec->bytes % 512 && !blk_has(rec, BLK_TC_PC))
		say->say(say->ctx, VERIFY_SIZE, say->offset, 1,
			 "%u bytes are no number of sectors", rec->bytes);
}

/* ---- notes --------------------------------------------------------------- */

static void take_loss(struct verify_lanes *lanes, const struct note_loss *loss,
		      const struct verify_say *say)
{
	struct verify_lane *lane;

	if (!loss->count)
		return;
	say->say(say->ctx, VERIFY_LOST, say->offset, loss->count,
		 "device %u,%u: %" PRIu64 " events were lost: %s",
		 blk_major(loss->device), blk_minor(loss->device), loss->count,
		 note_loss_text(loss->reason));
	if (loss->cpu == UINT32_MAX || loss->reason == NOTE_LOSS_UNFOLLOWED)
		return;
	lane = lane_of(lanes, loss->device, loss->cpu);
	if (!lane)
		return;
	lane->nr_lost += loss->count;
	lane->pending += loss->count;
}

static void take_clock(struct verify_lane *lane, const struct note_clock *clock,
		       const struct verify_say *say)
{
	int64_t wall = (int64_t)(clock->realtime - clock->monotonic);
	uint64_t step = wall > lane->wall ?
				(uint64_t)wall - (uint64_t)lane->wall :
				(uint64_t)lane->wall - (uint64_t)wall;

	if (!clock->monotonic)
		return;
	if (lane->has_clock && clock->monotonic < lane->last_clock)
		say->say(say->ctx, VERIFY_CLOCK, say->offset, 1,
			 "the monotonic clock went back from %" PRIu64 " to %"
			 PRIu64, lane->last_clock, clock->monotonic);
	else if (lane->has_clock && step > VERIFY_STEP_NS)
		say->say(say->ctx, VERIFY_STEP, say->offset, 1,
			 "the clock of the day was set %s by %" PRIu64 " ms",
			 wall > lane->wall ? "forward" : "back",
			 step / 1000000);
	lane->wall = wall;
	lane->last_clock = clock->monotonic;
	lane->has_clock = true;
}

static void take_timestamp(const struct blk_rec *rec,
			   const struct verify_say *say)
{
	uint64_t sec;
	uint32_t nsec;

	if (blk_get_timestamp(rec, &sec, &nsec) || nsec < NS_PER_SEC)
		return;
	say->say(say->ctx, VERIFY_CLOCK, say->offset, 1,
		 "a timestamp of %u ns behind the second", nsec);
}

void verify_lanes_note(struct verify_lanes *lanes, const struct blk_rec *rec,
		       const struct note *note, const struct verify_say *say)
{
	struct verify_lane *lane;

	if (!note) {
		if (rec->action ==
		    (BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_TIMESTAMP))
			take_timestamp(rec, say);
		return;
	}
	if (note->id == NOTE_LOSS) {
		take_loss(lanes, &note->loss, say);
	} else if (note->id == NOTE_CLOCK) {
		lane = lane_of(lanes, rec->device, rec->cpu);
		if (lane)
			take_clock(lane, &note->clock, say);
	} else if (note->id == NOTE_TOTAL) {
		lane = lane_of(lanes, note->total.device, note->total.cpu);
		if (!lane)
			return;
		lane->has_total = true;
		lane->total_events = note->total.events;
		lane->total_lost = note->total.lost;
	}
}

/* ---- the end ------------------------------------------------------------- */

static void check_total(const struct verify_lane *lane,
			const struct verify_say *say)
{
	if (lane->total_events != lane->nr_events)
		say->say(say->ctx, VERIFY_TOTAL, VERIFY_NOWHERE, 1,
			 LANE_FMT "%" PRIu64 " events were written, %" PRIu64
			 " are here", LANE_ARGS(lane), lane->total_events,
			 lane->nr_events);
	else if (lane->total_lost != lane->nr_lost)
		say->say(say->ctx, VERIFY_TOTAL, VERIFY_NOWHERE, 1,
			 LANE_FMT "%" PRIu64 " events were lost, loss records"
			 " tell of %" PRIu64, LANE_ARGS(lane),
			 lane->total_lost, lane->nr_lost);
}

static void check_missing(const struct verify_lane *lane,
			  const struct verify_say *say)
{
	if (lane->nr_missing > lane->nr_lost)
		say->say(say->ctx, VERIFY_GAP, VERIFY_NOWHERE,
			 lane->nr_missing - lane->nr_lost,
			 LANE_FMT "%" PRIu64 " numbers are missing, and loss"
			 " records tell of %" PRIu64, LANE_ARGS(lane),
			 lane->nr_missing, lane->nr_lost);
}

void verify_lanes_end(struct verify_lanes *lanes, bool has_totals,
		      const struct verify_say *say)
{
	for (size_t i = 0; i < lanes->nr; i++) {
		const struct verify_lane *lane = &lanes->lanes[i];

		if (lanes->is_stream)
			check_missing(lane, say);
		if (lane->has_total)
			check_total(lane, say);
		else if (has_totals && lane->nr_events)
			say->say(say->ctx, VERIFY_NO_TOTAL, VERIFY_NOWHERE, 1,
				 LANE_FMT "the recording was broken off: there"
				 " is no note of its end", LANE_ARGS(lane));
	}
	if (lanes->nr_unfollowed)
		say->say(say->ctx, VERIFY_LIMIT, VERIFY_NOWHERE,
			 lanes->nr_unfollowed,
			 "%" PRIu64 " records are of more than %u pairs of"
			 " device and CPU; the sequence of theirs is not"
			 " looked at", lanes->nr_unfollowed, VERIFY_LANES_MAX);
}

void verify_lanes_release(struct verify_lanes *lanes)
{
	free(lanes->lanes);
	map64_release(&lanes->index);
	map64_release(&lanes->times);
	*lanes = (struct verify_lanes){ 0 };
}
