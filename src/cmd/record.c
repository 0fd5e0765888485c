/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape record: the options of blktrace, and a command to run under it.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/record_child.h"
#include "src/cmd/record_devices.h"
#include "src/cmd/record_options.h"
#include "src/cmd/record_report.h"
#include "src/cmd/record_warn.h"
#include "src/record/kvm.h"
#include "src/record/virtio.h"
#include "src/record/vms.h"
#include "src/record/recorder.h"
#include "src/record/rights.h"

#define POLL_MS		10
#define IDLE_POLL_MS	100	/* without a recorder */
#define SAME_SIGNAL_MS	100

static int make_dir(const char *dir, struct err *err)
{
	struct stat st;

	if (!dir || !mkdir(dir, 0777))
		return 0;
	if (errno != EEXIST)
		return err_set_errno(err, -errno, "%s: cannot create", dir);
	if (!stat(dir, &st) && !S_ISDIR(st.st_mode))
		return err_set_errno(err, -ENOTDIR, "%s", dir);
	return 0;
}

/*
 * A recorder that waits for a CPU loses events, and it is when all CPUs are
 * busy with I/O that there are most of them.  It needs little time itself.
 * Where this is not allowed, it goes on as it is.  Its command is not raised.
 */
static void raise_priority(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param))
		(void)setpriority(PRIO_PROCESS, 0, -20);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* What is there to be read; false if nothing is counted any more. */
static bool poll_once(struct recorder *rec, struct record_options *o, int wait,
		      int *ret_r, struct err *err)
{
	if (!rec) {
		(void)poll(NULL, 0, wait);
		return record_metrics_poll(&o->metrics, NULL);
	}
	*ret_r = recorder_poll(rec, wait, err);
	if (!*ret_r)
		record_flight_poll(&o->flight, rec);
	(void)record_metrics_poll(&o->metrics, rec);
	return true;
}

/*
 * Records until a signal comes, the time is over, or the command has ended.
 * A signal goes to the command first; a second one ends the recording.  One
 * more ends the program, which may hang in a write.  @rec: NULL = there is no
 * trace.
 */
static int run(struct recorder *rec, struct record_options *o, pid_t pid,
	       int *ret_status, struct err *err)
{
	uint64_t end = o->duration_ms ? now_ms() + o->duration_ms : UINT64_MAX;
	bool is_told = false;
	uint64_t told = 0;	/* ms; the command, just now */
	int r = 0;

	while (!r && !(rec && recorder_over(rec))) {
		uint64_t now = now_ms();
		int wait = rec ? POLL_MS : IDLE_POLL_MS;

		if (cmd_signal && (pid <= 0 || is_told))
			break;
		if (cmd_signal) {
			child_signal(pid, cmd_signal);
			is_told = true;
			told = now;
			cmd_signal = 0;
		}
		/* not before the twin of that signal has come, timeout(1) */
		if (told && now - told > SAME_SIGNAL_MS) {
			told = 0;
			cmd_catch_signals_once();
		}
		if (now >= end || child_has_ended(pid, ret_status))
			break;
		if (end - now < (uint64_t)wait)
			wait = (int)(end - now);
		if (!poll_once(rec, o, wait, &r, err))
			break;
	}
	return r;
}

/*
 * What is still needed once the programs are attached: a path for the id of a
 * cgroup is had by a file handle (open_by_handle_at(2)), and a command may
 * have another user.
 */
static uint64_t needed_rights(const struct record_options *o)
{
	return (o->cgroup ? RIGHTS_DAC_READ_SEARCH : 0) |
	       (o->command ? RIGHTS_KILL : 0);
}

