/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/note.h"
#include "src/analyze/ahead.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/plot.h"

#define NS_PER_S	UINT64_C(1000000000)

static const char suffix[] = ".blktrace.0";

/* ---- reading ------------------------------------------------------------- */

/* As iowatcher has it: a folder stands for all recordings in it. */
static int find_names(const char *name, glob_t *ret_found)
{
	_cleanup_(freep) char *pattern = NULL;
	struct stat st;

	if (stat(name, &st) || !S_ISDIR(st.st_mode))
		return 0;
	pattern = xasprintf("%s/*%s", name, suffix);
	if (glob(pattern, 0, NULL, ret_found)) {
		cmd_error("%s: there is no NAME%s in this folder", name,
			  suffix);
		return CMD_FAILED;
	}
	return 0;
}

/* The device that a recording is of. */
struct recording {
	uint32_t device;
	bool has_device;
	bool is_mixed;		/* there are several */
};

static void find_devices(struct recording *recordings,
			 const struct source_file *files,
			 const struct source_batch *batch)
{
	struct recording *r = NULL;
	uint16_t file = 0;

	for (size_t i = 0; i < batch->nr; i++) {
		uint32_t device = batch->recs[i].device;

		/* most often the same as before */
		if (r && batch->files[i] == file && r->device == device)
			continue;
		if (blk_is_notify(&batch->recs[i]))
			continue;
		file = batch->files[i];
		r = &recordings[files[file].name];
		r->is_mixed |= r->has_device && r->device != device;
		r->device = device;
		r->has_device = true;
	}
}

/* A device has the name of the recording that is of it alone. */
static void name_devices(const struct source *src, struct series *series,
			 const struct recording *recordings)
{
	const char *const *labels;
	size_t nr = source_labels(src, &labels);

	for (size_t i = 0; i < nr; i++) {
		const char *slash = labels[i] ? strrchr(labels[i], '/') : NULL;

		if (labels[i] && recordings[i].has_device &&
		    !recordings[i].is_mixed)
			series_name_device(series, recordings[i].device,
					   slash ? slash + 1 : labels[i]);
	}
}

static void add_private(struct plot_source *p, const struct blk_rec *rec)
{
	struct note note;

	if (note_decode(rec, &note))
		return;
	if (note.id == NOTE_CPUSTAT)
		cpuload_add(p->load, rec->time, &note.cpustat);
	if (note.id == NOTE_CLOCK && !p->anchor_wall_ns) {
		p->anchor_ns = note.clock.monotonic;
		p->anchor_wall_ns = note.clock.realtime;
	}
}

/* What the pictures need from notes, but for those of series. */
static void add_notes(struct plot_source *p, const struct source_batch *batch)
{
	for (size_t i = 0; batch->nr_notes && i < batch->nr; i++) {
		const struct blk_rec *rec = &batch->recs[i];
		uint64_t sec;
		uint32_t nsec;

		if (!blk_is_notify(rec))
			continue;
		if (note_is_private(rec)) {
			add_private(p, rec);
		} else if (blk_code(rec) == BLK_TN_TIMESTAMP &&
			   !p->anchor_wall_ns &&
			   !blk_get_timestamp(rec, &sec, &nsec)) {
			p->anchor_ns = rec->time;
			p->anchor_wall_ns = sec * NS_PER_S + nsec;
		}
	}
}

uint64_t plot_wall(const struct plot_source *p)
{
	uint64_t first = series_first(p->series);

	/* events of a dump count from 0, and its notes do not */
	if (!p->anchor_wall_ns || (!first && p->anchor_ns >
						     series_last(p->series)))
		return 0;
	return p->anchor_wall_ns + (first - p->anchor_ns);
}

/* iotape tag begins its traces so: what has no tag yet counts as well. */
static bool is_tagged(const struct source_batch *batch)
{
	struct note note;

	return batch->nr && note_is_private(&batch->recs[0]) &&
	       !note_decode(&batch->recs[0], &note) && note.id == NOTE_HOST &&
	       !strncmp(note.host.recorder, "iotape tag", 10);
}

/* Each record goes to its group, too.  -EINTR: a signal. */
static int add_tagged(struct plot_source *p, const struct source_batch *batch,
		      const struct plot_read_options *opts)
{
	const uint32_t *of;
	int r;

	if (!p->tags)
		return 0;
	r = tags_batch(p->tags, batch, &of);
	if (r)
		return r;
	if (!p->groups && (opts->by == PLOT_BY_TAG || tags_count(p->tags) ||
			   is_tagged(batch)))
		p->groups = groups_new(p->series, opts->series);
	if (p->groups)
		groups_add(p->groups, batch->recs, of, batch->nr);
	return 0;
}

