# SPDX-License-Identifier: GPL-2.0
# How fast tags are made: by rules, by a helper in C that reads big blocks, by
# one in Python, pipelined and in lock-step.  "make bench" runs it.
# BENCH_TAG_IOS (400000) I/Os of 5 records each; Python and valgrind get fewer.
# Wanted: keys and rules below 1.20 of the untagged pass, a helper that reads
# big blocks over 2 million records/s, Python over 3 times its lock-step.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand tag
make_workdir
export PYTHONDONTWRITEBYTECODE=1
ios=${BENCH_TAG_IOS:-400000}
few=$((ios / 20))
helper=$top_builddir/tests/tools/tag-blocks

"$top_builddir/tests/tools/trace-gen" t 4 "$ios" || fail "trace-gen"
"$top_builddir/tests/tools/trace-gen" few 4 "$few" || fail "trace-gen"

# best_of COMMAND...: the shortest of seven runs, in ms.
best_of() {
	local best= begin ms

	for _ in 1 2 3 4 5 6 7; do
		begin=$(date +%s%N)
		"$@" >/dev/null || fail "failed: $*"
		ms=$((($(date +%s%N) - begin) / 100000))
		[ -n "$best" ] && [ "$best" -le "$ms" ] || best=$ms
	done
	echo $((best / 10)).$((best % 10))
}

# cpu_of COMMAND...: the least time of the CPU of nine runs, in ms.
cpu_of() {
	local TIMEFORMAT='%U %S' best= ms

	for _ in 1 2 3 4 5 6 7 8 9; do
		ms=$({ time "$@" >/dev/null; } 2>&1) || fail "failed: $*"
		ms=$(echo "$ms" | awk '{ printf "%d", ($1 + $2) * 1000 }')
		[ -n "$best" ] && [ "$best" -le "$ms" ] || best=$ms
	done
	echo "$best"
}

# line NAME MS IOS [MS OF THE BASE]
line() {
	awk -v name="$1" -v ms="$2" -v n="$(($3 * 5))" -v base="${4:-0}" 'BEGIN {
		printf "  %-26s %9.1f ms %6.2f million records/s", name, ms,
			n / ms / 1000
		if (base)
			printf " %6.2f of the time", ms / base
		print "" }'
}

tag() { "$iotape" tag "$@"; }

echo "Tags of $((ios * 5)) records, no output, time of the CPU (best of 9):"
base=$(cpu_of tag --format summary t)
line untagged "$base" "$ios"
for key in process pid cgroup device op size region vm; do
	line "--tag-by $key" "$(cpu_of tag --format summary --tag-by $key t)" \
		"$ios" "$base"
done
cat >rules <<'END'
db     process=^(postgres|mysqld)
first  process=^worker/[0-3]$ op=write
big    size=1M-
low    sector=0-1000000000
rest
END
line "--tag-rules, 5 rules" "$(cpu_of tag --format summary --tag-rules rules t)" \
	"$ios" "$base"
echo "In stat and plot, time of the CPU (best of 9):"
base=$(cpu_of "$iotape" stat --by op t)
line "stat --by op" "$base" "$ios"
line "stat --tag-rules" "$(cpu_of "$iotape" stat --tag-rules rules t)" \
	"$ios" "$base"
if "$iotape" --help | grep -q '^  plot '; then
	base=$(cpu_of "$iotape" plot -o t.svg t)
	line "plot" "$base" "$ios"
	line "plot --by process" \
		"$(cpu_of "$iotape" plot --by process -o t.svg t)" "$ios" "$base"
fi

# instructions OPTION...: of user space, which other work does not disturb.
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$iotape" tag --format summary "$@" few 2>&1 >/dev/null |
		sed -n 's/.*Collected : //p'
}
if have_command valgrind; then
	echo "Instructions, $((few * 5)) records:"
	base=$(instructions)
	for how in "--tag-by process" "--tag-by cgroup" "--tag-by op" \
		"--tag-rules rules"; do
		# shellcheck disable=SC2086
		awk -v name="$how" -v n="$(instructions $how)" -v base="$base" \
			'BEGIN { printf "  %-26s %6.2f of untagged\n", name, n / base }'
	done
fi
echo "The same records, and the trace written with its tags (best of 7):"
base=$(best_of tag t)
line untagged "$base" "$ios"
line "--tag-by process" "$(best_of tag --tag-by process t)" "$ios" "$base"
line "helper in C, big blocks" "$(best_of tag --tag-helper "$helper" t)" \
	"$ios" "$base"
have_command python3 || skip "python3 is missing"
echo "The helper tag-by-pid.py, $((few * 5)) records:"
fast=$(best_of tag --tag-helper "$top_srcdir/helpers/tag-by-pid.py" few)
line pipelined "$fast" "$few"
slow=$(best_of tag --tag-window 1 \
	--tag-helper "$top_srcdir/helpers/tag-by-pid.py" few)
line "lock-step" "$slow" "$few"
awk -v a="$slow" -v b="$fast" 'BEGIN {
	printf "  %.1f times as fast as in lock-step\n", a / b }'
