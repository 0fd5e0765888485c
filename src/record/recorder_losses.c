/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a recording says of the events that are missing in it.
 */
#include "config.h"

#include <stdlib.h>

#include "src/base/xalloc.h"
#include "src/record/recorder_impl.h"

/* What was lost behind the last event of each CPU. */
static int write_tail_losses(struct recorder *rec, struct disk *disk,
			     struct err *err)
{
	uint64_t *lost = xcalloc(rec->nr_cpus, sizeof(*lost));
	int r = session_read_lost(rec->session, disk->index, lost, err);
	uint64_t lost_ios;

	for (unsigned int cpu = 0; cpu < rec->nr_cpus && !r; cpu++) {
		uint32_t n = disk_lost_since(disk, cpu, (uint32_t)lost[cpu]);

		for (size_t i = 0; n && i < disk->nr && !r; i++)
			r = trace_lost(rec->disks.order[disk->first + i], cpu, n,
				       NOTE_LOSS_RING_FULL, true, err);
	}
	free(lost);
	lost_ios = session_read_unfollowed(rec->session, disk->index);
	for (size_t i = 0; lost_ios && i < disk->nr && !r; i++)
		r = trace_lost(rec->disks.order[disk->first + i], 0,
			       lost_ios, NOTE_LOSS_UNFOLLOWED, false, err);
	return r;
}

/* Events of CPUs without a ring; of which device is not known. */
static int write_no_ring(struct recorder *rec, struct err *err)
{
	uint64_t *lost = xcalloc(rec->nr_cpus, sizeof(*lost));
	int r = session_read_no_ring(rec->session, lost, err);

	for (size_t i = 0; i < rec->nr_traces && !r; i++)
		for (unsigned int cpu = 0; cpu < rec->nr_cpus && !r; cpu++)
			if (lost[cpu])
				r = trace_lost(&rec->traces[i], cpu,
					       lost[cpu], NOTE_LOSS_NO_RING,
					       true, err);
	free(lost);
	return r;
}

static uint64_t count_misses(const struct recorder *rec, enum trace_of of)
{
	switch (of) {
	case TRACE_OF_BLOCK:
		return session_recursion_misses(rec->session);
	case TRACE_OF_KVM:
		return session_kvm_misses(rec->session);
	case TRACE_OF_VIRTIO:
		return session_virtio_misses(rec->session);
	case TRACE_OF_MAX:
		break;
	}
	return 0;
}

/* Of any device of the machine: said in each trace. */
int recorder_write_missed(struct recorder *rec, enum trace_of of,
			  const struct missed *missed, uint64_t time,
			  struct err *err)
{
	int r = 0, e;

	for (size_t i = 0; i < rec->nr_traces; i++) {
		if (rec->traces[i].of != of)
			continue;
		e = trace_missed(&rec->traces[i], time, missed->count,
				 missed->from, missed->to, r ? NULL : err);
		r = r ? r : e;
	}
	return r;
}

static int tell_missed(struct recorder *rec, enum trace_of of,
		       const struct missed *missed, struct err *err)
{
	uint64_t time = recorder_handed_on(rec, recorder_now());

	if (!rec->flight || rec->is_stopping)
		return recorder_write_missed(rec, of, missed, time, err);
	recorder_keep_missed(rec, of, missed, time);
	return 0;
}

int recorder_look_for_misses(struct recorder *rec, uint64_t now,
			     struct err *err)
{
	int r = 0, e;

	for (enum trace_of of = 0; of < TRACE_OF_MAX; of++) {
		struct missed missed;

		if (!misses_is_due(&rec->misses[of], now) ||
		    !misses_look(&rec->misses[of], count_misses(rec, of), now,
				 &missed))
			continue;
		e = tell_missed(rec, of, &missed, r ? NULL : err);
		r = r ? r : e;
	}
	return r;
}

static int write_last_misses(struct recorder *rec, struct err *err)
{
	uint64_t now = recorder_now();
	int r = 0;

	for (enum trace_of of = 0; of < TRACE_OF_MAX && !r; of++) {
		struct missed missed;

		if (misses_end(&rec->misses[of], count_misses(rec, of), now,
			       &missed))
			r = recorder_write_missed(rec, of, &missed, now, err);
	}
	return r;
}

int recorder_write_losses(struct recorder *rec, struct err *err)
{
	int r = 0, e;

	for (size_t i = 0; i < rec->disks.nr; i++) {
		e = write_tail_losses(rec, &rec->disks.disks[i],
				      r ? NULL : err);
		r = r ? r : e;
	}
	e = write_no_ring(rec, r ? NULL : err);
	r = r ? r : e;
	e = write_last_misses(rec, r ? NULL : err);
	return r ? r : e;
}
