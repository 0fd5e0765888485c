/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which recorded device goes to which target: --to, -M, or by name.
 */
#ifndef CMD_REPLAY_MAP_H
#define CMD_REPLAY_MAP_H

#include "src/cmd/replay_options.h"
#include "src/replay/engine.h"

struct replay_map {
	struct target *targets;		/* owned; opened */
	size_t nr_targets, cap_targets;
	struct engine_device *devices;	/* owned; for each of plan.devs */
};

/* Reads the files of -M into @o->to.  0 or a negative errno. */
int replay_map_read(struct replay_options *o, struct err *err);

/*
 * Opens the targets.  A device without one is left out; without any --to and
 * -M, each goes to the device of its own name.  The caller releases @map,
 * also after a failure.
 */
int replay_map_open(struct replay_map *map, const struct replay_options *o,
		    const struct plan *plan, struct err *err);
void replay_map_release(struct replay_map *map);

#endif
