/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/act.h"
#include "src/analyze/track.h"
#include "src/base/xalloc.h"

#define NO_TIME		TRACK_NO_TIME
#define BLKPARSE_MD	9u	/* majors of devices without requests, as */
#define BLKPARSE_DM	253u	/* blkparse has them */

struct io {
	uint64_t sector;
	uint64_t allocated_ns;	/* NO_TIME = not seen */
	uint64_t queued_ns;
	uint64_t issued_ns;
	uint32_t recording;
	uint32_t pid;
	bool is_used;
	bool is_part;		/* of the I/O at @first: nothing else counts */
	bool has_part;		/* there is one more at @next */
	uint64_t first;
	uint64_t next;
};

/* Open addressing; a removal moves the entries behind it up. */
struct table {
	struct io *slots;
	size_t cap;		/* a power of two */
	size_t nr;
};

/*
 * Two generations: when the young one is full it becomes the old one, and
 * what is left in the old one is forgotten.
 */
struct track {
	struct table young;
	struct table old;
	const char *missed;	/* of the latest event */
	bool has_stacked;
	bool has_splits;
};

struct track *track_new(bool has_stacked, bool has_splits)
{
	struct track *track = xcalloc(1, sizeof(*track));

	track->has_stacked = has_stacked;
	track->has_splits = has_splits;
	return track;
}

void track_free(struct track *track)
{
	if (!track)
		return;
	free(track->young.slots);
	free(track->old.slots);
	free(track);
}

static size_t home(const struct table *t, uint32_t recording, uint64_t sector)
{
	uint64_t h = (sector + recording * 0x51ed27u) * 0x9e3779b97f4a7c15u;

	return (size_t)(h >> 32) & (t->cap - 1);
}

static struct io *find(const struct table *t, uint32_t recording,
		       uint64_t sector)
{
	if (!t->nr)
		return NULL;
	for (size_t i = home(t, recording, sector);;
	     i = (i + 1) & (t->cap - 1)) {
		struct io *io = &t->slots[i];

		if (!io->is_used)
			return NULL;
		if (io->sector == sector && io->recording == recording)
			return io;
	}
}

static void erase(struct table *t, struct io *io)
{
	size_t hole = (size_t)(io - t->slots);
	size_t mask = t->cap - 1;

	t->nr--;
	for (size_t i = (hole + 1) & mask; t->slots[i].is_used;
	     i = (i + 1) & mask) {
		size_t want = home(t, t->slots[i].recording,
				   t->slots[i].sector);

		if (((i - want) & mask) < ((i - hole) & mask))
			continue;
		t->slots[hole] = t->slots[i];
		hole = i;
	}
	t->slots[hole].is_used = false;
}

static struct io *put(struct table *t, const struct io *io)
{
	size_t i = home(t, io->recording, io->sector);

	while (t->slots[i].is_used)
		i = (i + 1) & (t->cap - 1);
	t->slots[i] = *io;
	t->slots[i].is_used = true;
	t->nr++;
	return &t->slots[i];
}

static void grow(struct table *t)
{
	struct table old = *t;

	t->cap = old.cap ? 2 * old.cap : 1024;
	t->nr = 0;
	t->slots = xcalloc(t->cap, sizeof(*t->slots));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].is_used)
			(void)put(t, &old.slots[i]);
	free(old.slots);
}

static struct io *insert(struct track *track, const struct io *io)
{
	if (2 * track->young.nr >= TRACK_MAX) {
		free(track->old.slots);
		track->old = track->young;
		track->young = (struct table){ 0 };
	}
	if (2 * track->young.nr >= track->young.cap)
		grow(&track->young);
	return put(&track->young, io);
}

static struct table *table_of(struct track *track, const struct io *io)
{
	bool is_young = track->young.slots && io >= track->young.slots &&
			io < track->young.slots + track->young.cap;

	return is_young ? &track->young : &track->old;
}

static struct io *find_io(const struct track *track, uint32_t recording,
			  uint64_t sector)
{
	struct io *io = find(&track->young, recording, sector);

	return io ? io : find(&track->old, recording, sector);
}

/* ---- splits -------------------------------------------------------------- */

/* The I/O that a part belongs to.  NULL = it was forgotten. */
static struct io *whole_of(const struct track *track, struct io *io)
{
	return io && io->is_part ? find_io(track, io->recording, io->first) :
				   io;
}

/* Tells the parts of @io that it moved; or forgets them. */
static void walk_parts(struct track *track, const struct io *io, bool forget)
{
	struct io part = *io;
	struct io *p;

	while (part.has_part) {
		p = find_io(track, io->recording, part.next);
		if (!p || !p->is_part)
			return;
		part = *p;
		if (forget)
			erase(table_of(track, p), p);
		else
			p->first = io->sector;
	}
}

