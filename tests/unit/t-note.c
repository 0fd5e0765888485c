/* SPDX-License-Identifier: GPL-2.0 */
/*
 * formats/note: the payloads of the private records.  What is expected comes
 * from the tables of doc/FORMAT.md, chapter 4, written here as bytes.
 */
#include "config.h"

#include <errno.h>

#include "formats/note.h"
#include "tests/unit/unit.h"

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

static const bool host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

/*
 * One row for each record: what is written, its bytes on a little-endian and
 * on a big-endian machine, and how long the part before the strings is.
 */
static const struct row {
	struct note note;
	unsigned int code;
	const char *le;
	const char *be;
	uint16_t fixed_len;
	uint16_t version;	/* 0 = 1 */
} rows[] = {
	{
		.note = { .id = NOTE_HOST, .host = {
			.nr_cpus = 64, .flags = NOTE_HOST_MERGED, .node = "n1",
			.release = "6.18", .machine = "x86_64",
			.recorder = "iotape 0.1.0" } },
		.code = 0x4a00,
		.le = "2c00 0100 40000000 0100000000000000"
		      "6e3100 362e313800 7838365f363400"
		      "696f7461706520302e312e3000",
		.be = "002c 0001 00000040 0000000000000001"
		      "6e3100 362e313800 7838365f363400"
		      "696f7461706520302e312e3000",
		.fixed_len = 16,
	},
	{
		.note = { .id = NOTE_DEVICE, .device = {
			.device = 0x00800001, .disk = 0x00800000,
			.flags = NOTE_DEVICE_PARTITION, .start = 2048,
			.sectors = 0x100000000, .name = "sda1",
			.scheduler = "bfq", .below = "8:1" } },
		.code = 0x4a01,
		.le = "2d00 0100 01008000 00008000 02000000"
		      "0008000000000000 0000000001000000"
		      "7364613100 62667100 383a3100",
		.be = "002d 0001 00800001 00800000 00000002"
		      "0000000000000800 0000000100000000"
		      "7364613100 62667100 383a3100",
		.fixed_len = 32,
	},
	{
		.note = { .id = NOTE_PROCESS, .process = {
			.tid = 4711, .tgid = 4710, .flags = 1,
			.cgroup = 0x1122334455667788, .comm = "fio",
			.cmdline = "fio x" } },
		.code = 0x4a02,
		.le = "2200 0100 67120000 66120000 01000000"
		      "8877665544332211 66696f00 66696f207800",
		.be = "0022 0001 00001267 00001266 00000001"
		      "1122334455667788 66696f00 66696f207800",
		.fixed_len = 24,
	},
	{
		.note = { .id = NOTE_CGROUP, .cgroup = {
			.flags = 0, .id = 77, .path = "/a/b" } },
		.code = 0x4a03,
		.le = "1500 0100 00000000 4d00000000000000 2f612f6200",
		.be = "0015 0001 00000000 000000000000004d 2f612f6200",
		.fixed_len = 16,
	},
	{
		.note = { .id = NOTE_LOSS, .loss = {
			.device = 0x00700000, .cpu = 3,
			.reason = NOTE_LOSS_RING_FULL, .count = 12,
			.from = 1000000000, .to = 2000000000 } },
		.code = 0x4a04,
		.le = "2800 0100 00007000 03000000 01000000"
		      "0c00000000000000 00ca9a3b00000000 0094357700000000",
		.be = "0028 0001 00700000 00000003 00000001"
		      "000000000000000c 000000003b9aca00 0000000077359400",
		.fixed_len = 40,
	},
	{
		.note = { .id = NOTE_CLOCK, .clock = {
			.flags = NOTE_CLOCK_END, .monotonic = 1,
			.realtime = 1700000000123456789, .boottime = 3,
			.tsc = 4, .tai = 5, .max_error = 6, .est_error = 7,
			.width = 8 } },
		.code = 0x4a05,
		.le = "4400 0200 02000000 0100000000000000"
		      "15cd853dfe9c9717 0300000000000000"
		      "0400000000000000 0500000000000000"
		      "0600000000000000 0700000000000000 08000000",
		.be = "0044 0002 00000002 0000000000000001"
		      "17979cfe3d85cd15 0000000000000003"
		      "0000000000000004 0000000000000005"
		      "0000000000000006 0000000000000007 00000008",
		.fixed_len = 68,
		.version = 2,
	},
	{
		.note = { .id = NOTE_TOTAL, .total = {
			.device = 0x00700000, .cpu = 1, .flags = 0,
			.events = 100000, .lost = 2 } },
		.code = 0x4a06,
		.le = "2000 0100 00007000 01000000 00000000"
		      "a086010000000000 0200000000000000",
		.be = "0020 0001 00700000 00000001 00000000"
		      "00000000000186a0 0000000000000002",
		.fixed_len = 32,
	},
	{
		.note = { .id = NOTE_CHARGE, .charge = { .cgroup = 77 } },
		.code = 0x4a07,
		.le = "1000 0100 00000000 4d00000000000000",
		.be = "0010 0001 00000000 000000000000004d",
		.fixed_len = 16,
	},
	{
		.note = { .id = NOTE_TAG, .tag = {
			.tag = 3, .label = "fio (100)" } },
		.code = 0x4a08,
		.le = "1200 0100 03000000 66696f20283130302900",
		.be = "0012 0001 00000003 66696f20283130302900",
		.fixed_len = 8,
	},
	{
		.note = { .id = NOTE_TAGGED, .tagged = { .tag = 3 } },
		.code = 0x4a09,
		.le = "0800 0100 03000000",
		.be = "0008 0001 00000003",
		.fixed_len = 8,
	},
	{
		.note = { .id = NOTE_KVM_ENTRY, .kvm_entry = {
			.vm = 0x1011, .vcpu = 0x1022,
			.flags = 0x1033 } },
		.code = 0x4c00,
		.le = "1000 0100 11100000 22100000 33100000",
		.be = "0010 0001 00001011 00001022 00001033",
		.fixed_len = 16,
	},
	{
		.note = { .id = NOTE_KVM_EXIT, .kvm_exit = {
			.vm = 0x1012, .vcpu = 0x1023,
			.isa = 0x1034, .reason = 0x1045,
			.intr_info = 0x1056, .error_code = 0x1067,
			.rip = 0x1122334455660112, .info1 = 0x1122334455660223,
			.info2 = 0x1122334455660334 } },
		.code = 0x4c01,
		.le = "3800 0100 12100000 23100000 34100000"
		      " 45100000 56100000 67100000 00000000"
		      " 1201665544332211 2302665544332211"
		      " 3403665544332211",
		.be = "0038 0001 00001012 00001023 00001034"
		      " 00001045 00001056 00001067 00000000"
		      " 1122334455660112 1122334455660223"
		      " 1122334455660334",
		.fixed_len = 56,
	},
	{
		.note = { .id = NOTE_KVM_USERSPACE_EXIT, .kvm_userspace_exit = {
			.vm = 0x1013, .vcpu = 0x1024,
			.reason = 0x1035, .error = 0x1046 } },
		.code = 0x4c02,
		.le = "1400 0100 13100000 24100000 35100000"
		      " 46100000",
		.be = "0014 0001 00001013 00001024 00001035"
		      " 00001046",
		.fixed_len = 20,
	},
	{
		.note = { .id = NOTE_KVM_PIO, .kvm_pio = {
			.vm = 0x1014, .vcpu = 0x1025,
			.write = 0x1036, .port = 0x1047,
			.size = 0x1058, .count = 0x1069,
			.value = 0x107a } },
		.code = 0x4c03,
		.le = "2000 0100 14100000 25100000 36100000"
		      " 47100000 58100000 69100000 7a100000",
		.be = "0020 0001 00001014 00001025 00001036"
		      " 00001047 00001058 00001069 0000107a",
		.fixed_len = 32,
	},
	{
		.note = { .id = NOTE_KVM_MMIO, .kvm_mmio = {
			.vm = 0x1015, .vcpu = 0x1026,
			.type = 0x1037, .len = 0x1048,
			.gpa = 0x1122334455660115, .value = 0x1122334455660226 } },
		.code = 0x4c04,
		.le = "2800 0100 15100000 26100000 37100000"
		      " 48100000 00000000 1501665544332211"
		      " 2602665544332211",
		.be = "0028 0001 00001015 00001026 00001037"
		      " 00001048 00000000 1122334455660115"
		      " 1122334455660226",
		.fixed_len = 40,
	},
	{
		.note = { .id = NOTE_KVM_FAST_MMIO, .kvm_fast_mmio = {
			.vm = 0x1016, .vcpu = 0x1027,
			.gpa = 0x1122334455660116 } },
		.code = 0x4c05,
		.le = "1800 0100 16100000 27100000 00000000"
		      " 1601665544332211",
		.be = "0018 0001 00001016 00001027 00000000"
		      " 1122334455660116",
		.fixed_len = 24,
	},
	{
		.note = { .id = NOTE_KVM_SET_IRQ, .kvm_set_irq = {
			.vm = 0x1017, .vcpu = 0x1028,
			.gsi = 0x1039, .level = 0x104a,
			.source = 0x105b } },
		.code = 0x4c06,
		.le = "1800 0100 17100000 28100000 39100000"
		      " 4a100000 5b100000",
		.be = "0018 0001 00001017 00001028 00001039"
		      " 0000104a 0000105b",
		.fixed_len = 24,
	},
	{
		.note = { .id = NOTE_KVM_MSI_SET_IRQ, .kvm_msi_set_irq = {
			.vm = 0x1018, .vcpu = 0x1029,
			.address = 0x1122334455660118, .data = 0x1122334455660229 } },
		.code = 0x4c07,
		.le = "2000 0100 18100000 29100000 00000000"
		      " 1801665544332211 2902665544332211",
		.be = "0020 0001 00001018 00001029 00000000"
		      " 1122334455660118 1122334455660229",
		.fixed_len = 32,
	},
	{
		.note = { .id = NOTE_KVM_INJ_VIRQ, .kvm_inj_virq = {
			.vm = 0x1019, .vcpu = 0x102a,
			.vector = 0x103b, .flags = 0x104c } },
		.code = 0x4c08,
		.le = "1400 0100 19100000 2a100000 3b100000"
		      " 4c100000",
		.be = "0014 0001 00001019 0000102a 0000103b"
		      " 0000104c",
		.fixed_len = 20,
	},
	{
		.note = { .id = NOTE_KVM_HYPERCALL, .kvm_hypercall = {
			.vm = 0x101a, .vcpu = 0x102b,
			.nr = 0x112233445566011a, .a0 = 0x112233445566022b,
			.a1 = 0x112233445566033c, .a2 = 0x112233445566044d,
			.a3 = 0x112233445566055e } },
		.code = 0x4c09,
		.le = "3800 0100 1a100000 2b100000 00000000"
		      " 1a01665544332211 2b02665544332211"
		      " 3c03665544332211 4d04665544332211"
		      " 5e05665544332211",
		.be = "0038 0001 0000101a 0000102b 00000000"
		      " 112233445566011a 112233445566022b"
		      " 112233445566033c 112233445566044d"
		      " 112233445566055e",
		.fixed_len = 56,
	},
	{
		.note = { .id = NOTE_KVM_MSR, .kvm_msr = {
			.vm = 0x101b, .vcpu = 0x102c,
			.write = 0x103d, .msr = 0x104e,
			.exception = 0x105f, .data = 0x112233445566011b } },
		.code = 0x4c0a,
		.le = "2000 0100 1b100000 2c100000 3d100000"
		      " 4e100000 5f100000 1b01665544332211",
		.be = "0020 0001 0000101b 0000102c 0000103d"
		      " 0000104e 0000105f 112233445566011b",
		.fixed_len = 32,
	},
	{
		.note = { .id = NOTE_KVM_PAGE_FAULT, .kvm_page_fault = {
			.vm = 0x101c, .vcpu = 0x102d,
			.address = 0x112233445566011c, .error_code = 0x112233445566022d } },
		.code = 0x4c0b,
		.le = "2000 0100 1c100000 2d100000 00000000"
		      " 1c01665544332211 2d02665544332211",
		.be = "0020 0001 0000101c 0000102d 00000000"
		      " 112233445566011c 112233445566022d",
		.fixed_len = 32,
	},
	{
		.note = { .id = NOTE_KVM_HALT_POLL_NS, .kvm_halt_poll_ns = {
			.vm = 0x101d, .vcpu = 0x102e,
			.grow = 0x103f, .after = 0x1050,
			.before = 0x1061 } },
		.code = 0x4c0c,
		.le = "1800 0100 1d100000 2e100000 3f100000"
		      " 50100000 61100000",
		.be = "0018 0001 0000101d 0000102e 0000103f"
		      " 00001050 00001061",
		.fixed_len = 24,
	},
	{
		.note = { .id = NOTE_KVM_VCPU_WAKEUP, .kvm_vcpu_wakeup = {
			.vm = 0x101e, .vcpu = 0x102f,
			.flags = 0x1040, .ns = 0x112233445566011e } },
		.code = 0x4c0d,
		.le = "1800 0100 1e100000 2f100000 40100000"
		      " 1e01665544332211",
		.be = "0018 0001 0000101e 0000102f 00001040"
		      " 112233445566011e",
		.fixed_len = 24,
	},
	{
		.note = { .id = NOTE_KVM_ACK_IRQ, .kvm_ack_irq = {
			.vm = 0x101f, .vcpu = 0x1030,
			.irqchip = 0x1041, .pin = 0x1052 } },
		.code = 0x4c0e,
		.le = "1400 0100 1f100000 30100000 41100000"
		      " 52100000",
		.be = "0014 0001 0000101f 00001030 00001041"
		      " 00001052",
		.fixed_len = 20,
	},
	{
		.note = { .id = NOTE_KVM_EOI, .kvm_eoi = {
			.vm = 0x1020, .vcpu = 0x1031,
			.vector = 0x1042 } },
		.code = 0x4c0f,
		.le = "1000 0100 20100000 31100000 42100000",
		.be = "0010 0001 00001020 00001031 00001042",
		.fixed_len = 16,
	},
	{
		.note = { .id = NOTE_CPUSTAT, .cpustat = {
			.cpu = 3, .user = 1, .nice = 2, .system = 3, .idle = 4,
			.iowait = 5, .irq = 6, .softirq = 7,
			.steal = 0x1122334455667788 } },
		.code = 0x4a0a,
		.le = "4800 0100 03000000"
		      "0100000000000000"
		      "0200000000000000"
		      "0300000000000000"
		      "0400000000000000"
		      "0500000000000000"
		      "0600000000000000"
		      "0700000000000000"
		      "8877665544332211",
		.be = "0048 0001 00000003"
		      "0000000000000001"
		      "0000000000000002"
		      "0000000000000003"
		      "0000000000000004"
		      "0000000000000005"
		      "0000000000000006"
		      "0000000000000007"
		      "1122334455667788",
		.fixed_len = 72,
	},
	{
		.note = { .id = NOTE_VIRTIO_QUEUE, .virtio_queue = {
			.device = 1, .queue = 2, .type = 0x1003,
			.driver = "virtio_blk", .name = "req.0" } },
		.code = 0x4e00,
		.le = "2100 0100 01000000 02000000 03100000"
		      " 76697274696f5f626c6b00 7265712e3000",
		.be = "0021 0001 00000001 00000002 00001003"
		      " 76697274696f5f626c6b00 7265712e3000",
		.fixed_len = 16,
	},
	{
		.note = { .id = NOTE_VIRTIO_ADD, .virtio_add = {
			.device = 1, .queue = 2, .flags = 3, .out_sgs = 4,
			.in_sgs = 5, .out_entries = 6, .in_entries = 7,
			.disk = 0xfe00000, .op = 8, .bytes = 0x10000,
			.sector = 0x1122334455667788, .out_bytes = 9,
			.in_bytes = 0x100000000a,
			.token = 0xfedcba9876543210 } },
		.code = 0x4e01,
		.le = "5000 0100 01000000 02000000 03000000 04000000 05000000"
		      " 06000000 07000000 0000e00f 08000000 00000100 00000000"
		      " 8877665544332211 0900000000000000 0a00000010000000"
		      " 1032547698badcfe",
		.be = "0050 0001 00000001 00000002 00000003 00000004 00000005"
		      " 00000006 00000007 0fe00000 00000008 00010000 00000000"
		      " 1122334455667788 0000000000000009 000000100000000a"
		      " fedcba9876543210",
		.fixed_len = 80,
	},
	{
		.note = { .id = NOTE_VIRTIO_KICK, .virtio_kick = {
			.device = 1, .queue = 2, .needed = 1 } },
		.code = 0x4e02,
		.le = "1000 0100 01000000 02000000 01000000",
		.be = "0010 0001 00000001 00000002 00000001",
		.fixed_len = 16,
	},
	{
		.note = { .id = NOTE_VIRTIO_NOTIFY, .virtio_notify = {
			.device = 0x1030, .queue = 0x1041, .ok = 0x1052 } },
		.code = 0x4e03,
		.le = "1000 0100 30100000 41100000 52100000",
		.be = "0010 0001 00001030 00001041 00001052",
		.fixed_len = 16,
	},
	{
		.note = { .id = NOTE_VIRTIO_GET, .virtio_get = {
			.device = 1, .queue = 2, .len = 0x10001,
			.token = 0x1122334455667788 } },
		.code = 0x4e04,
		.le = "1800 0100 01000000 02000000 01000100 8877665544332211",
		.be = "0018 0001 00000001 00000002 00010001 1122334455667788",
		.fixed_len = 24,
	},
	{
		.note = { .id = NOTE_MERGE, .merge = {
			.number = 1, .align = 0, .cpu = 2, .nr_cpus = 4,
			.pid = 10000000, .flags = NOTE_MERGE_ERROR, .at = 5,
			.offset = (uint64_t)-2, .rate = 3, .error = 9,
			.name = "b", .node = "n", .release = "r",
			.machine = "m", .source = "s" } },
		.code = 0x4a0b,
		.le = "4a00 0100 01000000 00000000 02000000 04000000 "
		      "80969800 01000000 00000000 0500000000000000 "
		      "feffffffffffffff 0300000000000000 0900000000000000 "
		      "62006e0072006d007300",
		.be = "004a 0001 00000001 00000000 00000002 00000004 "
		      "00989680 00000001 00000000 0000000000000005 "
		      "fffffffffffffffe 0000000000000003 0000000000000009 "
		      "62006e0072006d007300",
		.fixed_len = 64,
	},
};

