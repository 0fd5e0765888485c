/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "formats/blk_abi.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/cgroups.h"
#include "src/record/doctor.h"
#include "src/record/kvm.h"
#include "src/record/rights.h"
#include "src/record/session.h"

/* No disk has this number: the programs run, and nothing is recorded. */
#define NO_DISK		UINT32_MAX

/* A function of every kernel that can be traced, for a try. */
#define TRIAL_FUNCTION	"vfs_fsync_range"

#define DEFAULT_RING	(UINT64_C(8) << 20)	/* bytes for each CPU */

static void finding_set(struct doctor_finding *f, enum doctor_state state,
			const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void finding_set(struct doctor_finding *f, enum doctor_state state,
			const char *fmt, ...)
{
	va_list ap;

	f->state = state;
	va_start(ap, fmt);
	(void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

static void advise(struct doctor_finding *f, const char *text)
{
	(void)snprintf(f->advice, sizeof(f->advice), "%s", text);
}

/* The first line of the file, or false; DIR/NAME. */
static bool read_line(const char *dir, const char *name, char *ret,
		      size_t size)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", dir, name);
	_cleanup_(fclosep) FILE *f = fopen(path, "re");

	if (!f || !fgets(ret, (int)size, f))
		return false;
	ret[strcspn(ret, "\n")] = '\0';
	return true;
}

/* The value behind "KEY" at the start of a line of DIR/NAME. */
static bool read_key(const char *dir, const char *name, const char *key,
		     const char *format, uint64_t *ret)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", dir, name);
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			return sscanf(line + strlen(key), format, ret) == 1;
	return false;
}

/* 0 if DIR/NAME is there, else an errno.  Not access(): that asks for the real
 * user, without the capabilities that record would have. */
static int reach(const char *dir, const char *name)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", dir, name);
	struct stat st;

	return stat(path, &st) ? errno : 0;
}

static bool has_file(const char *dir, const char *name)
{
	return !reach(dir, name);
}

static bool is_shut(int error)
{
	return error == EACCES || error == EPERM;
}

static bool has_rights(const struct doctor_env *env, uint64_t wanted)
{
	uint64_t caps = 0;

	return read_key(env->proc, "self/status", "CapEff:", "%" SCNx64,
			&caps) && (caps & wanted) == wanted;
}

/* As bpf_capable() and perfmon_capable(), include/linux/capability.h, v6.18. */
static bool may_trace(const struct doctor_env *env)
{
	return has_rights(env, RIGHTS_SYS_ADMIN) ||
	       has_rights(env, RIGHTS_BPF | RIGHTS_PERFMON);
}

static unsigned int count_entries(const char *root, const char *name)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", root, name);
	DIR *d = opendir(path);
	const struct dirent *e;
	unsigned int n = 0;

	while (d && (e = readdir(d)))
		n += *e->d_name != '.';
	if (d)
		(void)closedir(d);
	return n;
}

/* ---- what can be recorded: tried --------------------------------------- */

/* Loads and attaches for a moment. */
static int try_session(uint32_t device, uint32_t kvm, unsigned int version,
		       uint32_t *ret_kvm, struct err *ret_why, struct err *err)
{
	const struct session_disk disk = { .device = device };
	const struct session_options opts = {
		.disks = &disk,
		.nr_disks = 1,
		.kvm = kvm,
		.act_mask = BLK_TC_ALL_V7,
		.version = version,
		.ring_size = 4096,
	};
	struct session *s = NULL;
	int r = session_open(&opts, &s, err);

	if (!r)
		r = session_attach(s, err);
	if (!r && ret_kvm)
		*ret_kvm = session_kvm(s, ret_why);
	session_free(s);
	return r;
}

static void check_block(const struct doctor_env *env, struct doctor_finding *f)
{
	struct err err = { 0 };

	(void)env;
	if (try_session(NO_DISK, 0, BLK_IO_TRACE2_VERSION, NULL, NULL, &err))
		finding_set(f, DOCTOR_NO, "%s", err.text);
	else
		finding_set(f, DOCTOR_YES,
			    "the programs load and attach; no debugfs is"
			    " needed");
	if (f->state == DOCTOR_NO)
		advise(f, "the lines below say which of BTF, rights and"
		       " lockdown is in the way");
}

#define TRACEFS		"kernel/tracing/events"

/* What helps where tracefs cannot be read, and @what for; false: it can. */
static bool advise_tracefs(const struct doctor_env *env,
			   struct doctor_finding *f, const char *what)
{
	int error = reach(env->sys, TRACEFS);

