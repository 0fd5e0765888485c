/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/analyze/reader: the same damaged bytes, however many of them come at a
 * time, are the same records and the same messages.  Each chunk is a packet
 * of a socket, which read(2) gives whole and alone.
 */
#include "config.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/socket.h>

#include "src/analyze/reader.h"

#define TRACE_MAX	(2u << 20)
#define Q_READ		0x00110001u

struct bytes {
	uint8_t at[TRACE_MAX];
	size_t len;
};

/* What a reader made of them. */
struct outcome {
	uint64_t nr;		/* records */
	uint64_t sum;		/* of where each is, and which */
	uint64_t nr_bad;
	char said[16384];	/* the sentences */
};

/* ---- bytes --------------------------------------------------------------- */

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void put(struct bytes *b, uint64_t v, size_t size)
{
	bool is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	for (size_t i = 0; i < size; i++)
		b->at[b->len++] =
			(uint8_t)(v >> 8 * (is_big ? size - 1 - i : i));
}

/* doc/FORMAT.md 2: version 7 or 8, of CPU 0. */
static void put_record(struct bytes *b, unsigned int version, uint32_t nr,
		       uint16_t pdu_len)
{
	put(b, 0x65617400u | version, 4);
	put(b, nr, 4);
	put(b, 1000 + nr, 8);
	put(b, 8 * nr, 8);
	put(b, 4096, 4);
	if (version == 8)
		put(b, 42, 4);
	put(b, Q_READ, version == 8 ? 8 : 4);
	if (version == 7)
		put(b, 42, 4);
	put(b, 8u << 20, 4);
	put(b, 0, 4);
	put(b, 0, 2);
	put(b, pdu_len, 2);
	if (version == 8) {
		memset(b->at + b->len, 0, 12);
		b->len += 12;
	}
	memset(b->at + b->len, 0x5a, pdu_len);
	b->len += pdu_len;
}

/* Records of both versions; every 64th has a long payload. */
static void put_records(struct bytes *b, uint32_t nr)
{
	for (uint32_t i = 1; i <= nr; i++)
		put_record(b, i % 3 ? 7 : 8, i,
			   i % 64 == 0 ? 5000 : i % 5 == 0 ? 16 : 0);
}

/* Bytes of other values, magic numbers where none belong, and a cut end. */
static void damage_bytes(struct bytes *b, uint64_t seed, unsigned int places)
{
	for (unsigned int i = 0; i < places; i++) {
		size_t at = next_random(&seed) % (b->len - 64);
		size_t len = b->len;

		switch (next_random(&seed) % 4) {
		case 0:
			b->at[at] ^= (uint8_t)next_random(&seed);
			break;
		case 1:
			memset(b->at + at, 0xff, 1 + at % 60);
			break;
		case 2:		/* a header with a length of its own */
			b->len = at;
			put(b, 0x65617407u, 4);
			b->len = len;
			break;
		default:	/* a payload's length, perhaps */
			b->at[at / 16 * 16] = 0xff;
			b->at[at / 16 * 16 + 1] = 0x7f;
		}
	}
	b->len -= next_random(&seed) % 40;
}

/* ---- reading ------------------------------------------------------------- */

static void hear(void *ctx, const struct damage_place *place,
		 const char *sentence)
{
	struct outcome *o = ctx;
	size_t len = strlen(o->said);

	(void)snprintf(o->said + len, sizeof(o->said) - len,
		       "%d %" PRIu64 " %" PRIu64 " %s\n", (int)place->kind,
		       place->offset, place->bytes, sentence);
}

/* The next chunk, then the reader may have it. */
static void feed(struct reader *r, int to, const struct bytes *b,
		 size_t *done, size_t chunk)
{
	size_t n = b->len - *done < chunk ? b->len - *done : chunk;

	if (n) {
		assert_int_equal(write(to, b->at + *done, n), n);
		*done += n;
	} else {
		assert_int_equal(shutdown(to, SHUT_WR), 0);
	}
	assert_int_equal(reader_fill(r, r->pos, NULL), n);
}