static void finish(struct plot_source *p, const struct source *src,
		   const struct recording *recordings, size_t max_groups)
{
	series_finish(p->series);
	if (p->detail)
		detail_finish(p->detail);
	if (p->side)
		diff_side_finish(p->side);
	name_devices(src, p->series, recordings);
	if (p->groups)
		p->nr_groups = groups_finish(p->groups, max_groups, &p->list);
	if (p->tags)
		tags_end(p->tags);
	p->has_failed = tag_choice_report(p->tags);
}

/* Where the trace has no name for "8,0", its files may have one. */
static const char *name_of_device(const struct plot_source *p,
				  const char *label)
{
	unsigned int major, minor;
	size_t nr;
	const struct series_device *d = series_devices(p->series, &nr);

	if (sscanf(label, "%u,%u", &major, &minor) != 2)
		return label;
	for (size_t i = 0; i < nr; i++)
		if (d[i].device == blk_dev(major, minor) && *d[i].name)
			return d[i].name;
	return label;
}

const char *plot_group_label(const struct plot_source *p,
			     const struct group *group)
{
	const char *label = tags_label(p->tags, group->tag);

	switch (group->kind) {
	case GROUP_OTHER:
		return "other";
	case GROUP_NONE:
		return "untagged";
	case GROUP_TAG:
		break;
	}
	if (p->is_by_device)
		label = name_of_device(p, label);
	return *label ? label : "\"\"";
}

/* Block I/O, KVM or virtio; not what says who is who. */
static bool is_event(const struct blk_rec *rec)
{
	return !blk_is_notify(rec) || blk_code(rec) >= NOTE_CODE_EVENTS;
}

/* What series counts from. */
static bool is_block_event(const struct blk_rec *rec)
{
	return !blk_is_notify(rec) && !blk_has(rec, BLK_TC_DRV_DATA);
}

static void note_span(struct plot_span *span, const struct source_batch *batch,
		      bool (*is_mine)(const struct blk_rec *rec))
{
	for (size_t i = 0; i < batch->nr && !span->is_any; i++) {
		span->is_any = is_mine(&batch->recs[i]);
		span->first_ns = span->last_ns = batch->recs[i].time;
	}
	for (size_t i = batch->nr; i; i--) {
		if (!is_mine(&batch->recs[i - 1]))
			continue;
		if (batch->recs[i - 1].time > span->last_ns)
			span->last_ns = batch->recs[i - 1].time;
		return;
	}
}

static int read_all(struct source *src, struct plot_source *p,
		    const struct plot_read_options *opts)
{
	const char *const *labels;
	const struct source_file *files;
	_cleanup_(freep) struct recording *recordings =
		xcalloc(source_labels(src, &labels) + 1, sizeof(*recordings));
	_cleanup_(ahead_freep) struct ahead *ahead = ahead_new(src);
	struct source_batch batch;
	struct err err = { 0 };
	ssize_t n;

	(void)source_files(src, &files);
	while ((n = ahead_read(ahead, &batch, &err)) != 0) {
		if (n == -EINTR && cmd_signal)
			source_stop(src);
		else if (n < 0 && n != -EINTR)
			return cmd_fail(&err);
		if (n > 0) {
			series_add(p->series, batch.recs, batch.nr);
			(void)add_tagged(p, &batch, opts);
			add_notes(p, &batch);
			note_span(&p->events, &batch, is_event);
			note_span(&p->blocks, &batch, is_block_event);
			if (p->detail)
				detail_add(p->detail, batch.recs,
					   batch.nr);
			if (p->side)
				diff_side_add(p->side, batch.recs,
					      batch.nr);
			find_devices(recordings, files, &batch);
		}
		if (cmd_signal && !source_is_live(src)) {
			cmd_error("interrupted");
			return CMD_FAILED;
		}
	}
	finish(p, src, recordings, opts->max_groups);
	return CMD_OK;
}

static void say_damage(const char *sentence, void *ctx)
{
	(void)ctx;
	cmd_error("%s", sentence);
}

/* The last part of a path, of "." and "dir/" too.  The caller frees it. */
static char *base_of(const char *path)
{
	_cleanup_(freep) char *real = realpath(path, NULL);
	const char *slash;

	/* a recording is no file, and a link's own name says more */
	if (!real || (path[0] && !strchr("./", path[strlen(path) - 1])))
		slash = strrchr(path, '/');
	else
		slash = strrchr(path = real, '/');
	return xstrdup(slash && slash[1] ? slash + 1 : path);
}

