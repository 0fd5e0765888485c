/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of btt share.  One file for each thing that btt reports:
 *
 *	btt.c		records: the pairing
 *	btt_qs.c	the Qs that wait
 *	btt_proc.c	processes
 *	btt_seek.c	seeks		btt_file.c	files by device
 *	btt_live.c	active periods	btt_iostat.c	-I
 *	btt_avg.c	the .avg page	btt_range.c	the .dat page
 *	btt_avg_seek.c	its seeks
 *	btt_open.c	begin and end
 */
#ifndef ANALYZE_BTT_IMPL_H
#define ANALYZE_BTT_IMPL_H

#include "src/analyze/btt.h"
#include "src/analyze/rbtree.h"
#include "src/analyze/tally.h"

#define BTT_NEVER	UINT64_MAX
#define BTT_BUCKETS	1025	/* of sizes in blocks; the last: more */
#define BTT_Q2D_BUCKETS	10
#define BTT_UNPLUG_BUCKETS	21

/* Rows of the tables of times, in no order that is printed. */
enum btt_avg {
	BTT_Q2Q_DM, BTT_Q2A_DM, BTT_Q2C_DM,
	BTT_Q2Q, BTT_Q2A, BTT_Q2G, BTT_S2G, BTT_G2I, BTT_Q2M, BTT_I2D,
	BTT_M2D, BTT_D2C, BTT_Q2C,
	BTT_AVG_MAX
};

struct btt_mean {
	uint64_t min, max, total;	/* ns, or blocks */
	int n;
};

struct btt_range {
	uint64_t start, end;
};

/* -d, and what is surely less as a whole number: btt compares doubles. */
struct btt_pause {
	double seconds;
	uint64_t less_ns;
};

struct btt_ranges {
	struct btt_range *list;
	size_t nr, cap;
};

/* Ranges of Q and of C activity. */
struct btt_region {
	struct btt_ranges q, c;
};

struct btt_proc {
	char *name;
	uint32_t pid;
	uint64_t last_q;
	struct btt_mean avgs[BTT_AVG_MAX];
	struct btt_region region;
};

/* A process id, and the process that is meant. */
struct btt_pid {
	uint32_t pid;
	uint32_t proc;		/* index + 1; 0 = an empty slot */
};

struct btt_procs {
	struct btt_proc **list;	/* in the order of their names at the end */
	size_t nr, cap;
	struct btt_pid *slots;	/* open addressing */
	size_t nr_slots, cap_slots;
};

struct btt_file {
	FILE *f;		/* NULL = not asked for */
	char *name;
};

struct btt_seek {
	struct tally distances;
	long long nr, last_start, last_end;
	double sectors;
	struct btt_file files[3];	/* reads, writes, all */
	struct btt_file rate;
	double rate_start, rate_last;
	unsigned long rate_nr;
};

struct btt_stat {
	uint64_t rqm[2], ios[2], sec[2], wait, svctm;	/* [1] = reads */
	double last_qu_change, last_dev_change, tot_qusz, idle_time;
	int cur_qusz, cur_dev;
};

/* Periods with a request at the device, as a stack: a period that overlaps
   older ones takes them in. */
struct btt_live {
	struct btt_range *list;
	size_t nr, cap;
	uint64_t nr_done, done_ns;	/* those that left the list */
};

struct btt_plat {
	struct btt_file file;
	long nr;
	double first, last, sum;
};

struct btt_rate {
	struct btt_file iops, mbps;
	unsigned long long ios, blocks;
	long long second;
};

struct btt_dev {
	uint32_t device;
	const char *mapped;	/* name of -M, or NULL */
	char name[256];		/* in names of files */
	uint32_t root;		/* of its Qs in struct btt.tree */
	bool is_culling;	/* no Q and no A yet */
	bool is_plugged;
	int nplugs, nplugs_t;
	uint64_t nios_up, nios_upt;
	uint64_t last_q, n_qs, n_ds;
	uint64_t n_act_q, t_act_q;
	uint64_t start_time, end_time;
	double last_plug, plugged_time;
	struct btt_mean avgs[BTT_AVG_MAX], blks;
	struct btt_region region;
	struct btt_seek d2d, q2q;
	struct btt_stat stat, all_stat;
	struct btt_live live;
	struct btt_plat q2d_plat, q2c_plat, d2c_plat;
	struct btt_rate rate;
	struct btt_file q2d, d2c, q2c, active, pit, blocks[3];
	int nr_active;
	int unplugs[BTT_UNPLUG_BUCKETS];
	unsigned long q2d_histo[BTT_Q2D_BUCKETS], nr_q2d;
};

