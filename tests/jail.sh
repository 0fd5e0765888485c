# SPDX-License-Identifier: GPL-2.0
# What reads a trace can execute nothing and reach no network: each subcommand
# ends with SIGSYS when it tries (tests/fault/forbidden.c), but not where a tag
# helper or ffmpeg is asked for, and not without a filter.
. "${top_srcdir:-.}/tests/lib.sh"
shim=$top_builddir/tests/fault/forbidden.so
make_workdir
grep -q '^#define HAVE_SECCOMP 1' "$top_builddir/config.h" ||
	skip "built without seccomp (no libseccomp, --disable-seccomp, or ASan)"
grep -q '^Seccomp:' /proc/self/status || skip "this kernel has no seccomp"

"$top_builddir/tests/mktrace" <"$top_srcdir/tests/golden/stat-page/in.txt" ||
	fail "mktrace"
trace=$(echo "$workdir"/*.blktrace.0)
trace=${trace%.blktrace.0}

# tries CALL STATUS COMMAND...
tries() {
	local call=$1 wanted=$2

	shift 2
	# bash's own words about a signal go away
	{ LD_PRELOAD=$shim FORBIDDEN=$call "$iotape" "$@" </dev/null \
		>out 2>errors; status=$?; } 2>/dev/null
	[ $status = "$wanted" ] ||
		fail "$call in $*: status $status, not $wanted: $(cat errors)"
}

sigsys=$((128 + $(kill -l SYS)))
for row in "parse $trace" "stat $trace" "stat --btt -o o $trace" \
	   "tag --tag-by process $trace" \
	   "merge -o - --anchor a=0,b=0 a=$trace b=$trace" "plot -t $trace -o p.svg" \
	   "plot -t $trace -o p.png" "verify $trace" \
	   "verify --repair repaired $trace" "kvmstat --input $trace" \
	   "virtiostat --input $trace" "export --format csv $trace" \
	   "export --format sqlite -o db $trace"; do
	has_subcommand "${row%% *}" || continue
	for call in exec socket unix; do
		rm -rf repaired db
		# shellcheck disable=SC2086
		tries $call $sigsys $row
	done
	for call in fork ioctl unknown; do
		rm -rf repaired db
		# shellcheck disable=SC2086
		tries $call 42 $row
	done
done

# the program of a helper is one that the user chose
tries unknown 43 stat --tag-helper /bin/true "$trace"
# and the test sees what no filter forbids
tries unknown 43 --version
exit 0
