/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tags: words, labels, the helpers' answers, rules, the way from Q to C.
 * What is expected comes from doc/TAGGING.md and doc/iotape-tag.1.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "formats/note.h"
#include "src/analyze/labels.h"
#include "src/analyze/tag_flight.h"
#include "src/analyze/tag_reply.h"
#include "src/analyze/tag_rules.h"
#include "src/base/map64.h"
#include "src/base/words.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

/* ---- base ----------------------------------------------------------------- */

static void words_are_split_as_by_a_shell(void **state)
{
	static const struct {
		const char *text;
		const char *words[5];
	} rows[] = {
		{ "", { NULL } },
		{ "  \t ", { NULL } },
		{ "a b", { "a", "b" } },
		{ " a\tb\n", { "a", "b" } },
		{ "'a b' c", { "a b", "c" } },
		{ "\"a b\"c", { "a bc" } },
		{ "a'b'\"c\"", { "abc" } },
		{ "''", { "" } },
		{ "\\ a", { " a" } },
		{ "'\\n'", { "\\n" } },
		{ "\"\\\"\\\\\\n\"", { "\"\\\\n" } },
		{ "$HOME * `x` | a", { "$HOME", "*", "`x`", "|", "a" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(words_freep) char **words = NULL;
		ssize_t n = words_split(rows[i].text, &words, NULL);
		ssize_t want = 0;

		while (want < 5 && rows[i].words[want])
			want++;
		assert_int_equal(n, want);
		for (ssize_t k = 0; k < n; k++)
			assert_string_equal(words[k], rows[i].words[k]);
		assert_null(words[n]);
	}
}

static void open_quotes_are_refused(void **state)
{
	static const char *const bad[] = { "'a", "a \"b", "a\\", "\"a\\" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char **words = NULL;
		struct err err = { 0 };

		assert_int_equal(words_split(bad[i], &words, &err), -EINVAL);
		assert_null(words);
		assert_true(err.text[0]);
	}
}

static void map_keeps_all_keys(void **state)
{
	struct map64 map = { 0 };

	(void)state;
	assert_null(map64_get(&map, 0));
	for (uint64_t i = 0; i < 10000; i++)
		*map64_put(&map, i << 32) = i + 1;
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(*map64_get(&map, i << 32), i + 1);
	assert_int_equal(map.nr, 10000);
	assert_null(map64_get(&map, 1));
	map64_release(&map);
}

/* ---- labels --------------------------------------------------------------- */

static void labels_are_cleaned_and_cut(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "fio (1)", "fio (1)" },
		{ "", "" },
		{ "a\tb\n", "a\\x09b\\x0a" },
		{ "\x1b[31m", "\\x1b[31m" },
		{ "\x7f", "\\x7f" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xc3", "\\xc3" },
		{ "\xc2\x85", "\\xc2\\x85" },
		{ "\xc0\xaf", "\\xc0\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "<&\"", "<&\"" },
	};
	struct labels l = { 0 };
	char text[LABEL_MAX * 2];
	uint32_t nr;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		nr = labels_add(&l, rows[i].text, strlen(rows[i].text));
		assert_int_equal(nr, i + 1);
		assert_string_equal(labels_text(&l, nr), rows[i].want);
	}
	assert_int_equal(labels_add(&l, "fio (1)", 7), 1);
	memset(text, 'x', sizeof(text));
	memcpy(text + LABEL_MAX - 1, "\xc3\xbc", 2);
	nr = labels_add(&l, text, sizeof(text));
	assert_int_equal(strlen(labels_text(&l, nr)), LABEL_MAX - 1);
	assert_string_equal(labels_text(&l, 0), "");
	labels_release(&l);
}

static void labels_have_an_end(void **state)
{
	struct labels l = { 0 };
	char text[16];

	(void)state;
	for (unsigned int i = 0; i < LABELS_MAX; i++) {
		int n = snprintf(text, sizeof(text), "%u", i);

		assert_int_equal(labels_add(&l, text, (size_t)n), i + 1);
	}
	assert_int_equal(labels_add(&l, "more", 4), 0);
	assert_int_equal(labels_add(&l, "77", 2), 78);
	labels_release(&l);
}

