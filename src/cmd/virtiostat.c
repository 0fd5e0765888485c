/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape virtiostat: the table of bcc's virtiostat, live or of a trace.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/note.h"
#include "src/base/cleanup.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/jail.h"
#include "src/cmd/virtiostat.h"

#define NS_PER_SEC	UINT64_C(1000000000)
#define NR_EMPTY_MAX	1000	/* tables without an event, in a row */

enum {
	OPT_INPUT = 0x100,
	OPT_JSON,
	OPT_LATENCY,
};

static const struct argp_option option_table[] = {
	{ "timestamp", 'T', NULL, 0, "begin each table with the time", 0 },
	{ "driver", 'd', "DRIVER", 0, "only devices of this driver:"
	  " virtio_blk, virtio_net, ...", 0 },
	{ "devname", 'n', "NAME", 0, "only this device: virtio0, virtio1, ...",
	  0 },
	{ "debug", 'D', NULL, 0, "show what libbpf says when it loads the"
	  " programs", 0 },
	{ "input", OPT_INPUT, "NAME", 0, "read this trace of iotape record"
	  " --virtio instead: NAME.blktrace.N; repeatable", 0 },
	{ "latency", OPT_LATENCY, NULL, 0, "also print the times from adding a"
	  " buffer until it comes back, and what is in the queues", 0 },
	{ "json", OPT_JSON, NULL, 0, "print JSON (schema iotape-virtiostat/1)",
	  0 },
	{ "version", 'V', NULL, 0, "print the version", 0 },
	{ 0 },
};

static uint32_t parse_number(const char *arg, const char *what,
			     const struct argp_state *state)
{
	uint64_t v = 0;

	if (!arg_read_number(arg, 1, INT32_MAX, &v))
		argp_error(state, "%s: a number above 0 is wanted as the %s",
			   arg, what);
	return (uint32_t)v;
}

static void set_device(struct virtiostat_options *o, const char *name,
		       const struct argp_state *state)
{
	const size_t len = strlen("virtio");
	uint64_t v = 0;

	if (strncmp(name, "virtio", len) != 0 ||
	    !arg_read_number(name + len, 0, INT32_MAX, &v))
		argp_error(state, "-n %s: a name as virtio0 is wanted", name);
	o->has_device = true;
	o->device = (uint32_t)v;
}

