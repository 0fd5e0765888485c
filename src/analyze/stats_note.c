/* SPDX-License-Identifier: GPL-2.0 */
/* What stands beside the events: names, losses, cgroups, tags, clocks. */
#include "config.h"

#include <string.h>

#include "src/analyze/stats_impl.h"
#include "src/base/xalloc.h"

#define CGROUPS_MAX 65536u /* paths that are kept */

void stats_lose(struct stats *st, uint32_t device, uint64_t nr, uint32_t reason)
{
	struct stats_device *d = device ? stats_device_of(st, device) : NULL;

	st->loss.events += nr;
	st->loss.by_reason[reason < NOTE_LOSS_MAX ? reason : 0] += nr;
	if (d)
		d->lost += nr;
	life_lost(st->life, device);
}

static void set_name(struct stats *st, uint32_t device, const char *name)
{
	struct stats_device *d = stats_device_of(st, device);

	if (!d || d->name[0])
		return;
	strncpy(d->name, name, sizeof(d->name) - 1);
}

static void add_cgroup(struct stats *st, uint64_t id, const char *path)
{
	if (stats_cgroup_path(st, id) || st->nr_paths >= CGROUPS_MAX)
		return;
	st->paths = xgrow(st->paths, st->nr_paths, &st->cap_paths,
			  sizeof(*st->paths));
	st->paths[st->nr_paths++] =
		(struct stats_cgroup){.id = id, .path = xstrdup(path)};
}

static void add_tag(struct stats *st, const struct blk_rec *rec,
		    const struct note *note)
{
	const uint64_t *label;

	if (note->id == NOTE_TAG && note->tag.tag) {
		*map64_put(&st->tags, note->tag.tag) = labels_add(
			&st->labels, note->tag.label, strlen(note->tag.label));
	} else if (note->id == NOTE_TAGGED) {
		label = map64_get(&st->tags, note->tagged.tag);
		stats_lane(&st->lanes, rec->device, rec->cpu)->tag =
			label ? (uint32_t)*label : 0;
	}
}

static void add_private(struct stats *st, const struct blk_rec *rec)
{
	struct stats_lane *lane;
	struct note note;

	if (note_decode(rec, &note))
		return;
	if (note.id == NOTE_LOSS && note.loss.count) {
		lane = stats_lane(&st->lanes, note.loss.device, note.loss.cpu);
		lane->credit += note.loss.count;
		stats_lose(st, note.loss.device, note.loss.count,
			   note.loss.reason);
	} else if (note.id == NOTE_DEVICE &&
		   !(note.device.flags & NOTE_DEVICE_BELOW)) {
		set_name(st, note.device.device, note.device.name);
	} else if (note.id == NOTE_CGROUP) {
		add_cgroup(st, note.cgroup.id, note.cgroup.path);
	} else if (note.id == NOTE_CHARGE) {
		stats_lane(&st->lanes, rec->device, rec->cpu)->cgroup =
			note.charge.cgroup;
	} else if (!st->opts.tags &&
		   (note.id == NOTE_TAG || note.id == NOTE_TAGGED)) {
		add_tag(st, rec, &note);
	} else if (note.id == NOTE_CLOCK && note.clock.monotonic) {
		st->clock_offset = note.clock.realtime - note.clock.monotonic;
	}
}

void stats_add_note(struct stats *st, const struct blk_rec *rec)
{
	uint64_t sec;
	uint32_t nsec;

	if (note_is_private(rec)) {
		add_private(st, rec);
		return;
	}
	if (blk_code(rec) == BLK_TN_PROCESS) {
		(void)names_add(&st->names, rec);
		stats_groups_renamed(&st->process);
		stats_groups_renamed(&st->keys);
	}
	if (blk_code(rec) == BLK_TN_TIMESTAMP && !st->clock_offset &&
	    !blk_get_timestamp(rec, &sec, &nsec))
		st->clock_offset = sec * 1000000000 + nsec - rec->time;
}