static void split(struct track *track, uint32_t recording,
		  const struct blk_rec *rec)
{
	struct io *io = find_io(track, recording, rec->sector);
	struct io part = {
		.sector = rec->sector + (rec->bytes >> 9),
		.recording = recording, .is_part = true,
		.first = rec->sector,
	};

	if (!(rec->bytes >> 9) || find_io(track, recording, part.sector))
		return;
	if (!io)
		io = insert(track, &(struct io){
			.sector = rec->sector, .recording = recording,
			.pid = rec->pid, .allocated_ns = NO_TIME,
			.queued_ns = NO_TIME, .issued_ns = NO_TIME,
		});
	if (io->is_part)
		part.first = io->first;
	part.has_part = io->has_part;
	part.next = io->next;
	io->has_part = true;
	io->next = part.sector;
	(void)insert(track, &part);
}

void track_widen(const struct track *track, size_t recording,
		 struct blk_rec *rec)
{
	struct io *io = find_io(track, (uint32_t)recording, rec->sector);

	if (!io || !io->is_part || act_is_pc(rec) ||
	    blk_code(rec) != BLK_ACT_COMPLETE || !whole_of(track, io) ||
	    io->first > rec->sector)
		return;
	rec->bytes += (uint32_t)((rec->sector - io->first) << 9);
	rec->sector = io->first;
}

static struct io *find_or_add(struct track *track, uint32_t recording,
			      const struct blk_rec *rec)
{
	struct io *io = whole_of(track, find_io(track, recording,
						rec->sector));

	if (io)
		return io;
	return insert(track, &(struct io){
		.sector = rec->sector, .recording = recording,
		.pid = rec->pid, .allocated_ns = NO_TIME,
		.queued_ns = NO_TIME, .issued_ns = NO_TIME,
	});
}

static void move_front(struct track *track, uint32_t recording,
		       const struct blk_rec *rec)
{
	uint64_t sectors = rec->bytes >> 9;
	struct io *io = find_io(track, recording, rec->sector + sectors);
	struct io moved;

	if (!io) {
		track->missed = "merge";
		return;
	}
	moved = *io;
	erase(table_of(track, io), io);
	moved.sector -= sectors;
	if (find_io(track, recording, moved.sector))
		return;
	io = insert(track, &moved);
	if (!io->is_part)
		walk_parts(track, io, false);
}

static uint64_t since(uint64_t now, uint64_t then)
{
	return then == NO_TIME ? NO_TIME : now - then;
}

static bool has_no_requests(uint32_t device)
{
	return blk_major(device) == BLKPARSE_MD ||
	       blk_major(device) == BLKPARSE_DM;
}

static uint64_t issue(struct track *track, uint32_t recording,
		      const struct blk_rec *rec, uint64_t now,
		      uint32_t *ret_pid)
{
	struct io *io;

	if (!blk_has(rec, BLK_TC_FS))
		return NO_TIME;
	io = whole_of(track, find_io(track, recording, rec->sector));
	if (!io) {
		track->missed = "issue";
		return NO_TIME;
	}
	io->issued_ns = now;
	*ret_pid = io->pid;
	return since(now, io->queued_ns);
}

static uint64_t complete(struct track *track, uint32_t recording,
			 const struct blk_rec *rec, uint64_t now,
			 uint32_t *ret_pid)
{
	struct io *io = whole_of(track, find_io(track, recording,
						rec->sector));
	uint64_t elapsed, first;

	if (!io) {
		track->missed = "complete";
		return NO_TIME;
	}
	elapsed = since(now, io->issued_ns);
	*ret_pid = io->pid;
	first = io->sector;
	walk_parts(track, io, true);
	io = find_io(track, recording, first);
	erase(table_of(track, io), io);
	return elapsed;
}

uint64_t track_event(struct track *track, size_t recording_nr,
		     const struct blk_rec *rec, uint64_t time_ns,
		     uint32_t *ret_pid)
{
	uint32_t recording = (uint32_t)recording_nr;
	struct io *io;

	track->missed = NULL;
	if (blk_has(rec, BLK_TC_PC))
		return NO_TIME;
	switch (rec->action & BLK_ACT_CODE_MASK) {
	case BLK_ACT_GETRQ:
		find_or_add(track, recording, rec)->allocated_ns = time_ns;
		return NO_TIME;
	case BLK_ACT_QUEUE:
		if (track->has_splits ||
		    (track->has_stacked && has_no_requests(rec->device)))
			find_or_add(track, recording, rec)->issued_ns =
				time_ns;
		return NO_TIME;
	case BLK_ACT_SPLIT:
		if (track->has_splits)
			split(track, recording, rec);
		return NO_TIME;
	case BLK_ACT_FRONTMERGE:
		move_front(track, recording, rec);
		return NO_TIME;
	case BLK_ACT_INSERT:
		io = find_or_add(track, recording, rec);
		io->queued_ns = time_ns;
		*ret_pid = io->pid;
		return since(time_ns, io->allocated_ns);
	case BLK_ACT_ISSUE:
		return issue(track, recording, rec, time_ns, ret_pid);
	case BLK_ACT_COMPLETE:
		return complete(track, recording, rec, time_ns, ret_pid);
	default:
		return NO_TIME;
	}
}

const char *track_missed(const struct track *track)
{
	return track->missed;
}
