# SPDX-License-Identifier: GPL-2.0
# What the tests of damage and malice reach: lines by file, of everything that
# reads what others made.  "make coverage" runs it, in a build of its own:
#
#	./configure --enable-coverage && make coverage
#
# Counted are tests/hostile, tests/damage.sh, tests/verify-repair.sh, the unit
# tests, and all command lines on the traces of large.sh and on each COVERAGE_STEPth
# (4) seed of the fuzz targets: tests/fuzz/seeds, and COVERAGE_FOUND, a folder as
# FUZZ_FOUND makes it.  Not the golden tests:
# what only well-formed input reaches is not what is asked here.  Options of
# single commands are reached by them alone.
#
# COVERAGE_BYTES=1: tests/hostile/bytes.sh as well, which is long.
# COVERAGE_FILE=PATH: the lines of this file that nothing reached, as well.
. "${top_srcdir:-.}/tests/lib.sh"
need_command gcov xz tar awk
[ -n "$(find "$top_builddir" -name '*.gcno' -print -quit)" ] ||
	skip "built without --enable-coverage"
make_workdir
alone=$top_builddir/tests/fuzz/command-alone
rows=$(grep -c '^	{ "' "$top_srcdir/tests/fuzz/command.c")
find "$top_builddir" -name '*.gcda' -delete

# part NAME COMMAND...: what fails is said, and counts all the same
part() {
	local name=$1

	shift
	"$@" >log 2>&1 ||
		echo "$name: status $?: $(tail -n 2 log | tr '\n' ' ')" >&2
}

for test in "$top_builddir"/tests/unit/t-*; do
	case $test in *.*) continue ;; esac
	part "$(basename "$test")" "$test"
done
for test in hostile/ways.tap hostile/limits.sh damage.sh verify-repair.sh \
	zstd.sh ${COVERAGE_BYTES:+hostile/bytes.sh}
do
	part $test bash "$top_srcdir/tests/$test"
done
mkdir -p traces/large
HOSTILE_KEEP=$workdir/traces/large HOSTILE_ROWS=300 \
	part large.sh bash "$top_srcdir/tests/hostile/large.sh"
for archive in "$top_srcdir"/tests/fuzz/seeds/*.tar.xz; do
	target=$(basename "$archive" .tar.xz)
	mkdir "traces/$target"
	tar -C "traces/$target" -xJf "$archive"
done
[ -z "${COVERAGE_FOUND:-}" ] || cp -r "$COVERAGE_FOUND"/* traces/
# what these have is no trace
for target in btfile fiolog flight format meter mpstat options qmp reply rules
do
	rm -rf "traces/${target:?}"
done
# the last byte is the command line
find "$PWD/traces/command" -type f -print0 2>/dev/null |
	xargs -0 -r "$alone" >log 2>&1 || echo "seeds of command" >&2
find "$PWD/traces/merge" -type f -print0 2>/dev/null |
	xargs -0 -r "$top_builddir/tests/fuzz/merge-alone" >log 2>&1 ||
	echo "seeds of merge" >&2
rm -rf traces/command traces/merge
find "$PWD/traces" -type f -size -64k | sort | grep -v /large/ |
	awk -v step="${COVERAGE_STEP:-4}" 'NR % step == 0' >some
find "$PWD/traces/large" -type f -size -256k >>some
xargs "$alone" -e "$rows" <some >log 2>&1 || echo "seeds: status $?" >&2

# The same file may be in two objects: of two programs, or with other flags.
cd "$top_builddir" || exit 1
find . -name '*.gcda' | while read -r data; do
	gcov -n -o "$data" "$data" 2>/dev/null
done | awk -v top="$top_srcdir/" '
	/^File/ {
		file = substr($0, 7, length($0) - 7)
		if (index(file, top) == 1)
			file = substr(file, length(top) + 1)
	}
	/^Lines executed/ {
		split($0, a, /[:% ]+/)
		share = a[3]
		n = a[5]
		if (!(file in lines) || share > best[file]) {
			lines[file] = n
			best[file] = share
		}
	}
	END {
		for (file in lines)
			print file, lines[file], best[file]
	}' | grep -E '^(formats|src/analyze|src/base|src/replay/(btfile|plan)|src/record/(flight|qmp)|src/cmd/(merge|verify|parse|export|stat|tag|plot))[^ ]*\.[ch] ' |
	sort >"$workdir/table"
awk 'BEGIN { print "| file | lines | reached |"; print "|---|---|---|" }
	{
		printf "| %s | %d | %.0f%% |\n", $1, $2, $3
		all += $2
		reached += $2 * $3 / 100
	}
	END { printf "| all | %d | %.1f%% |\n", all, all ? 100 * reached / all : 0 }' \
	"$workdir/table"
if [ -n "${COVERAGE_FILE:-}" ]; then
	object=$(find . -name "*-$(basename "$COVERAGE_FILE" .c).gcda" | head -n 1)
	cd "$workdir" || exit 1
	gcov -o "$top_builddir/$object" "$top_builddir/$object" >log 2>&1
	grep '#####' "$(basename "$COVERAGE_FILE").gcov"
fi
exit 0
