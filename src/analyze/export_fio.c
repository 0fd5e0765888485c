/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A folder that fio replays: a log of I/Os for each device or process, jobs,
 * and sparse files to replay on unless devices are given.
 *
 * The I/Os are written as their Qs (or Ds) come, so in time order; how many
 * of them were in flight comes from what has ended.  What a log has no words
 * for (discard, write zeroes, zone operations) is counted and left out.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/analyze/export_fio.h"
#include "src/analyze/export_impl.h"
#include "src/base/xalloc.h"

#define OTHERS UINT64_MAX /* key of the log of all for which there is none */

struct fio {
	struct export *x;
	const char *dir;
	struct fio_log *logs;
	size_t nr_logs, cap_logs;
	struct map64 by_key; /* -> number of the log + 1 */
	uint64_t last_key;   /* that was found, and the log's number + 1 */
	size_t last_log;
	struct fio_target *targets;
	size_t nr_targets, cap_targets;
	struct map64 by_device; /* -> number of the target + 1 */
	int error;
	struct err err;
};

static int check_maps(const struct export_options *o, struct err *err)
{
	for (size_t i = 0; i < o->nr_maps; i++)
		if (strlen(o->maps[i].path) >= FIO_PATH_MAX ||
		    strpbrk(o->maps[i].path, " \t\n\v\f\r"))
			return err_set(err, -EINVAL, "target %s: fio reads no"
				       " blanks and 255 bytes at most",
				       o->maps[i].path);
	return 0;
}

static int fio_open(struct export *x, void **ret_ctx, struct err *err)
{
	struct fio *f = xcalloc(1, sizeof(*f));
	struct stat st;
	int r = check_maps(&x->opts, err);

	f->x = x;
	f->dir = x->opts.output;
	*ret_ctx = f;
	if (r)
		return r;
	if (!mkdir(f->dir, 0777))
		return 0;
	if (errno != EEXIST)
		return err_set_errno(err, -errno, "%s", f->dir);
	if (stat(f->dir, &st) || !S_ISDIR(st.st_mode))
		return err_set(err, -ENOTDIR, "%s: it is no folder", f->dir);
	return 0;
}

/* ---- which log, which target ---- */

static const struct export_map *find_map(const struct fio *f, uint32_t device)
{
	const char *names[] = {
		labels_text(&f->x->labels, export_device(f->x, device)),
		labels_text(&f->x->labels, export_devno(f->x, device)),
	};

	for (size_t i = 0; i < f->x->opts.nr_maps; i++) {
		const struct export_map *m = &f->x->opts.maps[i];

		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			if (strlen(names[j]) == m->device_len &&
			    !memcmp(names[j], m->device, m->device_len))
				return m;
	}
	return NULL;
}

static size_t target_of(struct fio *f, uint32_t device)
{
	const uint64_t *known = map64_get(&f->by_device, device);
	const struct export_map *map;
	struct fio_target target = { 0 };
	char *name;

	if (known)
		return (size_t)*known - 1;
	map = find_map(f, device);
	name = fio_name(labels_text(&f->x->labels,
				    export_device(f->x, device)));
	target.path = map ? xstrdup(map->path) : xasprintf("%s.img", name);
	target.is_image = !map;
	free(name);
	f->targets = xgrow(f->targets, f->nr_targets, &f->cap_targets,
			   sizeof(*f->targets));
	f->targets[f->nr_targets++] = target;
	*map64_put(&f->by_device, device) = f->nr_targets;
	return f->nr_targets - 1;
}

static uint64_t key_of(const struct fio *f, uint32_t device, uint32_t pid)
{
	uint32_t tgid;

	if (!f->x->opts.by_process)
		return device;
	tgid = export_tgid(f->x, pid);
	return tgid ? tgid : pid;
}

/* "sda", or "fio-1234" of a process: no two are the same. */
static char *name_of(struct fio *f, uint64_t key)
{
	uint32_t label;
	char *text, *name;

	if (key == OTHERS)
		return xstrdup("others");
	label = f->x->opts.by_process ?
			export_process(f->x, (uint32_t)key) :
			export_device(f->x, (uint32_t)key);
	text = f->x->opts.by_process ?
		       xasprintf("%s-%u", labels_text(&f->x->labels, label),
				 (uint32_t)key) :
		       xstrdup(labels_text(&f->x->labels, label));
	name = fio_name(text);
	free(text);
	return name;
}

static struct fio_log *find_log(struct fio *f, uint64_t key)
{
	const uint64_t *known;

	if (f->last_log && f->last_key == key)
		return &f->logs[f->last_log - 1];
	known = map64_get(&f->by_key, key);
	if (!known && f->nr_logs >= FIO_LOGS_MAX)
		known = map64_get(&f->by_key, OTHERS);
	if (!known)
		return NULL;
	f->last_key = key;
	f->last_log = (size_t)*known;
	return &f->logs[*known - 1];
}

