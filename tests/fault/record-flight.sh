# SPDX-License-Identifier: GPL-2.0
# The flight recorder: dumps on SIGUSR1, by condition and at the end, each a
# recording of its own; its memory outlives SIGKILL and a full disk.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
[ -d /dev/shm ] && [ -w /dev/shm ] || skip "there is no /dev/shm"
make_workdir
make_loop 32M
export -f load
export loop
echo none >"/sys/block/${loop#/dev/}/queue/scheduler" || skip "no scheduler none"

# said TEXT, inside a recorder's command: waits until the recorder has said it.
# "run" leaves what it says in $err.
said() {
	wait_until 10 grep -q "$1" "$err"
}
export -f said wait_until
export err=$workdir/.err

# memory: the file that stderr speaks of
memory() {
	sed -n 's/^iotape record: keeping the last stretch in //p' "$1"
}

# check_dump NAME EVENTS
check_dump() {
	assert_events "$(fact events rec/"$1".blktrace.*)" "$2" "events of $1"
	assert_eq "$(fact gaps rec/"$1".blktrace.*)" 0 "gaps of $1"
	assert_eq "$(fact late rec/"$1".blktrace.*)" 0 "late in $1"
	"$facts" --notes rec/"$1".blktrace.* >notes
	grep -q '^note 0 host' notes || fail "$1 has no HOST"
	grep -q 'comm="fio" cmdline="fio --name=load' notes ||
		fail "$1 does not know who fio was: $(cat notes)"
	"$iotape" parse -q -D rec "$1" >/dev/null 2>parse.err ||
		fail "$1: $(cat parse.err)"
}

# Nothing is written before it is wanted; the second dump has the first's events
# too.  Six events for a read of fio, which is gone when the dump is written.
# shellcheck disable=SC2016 # for the inner shell
run "$iotape" record -d "$loop" -D rec -o t --flight 60s -- bash -c '
	load 2000
	sleep 0.3
	[ -z "$(ls rec)" ] || exit 9
	kill -USR1 $PPID
	said "dump 1 "
	load 1000'
assert_status 0
assert_err '^iotape record: dump 1 \(SIGUSR1\): '
assert_err '^iotape record: dump 2 \(the end\): '
check_dump t.1 12000
check_dump t.2 18000
[ ! -e "$(memory "$err")" ] || fail "the memory was left behind"

# A dump whose files cannot be made; the next one can.
# shellcheck disable=SC2016 # for the inner shell
run "$iotape" record -d "$loop" -D rec -o way --flight 60s -- bash -c '
	load 500
	mkdir -p rec/way.1.blktrace.1
	kill -USR1 $PPID
	said "cannot create"
	rmdir rec/way.1.blktrace.1
	kill -USR1 $PPID
	said "dump 1 "'
assert_err 'way\.1\.blktrace\.1: cannot create: Is a directory$'
assert_err '^iotape record: dump 1 \(SIGUSR1\): '
assert_err '^iotape record: dump 2 \(the end\): '
check_dump way.1 3000
check_dump way.2 3000

# Only so much time; only so much memory, and then it says so.
run "$iotape" record -d "$loop" -D rec -o s --flight 1s -- bash -c '
	load 2000; sleep 2; load 100'
assert_status 0
check_dump s.1 600
run "$iotape" record -d "$loop" -D rec -o s --flight 100s,8M -- bash -c '
	for i in 1 2 3 4; do load 8000; done'
assert_status 0
assert_err 'dump 2 \(the end\): .*, all that the memory holds$'
n=$(fact events rec/s.2.blktrace.*)
[ "$n" -gt 60000 ] && [ "$n" -lt 120000 ] || fail "8 MiB hold $n events"
assert_eq "$(fact gaps rec/s.2.blktrace.*)" 0 "gaps of a short memory"

# Conditions.  No read takes 10 s; all take more than 1 us.
run "$iotape" record -d "$loop" -D rec -o c --flight 60s \
	--trigger 'latency>10s' --trigger 'stalled>10s' --trigger error \
	-- bash -c 'load 100'
assert_status 0
assert_err 'dump 1 \(the end\)'
run "$iotape" record -d "$loop" -D rec -o l --flight 60s \
	--trigger 'latency>1us' -- bash -c 'load 100; said "dump 1 "'
assert_err 'dump 1 \(latency [0-9.]+ ms at sector [0-9]+ of [0-9]+,[0-9]+\)'
run "$iotape" record -d "$loop" -D rec -o e --flight 60s \
	--trigger exit:sleep -- bash -c 'load 100; sleep 1.5; sleep 0.3'
assert_err 'dump 1 \(process [0-9]+ of name sleep has ended\)'
assert_err 'dump 2 \(the end\)'
run "$iotape" record -d "$loop" -D rec -o e --flight 60s --keep 1 \
	--trigger exit:999999999 -- true
assert_status 1
assert_err 'exit:999999999: No such process$'

# --keep: the older dumps go
# shellcheck disable=SC2016 # for the inner shell
run "$iotape" record -d "$loop" -D rec -o k --flight 60s --keep 2 -- bash -c '
	for i in 1 2 3; do load 100; kill -USR1 $PPID; said "dump $i "; done'
assert_status 0
assert_eq "$(cd rec && echo k.*.blktrace.0)" "k.3.blktrace.0 k.4.blktrace.0"

# SIGKILL: everything is in memory, and it is not taken while it is written.
env --default-signal "$iotape" record -d "$loop" -D rec -o x --flight 60s \
	2>kill.err &
recorder=$!
must_begin kill.err await_links $recorder
load 1000
sleep 0.3
memory=$(memory kill.err)
run "$iotape" record --recover "$memory" -D rec -o x
assert_status 1
assert_err 'its recorder is still running'
end_record KILL
at_exit rm -f "$memory"
assert_file "$memory"
run "$iotape" record --recover "$memory" -D rec -o x
assert_status 0
check_dump x.1 6000
run "$iotape" record --recover "$workdir/kill.err" -D rec -o x
assert_status 1
assert_one_error

# A file that somebody made: /dev/shm is everybody's.  The name of the device
# is where the folder of the dump must not be left, and has an end.
name=${loop#/dev/}
at=$(grep -abo "$name" "$memory" | head -n 1 | cut -d: -f1)
[ -n "$at" ] || fail "the memory has no device"
for evil in '../evil' '\057etc' '..' "$(printf 'A%.0s' $(seq 192))"; do
	cp "$memory" evil.flight
	printf '%b\0' "$evil" |
		dd of=evil.flight bs=1 seek="$at" conv=notrunc 2>/dev/null
	run "$iotape" record --recover evil.flight -D rec -o evil
	assert_status 1
	assert_one_error
	assert_err 'evil\.flight: a damaged device or cgroup'
done
ls ./evil.*blktrace* evil*blktrace* >/dev/null 2>&1 && fail "outside of -D"
rm "$memory"

# A dump that cannot be written is told, and is still there.
mkdir small
mount -t tmpfs -o size=200K iotape-test small || skip "a tmpfs cannot be mounted"
at_exit umount "$workdir/small"
run "$iotape" record -d "$loop" -D small -o f --flight 60s -- bash -c 'load 1000'
assert_status 1
assert_err 'small/f\.1\.blktrace\.[0-9]+: .*No space left on device$'
memory=$(memory "$err")
at_exit rm -f "$memory"
assert_err "it is still in memory: iotape record --recover $memory\$"
run "$iotape" record --recover "$memory" -D rec -o f
assert_status 0
check_dump f.1 6000
