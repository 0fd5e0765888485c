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
reads=500 writes=200 both=100 random=50
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
	for module in virtio_pci virtio_blk virtio_rng; do
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
# kernel reads the partition tables too, and flushes once.
check_path() {
	local names=() name

	for name in out/host.*.blktrace.0; do
		name=${name%.blktrace.0}
		names+=(-i "$name")
	done
	[ ${#names[@]} = 6 ] || fail "not two disks and KVM: ${names[*]}"
	"$iotape" stat --vm --json "${names[@]}" >json ||
		fail "stat --vm: status $?"
	python3 "$here/path-numbers.py" json $reads $writes $both $random ||
		{ cat json; fail "the path is wrong"; }
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
	"$here/vmrun" -k "$kernel" -m 2048 -t 900 -M loop -w "$workdir/out" -- \
		env top_srcdir="$top_srcdir" top_builddir="$top_builddir" \
		bash "$here/path-guest.sh" "$image" "$workdir/initramfs.cpio" \
		"$workdir/out" $reads $writes $both $random >log 2>&1 9>&1
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
