/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace for Perfetto's user interface and trace_processor.
 *
 * Each I/O is a slice on the track of its device, with its phases inside, and
 * one on the track of its process; a flow leads from there, where it was
 * submitted, to where the device completes it.  Counters of each device: the
 * requests in flight, and the bytes of the I/Os that ended, by second.
 * Each vCPU has a track with the exits from its guest.
 *
 * Perfetto's own clock is CLOCK_BOOTTIME: times are put on it where the trace
 * says how far it was from CLOCK_MONOTONIC, so that they fit beside those of
 * a Perfetto recording.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/exit_names.h"
#include "src/analyze/export_impl.h"
#include "src/analyze/export_text.h"
#include "src/analyze/export_track.h"
#include "src/base/xalloc.h"

#define INTERVAL_NS UINT64_C(100000000) /* of the bandwidth, by default */
#define GUEST_MAX   3u			/* slices of a vCPU in each other */

struct device {
	struct track track;
	uint64_t depth_uuid, bytes_uuid;
	uint64_t depth;
	uint64_t bytes; /* since the interval began */
	uint64_t end;	/* of the interval; 0 = none has begun */
};

struct vcpu {
	struct track track;
	unsigned int nr_open; /* slices */
};

struct perfetto {
	struct export_text *text;
	struct export *x;
	struct tracks tracks;
	struct device *devices; /* owned; found by by_device */
	size_t nr_devices, cap_devices;
	struct track *processes;
	size_t nr_processes, cap_processes;
	struct vcpu *vcpus;
	size_t nr_vcpus, cap_vcpus;
	/* -> number + 1; vms -> uuid */
	struct map64 by_device, by_process, by_vcpu, vms;
	uint64_t nr_flows;
	uint64_t interval_ns;
	uint64_t boot_ns; /* CLOCK_BOOTTIME less the time of events */
	bool has_begun;	  /* boot_ns does not change any more */
};

static int perfetto_open(struct export *x, void **ret_ctx, struct err *err)
{
	struct perfetto *f = xcalloc(1, sizeof(*f));
	void *text = NULL;
	int r;

	f->x = x;
	f->interval_ns = x->opts.interval_ns;
	if (!f->interval_ns)
		f->interval_ns = INTERVAL_NS;
	*ret_ctx = f;
	r = export_text_open(x, &text, err);
	f->text = text;
	f->tracks.out = &f->text->out;
	return r;
}

static uint64_t at(struct perfetto *f, uint64_t time)
{
	f->has_begun = true;
	return time + f->boot_ns;
}

/* ---- devices and processes ---- */

static struct device *device_of(struct perfetto *f, uint32_t device)
{
	uint64_t *nr = map64_put(&f->by_device, device);
	struct device *d;

	if (*nr)
		return &f->devices[*nr - 1];
	f->devices = xgrow(f->devices, f->nr_devices, &f->cap_devices,
			   sizeof(*f->devices));
	d = &f->devices[f->nr_devices];
	*nr = ++f->nr_devices;
	*d = (struct device){ 0 };
	track_begin(&f->tracks, &d->track, 0,
		    labels_text(&f->x->labels, export_device(f->x, device)),
		    0);
	d->depth_uuid = track_counter(&f->tracks, d->track.uuid,
				      "requests in flight", UNIT_COUNT);
	d->bytes_uuid = track_counter(&f->tracks, d->track.uuid,
				      "bytes per second", UNIT_SIZE_BYTES);
	return d;
}

static struct track *process_of(struct perfetto *f, const struct export_io *io)
{
	uint32_t pid = io->tgid ? io->tgid : io->io->pid;
	uint32_t label = export_process(f->x, pid);
	uint64_t *nr = map64_put(&f->by_process, pid);
	char name[LABEL_MAX + 32];
	struct track *track;

	if (*nr)
		return &f->processes[*nr - 1];
	f->processes = xgrow(f->processes, f->nr_processes, &f->cap_processes,
			     sizeof(*f->processes));
	track = &f->processes[f->nr_processes];
	*nr = ++f->nr_processes;
	(void)snprintf(name, sizeof(name), "%s",
		       labels_text(&f->x->labels, label ? label : io->process));
	track_begin(&f->tracks, track, 0, *name ? name : "?", pid);
	return track;
}

/* ---- I/Os ---- */

static void put_phases(struct perfetto *f, uint64_t uuid,
		       const struct life_io *io, uint64_t flow)
{
	const struct {
		const char *name;
		uint64_t from, to;
	} phases[] = {
		{ "Q2G", io->q, io->g }, { "Q2M", io->q, io->m },
		{ "G2I", io->g, io->i }, { "I2D", io->i, io->d1 },
		{ "D2C", io->d, io->c },
	};
	uint64_t done = io->q;

	for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
		uint64_t from = phases[i].from, to = phases[i].to;
		bool is_last = i + 1 == ARRAY_SIZE(phases);

		/* one behind the other, inside of the I/O */
		if (from == LIFE_NEVER || to == LIFE_NEVER || from < done ||
		    to < from || to > io->c)
			continue;
		track_slice_begin(&f->tracks, uuid, at(f, from),
				  &(struct track_slice){
					  .name = phases[i].name,
					  .flow_end = is_last ? flow : 0,
				  });
		track_slice_end(&f->tracks, uuid, at(f, to));
		done = to;
	}
}

