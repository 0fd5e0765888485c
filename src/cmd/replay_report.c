/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/cmd/replay_report.h"

#include <inttypes.h>
#include <string.h>

#include "src/base/json.h"
#include "src/base/xalloc.h"

#define NS_PER_SEC	1e9
#define NS_PER_US	1e3
#define HIST_CELLS	16	/* below 1 us, 2 us, 4 us, ..., the rest */
#define BAR_WIDTH	40

/* Counts that are said when they are not 0. */
static const struct count {
	const char *key;	/* of the JSON */
	const char *text;
	size_t offset;		/* in struct engine_result */
} counts[] = {
#define COUNT(name, text)	{ #name, text, \
				  offsetof(struct engine_result, nr_##name) }
	COUNT(write_as_read, "writes became reads (-W writes)"),
	COUNT(left_out, "flushes, discards, zeroes left out (-W)"),
	COUNT(no_target, "I/Os left out: their device has no target"),
	COUNT(no_place, "I/Os left out: behind the end of the target"),
	COUNT(moved, "I/Os at other sectors than recorded"),
	COUNT(aligned, "I/Os grown to blocks of the target"),
	COUNT(cut, "I/Os shortened to fit"),
	COUNT(preflush, "flushes in front of writes, as I/Os of their own"),
	COUNT(by_ioctl, "discards by ioctl(2): other I/Os waited for them"),
	COUNT(held, "I/Os held up: --depth was reached"),
	COUNT(short, "I/Os ended with fewer bytes"),
	COUNT(failed, "I/Os failed"),
	COUNT(unsupported, "of these: not supported by the target"),
#undef COUNT
};

/* The same of the trace: what replay cannot issue. */
static const struct count plan_counts[] = {
#define COUNT(name, text)	{ #name, text, \
				  offsetof(struct plan, nr_##name) }
	COUNT(passthrough, "passthrough requests left out"),
	COUNT(zone, "zone operations left out"),
	COUNT(empty, "I/Os without data left out"),
#undef COUNT
};

static uint64_t value_of(const void *base, const struct count *c)
{
	uint64_t v;

	memcpy(&v, (const char *)base + c->offset, sizeof(v));
	return v;
}

static double seconds_of(const struct engine_result *res)
{
	return (double)(res->end - res->begin) / NS_PER_SEC;
}

static uint64_t total_of(const uint64_t *values)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < LIFE_OP_MAX; i++)
		sum += values[i];
	return sum;
}

/* The share of I/Os in percent; 100 of none. */
static double percent(uint64_t part, uint64_t all)
{
	return all ? 100.0 * (double)part / (double)all : 100;
}

/* The bounds of a cell of the printed histogram, ns. */
static uint64_t cell_low(unsigned int cell)
{
	return cell ? UINT64_C(1000) << (cell - 1) : 0;
}

static uint64_t cell_high(unsigned int cell)
{
	return cell == HIST_CELLS - 1 ? UINT64_MAX : UINT64_C(1000) << cell;
}

static void print_hist(const struct dist *d, FILE *out)
{
	for (unsigned int i = 0; i < HIST_CELLS; i++) {
		uint64_t n = dist_count(d, cell_low(i), cell_high(i));
		int bar = d->nr ? (int)(n * BAR_WIDTH / d->nr) : 0;

		if (!n)
			continue;
		if (i == HIST_CELLS - 1)
			(void)fprintf(out, "  from %6.0f us",
				      (double)cell_low(i) / NS_PER_US);
		else
			(void)fprintf(out, "  < %9.0f us",
				      (double)cell_high(i) / NS_PER_US);
		(void)fprintf(out, " %10" PRIu64 " %6.2f %% %.*s\n", n,
			      percent(n, d->nr), bar,
			      "########################################");
	}
}

