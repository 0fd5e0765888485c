/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The process that reads the kernel's counts and keeps the text of them.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "src/analyze/meter.h"
#include "src/base/cleanup.h"
#include "src/base/newfile.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/metrics.h"
#include "src/record/cgroups.h"
#include "src/record/topcount.h"
#include "src/record/vms.h"

#define NS_PER_MS   UINT64_C(1000000)
#define FRESH_NS    UINT64_C(1000000000) /* a text is not asked for again */
#define NAMES_MAX   16384		 /* remembered; then anew */
#define VMS_NS	    UINT64_C(60000000000) /* a process id is another one */

struct collector {
	const struct metrics_collect *c;
	struct topcount *tc;
	struct meter meter;
	struct cgroups cgroups;
	struct labels names;	 /* of what follows */
	struct map64 cgroup_names; /* id -> label */
	struct map64 device_names; /* number -> label, for one look */
	struct map64 vm_names;	 /* process id -> label + 1 */
	uint64_t vms_since;	 /* ns */
	struct map64 disks;	 /* that fit a pattern, for one look */
	struct meter_about about;
	struct meter_trace traces[METRICS_TRACES_MAX];
	char *text;		 /* of the last look; owned */
	size_t len;
	uint64_t looked;	 /* ns: when that was */
	int server;		 /* -1 = none, or it is gone */
	bool has_failed;	 /* the file was not written last time */
	bool is_unserved;	 /* the server ended before the recorder */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) +
	       (uint64_t)ts.tv_nsec;
}

/* ---- names ---- */

static const char *device_name(struct collector *k, uint32_t device)
{
	uint64_t *label = map64_put(&k->device_names, device);
	struct dev dev;

	if (*label)
		return labels_text(&k->names, (uint32_t)*label);
	if (dev_find_number("/sys", "", device, &dev, NULL))
		(void)snprintf(dev.name, sizeof(dev.name), "%u:%u",
			       device >> 20, device & 0xfffff);
	*label = labels_add(&k->names, dev.name, strlen(dev.name));
	return labels_text(&k->names, (uint32_t)*label);
}

/* An id is never given twice. */
static const char *cgroup_name(struct collector *k, uint64_t id)
{
	uint64_t *label = id ? map64_put(&k->cgroup_names, id) : NULL;
	char path[CGROUPS_PATH_MAX];

	if (!label)
		return "";
	if (!*label) {
		cgroups_path(&k->cgroups, id, path, sizeof(path));
		if (!*path)	/* it is gone */
			return "";
		*label = labels_add(&k->names, path, strlen(path));
	}
	return labels_text(&k->names, (uint32_t)*label);
}

/* Machines that run now; those that have ended keep their names for a while. */
static void find_vms(struct collector *k)
{
	_cleanup_(freep) struct vms_vm *vms = NULL;
	size_t nr = vms_list("/proc", &vms);

	for (size_t i = 0; i < nr; i++)
		*map64_put(&k->vm_names, vms[i].pid) =
			1 + labels_add(&k->names, vms[i].name,
				       strlen(vms[i].name));
}

/* @has_looked: for VMs, in this look at the counts. */
static const char *vm_name(struct collector *k, uint32_t tgid,
			   bool *has_looked)
{
	const uint64_t *label = tgid ? map64_get(&k->vm_names, tgid) : NULL;

	if (!tgid)
		return "";
	if (!label && !*has_looked) {
		find_vms(k);
		*has_looked = true;
		label = map64_get(&k->vm_names, tgid);
	}
	if (!label)
		*map64_put(&k->vm_names, tgid) = 1;	/* none */
	return label ? labels_text(&k->names, (uint32_t)*label - 1) : "";
}

static void forget_names(struct collector *k, uint64_t now)
{
	map64_release(&k->device_names);
	if (now - k->vms_since >= VMS_NS) {
		map64_release(&k->vm_names);
		k->vms_since = now;
	}
	if (k->names.nr < NAMES_MAX && k->cgroup_names.nr < NAMES_MAX)
		return;
	labels_release(&k->names);
	map64_release(&k->cgroup_names);
	map64_release(&k->vm_names);
}

/* What an operation is called: of REQ_OP_* (include/linux/blk_types.h, 5.8 to
 * 6.18), and as exports call it. */
