# SPDX-License-Identifier: GPL-2.0
# How fast a trace of BENCH_EXPORT_IOS (2000000) I/Os, five records each, is
# exported.  "make bench" runs it.  Text goes to /dev/null, the files are in the
# page cache; the best of BENCH_ROUNDS (3) rounds counts.  The processor time is
# that of all threads: it says less about what else the machine does.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand export
make_workdir
ios=${BENCH_EXPORT_IOS:-2000000}
rounds=${BENCH_ROUNDS:-3}
[ -x /usr/bin/time ] || skip "/usr/bin/time is missing"
"$top_builddir/tests/tools/trace-gen" t 2 "$ios" || fail "trace-gen"

# bench FORMAT [OPTION]...
bench() {
	local name=$1

	shift
	for _ in $(seq "$rounds"); do
		rm -rf out
		/usr/bin/time -a -o "times.$name" -f '%e %U %S %M' \
			"$iotape" export --format "$name" "$@" t >/dev/null ||
			fail "export --format $name"
	done
	awk -v name="$name" -v n="$ios" '
		{ c = $2 + $3
		  if (NR == 1 || $1 < s) s = $1
		  if (NR == 1 || c < cpu) cpu = c
		  if ($4 > kib) kib = $4 }
		END { printf "  %-12s %7.2f s %6.2f million I/Os/s, %6.2f" \
			" million for each second of a CPU, %6d KiB\n", name,
			s, n / s / 1e6, n / cpu / 1e6, kib }' "times.$name"
}

echo "Export of $ios I/Os ($(nproc) CPUs, best of $rounds):"
bench csv
bench jsonl
bench fio -o out
bench openmetrics
bench perfetto
! "$iotape" export --format help | grep -qx sqlite || bench sqlite -o out
