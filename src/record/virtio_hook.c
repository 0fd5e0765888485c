/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "src/base/xalloc.h"
#include "src/record/virtio_hook.h"

/* A function of drivers/virtio/virtio_ring.c: virtqueue_NAME(). */
struct function {
	const char *name;
	unsigned int nr_args;	/* that its program reads: at least so many */
	bool is_needed;		/* nothing would be seen without it */
};

static const struct function functions[] = {
	{ "add_sgs", 5, true },
	{ "add_outbuf", 4, false },
	{ "add_inbuf", 4, false },
	{ "add_inbuf_ctx", 4, false },	/* 5a08b04f6379, 4.12 */
	/* 6.13; add_inbuf_cache_clean is later still */
	{ "add_outbuf_premapped", 4, false },
	{ "add_inbuf_premapped", 4, false },
	{ "add_inbuf_cache_clean", 4, false },
	{ "kick_prepare", 1, false },
	{ "notify", 1, false },
	{ "kick", 1, false },
	{ "get_buf", 2, true },
	{ "get_buf_ctx", 2, false },
};

static_assert(ARRAY_SIZE(functions) == VIRTIO_NR_FUNCTIONS,
	      "one bit and one set of programs each");

static const char *const prefixes[] = {
	[VIRTIO_FEXIT] = "fexit",
	[VIRTIO_KPROBE] = "kprobe",
};

static_assert(ARRAY_SIZE(prefixes) == VIRTIO_WAY_MAX, "each way has a name");

/* The functions that @btf describes with as many arguments as we read. */
static uint32_t find_in_btf(const struct btf *btf)
{
	uint32_t found = 0;

	for (unsigned int i = 0; i < VIRTIO_NR_FUNCTIONS; i++) {
		const struct btf_type *t;
		char name[64];
		int id;

		(void)snprintf(name, sizeof(name), "virtqueue_%s",
			       functions[i].name);
		id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
		t = id < 0 ? NULL : btf__type_by_id(btf, (__u32)id);
		t = t ? btf__type_by_id(btf, t->type) : NULL;
		if (t && btf_vlen(t) >= functions[i].nr_args)
			found |= 1u << i;
	}
	return found;
}

static uint32_t find_fexit(void)
{
	struct btf *kernel = btf__load_vmlinux_btf(), *module;
	uint32_t found;

	if (!kernel)
		return 0;
	found = find_in_btf(kernel);
	module = btf__load_module_btf("virtio_ring", kernel);
	if (module)
		found |= find_in_btf(module);
	btf__free(module);
	btf__free(kernel);
	return found;
}

/* The names stand there also where the addresses are hidden. */
static uint32_t find_kprobe(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], name[128], type;
	uint32_t found = 0;

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %c virtqueue_%127s", &type, name) != 2 ||
		    (type != 'T' && type != 't'))
			continue;
		for (unsigned int i = 0; i < VIRTIO_NR_FUNCTIONS; i++)
			if (!strcmp(name, functions[i].name))
				found |= 1u << i;
	}
	(void)fclose(f);
	return found;
}

const char *virtio_hook_way_name(enum virtio_way way)
{
	return prefixes[way];
}

int virtio_hook_find(struct virtio_hook *ret, struct err *err)
{
	const char *only = getenv("IOTAPE_VIRTIO");
	struct virtio_hook hook = {
		.functions = {
			[VIRTIO_FEXIT] = find_fexit(),
			[VIRTIO_KPROBE] = find_kprobe(),
		},
	};

	for (unsigned int i = 0; only && i < VIRTIO_WAY_MAX; i++)
		if (strcmp(only, prefixes[i]) != 0)
			hook.functions[i] = 0;
	*ret = hook;
	if (virtio_hook_has(&hook, VIRTIO_FEXIT) ||
	    virtio_hook_has(&hook, VIRTIO_KPROBE))
		return 0;
	return err_set(err, -ENOTSUP,
		       "virtio: this kernel has no virtqueue functions; is the"
		       " module virtio_ring loaded?");
}

