/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/record/join.h"

/* What a look at all disks carries along. */
struct look {
	struct recorder *rec;
	uint64_t time;
	size_t nr_failed;
};

/* The name of a disk that comes where another one had its name. */
static void name_with_number(const char *name, uint32_t device,
			     char ret[DEV_NAME_MAX])
{
	int room = DEV_NAME_MAX - (int)sizeof("-4095:1048575");

	(void)snprintf(ret, DEV_NAME_MAX, "%.*s-%u_%u", room, name,
		       blk_major(device), blk_minor(device));
}

/* A disk may go and come back under another number: its files would have the
 * names of those that are open. */
static void make_name_own(const struct recorder *rec, struct dev *dev)
{
	char own[DEV_NAME_MAX];

	for (size_t i = 0; i < rec->nr_traces; i++)
		if (!strcmp(rec->traces[i].dev.name, dev->name)) {
			name_with_number(dev->name, dev->device, own);
			memcpy(dev->name, own, sizeof(own));
			return;
		}
}

/* Whether the trace of @disk is that of the disk which is called @name. */
static int check_name(const struct recorder *rec, const struct disk *disk,
		      const char *name, struct err *err)
{
	char own[DEV_NAME_MAX];

	for (size_t i = 0; i < disk->nr; i++) {
		const struct dev *dev =
			&rec->disks.order[disk->first + i]->dev;

		if (dev->is_partition || !strcmp(dev->name, name))
			continue;
		name_with_number(name, disk->device, own);
		if (!strcmp(dev->name, own))
			continue;
		return err_set(err, -EEXIST, "%s: it has the number %u:%u that"
			       " %s had, and its events are in the trace of %s",
			       name, blk_major(dev->device),
			       blk_minor(dev->device), dev->name, dev->name);
	}
	return 0;
}

static int add_disk(struct recorder *rec, const struct dev *dev,
		    uint64_t time, struct err *err)
{
	struct trace *t = &rec->traces[rec->nr_traces];
	uint32_t index;
	int r;

	if (rec->nr_traces == rec->max_traces)
		return err_set(err, -E2BIG, "%s: more than %d devices have"
			       " come", dev->name, RECORDER_JOIN_MAX);
	r = recorder_open_trace(rec, dev, t, err);
	if (r)
		return r;
	/* in memory, a dump begins it */
	r = rec->flight ? 0 : trace_begin(t, time, NULL, err);
	if (!r)
		r = session_add_disk(rec->session, dev->device, &index, err);
	if (r) {
		trace_close(t);
		return r;
	}
	if (rec->flight)
		flight_add_dev(rec->flight, dev);
	rec->nr_traces++;
	disks_add(&rec->disks, t, index, rec->nr_cpus);
	return 0;
}

/* A disk has another size now: a loop device has got another file. */
static int resize(struct recorder *rec, const struct disk *disk,
		  uint64_t sectors, uint64_t time, struct err *err)
{
	for (size_t i = 0; i < disk->nr; i++) {
		struct trace *t = rec->disks.order[disk->first + i];

		if (t->dev.is_partition || t->dev.sectors == sectors)
			continue;
		if (!rec->flight)
			return trace_resize(t, sectors, time, err);
		t->dev.sectors = sectors;
		flight_resize_dev(rec->flight, (size_t)(t - rec->traces),
				  sectors);
	}
	return 0;
}

static void look_at(void *data, const char *name, uint32_t device,
		    uint64_t sectors)
{
	struct look *look = data;
	struct recorder *rec = look->rec;
	const struct disk *disk = disks_find(&rec->disks, device);
	struct dev dev;
	int r;

	if (!sectors)
		return;
	if (disk) {
		r = resize(rec, disk, sectors, look->time, &rec->join_why);
		r = r ? r : check_name(rec, disk, name, &rec->join_why);
	} else {
		r = dev_find_number("/sys", "", device, &dev, NULL);
		if (r)
			return;		/* gone again */
		make_name_own(rec, &dev);
		r = add_disk(rec, &dev, look->time, &rec->join_why);
	}
	look->nr_failed += !!r;
}

void join_disks(struct recorder *rec, uint64_t time)
{
	struct look look = { .rec = rec, .time = time };

	dev_scan("/sys", rec->opts.patterns, rec->opts.nr_patterns, look_at,
		 &look);
	if (look.nr_failed > rec->nr_unjoined)
		rec->nr_unjoined = look.nr_failed;
}
