/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <string.h>

#include "formats/note.h"
#include "src/analyze/dump.h"

static void turn(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		uint8_t c = p[i];

		p[i] = p[len - 1 - i];
		p[len - 1 - i] = c;
	}
}

void dump_turn(struct blk_rec *rec, uint8_t *buf, size_t size)
{
	struct note note;
	int n;

	if (note_is_private(rec)) {
		if (note_decode(rec, &note))
			return;
		n = note_encode(&note, buf, size);
		if (n < 0)
			return;
		rec->pdu = buf;
		rec->pdu_len = (uint16_t)n;
		rec->is_swapped = false;
		return;
	}
	memcpy(buf, rec->pdu, rec->pdu_len);
	if ((rec->action & BLK_ACT_CGROUP) && rec->pdu_len >= 8)
		turn(buf, 8);
	if (rec->action == (BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_TIMESTAMP) &&
	    rec->pdu_len >= 8) {
		turn(buf, 4);
		turn(buf + 4, 4);
	}
	rec->pdu = buf;
	rec->is_swapped = false;
}

static void add(struct outbuf *out, const struct blk_rec *rec)
{
	char *p = outbuf_room(out, BLK_V7_SIZE + rec->pdu_len);
	ssize_t n = blk_encode(rec, BLK_IO_TRACE_VERSION, false, p,
			       BLK_V7_SIZE + rec->pdu_len);

	if (n > 0)
		outbuf_took(out, p + n);
}

static void add_turned(struct outbuf *out, struct blk_rec *rec)
{
	uint8_t payload[UINT16_MAX];

	dump_turn(rec, payload, sizeof(payload));
	add(out, rec);
}

void dump_add(struct outbuf *out, const struct blk_rec *rec, uint64_t time)
{
	struct blk_rec copy = *rec;

	copy.time = time;
	if (rec->is_swapped && rec->pdu_len)
		add_turned(out, &copy);
	else
		add(out, &copy);
}
