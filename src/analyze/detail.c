/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/note.h"
#include "src/analyze/detail.h"
#include "src/analyze/detail_path.h"
#include "src/analyze/hist.h"
#include "src/analyze/life.h"
#include "src/base/xalloc.h"

#define FIRST_SHIFT	10	/* buckets of 1 us at first */
#define FIRST_ROW_SHIFT 3	/* rows of 4 KiB at first */

_Static_assert(HIST_SUB_BITS == DETAIL_DEPTH_BITS, "hist_cell is used");

struct lanes {
	struct detail_lane *list;
	size_t nr, cap;
	size_t last;		/* the one used last */
};

/* Where the last request of a device ended. */
struct head {
	uint32_t device;
	uint64_t next_sector;
	bool is_placed;
};

struct detail {
	struct detail_options opts;
	struct life *life;
	struct fold times;
	struct detail_bucket *buckets;
	struct detail_device devices[DETAIL_DEVICES];
	size_t nr_devices;
	struct lanes lanes[DETAIL_LANE_KINDS];
	struct dist sizes[IO_OP_MAX], seeks[IO_OP_MAX];
	struct head heads[DETAIL_DEVICES];
	size_t nr_heads;
	uint64_t first_blk, first_kvm, last;
	bool has_blk, has_kvm;
	uint64_t depth_since;	/* booked up to here */
	uint32_t depth, depth_max;
	uint64_t dropped;	/* requests that life gave up, by now */
	struct detail_path *path;	/* NULL = not wanted */
};

/* ---- cells --------------------------------------------------------------- */

static void merge_buckets(void *to, void *from, size_t size)
{
	uint64_t *t = to;
	const uint64_t *f = from;

	/* nothing but sums */
	for (size_t i = 0; i < size / sizeof(*t); i++)
		t[i] += f[i];
}

static void merge_counts(void *to, void *from, size_t size)
{
	(void)size;
	*(uint32_t *)to += *(uint32_t *)from;
}

static void merge_cells(void *to, void *from, size_t size)
{
	struct detail_cell *t = to, *f = from;

	for (size_t i = 0; i < size / sizeof(*t); i++) {
		t[i].nr += f[i].nr;
		t[i].sum_ns += f[i].sum_ns;
	}
}

static void halve(void *ctx, const struct fold *before)
{
	struct detail *d = ctx;

	fold_halve(before, d->buckets, sizeof(*d->buckets), merge_buckets);
	for (size_t i = 0; i < d->nr_devices; i++)
		fold_halve(before, d->devices[i].cells,
			   sizeof(struct detail_cell) << DETAIL_ROW_BITS,
			   merge_cells);
	for (int k = 0; k < DETAIL_LANE_KINDS; k++)
		for (size_t i = 0; i < d->lanes[k].nr; i++)
			fold_halve(before, d->lanes[k].list[i].cells,
				   sizeof(uint32_t), merge_counts);
}

/* The slot of a time; the range of buckets grows to it. */
static size_t slot_of(struct detail *d, uint64_t time)
{
	fold_reach(&d->times, time, halve, d);
	return fold_slot(&d->times, time >> d->times.shift);
}

static bool is_shown(const struct detail *d, uint64_t time)
{
	uint64_t first = detail_first(d);
	uint64_t t = time > first ? time - first : 0;

	return !d->opts.to_ns ||
	       (t >= d->opts.from_ns && t <= d->opts.to_ns);
}

static struct detail_lane *find_lane(struct lanes *l, enum exit_kind kind,
				     uint32_t key)
{
	struct detail_lane *lane;

	if (l->nr && l->list[l->last].key == key &&
	    l->list[l->last].kind == kind)
		return &l->list[l->last];
	for (size_t i = 0; i < l->nr; i++) {
		if (l->list[i].key == key && l->list[i].kind == kind) {
			l->last = i;
			return &l->list[i];
		}
	}
	if (l->nr == DETAIL_LANES)
		return NULL;
	l->list = xgrow(l->list, l->nr, &l->cap, sizeof(*l->list));
	lane = &l->list[l->nr++];
	*lane = (struct detail_lane){ .key = key, .kind = kind };
	lane->cells = xcalloc(1u << DETAIL_BUCKET_BITS, sizeof(*lane->cells));
	return lane;
}

static struct detail_lane *count_lane(struct detail *d,
				      enum detail_lanes which,
				      enum exit_kind kind, uint32_t key,
				      uint64_t time, uint32_t weight)
{
	struct detail_lane *lane = find_lane(&d->lanes[which], kind, key);

	if (!lane)
		return NULL;
	lane->cells[slot_of(d, time)] += weight;
	lane->nr += weight;
	return lane;
}

