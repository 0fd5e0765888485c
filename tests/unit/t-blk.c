/* SPDX-License-Identifier: GPL-2.0 */
/*
 * formats/blk: the bytes of a record.  What is expected comes from the tables
 * of doc/FORMAT.md, chapters 2 and 3, written here as bytes.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>

#include "formats/blk.h"
#include "tests/unit/unit.h"

/* FORMAT.md 2.1, the example: version 7, little-endian, a remap of sda1. */
#define V7_LE								\
	"07746165 02000000 15cd5b0700000000 8007000001000000"		\
	"00100000 0f001200 39300000 00008000 03000000 fbff 1000"	\
	"00800001 00800000 00000000 00000780"

/* The same record, big-endian. */
#define V7_BE								\
	"65617407 00000002 00000000075bcd15 0000000100000780"		\
	"00001000 0012000f 00003039 00800000 00000003 fffb 0010"	\
	"00800001 00800000 00000000 00000780"

/* FORMAT.md 2.2: the same record in version 8. */
#define V8_LE								\
	"08746165 02000000 15cd5b0700000000 8007000001000000"		\
	"00100000 39300000 0f00120000000000 00008000 03000000"		\
	"fbff 1000 000000000000000000000000"				\
	"00800001 00800000 00000000 00000780"

#define V8_BE								\
	"65617408 00000002 00000000075bcd15 0000000100000780"		\
	"00001000 00003039 000000000012000f 00800000 00000003"		\
	"fffb 0010 000000000000000000000000"				\
	"00800001 00800000 00000000 00000780"

static const struct sample {
	const char *hex;
	unsigned int version;
	bool is_big;
} samples[] = {
	{ V7_LE, 7, false },
	{ V7_BE, 7, true },
	{ V8_LE, 8, false },
	{ V8_BE, 8, true },
};

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

static bool host_is_big(void)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

static void check_sample(const struct blk_rec *r, const struct sample *s)
{
	assert_int_equal(r->version, s->version);
	assert_int_equal(r->is_swapped, s->is_big != host_is_big());
	assert_int_equal(r->sequence, 2);
	assert_int_equal(r->time, 123456789);
	assert_int_equal(r->sector, 0x100000780);
	assert_int_equal(r->bytes, 4096);
	assert_int_equal(r->action, 0x0012000f);
	assert_int_equal(r->pid, 12345);
	assert_int_equal(r->device, 8 << 20);
	assert_int_equal(r->cpu, 3);
	assert_int_equal(r->error, 65531);
	assert_int_equal(r->pdu_len, 16);
	assert_int_equal(blk_code(r), BLK_ACT_REMAP);
	assert_int_equal(blk_categories(r), BLK_TC_WRITE | BLK_TC_QUEUE);
	assert_false(blk_is_notify(r));
}

static void decodes_both_versions_and_orders(void **state)
{
	uint8_t buf[128];

	(void)state;
	for (size_t i = 0; i < NR(samples); i++) {
		size_t len = unit_hex(samples[i].hex, buf, sizeof(buf));
		enum blk_bad bad = BLK_BAD_MAX;
		struct blk_remap remap;
		struct blk_rec r;

		assert_int_equal(len, samples[i].version == 7 ? 64 : 80);
		assert_true(blk_is_header(buf, len));
		assert_int_equal(blk_decode(buf, len, &r, &bad), len);
		assert_int_equal(bad, BLK_BAD_NONE);
		check_sample(&r, &samples[i]);
		assert_ptr_equal(r.pdu, buf + len - 16);
		/* the payload is big-endian in all four */
		assert_int_equal(blk_get_remap(&r, &remap), 0);
		assert_int_equal(remap.device_from, 0x00800001);
		assert_int_equal(remap.device_to, 0x00800000);
		assert_int_equal(remap.sector_from, 0x780);
	}
}

