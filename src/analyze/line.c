/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/line.h"
#include "src/base/xalloc.h"

#define CAP_MIN		1024u
#define TIES_MAX	32u	/* steps back among equal times */

struct waiting {
	struct blk_rec rec;
	uint8_t pdu[LINE_PDU];
};

struct line {
	struct waiting *ring;	/* cap is a power of two */
	size_t head, nr, cap;
	uint8_t *long_pdu;	/* of the record popped last */
	bool keeps_order;
};

struct line *line_new(bool keeps_order)
{
	struct line *l = xcalloc(1, sizeof(*l));

	l->keeps_order = keeps_order;
	return l;
}

static struct waiting *at(const struct line *l, size_t i)
{
	return &l->ring[(l->head + i) & (l->cap - 1)];
}

static bool is_long(const struct blk_rec *rec)
{
	return rec->pdu_len > LINE_PDU;
}

void line_free(struct line *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->nr; i++)
		if (is_long(&at(l, i)->rec))
			free((void *)(uintptr_t)at(l, i)->rec.pdu);
	free(l->ring);
	free(l->long_pdu);
	free(l);
}

static __attribute__((noinline)) void grow(struct line *l)
{
	size_t cap = l->cap ? 2 * l->cap : CAP_MIN;
	struct waiting *ring = xreallocarray(NULL, cap, sizeof(*ring));

	for (size_t i = 0; i < l->nr; i++)
		ring[i] = *at(l, i);
	free(l->ring);
	l->ring = ring;
	l->head = 0;
	l->cap = cap;
}

/*
 * The place of a record that has the time of the last one.  Records of one
 * CPU and device keep their order whatever their numbers are; if that is not
 * the order of the numbers, only the heap of the window knows what is.
 */
static __attribute__((noinline)) bool
find_place(const struct line *l, const struct blk_rec *rec, size_t *ret_place)
{
	size_t i = l->nr;

	for (unsigned int steps = 0; i && !l->keeps_order; i--, steps++) {
		const struct blk_rec *b = &at(l, i - 1)->rec;

		if (b->time != rec->time || b->device < rec->device)
			break;
		if (b->device == rec->device) {
			if (b->cpu == rec->cpu && b->sequence > rec->sequence)
				return false;
			if (b->sequence < rec->sequence ||
			    (b->sequence == rec->sequence &&
			     b->cpu <= rec->cpu))
				break;
		}
		if (steps == TIES_MAX)
			return false;
	}
	*ret_place = i;
	return true;
}

static __attribute__((noinline)) void
keep_payload(struct waiting *w, const struct blk_rec *rec)
{
	uint8_t *pdu = w->pdu;

	if (is_long(rec)) {
		pdu = xmalloc(rec->pdu_len);
		w->rec.pdu = pdu;
	}
	memcpy(pdu, rec->pdu, rec->pdu_len);
}

bool line_push(struct line *l, const struct blk_rec *rec)
{
	size_t place = l->nr;

	if (l->nr) {
		uint64_t last = at(l, l->nr - 1)->rec.time;

		if (rec->time < last ||
		    (rec->time == last && !find_place(l, rec, &place)))
			return false;
	}
	if (l->nr == l->cap)
		grow(l);
	for (size_t i = l->nr++; i > place; i--)
		*at(l, i) = *at(l, i - 1);
	at(l, place)->rec = *rec;
	if (rec->pdu_len)
		keep_payload(at(l, place), rec);
	return true;
}

bool line_pop(struct line *l, struct blk_rec *ret_rec)
{
	const struct waiting *w;

	if (!l->nr)
		return false;
	w = at(l, 0);
	*ret_rec = w->rec;
	if (w->rec.pdu_len) {
		free(l->long_pdu);
		l->long_pdu = NULL;
		if (is_long(&w->rec))
			l->long_pdu = (uint8_t *)(uintptr_t)w->rec.pdu;
		else
			ret_rec->pdu = w->pdu;
	}
	l->head = (l->head + 1) & (l->cap - 1);
	l->nr--;
	return true;
}
