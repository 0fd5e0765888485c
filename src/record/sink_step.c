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
#include <unistd.h>

#include "formats/note.h"
#include "src/base/xalloc.h"
#include "src/record/sink.h"

/* The file is open for writing only: a pipe must fail when its reader ends. */
static uint8_t *read_back(const struct sink *sink, size_t len)
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

/* Where a record begins with room for SINK_STEP behind it, and what is lost
 * when the records from there on are. */
struct step {
	size_t at;
	uint64_t events;
	uint64_t lost;
	uint64_t time;
};

static void find_step(const uint8_t *bytes, size_t len, struct step *ret_step)
{
	struct step step = { 0 };
	uint64_t time = 0;
	struct blk_rec rec;
	size_t pos = 0;
	ssize_t n;

	while ((n = blk_decode(bytes + pos, len - pos, &rec, NULL)) > 0) {
		struct note note;

		if (len - pos >= SINK_STEP)
			step = (struct step){ .at = pos, .time = time };
		if (sink_is_event(&rec)) {
			step.events++;
			time = rec.time;
		} else if (!note_decode(&rec, &note) && note.id == NOTE_LOSS) {
			step.lost += note.loss.count;
		}
		pos += (size_t)n;
	}
	*ret_step = step;
}

static bool has_no_room(const struct sink *sink)
{
	return sink->error == -ENOSPC || sink->error == -EDQUOT;
}

bool sink_step_back(struct sink *sink, uint64_t *ret_time)
{
	size_t len = (size_t)(sink->offset - sink->last_at);
	struct step step = { .events = sink->last_events };
	uint8_t *bytes;

	if (!has_no_room(sink) || sink->is_pipe || !len)
		return false;
	if (!sink->pack) {
		bytes = read_back(sink, len);
		if (!bytes)
			return false;
		find_step(bytes, len, &step);
		free(bytes);
	}
	sink->offset = sink->last_at + step.at;
	if (lseek(sink->fd, (off_t)sink->offset, SEEK_SET) < 0)
		return false;
	sink->nr_unwritten += step.events;
	sink->nr_untold += step.lost;
	sink->error = 0;
	sink->used = 0;
	*ret_time = step.time;
	return true;
}

void sink_cut(struct sink *sink)
{
	if (!sink->is_pipe)
		(void)ftruncate(sink->fd, (off_t)sink->offset);
}
