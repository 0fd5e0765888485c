/* SPDX-License-Identifier: GPL-2.0 */
/* A file of tag rules, and a record for them: of a task with a name, which
 * is charged to a cgroup. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "formats/note.h"
#include "src/analyze/tag_rules.h"
#include "tests/fuzz/fuzz.h"

#define PID	205u
#define CGROUP	77u

static void put(struct tag_rules *rules, const struct note *note)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(note, pdu, sizeof(pdu));
	const struct blk_rec rec = {
		.action = note_action(note->id), .pdu = pdu,
		.pdu_len = (uint16_t)n,
	};

	MUST(n > 0);
	tag_rules_note(rules, &rec);
}

static void put_names(struct tag_rules *rules)
{
	put(rules, &(struct note){ .id = NOTE_CGROUP, .cgroup = {
		.id = CGROUP, .path = "/system.slice/a/b.service" } });
	put(rules, &(struct note){ .id = NOTE_PROCESS, .process = {
		.tid = PID, .tgid = PID, .cgroup = CGROUP,
		.comm = "kworker/0:1-ev" } });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct blk_rec rec = {
		.device = blk_dev(8, 0), .sector = 4096, .bytes = 1u << 20,
		.pid = PID, .action = BLK_TC_ACT(BLK_TC_QUEUE) | BLK_ACT_QUEUE,
	};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct labels labels = { 0 };
	struct tag_rules *rules;
	struct err err = { 0 };
	char path[64];

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rules = tag_rules_new(&labels);
	put_names(rules);
	if (!tag_rules_load(rules, path, &err))
		(void)tag_rules_match(rules, &rec);
	else
		MUST(*err.text);
	(void)tag_rules_problem(rules);
	tag_rules_free(rules);
	labels_release(&labels);
	(void)close(fd);
	return 0;
}
