/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules for one record: a table.  The first rule that is broken is told,
 * so that one flipped bit is one finding.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/verify_impl.h"
#include "src/base/xalloc.h"

/* A loff_t is 63 bits of bytes (include/linux/types.h). */
#define SECTORS_MAX	(UINT64_C(1) << (63 - 9))

struct rule {
	enum verify_kind kind;
	/* true if it is broken, with the reason in @text */
	bool (*is_broken)(const struct verify_recording *recording,
			  const struct blk_rec *rec, char *text);
};

#define BROKEN(text, ...)						\
	((void)snprintf(text, VERIFY_TEXT_MAX, __VA_ARGS__), true)

static bool is_kernel_note(const struct blk_rec *rec)
{
	return blk_is_notify(rec) && !note_is_private(rec);
}

static bool bad_note_word(const struct verify_recording *recording,
			  const struct blk_rec *rec, char *text)
{
	unsigned int code = rec->action & BLK_ACT_CODE_MASK;

	(void)recording;
	if (!blk_is_notify(rec))
		return false;
	if (blk_categories(rec) != BLK_TC_NOTIFY)
		return BROKEN(text, "a note with other categories too: action"
			      " %#" PRIx64, rec->action);
	if (code >= NOTE_CODE_FIRST && code <= NOTE_CODE_LAST &&
	    (code & BLK_ACT_CGROUP))
		return BROKEN(text, "a private note with bit 8 set: code %#x",
			      code);
	return false;
}

/* doc/FORMAT.md 4.1: what keeps other tools from stumbling over it. */
static bool bad_private_note(const struct verify_recording *recording,
			     const struct blk_rec *rec, char *text)
{
	struct note note;

	(void)recording;
	if (!note_is_private(rec))
		return false;
	if (rec->pdu_len > NOTE_PDU_MAX)
		return BROKEN(text, "a private note of %u bytes; at most %u",
			      rec->pdu_len, NOTE_PDU_MAX);
	if (rec->sector || rec->bytes || rec->error)
		return BROKEN(text, "a private note with sector %" PRIu64
			      ", bytes %u, error %u; all must be 0",
			      rec->sector, rec->bytes, rec->error);
	if (note_decode(rec, &note) == -EBADMSG)
		return BROKEN(text, "a private note of code %#x whose payload"
			      " of %u bytes is malformed", blk_code(rec),
			      rec->pdu_len);
	return false;
}

static bool bad_action(const struct verify_recording *recording,
		       const struct blk_rec *rec, char *text)
{
	const struct blk_event *event = blk_event(blk_code(rec));

	(void)recording;
	if (blk_is_notify(rec))
		return false;
	if (!event || (rec->action & BLK_ACT_CODE_MASK & ~BLK_ACT_CGROUP) !=
			      (unsigned int)event->code)
		return BROKEN(text, "there is no action %u: action %#" PRIx64,
			      blk_code(rec), rec->action);
	if (!blk_categories(rec))
		return BROKEN(text, "%s without a category: action %#" PRIx64,
			      event->name, rec->action);
	if (event->category && !blk_has(rec, event->category))
		return BROKEN(text, "%s without its category: action %#"
			      PRIx64, event->name, rec->action);
	return false;
}

static bool bad_kernel_payload(const struct blk_rec *rec, size_t len,
			       const uint8_t *payload, char *text)
{
	switch (blk_code(rec)) {
	case BLK_TN_PROCESS:
		if (len != BLK_COMM_LEN || !memchr(payload, 0, len))
			return BROKEN(text, "a process name of %zu bytes%s;"
				      " %u with a NUL are right", len,
				      len == BLK_COMM_LEN ? " without a NUL" :
							    "", BLK_COMM_LEN);
		break;
	case BLK_TN_TIMESTAMP:
		if (len != 8)
			return BROKEN(text, "a timestamp of %zu bytes; 8 are"
				      " right", len);
		break;
	case BLK_TN_MESSAGE:
		if (!len || len > BLK_MAX_MESSAGE)
			return BROKEN(text, "a message of %zu bytes; 1 to %u"
				      " are right", len, BLK_MAX_MESSAGE);
		break;
	}
	return false;
}

/* Bytes of payload that each kind has, at least and at most. */
static const struct {
	size_t min, max;
} payload_sizes[] = {
	[BLK_PDU_NONE] = { 0, 0 },
	[BLK_PDU_U64_BE] = { 8, 8 },
	[BLK_PDU_REMAP] = { sizeof(struct blk_io_trace_remap_be),
			    sizeof(struct blk_io_trace_remap_be) },
	[BLK_PDU_CDB] = { 0, 260 }, /* SCSI_MAX_VARLEN_CDB_SIZE */
	[BLK_PDU_OPAQUE] = { 0, UINT16_MAX },
};

