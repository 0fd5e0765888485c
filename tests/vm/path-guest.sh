#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Inside a test machine: a real KVM guest under QEMU, with a virtio disk on a
# loop device, does a known number of reads and writes while iotape records
# KVM and the loop device.
#
#	path-guest.sh VMLINUZ INITRAMFS OUT READS WRITES
#
# INITRAMFS is what tests/vm/path-check.sh made; the trace goes to OUT/host.*.

. "${top_srcdir:-.}/tests/lib.sh"
vmlinuz=$1 initramfs=$2 dir=$3 reads=$4 writes=$5

modprobe kvm_amd || { echo "no kvm_amd"; exit 77; }
mkdir -p /run/disk
mount -t tmpfs -o size=80M none /run/disk || fail "no tmpfs"
truncate -s 64M /run/disk/image
loop=$(losetup -f --show /run/disk/image) || fail "no loop device"

"$iotape" record --kvm -d "$loop" -o host -D "$dir" -- timeout 150 \
	qemu-system-x86_64 -name guest=pathtest,debug-threads=on \
	-accel kvm -cpu host -m 256 -display none -monitor none -no-reboot \
	-net none -serial file:"$dir/console" \
	-object iothread,id=io0 \
	-drive "file=$loop,format=raw,if=none,id=d0,cache=none,aio=native" \
	-device virtio-blk-pci,drive=d0,iothread=io0 \
	-kernel "$vmlinuz" -initrd "$initramfs" \
	-append "console=ttyS0 panic=-1 quiet path.reads=$reads path.writes=$writes"
status=$?
losetup -d "$loop"
[ $status = 0 ] || [ $status = 3 ] || fail "status $status"
grep -q "PATH-DONE" "$dir/console" || { tail -20 "$dir/console"; fail "the guest did not end"; }
exit $status