	if (error)
		(void)snprintf(f->advice, sizeof(f->advice), "%s%s",
			       is_shut(error) ?
			       "tracefs is root's: root, or"
			       " CAP_DAC_READ_SEARCH, may read it" :
			       "mount -t tracefs tracefs /sys/kernel/tracing",
			       what);
	return error != 0;
}

static void check_kvm(const struct doctor_env *env, struct doctor_finding *f)
{
	struct err err = { 0 }, why = { 0 };
	uint32_t got = 0;
	bool is_loaded = has_file(env->sys, "module/kvm");

	if (try_session(RING_DEVICE_KVM, KVM_ALL, BLK_IO_TRACE_VERSION, &got,
			&why, &err)) {
		finding_set(f, DOCTOR_NO, "%s", err.text);
		advise(f, is_loaded ?
		       "KVM's programs lie in a module on most kernels: they"
		       " need CAP_SYS_ADMIN beside CAP_BPF and CAP_PERFMON" :
		       "load the module: modprobe kvm_intel, or kvm_amd");
		return;
	}
	finding_set(f, got == KVM_ALL ? DOCTOR_YES : DOCTOR_PART,
		    "%d of %d tracepoints%s%s", __builtin_popcount(got),
		    KVM_EV_MAX, *why.text ? ": " : "", why.text);
	if (got != KVM_ALL &&
	    advise_tracefs(env, f, ": the missing tracepoint's prototype hides"
			   " a field"))
		return;
	if (!has_file("/dev", "kvm"))
		advise(f, "there is no /dev/kvm: no VM can run here");
}

static void check_virtio(const struct doctor_env *env,
			 struct doctor_finding *f)
{
	static const struct session_disk disk = {
		.device = RING_DEVICE_VIRTIO,
	};
	static const struct virtio_options all = { 0 };
	static const struct session_options opts = {
		.disks = &disk,
		.nr_disks = 1,
		.virtio = &all,
		.version = BLK_IO_TRACE_VERSION,
		.ring_size = 4096,
	};
	unsigned int n = count_entries(env->sys, "bus/virtio/devices");
	struct session *s = NULL;
	struct err err = { 0 };

	/* Opening attaches for a moment, to find the way. */
	if (!session_open(&opts, &s, &err)) {
		finding_set(f, DOCTOR_YES, "%u devices, through %s", n,
			    session_virtio_way(s));
		session_free(s);
		return;
	}
	finding_set(f, DOCTOR_NO, "%u devices; %s", n, err.text);
	if (!n)
		advise(f, "only a guest has virtio devices: nothing is missing"
		       " on other machines");
	else if (!has_rights(env, RIGHTS_SYS_ADMIN))
		advise(f, "needs CAP_SYS_ADMIN: the types of virtio lie in"
		       " modules");
	else
		advise(f, "virtio has no tracepoints: a kernel where fentry or"
		       " kprobes below says yes");
}

static void check_cgroup(const struct doctor_env *env,
			 struct doctor_finding *f)
{
	struct cgroups cg;

	(void)env;
	cgroups_open(&cg);
	if (*cg.mount)
		finding_set(f, DOCTOR_YES, "%s of the hierarchy at %s",
			    *cg.controller ? "cgroups v1, " : "cgroups v2,",
			    cg.mount);
	else
		finding_set(f, DOCTOR_NO, "no cgroup hierarchy with block I/O"
			    " is mounted: cgroups are recorded by number,"
			    " without a path");
	if (*cg.controller)
		finding_set(f, DOCTOR_YES, "those of the v1 controller %s at"
			    " %s", cg.controller, cg.mount);
	cgroups_close(&cg);
}

/* ---- what it rests on -------------------------------------------------- */

static void check_btf(const struct doctor_env *env, struct doctor_finding *f)
{
	_cleanup_(freep) char *path =
		xasprintf("%s/kernel/btf/vmlinux", env->sys);
	struct btf *btf = btf__parse(path, NULL);

	if (btf) {
		finding_set(f, DOCTOR_YES, "%s: %u types", path,
			    btf__type_cnt(btf));
		btf__free(btf);
		return;
	}
	finding_set(f, DOCTOR_NO, "%s: %s", path, strerror(errno));
	advise(f, "a kernel with CONFIG_DEBUG_INFO_BTF; in a container: let"
	       " it see /sys/kernel/btf");
}

static void check_rights(const struct doctor_env *env,
			 struct doctor_finding *f)
{
	uint64_t caps = 0, unprivileged = 0;
	char line[64];