static void print_dist(const char *name, const struct dist *d, FILE *out)
{
	(void)fprintf(out, "%-14s p50 %.1f us, p99 %.1f us, p99.9 %.1f us,"
		      " max %.1f us\n", name,
		      (double)dist_quantile(d, 0.5) / NS_PER_US,
		      (double)dist_quantile(d, 0.99) / NS_PER_US,
		      (double)dist_quantile(d, 0.999) / NS_PER_US,
		      (double)d->max / NS_PER_US);
}

static void print_ops(const struct engine_result *res, FILE *out)
{
	for (unsigned int i = 0; i < LIFE_OP_MAX; i++)
		if (res->nr_issued[i])
			(void)fprintf(out, "  %-12s %10" PRIu64
				      " %10.1f MiB\n",
				      life_op_name((enum life_op)i),
				      res->nr_issued[i],
				      (double)res->bytes[i] / 1048576);
	if (res->nr_fua)
		(void)fprintf(out, "  %-12s %10" PRIu64 " of the writes\n",
			      "FUA", res->nr_fua);
}

static void print_targets(const struct replay_report *rep, FILE *out)
{
	for (size_t i = 0; i < rep->plan->nr_devs; i++) {
		const struct plan_dev *dev = &rep->plan->devs[i];
		const struct engine_device *d = &rep->map->devices[i];
		const struct target *t;

		if (!dev->nr)
			continue;
		(void)fprintf(out, "%s (%u,%u): %" PRIu64 " I/Os", *dev->name ?
			      dev->name : "?", blk_major(dev->device),
			      blk_minor(dev->device), dev->nr);
		if (d->target == ENGINE_NO_TARGET) {
			(void)fprintf(out, ", no target\n");
			continue;
		}
		t = &rep->map->targets[d->target];
		(void)fprintf(out, " to %s%s, %s\n", t->path,
			      t->is_direct ? "" : " (page cache)",
			      place_fit_name(d->place.fit));
	}
}

void replay_report_text(const struct replay_report *rep, FILE *out)
{
	const struct engine_result *res = rep->res;
	uint64_t nr = total_of(res->nr_issued);
	double s = seconds_of(res);

	print_targets(rep, out);
	(void)fprintf(out, "%" PRIu64 " I/Os in %.3f s (%s, recorded %.3f s),"
		      " %.0f I/Os/s\n", nr, s, pace_mode_name(rep->o->mode),
		      (double)rep->plan->ns / NS_PER_SEC,
		      s > 0 ? (double)nr / s : 0);
	print_ops(res, out);
	if (res->error.nr) {
		print_dist("issue error", &res->error, out);
		print_hist(&res->error, out);
		(void)fprintf(out, "  within 50 us: %.2f %%, late by more than"
			      " 1 ms: %" PRIu64 "\n",
			      percent(res->nr_close, nr), res->nr_late);
	}
	print_dist("latency", &res->latency, out);
	(void)fprintf(out, "%-14s max %" PRIu32 ", mean %.2f", "depth",
		      res->max_depth, res->mean_depth);
	if (rep->plan->nr_ranked)
		(void)fprintf(out, " (recorded: max %" PRIu64 ", mean %.2f)",
			      rep->plan->max_depth, rep->plan->mean_depth);
	(void)fputc('\n', out);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (value_of(res, &counts[i]))
			(void)fprintf(out, "%10" PRIu64 " %s\n",
				      value_of(res, &counts[i]),
				      counts[i].text);
	for (size_t i = 0; i < ARRAY_SIZE(plan_counts); i++)
		if (value_of(rep->plan, &plan_counts[i]))
			(void)fprintf(out, "%10" PRIu64 " %s\n",
				      value_of(rep->plan, &plan_counts[i]),
				      plan_counts[i].text);
}

/* ---- JSON ---------------------------------------------------------------- */

