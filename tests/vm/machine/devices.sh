# SPDX-License-Identifier: GPL-2.0
# Devices are pulled out while they are recorded and busy: an NVMe disk from
# its bus, and a SCSI disk.  The recording goes on with the others, its files
# are whole, and each I/O that began has an end.
# vmrun: -d nvme:256M -d nvme:256M -M null_blk
# kernels: one of them
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_command fio blkparse
make_workdir
modprobe -a sd_mod && modprobe scsi_debug dev_size_mb=64 || skip "no scsi_debug here"
wait_until 60 eval 'grep -qs scsi_debug /sys/block/sd*/device/model'
disk=$(grep -l scsi_debug /sys/block/sd*/device/model | cut -d/ -f4)
[ -n "$disk" ] || skip "scsi_debug makes no disk here"

# busy DEVICE: reads without an end, until there are errors.
busy() {
	fio --name=load --filename="/dev/$1" --direct=1 --rw=randread --bs=4k \
		--ioengine=libaio --iodepth=16 --time_based --runtime=60 \
		--minimal --output=/dev/null 2>/dev/null
}

# has_read N DEVICE: its reads are as many at least.
has_read() {
	local reads

	read -r reads _ <"/sys/block/$2/stat"
	[ "$reads" -ge "$1" ]
}

# ended NAME: its I/Os have, a few of the last ones perhaps with an error.
ended() {
	local queued completed

	(cd rec && blkparse -q -i "$1" -f '%a %S\n') >text 2>/dev/null ||
		fail "blkparse cannot read $1"
	queued=$(grep -c '^ *Q ' text)
	completed=$(grep -c '^ *C ' text)
	[ "$completed" -gt 500 ] || fail "$1: only $completed completions"
	# those that were refused after the removal have a Q at most; commands
	# that the removal sends to a SCSI disk have none
	[ $((queued - completed)) -ge -4 ] && [ $((queued - completed)) -le 64 ] ||
		fail "$1: $queued queued, $completed completed"
	assert_eq "$(fact gaps "rec/$1".blktrace.*)" 0 "gaps of $1"
	assert_eq "$(fact late "rec/$1".blktrace.*)" 0 "late in $1"
	echo "INFO: $1 was removed: $queued queued, $completed completed"
}

mkdir rec
env --default-signal "$iotape" record -D rec -d nvme0n1 -d nvme1n1 \
	-d "$disk" -d nullb0 >out.txt 2>err.txt &
recorder=$!
must_begin err.txt await_links $recorder
pids=()
for device in nvme0n1 nvme1n1 "$disk" nullb0; do
	busy "$device" &
	pids+=($!)
done
for device in nvme0n1 nvme1n1 "$disk" nullb0; do
	wait_until 60 has_read 2000 "$device"
done
echo 1 >/sys/class/nvme/nvme0/device/remove || fail "nvme0 cannot be removed"
echo 1 >"/sys/block/$disk/device/delete" || fail "$disk cannot be removed"
sleep 1
[ ! -e /sys/block/nvme0n1 ] || fail "nvme0n1 is still there"
[ ! -e "/sys/block/$disk" ] || fail "$disk is still there"
kill -0 $recorder || { cat err.txt; fail "the recorder ended"; }
before=$(stat -c %s rec/nvme1n1.blktrace.0)
sleep 1
[ "$(stat -c %s rec/nvme1n1.blktrace.0)" -gt "$before" ] ||
	fail "the other disk was not recorded any more"
kill -TERM "${pids[@]}" 2>/dev/null
pkill -TERM -x fio
sleep 0.5
kill -INT $recorder
wait $recorder || fail "status $?: $(cat err.txt)"
[ ! -s err.txt ] || { cat err.txt; fail "words on standard error"; }
ended nvme0n1
ended "$disk"
ended nvme1n1
ended nullb0
