/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/dump.h"
#include "src/analyze/labels.h"
#include "src/analyze/merge.h"
#include "src/base/map64.h"
#include "src/base/xalloc.h"

#define MAJORS		512u	/* block majors are below, include/linux/fs.h
				   CHRDEV_MAJOR_MAX and BLKDEV_MAJOR_MAX */
#define MAJOR_MAX	4095u
#define RATE_UNIT	1e15

/* What a number in a private record means. */
enum kind {
	KIND_PLAIN,		/* the same everywhere */
	KIND_DEVICE,
	KIND_CPU,
	KIND_PID,
	KIND_CGROUP,
	KIND_TIME,
	KIND_TAG,
	KIND_VIRTIO,
	KIND_MAX
};

/*
 * By the name of the field; a note named first wins.  What is not here is
 * KIND_PLAIN.
 */
static const struct rule {
	const char *note;	/* the beginning of its name; "" = any */
	const char *field;
	enum kind kind;
} rules[] = {
	{ "virtio_", "device", KIND_VIRTIO },
	{ "", "device", KIND_DEVICE },
	{ "", "disk", KIND_DEVICE },
	{ "", "cpu", KIND_CPU },
	{ "", "tid", KIND_PID },
	{ "", "tgid", KIND_PID },
	{ "kvm_", "vm", KIND_PID },
	{ "", "cgroup", KIND_CGROUP },
	{ "cgroup", "id", KIND_CGROUP },
	{ "loss", "from", KIND_TIME },
	{ "loss", "to", KIND_TIME },
	{ "clock", "monotonic", KIND_TIME },
	{ "tag", "tag", KIND_TAG },	/* and of "tagged" */
};

#define NR_CHANGES	8	/* in one note */

/* The fields of a note that change. */
struct changes {
	size_t nr;
	struct {
		uint16_t offset;	/* in struct note */
		bool is_wide;		/* u64 */
		enum kind kind;
	} at[NR_CHANGES];
};

struct merge {
	const struct merge_host *hosts;	/* borrowed */
	size_t nr_hosts;
	struct map64 devices;	/* host << 32 | device -> number + 1 */
	struct map64 owners;	/* number -> host + 1 */
	struct map64 tags;	/* host << 32 | tag -> number */
	struct labels labels;
	struct changes changes[NOTE_MAX];
	struct merge_counts counts;
	uint8_t pdu[UINT16_MAX];
	uint8_t turned[UINT16_MAX];
	char text[2][NOTE_PDU_MAX];	/* of the note that is being changed */
};

static enum kind kind_of(const char *note, const char *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (!strncmp(note, rules[i].note, strlen(rules[i].note)) &&
		    !strcmp(field, rules[i].field))
			return rules[i].kind;
	return KIND_PLAIN;
}

static void read_rules(struct changes *c, const struct note_type *t)
{
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct note_field *f = &t->fields[i];
		enum kind kind = kind_of(t->name, f->name);

		if (kind == KIND_PLAIN || f->type == NOTE_FIELD_STR)
			continue;
		assert(c->nr < NR_CHANGES);
		c->at[c->nr].offset = f->offset;
		c->at[c->nr].is_wide = f->type == NOTE_FIELD_U64;
		c->at[c->nr++].kind = kind;
	}
}

struct merge *merge_new(const struct merge_host *hosts, size_t nr)
{
	struct merge *m = xcalloc(1, sizeof(*m));

	assert(nr <= MERGE_HOSTS_MAX);
	m->hosts = hosts;
	m->nr_hosts = nr;
	for (unsigned int i = 0; i < NOTE_MAX; i++)
		read_rules(&m->changes[i], note_type((enum note_id)i));
	return m;
}

void merge_free(struct merge *m)
{
	if (!m)
		return;
	map64_release(&m->devices);
	map64_release(&m->owners);
	map64_release(&m->tags);
	labels_release(&m->labels);
	free(m);
}

/* ---- numbers ------------------------------------------------------------- */

/* Nobody's number: the same minor, and 512 or more above the major. */
static uint32_t free_number(const struct merge *m, uint32_t device)
{
	unsigned int major = blk_major(device), minor = blk_minor(device);

	for (major += MAJORS; major <= MAJOR_MAX; major += MAJORS)
		if (!map64_get(&m->owners, blk_dev(major, minor)))
			return blk_dev(major, minor);
	for (uint32_t n = blk_dev(MAJOR_MAX, 0xfffff); n; n--)
		if (!map64_get(&m->owners, n))
			return n;
	return device;
}

