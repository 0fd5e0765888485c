/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the records of a trace to the I/Os of a plan.
 */
#include "config.h"

#include <errno.h>

#include "formats/note.h"
#include "src/replay/plan.h"

struct reading {
	struct plan *plan;
	struct source *src;
	struct life *life;
	enum plan_event event;
};

static void on_io(void *ctx, const struct life_io *io)
{
	const struct reading *rd = ctx;

	if (io->c != LIFE_NEVER)
		plan_add_end(rd->plan, io->device, io->q, io->sector, io->c);
}

static void on_request(void *ctx, const struct life_request *rq)
{
	const struct reading *rd = ctx;

	if (rq->c != LIFE_NEVER)
		plan_add_end(rd->plan, rq->device, rq->d, rq->sector, rq->c);
}

static int add_note(struct reading *rd, const struct blk_rec *rec,
		    struct err *err)
{
	struct plan_dev *dev;
	struct note note;
	int i;

	if (note_decode(rec, &note))
		return 0;
	if (note.id == NOTE_LOSS) {
		rd->plan->nr_lost += note.loss.count;
		life_lost(rd->life, note.loss.device);
	}
	if (note.id != NOTE_DEVICE || !note.device.device)
		return 0;
	i = plan_device(rd->plan, note.device.device, note.device.name, err);
	if (i < 0)
		return i;
	dev = &rd->plan->devs[i];
	(void)snprintf(dev->name, sizeof(dev->name), "%s", note.device.name);
	if (note.device.sectors > dev->sectors)
		dev->sectors = note.device.sectors;
	return 0;
}

/* What the file of a record is called: the device, unless -o was given. */
static const char *label_of(const struct reading *rd, uint16_t file)
{
	const struct source_file *files;
	const char *const *labels;

	if (file >= source_files(rd->src, &files) ||
	    files[file].name >= source_labels(rd->src, &labels))
		return NULL;
	return labels[files[file].name];
}

static int add_io(struct reading *rd, const struct blk_rec *rec, uint16_t file,
		  struct err *err)
{
	struct plan_io io = {
		.time = rec->time,
		.sector = rec->sector,
		.bytes = rec->bytes,
		.op = (uint8_t)life_op_of(rec),
	};
	int i = plan_device(rd->plan, rec->device, label_of(rd, file), err);

	if (i < 0)
		return i;
	io.dev = (uint16_t)i;
	if (blk_has(rec, BLK_TC_FUA))
		io.flags |= PLAN_FUA;
	if (io.op == LIFE_WRITE && blk_has(rec, BLK_TC_FLUSH))
		io.flags |= PLAN_PREFLUSH;
	return plan_add(rd->plan, &io, rec->pid, err);
}

static int add_record(struct reading *rd, const struct blk_rec *rec,
		      uint16_t file, struct err *err)
{
	const unsigned int wanted = rd->event == PLAN_QUEUE ? BLK_ACT_QUEUE :
							      BLK_ACT_ISSUE;
	unsigned int code = blk_code(rec);

	if (blk_is_notify(rec))
		return add_note(rd, rec, err);
	life_add(rd->life, rec, 0);
	if (code == wanted)
		return add_io(rd, rec, file, err);
	if (code == BLK_ACT_QUEUE || code == BLK_ACT_ISSUE)
		rd->plan->nr_other++;
	return 0;
}

int plan_read(struct plan *plan, struct source *src, enum plan_event event,
	      struct err *err)
{
	struct reading rd = { .plan = plan, .src = src, .event = event };
	const struct life_sink sink = {
		.io = event == PLAN_QUEUE ? on_io : NULL,
		.request = event == PLAN_ISSUE ? on_request : NULL,
		.ctx = &rd,
	};
	_cleanup_(life_freep) struct life *life = life_new(&sink);
	struct source_batch batch;
	ssize_t n;
	int r;

	rd.life = life;
	while ((n = source_read(src, &batch, err)) > 0) {
		for (size_t i = 0; i < batch.nr; i++) {
			r = add_record(&rd, &batch.recs[i], batch.files[i],
				       err);
			if (r)
				return r;
		}
	}
	life_end(life);
	return (int)n;
}