/* ---- places -------------------------------------------------------------- */

static struct detail_device *find_device(struct detail *d, uint32_t device)
{
	struct detail_device *dev;

	for (size_t i = 0; i < d->nr_devices; i++)
		if (d->devices[i].device == device)
			return &d->devices[i];
	if (d->nr_devices == DETAIL_DEVICES)
		return NULL;
	dev = &d->devices[d->nr_devices++];
	dev->device = device;
	dev->rows = fold_of(DETAIL_ROW_BITS, FIRST_ROW_SHIFT);
	dev->cells = xcalloc((size_t)1 << (DETAIL_BUCKET_BITS +
					   DETAIL_ROW_BITS),
			     sizeof(*dev->cells));
	return dev;
}

static void halve_rows(void *ctx, const struct fold *before)
{
	struct detail_device *dev = ctx;

	for (size_t i = 0; i < 1u << DETAIL_BUCKET_BITS; i++)
		fold_halve(before, dev->cells + (i << DETAIL_ROW_BITS),
			   sizeof(struct detail_cell), merge_cells);
}

static void place(struct detail *d, uint32_t device, uint64_t sector,
		  uint32_t bytes, uint64_t begin, uint64_t end)
{
	struct detail_device *dev = find_device(d, device);
	uint64_t last = sector + (bytes > 512 ? bytes / 512 - 1 : 0);
	struct detail_cell *column;

	if (!dev || last < sector)
		return;
	column = dev->cells + (slot_of(d, end) << DETAIL_ROW_BITS);
	fold_reach(&dev->rows, sector, halve_rows, dev);
	fold_reach(&dev->rows, last, halve_rows, dev);
	for (uint64_t row = sector >> dev->rows.shift;
	     row <= last >> dev->rows.shift; row++) {
		struct detail_cell *c = &column[fold_slot(&dev->rows, row)];

		c->nr++;
		c->sum_ns += (float)(end > begin ? end - begin : 0);
	}
	if (!dev->nr++ || sector < dev->first)
		dev->first = sector;
	if (last + 1 > dev->end)
		dev->end = last + 1;
}

/* As stats.c: where the last one ended, to where this one begins. */
static void add_seek(struct detail *d, const struct life_request *rq,
		     enum io_op op)
{
	struct head *h = NULL;

	for (size_t i = 0; i < d->nr_heads && !h; i++)
		if (d->heads[i].device == rq->device)
			h = &d->heads[i];
	if (!h && d->nr_heads == DETAIL_DEVICES)
		return;
	if (!h) {
		h = &d->heads[d->nr_heads++];
		h->device = rq->device;
	}
	if (h->is_placed && is_shown(d, rq->d))
		dist_add(&d->seeks[op], h->next_sector > rq->sector ?
						h->next_sector - rq->sector :
						rq->sector - h->next_sector);
	h->next_sector = rq->sector + rq->bytes / 512;
	h->is_placed = true;
}

/* ---- I/Os ---------------------------------------------------------------- */

static enum io_op op_of(uint8_t op)
{
	return op == LIFE_READ ? IO_READ : op == LIFE_WRITE ? IO_WRITE :
							      IO_OTHER;
}

static void add_phase(struct detail_bucket *b, enum detail_phase phase,
		      uint64_t from, uint64_t to)
{
	if (from != LIFE_NEVER && to != LIFE_NEVER && to > from)
		b->phase_ns[phase] += to - from;
}

static void on_io(void *ctx, const struct life_io *io)
{
	struct detail *d = ctx;
	enum io_op op = op_of(io->op);
	struct detail_bucket *b;

	if (io->c == LIFE_NEVER || !is_shown(d, io->c))
		return;
	dist_add(&d->sizes[op], io->bytes);
	if (io->q == LIFE_NEVER)
		return;
	b = &d->buckets[slot_of(d, io->c)];
	b->nr++;
	b->q2c_ns += io->c > io->q ? io->c - io->q : 0;
	add_phase(b, DETAIL_Q2G, io->q, io->g);
	add_phase(b, DETAIL_G2I, io->g, io->i);
	add_phase(b, DETAIL_I2D, io->i, io->d1);
	add_phase(b, DETAIL_D2C, io->d, io->c);
	/* of a device that has no issues of its own there is no request */
	if (op != IO_OTHER && io->bytes &&
	    (io->d == LIFE_NEVER || io->flags & LIFE_IO_BELOW))
		place(d, io->device, io->sector, io->bytes, io->q, io->c);
}

