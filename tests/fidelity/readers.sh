# SPDX-License-Identifier: GPL-2.0
# The tools that read blktrace files read ours, without a word on stderr.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio blkparse
make_workdir
make_loop 64M

export -f load
export loop
work='load 500; load 500 --rw=randrw --ioengine=libaio --iodepth=8;
	load 100 --rw=write --fsync=4; load 200 --rw=randtrim --bs=64k'
run "$iotape" record -d "$loop" -D rec -o t -- bash -c "$work"
assert_status 0
assert_no_err
events=$(fact events rec/t.blktrace.*)
notes=$(fact process rec/t.blktrace.*)

# ---- blkparse: text, dump ----------------------------------------------------

run blkparse -D rec -i t -d t.dump
assert_status 0
assert_no_err
cp "$out" t.txt
# lines of events begin with the device
assert_eq "$(grep -c '^ *[0-9]*,[0-9]* *[0-9]* *[0-9]* *[0-9]*\.[0-9]' t.txt)" \
	"$events" "lines of blkparse"
grep -q '\[(null)\]' t.txt && fail "blkparse knows a process without a name"
grep -q '\[fio\]' t.txt || fail "blkparse does not know fio"
[ "$notes" -ge 2 ] || fail "only $notes process notes"

# ---- blkrawverify ------------------------------------------------------------

if have_command blkrawverify; then
	cd rec || fail "cd"
	run blkrawverify t
	assert_status 0
	grep -q 'Summary for' t.verify.out || fail "no t.verify.out"
	grep -E '[1-9][0-9]* invalid' t.verify.out && fail "invalid records"
	cd ..
fi

# ---- btt, iowatcher, fio -----------------------------------------------------

if have_command btt; then
	run btt -i t.dump
	assert_status 0
	assert_no_err
	assert_out '^D2C +0\.[0-9]+ +0\.[0-9]+ +0\.[0-9]+ +[1-9]'
fi
if have_command iowatcher; then
	run iowatcher -t t.dump -o t.svg
	assert_status 0
	assert_no_err
	assert_file t.svg
fi
run fio --name=replay --read_iolog=t.dump --filename="$loop" --ioengine=psync \
	--replay_no_stall=1 --minimal
assert_status 0
assert_no_err

# ---- streams -----------------------------------------------------------------

"$iotape" record -d "$loop" -o - -- bash -c "$work" 2>err |
	blkparse -i - >stream.txt 2>>err
assert_eq "${PIPESTATUS[*]}" "0 0" "status of record and blkparse"
[ ! -s err ] || fail "words on stderr: $(cat err)"
lines=$(grep -c '^ *[0-9]*,[0-9]* *[0-9]* *[0-9]* *[0-9]*\.[0-9]' stream.txt)
[ "$lines" -gt $((events / 2)) ] || fail "only $lines lines from a stream"
assert_eq "$(sed -n 's/^Skips: \([0-9]*\) .*/\1/p' stream.txt)" 0 "skips"

# ---- our own -----------------------------------------------------------------

if has_subcommand parse; then
	run "$iotape" parse -D rec -i t
	assert_status 0
	assert_no_err
	assert_same t.txt "$out"
	run "$iotape" parse -D rec -i t -d ours.dump
	assert_status 0
	run fio --name=replay --read_iolog=ours.dump --filename="$loop" \
		--ioengine=psync --replay_no_stall=1 --minimal
	assert_status 0
	assert_no_err
	"$iotape" record -d "$loop" -o - -- bash -c "$work" 2>err |
		"$iotape" parse -i - >stream.txt 2>>err
	assert_eq "${PIPESTATUS[*]}" "0 0" "status of record and parse"
	[ ! -s err ] || fail "words on stderr: $(cat err)"
fi