static bool bad_payload(const struct verify_recording *recording,
			const struct blk_rec *rec, char *text)
{
	const struct blk_event *event = blk_event(blk_code(rec));
	enum blk_pdu_kind kind;
	const uint8_t *payload;
	size_t len;

	(void)recording;
	if (note_is_private(rec))
		return false;
	if ((rec->action & BLK_ACT_CGROUP) && rec->pdu_len < sizeof(uint64_t))
		return BROKEN(text, "a cgroup id is announced in a payload of"
			      " %u bytes", rec->pdu_len);
	payload = blk_payload(rec, &len);
	if (is_kernel_note(rec))
		return bad_kernel_payload(rec, len, payload, text);
	if (!event)
		return false;
	kind = event->pdu;
	if (kind == BLK_PDU_CDB && !blk_has(rec, BLK_TC_PC))
		kind = BLK_PDU_NONE;
	if (len < payload_sizes[kind].min || len > payload_sizes[kind].max)
		return BROKEN(text, "%s with a payload of %zu bytes; from %zu"
			      " to %zu there may be", event->name, len,
			      payload_sizes[kind].min, payload_sizes[kind].max);
	return false;
}

static bool bad_device(const struct verify_recording *recording,
		       const struct blk_rec *rec, char *text)
{
	const struct verify_device *device;

	if (blk_is_notify(rec))
		return false;
	device = verify_device(recording, rec->device);
	if (recording->is_described ? device && device->is_described :
	    device || recording->is_stream || !recording->nr_devices)
		return false;
	return BROKEN(text, "a record of device %u,%u; %s",
		      blk_major(rec->device), blk_minor(rec->device),
		      recording->is_described ?
			      "no note describes such a device" :
			      "the records before are of another one");
}

static bool has_place(const struct blk_rec *rec)
{
	return !blk_is_notify(rec) && rec->sector && !blk_has(rec, BLK_TC_PC);
}

static bool bad_sector(const struct verify_recording *recording,
		       const struct blk_rec *rec, char *text)
{
	const struct verify_device *device;
	uint64_t nr = rec->bytes / 512;
	uint64_t limit = SECTORS_MAX;

	if (!has_place(rec))
		return false;
	device = verify_device(recording, rec->device);
	if (device && device->sectors)
		limit = device->sectors;
	if (rec->sector <= limit && nr <= limit - rec->sector)
		return false;
	return BROKEN(text, "sector %" PRIu64 " + %" PRIu64 " on device %u,%u;"
		      " %s %" PRIu64, rec->sector, nr,
		      blk_major(rec->device), blk_minor(rec->device),
		      limit == SECTORS_MAX ? "no device has more than" :
					     "it has", limit);
}

/* In this order. */
static const struct rule rules[] = {
	{ VERIFY_NOTE, bad_note_word },
	{ VERIFY_NOTE, bad_private_note },
	{ VERIFY_ACTION, bad_action },
	{ VERIFY_PAYLOAD, bad_payload },
	{ VERIFY_DEVICE, bad_device },
	{ VERIFY_SECTOR, bad_sector },
};

bool verify_rules(const struct verify_recording *recording,
		  const struct blk_rec *rec, enum verify_kind *ret_kind,
		  char *ret_text)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].is_broken(recording, rec, ret_text)) {
			*ret_kind = rules[i].kind;
			return true;
		}
	}
	return false;
}

/* ---- devices ------------------------------------------------------------- */

struct verify_device *verify_device(const struct verify_recording *recording,
				    uint32_t device)
{
	const uint64_t *at = map64_get(&recording->index, device);

	return at ? &recording->devices[*at - 1] : NULL;
}

static struct verify_device *add_device(struct verify_recording *recording,
					uint32_t device)
{
	struct verify_device *d = verify_device(recording, device);

	if (d || recording->nr_devices == VERIFY_DEVICES_MAX)
		return d;
	recording->devices = xgrow(recording->devices, recording->nr_devices,
				   &recording->cap_devices, sizeof(*d));
	d = &recording->devices[recording->nr_devices++];
	*d = (struct verify_device){ .device = device };
	*map64_put(&recording->index, device) = recording->nr_devices;
	return d;
}

void verify_meet(struct verify_recording *recording, uint32_t device)
{
	struct verify_device *d = add_device(recording, device);

	if (d)
		d->has_records = true;
}

/* The sectors of a partition's records are those of the whole disk. */
static void describe_device(struct verify_recording *recording,
			    const struct note_device *note)
{
	struct verify_device *d = add_device(recording, note->device);
	const struct verify_device *disk;

	recording->is_described = true;
	if (!d)
		return;
	d->is_described = true;
	d->is_recorded = !(note->flags & NOTE_DEVICE_BELOW);
	d->sectors = note->sectors;
	if (!(note->flags & NOTE_DEVICE_PARTITION))
		return;
	disk = verify_device(recording, note->disk);
	d->sectors = disk && disk->sectors ? disk->sectors : 0;
}

void verify_describe(struct verify_recording *recording,
		     const struct note *note)
{
	if (note->id == NOTE_HOST)
		recording->has_host = true;
	else if (note->id == NOTE_DEVICE)
		describe_device(recording, &note->device);
}

void verify_recording_release(struct verify_recording *recording)
{
	free(recording->devices);
	map64_release(&recording->index);
	*recording = (struct verify_recording){ 0 };
}
