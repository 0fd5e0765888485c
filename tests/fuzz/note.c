/* SPDX-License-Identifier: GPL-2.0 */
/* A private record: what is decoded is the same after encoding it. */
#include "config.h"

#include <string.h>

#include "formats/note.h"
#include "tests/fuzz/fuzz.h"

static void turn_round(const struct blk_rec *rec)
{
	char first[NOTE_TEXT_MAX * 2], second[NOTE_TEXT_MAX * 2], small[16];
	uint8_t bytes[NOTE_PDU_MAX];
	struct note note, again;
	struct blk_rec copy = *rec;
	int n;

	if (note_decode(rec, &note))
		return;
	(void)note_text(&note, first, sizeof(first));
	MUST(note_text(&note, small, sizeof(small)) < sizeof(small));
	n = note_encode(&note, bytes, sizeof(bytes));
	if (n < 0 || rec->pdu_len > NOTE_PDU_MAX)
		return;
	copy.pdu = bytes;
	copy.pdu_len = (uint16_t)n;
	copy.is_swapped = false;
	MUST(!note_decode(&copy, &again));
	(void)note_text(&again, second, sizeof(second));
	/* the strings of a short record may be cut by the numbers before */
	if (rec->pdu_len + 64u < NOTE_PDU_MAX)
		MUST(!strcmp(first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blk_rec rec = { 0 };
	uint8_t *pdu;

	if (size > 2 && size < UINT16_MAX) {
		rec.action = note_action((enum note_id)(data[0] % NOTE_MAX));
		rec.is_swapped = data[1] & 1;
		rec.pdu_len = (uint16_t)(size - 2);
		pdu = malloc(rec.pdu_len);
		MUST(pdu);
		memcpy(pdu, data + 2, rec.pdu_len);
		rec.pdu = pdu;
		turn_round(&rec);
		free(pdu);
	}
	for (; fuzz_next(&data, &size, &rec, &pdu); free(pdu))
		turn_round(&rec);
	return 0;
}
