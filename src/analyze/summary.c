/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters are rows of a table [kind][direction], so that an event costs two
 * look-ups and three additions.  Kept as blkparse 1.2.0 has it: a requeue is
 * taken off the dispatched KiB of the CPU where it happens (and may go below
 * zero), passthrough reads that are queued count in the ordinary KiB, there is
 * no suffix "T", and "throughput" adds bytes as if they were 1/1000 KiB.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/summary_data.h"
#include "src/base/xalloc.h"

struct summary *summary_new(const struct summary_options *opts,
			    struct names *names)
{
	struct summary *sum = xcalloc(1, sizeof(*sum));

	sum->opts = *opts;
	sum->names = names;
	return sum;
}

static void free_device(struct device *d)
{
	for (size_t i = 0; i < d->nr_cpus; i++) {
		if (d->cpus[i])
			map64_release(&d->cpus[i]->sequences);
		free(d->cpus[i]);
	}
	free(d->cpus);
	free(d->label);
	free(d);
}

void summary_free(struct summary *sum)
{
	if (!sum)
		return;
	for (size_t i = 0; i < sum->nr_devices; i++)
		free_device(sum->devices[i]);
	for (size_t i = 0; i < sum->cap_programs; i++)
		free(sum->programs[i]);
	free(sum->devices);
	free(sum->programs);
	free(sum);
}

/* ---- devices and CPUs ---------------------------------------------------- */

static struct device *add_device(struct summary *sum)
{
	sum->devices = xgrow(sum->devices, sum->nr_devices, &sum->cap_devices,
			     sizeof(struct device *));
	return sum->devices[sum->nr_devices++] =
		xcalloc(1, sizeof(struct device));
}

size_t summary_add_device(struct summary *sum, const char *label)
{
	add_device(sum)->label = xstrdup(label);
	return sum->nr_devices - 1;
}

void summary_expect_device(struct summary *sum, const char *label)
{
	struct device *d = add_device(sum);

	d->label = xstrdup(label);
	d->is_of_stream = true;
	d->is_expected = true;
}

size_t summary_find_device(struct summary *sum, uint32_t number)
{
	struct device *d;

	for (size_t i = 0; i < sum->nr_devices; i++) {
		d = sum->devices[i];
		if (d->is_expected) {
			d->is_expected = false;
			d->number = number;
		}
		if (d->is_of_stream && d->number == number)
			return i;
	}
	d = add_device(sum);
	d->number = number;
	d->is_of_stream = true;
	return sum->nr_devices - 1;
}

const char *summary_label(const struct summary *sum, uint32_t device)
{
	for (size_t i = 0; i < sum->nr_devices; i++)
		if (sum->devices[i]->number == device && sum->devices[i]->label)
			return sum->devices[i]->label;
	return NULL;
}

struct summary_cpu *summary_cpu(struct summary *sum, size_t device,
				uint32_t cpu)
{
	struct device *d = sum->devices[device];

	if (cpu >= d->nr_cpus) {
		size_t nr = cpu + 1 > 2 * d->nr_cpus ? cpu + 1 :
						       2 * d->nr_cpus;

		d->cpus = xreallocarray(d->cpus, nr,
					sizeof(struct summary_cpu *));
		for (size_t i = d->nr_cpus; i < nr; i++)
			d->cpus[i] = NULL;
		d->nr_cpus = nr;
	}
	if (!d->cpus[cpu]) {
		d->cpus[cpu] = xcalloc(1, sizeof(struct summary_cpu));
		d->cpus[cpu]->device = d;
	}
	return d->cpus[cpu];
}

/* Each device counts for itself. */
static void select_sequence(struct summary_cpu *cpu, uint32_t device)
{
	const uint64_t *last;

	if (cpu->has_sequence && cpu->sequence_device == device)
		return;
	if (cpu->has_sequence)
		*map64_put(&cpu->sequences, cpu->sequence_device) =
			(uint64_t)cpu->last_sequence + 1;
	last = map64_get(&cpu->sequences, device);
	cpu->has_sequence = last;
	cpu->last_sequence = last ? (uint32_t)(*last - 1) : 0;
	cpu->sequence_device = device;
}

