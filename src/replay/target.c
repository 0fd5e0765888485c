/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/replay/target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/replay/users.h"

#define SECTOR		512u
#define DIRECT_BLOCK	4096u	/* enough for any file system */

/* The path of @name; the caller frees it. */
static char *path_of(const char *name)
{
	_cleanup_(freep) char *path = NULL;

	if (strchr(name, '/'))
		return xstrdup(name);
	path = xasprintf("/dev/%s", name);
	if (!access(path, F_OK))
		return TAKE_PTR(path);
	if (access(name, F_OK) && strchr(name, '_')) {
		for (char *p = path; *p; p++)
			if (*p == '_')
				*p = '/';
		if (!access(path, F_OK))
			return TAKE_PTR(path);
	}
	return access(name, F_OK) ? xasprintf("/dev/%s", name) : xstrdup(name);
}

/* The smallest O_DIRECT I/O of a file, where the kernel says it (v6.1). */
static unsigned int direct_block(int fd)
{
#ifdef STATX_DIOALIGN
	struct statx x;

	if (!statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &x) &&
	    x.stx_mask & STATX_DIOALIGN && x.stx_dio_offset_align)
		return x.stx_dio_offset_align;
#endif
	(void)fd;
	return DIRECT_BLOCK;
}

static int measure(struct target *t, const struct stat *st, struct err *err)
{
	unsigned int block = SECTOR;

	if (t->is_block && (ioctl(t->fd, BLKGETSIZE64, &t->bytes) ||
			    ioctl(t->fd, BLKSSZGET, &block)))
		return err_set_errno(err, -errno, "%s: its size", t->path);
	if (!t->is_block) {
		t->bytes = (uint64_t)st->st_size;
		block = t->is_direct ? direct_block(t->fd) : SECTOR;
	}
	t->block = block < SECTOR ? SECTOR : block;
	if (t->bytes < t->block)
		return err_set(err, -EINVAL, "%s: %llu bytes are too few for"
			       " any I/O", t->path,
			       (unsigned long long)t->bytes);
	return 0;
}

/* With O_DIRECT where that is possible. */
static int open_direct(struct target *t, int flags)
{
	t->fd = open(t->path, flags | O_DIRECT);
	t->is_direct = t->fd >= 0;
	if (t->fd < 0 && errno == EINVAL)
		t->fd = open(t->path, flags);
	return t->fd < 0 ? -errno : 0;
}

static int try_open(struct target *t, unsigned int how, struct err *err)
{
	int flags = O_CLOEXEC | (how & TARGET_WRITES ? O_RDWR : O_RDONLY);
	struct stat st;
	int r;

	if (stat(t->path, &st))
		return err_set_errno(err, -errno, "%s", t->path);
	if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s: neither a block device nor"
			       " a file", t->path);
	t->is_block = S_ISBLK(st.st_mode);
	if (how & TARGET_WRITES && !(how & TARGET_FORCE)) {
		/* what O_EXCL does not know */
		r = users_check_file(t->path, &st, err);
		if (r)
			return r;
		if (t->is_block)
			flags |= O_EXCL;
	}
	r = open_direct(t, flags);
	if (r == -EBUSY || r == -ETXTBSY)
		return users_explain(t->path, &st, err);
	if (r)
		return err_set_errno(err, r, "%s: cannot open it", t->path);
	return measure(t, &st, err);
}

int target_open(struct target *target, const char *name, unsigned int flags,
		struct err *err)
{
	int r;

	*target = (struct target){ .fd = -1, .path = path_of(name) };
	r = try_open(target, flags, err);
	if (r)
		target_close(target);
	return r;
}

void target_close(struct target *target)
{
	if (target->fd >= 0)
		(void)close(target->fd);
	free(target->path);
	*target = (struct target){ .fd = -1 };
}

bool target_is(const struct target *target, const char *name)
{
	_cleanup_(freep) char *path = path_of(name);
	struct stat mine, other;

	return !fstat(target->fd, &mine) && !stat(path, &other) &&
	       users_is_same(&mine, &other);
}
