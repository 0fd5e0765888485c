# SPDX-License-Identifier: GPL-2.0
# What the kernel hands to no program is told in the interval in which it came.
# It takes three completions inside each other, which could not be forced (20161
# pairs of them in a test machine lost nothing): a library adds to the count
# that the kernel gives.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
need_preload
make_workdir
make_loop 16M

# While there is a file "missed", 7 more.
make_preload count <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
/* not <unistd.h>, whose syscall() has another form */
int access(const char *path, int mode);
long syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	long (*next)(long, long, long, long, long, long, long) =
		(long (*)(long, long, long, long, long, long, long))
			dlsym(RTLD_NEXT, "syscall");
	long r = next(nr, a, b, c, d, e, f);
	union bpf_attr *attr = (union bpf_attr *)b;
	struct bpf_prog_info *info;

	if (nr != SYS_bpf || a != BPF_OBJ_GET_INFO_BY_FD || r ||
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
sleep 1.5
load 100
sleep 0.5
begin=$("$top_builddir/tests/tools/trace-compare" --now)
: >missed
sleep 0.7
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
	{ ok = $1 >= begin - 4e8 && $2 <= end && $1 < $2 && $2 - $1 < 1e9 }
	END { exit NR != 1 || !ok }' interval ||
	{ cat notes; fail "not in the interval from $begin to $end"; }
for command in "parse -q -i" "stat -i" "verify"; do
	# shellcheck disable=SC2086 # words
	run "$iotape" $command rec/t
	assert_status 3
done
