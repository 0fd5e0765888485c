/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The .avg page of btt, section by section in its order.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/btt_impl.h"
#include "src/base/xalloc.h"

/* ---- times --------------------------------------------------------------- */

void btt_section(FILE *f, const char *title)
{
	(void)fprintf(f, "==================== %s ====================\n\n",
		      title);
}

static double mean_of(const struct btt_mean *m)
{
	return btt_seconds(m->total) / (double)m->n;
}

static void print_mean(const struct btt *b, const char *name,
		       const struct btt_mean *m, bool is_easy)
{
	if (m->n <= 0)
		return;
	(void)fprintf(b->avg, "%-15s %13.9f %13.9f %13.9f %11d\n", name,
		      btt_seconds(m->min), mean_of(m), btt_seconds(m->max),
		      m->n);
	if (is_easy && b->xvg)
		(void)fprintf(b->xvg, "%s %.9f %.9f %.9f %d\n", name,
			      btt_seconds(m->min), mean_of(m),
			      btt_seconds(m->max), m->n);
}

static void print_times_head(FILE *f, const char *name)
{
	(void)fprintf(f, "%15s %13s %13s %13s %11s\n", name, "MIN", "AVG",
		      "MAX", "N");
	(void)fprintf(f, "--------------- ------------- ------------- "
		      "------------- -----------\n");
}

static const char *const avg_names[] = {
	[BTT_Q2Q_DM] = "Q2Qdm", [BTT_Q2A_DM] = "Q2Adm",
	[BTT_Q2C_DM] = "Q2Cdm", [BTT_Q2Q] = "Q2Q", [BTT_Q2A] = "Q2A",
	[BTT_Q2G] = "Q2G", [BTT_S2G] = "S2G", [BTT_G2I] = "G2I",
	[BTT_Q2M] = "Q2M", [BTT_I2D] = "I2D", [BTT_M2D] = "M2D",
	[BTT_D2C] = "D2C", [BTT_Q2C] = "Q2C",
};

static void print_proc_time(struct btt *b, struct btt_proc *proc, void *arg)
{
	char name[15];

	(void)snprintf(name, sizeof(name), "%s", proc->name);
	print_mean(b, name, &proc->avgs[*(const int *)arg], false);
}

static void print_dev_time(struct btt *b, struct btt_dev *dev, void *arg)
{
	char text[BTT_DEV_TEXT];

	print_mean(b, btt_dev_text(dev, true, text),
		   &dev->avgs[*(const int *)arg], false);
}

/* Of processes, or of devices: M2D is not among them. */
static void print_times(struct btt *b, bool is_proc)
{
	for (int i = 0; i < BTT_AVG_MAX; i++) {
		if (i == BTT_M2D)
			continue;
		print_times_head(b->avg, avg_names[i]);
		if (is_proc)
			btt_each_proc(b, print_proc_time, &i);
		else
			btt_each_dev(b, print_dev_time, &i);
		(void)fprintf(b->avg, i == BTT_Q2C_DM ? "\n\n" : "\n");
	}
}

static void print_all_times(struct btt *b)
{
	btt_section(b->avg, "All Devices");
	print_times_head(b->avg, "ALL");
	for (int i = 0; i < BTT_AVG_MAX; i++) {
		print_mean(b, avg_names[i], &b->avgs[i], i > BTT_Q2C_DM);
		if (i == BTT_Q2C_DM)
			(void)fprintf(b->avg, "\n");
	}
	(void)fprintf(b->avg, "\n");
}

/* ---- overhead ------------------------------------------------------------ */

static const enum btt_avg overhead[] = {
	BTT_Q2G, BTT_G2I, BTT_Q2M, BTT_I2D, BTT_D2C,
};

struct overhead {
	uint64_t total[ARRAY_SIZE(overhead)], q2c;
	int n[ARRAY_SIZE(overhead)];
};

static void print_dev_overhead(struct btt *b, struct btt_dev *dev, void *arg)
{
	const struct btt_mean *q2c = &dev->avgs[BTT_Q2C];
	struct overhead *all = arg;
	char text[BTT_DEV_TEXT];

	if (q2c->n <= 0 || !q2c->total)
		return;
	(void)fprintf(b->avg, "%10s |", btt_dev_text(dev, true, text));
	for (size_t i = 0; i < ARRAY_SIZE(overhead); i++) {
		const struct btt_mean *m = &dev->avgs[overhead[i]];

		(void)fprintf(b->avg, " %8.4f%%", 100.0 * (double)m->total /
			      (double)q2c->total);
		all->total[i] += m->total;
		all->n[i] += m->n;
	}
	all->q2c += q2c->total;
	(void)fprintf(b->avg, "\n");
}