/* ---- answers -------------------------------------------------------------- */

static size_t put_words(uint8_t *to, const uint32_t *words, size_t nr)
{
	memcpy(to, words, nr * 4);
	return nr * 4;
}

/* NEW_TAG 7 "ab", TAG_IO 7, END, END. */
static size_t make_answers(uint8_t *to)
{
	size_t n = put_words(to, (uint32_t[]){ 1, 7, 3 }, 3);

	memcpy(to + n, "ab", 3);
	return n + 3 + put_words(to + n + 3, (uint32_t[]){ 2, 7, 0, 0 }, 4);
}

static void answers_come_in_any_pieces(void **state)
{
	uint8_t bytes[64];
	size_t len = make_answers(bytes);

	(void)state;
	for (size_t step = 1; step <= len; step++) {
		static const uint32_t kinds[] = { 1, 2, 0, 0 };
		struct tag_reply reply = { 0 };
		struct tag_answer a;
		size_t nr = 0;

		for (size_t at = 0; at < len; at += step) {
			const uint8_t *p = bytes + at;
			const uint8_t *end = p + (len - at < step ? len - at :
								    step);
			int r;

			while ((r = tag_reply_next(&reply, &p, end, &a,
						   NULL)) > 0) {
				assert_int_equal(a.kind, kinds[nr++]);
				if (a.kind)
					assert_int_equal(a.tag, 7);
				if (a.kind == TAG_REPLY_NEW_TAG)
					assert_string_equal(a.label, "ab");
			}
			assert_int_equal(r, 0);
			assert_ptr_equal(p, end);
		}
		assert_int_equal(nr, 4);
		assert_false(tag_reply_is_open(&reply));
	}
}

static void wrong_answers_are_refused(void **state)
{
	static const struct {
		uint32_t words[5];
		size_t nr;
		const char *says;
	} rows[] = {
		{ { 3 }, 1, "sent 0x3, which is no answer" },
		{ { 0x0a6f6c68 }, 1, "no answer" },
		{ { 1, 0, 0 }, 3, "0 bytes" },
		{ { 1, 0, 4097 }, 3, "4097 bytes (4096 at most)" },
		{ { 1, 0, UINT32_MAX }, 3, "4294967295 bytes" },
		{ { 1, 0, 4, 0x41414141 }, 4, "without a NUL" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tag_reply reply = { 0 };
		uint8_t bytes[20];
		const uint8_t *p = bytes;
		size_t len = put_words(bytes, rows[i].words, rows[i].nr);
		struct tag_answer a;
		struct err err = { 0 };

		assert_int_equal(tag_reply_next(&reply, &p, bytes + len, &a,
						&err), -EPROTO);
		if (!strstr(err.text, rows[i].says))
			fail_msg("\"%s\" does not say \"%s\"", err.text,
				 rows[i].says);
	}
}

static void the_longest_label_is_taken(void **state)
{
	uint8_t bytes[12 + TAG_REPLY_LABEL_MAX] = { 0 };
	struct tag_reply reply = { 0 };
	const uint8_t *p = bytes;
	struct tag_answer a;

	(void)state;
	put_words(bytes, (uint32_t[]){ 1, 0, TAG_REPLY_LABEL_MAX }, 3);
	memset(bytes + 12, 'x', TAG_REPLY_LABEL_MAX - 1);
	assert_int_equal(tag_reply_next(&reply, &p, bytes + sizeof(bytes), &a,
					NULL), 1);
	assert_int_equal(strlen(a.label), TAG_REPLY_LABEL_MAX - 1);
}

/* ---- rules ---------------------------------------------------------------- */

static void note_name(struct tag_rules *r, uint32_t pid, const char *name)
{
	char comm[BLK_COMM_LEN] = { 0 };
	struct blk_rec rec = {
		.action = BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_PROCESS,
		.pid = pid, .pdu = (const uint8_t *)comm,
		.pdu_len = sizeof(comm),
	};

	memcpy(comm, name, strnlen(name, BLK_COMM_LEN));
	tag_rules_note(r, &rec);
}

static void note_put(struct tag_rules *r, const struct note *note,
		     uint32_t device, uint32_t cpu)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(note, pdu, sizeof(pdu));
	struct blk_rec rec = {
		.action = note_action(note->id), .pdu = pdu,
		.pdu_len = (uint16_t)n, .device = device, .cpu = cpu,
	};

	assert_true(n > 0);
	tag_rules_note(r, &rec);
}

