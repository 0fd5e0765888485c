/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/record/dev.h"

#define DEV	"/dev/"

/* The first line of DIR/NAME.  0, or a negative errno. */
static int read_line(const char *dir, const char *name, char *buf, size_t size)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	f = fopen(path, "re");
	if (!f)
		return -errno;
	if (!fgets(buf, (int)size, f))
		return -ENODATA;
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

static int read_u64(const char *dir, const char *name, uint64_t *ret)
{
	char line[64];
	int r = read_line(dir, name, line, sizeof(line));

	if (r)
		return r;
	return sscanf(line, "%" SCNu64, ret) == 1 ? 0 : -EINVAL;
}

static int read_dev(const char *dir, const char *name, uint32_t *ret)
{
	unsigned int maj, min;
	char line[64];
	int r = read_line(dir, name, line, sizeof(line));

	if (r)
		return r;
	if (sscanf(line, "%u:%u", &maj, &min) != 2)
		return -EINVAL;
	*ret = blk_dev(maj, min);
	return 0;
}

/* "mq-deadline [none]" -> "none" */
static void read_scheduler(const char *queue, struct dev *dev)
{
	char line[256], *open, *shut;

	if (read_line(queue, "scheduler", line, sizeof(line)))
		return;
	open = strchr(line, '[');
	shut = open ? strchr(open, ']') : NULL;
	if (!shut)
		return;
	*shut = '\0';
	(void)snprintf(dev->scheduler, sizeof(dev->scheduler), "%s", open + 1);
}

/* The entries of "slaves" are links to the folders of the devices below. */
static void read_below(const char *slaves, struct dev *dev)
{
	DIR *d = opendir(slaves);
	const struct dirent *e;

	while (d && dev->nr_below < DEV_NR_BELOW && (e = readdir(d))) {
		char file[sizeof(e->d_name) + sizeof("/dev")];

		(void)snprintf(file, sizeof(file), "%s/dev", e->d_name);
		if (e->d_name[0] != '.' &&
		    !read_dev(slaves, file, &dev->below[dev->nr_below]))
			dev->nr_below++;
	}
	if (d)
		(void)closedir(d);
}

static int read_name(const char *dir, struct dev *dev)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[PATH_MAX], line[256];

	(void)snprintf(path, sizeof(path), "%s/uevent", dir);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "DEVNAME=", 8))
			continue;
		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(dev->name, sizeof(dev->name), "%.*s",
			       DEV_NAME_MAX - 1, line + 8);
		/* as strreplace() in do_blk_trace_setup() does */
		for (char *p = dev->name; *p; p++)
			if (*p == '/')
				*p = '_';
		return 0;
	}
	return -ENODATA;
}

int dev_find_number(const char *sysfs, const char *path, uint32_t device,
		    struct dev *ret_dev, struct err *err)
{
	struct dev dev = { .device = device, .disk = device };
	char dir[PATH_MAX - 64], queue[PATH_MAX], slaves[PATH_MAX];
	uint64_t n = 0;
	int r;

	(void)snprintf(dir, sizeof(dir), "%s/dev/block/%u:%u", sysfs,
		       blk_major(device), blk_minor(device));
	r = read_name(dir, &dev);
	if (r)
		return err_set_errno(err, r, "%s: cannot read %s/uevent", path,
				     dir);
	dev.is_partition = !read_u64(dir, "partition", &n);
	if (dev.is_partition) {
		r = read_dev(dir, "../dev", &dev.disk);
		if (!r)
			r = read_u64(dir, "start", &dev.start);
		if (r)
			return err_set_errno(err, r,
					     "%s: cannot find the disk of the"
					     " partition in %s", path, dir);
	}
	r = read_u64(dir, "size", &dev.sectors);
	if (r)
		return err_set_errno(err, r, "%s: cannot read %s/size", path,
				     dir);
	(void)snprintf(queue, sizeof(queue), "%s/%squeue", dir,
		       dev.is_partition ? "../" : "");
	if (!read_u64(queue, "rotational", &n))
		dev.is_rotational = n;
	read_scheduler(queue, &dev);
	(void)snprintf(slaves, sizeof(slaves), "%s/slaves", dir);
	read_below(slaves, &dev);
	*ret_dev = dev;
	return 0;
}

