/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The private NOTIFY records: bytes to struct and back.
 *
 * Every tool of the blktrace suite skips such a record without a word as long
 * as its category is NOTIFY and nothing else, its code has bit 8 clear, its
 * sector, bytes and error are 0, and its payload is NOTE_PDU_MAX bytes at
 * most (doc/FORMAT.md 4 has the reasons).  The records are the rows of
 * formats/notes.def; for a row "loss" there is an enum NOTE_LOSS, a struct
 * note_loss, and a member of struct note.
 *
 *	struct note note = { .id = NOTE_LOSS, .loss = { .count = 12 } };
 *	uint8_t pdu[NOTE_PDU_MAX];
 *	int n = note_encode(&note, pdu, sizeof(pdu));
 *	struct blk_rec rec = { .action = note_action(NOTE_LOSS),
 *			       .pdu = pdu, .pdu_len = n, ... };
 *
 *	if (!note_decode(&rec, &note) && note.id == NOTE_LOSS)
 *		lost += note.loss.count;
 *
 * Pure, as everything in formats/.
 */
#ifndef FORMATS_NOTE_H
#define FORMATS_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"

#define NOTE_PDU_MAX	464	/* 512 less a version 7 header: btt reads 512
				   bytes ahead and no more */
#define NOTE_CODE_FIRST	0x4a00u
#define NOTE_CODE_EVENTS	0x4c00u	/* from here on: of KVM and virtio; below:
				   about the recording */
#define NOTE_CODE_LAST	0x4fffu

enum note_id {
#define NOTE(ID, code, name, version, help)	NOTE_##ID,
#define NOTE_U32(note, name)
#define NOTE_U64(note, name)
#define NOTE_STR(note, name)
#define NOTE_END(note)
#include "formats/notes.def"
	NOTE_MAX
};

/*
 * Strings are NUL-terminated, never NULL after decoding, and borrowed from
 * the record's payload; NULL means "" when encoding.  Times are ns; devices
 * are major << 20 | minor; numbers are in this machine's byte order.  0 means
 * "unknown" unless doc/FORMAT.md says otherwise.
 */
#define NOTE(ID, code, name, version, help)	struct note_##name {
#define NOTE_U32(note, name)	uint32_t name;
#define NOTE_U64(note, name)	uint64_t name;
#define NOTE_STR(note, name)	const char *name;
#define NOTE_END(note)		};
#include "formats/notes.def"

/* note_host.flags: append only, never renumber */
#define NOTE_HOST_MERGED	1u	/* a stream: all CPUs, in time order */

/* note_device.flags */
#define NOTE_DEVICE_ROTATIONAL	1u
#define NOTE_DEVICE_PARTITION	2u
#define NOTE_DEVICE_STACKED	4u	/* dm, md: it lies on others */
#define NOTE_DEVICE_BELOW	8u	/* not recorded: a recorded device lies
					   on it */

/* note_process.flags */
#define NOTE_PROCESS_RENAMED	1u	/* the thread changed its name (exec) */

/* note_clock.flags */
#define NOTE_CLOCK_START	1u
#define NOTE_CLOCK_END		2u
#define NOTE_CLOCK_SYNCED	4u	/* something steers the clock of the day
					   (NTP, PTP), says the kernel */
#define NOTE_CLOCK_JUMP		8u	/* against each other, since the last one */

/* note_merge.flags */
#define NOTE_MERGE_ERROR	1u	/* error is known */

/* note_virtio_add.flags */
#define NOTE_VIRTIO_CUT		1u	/* a scatterlist was too long: entries
					   and bytes are less than it has */
#define NOTE_VIRTIO_FAILED	2u	/* the queue did not take the buffer */

/* note_loss.reason: append only, never renumber */
enum note_loss_reason {
	NOTE_LOSS_UNKNOWN	= 0,
	NOTE_LOSS_RING_FULL	= 1,	/* the CPU's ring had no room */
	NOTE_LOSS_NO_RING	= 2,	/* a CPU that had no ring */
	NOTE_LOSS_RECURSION	= 3,	/* an interrupt inside our program: the
					   kernel runs no second one */
	NOTE_LOSS_UNFOLLOWED	= 4,	/* I/Os that a filter lost track of */
	NOTE_LOSS_UNWRITTEN	= 5,	/* no room on the disk, or in a quota */
	NOTE_LOSS_MAX
};

struct note {
	enum note_id id;
	uint32_t version;	/* of the record that was decoded; ignored
				   when encoding */
	union {
#define NOTE(ID, code, name, version, help)	struct note_##name name;
#define NOTE_U32(note, name)
#define NOTE_U64(note, name)
#define NOTE_STR(note, name)
#define NOTE_END(note)
#include "formats/notes.def"
	};
};

enum note_field_type {
	NOTE_FIELD_U32,
	NOTE_FIELD_U64,
	NOTE_FIELD_STR,
};

struct note_field {
	const char *name;
	enum note_field_type type;
	uint16_t offset;	/* in struct note */
};

/* A row of formats/notes.def. */
struct note_type {
	const char *name;
	const char *help;
	uint16_t code;
	uint16_t version;
	uint16_t nr_fields;
	const struct note_field *fields;
};

/* The row of @id; never NULL for an id below NOTE_MAX. */
const struct note_type *note_type(enum note_id id);

/* The action word of a private record. */
uint64_t note_action(enum note_id id);

/* True for a private record, also one of a newer iotape. */
bool note_is_private(const struct blk_rec *rec);

/*
 * Writes the payload of @note into @buf, in this machine's byte order.
 * Returns its length.  Strings that do not fit are cut at the end.  -EINVAL
 * for an unknown id, -ENOSPC when not even the numbers fit in @size.
 */
int note_encode(const struct note *note, void *buf, size_t size);

/*
 * Reads a private record.  Fields that an older or cut record does not have
 * are 0 or "".  Returns 0; -ENOENT if the record is not one that this version
 * knows (skip it); -EBADMSG if its payload is malformed.
 */
int note_decode(const struct blk_rec *rec, struct note *ret_note);

/*
 * A private record in words: "process tid=12 tgid=11 flags=0 cgroup=1
 * comm="fio" cmdline="fio x"".  Bytes of strings that are no printable ASCII
 * are written as \xNN, quotes and backslashes with a backslash before them.
 * The reason of a KVM exit has its name behind all fields: "(HLT)".
 * Cut at the end if @size is too small.  Returns the length, without the NUL.
 */
size_t note_text(const struct note *note, char *buf, size_t size);

/* Enough for every note that fits in NOTE_PDU_MAX. */
#define NOTE_TEXT_MAX	(NOTE_PDU_MAX * 4 + 512)

/* A word for a reason of loss, never NULL. */
const char *note_loss_text(uint32_t reason);

#endif
