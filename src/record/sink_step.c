/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of a file whose disk is full.  Room that is kept free for it from the
 * start was rejected: it would have to move on with the end of each file, a
 * system call for each write, and not each file system can do it.  To write
 * over the last records wants nothing.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/note.h"
#include "src/base/xalloc.h"
#include "src/record/sink.h"

/* The file is open for writing only: a pipe must fail when its reader ends. */
static uint8_t *read_bytes(const struct sink *sink, size_t len)
{
	uint8_t *bytes = NULL;
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", sink->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	bytes = xmalloc(len);
	if (pread(fd, bytes, len, (off_t)sink->last_at) != (ssize_t)len) {
		free(bytes);
		bytes = NULL;
	}
	(void)close(fd);
	return bytes;
}

/* The records from last_at on; the caller frees them. */
static uint8_t *read_back(const struct sink *sink, size_t *ret_len)
{
	size_t len = (size_t)(sink->offset - sink->last_at);
	uint8_t *bytes = len ? read_bytes(sink, len) : NULL;
	uint8_t *records;
	ssize_t n;

	*ret_len = len;
	if (!bytes || !sink->pack)
		return bytes;
	records = xmalloc(sink->size);
	n = pack_open(bytes, len, records, sink->size);
	free(bytes);
	if (n > 0) {
		*ret_len = (size_t)n;
		return records;
	}
	free(records);
	return NULL;
}

/* Where a record begins with some room behind it, and what is lost when the
 * records from there on are. */
struct step {
	size_t at;
	uint64_t events;
	uint64_t lost;
	uint64_t time;
};

static struct step find_step(const uint8_t *bytes, size_t len, size_t room)
{
	struct step step = { 0 };
	uint64_t time = 0;
	struct blk_rec rec;
	size_t pos = 0;
	ssize_t n;

	while ((n = blk_decode(bytes + pos, len - pos, &rec, NULL)) > 0) {
		struct note note;

		if (len - pos >= room)
			step = (struct step){ .at = pos, .time = time };
		if (sink_is_event(&rec)) {
			step.events++;
			time = rec.time;
		} else if (!note_decode(&rec, &note) && note.id == NOTE_LOSS) {
			step.lost += note.loss.count;
		}
		pos += (size_t)n;
	}
	return room ? step : (struct step){ .at = pos, .time = time };
}

/* What is left of a frame and the new records must make no longer frame: the
 * latter count as if they were not compressed at all. */
static bool find_packed_step(const struct sink *sink, const uint8_t *bytes,
			     size_t len, size_t room, struct step *ret_step)
{
	uint64_t max = sink->offset - sink->last_at;
	const void *frame;

	for (size_t drop = 2 * room; drop < len; drop *= 2) {
		ssize_t n;

		*ret_step = find_step(bytes, len, drop);
		if (!ret_step->at)
			return false;
		n = pack_frame(sink->pack, bytes, ret_step->at, &frame);
		if (n > 0 && (size_t)n + room <= max)
			return true;
	}
	return false;
}

bool sink_has_no_room(const struct sink *sink)
{
	return sink->error == -ENOSPC || sink->error == -EDQUOT;
}

/* Goes to where the next records will be, with what is left of a frame. */
static bool go_to(struct sink *sink, const uint8_t *bytes, size_t len,
		  size_t room, struct step *ret_step)
{
	bool is_repacked = sink->pack && room;
	uint64_t to;

	if (len < room)
		return false;
	if (is_repacked && !find_packed_step(sink, bytes, len, room, ret_step))
		return false;
	if (!is_repacked)
		*ret_step = find_step(bytes, len, room);
	to = sink->last_at + ret_step->at;
	if (sink->pack)
		to = is_repacked ? sink->last_at : sink->offset;
	if (lseek(sink->fd, (off_t)to, SEEK_SET) < 0)
		return false;
	sink->offset = to;
	sink->used = 0;
	if (is_repacked) {
		memcpy(sink->buf, bytes, ret_step->at);
		sink->used = ret_step->at;
	}
	return true;
}

bool sink_step_back(struct sink *sink, size_t room, uint64_t *ret_time)
{
	struct step step = { 0 };
	uint8_t *bytes;
	bool is_there;
	size_t len;

	if ((sink->error && !sink_has_no_room(sink)) || sink->is_pipe)
		return false;
	bytes = read_back(sink, &len);
	is_there = bytes && go_to(sink, bytes, len, room, &step);
	free(bytes);
	if (!is_there)
		return false;
	sink->nr_unwritten += step.events;
	sink->nr_untold += step.lost;
	sink->error = 0;
	*ret_time = step.time;
	return true;
}

void sink_cut(struct sink *sink)
{
	if (!sink->is_pipe)
		(void)ftruncate(sink->fd, (off_t)sink->offset);
}

void sink_undo(struct sink *sink, const struct sink *before)
{
	struct stat st;

	sink->error = before->error;
	if (fstat(sink->fd, &st) < 0 || (uint64_t)st.st_size < before->offset)
		return;
	*sink = *before;
	sink->used = 0;
	sink_cut(sink);
}