#define DISK	blk_dev(8, 0)

static struct blk_rec queue_of(uint32_t pid, uint64_t sector, uint32_t bytes,
			       uint32_t tc)
{
	return (struct blk_rec){
		.action = BLK_TC_ACT(BLK_TC_QUEUE | tc) | BLK_ACT_QUEUE,
		.pid = pid, .sector = sector, .bytes = bytes, .device = DISK,
	};
}

/* Who and what there is in the tests of rules. */
static struct tag_rules *make_rules(struct labels *labels)
{
	struct tag_rules *r = tag_rules_new(labels);

	note_name(r, 100, "postgres");
	note_name(r, 200, "kworker/u8:1");
	note_put(r, &(struct note){ .id = NOTE_DEVICE, .device = {
		.device = DISK, .name = "sda",
		.sectors = UINT64_C(1) << 26 } }, DISK, 0);
	note_put(r, &(struct note){ .id = NOTE_CGROUP, .cgroup = {
		.id = 77, .path = "/web/nginx" } }, DISK, 0);
	note_put(r, &(struct note){ .id = NOTE_CHARGE, .charge = {
		.cgroup = 77 } }, DISK, 1);
	note_put(r, &(struct note){ .id = NOTE_PROCESS, .process = {
		.tid = 301, .tgid = 300, .comm = "CPU 0/KVM",
		.cmdline = "/usr/bin/qemu-system-x86_64 -name guest=db,x=y" }
		}, DISK, 0);
	note_name(r, 302, "vhost-300");
	note_put(r, &(struct note){ .id = NOTE_PROCESS, .process = {
		.tid = 401, .tgid = 400, .comm = "worker",
		.cmdline = "qemu-system-x86_64 -enable-kvm -m 64 -name"
			   " guest=web,debug-threads=on -drive file=/x" }
		}, DISK, 0);
	note_put(r, &(struct note){ .id = NOTE_PROCESS, .process = {
		.tid = 501, .tgid = 501, .comm = "fc_vcpu 0",
		.cmdline = "/opt/firecracker --id micro --api-sock /a" }
		}, DISK, 0);
	note_put(r, &(struct note){ .id = NOTE_PROCESS, .process = {
		.tid = 601, .tgid = 601, .comm = "qemu-img",
		.cmdline = "qemu-img convert -name a b" } }, DISK, 0);
	note_put(r, &(struct note){ .id = NOTE_PROCESS, .process = {
		.tid = 701, .tgid = 701, .comm = "fio",
		.cmdline = "fio --name=x --name y" } }, DISK, 0);
	note_put(r, &(struct note){ .id = NOTE_CGROUP, .cgroup = {
		.id = 88, .path = "/machine.slice/"
			"machine-qemu\\x2d3\\x2dmail.scope" } }, DISK, 0);
	note_put(r, &(struct note){ .id = NOTE_PROCESS, .process = {
		.tid = 801, .tgid = 800, .cgroup = 88, .comm = "IO iothread1",
		.cmdline = "" } }, DISK, 0);
	note_name(r, 901, "cloud-hyperviso");
	return r;
}

