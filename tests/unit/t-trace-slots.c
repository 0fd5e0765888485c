/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/record/trace_slots: the short way writes the same bytes as trace_event().
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/trace.h"

#define NR_CPUS		2
#define NR_ROUNDS	400
#define NR_SLOTS	50	/* of a round: more than a buffer holds, or less */
#define FILE_MAX	(4u << 20)
#define PART_START	1000
#define PART_SECTORS	5000

static const struct cgroups no_cgroups;

/* One of the two that are compared. */
struct side {
	struct trace trace;
	struct tasks *tasks;
	struct slot_names names[NR_CPUS];
	uint64_t nr_short;
};

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void side_open(struct side *s, const char *folder, const char *name,
		      unsigned int version)
{
	_cleanup_(freep) char *base = xasprintf("%s/%s", folder, name);
	const struct dev dev = { .name = "sdx1", .device = 0x800001,
				 .disk = 0x800000, .is_partition = true,
				 .start = PART_START, .sectors = PART_SECTORS };
	const struct trace_options opts = {
		.dev = &dev, .base = base, .cgroups = &no_cgroups,
		.tasks = s->tasks = tasks_new(),
		.buffer_size = 4096, .nr_cpus = NR_CPUS, .version = version,
	};

	assert_int_equal(trace_open(&s->trace, &opts, NULL), 0);
}

static void side_close(struct side *s)
{
	assert_int_equal(trace_end(&s->trace, NULL, true, NULL), 0);
	trace_close(&s->trace);
	tasks_free(s->tasks);
}

/* Somebody new, or of another name. */
static void learn(struct side *s, unsigned int cpu, uint32_t pid,
		  uint32_t name)
{
	struct ring_event ev = { .pid = pid, .tgid = pid & ~3u,
				 .device = RING_DEVICE_TASK };

	(void)snprintf(ev.comm, sizeof(ev.comm), "job%u", name);
	slot_names_learn(&s->names[cpu], &ev);
}

/* As drain_cpu() of recorder.c, for a trace that takes part of a disk. */
static void put_long(struct side *s, unsigned int cpu,
		     const struct ring_slot *slot, uint32_t *lost)
{
	struct slot_name *name = slot_names_find(&s->names[cpu], slot);
	const struct trace *t = &s->trace;
	struct slot_event e;

	slot_unpack(slot, name, &e);
	if (slot->device == t->dev.disk &&
	    (!slot->sector || (slot->sector >= PART_START &&
			       slot->sector <= PART_START + PART_SECTORS)))
		assert_int_equal(trace_event(&s->trace, cpu, slot_event_of(&e),
					     slot->lost - *lost, NULL), 0);
	*lost = slot->lost;
	if (name)
		trace_named(t, cpu, name);
}

static void put_short(struct side *s, unsigned int cpu,
		      const struct ring_item *items, size_t nr, uint32_t *lost)
{
	size_t n;

	for (size_t i = 0; i < nr; i += n) {
		n = trace_slots(&s->trace, cpu, &s->names[cpu], items + i,
				nr - i, *lost, UINT64_MAX);
		s->nr_short += n;
		if (n)
			continue;
		put_long(s, cpu, items[i].slot, lost);
		n = 1;
	}
}

/* Mostly what a disk does; now and then each thing that is an exception. */
static void fill(struct ring_slot *slot, uint32_t *seed, uint64_t *time,
		 uint32_t *lost)
{
	static const struct {
		uint64_t action;
		uint16_t pdu_len;
	} kinds[] = {
		{ 0x00110001, 0 },		/* Q */
		{ 0x00010007, 0 },		/* D */
		{ 0x0001000f, 16 },		/* A, with a remap */
		{ 0x0001000a, 8 },		/* U, with a number */
		{ 0x01110008, 0 },		/* C */
		{ 0x100000000 | 0x00110008, 8 },	/* C, how long it took */
	};
	uint32_t kind = next(seed) % 40;

	kind = kind < ARRAY_SIZE(kinds) ? kind : kind % 2;
	*lost += next(seed) % 100 == 0;
	*time += next(seed) % 3;
	*slot = (struct ring_slot){
		.time = *time,
		.sector = next(seed) % 20 ? PART_START + next(seed) % 6000 :
					    next(seed) % 2 * 7,
		.action = kinds[kind].action,
		.bytes = next(seed),
		.device = next(seed) % 50 ? 0x800000 : 0x800010,
		.pid = 100 + next(seed) % 6,
		.lost = *lost,
		.error = next(seed) % 9 ? 0 : 0xfffb,
		.pdu_len = kinds[kind].pdu_len |
			   (next(seed) % 60 ? 0 : SLOT_NAMELESS),
		.device_from = next(seed),
		.pdu = (uint64_t)next(seed) << 32 | next(seed),
	};
}

