# SPDX-License-Identifier: GPL-2.0
# The disk that the trace is written to is full: one sentence that names the
# file, status 1, what was not written is counted, and what was can be read.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
make_workdir
make_loop 32M
mkdir small
mount -t tmpfs -o size=1M iotape-test small || skip "a tmpfs cannot be mounted"
at_exit umount "$workdir/small"

# Without an end of its own.
forever=(fio --name=load --filename="$loop" --direct=1 --rw=randread --bs=4k
	--time_based --runtime=60 --minimal --output=/dev/null)

# The command is told to end: what it does is not recorded any more.
expect_no_command() {
	local i

	for i in $(seq 50); do
		pgrep -f "filename=$loop" >/dev/null || return 0
		sleep 0.1
	done
	fail "the command was left running"
}

run "$iotape" record -d "$loop" -D small -o t -- "${forever[@]}"
assert_status 1
assert_err '^iotape record: loop[0-9]+: [0-9]+ events of CPU [0-9]+ could not be written$'
assert_err '^iotape record: small/t\.blktrace\.[0-9]+: .*No space left on device$'
bytes=$(fact bytes small/t.blktrace.*)
events=$(fact events small/t.blktrace.*)
[ "$bytes" -gt 900000 ] || fail "only $bytes of 1 MiB were used"
[ "$events" -gt 15000 ] || fail "only $events events can be read"
expect_no_command

# A pipe whose reader is gone.
"$iotape" record -d "$loop" -o - -- "${forever[@]}" 2>err | head -c 4096 \
	>/dev/null
status=${PIPESTATUS[0]}
assert_eq "$status" 1 "status"
grep -q '^iotape record: standard output: .*Broken pipe$' err ||
	fail "no sentence about the pipe: $(cat err)"
expect_no_command
