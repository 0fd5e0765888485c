# SPDX-License-Identifier: GPL-2.0
# A quota is used up, for real: a subvolume of btrfs may have 2 MiB.  What is
# in the files is readable, and what is not is counted.  (Here the files cannot
# say it: btrfs writes over no block, so that there is no room for a note.)
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio mkfs.btrfs btrfs
make_workdir
make_loop 160M
disk=$loop
make_loop 32M
mkfs.btrfs -q "$disk" >/dev/null || skip "mkfs.btrfs fails here"
mkdir on
mount -t btrfs "$disk" on 2>/dev/null || skip "btrfs cannot be mounted here"
at_exit umount "$workdir/on"
btrfs quota enable on || skip "this btrfs has no quota"
btrfs subvolume create on/s >/dev/null && btrfs qgroup limit 2M on/s ||
	fail "no subvolume with a limit"

run "$iotape" record -d "$loop" -D on/s -o t -- fio --name=load \
	--filename="$loop" --direct=1 --rw=randread --bs=4k --time_based \
	--runtime=60 --minimal --output=/dev/null
assert_status 1
assert_err '^iotape record: on/s/t\.blktrace\.[0-9]+: .*Disk quota exceeded$'
lost=$(sed -nE 's/.*: ([0-9]+) events of CPU .* not be written$/\1/p' "$err" |
	awk '{ n += $1 } END { print n + 0 }')
[ "$lost" -gt 0 ] || fail "nothing is missing"
events=$(sed -nE 's/^  Total: +([0-9]+) events.*/\1/p' "$out")
[ "$events" -gt 15000 ] || fail "2 MiB hold $events events"

# btrfs cannot even cut a file then: the end of one may be half a record.
run "$iotape" verify on/s/t
assert_status 3
assert_out "^[0-9]+ files.*: [0-9]+ records \\($events events\\) are good, 0 are not"
assert_out 'the recording was broken off: there is no note of its end$'
assert_eq "$("$iotape" parse -q -i on/s/t -f 'event\n' 2>/dev/null |
	grep -c event)" "$events" "events that can be read"
echo "INFO: quota: $events events written, $lost not"
