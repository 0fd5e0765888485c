/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes blktrace files from text, so that the input of a golden test can be
 * read.  It writes each byte itself and shares no code with formats/: what is
 * tested must not make its own input.
 *
 *	mktrace <in.txt
 *
 *	# a comment
 *	file sda.blktrace.0	records from here on go into this file
 *	v7, v8, le, be		version and byte order from here on
 *	set KEY=VALUE...	for the records from here on
 *	ACTION [CATEGORY,...] KEY=VALUE...	one record
 *	raw HEX...		bytes as they are
 *
 * ACTION is a letter of blkparse, or process, timestamp, message, or a number:
 * the low 16 bits of the action word.  The category that belongs to a letter
 * is implied (no other: write read,fs after C).  Keys: seq time sector bytes
 * pid dev (MAJOR,MINOR) cpu error act (the whole action word) pdu.  Numbers
 * are decimal or 0x hex; time is SECONDS.NANOSECONDS.  pdu is hex digits or
 * "text"; the numbers in it are the writer's own business.
 * "seq" counts up by itself per file unless it is given.
 */
#include "config.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NR(a)		(sizeof(a) / sizeof((a)[0]))
#define PDU_MAX		65535u

struct record {
	uint64_t seq, time, sector, bytes, pid, dev, cpu, error, act;
	const uint8_t *pdu;
	size_t pdu_len;
	bool has_seq, has_act;
};

struct state {
	FILE *out;
	uint64_t line;
	uint64_t next_seq;
	struct record set;
	uint8_t pdu[PDU_MAX];
	int version;
	bool is_be;
};

static const struct action {
	const char *name;
	uint16_t code;
	uint16_t category;
} actions[] = {
	{ "Q", 1, 0x10 }, { "M", 2, 0x10 }, { "F", 3, 0x10 },
	{ "G", 4, 0x10 }, { "S", 5, 0x10 }, { "R", 6, 0x20 },
	{ "D", 7, 0x40 }, { "C", 8, 0x80 }, { "P", 9, 0x10 },
	{ "U", 10, 0x10 }, { "UT", 11, 0x10 }, { "I", 12, 0x10 },
	{ "X", 13, 0 }, { "B", 14, 0 }, { "A", 15, 0x10 },
	{ "ZP", 18, 0x10 }, { "ZU", 19, 0x10 },
	{ "process", 0, 0x400 }, { "timestamp", 1, 0x400 },
	{ "message", 2, 0x400 },
};

static const char *const categories[] = {
	"read", "write", "flush", "sync", "queue", "requeue", "issue",
	"complete", "fs", "pc", "notify", "ahead", "meta", "discard",
	"drv_data", "fua", "zone_append", "zone_reset", "zone_reset_all",
	"zone_finish", "zone_open", "zone_close", "write_zeroes",
};

__attribute__((format(printf, 2, 3), noreturn))
static void die(const struct state *s, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "mktrace: line %ju: ", (uintmax_t)s->line);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(1);
}

static void put(struct state *s, uint64_t v, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++) {
		unsigned int byte = s->is_be ? size - 1 - i : i;

		(void)fputc((int)(v >> (8 * byte) & 0xff), s->out);
	}
}

static void put_record(struct state *s, const struct record *r)
{
	bool is_v8 = s->version == 8;

	if (!s->out)
		die(s, "no file yet");
	put(s, 0x65617400 | (uint64_t)s->version, 4);
	put(s, r->seq, 4);
	put(s, r->time, 8);
	put(s, r->sector, 8);
	put(s, r->bytes, 4);
	if (is_v8) {
		put(s, r->pid, 4);
		put(s, r->act, 8);
	} else {
		put(s, r->act, 4);
		put(s, r->pid, 4);
	}
	put(s, r->dev, 4);
	put(s, r->cpu, 4);
	put(s, r->error, 2);
	put(s, r->pdu_len, 2);
	for (int i = 0; is_v8 && i < 12; i++)
		(void)fputc(0, s->out);
	if (r->pdu_len)
		(void)fwrite(r->pdu, 1, r->pdu_len, s->out);
}

static uint64_t number(const struct state *s, const char *text, int base)
{
	char *end;
	uint64_t v;

	v = (uint64_t)strtoull(text, &end, base);
	if (end == text || *end)
		die(s, "bad number \"%s\"", text);
	return *text == '-' ? (uint64_t)strtoll(text, NULL, base) : v;
}

static uint64_t seconds(const struct state *s, char *text)
{
	char *dot = strchr(text, '.');
	char frac[10] = "000000000";

	if (!dot)
		return number(s, text, 10) * 1000000000u;
	*dot++ = '\0';
	if (strlen(dot) > 9)
		die(s, "more than 9 digits after the point");
	memcpy(frac, dot, strlen(dot));
	return number(s, text, 10) * 1000000000u + number(s, frac, 10);
}

static uint64_t device(const struct state *s, char *text)
{
	char *comma = strchr(text, ',');

	if (!comma)
		return number(s, text, 0);
	*comma++ = '\0';
	return number(s, text, 10) << 20 | number(s, comma, 10);
}

/* Reads hex digits into the buffer for payloads; returns their number. */
static size_t hex(struct state *s, const char *text)
{
	size_t len = 0;

	while (*text) {
		char pair[3] = { text[0], text[1], '\0' };

		if (isspace((unsigned char)*text)) {
			text++;
			continue;
		}
		if (!isxdigit((unsigned char)pair[0]) ||
		    !isxdigit((unsigned char)pair[1]) || len == PDU_MAX)
			die(s, "bad hex \"%s\"", text);
		s->pdu[len++] = (uint8_t)strtoul(pair, NULL, 16);
		text += 2;
	}
	return len;
}

