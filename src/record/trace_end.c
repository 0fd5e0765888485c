/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of a trace: its clocks, its totals, and where its files could not be
 * written to the end, what is missing in them.
 */
#include "config.h"

#include "src/record/clocks.h"
#include "src/record/trace_impl.h"

/* @time (ns): 0 = now. */
static int put_total(struct trace *trace, unsigned int cpu, uint64_t time,
		     struct err *err)
{
	const struct lane *lane = &trace->lanes[cpu];
	struct note note = { .id = NOTE_TOTAL };

	note.total.device = trace->dev.device;
	note.total.cpu = cpu;
	note.total.events = lane->nr_events - lane->first_event -
			    lane->own.nr_unwritten;
	note.total.lost = lane->nr_lost - lane->first_lost +
			  lane->own.nr_unwritten;
	return trace_put_note(trace, cpu,
			      time ? time : clocks_ns(CLOCK_MONOTONIC), 0,
			      &note, err);
}

static bool is_mute(const struct lane *lane)
{
	const struct sink *sink = &lane->own;

	return sink_has_no_room(sink) && !sink->offset &&
	       sink->nr_unwritten + sink->nr_untold;
}

/* That events of the CPU @of are missing, in the file of @cpu. */
static int put_unwritten(struct trace *trace, unsigned int cpu,
			 unsigned int of, uint64_t from)
{
	const struct sink *sink = &trace->lanes[of].own;
	struct note note = { .id = NOTE_LOSS };
	uint64_t now = clocks_ns(CLOCK_MONOTONIC);

	note.loss.device = trace->dev.device;
	note.loss.cpu = of;
	note.loss.reason = NOTE_LOSS_UNWRITTEN;
	note.loss.count = sink->nr_unwritten + sink->nr_untold;
	note.loss.from = from;
	note.loss.to = now;
	if (!note.loss.count)
		return 0;
	return trace_put_note(trace, cpu, now, 0, &note, NULL);
}

/* With @room 0 behind the records of the file, else in place of its last. */
static bool tell_at(struct trace *trace, unsigned int cpu, bool is_for_mute,
		    size_t room)
{
	struct sink *sink = &trace->lanes[cpu].own;
	const struct sink before = *sink;
	uint64_t time;
	int r;

	if (!sink_step_back(sink, room, &time))
		return false;
	r = put_unwritten(trace, cpu, cpu, time);
	for (unsigned int i = 0; is_for_mute && i < trace->nr_cpus && !r; i++)
		if (is_mute(&trace->lanes[i]))
			r = put_unwritten(trace, cpu, i, 0);
	if (!r)
		r = put_total(trace, cpu, 0, NULL);
	if (!r)
		r = sink_flush(sink, NULL);
	if (r) {
		sink_undo(sink, &before);
		return false;
	}
	sink_cut(sink);
	(void)sink_sync(sink, NULL);
	sink->error = before.error;
	return true;
}

/*
 * A file says itself what is missing at its end, and with @is_for_mute what
 * the empty ones cannot.  The last block may have room left.
 */
static bool tell(struct trace *trace, unsigned int cpu, bool is_for_mute)
{
	size_t room = SINK_STEP;

	for (unsigned int i = 0; is_for_mute && i < trace->nr_cpus; i++)
		if (is_mute(&trace->lanes[i]))
			room += SINK_STEP_NOTE;
	return tell_at(trace, cpu, is_for_mute, 0) ||
	       tell_at(trace, cpu, is_for_mute, room);
}

/* A full disk.  A file that was not full speaks for others only if no full
 * one can. */
static void tell_unwritten(struct trace *trace)
{
	bool is_for_mute = false;

	for (unsigned int cpu = 0; cpu < trace->nr_cpus; cpu++)
		is_for_mute |= is_mute(&trace->lanes[cpu]);
	for (unsigned int cpu = 0; cpu < trace->nr_cpus; cpu++) {
		const struct sink *sink = &trace->lanes[cpu].own;

		if (!sink_has_no_room(sink) || !sink->offset)
			continue;
		if (is_for_mute && tell(trace, cpu, true))
			is_for_mute = false;
		else
			(void)tell(trace, cpu, false);
	}
	for (unsigned int cpu = 0; is_for_mute && cpu < trace->nr_cpus; cpu++) {
		const struct sink *sink = &trace->lanes[cpu].own;

		if (sink->path && !sink->error && sink->offset)
			is_for_mute = !tell(trace, cpu, true);
	}
}

int trace_end(struct trace *trace, const struct note_clock *clock,
	      bool is_last, struct err *err)
{
	uint64_t time = clock ? clock->monotonic : 0;
	int r = trace_put_clock(trace, NOTE_CLOCK_END, time, clock, err);

	for (unsigned int cpu = 0; cpu < trace->nr_cpus; cpu++) {
		struct lane *lane = &trace->lanes[cpu];
		int e = 0;

		/* A CPU that did nothing keeps its empty file. */
		if (lane->nr_bytes > lane->first_byte)
			e = put_total(trace, cpu, time, r ? NULL : err);
		r = r ? r : e;
		if (lane->sink != &lane->own)
			continue;
		if (is_last)
			e = sink_sync(&lane->own, r ? NULL : err);
		else if (lane->own.is_begun)
			e = sink_flush(&lane->own, r ? NULL : err);
		r = r ? r : e;
	}
	tell_unwritten(trace);
	for (unsigned int cpu = 0; cpu < trace->nr_cpus; cpu++) {
		int e = sink_close(&trace->lanes[cpu].own, r ? NULL : err);

		r = r ? r : e;
	}
	return r;
}
