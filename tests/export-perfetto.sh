# SPDX-License-Identifier: GPL-2.0
# iotape export --format perfetto, decoded by protoc with the part of Perfetto's
# schema that is in tests/perfetto.proto: no unknown field, slices nested,
# each flow begins and ends once, the counters go back to 0, and the I/Os are
# those of the CSV.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/export-lib.sh"
need_command protoc python3 xz tar
make_workdir
unpack_capture scsi-ext4 cap

# A trace by hand: two I/Os that overlap, clocks, and a vCPU.
mkdir hand
"$top_builddir/tests/mktrace" <<-END || fail mktrace
file hand/t.kvm.blktrace.0
le
set dev=0,0 cpu=0
0x4a05 time=0.95 act=0x04004a05 pid=0 pdu=280001000100000000ca9a3b0000000000002a36fe9c971700943577000000000000000000000000
0x4c00 time=1.0001 act=0x04004c00 pid=101 pdu=10000100640000000100000000000000
0x4c01 time=1.0002 act=0x04004c01 pid=101 pdu=380001006400000001000000020000007b000000000000000000000000000000001000000000000000000000000000000000000000000000
0x4c02 time=1.00025 act=0x04004c02 pid=101 pdu=1400010064000000000000000200000000000000
0x4c00 time=1.0003 act=0x04004c00 pid=101 pdu=10000100640000000100000000000000
0x4c01 time=1.0004 act=0x04004c01 pid=101 pdu=3800010064000000010000000200000078000000000000000000000000000000011000000000000000000000000000000000000000000000
file hand/t.blktrace.0
set dev=8,0 pid=100 bytes=4096
process pid=100 time=0.9 pdu=66696f00000000000000000000000000
Q read time=1.0 sector=8
G read time=1.001 sector=8
I read time=1.002 sector=8
Q write time=1.003 sector=64
D read time=1.004 sector=8
D write time=1.005 sector=64
C write time=1.006 sector=64
C read time=1.007 sector=8
END

cat >slices.py <<'END'
# Prints "NAME FROM TO PATH" of each slice, in the order of their ends; checks
# the rest.
import re, sys

def parse(lines):
    node = {}
    for line in lines:
        line = line.strip()
        if line == "}":
            return node
        if line.endswith("{"):
            node.setdefault(line[:-2], []).append(parse(lines))
        else:
            key, value = line.split(": ", 1)
            assert not key.isdigit(), f"unknown field: {line}"
            node.setdefault(key, []).append(value)
    return node

def number(node, key, default=0):
    return int(node.get(key, [default])[0])

packets = parse(iter(sys.stdin.read().splitlines())).get("packet", [])
tracks, stacks, slices, counters = {}, {}, [], {}
begun, ended = {}, {}
assert packets[0]["sequence_flags"] == ["1"]
for p in packets:
    assert p["trusted_packet_sequence_id"] == ["1"]
    for d in p.get("track_descriptor", []):
        uuid, parent = number(d, "uuid"), number(d, "parent_uuid")
        assert uuid not in tracks and (not parent or parent in tracks)
        path = tracks[parent] + "/" if parent else ""
        tracks[uuid] = path + d["name"][0].strip('"')
        if "process" in d:
            tracks[uuid] = "process " + tracks[uuid]
    for e in p.get("track_event", []):
        uuid, time = number(e, "track_uuid"), number(p, "timestamp")
        stack = stacks.setdefault(uuid, [])
        assert uuid in tracks
        for flow in e.get("flow_ids", []):
            assert flow not in begun
            begun[flow] = time
        for flow in e.get("terminating_flow_ids", []):
            assert flow not in ended
            ended[flow] = time
        if e["type"] == ["TYPE_SLICE_BEGIN"]:
            # on each track, time only goes on
            assert not stack or time >= stack[-1][1]
            assert time >= stacks.get(("last", uuid), 0)
            stack.append((e["name"][0].strip('"'), time))
        elif e["type"] == ["TYPE_SLICE_END"]:
            name, start = stack.pop()
            assert time >= start
            slices.append((name, start, time, tracks[uuid]))
        else:
            assert e["type"] == ["TYPE_COUNTER"]
            counters.setdefault(tracks[uuid], []).append(
                (time, number(e, "counter_value")))
        stacks[("last", uuid)] = time
assert begun.keys() == ended.keys()
assert all(ended[f] >= begun[f] for f in begun)
for name, values in counters.items():
    if name.endswith("requests in flight"):
        assert values[-1][1] == 0 and min(v for _, v in values) >= 0, name
for s in slices:
    print(*s)
for name, values in sorted(counters.items()):
    print("counter", name, *(f"{t}:{v}" for t, v in values))
for p in packets:
    for s in p.get("clock_snapshot", []):
        print("clocks", *(f'{c["clock_id"][0]}:{c["timestamp"][0]}'
                          for c in s["clocks"]))
END

# decode FILE: what is in it, in "got".
decode() {
	protoc --decode=perfetto.protos.Trace -I "$top_srcdir/tests" \
		perfetto.proto <"$1" >decoded 2>errors ||
		{ cat errors; fail "protoc does not decode $1"; }
	python3 slices.py <decoded >got || fail "$1 is not right"
}

run "$iotape" export --format perfetto -o hand.pb hand/t.kvm hand/t
assert_status 0
decode hand.pb
# the guest's last exit does not end, so it is not here; the clock of boot is
# 1 s ahead
cat >want <<'END'
guest 2000100000 2000200000 VM 100/vCPU 1
IO 2000250000 2000300000 VM 100/vCPU 1
IOIO 2000200000 2000300000 VM 100/vCPU 1
guest 2000300000 2000400000 VM 100/vCPU 1
write 2003000000 2006000000 process fio/I/O
D2C 2005000000 2006000000 8,0/queue
write 2003000000 2006000000 8,0/queue
read 2000000000 2007000000 process fio/I/O
Q2G 2000000000 2001000000 8,0/queue
G2I 2001000000 2002000000 8,0/queue
I2D 2002000000 2004000000 8,0/queue
D2C 2004000000 2007000000 8,0/queue
read 2000000000 2007000000 8,0/queue
counter 8,0/bytes per second 2000000000:81920
counter 8,0/requests in flight 2004000000:1 2005000000:2 2006000000:1 2007000000:0
clocks 6:2000000000 1:1700000000000000000
END
assert_same want got

# A real trace: its I/Os with their times.
run "$iotape" export --format perfetto -o cap.pb cap
assert_status 0
decode cap.pb
"$iotape" export --format csv cap | awk -F, 'NR > 1 {
	gsub(/"[^"]*"/, "-"); print $7, $24 }' | sort >want
grep '/queue$' got | awk '$1 !~ /^[A-Z]2[A-Z]$/ { print $1, $3 - $2 }' |
	sort >ios
assert_same want ios
grep '/I/O$' got | awk '{ print $1, $3 - $2 }' | sort >ios
assert_same want ios
assert_eq "$(grep -c '^D2C' got)" "$(grep -vc ' ,' want)" "D2C slices"
