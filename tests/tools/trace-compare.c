/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compares two traces of the same I/O, made at the same time by two tracers:
 * what is in one and not in the other, and how far their clock readings are
 * apart.  tests/fidelity/ uses it with the kernel's own tracer as the first.
 *
 *	trace-compare [OPTION...] FILE... : FILE...
 *	trace-compare --now
 *
 * The files before ":" are the expected ones, those after it are judged.  A
 * file is a run of blktrace records: NAME.blktrace.<cpu>, or what a
 * trace_pipe gave, or a merged stream.  The number that ends a file's name is
 * the CPU it belongs to; else each record's own CPU field is.
 *
 * Records are compared as multisets, per CPU of the file, on action, sector,
 * bytes, pid, device, cpu, error and payload.  Sequence is not compared, and
 * notes are not: process, timestamp and private notes are counted, kernel
 * messages are counted apart, since only some tracers can see them.  Equal
 * records are paired in the order of their times, never further apart than
 * --pair ns.  A record of the one trace that has no partner is
 *
 *	different  when a record without partner of the other trace stands
 *		   within --near ns on the same CPU, and one field differs
 *	missing	   otherwise, if it is expected
 *	extra	   otherwise
 *
 * Two tracers never start and stop at the same instant.  The one that runs
 * them notes the time (--now) before and after the work, both of them being
 * on, and gives it as --from and --to: records without partner before or
 * after are counted as "outside" and nothing else.  Within the marks there is
 * no tolerance.
 *
 * A machine may hide some threads from one of the tracers: --hidden TID,...
 * names them.  Expected records of these threads without partner are counted
 * as "hidden", as long as no record of any of them was found.
 *
 * Other options: --name TEXT (for the output), --from NS, --to NS (CLOCK_MONOTONIC),
 * --pair NS (default 1 s), --near NS (default 100 us), --show N (print N
 * records of each kind, default 10), --tsv FILE (append one line of
 * tab-separated columns; the first line names them).
 *
 * Exit status: 0 when at least one record was compared and none is missing,
 * extra or different; 1 when not; 2 when a trace cannot be read.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/blk.h"
#include "formats/note.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "tests/tools/pair.h"

static const char *const field_names[] = {
	[FIELD_ACTION] = "action",
	[FIELD_SECTOR] = "sector",
	[FIELD_BYTES] = "bytes",
	[FIELD_PID] = "pid",
	[FIELD_DEVICE] = "device",
	[FIELD_CPU] = "cpu",
	[FIELD_ERROR] = "error",
	[FIELD_PAYLOAD] = "payload",
};

_Static_assert(ARRAY_SIZE(field_names) == FIELD_MAX, "each field has a name");

#define HIDDEN_MAX	256

struct options {
	const char *name;
	const char *tsv;
	uint32_t hidden[HIDDEN_MAX];	/* threads */
	size_t nr_hidden;
	struct pair_options pair;
	uint64_t show;
};

__attribute__((format(printf, 1, 2), noreturn))
static void die(const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "trace-compare: ");
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(2);
}

/* ---- reading ------------------------------------------------------------ */

static uint8_t *read_file(const char *path, size_t *ret_len)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "rb");
	size_t cap = 1 << 20, len = 0;
	uint8_t *buf = xmalloc(cap);

	if (!f)
		die("%s: %s", path, strerror(errno));
	for (;;) {
		size_t n = fread(buf + len, 1, cap - len, f);

		len += n;
		if (len < cap)
			break;
		cap *= 2;
		buf = xreallocarray(buf, cap, 1);
	}
	if (ferror(f))
		die("%s: %s", path, strerror(errno));
	*ret_len = len;
	return buf;
}

/* The CPU that a file's name ends in (".7"), or -1. */
static long cpu_of_name(const char *path)
{
	const char *dot = strrchr(path, '.');
	char *end;
	long cpu;

	if (!dot || dot[1] < '0' || dot[1] > '9')
		return -1;
	cpu = strtol(dot + 1, &end, 10);
	return *end ? -1 : cpu;
}

static void add_record(struct trace *t, const struct blk_rec *rec, long cpu)
{
	if (blk_is_notify(rec)) {
		if (!note_is_private(rec) && blk_code(rec) == BLK_TN_MESSAGE)
			t->nr_messages++;
		else
			t->nr_notes++;
		return;
	}
	t->items = xgrow(t->items, t->nr, &t->cap, sizeof(*t->items));
	t->items[t->nr++] = (struct item){
		.rec = *rec,
		.stream = cpu < 0 ? rec->cpu : (uint32_t)cpu,
	};
}

static void read_trace(struct trace *t, const char *path)
{
	size_t len, pos = 0;
	uint8_t *buf = read_file(path, &len);
	long cpu = cpu_of_name(path);

	t->files = xgrow(t->files, t->nr_files, &t->cap_files,
			 sizeof(*t->files));
	t->files[t->nr_files++] = buf;
	while (pos < len) {
		struct blk_rec rec;
		enum blk_bad bad;
		ssize_t n = blk_decode(buf + pos, len - pos, &rec, &bad);

		if (n < 0)
			die("%s: offset %zu: %s", path, pos,
			    blk_bad_text(bad));
		add_record(t, &rec, cpu);
		pos += (size_t)n;
	}
}

