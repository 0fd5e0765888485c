/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "formats/note.h"
#include "src/analyze/dump.h"
#include "src/analyze/tag_wire.h"

size_t tag_wire_fill(struct tag_wire *w, const struct blk_rec *recs, size_t nr)
{
	size_t i;

	if (!w->out.buf)
		outbuf_init(&w->out, -1);
	w->out.nr = 0;
	for (i = 0; i < nr && i < TAG_WIRE_RECORDS; i++) {
		size_t len = recs[i].pdu_len;

		/* a note of the other byte order is written anew */
		if (len < NOTE_PDU_MAX)
			len = NOTE_PDU_MAX;
		if (OUTBUF_SIZE - w->out.nr < BLK_V7_SIZE + len)
			break;
		w->starts[i] = (uint32_t)w->out.nr;
		dump_add(&w->out, &recs[i], recs[i].time);
	}
	w->starts[i] = (uint32_t)w->out.nr;
	w->batch = (struct tag_batch){
		.bytes = (const uint8_t *)w->out.buf,
		.starts = w->starts,
		.nr = i,
	};
	return i;
}

void tag_wire_release(struct tag_wire *w)
{
	outbuf_release(&w->out);
}
