/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for the reasons of KVM_EXIT and KVM_USERSPACE_EXIT records: the rows
 * of formats/exit_names.def.
 */
#ifndef FORMATS_EXIT_NAMES_H
#define FORMATS_EXIT_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "formats/note.h"

/* The others are note_kvm_exit.isa. */
enum exit_kind {
	EXIT_USERSPACE,
	EXIT_VMX,
	EXIT_SVM,
	EXIT_ARM64,
	EXIT_KIND_MAX
};

/* The name, or NULL for a number without one. */
const char *exit_name(enum exit_kind kind, uint32_t reason);

#define EXIT_TEXT_MAX	40

/* The name, or the number in decimal; into @buf, which is returned. */
const char *exit_text(enum exit_kind kind, uint32_t reason,
		      char buf[EXIT_TEXT_MAX]);

/* The row number @i of all names, in the order of kinds and numbers; NULL
 * behind the last one. */
const char *exit_name_row(size_t i, enum exit_kind *ret_kind,
			  uint32_t *ret_reason);

/*
 * The kind and the number of a record's reason, as exit_name wants it.  False
 * for other records.  Flags that VMX puts beside the number are taken off.
 */
bool exit_of_note(const struct note *note, enum exit_kind *ret_kind,
		  uint32_t *ret_reason);

#endif
