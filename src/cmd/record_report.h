/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What iotape record prints about a recording.
 */
#ifndef CMD_RECORD_REPORT_H
#define CMD_RECORD_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "src/cmd/record_options.h"
#include "src/record/recorder.h"

/* blktrace's summary of all traces, with counts that are exact. */
void record_print_summary(const struct recorder *rec);

/*
 * Says what was lost, a line for each device and CPU, what could not be
 * written, and whether a limit ended the recording.  True if anything.
 */
bool record_print_losses(const struct recorder *rec);

/* Says what of KVM cannot be recorded here, if it was asked for by name. */
void record_print_missing_kvm(const struct recorder *rec,
			      const struct record_options *o);

/* Says why virtio is not recorded, if it is not. */
void record_print_missing_virtio(const struct recorder *rec);

#endif
