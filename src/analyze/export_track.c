/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>

#include "src/analyze/export_track.h"
#include "src/base/protobuf.h"
#include "src/base/xalloc.h"

/* A packet has up to a dozen texts of 255 bytes, or one of 464. */
#define PACKET_MAX 8192u
#define SEQUENCE   1u /* any number but 0 */

static_assert(PACKET_MAX < OUTBUF_SIZE, "a packet fits in the buffer");

enum trace_field { TRACE_PACKET = 1 };

enum packet_field {
	PACKET_CLOCK_SNAPSHOT = 6,
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE_ID = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_TRACK_DESCRIPTOR = 60,
};

enum descriptor_field {
	DESCRIPTOR_UUID = 1,
	DESCRIPTOR_NAME = 2,
	DESCRIPTOR_PROCESS = 3,
	DESCRIPTOR_PARENT_UUID = 5,
	DESCRIPTOR_COUNTER = 8,
};

enum process_field { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum counter_field { COUNTER_UNIT = 3 };
enum snapshot_field { SNAPSHOT_CLOCKS = 1, CLOCK_ID = 1, CLOCK_TIME = 2 };
enum builtin_clock { CLOCK_ID_REALTIME = 1, CLOCK_ID_BOOTTIME = 6 };

enum event_field {
	EVENT_NOTES = 4, /* debug_annotations */
	EVENT_TYPE = 9,
	EVENT_TRACK_UUID = 11,
	EVENT_NAME = 23,
	EVENT_VALUE = 30, /* counter_value */
	EVENT_FLOW_IDS = 47,
	EVENT_TERMINATING_FLOW_IDS = 48,
};

enum event_type { TYPE_SLICE_BEGIN = 1, TYPE_SLICE_END, TYPE_COUNTER = 4 };
enum note_field { NOTE_UINT = 3, NOTE_TEXT = 6, NOTE_NAME = 10 };

static char *begin_packet(struct tracks *t, char **ret_packet)
{
	char *p = outbuf_room(t->out, PACKET_MAX);

	p = pb_open(p, TRACE_PACKET, ret_packet);
	p = pb_uint(p, PACKET_SEQUENCE_ID, SEQUENCE);
	if (!t->has_begun)
		p = pb_uint(p, PACKET_SEQUENCE_FLAGS,
			    1 /* SEQ_INCREMENTAL_STATE_CLEARED */);
	t->has_begun = true;
	return p;
}

static void end_packet(struct tracks *t, char *p, char *packet)
{
	pb_close(p, packet);
	outbuf_took(t->out, p);
}

static uint64_t describe(struct tracks *t, uint64_t parent, const char *name,
			 uint32_t pid, enum track_unit unit)
{
	uint64_t uuid = ++t->nr_uuids;
	char *packet, *descriptor, *inner;
	char *p = begin_packet(t, &packet);

	p = pb_open(p, PACKET_TRACK_DESCRIPTOR, &descriptor);
	p = pb_uint(p, DESCRIPTOR_UUID, uuid);
	if (parent)
		p = pb_uint(p, DESCRIPTOR_PARENT_UUID, parent);
	p = pb_text(p, DESCRIPTOR_NAME, name);
	if (pid) {
		p = pb_open(p, DESCRIPTOR_PROCESS, &inner);
		p = pb_uint(p, PROCESS_PID, pid);
		p = pb_text(p, PROCESS_NAME, name);
		pb_close(p, inner);
	}
	if (unit != UNIT_NONE) {
		p = pb_open(p, DESCRIPTOR_COUNTER, &inner);
		p = pb_uint(p, COUNTER_UNIT, unit);
		pb_close(p, inner);
	}
	pb_close(p, descriptor);
	end_packet(t, p, packet);
	return uuid;
}

void track_begin(struct tracks *t, struct track *track, uint64_t parent,
		 const char *name, uint32_t pid)
{
	*track = (struct track){
		.uuid = describe(t, parent, name, pid, UNIT_NONE),
	};
}

uint64_t track_counter(struct tracks *t, uint64_t parent, const char *name,
		       enum track_unit unit)
{
	return describe(t, parent, name, 0, unit);
}

static char *put_clock(char *p, uint32_t id, uint64_t time)
{
	char *clock;

	p = pb_open(p, SNAPSHOT_CLOCKS, &clock);
	p = pb_uint(p, CLOCK_ID, id);
	p = pb_uint(p, CLOCK_TIME, time);
	pb_close(p, clock);
	return p;
}

void track_clocks(struct tracks *t, uint64_t boottime, uint64_t realtime)
{
	char *packet, *snapshot;
	char *p = begin_packet(t, &packet);

	p = pb_open(p, PACKET_CLOCK_SNAPSHOT, &snapshot);
	p = put_clock(p, CLOCK_ID_BOOTTIME, boottime);
	p = put_clock(p, CLOCK_ID_REALTIME, realtime);
	pb_close(p, snapshot);
	end_packet(t, p, packet);
}

/* The one that was free the shortest, so that few are needed. */
uint64_t track_lane(struct tracks *t, struct track *track, const char *name,
		    uint64_t from, uint64_t to)
{
	struct lane *best = NULL;

	for (size_t i = 0; i < track->nr; i++) {
		struct lane *l = &track->lanes[i];

		if (l->end <= from && (!best || l->end > best->end))
			best = l;
	}
	if (!best) {
		if (track->nr >= LANES_MAX)
			return 0;
		track->lanes = xgrow(track->lanes, track->nr, &track->cap,
				     sizeof(*track->lanes));
		best = &track->lanes[track->nr++];
		best->uuid = describe(t, track->uuid, name, 0, UNIT_NONE);
	}
	best->end = to;
	return best->uuid;
}

void track_release(struct track *track)
{
	free(track->lanes);
}

static char *begin_event(struct tracks *t, uint64_t uuid, uint64_t time,
			 enum event_type type, char **ret_packet,
			 char **ret_event)
{
	char *p = begin_packet(t, ret_packet);

	p = pb_uint(p, PACKET_TIMESTAMP, time);
	p = pb_open(p, PACKET_TRACK_EVENT, ret_event);
	p = pb_uint(p, EVENT_TYPE, type);
	return pb_uint(p, EVENT_TRACK_UUID, uuid);
}

void track_slice_begin(struct tracks *t, uint64_t uuid, uint64_t time,
		       const struct track_slice *s)
{
	char *packet, *event, *note;
	char *p = begin_event(t, uuid, time, TYPE_SLICE_BEGIN, &packet, &event);

	p = pb_text(p, EVENT_NAME, s->name);
	if (s->flow)
		p = pb_fixed64(p, EVENT_FLOW_IDS, s->flow);
	if (s->flow_end)
		p = pb_fixed64(p, EVENT_TERMINATING_FLOW_IDS, s->flow_end);
	for (size_t i = 0; i < s->nr_notes; i++) {
		const struct track_note *n = &s->notes[i];

		p = pb_open(p, EVENT_NOTES, &note);
		p = pb_text(p, NOTE_NAME, n->name);
		p = n->text ? pb_text(p, NOTE_TEXT, n->text) :
			      pb_uint(p, NOTE_UINT, n->number);
		pb_close(p, note);
	}
	pb_close(p, event);
	end_packet(t, p, packet);
}

void track_slice_end(struct tracks *t, uint64_t uuid, uint64_t time)
{
	char *packet, *event;
	char *p = begin_event(t, uuid, time, TYPE_SLICE_END, &packet, &event);

	pb_close(p, event);
	end_packet(t, p, packet);
}

void track_value(struct tracks *t, uint64_t uuid, uint64_t time, uint64_t value)
{
	char *packet, *event;
	char *p = begin_event(t, uuid, time, TYPE_COUNTER, &packet, &event);

	p = pb_uint(p, EVENT_VALUE, value);
	pb_close(p, event);
	end_packet(t, p, packet);
}
