/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What iotape record says before it begins.
 */
#ifndef CMD_RECORD_WARN_H
#define CMD_RECORD_WARN_H

#include <stddef.h>

#include "src/record/dev.h"

/*
 * Warns if the trace is written to a device that is recorded, or to one that
 * lies on it: then the trace is about itself too.  @dir: where the files go.
 * File systems that hide their device (btrfs, overlayfs, network) are not seen
 * through.
 */
void record_warn_own_device(const char *dir, const struct dev *devs,
			    size_t nr);

#endif
