/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/record_filter.h"
#include "src/cmd/record_options.h"
#include "src/record/kvm.h"

#define BUFFER_KIB_MAX	16384	/* as blktrace */
#define BUFFER_KIB	512	/* of one buffer, unless -b says otherwise */
#define BUFFERS_MAX	65536
#define NR_BUFFERS	16
#define RING_BYTES_MAX	(UINT64_C(1) << 30)

/* Options that have a long name only. */
enum {
	OPT_CGROUP = 0x100,
	OPT_FORMAT,
	OPT_KVM,
	OPT_NO_CMDLINE,
	OPT_VM,
	OPT_VIRTIO,
};

static const struct argp_option option_table[] = {
	{ "dev", 'd', "DEVICE", 0, "record this device: a disk, a partition,"
	  " a dm, md or loop device; or the disks that fit a pattern (nvme*),"
	  " also those that come later; repeatable", 0 },
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
	{ "vm", OPT_VM, "PID|NAME", 0, "with --kvm, only the events of this"
	  " VM", 0 },
	{ "virtio", OPT_VIRTIO, "DRIVER,...", OPTION_ARG_OPTIONAL, "record"
	  " the virtqueues of these drivers of this guest [all], into"
	  " NAME.virtio.blktrace.N; no DEVICE is needed then", 0 },
	{ "version", 'v', NULL, 0, "print the version", 0 },
	{ NULL, 'V', NULL, OPTION_ALIAS, NULL, 0 },
	{ 0 },
};

static void add_path(struct record_options *o, const char *path)
{
	o->paths = xgrow(o->paths, o->nr_paths, &o->cap_paths,
			 sizeof(*o->paths));
	o->paths[o->nr_paths++] = xstrdup(path);
}

