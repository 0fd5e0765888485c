/* SPDX-License-Identifier: GPL-2.0 */
/* What iotape plot says of its traces, in the picture and beside it. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "plots/axis.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/plot.h"

char *plot_names(const struct plot_source *p, size_t nr)
{
	char *names = xstrdup("");

	for (size_t i = 0; i < nr; i++) {
		_cleanup_(freep) char *old = names;

		names = xasprintf("%s%s%s", old, i ? ", " : "", p[i].label);
	}
	return names;
}

/* 26972 as "26,972". */
static const char *grouped(uint64_t n, char *buf, size_t size)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	size_t out = 0;

	for (int i = 0; i < len && out + 2 < size; i++) {
		if (i && (len - i) % 3 == 0)
			buf[out++] = ',';
		buf[out++] = digits[i];
	}
	buf[out] = '\0';
	return buf;
}

char *plot_subtitle(const struct plot_source *p, size_t nr, uint64_t from_ns)
{
	static const char dot[] = " \xc2\xb7 ";
	uint64_t records = 0, ns = 0;
	char buf[40], span[AXIS_LABEL_MAX];
	size_t nr_devices = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct series *s = p[i].series;
		uint64_t begin = series_first(s) + from_ns;
		uint64_t end = series_last(s);
		/* 0 where nothing lies in the part that is drawn */
		uint64_t mine = end > begin ? end - begin : 0;
		size_t devices;

		(void)series_devices(s, &devices);
		nr_devices += devices;
		records += series_totals(s)->nr_records;
		if (mine > ns)
			ns = mine;
	}
	axis_format(AXIS_DURATION, (double)ns, span);
	(void)grouped(records, buf, sizeof(buf));
	if (nr > 1)
		return xasprintf("%zu traces%s%s records%s%s", nr, dot, buf,
				 dot, span);
	if (nr_devices > 1)
		return xasprintf("%zu devices%s%s records%s%s", nr_devices,
				 dot, buf, dot, span);
	return xasprintf("%s record%s%s%s", buf, records == 1 ? "" : "s", dot,
			 span);
}

char *plot_warning(const struct plot_source *p, size_t nr)
{
	uint64_t lost = 0, damaged = 0;
	const char *failed = "";
	char a[40], b[40];

	for (size_t i = 0; i < nr; i++) {
		lost += series_totals(p[i].series)->nr_lost;
		damaged += p[i].nr_damaged;
		if (p[i].has_failed)
			failed = "A tag helper failed: from then on nothing"
				 " has its tags";
	}
	(void)grouped(lost, a, sizeof(a));
	(void)grouped(damaged, b, sizeof(b));
	if (!lost && !damaged)
		return xstrdup(failed);
	if (lost && damaged)
		return xasprintf("%s events were lost (shaded); the files are"
				 " damaged in %s places%s%s", a, b,
				 *failed ? ". " : "", failed);
	if (lost)
		return xasprintf("%s events were lost (shaded)%s%s", a,
				 *failed ? ". " : "", failed);
	return xasprintf("The files are damaged in %s places%s%s", b,
			 *failed ? ". " : "", failed);
}

/* Says that it ends before, if it does. */
static bool tell_end(const struct plot_span *span, uint64_t origin,
		     double from_ns, const char *label, const char *what)
{
	double ns = span->last_ns > origin ?
			    (double)(span->last_ns - origin) : 0;
	char from[AXIS_LABEL_MAX], end[AXIS_LABEL_MAX];

	if (!span->is_any || from_ns <= ns)
		return false;
	axis_format(AXIS_DURATION, from_ns, from);
	axis_format(AXIS_DURATION, ns, end);
	cmd_error("-x: %s%s ends after %s: nothing of it is drawn from %s on",
		  label, what, end, from);
	return true;
}

void plot_tell_outside(const struct plot_source *p, size_t nr, double from_ns,
		       bool has_block_graph)
{
	for (size_t i = 0; i < nr; i++) {
		uint64_t origin = p[i].blocks.is_any ? p[i].blocks.first_ns :
						       p[i].events.first_ns;

		if (!tell_end(&p[i].events, origin, from_ns, p[i].label, "") &&
		    has_block_graph)
			(void)tell_end(&p[i].blocks, origin, from_ns,
				       p[i].label, "'s block I/O");
	}
}
