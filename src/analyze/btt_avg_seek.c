/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seeks of the .avg page.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "src/analyze/btt_impl.h"
#include "src/base/map64.h"
#include "src/base/xalloc.h"

struct mode {
	long long distance;
	int nr;
};

struct seeks {
	struct mode *modes;	/* in the order in which they were met */
	size_t nr_modes, cap_modes;
	struct map64 at;	/* distance: its index + 1 */
	size_t nr_unlisted;	/* that came most often, too, ... */
	int unlisted_count;	/* ... each so often */
	long long nr, median;
	double mean;
	int nr_devs;
	bool is_q2q;
};

static void collect_modes(struct seeks *all, const struct btt_modes *m)
{
	for (size_t i = 0; i < m->nr; i++) {
		uint64_t *at = map64_put(&all->at, (uint64_t)m->list[i]);

		if (*at) {
			all->modes[*at - 1].nr += m->count;
			continue;
		}
		all->modes = xgrow(all->modes, all->nr_modes, &all->cap_modes,
				   sizeof(*all->modes));
		all->modes[all->nr_modes++] =
			(struct mode){ .distance = m->list[i], .nr = m->count };
		*at = all->nr_modes;
	}
	if (m->count > all->unlisted_count) {
		all->unlisted_count = m->count;
		all->nr_unlisted = 0;
	}
	if (m->count == all->unlisted_count)
		all->nr_unlisted += m->nr_all - m->nr;
}

static void print_dev_modes(struct btt *b, const struct btt_modes *m)
{
	if (m->nr_all > 2) {
		(void)fprintf(b->avg, "\n%10s   %15s %15s %15s   ...(%zu"
			      " more)\n", "", "", "", "", m->nr_all - 1);
		return;
	}
	for (size_t i = 1; i < m->nr; i++)
		(void)fprintf(b->avg, " %lld", m->list[i]);
	(void)fprintf(b->avg, "\n");
}

/* For programs: all modes. */
static void print_easy_seeks(struct btt *b, const struct btt_dev *dev,
			     const struct btt_seek *s,
			     const struct btt_seek_info *info)
{
	const struct btt_modes *m = &info->modes;
	char text[BTT_DEV_TEXT];

	if (!b->xvg)
		return;
	(void)fprintf(b->xvg, "%s %s %lld %.9f %lld %lld %d",
		      s == &dev->q2q ? "QSK" : "DSK",
		      btt_dev_text(dev, false, text), s->nr, info->mean,
		      info->median, m->list[0], m->count);
	for (size_t i = 1; i < m->nr; i++)
		(void)fprintf(b->xvg, " %lld", m->list[i]);
	(void)fprintf(b->xvg, "\n");
}

static void print_dev_seeks(struct btt *b, struct btt_dev *dev, void *arg)
{
	struct seeks *all = arg;
	struct btt_seek *s = all->is_q2q ? &dev->q2q : &dev->d2d;
	char text[BTT_DEV_TEXT];
	struct btt_seek_info info;

	if (s->nr <= 0)
		return;
	if (btt_seek_get(s, &info)) {
		if (!b->err.code)
			(void)err_set(&b->err, -EIO, "seeks of %s: their"
				      " temporary file cannot be read or"
				      " written", dev->name);
		free(info.modes.list);
		return;
	}
	(void)fprintf(b->avg, "%10s | %15lld %15.1f %15lld | %lld(%d)",
		      btt_dev_text(dev, true, text), s->nr, info.mean,
		      info.median, info.modes.list[0], info.modes.count);
	print_dev_modes(b, &info.modes);
	print_easy_seeks(b, dev, s, &info);
	all->nr_devs++;
	all->nr += s->nr;
	all->mean += (double)s->nr * info.mean;
	/* distances of a damaged trace: over the end as in btt */
	all->median = (long long)((uint64_t)all->median +
				  (uint64_t)s->nr * (uint64_t)info.median);
	collect_modes(all, &info.modes);
	free(info.modes.list);
}

/* btt takes the modes newest first, and puts equally frequent ones before. */
static void print_all_modes(FILE *f, const struct seeks *all)
{
	size_t first = all->nr_modes, nr = 0;
	int most = 0;

	for (size_t i = all->nr_modes; i-- > 0;) {
		if (all->modes[i].nr > most)
			nr = 0;
		if (all->modes[i].nr < most)
			continue;
		most = all->modes[i].nr;
		first = i;
		nr++;
	}
	if (most == all->unlisted_count)
		nr += all->nr_unlisted;
	(void)fprintf(f, "%lld(%d)", all->modes[first].distance, most);
	if (nr > 1)
		(void)fprintf(f, "\n%10s   %15s %15s %15s   ...(%zu more)\n",
			      "", "", "", "", nr - 1);
}

void btt_seeks_print(struct btt *b, bool is_q2q)
{
	static const char line[] = "---------- | --------------- "
				   "--------------- --------------- | "
				   "---------------\n";
	static const char head[] = "%10s | %15s %15s %15s | %-15s\n";
	struct seeks all = { .is_q2q = is_q2q };

	btt_section(b->avg, is_q2q ? "Device Q2Q Seek Information" :
				     "Device D2D Seek Information");
	(void)fprintf(b->avg, head, "DEV", "NSEEKS", "MEAN", "MEDIAN", "MODE");
	(void)fprintf(b->avg, "%s", line);
	btt_each_dev(b, print_dev_seeks, &all);
	if (all.nr_devs) {
		(void)fprintf(b->avg, "%s", line);
		(void)fprintf(b->avg, head, "Overall", "NSEEKS", "MEAN",
			      "MEDIAN", "MODE");
		(void)fprintf(b->avg, "%10s | %15lld %15.1f %15lld | ",
			      "Average", all.nr, all.mean / (double)all.nr,
			      all.median / all.nr);
		print_all_modes(b->avg, &all);
		(void)fprintf(b->avg, "\n");
	}
	(void)fprintf(b->avg, "\n");
	free(all.modes);
	map64_release(&all.at);
}
