/* SPDX-License-Identifier: GPL-2.0 */
/*
 * formats/exit_names: names against the numbers of the kernel's headers.
 */
#include "config.h"

#include "formats/exit_names.h"
#include "tests/unit/unit.h"

#ifdef __x86_64__
#include <asm/svm.h>
#include <asm/vmx.h>
#endif
#include <linux/kvm.h>

static void userspace_exits_are_those_of_the_header(void **state)
{
	(void)state;
	assert_string_equal(exit_name(EXIT_USERSPACE, KVM_EXIT_IO), "IO");
	assert_string_equal(exit_name(EXIT_USERSPACE, KVM_EXIT_HLT), "HLT");
	assert_string_equal(exit_name(EXIT_USERSPACE, KVM_EXIT_SYSTEM_EVENT),
			    "SYSTEM_EVENT");
	assert_string_equal(exit_name(EXIT_USERSPACE, 0), "UNKNOWN");
	assert_null(exit_name(EXIT_USERSPACE, 4000));
}

static void hardware_exits_are_those_of_the_headers(void **state)
{
#ifdef __x86_64__
	static const struct {
		const char *name;
		uint32_t reason;
		enum exit_kind kind;
	} rows[] = {
		{ "EPT_MISCONFIG", EXIT_REASON_EPT_MISCONFIG, EXIT_VMX },
		{ "EXCEPTION_NMI", EXIT_REASON_EXCEPTION_NMI, EXIT_VMX },
		{ "HLT", EXIT_REASON_HLT, EXIT_VMX },
		{ "IOIO", SVM_EXIT_IOIO, EXIT_SVM },
		{ "NPF", SVM_EXIT_NPF, EXIT_SVM },
		{ "READ_CR0", SVM_EXIT_READ_CR0, EXIT_SVM },
		{ "EXCP_PF", SVM_EXIT_EXCP_BASE + 14, EXIT_SVM },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(exit_name(rows[i].kind, rows[i].reason),
				    rows[i].name);
#endif
	(void)state;
	/* arch/arm64/include/asm/esr.h */
	assert_string_equal(exit_name(EXIT_ARM64, 0x24), "DABT_LOW");
	assert_string_equal(exit_name(EXIT_ARM64, 0x01), "WFx");
	assert_null(exit_name(EXIT_VMX, 5));
}

static void flags_of_vmx_are_taken_off(void **state)
{
	struct note note = { .id = NOTE_KVM_EXIT };
	enum exit_kind kind;
	uint32_t reason;

	(void)state;
	note.kvm_exit.isa = 1;
	note.kvm_exit.reason = 0x80000021;
	assert_true(exit_of_note(&note, &kind, &reason));
	assert_int_equal(kind, EXIT_VMX);
	assert_string_equal(exit_name(kind, reason), "INVALID_STATE");
	note.kvm_exit.isa = 0;
	assert_false(exit_of_note(&note, &kind, &reason));
	note.kvm_exit.isa = 77;
	assert_false(exit_of_note(&note, &kind, &reason));
	note.id = NOTE_KVM_ENTRY;
	assert_false(exit_of_note(&note, &kind, &reason));
}

static void text_has_the_name(void **state)
{
	struct note note = { .id = NOTE_KVM_USERSPACE_EXIT };
	char text[NOTE_TEXT_MAX];

	(void)state;
	note.kvm_userspace_exit.reason = KVM_EXIT_MMIO;
	(void)note_text(&note, text, sizeof(text));
	assert_string_equal(text, "kvm_userspace_exit vm=0 vcpu=0 reason=6"
				  " error=0 (MMIO)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(userspace_exits_are_those_of_the_header),
		cmocka_unit_test(hardware_exits_are_those_of_the_headers),
		cmocka_unit_test(flags_of_vmx_are_taken_off),
		cmocka_unit_test(text_has_the_name),
	};

	return cmocka_run_group_tests_name("exits", tests, NULL, NULL);
}
