# SPDX-License-Identifier: GPL-2.0
# What the kernel hands to no program is told in the interval in which it came.
# Here a library adds to the count that the kernel gives, at a known instant;
# tests/vm/machine/misses.sh has real ones.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
need_preload
make_workdir
make_loop 16M

# While there is a file "missed", 7 more.
make_bpf_preload count <<'END'
static long on_bpf(long cmd, union bpf_attr *attr, long size)
{
	long r = next_bpf(cmd, attr, size);
	struct bpf_prog_info *info;

	if (cmd != BPF_OBJ_GET_INFO_BY_FD || r ||
	    attr->info.info_len < 200 || access("missed", 0))
		return r;
	info = (struct bpf_prog_info *)attr->info.info;
	if (!strncmp(info->name, "iotape_rq_insert", 15))
		info->recursion_misses += 7;
	return r;
}
END

mkdir rec
LD_PRELOAD=$workdir/count.so env --default-signal "$iotape" record -d "$loop" \
	-D rec -o t >out.txt 2>err.txt &
recorder=$!
must_begin err.txt await_record rec/t.blktrace.0
load 100
sleep 0.5
begin=$("$top_builddir/tests/tools/trace-compare" --now)
: >missed
sleep 1.5
end=$("$top_builddir/tests/tools/trace-compare" --now)
load 100
kill -INT $recorder
status=0
wait $recorder || status=$?
assert_eq $status 3 "the recorder's status"
grep -q 'the kernel skipped 7 events of all devices: ' err.txt ||
	{ cat err.txt; fail "not said"; }
"$facts" --notes rec/t.blktrace.0 >notes
sed -nE 's/^note 0 loss .*cpu=4294967295 reason=3 count=7 from=([0-9]+) to=([0-9]+).*/\1 \2/p' \
	notes >interval
awk -v begin="$begin" -v end="$end" '
	{ ok = $1 >= begin - 1e9 && $2 <= end && $1 < $2 && $2 - $1 < 1.5e9 }
	END { exit NR != 1 || !ok }' interval ||
	{ cat notes; fail "not in the interval from $begin to $end"; }
for command in "parse -q -i" "stat -i" "verify"; do
	# shellcheck disable=SC2086 # words
	run "$iotape" $command rec/t
	assert_status 3
done
