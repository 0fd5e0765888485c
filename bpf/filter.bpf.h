/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Filters.  All of it is removed by the verifier when it is off.
 *
 * Operation and sectors are those of each event.  Process, name, cgroup and
 * size are those of the I/O: they are decided at its Q, in the thread that
 * submits it, and what comes later (G, I, D, C, by whatever thread or
 * interrupt) is recorded when its Q was.  For that, the bios that were let
 * through are in the map "followed" until they end:
 *
 *	Q		in, or out if the pointer was left behind
 *	X		the new bio too, if the one that it is split from was
 *	C of a request	those of its bios that are done are out
 *	C of a bio	out
 *
 * A request is followed when one of its bios is; that many of them are looked
 * at: FILTER_NR_BIOS.  Requests without a bio that had a Q (commands of the
 * device, flushes of the kernel) are decided at I or D, and are in the map
 * themselves until their C (flush_of() for flushes); with a latency threshold, every request is.
 *
 * A bio that finds no room in the map is counted in disk_state.unfollowed: its
 * Q is recorded, but nothing behind it.
 */
#ifndef BPF_FILTER_BPF_H
#define BPF_FILTER_BPF_H

#include "bpf/kernel.h"
#include "bpf/cfg.h"
#include "bpf/encode.h"
#include "bpf/event.h"
#include "bpf/glob.h"
#include "bpf/ring.bpf.h"

#define FILTER_NR_BIOS		128	/* of a request */
#define FILTER_NR_LEVELS	16	/* of cgroups */

/* Pointer of a bio or request to a time (ns; 0 = not asked for). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u64);
} followed SEC(".maps") __weak;

/* The processes of --pid; bpf/follow.bpf.c adds their children. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} processes SEC(".maps") __weak;

/* ---- who submits --------------------------------------------------------- */

/* Whether the cgroup of @css, or one above it, is wanted. */
static __always_inline bool is_below(struct cgroup_subsys_state *css)
{
	for (__u32 level = 0; level < FILTER_NR_LEVELS && css; level++) {
		__u64 id = BPF_CORE_READ(css, cgroup, kn, id);

		for (__u32 i = 0; i < CFG_NR_CGROUPS; i++)
			if (i < cfg.filter.nr_cgroups &&
			    cfg.filter.cgroups[i] == id)
				return true;
		css = BPF_CORE_READ(css, parent);
	}
	return false;
}

/* Buffered writes are submitted by a thread of the kernel, and charged to the
 * cgroup of the one who wrote. */
static __always_inline bool is_charged(struct bio *bio)
{
	if (!bio || !bpf_core_field_exists(bio->bi_blkg))
		return false;
	return is_below((void *)BPF_CORE_READ(bio, bi_blkg, blkcg) +
			bpf_core_field_offset(struct blkcg, css));
}

static __always_inline bool is_task_below(struct task_struct *task)
{
	struct cgroup_subsys_state *css;
	struct cgroup *cgroup;

	if (!bpf_core_field_exists(task->cgroups))
		return false;
	if (!cfg.is_cgroup_v1 || cfg.filter.is_cgroup_uncharged) {
		cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
		return is_below((void *)cgroup +
				bpf_core_field_offset(struct cgroup, self));
	}
	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, io_cgrp_id))
		return false;
	css = BPF_CORE_READ(task, cgroups,
			    subsys[bpf_core_enum_value(enum cgroup_subsys_id,
						       io_cgrp_id)]);
	return is_below(css);
}

/* Whether this thread's I/O is wanted; @bio may be NULL. */
static __always_inline bool wants_who(struct bio *bio)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 comm[2];
	__u32 tgid = task->tgid;

	if (cfg.filter.has_processes &&
	    !bpf_map_lookup_elem(&processes, &tgid))
		return false;
	if (cfg.filter.has_comm) {
		task_comm(task, comm);
		if (!glob_fits(&cfg.filter.comm, (const char *)comm,
			       sizeof(comm)))
			return false;
	}
	return !cfg.filter.nr_cgroups || is_task_below(task) ||
	       (!cfg.filter.is_cgroup_uncharged && is_charged(bio));
}