static void json_dist(const char *key, const struct dist *d, FILE *out)
{
	const char *comma = "";

	(void)fprintf(out, ",\"%s\":{\"n\":%" PRIu64 ",\"min\":%" PRIu64
		      ",\"mean\":%.1f,\"p50\":%" PRIu64 ",\"p99\":%" PRIu64
		      ",\"p999\":%" PRIu64 ",\"max\":%" PRIu64
		      ",\"histogram\":[", key, d->nr, d->min, dist_mean(d),
		      dist_quantile(d, 0.5), dist_quantile(d, 0.99),
		      dist_quantile(d, 0.999), d->max);
	for (unsigned int i = 0; i < HIST_CELLS; i++) {
		uint64_t n = dist_count(d, cell_low(i), cell_high(i));

		if (!n)
			continue;
		(void)fprintf(out, "%s{\"from\":%" PRIu64 ",\"n\":%" PRIu64
			      "}", comma, cell_low(i), n);
		comma = ",";
	}
	(void)fprintf(out, "]}");
}

static void json_ops(const struct engine_result *res, FILE *out)
{
	const char *comma = "";

	(void)fprintf(out, ",\"issued\":{");
	for (unsigned int i = 0; i < LIFE_OP_MAX; i++) {
		if (!res->nr_issued[i])
			continue;
		(void)fprintf(out, "%s\"%s\":{\"n\":%" PRIu64 ",\"bytes\":%"
			      PRIu64 "}", comma,
			      life_op_name((enum life_op)i), res->nr_issued[i],
			      res->bytes[i]);
		comma = ",";
	}
	(void)fprintf(out, "},\"fua\":%" PRIu64, res->nr_fua);
}

static void json_devices(const struct replay_report *rep, FILE *out)
{
	const char *comma = "";

	(void)fprintf(out, ",\"devices\":[");
	for (size_t i = 0; i < rep->plan->nr_devs; i++) {
		const struct plan_dev *dev = &rep->plan->devs[i];
		const struct engine_device *d = &rep->map->devices[i];

		if (!dev->nr)
			continue;
		(void)fprintf(out, "%s{\"name\":", comma);
		json_put_string(out, dev->name);
		(void)fprintf(out, ",\"device\":\"%u,%u\",\"ios\":%" PRIu64
			      ",\"target\":", blk_major(dev->device),
			      blk_minor(dev->device), dev->nr);
		if (d->target == ENGINE_NO_TARGET)
			(void)fprintf(out, "null");
		else
			json_put_string(out, rep->map->targets[d->target].path);
		(void)fputc('}', out);
		comma = ",";
	}
	(void)fputc(']', out);
}

void replay_report_json(const struct replay_report *rep, FILE *out)
{
	const struct engine_result *res = rep->res;

	(void)fprintf(out, "{\"schema\":\"iotape-replay/1\",\"mode\":\"%s\","
		      "\"seconds\":%.6f,\"recorded_seconds\":%.6f,"
		      "\"ios\":%" PRIu64, pace_mode_name(rep->o->mode),
		      seconds_of(res), (double)rep->plan->ns / NS_PER_SEC,
		      total_of(res->nr_issued));
	json_devices(rep, out);
	json_ops(res, out);
	json_dist("issue_error_ns", &res->error, out);
	(void)fprintf(out, ",\"within_50us\":%" PRIu64 ",\"late_1ms\":%" PRIu64,
		      res->nr_close, res->nr_late);
	json_dist("latency_ns", &res->latency, out);
	(void)fprintf(out, ",\"depth\":{\"max\":%" PRIu32 ",\"mean\":%.3f,"
		      "\"recorded_max\":%" PRIu64 ",\"recorded_mean\":%.3f}",
		      res->max_depth, res->mean_depth, rep->plan->max_depth,
		      rep->plan->mean_depth);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		(void)fprintf(out, ",\"%s\":%" PRIu64, counts[i].key,
			      value_of(res, &counts[i]));
	for (size_t i = 0; i < ARRAY_SIZE(plan_counts); i++)
		(void)fprintf(out, ",\"%s\":%" PRIu64, plan_counts[i].key,
			      value_of(rep->plan, &plan_counts[i]));
	(void)fprintf(out, "}\n");
}
