/* SPDX-License-Identifier: GPL-2.0 */
/* What a series has found. */
#include "config.h"

#include "src/analyze/series_impl.h"

const struct series *series_whole(const struct series *s)
{
	return s->opts.whole ? s->opts.whole : s;
}

uint64_t series_first(const struct series *s)
{
	return s->origin;
}

uint64_t series_last(const struct series *s)
{
	return s->last;
}

size_t series_count(const struct series *s)
{
	return fold_count(&s->times);
}

uint64_t series_width(const struct series *s)
{
	return UINT64_C(1) << s->times.shift;
}

uint64_t series_time(const struct series *s, size_t i)
{
	return (s->times.lo + i) << s->times.shift;
}

const struct series_bucket *series_bucket(const struct series *s, size_t i)
{
	return &s->buckets[fold_slot(&s->times, s->times.lo + i)];
}

const struct fold *series_fold(const struct series *s)
{
	return &s->times;
}

const struct series_device *series_devices(const struct series *s,
					   size_t *ret_nr)
{
	*ret_nr = s->nr_devices;
	return s->devices;
}

const struct series_totals *series_totals(const struct series *s)
{
	return &s->totals;
}

const struct inflight_stats *series_pairing(const struct series *s,
					    enum series_phase phase)
{
	return inflight_stats(s->inflight[phase]);
}