static struct blk_rec record_of(unsigned int code, const uint8_t *pdu,
				size_t len, bool is_big)
{
	return (struct blk_rec){
		.action = BLK_TC_ACT(BLK_TC_NOTIFY) | code,
		.pdu = len ? pdu : NULL, .pdu_len = (uint16_t)len,
		.version = 7, .is_swapped = is_big != host_is_big,
	};
}

/* Field by field, through the table: strings by their text. */
static void assert_note_equal(const struct note *a, const struct note *b)
{
	const struct note_type *t = note_type(a->id);

	assert_int_equal(a->id, b->id);
	for (unsigned int i = 0; i < t->nr_fields; i++) {
		const struct note_field *f = &t->fields[i];
		const uint8_t *pa = (const uint8_t *)a + f->offset;
		const uint8_t *pb = (const uint8_t *)b + f->offset;
		const char *sa, *sb;

		switch (f->type) {
		case NOTE_FIELD_U32:
			assert_memory_equal(pa, pb, 4);
			break;
		case NOTE_FIELD_U64:
			assert_memory_equal(pa, pb, 8);
			break;
		case NOTE_FIELD_STR:
			memcpy(&sa, pa, sizeof(sa));
			memcpy(&sb, pb, sizeof(sb));
			assert_string_equal(sa, sb);
			break;
		}
	}
}

