/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What blkparse has no form for: lines of JSON (doc/PARSE-JSON.md is
 * normative), and a line for each I/O.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/act.h"
#include "src/base/digits.h"
#include "src/cmd/cmd.h"
#include "src/cmd/parse_impl.h"

/* ---- JSON ---------------------------------------------------------------- */

#define PART_BYTES	4096u	/* a payload of 64 KiB takes more than the
				   buffer when each byte is \u00XX */

static void put_part(struct outbuf *out, const char *bytes, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	char *p = outbuf_room(out, 6 * len);

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c >= ' ' && c < 0x7f) {
			if (c == '"' || c == '\\')
				*p++ = '\\';
			*p++ = (char)c;
			continue;
		}
		memcpy(p, "\\u00", 4);
		p[4] = hex[c >> 4];
		p[5] = hex[c & 15];
		p += 6;
	}
	outbuf_took(out, p);
}

/* Bytes from 0x7f on are code points: nothing is lost, whatever they are. */
static void put_string(struct outbuf *out, const char *bytes, size_t len)
{
	outbuf_add(out, "\"", 1);
	for (size_t part; len; len -= part, bytes += part) {
		part = len < PART_BYTES ? len : PART_BYTES;
		put_part(out, bytes, part);
	}
	outbuf_add(out, "\"", 1);
}

/* ,"name":number */
static void put_number(struct outbuf *out, const char *name, uint64_t v)
{
	char *p = outbuf_room(out, 64 + DIGITS_MAX);
	size_t len = strlen(name);

	*p++ = ',';
	*p++ = '"';
	memcpy(p, name, len);
	p += len;
	*p++ = '"';
	*p++ = ':';
	outbuf_took(out, digits_u64(p, v));
}

static void put_process(const struct run *run, uint32_t pid)
{
	struct outbuf *out = run->text.out;
	const struct name *name = names_find(&run->names, pid);

	put_number(out, "pid", pid);
	if (!name)
		return;
	outbuf_add(out, ",\"process\":", 11);
	put_string(out, name->text, name->len);
}

/* {"type":"TYPE","time":T,"device":"8,0","cpu":0 */
static void begin(struct run *run, const char *type, int64_t offset_ns,
		  uint32_t device, uint32_t cpu)
{
	struct outbuf *out = run->text.out;
	int64_t t = offset_ns + (int64_t)run->text.base_ns;
	char iso[TEXT_ISO_MAX];

	outbuf_printf(out, "{\"type\":\"%s\"", type);
	if (offset_ns == TEXT_NO_OFFSET)
		outbuf_printf(out, ",\"time\":null");
	else if (run->text.is_iso && t >= 0)
		outbuf_printf(out, ",\"time\":\"%.*s\"",
			      (int)(text_iso(iso, (uint64_t)t) - iso), iso);
	else
		outbuf_printf(out, ",\"time\":%" PRId64, t);
	outbuf_printf(out, ",\"device\":\"%u,%u\",\"cpu\":%" PRIu32,
		      blk_major(device), blk_minor(device), cpu);
}

void parse_json_begin(struct run *run)
{
	static const char *const clocks[] = {
		[PARSE_REL] = "rel", [PARSE_MONO] = "mono",
		[PARSE_UNIX] = "unix", [PARSE_ISO] = "iso",
	};

	outbuf_printf(run->text.out, "{\"schema\":\"iotape-parse/1\","
		      "\"time\":\"%s\"}\n", clocks[run->o->clock]);
}

static void put_payload(struct outbuf *out, const struct blk_rec *rec)
{
	struct blk_remap remap;
	uint64_t v;

	switch (blk_code(rec)) {
	case BLK_ACT_REMAP:
		if (!blk_get_remap(rec, &remap))
			outbuf_printf(out, ",\"from\":{\"device\":\"%u,%u\","
				      "\"sector\":%" PRIu64 "}",
				      blk_major(remap.device_from),
				      blk_minor(remap.device_from),
				      remap.sector_from);
		break;
	case BLK_ACT_SPLIT:
		if (!blk_get_u64(rec, &v))
			put_number(out, "split", v);
		break;
	case BLK_ACT_UNPLUG_IO:
	case BLK_ACT_UNPLUG_TIMER:
		if (!blk_get_u64(rec, &v))
			put_number(out, "requests", v);
		break;
	default:
		break;
	}
}

void parse_json_event(struct run *run, const struct blk_rec *rec,
		      const struct act *act, uint64_t time_ns,
		      uint64_t elapsed_ns)
{
	struct outbuf *out = run->text.out;
	char rwbs[BLK_RWBS_MAX] = { 0 };

	begin(run, "event", (int64_t)time_ns, rec->device, rec->cpu);
	(void)blk_rwbs(rec, rwbs);
	put_number(out, "sequence", rec->sequence);
	put_process(run, rec->pid);
	outbuf_printf(out, ",\"action\":\"%s\",\"rwbs\":\"%s\"", act->letter,
		      rwbs);
	put_number(out, "sector", rec->sector);
	put_number(out, "bytes", rec->bytes);
	if (rec->error)
		put_number(out, "error", (uint16_t)-rec->error);
	if (elapsed_ns != TEXT_NO_TIME)
		put_number(out, "elapsed", elapsed_ns);
	if (run->text.cgroup)
		put_number(out, "cgroup", run->text.cgroup);
	put_payload(out, rec);
	outbuf_add(out, "}\n", 2);
}

