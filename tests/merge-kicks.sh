# SPDX-License-Identifier: GPL-2.0
# iotape merge --anchor kicks: a guest and its host whose clocks say nothing of
# each other.  The guest's clock is 1000 s behind that of the host; each kick
# takes 4 us, and its write is in the middle of it (doc/FORMAT.md 4.19, 4.33,
# 4.34).
. "${top_srcdir:-.}/tests/lib.sh"
make_workdir
mkdir host guest

# make_traces EVEN: 40 kicks, 1 to 30 ms or always 10 ms apart
make_traces() {
	awk -v even="$1" -f "$top_srcdir/tests/kicks.awk" |
		"$top_builddir/tests/mktrace" || fail "mktrace"
}

make_traces 0
run "$iotape" merge --anchor kicks host guest -o both
assert_status 0
assert_no_err
assert_out '^guest: guest: CPUs 1 to 1, threads from 10000000 on$'
assert_out '^  clock: \+ 1000.000000000 s'
assert_out '^  error: at most 2.00us at the kicks; the drift is not known$'
# the host had it 10 us after the guest
"$iotape" parse -q both >text 2>errors || fail "parse: $(cat errors)"
assert_eq "$(awk '/ Q / { print $1, $4, $6 }' text | tr '\n' ' ')" \
	"253,0 0.000000000 Q 8,0 0.000010000 Q " "the order"
# and the other way round
run "$iotape" merge --anchor kicks guest host -o back
assert_status 0
assert_out '^  clock: - 1000.000000000 s'

# neither of the day, nor of anything that was shared
run "$iotape" merge guest host -o none
assert_status 1
run "$iotape" merge --anchor kicks host h2=host -o none
assert_status 1
assert_err 'of host and h2, one must have been recorded with --virtio'
run "$iotape" merge --anchor kicks --anchor host=0,guest=0 host guest -o none
assert_status 2
make_traces 1
run "$iotape" merge --anchor kicks host guest -o none
assert_status 1
assert_err 'host and guest: the kicks come so evenly that they fit at more than'
[ ! -e none.blktrace.0 ] || fail "a merge that failed left files"