static uint16_t version_of(const struct row *row)
{
	return row->version ? row->version : 1;
}

static void every_record_is_here(void **state)
{
	(void)state;
	assert_int_equal(NR(rows), NOTE_MAX);
	for (size_t i = 0; i < NR(rows); i++) {
		const struct note_type *t = note_type((enum note_id)i);

		assert_int_equal(rows[i].note.id, i);
		assert_int_equal(t->code, rows[i].code);
		assert_int_equal(t->version, version_of(&rows[i]));
		assert_int_equal(note_action((enum note_id)i),
				 0x04000000 | rows[i].code);
		assert_true(strlen(t->help) > 3);
	}
}

static void encodes_the_bytes_of_the_table(void **state)
{
	uint8_t want[NOTE_PDU_MAX], got[NOTE_PDU_MAX];

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		size_t len = unit_hex(host_is_big ? rows[i].be : rows[i].le,
				      want, sizeof(want));

		memset(got, 0xaa, sizeof(got));
		assert_int_equal(note_encode(&rows[i].note, got, sizeof(got)),
				 len);
		assert_memory_equal(got, want, len);
		assert_int_equal(got[len], 0xaa);
	}
}

static void decodes_either_byte_order(void **state)
{
	struct unit_guard g = unit_guard_new(NOTE_PDU_MAX);
	uint8_t bytes[NOTE_PDU_MAX];

	(void)state;
	for (size_t i = 0; i < 2 * NR(rows); i++) {
		const struct row *row = &rows[i / 2];
		bool is_big = i % 2;
		size_t len = unit_hex(is_big ? row->be : row->le, bytes,
				      sizeof(bytes));
		uint8_t *p = unit_guard_put(&g, bytes, len);
		struct blk_rec rec = record_of(row->code, p, len, is_big);
		struct note note;

		assert_true(note_is_private(&rec));
		assert_int_equal(note_decode(&rec, &note), 0);
		assert_int_equal(note.version, version_of(row));
		assert_note_equal(&note, &row->note);
	}
	unit_guard_free(&g);
}

