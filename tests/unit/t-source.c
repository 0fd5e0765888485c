/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/analyze/source: order, damage, streams.  The files are made of bytes
 * that this test writes itself, after doc/FORMAT.md.
 */
#include "config.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "src/analyze/source.h"

#define NOTE_ACTION	0x04000000u
#define Q_READ		0x00110001u

struct spec {
	uint32_t cpu;
	uint32_t sequence;
	uint64_t time;
	uint32_t action;
	uint16_t pdu_len;	/* payload: this many bytes 0x5a */
	uint8_t version;	/* 0 = 7 */
	bool is_swapped;
};

/* ---- a folder with files in it ------------------------------------------ */

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/t-source-XXXXXX");
	if (getenv("TMPDIR"))
		(void)snprintf(folder, sizeof(folder), "%.40s/t-XXXXXX",
			       getenv("TMPDIR"));
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static char *path_of(const char *file, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s/%s", folder, file);
	return buf;
}

static void put(uint8_t **p, uint64_t v, size_t size, bool is_swapped)
{
	bool is_big = (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) != is_swapped;

	for (size_t i = 0; i < size; i++)
		*(*p)++ = (uint8_t)(v >> 8 * (is_big ? size - 1 - i : i));
}

static size_t encode(const struct spec *s, uint8_t *buf)
{
	unsigned int version = s->version ? s->version : 7;
	uint8_t *p = buf;
	bool sw = s->is_swapped;

	put(&p, 0x65617400u | version, 4, sw);
	put(&p, s->sequence, 4, sw);
	put(&p, s->time, 8, sw);
	put(&p, 100, 8, sw);
	put(&p, 4096, 4, sw);
	if (version == 8)
		put(&p, 42, 4, sw);
	put(&p, s->action, version == 8 ? 8 : 4, sw);
	if (version == 7)
		put(&p, 42, 4, sw);
	put(&p, 8u << 20, 4, sw);
	put(&p, s->cpu, 4, sw);
	put(&p, 0, 2, sw);
	put(&p, s->pdu_len, 2, sw);
	if (version == 8) {
		memset(p, 0, 12);
		p += 12;
	}
	memset(p, 0x5a, s->pdu_len);
	return (size_t)(p - buf) + s->pdu_len;
}

static void append_bytes(const char *file, const void *bytes, size_t len)
{
	char path[128];
	FILE *f = fopen(path_of(file, path, sizeof(path)), "ae");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void append(const char *file, const struct spec *specs, size_t nr)
{
	static uint8_t buf[70000];

	for (size_t i = 0; i < nr; i++)
		append_bytes(file, buf, encode(&specs[i], buf));
}

#define APPEND(file, ...) do {						\
	const struct spec specs_[] = { __VA_ARGS__ };			\
	append(file, specs_, sizeof(specs_) / sizeof(specs_[0]));	\
} while (0)

#define EVENT(cpu_, seq_, time_) \
	{ .cpu = (cpu_), .sequence = (seq_), .time = (time_), .action = Q_READ }
#define NAME_NOTE(cpu_, time_) \
	{ .cpu = (cpu_), .time = (time_), .action = NOTE_ACTION, .pdu_len = 16 }

/* ---- reading it ------------------------------------------------------------ */

struct result {
	char order[512];	/* "cpu.sequence " of each; "n" for a note */
	size_t nr;
	uint64_t nr_damage;
	uint64_t nr_late;
	char damage[512];	/* the first sentence */
	int error;
	struct err err;
};

static void keep_first(const char *sentence, void *ctx)
{
	struct result *r = ctx;

	if (!*r->damage)
		(void)snprintf(r->damage, sizeof(r->damage), "%s", sentence);
}

static size_t add_to_order(char *p, const struct blk_rec *rec)
{
	if (blk_is_notify(rec))
		return (size_t)snprintf(p, 32, "n ");
	return (size_t)snprintf(p, 32, "%u.%u ", rec->cpu, rec->sequence);
}

