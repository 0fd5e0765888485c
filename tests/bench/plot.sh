# SPDX-License-Identifier: GPL-2.0
# How fast a trace becomes pictures, beside iowatcher where it is installed,
# how much memory that takes, and how large the pictures are.  "make bench"
# runs it.  BENCH_PLOT_IOS (2000000) I/Os of 5 records each; the page cache is
# warm.  Wanted: 5 times as fast as iowatcher from the same dump, 15 times as
# fast as blkparse -d and iowatcher from files of each CPU; the default page
# below 1 MB as SVG, 400 KB as PNG, and 128 MB of memory.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand plot
make_workdir
ios=${BENCH_PLOT_IOS:-2000000}
rounds=${BENCH_ROUNDS:-3}
# iowatcher makes SVGs of its graphs; the ones that a trace alone can fill
graphs=io,tput,latency,queue-depth,iops

"$top_builddir/tests/tools/trace-gen" t 2 "$ios" || fail "trace-gen"
[ -x /usr/bin/time ] || skip "/usr/bin/time is missing"

# keep_least FILE MS
keep_least() {
	[ -s "$1" ] && [ "$(cat "$1")" -le "$2" ] || echo "$2" >"$1"
}

# timed NAME COMMAND...: a run; keeps the least user and system time in
# $NAME.ms, the least elapsed time in $NAME.wall, and the peak of memory in
# $NAME.kib.
timed() {
	local name=$1

	shift
	/usr/bin/time -f '%U %S %M %e' -o "$name.time" "$@" >/dev/null 2>&1 ||
		fail "failed: $*"
	keep_least "$name.ms" \
		"$(awk '{ printf "%d", ($1 + $2) * 1000 }' "$name.time")"
	keep_least "$name.wall" \
		"$(awk '{ printf "%d", $4 * 1000 }' "$name.time")"
	awk '{ print $3 }' "$name.time" >"$name.kib"
}

# line NAME WHAT [PEER]: times, memory, and the ratios to the peer's times.
line() {
	awk -v what="$2" -v ms="$(cat "$1.ms")" -v kib="$(cat "$1.kib")" \
		-v wall="$(cat "$1.wall")" -v n="$((ios * 5))" \
		-v peer="$([ -z "${3:-}" ] || cat "$3.ms")" \
		-v peer_wall="$([ -z "${3:-}" ] || cat "$3.wall")" 'BEGIN {
		printf "  %-29s %6d ms CPU, %6d ms, %6.2f million records/s,",
			what, ms, wall, n / ms / 1000
		printf " %4d MB", kib / 1024
		if (peer)
			printf ", %.1f times iowatcher (CPU), %.1f (elapsed)",
				peer / ms, peer_wall / wall
		print "" }'
}

peer() { have_command iowatcher && have_command blkparse; }

"$iotape" parse -i t -O -d t.dump >/dev/null || fail "no dump"
mkdir raw
ln t.blktrace.* raw/
# in turns: a machine that gets slower meanwhile is fair to all
for _ in $(seq "$rounds"); do
	timed files "$iotape" plot -t raw/t -O $graphs -o files.svg
	timed dump "$iotape" plot -t t.dump -O $graphs -o dump.svg
	timed svg "$iotape" plot -t raw/t -o page.svg
	timed png "$iotape" plot -t raw/t -o page.png
	peer || continue
	timed peer-dump iowatcher -t t.dump -o peer.svg
	# its own way, from the files of each CPU: it runs blkparse
	rm -f raw/t.dump
	timed peer-files iowatcher -t raw/t -o peer2.svg
	rm -f raw/t.dump
done

echo "Pictures of $((ios * 5)) records ($(nproc) CPUs, best of $rounds):"
if peer; then
	line peer-dump "iowatcher, merged dump"
	line peer-files "iowatcher, files of each CPU"
	echo "  its SVG: $(($(wc -c <peer.svg) / 1000)) KB"
	line dump "plot, merged dump" peer-dump
	line files "plot, files of each CPU" peer-files
else
	echo "  iowatcher is not installed: no ratios"
	line dump "plot, merged dump"
	line files "plot, files of each CPU"
fi
line svg "plot, default page as SVG"
line png "plot, default page as PNG"
svg=$(wc -c <page.svg) png=$(wc -c <page.png)
echo "  page: $((svg / 1000)) KB as SVG, $((png / 1000)) KB as PNG"
[ "$svg" -lt 1000000 ] || fail "page.svg has $svg bytes"
[ "$png" -lt 400000 ] || fail "page.png has $png bytes"
for run in svg png; do
	[ "$(cat $run.kib)" -lt 131072 ] || fail "$run: $(cat $run.kib) KiB"
done
