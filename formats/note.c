/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "formats/cursor.h"
#include "formats/exit_names.h"
#include "formats/note.h"

/* Each payload begins with its own length and version. */
#define NOTE_HEAD	4

/* The fields of each record, then the table of records. */
#define NOTE(ID, code, name, version, help)				\
	static const struct note_field name##_fields[] = {
#define NOTE_U32(note_, name_)						\
	{ #name_, NOTE_FIELD_U32, offsetof(struct note, note_.name_) },
#define NOTE_U64(note_, name_)						\
	{ #name_, NOTE_FIELD_U64, offsetof(struct note, note_.name_) },
#define NOTE_STR(note_, name_)						\
	{ #name_, NOTE_FIELD_STR, offsetof(struct note, note_.name_) },
#define NOTE_END(note_)		};
#include "formats/notes.def"

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

static const struct note_type types[] = {
#define NOTE(ID, code_, name_, version_, help_)				\
	[NOTE_##ID] = { .name = #name_, .help = (help_),		\
			.code = (code_), .version = (version_),		\
			.nr_fields = NR(name_##_fields),		\
			.fields = name_##_fields },
#define NOTE_U32(note, name)
#define NOTE_U64(note, name)
#define NOTE_STR(note, name)
#define NOTE_END(note)
#include "formats/notes.def"
};

static_assert(NR(types) == NOTE_MAX, "each private record needs a row");

/* Readers of the blktrace suite mask bit 8 away; FORMAT.md 4.1. */
#define NOTE(ID, code, name, version, help)				\
	static_assert(!((code) & BLK_ACT_CGROUP) &&			\
		      (code) >= NOTE_CODE_FIRST &&			\
		      (code) <= NOTE_CODE_LAST, #ID " has a bad code");
#define NOTE_U32(note, name)
#define NOTE_U64(note, name)
#define NOTE_STR(note, name)
#define NOTE_END(note)
#include "formats/notes.def"

const struct note_type *note_type(enum note_id id)
{
	assert((unsigned int)id < NOTE_MAX);
	return &types[id];
}

uint64_t note_action(enum note_id id)
{
	return BLK_TC_ACT(BLK_TC_NOTIFY) | note_type(id)->code;
}

bool note_is_private(const struct blk_rec *rec)
{
	unsigned int code = rec->action & BLK_ACT_CODE_MASK;

	return blk_categories(rec) == BLK_TC_NOTIFY &&
	       code >= NOTE_CODE_FIRST && code <= NOTE_CODE_LAST &&
	       !(code & BLK_ACT_CGROUP);
}

struct out {
	uint8_t *buf;
	size_t len;
	size_t size;
	bool is_over;
};

static void put(struct out *o, const void *p, size_t len)
{
	if (o->size - o->len < len) {
		o->is_over = true;
		return;
	}
	memcpy(o->buf + o->len, p, len);
	o->len += len;
}

static void put_align(struct out *o, size_t to)
{
	static const uint8_t zero[8];

	if (o->len % to)
		put(o, zero, to - o->len % to);
}

/* @spare bytes are kept for the NULs of the strings after this one. */
static void put_str(struct out *o, const char *s, size_t spare)
{
	size_t len = s ? strlen(s) : 0;
	size_t room = o->size - o->len;

	if (room < spare + 1) {
		o->is_over = true;
		return;
	}
	if (len > room - spare - 1)
		len = room - spare - 1;
	if (len)
		put(o, s, len);
	put(o, "", 1);
}

static void put_field(struct out *o, const struct note_type *t,
		      unsigned int i, const struct note *note)
{
	const struct note_field *f = &t->fields[i];
	const void *p = (const uint8_t *)note + f->offset;
	const char *s;

	switch (f->type) {
	case NOTE_FIELD_U32:
		put(o, p, sizeof(uint32_t));
		break;
	case NOTE_FIELD_U64:
		put_align(o, sizeof(uint64_t));
		put(o, p, sizeof(uint64_t));
		break;
	case NOTE_FIELD_STR:
		memcpy(&s, p, sizeof(s));
		put_str(o, s, t->nr_fields - 1 - i);
		break;
	}
}

int note_encode(const struct note *note, void *buf, size_t size)
{
	const struct note_type *t;
	struct out o = { .buf = buf, .size = size };
	uint16_t head[2] = { 0 };

	if ((unsigned int)note->id >= NOTE_MAX)
		return -EINVAL;
	if (o.size > NOTE_PDU_MAX)
		o.size = NOTE_PDU_MAX;
	t = note_type(note->id);
	put(&o, head, sizeof(head));
	for (unsigned int i = 0; i < t->nr_fields && !o.is_over; i++)
		put_field(&o, t, i, note);
	if (o.is_over)
		return -ENOSPC;
	head[0] = (uint16_t)o.len;
	head[1] = t->version;
	memcpy(buf, head, sizeof(head));
	return (int)o.len;
}

static void get_field(struct cursor *c, const struct note_field *f,
		      const uint8_t *start, struct note *n)
{
	void *p = (uint8_t *)n + f->offset;
	const char *s;
	uint32_t u32;
	uint64_t u64;
	size_t odd;

	switch (f->type) {
	case NOTE_FIELD_U32:
		u32 = cursor_u32(c);
		memcpy(p, &u32, sizeof(u32));
		break;
	case NOTE_FIELD_U64:
		odd = (size_t)(c->pos - start) % sizeof(uint64_t);
		if (odd)
			(void)cursor_bytes(c, sizeof(uint64_t) - odd);
		u64 = cursor_u64(c);
		memcpy(p, &u64, sizeof(u64));
		break;
	case NOTE_FIELD_STR:
		s = cursor_str(c);
		if (!s)
			s = "";
		memcpy(p, &s, sizeof(s));
		break;
	}
}

int note_decode(const struct blk_rec *rec, struct note *ret_note)
{
	unsigned int code = rec->action & BLK_ACT_CODE_MASK;
	const struct note_type *t = NULL;
	struct note n = { 0 };
	struct cursor c;
	uint16_t len;

	if (!note_is_private(rec))
		return -ENOENT;
	for (unsigned int i = 0; i < NOTE_MAX; i++) {
		if (types[i].code == code) {
			t = &types[i];
			n.id = (enum note_id)i;
		}
	}
	if (!t)
		return -ENOENT;
	if (rec->pdu_len < NOTE_HEAD)
		return -EBADMSG;
	c = cursor_of(rec->pdu, rec->pdu_len, rec->is_swapped);
	len = cursor_u16(&c);
	n.version = cursor_u16(&c);
	if (len < NOTE_HEAD || len > rec->pdu_len || !n.version)
		return -EBADMSG;
	c.end = rec->pdu + len;
	for (unsigned int i = 0; i < t->nr_fields; i++)
		get_field(&c, &t->fields[i], rec->pdu, &n);
	*ret_note = n;
	return 0;
}

/* snprintf() at the end of what is there; never beyond @size. */
__attribute__((format(printf, 4, 5)))
static void add_text(char *buf, size_t size, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (*len + 1 >= size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(buf + *len, size - *len, fmt, ap);
	va_end(ap);
	if (n > 0)
		*len += (size_t)n < size - *len ? (size_t)n : size - *len - 1;
}

static void add_quoted(char *buf, size_t size, size_t *len, const char *s)
{
	add_text(buf, size, len, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			add_text(buf, size, len, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			add_text(buf, size, len, "\\x%02x", c);
		else
			add_text(buf, size, len, "%c", c);
	}
	add_text(buf, size, len, "\"");
}

static void add_exit_name(char *buf, size_t size, size_t *len,
			  const struct note *note)
{
	enum exit_kind kind;
	uint32_t reason;
	const char *name;

	if (!exit_of_note(note, &kind, &reason))
		return;
	name = exit_name(kind, reason);
	if (name)
		add_text(buf, size, len, " (%s)", name);
}

size_t note_text(const struct note *note, char *buf, size_t size)
{
	const struct note_type *t = note_type(note->id);
	size_t len = 0;

	if (!size)
		return 0;
	buf[0] = '\0';
	add_text(buf, size, &len, "%s", t->name);
	for (unsigned int i = 0; i < t->nr_fields; i++) {
		const struct note_field *f = &t->fields[i];
		const void *p = (const uint8_t *)note + f->offset;
		const char *s;
		uint32_t u32;
		uint64_t u64;

		add_text(buf, size, &len, " %s=", f->name);
		switch (f->type) {
		case NOTE_FIELD_U32:
			memcpy(&u32, p, sizeof(u32));
			add_text(buf, size, &len, "%" PRIu32, u32);
			break;
		case NOTE_FIELD_U64:
			memcpy(&u64, p, sizeof(u64));
			add_text(buf, size, &len, "%" PRIu64, u64);
			break;
		case NOTE_FIELD_STR:
			memcpy(&s, p, sizeof(s));
			add_quoted(buf, size, &len, s ? s : "");
			break;
		}
	}
	add_exit_name(buf, size, &len, note);
	return len;
}

static const char *const loss_text[] = {
	[NOTE_LOSS_UNKNOWN] = "unknown reason",
	[NOTE_LOSS_RING_FULL] = "ring full",
	[NOTE_LOSS_NO_RING] = "CPU without a ring",
	[NOTE_LOSS_RECURSION] = "interrupt inside a program",
	[NOTE_LOSS_UNFOLLOWED] = "not followed by a filter",
	[NOTE_LOSS_UNWRITTEN] = "no room to write",
};

static_assert(NR(loss_text) == NOTE_LOSS_MAX, "each reason needs a text");

const char *note_loss_text(uint32_t reason)
{
	return loss_text[reason < NOTE_LOSS_MAX ? reason : NOTE_LOSS_UNKNOWN];
}
