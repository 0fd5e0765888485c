/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"
#include "src/cmd/record_devices.h"

static void add(struct record_devices *d, const struct dev *dev)
{
	for (size_t i = 0; i < d->nr; i++)
		if (d->devs[i].device == dev->device)
			return;
	d->devs = xgrow(d->devs, d->nr + 2, &d->cap, sizeof(*d->devs));
	d->devs[d->nr++] = *dev;
}

/* A disk without a medium comes when it has one. */
static void add_seen(void *data, const char *name, uint32_t device,
		     uint64_t sectors)
{
	struct dev dev;

	(void)name;
	if (sectors && !dev_find_number("/sys", "", device, &dev, NULL))
		add(data, &dev);
}

/* Each [ has its ]. */
static bool is_whole(const char *pattern)
{
	const char *p = pattern;

	while ((p = strchr(p, '[')) != NULL) {
		/* a ] right behind [ or [! is a character */
		p += 1 + (p[1] == '!');
		if (!*p || !(p = strchr(p + 1, ']')))
			return false;
	}
	return true;
}

int record_devices_find(struct record_devices *ret, char *const *paths,
			size_t nr_paths, struct err *err)
{
	struct dev dev;

	*ret = (struct record_devices){ 0 };
	ret->devs = xgrow(NULL, 0, &ret->cap, sizeof(*ret->devs));
	ret->patterns = xcalloc(nr_paths + 1, sizeof(*ret->patterns));
	for (size_t i = 0; i < nr_paths; i++) {
		int r;

		if (dev_is_pattern(paths[i])) {
			if (!is_whole(paths[i]))
				return err_set(err, -EINVAL,
					       "-d %s: a [ without its ]",
					       paths[i]);
			ret->patterns[ret->nr_patterns++] = paths[i];
			continue;
		}
		r = dev_find("/sys", paths[i], &dev, err);
		if (r)
			return r;
		add(ret, &dev);
	}
	dev_scan("/sys", ret->patterns, ret->nr_patterns, add_seen, ret);
	return 0;
}

void record_devices_release(struct record_devices *d)
{
	free(d->devs);
	free(d->patterns);
}
