/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/analyze/{text,format,names} and src/base/digits: the edges that no real
 * trace at hand has.  Expected lines are those of blkparse 1.2.0, or printf's.
 */
#include "config.h"

#include "tests/unit/unit.h"

#include <inttypes.h>

#include "src/analyze/format.h"
#include "src/analyze/text.h"
#include "src/base/digits.h"

/* ---- numbers ------------------------------------------------------------ */

static void check_number(uint64_t v)
{
	char want[64], got[64];

	(void)snprintf(want, sizeof(want), "%" PRIu64, v);
	*digits_u64(got, v) = '\0';
	assert_string_equal(got, want);
	(void)snprintf(want, sizeof(want), "%8" PRIu64, v);
	*digits_pad(got, 8, v) = '\0';
	assert_string_equal(got, want);
	(void)snprintf(want, sizeof(want), "%5" PRId64, (int64_t)v);
	*digits_pad_i64(got, 5, (int64_t)v) = '\0';
	assert_string_equal(got, want);
	(void)snprintf(want, sizeof(want), "%09u", (unsigned)(v % 1000000000));
	*digits_zero9(got, (uint32_t)(v % 1000000000)) = '\0';
	assert_string_equal(got, want);
}

static void digits_are_those_of_printf(void **state)
{
	uint64_t v = 1;

	(void)state;
	check_number(0);
	check_number(UINT64_MAX);
	check_number(UINT64_MAX - 4);
	for (int i = 0; i < 19; i++, v *= 10) {
		check_number(v - 1);
		check_number(v);
		check_number(v + 1);
		check_number(7 * v);
	}
}

/* ---- lines ------------------------------------------------------------------ */

struct fixture {
	struct outbuf out;
	struct names names;
	struct text text;
	char line[8192];
};

static void begin(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	outbuf_init(&f->out, -1);
	assert_true(names_add_text(&f->names, 42, "fio", 3));
	f->text.out = &f->out;
	f->text.names = &f->names;
}

static void end(struct fixture *f)
{
	outbuf_release(&f->out);
	names_release(&f->names);
}

static const char *taken(struct fixture *f)
{
	assert_true(f->out.nr < sizeof(f->line));
	memcpy(f->line, f->out.buf, f->out.nr);
	f->line[f->out.nr] = '\0';
	f->out.nr = 0;
	return f->line;
}

static const char *line_of(struct fixture *f, const struct blk_rec *rec,
			   uint64_t elapsed_ns)
{
	const struct act *act = act_of(rec);

	assert_non_null(act);
	text_event(&f->text, rec, act, 1234567890123, elapsed_ns);
	return taken(f);
}

static struct blk_rec record(unsigned int code, uint32_t categories)
{
	return (struct blk_rec){
		.action = BLK_TC_ACT(categories) | code, .pid = 42,
		.device = blk_dev(8, 16), .cpu = 3, .sequence = 77,
		.sector = 1000, .bytes = 4096,
	};
}

static void text_prints_each_tail(void **state)
{
	static const struct {
		unsigned int code;
		uint32_t categories;
		uint32_t bytes;
		const char *want;
	} rows[] = {
		{ BLK_ACT_QUEUE, BLK_TC_QUEUE | BLK_TC_WRITE | BLK_TC_SYNC,
		  4096, "  8,16   3       77  1234.567890123    42  Q  WS"
			" 1000 + 8 [fio]\n" },
		{ BLK_ACT_QUEUE, BLK_TC_QUEUE | BLK_TC_READ, 511,
		  "  8,16   3       77  1234.567890123    42  Q   R [fio]\n" },
		{ BLK_ACT_COMPLETE, BLK_TC_COMPLETE | BLK_TC_FS, 0,
		  "  8,16   3       77  1234.567890123    42  C   N"
		  " 1000 [0]\n" },
		{ BLK_ACT_GETRQ, BLK_TC_QUEUE, 0,
		  "  8,16   3       77  1234.567890123    42  G   N [fio]\n" },
		{ BLK_ACT_PLUG, BLK_TC_QUEUE, 4096,
		  "  8,16   3       77  1234.567890123    42  P   R [fio]\n" },
		{ BLK_ACT_UNPLUG_TIMER, BLK_TC_QUEUE, 0,
		  "  8,16   3       77  1234.567890123    42 UT   N"
		  " [fio] 0\n" },
		{ BLK_ACT_SPLIT, BLK_TC_WRITE, 4096,
		  "  8,16   3       77  1234.567890123    42  X   W"
		  " 1000 / 0 [fio]\n" },
		{ BLK_ACT_QUEUE, BLK_TC_QUEUE | BLK_TC_WRITE | BLK_TC_FLUSH |
		  BLK_TC_FUA | BLK_TC_AHEAD | BLK_TC_SYNC | BLK_TC_META, 512,
		  "  8,16   3       77  1234.567890123    42  Q FWFASM"
		  " 1000 + 1 [fio]\n" },
	};
	struct fixture f;

	(void)state;
	begin(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blk_rec rec = record(rows[i].code, rows[i].categories);

		rec.bytes = rows[i].bytes;
		assert_string_equal(line_of(&f, &rec, TEXT_NO_TIME),
				    rows[i].want);
	}
	end(&f);
}

