# SPDX-License-Identifier: GPL-2.0
# Events that the kernel hands to no program, for real: completions in a timer's
# interrupt that came while a program recorded another one.  Their spare
# programs record them (bpf/spare.bpf.h), so a second recorder has none: a
# library keeps them from being attached.  What it lacks beside blktrace and the
# first recorder is what it says, no more and no less.
# vmrun: -M null_blk
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
. "$top_srcdir/tests/vm/guest-workloads.sh"
need_bpf
need_command fio blktrace blkparse
need_preload
make_workdir

# A program's name has 15 letters in the kernel: the spare is the second one.
make_bpf_preload alone <<'END'
static int nr_rq, nr_bio;
static long on_bpf(long cmd, union bpf_attr *attr, long size)
{
	union bpf_attr ask = { 0 };
	struct bpf_prog_info info = { 0 };
	int fd;

	if (cmd != BPF_LINK_CREATE && cmd != BPF_RAW_TRACEPOINT_OPEN)
		return next_bpf(cmd, attr, size);
	fd = cmd == BPF_LINK_CREATE ? (int)attr->link_create.prog_fd :
				      (int)attr->raw_tracepoint.prog_fd;
	ask.info.bpf_fd = (unsigned int)fd;
	ask.info.info_len = sizeof(info);
	ask.info.info = (unsigned long)&info;
	if (!next_bpf(BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof(ask)) &&
	    ((!strncmp(info.name, "iotape_rq_complete", 15) && nr_rq++) ||
	     (!strncmp(info.name, "iotape_bio_complete", 15) && nr_bio++)))
		return dup(fd);
	return next_bpf(cmd, attr, size);
}
END

interrupting_null || fail "null_blk"

# record_on NAME [COMMAND...]: in the background; its process is $recorder.  The
# buffers hold the whole load: on a busy host the machine stands still at times.
record_on() {
	local name=$1

	shift
	mkdir "$name"
	"$@" env --default-signal "$iotape" record -d nullbi -d nullbt -D "$name" \
		-b 8192 -n 4 >"$name.out" 2>"$name.err" &
	recorder=$!
	await_record "$name/nullbt.blktrace.0" ||
		{ cat "$name.err"; fail "$name does not begin"; }
}
blktrace -d /dev/nullbi -d /dev/nullbt -b 1024 -n 8 -D bt >bt.out 2>&1 &
blktrace=$!
record_on whole
whole=$recorder
record_on alone env LD_PRELOAD="$workdir/alone.so"
alone=$recorder
wait_until 60 test -e /sys/kernel/debug/block/nullbt/dropped ||
	fail "blktrace does not begin"
sleep 1
begin=$("$top_builddir/tests/tools/trace-compare" --now)
# misses PID: what the kernel has counted for its programs so far
misses() {
	cat /proc/"$1"/fdinfo/* 2>/dev/null |
		awk '$1 == "recursion_misses:" { n += $2 } END { print n + 0 }'
}
nr=0
while [ "$(misses $alone)" = 0 ] && [ $nr -lt 10 ]; do
	nr=$((nr + 1))
	loop=/dev/nullbi load 10000 &
	first=$!
	loop=/dev/nullbi load 10000 &
	second=$!
	loop=/dev/nullbt load 20000 --ioengine=libaio --iodepth=32 &
	wait $first $second $!
done
end=$("$top_builddir/tests/tools/trace-compare" --now)
sleep 1
kill -INT $whole $alone $blktrace
wait $whole || fail "the recorder with spares: status $?: $(cat whole.err)"
wait $blktrace || fail "blktrace: status $?: $(cat bt.out)"
status=0
wait $alone || status=$?
cat alone.err

# completions DIR
completions() {
	local name

	for name in nullbi nullbt; do
		(cd "$1" && blkparse -q -i $name -f "$name %a %S %n\n" \
			2>/dev/null)
	done | grep -c ' C '
}
all=$(completions bt)
assert_eq "$all" $((40000 * nr)) "completions that blktrace has"
assert_eq "$(completions whole)" "$all" "completions with spares"
missed=$((all - $(completions alone)))
[ $missed -gt 0 ] || fail "no completion came inside another one"
assert_eq "$status" 3 "the status of the recorder without spares"
told=$(sed -n 's/.*the kernel skipped \([0-9]*\) events of all devices.*/\1/p' \
	alone.err | sort -u)
assert_eq "$told" "$missed" "events that the recorder says were skipped"

# the loss records: as many, in the time of the load
"$facts" --notes alone/nullbi.blktrace.0 >notes
sed -nE 's/^note 0 loss .*cpu=4294967295 reason=3 count=([0-9]+) from=([0-9]+) to=([0-9]+).*/\1 \2 \3/p' \
	notes >losses
awk -v begin="$begin" -v end="$end" -v missed="$missed" '
	{ sum += $1; bad += $3 < begin || $2 > end || $3 - $2 > 1e9 }
	END { exit bad || sum != missed }' losses ||
	{ cat losses; fail "not $missed between $begin and $end"; }
for command in "parse -q -i" "stat -i" "verify"; do
	# shellcheck disable=SC2086 # words
	run "$iotape" $command alone/nullbi
	assert_status 3
done
echo "INFO: $missed of $all completions skipped, each told," \
	"in $(wc -l <losses) intervals"
