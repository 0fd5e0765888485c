/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The structures of a kernel before 5.11 as far as the programs read them,
 * for tests/bpf/old-kernel.sh: compiled for BPF, this gives BTF.  Fields and
 * their order are those of include/linux/{blk_types,blkdev,genhd}.h, v5.8,
 * with others left out.
 */
struct kobject {
	const char *name;
	struct kobject *parent;
};

struct device {
	struct kobject kobj;
	unsigned int devt;
};

struct gendisk {
	int major;
	int first_minor;
	int minors;
};

struct request_queue {
	void *last_merge;
	struct kobject kobj;
};

struct kernfs_node {
	unsigned long long id;
};

struct cgroup {
	long self;
	struct kernfs_node *kn;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct blkcg {
	struct cgroup_subsys_state css;
};

struct blkcg_gq {
	void *q;
	struct blkcg *blkcg;
};

struct bvec_iter {
	unsigned long long bi_sector;
	unsigned int bi_size;
};

struct bio {
	struct bio *bi_next;
	struct gendisk *bi_disk;
	unsigned int bi_opf;
	unsigned short bi_flags;
	unsigned char bi_status;
	unsigned char bi_partno;
	struct bvec_iter bi_iter;
	struct blkcg_gq *bi_blkg;
};

struct request {
	struct request_queue *q;
	void *mq_ctx;
	unsigned int cmd_flags;
	unsigned int __data_len;
	unsigned long long __sector;
	struct bio *bio;
	struct gendisk *rq_disk;
};

struct task_struct {
	long state;
	int pid;
	int tgid;
	char comm[16];
};

/* One of each, so that the compiler keeps the types. */
struct device device;
struct gendisk gendisk;
struct request_queue request_queue;
struct kernfs_node kernfs_node;
struct cgroup cgroup;
struct blkcg blkcg;
struct blkcg_gq blkcg_gq;
struct bio bio;
struct request request;
struct task_struct task_struct;
