/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts what is in the files of one recording, for tests:
 *
 *	trace-facts [--notes] FILE...
 *
 * prints "KEY NUMBER" lines, sums over the files:
 *
 *	files bytes	what was read
 *	events		records that are not notes
 *	process timestamp message private	notes of each kind
 *	gaps		sequence numbers that are missing, per file and device
 *	lost		the sum of the counts of all loss notes
 *	tail		of these, what no event of the file comes after: there
 *			is no gap to see it by
 *	late		records with a time before the last one of their file
 *
 * --notes: before them a line "note CPU TEXT" for each private note.
 *
 * Exit status: 0; 2 when a file cannot be read or holds anything but whole
 * records (the sentence names file and offset).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "formats/blk.h"
#include "formats/note.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

#define DEVICES_MAX	64

enum fact {
	FACT_FILES,
	FACT_BYTES,
	FACT_EVENTS,
	FACT_PROCESS,
	FACT_TIMESTAMP,
	FACT_MESSAGE,
	FACT_PRIVATE,
	FACT_GAPS,
	FACT_LOST,
	FACT_TAIL,
	FACT_LATE,
	FACT_MAX,
	FACT_SHOW_NOTES = FACT_MAX,	/* not a count: --notes was given */
	FACT_ROOM
};

static const char *const fact_names[] = {
	[FACT_FILES] = "files",
	[FACT_BYTES] = "bytes",
	[FACT_EVENTS] = "events",
	[FACT_PROCESS] = "process",
	[FACT_TIMESTAMP] = "timestamp",
	[FACT_MESSAGE] = "message",
	[FACT_PRIVATE] = "private",
	[FACT_GAPS] = "gaps",
	[FACT_LOST] = "lost",
	[FACT_TAIL] = "tail",
	[FACT_LATE] = "late",
};

_Static_assert(ARRAY_SIZE(fact_names) == FACT_MAX, "each fact has a name");

/* What is known of a file so far. */
struct file {
	uint32_t devices[DEVICES_MAX];
	uint32_t sequences[DEVICES_MAX];
	size_t nr_devices;
	uint64_t time;
	uint64_t tail;
};

static void show_note(const struct blk_rec *rec, const struct note *note)
{
	char text[NOTE_TEXT_MAX];

	(void)note_text(note, text, sizeof(text));
	(void)printf("note %" PRIu32 " %s\n", rec->cpu, text);
}

static void count_note(uint64_t *facts, struct file *f,
		       const struct blk_rec *rec)
{
	struct note note;

	if (!note_is_private(rec)) {
		switch ((enum blk_notify)blk_code(rec)) {
		case BLK_TN_PROCESS:
			facts[FACT_PROCESS]++;
			break;
		case BLK_TN_TIMESTAMP:
			facts[FACT_TIMESTAMP]++;
			break;
		case BLK_TN_MESSAGE:
			facts[FACT_MESSAGE]++;
			break;
		}
		return;
	}
	facts[FACT_PRIVATE]++;
	if (note_decode(rec, &note))
		return;
	if (facts[FACT_SHOW_NOTES])
		show_note(rec, &note);
	if (note.id != NOTE_LOSS)
		return;
	facts[FACT_LOST] += note.loss.count;
	f->tail += note.loss.count;
}

static void count_event(uint64_t *facts, struct file *f,
			const struct blk_rec *rec)
{
	size_t i = 0;

	while (i < f->nr_devices && f->devices[i] != rec->device)
		i++;
	if (i == DEVICES_MAX) {
		(void)fprintf(stderr, "trace-facts: too many devices\n");
		exit(2);
	}
	if (i == f->nr_devices)
		f->devices[f->nr_devices++] = rec->device;
	facts[FACT_EVENTS]++;
	facts[FACT_GAPS] += rec->sequence - f->sequences[i] - 1;
	f->sequences[i] = rec->sequence;
	f->tail = 0;
}

static void count_record(uint64_t *facts, struct file *f,
			 const struct blk_rec *rec)
{
	if (rec->time < f->time)
		facts[FACT_LATE]++;
	f->time = rec->time;
	if (blk_is_notify(rec))
		count_note(facts, f, rec);
	else
		count_event(facts, f, rec);
}

static int complain(const char *path, size_t offset, const char *what)
{
	(void)fprintf(stderr, "trace-facts: %s: offset %zu: %s\n", path, offset,
		      what);
	return -1;
}

static int count_bytes(uint64_t *facts, const char *path, const uint8_t *buf,
		       size_t len)
{
	struct file f = { 0 };
	size_t pos = 0;

	while (pos < len) {
		struct blk_rec rec;
		enum blk_bad bad;
		ssize_t n = blk_decode(buf + pos, len - pos, &rec, &bad);

		if (n < 0)
			return complain(path, pos, blk_bad_text(bad));
		count_record(facts, &f, &rec);
		pos += (size_t)n;
	}
	facts[FACT_TAIL] += f.tail;
	return 0;
}

static int count_file(uint64_t *facts, const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;
	int r;

	if (fd < 0 || fstat(fd, &st))
		return complain(path, 0, strerror(errno));
	facts[FACT_FILES]++;
	facts[FACT_BYTES] += (uint64_t)st.st_size;
	if (!st.st_size)
		return 0;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return complain(path, 0, strerror(errno));
	r = count_bytes(facts, path, map, (size_t)st.st_size);
	(void)munmap(map, (size_t)st.st_size);
	return r;
}

int main(int argc, char **argv)
{
	uint64_t facts[FACT_ROOM] = { 0 };
	int i = 1;

	if (i < argc && !strcmp(argv[i], "--notes")) {
		facts[FACT_SHOW_NOTES] = 1;
		i++;
	}
	for (; i < argc; i++)
		if (count_file(facts, argv[i]))
			return 2;
	for (unsigned int f = 0; f < FACT_MAX; f++)
		(void)printf("%s %" PRIu64 "\n", fact_names[f], facts[f]);
	return 0;
}
