/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btt -I: the table that iostat -x once printed.  The order of the sums is
 * btt's, so that the last digit is, too.
 */
#include "config.h"

#include "src/analyze/btt_impl.h"

struct totals {
	double nr;
	double rqm[2], ios[2], sec[2];
	double avgrq_sz, avgqu_sz, await, svctm, util;
};

static void head(const struct btt *b)
{
	(void)fprintf(b->iostat.f,
		      "Device:       rrqm/s   wrqm/s     r/s     w/s    "
		      "rsec/s    wsec/s     rkB/s     wkB/s "
		      "avgrq-sz avgqu-sz   await   svctm  %%util   Stamp\n");
}

static void update_queue(struct btt_dev *dev, double now)
{
	struct btt_stat *const both[] = { &dev->stat, &dev->all_stat };

	for (int i = 0; i < 2; i++) {
		both[i]->tot_qusz += (now - both[i]->last_qu_change) *
				     both[i]->cur_qusz;
		both[i]->last_qu_change = now;
	}
}

static void update_idle(struct btt_dev *dev, double now, bool is_forced)
{
	struct btt_stat *const both[] = { &dev->stat, &dev->all_stat };
	bool is_idle = dev->stat.cur_dev == 0 || is_forced;

	for (int i = 0; i < 2; i++) {
		if (is_idle)
			both[i]->idle_time += now - both[i]->last_dev_change;
		both[i]->last_dev_change = now;
	}
}

void btt_iostat_getrq(struct btt_dev *dev, uint64_t time)
{
	update_queue(dev, btt_to_sec(time));
	dev->stat.cur_qusz++;
	dev->all_stat.cur_qusz++;
}

void btt_iostat_merge(struct btt_dev *dev, bool is_read)
{
	dev->stat.rqm[is_read]++;
	dev->all_stat.rqm[is_read]++;
}

void btt_iostat_issue(struct btt_dev *dev, const struct blk_rec *rec)
{
	bool is_read = btt_is_read(rec);

	dev->stat.ios[is_read]++;
	dev->all_stat.ios[is_read]++;
	dev->stat.sec[is_read] += rec->bytes >> 9;
	dev->all_stat.sec[is_read] += rec->bytes >> 9;
	update_idle(dev, btt_to_sec(rec->time), false);
	dev->stat.cur_dev++;
	dev->all_stat.cur_dev++;
}

void btt_iostat_complete(struct btt_dev *dev, const struct btt_q *q,
			 uint64_t time)
{
	double now = btt_to_sec(time);
	uint64_t wait = 0, svctm = btt_delta(q->time, time);

	if (q->i != BTT_NEVER)
		wait = btt_delta(q->i, time);
	else if (q->m != BTT_NEVER)
		wait = btt_delta(q->m, time);
	dev->stat.wait += wait;
	dev->all_stat.wait += wait;
	update_queue(dev, now);
	dev->stat.cur_qusz--;
	dev->all_stat.cur_qusz--;
	update_idle(dev, now, false);
	dev->stat.cur_dev--;
	dev->all_stat.cur_dev--;
	dev->stat.svctm += svctm;
	dev->all_stat.svctm += svctm;
}

static void columns(FILE *f, const struct totals *t)
{
	(void)fprintf(f, "%8.2f %8.2f %7.2f %7.2f %9.2f %9.2f ", t->rqm[0],
		      t->rqm[1], t->ios[0], t->ios[1], t->sec[0], t->sec[1]);
}

static void tail(FILE *f, uint64_t stamp, bool is_all)
{
	if (is_all)
		(void)fprintf(f, "%8s\n", "TOTAL");
	else
		(void)fprintf(f, "%8.2f\n", btt_to_sec(stamp));
}

struct row {
	uint64_t stamp;
	bool is_all;
	struct totals totals;
};

/* An interval has been printed: its counts begin anew, the gauges stay. */
static void reset(struct btt_stat *s)
{
	for (int i = 0; i < 2; i++)
		s->rqm[i] = s->ios[i] = s->sec[i] = 0;
	s->wait = s->svctm = 0;
	s->tot_qusz = s->idle_time = 0.0;
}

