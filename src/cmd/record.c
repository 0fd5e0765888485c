/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape record: the options of blktrace, and a command to run under it.
 */
#include "config.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/record/kvm.h"
#include "src/record/recorder.h"
#include "src/record/rights.h"

#define POLL_MS		10
#define BUFFER_KIB_MAX	16384	/* as blktrace */
#define BUFFERS_MAX	65536
#define RING_BYTES_MAX	(UINT64_C(1) << 30)

struct options {
	char **paths;		/* of devices; owned */
	size_t nr_paths;
	size_t cap_paths;
	char **command;		/* borrowed from argv; NULL = none */
	const char *name;
	const char *dir;
	uint32_t mask;		/* BLK_TC_*; 0 = all */
	unsigned long buffer_kib;	/* 0 = default */
	unsigned long nr_buffers;	/* 0 = default */
	unsigned long seconds;	/* 0 = until a signal comes */
	unsigned int version;	/* of the records; 0 = 7 */
	uint32_t kvm;		/* tracepoints of KVM: src/record/kvm.h */
	bool is_kvm_all;	/* they were not named */
	enum trace_cgroup cgroup;
	bool no_cmdline;
};

/* Options that have a long name only. */
enum {
	OPT_CGROUP = 0x100,
	OPT_FORMAT,
	OPT_KVM,
	OPT_NO_CMDLINE,
};

static const struct argp_option option_table[] = {
	{ "dev", 'd', "DEVICE", 0, "record this device: a disk, a partition,"
	  " a dm, md or loop device; repeatable", 0 },
	{ "input-devs", 'I', "FILE", 0, "record the devices that FILE lists,"
	  " one a line", 0 },
	{ "output", 'o', "NAME", 0, "name of the files; \"-\": one stream to"
	  " standard output [the device's name]", 0 },
	{ "output-dir", 'D', "DIR", 0, "put the files there [.]", 0 },
	{ "stopwatch", 'w', "SECONDS", 0, "stop after that time", 0 },
	{ "act-mask", 'a', "NAME", 0, "record this category; repeatable"
	  " [all]", 0 },
	{ "set-mask", 'A', "HEX", 0, "record the categories of this mask"
	  " [ffff]", 0 },
	{ "buffer-size", 'b', "KIB", 0, "size of a buffer [512]", 0 },
	{ "num-sub-buffers", 'n', "NUMBER", 0, "buffers for each CPU [16]",
	  0 },
	{ "relay", 'r', "PATH", 0, "accepted for blktrace's sake: no debugfs"
	  " is needed", 0 },
	{ "cgroup", OPT_CGROUP, "HOW", OPTION_ARG_OPTIONAL, "record the cgroup"
	  " that each I/O is charged to: in \"notes\" [the default], which"
	  " every tool skips, or in \"flags\" as blktrace's option blk_cgroup"
	  " does it", 0 },
	{ "format", OPT_FORMAT, "VERSION", 0, "of the records: v7 [the"
	  " default], or v8, which tells zone operations and write-zeroes"
	  " apart", 0 },
	{ "kvm", OPT_KVM, "EVENT,...", OPTION_ARG_OPTIONAL, "record these"
	  " tracepoints of KVM [all], into NAME.kvm.blktrace.N; no DEVICE is"
	  " needed then", 0 },
	{ "no-cmdline", OPT_NO_CMDLINE, NULL, 0, "leave the command lines of"
	  " processes out of the trace", 0 },
	{ "version", 'v', NULL, 0, "print the version", 0 },
	{ NULL, 'V', NULL, OPTION_ALIAS, NULL, 0 },
	{ 0 },
};

static void add_path(struct options *o, const char *path)
{
	o->paths = xgrow(o->paths, o->nr_paths, &o->cap_paths,
			 sizeof(*o->paths));
	o->paths[o->nr_paths++] = xstrdup(path);
}

static void add_paths_of(struct options *o, const char *list,
			 const struct argp_state *state)
{
	_cleanup_(fclosep) FILE *f = fopen(list, "re");
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;

	if (!f)
		argp_failure(state, CMD_FAILED, errno, "-I %s", list);
	while (f && getline(&line, &size, f) > 0) {
		char *p = line + strspn(line, " \t");

		p[strcspn(p, " \t\n")] = '\0';
		if (*p && *p != '#')
			add_path(o, p);
	}
	if (f && ferror(f))
		argp_failure(state, CMD_FAILED, errno, "-I %s", list);
}

