# SPDX-License-Identifier: GPL-2.0
# How iotape record ends: by a signal, by its command, by the clock, with its
# device.  The files are always complete.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
make_workdir
make_loop 32M

# Six events for a read of fio: Q G P U D C.
check_files() {
	assert_eq "$(fact files rec/t.blktrace.*)" "$(getconf _NPROCESSORS_CONF)"
	assert_events "$(fact events rec/t.blktrace.*)" "$1" "events"
	assert_eq "$(fact gaps rec/t.blktrace.*)" 0 "gaps"
	assert_eq "$(fact late rec/t.blktrace.*)" 0 "late"
	assert_eq "$(fact timestamp rec/t.blktrace.*)" 1 "timestamps"
}

echo none >"/sys/block/${loop#/dev/}/queue/scheduler" || skip "no scheduler none"

for signal in INT TERM HUP; do
	start_record -d "$loop"
	load 100
	end_record $signal
	assert_status 0
	assert_no_err
	assert_out "^  Total: +$(fact events rec/t.blktrace.*) events \\(dropped 0\\),"
	check_files 600
done

# Under nohup, SIGHUP ends neither the recording nor its command.
run sh -c 'trap "" HUP
	   "$0" record -d "$1" -D rec -o t -- \
		   sh -c "kill -HUP \$PPID; sleep 1; exit 9"' "$iotape" "$loop"
assert_status 9

# A second recording into the same files is refused; the first goes on.
start_record -d "$loop"
load 100
run "$iotape" record -d "$loop" -D rec -o t -- true
assert_status 1
assert_one_error
assert_err 'rec/t\.blktrace\.0: another recording is writing it$'
end_record INT
assert_status 0
check_files 600

# SIGKILL: the programs go with their process, whole records stay.
start_record -d "$loop"
load 100
sleep 0.5
programs=$(sed -n 's/^prog_id:[[:space:]]*//p' /proc/$recorder/fdinfo/* |
	sort -u)
[ "$(echo "$programs" | wc -w)" -gt 5 ] || fail "what are its programs?"
end_record KILL
assert_status 137
"$facts" rec/t.blktrace.* >facts || fail "SIGKILL left half a record"
assert_events "$(fact events rec/t.blktrace.*)" 600 "events after SIGKILL"
if have_command bpftool; then
	for i in $(seq 50); do
		left=$(for id in $programs; do
			bpftool prog show id "$id" 2>/dev/null
		done)
		[ -n "$left" ] || break
		sleep 0.1
	done
	[ -z "$left" ] || fail "SIGKILL left programs: $left"
fi

# The clock.
begin=$(date +%s%N)
run "$iotape" record -d "$loop" -D rec -o t -w 1
assert_status 0
[ $((($(date +%s%N) - begin) / 100000000)) -ge 10 ] || fail "-w 1 ended early"

# A command; its status is passed on, its output is its own.
run "$iotape" record -d "$loop" -D rec -o t -- sh -c 'echo hello; exit 7'
assert_status 7
assert_out '^hello$'
run "$iotape" record -d "$loop" -D rec -o t -- true
assert_status 0
# shellcheck disable=SC2016 # for the inner shell
run "$iotape" record -d "$loop" -D rec -o t -- sh -c 'kill -9 $$'
assert_status 137
export -f load
export loop
run "$iotape" record -d "$loop" -D rec -o t -- bash -c 'load 50'
assert_status 0
check_files 300

# A signal to the recorder reaches the command, and both end.
start_record -d "$loop" -- sleep 60
end_record TERM
assert_status 143

# A recording is written anew, not appended to; more CPUs do not matter.
head -c 100000 /dev/urandom >rec/t.blktrace.0
run "$iotape" record -d "$loop" -D rec -o t -- bash -c 'load 20'
assert_status 0
check_files 120

# The device goes away: its last user does not keep it.
start_record -d "$loop"
load 10
backing=$(losetup -n -O BACK-FILE "$loop")
losetup -d "$loop" || fail "losetup -d"
end_record INT
losetup "$loop" "$backing" || fail "losetup"
assert_status 0
check_files 60
