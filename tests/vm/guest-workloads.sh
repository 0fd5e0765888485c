# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the columns "setup" and "workload" of workloads.list are made of.  Read
# by guest-run.sh, in a test machine; disks are thrown away at the end, so
# anything may be written to them.

# undo COMMAND...: runs it when the row is done, the last one first.
undone=()
undo() {
	undone=("$(printf '%q ' "$@")" ${undone[@]+"${undone[@]}"})
}

run_undone() {
	local command

	for command in ${undone[@]+"${undone[@]}"}; do
		eval "$command" || echo "undoing failed: $command"
	done
	undone=()
}

# ---- setups --------------------------------------------------------------------

# put TEXT FILE: writes one word into a file of the kernel.
put() {
	printf '%s\n' "$1" >"$2"
}

scheduler() {
	[ "$2" != kyber ] || modprobe kyber-iosched
	[ "$2" != bfq ] || modprobe bfq
	put "$2" "/sys/block/$1/queue/scheduler" &&
		undo put none "/sys/block/$1/queue/scheduler"
}

# sectors_kb DEVICE N: requests of at most that size.
sectors_kb() {
	local file=/sys/block/$1/queue/max_sectors_kb

	undo put "$(cat "$file")" "$file"
	put "$2" "$file"
}

ext4() {
	mkfs.ext4 -q -F "/dev/$1" && mkdir -p /run/mnt &&
		mount -o discard "/dev/$1" /run/mnt
}

# make_dm NAME TABLE: they come up as dm-0, dm-1 and so on.
make_dm() {
	dmsetup create "$1" --table "$2" && undo dmsetup remove --retry "$1"
}

linear() {
	make_dm linear "0 1048576 linear /dev/$1 262144"
}

# stripe DEVICE DEVICE: with chunks of 64 KiB, so that larger I/O is split.
stripe() {
	make_dm stripe "0 1048576 striped 2 128 /dev/$1 0 /dev/$2 0"
}

# flaky DEVICE: dm-0 fails each other second; dm-1 has a hole in the middle.
flaky() {
	make_dm flaky "0 1048576 flakey /dev/$1 0 1 1" &&
	make_dm hole "0 1024 linear /dev/$1 0
1024 1024 error
2048 1024 linear /dev/$1 2048"
}

# partitions DEVICE: two of them, without a partition table.
partitions() {
	addpart "/dev/$1" 1 2048 400000 && undo delpart "/dev/$1" 1 &&
	addpart "/dev/$1" 2 402048 400000 && undo delpart "/dev/$1" 2
}

scsi_debug() {
	modprobe scsi_debug dev_size_mb=64 opts=2 ndelay=20000 lbpu=1 lbpws=1 ||
		return
	undo modprobe -r scsi_debug
	wait_for /sys/block/sdb/queue
	put none /sys/block/sdb/queue/scheduler
}

make_null() {
	local dir=/sys/kernel/config/nullb/$1 setting

	modprobe null_blk nr_devices=0 && mkdir "$dir" || return
	undo rmdir "$dir"
	shift
	for setting; do
		put "${setting#*=}" "$dir/${setting%%=*}" || return
	done
	put 1 "$dir/power" && undo put 0 "$dir/power"
}

plain_null() {
	make_null nullb0 size=1024 submit_queues=2 irqmode=1 &&
		wait_for /sys/block/nullb0/queue
}

# nullbi completes in the task that submits, nullbt in a timer's interrupt,
# which comes now and then while a completion of nullbi is being recorded.
interrupting_null() {
	make_null nullbi size=1024 irqmode=0 &&
		make_null nullbt size=1024 irqmode=2 completion_nsec=1000000 &&
		wait_for /sys/block/nullbt/queue
}

zoned_null() {
	make_null nullbz memory_backed=1 size=256 zoned=1 zone_size=16 &&
		wait_for /sys/block/nullbz/queue &&
		put mq-deadline /sys/block/nullbz/queue/scheduler
}

