/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/labels.h"
#include "src/analyze/stats.h"
#include "src/analyze/stats_impl.h"
#include "src/base/xalloc.h"

static const char *const phase_names[] = {
	[STATS_Q2C] = "q2c", [STATS_Q2D] = "q2d", [STATS_Q2G] = "q2g",
	[STATS_G2I] = "g2i", [STATS_Q2M] = "q2m", [STATS_I2D] = "i2d",
	[STATS_D2C] = "d2c", [STATS_Q2A] = "q2a",
};

static_assert(ARRAY_SIZE(phase_names) == STATS_PHASE_MAX, "one name each");

const char *stats_phase_name(enum stats_phase phase)
{
	return phase_names[phase];
}

/* ---- an operation ----------------------------------------------------------
 */

struct stats_op *stats_op_new(uint8_t bits)
{
	struct stats_op *op = xcalloc(1, sizeof(*op));

	for (int i = 0; i < STATS_PHASE_MAX; i++)
		op->phases[i].bits = bits;
	op->size.bits = bits;
	op->request_size.bits = bits;
	op->request_d2c.bits = bits;
	return op;
}

void stats_op_free(struct stats_op *op)
{
	if (!op)
		return;
	for (int i = 0; i < STATS_PHASE_MAX; i++)
		dist_release(&op->phases[i]);
	dist_release(&op->size);
	dist_release(&op->request_size);
	dist_release(&op->request_d2c);
	free(op);
}

/* A phase with both ends.  A clock that goes back counts as no time. */
static void add_phase(struct stats_op *op, enum stats_phase phase,
		      uint64_t from, uint64_t to)
{
	if (from == LIFE_NEVER || to == LIFE_NEVER)
		return;
	dist_add(&op->phases[phase], to > from ? to - from : 0);
}

void stats_op_add(struct stats_op *op, const struct life_io *io, bool is_brief)
{
	op->ios++;
	op->bytes += io->bytes;
	op->errors += io->error != 0;
	op->merged += (io->flags & LIFE_IO_MERGED) != 0;
	op->split += (io->flags & LIFE_IO_SPLIT) != 0;
	op->requeued += io->nr_requeues != 0;
	add_phase(op, STATS_Q2C, io->q, io->c);
	add_phase(op, STATS_D2C, io->d, io->c);
	if (is_brief)
		return;
	dist_add(&op->size, io->bytes);
	add_phase(op, STATS_Q2D, io->q, io->d1);
	add_phase(op, STATS_Q2G, io->q, io->g);
	add_phase(op, STATS_G2I, io->g, io->i);
	add_phase(op, STATS_Q2M, io->q, io->m);
	add_phase(op, STATS_I2D, io->i, io->d1);
	add_phase(op, STATS_Q2A, io->q, io->a);
}

/* ---- devices
 * ----------------------------------------------------------------- */

static struct stats_device *add_device(struct stats *st, uint32_t device)
{
	struct stats_device *d = xcalloc(1, sizeof(*d));

	d->device = device;
	d->first = d->last_q = LIFE_NEVER;
	d->next_sector = LIFE_NEVER;
	d->seeks.bits = d->q2q.bits = d->depth.at_issue.bits = DIST_FINE;
	st->devices = xgrow(st->devices, st->nr_devices, &st->cap_devices,
			    sizeof(struct stats_device *));
	st->devices[st->nr_devices++] = d;
	return d;
}

/* NULL when there are too many. */
struct stats_device *stats_device_of(struct stats *st, uint32_t device)
{
	if (st->recent && st->recent->device == device)
		return st->recent;
	for (size_t i = 0; i < st->nr_devices; i++)
		if (st->devices[i]->device == device)
			return st->recent = st->devices[i];
	if (st->nr_devices >= STATS_DEVICES)
		return NULL;
	return st->recent = add_device(st, device);
}

static struct stats_op *op_of(struct stats_device *d, enum life_op op)
{
	if (!d->ops[op])
		d->ops[op] = stats_op_new(DIST_FINE);
	return d->ops[op];
}

static void device_free(struct stats_device *d)
{
	for (int op = 0; op < LIFE_OP_MAX; op++)
		stats_op_free(d->ops[op]);
	dist_release(&d->depth.at_issue);
	dist_release(&d->seeks);
	dist_release(&d->q2q);
	free(d);
}

