/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape replay --record: records the targets meanwhile, in a process of its
 * own, for the replaying one has no time to read rings.
 */
#ifndef CMD_REPLAY_RECORD_H
#define CMD_REPLAY_RECORD_H

#include <sys/types.h>

#include "src/cmd/replay_map.h"

struct replay_record {
	pid_t pid;		/* 0 = there is none */
	int stop;		/* closing it ends the recording */
};

/* Returns 0 when it records.  What it could not do, it has said itself. */
int replay_record_start(struct replay_record *rec, const char *name,
			const struct replay_map *map, struct err *err);

/* Ends it.  Returns an exit status. */
int replay_record_stop(struct replay_record *rec);

#endif
