/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/verify_repair.h"

#define INFIX ".blktrace."

static int begin(struct repair *rp, const char *name, struct err *err)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", rp->folder, name);
	struct stat st;
	int r;

	if (mkdir(rp->folder, 0777) && errno != EEXIST)
		return err_set_errno(err, -errno, "%s", rp->folder);
	if (!lstat(path, &st))
		return err_set(err, -EEXIST, "%s is there already: a repaired"
			       " trace replaces no file", path);
	r = newfile_open(&rp->file, path, err);
	if (!r)
		rp->nr_files++;
	return r;
}

static int finish(struct repair *rp, struct err *err)
{
	int r = rp->file.stream ? newfile_commit(&rp->file, err) : 0;

	newfile_release(&rp->file);
	rp->file = (struct newfile){ 0 };
	return r;
}

/* Empty files for the CPUs up to @cpu that have none. */
static int fill_up(struct repair *rp, int cpu, struct err *err)
{
	int r = 0;

	for (; rp->next_cpu < cpu && !r; rp->next_cpu++) {
		_cleanup_(freep) char *name =
			xasprintf("%s" INFIX "%d", rp->stem, rp->next_cpu);

		r = begin(rp, name, err);
		if (!r)
			r = finish(rp, err);
	}
	return r;
}

/* The last part of a path, without ".zst". */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len;

	if (!strcmp(path, "-"))
		return xstrdup("stream");
	path = slash ? slash + 1 : path;
	len = strlen(path);
	if (len > 4 && !strcmp(path + len - 4, ".zst"))
		len -= 4;
	return xstrndup(path, len);
}

int repair_file(struct repair *rp, const char *path, const char *label,
		int cpu, struct err *err)
{
	_cleanup_(freep) char *name = name_of(path);
	char *infix = NULL;
	int r = finish(rp, err);

	if (r)
		return r;
	if (label && cpu >= 0) {
		for (char *p = name; (p = strstr(p, INFIX)) != NULL; p++)
			infix = p;
	}
	if (infix) {
		*infix = '\0';
		if (!rp->stem || strcmp(rp->stem, name) != 0)
			rp->next_cpu = 0;
		free(rp->stem);
		rp->stem = xstrdup(name);
		*infix = *INFIX;
		r = fill_up(rp, cpu, err);
		rp->next_cpu = cpu + 1;
	}
	return r ? r : begin(rp, name, err);
}

int repair_record(struct repair *rp, const void *bytes, size_t size,
		  struct err *err)
{
	if (fwrite(bytes, 1, size, rp->file.stream) != size)
		return err_set_errno(err, -errno, "%s: write", rp->file.path);
	rp->nr_bytes += size;
	return 0;
}

int repair_end(struct repair *rp, struct err *err)
{
	return finish(rp, err);
}

void repair_release(struct repair *rp)
{
	newfile_release(&rp->file);
	free(rp->stem);
	*rp = (struct repair){ 0 };
}
