/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/record without a kernel: ring, tasks, sink, trace.  The ring lies in
 * ordinary memory, laid out as kernel/bpf/ringbuf.c (v6.18) does it.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "tests/unit/unit.h"

#include "formats/note.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/kvm.h"
#include "src/record/lot.h"
#include "src/record/trace.h"

#define BUSY		0x80000000u
#define DISCARD		0x40000000u
#define RING_SIZE	4096u

struct fake {
	struct ring ring;
	uint64_t consumer;
	uint64_t producer;
	uint8_t data[2 * RING_SIZE] __attribute__((aligned(8)));
};

static struct fake *fake_new(uint64_t start)
{
	struct fake *f = xcalloc(1, sizeof(*f));

	f->consumer = f->producer = start;
	f->ring.size = RING_SIZE;
	f->ring.consumer = &f->consumer;
	f->ring.producer = &f->producer;
	f->ring.data = f->data;
	return f;
}

/* Both mappings of the data show the same bytes. */
static void fake_write(struct fake *f, uint64_t pos, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = (pos + i) % RING_SIZE;

		f->data[at] = f->data[at + RING_SIZE] = ((const uint8_t *)p)[i];
	}
}

static void fake_put(struct fake *f, uint64_t time, uint32_t pdu,
		     uint32_t flags)
{
	struct ring_event ev = { .time = time, .pdu_len = (uint16_t)pdu };
	uint32_t head[2] = { (uint32_t)(sizeof(ev) + pdu) | flags, 0 };

	fake_write(f, f->producer, head, sizeof(head));
	fake_write(f, f->producer + 8, &ev, sizeof(ev));
	f->producer += 8 + ((sizeof(ev) + pdu + 7) & ~7u);
}

static void ring_lists_up_to_the_head(void **state)
{
	_cleanup_(freep) struct fake *f = fake_new(RING_SIZE - 24);
	struct ring_item items[64];

	(void)state;
	assert_int_equal(ring_gather(&f->ring, items), 0);
	fake_put(f, 30, 0, 0);	/* its memory wraps around */
	fake_put(f, 10, 16, 0);
	fake_put(f, 99, 0, DISCARD);
	fake_put(f, 20, 8, 0);
	assert_int_equal(ring_gather(&f->ring, items), 3);
	assert_int_equal(items[0].time, 30);
	assert_int_equal(items[1].time, 10);
	assert_int_equal(items[1].event->pdu_len, 16);
	assert_int_equal(items[2].time, 20);
	assert_int_not_equal(f->consumer, f->producer);
	ring_release_room(&f->ring);
	assert_int_equal(f->consumer, f->producer);
	assert_int_equal(ring_gather(&f->ring, items), 0);
}

static void ring_waits_for_an_unfinished_event(void **state)
{
	_cleanup_(freep) struct fake *f = fake_new(0);
	struct ring_item items[64];
	uint64_t pos;
	uint32_t len = sizeof(struct ring_event);

	(void)state;
	fake_put(f, 1, 0, 0);
	pos = f->producer;
	fake_put(f, 2, 0, BUSY);
	fake_put(f, 3, 0, 0);
	assert_int_equal(ring_gather(&f->ring, items), -EAGAIN);
	assert_int_equal(f->consumer, 0);
	fake_write(f, pos, &len, sizeof(len));
	assert_int_equal(ring_gather(&f->ring, items), 3);
}

/* An event that is too young is kept when the ring's room is given back. */
static void lot_sorts_and_keeps_the_young(void **state)
{
	_cleanup_(freep) struct fake *f = fake_new(0);
	const struct ring_event *ev;
	struct lot lot;

	(void)state;
	assert_int_equal(lot_init(&lot, &f->ring, NULL), 0);
	fake_put(f, 30, 0, 0);
	fake_put(f, 10, 16, 0);
	fake_put(f, 40, 8, 0);
	assert_int_equal(lot_gather(&lot), 0);
	assert_int_equal(lot_set_limit(&lot, 30), 0);
	assert_int_equal(lot_next_time(&lot), 10);
	assert_int_equal(lot_next(&lot)->time, 10);
	assert_int_equal(lot_next(&lot)->time, 30);
	assert_null(lot_next(&lot));
	lot_keep_rest(&lot);
	assert_int_equal(f->consumer, f->producer);
	memset(f->data, 0xff, sizeof(f->data));
	fake_put(f, 35, 0, 0);
	assert_int_equal(lot_gather(&lot), 0);
	assert_int_equal(lot_set_limit(&lot, UINT64_MAX), 0);
	assert_int_equal(lot_next(&lot)->time, 35);
	ev = lot_next(&lot);
	assert_int_equal(ev->time, 40);
	assert_int_equal(ev->pdu_len, 8);
	assert_null(lot_next(&lot));
	lot_keep_rest(&lot);
	lot_release(&lot);
}

