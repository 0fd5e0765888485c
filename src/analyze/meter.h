/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live metrics: what iotape top's rows say of each interval, added up by
 * device, operation, cgroup and VM for as long as a recorder runs, and written
 * as text that Prometheus and node_exporter read (format 0.0.4).  Knows
 * nothing of how it is counted; doc/MONITORING.md lists the metrics.
 *
 *	struct meter m = { 0 };
 *	meter_begin(&m, now_ns);		an interval's rows follow
 *	for (each row, with ops counted apart)
 *		meter_add(&m, &(struct meter_who){ .device = "sda", ... }, row);
 *	meter_write(&m, &about, stream);
 *	meter_release(&m);
 *
 * There are at most METER_SERIES_MAX series, a few for each disk more; those
 * that come when there is no room have the cgroup "other" and no VM.  Room is
 * made of series that have been idle for METER_IDLE_NS: should one of them come
 * back, it begins at 0, which Prometheus takes for a restart.
 */
#ifndef ANALYZE_METER_H
#define ANALYZE_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "src/analyze/labels.h"
#include "src/analyze/life.h"
#include "src/analyze/top.h"

#define METER_SERIES_MAX 1000u
#define METER_DEVICES_MAX 1024u /* more are the device "other" */
#define METER_IDLE_NS	 UINT64_C(600000000000)

/* Whose a row is; any bytes, which labels.h cleans. */
struct meter_who {
	const char *device;
	const char *cgroup; /* path; "" = unknown */
	const char *vm;	    /* name; "" = none */
	enum life_op op;    /* LIFE_OP_MAX = other, or not known */
};

/* One trace that is recorded meanwhile: counts since its beginning. */
struct meter_trace {
	const char *device;
	uint64_t events;
	uint64_t bytes;	    /* of records */
	uint64_t lost;	    /* events, for any reason */
	uint64_t unwritten; /* events that the file did not take */
};

struct meter_about {
	const struct meter_trace *traces;
	size_t nr_traces;
	uint64_t missed;  /* requests that no program saw complete */
	uint64_t no_slot; /* requests without a time: too many in flight */
};

struct meter {
	struct labels labels;
	struct meter_series *series; /* owned */
	size_t nr, cap;
	struct map64 by_key;	     /* -> number of series + 1 */
	struct meter_device *devices; /* owned */
	size_t nr_devices, cap_devices;
	uint64_t now;	/* ns, of meter_begin */
	bool has_packed; /* since then */
};

/* @now: CLOCK_MONOTONIC, ns.  Nothing is in flight until it is added. */
void meter_begin(struct meter *m, uint64_t now);

/* Borrowed for the call.  The row's own names are not looked at. */
void meter_add(struct meter *m, const struct meter_who *who,
	       const struct top_row *row);

/* All of it.  Errors are those of @f. */
void meter_write(const struct meter *m, const struct meter_about *about,
		 FILE *f);

void meter_release(struct meter *m);

#endif