static unsigned long parse_number(const char *arg, char letter,
				  unsigned long max,
				  const struct argp_state *state)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(arg, &end, 10);
	if (errno || !isdigit((unsigned char)*arg) || *end || !v || v > max)
		argp_error(state, "-%c %s: a number from 1 to %lu is wanted",
			   letter, arg, max);
	return v;
}

static void add_mask(struct options *o, const char *name,
		     const struct argp_state *state)
{
	uint32_t mask;

	if (blk_mask_from_name(name, &mask)) {
		argp_error(state, "-a %s: there is no such category", name);
		return;
	}
	o->mask |= mask;
}

static void set_cgroup(struct options *o, const char *how,
		       const struct argp_state *state)
{
	if (!how || !strcmp(how, "notes"))
		o->cgroup = TRACE_CGROUP_NOTES;
	else if (!strcmp(how, "flags"))
		o->cgroup = TRACE_CGROUP_FLAGS;
	else
		argp_error(state, "--cgroup=%s: \"notes\" or \"flags\" is"
			   " wanted", how);
}

static void set_format(struct options *o, const char *version,
		       const struct argp_state *state)
{
	if (!strcmp(version, "v7"))
		o->version = BLK_IO_TRACE_VERSION;
	else if (!strcmp(version, "v8"))
		o->version = BLK_IO_TRACE2_VERSION;
	else
		argp_error(state, "--format %s: v7 or v8 is wanted", version);
}

static void add_kvm(struct options *o, const char *list,
		    const struct argp_state *state)
{
	if (!list) {
		o->kvm = KVM_ALL;
		o->is_kvm_all = true;
		return;
	}
	while (*list) {
		size_t len = strcspn(list, ",");
		uint32_t bit = kvm_find(list, len);

		if (!bit)
			argp_error(state, "--kvm=%.*s: there is no such event",
				   (int)len, list);
		o->kvm |= bit;
		list += len;
		list += *list == ',';
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'd':
		add_path(o, arg);
		break;
	case 'I':
		add_paths_of(o, arg, state);
		break;
	case 'o':
		o->name = arg;
		break;
	case 'D':
		o->dir = arg;
		break;
	case 'w':
		o->seconds = parse_number(arg, 'w', UINT32_MAX, state);
		break;
	case 'a':
		add_mask(o, arg, state);
		break;
	case 'A':
		if (blk_mask_from_hex(arg, &o->mask))
			argp_error(state, "-A %s: a hexadecimal number from"
				   " 1 to ffff is wanted", arg);
		break;
	case 'b':
		o->buffer_kib = parse_number(arg, 'b', BUFFER_KIB_MAX, state);
		break;
	case 'n':
		o->nr_buffers = parse_number(arg, 'n', BUFFERS_MAX, state);
		break;
	case 'r':
		break;
	case OPT_CGROUP:
		set_cgroup(o, arg, state);
		break;
	case OPT_FORMAT:
		set_format(o, arg, state);
		break;
	case OPT_KVM:
		add_kvm(o, arg, state);
		break;
	case OPT_NO_CMDLINE:
		o->no_cmdline = true;
		break;
	case 'v':
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_ARG:
		if (state->quoted && state->next > state->quoted) {
			o->command = &state->argv[state->next - 1];
			state->next = state->argc;
		} else {
			add_path(o, arg);
		}
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int find_devices(const struct options *o, struct dev *devs,
			size_t *ret_nr, struct err *err)
{
	size_t nr = 0;

	for (size_t i = 0; i < o->nr_paths; i++) {
		int r = dev_find("/sys", o->paths[i], &devs[nr], err);
		size_t k = 0;

		if (r)
			return r;
		while (k < nr && devs[k].device != devs[nr].device)
			k++;
		if (k == nr)
			nr++;
	}
	*ret_nr = nr;
	return 0;
}

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

/* Starts the command.  0, or a negative errno. */
static int start_command(char **command, pid_t *ret_pid, struct err *err)
{
	int pipefd[2], code = 0;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return err_set_errno(err, -errno, "pipe");
	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		(void)signal(SIGPIPE, SIG_DFL);
		(void)execvp(command[0], command);
		code = errno;
		(void)!write(pipefd[1], &code, sizeof(code));
		_exit(127);
	}
	(void)close(pipefd[1]);
	if (pid > 0 && read(pipefd[0], &code, sizeof(code)) > 0)
		(void)waitpid(pid, NULL, 0);
	else if (pid < 0)
		code = errno;
	(void)close(pipefd[0]);
	if (code)
		return err_set_errno(err, -code, "cannot run %s", command[0]);
	*ret_pid = pid;
	return 0;
}

/* True once the command has ended; its status as a shell gives it. */
static bool has_ended(pid_t pid, int *ret_status)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					    WEXITSTATUS(status);
	return true;
}

