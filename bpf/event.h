/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a program of bpf/blk.bpf.c found out about its event, before it is
 * decided whether that becomes a record.
 */
#ifndef BPF_EVENT_H
#define BPF_EVENT_H

#include "bpf/kernel.h"
#include "bpf/cfg.h"

/* What the event is in the life of an I/O: bpf/filter.bpf.h. */
enum event_stage {
	STAGE_NONE,		/* about no I/O: plug, unplug, zone plugs */
	STAGE_REMAP,		/* A: the bio's Q is still to come */
	STAGE_BIO_BEGIN,	/* Q */
	STAGE_BIO,		/* G, M, F, bounce */
	STAGE_BIO_SPLIT,	/* X: the bio is a new one */
	STAGE_BIO_END,		/* C of a bio, where there are no requests */
	STAGE_RQ,		/* I, R, M of two requests, remap */
	STAGE_RQ_ISSUE,		/* D */
	STAGE_RQ_END,		/* C */
};

struct event {
	__u64 what;		/* code and categories */
	__u64 sector;
	__u32 device;
	__u32 opf;
	__u32 bytes;
	__s32 error;
	struct bio *bio;	/* of a request the first; NULL = none */
	struct request *rq;	/* NULL = the event is of a bio */
	__u64 took_ns;		/* set by filter_wants(): D to C, Q to C of a
				   bio; 0 = not measured */
	enum event_stage stage;
	void *lines;		/* the slots of this CPU; NULL = it has none */
};

#endif
