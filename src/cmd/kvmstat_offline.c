/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape kvmstat --input: a recorded trace.
 */
#include "config.h"

#include <inttypes.h>

#include "src/base/cleanup.h"
#include "src/cmd/cmd.h"
#include "src/cmd/kvmstat.h"

#define NS_PER_SEC	1e9

static int read_all(struct source *src, struct kvmstat *st, struct err *err)
{
	struct source_batch batch;
	int r;

	while ((r = traces_read(src, &batch, err)) > 0)
		for (size_t i = 0; i < batch.nr; i++)
			kvmstat_add(st, &batch.recs[i]);
	kvmstat_end(st);
	return r;
}

/* Says what is missing.  Returns the exit status. */
static int say_loss(const struct source *src, const struct kvmstat *st)
{
	uint64_t lost = kvmstat_lost(st), left_out = kvmstat_vms_left_out(st);

	if (!traces_say_damage(src) && !lost && !left_out)
		return CMD_OK;
	if (left_out)
		cmd_error("%" PRIu64 " events are left out: more than %d VMs"
			  " whose name is not known, or --vm's", left_out,
			  KVMSTAT_NAMED_VMS);
	if (lost)
		cmd_error("%" PRIu64 " events were lost while this was"
			  " recorded", lost);
	return CMD_LOSS;
}

int kvmstat_offline(const struct kvmstat_options *o, int *ret_status,
		    struct err *err)
{
	_cleanup_(source_freep) struct source *src = NULL;
	struct kvmstat *st;
	int r;

	r = traces_open(&o->traces, &src, err);
	if (r)
		return r;
	st = kvmstat_new(o->vm, o->vm_name);
	if (o->is_by_vcpu)
		kvmstat_want_vcpus(st);
	r = read_all(src, st, err);
	if (!r) {
		if (kvmstat_is_empty(st))
			cmd_error("%s: no event of KVM is in it; iotape record"
				  " --kvm records them", o->traces.names[0]);
		kvmstat_print(st, o, (double)kvmstat_duration(st) /
				     NS_PER_SEC);
		*ret_status = say_loss(src, st);
	}
	kvmstat_free(st);
	return r;
}