static void trace_release(struct trace *t)
{
	for (size_t i = 0; i < t->nr_files; i++)
		free(t->files[i]);
	free(t->files);
	free(t->items);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* ---- what is left over -------------------------------------------------- */

static void print_payload(const struct blk_rec *r)
{
	if (!r->pdu_len)
		(void)putchar('-');
	for (unsigned int i = 0; i < r->pdu_len; i++)
		(void)printf("%02x", r->pdu[i]);
}

static void print_record(const char *label, const struct item *it)
{
	const struct blk_rec *r = &it->rec;
	const struct blk_event *ev = blk_event(blk_code(r));
	char rwbs[BLK_RWBS_MAX];

	(void)blk_rwbs(r, rwbs);
	(void)printf("  %s: %u,%u cpu %u %" PRIu64 ".%09" PRIu64
		     " pid %u %s %s %" PRIu64 " + %u bytes error %u action"
		     " %#" PRIx64 " payload ", label, blk_major(r->device),
		     blk_minor(r->device), r->cpu, r->time / 1000000000,
		     r->time % 1000000000, r->pid, ev ? ev->letter : "?", rwbs,
		     r->sector, r->bytes, r->error, r->action);
	print_payload(r);
	(void)putchar('\n');
}

static void print_field(enum field f, const struct blk_rec *r)
{
	switch (f) {
	case FIELD_ACTION:
		(void)printf("%#" PRIx64, r->action);
		break;
	case FIELD_SECTOR:
		(void)printf("%" PRIu64, r->sector);
		break;
	case FIELD_BYTES:
		(void)printf("%u", r->bytes);
		break;
	case FIELD_PID:
		(void)printf("%u", r->pid);
		break;
	case FIELD_DEVICE:
		(void)printf("%u,%u", blk_major(r->device),
			     blk_minor(r->device));
		break;
	case FIELD_CPU:
		(void)printf("%u", r->cpu);
		break;
	case FIELD_ERROR:
		(void)printf("%u", r->error);
		break;
	case FIELD_PAYLOAD:
		print_payload(r);
		break;
	case FIELD_MAX:
		break;
	}
}

struct shown {
	const struct options *options;
	uint64_t nr;
};

static void show_different(const struct item *a, const struct item *b,
			   void *ctx)
{
	enum field f = only_difference(a, b);
	struct shown *shown = ctx;

	if (shown->nr++ >= shown->options->show)
		return;
	print_record("different", a);
	(void)printf("    %s: expected ", field_names[f]);
	print_field(f, &a->rec);
	(void)printf(", found ");
	print_field(f, &b->rec);
	(void)printf(", %" PRId64 " ns later\n",
		     (int64_t)(b->rec.time - a->rec.time));
}

static bool is_hidden(const struct options *o, const struct item *it)
{
	for (size_t i = 0; i < o->nr_hidden; i++)
		if (o->hidden[i] == it->rec.pid)
			return true;
	return false;
}

/* A thread that was seen once is not hidden. */
static void forget_hidden_if_seen(struct options *o, const struct trace *found)
{
	for (size_t i = 0; i < found->nr; i++)
		if (is_hidden(o, &found->items[i]))
			o->nr_hidden = 0;
}

static void count_unpaired(const struct options *o, struct trace *t,
			   const char *label, uint64_t *count)
{
	uint64_t shown = 0;

	for (size_t i = 0; i < t->nr; i++) {
		if (t->items[i].is_paired)
			continue;
		if (is_hidden(o, &t->items[i])) {
			t->nr_hidden++;
			continue;
		}
		if (!is_inside(&o->pair, &t->items[i])) {
			t->nr_outside++;
			continue;
		}
		(*count)++;
		if (shown++ < o->show)
			print_record(label, &t->items[i]);
	}
}

/* ---- output ------------------------------------------------------------- */

static const char tsv_head[] =
	"name\tcompared\tmissing\textra\tdifferent\tmedian_ns\tmax_ns"
	"\toutside_expected\toutside_found\tmessages_expected"
	"\tmessages_found\tnotes_expected\tnotes_found\thidden\n";

static void write_tsv(const struct options *o, const struct result *res,
		      const struct trace *a, const struct trace *b,
		      uint64_t median, uint64_t max)
{
	FILE *f = fopen(o->tsv, "a");

	if (!f)
		die("%s: %s", o->tsv, strerror(errno));
	if (fseek(f, 0, SEEK_END) || ftell(f) == 0)
		(void)fputs(tsv_head, f);
	(void)fprintf(f, "%s", o->name);
	const uint64_t columns[] = {
		res->compared, res->missing, res->extra, res->different,
		median, max, a->nr_outside, b->nr_outside, a->nr_messages,
		b->nr_messages, a->nr_notes, b->nr_notes, a->nr_hidden,
	};
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		(void)fprintf(f, "\t%" PRIu64, columns[i]);
	(void)fputc('\n', f);
	if (fclose(f))
		die("%s: %s", o->tsv, strerror(errno));
}

static void print_result(const struct options *o, struct result *res,
			 const struct trace *a, const struct trace *b)
{
	uint64_t median = 0, max = 0;

	if (res->nr_diffs) {
		qsort(res->diffs, res->nr_diffs, sizeof(*res->diffs),
		      by_number);
		median = res->diffs[res->nr_diffs / 2];
		max = res->diffs[res->nr_diffs - 1];
	}
	(void)printf("%-24s compared %7" PRIu64 " missing %" PRIu64
		     " extra %" PRIu64 " different %" PRIu64
		     " time difference median %" PRIu64 " ns max %" PRIu64
		     " ns", o->name, res->compared, res->missing, res->extra,
		     res->different, median, max);
	(void)printf(" (outside %" PRIu64 ":%" PRIu64 " messages %" PRIu64
		     ":%" PRIu64 " notes %" PRIu64 ":%" PRIu64
		     " hidden %" PRIu64 ")\n",
		     a->nr_outside, b->nr_outside, a->nr_messages,
		     b->nr_messages, a->nr_notes, b->nr_notes, a->nr_hidden);
	if (o->tsv)
		write_tsv(o, res, a, b, median, max);
}

/* ---- the command line --------------------------------------------------- */

static uint64_t number(const char *option, const char *text)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-')
		die("--%s: \"%s\" is not a number", option, text);
	return v;
}

