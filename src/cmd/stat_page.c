/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page that iotape stat prints: each table says what its rows count.
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/plain.h"
#include "src/base/xalloc.h"
#include "src/cmd/amount.h"
#include "src/cmd/stat.h"

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

void stat_print_name(FILE *out, const char *name, int width)
{
	size_t len = strlen(name), bytes;
	int n = 0;

	for (; len; name += bytes, len -= bytes, n++) {
		bytes = plain_length(name, len);
		if (bytes)
			(void)fwrite(name, 1, bytes, out);
		else
			(void)fputc('?', out);
		bytes = bytes ? bytes : 1;
	}
	(void)fprintf(out, "%*s", n < width ? width - n : 0, "");
}

const char *stat_device_text(const struct stats *st, uint32_t device, char *buf,
			     size_t size)
{
	const struct stats_device *d;

	for (size_t i = 0; (d = stats_device(st, i)); i++)
		if (d->device == device && d->name[0]) {
			(void)snprintf(buf, size, "%s (%u,%u)", d->name,
				       blk_major(device), blk_minor(device));
			return buf;
		}
	(void)snprintf(buf, size, "%u,%u", blk_major(device),
		       blk_minor(device));
	return buf;
}

/* ---- a device
 * ------------------------------------------------------------------ */

static double seconds_of(const struct stats_device *d)
{
	return (double)(d->last - d->first) / 1e9;
}

static void print_ios(const struct stats_device *d, FILE *out)
{
	(void)fprintf(out, "\n  I/Os (Q to C)     number      IOPS"
			   "   bandwidth   mean size    errors    merged"
			   "     split  requeued\n");
	for (int op = 0; op < LIFE_OP_MAX; op++) {
		const struct stats_op *s = d->ops[op];
		char iops[AMOUNT_SIZE], rate[AMOUNT_SIZE], size[AMOUNT_SIZE];

		if (!s || !s->ios)
			continue;
		amount_count(ratio((double)s->ios, seconds_of(d)), iops);
		amount_bytes(ratio((double)s->bytes, seconds_of(d)), rate);
		amount_bytes(dist_mean(&s->size), size);
		(void)fprintf(out,
			      "  %-12s %11" PRIu64 " %9s %9s/s %11s"
			      " %9" PRIu64 " %9" PRIu64 " %9" PRIu64
			      " %9" PRIu64 "\n",
			      life_op_name(op), s->ios, iops, rate, size,
			      s->errors, s->merged, s->split, s->requeued);
	}
}

void stat_times_row(FILE *out, const char *name, const char *phase,
			const struct dist *t)
{
	static const double quantiles[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
	char cell[AMOUNT_SIZE];

	if (!t->nr)
		return;
	(void)fprintf(out, "  %-12s %-4s %9" PRIu64, name, phase, t->nr);
	(void)fprintf(out, " %8s", amount_time((double)t->min, cell));
	(void)fprintf(out, " %8s", amount_time(dist_mean(t), cell));
	for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++) {
		double q = (double)dist_quantile(t, quantiles[i]);

		(void)fprintf(out, " %8s", amount_time(q, cell));
	}
	(void)fprintf(out, " %8s\n", amount_time((double)t->max, cell));
}

void stat_times_head(FILE *out, const char *what)
{
	(void)fprintf(out, "\n  %-17s %9s %8s %8s %8s %8s %8s %8s %8s %8s\n",
		      what, "number", "min", "mean", "p50", "p90", "p99",
		      "p99.9", "p99.99", "max");
}

static void print_phases(const struct stats_device *d, FILE *out)
{
	stat_times_head(out, "Times of I/Os");
	for (int op = 0; op < LIFE_OP_MAX; op++)
		for (int i = 0; d->ops[op] && i < STATS_PHASE_MAX; i++) {
			char name[] = "Q2C";

			for (int k = 0; k < 3; k++)
				name[k] = (char)(stats_phase_name(i)[k] == '2'
							 ? '2'
							 : stats_phase_name(
								   i)[k] -
								   32);
			stat_times_row(out, life_op_name(op), name,
				    &d->ops[op]->phases[i]);
		}
}

static void print_requests(const struct stats_device *d, FILE *out)
{
	char cell[AMOUNT_SIZE];

	if (!d->has_issue)
		return;
	stat_times_head(out, "Times of requests");
	for (int op = 0; op < LIFE_OP_MAX; op++)
		if (d->ops[op])
			stat_times_row(out, life_op_name(op), "D2C",
				    &d->ops[op]->request_d2c);
	for (int op = 0; op < LIFE_OP_MAX; op++) {
		const struct stats_op *s = d->ops[op];

		if (!s || !s->requests)
			continue;
		(void)fprintf(out, "  %-12s %" PRIu64 " requests",
			      life_op_name(op), s->requests);
		if (op != LIFE_FLUSH)
			(void)fprintf(
				out, " of %s",
				amount_bytes(dist_mean(&s->request_size), cell));
		if (s->ios && op != LIFE_FLUSH)
			(void)fprintf(
				out, ", %.2f I/Os in each",
				ratio((double)s->ios, (double)s->requests));
		(void)fprintf(out, ", %" PRIu64 " with an error\n",
			      s->request_errors);
	}
}