static struct fio_log *log_of(struct fio *f, uint64_t key)
{
	struct fio_log *log = find_log(f, key);

	if (log)
		return log;
	if (f->nr_logs + 1 >= FIO_LOGS_MAX)
		key = OTHERS;
	f->logs = xgrow(f->logs, f->nr_logs, &f->cap_logs, sizeof(*f->logs));
	log = &f->logs[f->nr_logs++];
	*log = (struct fio_log){ .key = key, .name = name_of(f, key) };
	*map64_put(&f->by_key, key) = f->nr_logs;
	f->error = fio_log_open(log, f->dir, &f->err);
	return f->error ? NULL : log;
}

/* ---- I/Os ---- */

static const char *const actions[LIFE_OP_MAX] = {
	[LIFE_READ] = "read",
	[LIFE_WRITE] = "write",
	[LIFE_FLUSH] = "sync",
};

static void more(struct fio_log *log)
{
	if (++log->depth > log->max_depth && log->depth <= FIO_DEPTH_MAX)
		log->max_depth = log->depth;
}

static void fewer(struct fio *f, uint64_t key)
{
	struct fio_log *log = find_log(f, key);

	if (log && log->depth)
		log->depth--;
}

static void fio_event(void *ctx, const struct blk_rec *rec)
{
	struct fio *f = ctx;
	struct fio_io io;
	struct fio_log *log;
	enum life_op op;
	size_t target;

	/* most events are others */
	if (blk_code(rec) != (f->x->opts.at_issue ? BLK_ACT_ISSUE :
						    BLK_ACT_QUEUE))
		return;
	op = life_op_of(rec);
	if (f->error || op == LIFE_PASSTHROUGH)
		return;
	io = (struct fio_io){
		.action = actions[op], .ns = rec->time - f->x->first,
	};
	if (!io.action || (op != LIFE_FLUSH && !rec->bytes)) {
		f->x->nr_unfit++;
		return;
	}
	log = log_of(f, key_of(f, rec->device, rec->pid));
	if (!log)
		return;
	if (op != LIFE_FLUSH) {
		io.offset = rec->sector << 9;
		io.bytes = rec->bytes;
	}
	target = target_of(f, rec->device);
	if (io.offset + io.bytes > f->targets[target].bytes)
		f->targets[target].bytes = io.offset + io.bytes;
	more(log);
	fio_log_io(log, f->targets, target, &io);
	/* a full disk: the rest need not be read */
	if (ferror(log->files[FIO_V3].stream))
		f->error = err_set_errno(&f->err, -errno, "%s/%s", f->dir,
					 log->name);
}

static void fio_io(void *ctx, const struct export_io *io)
{
	struct fio *f = ctx;

	if (!f->x->opts.at_issue)
		fewer(f, key_of(f, io->io->device, io->io->pid));
}

static void fio_request(void *ctx, const struct life_request *rq)
{
	struct fio *f = ctx;

	if (f->x->opts.at_issue)
		fewer(f, rq->device);
}

static int fio_status(const void *ctx)
{
	const struct fio *f = ctx;

	return f->error;
}

static int fio_end(void *ctx, struct err *err)
{
	struct fio *f = ctx;
	int r = 0;

	if (f->error) {
		if (err)
			*err = f->err;
		return f->error;
	}
	for (size_t i = 0; i < f->nr_targets && !r; i++)
		if (f->targets[i].is_image)
			r = fio_make_image(&f->targets[i], f->dir, err);
	for (size_t i = 0; i < f->nr_logs && !r; i++)
		r = fio_log_commit(&f->logs[i], err);
	for (int v = 0; v < FIO_VERSION_MAX && !r; v++)
		r = fio_write_job(f->dir, (enum fio_version)v, f->logs,
				  f->nr_logs, err);
	return r;
}

static void fio_free(void *ctx)
{
	struct fio *f = ctx;

	for (size_t i = 0; i < f->nr_logs; i++)
		fio_log_release(&f->logs[i]);
	free(f->logs);
	for (size_t i = 0; i < f->nr_targets; i++)
		free(f->targets[i].path);
	free(f->targets);
	map64_release(&f->by_key);
	map64_release(&f->by_device);
	free(f);
}

const struct export_format export_fio = {
	.name = "fio",
	.needs_output = true,
	.has_ios = true,
	.has_no_names = true,
	.open = fio_open,
	.io = fio_io,
	.event = fio_event,
	.request = fio_request,
	.back = fio_request,
	.status = fio_status,
	.end = fio_end,
	.free = fio_free,
};
