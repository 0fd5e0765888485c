/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pairing of btt 2.09 as blktrace 1.2.0 has it: what each event does to the
 * Qs that it meets (btt_qs.c).
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/btt_impl.h"
#include "src/base/plain.h"

#define LIVE_LEAST	1024u	/* periods */

/* An event begins: its device and process, or NULL if it is left out. */
static struct btt_dev *begin(struct btt *b, const struct blk_rec *rec,
			     uint32_t *ret_proc)
{
	enum blk_act act = rec->action & BLK_ACT_CODE_MASK;
	struct btt_dev *dev = btt_find_dev(b, rec->device);

	if (!dev && b->nr_devs == BTT_DEVICES_MAX) {
		(void)err_set(&b->err, -E2BIG, "the trace has more than %u"
			      " devices, and each has files of its own",
			      BTT_DEVICES_MAX);
		return NULL;
	}
	if (!dev)
		dev = btt_add_dev(b, rec);
	if (dev->is_culling) {
		if (blk_is_notify(rec) ||
		    (act != BLK_ACT_QUEUE && act != BLK_ACT_REMAP))
			return NULL;
		dev->is_culling = false;
	}
	dev->end_time = rec->time;
	b->last_dev = dev;
	if (rec->pid != b->last_pid || !b->last_proc) {
		b->last_pid = rec->pid;
		b->last_proc = btt_proc_of(&b->procs, rec->pid);
	}
	*ret_proc = b->last_proc;
	return dev;
}

/* ---- sums ---------------------------------------------------------------- */

static void add_mean(struct btt_mean *m, uint64_t v)
{
	if (!m->n++) {
		m->min = m->max = m->total = v;
		return;
	}
	if (v < m->min)
		m->min = v;
	else if (v > m->max)
		m->max = v;
	m->total += v;
}

static struct btt_proc *proc_at(const struct btt *b, uint32_t proc)
{
	return proc ? b->procs.list[proc - 1] : NULL;
}

/* A time of a Q: of all, of its device, of its process. */
static void add_time(struct btt *b, const struct btt_q *q, enum btt_avg which,
		     uint64_t ns)
{
	struct btt_proc *proc = proc_at(b, q->proc);

	add_mean(&b->avgs[which], ns);
	add_mean(&b->devs[q->dev]->avgs[which], ns);
	if (proc)
		add_mean(&proc->avgs[which], ns);
}

static void add_last_q(uint64_t *last, struct btt_mean *m, uint64_t time)
{
	if (*last != BTT_NEVER)
		add_mean(m, time > *last ? time - *last : 1);
	*last = time;
}

static void count_size(uint64_t histo[BTT_BUCKETS], uint32_t bytes)
{
	uint32_t blocks = bytes >> 9;

	/* btt counts less than a block in front of its array */
	if (blocks)
		histo[blocks > BTT_BUCKETS ? BTT_BUCKETS - 1 : blocks - 1]++;
}

/* ---- events -------------------------------------------------------------- */

static uint32_t dev_index(const struct btt *b, const struct btt_dev *dev)
{
	uint32_t i = 0;

	while (b->devs[i] != dev)
		i++;
	return i;
}

static void add_queue(struct btt *b, const struct blk_rec *rec)
{
	struct btt_proc *proc;
	struct btt_dev *dev;
	enum btt_avg which;
	uint32_t p;

	if (!rec->bytes || !(dev = begin(b, rec, &p)))
		return;
	*btt_q_insert(b, rec, dev) = (struct btt_q){
		.time = rec->time, .g = BTT_NEVER, .i = BTT_NEVER,
		.m = BTT_NEVER, .d = BTT_NEVER,
		.end = rec->sector + (rec->bytes >> 9), .bytes = rec->bytes,
		.dev = dev_index(b, dev), .proc = p,
	};
	which = btt_is_remapper(rec->device) ? BTT_Q2Q_DM : BTT_Q2Q;
	btt_seek_add(&dev->q2q, rec, b->opts.is_absolute);
	btt_range_add(&b->region.q, rec->time, &b->pause);
	add_last_q(&dev->last_q, &dev->avgs[which], rec->time);
	btt_range_add(&dev->region.q, rec->time, &b->pause);
	proc = proc_at(b, p);
	if (proc) {
		add_last_q(&proc->last_q, &proc->avgs[which], rec->time);
		btt_range_add(&proc->region.q, rec->time, &b->pause);
	}
	if (which == BTT_Q2Q)
		count_size(b->q_histo, rec->bytes);
	add_last_q(&b->last_q, &b->avgs[which], rec->time);
	dev->n_qs++;
	dev->t_act_q += dev->n_act_q++;
}

