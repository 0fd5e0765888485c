/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the processes of "iotape record --metrics FILE --listen ADDRESS" share.
 *
 *	the recorder -----shared memory, its own counters----+
 *	   | control pipe                                    v
 *	   +-------------------------------> the collector (metrics_collect.c)
 *	   |                                 reads maps, writes FILE
 *	   v                                                 |
 *	the server (metrics_serve.c) <----- text, on request -----+
 *	   answers HTTP, has no rights at all
 *
 * The recorder does nothing for it but to copy a few numbers once a second.
 */
#ifndef CMD_METRICS_H
#define CMD_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/record/dev.h"

#define METRICS_TRACES_MAX 256 /* that are told; others are not */

/* Written by the recorder, read by the collector, each number by itself. */
struct metrics_trace {
	char device[DEV_NAME_MAX]; /* before nr counts it */
	uint64_t events, bytes, lost, unwritten;
};

struct metrics_shared {
	uint64_t nr;
	struct metrics_trace traces[METRICS_TRACES_MAX];
};

struct metrics_collect {
	const uint32_t *disks;	/* whole disks; none and no patterns = all */
	size_t nr_disks;
	char *const *patterns;	/* of names; disks that fit are counted, too */
	size_t nr_patterns;
	const char *file;	/* NULL = none */
	uint64_t period_ns;	/* between two looks at the maps */
	const struct metrics_shared *shared;
	int ready;		/* a byte is written there when it counts */
	int control;		/* its end is the end */
	int server;		/* its requests; -1 = no server */
};

/*
 * Counts until @c->control ends.  Returns an exit status, for a process of its
 * own; what failed has been said.
 */
int metrics_collect(const struct metrics_collect *c);

/* "PORT" (on 127.0.0.1), "1.2.3.4:PORT" or "[::1]:PORT"; no names. */
bool metrics_is_address(const char *text);

/* A socket that listens there. */
int metrics_listen(const char *address, int *ret_fd, struct err *err);

/*
 * Serves http://ADDRESS/metrics, for a process of its own, whose rights it
 * gives up; takes the text from @collector.  Ends when @collector or @control
 * does: the recorder may not be allowed to kill it.  @http: metrics_http.h.
 * Returns an exit status.
 */
struct metrics_http;
int metrics_serve(const struct metrics_http *http, int listener, int collector,
		  int control);

/*
 * Between the two: the server writes one byte, and gets this and the text.
 * Nothing tells one answer from another: either end closes the channel when
 * one comes too late or not whole.
 */
struct metrics_answer {
	uint32_t len;
};

#define METRICS_TEXT_MAX (64u << 20)

#endif
