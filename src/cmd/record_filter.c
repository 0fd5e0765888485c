/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/record_filter.h"

enum {
	OPT_PID = 0x200,
	OPT_COMM,
	OPT_IN_CGROUP,
	OPT_OP,
	OPT_SIZE,
	OPT_SECTORS,
	OPT_THAN,
};

static const struct argp_option option_table[] = {
	{ NULL, 0, NULL, 0, "Filters (in the kernel; of one kind one has to"
	  " fit, and every kind that is given):", 2 },
	{ "pid", OPT_PID, "PID|self", 0, "only what this process does, its"
	  " threads and its children; \"self\": COMMAND; repeatable", 2 },
	{ "comm", OPT_COMM, "PATTERN", 0, "only what threads of this name do;"
	  " * ? [a-z]; repeatable", 2 },
	{ "in-cgroup", OPT_IN_CGROUP, "PATH|ID", 0, "only what is done in this"
	  " cgroup and below; repeatable", 2 },
	{ "op", OPT_OP, "NAME", 0, "only this operation: read, write, discard,"
	  " flush, zeroes, zone, passthrough; repeatable", 2 },
	{ "size", OPT_SIZE, "BYTES|FROM-TO", 0, "only I/O of this size at Q:"
	  " 4k, 4k-64k, 64k-, -4k", 2 },
	{ "sectors", OPT_SECTORS, "FROM-TO|FROM+N", 0, "only I/O that touches"
	  " these", 2 },
	{ "than", OPT_THAN, "TIME", 0, "only completions of I/O that took"
	  " this time (10ms) or longer from D to C", 2 },
	{ 0 },
};

static int add_pid(struct rec_filter *f, const char *arg, struct err *err)
{
	uint64_t v;

	if (!strcmp(arg, "self"))
		return rec_filter_add_pid(f, (uint32_t)getpid(), err);
	if (!arg_read_number(arg, 1, INT32_MAX, &v))
		return err_set(err, -EINVAL, "--pid %s: a process id or"
			       " \"self\" is wanted", arg);
	return rec_filter_add_pid(f, (uint32_t)v, err);
}

static int add_cgroup(struct rec_filter *f, const char *arg, struct err *err)
{
	struct cgroups cg;
	int r;

	cgroups_open(&cg);
	r = rec_filter_add_cgroup(f, &cg, arg, err);
	cgroups_close(&cg);
	return r;
}

static int set_size(struct rec_filter *f, const char *arg, struct err *err)
{
	f->has_size = true;
	if (arg_read_sizes(arg, &f->min_bytes, &f->max_bytes))
		return 0;
	return err_set(err, -EINVAL, "--size %s: BYTES or FROM-TO is wanted,"
		       " as 4k, 4k-64k, 64k-, -4k", arg);
}

static int set_sectors(struct rec_filter *f, const char *arg, struct err *err)
{
	f->has_sectors = true;
	if (arg_read_sectors(arg, &f->first_sector, &f->last_sector))
		return 0;
	return err_set(err, -EINVAL, "--sectors %s: FROM-TO or FROM+COUNT is"
		       " wanted", arg);
}

static int set_than(struct rec_filter *f, const char *arg, struct err *err)
{
	if (arg_read_time(arg, &f->than_ns))
		return 0;
	return err_set(err, -EINVAL, "--than %s: a time is wanted, as 10ms (ns"
		       " us ms s)", arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct rec_filter *f = state->input;
	struct err err = { 0 };
	int r;

	switch (key) {
	case OPT_PID:
		r = add_pid(f, arg, &err);
		break;
	case OPT_COMM:
		r = rec_filter_add_comm(f, arg, &err);
		break;
	case OPT_IN_CGROUP:
		r = add_cgroup(f, arg, &err);
		break;
	case OPT_OP:
		r = rec_filter_add_op(f, arg, &err);
		break;
	case OPT_SIZE:
		r = set_size(f, arg, &err);
		break;
	case OPT_SECTORS:
		r = set_sectors(f, arg, &err);
		break;
	case OPT_THAN:
		r = set_than(f, arg, &err);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	/* as elsewhere: what is not there is no wrong usage */
	if (r == -ESRCH || r == -ENOENT)
		argp_failure(state, CMD_FAILED, 0, "%s", err.text);
	else if (r)
		argp_error(state, "%s", err.text);
	return 0;
}

const struct argp record_filter_argp = { option_table, parse_option, NULL,
					 NULL, NULL, NULL, NULL };
