/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "src/analyze/tag_reply.h"

static uint32_t word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t take(uint8_t *to, uint32_t have, uint32_t want,
		     const uint8_t **p, const uint8_t *end)
{
	uint32_t n = want - have;

	if (n > (size_t)(end - *p))
		n = (uint32_t)(end - *p);
	memcpy(to + have, *p, n);
	*p += n;
	return have + n;
}

/* The label behind a whole head. */
static int take_label(struct tag_reply *r, const uint8_t **p,
		      const uint8_t *end, struct tag_answer *ret_answer,
		      struct err *err)
{
	uint32_t len = word(r->head + 8);

	if (!len)
		return err_set(err, -EPROTO, "sent a label of 0 bytes");
	if (len > TAG_REPLY_LABEL_MAX)
		return err_set(err, -EPROTO,
			       "announced a label of %u bytes (%u at most)",
			       len, TAG_REPLY_LABEL_MAX);
	r->nr_label = take((uint8_t *)r->label, r->nr_label, len, p, end);
	if (r->nr_label < len)
		return 0;
	if (r->label[len - 1])
		return err_set(err, -EPROTO,
			       "sent a label of %u bytes without a NUL", len);
	*ret_answer = (struct tag_answer){
		.kind = TAG_REPLY_NEW_TAG,
		.tag = word(r->head + 4),
		.label = r->label,
	};
	r->nr_head = r->nr_label = 0;
	return 1;
}

int tag_reply_next(struct tag_reply *r, const uint8_t **p, const uint8_t *end,
		   struct tag_answer *ret_answer, struct err *err)
{
	/* the length of each kind's head */
	static const uint8_t heads[] = {
		[TAG_REPLY_END] = 4,
		[TAG_REPLY_NEW_TAG] = 12,
		[TAG_REPLY_TAG_IO] = 8,
	};
	uint32_t kind;

	if (r->nr_head < 4)
		r->nr_head = take(r->head, r->nr_head, 4, p, end);
	if (r->nr_head < 4)
		return 0;
	kind = word(r->head);
	if (kind > TAG_REPLY_TAG_IO)
		return err_set(err, -EPROTO, "sent %#x, which is no answer",
			       kind);
	r->nr_head = take(r->head, r->nr_head, heads[kind], p, end);
	if (r->nr_head < heads[kind])
		return 0;
	if (kind == TAG_REPLY_NEW_TAG)
		return take_label(r, p, end, ret_answer, err);
	*ret_answer = (struct tag_answer){.kind = kind};
	if (kind == TAG_REPLY_TAG_IO)
		ret_answer->tag = word(r->head + 4);
	r->nr_head = 0;
	return 1;
}
