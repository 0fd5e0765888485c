/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options of iotape replay: from the command line into a struct, which
 * the rest of the subcommand reads and nobody changes.
 */
#ifndef CMD_REPLAY_OPTIONS_H
#define CMD_REPLAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/replay/pace.h"
#include "src/replay/place.h"
#include "src/replay/plan.h"
#include "src/cmd/traces.h"

/* "--to TARGET" and "--to DEVICE=TARGET". */
struct replay_to {
	char *device;		/* owned; NULL = every one */
	char *target;		/* owned */
};

struct replay_options {
	struct traces traces;
	char **found;		/* by -F; traces as well; owned */
	size_t nr_found, cap_found;
	const char **maps;	/* files of -M; owned, the strings are
				   not */
	size_t nr_maps, cap_maps;
	struct replay_to *to;	/* owned */
	size_t nr_to, cap_to;
	const char *dir;
	const char *input_base;	/* of btrecord's files; NULL = traces */
	const char *output_base;	/* write such files; NULL = replay */
	const char *output_dir;
	const char *record;	/* record the targets under this name */
	double speed;
	uint32_t iterations;
	uint32_t depth;
	unsigned int compressible;
	unsigned int cpus;	/* 0 = not given */
	enum pace_mode mode;
	enum place_fit fit;
	enum plan_event event;
	bool has_writes;
	bool force;
	bool is_realtime;
	bool is_json;
	bool is_quiet;
	bool is_verbose;
	bool finds;		/* -F: all that is in the folder */
};

/*
 * Fills in @ret, whose memory the caller releases.  Ends the program when it
 * is wrong usage, as argp does.
 */
void replay_options_parse(struct replay_options *ret, int argc, char **argv);

/* One more of the names; takes over @name. */
void replay_options_found(struct replay_options *o, char *name);
void replay_options_release(struct replay_options *o);

#endif
