/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Conditions on the events of a recording, looked at as they come:
 *
 *	latency>TIME	a request took longer, from D to C; where a device has
 *			no D (dm, md, loop on bios), from Q to C
 *	error		a completion has an error
 *	stalled>TIME	a request (or Q, as above) is that old and has no C
 *	exit:PID	that process has ended
 *	exit:NAME	a process of that name (comm) has ended
 *
 *	r = trigger_parse("latency>100ms", &cond, &err);
 *	r = triggers_new(conds, nr, now, &triggers, &err);
 *	triggers_event(triggers, event);		each
 *	if (triggers_check(triggers, now, text, sizeof(text)))
 *		... text says which and why ...
 *
 * Events of one CPU come in time order, those of different CPUs do not: a C
 * may come before its D.  Memory is bounded: what is forgotten (more than
 * 16384 requests in flight) is not judged.
 */
#ifndef RECORD_TRIGGER_H
#define RECORD_TRIGGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/cfg.h"
#include "src/base/err.h"

#define TRIGGER_NAME_MAX	16
#define TRIGGER_TEXT_MAX	128

enum trigger_kind {
	TRIGGER_LATENCY,
	TRIGGER_ERROR,
	TRIGGER_STALLED,
	TRIGGER_EXIT,
	TRIGGER_MAX
};

struct trigger {
	enum trigger_kind kind;
	uint64_t ns;			/* latency, stalled */
	uint32_t pid;			/* exit; 0 = by name */
	char name[TRIGGER_NAME_MAX];	/* exit */
};

/* 0, or -EINVAL with a sentence. */
int trigger_parse(const char *text, struct trigger *ret, struct err *err);

struct triggers;

/* -ESRCH when there is no process of a PID. */
int triggers_new(const struct trigger *conds, size_t nr, uint64_t now,
		 struct triggers **ret, struct err *err);
void triggers_free(struct triggers *triggers);	/* NULL is fine */

void triggers_event(struct triggers *triggers, const struct ring_event *event);

/* Events of @device are missing: what was in flight there is forgotten. */
void triggers_lost(struct triggers *triggers, uint32_t device);

/*
 * True if a condition has held since the last call; @ret_text (of
 * TRIGGER_TEXT_MAX) says which one.
 */
bool triggers_check(struct triggers *triggers, uint64_t now, char *ret_text);

#endif
