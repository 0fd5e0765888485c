/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the text that Prometheus reads has in common, live (src/analyze/meter.h)
 * and exported (export_openmetrics.c): the buckets of histograms, labels,
 * seconds.
 *
 *	bucket = prom_bucket(ns);
 *	fprintf(f, "x_bucket{");
 *	prom_put_label(f, "device", "sda");
 *	fprintf(f, ",le=\"%s\"} 1\n", prom_buckets[bucket].le);
 *
 * The formats: https://prometheus.io/docs/instrumenting/exposition_formats/
 * and https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
#ifndef ANALYZE_PROM_H
#define ANALYZE_PROM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PROM_NR_BUCKETS 20

/* Fixed, so that histograms of all machines can be added up. */
struct prom_bucket {
	uint64_t ns;	/* the largest value in it; the last: UINT64_MAX */
	const char *le;	/* the same in seconds, the value of the label */
};

extern const struct prom_bucket prom_buckets[PROM_NR_BUCKETS];

/* The bucket of a time: below PROM_NR_BUCKETS. */
size_t prom_bucket(uint64_t ns);

/*
 * NAME="TEXT", with what must be escaped in @text escaped: quotes,
 * backslashes, ends of lines.  Other bytes are written as they are: @text is
 * UTF-8 (labels.h makes it so), @name a name of a label.
 */
void prom_put_label(FILE *f, const char *name, const char *text);

/* As seconds: "1.500000000". */
void prom_put_seconds(FILE *f, uint64_t ns);

#endif
