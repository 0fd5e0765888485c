#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tests/fidelity/virtio.sh in test machines, once with fexit and once with
# kprobes.  A part of "make check-vm".
#
#	virtio-check.sh [KERNEL...]
#
# Exit status: 0 passed, 77 skipped, 1 otherwise.

. "${top_srcdir:-.}/tests/lib.sh"
here=$top_srcdir/tests/vm
need_command qemu-system-x86_64 busybox cpio modprobe
need_subcommand record virtiostat
[ "$(uname -m)" = x86_64 ] || skip "not an x86-64 machine"
[ $# -gt 0 ] || mapfile -t kernels < <("$here/kernel.sh" list)
[ $# = 0 ] || kernels=("$@")

make_workdir
# shellcheck disable=SC2016 # for the shell in the machine
in_guest='for way in fexit kprobe; do
		IOTAPE_VIRTIO=$way bash "$top_srcdir/tests/fidelity/virtio.sh" \
			"$1" || exit
	done'
mkdir share
passed=0
for kernel in "${kernels[@]}"; do
	"$here/vmrun" -k "$kernel" -m 2048 -t 1500 \
		-d virtio:64M -d virtio:64M -d scsi:64M \
		-w share \
		-x '-device virtio-rng-pci' -M virtio_rng \
		-x '-netdev user,id=net -device virtio-net-pci,netdev=net' \
		-M virtio_net -- \
		env top_srcdir="$top_srcdir" top_builddir="$top_builddir" \
		bash -c "$in_guest" sh "$PWD/share" >log 2>&1 9>&1
	status=$?
	grep -a INFO: log
	case $status in
	0)
		for way in fexit kprobe; do
			for driver in virtio_{blk,scsi,rng,console,net} \
				9pnet_virtio; do
				grep -aq "INFO: $way: bytes.* $driver" log ||
					{ grep -av '^0*$' log; fail "$way: no $driver"; }
			done
		done
		passed=$((passed + 1))
		echo "PASS: $kernel virtio"
		;;
	77) echo "SKIP: $kernel virtio: $(tail -n 1 log)" ;;
	*)
		grep -av '^0*$' log
		fail "$kernel virtio: status $status"
		;;
	esac
done
[ $passed -gt 0 ] || skip "no test machine could run it"
