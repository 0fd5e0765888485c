/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's types, as far as the programs read them.  CO-RE moves each
 * access to where the running kernel has the field; the order and the other
 * fields do not matter.
 *
 * Where a field moved, there is a flavour (___name) of the old structure and
 * an accessor that asks BTF which one the kernel has.  Each says the commit,
 * and doc/KERNELS.md which test machine runs it.
 */
#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define __kernel_type	__attribute__((preserve_access_index))

/* A function that is called seldom: it does not lie between the instructions
 * that always run. */
#define __seldom	static __noinline __attribute__((unused))

/*
 * Count up.  Relaxed, so that the compiler takes the old locked addition:
 * for __sync_fetch_and_add() clang 20 takes one that returns the value, which
 * kernels before 5.12 do not have (src/record/probe_exchange.c).
 */
#define count_add(p, n)	((void)__atomic_fetch_add(p, n, __ATOMIC_RELAXED))
#define count_up(p)	count_add(p, 1)

struct gendisk {
	int major;
	int first_minor;
} __kernel_type;

struct block_device {
	struct gendisk *bd_disk;
} __kernel_type;

struct request_queue {
	struct gendisk *disk;		/* d152c682f03c, 5.15 */
} __kernel_type;

/* Packed in the kernel: declared so here, each byte would be a load. */
struct bvec_iter {
	__u64 bi_sector;
	unsigned int bi_size;
} __kernel_type;

/* Of CONFIG_BLK_CGROUP; kernfs_node.id is a number since 67c0496e87d1, 5.5. */
struct kernfs_node {
	__u64 id;
} __kernel_type;

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
} __kernel_type;

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
} __kernel_type;

/* Members of the v1 hierarchies; the numbers are BTF's. */
enum cgroup_subsys_id {
	io_cgrp_id = 1,
};

struct css_set {
	struct cgroup_subsys_state *subsys[2];
	struct cgroup *dfl_cgrp;
} __kernel_type;

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
} __kernel_type;

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;		/* threads that have not ended */
} __kernel_type;

struct task_struct {
	int pid;
	int tgid;
	struct signal_struct *signal;
	struct mm_struct *mm;
	struct css_set *cgroups;
	char comm[16];
} __kernel_type;

struct blkcg {
	struct cgroup_subsys_state css;
} __kernel_type;

struct blkcg_gq {
	struct blkcg *blkcg;
} __kernel_type;

struct bio {
	struct bio *bi_next;		/* of the same request */
	void *bi_private;
	struct block_device *bi_bdev;	/* 309dca309fc3, 5.12 */
	unsigned int bi_opf;
	__u8 bi_status;
	struct bvec_iter bi_iter;
	struct blkcg_gq *bi_blkg;
} __kernel_type;

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
	__u64 __sector;
	struct bio *bio;
} __kernel_type;

/* request.rq_disk: removed by f3fa33acca9f, 5.17; request_queue.disk came
 * earlier, so the old field is only needed where the new one is missing. */
struct request___pre_v5_17 {
	struct gendisk *rq_disk;
} __kernel_type;

/* bio.bi_disk and bi_partno: until 309dca309fc3, 5.12 (RHEL 8 as well). */
struct bio___pre_v5_12 {
	struct gendisk *bi_disk;
} __kernel_type;

/* Before request_queue.disk a queue knew its disk by its kobject's parent:
 * blk_register_queue() in block/blk-sysfs.c of 5.10. */
struct kobject {
	struct kobject *parent;
} __kernel_type;

struct device_driver {
	const char *name;
} __kernel_type;

struct device {
	struct kobject kobj;
	struct device_driver *driver;
	__u32 devt;
} __kernel_type;

struct request_queue___pre_v5_15 {
	struct kobject kobj;
} __kernel_type;

/*
 * The name of @task, in two loads: bpf_get_current_comm() takes 30 ns for it.
 * The kernel pads a name with zeros (__set_task_comm(), fs/exec.c).
 */
static __always_inline void task_comm(struct task_struct *task,
				      __u64 ret_comm[2])
{
	const __u64 *comm = (const void *)&task->comm;

	ret_comm[0] = comm[0];
	ret_comm[1] = comm[1];
}

static __always_inline __u32 disk_dev(struct gendisk *disk)
{
	return (__u32)disk->major << 20 | (__u32)disk->first_minor;
}

static __always_inline __u32 queue_dev(struct request_queue *q)
{
	struct request_queue___pre_v5_15 *old = (void *)q;
	struct kobject *parent;
	struct device *dev;

	if (bpf_core_field_exists(q->disk))
		return disk_dev(q->disk);
	parent = BPF_CORE_READ(old, kobj.parent);
	if (!parent)
		return 0;
	dev = (void *)parent - bpf_core_field_offset(struct device, kobj);
	return BPF_CORE_READ(dev, devt);
}

static __always_inline __u32 rq_dev(struct request *rq)
{
	struct request___pre_v5_17 *old = (void *)rq;

	if (bpf_core_field_exists(rq->q->disk))
		return disk_dev(rq->q->disk);
	return disk_dev(old->rq_disk);
}

static __always_inline __u32 bio_dev(struct bio *bio)
{
	struct bio___pre_v5_12 *old = (void *)bio;

	if (bpf_core_field_exists(bio->bi_bdev))
		return disk_dev(bio->bi_bdev->bd_disk);
	return disk_dev(old->bi_disk);
}

/*
 * The id of the cgroup that a bio is charged to, as blk_trace_bio_get_cgid()
 * finds it; 0 = none.  @bio may be NULL.
 */
static __always_inline __u64 bio_cgroup(struct bio *bio)
{
	struct blkcg_gq *blkg;

	if (!bio || !bpf_core_field_exists(bio->bi_blkg))
		return 0;
	blkg = bio->bi_blkg;
	return blkg ? blkg->blkcg->css.cgroup->kn->id : 0;
}

#endif