void parse_json_words(struct run *run, const char *type,
		      const struct blk_rec *rec, int64_t offset_ns,
		      const char *words, size_t len)
{
	struct outbuf *out = run->text.out;

	begin(run, type, offset_ns, rec->device, rec->cpu);
	put_process(run, rec->pid);
	outbuf_add(out, ",\"text\":", 8);
	put_string(out, words, len);
	outbuf_add(out, "}\n", 2);
}

/* ---- I/Os ---------------------------------------------------------------- */

struct phase {
	const char *name;	/* of text */
	const char *key;	/* of JSON */
	uint64_t from, to;	/* LIFE_NEVER = not seen */
};

#define NR_PHASES	6

static void phases_of(const struct life_io *io, struct phase phases[NR_PHASES])
{
	const struct phase all[NR_PHASES] = {
		{ "Q2G", "q2g", io->q, io->g },
		{ "G2I", "g2i", io->g, io->i },
		{ "Q2M", "q2m", io->q, io->m },
		{ "I2D", "i2d", io->i, io->d },
		{ "D2C", "d2c", io->d, io->c },
		{ "Q2C", "q2c", io->q, io->c },
	};

	memcpy(phases, all, sizeof(all));
}

static bool is_known(const struct phase *p)
{
	return p->from != LIFE_NEVER && p->to != LIFE_NEVER &&
	       p->to >= p->from;
}

static void put_io_json(struct run *run, const struct life_io *io,
			const struct phase *phases)
{
	struct outbuf *out = run->text.out;

	begin(run, "io", (int64_t)(io->q - run->genesis_ns), io->device,
	      io->cpu);
	put_process(run, io->pid);
	outbuf_printf(out, ",\"op\":\"%s\"",
		      life_op_name((enum life_op)io->op));
	put_number(out, "sector", io->sector);
	put_number(out, "bytes", io->bytes);
	for (size_t i = 0; i < NR_PHASES; i++)
		if (is_known(&phases[i]))
			put_number(out, phases[i].key,
				   phases[i].to - phases[i].from);
	if (io->error)
		put_number(out, "error", io->error);
	if (io->nr_requeues)
		put_number(out, "requeues", io->nr_requeues);
	if (io->cgroup)
		put_number(out, "cgroup", io->cgroup);
	outbuf_printf(out, ",\"merged\":%s,\"split\":%s}\n",
		      io->flags & LIFE_IO_MERGED ? "true" : "false",
		      io->flags & LIFE_IO_SPLIT ? "true" : "false");
}

static void put_io_text(struct run *run, const struct life_io *io,
			const struct phase *phases)
{
	struct outbuf *out = run->text.out;
	const struct name *name = names_find(&run->names, io->pid);
	const struct blk_rec head = {
		.device = io->device, .cpu = io->cpu, .pid = io->pid,
	};

	text_io_header(&run->text, &head, io->q - run->genesis_ns);
	outbuf_printf(out, "%-7s %" PRIu64 " + %" PRIu32,
		      life_op_name((enum life_op)io->op), io->sector,
		      io->bytes >> 9);
	for (size_t i = 0; i < NR_PHASES; i++)
		if (is_known(&phases[i]))
			outbuf_printf(out, " %s %" PRIu64, phases[i].name,
				      phases[i].to - phases[i].from);
	if (io->flags & LIFE_IO_SPLIT)
		outbuf_printf(out, " split");
	if (io->nr_requeues)
		outbuf_printf(out, " requeues %u", io->nr_requeues);
	if (io->error)
		outbuf_printf(out, " error %u", io->error);
	outbuf_printf(out, " [%s]\n", name ? name->text : "(null)");
}

static void take_io(void *ctx, const struct life_io *io)
{
	struct run *run = ctx;
	struct phase phases[NR_PHASES];

	if (io->q - run->genesis_ns < run->o->start_ns ||
	    !filter_wants_io(&run->o->filter, &run->names, io,
			     parse_label(run, io->device)))
		return;
	phases_of(io, phases);
	if (run->o->is_json)
		put_io_json(run, io, phases);
	else
		put_io_text(run, io, phases);
}

struct life *parse_life_new(struct run *run)
{
	return life_new(&(struct life_sink){ .io = take_io, .ctx = run });
}

/* What could not be followed. */
void parse_life_end(struct run *run)
{
	const struct life_counts *c;

	if (!run->life)
		return;
	life_end(run->life);
	c = life_counts(run->life);
	if (c->ios_begun != c->ios_ended)
		cmd_error("%" PRIu64 " of %" PRIu64 " I/Os have no line: %"
			  PRIu64 " did not end, %" PRIu64 " were lost sight of",
			  c->ios_begun - c->ios_ended, c->ios_begun,
			  c->ios_in_flight,
			  c->ios_begun - c->ios_ended - c->ios_in_flight);
}
