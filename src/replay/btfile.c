/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/replay/btfile.h"

#include <byteswap.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#define BTFILE_VERSION		UINT64_C(0x010000)
#define BUNCH_MAX	512u	/* of a file that is read */
#define BUNCH_IOS	8u	/* of one that is written */
#define BUNCH_NS	UINT64_C(10000000)
#define BASE_NS		UINT64_C(1000000000)	/* the first time written */

struct header {
	uint64_t version, genesis, nr_bunches, nr_ios;
};

struct bunch {
	uint64_t nr, time;
};

struct packet {
	uint64_t sector, bytes;
	uint32_t is_read, unused;
};

_Static_assert(sizeof(struct header) == 32, "as btrecord has it");
_Static_assert(sizeof(struct bunch) == 16, "as btrecord has it");
_Static_assert(sizeof(struct packet) == 24, "as btrecord has it");

struct input {
	FILE *f;
	const char *path;
	uint64_t offset;
	bool is_swapped;
};

static uint64_t number(const struct input *in, uint64_t v)
{
	return in->is_swapped ? bswap_64(v) : v;
}

/* 1; 0 at the end of the file; or an error. */
static int get(struct input *in, void *buf, size_t size, struct err *err)
{
	size_t n = fread(buf, 1, size, in->f);

	if (ferror(in->f))
		return err_set_errno(err, -EIO, "%s", in->path);
	if (!n)
		return 0;
	if (n < size)
		return err_set(err, -EBADMSG, "%s: offset %" PRIu64 ": cut off",
			       in->path, in->offset);
	in->offset += n;
	return 1;
}

static int read_header(struct input *in, struct err *err)
{
	struct header h;
	int r = get(in, &h, sizeof(h), err);

	if (r < 0)
		return r;
	in->is_swapped = r && h.version == bswap_64(BTFILE_VERSION);
	if (!r || number(in, h.version) != BTFILE_VERSION)
		return err_set(err, -EBADMSG, "%s: not a file of btrecord",
			       in->path);
	return 0;
}

static int read_packet(struct plan *plan, struct input *in, uint16_t dev,
		       uint64_t time, uint32_t key, struct err *err)
{
	struct packet p;
	int r = get(in, &p, sizeof(p), err);
	uint64_t bytes;

	if (r < 0)
		return r;
	bytes = number(in, p.bytes);
	if (!r || bytes > UINT32_MAX)
		return err_set(err, -EBADMSG, "%s: offset %" PRIu64 ": %s",
			       in->path, in->offset,
			       r ? "too many bytes for an I/O" : "cut off");
	return plan_add(plan, &(struct plan_io){
		.time = time,
		.sector = number(in, p.sector),
		.bytes = (uint32_t)bytes,
		.dev = dev,
		.op = p.is_read ? LIFE_READ : LIFE_WRITE,
	}, key, err);
}

int btfile_read(struct plan *plan, FILE *f, const char *path,
		const char *device, uint32_t key, struct err *err)
{
	struct input in = { .f = f, .path = path };
	int dev = plan_device(plan, 0, device, err);
	int r = dev < 0 ? dev : read_header(&in, err);
	struct bunch b;

	while (!r && (r = get(&in, &b, sizeof(b), err)) > 0) {
		uint64_t nr = number(&in, b.nr);

		r = 0;
		if (!nr || nr > BUNCH_MAX)
			return err_set(err, -EBADMSG, "%s: offset %" PRIu64
				       ": a bunch of %" PRIu64 " I/Os", path,
				       in.offset, nr);
		for (uint64_t i = 0; i < nr && !r; i++)
			r = read_packet(plan, &in, (uint16_t)dev,
					number(&in, b.time), key, err);
		if (r)
			return r;
	}
	return r;
}

/* ---- writing ------------------------------------------------------------- */

struct output {
	FILE *f;
	struct header header;
	struct bunch bunch;
	struct packet packets[BUNCH_IOS];
};

static void put_bunch(struct output *out)
{
	if (!out->bunch.nr)
		return;
	if (!out->header.nr_bunches++)
		out->header.genesis = out->bunch.time;
	out->header.nr_ios += out->bunch.nr;
	(void)fwrite(&out->bunch, sizeof(out->bunch), 1, out->f);
	(void)fwrite(out->packets, sizeof(out->packets[0]), out->bunch.nr,
		     out->f);
	out->bunch.nr = 0;
}

static void put_io(struct output *out, const struct plan_io *io)
{
	uint64_t time = io->time + BASE_NS;

	if (out->bunch.nr == BUNCH_IOS ||
	    (out->bunch.nr && time - out->bunch.time > BUNCH_NS))
		put_bunch(out);
	if (!out->bunch.nr)
		out->bunch.time = time;
	out->packets[out->bunch.nr++] = (struct packet){
		.sector = io->sector,
		.bytes = io->bytes,
		.is_read = io->op == LIFE_READ,
	};
}

int btfile_write(const struct plan *plan, unsigned int dev, FILE *f,
		 uint64_t *ret_left)
{
	struct output out = { .f = f, .header.version = BTFILE_VERSION };
	uint64_t left = 0;

	(void)fwrite(&out.header, sizeof(out.header), 1, f);
	for (size_t i = 0; i < plan->nr; i++) {
		const struct plan_io *io = &plan->ios[i];

		if (io->dev != dev)
			continue;
		if (io->op == LIFE_READ || io->op == LIFE_WRITE)
			put_io(&out, io);
		else
			left++;
	}
	put_bunch(&out);
	rewind(f);
	(void)fwrite(&out.header, sizeof(out.header), 1, f);
	*ret_left = left;
	return ferror(f) ? -EIO : 0;
}
