/* SPDX-License-Identifier: GPL-2.0 */
/*
 * analyze/vmname: names as the manuals of the VMMs say that they are given.
 */
#include "config.h"

#include "src/analyze/vmname.h"
#include "tests/unit/unit.h"

static const struct row {
	const char *words;	/* "|" stands for the NUL */
	const char *name;	/* NULL = none */
} rows[] = {
	{ "/usr/bin/qemu-system-x86_64|-m|512|-name|web", "web" },
	{ "qemu-system-x86_64|--name|web|-m|1", "web" },
	/* as libvirt writes it */
	{ "/usr/bin/qemu-system-x86_64|-name|guest=vm1,debug-threads=on|-S",
	  "vm1" },
	{ "qemu-kvm|-name|a,,b,process=x", "a,b" },
	{ "qemu-kvm|-name|guest=a,,,,b", "a,,b" },
	{ "qemu-kvm|-name|guest=x,plain", "plain" },
	{ "qemu-kvm|-name|process=x", NULL },
	{ "qemu-kvm|-name|", NULL },
	{ "qemu-kvm|-name", NULL },
	{ "qemu-kvm|-name|x=y,,z,guest=last", "last" },
	{ "/usr/bin/kvm|-name|old", "old" },
	{ "firecracker|--id|fc-1|--api-sock|/run/a.sock", "fc-1" },
	{ "/jail/firecracker|--api-sock|/x|--id=fc-2", "fc-2" },
	{ "firecracker|--idle|7", NULL },
	{ "cloud-hypervisor|--api-socket|/run/ch/db.sock|--kernel|k", "db" },
	{ "cloud-hypervisor|--api-socket|path=/run/db.v2.sock", "db.v2" },
	{ "cloud-hypervisor|--api-socket=/run/.sock", ".sock" },
	{ "cloud-hypervisor|--kernel|k", NULL },
	{ "crosvm|run|--name|arc|kernel", "arc" },
	{ "lkvm|run|--name|small", "small" },
	{ "bash|-name|x", NULL },
	{ "", NULL },
};

static void names_are_those_of_the_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].words);
		char *bytes = malloc(len + 1), name[VMNAME_MAX] = "untouched";

		assert_non_null(bytes);
		/* no NUL behind the last word: valgrind looks */
		memcpy(bytes, rows[i].words, len);
		for (size_t k = 0; k < len; k++)
			if (bytes[k] == '|')
				bytes[k] = '\0';
		if (vmname_parse(bytes, len, name) != !!rows[i].name ||
		    strcmp(name, rows[i].name ? rows[i].name : "untouched"))
			fail_msg("%s: \"%s\"", rows[i].words, name);
		free(bytes);
	}
}

static void long_names_are_cut(void **state)
{
	char line[400] = "qemu", name[VMNAME_MAX];

	(void)state;
	memcpy(line + 5, "-name", 6);
	memset(line + 11, 'n', 300);
	assert_true(vmname_parse(line, 311, name));
	assert_int_equal(strlen(name), VMNAME_MAX - 1);
}

static void blanks_part_words_of_a_record(void **state)
{
	char name[VMNAME_MAX];

	(void)state;
	assert_true(vmname_parse_text("/usr/bin/qemu-system-x86_64 -name"
				      " guest=vm7,debug-threads=on -S", name));
	assert_string_equal(name, "vm7");
	assert_false(vmname_parse_text("", name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_options),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(blanks_part_words_of_a_record),
	};

	return cmocka_run_group_tests_name("vmname", tests, NULL, NULL);
}