/* Books the time up to now at the depth that was. */
static void book_depth(struct detail *d, uint64_t time)
{
	uint64_t t = d->depth_since;
	unsigned int cell = hist_cell(d->depth);

	if (cell >= DETAIL_DEPTHS)
		cell = DETAIL_DEPTHS - 1;
	if (!d->depth_since || !is_shown(d, time) || !is_shown(d, t)) {
		d->depth_since = time;
		return;
	}
	(void)slot_of(d, time);
	while (t < time) {
		uint64_t end = fold_end(&d->times, t >> d->times.shift);

		if (end > time)
			end = time;
		d->buckets[slot_of(d, t)].depth_ns[cell] += end - t;
		t = end;
	}
	if (time > d->depth_since)
		d->depth_since = time;
}

static void change_depth(struct detail *d, uint64_t time, int change)
{
	book_depth(d, time);
	if (change > 0)
		d->depth++;
	else if (d->depth)
		d->depth--;
	if (d->depth > d->depth_max && is_shown(d, time))
		d->depth_max = d->depth;
}

static void on_issue(void *ctx, const struct life_request *rq)
{
	struct detail *d = ctx;

	change_depth(d, rq->d, 1);
	if (rq->bytes && rq->op != LIFE_PASSTHROUGH)
		add_seek(d, rq, op_of(rq->op));
}

static void on_request(void *ctx, const struct life_request *rq)
{
	struct detail *d = ctx;
	enum io_op op = op_of(rq->op);

	change_depth(d, rq->c, -1);
	if (op != IO_OTHER && rq->bytes && is_shown(d, rq->c))
		place(d, rq->device, rq->sector, rq->bytes, rq->d, rq->c);
}

static void on_back(void *ctx, const struct life_request *rq)
{
	(void)rq;
	change_depth(ctx, ((struct detail *)ctx)->last, -1);
}

static void on_step(void *ctx, enum detail_step step, uint64_t time,
		    uint64_t ns)
{
	struct detail *d = ctx;
	struct detail_bucket *b;

	if (!is_shown(d, time))
		return;
	b = &d->buckets[slot_of(d, time)];
	b->step_ns[step] += ns;
	b->step_nr[step]++;
}

/* ---- records ------------------------------------------------------------- */

struct detail *detail_new(const struct detail_options *opts)
{
	struct detail *d = xcalloc(1, sizeof(*d));

	if (opts)
		d->opts = *opts;
	d->times = fold_of(DETAIL_BUCKET_BITS, FIRST_SHIFT);
	d->buckets = xcalloc(d->times.nr, sizeof(*d->buckets));
	for (int op = 0; op < IO_OP_MAX; op++)
		d->sizes[op].bits = d->seeks[op].bits = DIST_FINE;
	d->life = life_new(&(struct life_sink){
		.io = on_io, .issue = on_issue, .request = on_request,
		.back = on_back, .ctx = d });
	if (d->opts.has_path)
		d->path = detail_path_new(on_step, d);
	return d;
}

void detail_free(struct detail *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->nr_devices; i++)
		free(d->devices[i].cells);
	for (int k = 0; k < DETAIL_LANE_KINDS; k++) {
		for (size_t i = 0; i < d->lanes[k].nr; i++)
			free(d->lanes[k].list[i].cells);
		free(d->lanes[k].list);
	}
	for (int op = 0; op < IO_OP_MAX; op++) {
		dist_release(&d->sizes[op]);
		dist_release(&d->seeks[op]);
	}
	life_free(d->life);
	detail_path_free(d->path);
	free(d->buckets);
	free(d);
}

/* A trace may have nothing but such events.  True if it is shown. */
static bool note_begins(struct detail *d, uint64_t time)
{
	if (!d->has_kvm)
		d->first_kvm = time;
	d->has_kvm = true;
	if (!is_shown(d, time))
		return false;
	if (time > d->last)
		d->last = time;
	return true;
}

static uint32_t queue_key(uint32_t device, uint32_t queue)
{
	return device << 16 | (queue & 0xffff);
}

static void count_queue(struct detail *d, const struct note_virtio_add *n,
			uint64_t time)
{
	uint64_t bytes = n->in_bytes + n->out_bytes;
	uint64_t units = (bytes + DETAIL_QUEUE_UNIT - 1) / DETAIL_QUEUE_UNIT;

	if (!(n->flags & NOTE_VIRTIO_FAILED) && note_begins(d, time))
		(void)count_lane(d, DETAIL_QUEUES, EXIT_USERSPACE,
				 queue_key(n->device, n->queue), time,
				 units > UINT32_MAX ? UINT32_MAX :
						      (uint32_t)units);
}