static void drain(struct source *src, struct result *r)
{
	const struct source_file *files;
	struct source_batch batch;
	size_t len = 0, nr_files;
	ssize_t n;

	while ((n = source_read(src, &batch, &r->err)) > 0) {
		assert_int_equal(n, batch.nr);
		for (size_t i = 0; i < batch.nr; i++) {
			const struct blk_rec *rec = &batch.recs[i];

			for (size_t k = 0; k < rec->pdu_len; k++)
				assert_int_equal(rec->pdu[k], 0x5a);
			if (len < sizeof(r->order) - 32)
				len += add_to_order(r->order + len, rec);
		}
		r->nr += batch.nr;
	}
	r->error = (int)n;
	r->nr_damage = source_damage(src, keep_first, r);
	nr_files = source_files(src, &files);
	for (size_t i = 0; i < nr_files; i++)
		r->nr_late += files[i].nr_late;
}

static struct result read_names(const char *const *files, size_t nr,
				uint32_t notes_ahead)
{
	struct source_options opts = {
		.dir = folder, .notes_ahead = notes_ahead,
	};
	_cleanup_(source_freep) struct source *src = NULL;
	struct result r = { 0 };

	r.error = source_open(files, nr, &opts, &src, &r.err);
	if (!r.error)
		drain(src, &r);
	return r;
}

static struct result read_name(const char *file, uint32_t notes_ahead)
{
	return read_names(&file, 1, notes_ahead);
}

/* ---- order --------------------------------------------------------------------- */

static void source_merges_files_by_time(void **state)
{
	struct result r;

	(void)state;
	APPEND("a.blktrace.0", EVENT(0, 1, 10), EVENT(0, 2, 40));
	APPEND("a.blktrace.1", EVENT(1, 1, 20), EVENT(1, 2, 30));
	r = read_name("a", 0);
	assert_string_equal(r.order, "0.1 1.1 1.2 0.2 ");
	assert_int_equal(r.nr_damage, 0);
	r = read_name("a.blktrace.1", 0);
	assert_string_equal(r.order, "0.1 1.1 1.2 0.2 ");
}

/*
 * What blkparse 1.2.0 prints for these files: 0 goes on while it is not later,
 * and a file that is put back comes before others of its time.
 */
static void source_orders_equal_times_as_blkparse(void **state)
{
	struct result r;

	(void)state;
	APPEND("t.blktrace.0", EVENT(0, 1, 10), EVENT(0, 2, 10),
	       EVENT(0, 3, 20));
	APPEND("t.blktrace.1", EVENT(1, 1, 10), EVENT(1, 2, 20));
	APPEND("t.blktrace.2", EVENT(2, 1, 10), EVENT(2, 2, 20));
	r = read_name("t", 0);
	assert_string_equal(r.order, "0.1 0.2 2.1 1.1 1.2 2.2 0.3 ");
}

static void source_puts_late_records_right(void **state)
{
	struct result r;

	(void)state;
	APPEND("l.blktrace.0", EVENT(0, 1, 10), EVENT(0, 3, 30),
	       EVENT(0, 2, 20), EVENT(0, 4, 40));
	r = read_name("l", 0);
	assert_string_equal(r.order, "0.1 0.2 0.3 0.4 ");
	assert_int_equal(r.nr_late, 1);
	assert_int_equal(r.nr_damage, 0);
}

static void source_gives_notes_in_time_or_early(void **state)
{
	struct result r;

	(void)state;
	APPEND("n.blktrace.0", EVENT(0, 1, 10), EVENT(0, 2, 20),
	       NAME_NOTE(0, 25), EVENT(0, 3, 30));
	APPEND("n.blktrace.1", NAME_NOTE(1, 12), EVENT(1, 1, 15));
	r = read_name("n", 0);
	assert_string_equal(r.order, "0.1 n 1.1 0.2 n 0.3 ");
	r = read_name("n", 512);
	assert_string_equal(r.order, "n n 0.1 1.1 0.2 0.3 ");
	r = read_name("n", 1);
	assert_string_equal(r.order, "n 0.1 1.1 0.2 n 0.3 ");
}

static void source_reads_both_versions_and_byte_orders(void **state)
{
	struct result r;

	(void)state;
	APPEND("v.blktrace.0", EVENT(0, 1, 10),
	       { .sequence = 2, .time = 20, .action = Q_READ, .version = 8 },
	       { .sequence = 3, .time = 30, .action = Q_READ,
		 .is_swapped = true },
	       { .sequence = 4, .time = 40, .action = Q_READ, .version = 8,
		 .is_swapped = true, .pdu_len = 20 });
	r = read_name("v", 0);
	assert_string_equal(r.order, "0.1 0.2 0.3 0.4 ");
	assert_int_equal(r.nr_damage, 0);
}

