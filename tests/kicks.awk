# SPDX-License-Identifier: GPL-2.0
# A guest's trace and its host's, as text for tests/mktrace, in the folders guest
# and host: 40 kicks of 4 us, 1 to 30 ms or (even=1) always 10 ms apart, each with
# its write in the middle.  The guest's clock is 1000 s behind.
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
}
