/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/names.h"
#include "src/base/plain.h"
#include "src/base/xalloc.h"

static size_t hash(const struct names *names, uint32_t pid)
{
	return (size_t)((pid * 0x9e3779b1u) >> 7) & (names->cap - 1);
}

static struct name *slot_of(const struct names *names, uint32_t pid)
{
	size_t i = hash(names, pid);

	while (names->slots[i].is_used && names->slots[i].pid != pid)
		i = (i + 1) & (names->cap - 1);
	return &names->slots[i];
}

static void grow(struct names *names)
{
	struct names old = *names;

	names->cap = old.cap ? 2 * old.cap : 256;
	names->slots = xcalloc(names->cap, sizeof(*names->slots));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].is_used)
			*slot_of(names, old.slots[i].pid) = old.slots[i];
	free(old.slots);
}

bool names_add_text(struct names *names, uint32_t pid, const char *text,
		    size_t len)
{
	struct name *slot;

	if (2 * names->nr >= names->cap)
		grow(names);
	slot = slot_of(names, pid);
	if (slot->is_used)
		return false;
	if (len > BLK_COMM_LEN)
		len = BLK_COMM_LEN;
	if (len)
		len = strnlen(text, len);
	slot->pid = pid;
	slot->is_used = true;
	slot->len = (uint8_t)len;
	memset(slot->text, 0, sizeof(slot->text));
	if (len)
		memcpy(slot->text, text, len);
	if (names->is_escaped)
		plain_mask(slot->text, len);
	names->nr++;
	return true;
}

bool names_add(struct names *names, const struct blk_rec *rec)
{
	if (rec->action != (BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_PROCESS))
		return false;
	return names_add_text(names, rec->pid, (const char *)rec->pdu,
			      rec->pdu_len);
}

const struct name *names_find(const struct names *names, uint32_t pid)
{
	const struct name *slot;

	if (!names->nr)
		return NULL;
	slot = slot_of(names, pid);
	return slot->is_used ? slot : NULL;
}

void names_release(struct names *names)
{
	free(names->slots);
	*names = (struct names){ 0 };
}
