#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The whole path: in a test machine with nested virtualization, a real guest
# under QEMU and KVM reads and writes its virtio disk on a loop device, a known
# number of times, and "iotape stat --vm" must find each of them from its
# kick to its interrupt.  A part of "make check-vm".
#
#	path-check.sh [KERNEL...]
#
# Exit status: 0 passed, 77 skipped, 1 otherwise.

. "${top_srcdir:-.}/tests/lib.sh"
here=$top_srcdir/tests/vm
reads=500 writes=200
need_command qemu-system-x86_64 busybox cpio modprobe xz python3
need_subcommand record stat
[ "$(uname -m)" = x86_64 ] || skip "not an x86-64 machine"
[ $# -gt 0 ] || mapfile -t kernels < <("$here/kernel.sh" list)
[ $# = 0 ] || kernels=("$@")
make_workdir

# make_initramfs MODULE_ROOT VERSION: of the inner guest; initramfs.cpio
make_initramfs() {
	local dir=$workdir/initramfs applet module file name

	rm -rf "$dir"
	mkdir -p "$dir"/{bin,proc,sys,dev,modules}
	cp "$(command -v busybox)" "$dir/bin/busybox"
	for applet in sh insmod mount sleep dd cat echo; do
		ln -s busybox "$dir/bin/$applet"
	done
	: >"$dir/modules/order"
	for module in virtio_pci virtio_blk; do
		while read -r file; do
			name=${file##*/}
			name=${name%.xz}
			grep -qx "$name" "$dir/modules/order" && continue
			case $file in
			*.xz) xz -dc "$file" ;;
			*) cat "$file" ;;
			esac >"$dir/modules/$name" || return
			echo "$name" >>"$dir/modules/order"
		done < <(modprobe -d "$1" -S "$2" --show-depends "$module" |
			sed -n 's/^insmod \([^ ]*\).*/\1/p')
	done
	install -m 755 "$here/path-init.sh" "$dir/init" &&
		(cd "$dir" && find . | cpio -o -H newc --quiet) \
			>"$workdir/initramfs.cpio"
}

# check_path: the numbers of out/host, against those that are known.  The
# kernel reads the partition table too, and flushes once.
check_path() {
	"$iotape" stat --vm --json out/host >json || fail "stat --vm: status $?"
	python3 - json $reads $writes <<'END' || { cat json; fail "the path is wrong"; }
import json, sys

vms = json.load(open(sys.argv[1]))["vms"]
reads, writes = int(sys.argv[2]), int(sys.argv[3])
assert len(vms) == 1, "one VM"
vm = vms[0]
assert vm["name"] == "pathtest", vm["name"]
nr = {op: v["ios"] for op, v in vm["ops"].items()}
assert reads <= nr["read"] <= reads + 40, nr
assert nr["write"] == writes, nr
assert vm["ops"]["write"]["bytes"] == writes * 4096, nr
counts, phases = vm["counts"], vm["phases"]
ios = sum(nr.values())
# One I/O at a time: each has its kick and its interrupt.  A kick may come
# while QEMU still polls (the more the busier the machine), and the firmware
# takes no interrupts.
for phase in "kick_to_q", "c_to_irq", "irq_to_injection", "kick_to_injection":
    floor = ios // 2 if phase.startswith("kick") else ios - 40
    assert floor <= phases[phase]["n"] <= ios, (phase, phases[phase])
for phase in "q_to_d", "d_to_c":
    assert phases[phase]["n"] >= ios - 2, (phase, phases[phase])
assert counts["kicks_with_q"] + counts["q_without_kick"] + \
    counts["q_with_several_kicks"] == ios, counts
assert counts["kicks"] - counts["kicks_with_q"] <= 40, counts
# the parts are not more than the whole
mean = {name: p["mean"] for name, p in phases.items() if name != "unit"}
assert mean["kick_to_q"] + mean["q_to_d"] + mean["d_to_c"] + \
    mean["c_to_irq"] + mean["irq_to_injection"] < 1.5 * mean["kick_to_injection"]
END
}

passed=0
for kernel in "${kernels[@]}"; do
	found=$("$here/kernel.sh" get "$kernel") ||
		{ echo "SKIP: $kernel path: no kernel"; continue; }
	{ read -r image; read -r module_root; } <<<"$found"
	make_initramfs "$module_root" "${image##*/vmlinuz-}" ||
		fail "the initramfs cannot be made"
	rm -rf out
	mkdir out
	"$here/vmrun" -k "$kernel" -m 2048 -t 300 -M loop -w "$workdir/out" -- \
		env top_srcdir="$top_srcdir" top_builddir="$top_builddir" \
		bash "$here/path-guest.sh" "$image" "$workdir/initramfs.cpio" \
		"$workdir/out" $reads $writes >log 2>&1 9>&1
	status=$?
	case $status in
	0) ;;
	77) echo "SKIP: $kernel path: $(tail -n 1 log)"; continue ;;
	*) cat log; fail "$kernel path: status $status" ;;
	esac
	check_path
	passed=$((passed + 1))
	echo "PASS: $kernel path"
done
[ $passed -gt 0 ] || skip "no test machine could run it"
