# SPDX-License-Identifier: GPL-2.0
# blktrace, perf, a second iotape and a flight recorder on one disk at once.
# The flight recorder is killed in the middle: the others go on, and what it
# had is recovered, as blktrace has it.
# vmrun: -d virtio:256M
# kernels: one of them
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_command fio blktrace blkparse perf
make_workdir
loop=/dev/vda
echo none >/sys/block/vda/queue/scheduler

blktrace -d /dev/vda -D bt -o t >bt.out 2>&1 &
blktrace=$!
start_perf block:block_rq_complete
env --default-signal "$iotape" record -d vda -D rec -o second >second.out \
	2>second.err &
second=$!
env --default-signal "$iotape" record -d vda -D rec -o flight --flight 100s \
	2>flight.err &
flight=$!
must_begin flight.err await_links $flight
memory=$(sed -n 's/.*keeping the last stretch in //p' flight.err)
[ -n "$memory" ] || { cat flight.err; fail "the flight recorder has no memory"; }
await_record rec/second.blktrace.0 $second || fail "no second iotape"
wait_until 60 test -e /sys/kernel/debug/block/vda/dropped ||
	fail "blktrace does not begin"
sleep 1
load 2000
sleep 0.5
kill -KILL $flight
wait $flight
run "$iotape" record --recover "$memory" -D rec -o flight
cat "$err"
assert_status 0
load 1000
sleep 0.5
kill -INT $second $blktrace
wait $second || fail "the second iotape: status $?: $(cat second.err)"
[ ! -s second.err ] || { cat second.err; fail "words of the second iotape"; }
wait $blktrace || fail "blktrace: status $?: $(cat bt.out)"
end_perf

# letters DIR NAME: how many of each, by fio
letters() {
	(cd "$1" && blkparse -q -i "$2" -f '%a %S %n %C\n' 2>/dev/null) |
		grep -E '^ *[QGID] ' | grep ' fio$' | sort
}
# completions DIR NAME
completions() {
	(cd "$1" && blkparse -q -i "$2" -f '%a %S %n\n' 2>/dev/null) |
		grep -E '^ *C ' | sort
}
letters bt t >bt.text
letters rec second >second.text
assert_same bt.text second.text
completions bt t >bt.done
completions rec second >second.done
assert_same bt.done second.done
assert_eq "$(grep -c '^ *D ' bt.text)" 3000 "reads"
assert_eq "$(letters rec flight.1 | grep -c '^ *D ')" 2000 "recovered reads"
# they are the first ones of blktrace's
(cd bt && blkparse -q -i t -f '%a %S %n %C\n' 2>/dev/null) |
	grep -E '^ *D .* fio$' | head -n 2000 | sort >first
letters rec flight.1 | grep '^ *D ' >recovered
assert_same first recovered
run "$iotape" verify rec/flight.1
[ "$status" = 0 ] || show_run
# one that it has twice, with the same time and CPU, is one
perf script -i perf.data 2>>perf.err | sort -u >perf.text
assert_eq "$(grep -cE 'block_rq_complete: [0-9,]+ R[A-Z]* \(\) [0-9]+ \+ 8 ' \
	perf.text)" 3000 "completed reads that perf has"
rm "$memory"
echo "INFO: 3000 reads in blktrace, perf and iotape; 2000 recovered"