static void read_all(const struct bytes *b, size_t chunk, struct outcome *ret)
{
	struct source_file file = { .path = "p", .cpu = -1 };
	struct damage damage = { .hook = hear, .ctx = ret };
	struct reader reader;
	struct blk_rec rec;
	size_t done = 0;
	int ends[2], r;

	*ret = (struct outcome){ 0 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				    ends), 0);
	/* room for a chunk, or read(2) would throw its end away */
	reader_init(&reader, ends[0], 4 * 65536, &file, &damage);
	while ((r = reader_next(&reader, &rec)) != -ENODATA) {
		if (r == -EAGAIN) {
			feed(&reader, ends[1], b, &done, chunk);
			continue;
		}
		assert_int_equal(r, 0);
		ret->nr++;
		ret->sum = ret->sum * 31 + (reader.offset + reader.pos) * 7 +
			   rec.sequence;
	}
	ret->nr_bad = file.nr_bad;
	reader_release(&reader);
	damage_release(&damage);
	(void)close(ends[1]);
}

static void assert_same(const struct outcome *a, const struct outcome *b,
			size_t chunk)
{
	if (a->nr == b->nr && a->sum == b->sum && a->nr_bad == b->nr_bad &&
	    !strcmp(a->said, b->said))
		return;
	print_message("chunks of %zu bytes: %" PRIu64 " records, not %" PRIu64
		      "\n%s\nnot\n%s\n", chunk, b->nr, a->nr, b->said,
		      a->said);
	fail();
}

/* ---- tests --------------------------------------------------------------- */

static void test_every_chunk_size(void **state)
{
	static struct outcome whole, parts;
	static struct bytes b;

	(void)state;
	b.len = 0;
	put_records(&b, 300);
	damage_bytes(&b, 88172645463325252u, 40);
	read_all(&b, 65536, &whole);
	assert_true(whole.nr > 150 && whole.nr < 300);
	for (size_t chunk = 1; chunk <= 65536;
	     chunk += chunk < 128 ? 1 : chunk / 16) {
		read_all(&b, chunk, &parts);
		assert_same(&whole, &parts, chunk);
	}
}

static void test_every_place(void **state)
{
	static const size_t chunks[] = { 1, 47, 48, 49, 1000, 4096 };
	static struct outcome whole, parts;
	static struct bytes b;

	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		b.len = 0;
		put_records(&b, 70);
		damage_bytes(&b, seed * 7919, 8);
		read_all(&b, 65536, &whole);
		for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
			read_all(&b, chunks[i], &parts);
			assert_same(&whole, &parts, chunks[i]);
		}
	}
}

/*
 * A magic number by chance, in a hole of 200 bytes behind 20 records of 48:
 * with the zeros behind it, it would be a record, but what follows is no
 * header.  So all of the hole is one place, and the 20 records behind it are
 * all there.
 */
static void test_chance_magic(void **state)
{
	static const char said[] =
		"1 960 200 p: offset 960: no record header but 0; 200 bytes"
		" are skipped\n";
	static struct outcome o;
	static struct bytes b;

	(void)state;
	b.len = 0;
	for (uint32_t i = 1; i <= 40; i++) {
		put_record(&b, 7, i, 0);
		if (i != 20)
			continue;
		memset(b.at + b.len, 0, 200);
		b.len += 100;
		put(&b, 0x65617407u, 4);
		b.len += 96;
	}
	for (size_t chunk = 1; chunk <= 1200; chunk++) {
		read_all(&b, chunk, &o);
		assert_int_equal(o.nr, 40);
		assert_string_equal(o.said, said);
	}
}

/* More than READER_RESYNC without a header: the end is not looked for. */
static void test_far(void **state)
{
	static const size_t chunks[] = { 500, 4096, 65536 };
	static struct outcome o;
	static struct bytes b;

	(void)state;
	b.len = 0;
	put_records(&b, 10);
	memset(b.at + b.len, 0, READER_RESYNC + 100);
	b.len += READER_RESYNC + 100;
	put_record(&b, 7, 11, 0);
	put_record(&b, 7, 12, 0);
	for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
		read_all(&b, chunks[i], &o);
		assert_int_equal(o.nr, 10);
		assert_int_equal(o.nr_bad, 1);
		assert_non_null(strstr(o.said, "the rest of the file is not"
				       " read"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_chunk_size),
		cmocka_unit_test(test_every_place),
		cmocka_unit_test(test_chance_magic),
		cmocka_unit_test(test_far),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
