/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>

#include "src/analyze/inflight.h"
#include "src/base/xalloc.h"

#define NONE	UINT32_MAX
#define HEADS_MIN	256u
#define SAME_MAX	2048u	/* in flight of one key: flushes and passthrough
				   have no sector */

/* Direction, as far as it tells I/Os of one sector apart. */
#define KEY_CATEGORIES	(BLK_TC_READ | BLK_TC_WRITE | BLK_TC_DISCARD)

struct io {
	uint64_t time;		/* of its beginning */
	uint64_t sector;
	uint32_t device;
	uint32_t bytes;
	uint32_t categories;
	uint32_t next;		/* in its hash chain, or in the free list */
	uint32_t older, newer;	/* all of them, in the order they began */
};

struct inflight {
	struct inflight_stats stats;
	uint64_t max_age_ns;
	struct io *ios;
	uint32_t max;
	uint32_t nr_used;	/* of ios: those behind were never used */
	uint32_t *heads;	/* of the hash chains */
	uint32_t nr_heads;	/* a power of two; grows with what is in
				   flight, so that the caches hold it */
	uint32_t first_free;	/* of those that were used */
	uint32_t oldest, newest;
};

static void set_heads(struct inflight *f, uint32_t nr)
{
	f->nr_heads = nr;
	f->heads = xreallocarray(f->heads, nr, sizeof(*f->heads));
	for (uint32_t i = 0; i < nr; i++)
		f->heads[i] = NONE;
}

struct inflight *inflight_new(uint32_t max, uint64_t max_age_ns)
{
	struct inflight *f = xcalloc(1, sizeof(*f));

	f->max = max;
	f->max_age_ns = max_age_ns;
	f->ios = xcalloc(max, sizeof(*f->ios));
	f->first_free = NONE;
	set_heads(f, HEADS_MIN);
	f->oldest = NONE;
	f->newest = NONE;
	return f;
}

void inflight_free(struct inflight *f)
{
	if (!f)
		return;
	free(f->ios);
	free(f->heads);
	free(f);
}

static uint32_t *head_of(struct inflight *f, uint32_t device, uint64_t sector)
{
	uint64_t h = (sector ^ (uint64_t)device << 40) *
		     UINT64_C(0x9e3779b97f4a7c15);

	return &f->heads[h >> 32 & (f->nr_heads - 1)];
}

/* At the end of its chain, from @p on: the oldest one comes first. */
static inline void link_chain(struct inflight *f, uint32_t *p, uint32_t i)
{
	while (*p != NONE)
		p = &f->ios[*p].next;
	f->ios[i].next = NONE;
	*p = i;
}

static void link_hash(struct inflight *f, uint32_t i)
{
	link_chain(f, head_of(f, f->ios[i].device, f->ios[i].sector), i);
}

static void grow_heads(struct inflight *f)
{
	set_heads(f, 2 * f->nr_heads);
	/* the older ones stay first in their chains */
	for (uint32_t i = f->oldest; i != NONE; i = f->ios[i].newer)
		link_hash(f, i);
}

static uint32_t *link_to(struct inflight *f, uint32_t i)
{
	uint32_t *p = head_of(f, f->ios[i].device, f->ios[i].sector);

	while (*p != i)
		p = &f->ios[*p].next;
	return p;
}

/* Takes it out; @p: the link to it, in its chain. */
static inline void drop_at(struct inflight *f, uint32_t *p, uint32_t i)
{
	struct io *io = &f->ios[i];

	*p = io->next;
	if (io->older != NONE)
		f->ios[io->older].newer = io->newer;
	else
		f->oldest = io->newer;
	if (io->newer != NONE)
		f->ios[io->newer].older = io->older;
	else
		f->newest = io->older;
	io->next = f->first_free;
	f->first_free = i;
	f->stats.nr--;
}

static void drop(struct inflight *f, uint32_t i)
{
	drop_at(f, link_to(f, i), i);
}

/* The link to the I/O of a record in the chain from @p on; NULL = there is
   none. */
static inline uint32_t *find_in(struct inflight *f, uint32_t *p,
				const struct blk_rec *rec)
{
	uint32_t categories = blk_categories(rec) & KEY_CATEGORIES;
	uint32_t *any = NULL;

	for (; *p != NONE; p = &f->ios[*p].next) {
		const struct io *io = &f->ios[*p];

		if (io->sector != rec->sector || io->device != rec->device ||
		    io->categories != categories)
			continue;
		if (io->bytes == rec->bytes)
			return p;
		if (!any)
			any = p;
	}
	return any;
}