static void tasks_are_named_once(void **state)
{
	struct tasks *t = tasks_new();
	struct ring_event ev = { .pid = 7, .tgid = 5, .comm = "one" };

	(void)state;
	assert_int_equal(tasks_see(t, 0, &ev), TASKS_NEW);
	assert_int_equal(tasks_see(t, 0, &ev), TASKS_KNOWN);
	assert_int_equal(tasks_see(t, 1, &ev), TASKS_NEW);
	memcpy(ev.comm, "two", 4);
	assert_int_equal(tasks_see(t, 0, &ev), TASKS_RENAMED);
	assert_int_equal(tasks_see(t, 0, &ev), TASKS_KNOWN);
	ev.tgid = 7;
	assert_int_equal(tasks_see(t, 0, &ev), TASKS_NEW);
	for (uint32_t pid = 100; pid < 300000; pid++) {
		ev.pid = pid;
		(void)tasks_see(t, 0, &ev);
		assert_int_equal(tasks_see(t, 0, &ev), TASKS_KNOWN);
	}
	tasks_free(t);
	tasks_free(NULL);
}

/* What BPF said goes before what /proc says of a process that is gone. */
static void tasks_know_who_they_are(void **state)
{
	struct {
		struct ring_event ev;
		struct ring_task task;
	} said = {
		.ev = { .pid = 4000000001u, .tgid = 4000000000u,
			.comm = "fio", .cgroup = 77,
			.device = RING_DEVICE_TASK },
		.task = { .cmdline_len = 6, .cmdline = "fio\0x" },
	};
	const struct cgroups none = { .fd = -1 };
	struct tasks *t = tasks_new();
	struct tasks_identity who;
	struct ring_event ev = said.ev;

	(void)state;
	tasks_identify(t, &none, &ev, &who);
	assert_string_equal(who.cmdline, "");
	assert_int_equal(who.cgroup, 0);
	tasks_describe(t, &said.ev);
	tasks_identify(t, &none, &ev, &who);
	assert_string_equal(who.cmdline, "fio x");
	assert_int_equal(who.cgroup, 77);
	/* it has another name now: the description is of another program */
	memcpy(ev.comm, "dd\0", 4);
	tasks_identify(t, &none, &ev, &who);
	assert_string_equal(who.cmdline, "");
	tasks_free(t);
}

/* Only the pid is known: what BPF said of it goes before what /proc says. */
static void tasks_are_found_by_number(void **state)
{
	const struct {
		struct ring_event ev;
		struct ring_task task;
	} said = { .ev = { .pid = 4000000001u, .tgid = 4000000000u,
			   .comm = "fio" } },
	  self_said = { .ev = { .pid = (uint32_t)getpid(), .tgid = 3,
				.comm = "was" } };
	struct ring_event ev = { .pid = 4000000001u, .time = 5 };
	struct ring_event self = { .pid = (uint32_t)getpid() };
	struct tasks *t = tasks_new();

	(void)state;
	tasks_find(t, &ev);
	assert_string_equal(ev.comm, "");
	assert_int_equal(tasks_see(t, 0, &ev), TASKS_KNOWN);
	tasks_describe(t, &said.ev);
	tasks_find(t, &ev);
	assert_string_equal(ev.comm, "fio");
	assert_int_equal(ev.tgid, 4000000000u);
	assert_int_equal(tasks_see(t, 0, &ev), TASKS_NEW);
	tasks_describe(t, &self_said.ev);
	tasks_find(t, &self);
	assert_string_equal(self.comm, "was");
	assert_int_equal(self.tgid, 3);
	tasks_free(t);
}