loop() {
	modprobe loop
	truncate -s 256m /run/loop.img && losetup /dev/loop0 /run/loop.img || return
	undo rm /run/loop.img
	undo losetup -d /dev/loop0
}

# throttle DEVICE IOPS: for the cgroup "limited".
throttle() {
	make_cgroup limited &&
		put "$(cat "/sys/block/$1/dev") riops=$2 wiops=$2" \
			/sys/fs/cgroup/limited/io.max
}

make_cgroup() {
	put +io /sys/fs/cgroup/cgroup.subtree_control &&
		mkdir -p "/sys/fs/cgroup/$1" && undo rmdir "/sys/fs/cgroup/$1"
}

# blktrace flags its records with cgroup ids: an option of the blk tracer, that
# can only be set while this is the current one.
cgroup_option() {
	set_cgroup_option 1 && undo set_cgroup_option 0
}

set_cgroup_option() {
	local dir=/sys/kernel/tracing

	put blk $dir/current_tracer && put "$1" $dir/options/blk_cgroup
	put nop $dir/current_tracer
}

wait_for() {
	local tries=0

	until [ -e "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.05
	done
}

# ---- workloads -----------------------------------------------------------------

# job DEVICE RW SIZE DEPTH COUNT [FIO OPTION...]: direct I/O with fio.  Errors
# are part of some workloads, so fio's status says nothing.
job() {
	local device=$1 rw=$2 size=$3 depth=$4 count=$5

	shift 5
	fio --minimal --output="/run/fio.$device" --name="$device" \
		--filename="/dev/$device" --ioengine=libaio --direct=1 \
		--randrepeat=0 --size=128m --io_size=4g \
		--rw="$rw" --bs="$size" --iodepth="$depth" \
		--number_ios="$count" "$@" || :
}

# Not a bare "wait": the tracers are children too.
wait_jobs() {
	local pid

	for pid in $(jobs -rp); do
		[ "$pid" = "${blktrace_pid-}" ] || [ "$pid" = "${iotape_pid-}" ] ||
			wait "$pid"
	done
}

copy() {
	dd "$@" status=none
}

drop_caches() {
	sync
	put 3 /proc/sys/vm/drop_caches
}

# Small writes and reads through the page cache: large merged requests.
buffered() {
	copy if=/dev/zero of="/dev/$1" bs=4k count=4096 conv=fsync
	drop_caches
	copy if="/dev/$1" of=/dev/null bs=4k count=2048
}

# Batches of adjacent small I/O under one plug: back and front merges.
batches() {
	local batch="--iodepth_batch_submit=32 --iodepth_batch_complete_min=32"

	# shellcheck disable=SC2086
	job "$1" write 4k 32 2048 $batch
	# shellcheck disable=SC2086
	job "$1" read:-8k 4k 32 1024 --offset=16m $batch
}

# The files of a mounted ext4, from four processes.
files() {
	local fio="fio --minimal --directory=/run/mnt --ioengine=psync"

	$fio --output=/run/fio.a --name=a --size=8m --fsync=32 --rw=randwrite --bs=4k &
	$fio --output=/run/fio.b --name=b --size=8m --fsync=32 --rw=write --bs=16k &
	$fio --output=/run/fio.c --name=c --size=8m --fsync=32 --rw=randrw --bs=8k &
	$fio --output=/run/fio.d --name=d --size=1m --fsync=1 --rw=write --bs=1k \
		--number_ios=100 &
	wait_jobs
}

discard_files() {
	rm -f /run/mnt/a.* /run/mnt/c.*
	sync
	fstrim /run/mnt
	drop_caches
	cat /run/mnt/b.* >/dev/null
	umount /run/mnt
}

# untar DEVICE: a file system with many small files, written and read back.
untar() {
	mkfs.ext4 -q -F "/dev/$1" && mkdir -p /run/mnt &&
		mount "/dev/$1" /run/mnt || return
	tar -c -C /usr/include linux | tar -x -C /run/mnt
	drop_caches
	find /run/mnt -type f | head -n 300 | xargs cat >/dev/null
	umount /run/mnt
}

on_partitions() {
	job "${1}p1" randrw 4k 8 500 &
	job "${1}p2" randwrite 8k 4 400 &
	wait_jobs
	# each partition's first and last block: the window is inclusive
	copy if="/dev/${1}p2" of=/dev/null bs=4k count=1 iflag=direct
	copy if="/dev/${1}p2" of=/dev/null bs=4k skip=49999 count=1 iflag=direct
	copy if="/dev/${1}p1" of=/dev/null bs=4k skip=49999 count=1 iflag=direct
	copy if=/dev/zero of="/dev/${1}p2" bs=4k count=512 conv=fsync
}

large() {
	copy if=/dev/zero of="/dev/$1" bs=4M count=4 oflag=direct
	copy if="/dev/$1" of=/dev/null bs=1M count=16 iflag=direct
}

# zeroes DEVICE: discard and write zeroes.
zeroes() {
	blkdiscard -f -l 256M "/dev/$1"
	blkdiscard -f -z -l 32M "/dev/$1"
}

# FUA where the device has it, else a flush behind the write; then flushes.
durable() {
	copy if=/dev/zero of="/dev/$1" bs=4k count=200 oflag=direct,dsync
	copy if=/dev/zero of="/dev/$1" bs=4k count=100 oflag=direct
	job "$1" randwrite 4k 4 200 --fdatasync=1
}

# journal DEVICE: the commits of an ext4.
journal() {
	local n

	mkfs.ext4 -q -F "/dev/$1" && mkdir -p /run/mnt &&
		mount "/dev/$1" /run/mnt || return
	for n in {1..30}; do
		echo "$n" >"/run/mnt/$n"
		sync "/run/mnt/$n"
	done
	umount /run/mnt
}

mixed() {
	job "$1" randrw 4k 8 500 &
	copy if=/dev/zero of="/dev/$1" bs=4k count=2048 seek=65536 conv=fsync &
	wait_jobs
	drop_caches
	copy if="/dev/$1" of=/dev/null bs=4k count=512
}

zones() {
	job "$1" write 64k 1 500 --ioengine=psync --zonemode=zbd
	blkzone reset -o 0 -l 65536 "/dev/$1"
	blkzone open -o 65536 -l 32768 "/dev/$1"
	blkzone close -o 65536 -l 32768 "/dev/$1"
	blkzone finish -o 65536 -l 32768 "/dev/$1"
	blkzone reset "/dev/$1"
	copy if="/dev/$1" of=/dev/null bs=64k count=64 iflag=direct
}

# inject OPTIONS EVERY: what scsi_debug does wrong, at each so-manieth command.
inject() {
	local dir=/sys/bus/pseudo/drivers/scsi_debug

	put "$1" $dir/opts
	put "$2" $dir/every_nth
}

# Sectors 0x1234 to 0x123d have a medium error while bit 1 of opts is set.
medium_error() {
	job "$1" read 4k 4 256 --offset=2m --size=1m --continue_on_error=all
}

host_busy() {
	inject 0x8000 7
	job "$1" randwrite 4k 8 300 --size=32m --continue_on_error=all
	inject 0 0
}

transport_error() {
	inject 0x10 20
	job "$1" randread 4k 8 200 --size=32m --continue_on_error=all
	inject 0 0
}

discards() {
	blkdiscard -f "/dev/$1"
	blkdiscard -f -z -o 1M -l 4M "/dev/$1"
}

# in_cgroup NAME COMMAND...
in_cgroup() {
	local name=$1

	shift
	(put "$BASHPID" "/sys/fs/cgroup/$name/cgroup.procs" && "$@")
}

in_cgroups() {
	make_cgroup left && make_cgroup right || return
	in_cgroup left job "$1" randread 4k 4 500 &
	in_cgroup right job "$1" randwrite 16k 4 500 &
	wait_jobs
}

in_cgroup_io() {
	in_cgroup limited job "$1" randrw 4k 8 500
}