static void print_seeks(const struct stats_device *d, FILE *out)
{
	const struct dist *s = &d->seeks;
	char a[AMOUNT_SIZE], b[AMOUNT_SIZE];

	if (!s->nr)
		return;
	(void)fprintf(out,
		      "\n  Seeks between %s: %" PRIu64 ", %.1f %% follow"
		      " the one before, %.1f %% go back;"
		      " distance median %s, mean %s\n",
		      d->has_issue ? "requests" : "I/Os", s->nr,
		      100 * ratio((double)dist_count(s, 0, 1), (double)s->nr),
		      100 * ratio((double)d->seeks_back, (double)s->nr),
		      amount_bytes(512 * (double)dist_quantile(s, 0.5), a),
		      amount_bytes(512 * dist_mean(s), b));
}

/* A number for each stretch of time. */
static void print_depth_times(const struct stats_device *d, FILE *out)
{
	uint64_t start, end;
	double mean;

	for (size_t i = 0; stats_depth_mean(d, i, &start, &end, &mean); i++) {
		char step[AMOUNT_SIZE];

		if (!i)
			(void)fprintf(out, "  The same over time, in each"
				      " %s:", amount_time(
				ldexp(1, d->depth.times.shift), step));
		(void)fprintf(out, " %.*f", mean < 10 ? 1 : 0, mean);
	}
	if (fold_count(&d->depth.times))
		(void)fputc('\n', out);
}

static void print_depth(const struct stats_device *d, FILE *out)
{
	const struct stats_depth *q = &d->depth;
	double in_flight = 0, span = (double)(d->last - d->first);

	for (int op = 0; op < LIFE_OP_MAX; op++)
		if (d->ops[op])
			in_flight += (double)d->ops[op]->phases[STATS_Q2C].sum;
	if (d->has_io)
		(void)fprintf(out, "  I/Os in flight (Q to C): mean %.2f\n",
			      ratio(in_flight, span));
	if (d->has_issue)
		(void)fprintf(out,
			      "  Requests in flight (D to C): mean %.2f;"
			      " at an issue p50 %" PRIu64 ", p99 %" PRIu64
			      ", max %u\n",
			      ratio((double)q->area, span),
			      dist_quantile(&q->at_issue, 0.5),
			      dist_quantile(&q->at_issue, 0.99), q->max);
	if (d->has_issue)
		print_depth_times(d, out);
	if (d->plugs || d->unplugs || d->unplugs_implicit)
		(void)fprintf(out,
			      "  Plugs %" PRIu64 ", unplugs %" PRIu64
			      ", implicit unplugs %" PRIu64 "\n",
			      d->plugs, d->unplugs, d->unplugs_implicit);
	if (d->requeues)
		(void)fprintf(out, "  Requeues %" PRIu64 "\n", d->requeues);
	if (d->lost)
		(void)fprintf(out, "  Events lost: %" PRIu64 "\n", d->lost);
}

static void print_device(const struct stat_view *v,
			 const struct stats_device *d, FILE *out)
{
	char name[64], span[AMOUNT_SIZE], between[AMOUNT_SIZE];

	(void)fprintf(out, "\nDevice ");
	stat_print_name(out,
		   stat_device_text(v->stats, d->device, name, sizeof(name)),
		   0);
	(void)fprintf(out, ": %s",
		      amount_time((double)(d->last - d->first), span));
	if (d->q2q.nr)
		(void)fprintf(out, ", a new I/O every %s (median %s)",
			      amount_time(dist_mean(&d->q2q), span),
			      amount_time((double)dist_quantile(&d->q2q, 0.5),
					between));
	(void)fprintf(out, "\n");
	if (d->has_io) {
		print_ios(d, out);
		print_phases(d, out);
	}
	print_requests(d, out);
	print_seeks(d, out);
	print_depth(d, out);
}

/* ---- groups
 * ----------------------------------------------------------------------- */

static void key_text(const struct stats *st, uint32_t by,
		     const struct stats_key *key, char *buf, size_t size)
{
	char part[256], name[64];
	const char *path;
	size_t len = 0;

	buf[0] = '\0';
	if (key->is_rest) {
		(void)snprintf(buf, size, "(others)");
		return;
	}
	for (uint32_t bit = 1; bit <= STATS_BY_TAG; bit <<= 1) {
		part[0] = '\0';
		if (!(by & bit))
			continue;
		if (bit == STATS_BY_DEVICE)
			(void)snprintf(part, sizeof(part), "%s",
				       stat_device_text(st, key->device, name,
							sizeof(name)));
		else if (bit == STATS_BY_PROCESS && key->process[0])
			(void)snprintf(part, sizeof(part), "%s", key->process);
		else if (bit == STATS_BY_PROCESS)
			(void)snprintf(part, sizeof(part), "pid %u", key->pid);
		else if (bit == STATS_BY_CGROUP &&
			 (path = stats_cgroup_path(st, key->cgroup)))
			(void)snprintf(part, sizeof(part), "%s", path);
		else if (bit == STATS_BY_CGROUP)
			(void)snprintf(part, sizeof(part), "cgroup %" PRIu64,
				       key->cgroup);
		else if (bit == STATS_BY_OP)
			(void)snprintf(part, sizeof(part), "%s",
				       life_op_name(key->op));
		else if (bit == STATS_BY_SIZE)
			(void)snprintf(part, sizeof(part), "%s",
				       amount_bytes(key->size, name));
		else if (bit == STATS_BY_CPU)
			(void)snprintf(part, sizeof(part), "cpu %u", key->cpu);
		else
			(void)snprintf(part, sizeof(part), "%s",
				       key->tag ?
					       stats_tag_label(st, key->tag) :
					       "(no tag)");
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					len ? "  " : "", part);
		if (len >= size)
			return;
	}
}

