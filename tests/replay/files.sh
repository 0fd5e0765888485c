# SPDX-License-Identifier: GPL-2.0
# iotape replay on files, without root: modes, maps, fits, refusals, the report.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand replay
make_workdir
truncate -s 1M target
truncate -s 1M other

cat >in.txt <<'T'
file t.blktrace.0
set pid=7 dev=8,16
Q read time=1.000 sector=0 bytes=4096
Q write,sync time=1.010 sector=8 bytes=4096
C read time=1.011 sector=0 bytes=4096
C write,sync time=1.012 sector=8 bytes=4096
Q write,discard time=1.020 sector=16 bytes=8192
C write,discard time=1.021 sector=16 bytes=8192
set pid=8 dev=8,32
Q read time=1.030 sector=4000 bytes=4096
C read time=1.031 sector=4000 bytes=4096
Q write,flush,sync time=1.040 sector=0 bytes=0
C write,flush,sync time=1.041 sector=0 bytes=0
T
"$top_builddir/tests/mktrace" <in.txt || fail "mktrace"

run "$iotape" replay --to target t
if grep -q 'io_uring cannot be had' "$err"; then
	skip "$(cat "$err")"
fi

for mode in timed asap closed-loop dependencies; do
	tr '\0' 'x' <target >full && cp full target
	run "$iotape" replay --to target --mode $mode -W t
	assert_status 0
	assert_no_err
	assert_out '^5 I/Os in .*'"($mode, recorded 0.040 s)"
	assert_out '^  read +2 '
	assert_out '^ +1 I/Os at other sectors'
	# sectors 8-15 are written, 16-31 zeros, the others as they were
	assert_eq "$(head -c 4096 target | tr -d x | wc -c)" 0 "sector 0"
	cmp -s -n 4096 -i 4096 target full && fail "$mode: nothing written"
	assert_eq "$(tail -c +8193 target | head -c 8192 | tr -d '\0' | wc -c)" \
		0 "the hole"
	assert_eq "$(tail -c +16385 target | tr -d x | wc -c)" 0 "the rest"
done

# the time that it takes: 40 ms; twice as fast; three times over
seconds() {
	"$iotape" replay --json --to target "$@" t | grep -o '"seconds":[0-9.]*' |
		cut -d: -f2
}
awk -v s="$(seconds)" 'BEGIN { exit !(s >= 0.040) }' || fail "timed: too early"
awk -v s="$(seconds -x 0.5)" 'BEGIN { exit !(s >= 0.080) }' ||
	fail "-x 0.5: too early"
awk -v s="$(seconds -I 3)" 'BEGIN { exit !(s >= 0.120) }' ||
	fail "-I 3: too early"
run "$iotape" replay --to target -I 3 -N t
assert_out '^9 I/Os in'

# maps
run "$iotape" replay --to 8,16=target t
assert_status 0
assert_out '\(8,32\): 2 I/Os, no target'
assert_out '^ +2 I/Os left out: their device has no target'
printf '# a comment\n\n8:16 target\n8,32 other\n' >map
sed -i 's/ \(target\|other\)$/ .\/\1/' map
run "$iotape" replay -M map t
assert_status 0
assert_out 'to ./target'
assert_out 'to ./other'
echo "sda" >bad-map
run "$iotape" replay -M bad-map t
assert_status 1
assert_err 'bad-map: line 1:'
run "$iotape" replay --to nothing=target t
assert_status 1
assert_err 'none of the trace.s 2 devices has a target'

# sizes
run "$iotape" replay --to target --fit exact t
assert_status 1
assert_err '2048 sectors, but the I/O of .* goes up to sector 4008'
run "$iotape" replay --to target --fit scale t
assert_status 0
run "$iotape" replay --to /dev/null t
assert_status 1
assert_err 'neither a block device nor a file'
: >empty
run "$iotape" replay --to empty t
assert_status 1
run "$iotape" replay --to missing t
assert_status 1
assert_err 'missing'

# what a trace does not say
grep -v '^C' in.txt | "$top_builddir/tests/mktrace" || fail "mktrace"
run "$iotape" replay --to target --mode dependencies t
assert_status 1
assert_err 'does not say when I/Os ended'
sed -n 's/^Q/D/p; /^file/p; /^set/p' in.txt | "$top_builddir/tests/mktrace" ||
	fail "mktrace"
run "$iotape" replay --to target t
assert_status 1
assert_err 'no Q events, but 5 D events'
run "$iotape" replay --to target --event issue t
assert_status 0
for wrong in '-x 0' '-x nan' '--mode fast' '--fit none' '-I 0' \
	'--compressible 101' '--depth 0' '--event all'; do
	# shellcheck disable=SC2086
	run "$iotape" replay --to target $wrong t
	assert_status 2
done

# ---- btrecord's files ------------------------------------------------------------

"$top_builddir/tests/mktrace" <in.txt || fail "mktrace"
mkdir bt
run "$iotape" replay -o replay -D bt t
assert_status 0
assert_err 'flushes and discards left out: the format has none'
run "$iotape" replay -d bt -i replay --to target t-8-16 t-8-32
assert_status 0
assert_out '^3 I/Os in .*recorded 0.030 s'
assert_out '^ +1 writes became reads'
# as btrecord would write them, from FORMAT in src/replay/btfile.h
assert_eq "$(od -A n -t x8 -N 16 bt/t-8-16.replay.0 | tr -s ' ')" \
	" 0000000000010000 000000003b9aca00"
# -F: all of them, in a folder and here; -v: where it all goes; -c: in turns
run "$iotape" replay -d bt -i replay -F -v -c 2 --to target
assert_status 0
assert_out '^3 I/Os in '
assert_err '3 I/Os of 2 threads, 0.030 s, mode timed, from [12] CPUs$'
assert_err 't-8-16 .*: 2 I/Os up to sector 16, to target: 2048 sectors, blocks of'
ln -sf "$iotape" btreplay
cp bt/t-8-16.replay.0 .
mkdir dev
echo "t-8-16 $PWD/target" >bt-map
run ./btreplay -F -M bt-map
assert_status 0
assert_out '^2 I/Os in '
run ./btreplay -d bt -M bt-map -N -I 2 t-8-16
assert_status 0
assert_out '^4 I/Os in '
run "$iotape" replay -d dev -i replay -F --to target
assert_status 1
assert_err 'dev: there is no file DEVICE.replay.0'
run "$iotape" replay -F --to target
assert_status 0
assert_out '^3 I/Os in '
printf 'damaged' >bt/bad.replay.0
run "$iotape" replay -d bt -i replay --to target bad
assert_status 1
assert_err 'bad.replay.0: offset 0: cut off'
head -c 70 bt/t-8-16.replay.0 >bt/cut.replay.0
run "$iotape" replay -d bt -i replay --to target cut
assert_status 1
assert_err 'cut.replay.0: offset [0-9]+: cut off'
run "$iotape" replay -i replay --to target missing
assert_status 1
assert_err 'missing.replay.0'
run "$iotape" replay --to target --record r t
assert_status 1

if have_command btrecord; then
	btrecord -d . -D bt -o theirs t >/dev/null || fail "btrecord"
	run "$iotape" replay -d bt -i theirs --to target t
	assert_status 0
	# a flush is an I/O without data there
	assert_out '^4 I/Os in'
fi
