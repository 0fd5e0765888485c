/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gives up capabilities once the programs are attached: what reads the rings,
 * /proc and /sys, and writes files, needs none of them.
 *
 *	uint64_t keep = 0;
 *	r = rights_lower(keep, &err);
 *	if (!r && needed thing fails with -EPERM)
 *		keep |= RIGHTS_BPF;
 *	r = rights_drop(keep, &err);
 *
 * Of the calling thread only; capabilities are those of capabilities(7), as
 * masks of bits.
 */
#ifndef RECORD_RIGHTS_H
#define RECORD_RIGHTS_H

#include <stdint.h>

#include "src/base/err.h"

/* include/uapi/linux/capability.h, v6.18 */
#define RIGHTS_DAC_OVERRIDE	(UINT64_C(1) << 1)
#define RIGHTS_DAC_READ_SEARCH	(UINT64_C(1) << 2)
#define RIGHTS_KILL		(UINT64_C(1) << 5)
#define RIGHTS_SETGID		(UINT64_C(1) << 6)
#define RIGHTS_SETUID		(UINT64_C(1) << 7)
#define RIGHTS_SYS_ADMIN	(UINT64_C(1) << 21)
#define RIGHTS_PERFMON		(UINT64_C(1) << 38)
#define RIGHTS_BPF		(UINT64_C(1) << 39)

/* What of @keep is there stays effective, the rest rests: rights_lower may be
 * called again with more. */
int rights_lower(uint64_t keep, struct err *err);

/*
 * What is not in @keep is gone for good, for programs that this one executes
 * as well.  Having had none of it is no error.
 */
int rights_drop(uint64_t keep, struct err *err);

#endif
