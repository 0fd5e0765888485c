/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape kvmstat: kvm_stat, live or of a recorded trace.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/pattern.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/jail.h"
#include "src/cmd/kvmstat.h"
#ifdef HAVE_BPF
#include "src/cmd/kvmstat_live.h"
#include "src/record/vms.h"
#endif

enum {
	OPT_BATCH = 0x100,
	OPT_INPUT,	/* -i means something else to kvm_stat */
	OPT_JSON,
	OPT_QMP,
	OPT_VCPUS,
	OPT_VM,
};

static const struct argp_option option_table[] = {
	{ "input", OPT_INPUT, "NAME", 0, "a trace instead of this machine:"
	  " NAME.blktrace.N, as iotape record --kvm writes it; repeatable", 0 },
	{ "once", '1', NULL, 0, "print a line for each event: name, total,"
	  " events per second; live, after one second", 0 },
	{ "batch", OPT_BATCH, NULL, 0, "as -1", 0 },
	{ "fields", 'f', "REGEX", 0, "only events whose name begins with a"
	  " match; \"help\" lists them", 0 },
	{ "pid", 'p', "PID", 0, "only this VM: the process id of its VMM", 0 },
	{ "guest", 'g', "NAME", 0, "only the VM with this name", 0 },
	{ "vm", OPT_VM, "PID|NAME", 0, "only this VM", 0 },
	{ "vcpus", OPT_VCPUS, NULL, 0, "also the times from exit to entry by"
	  " vCPU", 0 },
	{ "json", OPT_JSON, NULL, 0, "print JSON (schema iotape-kvmstat/1);"
	  " live, after the delay", 0 },
	{ "csv", 'c', NULL, 0, "log as CSV (with -l or -L)", 0 },
	{ "debugfs", 'd', NULL, 0, "KVM's own counters, from debugfs", 0 },
	{ "debugfs-include-past", 'i', NULL, 0, "with -d, count from the VM's"
	  " beginning", 0 },
	{ "log", 'l', NULL, 0, "print a line each delay", 0 },
	{ "log-to-file", 'L', "FILE", 0, "as -l, added to FILE; SIGHUP opens"
	  " it anew", 0 },
	{ "set-delay", 's', "SECONDS", 0, "between refreshes, 0.1 to 25.5 [3]",
	  0 },
	{ "tracepoints", 't', NULL, 0, "count tracepoints [the default,"
	  " unless -d or --qmp]", 0 },
	{ "skip-zero-records", 'z', NULL, 0, "log no line of zeros", 0 },
	{ "qmp", OPT_QMP, "SOCKET", 0, "KVM's own counters of one VM, from"
	  " its QEMU", 0 },
	{ "version", 'V', NULL, 0, "print the version", 0 },
	{ 0 },
};

static uint32_t parse_pid(const char *arg, const struct argp_state *state)
{
	uint64_t v = 0;

	if (!arg_read_number(arg, 1, INT32_MAX, &v))
		argp_error(state, "-p %s: a process id is wanted", arg);
	return (uint32_t)v;
}

static void set_fields(struct kvmstat_options *o, const char *regex,
		       const struct argp_state *state)
{
	struct err err = { 0 };

	pattern_free(o->fields);
	o->fields = NULL;
	o->is_help = !strcmp(regex, "help");
	if (!*regex || o->is_help)
		return;
	/* re.match() of kvm_stat */
	if (pattern_new(PATTERN_BEGIN, regex, &o->fields, &err))
		argp_error(state, "-f %s: not a regular expression: %s", regex,
			   err.text);
}

static double parse_delay(const char *arg, const struct argp_state *state)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end || !(v >= KVMSTAT_DELAY_MIN) ||
	    !(v <= KVMSTAT_DELAY_MAX))
		argp_error(state, "-s %s: %.1f to %.1f seconds are wanted",
			   arg, KVMSTAT_DELAY_MIN, KVMSTAT_DELAY_MAX);
	return v;
}

/* A process id or a name. */
static void set_vm(struct kvmstat_options *o, const char *arg,
		   const struct argp_state *state)
{
	if (*arg && strspn(arg, "0123456789") == strlen(arg))
		o->vm = parse_pid(arg, state);
	else
		o->vm_name = arg;
}

