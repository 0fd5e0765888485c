/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape stat --vm: the way of each virtual machine's I/O through its host.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "src/analyze/ahead.h"
#include "src/analyze/vmguest.h"
#include "src/analyze/vmpath.h"
#include "src/base/json.h"
#include "src/base/xalloc.h"
#include "src/cmd/amount.h"
#include "src/cmd/cmd.h"
#include "src/cmd/stat.h"

#define NR_REASONS	12	/* that the page shows */

/* A reason of one of a VM's events. */
struct row {
	const char *event;
	const struct kvmstat_reason *reason;
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->reason->nr < y->reason->nr ? 1 :
	       x->reason->nr > y->reason->nr ? -1 : 0;
}

/* All reasons of all events, most frequent first.  The caller frees. */
static struct row *list_reasons(const struct vmpath_vm *vm, size_t *ret_nr)
{
	const struct kvmstat_event *events;
	size_t nr_events = kvmstat_events(vm->kvm, &events), nr = 0, cap = 0;
	struct row *rows = NULL;

	for (size_t i = 0; i < nr_events; i++)
		for (size_t k = 0; k < events[i].nr_reasons; k++) {
			rows = xgrow(rows, nr, &cap, sizeof(*rows));
			rows[nr++] = (struct row){ events[i].name,
						   events[i].reasons[k] };
		}
	if (nr)
		qsort(rows, nr, sizeof(*rows), compare_rows);
	*ret_nr = nr;
	return rows;
}

/* ---- the page ----------------------------------------------------------- */

static void print_reasons(const struct vmpath_vm *vm, FILE *out)
{
	size_t nr, shown;
	struct row *rows = list_reasons(vm, &nr);

	shown = nr < NR_REASONS ? nr : NR_REASONS;
	if (nr)
		(void)fprintf(out, "\n  Exits%23s %9s %8s %8s %8s %8s\n",
			      "reason", "number", "unpaired", "p50", "p99",
			      "max");
	for (size_t i = 0; i < shown; i++) {
		const struct kvmstat_reason *r = rows[i].reason;
		char name[EXIT_TEXT_MAX], p50[AMOUNT_SIZE];
		char p99[AMOUNT_SIZE], max[AMOUNT_SIZE];

		(void)exit_text(r->kind, r->reason, name);
		amount_time((double)hist_quantile(&r->times, 0.5), p50);
		amount_time((double)hist_quantile(&r->times, 0.99), p99);
		amount_time((double)r->times.max, max);
		(void)fprintf(out, "  %-18s %9s %9" PRIu64 " %8" PRIu64
			      " %8s %8s %8s\n", rows[i].event, name, r->nr,
			      r->nr_unpaired, p50, p99, max);
	}
	if (kvmstat_no_reason(vm->kvm))
		(void)fprintf(out, "  exits in no line by reason, of which there"
			      " are too many: %" PRIu64 "\n",
			      kvmstat_no_reason(vm->kvm));
	free(rows);
}

static void print_phases(const struct vmpath_vm *vm, FILE *out)
{
	static const char *const names[] = {
		[VMPATH_KICK_Q] = "kick to Q",
		[VMPATH_Q_D] = "Q to D",
		[VMPATH_D_C] = "D to C",
		[VMPATH_C_IRQ] = "C to irq",
		[VMPATH_IRQ_INJ] = "to injection",
		[VMPATH_TOTAL] = "kick to inj.",
	};

	stat_times_head(out, "Path of an I/O");
	for (int i = 0; i < VMPATH_PHASE_MAX; i++)
		stat_times_row(out, names[i], "", &vm->phases[i]);
}

