# SPDX-License-Identifier: GPL-2.0
# How fast text and dumps are made of BENCH_PARSE_IOS (2100000) I/Os, five
# records each, beside blkparse and beside reading the same files once.
# "make bench" runs it.  Output goes to /dev/null, the files are in the page
# cache; of BENCH_ROUNDS (3) rounds, in turns, the best of each counts.
. "${top_srcdir:-.}/tests/lib.sh"
ios=${BENCH_PARSE_IOS:-2100000}
rounds=${BENCH_ROUNDS:-3}
need_command awk
make_workdir
"$top_builddir/tests/tools/trace-gen" t 4 "$ios" || fail "trace-gen"
bytes=$(cat t.blktrace.* | wc -c)
"$iotape" parse -O -d t.dump t >/dev/null 2>&1

# turn NAME COMMAND...: its seconds and its resident KiB go into "results".
turn() {
	local name=$1 begin end

	shift
	begin=$(date +%s%N)
	if [ -x /usr/bin/time ]; then
		/usr/bin/time -o rss -f %M "$@" >/dev/null 2>errors
	else
		echo 0 >rss
		"$@" >/dev/null 2>errors
	fi
	end=$(date +%s%N)
	echo "$name $((end - begin)) $(tail -n 1 rss)" >>results
}

for round in $(seq "$rounds"); do
	echo "round $round of $rounds" >&9
	turn cat cat t.blktrace.*
	turn text "$iotape" parse t
	turn dump "$iotape" parse -O -d /dev/null t
	turn text-of-dump "$iotape" parse t.dump
	turn json "$iotape" parse --json t
	turn io "$iotape" parse --io t
	[ "$round" = 1 ] || continue
	! command -v blkparse >/dev/null || {
		turn blkparse-text blkparse -i t
		turn blkparse-dump blkparse -i t -O -d /dev/null
	}
done
echo "$((bytes / 48)) records, $bytes bytes, $(nproc) CPUs:"
awk '
	{ if (!($1 in s) || $2 < s[$1]) s[$1] = $2; if ($3 > m[$1]) m[$1] = $3
	  if (!seen[$1]++) order[++n] = $1 }
	END {
		for (i = 1; i <= n; i++) {
			k = order[i]
			peer = k == "dump" ? "blkparse-dump" : ""
			if (k ~ /^text/)
				peer = "blkparse-text"
			printf "  %-14s %8.3f s %7d KiB %6.1f x cat",
				k, s[k] / 1e9, m[k], s[k] / s["cat"]
			if (peer in s)
				printf ", blkparse / this = %.1f", s[peer] / s[k]
			print ""
		} }' results