/*
 * A payload that says it is shorter (written by an older iotape, before a
 * field was added): what is missing is 0 or "", and nothing after its end is
 * looked at.
 */
static void shorter_payloads_decode(void **state)
{
	struct unit_guard g = unit_guard_new(NOTE_PDU_MAX);
	uint8_t bytes[NOTE_PDU_MAX];

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		size_t len = unit_hex(rows[i].le, bytes, sizeof(bytes));

		for (size_t cut = 4; cut < len; cut++) {
			uint8_t *p;
			struct blk_rec rec;
			struct note note;

			bytes[0] = (uint8_t)cut;
			p = unit_guard_put(&g, bytes, cut);
			rec = record_of(rows[i].code, p, cut, false);
			assert_int_equal(note_decode(&rec, &note), 0);
			/* longer record, same payload */
			rec = record_of(rows[i].code, bytes, len, false);
			assert_int_equal(note_decode(&rec, &note), 0);
			if (cut >= rows[i].fixed_len)
				continue;
			if (note.id == NOTE_LOSS)
				assert_int_equal(note.loss.to, 0);
			if (note.id == NOTE_HOST)
				assert_string_equal(note.host.recorder, "");
		}
	}
	unit_guard_free(&g);
}

static void missing_fields_are_zero(void **state)
{
	uint8_t bytes[64];
	size_t len = unit_hex("0c00 0100 00007000 03000000", bytes,
			      sizeof(bytes));
	struct blk_rec rec = record_of(0x4a04, bytes, len, false);
	struct note note;

	(void)state;
	memset(&note, 0xff, sizeof(note));
	assert_int_equal(note_decode(&rec, &note), 0);
	assert_int_equal(note.loss.device, 0x00700000);
	assert_int_equal(note.loss.cpu, 3);
	assert_int_equal(note.loss.reason, 0);
	assert_int_equal(note.loss.count, 0);
	assert_int_equal(note.loss.from, 0);
	assert_int_equal(note.loss.to, 0);
}

