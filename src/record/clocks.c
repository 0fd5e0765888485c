/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <sys/timex.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include "src/record/clocks.h"

#define NS_PER_SEC	1000000000ull
#define NS_PER_US	1000u

uint64_t clocks_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static uint64_t read_tsc(void)
{
#ifdef __x86_64__
	return __rdtsc();
#else
	return 0;
#endif
}

static void try_once(struct note_clock *ret)
{
	uint64_t before = clocks_ns(CLOCK_MONOTONIC), after;

	ret->realtime = clocks_ns(CLOCK_REALTIME);
	ret->tai = clocks_ns(CLOCK_TAI);
	ret->tsc = read_tsc();
	ret->boottime = clocks_ns(CLOCK_BOOTTIME);
	after = clocks_ns(CLOCK_MONOTONIC);
	ret->monotonic = before + (after - before) / 2;
	ret->width = after - before < UINT32_MAX ? (uint32_t)(after - before) :
						   UINT32_MAX;
	if (!ret->width)
		ret->width = 1;
}

/* What the kernel was told by whoever steers its clock; adjtimex(2). */
static void read_sync(struct note_clock *ret)
{
	struct timex tx = { .modes = 0 };

	if (adjtimex(&tx) < 0)
		return;
	if (!(tx.status & STA_UNSYNC))
		ret->flags |= NOTE_CLOCK_SYNCED;
	if (tx.maxerror > 0)
		ret->max_error = (uint64_t)tx.maxerror * NS_PER_US;
	if (tx.esterror > 0)
		ret->est_error = (uint64_t)tx.esterror * NS_PER_US;
}

void clocks_read(struct note_clock *ret)
{
	struct note_clock best = { 0 }, next = { 0 };

	for (unsigned int i = 0; i < CLOCKS_TRIES; i++) {
		try_once(&next);
		if (!i || next.width < best.width)
			best = next;
		if (best.width <= CLOCKS_WIDTH_NS)
			break;
	}
	read_sync(&best);
	*ret = best;
}