	if (!read_key(env->proc, "self/status", "CapEff:", "%" SCNx64,
		      &caps)) {
		finding_set(f, DOCTOR_INFO, "%s/self/status cannot be read",
			    env->proc);
		return;
	}
	if (read_line(env->proc, "sys/kernel/unprivileged_bpf_disabled", line,
		      sizeof(line)))
		unprivileged = *line == '0';
	if (caps & RIGHTS_SYS_ADMIN) {
		finding_set(f, DOCTOR_YES, "CAP_SYS_ADMIN, which has all that"
			    " is needed");
	} else if (caps & RIGHTS_BPF && caps & RIGHTS_PERFMON) {
		finding_set(f, DOCTOR_PART, "CAP_BPF and CAP_PERFMON: block"
			    " events, but nothing that lies in a module");
		advise(f, "KVM and virtio need CAP_SYS_ADMIN, since the BTF of"
		       " modules does");
	} else {
		finding_set(f, DOCTOR_NO, "neither CAP_SYS_ADMIN nor CAP_BPF"
			    " with CAP_PERFMON%s", unprivileged ?
			    " (unprivileged BPF is on, but cannot trace)" : "");
		advise(f, "run as root, or: setcap cap_bpf,cap_perfmon+ep"
		       " iotape; or use the systemd unit");
	}
}

static void check_lockdown(const struct doctor_env *env,
			   struct doctor_finding *f)
{
	char line[128], *mode, *end;

	if (!read_line(env->sys, "kernel/security/lockdown", line,
		       sizeof(line))) {
		finding_set(f, DOCTOR_INFO, "unknown: securityfs is not mounted"
			    " at /sys/kernel/security, or the kernel has no"
			    " lockdown");
		return;
	}
	mode = strchr(line, '[');
	end = mode ? strchr(mode, ']') : NULL;
	if (!end) {
		finding_set(f, DOCTOR_INFO, "unknown: \"%s\"", line);
		return;
	}
	*end = '\0';
	mode++;
	if (strcmp(mode, "confidentiality") != 0) {
		finding_set(f, DOCTOR_YES, "%s%s", mode,
			    !strcmp(mode, "integrity") ?
			    ": blktrace cannot run, iotape can" : "");
		return;
	}
	finding_set(f, DOCTOR_NO, "%s: no program may read the kernel's"
		    " memory", mode);
	advise(f, "boot with lockdown=integrity, or without it");
}

/* Two instructions: r0 = 0; exit. */
static int load_trial(int *ret_error)
{
	static const struct bpf_insn insns[] = {
		{ .code = 0xb7 },
		{ .code = 0x95 },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = BPF_TRACE_FENTRY);
	int id = libbpf_find_vmlinux_btf_id(TRIAL_FUNCTION, BPF_TRACE_FENTRY);
	int fd;

	if (id <= 0) {
		*ret_error = id ? -id : ENOENT;
		return -1;
	}
	opts.attach_btf_id = (__u32)id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "iotape_trial", "GPL", insns,
			   ARRAY_SIZE(insns), &opts);
	*ret_error = errno;
	return fd;
}

static void check_fentry(const struct doctor_env *env,
			 struct doctor_finding *f)
{
	int error = 0;
	_cleanup_(closep) int prog = load_trial(&error);
	_cleanup_(closep) int link = -1;

	if (prog >= 0) {
		link = bpf_link_create(prog, 0, BPF_TRACE_FENTRY, NULL);
		error = errno;
	}
	if (link >= 0) {
		finding_set(f, DOCTOR_YES, "functions of the kernel can be"
			    " traced");
		return;
	}
	finding_set(f, DOCTOR_NO, "%s: %s", TRIAL_FUNCTION, strerror(error));
	advise(f, may_trace(env) ?
	       "needs CONFIG_FUNCTION_TRACER with direct calls; only virtio"
	       " uses it" : "this can be tried with CAP_SYS_ADMIN only, or"
	       " CAP_BPF and CAP_PERFMON");
}

static void check_kprobe(const struct doctor_env *env,
			 struct doctor_finding *f)
{
	if (has_file(env->sys, "bus/event_source/devices/kprobe/type")) {
		finding_set(f, DOCTOR_YES, "the kernel has kprobes");
		return;
	}
	finding_set(f, DOCTOR_NO, "the kernel has none, or does not show"
		    " them");
	advise(f, "CONFIG_KPROBE_EVENTS; only virtio uses it, where fentry is"
	       " missing");
}

static const char *presence(int error)
{
	if (!error)
		return "is there";
	return is_shut(error) ? "is not for this user" : "is not mounted";
}

static void check_tracefs(const struct doctor_env *env,
			  struct doctor_finding *f)
{
	int tracefs = reach(env->sys, TRACEFS);

	finding_set(f, DOCTOR_INFO, "tracefs %s, debugfs %s; not needed%s",
		    presence(tracefs),
		    presence(reach(env->sys, "kernel/debug/block")),
		    tracefs ? ", but for KVM events whose prototype hides a"
		    " field" : "");
	(void)advise_tracefs(env, f, "");
}

