/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The devices of iotape record: those that are named, and those that fit a
 * pattern now; the patterns are kept for those that come later.
 *
 *	struct record_devices d;
 *	r = record_devices_find(&d, paths, nr_paths, &err);
 *	record_devices_release(&d);
 */
#ifndef CMD_RECORD_DEVICES_H
#define CMD_RECORD_DEVICES_H

#include <stddef.h>

#include "src/base/err.h"
#include "src/record/dev.h"

struct record_devices {
	struct dev *devs;	/* none twice; owned, with room for two more */
	size_t nr;
	size_t cap;
	char **patterns;	/* owned; the words are borrowed */
	size_t nr_patterns;
};

/* Fills in @ret, which is to be released also after a failure. */
int record_devices_find(struct record_devices *ret, char *const *paths,
			size_t nr_paths, struct err *err);
void record_devices_release(struct record_devices *d);

#endif