static size_t annotate(const struct perfetto *f, const struct export_io *out,
		       struct track_note notes[8])
{
	const struct labels *labels = &f->x->labels;
	const struct life_io *io = out->io;
	size_t nr = 0;

	notes[nr++] = (struct track_note){ "sector", NULL, io->sector };
	notes[nr++] = (struct track_note){ "bytes", NULL, io->bytes };
	notes[nr++] = (struct track_note){ "pid", NULL, io->pid };
	if (out->process)
		notes[nr++] = (struct track_note){
			"process", labels_text(labels, out->process), 0 };
	if (out->cgroup)
		notes[nr++] = (struct track_note){
			"cgroup", labels_text(labels, out->cgroup), 0 };
	if (out->tag)
		notes[nr++] = (struct track_note){
			"tag", labels_text(labels, out->tag), 0 };
	if (io->error)
		notes[nr++] = (struct track_note){ "error", NULL, io->error };
	if (io->nr_requeues)
		notes[nr++] = (struct track_note){ "requeues", NULL,
						   io->nr_requeues };
	return nr;
}

static void count_bytes(struct perfetto *f, struct device *d, uint64_t time,
			uint64_t bytes)
{
	if (time >= d->end) {
		uint64_t begin = time - time % f->interval_ns;

		if (d->end)
			track_value(&f->tracks, d->bytes_uuid,
				    at(f, d->end - f->interval_ns),
				    (uint64_t)((double)d->bytes * 1e9 /
					       (double)f->interval_ns));
		/* nothing in between */
		if (d->end && d->end < begin)
			track_value(&f->tracks, d->bytes_uuid, at(f, d->end),
				    0);
		d->end = begin < UINT64_MAX - f->interval_ns ?
				 begin + f->interval_ns : UINT64_MAX;
		d->bytes = 0;
	}
	d->bytes += bytes;
}

static void perfetto_io(void *ctx, const struct export_io *out)
{
	struct perfetto *f = ctx;
	const struct life_io *io = out->io;
	const char *op = life_op_name((enum life_op)io->op);
	struct device *d = device_of(f, io->device);
	struct track *process = process_of(f, out);
	struct track_note notes[8];
	uint64_t above, lane, flow;

	if (io->c == LIFE_NEVER || io->c < io->q) {
		f->x->nr_unfit++;
		return;
	}
	above = track_lane(&f->tracks, process, "I/O", io->q, io->c);
	lane = track_lane(&f->tracks, &d->track, "queue", io->q, io->c);
	if (!above || !lane) {
		f->x->nr_unfit++;
		return;
	}
	flow = ++f->nr_flows;
	track_slice_begin(&f->tracks, above, at(f, io->q),
			  &(struct track_slice){ .name = op, .flow = flow });
	track_slice_end(&f->tracks, above, at(f, io->c));
	track_slice_begin(&f->tracks, lane, at(f, io->q),
			  &(struct track_slice){
				  .name = op,
				  .flow_end = io->d == LIFE_NEVER ? flow : 0,
				  .notes = notes,
				  .nr_notes = annotate(f, out, notes),
			  });
	put_phases(f, lane, io, flow);
	track_slice_end(&f->tracks, lane, at(f, io->c));
	count_bytes(f, d, io->c, io->bytes);
}

static void change_depth(struct perfetto *f, uint32_t device, uint64_t time,
			 int change)
{
	struct device *d = device_of(f, device);

	if (change < 0 && !d->depth)
		return;
	d->depth += (uint64_t)(int64_t)change;
	track_value(&f->tracks, d->depth_uuid, at(f, time), d->depth);
}

static void perfetto_issue(void *ctx, const struct life_request *rq)
{
	change_depth(ctx, rq->device, rq->d, 1);
}

static void perfetto_request(void *ctx, const struct life_request *rq)
{
	change_depth(ctx, rq->device, rq->c, -1);
}

/* Requeued, expired or lost. */
static void perfetto_back(void *ctx, const struct life_request *rq)
{
	struct perfetto *f = ctx;

	change_depth(f, rq->device, f->x->last, -1);
}

/* ---- vCPUs ---- */