/* More payload than the buffers of a file and a batch hold. */
static void source_keeps_large_payloads(void **state)
{
	struct result r;

	(void)state;
	for (uint32_t i = 1; i <= 100; i++)
		APPEND("p.blktrace.0", { .sequence = i, .time = i,
					 .action = Q_READ, .pdu_len = 65535 });
	r = read_name("p", 512);
	assert_int_equal(r.nr, 100);
	assert_int_equal(r.nr_damage, 0);
}

/* ---- names and damage -------------------------------------------------------------- */

static void source_reads_on_behind_a_missing_cpu(void **state)
{
	struct result r;

	(void)state;
	APPEND("g.blktrace.0", EVENT(0, 1, 10));
	append_bytes("g.blktrace.1", "", 0);
	APPEND("g.blktrace.4", EVENT(4, 1, 20));
	r = read_name("g", 0);
	assert_string_equal(r.order, "0.1 4.1 ");
	assert_int_equal(r.nr_damage, 1);
	assert_non_null(strstr(r.damage, "CPUs 2 to 3"));
}

static void source_reads_on_behind_bad_bytes(void **state)
{
	struct result r;

	(void)state;
	APPEND("b.blktrace.0", EVENT(0, 1, 10), EVENT(0, 2, 20));
	append_bytes("b.blktrace.0", "a hole with a tae\x07 in it", 24);
	APPEND("b.blktrace.0", EVENT(0, 4, 40), EVENT(0, 5, 50));
	r = read_name("b", 0);
	assert_string_equal(r.order, "0.1 0.2 0.4 0.5 ");
	assert_int_equal(r.nr_damage, 1);
	assert_non_null(strstr(r.damage, "offset 96"));
	assert_non_null(strstr(r.damage, "24 bytes"));
}

static void source_says_that_the_tail_is_cut(void **state)
{
	struct result r;

	(void)state;
	APPEND("c.blktrace.0", EVENT(0, 1, 10));
	append_bytes("c.blktrace.0", "\x07tae12345", 9);
	r = read_name("c", 0);
	assert_string_equal(r.order, "0.1 ");
	assert_int_equal(r.nr_damage, 1);
}

static void source_gives_up_behind_a_large_hole(void **state)
{
	static uint8_t hole[3u << 20];
	struct result r;

	(void)state;
	memset(hole, 0x11, sizeof(hole));
	APPEND("h.blktrace.0", EVENT(0, 1, 10));
	append_bytes("h.blktrace.0", hole, sizeof(hole));
	APPEND("h.blktrace.0", EVENT(0, 2, 20));
	r = read_name("h", 0);
	assert_string_equal(r.order, "0.1 ");
	assert_int_equal(r.nr_damage, 1);
}

static void source_leaves_out_records_of_other_cpus(void **state)
{
	struct result r;

	(void)state;
	APPEND("o.blktrace.0", EVENT(0, 1, 10), EVENT(3, 1, 20),
	       EVENT(0, 2, 30));
	APPEND("o.stream", EVENT(0, 1, 10), EVENT(70000, 1, 20),
	       EVENT(0, 2, 30));
	r = read_name("o", 0);
	assert_string_equal(r.order, "0.1 0.2 ");
	assert_int_equal(r.nr_damage, 1);
	r = read_name("o.stream", 0);
	assert_string_equal(r.order, "0.1 0.2 ");
	assert_int_equal(r.nr_damage, 1);
}

static void source_refuses_what_is_no_trace(void **state)
{
	struct result r;

	(void)state;
	append_bytes("text", "this is not a trace at all", 26);
	assert_int_equal(read_name("text", 0).error, -EBADMSG);
	r = read_name("nothing", 0);
	assert_int_equal(r.error, -ENOENT);
	assert_non_null(strstr(r.err.text, "nothing"));
}

