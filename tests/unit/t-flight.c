/* SPDX-License-Identifier: GPL-2.0 */
/* The flight recorder: its memory, and the conditions that make it write. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "formats/blk_abi.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/flight.h"
#include "src/record/trigger.h"

#define MS	UINT64_C(1000000)
#define DEVICE	0x800000u

/* ---- memory ------------------------------------------------------------------ */

static const struct dev dev = { .name = "sdx", .device = DEVICE };

static struct flight *make(const char *path, uint64_t ns)
{
	const struct flight_options opts = {
		.bytes = 4 * 65536, .ns = ns, .started = 5, .nr_cpus = 2,
		.nr_devs = 1, .max_devs = 3, .version = 7,
	};
	struct flight *f = NULL;
	struct err err = { 0 };

	assert_int_equal(flight_new(path, &opts, &dev, &f, &err), 0);
	return f;
}

static void put(struct flight *f, unsigned int cpu, uint64_t time)
{
	const struct ring_event ev = { .time = time, .device = DEVICE };

	flight_add(f, cpu, &ev, 0);
}

/* Events of each CPU, the oldest first; returns their number. */
static size_t count(struct flight *f, uint64_t ret_first[2])
{
	struct flight_cursor *c = flight_begin(f);
	struct flight_chunk chunk;
	const struct ring_event *ev;
	uint64_t last[2] = { 0 };
	size_t n = 0;

	ret_first[0] = ret_first[1] = 0;
	while (flight_chunk(c, &chunk)) {
		for (uint32_t pos = 0; (ev = flight_event(&chunk, &pos)); n++) {
			assert_true(ev->time >= last[chunk.cpu]);
			last[chunk.cpu] = ev->time;
			if (!ret_first[chunk.cpu])
				ret_first[chunk.cpu] = ev->time;
		}
	}
	assert_int_equal(flight_end(c), 0);
	return n;
}

/* An idle CPU's few events stay as long as they are newer than what goes. */
static void memory_keeps_the_last_stretch(void **state)
{
	char path[] = "/tmp/t-flight-XXXXXX";
	uint64_t first[2];
	struct flight *f;
	size_t n;

	(void)state;
	assert_true(mkstemp(path) >= 0);
	assert_int_equal(unlink(path), 0);
	f = make(path, 0);
	assert_int_equal(flight_from(f), 5);
	assert_int_equal(flight_to(f), 0);
	put(f, 1, 10);
	for (uint64_t t = 20; t < 5000; t++)
		put(f, 0, t);
	put(f, 1, 5000);
	for (uint64_t t = 5001; t < 6000; t++)
		put(f, 0, t);
	n = count(f, first);
	assert_true(n > 2000 && n <= 4 * 65536 / sizeof(struct ring_event));
	assert_int_equal(first[1], 5000);
	assert_int_equal(flight_to(f), 5999);
	/* everything newer than "from" is there */
	assert_true(flight_from(f) >= first[0] - 1);
	assert_true(flight_from(f) < 5000);
	flight_free(f);
	assert_int_equal(unlink(path), 0);
}

