/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this machine can record, what it cannot, why, and what would help.
 *
 *	struct doctor_env env = { .sys = "/sys", .proc = "/proc" };
 *	struct doctor_finding findings[DOCTOR_MAX];
 *	doctor_examine(&env, findings);
 *
 * Where it can, a check does the thing itself (loads and attaches the
 * programs) and asks nobody whether it would work.  What files say is read
 * below the given roots, so that tests can bring their own.  Nothing is left
 * behind; one thread.
 */
#ifndef RECORD_DOCTOR_H
#define RECORD_DOCTOR_H

#define DOCTOR_TEXT_MAX	320

enum doctor_state {
	DOCTOR_YES,		/* works */
	DOCTOR_PART,		/* works with less than there could be */
	DOCTOR_NO,		/* does not work */
	DOCTOR_INFO,		/* good to know: neither good nor bad */
	DOCTOR_STATE_MAX
};

/* In the order in which they are reported. */
enum doctor_check {
	DOCTOR_BLOCK,		/* the one that counts */
	DOCTOR_KVM,
	DOCTOR_VIRTIO,
	DOCTOR_CGROUP,
	DOCTOR_BTF,
	DOCTOR_RIGHTS,
	DOCTOR_LOCKDOWN,
	DOCTOR_FENTRY,
	DOCTOR_KPROBE,
	DOCTOR_TRACEFS,
	DOCTOR_MEMORY,
	DOCTOR_FILES,
	DOCTOR_CPUS,
	DOCTOR_MAX
};

struct doctor_finding {
	enum doctor_state state;
	char text[DOCTOR_TEXT_MAX];	/* what was found; never empty */
	char advice[DOCTOR_TEXT_MAX];	/* what to do about it; "" = nothing */
};

struct doctor_env {
	const char *sys;	/* root of sysfs */
	const char *proc;	/* root of procfs */
};

void doctor_examine(const struct doctor_env *env,
		    struct doctor_finding ret[DOCTOR_MAX]);

/* One check of it. */
void doctor_check(const struct doctor_env *env, enum doctor_check check,
		  struct doctor_finding *ret);

/* A word or two: "block events", "lockdown". */
const char *doctor_name(enum doctor_check check);

/* "yes", "partly", "no", "info". */
const char *doctor_state_name(enum doctor_state state);

#endif