static void keys_give_labels(void **state)
{
	static const struct {
		const char *key;
		uint32_t pid;
		uint64_t sector;
		uint32_t bytes, tc, cpu;
		const char *want;
	} rows[] = {
		{ "process", 100, 0, 512, BLK_TC_READ, 0, "postgres" },
		{ "process", 101, 0, 512, BLK_TC_READ, 0, "? (101)" },
		{ "process", 200, 0, 512, BLK_TC_WRITE, 0, "kworker/u8:1" },
		{ "process", 200, 0, 512, BLK_TC_WRITE, 1,
		  "kworker/u8:1 for /web/nginx" },
		{ "pid", 100, 0, 512, BLK_TC_READ, 0, "postgres (100)" },
		{ "cgroup", 100, 0, 512, BLK_TC_READ, 0, "no cgroup" },
		{ "cgroup", 100, 0, 512, BLK_TC_READ, 1, "/web/nginx" },
		{ "device", 100, 0, 512, BLK_TC_READ, 0, "sda" },
		{ "op", 100, 0, 512, BLK_TC_READ, 0, "read" },
		{ "op", 100, 0, 0, BLK_TC_WRITE | BLK_TC_FLUSH, 0, "flush" },
		{ "size", 100, 0, 4096, BLK_TC_READ, 0, "4 KiB" },
		{ "size", 100, 0, 12288, BLK_TC_READ, 0, "8 KiB" },
		{ "size", 100, 0, 512, BLK_TC_READ, 0, "512 B" },
		{ "size", 100, 0, 0, BLK_TC_READ, 0, "no data" },
		{ "size", 100, 0, UINT32_MAX, BLK_TC_READ, 0, "2 GiB" },
		{ "region", 100, 0, 512, BLK_TC_READ, 0, "sda 0-2 GiB" },
		{ "region", 100, 1 << 22, 512, BLK_TC_READ, 0,
		  "sda 2-4 GiB" },
		{ "vm", 100, 0, 512, BLK_TC_READ, 0, "host" },
		{ "vm", 301, 0, 512, BLK_TC_READ, 0, "db" },
		{ "vm", 302, 0, 512, BLK_TC_READ, 0, "db" },
		{ "vm", 401, 0, 512, BLK_TC_READ, 0, "web" },
		{ "vm", 501, 0, 512, BLK_TC_READ, 0, "micro" },
		{ "vm", 601, 0, 512, BLK_TC_READ, 0, "host" },
		{ "vm", 701, 0, 512, BLK_TC_READ, 0, "host" },
		{ "vm", 801, 0, 512, BLK_TC_READ, 0, "mail" },
		{ "vm", 901, 0, 512, BLK_TC_READ, 0, "a VM" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct labels l = { 0 };
		struct tag_rules *r = make_rules(&l);
		struct blk_rec rec = queue_of(rows[i].pid, rows[i].sector,
					      rows[i].bytes, rows[i].tc);

		rec.cpu = rows[i].cpu;
		assert_int_equal(tag_rules_by(r, rows[i].key, NULL), 0);
		for (int twice = 0; twice < 2; twice++)
			assert_string_equal(labels_text(&l,
					    tag_rules_key(r, &rec)),
					    rows[i].want);
		tag_rules_free(r);
		labels_release(&l);
	}
}

static void other_keys_are_refused(void **state)
{
	struct labels l = { 0 };
	struct tag_rules *r = tag_rules_new(&l);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(tag_rules_by(r, "colour", &err), -EINVAL);
	assert_non_null(strstr(err.text, "colour: process, pid"));
	tag_rules_free(r);
}

static int load(struct tag_rules *r, const char *text, struct err *err)
{
	char path[] = "t-tag.XXXXXX";
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	ret = tag_rules_load(r, path, err);
	(void)unlink(path);
	return ret;
}

static void the_first_rule_that_fits_counts(void **state)
{
	static const char text[] =
		"# a comment\n\n"
		"\"data base\" process=^post op=read size=-4K\n"
		"db process=^post op=read\n";
	static const char good[] =
		"# a comment\n\n"
		"\"data base\" process=^post op=read size=0-4K\n"
		"db process=^post op=read,write\n"
		"web cgroup=/web/*\n"
		"low sector=0-99,200 device=8,0\n"
		"big size=1M-8G sector=1000-\n"
		"never size=8G-\n"
		"never size=0 sector=1000 op=discard\n"
		"who pid=5,7-\n"
		"sda device=sda\n";
	static const struct {
		uint32_t pid;
		uint64_t sector;
		uint32_t bytes, tc, cpu;
		const char *want;
	} rows[] = {
		{ 100, 0, 4096, BLK_TC_READ, 0, "data base" },
		{ 100, 0, 4097, BLK_TC_READ, 0, "db" },
		{ 100, 0, 4096, BLK_TC_WRITE, 0, "db" },
		{ 100, 500, 0, BLK_TC_WRITE | BLK_TC_FLUSH, 0, "who" },
		{ 1, 0, 4096, BLK_TC_READ, 1, "web" },
		{ 1, 99, 4096, BLK_TC_READ, 0, "low" },
		{ 1, 99, 0, BLK_TC_WRITE | BLK_TC_FLUSH, 0, "sda" },
		{ 1, 99, 1, BLK_TC_READ, 0, "low" },
		{ 1, 200, 4096, BLK_TC_READ, 0, "low" },
		{ 5, 100, 4096, BLK_TC_READ, 0, "who" },
		{ 5, 1000, 1 << 20, BLK_TC_READ, 0, "big" },
		{ 5, UINT64_MAX, UINT32_MAX, BLK_TC_READ, 0, "big" },
		{ 5, 999, 1 << 20, BLK_TC_READ, 0, "who" },
		{ 5, 1000, (1 << 20) - 1, BLK_TC_READ, 0, "who" },
		{ 5, 1000, 0, BLK_TC_READ, 0, "who" },
		{ 6, 100, 4096, BLK_TC_READ, 0, "sda" },
	};
	struct labels l = { 0 };
	struct tag_rules *r = make_rules(&l);
	struct err err = { 0 };
	struct blk_rec rec;

	(void)state;
	assert_int_equal(load(r, text, &err), -EINVAL);
	tag_rules_free(r);
	r = make_rules(&l);
	assert_int_equal(load(r, good, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rec = queue_of(rows[i].pid, rows[i].sector, rows[i].bytes,
			       rows[i].tc);
		rec.cpu = rows[i].cpu;
		assert_string_equal(labels_text(&l, tag_rules_match(r, &rec)),
				    rows[i].want);
	}
	rec = queue_of(100, 0, 4096, BLK_TC_READ);
	note_name(r, 100, "other");
	rec.device = blk_dev(9, 9);
	assert_string_equal(labels_text(&l, tag_rules_match(r, &rec)), "who");
	tag_rules_free(r);
	labels_release(&l);
}

static void many_rules_are_as_few(void **state)
{
	char text[4096] = "";
	size_t len = 0;
	struct labels l = { 0 };
	struct tag_rules *r = make_rules(&l);
	struct blk_rec rec = queue_of(150, 0, 4096, BLK_TC_READ);

	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"l%u pid=%u op=read\n", i, 100 + i);
	assert_int_equal(load(r, text, NULL), 0);
	for (rec.pid = 100; rec.pid < 200; rec.pid++) {
		char want[8];

		(void)snprintf(want, sizeof(want), "l%u", rec.pid - 100);
		assert_string_equal(labels_text(&l, tag_rules_match(r, &rec)),
				    want);
	}
	assert_int_equal(tag_rules_match(r, &rec), 0);
	tag_rules_free(r);
	labels_release(&l);
}

static void wrong_rules_name_their_line(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "ok\nx colour=red\n", "line 2: \"colour=red\" is no" },
		{ "x process\n", "line 1: \"process\" is no condition" },
		{ "x process=(\n", "\"process=(\" is not understood: missing" },
		{ "x pid=9-5\n", "\"pid=9-5\"" },
		{ "x pid=-5\n", "\"pid=-5\"" },
		{ "x pid=1,\n", "\"pid=1,\"" },
		{ "x size=99999999999T\n", "\"size=99999999999T\"" },
		{ "x op=swim\n", "\"op=swim\"" },
		{ "x op=\n", "\"op=\"" },
		{ "x pid=1 pid=2\n", "pid is there twice" },
		{ "'x\n", "line 1: 'x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct labels l = { 0 };
		struct tag_rules *r = tag_rules_new(&l);
		struct err err = { 0 };

		assert_int_equal(load(r, rows[i].text, &err), -EINVAL);
		if (!strstr(err.text, rows[i].says))
			fail_msg("\"%s\" does not say \"%s\"", err.text,
				 rows[i].says);
		tag_rules_free(r);
		labels_release(&l);
	}
}

