/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tags on their way from an I/O's Q to its D and C: by device and sector.
 *
 *	tag_flight_put(flight, device, sector, tag);	at Q, at X
 *	tag = tag_flight_get(flight, device, sector);	at D
 *	tag = tag_flight_take(flight, device, sector);	at C
 *
 * A request begins at the sector of its first I/O: so D has the tag of that
 * one, whatever was merged behind it.  Room for TAG_FLIGHT_MAX; the oldest of
 * the same few slots makes room, and is then without a tag at its D.
 */
#ifndef ANALYZE_TAG_FLIGHT_H
#define ANALYZE_TAG_FLIGHT_H

#include <stdint.h>

#include "src/base/cleanup.h"

#define TAG_FLIGHT_WAYS 4u
#define TAG_FLIGHT_SETS 4096u /* a power of two */
#define TAG_FLIGHT_MAX	(TAG_FLIGHT_WAYS * TAG_FLIGHT_SETS)

struct tag_flight;

struct tag_flight *tag_flight_new(void);
void tag_flight_free(struct tag_flight *flight);
DEFINE_CLEANUP(struct tag_flight, tag_flight_free)

/* @tag: 0 is a tag too: "seen, and has none". */
void tag_flight_put(struct tag_flight *flight, uint32_t device,
		    uint64_t sector, uint32_t tag);

/* The tag, or -1: not known. */
int64_t tag_flight_get(const struct tag_flight *flight, uint32_t device,
		       uint64_t sector);
int64_t tag_flight_take(struct tag_flight *flight, uint32_t device,
			uint64_t sector);

#endif
