/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Protocol Buffers, written into memory (the wire format:
 * https://protobuf.dev/programming-guides/encoding/).
 *
 *	p = pb_open(p, 11, &message);		field 11, a message
 *	p = pb_uint(p, 9, 1);			its field 9
 *	p = pb_text(p, 23, "read");
 *	pb_close(p, &message);
 *
 * Each function writes at @p and returns the end of what it wrote; the caller
 * has the room.  The length of a message is written in PB_LEN_BYTES bytes
 * always, so that nothing has to be moved: readers take that.
 */
#ifndef BASE_PROTOBUF_H
#define BASE_PROTOBUF_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PB_NUMBER_MAX 20u /* bytes of a number with its tag */
#define PB_LEN_BYTES  4u  /* messages below 2^28 bytes */

enum pb_wire {
	PB_VARINT = 0,
	PB_FIXED64 = 1,
	PB_LEN = 2,
};

static inline char *pb_varint(char *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (char)(v | 0x80);
	*p++ = (char)v;
	return p;
}

static inline char *pb_tag(char *p, uint32_t field, enum pb_wire wire)
{
	return pb_varint(p, (uint64_t)field << 3 | wire);
}

/* Types uint32, uint64, int32 and int64 (not negative), bool, enum. */
static inline char *pb_uint(char *p, uint32_t field, uint64_t v)
{
	return pb_varint(pb_tag(p, field, PB_VARINT), v);
}

static inline char *pb_fixed64(char *p, uint32_t field, uint64_t v)
{
	p = pb_tag(p, field, PB_FIXED64);
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

/* @text is UTF-8. */
static inline char *pb_text(char *p, uint32_t field, const char *text)
{
	size_t len = strlen(text);

	p = pb_varint(pb_tag(p, field, PB_LEN), len);
	memcpy(p, text, len);
	return p + len;
}

/* A message begins; *ret_message is for pb_close. */
static inline char *pb_open(char *p, uint32_t field, char **ret_message)
{
	*ret_message = pb_tag(p, field, PB_LEN);
	return *ret_message + PB_LEN_BYTES;
}

/* It ends at @p. */
static inline void pb_close(const char *p, char *message)
{
	size_t len = (size_t)(p - message) - PB_LEN_BYTES;

	for (unsigned int i = 0; i < PB_LEN_BYTES; i++) {
		message[i] = (char)((len & 0x7f) |
				    (i + 1 < PB_LEN_BYTES ? 0x80 : 0));
		len >>= 7;
	}
}

#endif