static void name_queue(struct detail *d, const struct note_virtio_queue *n)
{
	struct detail_lane *lane = find_lane(&d->lanes[DETAIL_QUEUES],
					     EXIT_USERSPACE,
					     queue_key(n->device, n->queue));

	if (lane)
		(void)snprintf(lane->name, sizeof(lane->name), "%s", n->name);
}

static void add_note(struct detail *d, const struct blk_rec *rec)
{
	struct note note;
	enum exit_kind kind;
	uint32_t reason;

	if (!note_is_private(rec) || note_decode(rec, &note))
		return;
	if (note.id == NOTE_LOSS)
		life_lost(d->life, note.loss.device);
	if (note.id == NOTE_KVM_EXIT && exit_of_note(&note, &kind, &reason)) {
		if (note_begins(d, rec->time))
			(void)count_lane(d, DETAIL_EXITS, kind, reason,
					 rec->time, 1);
	} else if (note.id == NOTE_VIRTIO_ADD) {
		count_queue(d, &note.virtio_add, rec->time);
	} else if (note.id == NOTE_VIRTIO_QUEUE) {
		name_queue(d, &note.virtio_queue);
	}
}

/* Requests that life has given up are not in flight any more. */
static void drop(struct detail *d, uint64_t time)
{
	const struct life_counts *c = life_counts(d->life);

	for (uint64_t now = c->requests_expired + c->requests_cut;
	     d->dropped < now; d->dropped++)
		change_depth(d, time, -1);
}

static void add_event(struct detail *d, const struct blk_rec *rec)
{
	unsigned int code = blk_code(rec);

	if (!d->has_blk)
		d->first_blk = rec->time;
	d->has_blk = true;
	if (is_shown(d, rec->time) && rec->time > d->last)
		d->last = rec->time;
	life_add(d->life, rec, 0);
	drop(d, rec->time);
	if (code == BLK_ACT_COMPLETE && is_shown(d, rec->time))
		(void)count_lane(d, DETAIL_CPUS, EXIT_USERSPACE, rec->cpu,
				 rec->time, 1);
}

void detail_add(struct detail *d, const struct blk_rec *recs, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (d->path)
			detail_path_add(d->path, &recs[i]);
		if (blk_is_notify(&recs[i]))
			add_note(d, &recs[i]);
		else if (!blk_has(&recs[i], BLK_TC_DRV_DATA))
			add_event(d, &recs[i]);
	}
}

static int by_key(const void *a, const void *b)
{
	const struct detail_lane *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static int by_count(const void *a, const void *b)
{
	const struct detail_lane *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? 1 : -1;
	return x->kind != y->kind ? (int)x->kind - (int)y->kind : by_key(a, b);
}

void detail_finish(struct detail *d)
{
	static int (*const orders[])(const void *, const void *) = {
		[DETAIL_CPUS] = by_key, [DETAIL_EXITS] = by_count,
		[DETAIL_QUEUES] = by_count,
	};

	life_end(d->life);
	if (d->path)
		detail_path_end(d->path);
	drop(d, d->last);
	if (d->depth_since)
		book_depth(d, d->last);
	for (int k = 0; k < DETAIL_LANE_KINDS; k++)
		if (d->lanes[k].nr)
			qsort(d->lanes[k].list, d->lanes[k].nr,
			      sizeof(struct detail_lane), orders[k]);
}

/* ---- results ------------------------------------------------------------- */

uint64_t detail_first(const struct detail *d)
{
	return d->has_blk ? d->first_blk : d->first_kvm;
}

uint64_t detail_last(const struct detail *d)
{
	return d->last;
}

const struct fold *detail_times(const struct detail *d)
{
	return &d->times;
}

const struct detail_bucket *detail_bucket(const struct detail *d, uint64_t cell)
{
	return &d->buckets[fold_slot(&d->times, cell)];
}

const struct detail_device *detail_devices(const struct detail *d,
					   size_t *ret_nr)
{
	*ret_nr = d->nr_devices;
	return d->devices;
}

const struct detail_lane *detail_lanes(const struct detail *d,
				       enum detail_lanes which, size_t *ret_nr)
{
	*ret_nr = d->lanes[which].nr;
	return d->lanes[which].list;
}

const struct dist *detail_sizes(const struct detail *d, enum io_op op)
{
	return &d->sizes[op];
}

const struct dist *detail_seeks(const struct detail *d, enum io_op op)
{
	return &d->seeks[op];
}

uint32_t detail_depth_max(const struct detail *d)
{
	return d->depth_max;
}

uint32_t detail_depth_low(unsigned int cell)
{
	return (uint32_t)hist_cell_low(cell);
}

uint32_t detail_depth_high(unsigned int cell)
{
	return (uint32_t)hist_cell_high(cell);
}