/* A Q.  Its key in the tree is its first sector. */
struct btt_q {
	uint64_t time, g, i, m, d, s;
	uint64_t d_sector, end;
	uint32_t bytes, d_blocks;
	uint32_t dev, proc;	/* proc: index + 1 */
};

struct btt_map {
	char *name, *device;
};

struct btt {
	struct btt_options opts;
	FILE *avg, *dat, *msg, *xvg;	/* the first three may be the same */
	struct btt_file iostat, per_io;
	struct btt_dev **devs;
	size_t nr_devs, cap_devs;
	struct btt_procs procs;
	struct rb_pool tree;
	struct btt_q *qs;	/* beside tree.nodes */
	uint32_t cap_qs;
	uint32_t *found;	/* Qs of one D or C */
	size_t nr_found, cap_found;
	struct btt_mean avgs[BTT_AVG_MAX];
	struct btt_region region;
	struct btt_live live;
	struct btt_rate rate;
	struct btt_map *maps;
	size_t nr_maps, cap_maps;
	uint64_t last_q, last_time;
	uint64_t nr_events, nr_met;	/* nodes of the tree: BTT_MET_MAX */
	size_t shrink_at;	/* periods of live */
	struct btt_dev *last_dev;	/* of the event before, and ... */
	uint32_t last_pid, last_proc;	/* ... its process; 0 = none */
	struct btt_pause pause;
	uint64_t iostat_start, iostat_stamp;
	uint64_t q_histo[BTT_BUCKETS], d_histo[BTT_BUCKETS];
	struct err err;		/* the first failure; code 0 = none */
};

/* ---- numbers ------------------------------------------------------------- */

static inline double btt_seconds(uint64_t ns)
{
	return (double)(ns / 1000000000) + (double)(ns % 1000000000) / 1.0e9;
}

/* As above, rounded once: btt uses both. */
static inline double btt_to_sec(uint64_t ns)
{
	return (double)ns / 1.0e9;
}

static inline uint64_t btt_delta(uint64_t from, uint64_t to)
{
	return from < to ? to - from : 1;
}

/* md, dm and, by number, virtio-blk and others: btt's idea of a remapper. */
static inline bool btt_is_remapper(uint32_t device)
{
	unsigned int major = blk_major(device);

	return major == 9 || major == 253 || major == 254;
}

static inline bool btt_is_read(const struct blk_rec *rec)
{
	return blk_has(rec, BLK_TC_READ);
}

/* The device in a page: "(  8,  0)", "8,0", or its mapped name. */
#define BTT_DEV_TEXT	15
const char *btt_dev_text(const struct btt_dev *dev, bool has_parens,
			 char buf[BTT_DEV_TEXT]);

/* Calls @fn for each device of -D, or for all. */
void btt_each_dev(struct btt *b, void (*fn)(struct btt *b, struct btt_dev *dev,
					    void *arg), void *arg);

struct btt_dev *btt_find_dev(const struct btt *b, uint32_t device);
/* A device that was not there, with the names that -M gives it. */
struct btt_dev *btt_add_dev(struct btt *b, const struct blk_rec *rec);

/* ---- Qs ------------------------------------------------------------------ */

/* The Q that @sector is inside of, or NULL. */
struct btt_q *btt_q_at(const struct btt *b, const struct btt_dev *dev,
		       uint64_t sector);
/* Leaves the Qs inside of [start, end) in b->found, in btt's order: a node
   before what is below it.  Too much work ends in b->err. */
void btt_qs_inside(struct btt *b, const struct btt_dev *dev, uint64_t start,
		   uint64_t end);
/* The caller fills it. */
struct btt_q *btt_q_insert(struct btt *b, const struct blk_rec *rec,
			   struct btt_dev *dev);
/* -p: the life of a Q, which began at @sector and ended with @c. */
void btt_q_print(FILE *f, const struct blk_rec *c, const struct btt_q *q,
		 uint64_t sector);

