/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape record as a flight recorder: its options, and when it writes.
 */
#ifndef CMD_RECORD_FLIGHT_H
#define CMD_RECORD_FLIGHT_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/record/recorder.h"
#include "src/record/trigger.h"

#define RECORD_NR_TRIGGERS	16

struct record_flight {
	uint64_t ns;		/* --flight; both 0 = off */
	uint64_t bytes;
	const char *recover;	/* file; NULL = no recovery */
	struct trigger triggers[RECORD_NR_TRIGGERS];
	size_t nr_triggers;
	int signal_fd;		/* readable when SIGUSR1 came; -1 = not yet */
	bool has_failed;	/* a dump did */
};

/* A child parser; its input is a struct record_flight. */
extern const struct argp record_flight_argp;

bool record_flight_is_on(const struct record_flight *f);

/* From here on SIGUSR1 does not end the program. */
void record_flight_begin(struct record_flight *f, const struct recorder *rec);

/* Writes a dump if SIGUSR1 came or a trigger has fired, and says so. */
void record_flight_poll(struct record_flight *f, struct recorder *rec);

/* The last dump, behind recorder_stop.  False if this or another failed. */
bool record_flight_end(struct record_flight *f, struct recorder *rec);

/* Writes what a flight recorder left behind.  Returns an exit status. */
int record_flight_recover(const struct record_flight *f,
			  const struct recorder_options *opts);

#endif
