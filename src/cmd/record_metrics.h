/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape record --metrics, --listen, --no-trace: the options, and the processes
 * that do it (metrics.h).
 *
 *	status = record_metrics_start(&m, devices);
 *	while (recording)
 *		if (!record_metrics_poll(&m, rec))
 *			... they ended, and said why ...
 *	ok = record_metrics_stop(&m, rec);
 *
 * Start before the recorder is made, so that the processes have nothing of it.
 */
#ifndef CMD_RECORD_METRICS_H
#define CMD_RECORD_METRICS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/cmd/record_devices.h"
#include "src/record/recorder.h"

struct metrics_shared;

struct record_metrics {
	const char *file;	/* --metrics */
	const char *address;	/* --listen */
	uint64_t period_ns;	/* --metrics-interval; 0 = default */
	bool no_trace;

	struct metrics_shared *shared; /* NULL = not started */
	pid_t collector;
	pid_t server;		/* 0 = none */
	int control;		/* closed to end the collector */
	uint64_t told;		/* ms: when the recorder's numbers were */
	bool has_ended;		/* the collector, and it was said */
};

/* A child parser; its input is a struct record_metrics. */
extern const struct argp record_metrics_argp;

bool record_metrics_is_on(const struct record_metrics *m);

/* Nothing if it is off.  Returns an exit status; what failed has been said. */
int record_metrics_start(struct record_metrics *m,
			 const struct record_devices *d);

/* Now and then: the numbers of @rec, which may be NULL.  False if nothing is
 * counted any more; that has been said once. */
bool record_metrics_poll(struct record_metrics *m, const struct recorder *rec);

/* The last numbers, and the end; about 2 s if a process is stuck.  False if
 * something failed. */
bool record_metrics_stop(struct record_metrics *m, const struct recorder *rec);

#endif