/* "N x, M y": what is not zero. */
static void print_counts(const struct vmpath_vm *vm, FILE *out)
{
	const struct {
		uint64_t nr;
		const char *what;
	} rows[] = {
		{ vm->nr_kicks, "kicks" },
		{ vm->nr_kicks - vm->nr_kicks_paired, "of them could be given to no"
		  " Q" },
		{ vm->nr_no_kick, "Qs without a kick (polled, taken together,"
		  " or the VMM's own)" },
		{ vm->nr_several_kicks, "Qs with several kicks to choose from:"
		  " none was" },
		{ vm->nr_irqs, "interrupts set" },
		{ vm->nr_io_irqs, "of them reported completions" },
		{ vm->nr_other_thread, "completions that another thread of the"
		  " VMM reported" },
		{ vm->nr_no_irq, "completions without an interrupt (the guest"
		  " polled)" },
		{ vm->nr_not_injected, "interrupts that report whose injection"
		  " was not seen" },
		{ vm->nr_injected, "injections, for whatever reason" },
	};

	(void)fputc('\n', out);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].nr)
			(void)fprintf(out, "  %9" PRIu64 " %s\n", rows[i].nr,
				      rows[i].what);
}

static void print_ios(const struct vmpath_vm *vm, FILE *out)
{
	(void)fprintf(out, "\n  Block I/O of its threads\n");
	for (int op = 0; op < LIFE_OP_MAX; op++) {
		char bytes[AMOUNT_SIZE];

		if (vm->ios[op])
			(void)fprintf(out, "  %-12s %9" PRIu64 " I/Os %10s\n",
				      life_op_name((enum life_op)op),
				      vm->ios[op],
				      amount_bytes((double)vm->bytes[op],
						      bytes));
	}
}

static void print_addresses(const struct vmpath_vm *vm, FILE *out)
{
	bool has_head = false;

	for (size_t i = 0; i < vm->nr_addresses; i++) {
		const struct vmpath_address *a = &vm->addresses[i];

		if (!a->nr)
			continue;
		if (!has_head)
			(void)fprintf(out, "\n  Kicks%22s %9s %9s\n", "to",
				      "number", "with a Q");
		has_head = true;
		(void)fprintf(out, "  %-10s %#16" PRIx64 " %9" PRIu64
			      " %9" PRIu64 "%s\n",
			      a->is_port ? "port" : "memory", a->address,
			      a->nr, a->nr_paired,
			      a->is_rest ? " and all further ones" : "");
	}
}

/* What a guest says of its own disks. */
static size_t print_guest(const struct vmguest *g, FILE *out)
{
	static const char *const names[] = {
		[VMGUEST_Q_D] = "Q to D",
		[VMGUEST_D_ADD] = "D to add",
		[VMGUEST_ADD_NOTIFY] = "add to notif",
		[VMGUEST_ADD_GET] = "add to get",
		[VMGUEST_GET_C] = "get to C",
		[VMGUEST_Q_C] = "Q to C",
	};
	const struct vmguest_disk *d;
	size_t i;

	for (i = 0; (d = vmguest_disk(g, i)); i++) {
		(void)fprintf(out, "%sDisk ", i ? "\n" : "");
		stat_print_name(out, *d->name ? d->name : "?", 0);
		(void)fprintf(out, " (%u,%u) of this guest\n",
			      blk_major(d->device), blk_minor(d->device));
		stat_times_head(out, "Path of an I/O");
		for (int k = 0; k < VMGUEST_PHASE_MAX; k++)
			stat_times_row(out, names[k], "", &d->phases[k]);
		(void)fprintf(out, "\n  %9" PRIu64 " requests, %" PRIu64
			      " of them with their buffer in a virtqueue\n",
			      d->nr_requests, d->nr_paired);
		if (d->nr_refused)
			(void)fprintf(out, "  %9" PRIu64 " buffers that the"
				      " virtqueue did not take\n",
				      d->nr_refused);
	}
	return i;
}

