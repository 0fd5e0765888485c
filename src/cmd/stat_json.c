/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape stat --json; doc/STAT-JSON.md is normative.
 */
#include "config.h"

#include <inttypes.h>

#include "src/base/json.h"
#include "src/base/xalloc.h"
#include "src/cmd/stat.h"

void stat_put_dist(FILE *out, const char *name, const struct dist *d)
{
	static const struct {
		const char *name;
		double q;
	} rows[] = {
		{"p50", 0.5},	 {"p90", 0.9},	    {"p99", 0.99},
		{"p999", 0.999}, {"p9999", 0.9999},
	};

	if (!d->nr)
		return;
	(void)fprintf(out,
		      ",\"%s\":{\"n\":%" PRIu64 ",\"min\":%" PRIu64
		      ",\"mean\":%" PRIu64 ",\"max\":%" PRIu64,
		      name, d->nr, d->min, d->sum / d->nr, d->max);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		(void)fprintf(out, ",\"%s\":%" PRIu64, rows[i].name,
			      dist_quantile(d, rows[i].q));
	(void)fprintf(out, "}");
}

static void put_op(FILE *out, const struct stats_op *s)
{
	(void)fprintf(out,
		      "{\"ios\":%" PRIu64 ",\"bytes\":%" PRIu64
		      ",\"errors\":%" PRIu64 ",\"merged\":%" PRIu64
		      ",\"split\":%" PRIu64 ",\"requeued\":%" PRIu64,
		      s->ios, s->bytes, s->errors, s->merged, s->split,
		      s->requeued);
	stat_put_dist(out, "size", &s->size);
	for (int i = 0; i < STATS_PHASE_MAX; i++)
		stat_put_dist(out, stats_phase_name(i), &s->phases[i]);
	if (s->requests) {
		(void)fprintf(out,
			      ",\"requests\":{\"n\":%" PRIu64
			      ",\"bytes\":%" PRIu64 ",\"errors\":%" PRIu64,
			      s->requests, s->request_bytes, s->request_errors);
		stat_put_dist(out, "size", &s->request_size);
		stat_put_dist(out, "d2c", &s->request_d2c);
		(void)fprintf(out, "}");
	}
	(void)fprintf(out, "}");
}

static void put_ops(FILE *out, struct stats_op *const ops[LIFE_OP_MAX])
{
	const char *comma = "";

	(void)fprintf(out, "\"ops\":{");
	for (int op = 0; op < LIFE_OP_MAX; op++) {
		if (!ops[op])
			continue;
		(void)fprintf(out, "%s\"%s\":", comma, life_op_name(op));
		put_op(out, ops[op]);
		comma = ",";
	}
	(void)fprintf(out, "}");
}

static void put_depth_times(FILE *out, const struct stats_device *d)
{
	uint64_t start, end;
	double mean;

	(void)fprintf(out, ",\"over_time\":[");
	for (size_t i = 0; stats_depth_mean(d, i, &start, &end, &mean); i++)
		(void)fprintf(out, "%s{\"start\":%" PRIu64 ",\"end\":%" PRIu64
			      ",\"mean\":%.4f}", i ? "," : "",
			      start - d->first, end - d->first, mean);
	(void)fprintf(out, "]");
}

static void put_device(FILE *out, const struct stats_device *d)
{
	uint64_t span = d->last - d->first;

	(void)fprintf(out, "{\"device\":\"%u,%u\"", blk_major(d->device),
		      blk_minor(d->device));
	if (d->name[0]) {
		(void)fprintf(out, ",\"name\":");
		json_put_string(out, d->name);
	}
	(void)fprintf(out, ",\"span\":%" PRIu64 ",", span);
	put_ops(out, d->ops);
	stat_put_dist(out, "q2q", &d->q2q);
	if (d->seeks.nr) {
		(void)fprintf(out,
			      ",\"seeks\":{\"of\":\"%s\","
			      "\"sequential\":%" PRIu64 ",\"back\":%" PRIu64,
			      d->has_issue ? "requests" : "ios",
			      dist_count(&d->seeks, 0, 1), d->seeks_back);
		stat_put_dist(out, "sectors", &d->seeks);
		(void)fprintf(out, "}");
	}
	if (d->has_issue) {
		(void)fprintf(out, ",\"depth\":{\"mean\":%.4f,\"max\":%u",
			      span ? (double)d->depth.area / (double)span : 0,
			      d->depth.max);
		stat_put_dist(out, "at_issue", &d->depth.at_issue);
		put_depth_times(out, d);
		(void)fprintf(out, "}");
	}
	(void)fprintf(out,
		      ",\"plugs\":%" PRIu64 ",\"unplugs\":%" PRIu64
		      ",\"unplugs_implicit\":%" PRIu64 ",\"requeues\":%" PRIu64
		      ",\"lost\":%" PRIu64 "}",
		      d->plugs, d->unplugs, d->unplugs_implicit, d->requeues,
		      d->lost);
}

