/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Patterns (* ? [a-z]) for names, as a machine that takes a character in four
 * operations and never goes back: what a BPF program can afford.  User space
 * makes it of the patterns (src/record/filter.h).  Pure; compiled for BPF and
 * for the host.
 *
 * A bit is a place in a pattern, set while the name fits up to there.  All
 * patterns share the 64 bits, one behind the other; the last place of a
 * pattern takes no character, so that none runs into the next one.
 */
#ifndef BPF_GLOB_H
#define BPF_GLOB_H

#include <linux/types.h>

struct glob {
	__u64 first;		/* where each pattern begins */
	__u64 last;		/* where it has been passed */
	__u64 stay;		/* places of a star: any character is taken */
	__u64 step[256];	/* per character: places that it leads on */
};

/* Whether one of the patterns fits @name, which a NUL or @size ends. */
static inline int glob_fits(const volatile struct glob *g, const char *name,
			    __u32 size)
{
	__u64 at = g->first;

	for (__u32 i = 0; i < size; i++) {
		__u8 c = (__u8)name[i];

		if (!c)
			break;
		at = (at & g->step[c]) << 1 | (at & g->stay);
	}
	return !!(at & g->last);
}

#endif