/* By its name in /dev; sysfs has "!" where that has "/". */
static int find_name(const char *sysfs, const char *name, uint32_t *ret)
{
	char dir[PATH_MAX - 256], file[DEV_NAME_MAX + sizeof("/dev")];

	if (strlen(name) >= DEV_NAME_MAX)
		return -ENAMETOOLONG;
	(void)snprintf(dir, sizeof(dir), "%s/class/block", sysfs);
	(void)snprintf(file, sizeof(file), "%s/dev", name);
	for (size_t i = 0; i < strlen(name); i++)
		if (file[i] == '/')
			file[i] = '!';
	return read_dev(dir, file, ret);
}

int dev_find(const char *sysfs, const char *path, struct dev *ret_dev,
	     struct err *err)
{
	char full[PATH_MAX];
	struct stat st;
	uint32_t device;

	/* "sda" is /dev/sda, unless there is a file of that name. */
	if (!strchr(path, '/') && stat(path, &st) < 0 &&
	    snprintf(full, sizeof(full), DEV "%s", path) < (int)sizeof(full))
		path = full;
	if (stat(path, &st) < 0) {
		int r = -errno;

		/* a container has no file for it, but sees sysfs */
		if (!strncmp(path, DEV, sizeof(DEV) - 1) &&
		    !find_name(sysfs, path + sizeof(DEV) - 1, &device))
			return dev_find_number(sysfs, path, device, ret_dev,
					       err);
		return err_set_errno(err, r, "%s", path);
	}
	if (!S_ISBLK(st.st_mode))
		return err_set(err, -ENOTBLK, "%s: not a block device", path);
	return dev_find_number(sysfs, path,
			       blk_dev(major(st.st_rdev), minor(st.st_rdev)),
			       ret_dev, err);
}

bool dev_is_pattern(const char *path)
{
	return path[strcspn(path, "*?[")] && access(path, F_OK);
}

/* sysfs has "!" where the name in /dev has "/": @slash instead. */
static void name_of_entry(const char *entry, char slash,
			  char ret_name[DEV_NAME_MAX])
{
	(void)snprintf(ret_name, DEV_NAME_MAX, "%.*s", DEV_NAME_MAX - 1, entry);
	for (char *p = ret_name; *p; p++)
		if (*p == '!')
			*p = slash;
}

/* Whether @name fits one of @patterns, which may begin with "/dev/". */
static bool fits_one(char *const *patterns, size_t nr, const char *name)
{
	size_t len = sizeof(DEV) - 1;

	for (size_t i = 0; i < nr; i++) {
		const char *pattern = patterns[i];

		if (!strncmp(pattern, DEV, len))
			pattern += len;
		if (!fnmatch(pattern, name, 0))
			return true;
	}
	return false;
}

void dev_scan(const char *sysfs, char *const *patterns, size_t nr,
	      dev_seen *seen, void *data)
{
	char dir[PATH_MAX - 256], path[PATH_MAX], name[DEV_NAME_MAX];
	const struct dirent *e;
	DIR *d;

	(void)snprintf(dir, sizeof(dir), "%s/block", sysfs);
	d = opendir(dir);
	while (d && (e = readdir(d))) {
		uint64_t sectors = 0;
		uint32_t device;

		/* patterns are of names in /dev, which may be in a folder */
		name_of_entry(e->d_name, '/', name);
		if (*e->d_name == '.' || !fits_one(patterns, nr, name))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (read_dev(path, "dev", &device))
			continue;
		(void)read_u64(path, "size", &sectors);
		name_of_entry(e->d_name, '_', name);
		seen(data, name, device, sectors);
	}
	if (d)
		(void)closedir(d);
}
