/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/analyze/export_fio.h"
#include "src/base/cleanup.h"
#include "src/base/digits.h"
#include "src/base/xalloc.h"

#define BUFFER_SIZE 65536u /* of each file; there are at most 400 */

static const struct {
	const char *suffix; /* of logs */
	const char *header;
	const char *job;
} versions[] = {
	[FIO_V2] = { "v2.iolog", "fio version 2 iolog", "replay-v2.fio" },
	[FIO_V3] = { "v3.iolog", "fio version 3 iolog", "replay.fio" },
};

static_assert(ARRAY_SIZE(versions) == FIO_VERSION_MAX, "one row each");

char *fio_name(const char *text)
{
	/* room for a suffix below FIO_PATH_MAX */
	char *name = xstrndup(*text ? text : "_", 200);

	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			*p = '_';
	if (*name == '.')
		*name = '_';
	return name;
}

int fio_log_open(struct fio_log *log, const char *dir, struct err *err)
{
	for (int v = 0; v < FIO_VERSION_MAX; v++) {
		_cleanup_(freep) char *path =
			xasprintf("%s/%s.%s", dir, log->name,
				  versions[v].suffix);
		int r = newfile_open(&log->files[v], path, err);

		if (r)
			return r;
		/* stdio's own is a page: a write for each 80 I/Os */
		log->buffers[v] = xmalloc(BUFFER_SIZE);
		(void)setvbuf(log->files[v].stream, log->buffers[v], _IOFBF,
			      BUFFER_SIZE);
		(void)fprintf(log->files[v].stream, "%s\n",
			      versions[v].header);
	}
	return 0;
}

void fio_log_release(struct fio_log *log)
{
	for (int v = 0; v < FIO_VERSION_MAX; v++) {
		newfile_release(&log->files[v]);
		free(log->buffers[v]);
	}
	free(log->name);
	free(log->knows);
}

/* The first line of version 3 has time 1: export_fio.h. */
static void know(struct fio_log *log, const struct fio_target *target,
		 size_t nr, uint64_t us)
{
	if (nr >= log->nr_knows) {
		size_t more = nr + 8;

		log->knows = xreallocarray(log->knows, more, sizeof(bool));
		memset(log->knows + log->nr_knows, 0, more - log->nr_knows);
		log->nr_knows = more;
	}
	if (log->knows[nr])
		return;
	log->knows[nr] = true;
	(void)fprintf(log->files[FIO_V2].stream, "%s add\n%s open\n",
		      target->path, target->path);
	if (log->nr_ios == 0)
		us = 1;
	(void)fprintf(log->files[FIO_V3].stream,
		      "%" PRIu64 " %s add\n%" PRIu64 " %s open\n", us,
		      target->path, us, target->path);
}

static char *put_text(char *p, const char *text)
{
	size_t len = strlen(text);

	memcpy(p, text, len);
	return p + len;
}

/* "PATH ACTION NUMBER NUMBER" */
static char *put_line(char *p, const char *path, const char *action,
		      uint64_t offset, uint64_t bytes)
{
	p = put_text(p, path);
	*p++ = ' ';
	p = put_text(p, action);
	*p++ = ' ';
	p = digits_u64(p, offset);
	*p++ = ' ';
	p = digits_u64(p, bytes);
	*p++ = '\n';
	return p;
}

static void put(FILE *f, const char *text, size_t len)
{
	(void)fwrite_unlocked(text, 1, len, f);
}

void fio_log_io(struct fio_log *log, const struct fio_target *targets,
		size_t nr, const struct fio_io *io)
{
	const char *path = targets[nr].path;
	uint64_t us = io->ns / 1000 + 1, ms = io->ns / 1000000;
	char line[FIO_PATH_MAX + 4 * DIGITS_MAX];
	char other[FIO_PATH_MAX + 8 * DIGITS_MAX], *p;
	size_t len = (size_t)(put_line(line, path, io->action, io->offset,
				       io->bytes) - line);

	know(log, &targets[nr], nr, us);
	if (ms > log->last_ms) {
		log->last_ms = ms;
		p = put_line(other, path, "wait", ms, 0);
		put(log->files[FIO_V2].stream, other, (size_t)(p - other));
	}
	put(log->files[FIO_V2].stream, line, len);
	p = digits_u64(other, us);
	*p++ = ' ';
	memcpy(p, line, len);
	put(log->files[FIO_V3].stream, other, (size_t)(p - other) + len);
	log->nr_ios++;
}

int fio_log_commit(struct fio_log *log, struct err *err)
{
	int r = 0;

	for (int v = 0; v < FIO_VERSION_MAX && !r; v++)
		r = newfile_commit(&log->files[v], err);
	return r;
}

int fio_make_image(const struct fio_target *target, const char *dir,
		   struct err *err)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", dir, target->path);
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC,
					0666);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_set_errno(err, -errno, "%s", path);
	if ((uint64_t)st.st_size < target->bytes &&
	    ftruncate(fd, (off_t)target->bytes))
		return err_set_errno(err, -errno, "%s: %" PRIu64 " bytes",
				     path, target->bytes);
	return 0;
}

int fio_write_job(const char *dir, enum fio_version version,
		  const struct fio_log *logs, size_t nr, struct err *err)
{
	_cleanup_(newfile_release) struct newfile file = { 0 };
	_cleanup_(freep) char *path =
		xasprintf("%s/%s", dir, versions[version].job);
	int r = newfile_open(&file, path, err);

	if (r)
		return r;
	(void)fprintf(file.stream,
		      "; Made by iotape export.  Run it in its folder:"
		      " fio %s\n"
		      "; It writes to the files or devices that the logs"
		      " name.\n"
		      "[global]\nioengine=libaio\ndirect=1\n",
		      versions[version].job);
	for (size_t i = 0; i < nr; i++)
		(void)fprintf(file.stream,
			      "\n[%s]\nread_iolog=%s.%s\niodepth=%" PRIu64
			      "\n", logs[i].name, logs[i].name,
			      versions[version].suffix,
			      logs[i].max_depth ? logs[i].max_depth : 1);
	return newfile_commit(&file, err);
}
