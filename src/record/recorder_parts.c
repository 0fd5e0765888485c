/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of a recording (--rotate), and the limits of its size.  A part is a
 * whole recording of its own: whoever reads it needs no other one.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/recorder_impl.h"
#include "src/record/trace_files.h"

/* ".N", or "". */
static char *suffix_of(unsigned int number)
{
	return number ? xasprintf(".%u", number) : xstrdup("");
}

/* Whether the files of a device have its name behind the one of -o. */
static bool has_suffix(const struct recorder_options *opts,
		       const struct dev *dev)
{
	size_t nr = 0;

	/* KVM and virtio do not change the names of others. */
	for (size_t i = 0; i < opts->nr_devs; i++)
		nr += !trace_is_of_notes(&opts->devs[i]);
	return nr > 1 || opts->nr_patterns || trace_is_of_notes(dev);
}

/*
 * A name that begins with / is where the files go, whatever the folder.  The
 * number stands behind the name that was given, or else behind the device's.
 */
char *recorder_base_path(const struct recorder_options *opts,
			 const struct dev *dev, unsigned int number)
{
	_cleanup_(freep) char *n = suffix_of(number);
	const char *dir = opts->dir ? opts->dir : ".";
	bool is_long = has_suffix(opts, dev);

	if (opts->name && *opts->name == '/')
		return is_long ? xasprintf("%s%s.%s", opts->name, n,
					   dev->name) :
				 xasprintf("%s%s", opts->name, n);
	if (!opts->name)
		return xasprintf("%s/%s%s", dir, dev->name, n);
	return is_long ? xasprintf("%s/%s%s.%s", dir, opts->name, n,
				   dev->name) :
			 xasprintf("%s/%s%s", dir, opts->name, n);
}

/* The folder, and the name in front of ".N"; both are the caller's. */
static void split_path(const struct recorder_options *opts, size_t i,
		       char **ret_folder, char **ret_stem)
{
	const char *name = opts->name ? opts->name :
			   i < opts->nr_devs ? opts->devs[i].name : "";
	_cleanup_(freep) char *path =
		*name == '/' ? xstrdup(name) :
			       xasprintf("%s/%s", opts->dir ? opts->dir : ".",
					 name);
	char *slash = strrchr(path, '/');

	*ret_stem = xstrdup(slash + 1);
	slash[slash == path] = '\0';
	*ret_folder = xstrdup(path);
}

char *recorder_folder(const struct recorder_options *opts)
{
	_cleanup_(freep) char *stem = NULL;
	char *folder;

	split_path(opts, 0, &folder, &stem);
	return folder;
}

unsigned int recorder_first_number(const struct recorder_options *opts)
{
	/* the name of a disk that comes later is not known yet */
	bool is_any = opts->nr_patterns && !opts->name;
	unsigned int last = 0;

	for (size_t i = 0; i < opts->nr_devs || !i; i++) {
		_cleanup_(freep) char *folder = NULL;
		_cleanup_(freep) char *stem = NULL;
		unsigned int n;

		split_path(opts, i, &folder, &stem);
		n = parts_find_last(folder, is_any ? NULL : stem);
		if (n > last)
			last = n;
	}
	return last + 1;
}

static uint64_t size_of_part(const struct recorder *rec)
{
	uint64_t n = 0;

	for (size_t i = 0; i < rec->nr_traces; i++)
		n += trace_files_size(&rec->traces[i]);
	return n;
}

/* Bytes that we may still use where the files are. */
static uint64_t free_bytes(const struct recorder *rec)
{
	struct statvfs st;

	if (statvfs(rec->folder, &st))
		return UINT64_MAX;
	return (uint64_t)st.f_bavail * st.f_frsize;
}

