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
	awk -v even="$1" '
	function at(us) { return sprintf("%d.%06d000", us / 1000000, us % 1000000) }
	BEGIN {
		srand(1)
		kick = "100001000100000000000000" "01000000"
		write = "18000100" "64000000" "00000000" "00000000" "003000fe00000000"
		t = 5000000
		for (i = 0; i < 40; i++) {
			t += even ? 10000 : 1000 + int(rand() * 29000)
			g = g "0 act=0x04004e02 time=" at(t) " pdu=" kick "\n" \
				"0 act=0x04004e03 time=" at(t + 4) " pdu=" kick "\n"
			h = h "0 act=0x04004c05 time=" at(t + 1000000002) \
				" pdu=" write "\n"
		}
		print "file guest/vda.blktrace.0\nle\nset dev=253,0"
		print "Q read time=5.000000000 sector=8 bytes=512 pid=3"
		printf "set dev=0,0\n%s", g
		print "file host/sda.blktrace.0\nset dev=8,0"
		print "Q read time=1005.000010000 sector=800 bytes=512 pid=100"
		printf "set dev=0,0 pid=101\n%s", h
	}' | "$top_builddir/tests/mktrace" || fail "mktrace"
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