/* ---- the event itself ---------------------------------------------------- */

static __always_inline bool wants_op(const struct event *e)
{
	__u32 op = e->opf & ENC_OP_MASK;

	if (e->opf & ENC_REQ_PREFLUSH && !e->bytes)
		op = ENC_OP_FLUSH;
	return cfg.filter.ops[op & (CFG_NR_OPS - 1)];
}

/* An I/O of no bytes is at its sector. */
static __always_inline bool wants_sectors(const struct event *e)
{
	__u64 last = e->sector;

	if (e->bytes > 512)
		last += (e->bytes - 1) >> 9;
	return e->sector <= cfg.filter.last_sector &&
	       last >= cfg.filter.first_sector;
}

static __always_inline bool wants_event(const struct event *e)
{
	if (e->stage == STAGE_NONE)
		return !cfg.filter.has_ops && !cfg.filter.has_sectors &&
		       !cfg.filter.has_size;
	return (!cfg.filter.has_ops || wants_op(e)) &&
	       (!cfg.filter.has_sectors || wants_sectors(e));
}

static __always_inline bool wants_begin(const struct event *e)
{
	return (!cfg.filter.has_size ||
		(e->bytes >= cfg.filter.min_bytes &&
		 e->bytes <= cfg.filter.max_bytes)) &&
	       wants_who(e->bio);
}

/* ---- following ----------------------------------------------------------- */

static __always_inline bool is_followed(const void *object)
{
	__u64 key = (__u64)object;

	return bpf_map_lookup_elem(&followed, &key) != NULL;
}

static __always_inline bool unfollow(const void *object)
{
	__u64 key = (__u64)object;

	return !bpf_map_delete_elem(&followed, &key);
}

static __always_inline void follow(const void *object,
				   struct disk_state *disk)
{
	__u64 key = (__u64)object;
	__u64 time = cfg.filter.than_ns ? bpf_ktime_get_ns() : 0;

	if (bpf_map_update_elem(&followed, &key, &time, 0))
		count_up(&disk->unfollowed);
}

/* @is_wanted: it is let through.  Otherwise its pointer, which may be there
 * since an end was missed, is no longer. */
static __always_inline bool begin(const void *object, bool is_wanted,
				  struct disk_state *disk)
{
	if (is_wanted)
		follow(object, disk);
	else
		(void)unfollow(object);
	return is_wanted;
}

/* Whether one of the request's bios is followed. */
static __always_inline bool has_followed_bio(struct request *rq)
{
	struct bio *bio = rq->bio;

	for (__u32 i = 0; i < FILTER_NR_BIOS && bio; i++) {
		if (is_followed(bio))
			return true;
		bio = bio->bi_next;
	}
	return false;
}

/* The same, and those within the first @bytes are done. */
static __always_inline bool end_bios(struct request *rq, __u32 bytes)
{
	struct bio *bio = rq->bio;
	bool was_followed = false;

	for (__u32 i = 0; i < FILTER_NR_BIOS && bio; i++) {
		__u32 size = bio->bi_iter.bi_size;

		if (size > bytes) {
			was_followed |= bytes && is_followed(bio);
			break;
		}
		was_followed |= unfollow(bio);
		bytes -= size;
		bio = bio->bi_next;
	}
	return was_followed;
}

static __always_inline bool has_no_queue_event(const struct event *e)
{
	return !e->bio || encode_is_passthrough(e->opf);
}

/* The kernel's flush of a disk is for all who wait for one: it is recorded
 * when the last one who asked was.  The device stands for the flush. */
static __always_inline const void *flush_of(const struct event *e)
{
	return (const void *)(__u64)e->device;
}