static void add_argument(struct virtiostat_options *o, const char *arg,
			 struct argp_state *state)
{
	switch (state->arg_num) {
	case 0:
		o->interval = parse_number(arg, "interval", state);
		break;
	case 1:
		o->count = parse_number(arg, "count", state);
		break;
	default:
		argp_error(state, "%s: an argument too many", arg);
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct virtiostat_options *o = state->input;

	switch (key) {
	case 'T':
		o->has_timestamp = true;
		break;
	case 'D':
		o->is_debug = true;
		break;
	case 'd':
		o->driver = arg;
		break;
	case 'n':
		set_device(o, arg, state);
		break;
	case OPT_INPUT:
		traces_add(&o->traces, arg);
		break;
	case OPT_LATENCY:
		o->has_latency = true;
		break;
	case OPT_JSON:
		o->is_json = true;
		break;
	case 'V':
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_ARG:
		add_argument(o, arg, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The reading of a trace, cut into periods. */
struct reading {
	const struct virtiostat_options *o;
	struct virtiostat *st;
	uint64_t start;		/* of the period; 0 = not begun */
	uint32_t nr_printed;
	uint32_t nr_empty;	/* in a row */
	bool is_empty;		/* the period, so far */
};

static bool is_done(const struct reading *rd)
{
	return rd->o->count && rd->nr_printed >= rd->o->count;
}

static void print_period(struct reading *rd, uint64_t end)
{
	uint64_t offset = virtiostat_wall_offset(rd->st);
	struct virtiostat_table t = {
		.wall = offset ? end + offset : 0,
		.lost = virtiostat_lost(rd->st),
		.seconds = (double)(end - rd->start) / (double)NS_PER_SEC,
	};

	t.nr = virtiostat_queues(rd->st, &t.queues);
	virtiostat_print(rd->o, &t);
	virtiostat_next(rd->st);
	rd->nr_printed++;
	rd->start = end;
	rd->nr_empty = rd->is_empty ? rd->nr_empty + 1 : 0;
	rd->is_empty = true;
}

/* Prints the periods that are over at @time. */
static void pass_time(struct reading *rd, uint64_t time)
{
	uint64_t ns = rd->o->interval * NS_PER_SEC;

	if (!rd->start || !ns)
		return;
	while (!is_done(rd) && time >= rd->start + ns) {
		uint64_t left = (time - rd->start) / ns;

		if (rd->nr_empty >= NR_EMPTY_MAX && left > 1) {
			cmd_error("%" PRIu64 " intervals without an event are"
				  " left out", left - 1);
			rd->start += (left - 1) * ns;
			rd->nr_empty = 0;
		}
		print_period(rd, rd->start + ns);
	}
}

static int read_all(struct reading *rd, struct source *src, struct err *err)
{
	struct source_batch batch;
	int r = 0;

	while (!is_done(rd) && (r = traces_read(src, &batch, err)) > 0)
		for (size_t i = 0; i < batch.nr && !is_done(rd); i++) {
			const struct blk_rec *rec = &batch.recs[i];

			if (note_is_private(rec))
				pass_time(rd, rec->time);
			if (virtiostat_add(rd->st, rec))
				rd->is_empty = false;
			if (!rd->start)
				rd->start = virtiostat_start(rd->st);
		}
	if (r < 0)
		return r;
	if (!is_done(rd) && (!rd->nr_printed ||
			     virtiostat_end(rd->st) > rd->start))
		print_period(rd, virtiostat_end(rd->st));
	return 0;
}

static int run_offline(const struct virtiostat_options *o, int *ret_status,
		       struct err *err)
{
	_cleanup_(source_freep) struct source *src = NULL;
	const struct virtiostat_filter filter = {
		.driver = o->driver,
		.has_device = o->has_device,
		.device = o->device,
	};
	struct reading rd = { .o = o, .is_empty = true };
	int r;

	r = traces_open(&o->traces, &src, err);
	if (r)
		return r;
	rd.st = virtiostat_new(&filter);
	r = read_all(&rd, src, err);
	if (!r) {
		if (virtiostat_is_empty(rd.st))
			cmd_error("%s: no event of virtio is in it; iotape"
				  " record --virtio records them",
				  o->traces.names[0]);
		*ret_status = virtiostat_say_loss(virtiostat_lost(rd.st));
		if (virtiostat_left_out(rd.st)) {
			cmd_error("%" PRIu64 " records are left out: more than"
				  " %u virtqueues", virtiostat_left_out(rd.st),
				  VIRTIOSTAT_QUEUES);
			*ret_status = CMD_LOSS;
		}
		if (traces_say_damage(src))
			*ret_status = CMD_LOSS;
	}
	virtiostat_free(rd.st);
	return r;
}

static int run(const struct virtiostat_options *o, int *ret_status,
	       struct err *err)
{
	if (o->traces.nr)
		return run_offline(o, ret_status, err);
#ifdef HAVE_BPF
	return virtiostat_live(o, ret_status, err);
#else
	return err_set(err, -ENOTSUP, "this iotape was built without BPF: a"
		       " trace is wanted (--input)");
#endif
}

int virtiostat_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.args_doc = "[INTERVAL [COUNT]]",
		.doc = "Counts what the drivers of this guest put into their"
		       " virtqueues, every INTERVAL seconds, or until Ctrl-C."
		       "\vIn and Out are seen from the driver; BW is bytes.",
	};
	struct virtiostat_options o = { 0 };
	int status = CMD_OK;
	struct err err = { 0 };
	int r;

	argp_err_exit_status = CMD_USAGE;
	if (arg_parse(&argp, argc, argv, 0, &o))
		return CMD_USAGE;
	cmd_catch_signals();
	if (o.traces.nr)
		jail_enter();
	r = run(&o, &status, &err);
	traces_release(&o.traces);
	return r ? cmd_fail(&err) : status;
}