static void encodes_both_versions_and_orders(void **state)
{
	uint8_t want[128], got[128], pdu[16];
	struct blk_rec r = {
		.sequence = 2, .time = 123456789, .sector = 0x100000780,
		.bytes = 4096, .action = 0x0012000f, .pid = 12345,
		.device = 8 << 20, .cpu = 3, .error = 65531,
		.pdu = pdu, .pdu_len = sizeof(pdu),
	};

	(void)state;
	(void)unit_hex("00800001 00800000 00000000 00000780", pdu,
		       sizeof(pdu));
	for (size_t i = 0; i < NR(samples); i++) {
		size_t len = unit_hex(samples[i].hex, want, sizeof(want));
		bool swap = samples[i].is_big != host_is_big();

		memset(got, 0xaa, sizeof(got));
		assert_int_equal(blk_encode(&r, samples[i].version, swap, got,
					    sizeof(got)), len);
		assert_memory_equal(got, want, len);
		assert_int_equal(got[len], 0xaa);
	}
}

static void encode_wants_room_and_a_version(void **state)
{
	struct unit_guard g = unit_guard_new(128);
	struct blk_rec r = { .pdu = (const uint8_t *)"12345", .pdu_len = 5 };

	(void)state;
	for (size_t len = 0; len < 53; len++)
		assert_int_equal(blk_encode(&r, 7, false,
					    unit_guard_end(&g, len), len),
				 -ENOSPC);
	assert_int_equal(blk_encode(&r, 7, false, unit_guard_end(&g, 53), 53),
			 53);
	assert_int_equal(blk_encode(&r, 8, false, unit_guard_end(&g, 68), 68),
			 -ENOSPC);
	assert_int_equal(blk_encode(&r, 8, true, unit_guard_end(&g, 69), 69),
			 69);
	for (unsigned int version = 0; version < 300; version++)
		if (version != 7 && version != 8)
			assert_int_equal(blk_encode(&r, version, false,
						    unit_guard_end(&g, 128),
						    128), -EINVAL);
	unit_guard_free(&g);
}

static void every_length_up_to_the_whole(void **state)
{
	struct unit_guard g = unit_guard_new(128);
	uint8_t bytes[128];

	(void)state;
	for (size_t i = 0; i < NR(samples); i++) {
		size_t len = unit_hex(samples[i].hex, bytes, sizeof(bytes));

		for (size_t cut = 0; cut < len; cut++) {
			struct blk_rec r = { .pid = 77 };
			enum blk_bad bad = BLK_BAD_NONE;
			uint8_t *p = unit_guard_put(&g, bytes, cut);

			assert_int_equal(blk_decode(p, cut, &r, &bad),
					 -EAGAIN);
			assert_int_equal(bad, BLK_BAD_SHORT);
			assert_int_equal(r.pid, 77);
			assert_int_equal(blk_is_header(p, cut), cut >= 4);
		}
	}
	unit_guard_free(&g);
}

static void longest_payload(void **state)
{
	size_t len = 48 + 65535;
	struct unit_guard g = unit_guard_new(len);
	uint8_t *p = unit_guard_end(&g, len);
	struct blk_rec r = { 0 };

	(void)state;
	memset(p, 0x5a, len);
	(void)unit_hex("07746165 00000000 0000000000000000 0000000000000000"
		       "00000000 02000004 00000000 00000000 00000000 0000 ffff",
		       p, len);
	assert_int_equal(blk_decode(p, len, &r, NULL), len);
	assert_int_equal(r.pdu_len, 65535);
	assert_int_equal(r.pdu[65534], 0x5a);
	assert_int_equal(blk_decode(p, len - 1, &r, NULL), -EAGAIN);
	assert_true(len <= BLK_REC_MAX);
	unit_guard_free(&g);
}

static void refuses_other_magics_and_versions(void **state)
{
	static const struct {
		const char *hex;
		enum blk_bad bad;
	} rows[] = {
		{ "00000000", BLK_BAD_MAGIC },
		{ "ffffffff", BLK_BAD_MAGIC },
		{ "07746164", BLK_BAD_MAGIC },
		{ "07736165", BLK_BAD_MAGIC },
		{ "66617407", BLK_BAD_MAGIC },
		{ "00746165", BLK_BAD_VERSION },
		{ "06746165", BLK_BAD_VERSION },
		{ "09746165", BLK_BAD_VERSION },
		{ "ff746165", BLK_BAD_VERSION },
		{ "65617406", BLK_BAD_VERSION },
		{ "65617409", BLK_BAD_VERSION },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		uint8_t buf[64] = { 0 };
		enum blk_bad bad = BLK_BAD_NONE;
		struct blk_rec r;

		(void)unit_hex(rows[i].hex, buf, sizeof(buf));
		assert_int_equal(blk_decode(buf, sizeof(buf), &r, &bad),
				 -EBADMSG);
		assert_int_equal(bad, rows[i].bad);
		assert_false(blk_is_header(buf, sizeof(buf)));
		/* known from the first four bytes on */
		assert_int_equal(blk_decode(buf, 4, &r, &bad), -EBADMSG);
	}
}

