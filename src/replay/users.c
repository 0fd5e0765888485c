/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/replay/users.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

#define FORCE_HINT	"; --force writes nevertheless"

bool users_is_same(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) || S_ISBLK(b->st_mode))
		return S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode) &&
		       a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The first line of a small file, without its newline. */
static bool read_line(const char *path, char *line, size_t size)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");

	if (!f || !fgets(line, (int)size, f))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

int users_check_file(const char *path, const struct stat *st, struct err *err)
{
	char file[PATH_MAX];
	struct stat other;
	glob_t found;
	int r = 0;

	if (glob("/sys/block/loop*/loop/backing_file", GLOB_NOSORT, NULL,
		 &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc && !r; i++) {
		if (!read_line(found.gl_pathv[i], file, sizeof(file)) ||
		    stat(file, &other) || !users_is_same(st, &other))
			continue;
		r = err_set(err, -EBUSY, "%s: %.*s lies on it" FORCE_HINT,
			    path, (int)strcspn(found.gl_pathv[i] + 11, "/"),
			    found.gl_pathv[i] + 11);
	}
	globfree(&found);
	return r;
}

/* Whether device @numbers ("8:1") is the disk @disk or a partition of it. */
static bool is_on_disk(const char *numbers, const char *disk)
{
	_cleanup_(freep) char *path = xasprintf("/sys/dev/block/%s", numbers);
	char real[PATH_MAX];
	const char *p;

	if (!realpath(path, real))
		return false;
	p = strstr(real, "/block/");
	if (!p)
		return false;
	p += strlen("/block/");
	return !strncmp(p, disk, strlen(disk)) &&
	       (p[strlen(disk)] == '/' || !p[strlen(disk)]);
}

/* The name of the whole disk of a device. */
static bool disk_of(dev_t dev, char *disk, size_t size)
{
	_cleanup_(freep) char *path = xasprintf("/sys/dev/block/%u:%u",
						major(dev), minor(dev));
	char real[PATH_MAX];
	const char *p;

	if (!realpath(path, real))
		return false;
	p = strstr(real, "/block/");
	if (!p)
		return false;
	p += strlen("/block/");
	(void)snprintf(disk, size, "%.*s", (int)strcspn(p, "/"), p);
	return true;
}

/* Where a file system on @disk is mounted. */
static bool find_mount(const char *disk, char *where, size_t size)
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_(freep) char *line = NULL;
	char numbers[32], at[PATH_MAX];
	size_t cap = 0;

	while (f && getline(&line, &cap, f) > 0) {
		if (sscanf(line, "%*u %*u %31s %*s %4095s", numbers, at) == 2 &&
		    is_on_disk(numbers, disk)) {
			(void)snprintf(where, size, "%s", at);
			return true;
		}
	}
	return false;
}

/* What lies on the disk or its partitions: dm, md, bcache. */
static bool find_holder(const char *disk, char *name, size_t size)
{
	static const char *const patterns[] = {
		"/sys/block/%s/holders/*", "/sys/block/%s/*/holders/*",
	};
	bool is_found = false;

	for (size_t i = 0; i < ARRAY_SIZE(patterns) && !is_found; i++) {
		_cleanup_(freep) char *pattern = xasprintf(patterns[i], disk);
		glob_t found;

		if (glob(pattern, 0, NULL, &found))
			continue;
		is_found = true;
		(void)snprintf(name, size, "%s",
			       strrchr(found.gl_pathv[0], '/') + 1);
		globfree(&found);
	}
	return is_found;
}

static bool is_swap(const char *disk)
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/swaps", "re");
	char path[PATH_MAX], name[NAME_MAX];
	_cleanup_(freep) char *line = NULL;
	size_t cap = 0;
	struct stat st;

	while (f && getline(&line, &cap, f) > 0)
		if (sscanf(line, "%4095s", path) == 1 && !stat(path, &st) &&
		    S_ISBLK(st.st_mode) &&
		    disk_of(st.st_rdev, name, sizeof(name)) &&
		    !strcmp(name, disk))
			return true;
	return false;
}

int users_explain(const char *path, const struct stat *st, struct err *err)
{
	char disk[NAME_MAX], by[PATH_MAX];

	if (!S_ISBLK(st->st_mode) || !disk_of(st->st_rdev, disk, sizeof(disk)))
		return err_set(err, -EBUSY, "%s: it is in use" FORCE_HINT,
			       path);
	if (find_mount(disk, by, sizeof(by)))
		return err_set(err, -EBUSY, "%s: %s is mounted on %.300s"
			       FORCE_HINT, path, disk, by);
	if (find_holder(disk, by, sizeof(by)))
		return err_set(err, -EBUSY, "%s: %.300s lies on %s" FORCE_HINT,
			       path, by, disk);
	if (is_swap(disk))
		return err_set(err, -EBUSY, "%s: %s is swap" FORCE_HINT, path,
			       disk);
	return err_set(err, -EBUSY, "%s: somebody else uses %s alone"
		       FORCE_HINT, path, disk);
}