static void check_memory(const struct doctor_env *env,
			 struct doctor_finding *f)
{
	uint64_t available_kib = 0, wanted;
	int cpus = libbpf_num_possible_cpus();

	wanted = DEFAULT_RING * (cpus > 0 ? (uint64_t)cpus : 1);
	if (wanted > UINT64_C(512) << 20)
		wanted = UINT64_C(512) << 20;	/* src/record/recorder.h */
	if (!read_key(env->proc, "meminfo", "MemAvailable:", "%" SCNu64,
		      &available_kib)) {
		finding_set(f, DOCTOR_INFO, "%s/meminfo cannot be read",
			    env->proc);
		return;
	}
	finding_set(f, available_kib / 2 > wanted >> 10 ? DOCTOR_YES :
							  DOCTOR_PART,
		    "%" PRIu64 " MiB for the rings of %d CPUs, of %" PRIu64
		    " MiB available", wanted >> 20, cpus, available_kib >> 10);
	if (f->state == DOCTOR_PART)
		advise(f, "smaller rings: record -b KIB -n NUMBER");
}

static void check_files(const struct doctor_env *env, struct doctor_finding *f)
{
	unsigned int n = count_entries(env->sys, "block");
	int cpus = libbpf_num_possible_cpus();
	uint64_t wanted = n * (cpus > 0 ? (uint64_t)cpus : 1);
	struct rlimit limit = { 0 };

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	finding_set(f, limit.rlim_max > wanted + 256 ? DOCTOR_YES :
						       DOCTOR_PART,
		    "%" PRIu64 " open files allowed; all %u disks at once"
		    " would take %" PRIu64, (uint64_t)limit.rlim_max, n,
		    wanted);
	if (f->state == DOCTOR_PART)
		advise(f, "raise the limit (ulimit -Hn), or record fewer"
		       " devices");
}

static void check_cpus(const struct doctor_env *env, struct doctor_finding *f)
{
	char possible[128] = "?", online[128] = "?";

	(void)read_line(env->sys, "devices/system/cpu/possible", possible,
			sizeof(possible));
	(void)read_line(env->sys, "devices/system/cpu/online", online,
			sizeof(online));
	finding_set(f, DOCTOR_INFO, "possible %s, online %s", possible,
		    online);
	if (strcmp(possible, online) != 0)
		advise(f, "a CPU that is not online has an empty file, since"
		       " blkparse stops at the first missing one");
}

static const struct check {
	const char *name;
	void (*run)(const struct doctor_env *env, struct doctor_finding *f);
} checks[] = {
	[DOCTOR_BLOCK] = { "block events", check_block },
	[DOCTOR_KVM] = { "KVM events", check_kvm },
	[DOCTOR_VIRTIO] = { "virtio events", check_virtio },
	[DOCTOR_CGROUP] = { "cgroups", check_cgroup },
	[DOCTOR_BTF] = { "BTF", check_btf },
	[DOCTOR_RIGHTS] = { "rights", check_rights },
	[DOCTOR_LOCKDOWN] = { "lockdown", check_lockdown },
	[DOCTOR_FENTRY] = { "fentry", check_fentry },
	[DOCTOR_KPROBE] = { "kprobes", check_kprobe },
	[DOCTOR_TRACEFS] = { "tracefs", check_tracefs },
	[DOCTOR_MEMORY] = { "memory", check_memory },
	[DOCTOR_FILES] = { "files", check_files },
	[DOCTOR_CPUS] = { "CPUs", check_cpus },
};

static_assert(ARRAY_SIZE(checks) == DOCTOR_MAX, "each check needs a row");

void doctor_check(const struct doctor_env *env, enum doctor_check check,
		  struct doctor_finding *ret)
{
	*ret = (struct doctor_finding){ 0 };
	checks[check].run(env, ret);
}

void doctor_examine(const struct doctor_env *env,
		    struct doctor_finding ret[DOCTOR_MAX])
{
	for (unsigned int i = 0; i < DOCTOR_MAX; i++)
		doctor_check(env, (enum doctor_check)i, &ret[i]);
}

const char *doctor_name(enum doctor_check check)
{
	return checks[check].name;
}

const char *doctor_state_name(enum doctor_state state)
{
	static const char *const names[] = {
		[DOCTOR_YES] = "yes",
		[DOCTOR_PART] = "partly",
		[DOCTOR_NO] = "no",
		[DOCTOR_INFO] = "info",
	};

	static_assert(ARRAY_SIZE(names) == DOCTOR_STATE_MAX,
		      "each state needs a name");
	return names[state];
}