/* The recording is over, but the command may not be: it is told so. */
static void stop_command(pid_t pid)
{
	if (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0)
		(void)kill(pid, SIGTERM);
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

/* Ctrl-C reaches the command too, from the terminal: once is enough. */
static bool is_from_terminal(int sig)
{
	return sig == SIGINT && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/*
 * Records until a signal comes, the time is over, or the command has ended.
 * A signal goes to the command first; a second one ends the recording.
 */
static int run(struct recorder *rec, const struct options *o, pid_t pid,
	       int *ret_status, struct err *err)
{
	uint64_t end = o->seconds ? now_ms() + o->seconds * 1000 : UINT64_MAX;
	bool is_told = false;
	int r = 0;

	while (!r) {
		uint64_t now = now_ms();
		int wait = POLL_MS;

		if (cmd_signal && (pid <= 0 || is_told))
			break;
		if (cmd_signal) {
			if (!is_from_terminal(cmd_signal))
				(void)kill(pid, cmd_signal);
			is_told = true;
			cmd_signal = 0;
		}
		if (now >= end || (pid > 0 && has_ended(pid, ret_status)))
			break;
		if (end - now < POLL_MS)
			wait = (int)(end - now);
		r = recorder_poll(rec, wait, err);
	}
	return r;
}

/* blktrace's summary, with counts that are exact. */
static void print_summary(const struct recorder *rec, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct trace *t = recorder_trace(rec, i);
		uint64_t events = 0, bytes = 0;

		(void)printf("=== %s ===\n", t->dev.name);
		for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
			const struct lane *l = &t->lanes[cpu];

			(void)printf("  CPU%3u: %20" PRIu64 " events, %8"
				     PRIu64 " KiB data\n", cpu, l->nr_events,
				     (l->nr_bytes + 1023) >> 10);
			events += l->nr_events;
			bytes += l->nr_bytes;
		}
		(void)printf("  Total:  %20" PRIu64 " events (dropped %" PRIu64
			     "), %8" PRIu64 " KiB data\n", events,
			     trace_nr_lost(t), (bytes + 1023) >> 10);
	}
}

/* Says what was lost, a line for each device and CPU.  True if anything. */
static bool print_losses(const struct recorder *rec, size_t nr)
{
	bool is_lost = false;

	for (size_t i = 0; i < nr; i++) {
		const struct trace *t = recorder_trace(rec, i);

		for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
			const struct lane *l = &t->lanes[cpu];

			if (!l->nr_lost)
				continue;
			is_lost = true;
			cmd_error("%s: CPU %u lost %" PRIu64 " of %" PRIu64
				  " events; larger buffers (-b, -n) help",
				  t->dev.name, cpu, l->nr_lost,
				  l->nr_lost + l->nr_events);
		}
		if (t->nr_unplaced) {
			is_lost = true;
			cmd_error("%s: the kernel skipped %" PRIu64 " events"
				  " of all devices: %s", t->dev.name,
				  t->nr_unplaced,
				  note_loss_text(NOTE_LOSS_RECURSION));
		}
	}
	return is_lost;
}

/* Says what of KVM cannot be recorded here, if it was asked for by name. */
static void print_missing_kvm(const struct recorder *rec,
			      const struct options *o)
{
	struct err why = { 0 };
	uint32_t kvm = recorder_kvm(rec, &why);

	if (why.code)
		cmd_error("%s", why.text);
	for (unsigned int i = 0; i < KVM_EV_MAX && !o->is_kvm_all; i++)
		if (o->kvm & ~kvm & 1u << i)
			cmd_error("%s is not recorded: this kernel does not"
				  " have it, or not as iotape knows it",
				  kvm_name((enum cfg_kvm)i));
}

/*
 * What is still needed once the programs are attached: a path for the id of a
 * cgroup is had by a file handle (open_by_handle_at(2)), and a command may
 * have another user.
 */
static uint64_t needed_rights(const struct options *o)
{
	return (o->cgroup ? RIGHTS_DAC_READ_SEARCH : 0) |
	       (o->command ? RIGHTS_KILL : 0);
}