static void print_overhead(struct btt *b)
{
	static const char line[] = "---------- | --------- --------- ---------"
				   " --------- ---------\n";
	struct overhead all = { 0 };
	bool has_any = false;

	btt_section(b->avg, "Device Overhead");
	(void)fprintf(b->avg, "%10s | %9s %9s %9s %9s %9s\n%s", "DEV", "Q2G",
		      "G2I", "Q2M", "I2D", "D2C", line);
	btt_each_dev(b, print_dev_overhead, &all);
	for (size_t i = 0; i < ARRAY_SIZE(overhead); i++)
		has_any |= all.n[i] != 0;
	if (has_any) {
		(void)fprintf(b->avg, "%s%10s |", line, "Overall");
		for (size_t i = 0; i < ARRAY_SIZE(overhead); i++)
			(void)fprintf(b->avg, " %8.4f%%", !all.n[i] ? 0.0 :
				      100.0 * ((double)all.total[i] /
					       (double)all.q2c));
		(void)fprintf(b->avg, "\n");
	}
	(void)fprintf(b->avg, "\n");
}

/* ---- merges -------------------------------------------------------------- */

struct merges {
	uint64_t nq, nd, min, max, total;
	int nr;
};

static void print_dev_merges(struct btt *b, struct btt_dev *dev, void *arg)
{
	struct merges *all = arg;
	char text[BTT_DEV_TEXT];
	uint64_t mean;
	double ratio;

	if (!dev->n_qs || !dev->n_ds)
		return;
	if (dev->n_qs < dev->n_ds)
		dev->n_qs = dev->n_ds;	/* later sections see it, too */
	ratio = (double)dev->n_qs / (double)dev->n_ds;
	mean = (uint64_t)((double)dev->blks.total / (double)dev->n_ds);
	(void)fprintf(b->avg, "%10s | %8" PRIu64 " %8" PRIu64 " %7.1f | %8"
		      PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n",
		      btt_dev_text(dev, true, text), dev->n_qs, dev->n_ds,
		      ratio, dev->blks.min, mean, dev->blks.max,
		      dev->blks.total);
	if (b->xvg)
		(void)fprintf(b->xvg, "DMI %s %" PRIu64 " %" PRIu64 " %.9f %"
			      PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			      btt_dev_text(dev, false, text), dev->n_qs,
			      dev->n_ds, ratio, dev->blks.min, mean,
			      dev->blks.max, dev->blks.total);
	if (!all->nr++) {
		all->min = dev->blks.min;
		all->max = dev->blks.max;
	}
	all->nq += dev->n_qs;
	all->nd += dev->n_ds;
	all->total += dev->blks.total;
	if (dev->blks.min < all->min)
		all->min = dev->blks.min;
	if (dev->blks.max > all->max)
		all->max = dev->blks.max;
}

static void print_merges(struct btt *b)
{
	static const char line[] = "---------- | -------- -------- ------- |"
				   " -------- -------- -------- --------\n";
	static const char head[] = "       DEV |       #Q       #D   Ratio |"
				   "   BLKmin   BLKavg   BLKmax    Total\n";
	struct merges all = { 0 };

	btt_section(b->avg, "Device Merge Information");
	(void)fprintf(b->avg, "%s%s", head, line);
	btt_each_dev(b, print_dev_merges, &all);
	if (all.nr > 1)
		(void)fprintf(b->avg, "%s%s%10s | %8" PRIu64 " %8" PRIu64
			      " %7.1f | %8" PRIu64 " %8" PRIu64 " %8" PRIu64
			      " %8" PRIu64 "\n", line, head, "TOTAL", all.nq,
			      all.nd,
			      (double)((float)all.nq / (float)all.nd),
			      all.min, all.total / all.nd, all.max, all.total);
	(void)fprintf(b->avg, "\n");
}

/* ---- plugs --------------------------------------------------------------- */

struct plugs {
	long nr, nr_t;
	double percent;
	int nr_devs;
	uint64_t plugs, plugs_t, ios, ios_t;
};

