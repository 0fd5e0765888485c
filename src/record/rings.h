/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rings of all CPUs.  Each possible CPU has one, so that nothing is missing
 * of a CPU that comes online while a recording runs: then it is too late to
 * make one, since the right to is given up.  A ring takes its memory when it is
 * made, so that those of CPUs that are not online are smaller:
 *
 *	online		what was asked for
 *	offline		(there, but switched off) up to 1 MiB
 *	absent		(a place for one that is plugged in, of which virtual
 *			machines have hundreds) up to 1 MiB, and 32 MiB together
 *
 *	rings_plan("/sys", nr_cpus, size, plan);
 *	r = rings_open(rings, plan, nr_cpus, map, &err);
 *	rings_close(rings, nr_cpus);
 */
#ifndef RECORD_RINGS_H
#define RECORD_RINGS_H

#include <stddef.h>

#include "src/base/err.h"
#include "src/record/ring.h"

enum rings_cpu {
	RINGS_CPU_ONLINE,
	RINGS_CPU_OFFLINE,
	RINGS_CPU_ABSENT,
};

struct rings_plan {
	enum rings_cpu state;
	size_t size;		/* bytes; a power of two, at least a page */
};

/* For CPUs 0 to @nr_cpus - 1; @size: bytes of a ring of one that is online, a
 * power of two, at least a page.  @sys: where sysfs is. */
void rings_plan(const char *sys, unsigned int nr_cpus, size_t size,
		struct rings_plan *ret_plan);

/*
 * Makes them, in @rings (all zero), and puts them into the BPF map @map (an
 * array of maps).  A CPU that is not online goes without where memory is
 * short.  0 or a negative errno; then too rings_close is wanted.
 */
int rings_open(struct ring *rings, const struct rings_plan *plan,
	       unsigned int nr_cpus, int map, struct err *err);

void rings_close(struct ring *rings, unsigned int nr_cpus);

#endif