/* A newer version: more fields behind those that we know. */
static void longer_payloads_decode(void **state)
{
	uint8_t bytes[64];
	size_t len = unit_hex("2800 0200 00007000 01000000 00000000"
			      "a086010000000000 0200000000000000"
			      "ffffffffffffffff", bytes, sizeof(bytes));
	struct blk_rec rec = record_of(0x4a06, bytes, len, false);
	struct note note;

	(void)state;
	assert_int_equal(note_decode(&rec, &note), 0);
	assert_int_equal(note.version, 2);
	assert_int_equal(note.total.events, 100000);
	assert_int_equal(note.total.lost, 2);
}

static void a_string_without_its_nul_is_empty(void **state)
{
	uint8_t bytes[64];
	size_t len = unit_hex("1400 0100 00000000 4d00000000000000 2f612f62",
			      bytes, sizeof(bytes));
	struct blk_rec rec = record_of(0x4a03, bytes, len, false);
	struct note note;

	(void)state;
	assert_int_equal(note_decode(&rec, &note), 0);
	assert_int_equal(note.cgroup.id, 77);
	assert_string_equal(note.cgroup.path, "");
}

static void malformed_payloads_are_refused(void **state)
{
	static const struct {
		const char *hex;
		const char *why;
	} bad[] = {
		{ "", "no payload" },
		{ "04", "no whole length" },
		{ "0400 01", "no whole version" },
		{ "0000 0100 00000000", "length 0" },
		{ "0300 0100 00000000", "length below its own head" },
		{ "0900 0100 00000000", "length above the record's" },
		{ "ffff 0100 00000000", "length far above it" },
		{ "0800 0000 00000000", "version 0" },
	};
	struct unit_guard g = unit_guard_new(64);
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < NR(bad); i++) {
		size_t len = unit_hex(bad[i].hex, bytes, sizeof(bytes));
		uint8_t *p = unit_guard_put(&g, bytes, len);
		struct blk_rec rec = record_of(0x4a04, p, len, false);
		struct note note = { .version = 77 };

		if (note_decode(&rec, &note) != -EBADMSG)
			fail_msg("taken although: %s", bad[i].why);
		assert_int_equal(note.version, 77);
	}
	unit_guard_free(&g);
}