static void add_paths_of(struct record_options *o, const char *list,
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

static void add_mask(struct record_options *o, const char *name,
		     const struct argp_state *state)
{
	uint32_t mask;

	if (blk_mask_from_name(name, &mask)) {
		argp_error(state, "-a %s: there is no such category", name);
		return;
	}
	o->mask |= mask;
}

static void set_cgroup(struct record_options *o, const char *how,
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

static void set_format(struct record_options *o, const char *version,
		       const struct argp_state *state)
{
	if (!strcmp(version, "v7"))
		o->version = BLK_IO_TRACE_VERSION;
	else if (!strcmp(version, "v8"))
		o->version = BLK_IO_TRACE2_VERSION;
	else
		argp_error(state, "--format %s: v7 or v8 is wanted", version);
}

static void add_kvm(struct record_options *o, const char *list,
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

static void add_virtio(struct record_options *o, const char *list,
		       const struct argp_state *state)
{
	o->has_virtio = true;
	o->virtio.drivers = o->drivers;
	while (list && *list) {
		size_t len = strcspn(list, ",");

		if (!len || len >= VIRTIO_NAME_SIZE)
			argp_error(state, "--virtio=%.*s: a driver's name, as"
				   " virtio_blk, is wanted", (int)len, list);
		if (o->virtio.nr_drivers == VIRTIO_NR_DRIVERS)
			argp_error(state, "--virtio: more than %d drivers",
				   VIRTIO_NR_DRIVERS);
		o->drivers[o->virtio.nr_drivers++] = xstrndup(list, len);
		list += len;
		list += *list == ',';
	}
}

static uint64_t parse_duration(const char *arg, const struct argp_state *state)
{
	double seconds = arg_seconds(arg, "-w", state);

	if (seconds < 0.001)
		argp_error(state, "-w %s: a number of seconds from 0.001 is"
			   " wanted", arg);
	return (uint64_t)(seconds * 1e3 + 0.5);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct record_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->files;
		state->child_inputs[1] = &o->flight;
		state->child_inputs[2] = &o->filter;
		state->child_inputs[3] = &o->metrics;
		break;
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
		o->duration_ms = parse_duration(arg, state);
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
		o->buffer_kib = arg_number(arg, "-b", 1, BUFFER_KIB_MAX,
					   state);
		break;
	case 'n':
		o->nr_buffers = arg_number(arg, "-n", 1, BUFFERS_MAX, state);
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
	case OPT_VM:
		o->vm = arg;
		break;
	case OPT_VIRTIO:
		add_virtio(o, arg, state);
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
	case ARGP_KEY_END:
		if (state->quoted && !o->command)
			argp_error(state, "--: a command is wanted behind it");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const char args_doc[] = "[-d] DEVICE...\n"
			       "[-d] DEVICE... -- COMMAND [ARGUMENT...]\n"
			       "--kvm[=EVENT,...] [-- COMMAND [ARGUMENT...]]\n"
			       "--virtio[=DRIVER,...] [-- COMMAND [ARGUMENT...]]\n"
			       "--no-trace --listen [ADDRESS:]PORT [DEVICE...]";
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

bool record_options_is_stream(const struct record_options *o)
{
	return o->name && !strcmp(o->name, "-");
}

static uint64_t ring_size(const struct record_options *o)
{
	return UINT64_C(1024) *
	       (o->buffer_kib ? o->buffer_kib : BUFFER_KIB) *
	       (o->nr_buffers ? o->nr_buffers : NR_BUFFERS);
}

size_t record_options_ring_size(const struct record_options *o)
{
	return o->buffer_kib || o->nr_buffers ? (size_t)ring_size(o) : 0;
}

static int check_files(const struct record_options *o)
{
	const struct parts_options *p = &o->files.parts;

	if (record_options_is_stream(o) &&
	    (o->files.compress || parts_is_on(p) || p->max_bytes ||
	     p->min_free)) {
		cmd_error("-o -: --compress, --rotate, --max-size and"
			  " --min-free are for files");
		return CMD_USAGE;
	}
	if (p->keep && !parts_is_on(p) && !record_flight_is_on(&o->flight)) {
		cmd_error("--keep: --rotate or --flight is wanted too");
		return CMD_USAGE;
	}
	return CMD_OK;
}

static int check_flight(const struct record_options *o)
{
	bool is_on = record_flight_is_on(&o->flight);

	if (is_on && parts_is_on(&o->files.parts)) {
		cmd_error("--flight: it writes nothing that --rotate could"
			  " part");
		return CMD_USAGE;
	}
	if (o->flight.nr_triggers && !is_on) {
		cmd_error("--trigger: --flight TIME or SIZE is wanted too");
		return CMD_USAGE;
	}
	if (o->flight.recover &&
	    (is_on || o->nr_paths || o->kvm || o->has_virtio || o->command)) {
		cmd_error("--recover: nothing is recorded meanwhile");
		return CMD_USAGE;
	}
	if (record_options_is_stream(o) && (is_on || o->flight.recover)) {
		cmd_error("-o -: --flight and --recover are for files");
		return CMD_USAGE;
	}
	return CMD_OK;
}

static int check_metrics(const struct record_options *o)
{
	const struct record_metrics *m = &o->metrics;
	bool is_on = record_metrics_is_on(m);

	if ((m->no_trace || m->period_ns) && !is_on) {
		cmd_error("%s: --metrics or --listen is wanted too",
			  m->no_trace ? "--no-trace" : "--metrics-interval");
		return CMD_USAGE;
	}
	if (m->no_trace && (o->name || o->dir || o->kvm || o->has_virtio ||
			    o->flight.recover ||
			    record_flight_is_on(&o->flight))) {
		cmd_error("--no-trace: -o, -D, --kvm, --virtio, --flight and"
			  " --recover are for a trace");
		return CMD_USAGE;
	}
	if (is_on && o->flight.recover) {
		cmd_error("--recover: nothing is recorded meanwhile");
		return CMD_USAGE;
	}
	return CMD_OK;
}

static int check_options(const struct record_options *o)
{
	if (o->vm && !o->kvm) {
		cmd_error("--vm is for --kvm");
		return CMD_USAGE;
	}
	if (!o->nr_paths && !o->kvm && !o->has_virtio && !o->flight.recover &&
	    !o->metrics.no_trace) {
		cmd_error("no device is given; try --help");
		return CMD_USAGE;
	}
	if (o->name && !*o->name) {
		cmd_error("-o: the name is empty");
		return CMD_USAGE;
	}
	if (record_options_is_stream(o) && isatty(STDOUT_FILENO)) {
		cmd_error("-o -: standard output is a terminal, and a trace"
			  " is not text");
		return CMD_USAGE;
	}
	if (ring_size(o) > RING_BYTES_MAX) {
		cmd_error("-b %lu -n %lu: more than 1 GiB for each CPU",
			  o->buffer_kib ? o->buffer_kib : BUFFER_KIB,
			  o->nr_buffers ? o->nr_buffers : NR_BUFFERS);
		return CMD_USAGE;
	}
	if (check_metrics(o))
		return CMD_USAGE;
	return check_files(o) ? CMD_USAGE : check_flight(o);
}

int record_options_parse(struct record_options *ret, int argc, char **argv)
{
	const struct argp_child children[] = {
		{ &record_files_argp, 0, NULL, 0 },
		{ &record_flight_argp, 0, NULL, 0 },
		{ &record_filter_argp, 0, NULL, 0 },
		{ &record_metrics_argp, 0, NULL, 0 },
		{ 0 },
	};
	const struct argp argp = { option_table, parse_option, args_doc, doc,
				   children, NULL, NULL };

	*ret = (struct record_options){ 0 };
	argp_err_exit_status = CMD_USAGE;
	(void)arg_parse(&argp, argc, argv, ARGP_IN_ORDER, ret);
	return check_options(ret);
}

void record_options_release(struct record_options *o)
{
	for (size_t i = 0; i < o->virtio.nr_drivers; i++)
		free(o->drivers[i]);
	for (size_t i = 0; i < o->nr_paths; i++)
		free(o->paths[i]);
	free(o->paths);
	o->paths = NULL;
	o->nr_paths = 0;
}
