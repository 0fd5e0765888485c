#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The only program of the guest of tests/vm/path-check.sh: direct reads and
# writes of 4 KiB, one after the other, as many as its kernel's command line
# says; then reads of two disks at the same time, and random numbers.

export PATH=/bin
mount -t devtmpfs none /dev
mount -t proc none /proc
while read -r module; do
	insmod "/modules/$module"
done </modules/order
for word in $(cat /proc/cmdline); do
	case $word in
	path.reads=*) reads=${word#*=} ;;
	path.writes=*) writes=${word#*=} ;;
	path.both=*) both=${word#*=} ;;
	path.random=*) random=${word#*=} ;;
	esac
done
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ -b /dev/vda ] && [ -b /dev/vdb ] && [ -c /dev/hwrng ] && break
	sleep 0.2
done
set -e
dd if=/dev/vda of=/dev/null bs=4k count="$reads" iflag=direct
dd if=/dev/zero of=/dev/vda bs=4k count="$writes" seek=1024 oflag=direct
dd if=/dev/hwrng of=/dev/null bs=64 count="$random"
dd if=/dev/vda of=/dev/null bs=4k count="$both" skip=2048 iflag=direct &
dd if=/dev/vdb of=/dev/null bs=4k count="$both" iflag=direct
wait
echo "PATH-DONE"
mount -t sysfs none /sys
echo o >/proc/sysrq-trigger
sleep 10
