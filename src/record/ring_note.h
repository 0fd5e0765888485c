/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The private record of a ring's event whose payload has a u64 for each field.
 */
#ifndef RECORD_RING_NOTE_H
#define RECORD_RING_NOTE_H

#include "bpf/cfg.h"
#include "formats/note.h"

/*
 * Fills in the fields of a record @id (numbers only) behind the first @skip
 * ones, which stay 0.  -EBADMSG when the payload has another number of them.
 */
int ring_note(const struct ring_event *ev, enum note_id id, unsigned int skip,
	      struct note *ret);

#endif
