/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of iotape stat. */
#ifndef CMD_STAT_OPTIONS_H
#define CMD_STAT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/btt.h"
#include "src/cmd/tag_choice.h"
#include "src/cmd/traces.h"

struct stat_options {
	struct traces traces;
	uint32_t *devices; /* owned */
	size_t nr_devices, cap_devices;
	const char *output;
	uint32_t by;
	unsigned int top;
	double from, to;	/* s; to = 0: no end */
	double interval;	/* s; 0 = the whole trace at once */
	struct btt_options btt;
	struct tag_choice tags;
	bool is_btt;
	bool is_diff;
	bool is_json;
	bool is_quiet;
	bool is_vm;
};

/*
 * Fills in @ret, whose memory the caller releases, also after a failure.
 * Returns CMD_OK or CMD_USAGE; what was wrong has been said.
 */
int stat_options_parse(struct stat_options *ret, int argc, char **argv);
void stat_options_release(struct stat_options *o);

#endif