static void parse_hidden(struct options *o, char *list)
{
	char *save = NULL;

	for (char *w = strtok_r(list, ",", &save); w;
	     w = strtok_r(NULL, ",", &save)) {
		if (o->nr_hidden == HIDDEN_MAX)
			die("--hidden: more than %d threads", HIDDEN_MAX);
		o->hidden[o->nr_hidden++] = (uint32_t)number("hidden", w);
	}
}

static int print_now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts))
		die("CLOCK_MONOTONIC: %s", strerror(errno));
	(void)printf("%" PRIu64 "\n", (uint64_t)ts.tv_sec * 1000000000 +
		     (uint64_t)ts.tv_nsec);
	return 0;
}

static const struct option long_options[] = {
	{ "name", required_argument, NULL, 'n' },
	{ "tsv", required_argument, NULL, 't' },
	{ "from", required_argument, NULL, 'f' },
	{ "to", required_argument, NULL, 'o' },
	{ "pair", required_argument, NULL, 'p' },
	{ "near", required_argument, NULL, 'e' },
	{ "show", required_argument, NULL, 's' },
	{ "hidden", required_argument, NULL, 'h' },
	{ "now", no_argument, NULL, 'N' },
	{ 0 },
};

static void parse_options(int argc, char **argv, struct options *o)
{
	int c, index = 0;

	while ((c = getopt_long(argc, argv, "+", long_options, &index)) != -1) {
		const char *name = long_options[index].name;

		if (c == 'n')
			o->name = optarg;
		else if (c == 't')
			o->tsv = optarg;
		else if (c == 'f')
			o->pair.from = number(name, optarg);
		else if (c == 'o')
			o->pair.to = number(name, optarg);
		else if (c == 'p')
			o->pair.pair_ns = number(name, optarg);
		else if (c == 'e')
			o->pair.near_ns = number(name, optarg);
		else if (c == 's')
			o->show = number(name, optarg);
		else if (c == 'h')
			parse_hidden(o, optarg);
		else if (c == 'N')
			exit(print_now());
		else
			exit(2);
	}
}

int main(int argc, char **argv)
{
	struct options o = {
		.name = "trace",
		.pair = {
			.to = UINT64_MAX,
			.pair_ns = 1000000000,
			.near_ns = 100000,
		},
		.show = 10,
	};
	struct trace sides[2] = { 0 };
	struct trace *a = &sides[0], *b = &sides[1];
	struct shown shown = { .options = &o };
	struct result res = { 0 };
	unsigned int side = 0;

	parse_options(argc, argv, &o);
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], ":"))
			read_trace(&sides[side], argv[i]);
		else if (side++)
			die("there is more than one \":\"");
	}
	if (!side)
		die("usage: trace-compare [OPTION...] FILE... : FILE...");
	forget_hidden_if_seen(&o, b);
	pair_equal_records(&o.pair, &res, a, b);
	keep_unpaired(a);
	keep_unpaired(b);
	pair_different(&o.pair, &res, a, b, show_different, &shown);
	count_unpaired(&o, a, "missing", &res.missing);
	count_unpaired(&o, b, "extra", &res.extra);
	print_result(&o, &res, a, b);
	free(res.diffs);
	trace_release(a);
	trace_release(b);
	return !res.compared || res.missing || res.extra || res.different;
}