/* Returns how many are missing in front of @sequence. */
static uint32_t count_gap(struct summary_cpu *cpu, uint32_t sequence,
			  bool shows_gaps)
{
	uint32_t expected = cpu->last_sequence + 1;
	uint32_t nr = 0;

	if (cpu->has_sequence && sequence > expected)
		nr = sequence - expected;
	if (nr && shows_gaps) {
		cpu->device->nr_skips++;
		cpu->device->nr_skipped += nr;
	}
	cpu->device->nr_missing += nr;
	cpu->last_sequence = sequence;
	cpu->has_sequence = true;
	return nr;
}

uint32_t summary_seen(struct summary_cpu *cpu, const struct blk_rec *rec,
		      uint64_t time_ns, bool shows_gaps)
{
	cpu->nr_seen++;
	cpu->device->last_ns = time_ns;
	if (!cpu->device->is_of_stream)
		cpu->device->number = rec->device;
	if (act_is_message(rec))
		return 0;
	select_sequence(cpu, rec->device);
	return count_gap(cpu, rec->sequence, shows_gaps);
}

void summary_touch(struct summary_cpu *cpu)
{
	cpu->nr_seen++;
}

uint64_t summary_missing(const struct summary *sum)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < sum->nr_devices; i++)
		nr += sum->devices[i]->nr_missing;
	return nr;
}

/* ---- programs ------------------------------------------------------------ */

static size_t hash_program(const struct summary *sum, uint32_t pid,
			   const char *name)
{
	uint32_t h = pid * 0x9e3779b1u;

	if (sum->opts.by_name)
		for (h = 2166136261u; *name; name++)
			h = (h ^ (unsigned char)*name) * 16777619u;
	return (h >> 5) & (sum->cap_programs - 1);
}

static struct program **program_slot(const struct summary *sum, uint32_t pid,
				     const char *name)
{
	size_t i = hash_program(sum, pid, name);

	for (;; i = (i + 1) & (sum->cap_programs - 1)) {
		const struct program *p = sum->programs[i];

		if (!p || (sum->opts.by_name ? !strcmp(p->name, name) :
					       p->pid == pid))
			return &sum->programs[i];
	}
}

static void grow_programs(struct summary *sum)
{
	struct program **old = sum->programs;
	size_t nr = sum->cap_programs;

	sum->cap_programs = nr ? 2 * nr : 64;
	sum->programs = xcalloc(sum->cap_programs, sizeof(struct program *));
	for (size_t i = 0; i < nr; i++)
		if (old[i])
			*program_slot(sum, old[i]->pid, old[i]->name) = old[i];
	free(old);
}

/* The name that blkparse has for it: an unknown one stays unknown. */
static const char *name_of(struct summary *sum, uint32_t pid)
{
	const struct name *name = names_find(sum->names, pid);

	if (!name) {
		(void)names_add_text(sum->names, pid, "unknown", 7);
		name = names_find(sum->names, pid);
	}
	return name->text;
}

static struct program *find_program(struct summary *sum, uint32_t pid)
{
	const char *name = name_of(sum, pid);
	struct program **slot;

	if (2 * sum->nr_programs >= sum->cap_programs)
		grow_programs(sum);
	slot = program_slot(sum, pid, name);
	if (!*slot) {
		*slot = xcalloc(1, sizeof(struct program));
		(*slot)->pid = pid;
		(*slot)->nr = (uint32_t)sum->nr_programs;
		memcpy((*slot)->name, name, sizeof((*slot)->name));
		sum->nr_programs++;
	} else if ((*slot)->pid != pid) {
		(*slot)->has_others = true;
	}
	return *slot;
}

void summary_wait(struct summary *sum, uint32_t pid, bool is_write,
		  enum summary_wait wait, uint64_t elapsed_ns)
{
	struct program *p;

	if (!sum->opts.by_program)
		return;
	p = find_program(sum, pid);
	if (elapsed_ns > p->longest[wait][is_write])
		p->longest[wait][is_write] = elapsed_ns;
}

/* ---- counting ------------------------------------------------------------ */

static enum kind kind_of(const struct blk_rec *rec, unsigned int code)
{
	bool is_pc = act_is_pc(rec);

