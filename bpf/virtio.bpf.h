/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtqueues: what the drivers of a guest put into them, and what comes back.
 *
 * The kernel has no tracepoints there, so these are programs on functions of
 * drivers/virtio/virtio_ring.c, run when they return: fexit, or a kprobe and a
 * kretprobe.  A file that includes this has handlers, one for each kind of
 * event, and the programs below call them:
 *
 *	static void on_add(const struct virtio_add *add);
 *	static void on_kick(struct queue_state *q, bool is_needed);
 *	static void on_notify(struct queue_state *q, bool is_ok);
 *	static void on_get(struct queue_state *q, __u64 token, __u32 len);
 *
 * Drivers serialize the calls of one queue, virtqueue_notify() excepted.
 */
#ifndef BPF_VIRTIO_BPF_H
#define BPF_VIRTIO_BPF_H

#include <asm/ptrace.h>
#include <bpf/bpf_tracing.h>

#include "bpf/kernel.h"
#include "bpf/cfg.h"

#define VIRTIO_ID_BLOCK	2	/* linux/virtio_ids.h */

/* include/linux/scatterlist.h: the low bits of page_link. */
#define SG_CHAIN	1ul
#define SG_END		2ul

struct virtio_device_id {
	__u32 device;
} __kernel_type;

struct virtio_device {
	int index;
	struct device dev;
	struct virtio_device_id id;
} __kernel_type;

struct virtqueue {
	const char *name;
	struct virtio_device *vdev;
	unsigned int index;
} __kernel_type;

struct scatterlist {
	unsigned long page_link;
	unsigned int length;
} __kernel_type;

/* Written by user space before the programs are loaded. */
const volatile struct virtio_cfg virtio_cfg = {};

/* Tells a queue from another one that came to its address later. */
struct queue_id {
	__u64 name;		/* addresses */
	__u64 driver;
	__u32 device;
	__u32 queue;
};

struct queue_state {
	struct queue_id id;
	struct ring_virtio_queue about;
	__u64 queue;		/* address of the struct virtqueue */
	__s64 in_flight;	/* buffers whose add was seen */
	__u8 is_wanted;
	__u8 is_described;	/* the recording says what it is */
	__u8 needs_notify;	/* kick_prepare said so, and nobody did yet */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct queue_state);
} queues SEC(".maps");

/* Arguments of the functions that kprobes saw beginning; by stack pointer,
 * since interrupts nest on the stack of what they interrupt. */
struct virtio_call {
	__u64 function;		/* where it is */
	__u64 args[5];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct virtio_call);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VIRTIO_LOST_MAX);
	__type(key, __u32);
	__type(value, __u64);
} virtio_lost SEC(".maps");

/* What one direction of a buffer has. */
struct virtio_sum {
	__u64 bytes;
	__u32 entries;		/* of the scatterlists */
	__u32 is_cut;		/* longer than VIRTIO_WALK_MAX */
};

struct virtio_add {
	struct queue_state *q;
	__u64 token;		/* what virtqueue_get_buf() will return */
	__u32 out_sgs;		/* lists */
	__u32 in_sgs;
	struct virtio_sum out;
	struct virtio_sum in;
	bool is_ok;		/* false: the queue was full, or worse */
};

static void on_add(const struct virtio_add *add);
static void on_kick(struct queue_state *q, bool is_needed);
static void on_notify(struct queue_state *q, bool is_ok);
static void on_get(struct queue_state *q, __u64 token, __u32 len);

static __always_inline void virtio_count_lost(enum virtio_lost why)
{
	__u32 key = why;
	__u64 *n = bpf_map_lookup_elem(&virtio_lost, &key);

	if (n)
		count_up(n);
}

static __always_inline bool is_same_name(const char *a,
					 const volatile char *b)
{
	for (int i = 0; i < VIRTIO_NAME_SIZE; i++) {
		if (a[i] != b[i])
			return false;
		if (!a[i])
			return true;
	}
	return true;
}

static __always_inline bool queue_is_wanted(const struct ring_virtio_queue *q)
{
	if (virtio_cfg.has_device && q->device != virtio_cfg.device)
		return false;
	if (!virtio_cfg.nr_drivers)
		return true;
	for (__u32 i = 0; i < VIRTIO_NR_DRIVERS; i++)
		if (i < virtio_cfg.nr_drivers &&
		    is_same_name(q->driver, virtio_cfg.drivers[i]))
			return true;
	return false;
}

/* A queue that was not seen before.  Not inline: a large frame. */
static __noinline int queue_add(__u64 queue, const struct queue_id *id)
{
	struct virtqueue *vq = (void *)queue;
	struct queue_state q = { .id = *id, .queue = queue };

	q.about.device = id->device;
	q.about.queue = id->queue;
	q.about.type = BPF_CORE_READ(vq, vdev, id.device);
	(void)bpf_probe_read_kernel_str(q.about.driver, VIRTIO_NAME_SIZE,
					(void *)BPF_CORE_READ(vq, vdev,
							      dev.driver,
							      name));
	(void)bpf_probe_read_kernel_str(q.about.name, VIRTIO_NAME_SIZE,
					(void *)id->name);
	q.is_wanted = queue_is_wanted(&q.about);
	return bpf_map_update_elem(&queues, &queue, &q, BPF_ANY) != 0;
}

