# SPDX-License-Identifier: GPL-2.0
# The clocks jump while a recording runs, as after a suspend and when somebody
# sets the time: the trace has an anchor right there, and readers go on.  The
# clocks of this machine are left alone: a library stands before them.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
need_preload
make_workdir
make_loop 16M

# While there are files of these names.
make_preload clocks <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *ts)
{
	int (*next)(clockid_t, struct timespec *) =
		(int (*)(clockid_t, struct timespec *))
			dlsym(RTLD_NEXT, "clock_gettime");
	int r = next(id, ts);

	if (id != CLOCK_BOOTTIME && id != CLOCK_REALTIME)
		return r;
	if (!access("suspended", F_OK))
		ts->tv_sec += 3600;
	if (id == CLOCK_REALTIME && !access("set-back", F_OK))
		ts->tv_sec -= 3600;
	return r;
}
END

# Suspended for an hour; later, the time of day is set back by one.
mkdir rec
LD_PRELOAD=$workdir/clocks.so env --default-signal "$iotape" record -d "$loop" \
	-D rec -o t >out.txt 2>err.txt &
recorder=$!
LD_PRELOAD=$workdir/clocks.so env --default-signal "$iotape" record -d "$loop" \
	-D rec -o f --flight 100s >flight.out 2>flight.err &
flight=$!
await_record rec/t.blktrace.0 && await_links $flight ||
	{ cat err.txt flight.err; fail "a recorder does not begin"; }
# it looks at the clocks four times a second
sleep 1
load 200
sleep 1
: >suspended
sleep 1
load 200
sleep 1
: >set-back
sleep 1
load 200
sleep 1
kill -KILL $flight
wait $flight 2>/dev/null
memory=$(sed -n 's/^iotape record: keeping the last stretch in //p' flight.err)
[ -n "$memory" ] || { cat flight.err; fail "the flight recorder did not begin"; }
at_exit rm -f "$memory"
kill -INT $recorder
wait $recorder || fail "status $?: $(cat err.txt)"
[ ! -s err.txt ] || { cat err.txt; fail "words on standard error"; }
# where the clocks show something else
run "$iotape" record --recover "$memory" -D rec -o f
assert_status 0

# clocks_of NAME: how far boottime and realtime are ahead, in hours since the
# plain recording has begun, of each anchor.
clocks_of() {
	"$facts" --notes rec/t.blktrace.0 "rec/$1.blktrace.0" |
		sed -nE 's/^note 0 clock flags=([0-9]+) monotonic=([0-9]+) realtime=([0-9]+) boottime=([0-9]+).*/\1 \2 \3 \4/p' |
		awk -v skip="$2" '{
			boot = $4 - $2; real = $3 - $2
			if (NR == 1) { boot0 = boot; real0 = real }
			# without 4: whether the time of day is steered
			if (NR > skip)
				printf "%d %d %d\n", $1 - $1 % 8 + $1 % 4,
					(boot - boot0) / 3.6e12 + 0.5,
					(real - real0) / 3.6e12 + 0.5
		}'
}
# The start, two jumps, the end.
printf '%s\n' "1 0 0" "8 1 1" "8 1 0" "2 1 0" >expected
clocks_of t 4 >clocks
assert_same expected clocks
clocks_of f.1 4 >clocks
assert_same expected clocks
# between the loads, not somewhere
for name in t f.1; do
	run "$iotape" parse -q --all -D rec -i $name
	assert_status 0
	awk '$6 == "Q" { n++ } / N clock / { print n + 0 }' "$out" >places
	assert_eq "$(tr '\n' ' ' <places)" "0 200 400 600 " \
		"the Qs before each anchor of $name"
done

run "$iotape" verify rec/t
assert_status 0
run "$iotape" stat -i rec/t
assert_status 0
run "$iotape" parse -i rec/t
assert_status 0
run "$iotape" export --format csv -i rec/t -o t.csv
assert_status 0
if has_subcommand plot; then
	run "$iotape" plot -t rec/t -o t.svg
	assert_status 0
fi
