#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The first program of a test machine, run by busybox from the initramfs that
# vmrun makes: the host's root over 9p, read-only, with a tmpfs over it.

export PATH=/bin
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
# vmrun looks whether the console has something
echo "vmrun: the kernel has booted"

while read -r module; do
	insmod "/modules/$module" || echo "insmod $module failed"
done </modules/order

options=trans=virtio,version=9p2000.L,msize=512000
if ! mount -t 9p -o "ro,$options,cache=loose" root /lower; then
	echo "vmrun: the root cannot be mounted"
	echo b >/proc/sysrq-trigger
fi
mount -t tmpfs -o mode=755,size=90% none /upper
mkdir /upper/data /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work \
	none /new
mkdir -p /new/vmrun
mount -t 9p -o "$options,cache=none" control /new/vmrun
for dir in proc sys dev; do
	mount -o move "/$dir" "/new/$dir"
done
exec switch_root /new /bin/sh /vmrun/init