/* Of a thread that was never described, once in a second; in the PID namespace
 * of a container it has a number that says nothing here. */
static void tasks_are_found_in_proc(void **state)
{
	struct ring_event ev = { .pid = (uint32_t)getpid(), .time = 9000000000 };
	char name[16] = "", is[64] = "";
	struct tasks *t = tasks_new();

	(void)state;
	assert_true(readlink("/proc/self/ns/pid", is, sizeof(is) - 1) > 0);
	(void)prctl(PR_GET_NAME, name);
	tasks_find(t, &ev);
	if (strcmp(is, "pid:[4026531836]")) {
		assert_string_equal(ev.comm, "");
		assert_int_equal(ev.tgid, 0);
		tasks_free(t);
		return;
	}
	assert_string_equal(ev.comm, name);
	assert_int_equal(ev.tgid, ev.pid);
	(void)prctl(PR_SET_NAME, "renamed");
	ev.time += 999999999;
	tasks_find(t, &ev);
	assert_string_equal(ev.comm, name);
	ev.time += 1;
	tasks_find(t, &ev);
	assert_string_equal(ev.comm, "renamed");
	(void)prctl(PR_SET_NAME, name);
	tasks_free(t);
}

static const struct cgroups no_cgroups = { .fd = -1 };

static int make_dir(void **state)
{
	char dir[] = "/tmp/t-record.XXXXXX";

	if (!mkdtemp(dir))
		return -1;
	*state = xstrdup(dir);
	return 0;
}

static int remove_dir(void **state)
{
	_cleanup_(freep) char *cmd = xasprintf("rm -r '%s'", (char *)*state);
	int r = system(cmd);

	free(*state);
	return r;
}

static size_t read_file(const char *path, uint8_t *buf, size_t size)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "r");

	assert_non_null(f);
	return fread(buf, 1, size, f);
}

/* A write that fails half-way leaves whole records. */
static void sink_keeps_whole_records(void **state)
{
	_cleanup_(freep) char *path = xasprintf("%s/full", (char *)*state);
	const struct rlimit small = { .rlim_cur = 1000, .rlim_max =
				      RLIM_INFINITY };
	const struct blk_rec rec = { .time = 1, .bytes = 512 };
	struct rlimit before;
	struct err err = { 0 };
	struct sink sink;
	uint8_t buf[4096];

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(sink_open(&sink, path, 4096, 7, &err), 0);
	for (int i = 0; i < 40; i++)
		assert_int_equal(sink_put(&sink, &rec, &err), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(sink_flush(&sink, &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, "offset 960"));
	/* and stays failed, with the same words */
	assert_int_equal(sink_put(&sink, &rec, &err), -EFBIG);
	assert_int_equal(sink_close(&sink, NULL), 0);
	assert_int_equal(read_file(path, buf, sizeof(buf)), 960);
}

static void sink_names_what_it_cannot_create(void **state)
{
	struct err err = { 0 };
	struct sink sink;

	(void)state;
	assert_int_equal(sink_open(&sink, "/no/such/dir/x", 4096, 7, &err),
			 -ENOENT);
	assert_non_null(strstr(err.text, "/no/such/dir/x"));
}

/* A file of @nr events, that grows by @more bytes at most from there on. */
static void fill_up(struct sink *sink, const char *path, struct pack *pack,
		    int nr, rlim_t more)
{
	struct rlimit limit = { .rlim_max = RLIM_INFINITY };
	struct blk_rec rec = { .bytes = 4096 };

	assert_int_equal(sink_open(sink, path, 65536, 7, NULL), 0);
	sink->pack = pack;
	for (int i = 0; i < nr; i++) {
		rec.time = 1000 + (uint64_t)i * 37;
		rec.sector = (uint64_t)i * 2654435761u % 100000;
		assert_int_equal(sink_put(sink, &rec, NULL), 0);
	}
	assert_int_equal(sink_flush(sink, NULL), 0);
	limit.rlim_cur = sink->offset + more;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < 200; i++) {
		rec.time += 100;
		assert_int_equal(sink_put(sink, &rec, NULL), 0);
	}
	assert_int_equal(sink_flush(sink, NULL), -EFBIG);
	sink->error = -ENOSPC;	/* what a full disk says */
}