static void reasons_have_words(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= BLK_BAD_MAX; i++)
		assert_true(strlen(blk_bad_text((enum blk_bad)i)) > 3);
}

/* FORMAT.md 2.4: code, letter, category that belongs to it. */
static void actions_are_those_of_the_table(void **state)
{
	static const struct {
		unsigned int code;
		const char *letter;
		uint32_t category;
		enum blk_pdu_kind pdu;
	} rows[] = {
		{ 1, "Q", 0x10, BLK_PDU_NONE },
		{ 2, "M", 0x10, BLK_PDU_NONE },
		{ 3, "F", 0x10, BLK_PDU_NONE },
		{ 4, "G", 0x10, BLK_PDU_NONE },
		{ 5, "S", 0x10, BLK_PDU_NONE },
		{ 6, "R", 0x20, BLK_PDU_NONE },
		{ 7, "D", 0x40, BLK_PDU_CDB },
		{ 8, "C", 0x80, BLK_PDU_CDB },
		{ 9, "P", 0x10, BLK_PDU_NONE },
		{ 10, "U", 0x10, BLK_PDU_U64_BE },
		{ 11, "UT", 0x10, BLK_PDU_U64_BE },
		{ 12, "I", 0x10, BLK_PDU_CDB },
		{ 13, "X", 0, BLK_PDU_U64_BE },
		{ 14, "B", 0, BLK_PDU_NONE },
		{ 15, "A", 0x10, BLK_PDU_REMAP },
		{ 16, "", 0x10, BLK_PDU_NONE },
		{ 17, "", 0x4000, BLK_PDU_OPAQUE },
		{ 18, "ZP", 0x10, BLK_PDU_NONE },
		{ 19, "ZU", 0x10, BLK_PDU_NONE },
	};

	(void)state;
	assert_int_equal(NR(rows), BLK_ACT_MAX - 1);
	for (size_t i = 0; i < NR(rows); i++) {
		const struct blk_event *e = blk_event(rows[i].code);

		assert_non_null(e);
		assert_int_equal(e->code, rows[i].code);
		assert_string_equal(e->letter, rows[i].letter);
		assert_int_equal(e->category, rows[i].category);
		assert_int_equal(e->pdu, rows[i].pdu);
		assert_true(strlen(e->name) && strlen(e->help));
	}
	assert_null(blk_event(0));
	assert_null(blk_event(20));
	assert_null(blk_event(0x101));
	assert_null(blk_event(0xffff));
}

static void version_8_keeps_the_categories_of_zones(void **state)
{
	struct blk_rec r = {
		.action = BLK_TC_ACT(BLK_TC_ZONE_APPEND | BLK_TC_WRITE_ZEROES |
				     BLK_TC_WRITE | BLK_TC_COMPLETE) |
			  BLK_ACT_COMPLETE,
	};
	uint8_t buf[64], want[8];
	struct blk_rec got;

	(void)state;
	assert_int_equal(blk_encode(&r, 8, host_is_big(), buf, sizeof(buf)),
			 64);
	(void)unit_hex("0800 8200 4100 0000", want, sizeof(want));
	assert_memory_equal(buf + 32, want, sizeof(want));
	assert_int_equal(blk_decode(buf, sizeof(buf), &got, NULL), 64);
	assert_int_equal(got.action, r.action);
	/* version 7 has no room for them */
	assert_int_equal(blk_encode(&r, 7, false, buf, sizeof(buf)), 48);
	assert_int_equal(blk_decode(buf, sizeof(buf), &got, NULL), 48);
	assert_int_equal(got.action, 0x00820008);
}

