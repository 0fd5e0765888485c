/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/export.h"
#include "src/analyze/export_impl.h"
#include "src/base/xalloc.h"

/* ---- names ---- */

static uint32_t find(const struct map64 *map, uint64_t key)
{
	const uint64_t *value = map64_get(map, key);

	return value ? (uint32_t)*value : 0;
}

uint32_t export_devno(struct export *x, uint32_t device)
{
	uint32_t label = find(&x->devnos, device);
	char text[32];
	int n;

	if (label)
		return label;
	n = snprintf(text, sizeof(text), "%u,%u", blk_major(device),
		     blk_minor(device));
	label = labels_add(&x->labels, text, (size_t)n);
	*map64_put(&x->devnos, device) = label;
	return label;
}

uint32_t export_device(struct export *x, uint32_t device)
{
	uint32_t label = find(&x->devices, device);

	return label ? label : export_devno(x, device);
}

uint32_t export_process(const struct export *x, uint32_t pid)
{
	return find(&x->processes, pid);
}

uint32_t export_cgroup(const struct export *x, uint64_t cgroup)
{
	return cgroup ? find(&x->cgroups, cgroup) : 0;
}

uint32_t export_tgid(const struct export *x, uint32_t pid)
{
	return find(&x->tgids, pid);
}

uint64_t export_wall(const struct export *x, uint64_t time)
{
	return x->has_wall && x->clock_offset ? time + x->clock_offset :
						LIFE_NEVER;
}

/* The label of what life was told to be the tag. */
static uint32_t tag_of(struct export *x, uint32_t tag)
{
	uint32_t label;
	const char *text;

	if (!x->opts.wants.tags || !tag)
		return tag;
	label = find(&x->given_tags, tag);
	if (label)
		return label;
	text = tags_label(x->opts.wants.tags, tag);
	label = labels_add(&x->labels, text, strlen(text));
	*map64_put(&x->given_tags, tag) = label;
	return label;
}

static void set_text(struct export *x, struct map64 *map, uint64_t key,
		     const char *text)
{
	if (*text && !find(map, key))
		*map64_put(map, key) =
			labels_add(&x->labels, text, strlen(text));
}

/* ---- what life tells ---- */

static void on_io(void *ctx, const struct life_io *io)
{
	struct export *x = ctx;
	const struct export_io out = {
		.io = io,
		.since = io->q - x->first,
		.wall = export_wall(x, io->q),
		.tgid = find(&x->tgids, io->pid),
		.device = export_device(x, io->device),
		.devno = export_devno(x, io->device),
		.origin = io->origin ? export_device(x, io->origin) : 0,
		.process = find(&x->processes, io->pid),
		.cgroup = export_cgroup(x, io->cgroup),
		.tag = tag_of(x, io->tag),
	};

	x->opts.format->io(x->ctx, &out);
}

static void on_bare_io(void *ctx, const struct life_io *io)
{
	struct export *x = ctx;
	const struct export_io out = { .io = io };

	x->opts.format->io(x->ctx, &out);
}

static void on_issue(void *ctx, const struct life_request *rq)
{
	struct export *x = ctx;

	x->opts.format->issue(x->ctx, rq);
}

static void on_request(void *ctx, const struct life_request *rq)
{
	struct export *x = ctx;

	x->opts.format->request(x->ctx, rq);
}

static void on_back(void *ctx, const struct life_request *rq)
{
	struct export *x = ctx;

	x->opts.format->back(x->ctx, rq);
}

/* ---- the object ---- */

int export_open(const struct export_options *opts, struct export **ret_export,
		struct err *err)
{
	const struct export_format *f = opts->format;
	_cleanup_(export_freep) struct export *x = NULL;
	int r;

	if (f->needs_output && (!opts->output || !strcmp(opts->output, "-")))
		return err_set(err, -EINVAL, "--format %s: it needs -o, it"
			       " cannot be written to standard output",
			       f->name);
	x = xcalloc(1, sizeof(*x));
	x->opts = *opts;
	x->first = LIFE_NEVER;
	if (f->has_ios)
		x->life = life_new(&(struct life_sink){
			.io = !f->io		? NULL :
			      f->has_no_names ? on_bare_io :
						on_io,
			.issue = f->issue ? on_issue : NULL,
			.request = f->request ? on_request : NULL,
			.back = f->back ? on_back : NULL,
			.ctx = x,
		});
	if (x->life && opts->wants.tags_at_issue)
		life_tag_at_issue(x->life);
	r = f->open(x, &x->ctx, err);
	if (r)
		return r;
	*ret_export = TAKE_PTR(x);
	return 0;
}

void export_free(struct export *x)
{
	if (!x)
		return;
	if (x->ctx)
		x->opts.format->free(x->ctx);
	life_free(x->life);
	labels_release(&x->labels);
	names_release(&x->names);
	stats_lanes_release(&x->lanes);
	map64_release(&x->processes);
	map64_release(&x->tgids);
	map64_release(&x->devices);
	map64_release(&x->devnos);
	map64_release(&x->cgroups);
	map64_release(&x->trace_tags);
	map64_release(&x->given_tags);
	free(x);
}