static void lift_limit(void)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
}

static void sink_puts_a_note_in_place_of_the_last(void **state)
{
	_cleanup_(freep) char *path = xasprintf("%s/step", (char *)*state);
	const struct blk_rec last = { .time = 77 };
	uint8_t buf[65536];
	struct sink sink;
	uint64_t time;

	fill_up(&sink, path, NULL, 500, 0);
	assert_int_equal(sink.nr_unwritten, 200);
	assert_true(sink_step_back(&sink, SINK_STEP, &time));
	assert_int_equal(sink_put(&sink, &last, NULL), 0);
	assert_int_equal(sink_flush(&sink, NULL), 0);
	sink_cut(&sink);
	lift_limit();
	/* 11 records of 48 bytes are more than SINK_STEP */
	assert_int_equal(sink.nr_unwritten, 211);
	assert_int_equal(time, 1000 + 488 * 37);
	assert_int_equal(sink_close(&sink, NULL), 0);
	assert_int_equal(read_file(path, buf, sizeof(buf)), 490 * 48);
}

/* Where an overwrite wants room, the file and the numbers stay. */
static void sink_undoes_a_step(void **state)
{
	_cleanup_(freep) char *path = xasprintf("%s/undo", (char *)*state);
	const struct rlimit small = { 1000, RLIM_INFINITY };
	const struct blk_rec last = { .time = 77 };
	struct sink sink, before;
	uint8_t buf[65536];
	uint64_t time;

	fill_up(&sink, path, NULL, 500, 0);
	before = sink;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_true(sink_step_back(&sink, SINK_STEP, &time));
	assert_int_equal(sink.nr_unwritten, 211);
	assert_int_equal(sink_put(&sink, &last, NULL), 0);
	assert_int_equal(sink_flush(&sink, NULL), -EFBIG);
	sink_undo(&sink, &before);
	lift_limit();
	assert_int_equal(sink.nr_unwritten, 200);
	assert_int_equal(sink.error, -ENOSPC);
	assert_int_equal(sink_close(&sink, NULL), 0);
	assert_int_equal(read_file(path, buf, sizeof(buf)), 500 * 48);
}

/* A frame keeps all but some records of its end. */
static void sink_repacks_the_last_frame(void **state)
{
	_cleanup_(freep) char *path = xasprintf("%s/pack", (char *)*state);
	const struct blk_rec last = { .time = 77 };
	uint8_t buf[65536], records[65536];
	uint64_t time, size, nr;
	struct pack *pack;
	struct sink sink;
	struct err err;

	if (pack_new(1, 65536, &pack, &err) == -ENOSYS)
		skip();
	fill_up(&sink, path, pack, 1000, 0);
	size = sink.offset;
	assert_true(sink_step_back(&sink, SINK_STEP, &time));
	assert_int_equal(sink_put(&sink, &last, NULL), 0);
	assert_int_equal(sink_flush(&sink, NULL), 0);
	sink_cut(&sink);
	lift_limit();
	assert_true(sink.offset <= size);
	nr = 1200 - sink.nr_unwritten;
	assert_in_range(nr, 800, 999);
	assert_int_equal(time, 1000 + (nr - 1) * 37);
	assert_int_equal(sink_close(&sink, NULL), 0);
	size = read_file(path, buf, sizeof(buf));
	assert_int_equal(pack_open(buf, size, records, sizeof(records)),
			 (nr + 1) * 48);
	pack_free(pack);
}

/* Decodes the file and returns record @n of it. */
static struct blk_rec record_of(const char *path, unsigned int n,
				uint8_t *buf, size_t size)
{
	size_t len = read_file(path, buf, size), pos = 0;
	struct blk_rec rec = { 0 };

	for (unsigned int i = 0; i <= n; i++) {
		ssize_t r = blk_decode(buf + pos, len - pos, &rec, NULL);

		assert_true(r > 0);
		pos += (size_t)r;
	}
	return rec;
}