/* FORMAT.md 4.1: which records are private ones at all. */
static void other_records_are_not_ours(void **state)
{
	static const uint64_t actions[] = {
		0x04000000,	/* process */
		0x04000001,	/* timestamp */
		0x04000102,	/* message with a cgroup id */
		0x04004b00,	/* bit 8 is set */
		0x040049ff,	/* before the range */
		0x04005000,	/* behind it */
		0x04024a04,	/* a category more than NOTIFY */
		0x00404a04,	/* another category */
		0x00004a04,	/* none */
		UINT64_C(0x104004a04) | BLK_TC_ACT(BLK_TC_ZONE_APPEND),
	};
	uint8_t bytes[64];
	size_t len = unit_hex(rows[NOTE_LOSS].le, bytes, sizeof(bytes));
	struct blk_rec rec = record_of(0x4a04, bytes, len, false);
	struct note note;

	(void)state;
	for (size_t i = 0; i < NR(actions); i++) {
		rec.action = actions[i];
		assert_false(note_is_private(&rec));
		assert_int_equal(note_decode(&rec, &note), -ENOENT);
	}
	/* ours, but of a later iotape: to be skipped */
	rec.action = 0x04004eff;
	assert_true(note_is_private(&rec));
	assert_int_equal(note_decode(&rec, &note), -ENOENT);
}

