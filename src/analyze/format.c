/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/analyze/format.h"
#include "src/base/digits.h"
#include "src/base/xalloc.h"

#define NS_PER_S	1000000000u
#define FIELD_MAX	128u		/* bytes, without the padding */
#define PDU_LIMIT	(64u << 10)

static const char letters[] = "ABCDFGIMPQRSTUWX";

/* One piece of a format. */
struct op {
	char field;		/* 0 = @text */
	bool is_left;
	bool has_width;
	uint16_t width;
	uint16_t len;		/* of text */
	const char *text;	/* in format.text */
};

struct format {
	char *text;		/* the literal parts, escapes undone */
	struct op *ops;
	size_t nr;
	size_t cap;
};

struct format_set {
	struct format of[sizeof(letters) - 1];
};

struct format_set *formats_new(void)
{
	return xcalloc(1, sizeof(struct format_set));
}

void formats_free(struct format_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(set->of); i++) {
		free(set->of[i].text);
		free(set->of[i].ops);
	}
	free(set);
}

/* ---- reading a format ---------------------------------------------------- */

static void add_op(struct format *f, const struct op *op)
{
	f->ops = xgrow(f->ops, f->nr, &f->cap, sizeof(*f->ops));
	f->ops[f->nr++] = *op;
}

static void add_char(struct format *f, char **end, char c)
{
	struct op *last = f->nr ? &f->ops[f->nr - 1] : NULL;

	if (!last || last->field || last->len == UINT16_MAX) {
		add_op(f, &(struct op){ .text = *end });
		last = &f->ops[f->nr - 1];
	}
	*(*end)++ = c;
	last->len++;
}

/* @p: behind the "%".  Returns what follows the field, or NULL. */
static const char *read_field(struct format *f, const char *p,
			      struct err *err)
{
	struct op op = { 0 };
	unsigned int width = 0;

	if (*p == '-') {
		op.is_left = true;
		p++;
	}
	for (; isdigit((unsigned char)*p); p++) {
		op.has_width = true;
		width = 10 * width + (unsigned int)(*p - '0');
		if (width > FORMAT_WIDTH_MAX) {
			(void)err_set(err, -EINVAL, "a format wants a field of"
				      " more than %u columns",
				      FORMAT_WIDTH_MAX);
			return NULL;
		}
	}
	op.width = (uint16_t)width;
	op.is_left = op.is_left && op.has_width;
	if (!*p)
		return p;
	op.field = *p;
	add_op(f, &op);
	return p + 1;
}

static int read_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return -1;
	}
}

static int read_format(struct format *f, const char *p, struct err *err)
{
	char *end = f->text = xmalloc(strlen(p) + 1);
	int c;

	while (*p) {
		if (*p == '%' && (p[1] == '%' || !p[1])) {
			add_char(f, &end, '%');
			p += p[1] ? 2 : 1;
		} else if (*p == '%') {
			p = read_field(f, p + 1, err);
			if (!p)
				return -EINVAL;
		} else if (*p == '\\') {
			c = read_escape(p[1]);
			if (c < 0)
				return err_set(err, -EINVAL, "a format has the"
					       " escape \"\\%.1s\"; there are"
					       " \\b \\n \\r \\t", p + 1);
			add_char(f, &end, (char)c);
			p += 2;
		} else {
			add_char(f, &end, *p++);
		}
	}
	return 0;
}

static int set_format(struct format *f, const char *text, struct err *err)
{
	free(f->text);
	free(f->ops);
	*f = (struct format){ 0 };
	return read_format(f, text, err);
}

int formats_add(struct format_set *set, const char *spec, struct err *err)
{
	const char *letter = *spec ? strchr(letters, *spec) : NULL;

	if (!letter)
		return err_set(err, -EINVAL, "-F %s: it begins with no action"
			       " letter (%s)", spec, letters);
	if (spec[1] != ',')
		return err_set(err, -EINVAL, "-F %s: there is no comma behind"
			       " the action letter", spec);
	return set_format(&set->of[letter - letters], spec + 2, err);
}

int formats_add_all(struct format_set *set, const char *format,
		    struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(set->of) && !r; i++)
		if (!set->of[i].text)
			r = set_format(&set->of[i], format, err);
	return r;
}

/* ---- printing ------------------------------------------------------------ */

struct line {
	struct text *text;
	const struct blk_rec *rec;
	const struct act *act;
	uint64_t time_ns;
	uint64_t elapsed_ns;
};

static void pad(struct outbuf *out, size_t nr, char c)
{
	char *p = outbuf_room(out, FORMAT_WIDTH_MAX);

	memset(p, c, nr);
	outbuf_took(out, p + nr);
}

static void put_field(struct outbuf *out, const struct op *op,
		      const char *bytes, size_t len)
{
	size_t fill = op->has_width && op->width > len ? op->width - len : 0;

	bool is_left = op->is_left && op->field != 't';

	if (fill && !is_left)
		pad(out, fill, op->field == 't' ? '0' : ' ');
	outbuf_add(out, bytes, len);
	if (fill && is_left)
		pad(out, fill, ' ');
}