static void print_page(const struct vmpath *p, const struct vmguest *g,
		       FILE *out)
{
	size_t nr = print_guest(g, out);
	const struct vmpath_vm *vm;
	size_t i;

	for (i = 0; (vm = vmpath_vm(p, i)); i++) {
		(void)fprintf(out, "%sVM ", nr++ ? "\n" : "");
		stat_print_name(out, *vm->name ? vm->name : "?", 0);
		(void)fprintf(out, " (process %" PRIu32 "), %.3f s\n", vm->pid,
			      (double)kvmstat_duration(vm->kvm) / 1e9);
		print_ios(vm, out);
		print_phases(vm, out);
		print_counts(vm, out);
		print_addresses(vm, out);
		print_reasons(vm, out);
	}
	if (vmpath_left_out(p))
		(void)fprintf(out, "\nKVM's events of further VMs, not looked at:"
			      " %" PRIu64 "\n", vmpath_left_out(p));
	if (!nr)
		(void)fprintf(out, "Nothing of virtual machines is in this"
			      " trace: iotape record --kvm -d DEVICE records"
			      "\nit on a host, iotape record --virtio -d DEVICE"
			      " in a guest.\n");
}

/* ---- JSON --------------------------------------------------------------- */

static void put_reasons(const struct vmpath_vm *vm, FILE *out)
{
	size_t nr;
	struct row *rows = list_reasons(vm, &nr);

	(void)fprintf(out, ",\"exits\":[");
	for (size_t i = 0; i < nr; i++) {
		const struct kvmstat_reason *r = rows[i].reason;
		char name[EXIT_TEXT_MAX];

		(void)fprintf(out, "%s{\"event\":\"%s\",\"reason\":\"%s\","
			      "\"n\":%" PRIu64 ",\"unpaired\":%" PRIu64,
			      i ? "," : "", rows[i].event,
			      exit_text(r->kind, r->reason, name),
			      r->nr, r->nr_unpaired);
		if (r->times.nr)
			(void)fprintf(out, ",\"p50\":%" PRIu64 ",\"p99\":%"
				      PRIu64 ",\"max\":%" PRIu64,
				      hist_quantile(&r->times, 0.5),
				      hist_quantile(&r->times, 0.99),
				      r->times.max);
		(void)fprintf(out, "}");
	}
	(void)fprintf(out, "]");
	if (kvmstat_no_reason(vm->kvm))
		(void)fprintf(out, ",\"no_reason\":%" PRIu64,
			      kvmstat_no_reason(vm->kvm));
	free(rows);
}

static void put_addresses(const struct vmpath_vm *vm, FILE *out)
{
	bool has_one = false;

	(void)fprintf(out, ",\"kicks\":[");
	for (size_t i = 0; i < vm->nr_addresses; i++) {
		const struct vmpath_address *a = &vm->addresses[i];

		if (!a->nr)
			continue;
		(void)fprintf(out, "%s{\"space\":\"%s\",\"address\":\"%#"
			      PRIx64 "\",\"n\":%" PRIu64 ",\"with_q\":%"
			      PRIu64 ",\"is_rest\":%s}", has_one ? "," : "",
			      a->is_port ? "port" : "memory", a->address,
			      a->nr, a->nr_paired,
			      a->is_rest ? "true" : "false");
		has_one = true;
	}
	(void)fprintf(out, "]");
}

