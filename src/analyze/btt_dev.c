/* SPDX-License-Identifier: GPL-2.0 */
/* The devices of stat --btt, and their names. */
#include "config.h"

#include <string.h>

#include "src/analyze/btt_impl.h"
#include "src/base/xalloc.h"

const char *btt_dev_text(const struct btt_dev *dev, bool has_parens,
			 char buf[BTT_DEV_TEXT])
{
	unsigned int major = blk_major(dev->device);
	unsigned int minor = blk_minor(dev->device);

	if (dev->mapped)
		(void)snprintf(buf, BTT_DEV_TEXT, "%s", dev->mapped);
	else
		(void)snprintf(buf, BTT_DEV_TEXT,
			       has_parens ? "(%3u,%3u)" : "%u,%u", major,
			       minor);
	return buf;
}

struct btt_dev *btt_find_dev(const struct btt *b, uint32_t device)
{
	if (b->last_dev && b->last_dev->device == device)
		return b->last_dev;
	for (size_t i = 0; i < b->nr_devs; i++)
		if (b->devs[i]->device == device)
			return b->devs[i];
	return NULL;
}

void btt_each_dev(struct btt *b,
		  void (*fn)(struct btt *b, struct btt_dev *dev, void *arg),
		  void *arg)
{
	const char *p = b->opts.devices;
	unsigned int major, minor;

	for (size_t i = 0; !p && i < b->nr_devs; i++)
		fn(b, b->devs[i], arg);
	while (p && sscanf(p, "%u,%u", &major, &minor) == 2) {
		struct btt_dev *dev = btt_find_dev(b, blk_dev(major, minor));

		if (dev)
			fn(b, dev, arg);
		p += strcspn(p, ";:");
		p = *p ? p + 1 : NULL;
	}
}

struct btt_dev *btt_add_dev(struct btt *b, const struct blk_rec *rec)
{
	struct btt_dev *dev = xcalloc(1, sizeof(*dev));
	char number[32];

	dev->device = rec->device;
	dev->root = RB_NIL;
	dev->last_q = BTT_NEVER;
	dev->is_culling = true;
	dev->start_time = rec->time;
	(void)snprintf(number, sizeof(number), "%u,%u", blk_major(rec->device),
		       blk_minor(rec->device));
	for (size_t i = 0; i < b->nr_maps && !dev->mapped; i++)
		if (!strcmp(b->maps[i].device, number))
			dev->mapped = b->maps[i].name;
	(void)snprintf(dev->name, sizeof(dev->name), "%s",
		       dev->mapped ? dev->mapped : number);
	btt_dev_open(b, dev);
	b->devs = xgrow(b->devs, b->nr_devs, &b->cap_devs,
			sizeof(struct btt_dev *));
	b->devs[b->nr_devs++] = dev;
	return dev;
}