static enum life_op op_of(const struct top_row *row)
{
	static const uint8_t ops[] = {
		[0] = LIFE_READ, [1] = LIFE_WRITE, [2] = LIFE_FLUSH,
		[3] = LIFE_DISCARD, [5] = LIFE_DISCARD, /* secure erase */
		[7] = LIFE_WRITE, /* zone append, since 6.6 */
		[9] = LIFE_ZEROES,
		[10] = LIFE_ZONE, [11] = LIFE_ZONE, [12] = LIFE_ZONE,
		[13] = LIFE_ZONE, [15] = LIFE_ZONE, [17] = LIFE_ZONE,
		/* SCSI_IN, SCSI_OUT before 5.14; DRV_IN, DRV_OUT */
		[32] = LIFE_PASSTHROUGH, [33] = LIFE_PASSTHROUGH,
		[34] = LIFE_PASSTHROUGH, [35] = LIFE_PASSTHROUGH,
	};
	uint32_t op = row->op - 1;

	if (!row->op || op >= ARRAY_SIZE(ops) || (op && !ops[op]))
		return LIFE_OP_MAX;
	return (enum life_op)ops[op];
}

/* ---- a look ---- */

static void add_disk(void *data, const char *name, uint32_t device,
		     uint64_t sectors)
{
	(void)name;
	(void)sectors;
	*map64_put(data, device) = 1;
}

static void find_disks(struct collector *k)
{
	const struct metrics_collect *c = k->c;

	map64_release(&k->disks);
	for (size_t i = 0; i < c->nr_disks; i++)
		*map64_put(&k->disks, c->disks[i]) = 1;
	if (c->nr_patterns)
		dev_scan("/sys", c->patterns, c->nr_patterns, add_disk,
			 &k->disks);
}

static bool is_wanted(const struct collector *k, const struct top_row *row)
{
	return (!k->c->nr_disks && !k->c->nr_patterns) || row->is_others ||
	       map64_get(&k->disks, row->device);
}

static void copy_traces(struct collector *k)
{
	const struct metrics_shared *s = k->c->shared;
	size_t nr = __atomic_load_n(&s->nr, __ATOMIC_ACQUIRE);

	for (size_t i = 0; i < nr; i++) {
		const struct metrics_trace *t = &s->traces[i];

		k->traces[i] = (struct meter_trace){
			.device = t->device,
			.events = __atomic_load_n(&t->events,
						  __ATOMIC_RELAXED),
			.bytes = __atomic_load_n(&t->bytes, __ATOMIC_RELAXED),
			.lost = __atomic_load_n(&t->lost, __ATOMIC_RELAXED),
			.unwritten = __atomic_load_n(&t->unwritten,
						     __ATOMIC_RELAXED),
		};
	}
	k->about.traces = k->traces;
	k->about.nr_traces = nr;
}

static void add_rows(struct collector *k, const struct topcount_snapshot *snap)
{
	bool has_looked = false;

	for (size_t i = 0; i < snap->nr; i++) {
		const struct top_row *row = &snap->parts[i];

		if (!is_wanted(k, row) || (!top_ios(row) && !row->in_flight &&
					   !top_bytes(row)))
			continue;
		meter_add(&k->meter, &(struct meter_who){
			.device = row->is_others ? "other" :
						   device_name(k, row->device),
			.cgroup = cgroup_name(k, row->cgroup),
			.vm = vm_name(k, row->tgid, &has_looked),
			.op = op_of(row),
		}, row);
	}
	k->about.missed += snap->missed;
	k->about.no_slot += snap->no_slot;
}

/* The counts of now as text. */
static int look(struct collector *k, struct err *err)
{
	struct topcount_snapshot snap;
	int r = topcount_read(k->tc, &snap, err);
	FILE *f;

	if (r)
		return r;
	k->looked = now_ns();
	forget_names(k, k->looked);
	find_disks(k);
	copy_traces(k);
	meter_begin(&k->meter, k->looked);
	add_rows(k, &snap);
	free(TAKE_PTR(k->text));
	f = open_memstream(&k->text, &k->len);
	if (!f)
		return err_set_errno(err, -errno, "the text of metrics");
	meter_write(&k->meter, &k->about, f);
	if (fclose(f) || k->len > METRICS_TEXT_MAX)
		return err_set(err, -E2BIG, "the text of metrics: %zu bytes"
			       " and no memory for more", k->len);
	return 0;
}

