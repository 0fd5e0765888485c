# SPDX-License-Identifier: GPL-2.0
# Events that find no room are counted, said, noted in the trace, and leave a
# gap in the sequence numbers before the next event of their CPU; all four
# agree.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
make_workdir
make_loop 32M
echo none >"/sys/block/${loop#/dev/}/queue/scheduler" || skip "no scheduler none"

# check_loss EVENTS: after a recording of so many events.
check_loss() {
	local events lost

	assert_status 3
	events=$(fact events rec/t.blktrace.*)
	lost=$(fact lost rec/t.blktrace.*)
	[ "$lost" -gt 0 ] || fail "nothing was lost"
	assert_events $((events + lost)) "$1" "events and losses"
	gaps=$(fact gaps rec/t.blktrace.*)
	assert_eq $((gaps + $(fact tail rec/t.blktrace.*))) "$lost" "gaps"
	assert_eq "$(fact late rec/t.blktrace.*)" 0 "late"
	assert_eq "$(sed -n 's/.*CPU [0-9]* lost \([0-9]*\) of.*/\1/p' "$err" |
		awk '{ n += $1 } END { print n }')" "$lost" "the messages"
	assert_out "^  Total: +$events events \(dropped $lost\),"
	grep -v '^iotape record: loop[0-9]*: CPU [0-9]* lost [0-9]* of [0-9]* events; ' \
		"$err" && fail "other words on stderr"
}

# A reader that does not come: all that the smallest ring cannot hold is lost.
start_record -d "$loop" -b 4 -n 1
kill -STOP $recorder
load 500
kill -CONT $recorder
load 10
end_record INT
check_loss 3060

# Losses at the very end have no event behind them.
start_record -d "$loop" -b 4 -n 1
kill -STOP $recorder
load 500
kill -INT $recorder	# one: a second one would end it at once
end_record CONT
check_loss 3000

# has_read: the recorder has written since the last time.
has_read() {
	local before=${bytes:-0}

	bytes=$(cat rec/t.blktrace.* | wc -c)
	[ "$bytes" != "$before" ]
}

# A reader that is late again and again.  (On an idle machine it would keep up
# even with this ring, so that it is held back.)  The load is slow, so that there
# are events behind those that it lost.
start_record -d "$loop" -b 4 -n 1
load 5000 --numjobs=2 --ioengine=libaio --iodepth=32 --rate_iops=10000 &
fio=$!
while ! has_ended $fio; do
	kill -STOP $recorder
	sleep 0.03
	kill -CONT $recorder
	wait_until 1 has_read
done
wait $fio
end_record INT
check_loss 60000
[ "$gaps" -gt 0 ] || fail "all losses are at the end"

# The same with a ring that is large enough, for comparison.
start_record -d "$loop"
load 5000 --numjobs=2 --ioengine=libaio --iodepth=32
end_record INT
assert_status 0
assert_no_err
assert_events "$(fact events rec/t.blktrace.*)" 60000 "events"
assert_eq "$(fact gaps rec/t.blktrace.*)" 0 "gaps"