/* ---- processes ----------------------------------------------------------- */

void btt_proc_add(struct btt_procs *procs, uint32_t pid, const char *name);
/* Index + 1; makes one by the number if there is none; 0 for pid -1. */
uint32_t btt_proc_of(struct btt_procs *procs, uint32_t pid);
void btt_procs_sort(struct btt_procs *procs);
/* Those of -e in its order, or all by name.  After btt_procs_sort. */
void btt_each_proc(struct btt *b, void (*fn)(struct btt *b,
					     struct btt_proc *proc, void *arg),
		   void *arg);
void btt_procs_release(struct btt_procs *procs);

/* ---- files --------------------------------------------------------------- */

/* Opens NAME for writing; a failure is kept in b->err. */
struct btt_file btt_open(struct btt *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Closes it; removed if it is empty and @keep is false. */
void btt_close(struct btt *b, struct btt_file *file, bool keep);

void btt_dev_open(struct btt *b, struct btt_dev *dev);
void btt_dev_close(struct btt *b, struct btt_dev *dev);
void btt_latency(struct btt_plat *plat, const struct btt_file *file,
		 double freq, uint64_t time, uint64_t latency);
void btt_active_issue(struct btt_dev *dev, uint64_t time);
void btt_active_complete(struct btt_dev *dev, uint64_t time);
void btt_blocks_add(struct btt_dev *dev, const struct blk_rec *rec);
void btt_rate_open(struct btt *b, struct btt_rate *rate, const char *name);
void btt_rate_add(struct btt_rate *rate, uint64_t time, uint32_t blocks);
void btt_rate_close(struct btt *b, struct btt_rate *rate);

/* ---- seeks --------------------------------------------------------------- */

void btt_seek_open(struct btt *b, struct btt_seek *s,
		   const struct btt_dev *dev, const char *kind, bool has_rate);
void btt_seek_add(struct btt_seek *s, const struct blk_rec *rec,
		  bool is_absolute);
void btt_seek_close(struct btt *b, struct btt_seek *s);

/*
 * The distances that came most often, in the order of btt's tree: children
 * before what is above them; or, of more than TALLY_HELD seeks, the smallest
 * BTT_MODES of them in ascending order.
 */
#define BTT_MODES	65536u

struct btt_modes {
	long long *list;	/* owned */
	size_t nr, cap;
	size_t nr_all;		/* also those that are not in the list */
	int count;		/* of each */
};

struct btt_seek_info {
	double mean;
	long long median;	/* what btt calls so */
	struct btt_modes modes;
};

/* 0, or -EIO when a temporary file cannot be read or written. */
int btt_seek_get(struct btt_seek *s, struct btt_seek_info *ret_info);

/* ---- active periods ------------------------------------------------------ */

void btt_live_add(struct btt_live *live, uint64_t d, uint64_t c);
/* Forgets the periods that nothing can reach that was issued at @oldest. */
void btt_live_shrink(struct btt_live *live, uint64_t oldest);

struct btt_live_info {
	unsigned long nr;
	double active, lull, percent;
};
struct btt_live_info btt_live_get(struct btt *b, const struct btt_dev *dev,
				  int base_y);
void btt_live_release(struct btt_live *live);

/* ---- iostat -------------------------------------------------------------- */

void btt_iostat_begin(struct btt *b);
void btt_iostat_time(struct btt *b, uint64_t time);
void btt_iostat_getrq(struct btt_dev *dev, uint64_t time);
void btt_iostat_merge(struct btt_dev *dev, bool is_read);
void btt_iostat_issue(struct btt_dev *dev, const struct blk_rec *rec);
void btt_iostat_complete(struct btt_dev *dev, const struct btt_q *q,
			 uint64_t time);
void btt_iostat_end(struct btt *b);

/* ---- pages --------------------------------------------------------------- */

void btt_avg_print(struct btt *b);
void btt_section(FILE *f, const char *title);
void btt_seeks_print(struct btt *b, bool is_q2q);
void btt_histo_print(struct btt *b);
void btt_range_print(struct btt *b);
void btt_range_add(struct btt_ranges *r, uint64_t time,
		   const struct btt_pause *pause);
void btt_region_release(struct btt_region *region);

#endif
