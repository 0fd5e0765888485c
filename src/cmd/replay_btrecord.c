/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/cmd/replay_btrecord.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/base/newfile.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/replay/btfile.h"

static char *path_of(const char *dir, const char *device, const char *base,
		     unsigned int cpu)
{
	return xasprintf("%s%s%s.%s.%u", dir ? dir : "", dir ? "/" : "",
			 device, base, cpu);
}

/* The first number that is missing ends it, as in btreplay. */
static int read_device(struct plan *plan, const struct replay_options *o,
		       const char *device, uint32_t *key, struct err *err)
{
	for (unsigned int cpu = 0;; cpu++) {
		_cleanup_(freep) char *path = path_of(o->dir, device,
						      o->input_base, cpu);
		_cleanup_(fclosep) FILE *f = fopen(path, "re");
		int r;

		if (!f && cpu && errno == ENOENT)
			return 0;
		if (!f)
			return err_set_errno(err, -errno, "%s", path);
		r = btfile_read(plan, f, path, device, (*key)++, err);
		if (r)
			return r;
	}
}

/* The device of "sda.replay.0"; NULL = this is no such file. */
static char *device_of(const char *file, const char *base)
{
	_cleanup_(freep) char *tail = xasprintf(".%s.0", base);
	size_t len = strlen(file), tail_len = strlen(tail);

	if (len <= tail_len || strcmp(file + len - tail_len, tail) != 0)
		return NULL;
	return xstrndup(file, len - tail_len);
}

int replay_btrecord_find(struct replay_options *o, struct err *err)
{
	const char *dir = o->dir ? o->dir : ".";
	struct dirent **files = NULL;
	int nr = scandir(dir, &files, NULL, alphasort);
	size_t before = o->traces.nr;

	if (nr < 0)
		return err_set_errno(err, -errno, "%s", dir);
	for (int i = 0; i < nr; i++) {
		char *device = device_of(files[i]->d_name, o->input_base);

		if (device)
			replay_options_found(o, device);
		free(files[i]);
	}
	free(files);
	if (o->traces.nr > before)
		return 0;
	return err_set(err, -ENOENT, "%s: there is no file DEVICE.%s.0", dir,
		       o->input_base);
}

int replay_btrecord_read(struct plan *plan, const struct replay_options *o,
			 struct err *err)
{
	uint32_t key = 0;
	int r = 0;

	for (size_t i = 0; i < o->traces.nr && !r; i++)
		r = read_device(plan, o, o->traces.names[i], &key, err);
	if (!r)
		plan_end(plan);
	return r;
}

/* Two devices in files of one -o have one name: their numbers part them. */
static char *name_of(const struct plan *plan, unsigned int dev)
{
	const struct plan_dev *d = &plan->devs[dev];
	bool is_alone = *d->name;

	for (size_t i = 0; i < plan->nr_devs; i++)
		if (i != dev && !strcmp(plan->devs[i].name, d->name))
			is_alone = false;
	if (is_alone)
		return xstrdup(d->name);
	return xasprintf("%s-%u-%u", *d->name ? d->name : "dev",
			 blk_major(d->device), blk_minor(d->device));
}

static int write_device(const struct plan *plan, unsigned int dev,
			const struct replay_options *o, struct err *err)
{
	_cleanup_(newfile_release) struct newfile file = { 0 };
	_cleanup_(freep) char *name = name_of(plan, dev);
	_cleanup_(freep) char *path = path_of(o->output_dir, name,
					      o->output_base, 0);
	uint64_t left = 0;
	int r;

	r = newfile_open(&file, path, err);
	if (r)
		return r;
	r = btfile_write(plan, dev, file.stream, &left);
	if (r)
		return err_set_errno(err, r, "%s", path);
	if (left)
		cmd_error("%s: %" PRIu64 " flushes and discards left out: the"
			  " format has none", path, left);
	return newfile_commit(&file, err);
}

int replay_btrecord_write(const struct plan *plan,
			  const struct replay_options *o, struct err *err)
{
	int r = 0;

	for (unsigned int i = 0; i < plan->nr_devs && !r; i++)
		if (plan->devs[i].nr)
			r = write_device(plan, i, o, err);
	return r;
}