/* The state of a queue, or NULL if it is not wanted. */
static __always_inline struct queue_state *queue_find(__u64 queue)
{
	struct virtqueue *vq = (void *)queue;
	struct virtio_device *vdev = BPF_CORE_READ(vq, vdev);
	struct queue_id id = {
		.name = (__u64)BPF_CORE_READ(vq, name),
		.driver = (__u64)BPF_CORE_READ(vdev, dev.driver),
		.device = BPF_CORE_READ(vdev, index),
		.queue = BPF_CORE_READ(vq, index),
	};
	struct queue_state *q = bpf_map_lookup_elem(&queues, &queue);

	if (!q || q->id.name != id.name || q->id.driver != id.driver ||
	    q->id.device != id.device || q->id.queue != id.queue) {
		(void)queue_add(queue, &id);
		q = bpf_map_lookup_elem(&queues, &queue);
		if (!q)
			virtio_count_lost(VIRTIO_LOST_ROOM);
	}
	return q && q->is_wanted ? q : NULL;
}

/* Where virtio_walk is, and what it has found. */
struct virtio_steps {
	__u64 sg;		/* the next entry; 0 = the list is over */
	__u64 lists;		/* where the next list is pointed to */
	__u64 end;		/* of that array */
	__u64 bytes;
	__u64 entries;
};

static long virtio_step(__u32 i, struct virtio_steps *w)
{
	struct scatterlist *p = (void *)w->sg;
	unsigned long link;

	(void)i;
	if (!w->sg) {
		if (w->lists == w->end)
			return 1;
		if (bpf_probe_read_kernel(&w->sg, sizeof(w->sg),
					  (void *)w->lists))
			w->sg = 0;
		w->lists += sizeof(w->sg);
		return 0;
	}
	link = BPF_CORE_READ(p, page_link);
	if (link & SG_CHAIN) {
		w->sg = link & ~(SG_CHAIN | SG_END);
		return 0;
	}
	w->bytes += BPF_CORE_READ(p, length);
	w->entries++;
	w->sg += bpf_core_type_size(struct scatterlist);
	if (link & SG_END)
		w->sg = 0;
	return 0;
}

/*
 * Adds up the list that begins at @sg, then those that the array from @lists
 * to @end points to.  A function of its own for the verifier, which looks at
 * it once for each program, and at the step once where there is bpf_loop.
 */
__noinline int virtio_walk(struct virtio_sum *sum, __u64 sg, __u64 lists,
			   __u64 end)
{
	struct virtio_steps w = { .sg = sg, .lists = lists, .end = end };

	if (!sum)
		return 0;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		(void)bpf_loop(VIRTIO_WALK_MAX, virtio_step, &w, 0);
	} else {
		for (int i = 0; i < VIRTIO_WALK_MAX; i++)
			if (virtio_step(i, &w))
				break;
	}
	sum->bytes = w.bytes;
	sum->entries = w.entries;
	sum->is_cut = w.sg || w.lists != w.end;
	return 0;
}

/* (vq, sgs[], out_sgs, in_sgs, data, gfp): 0 or a negative errno. */
static __always_inline int after_add_sgs(const __u64 *args, __u64 ret)
{
	struct virtio_add add = {
		.q = queue_find(args[0]),
		.token = args[4],
		.out_sgs = (__u32)args[2],
		.in_sgs = (__u32)args[3],
		.is_ok = !(__u32)ret,
	};
	__u64 middle = args[1] + add.out_sgs * sizeof(void *);

	if (!add.q)
		return 0;
	(void)virtio_walk(&add.out, 0, args[1], middle);
	(void)virtio_walk(&add.in, 0, middle,
			  middle + add.in_sgs * sizeof(void *));
	on_add(&add);
	return 0;
}

/* (vq, sg, num, data, ...): one list, for one direction. */
static __always_inline int after_add_out(const __u64 *args, __u64 ret)
{
	struct virtio_add add = {
		.q = queue_find(args[0]),
		.token = args[3],
		.out_sgs = 1,
		.is_ok = !(__u32)ret,
	};

	if (!add.q)
		return 0;
	(void)virtio_walk(&add.out, args[1], 0, 0);
	on_add(&add);
	return 0;
}

static __always_inline int after_add_in(const __u64 *args, __u64 ret)
{
	struct virtio_add add = {
		.q = queue_find(args[0]),
		.token = args[3],
		.in_sgs = 1,
		.is_ok = !(__u32)ret,
	};

	if (!add.q)
		return 0;
	(void)virtio_walk(&add.in, args[1], 0, 0);
	on_add(&add);
	return 0;
}

/* (vq): whether the device wants to be notified. */
static __always_inline int after_kick_prepare(const __u64 *args, __u64 ret)
{
	struct queue_state *q = queue_find(args[0]);

	if (!q)
		return 0;
	q->needs_notify = (__u8)ret != 0;
	on_kick(q, (__u8)ret);
	return 0;
}