/* ---- where it goes ---- */

static int write_file(const struct collector *k, struct err *err)
{
	_cleanup_(newfile_release) struct newfile file = { 0 };
	int r = newfile_open(&file, k->c->file, err);

	if (r)
		return r;
	(void)fwrite(k->text, 1, k->len, file.stream);
	return newfile_commit(&file, err);
}

/* A full disk is told once; the next text may fit again. */
static void keep_file(struct collector *k)
{
	struct err err = { 0 };
	bool had_failed = k->has_failed;

	if (!k->c->file)
		return;
	k->has_failed = write_file(k, &err) != 0;
	if (k->has_failed && !had_failed)
		cmd_error("--metrics: %s", err.text);
}

static int send_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EPIPE;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static bool is_over(const struct collector *k)
{
	struct pollfd fd = { .fd = k->c->control, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

/* A server that is gone, or does not take it, gets no more.  At the end of all
 * it may be gone first. */
static int answer(struct collector *k, struct err *err)
{
	struct metrics_answer head;
	char byte;
	int r = 0;

	if (recv(k->server, &byte, 1, 0) == 1) {
		if (!k->text || now_ns() - k->looked >= FRESH_NS)
			r = look(k, err);
		if (r)
			return r;
		head.len = (uint32_t)k->len;
		if (!send_all(k->server, &head, sizeof(head)) &&
		    !send_all(k->server, k->text, k->len))
			return 0;
	}
	(void)close(k->server);
	k->server = -1;
	if (is_over(k))
		return 0;
	cmd_error("--listen: the server ended; nothing is served any more");
	k->is_unserved = true;
	return 0;
}

static int run(struct collector *k, struct err *err)
{
	const uint64_t period = k->c->period_ns;
	uint64_t next = now_ns();
	int r = 0;

	/* without a file, nobody gets the counts when there is no server */
	while (!r && (k->c->file || !k->is_unserved)) {
		struct pollfd fds[] = {
			{ .fd = k->c->control, .events = POLLIN },
			{ .fd = k->server, .events = POLLIN },
		};
		uint64_t now = now_ns();

		if (now >= next) {
			r = look(k, err);
			if (!r)
				keep_file(k);
			next = now + period;
			continue;
		}
		if (poll(fds, 2, (int)((next - now) / NS_PER_MS) + 1) <= 0)
			continue;
		if (fds[0].revents)
			break;
		if (fds[1].revents)
			r = answer(k, err);
	}
	/* what happened last is in the file as well */
	if (!r)
		r = look(k, err);
	if (!r)
		keep_file(k);
	return r;
}

static int open_counts(struct collector *k, struct err *err)
{
	const struct metrics_collect *c = k->c;
	struct topcount_options o = { .has_ops = true };

	/* more of them are told apart here */
	if (!c->nr_patterns && c->nr_disks <= TOP_DEVICES) {
		memcpy(o.devices, c->disks, c->nr_disks * sizeof(*c->disks));
		o.nr_devices = c->nr_disks;
	}
	return topcount_open(&o, &k->tc, err);
}

int metrics_collect(const struct metrics_collect *c)
{
	struct collector *k = xcalloc(1, sizeof(*k));
	struct err err = { 0 };
	bool has_failed;
	int r;

	k->c = c;
	k->server = c->server;
	k->vms_since = now_ns();
	r = open_counts(k, &err);
	cgroups_open(&k->cgroups);
	if (!r)
		r = topcount_drop_rights(k->tc, &err);
	if (!r && write(c->ready, "", 1) != 1)
		r = err_set_errno(&err, -errno, "a pipe");
	if (!r)
		r = run(k, &err);
	if (r)
		cmd_error("--metrics, --listen: %s", err.text);
	has_failed = k->has_failed || k->is_unserved;
	cgroups_close(&k->cgroups);
	topcount_free(k->tc);
	meter_release(&k->meter);
	labels_release(&k->names);
	map64_release(&k->cgroup_names);
	map64_release(&k->device_names);
	map64_release(&k->vm_names);
	map64_release(&k->disks);
	free(k->text);
	free(k);
	return r || has_failed ? CMD_FAILED : CMD_OK;
}