	switch ((enum blk_act)code) {
	case BLK_ACT_QUEUE:
		return is_pc ? KIND_PC_QUEUED : KIND_QUEUED;
	case BLK_ACT_BACKMERGE:
	case BLK_ACT_FRONTMERGE:
		return KIND_MERGED;
	case BLK_ACT_REQUEUE:
		return is_pc ? KIND_PC_REQUEUED : KIND_REQUEUED;
	case BLK_ACT_ISSUE:
		return is_pc ? KIND_PC_ISSUED : KIND_ISSUED;
	case BLK_ACT_COMPLETE:
		return is_pc ? KIND_PC_COMPLETED : KIND_COMPLETED;
	case BLK_ACT_GETRQ:
	case BLK_ACT_SLEEPRQ:
	case BLK_ACT_PLUG:
	case BLK_ACT_UNPLUG_IO:
	case BLK_ACT_UNPLUG_TIMER:
	case BLK_ACT_INSERT:
	case BLK_ACT_SPLIT:
	case BLK_ACT_BOUNCE:
	case BLK_ACT_REMAP:
	case BLK_ACT_ABORT:
	case BLK_ACT_DRV_DATA:
	case BLK_ACT_ZONE_PLUG:
	case BLK_ACT_ZONE_UNPLUG:
	case BLK_ACT_MAX:
		break;
	}
	return KIND_MAX;
}

static void add_bytes(struct count *c, uint32_t bytes)
{
	c->kib += bytes >> 10;
	c->bytes += bytes & 1023;
}

static void add_count(struct counts *counts, enum kind kind, bool is_write,
		      uint32_t bytes)
{
	struct count *c = &counts->of[kind][is_write];

	c->nr++;
	switch (kind) {
	case KIND_REQUEUED:
	case KIND_PC_REQUEUED:
		c = &counts->of[kind == KIND_REQUEUED ? KIND_ISSUED :
				KIND_PC_ISSUED][is_write];
		c->kib -= bytes >> 10;
		c->bytes -= bytes & 1023;
		break;
	case KIND_PC_QUEUED:
		if (!is_write)
			counts->of[KIND_QUEUED][0].kib += bytes >> 10;
		else
			c->kib += bytes >> 10;
		c->bytes += bytes & 1023;
		break;
	case KIND_COMPLETED:
		/* blkparse holds it in an int here */
		c->kib += (uint64_t)(int64_t)((int32_t)bytes >> 10);
		c->bytes += bytes & 1023;
		break;
	case KIND_QUEUED:
	case KIND_ISSUED:
	case KIND_MERGED:
	case KIND_PC_ISSUED:
		add_bytes(c, bytes);
		break;
	case KIND_PC_COMPLETED:
	case KIND_MAX:
		break;
	}
}

static void follow_depth(struct device *d, enum kind kind, bool is_write)
{
	unsigned int *depth = &d->depth[is_write];

	if (kind == KIND_ISSUED || kind == KIND_PC_ISSUED) {
		if (++*depth > d->max_depth[is_write])
			d->max_depth[is_write] = *depth;
	} else if ((kind == KIND_COMPLETED || kind == KIND_PC_COMPLETED ||
		    kind == KIND_REQUEUED || kind == KIND_PC_REQUEUED) &&
		   *depth) {
		--*depth;
	}
}

void summary_event(struct summary *sum, struct summary_cpu *cpu,
		   const struct blk_rec *rec, const struct act *act,
		   uint64_t time_ns)
{
	unsigned int code = rec->action & BLK_ACT_CODE_MASK;
	bool is_write = blk_has(rec, BLK_TC_WRITE);
	struct device *d = cpu->device;
	struct counts *of_program = NULL;
	enum kind kind;

	if (!d->nr_events++)
		d->first_ns = time_ns;
	if (!act)
		return;
	kind = kind_of(rec, code);
	if (kind != KIND_MAX) {
		add_count(&cpu->counts, kind, is_write, rec->bytes);
		follow_depth(d, kind, is_write);
	} else if (code == BLK_ACT_UNPLUG_IO) {
		cpu->counts.io_unplugs++;
	} else if (code == BLK_ACT_UNPLUG_TIMER) {
		cpu->counts.timer_unplugs++;
	} else {
		return;
	}
	if (!sum->opts.by_program)
		return;
	of_program = &find_program(sum, rec->pid)->counts;
	if (kind != KIND_MAX)
		add_count(of_program, kind, is_write, rec->bytes);
	else if (code == BLK_ACT_UNPLUG_IO)
		of_program->io_unplugs++;
	else
		of_program->timer_unplugs++;
}