static void text_shows_elapsed_times(void **state)
{
	struct blk_rec rec = record(BLK_ACT_ISSUE, BLK_TC_ISSUE | BLK_TC_FS);
	struct fixture f;

	(void)state;
	begin(&f);
	assert_non_null(strstr(line_of(&f, &rec, 1234),
			       " 1000 + 8 (    1234) [fio]\n"));
	rec.bytes = 0;
	assert_non_null(strstr(line_of(&f, &rec, 5), " N (       5) [fio]\n"));
	rec = record(BLK_ACT_COMPLETE, BLK_TC_COMPLETE | BLK_TC_FS);
	rec.error = 65531;
	assert_non_null(strstr(line_of(&f, &rec, 123456789),
			       " 1000 + 8 (123456789) [65531]\n"));
	end(&f);
}

static void text_prints_passthrough(void **state)
{
	static const uint8_t cdb[] = { 0x2a, 0, 0, 1, 0, 0 };
	struct blk_rec rec = record(BLK_ACT_ISSUE, BLK_TC_ISSUE | BLK_TC_PC);
	struct fixture f;

	(void)state;
	begin(&f);
	assert_non_null(strstr(line_of(&f, &rec, TEXT_NO_TIME),
			       " R 4096 [fio]\n"));
	rec.pdu = cdb;
	rec.pdu_len = sizeof(cdb);
	assert_non_null(strstr(line_of(&f, &rec, TEXT_NO_TIME),
			       " R 4096 (2a 00 00 01 00 ..) [fio]\n"));
	rec = record(BLK_ACT_COMPLETE, BLK_TC_COMPLETE | BLK_TC_PC);
	rec.pdu = cdb;
	rec.pdu_len = 4;
	assert_non_null(strstr(line_of(&f, &rec, TEXT_NO_TIME),
			       " R (2a 00 00 01) [0]\n"));
	rec = record(BLK_ACT_PLUG, BLK_TC_QUEUE | BLK_TC_PC);
	assert_null(act_of(&rec));
	end(&f);
}

/* blkparse writes past its buffer here. */
static void text_bounds_long_payloads(void **state)
{
	static uint8_t pdu[60000];
	struct blk_rec rec = record(BLK_ACT_ISSUE, BLK_TC_ISSUE | BLK_TC_PC);
	struct fixture f;

	(void)state;
	begin(&f);
	memset(pdu, 0xff, sizeof(pdu));
	rec.pdu = pdu;
	rec.pdu_len = sizeof(pdu);
	text_event(&f.text, &rec, act_of(&rec), 0, TEXT_NO_TIME);
	assert_in_range(f.out.nr, 60000, 70000);
	assert_int_equal(f.out.buf[f.out.nr - 1], '\n');
	end(&f);
}

static void text_prints_remaps(void **state)
{
	uint8_t pdu[16];
	struct blk_rec rec = record(BLK_ACT_REMAP, BLK_TC_QUEUE);
	struct fixture f;

	(void)state;
	begin(&f);
	assert_int_equal(unit_hex("00800003 00800000 0000000000000800", pdu,
				  sizeof(pdu)), 16);
	rec.pdu = pdu;
	rec.pdu_len = 16;
	assert_string_equal(line_of(&f, &rec, TEXT_NO_TIME),
			    "  8,0    3       77  1234.567890123    42  A   R"
			    " 1000 + 8 <- (8,3) 2048\n");
	rec.pdu_len = 15;
	assert_string_equal(line_of(&f, &rec, TEXT_NO_TIME),
			    "  8,16   3       77  1234.567890123    42  A   R"
			    " 1000 + 8 <- (0,0) 0\n");
	end(&f);
}

