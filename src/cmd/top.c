/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape top: who does how much block I/O now.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/top.h"
#include "src/record/dev.h"

enum {
	OPT_BATCH = 0x100,
	OPT_BY,
	OPT_INTERVAL,
	OPT_JSON,
	OPT_SORT,
};

static const struct argp_option option_table[] = {
	{ "dev", 'd', "DEVICE", 0, "only this disk; repeatable", 0 },
	{ "by", OPT_BY, "WHAT", 0, "device (default), process or cgroup", 0 },
	{ "sort", OPT_SORT, "ORDER", 0, "iops (default), bytes, reads, writes,"
	  " p50, p99, depth or name", 0 },
	{ "interval", OPT_INTERVAL, "SECONDS", 0, "between two looks (default"
	  " 1)", 0 },
	{ "once", '1', NULL, 0, "print one table after one interval", 0 },
	{ "batch", OPT_BATCH, "N", 0, "print N tables, one after each"
	  " interval", 0 },
	{ "json", OPT_JSON, NULL, 0, "print JSON, one line for each interval"
	  " (schema iotape-top/1); without --batch until a signal", 0 },
	{ "version", 'V', NULL, 0, "print the version", 0 },
	{ 0 },
};

static void add_device(struct top_options *o, const char *path,
		       const struct argp_state *state)
{
	struct topcount_options *c = &o->count;
	struct err err = { 0 };
	struct dev dev;

	if (c->nr_devices == TOP_DEVICES)
		argp_error(state, "-d %s: more than %d devices", path,
			   TOP_DEVICES);
	if (dev_find("/sys", path, &dev, &err))
		argp_error(state, "-d %s", err.text);
	if (dev.is_partition)
		argp_error(state, "-d %s: a partition; requests are counted"
			   " for whole disks", path);
	c->devices[c->nr_devices++] = dev.device;
}

static double parse_interval(const char *arg, const struct argp_state *state)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end ||
	    !(v >= TOP_INTERVAL_MIN && v <= TOP_INTERVAL_MAX))
		argp_error(state, "--interval %s: seconds from %.1f to %.0f are"
			   " wanted", arg, TOP_INTERVAL_MIN, TOP_INTERVAL_MAX);
	return v;
}

static uint64_t parse_batches(const char *arg, const struct argp_state *state)
{
	uint64_t v = 0;

	if (!arg_read_number(arg, 1, UINT64_MAX, &v))
		argp_error(state, "--batch %s: a number of tables is wanted",
			   arg);
	return v;
}

/* Of a look-up by name, whose result @found is negative for none. */
static int parse_name(int found, const char *option, const char *arg,
		      const struct argp_state *state)
{
	if (found < 0)
		argp_error(state, "%s %s: there is no such one; see --help",
			   option, arg);
	return found;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct top_options *o = state->input;

	switch (key) {
	case 'd':
		add_device(o, arg, state);
		break;
	case OPT_BY:
		o->view = (enum top_view)parse_name(top_view_find(arg), "--by",
						    arg, state);
		break;
	case OPT_SORT:
		o->order = (enum top_order)parse_name(top_order_find(arg),
						      "--sort", arg, state);
		break;
	case OPT_INTERVAL:
		o->interval = parse_interval(arg, state);
		break;
	case '1':
	case OPT_BATCH:
		o->is_batch = true;
		o->nr_batches = key == '1' ? 1 : parse_batches(arg, state);
		break;
	case OPT_JSON:
		o->is_json = true;
		break;
	case 'V':
		(void)printf("iotape top %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_ARG:
		argp_error(state, "\"%s\": no argument is wanted", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int top_read(struct topcount *tc, struct top_losses *losses,
	     struct topcount_snapshot *ret_snap, struct err *err)
{
	int r = topcount_read(tc, ret_snap, err);

	if (r)
		return r;
	losses->missed += ret_snap->missed;
	losses->no_slot += ret_snap->no_slot;
	return 0;
}

/* Returns at once when a signal came. */
static void wait_interval(double seconds)
{
	if (!cmd_signal)
		(void)poll(NULL, 0, (int)(seconds * 1000));
}

static int print_batches(struct topcount *tc, const struct top_options *o,
			 const struct top_names *names,
			 struct top_losses *losses, struct err *err)
{
	for (uint64_t i = 0; !o->nr_batches || i < o->nr_batches; i++) {
		struct topcount_snapshot snap;
		int r;

		wait_interval(o->interval);
		if (cmd_signal)
			break;
		r = top_read(tc, losses, &snap, err);
		if (r)
			return r;
		if (i && !o->is_json)
			(void)putchar('\n');
		(o->is_json ? top_print_json : top_print)(&snap, o, names,
							   stdout);
		if (fflush(stdout))
			return err_set_errno(err, -errno, "standard output");
	}
	return 0;
}

static int show_screen(struct topcount *tc, struct top_options *o,
		       const struct top_names *names,
		       struct top_losses *losses, struct err *err)
{
#ifdef HAVE_NCURSES
	return top_screen(tc, o, names, losses, err);
#else
	(void)tc;
	(void)o;
	(void)names;
	(void)losses;
	return err_set(err, -ENOTSUP, "iotape was built without ncurses: -1,"
		       " --batch or --json is wanted");
#endif
}

static int run(struct topcount *tc, struct top_options *o,
	       struct top_losses *losses, struct err *err)
{
	struct top_names names = { .sysfs = "/sys", .proc = "/proc" };
	int r;

	cgroups_open(&names.cgroups);
	r = topcount_drop_rights(tc, err);
	if (!r && (o->is_batch || o->is_json))
		r = print_batches(tc, o, &names, losses, err);
	else if (!r)
		r = show_screen(tc, o, &names, losses, err);
	cgroups_close(&names.cgroups);
	return r;
}

static int say_missed(const struct top_losses *m)
{
	if (m->missed)
		cmd_error("%" PRIu64 " I/Os are in no count: they completed"
			  " inside the program for another one", m->missed);
	if (m->no_slot)
		cmd_error("%" PRIu64 " I/Os are counted without time and"
			  " process: too many in flight", m->no_slot);
	return m->missed || m->no_slot ? CMD_LOSS : CMD_OK;
}

int top_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.args_doc = "",
		.doc = "Shows who does how much block I/O now: IOPS, bandwidth,"
		       " times from issue to completion, queue depth.",
	};
	struct top_options o = { .interval = 1 };
	struct top_losses losses = { 0 };
	struct topcount *tc = NULL;
	struct err err = { 0 };
	int r;

	argp_err_exit_status = CMD_USAGE;
	if (arg_parse(&argp, argc, argv, 0, &o))
		return CMD_USAGE;
	if (!o.is_batch && !o.is_json &&
	    (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
		cmd_error("standard input and output are no terminal: -1,"
			  " --batch or --json is wanted");
		return CMD_FAILED;
	}
	cmd_catch_signals();
	r = topcount_open(&o.count, &tc, &err);
	if (!r)
		r = run(tc, &o, &losses, &err);
	topcount_free(tc);
	if (r)
		return cmd_fail(&err);
	return say_missed(&losses);
}
