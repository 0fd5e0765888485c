/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The layouts are those of reference "blkparse default output"; each function
 * below is one of them.  No printf: a line takes about 30 ns.
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include "src/analyze/format.h"
#include "src/analyze/text.h"
#include "src/base/digits.h"
#include "src/base/plain.h"
#include "src/base/xalloc.h"

#define NS_PER_S	1000000000u
#define LINE_MAX	512u		/* without payloads */
#define PDU_LIMIT	(64u << 10)	/* bytes of text of a payload */

static char *put_str(char *p, const char *s, size_t len)
{
	memcpy(p, s, len);
	return p + len;
}

/* "%3s ": at most BLK_RWBS_MAX bytes are written. */
static char *put_rwbs(char *p, const struct blk_rec *rec)
{
	char rwbs[BLK_RWBS_MAX] = { 0 };
	unsigned int len = blk_rwbs(rec, rwbs);

	if (len < 3) {
		memset(p, ' ', 3);
		p += 3 - len;
	}
	memcpy(p, rwbs, sizeof(rwbs));
	p[len] = ' ';
	return p + len + 1;
}

/* "%3d,%-3d %2d " */
static const struct text_prefix *prefix_of(struct text *t, uint32_t device,
					   uint32_t cpu)
{
	struct text_prefix *c = &t->prefixes[(device ^ (device >> 20) ^ cpu) %
					     ARRAY_SIZE(t->prefixes)];
	char *p = c->bytes;
	char *minor;

	if (c->len && c->device == device && c->cpu == cpu)
		return c;
	p = digits_pad(p, 3, blk_major(device));
	*p++ = ',';
	minor = p;
	p = digits_u64(p, blk_minor(device));
	while (p - minor < 3)
		*p++ = ' ';
	*p++ = ' ';
	p = digits_pad_i64(p, 2, (int32_t)cpu);
	*p++ = ' ';
	c->device = device;
	c->cpu = cpu;
	c->len = (uint32_t)(p - c->bytes);
	return c;
}

/* "%3d,%-3d %2d " */
static char *put_prefix(struct text *t, char *p, uint32_t device, uint32_t cpu)
{
	const struct text_prefix *c = prefix_of(t, device, cpu);

	memcpy(p, c->bytes, sizeof(c->bytes));
	return p + c->len;
}

/* "2023-11-14T22:13:20"; returns its length. */
static size_t put_date(char *p, uint64_t second)
{
	time_t sec = (time_t)second;
	struct tm tm;

	return gmtime_r(&sec, &tm) ? strftime(p, 20, "%Y-%m-%dT%H:%M:%S", &tm) :
				     0;
}

char *text_iso(char *p, uint64_t realtime_ns)
{
	p += put_date(p, realtime_ns / NS_PER_S);
	*p++ = '.';
	p = digits_zero9(p, (uint32_t)(realtime_ns % NS_PER_S));
	*p++ = 'Z';
	return p;
}

/* "%5d." of that time, kept for the next lines of the same second. */
static void set_second(struct text *t, uint64_t time_ns)
{
	uint64_t second = time_ns / NS_PER_S;
	char *p = t->second;

	if (t->is_iso)
		p += put_date(p, second);
	else if (t->base_ns)
		p = digits_pad(p, 5, second);
	else
		p = digits_pad_i64(p, 5, (int32_t)second);
	*p++ = '.';
	t->second_len = (uint32_t)(p - t->second);
	t->second_ns = second * NS_PER_S;
}

/* "%5d.%09lu " */
static char *put_time(struct text *t, char *p, uint64_t time_ns)
{
	time_ns += t->base_ns;
	if (!t->second_len || time_ns - t->second_ns >= NS_PER_S)
		set_second(t, time_ns);
	memcpy(p, t->second, sizeof(t->second));
	p = digits_zero9(p + t->second_len,
			 (uint32_t)(time_ns - t->second_ns));
	if (t->is_iso)
		*p++ = 'Z';
	*p++ = ' ';
	return p;
}

/* The part that all lines share. */
static char *put_header(struct text *t, char *p, const struct blk_rec *rec,
			const struct act *act, uint32_t device,
			uint64_t time_ns)
{
	p = put_prefix(t, p, device, rec->cpu);
	p = digits_pad_i64(p, 8, (int32_t)rec->sequence);
	*p++ = ' ';
	p = put_time(t, p, time_ns);
	p = digits_pad(p, 5, rec->pid);
	*p++ = ' ';
	memcpy(p, act->column, sizeof(act->column));
	return put_rwbs(p + sizeof(act->column) - 1, rec);
}

/* "[name]" */
static char *put_name(const struct text *t, char *p, uint32_t pid)
{
	const struct name *name = names_find(t->names, pid);

	*p++ = '[';
	if (name) {
		memcpy(p, name->text, BLK_COMM_LEN);
		p += name->len;
	} else {
		p = put_str(p, "(null)", 6);
	}
	*p++ = ']';
	return p;
}

