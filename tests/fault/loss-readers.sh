# SPDX-License-Identifier: GPL-2.0
# Losses by device and CPU, and what those say who read the trace: each file's
# loss notes, its gaps, the recorder's messages and the totals are one number;
# parse, stat, plot and tag end with 3 and say it.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
make_workdir
make_loop 16M
a=$loop
make_loop 16M
b=$loop
for dev in "$a" "$b"; do
	echo none >"/sys/block/${dev#/dev/}/queue/scheduler" ||
		skip "no scheduler none"
done

# The reader is stopped while both devices work, each on a CPU of its own where
# there are two; then a few more, so that losses have an event behind them.
rm -rf rec
env --default-signal "$iotape" record -D rec -d "$a" -d "$b" -b 4 -n 1 \
	>out.txt 2>err.txt &
recorder=$!
await_record "rec/${a#/dev/}.blktrace.0" || fail "iotape record does not begin"
last=$(($(nproc) - 1))
kill -STOP $recorder
loop=$a load 700 --cpus_allowed=0
loop=$b load 400 --cpus_allowed=$last
kill -CONT $recorder
sleep 0.3
loop=$a load 20 --cpus_allowed=0
loop=$b load 20 --cpus_allowed=$last
kill -INT $recorder
wait $recorder
assert_eq $? 3 "the recorder's status"

# check DEVICE EVENTS: what was done, and what is missing, by CPU.
check() {
	local name=${1#/dev/} events lost=0 file cpu n

	events=$(fact events "rec/$name".blktrace.*)
	for file in "rec/$name".blktrace.*; do
		cpu=${file##*.}
		n=$(fact lost "$file")
		lost=$((lost + n))
		assert_eq $(($(fact gaps "$file") + $(fact tail "$file"))) \
			"$n" "$name: gaps of CPU $cpu"
		[ "$n" = 0 ] ||
			grep -q "^iotape record: $name: CPU $cpu lost $n of " \
				err.txt || {
			cat err.txt
			fail "$name: CPU $cpu lost $n, and no message says so"
		}
		"$facts" --notes "$file" | awk -v n="$n" -v cpu="$cpu" '
			$1 == "note" && $3 == "loss" {
				for (i = 4; i <= NF; i++) {
					split($i, v, "=")
					x[v[1]] = v[2]
				}
				if (x["cpu"] != cpu || x["reason"] != 1 ||
				    x["from"] > x["to"])
					bad = 1
				sum += x["count"]
			}
			$1 == "note" && $3 == "total" {
				for (i = 4; i <= NF; i++) {
					split($i, v, "=")
					x[v[1]] = v[2]
				}
				if (x["lost"] != n)
					bad = 1
			}
			END { exit bad || sum != n }' ||
			fail "$name: notes of CPU $cpu"
	done
	[ "$lost" -gt 0 ] || fail "$name lost nothing"
	assert_events $((events + lost)) "$2" "$name: events and losses"
	echo "INFO: $name: $events events, $lost lost"
}
check "$a" 4320
check "$b" 2520

# ---- the readers ---------------------------------------------------------------

cd rec || fail "no rec"
name=${a#/dev/}
lost=$(fact lost "$name".blktrace.*)
run "$iotape" parse -i "$name"
assert_status 3
assert_err "$lost events"
run "$iotape" parse -i "$name" -d merged -O
assert_status 3
run "$iotape" parse -i "$name" --io
assert_status 3
run "$iotape" stat -i "$name"
assert_status 3
grep -q "$lost" "$out" "$err" || fail "stat does not say $lost"
run "$iotape" stat -i "$name" --json
assert_status 3
grep -q "$lost" "$out" || fail "stat --json does not say $lost"
if has_subcommand plot; then
	run "$iotape" plot -t "$name" -o plot.svg
	assert_status 3
	grep -q "$lost" "$err" plot.svg || fail "plot does not say $lost"
	# an area of the colour of losses, plots/theme.c
	grep -qi 'cc79a7' plot.svg || fail "nothing is shaded in the plot"
fi
run "$iotape" tag -i "$name" --tag-by process -o tagged
assert_status 3
grep -q "$lost" "$err" || fail "tag does not say $lost"
