/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/record/rights.h"

/*
 * libcap would be a library for two system calls; the structs of version 3
 * are stable (include/uapi/linux/capability.h since 2.6.26).
 */
#define NR_WORDS	_LINUX_CAPABILITY_U32S_3

struct caps {
	struct __user_cap_data_struct words[NR_WORDS];
};

static struct __user_cap_header_struct header(void)
{
	return (struct __user_cap_header_struct){
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
}

static int get_caps(struct caps *ret, struct err *err)
{
	struct __user_cap_header_struct h = header();

	if (syscall(SYS_capget, &h, ret->words))
		return err_set_errno(err, -errno,
				     "cannot read the capabilities");
	return 0;
}

static int set_caps(const struct caps *caps, struct err *err)
{
	struct __user_cap_header_struct h = header();

	if (syscall(SYS_capset, &h, caps->words))
		return err_set_errno(err, -errno,
				     "cannot give up capabilities");
	return 0;
}

int rights_lower(uint64_t keep, struct err *err)
{
	struct caps caps;
	int r = get_caps(&caps, err);

	if (r)
		return r;
	for (unsigned int i = 0; i < NR_WORDS; i++)
		caps.words[i].effective = caps.words[i].permitted &
					  (uint32_t)(keep >> (32 * i));
	return set_caps(&caps, err);
}

/* So that root does not get them back by executing something.  It takes
 * CAP_SETPCAP; without that, an exec can only give what the file gives. */
static void drop_bounding(uint64_t keep)
{
	for (unsigned int cap = 0; cap <= 63; cap++)
		if (!(keep >> cap & 1))
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

/* All that is permitted is effective again: to drop the bounding set. */
static int raise_all(struct err *err)
{
	struct caps caps;
	int r = get_caps(&caps, err);

	if (r)
		return r;
	for (unsigned int i = 0; i < NR_WORDS; i++)
		caps.words[i].effective = caps.words[i].permitted;
	return set_caps(&caps, err);
}

int rights_drop(uint64_t keep, struct err *err)
{
	struct caps caps;
	int r = raise_all(err);

	if (r)
		return r;
	drop_bounding(keep);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	r = get_caps(&caps, err);
	if (r)
		return r;
	for (unsigned int i = 0; i < NR_WORDS; i++) {
		uint32_t mask = (uint32_t)(keep >> (32 * i));

		caps.words[i].permitted &= mask;
		caps.words[i].effective = caps.words[i].permitted;
		caps.words[i].inheritable = 0;
	}
	return set_caps(&caps, err);
}