static void put_key(FILE *out, const struct stats *st, uint32_t by,
		    const struct stats_key *k)
{
	const char *path = stats_cgroup_path(st, k->cgroup);

	(void)fprintf(out, "{");
	if (k->is_rest) {
		(void)fprintf(out, "\"rest\":true}");
		return;
	}
	if (by & STATS_BY_DEVICE)
		(void)fprintf(out, "\"device\":\"%u,%u\",",
			      blk_major(k->device), blk_minor(k->device));
	if (by & STATS_BY_PROCESS && k->process[0]) {
		(void)fprintf(out, "\"process\":");
		json_put_string(out, k->process);
		(void)fprintf(out, ",");
	} else if (by & STATS_BY_PROCESS) {
		(void)fprintf(out, "\"pid\":%u,", k->pid);
	}
	if (by & STATS_BY_CGROUP) {
		(void)fprintf(out, "\"cgroup\":%" PRIu64 ",", k->cgroup);
		if (path) {
			(void)fprintf(out, "\"path\":");
			json_put_string(out, path);
			(void)fprintf(out, ",");
		}
	}
	if (by & STATS_BY_OP)
		(void)fprintf(out, "\"op\":\"%s\",", life_op_name(k->op));
	if (by & STATS_BY_SIZE)
		(void)fprintf(out, "\"size\":%u,", k->size);
	if (by & STATS_BY_CPU)
		(void)fprintf(out, "\"cpu\":%u,", k->cpu);
	if (by & STATS_BY_TAG && k->tag) {
		(void)fprintf(out, "\"tag\":");
		json_put_string(out, stats_tag_label(st, k->tag));
		(void)fprintf(out, ",");
	} else if (by & STATS_BY_TAG) {
		(void)fprintf(out, "\"tag\":null,");
	}
	(void)fprintf(out, "\"rest\":false}");
}

static void put_groups(FILE *out, const char *name, const struct stats *st,
		       const struct stats_groups *g)
{
	(void)fprintf(out, ",\"%s\":[", name);
	for (size_t i = 0; i < g->nr; i++) {
		(void)fprintf(out, "%s\n{\"key\":", i ? "," : "");
		put_key(out, st, g->by, &g->list[i]->key);
		(void)fprintf(out, ",");
		put_ops(out, g->list[i]->ops);
		(void)fprintf(out, "}");
	}
	(void)fprintf(out, "]");
}

static void put_counts(FILE *out, const struct stat_view *v)
{
	const struct life_counts *c = stats_counts(v->stats);
	const struct stats_loss *loss = stats_loss(v->stats);

	(void)fprintf(out,
		      ",\n\"unfinished\":{\"ios_in_flight\":%" PRIu64
		      ",\"ios_expired\":%" PRIu64 ",\"ios_cut\":%" PRIu64
		      ",\"requests_in_flight\":%" PRIu64
		      ",\"requests_expired\":%" PRIu64
		      ",\"requests_cut\":%" PRIu64
		      ",\"events_unmatched\":%" PRIu64 "}",
		      c->ios_in_flight, c->ios_expired, c->ios_cut,
		      c->requests_in_flight, c->requests_expired,
		      c->requests_cut, c->unmatched);
	(void)fprintf(out,
		      ",\n\"loss\":{\"events\":%" PRIu64 ",\"gaps\":%" PRIu64
		      ",\"damaged\":%" PRIu64 ",\"late\":%" PRIu64
		      ",\"reasons\":{",
		      loss->events, loss->gaps, v->nr_damaged, v->nr_late);
	for (uint32_t i = 0, nr = 0; i < NOTE_LOSS_MAX; i++)
		if (loss->by_reason[i])
			(void)fprintf(out, "%s\"%s\":%" PRIu64, nr++ ? "," : "",
				      note_loss_text(i), loss->by_reason[i]);
	(void)fprintf(out, "}}");
}

void stat_json(const struct stat_view *v, FILE *out)
{
	const struct stats_device *d;
	const char *comma = "";

	(void)fprintf(out,
		      "{\"schema\":\"iotape-stat/1\",\"events\":%" PRIu64
		      ",\"span\":%" PRIu64,
		      stats_records(v->stats), stats_span(v->stats));
	if (v->began)
		(void)fprintf(out, ",\"began\":%" PRIu64, v->began);
	(void)fprintf(out, ",\n\"devices\":[");
	for (size_t i = 0; (d = stats_device(v->stats, i)); i++) {
		if (d->first == LIFE_NEVER)
			continue;
		(void)fprintf(out, "%s\n", comma);
		put_device(out, d);
		comma = ",";
	}
	(void)fprintf(out, "]");
	if (stats_by_keys(v->stats)->by)
		put_groups(out, "groups", v->stats, stats_by_keys(v->stats));
	put_groups(out, "processes", v->stats, stats_by_process(v->stats));
	put_groups(out, "cgroups", v->stats, stats_by_cgroup(v->stats));
	put_counts(out, v);
	(void)fprintf(out, "}\n");
}
