/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The merged dump, as "blkparse -O -d" writes it: version 7 records in this
 * machine's byte order, all CPUs and devices in one file.  Events and kernel
 * messages have times since the first event; other notes keep their times.
 *
 * Unlike blkparse's, the numbers in payloads that are in the recorder's byte
 * order (timestamps, cgroup ids, private notes) are turned round together
 * with the header.
 */
#ifndef ANALYZE_DUMP_H
#define ANALYZE_DUMP_H

#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/base/outbuf.h"

/* Adds one record, with @time in place of its own. */
void dump_add(struct outbuf *out, const struct blk_rec *rec, uint64_t time);

/*
 * The payload of a record of the other byte order, with its numbers in ours,
 * in @buf, which has room for UINT16_MAX bytes.  rec->pdu is @buf then,
 * and rec->is_swapped false.
 */
void dump_turn(struct blk_rec *rec, uint8_t *buf, size_t size);

#endif
