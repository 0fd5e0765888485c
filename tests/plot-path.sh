# SPDX-License-Identifier: GPL-2.0
# plot -O path and -O virtqueues on real recordings (tests/path/README.md): the
# means in the legend are those of iotape stat --vm, whose numbers
# tests/stat-vm.sh checks.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand plot
need_command xz tar python3
make_workdir

# check NAME OBJECT PHASE TEXT...: the legend has TEXT with the mean of PHASE
check() {
	local name=$1 object=$2

	shift 2
	"$iotape" stat --vm --json "$name" >json || fail "stat --vm: $?"
	"$iotape" plot -t "$name" -O path -o path.scene ||
		fail "plot -O path: status $?"
	python3 - json path.scene "$object" "$@" <<'END' || fail "$name: legend"
import json, re, sys

phases = json.load(open(sys.argv[1]))[sys.argv[3]][0]["phases"]
scene = open(sys.argv[2], encoding="utf-8").read()
pairs = sys.argv[4:]
for phase, text in zip(pairs[::2], pairs[1::2]):
    mean = phases[phase]["mean"] / 1000
    found = re.search(re.escape(text) + r".*?([0-9.]+) \u00b5s", scene, re.S)
    assert found, (text, "is not in the legend")
    assert abs(float(found.group(1)) - mean) <= 0.005 * mean + 0.05, \
        (phase, mean, found.group(1))
END
}

tar xJf "$top_srcdir/tests/path/host.tar.xz" || fail "tar failed"
tar xJf "$top_srcdir/tests/path/guest.tar.xz" || fail "tar failed"
check host vms irq_to_injection "to injection" c_to_irq "C to interrupt" \
	kick_to_q "kick to Q" q_to_d "Q to D" d_to_c "D to C, device"
check guest disks get_to_c "guest, back to C" d_to_add \
	"guest, D to virtqueue" q_to_d "guest, Q to D" add_to_get \
	"virtqueue, host"

# 455,050 bytes (virtiostat) in units of 64
"$iotape" plot -t guest -O virtqueues -o q.scene || fail "virtqueues: $?"
grep -q 'virtio4 req.1' q.scene || fail "the queue has no name"
"$iotape" plot -t host -O virtqueues -o q.scene || fail "virtqueues: $?"
grep -q 'no virtqueue in the trace' q.scene || fail "no word of nothing"
rm host.kvm.*
"$iotape" plot -t host -O path -o path.scene || fail "without KVM: $?"
grep -q 'no I/O of a virtual machine' path.scene || fail "no word of nothing"