static size_t put_clock(char *buf, const struct line *l)
{
	uint64_t wall = l->text->wall_ns + l->time_ns;
	time_t sec = (time_t)(wall / NS_PER_S);
	struct tm tm;

	if (!l->text->wall_ns || !localtime_r(&sec, &tm))
		return (size_t)snprintf(buf, FIELD_MAX, "-");
	return (size_t)snprintf(buf, FIELD_MAX, "%02d:%02d:%02d.%06u",
				tm.tm_hour, tm.tm_min, tm.tm_sec,
				(unsigned int)(wall % NS_PER_S / 1000));
}

/* Fields with text.  Returns its length; 0 also if it is no such field. */
static size_t text_of(char *buf, char field, const struct line *l)
{
	const struct name *name;

	switch (field) {
	case 'a':
		return (size_t)snprintf(buf, FIELD_MAX, "%s", l->act->letter);
	case 'C':
		name = names_find(l->text->names, l->rec->pid);
		return (size_t)snprintf(buf, FIELD_MAX, "%s",
					name ? name->text : "(null)");
	case 'd':
		return blk_rwbs(l->rec, buf);
	case 'D':
		return (size_t)snprintf(buf, FIELD_MAX, "%3u,%-3u",
					blk_major(l->rec->device),
					blk_minor(l->rec->device));
	case 'g':
		if (!l->text->is_1_3)
			break;
		return (size_t)(text_cgroup(buf, l->text->cgroup) - buf);
	case 'z':
		return put_clock(buf, l);
	default:
		break;
	}
	buf[0] = field;
	return 1;
}

/* Fields with a number. */
static bool number_of(char field, const struct line *l, uint64_t *ret)
{
	const struct blk_rec *rec = l->rec;

	*ret = 0;
	switch (field) {
	case 'c':
		*ret = rec->cpu;
		return true;
	case 'e':
		*ret = rec->error;
		return true;
	case 'M':
		*ret = blk_major(rec->device);
		return true;
	case 'm':
		*ret = blk_minor(rec->device);
		return true;
	case 'n':
		*ret = rec->bytes >> 9;
		return true;
	case 'N':
		*ret = rec->bytes;
		return true;
	case 'p':
		*ret = rec->pid;
		return true;
	case 's':
		*ret = rec->sequence;
		return true;
	case 'S':
		*ret = rec->sector;
		return true;
	case 't':
		*ret = (l->time_ns + l->text->base_ns) % NS_PER_S;
		return true;
	case 'T':
		*ret = (l->time_ns + l->text->base_ns) / NS_PER_S;
		return true;
	case 'u':
		*ret = l->elapsed_ns / 1000;
		return l->elapsed_ns != TEXT_NO_TIME;
	case 'U':
		(void)blk_get_u64(rec, ret);
		*ret = (uint32_t)*ret;
		return true;
	default:
		return false;
	}
}

static void print_pdu(const struct line *l)
{
	struct outbuf *out = l->text->out;

	if (act_is_pc(l->rec) && l->act->has_cdb && l->rec->pdu_len)
		outbuf_took(out, text_pdu(outbuf_room(out, PDU_LIMIT), l->rec,
					  PDU_LIMIT));
}

static void print_op(const struct line *l, const struct op *op)
{
	static const struct op ns = { .field = 't', .has_width = true,
				      .width = 9 };
	struct outbuf *out = l->text->out;
	char buf[FIELD_MAX];
	uint64_t number;
	size_t len;

	if (op->field == 'P') {
		print_pdu(l);
		return;
	}
	if (number_of(op->field, l, &number))
		len = (size_t)(digits_u64(buf, number) - buf);
	else if (op->field == 'u')
		len = (size_t)snprintf(buf, sizeof(buf), "-");
	else
		len = text_of(buf, op->field, l);
	if (op->field == 'D')
		outbuf_add(out, buf, len);
	else if (op->field == 't' && !op->has_width)
		put_field(out, &ns, buf, len);
	else
		put_field(out, op, buf, len);
}

bool formats_print(const struct format_set *set, struct text *text,
		   const struct blk_rec *rec, const struct act *act,
		   uint64_t time_ns, uint64_t elapsed_ns)
{
	const struct line line = {
		.text = text, .rec = rec, .act = act, .time_ns = time_ns,
		.elapsed_ns = elapsed_ns,
	};
	const char *letter = strchr(letters, act->letter[0]);
	const struct format *f = letter ? &set->of[letter - letters] : NULL;

	if (!f || !f->text)
		return false;
	for (size_t i = 0; i < f->nr; i++) {
		const struct op *op = &f->ops[i];

		if (op->field)
			print_op(&line, op);
		else
			outbuf_add(text->out, op->text, op->len);
	}
	return true;
}