bool virtio_hook_has(const struct virtio_hook *hook, enum virtio_way way)
{
	for (unsigned int i = 0; i < VIRTIO_NR_FUNCTIONS; i++)
		if (functions[i].is_needed &&
		    !(hook->functions[way] & 1u << i))
			return false;
	return true;
}

static struct bpf_program *find(const struct bpf_object *obj,
				const char *prefix, unsigned int i)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s_%s", prefix,
		       functions[i].name);
	return bpf_object__find_program_by_name(obj, name);
}

void virtio_hook_select(struct virtio_hook *hook, const struct bpf_object *obj,
			enum virtio_way way)
{
	hook->way = way;
	for (unsigned int i = 0; i < VIRTIO_NR_FUNCTIONS; i++) {
		bool has = hook->functions[way] & 1u << i;
		bool is_fexit = way == VIRTIO_FEXIT;

		(void)bpf_program__set_autoload(find(obj, "fexit", i),
						has && is_fexit);
		(void)bpf_program__set_autoload(find(obj, "kprobe", i),
						has && !is_fexit);
		(void)bpf_program__set_autoload(find(obj, "kretprobe", i),
						has && !is_fexit);
	}
}

/* The end of a function, and for kprobes its beginning. */
static unsigned int nr_programs(const struct virtio_hook *hook)
{
	return hook->way == VIRTIO_FEXIT ? 1 : 2;
}

static struct bpf_program *program_of(const struct virtio_hook *hook,
				      const struct bpf_object *obj,
				      unsigned int i, unsigned int begin)
{
	if (hook->way == VIRTIO_FEXIT)
		return find(obj, "fexit", i);
	return find(obj, begin ? "kprobe" : "kretprobe", i);
}

/*
 * The part of struct bpf_link_info about a kprobe, include/uapi/linux/bpf.h of
 * v6.7 (3acf8ace6823); older kernels leave "missed" as it is.
 */
struct kprobe_link_info {
	uint32_t type;
	uint32_t id;
	uint32_t prog_id;
	uint32_t unused;
	uint32_t event;
	uint32_t unused_2;
	uint64_t func_name;
	uint32_t name_len;
	uint32_t offset;
	uint64_t addr;
	uint64_t missed;
};

#define EVENT_KPROBE	3	/* BPF_PERF_EVENT_KPROBE */
#define EVENT_KRETPROBE	4

static uint64_t misses_of_link(const struct bpf_link *link)
{
	union {
		struct bpf_link_info info;
		struct kprobe_link_info kprobe;
		char room[256];
	} u = { .room = { 0 } };
	uint32_t len = sizeof(u);

	if (!link || bpf_obj_get_info_by_fd(bpf_link__fd(link), &u, &len) ||
	    u.info.type != BPF_LINK_TYPE_PERF_EVENT ||
	    (u.kprobe.event != EVENT_KPROBE &&
	     u.kprobe.event != EVENT_KRETPROBE))
		return 0;
	return u.kprobe.missed;
}

static uint64_t misses_of(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_program__fd(program) < 0 ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len))
		return 0;
	return info.recursion_misses;
}

/* An interrupt makes a kprobe miss a call's beginning and its end, as a rule:
 * the larger number of both. */
static uint64_t misses_of_function(const struct virtio_hook *hook,
				   const struct bpf_object *obj,
				   unsigned int i)
{
	uint64_t most = 0;

	for (unsigned int end = 0; end < nr_programs(hook); end++) {
		size_t link = (size_t)2 * i + end;
		uint64_t n = misses_of(program_of(hook, obj, i, end)) +
			     hook->missed[link] +
			     misses_of_link(hook->links[link]);

		most = n > most ? n : most;
	}
	return most;
}

static uint64_t count_misses(const struct virtio_hook *hook,
			     const struct bpf_object *obj)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < VIRTIO_NR_FUNCTIONS; i++)
		if (hook->functions[hook->way] & 1u << i)
			n += misses_of_function(hook, obj, i);
	return n - hook->missed_before;
}

