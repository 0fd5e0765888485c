/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/analyze/damage.h"
#include "src/analyze/find.h"
#include "src/analyze/reader.h"
#include "src/analyze/survey.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

#define BUF_BYTES	(256u << 10)
#define NS_PER_SEC	1000000000u

/* The device's row; NULL when there are too many. */
static struct survey_device *device_of(struct survey *s, uint32_t device)
{
	const uint64_t *row = map64_get(&s->rows, device);

	if (row)
		return &s->devices[*row];
	if (s->nr_devices == SURVEY_DEVICES)
		return NULL;
	s->devices = xgrow(s->devices, s->nr_devices, &s->cap_devices,
			   sizeof(*s->devices));
	*map64_put(&s->rows, device) = s->nr_devices;
	s->devices[s->nr_devices] = (struct survey_device){ .device = device };
	return &s->devices[s->nr_devices++];
}

static void take_host(struct survey *s, const struct note_host *host)
{
	if (host->nr_cpus > s->nr_cpus && host->nr_cpus <= SOURCE_CPU_MAX)
		s->nr_cpus = host->nr_cpus;
	if (*s->node || !*host->node)
		return;
	free(s->node);
	free(s->release);
	free(s->machine);
	s->node = xstrdup(host->node);
	s->release = xstrdup(host->release);
	s->machine = xstrdup(host->machine);
}

static void take_note(struct survey *s, const struct blk_rec *rec)
{
	struct survey_device *d;
	struct note note;
	uint64_t sec;
	uint32_t nsec;

	if (!s->has_first_note || rec->time < s->first_note)
		s->first_note = rec->time;
	s->has_first_note = true;
	if (blk_code(rec) == BLK_TN_TIMESTAMP &&
	    !blk_get_timestamp(rec, &sec, &nsec)) {
		align_timestamp(&s->clocks, rec->time,
				sec * NS_PER_SEC + nsec);
		return;
	}
	if (note_decode(rec, &note))
		return;
	if (note.id == NOTE_HOST) {
		take_host(s, &note.host);
	} else if (note.id == NOTE_CLOCK) {
		align_clock(&s->clocks, &note);
	} else if (note.id == NOTE_MERGE) {
		s->is_merge = true;
	} else if (note.id == NOTE_DEVICE) {
		d = device_of(s, note.device.device);
		if (d)
			d->has_note = true;
	}
}

/* A message has its time on the clock of the events. */
static bool is_event(const struct blk_rec *rec)
{
	return !blk_is_notify(rec) ||
	       (blk_categories(rec) == BLK_TC_NOTIFY &&
		blk_code(rec) == BLK_TN_MESSAGE);
}

static bool has_clock(const struct survey *s)
{
	return s->clocks.nr || s->clocks.nr_stamps;
}

static void take_event(struct survey *s, const struct blk_rec *rec,
		       const char *label)
{
	struct survey_device *d;

	if (!s->has_first || rec->time < s->first)
		s->first = rec->time;
	s->has_first = true;
	d = device_of(s, rec->device);
	if (d && !d->name && label)
		d->name = xstrdup(label);
}

/* Stops at the first event where that is enough: blktrace's timestamp may come
 * behind it, on another CPU than the first. */
static int read_records(struct survey *s, struct reader *reader,
			const struct find_file *file, const char *label,
			struct err *err)
{
	bool is_whole = file->cpu <= 0, has_event = false;
	struct blk_rec rec;

	for (uint64_t nr = 0; is_whole || (nr < SURVEY_RECS &&
					   (!has_event || !has_clock(s)));) {
		int r = reader_next(reader, &rec);
		ssize_t n;

		if (r == -ENODATA)
			return 0;
		if (r == -EAGAIN) {
			n = reader_fill(reader, reader->pos, err);
			if (n < 0 && n != -EAGAIN && n != -EINTR)
				return (int)n;
			continue;
		}
		nr++;
		if (file->cpu < 0 && rec.cpu >= s->nr_cpus &&
		    rec.cpu < SOURCE_CPU_MAX)
			s->nr_cpus = rec.cpu + 1;
		if (is_event(&rec) && (file->cpu < 0 || !has_event)) {
			if (file->cpu < 0 && !has_event && !rec.time)
				s->is_dump = true;
			take_event(s, &rec, label);
			has_event = true;
		} else if (blk_is_notify(&rec)) {
			take_note(s, &rec);
		}
	}
	return 0;
}

static int read_file(struct survey *s, const struct find_file *file,
		     const char *label, struct err *err)
{
	struct source_file source_file = { .path = file->path,
					   .cpu = file->cpu };
	struct damage damage = { 0 };
	struct reader reader;
	struct stat st;
	int fd, r;

	if (file->cpu < 0 && (!strcmp(file->path, "-") ||
			      (!stat(file->path, &st) &&
			       !S_ISREG(st.st_mode))))
		return err_set(err, -ESPIPE, "%s: this is not a file: it can"
			       " be read once only, and the clocks have to be"
			       " known first", file->path);
	fd = open(file->path, O_RDONLY | O_CLOEXEC);
	/* not seen, its CPU, clock or devices would be missing in a merge that
	 * may well read it afterwards */
	if (fd < 0)
		return err_set_errno(err, -errno, "%s", file->path);
	if (file->cpu >= (int)s->nr_cpus)
		s->nr_cpus = (unsigned int)file->cpu + 1;
	reader_init(&reader, fd, BUF_BYTES, &source_file, &damage);
	r = read_records(s, &reader, file, label, err);
	reader_release(&reader);
	damage_release(&damage);
	return r;
}

int survey_read(const char *name, struct survey *s, struct err *err)
{
	struct damage damage = { 0 };
	struct find_list list = { 0 };
	int r = find_files(name, NULL, true, &list, &damage, err);

	*s = (struct survey){ .node = xstrdup(""), .release = xstrdup(""),
			      .machine = xstrdup(""), .nr_cpus = 1 };
	for (size_t i = 0; i < list.nr_files && !r; i++)
		r = read_file(s, &list.files[i],
			      list.labels[list.files[i].recording], err);
	find_release(&list);
	damage_release(&damage);
	return r;
}

void survey_release(struct survey *s)
{
	for (size_t i = 0; i < s->nr_devices; i++)
		free(s->devices[i].name);
	free(s->devices);
	map64_release(&s->rows);
	free(s->node);
	free(s->release);
	free(s->machine);
	*s = (struct survey){ 0 };
}