static void put_vm(const struct vmpath_vm *vm, FILE *out)
{
	const struct {
		const char *name;
		uint64_t nr;
	} counts[] = {
		{ "kicks", vm->nr_kicks },
		{ "kicks_with_q", vm->nr_kicks_paired },
		{ "q_without_kick", vm->nr_no_kick },
		{ "q_with_several_kicks", vm->nr_several_kicks },
		{ "interrupts", vm->nr_irqs },
		{ "interrupts_of_ios", vm->nr_io_irqs },
		{ "reported_by_other_thread", vm->nr_other_thread },
		{ "never_reported", vm->nr_no_irq },
		{ "not_injected", vm->nr_not_injected },
		{ "injections", vm->nr_injected },
	};

	(void)fprintf(out, "{\"pid\":%" PRIu32 ",\"name\":", vm->pid);
	json_put_string(out, vm->name);
	(void)fprintf(out, ",\"ops\":{");
	for (int op = 0, n = 0; op < LIFE_OP_MAX; op++)
		if (vm->ios[op])
			(void)fprintf(out, "%s\"%s\":{\"ios\":%" PRIu64
				      ",\"bytes\":%" PRIu64 "}",
				      n++ ? "," : "",
				      life_op_name((enum life_op)op),
				      vm->ios[op], vm->bytes[op]);
	(void)fprintf(out, "},\"counts\":{");
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		(void)fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "",
			      counts[i].name, counts[i].nr);
	(void)fprintf(out, "},\"phases\":{\"unit\":\"ns\"");
	for (int i = 0; i < VMPATH_PHASE_MAX; i++)
		stat_put_dist(out, vmpath_phase_name((enum vmpath_phase)i),
			      &vm->phases[i]);
	(void)fprintf(out, "}");
	put_addresses(vm, out);
	put_reasons(vm, out);
	(void)fprintf(out, "}");
}

static void put_disk(const struct vmguest_disk *d, FILE *out)
{
	(void)fprintf(out, "{\"device\":\"%u,%u\",\"name\":",
		      blk_major(d->device), blk_minor(d->device));
	json_put_string(out, d->name);
	(void)fprintf(out, ",\"counts\":{\"requests\":%" PRIu64
		      ",\"paired\":%" PRIu64 ",\"buffers\":%" PRIu64
		      ",\"refused\":%" PRIu64 "},\"phases\":{\"unit\":\"ns\"",
		      d->nr_requests, d->nr_paired, d->nr_buffers,
		      d->nr_refused);
	for (int i = 0; i < VMGUEST_PHASE_MAX; i++)
		stat_put_dist(out, vmguest_phase_name((enum vmguest_phase)i),
			      &d->phases[i]);
	(void)fprintf(out, "}}");
}

static void print_json(const struct vmpath *p, const struct vmguest *g,
		       FILE *out)
{
	const struct vmguest_disk *d;
	const struct vmpath_vm *vm;

	(void)fprintf(out, "{\"schema\":\"iotape-stat-vm/1\",\"lost\":%"
		      PRIu64 ",\"left_out\":%" PRIu64 ",\"vms\":[",
		      vmpath_lost(p), vmpath_left_out(p));
	for (size_t i = 0; (vm = vmpath_vm(p, i)); i++) {
		(void)fprintf(out, "%s\n", i ? "," : "");
		put_vm(vm, out);
	}
	(void)fprintf(out, "],\"disks\":[");
	for (size_t i = 0; (d = vmguest_disk(g, i)); i++) {
		(void)fprintf(out, "%s\n", i ? "," : "");
		put_disk(d, out);
	}
	(void)fprintf(out, "]}\n");
}

/* ---- all ---------------------------------------------------------------- */

int stat_vm(struct source *src, bool is_json, FILE *out, uint64_t *ret_lost,
	    struct err *err)
{
	_cleanup_(vmpath_freep) struct vmpath *p = vmpath_new(NULL);
	_cleanup_(vmguest_freep) struct vmguest *g = vmguest_new(NULL);
	_cleanup_(ahead_freep) struct ahead *ahead = ahead_new(src);
	struct source_batch batch;
	ssize_t n;

	while (!cmd_signal && (n = ahead_read(ahead, &batch, err)) != 0) {
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		for (size_t i = 0; i < batch.nr; i++) {
			vmpath_add(p, &batch.recs[i]);
			vmguest_add(g, &batch.recs[i]);
		}
	}
	vmpath_end(p);
	vmguest_end(g);
	*ret_lost = vmpath_lost(p);
	if (is_json)
		print_json(p, g, out);
	else
		print_page(p, g, out);
	return 0;
}