static int record(const struct options *o, const struct dev *devs,
		  size_t nr_devs)
{
	bool is_stream = o->name && !strcmp(o->name, "-");
	struct recorder_options ro = {
		.devs = devs,
		.nr_devs = nr_devs,
		.dir = o->dir,
		.name = o->name,
		.stream_fd = is_stream ? STDOUT_FILENO : -1,
		.act_mask = o->mask ? o->mask : BLK_TC_ALL_V7,
		.version = o->version ? o->version : BLK_IO_TRACE_VERSION,
		.cgroup = o->cgroup,
		.has_cmdline = !o->no_cmdline,
		.kvm = o->kvm,
	};
	struct recorder *rec = NULL;
	struct err err = { 0 };
	int status = CMD_OK, r, e;
	pid_t pid = -1;

	if (o->buffer_kib || o->nr_buffers)
		ro.ring_size = (o->buffer_kib ? o->buffer_kib : 512) * 1024 *
			       (o->nr_buffers ? o->nr_buffers : 16);
	r = recorder_new(&ro, &rec, &err);
	if (r)
		return cmd_fail(&err);
	cmd_catch_signals();
	r = recorder_start(rec, &err);
	if (!r && o->kvm)
		print_missing_kvm(rec, o);
	if (!r && o->command)
		r = start_command(o->command, &pid, &err);
	raise_priority();
	if (!r)
		r = recorder_drop_rights(rec, needed_rights(o), &err);
	if (!r)
		r = run(rec, o, pid, &status, &err);
	stop_command(pid);
	e = recorder_stop(rec, r ? NULL : &err);
	r = r ? r : e;
	if (!is_stream)
		print_summary(rec, nr_devs);
	if (print_losses(rec, nr_devs) && !status)
		status = CMD_LOSS;
	if (r)
		status = cmd_fail(&err);
	recorder_free(rec);
	return status;
}

static const char args_doc[] = "[-d] DEVICE...\n"
			       "[-d] DEVICE... -- COMMAND [ARGUMENT...]\n"
			       "--kvm[=EVENT,...] [-- COMMAND [ARGUMENT...]]";
static const char doc[] =
	"Records what happens to the block I/O of DEVICEs into the files"
	" NAME.blktrace.0, NAME.blktrace.1, ..., one for each CPU, until a"
	" signal (Ctrl-C), the end of the time, or the end of COMMAND."
	"\v"
	"Categories: read, write, flush, sync, queue, requeue, issue,"
	" complete, fs, pc, notify, ahead, meta, discard, drv_data, fua.\n"
	"\n"
	"Exit status: 0; 1 failed; 2 wrong usage; 3 events were lost; that of"
	" COMMAND if it failed.";

static int check_options(const struct options *o)
{
	bool is_stream = o->name && !strcmp(o->name, "-");

	if (!o->nr_paths && !o->kvm) {
		cmd_error("no device is given; try --help");
		return CMD_USAGE;
	}
	if (o->name && !*o->name) {
		cmd_error("-o: the name is empty");
		return CMD_USAGE;
	}
	if (is_stream && isatty(STDOUT_FILENO)) {
		cmd_error("-o -: standard output is a terminal, and a trace"
			  " is not text");
		return CMD_USAGE;
	}
	if ((uint64_t)(o->buffer_kib ? o->buffer_kib : 512) *
		    (o->nr_buffers ? o->nr_buffers : 16) * 1024 >
	    RING_BYTES_MAX) {
		cmd_error("-b %lu -n %lu: more than 1 GiB for each CPU",
			  o->buffer_kib ? o->buffer_kib : 512,
			  o->nr_buffers ? o->nr_buffers : 16);
		return CMD_USAGE;
	}
	return CMD_OK;
}

static int find_and_record(const struct options *o)
{
	_cleanup_(freep) struct dev *devs = NULL;
	struct err err = { 0 };
	size_t nr = 0;

	devs = xcalloc(o->nr_paths + 1, sizeof(*devs));
	if (find_devices(o, devs, &nr, &err) || make_dir(o->dir, &err))
		return cmd_fail(&err);
	if (o->kvm)
		devs[nr++] = kvm_dev;
	return record(o, devs, nr);
}

int record_main(int argc, char **argv)
{
	const struct argp argp = { option_table, parse_option, args_doc, doc,
				   NULL, NULL, NULL };
	struct options o = { 0 };
	int status;

	argp_err_exit_status = CMD_USAGE;
	(void)argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
	status = check_options(&o);
	if (!status)
		status = find_and_record(&o);
	for (size_t i = 0; i < o.nr_paths; i++)
		free(o.paths[i]);
	free(o.paths);
	return status;
}
