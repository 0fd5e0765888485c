# SPDX-License-Identifier: GPL-2.0
# One device, four recorders at once: perf, the kernel's own tracer, and iotape
# twice.  All see the same events, and nobody loses any.  (blktrace beside them:
# tests/vm/machine/beside.sh.)
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
. "$top_srcdir/tests/fidelity/oracle.sh"
need_bpf
need_loop
need_command fio perf
make_workdir
make_loop 32M
name=${loop#/dev/}
echo none >"/sys/block/$name/queue/scheduler" || skip "no scheduler none"
oracle_open

env --default-signal "$iotape" record -d "$loop" -D second -o s >second.out \
	2>second.err 8>&- &
second=$!
at_exit sh -c "kill $second 2>/dev/null || :"
start_record -d "$loop"
await_record second/s.blktrace.0 $second || fail "no second iotape"
oracle_start 0xffff "$name"
start_perf block:block_rq_issue block:block_rq_complete
load 2000 --ioengine=libaio --iodepth=16
load 3000
sleep 0.3
mkdir oracle
oracle_stop oracle
kill -INT $second
wait $second || fail "the second iotape: status $?: $(cat second.err)"
[ ! -s second.err ] || { cat second.err; fail "words of the second iotape"; }
end_record INT
assert_status 0
assert_no_err
end_perf

# letters DIR NAME: how many there are of each, and which
letters() {
	local dir=$1 letter

	"$iotape" parse -q -D "$dir" -i "$2" -f '%a %S %n\n' >text ||
		fail "$dir: parse failed"
	for letter in Q G D C; do
		echo "$letter $(awk -v a=$letter '$1 == a' text | sort | md5sum)" \
			"$(awk -v a=$letter '$1 == a' text | wc -l)"
	done
}
# the kernel's tracer has files of CPUs that did something only
for i in $(seq 0 $(($(getconf _NPROCESSORS_CONF) - 1))); do
	[ ! -e "oracle/oracle.$i" ] || mv "oracle/oracle.$i" "oracle/o.blktrace.$i"
	: >>"oracle/o.blktrace.$i"
done
letters rec t >letters.t
letters second s >letters.s
letters oracle o >letters.o
assert_same letters.t letters.s
# but where process 1 is hidden from BPF (tests/fidelity/run.sh, find_hidden)
! readlink /proc/1/exe >/dev/null 2>&1 || assert_same letters.t letters.o
assert_events "$(awk '/^D/ { print $NF }' letters.t)" 5000 "requests issued"
assert_events "$(awk '/^C/ { print $NF }' letters.t)" 5000 "completions"
number=$(tr : , <"/sys/block/$name/dev")
perf script -i perf.data >perf.text 2>>perf.err
# its reads: whoever syncs the device meanwhile has a flush, and where that is
# process 1, only perf sees it.  perf has had one twice under load, with the same
# time and CPU: lines that are the same are one.
for event in issue complete; do
	grep "block_rq_$event: $number " perf.text | sort -u >perf.$event
	[ "$(grep -c ": $number R" perf.$event)" = 5000 ] || {
		grep -v ": $number R" perf.$event
		sort -k7 perf.$event | uniq -D -f6 | head
	}
	assert_eq "$(grep -c ": $number R" perf.$event)" 5000 \
		"block_rq_$event of reads that perf has"
done
echo "INFO: 5000 reads in perf, the kernel's tracer, and iotape twice"
