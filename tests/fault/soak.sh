# SPDX-License-Identifier: GPL-2.0
# A long recording in short: memory and open files stay as they are, nothing is
# lost, the parts follow each other without a hole, and the clocks of the trace
# do not drift.  A minute in "make check-root"; "make soak" takes SOAK_SECONDS
# (an hour).
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
seconds=${SOAK_SECONDS:-60}
need_bpf
need_loop
need_command fio
make_workdir
make_loop 32M
echo none >"/sys/block/${loop#/dev/}/queue/scheduler" || skip "no scheduler none"
mkdir rec
mount -t tmpfs -o size=96M iotape-test rec || skip "a tmpfs cannot be mounted"
at_exit umount "$workdir/rec"

# Small rings, which are all touched soon.
env --default-signal "$iotape" record -d "$loop" -D rec -o t --rotate 8M \
	--keep 4 -b 1024 -n 1 >out.txt 2>err.txt &
recorder=$!
must_begin err.txt await_links $recorder

# What runs all the time, and processes that come, are named, and go.
fio --name=load --filename="$loop" --direct=1 --rw=randrw --bs=4k \
	--ioengine=libaio --iodepth=4 --rate_iops=1500,1500 --time_based \
	--runtime="$seconds" --minimal --output=/dev/null &
fio=$!
at_exit sh -c "kill $fio $recorder 2>/dev/null || :"

# sample: seconds, resident and allocated KiB, open files; one line a second
sample() {
	awk -v at="$SECONDS" -v files="$(find "/proc/$recorder/fd" | wc -l)" '
		/^VmRSS/ { rss = $2 } /^VmData/ { data = $2 }
		END { print at, rss, data, files }' \
		"/proc/$recorder/status" >>samples
}
while kill -0 $fio 2>/dev/null; do
	for i in $(seq 5); do
		dd if="$loop" of=/dev/null bs=4k count=1 iflag=direct \
			status=none
	done
	sleep 1
	sample || fail "the recorder is gone"
done
wait $fio || fail "fio failed"
kill -INT $recorder
status=0
wait $recorder || status=$?
[ $status = 0 ] || { cat err.txt; fail "status $status"; }
[ ! -s err.txt ] || { cat err.txt; fail "words on standard error"; }

# What is allocated does not grow behind the first third.  What is resident does,
# as the fixed tables of processes are touched, and has that as its bound.
awk '
	{ rss[NR] = $2; data[NR] = $3; files[NR] = $4 }
	END {
		third = int(NR / 3)
		for (i = 1; i <= NR; i++) {
			late = i > NR - third
			if (i > 2 && i <= third || late) {
				if (rss[i] > r[late]) r[late] = rss[i]
				if (data[i] > d[late]) d[late] = data[i]
				if (files[i] > f[late]) f[late] = files[i]
			}
		}
		printf "INFO: %d samples; resident %d then %d KiB, allocated" \
			" %d then %d KiB, files %d then %d\n",
			NR, r[0], r[1], d[0], d[1], f[0], f[1]
		exit !(NR >= 20 && r[1] <= r[0] + 4096 &&
			d[1] <= d[0] + 64 && f[1] <= f[0])
	}' samples || { cat samples; fail "it grew"; }

# The parts: without gaps, each from where the one before has ended.
parts=$(find rec -name 't.*.blktrace.0' |
	sed 's/.*t\.\([0-9]*\)\..*/\1/' | sort -n)
# shellcheck disable=SC2086 # words
set -- $parts
[ $# -ge 2 ] && [ $# -le 4 ] || fail "$# parts with --keep 4"
echo "INFO: $(sed -nE 's/^  Total: +([0-9]+) events.*/\1/p' out.txt) events, the last of ${*: -1} parts"
for part; do
	assert_eq "$(fact gaps rec/t."$part".blktrace.*)" 0 "gaps of part $part"
	assert_eq "$(fact late rec/t."$part".blktrace.*)" 0 "late in $part"
	assert_eq "$(fact lost rec/t."$part".blktrace.*)" 0 "lost in $part"
	"$iotape" parse -q -i "rec/t.$part" -f '%T.%9t\n' >times ||
		fail "part $part cannot be read"
	[ -s times ] || continue
	"$facts" --notes rec/t."$part".blktrace.0 |
		sed -nE 's/^note 0 clock .*monotonic=([0-9]+) realtime=([0-9]+).*/\1 \2/p'
done | awk '
	# how far the time of day is ahead, from anchor to anchor
	{ ahead = $2 - $1; if (NR > 1 && (ahead - last > 5e6 || last - ahead > 5e6)) bad = 1
	  last = ahead }
	END { exit bad || NR < 4 }' || fail "the clocks of the trace drift"