/* "sector + n " */
static char *put_extent(char *p, const struct blk_rec *rec)
{
	p = digits_u64(p, rec->sector);
	p = put_str(p, " + ", 3);
	p = digits_u64(p, rec->bytes >> 9);
	*p++ = ' ';
	return p;
}

/* "(elapsed) " */
static char *put_elapsed(char *p, uint64_t elapsed_ns)
{
	*p++ = '(';
	p = digits_pad(p, 8, elapsed_ns);
	return put_str(p, ") ", 2);
}

char *text_pdu(char *p, const struct blk_rec *rec, size_t limit)
{
	static const char hex[] = "0123456789abcdef";
	const char *end = p + limit;
	size_t rest = rec->pdu_len;	/* only zeroes from here on */

	while (rest && !rec->pdu[rest - 1])
		rest--;
	for (size_t i = 0; i < rec->pdu_len && end - p > 8; i++) {
		if (i)
			*p++ = ' ';
		*p++ = hex[rec->pdu[i] >> 4];
		*p++ = hex[rec->pdu[i] & 15];
		if (i >= rest)
			return put_str(p, " ..", 3);
	}
	return p;
}

/* "(2a 00 ..) " */
static char *put_cdb(char *p, const struct blk_rec *rec,
		     const struct act *act)
{
	if (!act->has_cdb || !rec->pdu_len)
		return p;
	*p++ = '(';
	p = text_pdu(p, rec, PDU_LIMIT);
	return put_str(p, ") ", 2);
}

static char *put_io(const struct text *t, char *p, const struct blk_rec *rec,
		    const struct act *act, uint64_t elapsed_ns)
{
	if (act_is_pc(rec)) {
		p = digits_u64(p, rec->bytes);
		*p++ = ' ';
		p = put_cdb(p, rec, act);
	} else {
		if (rec->bytes >> 9)
			p = put_extent(p, rec);
		if (elapsed_ns != TEXT_NO_TIME)
			p = put_elapsed(p, elapsed_ns);
	}
	return put_name(t, p, rec->pid);
}

static char *put_end(char *p, const struct blk_rec *rec,
		     const struct act *act, uint64_t elapsed_ns)
{
	if (act_is_pc(rec)) {
		p = put_cdb(p, rec, act);
	} else {
		if (rec->bytes >> 9) {
			p = put_extent(p, rec);
		} else {
			p = digits_u64(p, rec->sector);
			*p++ = ' ';
		}
		if (elapsed_ns != TEXT_NO_TIME)
			p = put_elapsed(p, elapsed_ns);
	}
	*p++ = '[';
	p = digits_u64(p, rec->error);
	*p++ = ']';
	return p;
}

static char *put_merge(const struct text *t, char *p,
		       const struct blk_rec *rec)
{
	if (rec->bytes >> 9)
		p = put_extent(p, rec);
	return put_name(t, p, rec->pid);
}

static char *put_count(const struct text *t, char *p,
		       const struct blk_rec *rec)
{
	uint64_t count = 0;

	(void)blk_get_u64(rec, &count);
	p = put_name(t, p, rec->pid);
	*p++ = ' ';
	return digits_u64(p, (uint32_t)count);
}

static char *put_remap(char *p, const struct blk_rec *rec,
		       const struct blk_remap *remap)
{
	p = put_extent(p, rec);
	p = put_str(p, "<- (", 4);
	p = digits_u64(p, blk_major(remap->device_from));
	*p++ = ',';
	p = digits_u64(p, blk_minor(remap->device_from));
	p = put_str(p, ") ", 2);
	return digits_u64(p, remap->sector_from);
}

static char *put_split(const struct text *t, char *p,
		       const struct blk_rec *rec)
{
	uint64_t sector = 0;

	(void)blk_get_u64(rec, &sector);
	p = digits_u64(p, rec->sector);
	p = put_str(p, " / ", 3);
	p = digits_u64(p, (uint32_t)sector);
	*p++ = ' ';
	return put_name(t, p, rec->pid);
}

static char *put_tail(const struct text *t, char *p,
		      const struct blk_rec *rec, const struct act *act,
		      const struct blk_remap *remap, uint64_t elapsed_ns)
{
	switch (act->tail) {
	case ACT_TAIL_MERGE:
		return put_merge(t, p, rec);
	case ACT_TAIL_IO:
		return put_io(t, p, rec, act, elapsed_ns);
	case ACT_TAIL_END:
		return put_end(p, rec, act, elapsed_ns);
	case ACT_TAIL_NAME:
		return put_name(t, p, rec->pid);
	case ACT_TAIL_COUNT:
		return put_count(t, p, rec);
	case ACT_TAIL_REMAP:
		return put_remap(p, rec, remap);
	case ACT_TAIL_SPLIT:
		return put_split(t, p, rec);
	case ACT_TAIL_NONE:
	case ACT_TAIL_MAX:
		break;
	}
	return p;
}