static char *label_of(const struct source *src, const char *name)
{
	const char *const *labels;
	size_t nr = source_labels(src, &labels);

	return base_of(nr == 1 && labels[0] ? labels[0] : name);
}

/* Says what is wrong with the trace; the picture says it too. */
static int check_loss(struct plot_source *p, const struct source *src,
		      const char *name)
{
	uint64_t nr_lost = series_totals(p->series)->nr_lost;

	p->nr_damaged = source_damage(src, say_damage, NULL);
	if (nr_lost)
		cmd_error("%s: %" PRIu64 " events were lost when it was"
			  " recorded", name, nr_lost);
	return nr_lost || p->nr_damaged || p->has_failed ? CMD_LOSS : CMD_OK;
}

/* What iowatcher leaves beside a trace: NAME.mpstat, also of NAME.dump. */
static void read_mpstat(struct cpuload *load, const char *name)
{
	size_t len = strlen(name);
	_cleanup_(freep) char *path = NULL;
	_cleanup_(fclosep) FILE *f = NULL;

	if (len > 5 && !strcmp(name + len - 5, ".dump"))
		len -= 5;
	while (len > 1 && name[len - 1] == '/')
		len--;
	path = xasprintf("%.*s.mpstat", (int)len, name);
	f = fopen(path, "re");
	if (f && !cpuload_read_mpstat(load, f))
		cmd_error("%s: there is no sample of \"mpstat -P ALL\" in it",
			  path);
}

struct fiolog *plot_read_fio(const char *path)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	struct fiolog *log;

	if (!f) {
		cmd_error("%s: %s", path, strerror(errno));
		return NULL;
	}
	log = fiolog_read(f);
	if (!log->of[IO_READ].nr && !log->of[IO_WRITE].nr &&
	    !log->of[IO_OTHER].nr) {
		cmd_error("%s: no line of it is one of a bandwidth log of fio",
			  path);
		fiolog_free(log);
		return NULL;
	}
	return log;
}

/*
 * As iowatcher has it: NAME.dump stands for the recording NAME where there is
 * no such file, and NAME for NAME.dump where there is no recording.
 */
static char *find_twin(const char *name)
{
	_cleanup_(freep) char *file = xasprintf("%s%s", name, suffix);
	size_t len = strlen(name);

	if (!access(name, F_OK) || !access(file, F_OK))
		return xstrdup(name);
	if (len > 5 && !strcmp(name + len - 5, ".dump")) {
		_cleanup_(freep) char *base = xstrndup(name, len - 5);
		_cleanup_(freep) char *first = xasprintf("%s%s", base, suffix);

		return xstrdup(!access(first, F_OK) ? base : name);
	}
	free(file);
	file = xasprintf("%s.dump", name);
	return xstrdup(!access(file, F_OK) ? file : name);
}

int plot_source_read(struct plot_source *p, const char *wanted,
		     const char *label, const struct plot_read_options *opts)
{
	_cleanup_(freep) char *found_name = find_twin(wanted);
	const struct source_options so = {
		.has_companions = opts->needs_private,
	};
	const char *name = found_name;
	_cleanup_(source_freep) struct source *src = NULL;
	glob_t found = { 0 };
	struct err err = { 0 };
	int status = find_names(name, &found);
	int r;

	if (status != CMD_OK)
		return status;
	r = found.gl_pathc ?
		    source_open((const char *const *)found.gl_pathv,
				found.gl_pathc, &so, &src, &err) :
		    source_open(&name, 1, &so, &src, &err);
	globfree(&found);
	if (!r && opts->by != PLOT_BY_NONE)
		r = tag_choice_open(opts->tags, false, &p->tags, &err);
	if (r)
		return cmd_fail(&err);
	p->label = label ? xstrdup(label) : label_of(src, name);
	p->is_by_device = opts->tags->tags.by &&
			  !strcmp(opts->tags->tags.by, "device");
	p->series = series_new(opts->series);
	p->load = cpuload_new();
	if (opts->needs_side)
		p->side = diff_side_new();
	if (opts->needs_detail)
		p->detail = detail_new(&(struct detail_options){
			.from_ns = opts->series->from_ns,
			.to_ns = opts->series->to_ns,
			.has_path = opts->needs_private });
	status = read_all(src, p, opts);
	if (!p->load->all.of[0].nr)
		read_mpstat(p->load, name);
	return status != CMD_OK ? status : check_loss(p, src, name);
}

void plot_source_release(struct plot_source *p)
{
	cpuload_free(p->load);
	detail_free(p->detail);
	diff_side_free(p->side);
	groups_free(p->groups);
	tags_free(p->tags);
	series_free(p->series);
	free(p->label);
	*p = (struct plot_source){ 0 };
}