/* (vq): false when the device is broken. */
static __always_inline int after_notify(const __u64 *args, __u64 ret)
{
	struct queue_state *q = queue_find(args[0]);

	if (!q)
		return 0;
	q->needs_notify = 0;
	on_notify(q, (__u8)ret);
	return 0;
}

/* (vq).  Compilers put virtqueue_notify() into virtqueue_kick(): then this is
 * the only place to see it. */
static __always_inline int after_kick(const __u64 *args, __u64 ret)
{
	struct queue_state *q = queue_find(args[0]);

	if (!q || !q->needs_notify)
		return 0;
	q->needs_notify = 0;
	on_notify(q, (__u8)ret);
	return 0;
}

/* (vq, len, ...): the token, or NULL.  virtqueue_get_buf() has the body of
 * virtqueue_get_buf_ctx() in it, so that one call is seen once. */
static __always_inline int after_get_buf(const __u64 *args, __u64 ret)
{
	struct queue_state *q;
	__u32 len = 0;

	if (!ret)
		return 0;
	q = queue_find(args[0]);
	if (!q)
		return 0;
	(void)bpf_probe_read_kernel(&len, sizeof(len), (void *)args[1]);
	on_get(q, ret, len);
	return 0;
}

static __always_inline int call_begin(struct pt_regs *ctx)
{
	__u64 sp = PT_REGS_SP(ctx);
	const struct virtio_call *last = bpf_map_lookup_elem(&calls, &sp);
	struct virtio_call call = {
		.function = PT_REGS_IP(ctx),
		.args = {
			PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			PT_REGS_PARM3(ctx), PT_REGS_PARM4(ctx),
			PT_REGS_PARM5(ctx),
		},
	};

	/* Another function may have jumped here: a call at its end. */
	if (last && last->function == call.function)
		virtio_count_lost(VIRTIO_LOST_RETURN);
	if (bpf_map_update_elem(&calls, &sp, &call, BPF_ANY))
		virtio_count_lost(VIRTIO_LOST_ROOM);
	return 0;
}

/* What call_begin kept, or false: the function began before us. */
static __always_inline bool call_end(struct pt_regs *ctx, __u64 *ret_args)
{
	__u64 sp = PT_REGS_SP(ctx);
	struct virtio_call *call;

#ifdef __TARGET_ARCH_x86
	sp -= sizeof(long);	/* the return address was there */
#endif
	call = bpf_map_lookup_elem(&calls, &sp);
	if (!call)
		return false;
	__builtin_memcpy(ret_args, call->args, sizeof(call->args));
	(void)bpf_map_delete_elem(&calls, &sp);
	return true;
}

/*
 * Arguments by helper: the verifier of 6.1 takes no pointer to a pointer as
 * an argument of a program, and the rest are plain numbers then.
 */
#define ARG(i)	((void)((i) < NR_ARGS_ && bpf_get_func_arg(ctx, i, &args[i])))

#define VIRTIO_FUNCTION(name, nr_, handler)				\
SEC("fexit/virtqueue_" #name)						\
int fexit_##name(__u64 *ctx)						\
{									\
	enum { NR_ARGS_ = (nr_) };					\
	__u64 args[5] = {}, ret = 0;					\
									\
	ARG(0); ARG(1); ARG(2); ARG(3); ARG(4);				\
	(void)bpf_get_func_ret(ctx, &ret);				\
	return handler(args, ret);					\
}									\
									\
SEC("kprobe/virtqueue_" #name)						\
int kprobe_##name(struct pt_regs *ctx)					\
{									\
	return call_begin(ctx);						\
}									\
									\
SEC("kretprobe/virtqueue_" #name)					\
int kretprobe_##name(struct pt_regs *ctx)				\
{									\
	__u64 args[5];							\
									\
	if (!call_end(ctx, args))					\
		return 0;						\
	return handler(args, PT_REGS_RC(ctx));				\
}

/* Rows: src/record/virtio.c. */
VIRTIO_FUNCTION(add_sgs, 5, after_add_sgs)
VIRTIO_FUNCTION(add_outbuf, 4, after_add_out)
VIRTIO_FUNCTION(add_inbuf, 4, after_add_in)
VIRTIO_FUNCTION(add_inbuf_ctx, 4, after_add_in)
VIRTIO_FUNCTION(add_outbuf_premapped, 4, after_add_out)
VIRTIO_FUNCTION(add_inbuf_premapped, 4, after_add_in)
VIRTIO_FUNCTION(add_inbuf_cache_clean, 4, after_add_in)
VIRTIO_FUNCTION(kick_prepare, 1, after_kick_prepare)
VIRTIO_FUNCTION(notify, 1, after_notify)
VIRTIO_FUNCTION(kick, 1, after_kick)
VIRTIO_FUNCTION(get_buf, 2, after_get_buf)
VIRTIO_FUNCTION(get_buf_ctx, 2, after_get_buf)

char LICENSE[] SEC("license") = "GPL";

#endif