static void add_remap(struct btt *b, const struct blk_rec *rec)
{
	struct btt_dev *above;
	struct blk_remap from;
	struct btt_q *q;
	uint32_t p;

	if (b->opts.no_remaps || blk_get_remap(rec, &from) ||
	    !begin(b, rec, &p))
		return;
	above = btt_find_dev(b, from.device_from);
	q = above ? btt_q_at(b, above, from.sector_from) : NULL;
	if (q)
		add_time(b, q, btt_is_remapper(above->device) ? BTT_Q2A_DM :
			 BTT_Q2A, btt_delta(q->time, rec->time));
}

static void add_getrq(struct btt *b, const struct blk_rec *rec)
{
	struct btt_dev *dev;
	struct btt_q *q;
	uint32_t p;

	if (!rec->bytes || !(dev = begin(b, rec, &p)))
		return;
	btt_iostat_getrq(dev, rec->time);
	q = btt_q_at(b, dev, rec->sector);
	if (!q)
		return;
	q->g = rec->time;
	add_time(b, q, BTT_Q2G, btt_delta(q->time, rec->time));
	if (q->s)
		add_time(b, q, BTT_S2G, btt_delta(q->s, rec->time));
}

static void add_sleep(struct btt *b, const struct blk_rec *rec)
{
	struct btt_dev *dev;
	struct btt_q *q;
	uint32_t p;

	if (!rec->bytes || !(dev = begin(b, rec, &p)))
		return;
	q = btt_q_at(b, dev, rec->sector);
	if (q)
		q->s = rec->time;
}

static void add_insert(struct btt *b, const struct blk_rec *rec)
{
	struct btt_dev *dev;
	struct btt_q *q;
	uint32_t p;

	if (!rec->bytes || !(dev = begin(b, rec, &p)))
		return;
	q = btt_q_at(b, dev, rec->sector);
	if (!q)
		return;
	q->i = rec->time;
	if (q->g != BTT_NEVER)
		add_time(b, q, BTT_G2I, btt_delta(q->g, rec->time));
}

static void add_merge(struct btt *b, const struct blk_rec *rec)
{
	struct btt_dev *dev;
	struct btt_q *q;
	uint32_t p;

	if (!rec->bytes || !(dev = begin(b, rec, &p)))
		return;
	btt_iostat_merge(dev, btt_is_read(rec));
	q = btt_q_at(b, dev, rec->sector);
	if (q) {
		q->m = rec->time;
		add_time(b, q, BTT_Q2M, btt_delta(q->time, rec->time));
	}
	if (dev->n_act_q)
		dev->n_act_q--;
}

static void add_requeue(struct btt *b, const struct blk_rec *rec)
{
	struct btt_dev *dev;
	uint32_t p;

	dev = begin(b, rec, &p);
	if (!dev)
		return;
	dev->n_qs++;
	dev->t_act_q += dev->n_act_q++;
}

/* Upper ends in ms; more is in the last bucket. */
static void count_q2d(struct btt_dev *dev, uint64_t ns)
{
	static const long ends[BTT_Q2D_BUCKETS - 1] = {
		5, 10, 25, 50, 75, 100, 250, 500, 1000,
	};
	long ms = (long)(btt_seconds(ns) / 0.001);
	int i = 0;

	while (i < BTT_Q2D_BUCKETS - 1 && (ms < 0 || ms >= ends[i]))
		i++;
	dev->q2d_histo[i]++;
	dev->nr_q2d++;
}

static void issue_q(struct btt *b, const struct blk_rec *rec, struct btt_q *q)
{
	struct btt_dev *dev = b->devs[q->dev];

	if (q->i != BTT_NEVER)
		add_time(b, q, BTT_I2D, btt_delta(q->i, rec->time));
	else if (q->m != BTT_NEVER)
		add_time(b, q, BTT_M2D, btt_delta(q->m, rec->time));
	q->d = rec->time;
	q->d_sector = rec->sector;
	q->d_blocks = rec->bytes >> 9;
	if (b->opts.has_all_data)
		count_q2d(dev, rec->time - q->time);
	btt_latency(&dev->q2d_plat, &dev->q2d, b->opts.plat_freq, rec->time,
		    rec->time - q->time);
}

