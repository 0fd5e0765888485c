/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>

#include "src/record/join.h"

/* What a look at all disks carries along. */
struct look {
	struct recorder *rec;
	uint64_t time;
	size_t nr_failed;
};

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
	r = trace_begin(t, time, NULL, err);
	if (!r)
		r = session_add_disk(rec->session, dev->device, &index, err);
	if (r) {
		trace_close(t);
		return r;
	}
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

		if (!t->dev.is_partition && t->dev.sectors != sectors)
			return trace_resize(t, sectors, time, err);
	}
	return 0;
}

static void look_at(void *data, uint32_t device, uint64_t sectors)
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
	} else {
		r = dev_find_number("/sys", "", device, &dev, NULL);
		if (r)
			return;		/* gone again */
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
