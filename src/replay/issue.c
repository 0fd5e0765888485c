/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An I/O of the trace as an operation of io_uring.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "src/base/xalloc.h"
#include "src/replay/engine_impl.h"

/* include/uapi/linux/blkdev.h, v6.12: start in addr, length in addr3 */
#define CMD_DISCARD	_IO(0x12, 0)

static void queue_rw(struct engine *e, struct slot *s,
		     struct io_uring_sqe *sqe)
{
	bool is_write = s->op == LIFE_WRITE;
	int fd = e->opts->targets[s->target].fd;
	unsigned int len = (unsigned int)s->len;

	if (e->has_buffers && is_write)
		io_uring_prep_write_fixed(sqe, fd, s->buf, len, s->off,
					  DATA_WRITE);
	else if (e->has_buffers)
		io_uring_prep_read_fixed(sqe, fd, s->buf, len, s->off,
					 DATA_READ);
	else if (is_write)
		io_uring_prep_write(sqe, fd, s->buf, len, s->off);
	else
		io_uring_prep_read(sqe, fd, s->buf, len, s->off);
	/* what the kernel makes a FUA of, with O_DIRECT on a block device */
	if (is_write && s->has_fua)
		sqe->rw_flags = RWF_DSYNC;
}

static void queue_flush(struct engine *e, struct slot *s,
			struct io_uring_sqe *sqe)
{
	io_uring_prep_fsync(sqe, e->opts->targets[s->target].fd,
			    IORING_FSYNC_DATASYNC);
}

/* A hole in a file: what a discard of a loop device does to its file. */
static void queue_discard(struct engine *e, struct slot *s,
			  struct io_uring_sqe *sqe)
{
	const struct target *t = &e->opts->targets[s->target];

	if (!t->is_block) {
		io_uring_prep_fallocate(sqe, t->fd, FALLOC_FL_PUNCH_HOLE |
					FALLOC_FL_KEEP_SIZE, (off_t)s->off,
					(off_t)s->len);
		return;
	}
	if (t->no_discard_cmd) {
		uint64_t range[2] = { s->off, s->len };

		s->error = ioctl(t->fd, BLKDISCARD, range) ? -errno : 0;
		e->res->nr_by_ioctl++;
		io_uring_prep_nop(sqe);
		return;
	}
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, t->fd, NULL, 0, 0);
	sqe->cmd_op = CMD_DISCARD;
	sqe->addr = s->off;
	sqe->addr3 = s->len;
}

/* On a block device: REQ_OP_WRITE_ZEROES that keeps the blocks allocated. */
static void queue_zeroes(struct engine *e, struct slot *s,
			 struct io_uring_sqe *sqe)
{
	const struct target *t = &e->opts->targets[s->target];

	io_uring_prep_fallocate(sqe, t->fd, FALLOC_FL_KEEP_SIZE |
				(t->no_zero_range ? FALLOC_FL_PUNCH_HOLE :
						    FALLOC_FL_ZERO_RANGE),
				(off_t)s->off, (off_t)s->len);
}

/* NULL: never issued (src/replay/plan.c leaves them out). */
static const struct op {
	void (*queue)(struct engine *e, struct slot *s,
		      struct io_uring_sqe *sqe);
	bool changes_data;
	bool has_buffer;
} ops[] = {
	[LIFE_READ] = { queue_rw, false, true },
	[LIFE_WRITE] = { queue_rw, true, true },
	[LIFE_DISCARD] = { queue_discard, true, false },
	[LIFE_FLUSH] = { queue_flush, true, false },
	[LIFE_ZEROES] = { queue_zeroes, true, false },
	[LIFE_ZONE] = { NULL, true, false },
	[LIFE_PASSTHROUGH] = { NULL, true, false },
};
_Static_assert(ARRAY_SIZE(ops) == LIFE_OP_MAX, "one row for each operation");

static bool find_place(struct engine *e, const struct plan_io *p,
		       const struct engine_device *dev, struct slot *s)
{
	const struct target *t = &e->opts->targets[s->target];
	uint64_t max = ops[s->op].has_buffer ? DATA_LEN_MAX :
		UINT64_MAX & ~(uint64_t)(t->block - 1);
	struct engine_result *res = e->res;
	unsigned int how;

	if (place_io(&dev->place, p->sector, p->bytes, max, &s->off, &s->len,
		     &how)) {
		res->nr_no_place++;
		return false;
	}
	res->nr_moved += !!(how & PLACE_MOVED);
	res->nr_aligned += !!(how & PLACE_ALIGNED);
	res->nr_cut += !!(how & PLACE_CUT);
	return true;
}

bool issue_prepare(struct engine *e, uint32_t io, struct slot *s)
{
	const struct plan_io *p = &e->plan->ios[io];
	const struct engine_device *dev = &e->opts->devices[p->dev];
	struct engine_result *res = e->res;

	*s = (struct slot){ .io = io, .op = p->op, .target = dev->target };
	if (dev->target == ENGINE_NO_TARGET) {
		res->nr_no_target++;
		return false;
	}
	if (ops[p->op].changes_data && !e->opts->has_writes) {
		if (p->op != LIFE_WRITE) {
			res->nr_left_out++;
			return false;
		}
		s->op = LIFE_READ;
	}
	if (s->op != LIFE_FLUSH && !find_place(e, p, dev, s))
		return false;
	res->nr_write_as_read += s->op != p->op;
	if (s->op == LIFE_WRITE) {
		s->has_fua = p->flags & PLAN_FUA;
		s->has_preflush = p->flags & PLAN_PREFLUSH;
		s->buf = data_for_write(&e->data, s->len);
	} else if (s->op == LIFE_READ) {
		s->buf = data_for_read(&e->data, s->len);
	}
	return true;
}

void issue_queue(struct engine *e, uint32_t slot)
{
	struct slot *s = &e->slots[slot];
	struct io_uring_sqe *sqe;

	if (s->has_preflush) {
		sqe = io_uring_get_sqe(&e->ring);
		queue_flush(e, s, sqe);
		sqe->flags |= IOSQE_IO_LINK;
		io_uring_sqe_set_data64(sqe, ENGINE_PREFLUSH);
	}
	sqe = io_uring_get_sqe(&e->ring);
	ops[s->op].queue(e, s, sqe);
	io_uring_sqe_set_data64(sqe, slot);
}

bool issue_can_retry(struct engine *e, const struct slot *s, int res)
{
	struct target *t = &e->opts->targets[s->target];

	if (s->op == LIFE_ZEROES && res == -EOPNOTSUPP && !t->is_block &&
	    !t->no_zero_range) {
		t->no_zero_range = true;
		return true;
	}
	/* no such command for devices, or none at all */
	if (s->op == LIFE_DISCARD && t->is_block && !t->no_discard_cmd &&
	    (res == -EOPNOTSUPP || res == -EINVAL)) {
		t->no_discard_cmd = true;
		return true;
	}
	return false;
}