/* ---- notes ---- */

static void lose(struct export *x, uint32_t device, uint64_t nr)
{
	if (!nr)
		return;
	x->nr_lost += nr;
	if (x->life)
		life_lost(x->life, device);
}

static void add_tag(struct export *x, const struct blk_rec *rec,
		    const struct note *note)
{
	if (x->opts.wants.tags)
		return;
	if (note->id == NOTE_TAG && note->tag.tag)
		*map64_put(&x->trace_tags, note->tag.tag) =
			labels_add(&x->labels, note->tag.label,
				   strlen(note->tag.label));
	else if (note->id == NOTE_TAGGED)
		stats_lane(&x->lanes, rec->device, rec->cpu)->tag =
			find(&x->trace_tags, note->tagged.tag);
}

static void add_private(struct export *x, const struct blk_rec *rec)
{
	struct note note;

	if (note_decode(rec, &note))
		return;
	if (note.id == NOTE_LOSS && note.loss.count) {
		stats_lane(&x->lanes, note.loss.device, note.loss.cpu)
			->credit += note.loss.count;
		lose(x, note.loss.device, note.loss.count);
	} else if (note.id == NOTE_DEVICE) {
		set_text(x, &x->devices, note.device.device, note.device.name);
	} else if (note.id == NOTE_PROCESS) {
		*map64_put(&x->tgids, note.process.tid) = note.process.tgid;
	} else if (note.id == NOTE_CGROUP) {
		set_text(x, &x->cgroups, note.cgroup.id, note.cgroup.path);
	} else if (note.id == NOTE_CHARGE) {
		stats_lane(&x->lanes, rec->device, rec->cpu)->cgroup =
			note.charge.cgroup;
	} else if (note.id == NOTE_CLOCK && note.clock.monotonic) {
		x->clock_offset = note.clock.realtime - note.clock.monotonic;
	} else if (note.id == NOTE_TAG || note.id == NOTE_TAGGED) {
		add_tag(x, rec, &note);
	}
	if (x->opts.format->note)
		x->opts.format->note(x->ctx, rec, &note);
}

static void add_note(struct export *x, const struct blk_rec *rec)
{
	const struct name *name;
	uint64_t sec;
	uint32_t nsec;

	if (note_is_private(rec)) {
		add_private(x, rec);
	} else if (blk_code(rec) == BLK_TN_PROCESS) {
		if (!names_add(&x->names, rec))
			return;
		name = names_find(&x->names, rec->pid);
		*map64_put(&x->processes, rec->pid) =
			labels_add(&x->labels, name->text, name->len);
	} else if (blk_code(rec) == BLK_TN_TIMESTAMP && !x->clock_offset &&
		   !blk_get_timestamp(rec, &sec, &nsec)) {
		x->clock_offset = sec * 1000000000 + nsec - rec->time;
	}
}

/* ---- events ---- */

void export_add(struct export *x, const struct blk_rec *rec, bool is_numbered,
		uint32_t tag)
{
	struct stats_lane *lane;
	uint64_t cgroup;

	if (blk_is_notify(rec)) {
		add_note(x, rec);
		return;
	}
	lane = stats_lane(&x->lanes, rec->device, rec->cpu);
	if (is_numbered)
		lose(x, rec->device, stats_lane_see(lane, rec->sequence));
	if (!stats_wants(&x->opts.wants, &x->first, rec))
		return;
	if (x->first == LIFE_NEVER)
		x->first = rec->time;
	x->last = rec->time;
	x->has_wall = is_numbered;
	if (x->opts.format->event)
		x->opts.format->event(x->ctx, rec);
	if (!x->life)
		return;
	life_tag(x->life, x->opts.wants.tags ? tag : lane->tag);
	if (!(rec->action & BLK_ACT_CGROUP) || blk_cgroup_id(rec, &cgroup))
		cgroup = lane->cgroup;
	life_add(x->life, rec, cgroup);
}

int export_status(const struct export *x)
{
	return x->opts.format->status ? x->opts.format->status(x->ctx) : 0;
}

int export_end(struct export *x, struct err *err)
{
	for (size_t i = 0; i < x->lanes.cap; i++)
		if (x->lanes.slots[i].is_begun)
			lose(x, x->lanes.slots[i].device,
			     stats_lane_end(&x->lanes.slots[i]));
	if (x->life)
		life_end(x->life);
	return x->opts.format->end(x->ctx, err);
}

uint64_t export_lost(const struct export *x)
{
	return x->nr_lost;
}

uint64_t export_unfit(const struct export *x)
{
	return x->nr_unfit;
}

const struct life_counts *export_counts(const struct export *x)
{
	static const struct life_counts none;

	return x->life ? life_counts(x->life) : &none;
}