/* Gives up the I/O at @p if too many of its key are in flight. */
static void limit_same(struct inflight *f, uint32_t *p)
{
	const struct io *oldest = &f->ios[*p];
	unsigned int nr = 0;

	for (uint32_t i = *p; i != NONE; i = f->ios[i].next) {
		const struct io *io = &f->ios[i];

		nr += io->sector == oldest->sector &&
		      io->device == oldest->device &&
		      io->categories == oldest->categories;
	}
	if (nr < SAME_MAX)
		return;
	drop_at(f, p, *p);
	f->stats.nr_expired++;
}

static uint32_t find(struct inflight *f, const struct blk_rec *rec)
{
	const uint32_t *p = find_in(f, head_of(f, rec->device, rec->sector),
				    rec);

	return p ? *p : NONE;
}

static inline void expire(struct inflight *f, uint64_t now)
{
	while (f->oldest != NONE) {
		uint64_t begin = f->ios[f->oldest].time;
		bool is_old = now > begin && now - begin > f->max_age_ns;

		if (!is_old && f->stats.nr < f->max)
			return;
		drop(f, f->oldest);
		f->stats.nr_expired++;
	}
}

/* There is room for it; its chain begins at @head. */
static inline void add(struct inflight *f, uint32_t *head,
		       const struct io *from)
{
	uint32_t i = f->first_free != NONE ? f->first_free : f->nr_used++;
	struct io *io = &f->ios[i];

	if (i == f->first_free)
		f->first_free = io->next;
	*io = *from;
	io->older = f->newest;
	io->newer = NONE;
	if (f->newest != NONE)
		f->ios[f->newest].newer = i;
	else
		f->oldest = i;
	f->newest = i;
	if (f->stats.nr++ == f->nr_heads)
		grow_heads(f);	/* links this one too */
	else
		link_chain(f, head, i);
}

void inflight_begin(struct inflight *f, const struct blk_rec *rec)
{
	uint32_t *head = head_of(f, rec->device, rec->sector);
	uint32_t *p = find_in(f, head, rec);

	/* Flushes and passthrough have no sector: many may have the same. */
	if (p && f->ios[*p].bytes == rec->bytes && rec->bytes &&
	    !blk_has(rec, BLK_TC_PC)) {
		drop_at(f, p, *p);
		f->stats.nr_again++;
	} else if (p) {
		limit_same(f, p);
	}
	expire(f, rec->time);
	add(f, head, &(struct io){
		.time = rec->time, .sector = rec->sector,
		.device = rec->device, .bytes = rec->bytes,
		.categories = blk_categories(rec) & KEY_CATEGORIES,
	});
}

bool inflight_end(struct inflight *f, const struct blk_rec *rec,
		  uint64_t *ret_begin_ns)
{
	uint32_t *p, i;
	struct io *io;

	expire(f, rec->time);
	p = find_in(f, head_of(f, rec->device, rec->sector), rec);
	if (!p) {
		f->stats.nr_unknown++;
		return false;
	}
	i = *p;
	io = &f->ios[i];
	/* Only requests (FS, PC) complete in parts. */
	if (blk_has(rec, BLK_TC_FS | BLK_TC_PC) && rec->bytes &&
	    rec->bytes < io->bytes) {
		*p = io->next;
		io->sector += rec->bytes / 512;
		io->bytes -= rec->bytes;
		link_hash(f, i);
		return false;
	}
	*ret_begin_ns = io->time;
	f->stats.nr_ended++;
	drop_at(f, p, i);
	return true;
}

bool inflight_has(struct inflight *f, const struct blk_rec *rec)
{
	return find(f, rec) != NONE;
}

void inflight_cancel(struct inflight *f, const struct blk_rec *rec)
{
	uint32_t i = find(f, rec);

	if (i != NONE)
		drop(f, i);
}

void inflight_forget(struct inflight *f, uint32_t device)
{
	uint32_t next;

	for (uint32_t i = f->oldest; i != NONE; i = next) {
		next = f->ios[i].newer;
		if (device != INFLIGHT_ALL && f->ios[i].device != device)
			continue;
		drop(f, i);
		f->stats.nr_forgotten++;
	}
}

void inflight_absorb(struct inflight *f, struct inflight *from)
{
	while (from->oldest != NONE) {
		const struct io *io = &from->ios[from->oldest];

		expire(f, io->time);
		add(f, head_of(f, io->device, io->sector), io);
		drop(from, from->oldest);
	}
}

const struct inflight_stats *inflight_stats(const struct inflight *f)
{
	return &f->stats;
}