static void print_group(const struct stats *st, const struct stats_groups *g,
			const struct stats_group *group, int op, FILE *out)
{
	const struct stats_op *s = group->ops[op];
	double span = (double)stats_span(st) / 1e9;
	const struct dist *t;
	char text[256], cell[AMOUNT_SIZE];

	if (!s || !s->ios)
		return;
	t = &s->phases[STATS_Q2C];
	key_text(st, g->by, &group->key, text, sizeof(text));
	(void)fprintf(out, "  ");
	stat_print_name(out, text, 28);
	(void)fprintf(out, " %-12s %10" PRIu64, life_op_name(op), s->ios);
	(void)fprintf(out, " %8s",
		      amount_count(ratio((double)s->ios, span), cell));
	(void)fprintf(out, " %9s/s",
		      amount_bytes(ratio((double)s->bytes, span), cell));
	(void)fprintf(out, " %8s", amount_time(dist_mean(t), cell));
	(void)fprintf(out, " %8s",
		      amount_time((double)dist_quantile(t, 0.5), cell));
	(void)fprintf(out, " %8s",
		      amount_time((double)dist_quantile(t, 0.99), cell));
	(void)fprintf(out, " %8s\n", amount_time((double)t->max, cell));
}

static void print_groups(const struct stat_view *v, const char *title,
			 const struct stats_groups *g, FILE *out)
{
	if (!g->nr)
		return;
	(void)fprintf(out, "\n%-30s %-12s %10s %8s %11s %8s %8s %8s %8s\n",
		      title, "", "I/Os", "IOPS", "bandwidth", "Q2C mean", "p50",
		      "p99", "max");
	for (size_t i = 0; i < g->nr && i < v->top; i++)
		for (int op = 0; op < LIFE_OP_MAX; op++)
			print_group(v->stats, g, g->list[i], op, out);
	if (g->nr > v->top)
		(void)fprintf(out, "  ... and %zu more\n", g->nr - v->top);
}

/* ---- the page
 * ----------------------------------------------------------------------- */

static void print_head(const struct stat_view *v, FILE *out)
{
	time_t sec = (time_t)(v->began / 1000000000);
	char cell[AMOUNT_SIZE], when[64];
	struct tm tm;

	(void)fprintf(out, "%" PRIu64 " events in %s", stats_records(v->stats),
		      amount_time((double)stats_span(v->stats), cell));
	if (v->began && gmtime_r(&sec, &tm) &&
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm))
		(void)fprintf(out, ", from %s", when);
	(void)fprintf(out, "\n");
}

static void print_left(const struct stat_view *v, FILE *out)
{
	const struct life_counts *c = stats_counts(v->stats);
	const struct stats_loss *loss = stats_loss(v->stats);
	const struct {
		uint64_t n;
		const char *what;
	} rows[] = {
		{c->ios_in_flight, "I/Os had not ended"},
		{c->requests_in_flight, "requests had not ended"},
		{c->ios_expired, "I/Os never ended and were given up"},
		{c->requests_expired, "requests never ended and were given up"},
		{c->ios_cut, "I/Os were in flight when events were lost, and"
			     " are not counted"},
		{c->requests_cut, "requests were in flight when events were"
				  " lost, and are not counted"},
		{c->unmatched, "events belong to no I/O that was seen"},
		{loss->events, "EVENTS WERE LOST"},
		{v->nr_damaged, "PLACES OF THE INPUT ARE DAMAGED"},
		{v->nr_late, "records stood after a later one"},
	};
	bool is_first = true;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].n)
			continue;
		if (is_first)
			(void)fprintf(out, "\n");
		is_first = false;
		(void)fprintf(out, "%" PRIu64 " %s\n", rows[i].n, rows[i].what);
	}
}

void stat_page(const struct stat_view *v, FILE *out)
{
	const struct stats_device *d;

	print_head(v, out);
	for (size_t i = 0; (d = stats_device(v->stats, i)); i++)
		if (d->first != LIFE_NEVER)
			print_device(v, d, out);
	print_groups(v, "By process", stats_by_process(v->stats), out);
	print_groups(v, "By cgroup", stats_by_cgroup(v->stats), out);
	print_groups(v, "By", stats_by_keys(v->stats), out);
	print_left(v, out);
}