static void add_issue(struct btt *b, const struct blk_rec *rec)
{
	struct btt_dev *dev;
	uint32_t p;

	if (!rec->bytes || !(dev = begin(b, rec, &p)))
		return;
	if (dev->n_act_q)
		dev->n_act_q--;
	btt_seek_add(&dev->d2d, rec, b->opts.is_absolute);
	btt_blocks_add(dev, rec);
	btt_iostat_issue(dev, rec);
	dev->n_ds++;
	if (!btt_is_remapper(rec->device))
		count_size(b->d_histo, rec->bytes);
	btt_active_issue(dev, rec->time);
	btt_qs_inside(b, dev, rec->sector, rec->sector + (rec->bytes >> 9));
	for (size_t i = 0; i < b->nr_found; i++)
		issue_q(b, rec, &b->qs[b->found[i]]);
}

static void print_time(FILE *f, const char *before, uint64_t time,
		       const char *after)
{
	(void)fprintf(f, "%s%d.%09lu%s", before, (int)(time / 1000000000),
		      (unsigned long)(time % 1000000000), after);
}

/*
 * Nothing that is at the device or will be was issued before.  All Qs are
 * looked at for it, so not again before so many periods have come.
 */
static void shrink_live(struct btt *b)
{
	uint64_t oldest = b->last_time;
	size_t nr_looked = 0;

	if (b->opts.has_live || b->live.nr < b->shrink_at)
		return;
	for (size_t i = 0; i < b->nr_devs; i++) {
		btt_qs_inside(b, b->devs[i], 0, UINT64_MAX);
		for (size_t k = 0; k < b->nr_found; k++)
			if (b->qs[b->found[k]].d < oldest)
				oldest = b->qs[b->found[k]].d;
		nr_looked += b->nr_found;
	}
	for (size_t i = 0; i < b->nr_devs; i++)
		btt_live_shrink(&b->devs[i]->live, oldest);
	btt_live_shrink(&b->live, oldest);
	b->shrink_at = LIVE_LEAST + 2 * b->live.nr + nr_looked;
}

static void complete_q(struct btt *b, const struct blk_rec *rec, uint32_t n)
{
	struct btt_q *q = &b->qs[n];
	struct btt_dev *dev = b->devs[q->dev];
	uint64_t q2c = btt_delta(q->time, rec->time), d2c;

	add_time(b, q, btt_is_remapper(dev->device) ? BTT_Q2C_DM : BTT_Q2C,
		 q2c);
	btt_latency(&dev->q2c_plat, &dev->q2c, b->opts.plat_freq, q->time,
		    q2c);
	if (q->d != BTT_NEVER) {
		d2c = btt_delta(q->d, rec->time);
		btt_live_add(&dev->live, q->d, rec->time);
		btt_live_add(&b->live, q->d, rec->time);
		add_time(b, q, BTT_D2C, d2c);
		btt_latency(&dev->d2c_plat, &dev->d2c, b->opts.plat_freq,
			    rec->time, d2c);
		btt_iostat_complete(dev, q, rec->time);
	}
	if (b->per_io.f)
		btt_q_print(b->per_io.f, rec, q, b->tree.nodes[n].key);
	if (dev->pit.f)
		print_time(dev->pit.f, "", q->time, " ");
}

static void add_complete(struct btt *b, const struct blk_rec *rec)
{
	const struct btt_pause *pause = &b->pause;
	uint64_t issued = BTT_NEVER;
	struct btt_proc *proc;
	struct btt_dev *dev;
	uint32_t p;

	if (!rec->bytes || !(dev = begin(b, rec, &p)))
		return;
	add_mean(&dev->blks, rec->bytes >> 9);
	btt_range_add(&b->region.c, rec->time, pause);
	btt_range_add(&dev->region.c, rec->time, pause);
	proc = proc_at(b, p);
	if (proc)
		btt_range_add(&proc->region.c, rec->time, pause);
	btt_active_complete(dev, rec->time);
	btt_rate_add(&dev->rate, rec->time, rec->bytes >> 9);
	btt_rate_add(&b->rate, rec->time, rec->bytes >> 9);
	btt_qs_inside(b, dev, rec->sector, rec->sector + (rec->bytes >> 9));
	for (size_t i = 0; i < b->nr_found; i++) {
		uint32_t n = b->found[i];

		if (b->qs[n].d != BTT_NEVER)
			issued = b->qs[n].d;
		complete_q(b, rec, n);
		rb_erase(&b->tree, &dev->root, n);
		rb_free(&b->tree, n);
	}
	if (b->per_io.f)
		(void)fprintf(b->per_io.f, "-----------------------------------"
			      "------\n");
	if (dev->pit.f) {
		print_time(dev->pit.f, "| ", issued, " ");
		print_time(dev->pit.f, "| ", rec->time, "\n");
	}
	shrink_live(b);
}