static struct blk_rec with_pdu(uint64_t action, const char *hex,
			       uint8_t *buf, size_t size)
{
	struct blk_rec r = { .action = action, .version = 7 };

	r.pdu_len = (uint16_t)unit_hex(hex, buf, size);
	r.pdu = r.pdu_len ? buf : NULL;
	return r;
}

static void numbers_in_payloads_are_big_endian(void **state)
{
	uint8_t buf[32];
	struct blk_rec r;
	uint64_t v = 5;

	(void)state;
	r = with_pdu(0x0010000a, "0000000000000010", buf, sizeof(buf));
	assert_int_equal(blk_get_u64(&r, &v), 0);
	assert_int_equal(v, 16);
	r.is_swapped = true;
	assert_int_equal(blk_get_u64(&r, &v), 0);
	assert_int_equal(v, 16);
	/* longer: the first 8 bytes count */
	r = with_pdu(0x0002000d, "0102030405060708ff", buf, sizeof(buf));
	assert_int_equal(blk_get_u64(&r, &v), 0);
	assert_int_equal(v, 0x0102030405060708);
}

static void short_payloads_are_no_data(void **state)
{
	struct unit_guard g = unit_guard_new(64);
	struct blk_remap remap = { .sector_from = 9 };
	uint64_t v = 9, sec = 9;
	uint32_t nsec = 9;

	(void)state;
	for (uint16_t len = 0; len < 16; len++) {
		struct blk_rec r = {
			.pdu = unit_guard_end(&g, len), .pdu_len = len,
		};

		assert_int_equal(blk_get_remap(&r, &remap), -ENODATA);
		if (len < 8) {
			assert_int_equal(blk_get_u64(&r, &v), -ENODATA);
			assert_int_equal(blk_get_timestamp(&r, &sec, &nsec),
					 -ENODATA);
			r.action = BLK_ACT_CGROUP;
			assert_int_equal(blk_cgroup_id(&r, &v), -ENODATA);
		}
	}
	assert_int_equal(remap.sector_from, 9);
	assert_int_equal(v, 9);
	assert_int_equal(sec, 9);
	assert_int_equal(nsec, 9);
	unit_guard_free(&g);
}

/* FORMAT.md 3: with the flag 0x100 a cgroup id stands before the payload. */
static void cgroup_id_comes_before_the_payload(void **state)
{
	uint8_t buf[32];
	struct blk_rec r;
	uint64_t id = 0, v = 0;
	size_t len;

	(void)state;
	r = with_pdu(0x0010010a, "8877665544332211 0000000000000003", buf,
		     sizeof(buf));
	r.is_swapped = host_is_big();
	assert_int_equal(blk_code(&r), BLK_ACT_UNPLUG_IO);
	assert_int_equal(blk_cgroup_id(&r, &id), 0);
	assert_int_equal(id, 0x1122334455667788);
	assert_ptr_equal(blk_payload(&r, &len), buf + 8);
	assert_int_equal(len, 8);
	assert_int_equal(blk_get_u64(&r, &v), 0);
	assert_int_equal(v, 3);

	/* the other byte order: of the id, not of the payload */
	r.is_swapped = !host_is_big();
	assert_int_equal(blk_cgroup_id(&r, &id), 0);
	assert_int_equal(id, 0x8877665544332211);
	assert_int_equal(blk_get_u64(&r, &v), 0);
	assert_int_equal(v, 3);

	/* an id and nothing behind it */
	r.pdu_len = 8;
	assert_null(blk_payload(&r, &len));
	assert_int_equal(len, 0);

	/* no flag, no id */
	r.action = 0x0010000a;
	assert_int_equal(blk_cgroup_id(&r, &id), -ENODATA);
}

static void timestamp_is_in_the_recorders_order(void **state)
{
	uint8_t buf[32];
	struct blk_rec r;
	uint64_t sec = 0;
	uint32_t nsec = 0;

	(void)state;
	/* 1700000000 s, 123456789 ns */
	r = with_pdu(0x04000001, "00f15365 15cd5b07", buf, sizeof(buf));
	r.is_swapped = host_is_big();
	assert_int_equal(blk_get_timestamp(&r, &sec, &nsec), 0);
	assert_int_equal(sec, 1700000000);
	assert_int_equal(nsec, 123456789);
	r = with_pdu(0x04000001, "6553f100 075bcd15", buf, sizeof(buf));
	r.is_swapped = !host_is_big();
	assert_int_equal(blk_get_timestamp(&r, &sec, &nsec), 0);
	assert_int_equal(sec, 1700000000);
	assert_int_equal(nsec, 123456789);
	/* after 2038: the seconds have no sign */
	r = with_pdu(0x04000001, "000000f0 00000000", buf, sizeof(buf));
	r.is_swapped = host_is_big();
	assert_int_equal(blk_get_timestamp(&r, &sec, &nsec), 0);
	assert_int_equal(sec, 0xf0000000);
}

