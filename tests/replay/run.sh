# SPDX-License-Identifier: GPL-2.0
# A hand-made trace replayed to a loop device and recorded meanwhile: each I/O
# arrives, in order, at its sector, with its size and kind; nothing is written
# without -W; what is in use is refused.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand replay
need_bpf
need_loop
make_workdir
make_loop 64M
mktrace=$top_builddir/tests/mktrace

# rows: the trace as "RWBS sector sectors", one I/O every 2 ms
rows() {
	awk 'BEGIN {
		for (i = 0; i < 300; i++) {
			sector = (i * 7919 % 16000) * 8
			kind = i % 10
			if (kind == 7)
				print "FWS", 0, 0
			else if (kind == 3)
				print "WFS", sector, 8
			else if (kind == 5)
				print "DS", sector, 64
			else if (kind % 2)
				print "WS", sector, 8 + kind * 8
			else
				print "R", sector, 8
		} }'
}
rows >expected

# from rows to what mktrace takes
{
	echo "file t.blktrace.0"
	echo "set dev=8,16 pid=100"
	awk '{
		split("", c)
		category["R"] = "read"; category["WS"] = "write,sync"
		category["WFS"] = "write,sync,fua"
		category["FWS"] = "write,sync,flush"
		category["DS"] = "write,sync,discard"
		printf "Q %s time=%.9f sector=%d bytes=%d\n", category[$1],
			1 + NR * 0.002, $2, $3 * 512
	}' expected
} | "$mktrace" || fail "mktrace"

# recorded: the Q of the loop device in the same form.  A flush has no sector.
recorded() {
	"$iotape" parse -D rec -i r -q -f '%a %d %S %n\n' | awk '
		$1 != "Q" { next }
		$4 == 0 { print "FWS", 0, 0; next }
		{ print $2, $3, $4 }'
}

name=${loop#/dev/}
mkdir rec
run "$iotape" replay --to "$loop" -W --record rec/r t
assert_status 0
assert_no_err
assert_out '^300 I/Os in '
assert_out '^issue error +p50 [0-9.]+ us, p99'
assert_out '^  flush +30 '
assert_out '^  FUA +30 of the writes'

# Flushes and discards run in threads of the kernel: when is its business.
recorded >got
grep -v '^D\|^FWS' expected >expected-rest
grep -v '^D\|^FWS' got >got-rest
assert_same expected-rest got-rest
assert_eq "$(grep -c '^FWS' got)" 30 "flushes"
assert_same <(grep '^D' expected | cut -d' ' -f2-) \
	<(grep '^D' got | cut -d' ' -f2-)

# the time from the first to the last: 299 * 2 ms, by the recorder's clock
"$iotape" parse -D rec -i r -q -f '%a %T.%9t\n' | sed -n 's/^ *Q *//p' >times
awk 'NR == 1 { first = $1 } { last = $1 }
     END { d = last - first; exit !(d > 0.597 && d < 3) }' times ||
	fail "it took from $(head -n 1 times) to $(tail -n 1 times)"

# ---- nothing is written without -W ---------------------------------------------

before=$(sha256sum <"$loop")
run "$iotape" replay --to "$loop" --mode asap t
assert_status 0
assert_out '^ +90 writes became reads'
assert_out '^ +60 flushes, discards, zeroes left out'
assert_eq "$(sha256sum <"$loop")" "$before" "the contents without -W"

# ---- what is in use -------------------------------------------------------------

need_command mkfs.ext4
mkfs.ext4 -q "$loop" || fail "mkfs"
mkdir mnt
mount "$loop" mnt || skip "ext4 cannot be mounted here"
at_exit umount "$workdir/mnt"
run "$iotape" replay --to "$loop" -W t
assert_status 1
assert_one_error
assert_err "$name is mounted on .*/mnt; --force"
file=$(cat "/sys/block/$name/loop/backing_file")
run "$iotape" replay --to "$file" -W t
assert_status 1
assert_err "$name lies on it; --force"
run "$iotape" replay --to "$loop" t
assert_status 0
truncate -s 1M mnt/file
run "$iotape" replay --to mnt/file -W --mode asap t
assert_status 0
# a discard fails where a block of the file system is dirty in the page cache, as
# long as it may be written
mount -o remount,ro mnt || fail "mount -o remount,ro"
run "$iotape" replay --to "$loop" -W --force -N t
assert_status 0