static void unplug(struct btt_dev *dev, const struct blk_rec *rec, bool is_io)
{
	uint64_t nr;

	if (!dev || blk_get_u64(rec, &nr))
		return;
	if (is_io) {
		int i = (int)nr / 5;

		if (i >= 0)
			dev->unplugs[i < BTT_UNPLUG_BUCKETS ? i :
				     BTT_UNPLUG_BUCKETS - 1]++;
	}
	if (!dev->is_plugged)
		return;
	dev->is_plugged = false;
	dev->plugged_time += btt_seconds(rec->time) - dev->last_plug;
	if (is_io) {
		dev->nplugs++;
		dev->nios_up += nr;
	} else {
		dev->nplugs_t++;
		dev->nios_upt += nr;
	}
}

static void plug(struct btt_dev *dev, const struct blk_rec *rec)
{
	if (!dev || dev->is_plugged)
		return;
	dev->is_plugged = true;
	dev->last_plug = btt_seconds(rec->time);
}

/* ---- the stream ---------------------------------------------------------- */

static void add_process(struct btt *b, const struct blk_rec *rec)
{
	char name[BLK_COMM_LEN + 1] = "kernel";

	if (rec->pid) {
		size_t len = rec->pdu_len < BLK_COMM_LEN ? rec->pdu_len :
							   BLK_COMM_LEN;

		memset(name, 0, sizeof(name));
		if (len)
			memcpy(name, rec->pdu, len);
		name[strcspn(name, "/")] = '\0';
	}
	if (b->opts.is_escaped)
		plain_mask(name, strlen(name));
	btt_proc_add(&b->procs, rec->pid, name);
}

static void add_message(struct btt *b, const struct blk_rec *rec)
{
	char text[BTT_DEV_TEXT];
	struct btt_dev *dev;
	uint32_t p;

	dev = begin(b, rec, &p);
	if (!dev)
		return;
	(void)fprintf(b->msg, "%s %5d.%09lu %.*s\n",
		      btt_dev_text(dev, true, text),
		      (int)(rec->time / 1000000000),
		      (unsigned long)(rec->time % 1000000000),
		      (int)rec->pdu_len, (const char *)rec->pdu);
}

static void add_event(struct btt *b, const struct blk_rec *rec)
{
	b->last_time = rec->time;
	b->nr_events++;
	btt_iostat_time(b, rec->time);
	/* with the cgroup flag: an event that btt does not know */
	switch (rec->action & BLK_ACT_CODE_MASK) {
	case BLK_ACT_QUEUE:
		add_queue(b, rec);
		break;
	case BLK_ACT_REMAP:
		add_remap(b, rec);
		break;
	case BLK_ACT_INSERT:
		add_insert(b, rec);
		break;
	case BLK_ACT_GETRQ:
		add_getrq(b, rec);
		break;
	case BLK_ACT_BACKMERGE:
	case BLK_ACT_FRONTMERGE:
		add_merge(b, rec);
		break;
	case BLK_ACT_REQUEUE:
		add_requeue(b, rec);
		break;
	case BLK_ACT_ISSUE:
		add_issue(b, rec);
		break;
	case BLK_ACT_COMPLETE:
		add_complete(b, rec);
		break;
	case BLK_ACT_PLUG:
		plug(btt_find_dev(b, rec->device), rec);
		break;
	case BLK_ACT_UNPLUG_IO:
		unplug(btt_find_dev(b, rec->device), rec, true);
		break;
	case BLK_ACT_UNPLUG_TIMER:
		unplug(btt_find_dev(b, rec->device), rec, false);
		break;
	case BLK_ACT_SLEEPRQ:
		add_sleep(b, rec);
		break;
	}
}

bool btt_add(struct btt *b, const struct blk_rec *rec)
{
	const struct btt_options *o = &b->opts;

	if (blk_is_notify(rec)) {
		if (rec->action == BLK_TC_ACT(BLK_TC_NOTIFY) + BLK_TN_PROCESS)
			add_process(b, rec);
		else if (rec->action ==
			 BLK_TC_ACT(BLK_TC_NOTIFY) + BLK_TN_MESSAGE)
			add_message(b, rec);
		return false;
	}
	if (blk_has(rec, BLK_TC_PC))
		return false;
	if (o->is_bounded) {
		double now = btt_seconds(rec->time);

		if (now < o->from)
			return false;
		/* btt -t without -T ends at once */
		if (o->to > 0 && now > o->to)
			return true;
	}
	add_event(b, rec);
	return b->err.code;
}
