/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of btrecord, as input and as output of iotape replay.
 */
#ifndef CMD_REPLAY_BTRECORD_H
#define CMD_REPLAY_BTRECORD_H

#include "src/cmd/replay_options.h"

/* Reads DIR/NAME.BASE.0, 1, ... for each name; -ENOENT when one has none. */
int replay_btrecord_read(struct plan *plan, const struct replay_options *o,
			 struct err *err);

/* Writes DIR/DEVICE.BASE.0 for each device, and says what it left out. */
int replay_btrecord_write(const struct plan *plan,
			  const struct replay_options *o, struct err *err);

/* -F: adds all devices of the folder to the names.  -ENOENT: there is none. */
int replay_btrecord_find(struct replay_options *o, struct err *err);

#endif