static struct vcpu *vcpu_of(struct perfetto *f, const struct blk_rec *rec,
			    const struct note *note)
{
	uint64_t *nr = map64_put(&f->by_vcpu, rec->pid);
	struct vcpu *v;
	struct track vm;
	char name[64];
	uint64_t *uuid;

	if (*nr)
		return &f->vcpus[*nr - 1];
	/* this one does not say which vCPU it is */
	if (note->id == NOTE_KVM_USERSPACE_EXIT)
		return NULL;
	f->vcpus = xgrow(f->vcpus, f->nr_vcpus, &f->cap_vcpus,
			 sizeof(*f->vcpus));
	v = &f->vcpus[f->nr_vcpus];
	*nr = ++f->nr_vcpus;
	*v = (struct vcpu){ 0 };
	/* the first two fields of all the others */
	uuid = map64_put(&f->vms, note->kvm_entry.vm);
	if (!*uuid) {
		(void)snprintf(name, sizeof(name), "VM %" PRIu32,
			       note->kvm_entry.vm);
		track_begin(&f->tracks, &vm, 0, name, 0);
		*uuid = vm.uuid;
	}
	(void)snprintf(name, sizeof(name), "vCPU %" PRIu32,
		       note->kvm_entry.vcpu);
	track_begin(&f->tracks, &v->track, *uuid, name, 0);
	return v;
}

static void close_slices(struct perfetto *f, struct vcpu *v, uint64_t time)
{
	for (; v->nr_open; v->nr_open--)
		track_slice_end(&f->tracks, v->track.uuid, at(f, time));
}

static void open_slice(struct perfetto *f, struct vcpu *v, uint64_t time,
		       const char *name)
{
	if (v->nr_open >= GUEST_MAX)
		return;
	v->nr_open++;
	track_slice_begin(&f->tracks, v->track.uuid, at(f, time),
			  &(struct track_slice){ .name = name });
}

static void kvm_note(struct perfetto *f, const struct blk_rec *rec,
		     const struct note *note)
{
	struct vcpu *v = rec->pid ? vcpu_of(f, rec, note) : NULL;
	const char *name = NULL;
	enum exit_kind kind;
	char number[64] = "exit";
	uint32_t reason;

	if (!v)
		return;
	if (note->id == NOTE_KVM_ENTRY) {
		close_slices(f, v, rec->time);
		open_slice(f, v, rec->time, "guest");
		return;
	}
	if (exit_of_note(note, &kind, &reason)) {
		name = exit_name(kind, reason);
		if (!name)
			(void)snprintf(number, sizeof(number),
				       "exit %" PRIu32, reason);
	}
	if (note->id == NOTE_KVM_EXIT)
		close_slices(f, v, rec->time);
	open_slice(f, v, rec->time, name ? name : number);
}

static void perfetto_note(void *ctx, const struct blk_rec *rec,
			  const struct note *note)
{
	struct perfetto *f = ctx;

	if (note->id == NOTE_KVM_ENTRY || note->id == NOTE_KVM_EXIT ||
	    note->id == NOTE_KVM_USERSPACE_EXIT) {
		kvm_note(f, rec, note);
	} else if (note->id == NOTE_LOSS) {
		/* what is open may have ended there */
		for (size_t i = 0; i < f->nr_vcpus; i++)
			close_slices(f, &f->vcpus[i], rec->time);
	} else if (note->id == NOTE_CLOCK && !f->has_begun &&
		   note->clock.boottime) {
		f->boot_ns = note->clock.boottime - note->clock.monotonic;
		f->has_begun = true;
		track_clocks(&f->tracks, note->clock.boottime,
			     note->clock.realtime);
	}
}

/* ---- the format ---- */

static int perfetto_status(const void *ctx)
{
	return export_text_status(((const struct perfetto *)ctx)->text);
}

static int perfetto_end(void *ctx, struct err *err)
{
	struct perfetto *f = ctx;

	for (size_t i = 0; i < f->nr_devices; i++)
		if (f->devices[i].end)
			count_bytes(f, &f->devices[i], f->devices[i].end, 0);
	return export_text_end(f->text, err);
}

static void perfetto_free(void *ctx)
{
	struct perfetto *f = ctx;

	for (size_t i = 0; i < f->nr_devices; i++)
		track_release(&f->devices[i].track);
	for (size_t i = 0; i < f->nr_processes; i++)
		track_release(&f->processes[i]);
	free(f->devices);
	free(f->processes);
	free(f->vcpus);
	map64_release(&f->by_device);
	map64_release(&f->by_process);
	map64_release(&f->by_vcpu);
	map64_release(&f->vms);
	if (f->text)
		export_text_free(f->text);
	free(f);
}

const struct export_format export_perfetto = {
	.name = "perfetto",
	.has_ios = true,
	.open = perfetto_open,
	.io = perfetto_io,
	.note = perfetto_note,
	.issue = perfetto_issue,
	.request = perfetto_request,
	.back = perfetto_back,
	.status = perfetto_status,
	.end = perfetto_end,
	.free = perfetto_free,
};
