# SPDX-License-Identifier: GPL-2.0
# Each command line of iowatcher's manual page, with the first word changed,
# its options under both their names, and the files beside a trace.
. "${top_srcdir:-.}/tests/lib.sh"
"$iotape" --help | grep -q '^  plot ' || skip "built without plot"
make_workdir

# trace NAME: reads and writes in turn, a second of them.
trace() {
	awk -v name="$1" 'BEGIN {
		print "file " name ".blktrace.0"
		print "set pid=7 dev=8,0 bytes=4096"
		for (i = 0; i < 300; i++) {
			op = i % 3 ? "read" : "write"
			at = sprintf("1.%04d", i * 30)
			print "Q " op " time=" at "00000 sector=" i * 64
			print "D " op ",fs time=" at "10000 sector=" i * 64
			print "C " op ",fs time=" at "90000 sector=" i * 64
		}
	}' | "$top_builddir/tests/mktrace" || fail "mktrace failed"
}

# draws FILE ARGUMENT...: status 0, and FILE was written just now.
draws() {
	local file=$1

	shift
	rm -f "$file"
	"$iotape" plot "$@" >out 2>err || {
		cat err
		fail "plot $*: status $?"
	}
	[ -s "$file" ] || fail "plot $*: no $file"
}

trace trace
trace ext4
trace xfs
for name in ext4 xfs; do
	"$iotape" parse -i "$name" -O -d "$name.dump" >/dev/null ||
		fail "no dump"
	rm "$name".blktrace.*
done

# ---- the examples of the manual page -----------------------------------------

draws trace.svg -t trace
# trace.dump need not be there while the recording is
draws trace.svg -t trace.dump -o trace.svg -N io
draws trace.svg -t trace.dump -o trace.svg -O tput -O latency
draws trace.svg -t ext4.dump -t xfs.dump -l Ext4 -l XFS -o trace.svg
grep -q '>writes, Ext4<\|>Ext4, writes<' trace.svg || fail "no label"
# and the other way round
draws trace.svg -t ext4
if have_command ffmpeg; then
	draws trace.mp4 -t trace --movie -o trace.mp4
else
	echo "no ffmpeg: the example with --movie was not run"
fi

# ---- every option of it ------------------------------------------------------

printf '%d, %d, %d, 0\n' 0 1000 0 250 3000 0 500 2000 1 750 500 1 >fio.log
draws trace.svg -t trace -O queue_depth
draws a.svg --trace trace --label x --title T --output a.svg --rolling 2 \
	--height 100 --width 300 --columns 2 --xzoom 0:0.5 --yzoom 0:100 \
	--io-plot-action D --only-graph io --only-graph cpu-sys \
	--no-graph cpu-sys --fio-trace fio.log
draws a.svg -t trace --per-process-io -o a.svg
draws a.svg -P -t trace -o a.svg
draws a.png -t trace -mrect -w 60 -h 40 -o a.png -K
[ "$(ls a.png.frames | wc -l)" = 600 ] || fail "-K did not keep 600 frames"
draws a.svg -F fio.log -o a.svg
grep -q '>Throughput as fio saw it<' a.svg || fail "no graph of fio"
echo nonsense >bad.log
"$iotape" plot -F bad.log -o bad.svg 2>err && fail "bad.log was drawn"
grep -q 'bad.log' err || fail "unclear: $(cat err)"

# ---- mpstat: CPU 1 is busy, and the mean is not ------------------------------

cat >trace.mpstat <<'EOF'
Linux 6.1.0 (host) 	11/21/2026 	_x86_64_	(4 CPU)

11:59:59 AM  CPU    %usr   %nice    %sys %iowait    %irq   %soft  %steal  %guest  %gnice   %idle
12:00:00 PM  all   20.00    1.00   11.00    5.00    0.00    2.00    0.00    0.00    0.00   60.00
12:00:00 PM    0    0.00    0.00    3.00    0.00    0.00    0.00    0.00    0.00    0.00   97.00
12:00:00 PM    1   80.00    4.00   10.00    5.00    0.00    1.00    0.00    0.00    0.00    0.00
12:00:01 PM  all   30.00    1.00   13.00    5.00    0.00    2.00    0.00    0.00    0.00   60.00
12:00:01 PM    0    0.00    0.00    3.00    0.00    0.00    0.00    0.00    0.00    0.00   97.00
12:00:01 PM    1   90.00    4.00   10.00    5.00    0.00    1.00    0.00    0.00    0.00    0.00
Average:     all   25.00    1.00   12.00    5.00    0.00    2.00    0.00    0.00    0.00   60.00
EOF
for graph in sys io irq soft user; do
	draws a.svg -t trace -O "cpu-$graph" -o a.svg
	grep -q '>all CPUs<' a.svg || fail "cpu-$graph: no mean"
done
# 26 of all, 89 of CPU 1
grep -q '>26 %<' a.svg || fail "the mean of cpu-user is wrong"
grep -q '>CPU 1<' a.svg || fail "CPU 1 has no curve"
grep -q '>CPU 0<' a.svg && fail "CPU 0 has a curve"
draws a.svg -t ext4 -O cpu-sys -o a.svg
grep -q 'no samples of the CPUs' a.svg || fail "samples of nothing"

# ---- recording: what is refused before anything is done ----------------------

refused() {
	"$iotape" plot "$@" >out 2>err
	[ $? = 2 ] || fail "plot $*: not refused"
	[ -s err ] || fail "plot $*: no message"
}
refused -p
refused -t trace -p true
refused -d sda -d sdb
exit 0