static void print_dev_plugs(struct btt *b, struct btt_dev *dev, void *arg)
{
	struct plugs *all = arg;
	char text[BTT_DEV_TEXT];
	double percent;

	if (dev->is_plugged) {
		dev->nplugs++;
		dev->is_plugged = false;
		dev->plugged_time += btt_seconds(dev->end_time) -
				     dev->last_plug;
	}
	if (dev->nplugs + dev->nplugs_t <= 0)
		return;
	percent = 100.0 * (dev->plugged_time /
			   (btt_seconds(dev->end_time) -
			    btt_seconds(dev->start_time)));
	(void)fprintf(b->avg, "%10s | %10d(%10d) | %13.9f%%\n",
		      btt_dev_text(dev, true, text), dev->nplugs,
		      dev->nplugs_t, percent);
	if (b->xvg)
		(void)fprintf(b->xvg, "PLG %s %d %d %.9f\n",
			      btt_dev_text(dev, false, text), dev->nplugs,
			      dev->nplugs_t, percent);
	all->nr_devs++;
	all->nr += dev->nplugs;
	all->nr_t += dev->nplugs_t;
	all->percent += percent;
}

static void print_dev_unplugs(struct btt *b, struct btt_dev *dev, void *arg)
{
	double ios = 0.0, ios_t = 0.0;
	struct plugs *all = arg;
	char text[BTT_DEV_TEXT];

	if (dev->nios_up && dev->nplugs) {
		ios = (double)dev->nios_up / (double)dev->nplugs;
		all->plugs += (uint64_t)dev->nplugs;
		all->ios += dev->nios_up;
	}
	if (dev->nios_upt && dev->nplugs_t) {
		ios_t = (double)dev->nios_upt / (double)dev->nplugs_t;
		all->plugs_t += (uint64_t)dev->nplugs_t;
		all->ios_t += dev->nios_upt;
	}
	(void)fprintf(b->avg, "%10s | %10.1f   %10.1f\n",
		      btt_dev_text(dev, true, text), ios, ios_t);
	if (b->xvg)
		(void)fprintf(b->xvg, "UPG %s %.9f %.9f\n",
			      btt_dev_text(dev, false, text), ios, ios_t);
}

static void print_plugs(struct btt *b)
{
	static const char head[] = "%10s | %10s %10s  | %s\n";
	static const char line[] = "---------- | ---------- ----------  |"
				   " ----------------\n";
	static const char line2[] = "---------- | ----------   ----------\n";
	struct plugs all = { 0 };
	FILE *f = b->avg;

	btt_section(f, "Plug Information");
	(void)fprintf(f, head, "DEV", "# Plugs", "# Timer Us",
		      "% Time Q Plugged");
	(void)fprintf(f, "%s", line);
	btt_each_dev(b, print_dev_plugs, &all);
	if (all.nr_devs > 1) {
		(void)fprintf(f, "%s", line);
		(void)fprintf(f, head, "Overall", "# Plugs", "# Timer Us",
			      "% Time Q Plugged");
		(void)fprintf(f, "%10s | %10ld(%10ld) | %13.9f%%\n", "Average",
			      all.nr / all.nr_devs, all.nr_t / all.nr_devs,
			      all.percent / all.nr_devs);
	}
	(void)fprintf(f, "\n%10s | %10s   %10s\n%s", "DEV", "IOs/Unp",
		      "IOs/Unp(to)", line2);
	btt_each_dev(b, print_dev_unplugs, &all);
	if (all.plugs || all.plugs_t) {
		(void)fprintf(f, "%s%10s | %10s   %10s\n", line2, "Overall",
			      "IOs/Unp", "IOs/Unp(to)");
		(void)fprintf(f, "%10s | %10.1f   %10.1f\n", "Average",
			      all.plugs ? (double)all.ios / (double)all.plugs :
					  0.0,
			      all.plugs_t ? (double)all.ios_t /
					    (double)all.plugs_t : 0.0);
	}
	(void)fprintf(f, "\n");
}

/* ---- activity ------------------------------------------------------------ */

struct active {
	uint64_t qs, act_qs;
	int nr;
};

static void print_dev_active(struct btt *b, struct btt_dev *dev, void *arg)
{
	struct active *all = arg;
	char text[BTT_DEV_TEXT];
	double mean;

	if (!dev->n_qs || btt_is_remapper(dev->device))
		return;
	mean = (double)dev->t_act_q / (double)dev->n_qs;
	(void)fprintf(b->avg, "%10s | %13.1f\n",
		      btt_dev_text(dev, true, text), mean);
	if (b->xvg)
		(void)fprintf(b->xvg, "ARQ %s %.9f\n",
			      btt_dev_text(dev, false, text), mean);
	all->nr++;
	all->qs += dev->n_qs;
	all->act_qs += dev->t_act_q;
}