static __always_inline bool follow_queue(const struct event *e,
					 struct disk_state *disk)
{
	bool is_wanted = wants_event(e) && wants_begin(e);

	if (e->opf & (ENC_REQ_PREFLUSH | ENC_REQ_FUA))
		(void)begin(flush_of(e), is_wanted, disk);
	return begin(e->bio, is_wanted, disk);
}

/* A request that nobody has queued begins with what is seen of it first. */
static __always_inline bool follow_rq(const struct event *e,
				      struct disk_state *disk)
{
	if (!has_no_queue_event(e))
		return has_followed_bio(e->rq);
	if ((e->opf & ENC_OP_MASK) == ENC_OP_FLUSH)
		return begin(e->rq, is_followed(flush_of(e)), disk);
	return is_followed(e->rq) || begin(e->rq, wants_begin(e), disk);
}

static __always_inline bool follow_issue(const struct event *e,
					 struct disk_state *disk)
{
	bool is_wanted = follow_rq(e, disk);

	return cfg.filter.than_ns ? begin(e->rq, is_wanted, disk) : is_wanted;
}

/* How long @object took; it stays in the map. */
static __always_inline void measure(struct event *e, const void *object)
{
	__u64 key = (__u64)object;
	__u64 *time;

	if (!cfg.filter.than_ns)
		return;
	time = bpf_map_lookup_elem(&followed, &key);
	if (time)
		e->took_ns = bpf_ktime_get_ns() - *time;
}

static __always_inline bool follow_rq_end(struct event *e)
{
	bool is_done = e->bytes >= e->rq->__data_len, was_followed = false;

	measure(e, e->rq);
	if (cfg.filter.than_ns || has_no_queue_event(e))
		was_followed = is_done ? unfollow(e->rq) : is_followed(e->rq);
	return end_bios(e->rq, e->bytes) || was_followed;
}

static __always_inline bool follow_split(const struct event *e,
					 struct disk_state *disk)
{
	/* bio_chain(): the new bio's bi_private is the other one.  Where a
	 * driver splits (dm), the bio is the old one itself. */
	return is_followed(e->bio) ||
	       begin(e->bio, is_followed(e->bio->bi_private), disk);
}

static __always_inline bool follow_event(struct event *e,
					 struct disk_state *disk)
{
	switch (e->stage) {
	case STAGE_NONE:
		return wants_who(NULL);
	case STAGE_REMAP:
		return wants_begin(e);
	case STAGE_BIO_BEGIN:
		return follow_queue(e, disk);
	case STAGE_BIO:
		return is_followed(e->bio);
	case STAGE_BIO_SPLIT:
		return follow_split(e, disk);
	case STAGE_BIO_END:
		measure(e, e->bio);
		return unfollow(e->bio);
	case STAGE_RQ:
		return follow_rq(e, disk);
	case STAGE_RQ_ISSUE:
		return follow_issue(e, disk);
	case STAGE_RQ_END:
		return follow_rq_end(e);
	}
	return false;
}

/* Whether its sector is one of those that are recorded of its disk. */
static __always_inline bool is_in_range(const struct disk_state *disk,
					const struct event *e)
{
	return !e->sector ||
	       (e->sector >= disk->start && e->sector <= disk->end);
}

/* Whether the event is to be recorded, as far as filters go.  To be called for
 * every event, whatever the other conditions, so that no end is missed. */
static __always_inline bool filter_wants(struct event *e)
{
	struct disk_state *disk = disk_find(e->device);
	bool is_wanted = true;

	if (!disk || !is_in_range(disk, e))
		return false;
	if (cfg.filter.is_following)
		is_wanted = follow_event(e, disk);
	if (cfg.filter.than_ns)
		return is_wanted && e->took_ns >= cfg.filter.than_ns &&
		       wants_event(e);
	return is_wanted && wants_event(e);
}

#endif
