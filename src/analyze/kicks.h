/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clocks of a guest and its host, from the kicks that both recorded.
 *
 *	kicks_add(&guest, &rec);		each record of either trace
 *	kicks_add(&host, &rec);
 *	r = kicks_fit(&guest, &host, &fit, &err);
 *	kicks_release(&guest);
 *
 * The guest's driver notes when it has decided to notify a device
 * (VIRTIO_KICK) and when the notification is done (VIRTIO_NOTIFY); in between,
 * KVM on the host sees a write to a port or to memory (KVM_PIO, KVM_MMIO,
 * KVM_FAST_MMIO).  Each pair narrows what lies between the clocks down to the
 * time that the notification took; many of them to the shortest of all.
 * What belongs together is found by the distances between kicks: an offset is
 * taken when at least 80 % of 64 kicks in a row have their write there, and no
 * other offset has nearly as many.  From kick to kick it may drift by 0.02 %.
 *
 * Done for the first and the last kicks, so that the drift is known too.
 * Memory: some MiB at most.  Pure.  Times are ns.
 */
#ifndef ANALYZE_KICKS_H
#define ANALYZE_KICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/align.h"
#include "src/base/map64.h"

#define KICKS_WINDOW	64u		/* kicks that are fitted at once */
#define KICKS_LEAST	8u		/* fewer say nothing */
#define KICKS_WRITES	(1u << 20)	/* of the host that are kept at most */
#define KICKS_LONG_NS	10000000u	/* a notification that took longer was
					   interrupted: left out */

struct kick_span {
	uint64_t from, to;
};

/* Of one trace; {0} before the first record. */
struct kicks {
	uint64_t *writes;	/* owned; of a host */
	size_t nr_writes, cap_writes;
	uint64_t last_write;	/* of all, kept or not */
	struct kick_span first[KICKS_WINDOW];	/* of a guest */
	struct kick_span last[KICKS_WINDOW];	/* a ring */
	uint64_t nr_kicks;
	struct map64 begun;	/* device << 32 | queue -> time + 1 of a kick */
};

void kicks_add(struct kicks *k, const struct blk_rec *rec);
void kicks_release(struct kicks *k);

struct kicks_fit {
	struct align_points guest, host;	/* the same instants */
	uint64_t error;		/* of either, at most */
	unsigned int nr_tried, nr_fitting;	/* kicks */
};

/* 0; -ENODATA when there are too few; -ERANGE when nothing fits, or more than
 * one offset does. */
int kicks_fit(const struct kicks *guest, const struct kicks *host,
	      struct kicks_fit *ret, struct err *err);

#endif
