/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Disks join a recording: those that fit recorder_options.patterns and come,
 * or get a size, while it runs.  For recorder.c only.
 */
#ifndef RECORD_JOIN_H
#define RECORD_JOIN_H

#include "src/record/recorder_impl.h"

/*
 * Takes in what has come; @time as in trace_clock.  A disk that cannot be
 * taken in is counted in recorder.nr_unjoined, and stops nothing.
 */
void join_disks(struct recorder *rec, uint64_t time);

#endif