static void long_strings_are_cut(void **state)
{
	struct unit_guard g = unit_guard_new(NOTE_PDU_MAX);
	uint8_t *p = unit_guard_end(&g, NOTE_PDU_MAX);
	char text[1000], large[1000];
	struct note in = { .id = NOTE_PROCESS };
	struct blk_rec rec;
	struct note out;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	in.process.comm = "c";
	in.process.cmdline = text;
	/* 24 bytes of numbers, "c" and its NUL, and a NUL at the end */
	assert_int_equal(note_encode(&in, p, NOTE_PDU_MAX), NOTE_PDU_MAX);
	rec = record_of(0x4a02, p, NOTE_PDU_MAX, host_is_big);
	assert_int_equal(note_decode(&rec, &out), 0);
	assert_string_equal(out.process.comm, "c");
	assert_int_equal(strlen(out.process.cmdline), NOTE_PDU_MAX - 27);

	/* the first string takes all, and still the second has its NUL */
	in.process.comm = text;
	assert_int_equal(note_encode(&in, p, NOTE_PDU_MAX), NOTE_PDU_MAX);
	rec = record_of(0x4a02, p, NOTE_PDU_MAX, host_is_big);
	assert_int_equal(note_decode(&rec, &out), 0);
	assert_int_equal(strlen(out.process.comm), NOTE_PDU_MAX - 26);
	assert_string_equal(out.process.cmdline, "");

	/* never more than NOTE_PDU_MAX, however large the buffer */
	assert_int_equal(note_encode(&in, large, sizeof(large)), NOTE_PDU_MAX);
	unit_guard_free(&g);
}

static void null_strings_are_empty(void **state)
{
	struct note in = { .id = NOTE_HOST, .host = { .nr_cpus = 2 } };
	uint8_t pdu[NOTE_PDU_MAX];
	struct blk_rec rec;
	struct note out;
	int n;

	(void)state;
	n = note_encode(&in, pdu, sizeof(pdu));
	assert_int_equal(n, 20);
	rec = record_of(0x4a00, pdu, (size_t)n, host_is_big);
	assert_int_equal(note_decode(&rec, &out), 0);
	assert_string_equal(out.host.node, "");
	assert_string_equal(out.host.recorder, "");
}