static void rwbs_is_blkparses(void **state)
{
	static const struct {
		uint32_t tc;
		uint32_t bytes;
		const char *text;
	} rows[] = {
		{ BLK_TC_READ, 4096, "R" },
		{ BLK_TC_READ, 0, "N" },
		{ BLK_TC_WRITE, 4096, "W" },
		{ BLK_TC_WRITE, 0, "W" },
		{ BLK_TC_WRITE | BLK_TC_SYNC, 4096, "WS" },
		{ BLK_TC_WRITE | BLK_TC_FLUSH | BLK_TC_FUA, 512, "FWF" },
		{ BLK_TC_WRITE | BLK_TC_FLUSH, 0, "FW" },
		{ BLK_TC_FLUSH, 0, "FN" },
		{ BLK_TC_WRITE | BLK_TC_DISCARD, 4096, "D" },
		{ BLK_TC_READ | BLK_TC_AHEAD | BLK_TC_META, 8, "RAM" },
		{ BLK_TC_WRITE | BLK_TC_FUA | BLK_TC_SYNC | BLK_TC_META, 8,
		  "WFSM" },
		{ BLK_TC_ALL_V7, 4096, "FDFASM" },
		/* version 8 */
		{ BLK_TC_WRITE | BLK_TC_ZONE_APPEND, 4096, "ZA" },
		{ BLK_TC_WRITE | BLK_TC_ZONE_RESET | BLK_TC_SYNC, 0, "ZRS" },
		{ BLK_TC_WRITE | BLK_TC_ZONE_RESET_ALL, 0, "ZRA" },
		{ BLK_TC_WRITE | BLK_TC_ZONE_FINISH, 0, "ZF" },
		{ BLK_TC_WRITE | BLK_TC_ZONE_OPEN, 0, "ZO" },
		{ BLK_TC_WRITE | BLK_TC_ZONE_CLOSE, 0, "ZC" },
		{ BLK_TC_WRITE | BLK_TC_WRITE_ZEROES, 4096, "WZ" },
		{ BLK_TC_FLUSH | BLK_TC_FUA | BLK_TC_AHEAD | BLK_TC_SYNC |
		  BLK_TC_META | BLK_TC_ZONE_RESET_ALL, 0, "FZRAFASM" },
		{ 0, 0, "N" },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct blk_rec r = {
			.action = BLK_TC_ACT(rows[i].tc),
			.bytes = rows[i].bytes,
		};
		char text[BLK_RWBS_MAX];

		assert_int_equal(blk_rwbs(&r, text), strlen(rows[i].text));
		assert_string_equal(text, rows[i].text);
	}
}

static void masks_have_blktraces_names(void **state)
{
	static const struct {
		const char *name;
		uint32_t mask;
	} rows[] = {
		{ "read", 0x1 }, { "write", 0x2 }, { "flush", 0x4 },
		{ "sync", 0x8 }, { "queue", 0x10 }, { "requeue", 0x20 },
		{ "issue", 0x40 }, { "complete", 0x80 }, { "fs", 0x100 },
		{ "pc", 0x200 }, { "notify", 0x400 }, { "ahead", 0x800 },
		{ "meta", 0x1000 }, { "discard", 0x2000 },
		{ "drv_data", 0x4000 }, { "fua", 0x8000 },
		{ "READ", 0x1 }, { "BLK_TC_FUA", 0x8000 },
		{ "blk_tc_Queue", 0x10 },
	};
	static const char *const bad[] = {
		"", "rea", "reads", "barrier", "BLK_TC_", "zone_append",
		" read", "0x1",
	};
	uint32_t mask = 0;

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		assert_int_equal(blk_mask_from_name(rows[i].name, &mask), 0);
		assert_int_equal(mask, rows[i].mask);
	}
	mask = 7;
	for (size_t i = 0; i < NR(bad); i++)
		assert_int_equal(blk_mask_from_name(bad[i], &mask), -EINVAL);
	assert_int_equal(mask, 7);
	for (unsigned int bit = 0; bit < 16; bit++)
		assert_string_equal(blk_mask_name(bit), rows[bit].name);
	assert_string_equal(blk_mask_name(16), "zone_append");
	assert_string_equal(blk_mask_name(22), "write_zeroes");
	assert_null(blk_mask_name(23));
}