static void add_seek(struct stats_device *d, uint64_t sector, uint32_t bytes)
{
	if (!bytes)
		return;
	if (d->next_sector != LIFE_NEVER) {
		bool is_back = sector < d->next_sector;

		dist_add(&d->seeks, is_back ? d->next_sector - sector
					    : sector - d->next_sector);
		d->seeks_back += is_back;
	}
	d->next_sector = sector + (bytes >> 9);
}

/* ---- what life tells
 * --------------------------------------------------------- */

static void on_io(void *ctx, const struct life_io *io)
{
	struct stats *st = ctx;
	struct stats_device *d = stats_device_of(st, io->device);

	if (d) {
		d->has_io = true;
		stats_op_add(op_of(d, io->op), io, false);
	}
	if (!st->opts.no_top) {
		stats_groups_add(&st->process, io, &st->names);
		if (io->cgroup)
			stats_groups_add(&st->cgroup, io, &st->names);
	}
	if (st->opts.by)
		stats_groups_add(&st->keys, io, &st->names);
}

static void on_issue(void *ctx, const struct life_request *rq)
{
	struct stats *st = ctx;
	struct stats_device *d = stats_device_of(st, rq->device);

	if (!d)
		return;
	if (!d->has_issue) {
		/* up to now these were the seeks of I/Os */
		dist_release(&d->seeks);
		d->seeks_back = 0;
		d->next_sector = LIFE_NEVER;
		d->has_issue = true;
	}
	stats_depth_change(&d->depth, rq->d, 1);
	if (rq->op != LIFE_PASSTHROUGH)
		add_seek(d, rq->sector, rq->bytes);
}

static void on_request(void *ctx, const struct life_request *rq)
{
	struct stats *st = ctx;
	struct stats_device *d = stats_device_of(st, rq->device);
	struct stats_op *op;

	if (!d)
		return;
	stats_depth_change(&d->depth, rq->c, -1);
	op = op_of(d, rq->op);
	op->requests++;
	op->request_bytes += rq->bytes;
	op->request_errors += rq->error != 0;
	dist_add(&op->request_size, rq->bytes);
	dist_add(&op->request_d2c, rq->c > rq->d ? rq->c - rq->d : 0);
}

/* Requeued, expired or lost: no longer with the driver. */
static void on_back(void *ctx, const struct life_request *rq)
{
	struct stats *st = ctx;
	struct stats_device *d = stats_device_of(st, rq->device);

	if (d)
		stats_depth_change(&d->depth, st->last, -1);
}

struct stats *stats_new(const struct stats_options *opts)
{
	struct stats *st = xcalloc(1, sizeof(*st));

	st->opts = *opts;
	st->first = LIFE_NEVER;
	st->process.is_brief = st->cgroup.is_brief = true;
	st->process.by = STATS_BY_PROCESS;
	st->cgroup.by = STATS_BY_CGROUP;
	st->keys.by = opts->by;
	st->life = life_new(&(struct life_sink){
		.io = on_io,
		.issue = on_issue,
		.request = on_request,
		.back = on_back,
		.ctx = st,
	});
	if (opts->tags_at_issue)
		life_tag_at_issue(st->life);
	return st;
}

void stats_free(struct stats *st)
{
	if (!st)
		return;
	life_free(st->life);
	for (size_t i = 0; i < st->nr_devices; i++)
		device_free(st->devices[i]);
	free(st->devices);
	stats_groups_release(&st->process);
	stats_groups_release(&st->cgroup);
	labels_release(&st->labels);
	map64_release(&st->tags);
	stats_groups_release(&st->keys);
	for (size_t i = 0; i < st->nr_paths; i++)
		free(st->paths[i].path);
	free(st->paths);
	stats_lanes_release(&st->lanes);
	names_release(&st->names);
	free(st);
}

bool stats_wants(const struct stats_options *o, uint64_t *first,
		 const struct blk_rec *rec)
{
	size_t i = 0;

	if (o->nr_devices) {
		while (i < o->nr_devices && o->devices[i] != rec->device)
			i++;
		if (i == o->nr_devices)
			return false;
	}
	if (!o->from && !o->to)
		return true;
	if (*first == LIFE_NEVER)
		*first = rec->time;
	return rec->time - *first >= o->from &&
	       (!o->to || rec->time - *first <= o->to);
}