static void encode_wants_room(void **state)
{
	struct unit_guard g = unit_guard_new(NOTE_PDU_MAX);
	struct note bad = { .id = NOTE_MAX };

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		size_t nr_strings = 0;
		const struct note_type *t = note_type(rows[i].note.id);
		size_t least, len;

		for (unsigned int j = 0; j < t->nr_fields; j++)
			nr_strings += t->fields[j].type == NOTE_FIELD_STR;
		least = rows[i].fixed_len + nr_strings;
		for (len = 0; len < least; len++)
			assert_int_equal(note_encode(&rows[i].note,
						     unit_guard_end(&g, len),
						     len), -ENOSPC);
		assert_int_equal(note_encode(&rows[i].note,
					     unit_guard_end(&g, least),
					     least), least);
	}
	assert_int_equal(note_encode(&bad, g.map, g.size), -EINVAL);
	unit_guard_free(&g);
}

static void random_payloads_are_harmless(void **state)
{
	struct unit_guard g = unit_guard_new(128);
	uint32_t seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		size_t len = round % 129;
		uint8_t *p = unit_guard_end(&g, len);
		struct blk_rec rec;
		struct note note;

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525u + 1013904223u;
			p[i] = (uint8_t)(seed >> 24);
		}
		if (len >= 4)
			(void)unit_hex("0001", p + 2, 2);
		if (len >= 2 && round % 3) {
			p[0] = (uint8_t)len;
			p[1] = 0;
		}
		rec = record_of(0x4a00 + seed % NOTE_MAX, p, len, round % 2);
		if (note_decode(&rec, &note))
			continue;
		if (note.id == NOTE_HOST)
			assert_true(strlen(note.host.recorder) < len);
		if (note.id == NOTE_PROCESS)
			assert_true(strlen(note.process.cmdline) < len);
	}
	unit_guard_free(&g);
}

static void text_names_each_field_and_escapes(void **state)
{
	static const char want[] = "process tid=12 tgid=11 flags=1 cgroup=7"
		" comm=\"a\\\"b\\\\\\x1b\\xff\" cmdline=\"x y\"";
	const struct note note = {
		.id = NOTE_PROCESS,
		.process = { .tid = 12, .tgid = 11, .flags = 1, .cgroup = 7,
			     .comm = "a\"b\\\x1b\xff", .cmdline = "x y" },
	};
	char text[NOTE_TEXT_MAX];

	(void)state;
	assert_int_equal(note_text(&note, text, sizeof(text)),
			 sizeof(want) - 1);
	assert_string_equal(text, want);
	for (size_t size = 1; size < sizeof(want); size++) {
		memset(text, 0x55, sizeof(text));
		assert_int_equal(note_text(&note, text, size), size - 1);
		assert_int_equal(text[size - 1], 0);
		assert_memory_equal(text, want, size - 1);
		assert_int_equal(text[size], 0x55);
	}
}

static void reasons_of_loss_have_words(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < NOTE_LOSS_MAX; i++)
		assert_true(strlen(note_loss_text(i)) > 3);
	assert_string_equal(note_loss_text(NOTE_LOSS_MAX),
			    note_loss_text(NOTE_LOSS_UNKNOWN));
	assert_string_equal(note_loss_text(UINT32_MAX),
			    note_loss_text(NOTE_LOSS_UNKNOWN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_is_here),
		cmocka_unit_test(encodes_the_bytes_of_the_table),
		cmocka_unit_test(decodes_either_byte_order),
		cmocka_unit_test(shorter_payloads_decode),
		cmocka_unit_test(missing_fields_are_zero),
		cmocka_unit_test(longer_payloads_decode),
		cmocka_unit_test(a_string_without_its_nul_is_empty),
		cmocka_unit_test(malformed_payloads_are_refused),
		cmocka_unit_test(other_records_are_not_ours),
		cmocka_unit_test(long_strings_are_cut),
		cmocka_unit_test(null_strings_are_empty),
		cmocka_unit_test(encode_wants_room),
		cmocka_unit_test(random_payloads_are_harmless),
		cmocka_unit_test(text_names_each_field_and_escapes),
		cmocka_unit_test(reasons_of_loss_have_words),
	};

	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
