/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for cgroup ids.
 *
 * The block layer charges I/O to the cgroup of the hierarchy that has the io
 * (v1: blkio) controller; that one's ids and paths are meant everywhere here.
 * The id of a cgroup is that of its kernfs node: the payload of a file handle
 * (fs/kernfs/mount.c, kernfs_encode_fh(), since 5.5) and what blktrace writes
 * with the tracefs option blk_cgroup.
 *
 *	struct cgroups cg;
 *	cgroups_open(&cg);			works, even if it finds none
 *	cgroups_path(&cg, id, path, sizeof(path));
 *	cgroups_close(&cg);
 *
 * Nothing is allocated.  What cannot be found out is "" or 0, never an error:
 * a process may be gone, a mount may be missing.
 */
#ifndef RECORD_CGROUPS_H
#define RECORD_CGROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGROUPS_PATH_MAX	256

#define CGROUPS_NR_NAMES	256	/* a power of 2 */

/* Paths that were found out before; plain memory, zeros are an empty one. */
struct cgroups_names {
	struct {
		uint64_t id;	/* 0 = free */
		char path[CGROUPS_PATH_MAX];
	} rows[CGROUPS_NR_NAMES];
};

struct cgroups {
	struct cgroups_names *names;	/* borrowed; looked at first; NULL =
					   nothing is remembered */
	char mount[CGROUPS_PATH_MAX];	/* of the hierarchy; "" = none */
	char controller[16];	/* "blkio" for v1; "" for v2 */
	int fd;			/* of the mount; -1 = none */
};

void cgroups_open(struct cgroups *cg);
void cgroups_close(struct cgroups *cg);

/* Keeps the path of cgroup @id in cg->names, while the cgroup is there. */
void cgroups_remember(const struct cgroups *cg, uint64_t id);

/* The path of cgroup @id below the mount, with a leading slash, or "". */
void cgroups_path(const struct cgroups *cg, uint64_t id, char *ret_path,
		  size_t size);

/*
 * The cgroup that @arg means: an id, the path of a folder in a cgroup file
 * system, or a path below the mount.  @ret_is_path: not a bare id; then
 * @ret_is_v2 is set.  -ENOENT and the like; -EXDEV: of a v1 hierarchy without
 * the io controller.
 */
int cgroups_find(const struct cgroups *cg, const char *arg, uint64_t *ret_id,
		 bool *ret_is_path, bool *ret_is_v2);

/* The id of the cgroup that thread @tid of process @tgid is in now, by /proc;
 * 0 = it cannot be found out. */
uint64_t cgroups_of_thread(const struct cgroups *cg, uint32_t tgid,
			   uint32_t tid);

#endif