static void set_pdu(struct state *s, struct record *r, const char *text)
{
	size_t len = strlen(text);

	r->pdu = s->pdu;
	if (*text != '"') {
		r->pdu_len = hex(s, text);
		return;
	}
	if (len < 2 || text[len - 1] != '"' || len - 2 > PDU_MAX)
		die(s, "bad text %s", text);
	r->pdu_len = len - 2;
	memcpy(s->pdu, text + 1, r->pdu_len);
}

static void set_key(struct state *s, struct record *r, const char *key,
		    char *value)
{
	if (!strcmp(key, "seq")) {
		r->seq = number(s, value, 0);
		r->has_seq = true;
	} else if (!strcmp(key, "act")) {
		r->act = number(s, value, 0);
		r->has_act = true;
	} else if (!strcmp(key, "time")) {
		r->time = seconds(s, value);
	} else if (!strcmp(key, "dev")) {
		r->dev = device(s, value);
	} else if (!strcmp(key, "pdu")) {
		set_pdu(s, r, value);
	} else if (!strcmp(key, "sector")) {
		r->sector = number(s, value, 0);
	} else if (!strcmp(key, "bytes")) {
		r->bytes = number(s, value, 0);
	} else if (!strcmp(key, "pid")) {
		r->pid = number(s, value, 0);
	} else if (!strcmp(key, "cpu")) {
		r->cpu = number(s, value, 0);
	} else if (!strcmp(key, "error")) {
		r->error = number(s, value, 0);
	} else {
		die(s, "unknown key \"%s\"", key);
	}
}

/* Cuts the next word off *@text; "a b" is one word.  NULL at the end. */
static char *word(char **text)
{
	char *start = *text + strspn(*text, " \t\n");
	char *p = start;
	bool is_quoted = false;

	if (!*start || *start == '#')
		return NULL;
	for (; *p && (is_quoted || !isspace((unsigned char)*p)); p++)
		if (*p == '"')
			is_quoted = !is_quoted;
	*text = *p ? p + 1 : p;
	*p = '\0';
	return start;
}

static uint64_t category_bits(const struct state *s, char *names)
{
	uint64_t bits = 0;
	char *save = NULL;

	for (char *name = strtok_r(names, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		size_t i = 0;

		while (i < NR(categories) && strcmp(name, categories[i]))
			i++;
		if (i == NR(categories))
			die(s, "unknown category \"%s\"", name);
		bits |= UINT64_C(1) << i;
	}
	return bits;
}

static uint64_t action_word(const struct state *s, const char *name)
{
	for (size_t i = 0; i < NR(actions); i++)
		if (!strcmp(name, actions[i].name))
			return (uint64_t)actions[i].category << 16 |
			       actions[i].code;
	if (!isdigit((unsigned char)*name))
		die(s, "unknown action \"%s\"", name);
	return number(s, name, 0);
}

/* The KEY=VALUE words that are left, and words of categories. */
static void set_words(struct state *s, struct record *r, char *rest,
		      uint64_t *act)
{
	char *w, *eq;

	while ((w = word(&rest))) {
		eq = strchr(w, '=');
		if (eq) {
			*eq = '\0';
			set_key(s, r, w, eq + 1);
		} else if (act) {
			*act |= category_bits(s, w) << 16;
		} else {
			die(s, "\"%s\" is not KEY=VALUE", w);
		}
	}
}

static void record_line(struct state *s, const char *name, char *rest)
{
	uint64_t act = action_word(s, name);
	struct record r = s->set;

	set_words(s, &r, rest, &act);
	if (!r.has_act)
		r.act = act;
	if (!r.has_seq)
		r.seq = act >> 16 == 0x400 ? 0 : ++s->next_seq;
	put_record(s, &r);
}

static void close_out(struct state *s)
{
	if (s->out && fclose(s->out))
		die(s, "a write failed: %m");
	s->out = NULL;
}

static void line(struct state *s, char *text)
{
	const char *w = word(&text);

	if (!w)
		return;
	if (!strcmp(w, "v7") || !strcmp(w, "v8")) {
		s->version = w[1] - '0';
	} else if (!strcmp(w, "le") || !strcmp(w, "be")) {
		s->is_be = *w == 'b';
	} else if (!strcmp(w, "set")) {
		set_words(s, &s->set, text, NULL);
	} else if (!strcmp(w, "raw")) {
		size_t len = hex(s, text);

		if (!s->out || fwrite(s->pdu, 1, len, s->out) != len)
			die(s, "no file yet, or it cannot be written");
	} else if (!strcmp(w, "file")) {
		close_out(s);
		w = word(&text);
		s->out = w ? fopen(w, "w") : NULL;
		if (!s->out)
			die(s, "cannot make file \"%s\": %m", w ? w : "");
		s->next_seq = 0;
	} else {
		record_line(s, w, text);
	}
}

int main(void)
{
	static struct state s = { .version = 7 };
	char *text = NULL;
	size_t size = 0;

	while (getline(&text, &size, stdin) > 0) {
		s.line++;
		line(&s, text);
	}
	free(text);
	close_out(&s);
	return 0;
}