void text_event(struct text *t, const struct blk_rec *rec,
		const struct act *act, uint64_t time_ns, uint64_t elapsed_ns)
{
	struct blk_remap remap = { 0 };
	uint32_t device = rec->device;
	char *p;

	if (t->formats && formats_print(t->formats, t, rec, act, time_ns,
					elapsed_ns))
		return;
	p = outbuf_room(t->out, LINE_MAX + (rec->pdu_len ? PDU_LIMIT : 0));
	if (act->tail == ACT_TAIL_REMAP && !blk_get_remap(rec, &remap))
		device = remap.device_to;
	p = put_header(t, p, rec, act, device, time_ns);
	p = put_tail(t, p, rec, act, &remap, elapsed_ns);
	*p++ = '\n';
	outbuf_took(t->out, p);
}

static char *put_hex(char *p, uint32_t v)
{
	static const char hex[] = "0123456789abcdef";
	unsigned int shift = 28;

	while (shift && !(v >> shift))
		shift -= 4;
	for (;; shift -= 4) {
		*p++ = hex[v >> shift & 15];
		if (!shift)
			return p;
	}
}

char *text_cgroup(char *p, uint64_t id)
{
	p = put_hex(p, (uint32_t)id);
	*p++ = ',';
	return put_hex(p, (uint32_t)(id >> 32));
}

void text_message(struct text *t, const struct blk_rec *rec, uint64_t time_ns)
{
	const char *msg = (const char *)rec->pdu;
	size_t len = rec->pdu_len ? strnlen(msg, rec->pdu_len) : 0;
	char *p = outbuf_room(t->out, LINE_MAX + len);

	p = put_prefix(t, p, rec->device, rec->cpu);
	p = digits_pad(p, 8, 0);
	*p++ = ' ';
	p = put_time(t, p, time_ns);
	p = digits_pad(p, 5, t->is_1_3 ? rec->pid : 0);
	if (t->is_1_3 && t->cgroup) {
		*p++ = ' ';
		p = text_cgroup(p, t->cgroup);
	}
	p = put_str(p, "  m   N ", 8);
	if (len)
		memcpy(p, msg, len);
	if (t->is_escaped)
		plain_mask(p, len);
	p += len;
	*p++ = '\n';
	outbuf_took(t->out, p);
}

char *text_quoted(char *p, const uint8_t *bytes, size_t len, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	const char *end = p + size;

	while (len && !bytes[len - 1])
		len--;
	*p++ = '"';
	for (size_t i = 0; i < len && end - p > 5; i++) {
		uint8_t c = bytes[i];

		if (c < ' ' || c > '~') {
			p = put_str(p, "\\x", 2);
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
			continue;
		}
		if (c == '"' || c == '\\')
			*p++ = '\\';
		*p++ = (char)c;
	}
	*p++ = '"';
	return p;
}

/* "%15s", as wide as the time of an event. */
static char *put_offset(char *p, int64_t offset_ns)
{
	uint64_t ns = offset_ns < 0 ? -(uint64_t)offset_ns :
				      (uint64_t)offset_ns;
	char sign[DIGITS_MAX + 2] = "-";
	char *end = sign + 1;

	if (offset_ns == TEXT_NO_OFFSET)
		return put_str(p, "              - ", 16);
	end = digits_u64(offset_ns < 0 ? sign + 1 : sign, ns / NS_PER_S);
	memset(p, ' ', 5);
	if (end - sign < 5)
		p += 5 - (end - sign);
	p = put_str(p, sign, (size_t)(end - sign));
	*p++ = '.';
	p = digits_zero9(p, (uint32_t)(ns % NS_PER_S));
	*p++ = ' ';
	return p;
}

void text_note(struct text *t, const struct blk_rec *rec, int64_t offset_ns,
	       const char *words, size_t len)
{
	char *p = outbuf_room(t->out, LINE_MAX + len);

	p = put_prefix(t, p, rec->device, rec->cpu);
	p = digits_pad(p, 8, 0);
	*p++ = ' ';
	if (offset_ns != TEXT_NO_OFFSET &&
	    (offset_ns >= 0 || t->base_ns >= -(uint64_t)offset_ns))
		p = put_time(t, p, (uint64_t)offset_ns);
	else
		p = put_offset(p, offset_ns);
	p = digits_pad(p, 5, rec->pid);
	p = put_str(p, "  n   N ", 8);
	p = put_str(p, words, len);
	*p++ = '\n';
	outbuf_took(t->out, p);
}

void text_io_header(struct text *t, const struct blk_rec *rec,
		    uint64_t time_ns)
{
	char *p = outbuf_room(t->out, LINE_MAX);

	p = put_prefix(t, p, rec->device, rec->cpu);
	p = put_time(t, p, time_ns);
	p = digits_pad(p, 5, rec->pid);
	*p++ = ' ';
	outbuf_took(t->out, p);
}
