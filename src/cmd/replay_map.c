/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/cmd/replay_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

static int add_line(struct replay_options *o, const char *line,
		    const char *path, unsigned int nr, struct err *err)
{
	_cleanup_(freep) char *from = NULL, *to = NULL, *rest = NULL;
	int n = sscanf(line, " %ms %ms %ms", &from, &to, &rest);

	if (n <= 0 || *from == '#')
		return 0;
	if (n != 2)
		return err_set(err, -EINVAL, "%s: line %u: \"DEVICE TARGET\""
			       " is wanted", path, nr);
	o->to = xgrow(o->to, o->nr_to, &o->cap_to, sizeof(*o->to));
	o->to[o->nr_to++] = (struct replay_to){
		.device = TAKE_PTR(from), .target = TAKE_PTR(to),
	};
	return 0;
}

int replay_map_read(struct replay_options *o, struct err *err)
{
	for (size_t i = 0; i < o->nr_maps; i++) {
		_cleanup_(fclosep) FILE *f = fopen(o->maps[i], "re");
		_cleanup_(freep) char *line = NULL;
		unsigned int nr = 0;
		size_t cap = 0;
		int r = 0;

		if (!f)
			return err_set_errno(err, -errno, "%s", o->maps[i]);
		while (!r && getline(&line, &cap, f) > 0)
			r = add_line(o, line, o->maps[i], ++nr, err);
		if (r)
			return r;
		if (ferror(f))
			return err_set_errno(err, -EIO, "%s", o->maps[i]);
	}
	return 0;
}

/* By its name, by "8,16" or "8:16"; what is given for all comes last. */
static const char *target_name(const struct replay_options *o,
			       const struct plan_dev *dev)
{
	const char *all = NULL;

	for (size_t i = 0; i < o->nr_to; i++) {
		const char *device = o->to[i].device;
		unsigned int major, minor;
		int n = 0;

		if (!device) {
			all = o->to[i].target;
			continue;
		}
		if (!strncmp(device, "/dev/", 5))
			device += 5;
		if (*dev->name && !strcmp(device, dev->name))
			return o->to[i].target;
		if (sscanf(device, "%u%*1[,:]%u%n", &major, &minor, &n) == 2 &&
		    !device[n] && dev->device &&
		    dev->device == blk_dev(major, minor))
			return o->to[i].target;
	}
	if (!o->nr_to && *dev->name)
		return dev->name;
	return all;
}

/* The index of the opened target; several devices may go to one. */
static int open_target(struct replay_map *map, const struct replay_options *o,
		       const char *name, struct err *err)
{
	unsigned int flags = (o->has_writes ? TARGET_WRITES : 0) |
			     (o->force ? TARGET_FORCE : 0);
	struct target target;
	int r;

	for (size_t i = 0; i < map->nr_targets; i++)
		if (target_is(&map->targets[i], name))
			return (int)i;
	r = target_open(&target, name, flags, err);
	if (r)
		return r;
	map->targets = xgrow(map->targets, map->nr_targets, &map->cap_targets,
			     sizeof(*map->targets));
	map->targets[map->nr_targets] = target;
	return (int)map->nr_targets++;
}

static struct place place_of(const struct replay_options *o,
			     const struct plan_dev *dev,
			     const struct target *target)
{
	return (struct place){
		.from_sectors = dev->sectors > dev->end ? dev->sectors :
				dev->end ? dev->end : 1,
		.to_bytes = target->bytes,
		.block = target->block,
		.fit = o->fit,
	};
}

static int check_fit(const struct plan_dev *dev, const struct target *t,
		     enum place_fit fit, struct err *err)
{
	if (fit != PLACE_EXACT || dev->end <= t->bytes / 512)
		return 0;
	return err_set(err, -ERANGE, "%s: %llu sectors, but the I/O of %s goes"
		       " up to sector %llu (--fit wrap or scale)", t->path,
		       (unsigned long long)t->bytes / 512, dev->name,
		       (unsigned long long)dev->end);
}

int replay_map_open(struct replay_map *map, const struct replay_options *o,
		    const struct plan *plan, struct err *err)
{
	*map = (struct replay_map){ 0 };
	map->devices = xcalloc(plan->nr_devs + 1, sizeof(*map->devices));
	for (size_t i = 0; i < plan->nr_devs; i++) {
		const struct plan_dev *dev = &plan->devs[i];
		const char *name = target_name(o, dev);
		struct engine_device *d = &map->devices[i];
		int r;

		d->target = ENGINE_NO_TARGET;
		if (!name || !dev->nr)
			continue;
		r = open_target(map, o, name, err);
		if (r >= 0) {
			d->target = (uint16_t)r;
			d->place = place_of(o, dev, &map->targets[r]);
			r = check_fit(dev, &map->targets[r], o->fit, err);
		}
		if (r < 0)
			return r;
	}
	if (!map->nr_targets)
		return err_set(err, -ENOENT, "none of the trace's %zu devices"
			       " has a target (--to, -M)", plan->nr_devs);
	return 0;
}

void replay_map_release(struct replay_map *map)
{
	for (size_t i = 0; i < map->nr_targets; i++)
		target_close(&map->targets[i]);
	free(map->targets);
	free(map->devices);
}
