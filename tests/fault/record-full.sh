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
	wait_until 5 eval '! pgrep -f "filename=$loop" >/dev/null' ||
		fail "the command was left running"
}

# assert_told NAME: what its files say, and stderr of "run", are the same sum.
assert_told() {
	local lost said

	lost=$(sed -nE 's/.*: ([0-9]+) events of CPU .* written$/\1/p' "$err" |
		awk '{ n += $1 } END { print n + 0 }')
	[ "$lost" -gt 0 ] || fail "nothing is missing of $1"
	run "$iotape" verify "small/$1"
	assert_status 3
	said=$(sed -nE 's/.* ([0-9]+) events were lost: .*no room.*/\1/p' \
		"$out" | awk '{ n += $1 } END { print n + 0 }')
	assert_eq "$said" "$lost" "what the files of $1 say"
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

# Each file says itself what is missing behind its end, or another one where it has
# no room at all, and so does who reads it.
sed -nE 's/.*: ([0-9]+) events of CPU ([0-9]+) could not be written$/\2 \1/p' \
	"$err" | sort >wanted
[ -s wanted ] || fail "nothing is missing"
lost=$(awk '{ n += $2 } END { print n }' wanted)
for file in small/t.blktrace.*; do
	"$facts" --notes "$file"
done >notes
sed -nE 's/.* loss .*cpu=([0-9]+) reason=5 count=([0-9]+).*/\1 \2/p' notes |
	sort >said
assert_same wanted said
# a total that is there says the same
sed -nE 's/.* total .*cpu=([0-9]+) .*lost=([0-9]+).*/\1 \2/p' notes |
	grep -v ' 0$' >totals
[ -s totals ] || fail "no file has a total"
grep -vxFf wanted totals && fail "other totals than the losses"
assert_eq "$(sed -nE 's/^  Total: +([0-9]+) events.*/\1/p' "$out")" "$events" \
	"events"
run "$iotape" verify small/t
assert_status 3
assert_out "no room to write"
run "$iotape" stat -i small/t
assert_status 3
grep -q "$lost" "$out" "$err" || { show_run; fail "stat does not say $lost"; }
run "$iotape" parse -q -i small/t
assert_status 3

# The same in parts, and compressed: from the frame that was written last on.
rm small/*
run "$iotape" record -d "$loop" -D small -o p --rotate 300K -- "${forever[@]}"
assert_status 1
last=$(find small -name 'p.*.blktrace.0' | sed 's/.*p\.\([0-9]*\)\..*/\1/' |
	sort -n | tail -n 1)
# The last part may have begun when nothing was left: then stderr only says it.
if [ "$(cat small/p."$last".* | wc -c)" -gt 0 ]; then
	run "$iotape" verify small/p."$last"
	assert_status 3
	assert_out "no room to write"
fi
rm small/*
if grep -q '^#define HAVE_ZSTD 1' "$top_builddir/config.h"; then
	run "$iotape" record -d "$loop" -D small -o z --compress -- \
		"${forever[@]}"
	assert_status 1
	bytes=$(cat small/z.* | wc -c)
	[ "$bytes" -gt 500000 ] || fail "only $bytes of 1 MiB, compressed"
	assert_told z
	rm small/*
fi

# Files that could not be begun: another one speaks for them.
mount -o remount,size=100K small || fail "the tmpfs keeps its size"
head -c 96K /dev/zero >small/rest
run "$iotape" record -d "$loop" -D small -o e -- "${forever[@]}"
assert_status 1
assert_told e
rm small/*
mount -o remount,size=1M small || fail "the tmpfs keeps its size"

# A pipe whose reader is gone.
"$iotape" record -d "$loop" -o - -- "${forever[@]}" 2>err | head -c 4096 \
	>/dev/null
status=${PIPESTATUS[0]}
assert_eq "$status" 1 "status"
grep -q '^iotape record: standard output: .*Broken pipe$' err ||
	fail "no sentence about the pipe: $(cat err)"
expect_no_command
