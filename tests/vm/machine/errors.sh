# SPDX-License-Identifier: GPL-2.0
# The disk that the trace is written to gets errors, for real: device mapper
# turns it to errors in the middle.  ext4 goes on, or becomes read-only.
# vmrun: -m 1536 -d virtio:256M -M null_blk -M dm_mod -M ext4
# kernels: one of them
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_command fio dmsetup mkfs.ext4
make_workdir
loop=/dev/nullb0
export loop
export -f load
mkdir on

# disk_of TARGET: what the disk is from now on.
disk_of() {
	dmsetup suspend --noflush --nolockfs bad &&
		echo "0 262144 $1" | dmsetup load bad && dmsetup resume bad
}
export -f disk_of
for errors in continue remount-ro; do
	dmsetup create bad --table "0 262144 linear /dev/vda 0" || fail "dm"
	dmsetup mknodes
	mkfs.ext4 -q -F /dev/mapper/bad || fail "mkfs.ext4"
	mount -o errors=$errors /dev/mapper/bad on || fail "mount"
	run "$iotape" record -d "$loop" -D on -o t -- bash -c '
		load 2000; sync; disk_of error; load 20000; sleep 1'
	cat "$err"
	assert_status 1
	assert_err '^iotape record: on/t\.blktrace\.[0-9]+: .*(Input/output error|Read-only file system)$'
	echo "INFO: errors=$errors: $(grep -o 't\.blktrace.*' "$err" | head -n 1)"
	umount on
	dmsetup remove --retry bad
done
