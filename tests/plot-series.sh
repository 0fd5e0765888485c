# SPDX-License-Identifier: GPL-2.0
# The numbers behind the curves: those of a trace that is known second by
# second, and those that iowatcher draws of it, where it is installed.
. "${top_srcdir:-.}/tests/lib.sh"
"$iotape" --help | grep -q '^  plot ' || skip "built without plot"
make_workdir

# Ten seconds; in second s are 20 + (7 s mod 5) 30 I/Os of 4 KiB, reads and
# writes in turn, each 1000 + 100 s ns long.
awk 'BEGIN {
	print "file t.blktrace.0"
	print "set pid=7 dev=8,0 bytes=4096"
	for (s = 0; s < 10; s++) {
		n = 20 + s * 7 % 5 * 30
		for (i = 0; i < n; i++) {
			op = i % 2 ? "read" : "write"
			at = sprintf("%d.%04d", s + 1, int(i * 9999 / n))
			print "Q " op " time=" at "00000 sector=" i * 64
			print "D " op ",fs time=" at "00100 sector=" i * 64
			printf "C %s,fs time=%s%05d sector=%d\n", op, at,
				1100 + s * 100, i * 64
		}
	}
}' | "$top_builddir/tests/mktrace" || fail "mktrace failed"

# What it should be in each second: I/Os, KiB of reads, of writes, latency.
awk 'BEGIN { for (s = 0; s < 10; s++) {
	n = 20 + s * 7 % 5 * 30
	print n, n / 2 * 4, n / 2 * 4, 1000 + 100 * s } }' >want

# ours GRAPH: a line for each second with the values of its curves.  Points are
# half a second apart, and each is a mean over the second before its end; the
# axis is read off its labels.
ours() {
	"$iotape" plot -t t -O "$1" -r 1 -x 0:10 -o "$1.scene" || fail "$1: status $?"
	awk '
	/^text .* end / {
		split($2, at, ",")
		gsub(/"/, "", $NF)
		if ($NF == 0) zero = at[2]
		if ($NF + 0 > top) { top = $NF; top_y = at[2] }
	}
	/^path stroke/ && NF > 12 {
		curves++
		# $5 and the last are the ends of the axis
		for (i = 5; i < NF; i++) if ($i ~ /^[0-9.]+,[0-9.]+$/) {
			split($i, at, ",")
			y[curves, i - 5] = at[2]
			nr = i - 5
		}
	}
	END {
		scale = top / (zero - top_y)
		# a label is 4 below its line
		for (i = 2; i < nr; i += 2) {
			line = ""
			for (c = 1; c <= curves; c++)
				line = line " " (zero - 4 - y[c, i]) * scale
			print line
		}
	}' "$1.scene"
}

# near A B TOLERANCE WHAT: columns that are equal but for so much: an I/O at the
# edge of a second may be in the bucket of the next, and pixels are rounded.
near() {
	paste "$1" "$2" | awk -v most="$3" '
	{ d = $1 - $2; if (d < 0) d = -d
	  if (d > most) { print "second " NR - 1 ": " $1 ", not " $2; bad = 1 } }
	END { exit bad || NR != 10 }' || fail "$4"
}

# the second column of the scene is writes
ours iops >iops
ours tput >tput
awk '{ print $1 + $2 }' iops >got
awk '{ print $1 }' want >due
near got due 2 "iops"
for op in 1 2; do
	awk -v op=$op '{ print $op }' tput >got
	awk -v op=$op '{ print $(op + 1) }' want >due
	near got due 5 "tput: curve $op"
done

# ---- latency and queue depth -------------------------------------------------

# Ten seconds with 1 + 3 (7 s mod 5) reads in flight: each millisecond the oldest
# ends, and a microsecond later another begins.  "due" gets the depth and the
# mean latency in ms of each second.
awk -v due="$PWD/due.u" 'function begin(at) {
	printf "D read,fs time=%.9f sector=%d\n", at, 64 * last
	begun[last++] = at
}
function end(at) {
	printf "C read,fs time=%.9f sector=%d\n", at, 64 * first
	sum += at - begun[first++]
	ended++
}
BEGIN {
	print "file u.blktrace.0"
	print "set pid=7 dev=8,0 bytes=4096"
	for (s = 0; s < 10; s++) {
		depth = 1 + s * 7 % 5 * 3
		sum = ended = 0
		for (i = 0; i < depth; i++)
			begin(s + 1 + i / 1e6)
		for (k = 1; k < 1000; k++) {
			end(s + 1 + k / 1e3)
			begin(s + 1 + k / 1e3 + 1e-6)
		}
		while (first < last)
			end(s + 1.9995)
		print depth, sum * 1e3 / ended >due
	}
}' | "$top_builddir/tests/mktrace" || fail "mktrace failed"