static void assert_too_much(const char *text, const char *line)
{
	struct labels l = { 0 };
	struct tag_rules *r = tag_rules_new(&l);
	struct err err = { 0 };

	assert_int_equal(load(r, text, &err), -E2BIG);
	if (!strstr(err.text, line) || !strstr(err.text, "\" is too much"))
		fail_msg("%s", err.text);
	tag_rules_free(r);
	labels_release(&l);
}

/* One expression, and their number. */
static void expressions_are_bounded(void **state)
{
	char many[4096] = "";

	(void)state;
	assert_too_much("x\ny process=((a{999}){999}){999}\n", "line 2: ");
	for (int i = 0; i < 65; i++)
		(void)snprintf(many + strlen(many), sizeof(many) - strlen(many),
			       "l process=a%d\n", i);
	assert_too_much(many, "line 65: ");
}

/* One that takes too long for a name: the others go on, and it is told. */
static void given_up(void **state)
{
	const struct blk_rec slow = { .pid = 1 }, quick = { .pid = 2 };
	struct labels l = { 0 };
	struct tag_rules *r = tag_rules_new(&l);

	(void)state;
	assert_int_equal(load(r, "slow process=^((a+)+)+((a+)+)+$\n"
				 "five process=5$\nrest\n", NULL), 0);
	note_name(r, 2, "a5");
	assert_string_equal(labels_text(&l, tag_rules_match(r, &quick)), "five");
	assert_null(tag_rules_problem(r));
	note_name(r, 1, "aaaaaaaaaaaaaa5");
	assert_string_equal(labels_text(&l, tag_rules_match(r, &slow)), "five");
	assert_string_equal(tag_rules_problem(r),
			    "\"^((a+)+)+((a+)+)+$\" takes too long: 1 names"
			    " were taken not to fit such rules");
	tag_rules_free(r);
	labels_release(&l);
}

