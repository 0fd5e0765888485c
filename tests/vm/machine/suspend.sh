# SPDX-License-Identifier: GPL-2.0
# The machine is suspended (ACPI S3) while it records, and woken by the alarm of
# its clock: CLOCK_MONOTONIC stands still meanwhile, CLOCK_BOOTTIME goes on.  The
# trace has the jump at its place, as has a flight recorder's, and nothing is
# lost.
#
# Behind the suspend the shared root of a test machine is gone (virtio's 9p
# transport has no resume), so that all that runs then is taken along, in a
# root of its own in memory.
# vmrun: -M null_blk
# kernels: one of them
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
loop=/dev/nullb0
alarm=/sys/class/rtc/rtc0/wakealarm

# take PROGRAM...: into $root, with its libraries.
take() {
	local program file

	for program; do
		for file in "$program" $(ldd "$program" |
				grep -o '/[^ ]*\.so[^ ]*'); do
			mkdir -p "$root${file%/*}"
			cp -L "$file" "$root$file" || fail "cp $file"
		done
	done
}

# The first half: what needs the root of the test machine.
go_inside() {
	local name dir root=/run/root

	need_bpf
	need_command fio ldd chroot
	grep -q '\[deep\]' /sys/power/mem_sleep ||
		skip "this kernel cannot be suspended to memory"
	[ -w $alarm ] || skip "there is no clock that would wake the machine"
	mkdir -p $root/{tmp,proc,sys,dev,run}
	for name in awk basename bash cat cp cut date diff env fio grep head \
		id ls mkdir mktemp mv rm seq sed sleep sort tail tr wc; do
		take "$(command -v $name)"
	done
	take "$iotape" "$facts"
	for name in tests/lib.sh tests/fault/lib.sh \
		tests/vm/machine/suspend.sh; do
		mkdir -p "$root$top_srcdir/${name%/*}"
		cp "$top_srcdir/$name" "$root$top_srcdir/$name"
	done
	for dir in sys proc dev; do
		mount --rbind /$dir $root/$dir || fail "mount of /$dir"
	done
	cd / && exec env is_inside=1 top_srcdir="$top_srcdir" \
		top_builddir="$top_builddir" PATH="$PATH" chroot $root \
		"$(command -v bash)" "$top_srcdir/tests/vm/machine/suspend.sh"
}

# The machine ends here: nobody is left to say how it went.
reset_machine() {
	echo "$1" >/dev/vport0p3
	sleep 1
	echo b >/proc/sysrq-trigger
	sleep 10
}

# suspend SECONDS
suspend() {
	sleep 0.5
	echo 0 >$alarm
	echo "+$1" >$alarm
	echo mem >/sys/power/state || fail "it cannot be suspended"
	sleep 0.5
}

# clocks_of NAME: flags, and how far boottime and realtime have got ahead of
# monotonic since the first anchor, in whole seconds.
clocks_of() {
	"$facts" --notes "rec/$1.blktrace.0" |
		sed -nE 's/^note 0 clock flags=([0-9]+) monotonic=([0-9]+) realtime=([0-9]+) boottime=([0-9]+).*/\1 \2 \3 \4/p' |
		awk '{
			boot = $4 - $2; real = $3 - $2
			if (NR == 1) { boot0 = boot; real0 = real }
			printf "%d %.0f %.0f\n", $1 - $1 % 8 + $1 % 4,
				(boot - boot0) / 1e9, (real - real0) / 1e9
		}'
}

# check NAME: two jumps, each of its length, each behind its reads.
check() {
	local flags boot real last=0 n=0

	clocks_of "$1" >"clocks.$1"
	while read -r flags boot real; do
		[ "$flags" = 8 ] || continue
		# the alarm is exact to a second, and waking takes its time
		{ [ $((boot - last)) -ge 4 ] && [ $((boot - last)) -le 20 ]; } ||
			{ cat "clocks.$1"; fail "$1: no jump of 4 to 20 s"; }
		[ $((real - boot)) -ge -2 ] && [ $((real - boot)) -le 2 ] ||
			{ cat "clocks.$1"; fail "$1: the time of day"; }
		last=$boot n=$((n + 1))
	done < <(grep -v ^1 "clocks.$1")
	[ $n = 2 ] || { cat "clocks.$1"; fail "$1: $n jumps, not 2"; }
	run "$iotape" parse -q --all -D rec -i "$1"
	assert_status 0
	assert_eq "$(awk '$6 == "Q" { n++ }
		/ N clock flags=(8|12) / { printf "%d ", n }' "$out")" "500 1000 " \
		"$1: the reads before each jump"
	assert_eq "$(awk '$6 == "C"' "$out" | wc -l)" 1500 "$1: completions"
	assert_eq "$(fact gaps rec/"$1".blktrace.*)" 0 "gaps of $1"
	assert_eq "$(fact lost rec/"$1".blktrace.*)" 0 "lost of $1"
	assert_eq "$(fact late rec/"$1".blktrace.*)" 0 "late in $1"
	echo "INFO: $1: two suspends, anchors: $(tr '\n' ';' <"clocks.$1")"
}

[ -n "${is_inside-}" ] || go_inside

# ---- inside --------------------------------------------------------------------

# shellcheck disable=SC2016 # the status with which it ends
exit_commands=('reset_machine "$status"')
make_workdir
mkdir -p /dev/shm
start_record -d "$loop"
"$iotape" record -d "$loop" -D rec -o f --flight 100s 2>flight.err &
flight=$!
# attached: it takes seconds in a test machine
must_begin flight.err await_links $flight
sleep 1
load 500
suspend 7
load 500
suspend 7
load 500
sleep 0.5
# the clocks stand still while it is suspended, the recorder does not end early
kill -INT $flight
wait $flight || fail "the flight recorder: status $?: $(cat flight.err)"
end_record INT
assert_status 0
assert_no_err
check t
check f.1
for command in verify "stat -i" "parse -i"; do
	# shellcheck disable=SC2086 # words
	run "$iotape" $command rec/t
	assert_status 0
done