static void masks_in_hex(void **state)
{
	static const struct {
		const char *text;
		uint32_t mask;
	} rows[] = {
		{ "1", 1 }, { "ffff", 0xffff }, { "FfFf", 0xffff },
		{ "0x40", 0x40 }, { "0000040", 0x40 },
	};
	static const char *const bad[] = {
		"", "0", "10000", "-1", " 1", "1 ", "g", "0x", "+1", "1,2",
		" -ffffffffffffffff", "ffffffffffffffffffff",
	};
	uint32_t mask = 0;

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		assert_int_equal(blk_mask_from_hex(rows[i].text, &mask), 0);
		assert_int_equal(mask, rows[i].mask);
	}
	mask = 7;
	for (size_t i = 0; i < NR(bad); i++) {
		if (blk_mask_from_hex(bad[i], &mask) != -EINVAL)
			fail_msg("\"%s\" is taken as a mask", bad[i]);
	}
	assert_int_equal(mask, 7);
}

static void devices_are_the_kernels(void **state)
{
	(void)state;
	assert_int_equal(blk_dev(8, 1), 0x00800001);
	assert_int_equal(blk_dev(259, 0xfffff), 0x103fffff);
	assert_int_equal(blk_major(0x103fffff), 259);
	assert_int_equal(blk_minor(0x103fffff), 0xfffff);
}

/* Any bytes: never outside of them, and a record only if its bytes are there */
static void random_bytes_are_harmless(void **state)
{
	struct unit_guard g = unit_guard_new(128);
	uint32_t seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		size_t len = round % 129;
		uint8_t *p = unit_guard_end(&g, len);
		struct blk_remap remap;
		struct blk_rec r;
		ssize_t n;
		uint64_t v;
		uint32_t w;

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525u + 1013904223u;
			p[i] = (uint8_t)(seed >> 24);
		}
		if (len >= 4 && round % 4)
			(void)unit_hex(samples[seed >> 30].version == 7 ?
				       "07746165" : "08746165", p, len);
		n = blk_decode(p, len, &r, NULL);
		if (n < 0)
			continue;
		assert_true((size_t)n <= len);
		(void)blk_get_remap(&r, &remap);
		(void)blk_get_u64(&r, &v);
		(void)blk_cgroup_id(&r, &v);
		(void)blk_get_timestamp(&r, &v, &w);
	}
	unit_guard_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_both_versions_and_orders),
		cmocka_unit_test(encodes_both_versions_and_orders),
		cmocka_unit_test(encode_wants_room_and_a_version),
		cmocka_unit_test(every_length_up_to_the_whole),
		cmocka_unit_test(longest_payload),
		cmocka_unit_test(refuses_other_magics_and_versions),
		cmocka_unit_test(reasons_have_words),
		cmocka_unit_test(actions_are_those_of_the_table),
		cmocka_unit_test(version_8_keeps_the_categories_of_zones),
		cmocka_unit_test(numbers_in_payloads_are_big_endian),
		cmocka_unit_test(short_payloads_are_no_data),
		cmocka_unit_test(cgroup_id_comes_before_the_payload),
		cmocka_unit_test(timestamp_is_in_the_recorders_order),
		cmocka_unit_test(rwbs_is_blkparses),
		cmocka_unit_test(masks_have_blktraces_names),
		cmocka_unit_test(masks_in_hex),
		cmocka_unit_test(devices_are_the_kernels),
		cmocka_unit_test(random_bytes_are_harmless),
	};

	return cmocka_run_group_tests_name("blk", tests, NULL, NULL);
}