static void text_has_no_line_for_what_blkparse_drops(void **state)
{
	struct blk_rec rec = record(BLK_ACT_QUEUE | BLK_ACT_CGROUP,
				    BLK_TC_QUEUE);

	(void)state;
	assert_null(act_of(&rec));
	rec = record(BLK_ACT_ABORT, BLK_TC_QUEUE);
	assert_null(act_of(&rec));
	rec = record(12345, BLK_TC_QUEUE);
	assert_null(act_of(&rec));
}

static void text_escapes_messages_on_terminals(void **state)
{
	static const uint8_t msg[] = "hi\x1b[1m\0hidden";
	struct blk_rec rec = { .device = blk_dev(8, 0), .pdu = msg,
			       .pdu_len = sizeof(msg) - 1 };
	struct fixture f;

	(void)state;
	begin(&f);
	text_message(&f.text, &rec, 0);
	assert_string_equal(taken(&f), "  8,0    0        0     0.000000000"
			    "     0  m   N hi\x1b[1m\n");
	f.text.is_escaped = true;
	text_message(&f.text, &rec, 0);
	assert_string_equal(taken(&f), "  8,0    0        0     0.000000000"
			    "     0  m   N hi?[1m\n");
	end(&f);
}

/* ---- names --------------------------------------------------------------------- */

static void names_keep_the_first(void **state)
{
	struct names names = { 0 };

	(void)state;
	assert_null(names_find(&names, 0));
	for (uint32_t pid = 0; pid < 5000; pid++) {
		char text[16];
		int len = snprintf(text, sizeof(text), "p%u", pid);

		assert_true(names_add_text(&names, pid * 977, text,
					   (size_t)len));
	}
	assert_false(names_add_text(&names, 977, "other", 5));
	for (uint32_t pid = 0; pid < 5000; pid++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "p%u", pid);
		assert_string_equal(names_find(&names, pid * 977)->text, text);
	}
	assert_null(names_find(&names, 1));
	assert_true(names_add_text(&names, 1, "a name of more than 16", 22));
	assert_int_equal(names_find(&names, 1)->len, 16);
	names_release(&names);
}

/* ---- formats ---------------------------------------------------------------------- */

static void format_prints_fields(void **state)
{
	struct blk_rec rec = record(BLK_ACT_QUEUE, BLK_TC_QUEUE);
	struct format_set *set = formats_new();
	struct fixture f;

	(void)state;
	begin(&f);
	f.text.formats = set;
	assert_int_equal(formats_add(set, "C,only C", NULL), 0);
	assert_int_equal(formats_add_all(set, "%-4a|%4c|%5C|%-5C|%D|%T.%t|%3t|"
					 "%12t|%u|%5u|%x|%%|%S+%n=%N\\n%", NULL),
			 0);
	assert_string_equal(line_of(&f, &rec, TEXT_NO_TIME),
			    "Q   |   3|  fio|fio  |  8,16 |1234.567890123|"
			    "567890123|000567890123|-|    -|x|%|1000+8=4096\n%");
	assert_non_null(strstr(line_of(&f, &rec, 12345), "|12|   12|"));
	rec = record(BLK_ACT_COMPLETE, BLK_TC_COMPLETE);
	assert_string_equal(line_of(&f, &rec, TEXT_NO_TIME), "only C");
	formats_free(set);
	end(&f);
}

static void format_says_what_is_wrong(void **state)
{
	static const char *const bad[] = {
		"", "Z,x", "Q", "Qx", "Q,\\x", "Q,\\", "Q,%99999d",
	};
	struct format_set *set = formats_new();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = { 0 };

		assert_true(formats_add(set, bad[i], &err) < 0);
		assert_true(*err.text);
	}
	formats_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_are_those_of_printf),
		cmocka_unit_test(text_prints_each_tail),
		cmocka_unit_test(text_shows_elapsed_times),
		cmocka_unit_test(text_prints_passthrough),
		cmocka_unit_test(text_bounds_long_payloads),
		cmocka_unit_test(text_prints_remaps),
		cmocka_unit_test(text_has_no_line_for_what_blkparse_drops),
		cmocka_unit_test(text_escapes_messages_on_terminals),
		cmocka_unit_test(names_keep_the_first),
		cmocka_unit_test(format_prints_fields),
		cmocka_unit_test(format_says_what_is_wrong),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
