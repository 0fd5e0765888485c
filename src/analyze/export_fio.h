/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of an export for fio.  export_fio.c says what goes into which log;
 * this says how it is written (export_fio_file.c).
 *
 * Learned from fio 3.33, iolog.c: the times of version 3 are us, and the first
 * of them that is not 0 causes no wait, so all begin at 1; "wait N" of version
 * 2 waits until N ms after the start of fio, whatever its manual says; "trim"
 * is refused in both.
 */
#ifndef ANALYZE_EXPORT_FIO_H
#define ANALYZE_EXPORT_FIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/newfile.h"

#define FIO_LOGS_MAX 200u  /* each has two open files */
#define FIO_DEPTH_MAX 4096u
#define FIO_PATH_MAX 256u /* with the NUL; fio reads no more */

enum fio_version {
	FIO_V2,
	FIO_V3,
	FIO_VERSION_MAX
};

/* What is replayed on one device or file. */
struct fio_target {
	char *path;	/* owned; as it is in the logs */
	uint64_t bytes; /* the end of the last I/O */
	bool is_image;	/* a file of ours */
};

/* A log, in both versions: of a device, or of a process. */
struct fio_log {
	uint64_t key; /* device or process */
	char *name;   /* owned; of its files and its job */
	struct newfile files[FIO_VERSION_MAX];
	char *buffers[FIO_VERSION_MAX]; /* of these; owned */
	uint64_t last_ms; /* of the last wait in version 2 */
	uint64_t nr_ios;
	uint64_t depth, max_depth; /* I/Os in flight */
	bool *knows; /* [target]: it was added; owned */
	size_t nr_knows;
};

struct fio_io {
	const char *action; /* "read", ... */
	uint64_t ns;	    /* since the first event */
	uint64_t offset;    /* bytes */
	uint32_t bytes;
};

/* A name for a file and a job: letters, digits, "-", "." and "_".  Owned. */
char *fio_name(const char *text);

int fio_log_open(struct fio_log *log, const char *dir, struct err *err);
void fio_log_release(struct fio_log *log);

/* Writes an I/O on targets[nr]. */
void fio_log_io(struct fio_log *log, const struct fio_target *targets,
		size_t nr, const struct fio_io *io);

/* Gives its files their names. */
int fio_log_commit(struct fio_log *log, struct err *err);

/* Makes a sparse file, or makes it larger. */
int fio_make_image(const struct fio_target *target, const char *dir,
		   struct err *err);

/* replay.fio or replay-v2.fio. */
int fio_write_job(const char *dir, enum fio_version version,
		  const struct fio_log *logs, size_t nr, struct err *err);

#endif