uint32_t merge_device(struct merge *m, size_t host, uint32_t device)
{
	uint64_t *known;
	uint32_t number = device;

	if (!device)
		return 0;
	known = map64_put(&m->devices, (uint64_t)host << 32 | device);
	if (*known)
		return (uint32_t)(*known - 1);
	if (map64_get(&m->owners, device))
		number = free_number(m, device);
	*map64_put(&m->owners, number) = host + 1;
	*known = (uint64_t)number + 1;
	return number;
}

static uint32_t number_pid(size_t host, uint32_t pid)
{
	return pid ? pid + (uint32_t)host * MERGE_PIDS : 0;
}

static uint64_t number_cgroup(size_t host, uint64_t id)
{
	return id ? id + ((uint64_t)host << MERGE_CGROUPS) : 0;
}

/* A tag without a label keeps its number; no writer makes such. */
static uint32_t number_tag(const struct merge *m, size_t host, uint32_t tag)
{
	const uint64_t *number = map64_get(&m->tags,
					   (uint64_t)host << 32 | tag);

	return tag && number ? (uint32_t)*number : tag;
}

static uint64_t change(struct merge *m, size_t host, enum kind kind,
		       uint64_t v)
{
	const struct merge_host *h = &m->hosts[host];

	switch (kind) {
	case KIND_DEVICE:
		return merge_device(m, host, (uint32_t)v);
	case KIND_CPU:
		return v < h->nr_cpus ? v + h->cpu : v;
	case KIND_PID:
		return number_pid(host, (uint32_t)v);
	case KIND_CGROUP:
		return number_cgroup(host, v);
	case KIND_TIME:
		return v ? align_time(&h->map, v) : 0;
	case KIND_TAG:
		return number_tag(m, host, (uint32_t)v);
	case KIND_VIRTIO:
		return v + (uint64_t)host * MERGE_VIRTIO;
	case KIND_PLAIN:
	case KIND_MAX:
		break;
	}
	return v;
}

/* ---- private records ----------------------------------------------------- */

static void change_fields(struct merge *m, size_t host, struct note *note)
{
	const struct changes *c = &m->changes[note->id];

	for (size_t i = 0; i < c->nr; i++) {
		uint8_t *p = (uint8_t *)note + c->at[i].offset;
		uint64_t wide;
		uint32_t word;

		if (c->at[i].is_wide) {
			memcpy(&wide, p, sizeof(wide));
			wide = change(m, host, c->at[i].kind, wide);
			memcpy(p, &wide, sizeof(wide));
		} else {
			memcpy(&word, p, sizeof(word));
			word = (uint32_t)change(m, host, c->at[i].kind, word);
			memcpy(p, &word, sizeof(word));
		}
	}
}

/* "8:1,8:17" */
static const char *change_below(struct merge *m, size_t host, const char *text)
{
	size_t len = 0, size = sizeof(m->text[1]);
	unsigned int major, minor;
	int n;

	m->text[1][0] = '\0';
	while (sscanf(text, "%u:%u%n", &major, &minor, &n) == 2) {
		uint32_t number = merge_device(m, host,
					       blk_dev(major, minor));

		len += (size_t)snprintf(m->text[1] + len, size - len,
					"%s%u:%u", len ? "," : "",
					blk_major(number), blk_minor(number));
		text += n;
		if (*text++ != ',' || len >= size)
			break;
	}
	return m->text[1];
}

static const char *put_name(struct merge *m, size_t host, const char *text)
{
	(void)snprintf(m->text[0], sizeof(m->text[0]), "%s:%s",
		       m->hosts[host].name, text);
	return m->text[0];
}

/* False: this note is left out. */
static bool change_note(struct merge *m, size_t host, struct note *note)
{
	uint32_t tag = note->tag.tag;

	/* the merge has a HOST of its own, and one clock */
	if (note->id == NOTE_HOST || (note->id == NOTE_CLOCK && host) ||
	    (note->id == NOTE_CLOCK && m->hosts[host].has_odd_notes))
		return false;
	if (note->id == NOTE_LOSS)
		m->counts.lost += note->loss.count;
	if (note->id == NOTE_TAG && tag)
		*map64_put(&m->tags, (uint64_t)host << 32 | tag) =
			labels_add(&m->labels, note->tag.label,
				   strlen(note->tag.label));
	change_fields(m, host, note);
	if (note->id == NOTE_DEVICE) {
		note->device.below = change_below(m, host, note->device.below);
		note->device.name = put_name(m, host, note->device.name);
	} else if (note->id == NOTE_CGROUP) {
		note->cgroup.path = put_name(m, host, note->cgroup.path);
	}
	return true;
}