static size_t read_whole(const char *folder, const char *name,
			 unsigned int cpu, uint8_t *buf)
{
	_cleanup_(freep) char *path =
		xasprintf("%s/%s.blktrace.%u", folder, name, cpu);
	_cleanup_(fclosep) FILE *f = fopen(path, "re");

	assert_non_null(f);
	return fread(buf, 1, FILE_MAX, f);
}

static void both_ways_write_the_same(void **state)
{
	_cleanup_(freep) struct side *a = xcalloc(1, sizeof(*a));
	_cleanup_(freep) struct side *b = xcalloc(1, sizeof(*b));
	_cleanup_(freep) uint8_t *x = xmalloc(FILE_MAX);
	_cleanup_(freep) uint8_t *y = xmalloc(FILE_MAX);
	uint32_t lost[NR_CPUS] = { 0 }, lost_a[NR_CPUS] = { 0 };
	uint32_t lost_b[NR_CPUS] = { 0 }, seed = 1;
	struct ring_slot slots[NR_SLOTS];
	struct ring_item items[NR_SLOTS];
	uint64_t time = 1000;

	side_open(a, *state, "long", 7);
	side_open(b, *state, "short", 7);
	for (int round = 0; round < NR_ROUNDS; round++) {
		unsigned int cpu = next(&seed) % NR_CPUS;
		size_t nr = next(&seed) % NR_SLOTS;

		if (round % 5 == 0) {
			uint32_t pid = 100 + next(&seed) % 5;
			uint32_t name = next(&seed) % 3;

			learn(a, cpu, pid, name);
			learn(b, cpu, pid, name);
		}
		for (size_t i = 0; i < nr; i++) {
			fill(&slots[i], &seed, &time, &lost[cpu]);
			items[i] = (struct ring_item){ .time = time,
						       .slot = &slots[i] };
			put_long(a, cpu, &slots[i], &lost_a[cpu]);
		}
		put_short(b, cpu, items, nr, &lost_b[cpu]);
	}
	assert_in_range(b->nr_short, NR_ROUNDS * NR_SLOTS / 8, UINT64_MAX);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		const struct lane *p = &a->trace.lanes[cpu];
		const struct lane *q = &b->trace.lanes[cpu];

		assert_int_equal(p->nr_events, q->nr_events);
		assert_int_equal(p->nr_bytes, q->nr_bytes);
		assert_int_equal(p->nr_lost, q->nr_lost);
		assert_int_equal(p->last_time, q->last_time);
		assert_int_equal(p->own.nr_events, q->own.nr_events);
	}
	assert_int_equal(trace_flush(&a->trace, NULL), 0);
	assert_int_equal(trace_flush(&b->trace, NULL), 0);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		size_t n = read_whole(*state, "long", cpu, x);

		assert_in_range(n, 100000, FILE_MAX - 1);
		assert_int_equal(n, read_whole(*state, "short", cpu, y));
		assert_memory_equal(x, y, n);
	}
	side_close(a);
	side_close(b);
}

/* What another CPU says of a thread holds for all: the old name is said again
 * where the thread has it again. */
static void a_name_is_said_again(void **state)
{
	_cleanup_(freep) struct side *s = xcalloc(1, sizeof(*s));
	_cleanup_(freep) uint8_t *buf = xmalloc(FILE_MAX);
	struct ring_slot slot = { .pid = 100, .device = 0x800000,
				  .action = 0x00110001 };
	struct ring_item item = { .slot = &slot };
	uint32_t lost[NR_CPUS] = { 0 };
	unsigned int nr[NR_CPUS] = { 0 };
	struct blk_rec rec;

	side_open(s, *state, "again", 7);
	learn(s, 0, 100, 1);
	learn(s, 1, 100, 2);
	for (unsigned int i = 0; i < 6; i++) {
		slot.time = item.time = i;
		/* twice on each CPU, then on the first one again */
		put_short(s, i / 2 % 2, &item, 1, &lost[i / 2 % 2]);
	}
	assert_int_equal(s->nr_short, 3);
	side_close(s);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		size_t n = read_whole(*state, "again", cpu, buf);
		ssize_t step;

		for (size_t at = 0; at < n; at += (size_t)step) {
			step = blk_decode(buf + at, n - at, &rec, NULL);
			assert_true(step > 0);
			nr[cpu] += blk_is_notify(&rec) &&
				   blk_code(&rec) == BLK_TN_PROCESS;
		}
	}
	assert_int_equal(nr[0], 2);
	assert_int_equal(nr[1], 1);
}

#define NR_PLAIN	10

/* The first of NR_PLAIN events of one thread, a ns apart, went the long way: the
 * others could go the short one. */
