/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of an I/O inside a guest: virtio's records and the block records of
 * one recording, joined, so that Q2C splits into the guest's queueing, the
 * virtqueue with the device behind it, and what comes after.
 *
 *	struct vmguest *g = vmguest_new(NULL);
 *	vmguest_add(g, &rec);			each record, in time order
 *	vmguest_end(g);
 *	for (size_t i = 0; (disk = vmguest_disk(g, i)); i++)
 *		... disk->phases[VMGUEST_ADD_GET] ...
 *	vmguest_free(g);
 *
 *	Q ----> D ----> add to the virtqueue ----> got back ----> C
 *	   Q_D    D_ADD                    ADD_GET          GET_C
 *
 * A buffer of virtio_blk names the disk and the sector of the request that it
 * carries; between the request's D and its C there is one such buffer, or the
 * request is counted as unpaired.  Nothing is paired across a loss.  Memory is
 * bounded by what is in flight.  One thread at a time.
 */
#ifndef ANALYZE_VMGUEST_H
#define ANALYZE_VMGUEST_H

#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/dist.h"
#include "src/base/cleanup.h"

#define VMGUEST_IN_FLIGHT	65536u	/* buffers; more are not paired */

enum vmguest_phase {
	VMGUEST_Q_D,		/* of I/Os: to the first D */
	VMGUEST_D_ADD,		/* of requests, as all below */
	VMGUEST_ADD_NOTIFY,	/* until the device was told, where it was */
	VMGUEST_ADD_GET,	/* virtqueue, host and device */
	VMGUEST_GET_C,
	VMGUEST_Q_C,		/* of I/Os: all of it */
	VMGUEST_PHASE_MAX
};

/* "q_to_d", ...: stable, part of the JSON schema. */
const char *vmguest_phase_name(enum vmguest_phase phase);

/* A disk on which virtio_blk had requests. */
struct vmguest_disk {
	uint32_t device;	/* major << 20 | minor */
	const char *name;	/* "" = unknown; borrowed until vmguest_free */
	struct dist phases[VMGUEST_PHASE_MAX];	/* ns */
	uint64_t nr_requests;	/* that have ended */
	uint64_t nr_paired;	/* with their buffer */
	uint64_t nr_buffers;	/* added, that carry a request */
	uint64_t nr_refused;	/* that the queue did not take */
};

/* Hears of each phase when it has ended, at @time (ns). */
struct vmguest_sink {
	void (*phase)(void *ctx, enum vmguest_phase phase, uint64_t time,
		      uint64_t ns);
	void *ctx;
};

struct vmguest;

struct vmguest *vmguest_new(const struct vmguest_sink *sink);	/* NULL = none */
void vmguest_free(struct vmguest *g);
DEFINE_CLEANUP(struct vmguest, vmguest_free)

/* Any record of the trace, notes included. */
void vmguest_add(struct vmguest *g, const struct blk_rec *rec);
void vmguest_end(struct vmguest *g);

/* The disks in the order in which they appeared; NULL behind the last one. */
const struct vmguest_disk *vmguest_disk(const struct vmguest *g, size_t i);

/* Events that the trace says were lost. */
uint64_t vmguest_lost(const struct vmguest *g);

#endif
