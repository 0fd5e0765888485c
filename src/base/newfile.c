/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/newfile.h"
#include "src/base/xalloc.h"

#define TRIES		100
#define MODE		0666	/* less the umask */

/* The file behind symbolic links; @path itself where there is none yet. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : xstrdup(path);
}

static bool is_special(const char *path)
{
	struct stat st;

	return !strcmp(path, "-") ||
	       (!stat(path, &st) && !S_ISREG(st.st_mode));
}

static int open_right_away(struct newfile *file, struct err *err)
{
	int fd = strcmp(file->path, "-") != 0 ?
			 open(file->path, O_WRONLY | O_CLOEXEC) :
			 fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);

	file->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!file->stream)
		return err_set_errno(err, -errno, "%s", file->path);
	return 0;
}

/* Beside the target, hidden, of a name that nobody has. */
static int open_beside(struct newfile *file, struct err *err)
{
	const char *slash = strrchr(file->path, '/');
	int folder = slash ? (int)(slash - file->path) + 1 : 0;
	int fd = -1;

	for (unsigned int i = 0; i < TRIES; i++) {
		free(file->temporary);
		file->temporary = xasprintf("%.*s.%.200s.%ld.%u", folder,
					    file->path, file->path + folder,
					    (long)getpid(), i);
		fd = open(file->temporary,
			  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	file->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!file->stream) {
		int r = -errno;

		free(TAKE_PTR(file->temporary));
		return err_set_errno(err, r, "%s: cannot be written",
				     file->path);
	}
	return 0;
}

int newfile_open(struct newfile *file, const char *path, struct err *err)
{
	int r;

	*file = (struct newfile){ 0 };
	file->path = is_special(path) ? xstrdup(path) : resolve(path);
	r = is_special(path) ? open_right_away(file, err) :
			       open_beside(file, err);
	if (r)
		newfile_release(file);
	return r;
}

/* Returns what was wrong with the stream, which is closed: 0 or an errno. */
static int close_stream(struct newfile *file)
{
	bool is_bad = ferror(file->stream) || fflush(file->stream);
	int r = is_bad ? -errno : 0;

	if (is_bad && !r)
		r = -EIO;
	if (fclose(TAKE_PTR(file->stream)) && !r)
		r = -errno;
	return r;
}

int newfile_commit(struct newfile *file, struct err *err)
{
	int r = file->stream ? close_stream(file) : 0;

	if (!r && file->temporary && rename(file->temporary, file->path))
		r = -errno;
	if (r) {
		r = err_set_errno(err, r, "%s: cannot be written", file->path);
		newfile_release(file);
		return r;
	}
	free(TAKE_PTR(file->temporary));
	newfile_release(file);
	return 0;
}

int newfile_pause(struct newfile *file, struct err *err)
{
	struct stat st = { 0 };
	int r;

	assert(file->temporary);
	(void)fstat(fileno(file->stream), &st);
	file->device = st.st_dev;
	file->inode = st.st_ino;
	r = close_stream(file);
	return r ? err_set_errno(err, r, "%s: cannot be written", file->path) :
		   0;
}

int newfile_resume(struct newfile *file, struct err *err)
{
	int fd = open(file->temporary,
		      O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	int e;

	/* what somebody else put in its place is not ours to write */
	if (fd >= 0 && !fstat(fd, &st) &&
	    (st.st_dev != file->device || st.st_ino != file->inode)) {
		(void)close(fd);
		return err_set(err, -ESTALE, "%s: is another file now",
			       file->temporary);
	}
	file->stream = fd >= 0 ? fdopen(fd, "a") : NULL;
	if (file->stream)
		return 0;
	e = -errno;
	if (fd >= 0)
		(void)close(fd);
	return err_set_errno(err, e, "%s: cannot be written", file->path);
}

void newfile_release(struct newfile *file)
{
	if (file->stream)
		(void)fclose(file->stream);
	if (file->temporary)
		(void)unlink(file->temporary);
	free(file->temporary);
	free(file->path);
	*file = (struct newfile){ 0 };
}