static void count(struct stats_device *d, const struct blk_rec *rec)
{
	switch (blk_code(rec)) {
	case BLK_ACT_QUEUE:
		if (d->last_q != LIFE_NEVER)
			dist_add(&d->q2q, rec->time > d->last_q
						  ? rec->time - d->last_q
						  : 0);
		d->last_q = rec->time;
		if (!d->has_issue)
			add_seek(d, rec->sector, rec->bytes);
		break;
	case BLK_ACT_PLUG:
		d->plugs++;
		break;
	case BLK_ACT_UNPLUG_IO:
		d->unplugs++;
		break;
	case BLK_ACT_UNPLUG_TIMER:
		d->unplugs_implicit++;
		break;
	case BLK_ACT_REQUEUE:
		d->requeues++;
		break;
	}
}

static uint64_t cgroup_of(struct stats_lane *lane, const struct blk_rec *rec)
{
	uint64_t id;

	if (rec->action & BLK_ACT_CGROUP && !blk_cgroup_id(rec, &id))
		return id;
	return lane->cgroup;
}

void stats_add(struct stats *st, const struct blk_rec *rec, bool is_numbered)
{
	struct stats_device *d;
	struct stats_lane *lane;
	uint64_t nr;

	if (blk_is_notify(rec)) {
		stats_add_note(st, rec);
		return;
	}
	lane = stats_lane(&st->lanes, rec->device, rec->cpu);
	if (is_numbered) {
		nr = stats_lane_see(lane, rec->sequence);
		if (nr) {
			st->loss.gaps += nr;
			stats_lose(st, rec->device, nr, NOTE_LOSS_UNKNOWN);
		}
	}
	if (!stats_wants(&st->opts, &st->first, rec))
		return;
	d = stats_device_of(st, rec->device);
	if (!d)
		return;
	st->nr_records++;
	if (st->first == LIFE_NEVER)
		st->first = rec->time;
	st->last = rec->time;
	if (d->first == LIFE_NEVER)
		d->first = d->depth.since = rec->time;
	d->last = rec->time;
	count(d, rec);
	life_tag(st->life, lane->tag);
	life_add(st->life, rec, cgroup_of(lane, rec));
}

void stats_add_tagged(struct stats *st, const struct blk_rec *rec,
		      bool is_numbered, uint32_t tag)
{
	if (!blk_is_notify(rec))
		stats_lane(&st->lanes, rec->device, rec->cpu)->tag = tag;
	stats_add(st, rec, is_numbered);
}

void stats_end(struct stats *st)
{
	for (size_t i = 0; i < st->lanes.cap; i++) {
		uint64_t nr;

		if (!st->lanes.slots[i].is_begun)
			continue;
		nr = stats_lane_end(&st->lanes.slots[i]);
		st->loss.gaps += nr;
		if (nr)
			stats_lose(st, st->lanes.slots[i].device, nr,
			     NOTE_LOSS_UNKNOWN);
	}
	life_end(st->life);
	for (size_t i = 0; i < st->nr_devices; i++)
		stats_depth_end(&st->devices[i]->depth, st->devices[i]->last);
	stats_groups_end(&st->process);
	stats_groups_end(&st->cgroup);
	stats_groups_end(&st->keys);
}

/* ---- results
 * ---------------------------------------------------------------------- */

const struct stats_device *stats_device(const struct stats *st, size_t i)
{
	return i < st->nr_devices ? st->devices[i] : NULL;
}

const struct stats_groups *stats_by_process(const struct stats *st)
{
	return &st->process;
}

const struct stats_groups *stats_by_cgroup(const struct stats *st)
{
	return &st->cgroup;
}

const struct stats_groups *stats_by_keys(const struct stats *st)
{
	return &st->keys;
}

const struct stats_loss *stats_loss(const struct stats *st)
{
	return &st->loss;
}

const struct life_counts *stats_counts(const struct stats *st)
{
	return life_counts(st->life);
}

uint64_t stats_records(const struct stats *st)
{
	return st->nr_records;
}

uint64_t stats_span(const struct stats *st)
{
	return st->nr_records ? st->last - st->first : 0;
}

uint64_t stats_began(const struct stats *st)
{
	return st->clock_offset && st->nr_records ? st->first + st->clock_offset
						  : 0;
}

const char *stats_tag_label(const struct stats *st, uint32_t tag)
{
	return st->opts.tags ? tags_label(st->opts.tags, tag) :
			       labels_text(&st->labels, tag);
}

const char *stats_cgroup_path(const struct stats *st, uint64_t id)
{
	for (size_t i = 0; i < st->nr_paths; i++)
		if (st->paths[i].id == id)
			return st->paths[i].path;
	return NULL;
}