# curve GRAPH COLOUR: the value of that line at the end of each second, between
# its two points there; each is a mean over the second before, and 50 to 80 ms from
# the next, which cuts peaks by 0.2 to 0.4.
curve() {
	"$iotape" plot -t u -O "$1" -r 1 -x 0:10 -o u.scene ||
		fail "$1: status $?"
	awk -v stroke="$2ff" '
	/^text .* end / {
		split($2, at, ",")
		gsub(/"/, "", $NF)
		if ($NF == 0) zero = at[2]
		if ($NF + 0 > top) { top = $NF; top_y = at[2] }
	}
	$1 == "path" && $2 == "stroke" && $3 == stroke && NF > 12 {
		for (i = 5; i <= NF; i++) if ($i ~ /^[0-9.]+,[0-9.]+$/) {
			split($i, at, ",")
			x[nr] = at[1]
			y[nr++] = at[2]
		}
	}
	END {
		# the axis: 82 is 0 s, 862 is 10 s; the second of a point ends
		# half a step behind it
		for (s = 1; s <= 10; s++) {
			want = 82 + 78 * s - (x[11] - x[10]) / 2
			i = 1
			while (i < nr - 1 && x[i] < want)
				i++
			part = (want - x[i - 1]) / (x[i] - x[i - 1])
			v = y[i - 1] + (y[i] - y[i - 1]) * part
			print (zero - 4 - v) * top / (zero - top_y)
		}
	}' u.scene
}

awk '{ print $1 }' due.u >due
curve queue-depth '#0072b2' >depth
near depth due 0.2 "queue-depth"
awk '{ print $2 }' due.u >due
curve latency '#6b7785' >latency
near latency due 0.4 "latency: the mean"

# ---- iowatcher ---------------------------------------------------------------

have_command iowatcher && have_command blkparse || {
	echo "no iowatcher: its curves were not compared"
	exit 0
}
timeout 60 iowatcher -t t -o peer.svg -O tput -O iops -r 0 >/dev/null 2>&1 ||
	fail "iowatcher failed"

# peer NUMBER TOP: the values of that path.  Its graphs are 250 pixels high and
# the largest value of all of a graph's curves is at the top.
peer() {
	grep -o '<path[^>]*d="M 1[^"]*' peer.svg | sed -n "$1p" |
		grep -o '[ML] [0-9]* [0-9]*' | awk -v top="$2" '
		NR == 1 || $3 < min { min = $3 }
		{ y[NR] = $3 }
		END { for (i = 1; i <= NR; i++)
			print (310 - y[i]) * top / (310 - min) }'
}
peer 1 280 >due
awk '{ print $2 }' tput >got
near got due 5 "tput: iowatcher's writes"
peer 2 280 >due
awk '{ print $1 }' tput >got
near got due 5 "tput: iowatcher's reads"
peer 3 140 >due
awk '{ print $1 + $2 }' iops >got
near got due 2 "iops: iowatcher's"

# Its latency is the mean, too.  Its depth is a mean over issues, not over time;
# where the depth stays the same these are equal.  The end of its axis is the
# largest value without its fraction, and what is above is cut off.
timeout 60 iowatcher -t u -o peer.svg -O latency -O queue-depth -r 0 \
	>/dev/null 2>&1 || fail "iowatcher failed"
peer 1 "$(awk '$2 > max { max = $2 } END { print max }' due.u)" >due
near latency due 0.4 "latency: iowatcher's"
peer 2 12 >due
awk '{ print ($1 > 12 ? 12 : $1) }' depth >got
near got due 0.25 "queue-depth: iowatcher's"
exit 0