struct plain {
	struct side side;
	struct ring_slot slots[NR_PLAIN];
	struct ring_item items[NR_PLAIN];
	uint32_t lost;
};

static void plain_open(struct plain *p, const char *folder, const char *name,
		       unsigned int version)
{
	side_open(&p->side, folder, name, version);
	learn(&p->side, 0, 100, 1);
	for (unsigned int i = 0; i < NR_PLAIN; i++) {
		p->slots[i] = (struct ring_slot){
			.time = 1000 + i, .pid = 100, .device = 0x800000,
			.action = 0x00110001, .sector = PART_START + i,
		};
		p->items[i] = (struct ring_item){ .time = 1000 + i,
						  .slot = &p->slots[i] };
	}
	put_long(&p->side, 0, &p->slots[0], &p->lost);
}

/* Of those from @from on, up to @end. */
static size_t take(struct plain *p, size_t from, uint64_t end)
{
	return trace_slots(&p->side.trace, 0, p->side.names, p->items + from,
			   NR_PLAIN - from, p->lost, end);
}

static void what_is_behind_the_end_stays(void **state)
{
	_cleanup_(freep) struct plain *p = xcalloc(1, sizeof(*p));
	const struct lane *lane;

	plain_open(p, *state, "end", 7);
	lane = &p->side.trace.lanes[0];
	assert_int_equal(take(p, 1, 1000), 0);
	assert_int_equal(lane->nr_events, 1);
	/* that of the end itself is inside */
	assert_int_equal(take(p, 1, 1004), 4);
	assert_int_equal(lane->nr_events, 5);
	assert_int_equal(lane->last_time, 1004);
	assert_int_equal(take(p, 5, 1004), 0);
	assert_int_equal(lane->nr_events, 5);
	assert_int_equal(take(p, 5, UINT64_MAX), NR_PLAIN - 5);
	assert_int_equal(lane->nr_events, NR_PLAIN);
	side_close(&p->side);
}

/* trace_event counts what is not written, so nothing is taken from it. */
static void a_sink_that_failed_takes_nothing(void **state)
{
	_cleanup_(freep) struct plain *p = xcalloc(1, sizeof(*p));
	struct slot_event e;
	struct sink *sink;
	int full;

	plain_open(p, *state, "full", 7);
	sink = p->side.trace.lanes[0].sink;
	assert_int_equal(take(p, 1, 1004), 4);
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(full >= 0 && dup3(full, sink->fd, O_CLOEXEC) == sink->fd);
	assert_int_equal(close(full), 0);
	assert_int_equal(sink_flush(sink, NULL), -ENOSPC);
	assert_int_equal(sink->nr_unwritten, 5);
	assert_int_equal(take(p, 5, UINT64_MAX), 0);
	assert_int_equal(sink->nr_events, 5);
	assert_int_equal(sink->nr_unwritten, 5);
	slot_unpack(&p->slots[5], &p->side.names[0].names[TASK_SLOT(100)], &e);
	assert_int_equal(trace_event(&p->side.trace, 0, slot_event_of(&e), 0,
				     NULL), -ENOSPC);
	assert_int_equal(sink->nr_unwritten, 6);
	trace_close(&p->side.trace);
	tasks_free(p->side.tasks);
}

/* Its records are longer. */
static void version_8_goes_the_long_way(void **state)
{
	_cleanup_(freep) struct plain *p = xcalloc(1, sizeof(*p));
	_cleanup_(freep) uint8_t *buf = xmalloc(FILE_MAX);
	unsigned int nr = 0;
	struct blk_rec rec;
	size_t n;
	ssize_t step;

	plain_open(p, *state, "eight", 8);
	assert_int_equal(take(p, 1, UINT64_MAX), 0);
	put_short(&p->side, 0, p->items + 1, NR_PLAIN - 1, &p->lost);
	assert_int_equal(p->side.nr_short, 0);
	side_close(&p->side);
	n = read_whole(*state, "eight", 0, buf);
	for (size_t at = 0; at < n; at += (size_t)step) {
		step = blk_decode(buf + at, n - at, &rec, NULL);
		assert_true(step > 0);
		assert_int_equal(rec.version, 8);
		nr += !blk_is_notify(&rec);
	}
	assert_int_equal(nr, NR_PLAIN);
}

static int make_folder(void **state)
{
	char *folder = xstrdup("/tmp/t-trace-slots-XXXXXX");

	*state = mkdtemp(folder);
	return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
	_cleanup_(freep) char *command = xasprintf("rm -r %s", (char *)*state);
	int r = system(command);

	free(*state);
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_write_the_same),
		cmocka_unit_test(a_name_is_said_again),
		cmocka_unit_test(what_is_behind_the_end_stays),
		cmocka_unit_test(a_sink_that_failed_takes_nothing),
		cmocka_unit_test(version_8_goes_the_long_way),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
