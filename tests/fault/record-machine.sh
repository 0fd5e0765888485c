# SPDX-License-Identifier: GPL-2.0
# What happens to a recording from outside: a second signal while a write
# hangs, the clock of -w, a device that is taken away and made again, and many
# short-lived processes for a while (memory stays flat).
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
make_workdir
make_loop 32M
echo none >"/sys/block/${loop#/dev/}/queue/scheduler" || skip "no scheduler none"

# ---- Ctrl-C twice ----------------------------------------------------------------

# A reader that does not read: the recorder hangs in its write.
mkfifo pipe
sleep 60 <pipe &
sleeper=$!
at_exit sh -c "kill $sleeper 2>/dev/null || :"
env --default-signal "$iotape" record -d "$loop" -o - >pipe 2>err.txt &
recorder=$!
await_links $recorder || fail "it does not begin"
load 2000
sleep 0.5
kill -INT $recorder
sleep 1
kill -0 $recorder 2>/dev/null || fail "it does not hang: the test is no test"
begin=$(date +%s%N)
kill -INT $recorder
wait $recorder
assert_eq $? 130 "the status after a second SIGINT"
[ $((($(date +%s%N) - begin) / 1000000)) -lt 2000 ] ||
	fail "a second SIGINT took two seconds"
kill $sleeper

# With a command: the first is the command's, the second ends the recording.
start_record -d "$loop" -- sh -c 'trap "" INT; sleep 5; sleep 5'
load 100
kill -INT $recorder
sleep 0.5
kill -0 $recorder || fail "it did not wait for its command"
end_record INT
assert_events "$(fact events rec/t.blktrace.*)" 600 "events"

# ---- the clock of -w --------------------------------------------------------------

# span_of SECONDS RUNTIME: how long -w SECONDS takes, in ms, is $span; the load
# for it takes RUNTIME.  Unplug is attached last: its events span the time.
span_of() {
	local fio

	load 100000000 --time_based --runtime="$2" &
	fio=$!
	sleep 0.5
	run "$iotape" record -d "$loop" -D rec -o t -w "$1" -a queue
	wait $fio
	assert_status 0
	run "$iotape" parse -D rec -i t -q -f '%a %T.%9t\n'
	span=$(awk '$1 == "U" { if (!n++) first = $2; last = $2 }
		END { printf "%d", (last - first) * 1000 }' "$out")
	echo "INFO: -w $1 recorded $span ms"
}
# to_10_ms SECONDS RUNTIME: one of eight: on a busy machine the recorder may be
# late, and the load may stand still
to_10_ms() {
	local wanted i

	wanted=$(awk -v s="$1" 'BEGIN { print s * 1000 }')
	for i in $(seq 8); do
		span_of "$@"
		[ "$span" -lt $((wanted - 10)) ] ||
			[ "$span" -gt $((wanted + 10)) ] || return 0
	done
	fail "-w $1 took $span ms"
}
to_10_ms 2 4
to_10_ms 0.2 2

# ---- a device goes away ------------------------------------------------------------

# A zram device is removed from the kernel, and comes back under its number.
# new_zram: its number is in $zram, it is $loop.
new_zram() {
	zram=$(cat /sys/class/zram-control/hot_add) || fail "hot_add"
	echo 32M >"/sys/block/zram$zram/disksize" || fail "disksize"
	loop=/dev/zram$zram
	[ -e "$loop" ] || mknod "$loop" b \
		$(tr : ' ' <"/sys/block/zram$zram/dev")
}
remove_zram() {
	echo "$zram" >/sys/class/zram-control/hot_remove
}
if [ -e /sys/class/zram-control/hot_add ]; then
	base=$loop
	new_zram
	at_exit sh -c "echo $zram >/sys/class/zram-control/hot_remove || :"
	first=$zram
	start_record -d "$loop"
	load 100
	remove_zram || fail "it cannot be removed while it is recorded"
	[ ! -e "/sys/block/zram$zram" ] || fail "it is still there"
	sleep 0.5
	new_zram
	load 100
	end_record INT
	assert_status 0
	assert_no_err
	[ "$zram" != "$first" ] ||
		assert_eq "$("$iotape" parse -D rec -i t -q -f '%a\n' |
			grep -c '^[QC]')" 400 "events of the zram device"
	loop=$base
else
	echo "INFO: no zram here: a removed device was not tried"
fi

# ---- a while -----------------------------------------------------------------------

# Each dd is a process of its own, which is named in the trace.
# VmData: what is allocated, not what was touched of fixed tables.
allocated() { awk '/^VmData/ { print $2 }' "/proc/$recorder/status"; }
start_record -d "$loop"
for round in $(seq 8); do
	load 20000 --ioengine=libaio --iodepth=16
	for i in $(seq 150); do
		dd if="$loop" of=/dev/null bs=4k count=1 iflag=direct status=none
	done
	[ "$round" != 2 ] || before=$(allocated)
done
after=$(allocated)
end_record INT
assert_status 0
echo "INFO: $(fact events rec/t.blktrace.*) events, memory $before KiB, later $after KiB"
[ "$after" -le "$before" ] || fail "memory grew from $before to $after KiB"
assert_eq "$(fact gaps rec/t.blktrace.*)" 0 "gaps"
assert_eq "$(fact late rec/t.blktrace.*)" 0 "late"
