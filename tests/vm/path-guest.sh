#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Inside a test machine: a real KVM guest under QEMU, with two virtio disks on
# loop devices, each with a thread of its own, and virtio's random numbers, does
# a known number of reads and writes while iotape records KVM and the loop
# devices.
#
#	path-guest.sh VMLINUZ INITRAMFS OUT READS WRITES BOTH RANDOM
#
# INITRAMFS is what tests/vm/path-check.sh made; the traces go to OUT/host.*.

. "${top_srcdir:-.}/tests/lib.sh"
vmlinuz=$1 initramfs=$2 dir=$3 reads=$4 writes=$5 both=$6 random=$7

modprobe kvm_amd || { echo "no kvm_amd"; exit 77; }
mkdir -p /run/disk
mount -t tmpfs -o size=100M none /run/disk || fail "no tmpfs"
loops=()
for name in a b; do
	truncate -s 32M /run/disk/$name
	loops+=("$(losetup -f --show /run/disk/$name)") || fail "no loop device"
done

disks=()
for i in 0 1; do
	disks+=(-object iothread,id=io$i
		-drive "file=${loops[i]},format=raw,if=none,id=d$i,cache=none,aio=native"
		-device virtio-blk-pci,drive=d$i,iothread=io$i)
done
"$iotape" record --kvm -d "${loops[0]}" -d "${loops[1]}" -o host -D "$dir" -- \
	timeout 600 \
	qemu-system-x86_64 -name guest=pathtest,debug-threads=on \
	-accel kvm -cpu host -m 256 -display none -monitor none -no-reboot \
	-net none -serial file:"$dir/console" "${disks[@]}" \
	-device virtio-rng-pci -kernel "$vmlinuz" -initrd "$initramfs" \
	-append "console=ttyS0 panic=-1 quiet path.reads=$reads \
path.writes=$writes path.both=$both path.random=$random"
status=$?
losetup -d "${loops[@]}"
[ $status = 0 ] || [ $status = 3 ] || fail "status $status"
grep -q "PATH-DONE" "$dir/console" || { tail -20 "$dir/console"; fail "the guest did not end"; }
exit $status
