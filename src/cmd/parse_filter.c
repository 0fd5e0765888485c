/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/analyze/act.h"
#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/parse_filter.h"

static int add(const char **list, size_t *nr, const char *arg,
	       struct err *err)
{
	if (!*arg)
		return err_set(err, -EINVAL, "an empty name fits nothing");
	if (*nr == FILTER_MAX)
		return err_set(err, -E2BIG, "%s: more than %d of them", arg,
			       FILTER_MAX);
	list[(*nr)++] = arg;
	return 0;
}

int filter_add_process(struct parse_filter *f, const char *arg,
		       struct err *err)
{
	f->is_used = true;
	return add(f->processes, &f->nr_processes, arg, err);
}

int filter_add_device(struct parse_filter *f, const char *arg,
		      struct err *err)
{
	f->is_used = true;
	return add(f->devices, &f->nr_devices, arg, err);
}

int filter_set_sectors(struct parse_filter *f, const char *arg,
		       struct err *err)
{
	f->is_used = true;
	f->has_sectors = true;
	if (arg_read_sectors(arg, &f->first_sector, &f->last_sector))
		return 0;
	return err_set(err, -EINVAL, "--sectors %s: FROM-TO or FROM+COUNT is"
		       " wanted", arg);
}

int filter_add_op(struct parse_filter *f, const char *arg, struct err *err)
{
	f->is_used = true;
	for (int op = 0; op < LIFE_OP_MAX; op++) {
		if (!strcmp(arg, life_op_name((enum life_op)op))) {
			f->ops |= 1u << op;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "--op %s: there is no such operation:"
		       " read, write, discard, flush, zeroes, zone,"
		       " passthrough", arg);
}

int filter_set_than(struct parse_filter *f, const char *arg, struct err *err)
{
	f->is_used = true;
	if (arg_read_time(arg, &f->than_ns))
		return 0;
	return err_set(err, -EINVAL, "--than %s: a time is wanted, as 10ms (ns"
		       " us ms s)", arg);
}

/* ---- deciding ------------------------------------------------------------ */

static bool has_process(const struct parse_filter *f,
			const struct names *names, uint32_t pid)
{
	const struct name *name = names_find(names, pid);
	char number[16];

	if (!f->nr_processes)
		return true;
	(void)snprintf(number, sizeof(number), "%" PRIu32, pid);
	for (size_t i = 0; i < f->nr_processes; i++)
		if ((name && !strcmp(f->processes[i], name->text)) ||
		    !strcmp(f->processes[i], number))
			return true;
	return false;
}

static bool has_device(const struct parse_filter *f, uint32_t device,
		       const char *label)
{
	char number[32];

	if (!f->nr_devices)
		return true;
	(void)snprintf(number, sizeof(number), "%u,%u", blk_major(device),
		       blk_minor(device));
	for (size_t i = 0; i < f->nr_devices; i++)
		if ((label && !strcmp(f->devices[i], label)) ||
		    !strcmp(f->devices[i], number))
			return true;
	return false;
}

/* An I/O of no bytes is at its sector. */
static bool has_sectors(const struct parse_filter *f, uint64_t sector,
			uint32_t bytes)
{
	uint64_t last = sector + (bytes > 512 ? (bytes - 1) >> 9 : 0);

	return !f->has_sectors ||
	       (sector <= f->last_sector && last >= f->first_sector);
}

/* P, U and messages are about no I/O. */
static bool is_about_io(const struct blk_rec *rec)
{
	unsigned int code = blk_code(rec);

	return !blk_is_notify(rec) && code != BLK_ACT_PLUG &&
	       code != BLK_ACT_UNPLUG_IO && code != BLK_ACT_UNPLUG_TIMER;
}

bool filter_wants_event(const struct parse_filter *f,
			const struct names *names, const struct blk_rec *rec,
			const char *label)
{
	if (!f->is_used)
		return true;
	if ((f->ops || f->has_sectors) && !is_about_io(rec))
		return false;
	return (!f->ops || f->ops & 1u << life_op_of(rec)) &&
	       has_sectors(f, rec->sector, rec->bytes) &&
	       has_device(f, rec->device, label) &&
	       has_process(f, names, rec->pid);
}

bool filter_wants_io(const struct parse_filter *f, const struct names *names,
		     const struct life_io *io, const char *label)
{
	return !f->is_used ||
	       ((!f->ops || f->ops & 1u << io->op) &&
		io->c - io->q >= f->than_ns &&
		has_sectors(f, io->sector, io->bytes) &&
		has_device(f, io->device, label) &&
		has_process(f, names, io->pid));
}
