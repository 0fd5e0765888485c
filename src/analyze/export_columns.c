/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/export_columns.h"
#include "src/base/xalloc.h"

const struct column export_columns[COL_MAX] = {
	[COL_ID] = { "id", COLUMN_NUMBER, "",
		     "number of the row, from 1; I/Os come as they end" },
	[COL_TIME] = { "time_ns", COLUMN_NUMBER, "ns",
		       "from the first event of the trace to Q" },
	[COL_WALL] = { "wall_ns", COLUMN_NUMBER, "ns",
		       "Q as CLOCK_REALTIME, since 1970" },
	[COL_DEVICE] = { "device", COLUMN_LABEL, "",
			 "name of the device, or MAJOR,MINOR" },
	[COL_DEVNO] = { "devno", COLUMN_LABEL, "", "MAJOR,MINOR" },
	[COL_ORIGIN] = { "origin", COLUMN_LABEL, "",
			 "partition or device that it was remapped from" },
	[COL_OP] = { "op", COLUMN_LABEL, "",
		     "read, write, discard, flush, write_zeroes, zone" },
	[COL_SECTOR] = { "sector", COLUMN_NUMBER, "512 bytes",
			 "where it begins, on the whole disk" },
	[COL_BYTES] = { "bytes", COLUMN_NUMBER, "bytes", "its size" },
	[COL_CPU] = { "cpu", COLUMN_NUMBER, "", "where it was queued" },
	[COL_PID] = { "pid", COLUMN_NUMBER, "", "thread that queued it" },
	[COL_TGID] = { "tgid", COLUMN_NUMBER, "", "process of the thread" },
	[COL_PROCESS] = { "process", COLUMN_LABEL, "", "name of the thread" },
	[COL_CGROUP] = { "cgroup", COLUMN_NUMBER, "",
			 "id of the cgroup that it is charged to" },
	[COL_CGROUP_PATH] = { "cgroup_path", COLUMN_LABEL, "",
			      "path of that cgroup" },
	[COL_TAG] = { "tag", COLUMN_LABEL, "", "label of its tag" },
	[COL_Q2G] = { "q2g_ns", COLUMN_NUMBER, "ns",
		      "from its queueing until it had a request" },
	[COL_G2I] = { "g2i_ns", COLUMN_NUMBER, "ns",
		      "from there until the scheduler had it" },
	[COL_Q2M] = { "q2m_ns", COLUMN_NUMBER, "ns",
		      "until it was merged into another's request" },
	[COL_I2D] = { "i2d_ns", COLUMN_NUMBER, "ns",
		      "in the scheduler, until its first issue" },
	[COL_Q2D] = { "q2d_ns", COLUMN_NUMBER, "ns",
		      "from its queueing until its first issue" },
	[COL_D2C] = { "d2c_ns", COLUMN_NUMBER, "ns",
		      "from its last issue until its end" },
	[COL_Q2A] = { "q2a_ns", COLUMN_NUMBER, "ns",
		      "until it was passed on to a device below" },
	[COL_Q2C] = { "q2c_ns", COLUMN_NUMBER, "ns",
		      "from its queueing until its end: all of it" },
	[COL_ERROR] = { "error", COLUMN_NUMBER, "errno", "0 = none" },
	[COL_REQUEUES] = { "requeues", COLUMN_NUMBER, "",
			   "how often it was given back to the queue" },
	[COL_SYNC] = { "sync", COLUMN_BOOL, "", "somebody waits for it" },
	[COL_META] = { "meta", COLUMN_BOOL, "", "metadata of a file system" },
	[COL_AHEAD] = { "ahead", COLUMN_BOOL, "", "read ahead" },
	[COL_FUA] = { "fua", COLUMN_BOOL, "", "past the device's cache" },
	[COL_PREFLUSH] = { "preflush", COLUMN_BOOL, "",
			   "the device's cache is flushed before it" },
	[COL_MERGED] = { "merged", COLUMN_BOOL, "",
			 "another I/O began its request" },
	[COL_SPLIT] = { "split", COLUMN_BOOL, "",
			"it became several requests" },
	[COL_BELOW] = { "below", COLUMN_BOOL, "",
			"d2c is that of the devices below" },
};

