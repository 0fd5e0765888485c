/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel says about a block device, read from sysfs.
 *
 *	struct dev dev;
 *	r = dev_find("/sys", "/dev/sda1", &dev, &err);
 *
 * A struct dev is a plain value.  The root of sysfs is a parameter so that
 * tests can bring their own.
 */
#ifndef RECORD_DEV_H
#define RECORD_DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"

#define DEV_NAME_MAX	64
#define DEV_SCHED_MAX	32
#define DEV_NR_BELOW	16

struct dev {
	char name[DEV_NAME_MAX];	/* the kernel's, '/' as '_' */
	char scheduler[DEV_SCHED_MAX];	/* the active one; "" = unknown */
	uint32_t device;	/* major << 20 | minor */
	uint32_t disk;		/* of the whole disk; equal to @device unless
				   it is a partition */
	uint64_t start;		/* of the partition, in 512-byte sectors */
	uint64_t sectors;	/* its size, in 512-byte sectors */
	uint32_t below[DEV_NR_BELOW];	/* devices that a dm or md device lies
					   on (its sysfs folder "slaves") */
	unsigned int nr_below;	/* the first DEV_NR_BELOW of them at most */
	bool is_partition;
	bool is_rotational;
};

/*
 * Looks up the block device at @path, or /dev/@path if that is a name without
 * a slash and there is no such file.  Where /dev has no file for it, as in a
 * container, sysfs is asked for the name.  Returns 0; -ENOENT and the like when
 * there is none; -ENOTBLK when it is something else.
 */
int dev_find(const char *sysfs, const char *path, struct dev *ret_dev,
	     struct err *err);

/* As dev_find, for a device number (major << 20 | minor); @path for errors. */
int dev_find_number(const char *sysfs, const char *path, uint32_t device,
		    struct dev *ret_dev, struct err *err);

/* Whether @path is a pattern of dev_scan, and no device or file. */
bool dev_is_pattern(const char *path);

/* A disk of dev_scan; @name: as in struct dev; @sectors: 0 = it has no medium,
 * or no file yet. */
typedef void dev_seen(void *data, const char *name, uint32_t device,
		      uint64_t sectors);

/*
 * Calls @seen for each whole disk whose name fits one of the patterns (* ?
 * [a-z], with or without /dev/ in front), in no order.
 */
void dev_scan(const char *sysfs, char *const *patterns, size_t nr,
	      dev_seen *seen, void *data);

#endif