static void memory_outlives_its_process(void **state)
{
	char path[] = "/tmp/t-flight-XXXXXX";
	struct flight *f = NULL;
	struct err err = { 0 };
	uint64_t first[2];
	int status;
	pid_t pid;

	(void)state;
	assert_true(mkstemp(path) >= 0);
	/* not what we wrote */
	assert_int_equal(flight_open(path, &f, &err), -EBADMSG);
	assert_int_equal(truncate(path, 1000000), 0);
	assert_int_equal(flight_open(path, &f, &err), -EBADMSG);
	assert_int_equal(unlink(path), 0);
	pid = fork();
	if (!pid) {
		f = make(path, 100);
		for (uint64_t t = 1000; t < 1500; t++)
			put(f, t & 1, t);
		flight_add_dev(f, &(struct dev){ .name = "sdy" });
		flight_resize_dev(f, 1, 77);
		abort();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(flight_open(path, &f, &err), 0);
	assert_int_equal(count(f, first), 500);
	assert_int_equal(flight_to(f), 1499);
	assert_int_equal(flight_from(f), 1399);
	assert_string_equal(flight_devs(f)[0].name, "sdx");
	assert_int_equal(flight_options(f)->nr_devs, 2);
	assert_string_equal(flight_devs(f)[1].name, "sdy");
	assert_int_equal(flight_devs(f)[1].sectors, 77);
	flight_free(f);
	/* while it is written, it is refused */
	assert_int_equal(unlink(path), 0);
	f = make(path, 0);
	assert_int_equal(flight_open(path, &f, &err), -EBUSY);
	flight_free(f);
	assert_int_equal(unlink(path), 0);
}

/* Without disks there is a recording only where some may come. */
static void memory_of_no_disk(void **state)
{
	char path[] = "/tmp/t-flight-XXXXXX";
	struct flight_options opts = {
		.bytes = 4 * 65536, .nr_cpus = 2, .max_devs = 1, .version = 7,
	};
	struct flight *f = NULL;
	struct err err = { 0 };

	(void)state;
	assert_true(mkstemp(path) >= 0);
	for (uint32_t i = 0; i < 2; i++) {
		opts.has_patterns = i;
		assert_int_equal(unlink(path), 0);
		assert_int_equal(flight_new(path, &opts, &dev, &f, &err), 0);
		flight_free(f);
		f = NULL;
		assert_int_equal(flight_open(path, &f, &err), i ? 0 : -EBADMSG);
		flight_free(f);
	}
	assert_int_equal(unlink(path), 0);
}

/* A device in which a bool is none: a copy of the file, changed. */
static void memory_of_a_damaged_disk(void **state)
{
	char path[] = "/tmp/t-flight-XXXXXX";
	struct dev flags = { .name = "sdx", .device = DEVICE,
			     .is_partition = true, .is_rotational = true };
	struct flight_options opts = {
		.bytes = 4 * 65536, .nr_cpus = 2, .nr_devs = 1, .max_devs = 1,
		.version = 7,
	};
	struct flight *f = NULL;
	struct err err = { 0 };

	(void)state;
	assert_true(mkstemp(path) >= 0);
	for (unsigned char byte = 1; byte <= 2; byte++) {
		assert_int_equal(unlink(path), 0);
		memcpy(&flags.is_rotational, &byte, 1);
		assert_int_equal(flight_new(path, &opts, &flags, &f, &err), 0);
		flight_free(f);
		f = NULL;
		assert_int_equal(flight_open(path, &f, &err),
				 byte == 1 ? 0 : -EBADMSG);
		flight_free(f);
	}
	assert_int_equal(unlink(path), 0);
}

/* ---- clocks ------------------------------------------------------------------ */

static void add_clock(struct flight_clocks *c, uint64_t time, uint64_t ahead)
{
	const struct note_clock note = {
		.monotonic = time + 3, .realtime = time + 3 + 1000000 + ahead,
		.boottime = time + 3 + ahead, .tai = time + 3, .tsc = 77,
	};

	flight_clocks_add(c, time, &note);
}

static void clocks_are_found_by_their_place(void **state)
{
	struct flight_clocks *c = xcalloc(1, sizeof(*c));
	struct note_clock at;

	(void)state;
	assert_int_equal(flight_clocks_at(c, 5, &at), -ENOENT);
	assert_int_equal(flight_clocks_behind(c, 5), 0);
	assert_null(flight_clocks_get(c, 0));
	add_clock(c, 100, 0);
	add_clock(c, 200, 5000);	/* suspended for 5000 ns */
	assert_int_equal(flight_clocks_behind(c, 99), 0);
	assert_int_equal(flight_clocks_behind(c, 100), 1);
	assert_int_equal(flight_clocks_behind(c, 200), 2);
	assert_int_equal(flight_clocks_get(c, 1)->time, 200);
	assert_null(flight_clocks_get(c, 2));

	/* by the one before, in either direction, and the jump counts */
	assert_int_equal(flight_clocks_at(c, 150, &at), 0);
	assert_int_equal(at.monotonic, 150);
	assert_int_equal(at.realtime, 1000150);
	assert_int_equal(at.boottime, 150);
	assert_int_equal(at.tai, 150);
	assert_int_equal(at.tsc, 0);
	assert_int_equal(flight_clocks_at(c, 50, &at), 0);
	assert_int_equal(at.realtime, 1000050);
	assert_int_equal(flight_clocks_at(c, 900, &at), 0);
	assert_int_equal(at.boottime, 5900);
	free(c);
}

static void clocks_of_long_ago_go(void **state)
{
	struct flight_clocks *c = xcalloc(1, sizeof(*c));
	uint64_t nr = 3 * FLIGHT_NR_CLOCKS + 7;

	(void)state;
	for (uint64_t i = 0; i < nr; i++)
		add_clock(c, 10 * i, 0);
	assert_null(flight_clocks_get(c, nr));
	assert_null(flight_clocks_get(c, nr - FLIGHT_NR_CLOCKS - 1));
	for (uint64_t i = nr - FLIGHT_NR_CLOCKS; i < nr; i++)
		assert_int_equal(flight_clocks_get(c, i)->time, 10 * i);
	assert_int_equal(flight_clocks_behind(c, 0), nr - FLIGHT_NR_CLOCKS);
	/* killed while the next one is written: all others are whole */
	memset(&c->rows[nr % (FLIGHT_NR_CLOCKS + 1)], 0xff,
	       sizeof(c->rows[0]));
	for (uint64_t i = nr - FLIGHT_NR_CLOCKS; i < nr; i++)
		assert_int_equal(flight_clocks_get(c, i)->time, 10 * i);
	/* a damaged file */
	c->nr = UINT64_MAX;
	(void)flight_clocks_behind(c, 5);
	free(c);
}

/* ---- grammar ----------------------------------------------------------------- */

static void conditions_are_read(void **state)
{
	static const char *const bad[] = {
		"", "latency", "latency>", "latency>5", "latency<5ms",
		"latency>0ms", "errors", "error>5", "stalled", "exit", "exit:",
		"exit:0", "exit:99999999999", "exit:a-name-that-is-too-long",
	};
	struct trigger t;
	struct err err;

	(void)state;
	assert_int_equal(trigger_parse("latency>1.5ms", &t, &err), 0);
	assert_int_equal(t.kind, TRIGGER_LATENCY);
	assert_int_equal(t.ns, 1500000);
	assert_int_equal(trigger_parse("error", &t, &err), 0);
	assert_int_equal(t.kind, TRIGGER_ERROR);
	assert_int_equal(trigger_parse("stalled>5s", &t, &err), 0);
	assert_int_equal(t.kind, TRIGGER_STALLED);
	assert_int_equal(t.ns, UINT64_C(5000000000));
	assert_int_equal(trigger_parse("exit:123", &t, &err), 0);
	assert_int_equal(t.pid, 123);
	assert_int_equal(trigger_parse("exit:mysqld", &t, &err), 0);
	assert_int_equal(t.pid, 0);
	assert_string_equal(t.name, "mysqld");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(trigger_parse(bad[i], &t, &err), -EINVAL);
}

/* ---- conditions -------------------------------------------------------------- */

static struct triggers *triggers_of(const char *text)
{
	struct triggers *t = NULL;
	struct trigger cond;
	struct err err;

	assert_int_equal(trigger_parse(text, &cond, &err), 0);
	assert_int_equal(triggers_new(&cond, 1, 0, &t, &err), 0);
	return t;
}

static void see(struct triggers *t, uint32_t code, uint64_t sector,
		uint64_t time, int error)
{
	const struct ring_event ev = {
		.time = time, .sector = sector, .action = code, .bytes = 4096,
		.device = DEVICE, .error = (uint16_t)error,
	};

	triggers_event(t, &ev);
}

static bool fires(struct triggers *t, uint64_t now)
{
	char text[TRIGGER_TEXT_MAX];

	return triggers_check(t, now, text);
}

static void latency_is_from_d_to_c(void **state)
{
	struct triggers *t = triggers_of("latency>10ms");

	(void)state;
	see(t, BLK_ACT_QUEUE, 8, 1 * MS, 0);
	see(t, BLK_ACT_ISSUE, 8, 100 * MS, 0);
	see(t, BLK_ACT_COMPLETE, 8, 109 * MS, 0);
	assert_false(fires(t, 110 * MS));
	see(t, BLK_ACT_ISSUE, 8, 200 * MS, 0);
	see(t, BLK_ACT_COMPLETE, 8, 211 * MS, 0);
	assert_true(fires(t, 212 * MS));
	assert_false(fires(t, 213 * MS));
	/* the C comes first, from another CPU's ring */
	see(t, BLK_ACT_COMPLETE, 16, 311 * MS, 0);
	see(t, BLK_ACT_ISSUE, 16, 300 * MS, 0);
	assert_true(fires(t, 312 * MS));
	/* not across a loss, nor a requeue */
	see(t, BLK_ACT_ISSUE, 24, 400 * MS, 0);
	triggers_lost(t, DEVICE);
	see(t, BLK_ACT_COMPLETE, 24, 500 * MS, 0);
	see(t, BLK_ACT_ISSUE, 32, 500 * MS, 0);
	see(t, BLK_ACT_REQUEUE, 32, 501 * MS, 0);
	see(t, BLK_ACT_ISSUE, 32, 599 * MS, 0);
	see(t, BLK_ACT_COMPLETE, 32, 600 * MS, 0);
	assert_false(fires(t, 601 * MS));
	triggers_free(t);
}

static void bios_are_judged_where_there_is_no_d(void **state)
{
	struct triggers *t = triggers_of("latency>10ms");

	(void)state;
	see(t, BLK_ACT_QUEUE, 8, 100 * MS, 0);
	see(t, BLK_ACT_COMPLETE, 8, 120 * MS, 0);
	assert_true(fires(t, 121 * MS));
	triggers_free(t);
}

static void errors_fire(void **state)
{
	struct triggers *t = triggers_of("error");

	(void)state;
	see(t, BLK_ACT_ISSUE, 8, 1 * MS, 0);
	see(t, BLK_ACT_COMPLETE, 8, 2 * MS, 0);
	assert_false(fires(t, 3 * MS));
	see(t, BLK_ACT_ISSUE, 8, 4 * MS, 0);
	see(t, BLK_ACT_COMPLETE, 8, 5 * MS, -EIO);
	assert_true(fires(t, 6 * MS));
	triggers_free(t);
}

static void what_is_stalled_fires_once(void **state)
{
	struct triggers *t = triggers_of("stalled>1s");

	(void)state;
	see(t, BLK_ACT_QUEUE, 8, 100 * MS, 0);	/* merged: has no C */
	see(t, BLK_ACT_ISSUE, 0, 101 * MS, 0);
	see(t, BLK_ACT_ISSUE, 64, 102 * MS, 0);
	see(t, BLK_ACT_COMPLETE, 64, 103 * MS, 0);
	assert_false(fires(t, 1100 * MS));
	assert_true(fires(t, 1300 * MS));
	assert_false(fires(t, 9999 * MS));
	triggers_free(t);
}

static void the_end_of_a_process_fires(void **state)
{
	struct triggers *t = NULL;
	struct trigger cond = { .kind = TRIGGER_EXIT };
	struct err err;
	int fds[2];
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		(void)close(fds[1]);
		_exit((int)read(fds[0], &c, 1));
	}
	cond.pid = (uint32_t)pid;
	assert_int_equal(triggers_new(&cond, 1, 0, &t, &err), 0);
	assert_false(fires(t, 1));
	(void)close(fds[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(fires(t, 2));
	assert_false(fires(t, 3));
	triggers_free(t);
	t = NULL;
	/* nobody is there any more */
	assert_int_equal(triggers_new(&cond, 1, 0, &t, &err), -ESRCH);
	(void)close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_are_found_by_their_place),
		cmocka_unit_test(clocks_of_long_ago_go),
		cmocka_unit_test(memory_keeps_the_last_stretch),
		cmocka_unit_test(memory_outlives_its_process),
		cmocka_unit_test(memory_of_no_disk),
		cmocka_unit_test(memory_of_a_damaged_disk),
		cmocka_unit_test(conditions_are_read),
		cmocka_unit_test(latency_is_from_d_to_c),
		cmocka_unit_test(bios_are_judged_where_there_is_no_d),
		cmocka_unit_test(errors_fire),
		cmocka_unit_test(what_is_stalled_fires_once),
		cmocka_unit_test(the_end_of_a_process_fires),
	};

	return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