static int attach_one(struct virtio_hook *hook, const struct bpf_object *obj,
		      unsigned int i)
{
	struct bpf_link **links = &hook->links[(size_t)2 * i];

	/* The return first: a call that only its end is seen of is nothing. */
	for (unsigned int end = 0; end < nr_programs(hook); end++) {
		links[end] = bpf_program__attach(program_of(hook, obj, i, end));
		if (!links[end])
			return -errno;
	}
	return 0;
}

int virtio_hook_attach(struct virtio_hook *hook, const struct bpf_object *obj,
		       struct err *err)
{
	/* get_buf before add: a buffer whose return nobody sees would seem to
	 * be in the queue for ever. */
	for (unsigned int i = VIRTIO_NR_FUNCTIONS; i--;) {
		int r;

		if (!(hook->functions[hook->way] & 1u << i))
			continue;
		r = attach_one(hook, obj, i);
		if (r && functions[i].is_needed) {
			virtio_hook_detach(hook);
			return err_set_errno(err, r, "%s of virtqueue_%s",
					     prefixes[hook->way],
					     functions[i].name);
		}
	}
	memset(hook->missed, 0, sizeof(hook->missed));
	hook->missed_before = 0;
	hook->missed_before = count_misses(hook, obj);
	return 0;
}

void virtio_hook_detach(struct virtio_hook *hook)
{
	/* The beginnings first, so that none stays without its end. */
	for (unsigned int end = 2; end--;)
		for (size_t i = end; i < ARRAY_SIZE(hook->links); i += 2) {
			if (!hook->links[i])
				continue;
			hook->missed[i] = misses_of_link(hook->links[i]);
			(void)bpf_link__destroy(hook->links[i]);
			hook->links[i] = NULL;
		}
}

int virtio_hook_explain(const struct err *why, struct err *err)
{
	return err_set(err, -ENOTSUP,
		       "virtio: this kernel takes neither fexit programs nor"
		       " kprobes on its virtqueue functions%s%s%s",
		       why && why->code ? " (" : "",
		       why && why->code ? why->text : "",
		       why && why->code ? ")" : "");
}

/* A counter of the programs: an element of their map "virtio_lost". */
static uint64_t read_lost(const struct bpf_object *obj, enum virtio_lost why,
			  unsigned int nr_cpus)
{
	const struct bpf_map *map =
		bpf_object__find_map_by_name(obj, "virtio_lost");
	uint64_t *lost = xcalloc(nr_cpus, sizeof(*lost)), n = 0;
	uint32_t key = why;

	if (!bpf_map_lookup_elem(bpf_map__fd(map), &key, lost))
		for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
			n += lost[cpu];
	free(lost);
	return n;
}

uint64_t virtio_hook_lost(const struct virtio_hook *hook,
			  const struct bpf_object *obj, unsigned int nr_cpus)
{
	uint64_t ours = read_lost(obj, VIRTIO_LOST_RETURN, nr_cpus);
	uint64_t theirs = count_misses(hook, obj);

	/* What the programs find out is among what the kernel counts. */
	return read_lost(obj, VIRTIO_LOST_ROOM, nr_cpus) +
	       (ours > theirs ? ours : theirs);
}

void virtio_hook_configure(const struct virtio_options *opts,
			   struct virtio_cfg *ret)
{
	*ret = (struct virtio_cfg){
		.nr_drivers = (uint32_t)opts->nr_drivers,
		.has_device = opts->has_device,
		.device = opts->device,
		.has_latency = opts->has_latency,
	};
	/* Without random bytes the addresses are mixed all the same. */
	(void)!getrandom(&ret->key, sizeof(ret->key), GRND_NONBLOCK);
	for (size_t i = 0; i < opts->nr_drivers && i < VIRTIO_NR_DRIVERS; i++)
		(void)snprintf(ret->drivers[i], VIRTIO_NAME_SIZE, "%s",
			       opts->drivers[i]);
}
