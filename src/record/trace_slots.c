/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From slots to records, the short way: most events need no note, no flush and
 * no other payload than they have.  What does goes through trace_event().
 */
#include "config.h"

#include "formats/blk.h"
#include "src/record/trace_impl.h"

#define RECORD_MAX	(BLK_V7_SIZE + RING_PDU_MAX)

static bool is_plain(const struct trace *t)
{
	return t->of == TRACE_OF_BLOCK && t->cgroup == TRACE_CGROUP_OFF &&
	       t->version == BLK_IO_TRACE_VERSION;
}

/* A payload of a completion is not that of the record: put_took(). */
static bool is_plain_slot(const struct trace *t, const struct ring_slot *slot)
{
	bool is_took = slot->pdu_len &&
		       (slot->action & BLK_ACT_CODE_MASK) == BLK_ACT_COMPLETE;

	return slot->device == t->dev.disk && !is_took &&
	       trace_has_sector(t, slot->sector);
}

static size_t put_slot(const struct ring_slot *slot, uint32_t device,
		       unsigned int cpu, uint32_t sequence, uint8_t *to)
{
	const struct blk_rec rec = {
		.time = slot->time,
		.sector = slot->sector,
		.action = slot->action,
		.sequence = sequence,
		.bytes = slot->bytes,
		.pid = slot->pid,
		.device = device,
		.cpu = cpu,
		.error = slot->error,
		.pdu_len = slot->pdu_len,
	};

	blk_encode_native(&rec, to);
	if (slot->pdu_len)
		slot_unpack_pdu(slot, slot->pdu_len, to + BLK_V7_SIZE);
	return BLK_V7_SIZE + slot->pdu_len;
}

static bool is_named(const struct trace *t, struct slot_names *names,
		     const struct ring_slot *slot)
{
	const struct slot_name *name = slot_names_find(names, slot);

	return name && name->said == t->naming;
}

size_t trace_slots(struct trace *t, unsigned int cpu, struct slot_names *names,
		   const struct ring_item *items, size_t nr, uint32_t lost,
		   uint64_t end)
{
	struct lane *lane = &t->lanes[cpu];
	struct sink *sink = lane->sink;
	size_t used = sink->used, n, bytes;

	if (!is_plain(t) || sink->error || sink->size < RECORD_MAX)
		return 0;
	for (n = 0; n < nr && used <= sink->size - RECORD_MAX; n++) {
		const struct ring_slot *slot = items[n].slot;

		if (slot->time > end || slot->lost != lost ||
		    !is_plain_slot(t, slot) || !is_named(t, names, slot))
			break;
		used += put_slot(slot, t->dev.device, cpu, ++lane->sequence,
				 sink->buf + used);
	}
	if (!n)
		return 0;
	bytes = used - sink->used;
	sink->used = used;
	sink->nr_bytes += bytes;
	sink->nr_events += n;
	lane->nr_bytes += bytes;
	lane->nr_events += n;
	lane->last_time = items[n - 1].time;
	return n;
}

void trace_named(const struct trace *t, unsigned int cpu,
		 struct slot_name *name)
{
	if (trace_last_is(t, &t->lanes[cpu], name->pid, name->tgid, name->comm))
		name->said = t->naming;
}
