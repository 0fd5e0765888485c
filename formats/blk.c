/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "formats/blk.h"
#include "formats/cursor.h"

static const char *const bad_text[] = {
	[BLK_BAD_NONE] = "no error",
	[BLK_BAD_SHORT] = "record is cut off",
	[BLK_BAD_MAGIC] = "bad magic",
	[BLK_BAD_VERSION] = "unsupported version",
};

static_assert(sizeof(bad_text) / sizeof(bad_text[0]) == BLK_BAD_MAX,
	      "each reason needs a text");

const char *blk_bad_text(enum blk_bad bad)
{
	return (unsigned int)bad < BLK_BAD_MAX ? bad_text[bad] : "unknown";
}

static const struct blk_event events[] = {
#define BLK_EVENT(id, letter_, name_, category_, pdu_, help_)		\
	[BLK_ACT_##id] = { .code = BLK_ACT_##id, .letter = (letter_),	\
			   .name = (name_), .category = (category_),	\
			   .pdu = BLK_PDU_##pdu_, .help = (help_) },
#include "formats/events.def"
};

static_assert(sizeof(events) / sizeof(events[0]) == BLK_ACT_MAX,
	      "each action needs a row in events.def");

const struct blk_event *blk_event(unsigned int code)
{
	if (code >= BLK_ACT_MAX || !events[code].code)
		return NULL;
	return &events[code];
}

/* The magic at @buf, and whether its bytes are the other way round. */
static enum blk_bad check_magic(const void *buf, uint32_t *ret_version,
				bool *ret_swap)
{
	uint32_t magic, swapped;

	memcpy(&magic, buf, sizeof(magic));
	swapped = __builtin_bswap32(magic);
	if ((magic & ~0xffu) == BLK_IO_TRACE_MAGIC) {
		*ret_swap = false;
	} else if ((swapped & ~0xffu) == BLK_IO_TRACE_MAGIC) {
		*ret_swap = true;
		magic = swapped;
	} else {
		return BLK_BAD_MAGIC;
	}
	*ret_version = magic & 0xff;
	if (*ret_version != BLK_IO_TRACE_VERSION &&
	    *ret_version != BLK_IO_TRACE2_VERSION)
		return BLK_BAD_VERSION;
	return BLK_BAD_NONE;
}

static void decode_v7(struct cursor *c, struct blk_rec *r)
{
	r->sequence = cursor_u32(c);
	r->time = cursor_u64(c);
	r->sector = cursor_u64(c);
	r->bytes = cursor_u32(c);
	r->action = cursor_u32(c);
	r->pid = cursor_u32(c);
	r->device = cursor_u32(c);
	r->cpu = cursor_u32(c);
	r->error = cursor_u16(c);
	r->pdu_len = cursor_u16(c);
}

static void decode_v8(struct cursor *c, struct blk_rec *r)
{
	r->sequence = cursor_u32(c);
	r->time = cursor_u64(c);
	r->sector = cursor_u64(c);
	r->bytes = cursor_u32(c);
	r->pid = cursor_u32(c);
	r->action = cursor_u64(c);
	r->device = cursor_u32(c);
	r->cpu = cursor_u32(c);
	r->error = cursor_u16(c);
	r->pdu_len = cursor_u16(c);
	(void)cursor_bytes(c, 12);
}

static ssize_t bad_result(enum blk_bad bad, enum blk_bad *ret_bad)
{
	if (ret_bad)
		*ret_bad = bad;
	return bad == BLK_BAD_SHORT ? -EAGAIN : -EBADMSG;
}

ssize_t blk_decode(const void *buf, size_t len, struct blk_rec *ret_rec,
		   enum blk_bad *ret_bad)
{
	size_t native = blk_decode_native(buf, len, ret_rec);
	struct blk_rec r = { 0 };
	uint32_t version = 0;
	enum blk_bad bad;
	size_t size;
	struct cursor c;

	if (native) {
		if (ret_bad)
			*ret_bad = BLK_BAD_NONE;
		return (ssize_t)native;
	}
	if (len < sizeof(uint32_t))
		return bad_result(BLK_BAD_SHORT, ret_bad);
	bad = check_magic(buf, &version, &r.is_swapped);
	if (bad != BLK_BAD_NONE)
		return bad_result(bad, ret_bad);
	size = version == BLK_IO_TRACE_VERSION ? BLK_V7_SIZE : BLK_V8_SIZE;
	if (len < size)
		return bad_result(BLK_BAD_SHORT, ret_bad);

	c = cursor_of(buf, len, r.is_swapped);
	(void)cursor_u32(&c);
	if (version == BLK_IO_TRACE_VERSION)
		decode_v7(&c, &r);
	else
		decode_v8(&c, &r);
	r.version = (uint8_t)version;
	if (r.pdu_len) {
		r.pdu = cursor_bytes(&c, r.pdu_len);
		if (!r.pdu)
			return bad_result(BLK_BAD_SHORT, ret_bad);
	}
	*ret_rec = r;
	if (ret_bad)
		*ret_bad = BLK_BAD_NONE;
	return (ssize_t)(size + r.pdu_len);
}

bool blk_is_header(const void *buf, size_t len)
{
	uint32_t version;
	bool swap;

	return len >= sizeof(uint32_t) &&
	       check_magic(buf, &version, &swap) == BLK_BAD_NONE;
}

static uint16_t put16(uint16_t v, bool swap)
{
	return swap ? __builtin_bswap16(v) : v;
}

static uint32_t put32(uint32_t v, bool swap)
{
	return swap ? __builtin_bswap32(v) : v;
}

static uint64_t put64(uint64_t v, bool swap)
{
	return swap ? __builtin_bswap64(v) : v;
}

/*
 * Anywhere in a buffer.  A record is stored field by field: one that is put
 * together elsewhere and copied in wider pieces has to wait for its stores.
 */
struct place_v7 {
	struct blk_io_trace_v7 t;
} __attribute__((packed, may_alias));

struct place_v8 {
	struct blk_io_trace_v8 t;
} __attribute__((packed, may_alias));

static void encode_v7(const struct blk_rec *r, bool swap, void *buf)
{
	*(struct place_v7 *)buf = (struct place_v7){ .t = {
		.magic = put32(BLK_IO_TRACE_MAGIC | BLK_IO_TRACE_VERSION,
			       swap),
		.sequence = put32(r->sequence, swap),
		.time = put64(r->time, swap),
		.sector = put64(r->sector, swap),
		.bytes = put32(r->bytes, swap),
		.action = put32((uint32_t)r->action, swap),
		.pid = put32(r->pid, swap),
		.device = put32(r->device, swap),
		.cpu = put32(r->cpu, swap),
		.error = put16(r->error, swap),
		.pdu_len = put16(r->pdu_len, swap),
	} };
}

static void encode_v8(const struct blk_rec *r, bool swap, void *buf)
{
	*(struct place_v8 *)buf = (struct place_v8){ .t = {
		.magic = put32(BLK_IO_TRACE_MAGIC | BLK_IO_TRACE2_VERSION,
			       swap),
		.sequence = put32(r->sequence, swap),
		.time = put64(r->time, swap),
		.sector = put64(r->sector, swap),
		.bytes = put32(r->bytes, swap),
		.pid = put32(r->pid, swap),
		.action = put64(r->action, swap),
		.device = put32(r->device, swap),
		.cpu = put32(r->cpu, swap),
		.error = put16(r->error, swap),
		.pdu_len = put16(r->pdu_len, swap),
	} };
}

ssize_t blk_encode(const struct blk_rec *rec, unsigned int version, bool swap,
		   void *buf, size_t size)
{
	size_t head;

	if (version == BLK_IO_TRACE_VERSION)
		head = BLK_V7_SIZE;
	else if (version == BLK_IO_TRACE2_VERSION)
		head = BLK_V8_SIZE;
	else
		return -EINVAL;
	if (size < head + rec->pdu_len)
		return -ENOSPC;
	if (version == BLK_IO_TRACE_VERSION)
		encode_v7(rec, swap, buf);
	else
		encode_v8(rec, swap, buf);
	if (rec->pdu_len)
		memcpy((uint8_t *)buf + head, rec->pdu, rec->pdu_len);
	return (ssize_t)(head + rec->pdu_len);
}

static bool has_cgroup_id(const struct blk_rec *rec)
{
	return (rec->action & BLK_ACT_CGROUP) &&
	       rec->pdu_len >= sizeof(uint64_t);
}

const uint8_t *blk_payload(const struct blk_rec *rec, size_t *ret_len)
{
	size_t skip = has_cgroup_id(rec) ? sizeof(uint64_t) : 0;

	*ret_len = rec->pdu_len - skip;
	return *ret_len ? rec->pdu + skip : NULL;
}

int blk_cgroup_id(const struct blk_rec *rec, uint64_t *ret_id)
{
	struct cursor c;

	if (!has_cgroup_id(rec))
		return -ENODATA;
	c = cursor_of(rec->pdu, rec->pdu_len, rec->is_swapped);
	*ret_id = cursor_u64(&c);
	return 0;
}

/* A cursor over the payload; numbers are big-endian on every machine. */
static struct cursor payload_be(const struct blk_rec *rec)
{
	const bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	size_t len;
	const uint8_t *p = blk_payload(rec, &len);

	return cursor_of(p, len, is_little);
}

int blk_get_remap(const struct blk_rec *rec, struct blk_remap *ret_remap)
{
	struct cursor c = payload_be(rec);
	struct blk_remap r = { 0 };

	if (cursor_left(&c) < sizeof(struct blk_io_trace_remap_be))
		return -ENODATA;
	r.device_from = cursor_u32(&c);
	r.device_to = cursor_u32(&c);
	r.sector_from = cursor_u64(&c);
	*ret_remap = r;
	return 0;
}

int blk_get_u64(const struct blk_rec *rec, uint64_t *ret_value)
{
	struct cursor c = payload_be(rec);

	if (cursor_left(&c) < sizeof(uint64_t))
		return -ENODATA;
	*ret_value = cursor_u64(&c);
	return 0;
}

int blk_get_timestamp(const struct blk_rec *rec, uint64_t *ret_sec,
		      uint32_t *ret_nsec)
{
	size_t len;
	const uint8_t *p = blk_payload(rec, &len);
	struct cursor c = cursor_of(p, len, rec->is_swapped);

	if (len < 2 * sizeof(uint32_t))
		return -ENODATA;
	*ret_sec = cursor_u32(&c);
	*ret_nsec = cursor_u32(&c);
	return 0;
}

/* What version 8 tells apart; checked in this order, as blkparse does it. */
static const struct {
	uint32_t tc;
	char text[4];
} v8_ops[] = {
	{ BLK_TC_ZONE_APPEND, "ZA" }, { BLK_TC_ZONE_RESET, "ZR" },
	{ BLK_TC_ZONE_RESET_ALL, "ZRA" }, { BLK_TC_ZONE_FINISH, "ZF" },
	{ BLK_TC_ZONE_OPEN, "ZO" }, { BLK_TC_ZONE_CLOSE, "ZC" },
	{ BLK_TC_WRITE_ZEROES, "WZ" },
};

static const char *v8_op(uint64_t tc)
{
	for (size_t i = 0; i < sizeof(v8_ops) / sizeof(v8_ops[0]); i++)
		if (tc & v8_ops[i].tc)
			return v8_ops[i].text;
	return NULL;
}

unsigned int blk_rwbs(const struct blk_rec *rec, char ret_text[BLK_RWBS_MAX])
{
	uint64_t tc = blk_categories(rec);
	const char *op = tc > BLK_TC_ALL_V7 ? v8_op(tc) : NULL;
	unsigned int i = 0;

	if (tc & BLK_TC_FLUSH)
		ret_text[i++] = 'F';
	if (tc & BLK_TC_DISCARD)
		ret_text[i++] = 'D';
	else if (op)
		while (*op)
			ret_text[i++] = *op++;
	else if (tc & BLK_TC_WRITE)
		ret_text[i++] = 'W';
	else if (rec->bytes)
		ret_text[i++] = 'R';
	else
		ret_text[i++] = 'N';
	if (tc & BLK_TC_FUA)
		ret_text[i++] = 'F';
	if (tc & BLK_TC_AHEAD)
		ret_text[i++] = 'A';
	if (tc & BLK_TC_SYNC)
		ret_text[i++] = 'S';
	if (tc & BLK_TC_META)
		ret_text[i++] = 'M';
	ret_text[i] = '\0';
	return i;
}

/* Index: the category's bit number. */
static const char *const mask_names[] = {
	"read", "write", "flush", "sync", "queue", "requeue", "issue",
	"complete", "fs", "pc", "notify", "ahead", "meta", "discard",
	"drv_data", "fua", "zone_append", "zone_reset", "zone_reset_all",
	"zone_finish", "zone_open", "zone_close", "write_zeroes",
};

#define NR_MASK_NAMES	(sizeof(mask_names) / sizeof(mask_names[0]))
#define NR_V7_MASKS	16u

static_assert(BLK_TC_WRITE_ZEROES == 1u << (NR_MASK_NAMES - 1),
	      "each category needs a name");

const char *blk_mask_name(unsigned int bit)
{
	return bit < NR_MASK_NAMES ? mask_names[bit] : NULL;
}

int blk_mask_from_name(const char *name, uint32_t *ret_mask)
{
	static const char prefix[] = "BLK_TC_";

	if (!strncasecmp(name, prefix, sizeof(prefix) - 1))
		name += sizeof(prefix) - 1;
	for (unsigned int i = 0; i < NR_V7_MASKS; i++) {
		if (!strcasecmp(name, mask_names[i])) {
			*ret_mask = 1u << i;
			return 0;
		}
	}
	return -EINVAL;
}

int blk_mask_from_hex(const char *text, uint32_t *ret_mask)
{
	char *end;
	unsigned long v;

	/* strtoul would also take blanks and signs */
	if (!isxdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	v = strtoul(text, &end, 16);
	if (errno || *end || v < 1 || v > BLK_TC_ALL_V7)
		return -EINVAL;
	*ret_mask = (uint32_t)v;
	return 0;
}
