# SPDX-License-Identifier: GPL-2.0
# iotape plot -d -p: records a program's run and draws it, with the samples of
# the CPUs that the recorder took.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
"$iotape" --help | grep -q '^  plot ' || skip "built without plot"
need_bpf
need_loop
need_command dd
make_workdir
make_loop 64M

# options of the program are the program's own
run "$iotape" plot -d "$loop" -D rec -t trace.dump -O tput -O cpu-sys \
	-o a.svg -p -- sh -c 'for i in 1 2 3; do
		dd if='"$loop"' of=/dev/null bs=4k count=64 iflag=direct
		sleep 0.5
	done; touch ran'
assert_status 0
[ -e ran ] || fail "the program did not run"
[ -s rec/trace.blktrace.0 ] || fail "no recording"
grep -q '>all CPUs<' a.svg || fail "no samples of the CPUs"

# 3 at least: the begin, a second later, the end; of each CPU that is online
"$facts" --notes rec/trace.blktrace.* >notes || fail "trace-facts failed"
samples=$(grep -c ' cpustat cpu=' notes)
cpus=$(grep -c '^cpu[0-9]' /proc/stat)
[ "$samples" -ge $((3 * cpus)) ] || fail "$samples samples of $cpus CPUs"
[ $((samples % cpus)) = 0 ] || fail "$samples samples of $cpus CPUs"

# a program that cannot be run: no picture
run "$iotape" plot -d "$loop" -D rec -t none -o none.svg -p ./no-program
assert_status 1
[ ! -e none.svg ] || fail "a picture of nothing"

# without -D and -t, and with an option right behind the program's name
run "$iotape" plot -d "$loop" -o - -p dd if="$loop" of=/dev/null count=8 \
	iflag=direct
assert_status 0
[ -s trace.blktrace.0 ] || fail "no trace.blktrace.0"
grep -q '^</svg>' "$out" || fail "-o -: no picture"
