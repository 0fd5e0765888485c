/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/exit_names.h"

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

/* Bits above are flags: Intel SDM, volume 3, 25.9.1 (exit reason). */
#define VMX_REASON_MASK	0xffffu

static const struct row {
	enum exit_kind kind;
	uint32_t reason;
	const char *name;
} rows[] = {
#define EXIT_NAME(kind, number, name)	{ EXIT_##kind, number, #name },
#include "formats/exit_names.def"
};

const char *exit_name(enum exit_kind kind, uint32_t reason)
{
	for (size_t i = 0; i < NR(rows); i++)
		if (rows[i].kind == kind && rows[i].reason == reason)
			return rows[i].name;
	return NULL;
}

const char *exit_name_row(size_t i, enum exit_kind *ret_kind,
			  uint32_t *ret_reason)
{
	if (i >= NR(rows))
		return NULL;
	*ret_kind = rows[i].kind;
	*ret_reason = rows[i].reason;
	return rows[i].name;
}

bool exit_of_note(const struct note *note, enum exit_kind *ret_kind,
		  uint32_t *ret_reason)
{
	if (note->id == NOTE_KVM_USERSPACE_EXIT) {
		*ret_kind = EXIT_USERSPACE;
		*ret_reason = note->kvm_userspace_exit.reason;
		return true;
	}
	if (note->id != NOTE_KVM_EXIT || !note->kvm_exit.isa ||
	    note->kvm_exit.isa >= EXIT_KIND_MAX)
		return false;
	*ret_kind = (enum exit_kind)note->kvm_exit.isa;
	*ret_reason = note->kvm_exit.reason;
	if (*ret_kind == EXIT_VMX)
		*ret_reason &= VMX_REASON_MASK;
	return true;
}

const char *exit_text(enum exit_kind kind, uint32_t reason,
		      char buf[EXIT_TEXT_MAX])
{
	const char *name = exit_name(kind, reason);

	if (name)
		(void)snprintf(buf, EXIT_TEXT_MAX, "%s", name);
	else
		(void)snprintf(buf, EXIT_TEXT_MAX, "%" PRIu32, reason);
	return buf;
}