static void print_active(struct btt *b)
{
	struct active all = { 0 };

	btt_section(b->avg, "Active Requests At Q Information");
	(void)fprintf(b->avg, "%10s | %13s\n---------- | -------------\n",
		      "DEV", "Avg Reqs @ Q");
	btt_each_dev(b, print_dev_active, &all);
	if (all.nr > 1)
		(void)fprintf(b->avg, "---------- | -------------\n"
			      "%10s | %13s\n%10s | %13.1f\n", "Overall",
			      "Avgs Reqs @ Q", "Average",
			      (double)all.act_qs / (double)all.qs);
	(void)fprintf(b->avg, "\n");
}

static void print_live_row(struct btt *b, const char *name,
			   const struct btt_live_info *l)
{
	(void)fprintf(b->avg, "%10s | %10lu %13.9f %13.9f %6.2f\n", name,
		      l->nr, l->active, l->lull, l->percent);
}

static void print_dev_live(struct btt *b, struct btt_dev *dev, void *arg)
{
	int *base_y = arg;
	struct btt_live_info l = btt_live_get(b, dev, *base_y);
	char text[BTT_DEV_TEXT];

	print_live_row(b, btt_dev_text(dev, true, text), &l);
	if (l.nr)
		(*base_y)++;
}

static void print_live(struct btt *b)
{
	static const char line[] = "---------- | ---------- ------------- "
				   "------------- ------\n";
	struct btt_live_info l;
	int base_y = 1;

	btt_section(b->avg, "I/O Active Period Information");
	(void)fprintf(b->avg, "%10s | %10s %13s %13s %6s\n%s", "DEV",
		      "# Live", "Avg. Act", "Avg. !Act", "% Live", line);
	btt_each_dev(b, print_dev_live, &base_y);
	(void)fprintf(b->avg, "%s", line);
	l = btt_live_get(b, NULL, 0);
	print_live_row(b, "Total Sys", &l);
	(void)fprintf(b->avg, "\n");
}

/* ---- Q2D histogram ------------------------------------------------------- */

struct q2d {
	unsigned long histo[BTT_Q2D_BUCKETS], nr;
	int nr_devs;
};

static void print_q2d_row(FILE *f, const unsigned long *histo,
			  unsigned long nr)
{
	for (int i = 0; i < BTT_Q2D_BUCKETS; i++)
		(void)fprintf(f, "%5.1f ",
			      100.0 * (double)histo[i] / (double)nr);
	(void)fprintf(f, "\n");
}

static void print_dev_q2d(struct btt *b, struct btt_dev *dev, void *arg)
{
	struct q2d *all = arg;
	char text[BTT_DEV_TEXT];

	if (!dev->nr_q2d)
		return;
	(void)fprintf(b->avg, "%10s | ", btt_dev_text(dev, true, text));
	print_q2d_row(b->avg, dev->q2d_histo, dev->nr_q2d);
	for (int i = 0; i < BTT_Q2D_BUCKETS; i++)
		all->histo[i] += dev->q2d_histo[i];
	all->nr += dev->nr_q2d;
	all->nr_devs++;
}

static void print_q2d(struct btt *b)
{
	static const char dashes[] = "===== ===== ===== ===== ===== ===== "
				     "===== ===== ===== ===== \n";
	struct q2d all = { 0 };

	btt_section(b->avg, "Q2D Histogram");
	(void)fprintf(b->avg, "%10s | <.005 <.010 <.025 <.050 <.075 <.100"
		      " <.250 <.500 < 1.0 >=1.0\n ", "DEV");
	(void)fprintf(b->avg, "--------- | %s", dashes);
	btt_each_dev(b, print_dev_q2d, &all);
	if (!all.nr_devs)
		return;
	(void)fprintf(b->avg, "========== | %s%10s | ", dashes, "AVG");
	print_q2d_row(b->avg, all.histo, all.nr);
	(void)fprintf(b->avg, "\n");
}

void btt_avg_print(struct btt *b)
{
	const char *exes = b->opts.exes;

	if (b->opts.has_all_data) {
		if (!exes || *exes) {
			btt_section(b->avg, "Per Process");
			print_times(b, true);
		}
		btt_section(b->avg, "Per Device");
		print_times(b, false);
	}
	print_all_times(b);
	print_overhead(b);
	print_merges(b);
	btt_seeks_print(b, true);
	btt_seeks_print(b, false);
	print_plugs(b);
	print_active(b);
	print_live(b);
	btt_histo_print(b);
	if (b->opts.has_all_data)
		print_q2d(b);
}