int recorder_check_room(const struct recorder *rec, struct err *err)
{
	uint64_t wanted = rec->parts.opts.min_free, room;

	if (!wanted || rec->is_stream)
		return 0;
	room = free_bytes(rec);
	/* files of that name will be emptied */
	for (size_t i = 0; i < rec->nr_traces && room < wanted; i++)
		room += trace_files_on_disk(&rec->traces[i]);
	if (room >= wanted)
		return 0;
	return err_set(err, -ENOSPC, "--min-free: only %" PRIu64 " MiB are free"
		       " in %s where the trace is to be written", room >> 20,
		       rec->folder);
}

static void remove_part(struct recorder *rec, unsigned int number)
{
	for (size_t i = 0; i < rec->nr_traces; i++) {
		_cleanup_(freep) char *base =
			recorder_base_path(&rec->opts, &rec->traces[i].dev,
					   number);

		trace_files_remove(&rec->traces[i], base);
	}
}

int recorder_reopen(struct recorder *rec, struct trace *trace,
		    unsigned int number, struct err *err)
{
	_cleanup_(freep) char *base = recorder_base_path(&rec->opts,
							 &trace->dev, number);

	return trace_reopen(trace, base, err);
}

static int open_part(struct recorder *rec, unsigned int number,
		     struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < rec->nr_traces && !r; i++)
		r = recorder_reopen(rec, &rec->traces[i], number, err);
	return r;
}

int recorder_begin_traces(struct recorder *rec, uint64_t time, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < rec->nr_traces && !r; i++)
		r = trace_begin(&rec->traces[i], time, NULL, err);
	return r ? r : recorder_write_cpustat(rec, time, err);
}

/* All that is older than @time is written; what comes is not. */
static int next_part(struct recorder *rec, uint64_t time, uint64_t now,
		     struct err *err)
{
	uint64_t bytes = size_of_part(rec);
	int r = 0, e;

	for (size_t i = 0; i < rec->nr_traces; i++) {
		e = trace_end(&rec->traces[i], NULL, false, r ? NULL : err);
		r = r ? r : e;
	}
	parts_next(&rec->parts, bytes, now);
	if (!r)
		r = open_part(rec, rec->parts.number, err);
	return r ? r : recorder_begin_traces(rec, time, err);
}

/* Removes old parts until the limits are kept; or the recording is over. */
static void keep_limits(struct recorder *rec)
{
	const struct parts_options *o = &rec->parts.opts;
	uint64_t room = o->min_free ? free_bytes(rec) : UINT64_MAX;
	uint64_t bytes = size_of_part(rec);
	unsigned int number;

	while (parts_is_over(&rec->parts, bytes, room)) {
		if (!parts_pop(&rec->parts, &number))
			break;
		remove_part(rec, number);
		if (o->min_free)
			room = free_bytes(rec);
	}
	if (room < o->min_free)
		(void)err_set(&rec->over, -ENOSPC, "--min-free: only %" PRIu64
			      " MiB are free where the trace is written",
			      room >> 20);
	else if (o->max_bytes &&
		 rec->parts.old_bytes + bytes >= o->max_bytes)
		(void)err_set(&rec->over, -EFBIG, "--max-size: the trace has"
			      " %" PRIu64 " KiB",
			      (rec->parts.old_bytes + bytes) >> 10);
}

void recorder_dump_done(struct recorder *rec, uint64_t bytes)
{
	parts_next(&rec->parts, bytes, recorder_now());
	/* the next one, which is not there yet, counts as one that is kept */
	if (rec->parts.opts.keep)
		rec->parts.opts.keep++;
	keep_limits(rec);
	if (rec->parts.opts.keep)
		rec->parts.opts.keep--;
}

int recorder_check_parts(struct recorder *rec, uint64_t now, struct err *err)
{
	int r;

	if (rec->is_stream || rec->over.code)
		return 0;
	if (parts_is_due(&rec->parts, size_of_part(rec), now)) {
		/* one instant for all CPUs; where one is too busy, later */
		uint64_t limit = recorder_limit(now);

		r = recorder_drain(rec, limit, err);
		if (!r)
			r = next_part(rec, limit, now, err);
		if (r && r != -EAGAIN)
			return r;
	}
	keep_limits(rec);
	return 0;
}
