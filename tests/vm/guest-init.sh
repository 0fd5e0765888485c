#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The second program of a test machine, run from the shared root: mounts,
# modules, then the command.  vmrun leaves all that it must know in /vmrun.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=dumb LANG=C.UTF-8
kernel=$(uname -r)

mount -t tracefs none /sys/kernel/tracing
mount -t debugfs none /sys/kernel/debug
mount -t bpf none /sys/fs/bpf
mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /dev/pts /dev/shm
mount -t devpts none /dev/pts
mount -t tmpfs none /dev/shm
mount -t tmpfs none /run
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
ip link set lo up 2>/dev/null
hostname testvm

read -r module_root </vmrun/module-root
if [ "$module_root" != / ]; then
	mkdir -p "/lib/modules/$kernel"
	mount --bind "$module_root/lib/modules/$kernel" "/lib/modules/$kernel"
fi
while read -r module; do
	modprobe "$module" || echo "modprobe $module failed"
done </vmrun/modules
modprobe configfs && mount -t configfs none /sys/kernel/config

# Line N of shares is a directory of the host, share N-1 of the machine.
n=0
while IFS= read -r dir; do
	mkdir -p "$dir"
	mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=mmap \
		"share$n" "$dir" || echo "share $dir cannot be mounted"
	n=$((n + 1))
done </vmrun/shares

tries=0
while [ ! -e /dev/vport0p3 ] && [ $tries -lt 100 ]; do
	sleep 0.1
	tries=$((tries + 1))
done

IFS= read -r cwd </vmrun/cwd
cd "$cwd" || cd /
setsid bash /vmrun/command </dev/null >/dev/vport0p1 2>/dev/vport0p2
echo $? >/run/status

cd /
while IFS= read -r dir; do
	umount "$dir" 2>/dev/null || sync -f "$dir"
done </vmrun/shares
cat /run/status >/dev/vport0p3
sleep 0.1
echo b >/proc/sysrq-trigger
sleep 10