static void check_options(const struct kvmstat_options *o,
			  const struct argp_state *state)
{
	bool is_live = !o->traces.nr;

	if (o->is_csv && !o->is_log)
		argp_error(state, "-c is for -l or -L");
	if (o->is_skip_zero && !o->is_log)
		argp_error(state, "-z is for -l or -L");
	if (o->is_json && (o->is_log || (o->is_batch && is_live)))
		argp_error(state, "--json is for neither -1 nor -l");
	if (o->is_by_vcpu && (o->is_log || o->is_batch))
		argp_error(state, "--vcpus is for neither -1 nor -l");
	if (o->is_by_vcpu && (o->is_debugfs || o->qmp) && !o->is_tracepoints)
		argp_error(state, "--vcpus is of tracepoints: -t is wanted as"
				  " well");
	if (!is_live && (o->is_log || o->is_debugfs || o->is_tracepoints ||
			 o->is_past || o->qmp || o->is_help))
		argp_error(state, "-d, -f help, -i, -l, -L, -t and --qmp are"
				  " not for --input");
#ifndef HAVE_BPF
	if (is_live)
		argp_error(state, "no trace is given (--input), and this"
				  " iotape was built without BPF");
#endif
}

static error_t parse_live_option(int key, char *arg, struct argp_state *state)
{
	struct kvmstat_options *o = state->input;

	switch (key) {
	case 'c':
		o->is_csv = true;
		break;
	case 'd':
		o->is_debugfs = true;
		break;
	case 'i':
		o->is_past = true;
		break;
	case 'L':
		o->log_file = arg;
		o->is_log = true;
		break;
	case 'l':
		o->is_log = true;
		break;
	case 's':
		o->delay = parse_delay(arg, state);
		break;
	case 't':
		o->is_tracepoints = true;
		break;
	case 'z':
		o->is_skip_zero = true;
		break;
	case OPT_QMP:
		o->qmp = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct kvmstat_options *o = state->input;

	switch (key) {
	case OPT_INPUT:
		traces_add(&o->traces, arg);
		break;
	case '1':
	case OPT_BATCH:
		o->is_batch = true;
		break;
	case 'f':
		set_fields(o, arg, state);
		break;
	case 'g':
		o->vm_name = arg;
		break;
	case 'p':
		o->vm = parse_pid(arg, state);
		break;
	case OPT_VM:
		set_vm(o, arg, state);
		break;
	case OPT_JSON:
		o->is_json = true;
		break;
	case OPT_VCPUS:
		o->is_by_vcpu = true;
		break;
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_END:
		check_options(o, state);
		break;
	default:
		return parse_live_option(key, arg, state);
	}
	return 0;
}

#ifdef HAVE_BPF
static int run_mode(struct live *live, const struct kvmstat_options *o,
		    struct err *err)
{
	if (o->is_help) {
		live_print_events(live);
		return 0;
	}
	if (o->is_log)
		return kvmstat_log(live, o, err);
	if (o->is_batch || o->is_json)
		return kvmstat_once(live, o, err);
#ifdef HAVE_NCURSES
	return kvmstat_tui(live, o, err);
#else
	return err_set(err, -ENOTSUP, "this iotape was built without ncurses:"
		       " -1, -l, -L or --json is wanted");
#endif
}

static int run_live(struct kvmstat_options *o, int *ret_status,
		    struct err *err)
{
	struct live *live;
	int r = 0;

	if (o->vm_name)
		r = vms_find("/proc", o->vm_name, &o->vm, err);
	else if (o->vm && !vms_is_running("/proc", o->vm))
		r = err_set(err, -ESRCH, "-p %u: there is no such process",
			    o->vm);
	if (r)
		return r;
	r = live_open(o, &live, err);
	if (r)
		return r;
	r = run_mode(live, o, err);
	if (!r && live_say_missed(live))
		*ret_status = CMD_LOSS;
	live_free(live);
	return r;
}
#else
static int run_live(struct kvmstat_options *o, int *ret_status,
		    struct err *err)
{
	(void)o;
	(void)ret_status;
	return err_set(err, -ENOTSUP, "built without BPF");
}
#endif

int kvmstat_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.args_doc = "",
		.doc = "Counts the events of KVM, by exit reason, with the"
		       " times from exit to entry: on this machine now, or in"
		       " a trace of iotape record --kvm.",
	};
	struct kvmstat_options o = { .delay = KVMSTAT_DELAY };
	int status = CMD_OK;
	struct err err = { 0 };
	int r;

	argp_err_exit_status = CMD_USAGE;
	if (arg_parse(&argp, argc, argv, 0, &o))
		return CMD_USAGE;
	cmd_catch_signals();
	if (o.traces.nr)
		jail_enter();
	r = o.traces.nr ? kvmstat_offline(&o, &status, &err) :
			  run_live(&o, &status, &err);
	traces_release(&o.traces);
	pattern_free(o.fields);
	return r ? cmd_fail(&err) : status;
}