static void trace_numbers_names_and_places_losses(void **state)
{
	_cleanup_(freep) char *base = xasprintf("%s/sdx", (char *)*state);
	_cleanup_(freep) char *path = xasprintf("%s.blktrace.1", base);
	const struct dev dev = { .name = "sdx", .device = 0x800000 };
	struct tasks *tasks = tasks_new();
	const struct trace_options opts = {
		.dev = &dev, .base = base, .tasks = tasks,
		.cgroups = &no_cgroups,
		.buffer_size = 4096, .nr_cpus = 2, .version = 7,
	};
	struct ring_event ev = {
		.time = 100, .sector = 8, .action = 0x00110001, .bytes = 4096,
		.device = 0x800000, .pid = 12, .tgid = 4000000000u,
		.comm = "job",
		.error = 0xfffb,
	};
	uint8_t buf[8192];
	struct trace trace;
	struct blk_rec rec;
	struct note note;

	assert_int_equal(trace_open(&trace, &opts, NULL), 0);
	assert_int_equal(trace_event(&trace, 1, &ev, 0, NULL), 0);
	ev.time = 200;
	assert_int_equal(trace_event(&trace, 1, &ev, 5, NULL), 0);
	assert_int_equal(trace_nr_lost(&trace), 5);
	assert_int_equal(trace_lost(&trace, 1, 2, NOTE_LOSS_RING_FULL, true,
				    NULL), 0);
	assert_int_equal(trace_end(&trace, NULL, true, NULL), 0);
	assert_int_equal(trace.lanes[1].nr_events, 2);
	assert_int_equal(trace_nr_lost(&trace), 7);

	rec = record_of(path, 0, buf, sizeof(buf));
	assert_int_equal(rec.action, 0x04000000);
	assert_int_equal(rec.pid, 12);
	assert_memory_equal(rec.pdu, "job\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	rec = record_of(path, 1, buf, sizeof(buf));
	assert_int_equal(note_decode(&rec, &note), 0);
	assert_int_equal(note.id, NOTE_PROCESS);
	assert_int_equal(note.process.tid, 12);
	assert_int_equal(note.process.tgid, 4000000000u);
	rec = record_of(path, 2, buf, sizeof(buf));
	assert_int_equal(rec.sequence, 1);
	assert_int_equal(rec.error, 0xfffb);
	assert_int_equal(rec.cpu, 1);
	rec = record_of(path, 3, buf, sizeof(buf));
	assert_int_equal(note_decode(&rec, &note), 0);
	assert_int_equal(note.id, NOTE_LOSS);
	assert_int_equal(note.loss.count, 5);
	assert_int_equal(note.loss.cpu, 1);
	assert_int_equal(note.loss.from, 100);
	assert_int_equal(note.loss.to, 200);
	rec = record_of(path, 4, buf, sizeof(buf));
	assert_int_equal(rec.sequence, 7);
	rec = record_of(path, 5, buf, sizeof(buf));
	assert_int_equal(note_decode(&rec, &note), 0);
	assert_int_equal(note.loss.count, 2);
	rec = record_of(path, 6, buf, sizeof(buf));
	assert_int_equal(note_decode(&rec, &note), 0);
	assert_int_equal(note.id, NOTE_TOTAL);
	assert_int_equal(note.total.events, 2);
	assert_int_equal(note.total.lost, 7);
	trace_close(&trace);
	tasks_free(tasks);
}

/* As the memory of a flight recorder that somebody made up may have it. */
static void trace_refuses_a_long_payload(void **state)
{
	_cleanup_(freep) char *base = xasprintf("%s/long", (char *)*state);
	_cleanup_(freep) struct ring_event *ev = xcalloc(1, sizeof(*ev) + 8000);
	const struct dev dev = { .name = "sdx", .device = 0x800000 };
	struct tasks *tasks = tasks_new();
	const struct trace_options opts = {
		.dev = &dev, .base = base, .tasks = tasks,
		.cgroups = &no_cgroups, .cgroup = TRACE_CGROUP_FLAGS,
		.buffer_size = 4096, .nr_cpus = 1, .version = 7,
	};
	struct trace trace;

	*ev = (struct ring_event){ .time = 100, .action = 0x00110001,
				   .cgroup = 7, .pdu_len = 8000 };
	assert_int_equal(trace_open(&trace, &opts, NULL), 0);
	assert_int_equal(trace_event(&trace, 0, ev, 0, NULL), -EBADMSG);
	ev->pdu_len = RING_PDU_MAX;
	assert_int_equal(trace_event(&trace, 0, ev, 0, NULL), 0);
	assert_int_equal(trace_end(&trace, NULL, true, NULL), 0);
	trace_close(&trace);
	tasks_free(tasks);
}

/* FORMAT.md 4.11: notes without a number, of device 0; losses beside them. */
static void trace_of_kvm_has_notes(void **state)
{
	_cleanup_(freep) char *base = xasprintf("%s/kvm", (char *)*state);
	_cleanup_(freep) char *path = xasprintf("%s.blktrace.0", base);
	struct tasks *tasks = tasks_new();
	const struct trace_options opts = {
		.dev = &kvm_dev, .base = base, .tasks = tasks,
		.cgroups = &no_cgroups,
		.buffer_size = 4096, .nr_cpus = 1, .version = 7,
	};
	static const uint64_t values[] = { 0, 2, 0xfffffffc };
	uint8_t space[sizeof(struct ring_event) + sizeof(values)]
		__attribute__((aligned(8))) = { 0 };
	struct ring_event *ev = (void *)space;
	uint8_t buf[8192];
	struct trace trace;
	struct blk_rec rec;
	struct note note;

	*ev = (struct ring_event){
		.time = 100, .action = KVM_EV_USERSPACE_EXIT, .pid = 12,
		.tgid = 11, .device = RING_DEVICE_KVM, .comm = "vmm",
		.pdu_len = sizeof(values),
	};
	memcpy(ev->pdu, values, sizeof(values));
	assert_int_equal(trace_open(&trace, &opts, NULL), 0);
	assert_int_equal(trace_event(&trace, 0, ev, 3, NULL), 0);
	ev->action = KVM_EV_MAX;
	assert_int_equal(trace_event(&trace, 0, ev, 0, NULL), -EBADMSG);
	ev->action = KVM_EV_EXIT;	/* has more fields than that */
	assert_int_equal(trace_event(&trace, 0, ev, 0, NULL), -EBADMSG);
	assert_int_equal(trace_end(&trace, NULL, true, NULL), 0);
	assert_int_equal(trace_nr_lost(&trace), 3);

	rec = record_of(path, 0, buf, sizeof(buf));
	assert_int_equal(note_decode(&rec, &note), 0);
	assert_int_equal(note.id, NOTE_LOSS);
	assert_int_equal(note.loss.device, 0);
	assert_int_equal(note.loss.count, 3);
	rec = record_of(path, 3, buf, sizeof(buf));
	assert_int_equal(rec.sequence, 0);
	assert_int_equal(rec.device, 0);
	assert_int_equal(rec.pid, 12);
	assert_int_equal(rec.time, 100);
	assert_int_equal(note_decode(&rec, &note), 0);
	assert_int_equal(note.id, NOTE_KVM_USERSPACE_EXIT);
	assert_int_equal(note.kvm_userspace_exit.vm, 11);
	assert_int_equal(note.kvm_userspace_exit.reason, 2);
	assert_int_equal(note.kvm_userspace_exit.error, 0xfffffffc);
	trace_close(&trace);
	tasks_free(tasks);
}

static void trace_leaves_an_idle_cpu_an_empty_file(void **state)
{
	_cleanup_(freep) char *base = xasprintf("%s/idle", (char *)*state);
	_cleanup_(freep) char *path = xasprintf("%s.blktrace.1", base);
	const struct dev dev = { .name = "idle" };
	struct tasks *tasks = tasks_new();
	const struct trace_options opts = {
		.dev = &dev, .base = base, .tasks = tasks,
		.cgroups = &no_cgroups,
		.buffer_size = 4096, .nr_cpus = 2, .version = 7,
	};
	struct trace trace;
	uint8_t buf[16];

	assert_int_equal(trace_open(&trace, &opts, NULL), 0);
	assert_int_equal(trace_begin(&trace, 1, NULL, NULL), 0);
	assert_int_equal(trace_end(&trace, NULL, true, NULL), 0);
	assert_int_equal(read_file(path, buf, sizeof(buf)), 0);
	trace_close(&trace);
	tasks_free(tasks);
}

/* The LOSS notes of a file for want of room: their number, and what
 * they say of each CPU. */
static unsigned int read_unwritten(const char *path, uint64_t ret_count[2])
{
	uint8_t buf[65536];
	size_t len = read_file(path, buf, sizeof(buf)), pos = 0;
	unsigned int nr = 0;
	struct blk_rec rec;
	struct note note;
	ssize_t n;

	while ((n = blk_decode(buf + pos, len - pos, &rec, NULL)) > 0) {
		pos += (size_t)n;
		if (note_decode(&rec, &note) || note.id != NOTE_LOSS ||
		    note.loss.reason != NOTE_LOSS_UNWRITTEN)
			continue;
		assert_true(note.loss.cpu < 2);
		ret_count[note.loss.cpu] = note.loss.count;
		nr++;
	}
	assert_int_equal(pos, len);
	return nr;
}

/* The file of CPU 1 could not be begun: that of CPU 0 says it. */
static void trace_speaks_for_empty_files(void **state)
{
	_cleanup_(freep) char *base = xasprintf("%s/mute", (char *)*state);
	_cleanup_(freep) char *path = xasprintf("%s.blktrace.0", base);
	const struct rlimit none = { 0, RLIM_INFINITY };
	const struct dev dev = { .name = "mute", .device = 7, .sectors = 99 };
	const struct ring_event ev = { .time = 5, .device = 7, .pid = 3 };
	struct tasks *tasks = tasks_new();
	const struct trace_options opts = {
		.dev = &dev, .base = base, .tasks = tasks,
		.cgroups = &no_cgroups,
		.buffer_size = 4096, .nr_cpus = 2, .version = 7,
	};
	uint64_t count[2] = { 0 };
	struct trace trace;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(trace_open(&trace, &opts, NULL), 0);
	assert_int_equal(trace_begin(&trace, 1, NULL, NULL), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(trace_event(&trace, 0, &ev, 0, NULL), 0);
	assert_int_equal(trace_flush(&trace, NULL), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(trace_event(&trace, 1, &ev, 0, NULL), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(trace_flush(&trace, NULL), -EFBIG);
	lift_limit();
	trace.lanes[1].own.error = -ENOSPC;
	assert_int_equal(trace_end(&trace, NULL, true, NULL), -ENOSPC);
	assert_int_equal(trace_nr_unwritten(&trace, 1), 20);
	assert_int_equal(read_unwritten(path, count), 1);
	assert_int_equal(count[1], 20);
	trace_close(&trace);
	tasks_free(tasks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_lists_up_to_the_head),
		cmocka_unit_test(ring_waits_for_an_unfinished_event),
		cmocka_unit_test(lot_sorts_and_keeps_the_young),
		cmocka_unit_test(tasks_are_named_once),
		cmocka_unit_test(tasks_know_who_they_are),
		cmocka_unit_test(tasks_are_found_by_number),
		cmocka_unit_test(tasks_are_found_in_proc),
		cmocka_unit_test(sink_keeps_whole_records),
		cmocka_unit_test(sink_puts_a_note_in_place_of_the_last),
		cmocka_unit_test(sink_undoes_a_step),
		cmocka_unit_test(sink_repacks_the_last_frame),
		cmocka_unit_test(sink_names_what_it_cannot_create),
		cmocka_unit_test(trace_numbers_names_and_places_losses),
		cmocka_unit_test(trace_refuses_a_long_payload),
		cmocka_unit_test(trace_of_kvm_has_notes),
		cmocka_unit_test(trace_leaves_an_idle_cpu_an_empty_file),
		cmocka_unit_test(trace_speaks_for_empty_files),
	};

	return cmocka_run_group_tests_name("record", tests, make_dir,
					   remove_dir);
}
