/* SPDX-License-Identifier: GPL-2.0 */
/* A file of tag rules, and a record for them. */
#include "config.h"

#include <stdio.h>
#include <sys/mman.h>

#include "src/analyze/tag_rules.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct blk_rec rec = {
		.device = blk_dev(8, 0), .sector = 4096, .bytes = 1u << 20,
		.pid = 205, .action = 0x10001,
	};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct labels labels = { 0 };
	struct tag_rules *rules;
	struct err err = { 0 };
	char path[64];

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rules = tag_rules_new(&labels);
	if (!tag_rules_load(rules, path, &err))
		(void)tag_rules_match(rules, &rec);
	else
		MUST(*err.text);
	tag_rules_free(rules);
	labels_release(&labels);
	(void)close(fd);
	return 0;
}
