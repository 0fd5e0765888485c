# SPDX-License-Identifier: GPL-2.0
# What makes a flight recorder write, made to happen for real: a write that is
# stuck, one that takes long, and one that fails, each in the middle of many
# that do not.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio mkfs.ext4 fsfreeze dd
[ -d /dev/shm ] && [ -w /dev/shm ] || skip "there is no /dev/shm"
make_workdir
make_loop 64M

make_freezable
dd if=/dev/zero of="$upper" bs=64k count=128 oflag=direct status=none ||
	fail "dd"
# stuck_for SECONDS: one write of many
cat >stuck_for <<END
dd if=/dev/zero of=$upper bs=4k count=100 oflag=direct status=none
fsfreeze -f mnt
(sleep \$1; fsfreeze -u mnt) &
dd if=/dev/zero of=$upper bs=8k count=1 seek=64 oflag=direct status=none
wait
dd if=/dev/zero of=$upper bs=4k count=100 oflag=direct status=none
sleep 0.3
END

# Stuck: it is written while the request has no end yet.
run "$iotape" record -d "$upper" -D rec -o s --flight 100s \
	--trigger 'stalled>1s' -- sh stuck_for 2.5
assert_status 0
assert_err '^iotape record: dump 1 \(stalled for [0-9.]+ s at sector 1024 of [0-9,]+\): '
run "$iotape" parse -q -D rec -i s.1 -f '%a %S %n\n'
assert_eq "$(grep -c '^D 1024 16$' "$out")" 1 "the stuck write is issued"
assert_eq "$(grep -c '^C 1024 16$' "$out")" 0 "and not complete"
assert_eq "$(grep -c '^C ' "$out")" 100 "completions before it"
run "$iotape" parse -q -D rec -i s.2 -f '%a %S %n\n'
assert_eq "$(grep -c '^C 1024 16$' "$out")" 1 "its completion, at the end"

# Long: when it is complete.
run "$iotape" record -d "$upper" -D rec -o l --flight 100s \
	--trigger 'latency>500ms' -- sh stuck_for 0.8
assert_status 0
assert_err '^iotape record: dump 1 \(latency [0-9]{3,4}\.[0-9]+ ms at sector 1024 of [0-9,]+\)'
run "$iotape" parse -q -D rec -i l.1 -f '%a %S %n\n'
assert_eq "$(grep -c '^C 1024 16$' "$out")" 1 "the completion of the long one"
[ "$(grep -c '^C ' "$out")" -ge 101 ] || fail "completions before it"

# One that fails: the file below has no room behind its first MiB.
mkdir small
mount -t tmpfs -o size=1200K iotape-test small || fail "a second tmpfs"
at_exit umount "$workdir/small"
truncate -s 8M small/disk
bad=$(losetup -f --show small/disk) || fail "losetup"
at_exit losetup -d "$bad"
run "$iotape" record -d "$bad" -D rec -o e --flight 100s --trigger error \
	-- sh -c "
	dd if=/dev/zero of=$bad bs=64k count=8 oflag=direct status=none
	dd if=/dev/zero of=$bad bs=64k count=32 seek=16 oflag=direct status=none
	sleep 0.3; :"
assert_status 0
assert_err '^iotape record: dump 1 \(error -?[0-9]+ at sector [0-9]+ of [0-9,]+\): '
run "$iotape" parse -q -D rec -i e.1 -f '%a %e\n'
[ "$(grep -c '^C 0$' "$out")" -ge 8 ] || fail "completions without an error"
[ "$(grep -c '^C [1-9-]' "$out")" -ge 1 ] || fail "no completion with one"
