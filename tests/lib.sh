# SPDX-License-Identifier: GPL-2.0
# Helpers of the shell tests (bash).  A test begins with
#
#	. "${top_srcdir:-.}/tests/lib.sh"
#	make_workdir
#
# and runs "$iotape".  It may be started by hand from the build directory
# too: top_srcdir=.. bash ../tests/NAME.sh

set -u
export LC_ALL=C TZ=UTC

top_srcdir=$(cd "${top_srcdir:-.}" && pwd)
top_builddir=$(cd "${top_builddir:-.}" && pwd)
iotape=$top_builddir/iotape

# The harness opens fd 9 for words to the one who runs the tests.
{ : >&9; } 2>/dev/null || exec 9>&2

# skip REASON: ends the test as skipped.
skip() {
	echo "SKIP: $(basename "$0"): $*"
	echo "SKIP: $(basename "$0"): $*" >&9
	exit 77
}

# fail TEXT: ends the test as failed.
fail() {
	echo "FAIL: $(basename "$0"): $*" >&2
	exit 1
}

# ---- cleaning up -------------------------------------------------------------

exit_commands=()

# at_exit COMMAND...: runs it when the test ends, however that is; the last
# one first.
at_exit() {
	exit_commands=("$(printf '%q ' "$@")" ${exit_commands[@]+"${exit_commands[@]}"})
}

run_exit_commands() {
	local status=$? command

	trap '' INT TERM HUP
	for command in ${exit_commands[@]+"${exit_commands[@]}"}; do
		eval "$command" || echo "cleaning up failed: $command" >&2
	done
	exit "$status"
}
trap run_exit_commands EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# make_workdir: an empty directory, entered, removed at the end.  Its name is
# in $workdir.
make_workdir() {
	workdir=$(mktemp -d) || fail "mktemp -d failed"
	at_exit rm -rf "$workdir"
	at_exit cd /
	cd "$workdir" || fail "cannot enter $workdir"
}

# keep_traces NAME FOLDER: copies its traces into HOSTILE_KEEP, as NAME-N: for
# tests/valgrind.sh and tests/coverage.sh.
keep_traces() {
	local file nr=0

	for file in "$2"/*.blktrace.* "$2/$1"; do
		[ ! -f "$file" ] || [ ! -s "$file" ] ||
			cp "$file" "$HOSTILE_KEEP/$1-$((nr++))"
	done
}

# start_job MAX COMMAND...: in the background, as soon as fewer than MAX of those
# started by it run.
nr_jobs=0
start_job() {
	local max=$1

	shift
	if [ "$nr_jobs" -ge "$max" ]; then
		wait -n
		nr_jobs=$((nr_jobs - 1))
	fi
	"$@" &
	nr_jobs=$((nr_jobs + 1))
}

# wait_until SECONDS COMMAND...: until it succeeds, so long at most; 1 if it does
# not.
wait_until() {
	local tries=$(($1 * 10))

	shift
	until "$@"; do
		[ "$((tries--))" -gt 0 ] || return 1
		sleep 0.1
	done
}

# has_bytes FILE; has_ended PID (a zombie has): for wait_until
has_bytes() {
	[ -s "$1" ]
}
has_ended() {
	! grep -qs '^State:.[^ZX]' "/proc/$1/status"
}

# ---- what a test needs -------------------------------------------------------

have_command() {
	command -v "$1" >/dev/null 2>&1
}

# need_command NAME...: skips unless each program is there.
need_command() {
	local name

	# mkfs, losetup and the like: not in everybody's path
	PATH=$PATH:/usr/sbin:/sbin
	for name; do
		have_command "$name" || skip "the program $name is missing"
	done
}

# use_tracefs: mounted where libbpf looks for it, unless it is; $tracefs is where.
# kvm_exit has a classic tracepoint, whose number is there.
use_tracefs() {
	tracefs=/sys/kernel/tracing
	[ -d $tracefs/events ] || tracefs=/sys/kernel/debug/tracing
	[ ! -d $tracefs/events ] || return
	tracefs=/sys/kernel/tracing
	! mount -t tracefs tracefs $tracefs 2>/dev/null ||
		at_exit umount $tracefs
}

# has_subcommand NAME: whether iotape was built with it.
has_subcommand() {
	"$iotape" --help | grep -q "^  $1 "
}

need_subcommand() {
	local name

	for name; do
		has_subcommand "$name" ||
			skip "iotape was built without \"$name\""
	done
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "not root"
}

# need_bpf: root, and a kernel that says its types.
need_bpf() {
	need_root
	need_subcommand record
	[ -r /sys/kernel/btf/vmlinux ] ||
		skip "the kernel has no BTF (/sys/kernel/btf/vmlinux)"
}

# need_loop: loop devices can be made here.
need_loop() {
	need_root
	need_command losetup
	losetup -f >/dev/null 2>&1 || skip "no loop device can be made here"
}

# make_loop SIZE: a loop device on a file of that size (64M) on a tmpfs of its
# own; both go at the end.  Its path is in $loop.
make_loop() {
	local dir bytes

	bytes=$(numfmt --from=iec "$1") || fail "$1 is no size"
	dir=$(mktemp -d) || fail "mktemp -d failed"
	at_exit rmdir "$dir"
	# the file may be filled, and the tmpfs wants a little for itself
	mount -t tmpfs -o size=$((bytes + 1048576)) iotape-test "$dir" ||
		skip "a tmpfs cannot be mounted here"
	at_exit umount "$dir"
	truncate -s "$bytes" "$dir/disk" || fail "no file of $1 on a tmpfs"
	loop=$(losetup -f --show "$dir/disk") ||
		skip "no loop device can be made here"
	at_exit losetup -d "$loop"
}

# ---- assertions --------------------------------------------------------------

# run COMMAND...: its exit status is in $status, its output in the files
# $out and $err.  Never ends the test.
run() {
	out=${workdir:?make_workdir first}/.out
	err=$workdir/.err
	status=0
	ran=$*
	"$@" >"$out" 2>"$err" </dev/null || status=$?
}

show_run() {
	echo "ran: $ran"
	echo "status: $status"
	sed 's/^/stdout: /' "$out" | head -n 50
	sed 's/^/stderr: /' "$err" | head -n 50
}

# assert_status N: of the last run.
assert_status() {
	[ "$status" = "$1" ] && return
	show_run
	fail "status $status, not $1: $ran"
}

# assert_out REGEX, assert_err REGEX: some line of stdout or stderr matches
# (grep -E).
assert_out() {
	grep -Eq -e "$1" "$out" && return
	show_run
	fail "no line of stdout matches: $1"
}

assert_err() {
	grep -Eq -e "$1" "$err" && return
	show_run
	fail "no line of stderr matches: $1"
}

assert_no_err() {
	[ ! -s "$err" ] && return
	show_run
	fail "unexpected words on stderr"
}

# assert_one_error: stderr is one line that begins with "iotape".
assert_one_error() {
	[ "$(wc -l <"$err")" = 1 ] && grep -q '^iotape' "$err" && return
	show_run
	fail "stderr is not one sentence of iotape"
}

assert_eq() {
	[ "$1" = "$2" ] || fail "\"$1\" is not \"$2\"${3+: $3}"
}

# assert_same FILE FILE
assert_same() {
	diff -u "$1" "$2" && return
	fail "$1 and $2 differ"
}

assert_file() {
	local file

	for file; do
		[ -s "$file" ] || fail "$file is missing or empty"
	done
}
