/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Disks that come while others are recorded.  The kernel says by a uevent that
 * a disk came or changed its size (a loop device got its file); since not all
 * containers get these, it is looked every two seconds as well.
 *
 *	hotplug_open(&h);
 *	if (hotplug_is_due(&h, now))
 *		dev_scan("/sys", patterns, nr, take, data);
 *	hotplug_close(&h);
 */
#ifndef RECORD_HOTPLUG_H
#define RECORD_HOTPLUG_H

#include <stdbool.h>
#include <stdint.h>

struct hotplug {
	int fd;			/* of uevents; -1 = none are to be had */
	uint64_t last;		/* when it was due; ns */
};

void hotplug_open(struct hotplug *h);
void hotplug_close(struct hotplug *h);

/* Whether there may be other disks than the last time it was true.  @now is
 * CLOCK_MONOTONIC in ns.  Never waits. */
bool hotplug_is_due(struct hotplug *h, uint64_t now);

#endif