/* ---- from Q to C ---------------------------------------------------------- */

static void flight_forgets_only_the_oldest(void **state)
{
	struct tag_flight *f = tag_flight_new();

	(void)state;
	assert_int_equal(tag_flight_get(f, DISK, 8), -1);
	tag_flight_put(f, DISK, 8, 0);
	assert_int_equal(tag_flight_get(f, DISK, 8), 0);
	tag_flight_put(f, DISK, 8, 5);
	tag_flight_put(f, DISK + 1, 8, 6);
	assert_int_equal(tag_flight_get(f, DISK, 8), 5);
	assert_int_equal(tag_flight_take(f, DISK, 8), 5);
	assert_int_equal(tag_flight_take(f, DISK, 8), -1);
	assert_int_equal(tag_flight_get(f, DISK + 1, 8), 6);
	for (uint32_t i = 0; i < 4 * TAG_FLIGHT_MAX; i++) {
		tag_flight_put(f, DISK, 8 * (uint64_t)i, i);
		assert_int_equal(tag_flight_get(f, DISK, 8 * (uint64_t)i), i);
	}
	tag_flight_free(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_split_as_by_a_shell),
		cmocka_unit_test(open_quotes_are_refused),
		cmocka_unit_test(map_keeps_all_keys),
		cmocka_unit_test(labels_are_cleaned_and_cut),
		cmocka_unit_test(labels_have_an_end),
		cmocka_unit_test(answers_come_in_any_pieces),
		cmocka_unit_test(wrong_answers_are_refused),
		cmocka_unit_test(the_longest_label_is_taken),
		cmocka_unit_test(keys_give_labels),
		cmocka_unit_test(other_keys_are_refused),
		cmocka_unit_test(the_first_rule_that_fits_counts),
		cmocka_unit_test(many_rules_are_as_few),
		cmocka_unit_test(wrong_rules_name_their_line),
		cmocka_unit_test(expressions_are_bounded),
		cmocka_unit_test(given_up),
		cmocka_unit_test(flight_forgets_only_the_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
