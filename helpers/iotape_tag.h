/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tag helper for iotape in C, in one page: this file is all that it needs.
 * doc/TAGGING.md has the protocol.
 *
 *	#include "iotape_tag.h"
 *
 *	int main(void)
 *	{
 *		struct tag_record rec;
 *
 *		tag_declare(0, "large");
 *		while (tag_next(&rec)) {
 *			if (tag_is_io(&rec) && rec.bytes > 65536)
 *				tag_io(0);
 *			tag_end();
 *		}
 *		return 0;
 *	}
 *
 * Reads and writes big blocks.  The state is this file's own: include it in
 * one .c only.
 */
#ifndef IOTAPE_TAG_H
#define IOTAPE_TAG_H

#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* A record, include/uapi/linux/blktrace_api.h; then pdu_len bytes. */
struct tag_record {
	uint32_t magic, sequence;
	uint64_t time;	 /* ns */
	uint64_t sector; /* of 512 bytes */
	uint32_t bytes, action, pid;
	uint32_t device; /* major << 20 | minor */
	uint32_t cpu;
	uint16_t error, pdu_len;
	const uint8_t *pdu; /* not of the wire; valid until tag_next */
};

static struct {
	uint8_t in[1 << 18], out[1 << 16];
	size_t pos, end, nr_out;
} tag_state;

static inline void tag_flush(void)
{
	size_t done = 0;

	while (done < tag_state.nr_out) {
		ssize_t n = write(1, tag_state.out + done,
				  tag_state.nr_out - done);

		if (n <= 0)
			_exit(1);
		done += (size_t)n;
	}
	tag_state.nr_out = 0;
}

static inline void tag_put(const void *bytes, size_t len)
{
	if (sizeof(tag_state.out) - tag_state.nr_out < len)
		tag_flush();
	memcpy(tag_state.out + tag_state.nr_out, bytes, len);
	tag_state.nr_out += len;
}

static inline void tag_put_word(uint32_t word)
{
	tag_put(&word, sizeof(word));
}

/* Before the first tag_io of @tag.  Cut at 4095 bytes. */
static inline void tag_declare(uint32_t tag, const char *label)
{
	size_t len = strnlen(label, 4095);

	tag_put_word(1);
	tag_put_word(tag);
	tag_put_word((uint32_t)len + 1);
	tag_put(label, len);
	tag_put("", 1);
}

static inline void tag_io(uint32_t tag)
{
	tag_put_word(2);
	tag_put_word(tag);
}

/* Once for each record, last. */
static inline void tag_end(void)
{
	tag_put_word(0);
}

/* True when @len bytes are at hand.  Says what it has to before it waits. */
static inline int tag_need(size_t len)
{
	if (tag_state.end - tag_state.pos >= len)
		return 1;
	tag_flush();
	memmove(tag_state.in, tag_state.in + tag_state.pos,
		tag_state.end - tag_state.pos);
	tag_state.end -= tag_state.pos;
	tag_state.pos = 0;
	while (tag_state.end < len) {
		ssize_t n = read(0, tag_state.in + tag_state.end,
				 sizeof(tag_state.in) - tag_state.end);

		if (n <= 0)
			return 0;
		tag_state.end += (size_t)n;
	}
	return 1;
}

/* The next record; 0 at the end. */
static inline int tag_next(struct tag_record *rec)
{
	if (!tag_need(48))
		return 0;
	memcpy(rec, tag_state.in + tag_state.pos, 48);
	if (rec->magic != 0x65617407 || !tag_need(48u + rec->pdu_len))
		return 0;
	rec->pdu = tag_state.in + tag_state.pos + 48;
	tag_state.pos += 48u + rec->pdu_len;
	return 1;
}

/* Q or D: what can have a tag. */
static inline int tag_is_io(const struct tag_record *rec)
{
	uint32_t code = rec->action & 0xfeff;

	return (code == 1 || code == 7) && !(rec->action & 0x04000000);
}

#endif