static void add_totals(struct totals *t, const struct btt_stat *s, double dt)
{
	t->nr += 1.0;
	for (int i = 0; i < 2; i++) {
		t->rqm[i] += (double)s->rqm[i] / dt;
		t->ios[i] += (double)s->ios[i] / dt;
		t->sec[i] += (double)s->sec[i] / dt;
	}
	t->avgqu_sz += s->tot_qusz / dt;
}

static void print_dev(struct btt *b, struct btt_dev *dev, void *arg)
{
	struct row *row = arg;
	struct btt_stat *s = row->is_all ? &dev->all_stat : &dev->stat;
	double dt = (double)(row->is_all ? row->stamp :
			     row->stamp - b->iostat_start) / 1.0e9;
	double nios = (double)(s->ios[0] + s->ios[1]);
	double nrqm = (double)(s->rqm[0] + s->rqm[1]);
	double size = 0, svctm = 0, await = 0, util;
	char text[BTT_DEV_TEXT];
	FILE *f = b->iostat.f;

	update_idle(dev, btt_to_sec(row->stamp), true);
	update_queue(dev, btt_to_sec(row->stamp));
	if (nios > 0) {
		size = (double)(s->sec[0] + s->sec[1]) / nios;
		svctm = 1000.0 * btt_to_sec(s->svctm) / nios;
	}
	if (nios + nrqm > 0)
		await = 1000.0 * btt_to_sec(s->wait) / (nios + nrqm);
	util = s->idle_time <= dt ? 100.0 * (1.0 - s->idle_time / dt) : 0.0;
	(void)fprintf(f, "%-11.10s ", btt_dev_text(dev, true, text));
	columns(f, &(struct totals){
		.rqm = { (double)s->rqm[1] / dt, (double)s->rqm[0] / dt },
		.ios = { (double)s->ios[1] / dt, (double)s->ios[0] / dt },
		.sec = { (double)s->sec[1] / dt, (double)s->sec[0] / dt } });
	/* whole kB are divided by the time */
	(void)fprintf(f, "%9.2f %9.2f ", (double)(s->sec[1] / 2) / dt,
		      (double)(s->sec[0] / 2) / dt);
	(void)fprintf(f, "%8.2f %8.2f %7.2f %7.2f %6.2f", size,
		      s->tot_qusz / dt, await, svctm, util);
	tail(f, row->stamp, row->is_all);
	if (!row->is_all)
		reset(s);
	/* btt sums up after it has set the interval's counts to 0 */
	add_totals(&row->totals, s, dt);
	row->totals.avgrq_sz += size;
	row->totals.await += await;
	row->totals.svctm += svctm;
	row->totals.util += util;
}

static void print_all(struct btt *b, uint64_t stamp, bool is_all)
{
	struct row row = { .stamp = stamp, .is_all = is_all };
	struct totals *t = &row.totals;
	FILE *f = b->iostat.f;

	if (is_all)
		head(b);
	btt_each_dev(b, print_dev, &row);
	if (t->nr >= 2.0) {
		(void)fprintf(f, "%-11s ", "TOTAL");
		columns(f, t);
		(void)fprintf(f, "%9.2f %9.2f %8.2f %8.2f %7.2f %7.2f %6.2f",
			      t->sec[0] / 2.0, t->sec[1] / 2.0,
			      t->avgrq_sz / t->nr, t->avgqu_sz / t->nr,
			      t->await / t->nr, t->svctm / t->nr,
			      t->util / t->nr);
		tail(f, stamp, is_all);
	}
	if (!is_all)
		(void)fprintf(f, "\n");
}

void btt_iostat_begin(struct btt *b)
{
	b->iostat_start = BTT_NEVER;
	if (!b->opts.iostat)
		return;
	b->iostat = btt_open(b, "%s", b->opts.iostat);
	if (b->iostat.f)
		head(b);
}

void btt_iostat_time(struct btt *b, uint64_t time)
{
	if (!b->iostat.f)
		return;
	if (b->iostat_start == BTT_NEVER) {
		b->iostat_start = time;
	} else if (time - b->iostat_start >= b->opts.iostat_ns) {
		print_all(b, time, false);
		b->iostat_start = time;
	}
	b->iostat_stamp = time;
}

void btt_iostat_end(struct btt *b)
{
	if (!b->iostat.f)
		return;
	(void)fprintf(b->iostat.f, "\n");
	print_all(b, b->iostat_stamp, true);
	btt_close(b, &b->iostat, false);
}
