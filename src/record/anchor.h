/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the clocks have jumped against each other since the last look: the
 * machine was suspended (CLOCK_MONOTONIC stands still then, CLOCK_BOOTTIME
 * goes on), or somebody set the time of day.
 *
 *	struct anchor a = { 0 };
 *	if (anchor_has_moved(&a))	false the first time
 *		... a new clock note ...
 */
#ifndef RECORD_ANCHOR_H
#define RECORD_ANCHOR_H

#include <stdbool.h>
#include <stdint.h>

#define ANCHOR_JUMP_NS	10000000	/* well above what NTP does at once */

struct anchor {
	int64_t boottime;	/* ns ahead of CLOCK_MONOTONIC */
	int64_t realtime;
	bool is_set;
};

bool anchor_has_moved(struct anchor *anchor);

#endif