static bool take_private(struct merge *m, size_t host, struct blk_rec *rec)
{
	struct note note;
	int n = note_decode(rec, &note);

	if (n == -ENOENT) {
		m->counts.foreign++;
		return true;
	}
	if (n) {
		m->counts.bad_note++;
		return false;
	}
	if (!change_note(m, host, &note))
		return false;
	n = note_encode(&note, m->pdu, sizeof(m->pdu));
	if (n < 0)
		return false;
	rec->pdu = m->pdu;
	rec->pdu_len = (uint16_t)n;
	rec->is_swapped = false;
	return true;
}

/* ---- all records --------------------------------------------------------- */

static void put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

/* The devices of A, and the cgroup in front of any payload. */
static void change_payload(struct merge *m, size_t host, struct blk_rec *rec)
{
	struct blk_remap remap;
	bool is_remap = !blk_is_notify(rec) &&
			blk_code(rec) == BLK_ACT_REMAP &&
			!blk_get_remap(rec, &remap);
	uint64_t cgroup = 0;
	bool has_cgroup = !blk_cgroup_id(rec, &cgroup);

	if (!is_remap && !has_cgroup)
		return;
	memcpy(m->pdu, rec->pdu, rec->pdu_len);
	rec->pdu = m->pdu;
	if (has_cgroup) {
		cgroup = number_cgroup(host, cgroup);
		memcpy(m->pdu, &cgroup, sizeof(cgroup));
	}
	if (is_remap) {
		uint8_t *p = m->pdu + (has_cgroup ? sizeof(cgroup) : 0);

		put_be32(p, merge_device(m, host, remap.device_from));
		put_be32(p + 4, merge_device(m, host, remap.device_to));
	}
}

static bool is_timestamp(const struct blk_rec *rec)
{
	return blk_categories(rec) == BLK_TC_NOTIFY &&
	       blk_code(rec) == BLK_TN_TIMESTAMP;
}

static bool is_message(const struct blk_rec *rec)
{
	return blk_categories(rec) == BLK_TC_NOTIFY &&
	       blk_code(rec) == BLK_TN_MESSAGE;
}

bool merge_time(const struct merge *m, size_t host, const struct blk_rec *rec,
		uint64_t *ret_time)
{
	const struct merge_host *h = &m->hosts[host];

	if (h->has_odd_notes && blk_is_notify(rec) && !is_message(rec))
		return false;
	*ret_time = align_time(&h->map, rec->time);
	return true;
}

bool merge_record(struct merge *m, size_t host, const struct blk_rec *rec,
		  uint64_t last, struct blk_rec *ret)
{
	const struct merge_host *h = &m->hosts[host];

	*ret = *rec;
	if (rec->cpu >= h->nr_cpus) {
		m->counts.bad_cpu++;
		return false;
	}
	if (!merge_time(m, host, rec, &ret->time))
		ret->time = last;
	if (note_is_private(rec)) {
		if (!take_private(m, host, ret))
			return false;
	} else {
		/* blkparse takes the last one that it meets */
		if (is_timestamp(rec) && (host || h->has_odd_notes))
			return false;
		if (rec->is_swapped && rec->pdu_len)
			dump_turn(ret, m->turned, sizeof(m->turned));
		change_payload(m, host, ret);
	}
	ret->cpu += h->cpu;
	ret->pid = number_pid(host, rec->pid);
	ret->device = merge_device(m, host, rec->device);
	return true;
}

void merge_note(const struct merge *m, size_t host, enum align_mode mode,
		struct note *ret)
{
	const struct merge_host *h = &m->hosts[host];

	*ret = (struct note){ .id = NOTE_MERGE, .merge = {
		.number = (uint32_t)host, .align = (uint32_t)mode,
		.cpu = h->cpu, .nr_cpus = h->nr_cpus,
		.pid = (uint32_t)host * MERGE_PIDS,
		.flags = h->map.has_error ? NOTE_MERGE_ERROR : 0,
		.at = h->map.at, .offset = (uint64_t)h->map.offset,
		.rate = (uint64_t)(int64_t)(h->map.rate * RATE_UNIT),
		.error = h->map.has_error ? h->map.error : 0,
		.name = h->name, .node = h->node, .release = h->release,
		.machine = h->machine, .source = h->source,
	} };
}

const struct merge_counts *merge_counts(const struct merge *m)
{
	return &m->counts;
}
