# SPDX-License-Identifier: GPL-2.0
# How fast a trace becomes statistics, beside btt where it is installed, and
# how much memory that takes.  "make bench" runs it.  BENCH_STAT_IOS (2500000)
# I/Os of 5 records each; the page cache is warm.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand stat
make_workdir
ios=${BENCH_STAT_IOS:-2500000}
keys=device,process,cgroup,op,size,cpu

"$top_builddir/tests/tools/trace-gen" t 2 "$ios" || fail "trace-gen"
"$top_builddir/tests/tools/trace-gen" tenth 2 $((ios / 10)) || fail "trace-gen"

# best_of COMMAND...: the shortest of five runs, in ms.
best_of() {
	local best= begin ms

	for _ in 1 2 3 4 5; do
		begin=$(date +%s%N)
		"$@" >/dev/null || fail "failed: $*"
		ms=$((($(date +%s%N) - begin) / 1000000))
		[ -n "$best" ] && [ "$best" -le "$ms" ] || best=$ms
	done
	echo "$best"
}

# line NAME MS [MS OF THE PEER]
line() {
	awk -v name="$1" -v ms="$2" -v n="$((ios * 5))" -v peer="${3:-0}" '
	BEGIN {
		printf "  %-26s %7d ms %6.2f million records/s", name, ms,
			n / ms / 1000
		if (peer)
			printf ", %.1f times btt", peer / ms
		print "" }'
}

# peak_kib COMMAND...: its highest resident memory.
peak_kib() {
	/usr/bin/time -f %M -o peak "$@" >/dev/null || fail "failed: $*"
	cat peak
}

stat() { "$iotape" stat "$@"; }

echo "Statistics of $((ios * 5)) records ($(nproc) CPUs, best of 5):"
line "cat to /dev/null" "$(best_of cat t.blktrace.0 t.blktrace.1)"
peer=0
if have_command btt && have_command blkparse; then
	blkparse -q -O -d dump -i t >/dev/null || fail "blkparse"
	peer=$(best_of btt -i dump)
	line btt "$peer"
fi
line "stat" "$(best_of stat t)" "$peer"
line "stat --by all keys" "$(best_of stat --by $keys t)" "$peer"
line "stat --json" "$(best_of stat --json t)" "$peer"
line "stat --interval 1" "$(best_of stat --interval 1 t)" "$peer"
line "stat --btt" "$(best_of stat --btt t)" "$peer"
[ -x /usr/bin/time ] || skip "/usr/bin/time is missing"
# memory NAME OPTION...: beside that of a tenth of the trace
memory() {
	local name=$1

	shift
	printf '  memory of %-16s %6d KiB, of a tenth of it %6d KiB\n' \
		"$name" "$(peak_kib "$iotape" stat "$@" t)" \
		"$(peak_kib "$iotape" stat "$@" tenth)"
}
memory "stat" --top 10
memory "stat --by" --by $keys
memory "stat --interval" --interval 1
memory "stat --btt -A" --btt -A
