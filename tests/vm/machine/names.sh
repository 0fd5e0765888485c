# SPDX-License-Identifier: GPL-2.0
# Disks whose name and number go ways of their own: one comes back under another
# number, and another one gets the number that it had.  With a trace on disk,
# and with a flight recorder, also after SIGKILL.
# vmrun: -M null_blk
# kernels: one of them
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
. "$top_srcdir/tests/vm/guest-workloads.sh"
need_bpf
need_command fio
make_workdir
config=/sys/kernel/config/nullb

# come NAME: a disk; its number is in $number, as 251_1.
come() {
	make_null "$1" size=64 || fail "no null_blk $1"
	number=$(tr : _ <"/sys/block/$1/dev")
}
go() {
	echo 0 >"$config/$1/power" && rmdir "$config/$1" || fail "rmdir $1"
}

# ways: an I/O more each time.
ways() {
	come nul1
	first=$number
	sleep 2.5
	loop=/dev/nul1 load 100
	go nul1
	come nul2		# the first number again
	[ "$number" = "$first" ] || fail "nul2 is $number, not $first"
	come nul1
	second=$number
	[ "$second" != "$first" ] || fail "nul1 is $second again"
	sleep 2.5
	loop=/dev/nul1 load 200
	loop=/dev/nul2 load 50
	sleep 0.5
}
back() {
	go nul1
	go nul2
}
# reads NAME: those of fio; the kernel looks for partitions too.
reads() {
	"$iotape" parse -q -D rec -i "$1" -f '%a %C\n' | grep -c '^ *Q *fio$'
}
told="1 devices that came have no trace of their own: nul2: it has the number"

for option in "" "--flight 100s,8M"; do
	rm -rf rec
	mkdir rec
	# shellcheck disable=SC2086 # words
	env --default-signal "$iotape" record -d 'nul[12]' -D rec -o t $option \
		>out 2>err &
	recorder=$!
	must_begin err await_links $recorder
	ways
	kill -INT $recorder
	status=0
	wait $recorder || status=$?
	back
	cat err
	assert_eq $status 3 "the status"
	grep -q "$told ${first/_/:} that nul1 had" err || fail "not told"
	t=t${option:+.1}
	assert_eq "$(reads $t.nul1)" 150 "reads of $first"
	assert_eq "$(reads "$t.nul1-$second")" 200 "reads of $second"
done

rm -rf rec
mkdir rec
env --default-signal "$iotape" record -d 'nul[12]' -D rec -o t \
	--flight 100s,8M >out 2>err &
recorder=$!
must_begin err await_links $recorder
ways
kill -KILL $recorder
wait $recorder
back
memory=$(sed -n 's/.*keeping the last stretch in //p' err)
run "$iotape" record --recover "$memory" -D rec -o t
cat "$err"
assert_status 0
assert_eq "$(reads t.1.nul1)" 150 "recovered reads of $first"
assert_eq "$(reads "t.1.nul1-$second")" 200 "recovered reads of $second"
rm "$memory"
