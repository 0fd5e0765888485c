/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files that btt writes for each device while it reads.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/analyze/btt_impl.h"
#include "src/base/xalloc.h"

static FILE *open_file(const char *name)
{
	FILE *f = fopen(name, "we");
	struct rlimit limit;

	if (f || errno != EMFILE || getrlimit(RLIMIT_NOFILE, &limit))
		return f;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	return fopen(name, "we");
}

struct btt_file btt_open(struct btt *b, const char *fmt, ...)
{
	struct btt_file file = { 0 };
	char name[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	file.f = open_file(name);
	if (file.f)
		file.name = xstrdup(name);
	else if (!b->err.code)
		(void)err_set_errno(&b->err, -errno, "%s", name);
	return file;
}

void btt_close(struct btt *b, struct btt_file *file, bool keep)
{
	if (!file->f)
		return;
	if ((ferror(file->f) || fflush(file->f)) && !b->err.code)
		(void)err_set_errno(&b->err, errno ? -errno : -EIO, "%s",
				    file->name);
	if (!keep && ftell(file->f) == 0)
		(void)unlink(file->name);
	(void)fclose(file->f);
	free(file->name);
	*file = (struct btt_file){ 0 };
}

/* ---- I/Os per second ----------------------------------------------------- */

void btt_rate_open(struct btt *b, struct btt_rate *r, const char *name)
{
	r->second = -1;
	r->iops = btt_open(b, "%s_iops_fp.dat", name);
	r->mbps = btt_open(b, "%s_mbps_fp.dat", name);
}

static void emit_rate(struct btt_rate *r)
{
	if (r->iops.f)
		(void)fprintf(r->iops.f, "%lld %llu\n", r->second, r->ios);
	if (r->mbps.f)
		(void)fprintf(r->mbps.f, "%lld %f\n", r->second,
			      ((double)r->blocks * 512.0) / (1024.0 * 1024.0));
	r->ios = r->blocks = 0;
}

void btt_rate_add(struct btt_rate *r, uint64_t time, uint32_t blocks)
{
	long long second = (long long)(time / 1000000000);

	if (r->second < 0) {
		r->second = second;
	} else if (second - r->second >= 1) {
		emit_rate(r);
		r->second = second;
	}
	r->ios++;
	r->blocks += blocks;
}

void btt_rate_close(struct btt *b, struct btt_rate *r)
{
	emit_rate(r);
	btt_close(b, &r->iops, false);
	btt_close(b, &r->mbps, false);
}

/* ---- times of I/Os ------------------------------------------------------- */

static void emit_plat(struct btt_plat *p)
{
	(void)fprintf(p->file.f, "%f %f\n",
		      p->first + (p->last - p->first) / 2,
		      p->sum / (double)p->nr);
}

static void add_plat(struct btt_plat *p, double freq, uint64_t time,
		     uint64_t latency)
{
	double now = btt_to_sec(time);

	if (p->nr && now - p->first < freq) {
		p->last = now;
		p->nr++;
		p->sum += btt_to_sec(latency);
		return;
	}
	if (p->nr)
		emit_plat(p);
	p->first = p->last = now;
	p->nr = 1;
	p->sum = btt_to_sec(latency);
}

void btt_latency(struct btt_plat *plat, const struct btt_file *file,
		 double freq, uint64_t time, uint64_t latency)
{
	if (plat->file.f)
		add_plat(plat, freq, time, latency);
	if (file->f)
		(void)fprintf(file->f, "%f %f\n", btt_to_sec(time),
			      btt_to_sec(latency));
}

/* ---- depth and blocks ---------------------------------------------------- */

static void step(const struct btt_dev *dev, double time, int to)
{
	(void)fprintf(dev->active.f, "%f %d\n%f %d\n", time, dev->nr_active,
		      time, to);
}

void btt_active_issue(struct btt_dev *dev, uint64_t time)
{
	if (!dev->active.f)
		return;
	step(dev, btt_seconds(time), dev->nr_active + 1);
	dev->nr_active++;
}

void btt_active_complete(struct btt_dev *dev, uint64_t time)
{
	if (!dev->active.f || dev->nr_active <= 0)
		return;
	step(dev, btt_seconds(time), dev->nr_active - 1);
	dev->nr_active--;
}

void btt_blocks_add(struct btt_dev *dev, const struct blk_rec *rec)
{
	int kind = btt_is_read(rec) ? 0 : 1;

	for (int i = kind; i < 3; i += 2 - kind)
		if (dev->blocks[i].f)
			(void)fprintf(dev->blocks[i].f,
				      "%15.9f %" PRIu64 " %" PRIu64 "\n",
				      btt_seconds(rec->time), rec->sector,
				      rec->sector + (rec->bytes >> 9));
}

/* ---- a device ------------------------------------------------------------ */

static void open_plat(struct btt *b, struct btt_plat *p,
		      const struct btt_dev *dev, const char *kind)
{
	if (b->opts.plat_freq > 0)
		p->file = btt_open(b, "%s_%s_plat.dat", dev->name, kind);
}

void btt_dev_open(struct btt *b, struct btt_dev *dev)
{
	const struct btt_options *o = &b->opts;
	static const char letters[] = "rwc";

	if (o->q2d)
		dev->q2d = btt_open(b, "%s_%s_q2d.dat", o->q2d, dev->name);
	if (o->d2c)
		dev->d2c = btt_open(b, "%s_%s_d2c.dat", o->d2c, dev->name);
	if (o->q2c)
		dev->q2c = btt_open(b, "%s_%s_q2c.dat", o->q2c, dev->name);
	if (o->active)
		dev->active = btt_open(b, "%s_%s_aqd.dat", o->active,
				       dev->name);
	for (int i = 0; o->blocks && i < 3; i++)
		dev->blocks[i] = btt_open(b, "%s_%s_%c.dat", o->blocks,
					  dev->name, letters[i]);
	btt_seek_open(b, &dev->d2d, dev, "_d2d", false);
	/* btt writes those of d2d to the same file, one over the other */
	btt_seek_open(b, &dev->q2q, dev, "_q2q", true);
	open_plat(b, &dev->q2d_plat, dev, "q2d");
	open_plat(b, &dev->q2c_plat, dev, "q2c");
	open_plat(b, &dev->d2c_plat, dev, "d2c");
	btt_rate_open(b, &dev->rate, dev->name);
	if (o->has_trees)
		dev->pit = btt_open(b, "%s_pit.dat", dev->name);
}

static void close_plat(struct btt *b, struct btt_plat *p)
{
	if (p->file.f && p->nr)
		emit_plat(p);
	btt_close(b, &p->file, false);
}

static void write_unplugs(struct btt *b, const struct btt_dev *dev)
{
	struct btt_file f = btt_open(b, "%s_%s.dat", b->opts.unplugs,
				     dev->name);

	for (int i = 0; f.f && i < BTT_UNPLUG_BUCKETS; i++)
		(void)fprintf(f.f, "%d %d\n", i, dev->unplugs[i]);
	btt_close(b, &f, true);
}

void btt_dev_close(struct btt *b, struct btt_dev *dev)
{
	btt_seek_close(b, &dev->d2d);
	btt_seek_close(b, &dev->q2q);
	close_plat(b, &dev->q2d_plat);
	close_plat(b, &dev->q2c_plat);
	close_plat(b, &dev->d2c_plat);
	for (int i = 0; i < 3; i++)
		btt_close(b, &dev->blocks[i], false);
	if (b->opts.unplugs)
		write_unplugs(b, dev);
	btt_rate_close(b, &dev->rate);
	btt_close(b, &dev->active, false);
	btt_close(b, &dev->q2d, false);
	btt_close(b, &dev->d2c, false);
	btt_close(b, &dev->q2c, false);
	btt_close(b, &dev->pit, true);
}