/* A clock that goes back counts as no time, as in iotape stat. */
static uint64_t phase(uint64_t from, uint64_t to)
{
	if (from == LIFE_NEVER || to == LIFE_NEVER)
		return LIFE_NEVER;
	return to > from ? to - from : 0;
}

static void fill_phases(const struct life_io *io, uint64_t *v)
{
	v[COL_Q2G] = phase(io->q, io->g);
	v[COL_G2I] = phase(io->g, io->i);
	v[COL_Q2M] = phase(io->q, io->m);
	v[COL_I2D] = phase(io->i, io->d1);
	v[COL_Q2D] = phase(io->q, io->d1);
	v[COL_D2C] = phase(io->d, io->c);
	v[COL_Q2A] = phase(io->q, io->a);
	v[COL_Q2C] = phase(io->q, io->c);
}

static void fill_flags(uint8_t flags, uint64_t *v)
{
	v[COL_SYNC] = (flags & LIFE_IO_SYNC) != 0;
	v[COL_META] = (flags & LIFE_IO_META) != 0;
	v[COL_AHEAD] = (flags & LIFE_IO_AHEAD) != 0;
	v[COL_FUA] = (flags & LIFE_IO_FUA) != 0;
	v[COL_PREFLUSH] = (flags & LIFE_IO_PREFLUSH) != 0;
	v[COL_MERGED] = (flags & LIFE_IO_MERGED) != 0;
	v[COL_SPLIT] = (flags & LIFE_IO_SPLIT) != 0;
	v[COL_BELOW] = (flags & LIFE_IO_BELOW) != 0;
}

static uint32_t op_label(struct export *x, struct export_rows *rows,
			 enum life_op op)
{
	const char *name = life_op_name(op);

	if (!rows->ops[op])
		rows->ops[op] = labels_add(&x->labels, name, strlen(name));
	return rows->ops[op];
}

void export_row(struct export *x, struct export_rows *rows,
		const struct export_io *out, uint64_t v[COL_MAX])
{
	const struct life_io *io = out->io;

	v[COL_ID] = ++rows->nr;
	v[COL_TIME] = out->since;
	v[COL_WALL] = out->wall;
	v[COL_DEVICE] = out->device;
	v[COL_DEVNO] = out->devno;
	v[COL_ORIGIN] = out->origin;
	v[COL_OP] = op_label(x, rows, (enum life_op)io->op);
	v[COL_SECTOR] = io->sector;
	v[COL_BYTES] = io->bytes;
	v[COL_CPU] = io->cpu;
	v[COL_PID] = io->pid;
	v[COL_TGID] = out->tgid ? out->tgid : LIFE_NEVER;
	v[COL_PROCESS] = out->process;
	v[COL_CGROUP] = io->cgroup ? io->cgroup : LIFE_NEVER;
	v[COL_CGROUP_PATH] = out->cgroup;
	v[COL_TAG] = out->tag;
	v[COL_ERROR] = io->error;
	v[COL_REQUEUES] = io->nr_requeues;
	fill_phases(io, v);
	fill_flags(io->flags, v);
}

const struct export_cell *
export_cell(struct export_cells *cells, const struct export *x, uint32_t label,
	    char *(*render)(char *p, const char *text))
{
	char text[CELL_MAX];
	struct export_cell *cell;

	if (label >= cells->cap) {
		size_t cap = 2 * ((size_t)label + 32);

		cells->list = xreallocarray(cells->list, cap,
					    sizeof(*cells->list));
		memset(cells->list + cells->cap, 0,
		       (cap - cells->cap) * sizeof(*cells->list));
		cells->cap = cap;
	}
	cell = &cells->list[label];
	if (!cell->text) {
		cell->len = (uint32_t)(render(text, labels_text(&x->labels,
								label)) -
				       text);
		cell->text = xstrndup(text, cell->len);
	}
	return cell;
}

void export_cells_release(struct export_cells *cells)
{
	for (size_t i = 0; i < cells->cap; i++)
		free(cells->list[i].text);
	free(cells->list);
	*cells = (struct export_cells){ 0 };
}
