/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What iotape replay says about a run.
 */
#ifndef CMD_REPLAY_REPORT_H
#define CMD_REPLAY_REPORT_H

#include <stdio.h>

#include "src/cmd/replay_map.h"
#include "src/cmd/replay_options.h"
#include "src/replay/engine.h"

struct replay_report {
	const struct replay_options *o;
	const struct plan *plan;
	const struct replay_map *map;
	const struct engine_result *res;
};

void replay_report_text(const struct replay_report *rep, FILE *out);
void replay_report_json(const struct replay_report *rep, FILE *out);

#endif
