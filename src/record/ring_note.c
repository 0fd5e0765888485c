/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "src/record/ring_note.h"

int ring_note(const struct ring_event *ev, enum note_id id, unsigned int skip,
	      struct note *ret)
{
	const struct note_type *t = note_type(id);
	struct note note = { .id = id };

	if (ev->pdu_len != (t->nr_fields - skip) * sizeof(uint64_t))
		return -EBADMSG;
	for (unsigned int i = skip; i < t->nr_fields; i++) {
		uint8_t *p = (uint8_t *)&note + t->fields[i].offset;
		uint64_t value;
		uint32_t word;

		memcpy(&value, ev->pdu + (i - skip) * sizeof(value),
		       sizeof(value));
		word = (uint32_t)value;
		if (t->fields[i].type == NOTE_FIELD_U32)
			memcpy(p, &word, sizeof(word));
		else
			memcpy(p, &value, sizeof(value));
	}
	*ret = note;
	return 0;
}