static void source_reads_every_recording_of_a_folder(void **state)
{
	char path[128];
	const char *name = path_of("sub", path, sizeof(path));

	(void)state;
	assert_int_equal(mkdir(name, 0777), 0);
	APPEND("sub/x.blktrace.0", EVENT(0, 1, 10));
	APPEND("sub/y.blktrace.0", EVENT(0, 2, 5));
	APPEND("sub/y.blktrace.1", EVENT(1, 3, 20));
	assert_string_equal(read_name(name, 0).order, "0.2 0.1 1.3 ");
}

/* ---- streams -------------------------------------------------------------------------- */

static void source_puts_a_stream_in_order(void **state)
{
	struct result r;

	(void)state;
	APPEND("s", EVENT(1, 1, 20), EVENT(1, 2, 40), EVENT(0, 1, 10),
	       NAME_NOTE(0, 1000), EVENT(0, 2, 30));
	r = read_name("s", 0);
	assert_string_equal(r.order, "n 0.1 1.1 0.2 1.2 ");
	assert_int_equal(r.nr_late, 0);
}

static void source_orders_a_streams_equal_times(void **state)
{
	struct result r;

	(void)state;
	APPEND("e", EVENT(1, 7, 10), EVENT(0, 9, 10), EVENT(0, 5, 10));
	r = read_name("e", 0);
	assert_string_equal(r.order, "1.7 0.9 0.5 ");
}

struct writer {
	int fd;
	struct spec specs[2];
};

static void sleep_ms(long ms)
{
	const struct timespec ts = { .tv_nsec = ms * 1000000 };

	(void)nanosleep(&ts, NULL);
}

/* Two records 20 ms apart, the later one first; then the end after 400 ms. */
static void *write_slowly(void *arg)
{
	const struct writer *w = arg;
	uint8_t buf[128];

	for (size_t i = 0; i < 2; i++) {
		size_t len = encode(&w->specs[i], buf);

		if (write(w->fd, buf, len) != (ssize_t)len)
			break;
		sleep_ms(20);
	}
	sleep_ms(400);
	(void)close(w->fd);
	return NULL;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void source_hands_on_live_records_in_time(void **state)
{
	struct writer w = { .specs = { EVENT(1, 1, 20), EVENT(0, 1, 10) } };
	_cleanup_(source_freep) struct source *src = NULL;
	struct source_batch batch;
	struct err err = { 0 };
	char path[128];
	const char *name = path_of("fifo", path, sizeof(path));
	uint64_t begin;
	pthread_t thread;

	(void)state;
	assert_int_equal(mkfifo(name, 0600), 0);
	w.fd = open(name, O_RDWR | O_CLOEXEC);
	assert_true(w.fd >= 0);
	assert_int_equal(source_open(&name, 1, &(struct source_options){ 0 },
				     &src, &err), 0);
	assert_true(source_is_live(src));
	begin = now_ms();
	assert_int_equal(pthread_create(&thread, NULL, write_slowly, &w), 0);
	assert_int_equal(source_read(src, &batch, &err), 2);
	assert_true(now_ms() - begin < 250);
	assert_int_equal(batch.recs[0].cpu, 0);
	assert_int_equal(batch.recs[1].cpu, 1);
	assert_int_equal(source_read(src, &batch, &err), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(source_merges_files_by_time),
		cmocka_unit_test(source_orders_equal_times_as_blkparse),
		cmocka_unit_test(source_puts_late_records_right),
		cmocka_unit_test(source_gives_notes_in_time_or_early),
		cmocka_unit_test(source_reads_both_versions_and_byte_orders),
		cmocka_unit_test(source_keeps_large_payloads),
		cmocka_unit_test(source_reads_on_behind_a_missing_cpu),
		cmocka_unit_test(source_reads_on_behind_bad_bytes),
		cmocka_unit_test(source_says_that_the_tail_is_cut),
		cmocka_unit_test(source_gives_up_behind_a_large_hole),
		cmocka_unit_test(source_leaves_out_records_of_other_cpus),
		cmocka_unit_test(source_refuses_what_is_no_trace),
		cmocka_unit_test(source_reads_every_recording_of_a_folder),
		cmocka_unit_test(source_puts_a_stream_in_order),
		cmocka_unit_test(source_orders_a_streams_equal_times),
		cmocka_unit_test(source_hands_on_live_records_in_time),
	};

	return cmocka_run_group_tests_name("source", tests, make_folder,
					   remove_folder);
}