static int record(struct record_options *o, uint32_t vm,
		  const struct record_devices *d)
{
	bool is_stream = record_options_is_stream(o);
	struct recorder_options ro = {
		.devs = d->devs,
		.nr_devs = d->nr,
		.patterns = d->patterns,
		.nr_patterns = d->nr_patterns,
		.dir = o->dir,
		.name = o->name,
		.stream_fd = is_stream ? STDOUT_FILENO : -1,
		.act_mask = o->mask ? o->mask : BLK_TC_ALL_V7,
		.version = o->version ? o->version : BLK_IO_TRACE_VERSION,
		.cgroup = o->cgroup,
		.has_cmdline = !o->no_cmdline,
		.kvm = o->kvm,
		.compress = o->files.compress,
		.parts = o->files.parts,
		.flight_ns = o->flight.ns,
		.flight_bytes = o->flight.bytes,
		.triggers = o->flight.triggers,
		.nr_triggers = o->flight.nr_triggers,
		.filter = &o->filter,
		.duration_ns = o->duration_ms * UINT64_C(1000000),
		.vm = vm,
		.virtio = o->has_virtio ? &o->virtio : NULL,
		.ring_size = record_options_ring_size(o),
	};
	struct recorder *rec = NULL;
	struct err err = { 0 };
	int status = CMD_OK, r, e;
	bool has_started;
	pid_t pid = -1;

	status = record_metrics_start(&o->metrics, d);
	if (status)
		return status;
	r = recorder_new(&ro, &rec, &err);
	if (r) {
		(void)record_metrics_stop(&o->metrics, NULL);
		return cmd_fail(&err);
	}
	if (!is_stream && !record_flight_is_on(&o->flight))
		record_warn_own_device(recorder_dir(rec), d->devs, d->nr);
	cmd_catch_signals_once();
	record_flight_begin(&o->flight, rec);
	r = recorder_start(rec, &err);
	has_started = !r;
	if (!r && o->kvm)
		record_print_missing_kvm(rec, o);
	if (!r && o->has_virtio)
		record_print_missing_virtio(rec);
	if (!r && o->command)
		r = child_start(o->command, &pid, &err);
	raise_priority();
	if (!r)
		r = recorder_drop_rights(rec, needed_rights(o), &err);
	if (!r)
		r = run(rec, o, pid, &status, &err);
	child_stop(pid);
	e = recorder_stop(rec, r ? NULL : &err);
	r = r ? r : e;
	if (has_started && record_flight_is_on(&o->flight) &&
	    !record_flight_end(&o->flight, rec))
		status = CMD_FAILED;
	if (!is_stream)
		record_print_summary(rec);
	if (record_print_losses(rec) && !status)
		status = CMD_LOSS;
	if (has_started && !recorder_nr_traces(rec)) {
		cmd_error("%s: no disk came that fits", d->patterns[0]);
		status = CMD_FAILED;
	}
	/* last: it waits, and may fail, for what is no part of the trace */
	if (!record_metrics_stop(&o->metrics, rec))
		status = CMD_FAILED;
	if (r)
		status = cmd_fail(&err);
	recorder_free(rec);
	return status;
}

/* A VMM that has not made its VM yet is waited for. */
static void say_no_vm(uint32_t vm)
{
	char name[VMNAME_MAX];

	if (!vm || !vms_is_none("/proc", vm))
		return;
	vms_name("/proc", vm, name);
	cmd_error("--vm %" PRIu32 ": this process (%s) has no virtual machine"
		  " now: nothing of KVM is recorded until it makes one", vm,
		  name);
}

/* --no-trace: other processes count, and this one waits. */
static int count(struct record_options *o, const struct record_devices *d)
{
	struct err err = { 0 };
	int status = record_metrics_start(&o->metrics, d), r = 0;
	pid_t pid = -1;

	if (status)
		return status;
	cmd_catch_signals_once();
	if (o->command)
		r = child_start(o->command, &pid, &err);
	if (!r)
		r = rights_drop(needed_rights(o), &err);
	if (!r)
		r = run(NULL, o, pid, &status, &err);
	child_stop(pid);
	if (!record_metrics_stop(&o->metrics, NULL) && !status)
		status = CMD_FAILED;
	return r ? cmd_fail(&err) : status;
}

static int find_and_record(struct record_options *o)
{
	struct record_devices d;
	struct err err = { 0 };
	uint32_t vm = 0;
	int r = record_devices_find(&d, o->paths, o->nr_paths, &err);

	if (!r && o->vm)
		r = vms_find("/proc", o->vm, &vm, &err);
	if (!r)
		say_no_vm(vm);
	if (!r)
		r = make_dir(o->dir, &err);
	if (!r && o->kvm)
		d.devs[d.nr++] = kvm_dev;
	if (!r && o->has_virtio)
		d.devs[d.nr++] = virtio_dev;
	if (!r && d.nr_patterns && !d.nr)
		cmd_error("%s: no disk fits yet", d.patterns[0]);
	if (r)
		r = cmd_fail(&err);
	else
		r = o->metrics.no_trace ? count(o, &d) : record(o, vm, &d);
	record_devices_release(&d);
	return r;
}

static int recover(const struct record_options *o)
{
	const struct recorder_options ro = {
		.dir = o->dir,
		.name = o->name,
		.stream_fd = -1,
		.compress = o->files.compress,
	};
	struct err err;

	if (make_dir(o->dir, &err))
		return cmd_fail(&err);
	return record_flight_recover(&o->flight, &ro);
}

int record_main(int argc, char **argv)
{
	struct record_options o;
	int status = record_options_parse(&o, argc, argv);

	/* ignored by who started this one, no process could be waited for */
	(void)signal(SIGCHLD, SIG_DFL);
	if (!status)
		status = o.flight.recover ? recover(&o) : find_and_record(&o);
	record_options_release(&o);
	return status;
}
