/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/cgroups.h"

/* include/linux/exportfs.h: enum fid_type, since 5.5 */
#define FILEID_KERNFS	0xfe

/* Room for a handle with an id; struct file_handle ends in a flexible array. */
union handle {
	struct file_handle head;
	uint8_t bytes[sizeof(struct file_handle) + sizeof(uint64_t)];
};

/* One of the words of a mount's options. */
static int has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = options; (p = strstr(p, word)); p += len)
		if ((p == options || p[-1] == ',') &&
		    (p[len] == ',' || !p[len]))
			return 1;
	return 0;
}

static void find_mount(struct cgroups *cg)
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/self/mounts", "re");
	char line[1024], where[CGROUPS_PATH_MAX], type[32], options[512];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %255s %31s %511s", where, type,
			   options) != 3)
			continue;
		if (!strcmp(type, "cgroup") && has_option(options, "blkio")) {
			memcpy(cg->mount, where, sizeof(where));
			memcpy(cg->controller, "blkio", sizeof("blkio"));
			return;
		}
		if (!strcmp(type, "cgroup2") && !*cg->mount)
			memcpy(cg->mount, where, sizeof(where));
	}
}

void cgroups_open(struct cgroups *cg)
{
	*cg = (struct cgroups){ .fd = -1 };
	find_mount(cg);
	if (*cg->mount)
		cg->fd = open(cg->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void cgroups_close(struct cgroups *cg)
{
	if (cg->fd >= 0)
		(void)close(cg->fd);
	cg->fd = -1;
}

static void find_path(const struct cgroups *cg, uint64_t id, char *ret_path,
		      size_t size)
{
	union handle h = { .head = { .handle_bytes = sizeof(id),
				     .handle_type = FILEID_KERNFS } };
	_cleanup_(closep) int fd = -1;
	char link[64], path[2 * CGROUPS_PATH_MAX];
	size_t skip = strlen(cg->mount);
	ssize_t n;

	*ret_path = '\0';
	memcpy(h.bytes + sizeof(h.head), &id, sizeof(id));
	if (cg->fd >= 0)
		fd = open_by_handle_at(cg->fd, &h.head, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0 || (size_t)n < skip)
		return;
	path[n] = '\0';
	(void)snprintf(ret_path, size, "%s", path[skip] ? path + skip : "/");
}

void cgroups_path(const struct cgroups *cg, uint64_t id, char *ret_path,
		  size_t size)
{
	unsigned int i = id & (CGROUPS_NR_NAMES - 1);

	if (cg->names && cg->names->rows[i].id == id)
		(void)snprintf(ret_path, size, "%s", cg->names->rows[i].path);
	else
		find_path(cg, id, ret_path, size);
}

void cgroups_remember(const struct cgroups *cg, uint64_t id)
{
	unsigned int i = id & (CGROUPS_NR_NAMES - 1);
	char path[CGROUPS_PATH_MAX];

	if (!cg->names || !id || cg->names->rows[i].id == id)
		return;
	find_path(cg, id, path, sizeof(path));
	cg->names->rows[i].id = id;
	memcpy(cg->names->rows[i].path, path, sizeof(path));
}

/* Of a folder in a cgroup file system; 0 = there is none. */
static uint64_t id_of_folder(const char *path)
{
	union handle h = { .head = { .handle_bytes = sizeof(uint64_t) } };
	uint64_t id = 0;
	int mount_id;

	if (name_to_handle_at(AT_FDCWD, path, &h.head, &mount_id, 0) ||
	    h.head.handle_bytes != sizeof(id))
		return 0;
	memcpy(&id, h.bytes + sizeof(h.head), sizeof(id));
	return id;
}

static uint64_t id_of(const struct cgroups *cg, const char *path)
{
	char full[2 * CGROUPS_PATH_MAX];

	if (cg->fd < 0 || !*path)
		return 0;
	(void)snprintf(full, sizeof(full), "%s%s", cg->mount, path);
	return id_of_folder(full);
}

/* Whether @path lies in the mount of @cg. */
static bool is_in_mount(const struct cgroups *cg, const char *path)
{
	size_t len = strlen(cg->mount);

	return len && !strncmp(path, cg->mount, len) &&
	       (!path[len] || path[len] == '/');
}

int cgroups_find(const struct cgroups *cg, const char *arg, uint64_t *ret_id,
		 bool *ret_is_path, bool *ret_is_v2)
{
	struct statfs fs;
	uint64_t id;

	if (*arg && arg[strspn(arg, "0123456789")] == '\0') {
		*ret_id = strtoull(arg, NULL, 10);
		*ret_is_path = false;
		return *ret_id ? 0 : -ENOENT;
	}
	if (*arg == '/' && !statfs(arg, &fs) &&
	    (fs.f_type == CGROUP2_SUPER_MAGIC ||
	     fs.f_type == CGROUP_SUPER_MAGIC)) {
		if (fs.f_type == CGROUP_SUPER_MAGIC && !is_in_mount(cg, arg))
			return -EXDEV;
		id = id_of_folder(arg);
		*ret_is_v2 = fs.f_type == CGROUP2_SUPER_MAGIC;
	} else {
		_cleanup_(freep) char *path =
			xasprintf("%s%s", *arg == '/' ? "" : "/", arg);

		id = id_of(cg, path);
		*ret_is_v2 = !*cg->controller;
	}
	*ret_id = id;
	*ret_is_path = true;
	return id ? 0 : -ENOENT;
}

uint64_t cgroups_of_thread(const struct cgroups *cg, uint32_t tgid,
			   uint32_t tid)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char name[64], line[512];

	(void)snprintf(name, sizeof(name), "/proc/%u/task/%u/cgroup", tgid,
		       tid);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f)) {
		/* "7:blkio:/x", or "0::/x" for v2 */
		char *controllers = strchr(line, ':'), *path;

		path = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		controllers++;
		if (*cg->controller ? has_option(controllers, cg->controller)
				    : !*controllers)
			return id_of(cg, path);
	}
	return 0;
}
