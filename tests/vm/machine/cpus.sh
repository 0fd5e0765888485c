# SPDX-License-Identifier: GPL-2.0
# CPUs come and go while a recording runs: nothing is lost, nothing is there
# twice, and blkparse reads it.  One of the three has never been online when
# the recording begins.
# vmrun: -c 3 -a maxcpus=2 -M null_blk
# kernels: one of them
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_command fio blkparse
make_workdir
loop=/dev/nullb0
cpus=/sys/devices/system/cpu
assert_eq "$(cat $cpus/possible) $(cat $cpus/online)" "0-2 0-1" \
	"possible and online CPUs"
echo none >/sys/block/nullb0/queue/scheduler

# switch CPU 0|1
switch() {
	echo "$2" >"$cpus/cpu$1/online" || fail "CPU $1: no $2"
}

# check IOS CPU...: that many reads, each whole; these CPUs had some of them.
check() {
	local ios=$1 cpu action

	shift
	assert_status 0
	assert_no_err
	assert_eq "$(fact files rec/t.blktrace.*)" 3 "files"
	assert_eq "$(fact gaps rec/t.blktrace.*)" 0 "gaps"
	assert_eq "$(fact late rec/t.blktrace.*)" 0 "late"
	assert_eq "$(fact lost rec/t.blktrace.*)" 0 "lost"
	for cpu; do
		[ "$(fact events "rec/t.blktrace.$cpu")" -gt 100 ] ||
			fail "nothing was recorded of CPU $cpu"
	done
	run "$iotape" verify rec/t
	assert_status 0
	(cd rec && blkparse -q -i t -f '%a %S\n') >text 2>blkparse.err ||
		{ cat blkparse.err; fail "blkparse cannot read it"; }
	for action in Q D C; do
		assert_eq "$(grep -c "^ *$action " text)" "$ios" "$action"
	done
	echo "INFO: $ios reads on the CPUs $*: nothing lost"
}

# One that was off when the recording began, one that was never on.
switch 1 0
start_record -d "$loop"
load 2000 --cpus_allowed=0
switch 1 1
load 3000 --cpus_allowed=1
switch 2 1
load 3000 --cpus_allowed=2
end_record INT
check 8000 0 1 2

# Both go and come back while all work, in the middle of I/O.
start_record -d "$loop"
load 15000 --numjobs=3 --ioengine=libaio --iodepth=8 &
fio=$!
n=0
while kill -0 $fio 2>/dev/null; do
	switch $((1 + n % 2)) 0
	sleep 0.2
	switch $((1 + n % 2)) 1
	sleep 0.2
	n=$((n + 1))
done
wait $fio || fail "fio failed"
end_record INT
[ $n -gt 2 ] || fail "fio was done before CPUs came and went"
echo "INFO: CPUs went and came back $n times"
check 45000 0 1 2

# One that is gone at the end, and a stream.
"$iotape" record -d "$loop" -o - >stream 2>stream.err &
recorder=$!
await_record stream || fail "the stream does not begin"
load 1000 --cpus_allowed=2
switch 2 0
load 1000 --cpus_allowed=1
switch 2 1
load 1000 --cpus_allowed=2
sleep 0.5
switch 2 0
kill -INT $recorder
wait $recorder || fail "a stream: status $?: $(cat stream.err)"
blkparse -q -i - -f '%a %S\n' <stream >text 2>/dev/null || fail "blkparse -i -"
assert_eq "$(grep -c '^ *C ' text)" 3000 "completions in a stream"

# The flight recorder: the last CPU comes after its memory was made.
run "$iotape" record -d "$loop" -D flight -o t --flight 60s -- bash -c '
	sleep 0.2
	echo 1 >/sys/devices/system/cpu/cpu2/online
	exec fio --name=load --filename=/dev/nullb0 --direct=1 --rw=randread \
		--bs=4k --ioengine=psync --number_ios=1000 --minimal \
		--cpus_allowed=2 --output=/dev/null'
assert_status 0
[ "$(fact events flight/t.1.blktrace.2)" -ge 2000 ] ||
	fail "the flight recorder did not see the CPU that came"
assert_eq "$(fact gaps flight/t.1.blktrace.*)" 0 "gaps"
