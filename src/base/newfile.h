/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that takes its name only when it is complete: it is written beside
 * its place and renamed.  A failed run leaves what was there before.
 *
 *	_cleanup_(newfile_release) struct newfile file = { 0 };
 *	r = newfile_open(&file, path, &err);
 *	fprintf(file.stream, ...);
 *	r = newfile_commit(&file, &err);
 *
 * What is no regular file (a pipe, a terminal) is written right away, and so
 * is standard output, whose name is "-".
 */
#ifndef BASE_NEWFILE_H
#define BASE_NEWFILE_H

#include <stdio.h>
#include <sys/types.h>

#include "src/base/err.h"

struct newfile {
	FILE *stream;		/* NULL = paused, or not open */
	char *path;		/* owned; symbolic links are followed */
	char *temporary;	/* owned; NULL = written right away */
	dev_t device;		/* of what is beside its place, while paused */
	ino_t inode;
};

/* Returns 0 or a negative errno. */
int newfile_open(struct newfile *file, const char *path, struct err *err);

/*
 * Writes out what is buffered and gives the file its name.  Returns 0 or a
 * negative errno: then the file is not there.
 */
int newfile_commit(struct newfile *file, struct err *err);

/*
 * Closes what is beside its place, so that it takes no descriptor until
 * newfile_resume goes on behind what is there (-ESTALE: it is another file).
 * Not for what is written right away (temporary is NULL).  Committing or
 * releasing a paused file is fine.  Return 0 or a negative errno.
 */
int newfile_pause(struct newfile *file, struct err *err);
int newfile_resume(struct newfile *file, struct err *err);

/* Removes what was not committed.  For a zeroed struct too. */
void newfile_release(struct newfile *file);

#endif
