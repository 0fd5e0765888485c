# SPDX-License-Identifier: GPL-2.0
# Devices that come while others are recorded join by their name: loop devices
# that get a file, lose it, get a larger one; many of them; one whose files
# cannot be made.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
make_workdir
make_loop 64M
first=$loop
dir=$(mktemp -d) || fail "mktemp -d failed"
at_exit rmdir "$dir"
mount -t tmpfs -o size=192m iotape-test "$dir" || skip "no tmpfs"
at_exit umount "$dir"
name() { echo "${1#/dev/}"; }

# new_loop BYTES: one more loop device, in $loop.
new_loop() {
	local file=$dir/disk-$RANDOM$RANDOM

	truncate -s "$1" "$file"
	loop=$(losetup -f --show "$file") || fail "losetup"
	at_exit sh -c "losetup -d $loop 2>/dev/null || :"
	echo none >"/sys/block/$(name "$loop")/queue/scheduler"
}

# joined NAME: its files are there.
joined() {
	local i

	for i in $(seq 60); do
		[ -e "rec/t.$1.blktrace.0" ] && return
		sleep 0.1
	done
	cat "$err" >&2
	fail "$1 did not join in 6 s"
}

# start OPTION...: as start_record, in any case with a name for each device.
start() {
	out=$workdir/.out err=$workdir/.err ran="iotape record $*"
	rm -rf rec
	env --default-signal "$iotape" record -D rec -o t "$@" >"$out" 2>"$err" &
	recorder=$!
	sleep 1.5
	kill -0 $recorder 2>/dev/null || { cat "$err"; fail "it ended: $ran"; }
}

# ---- one comes, goes, and comes back larger -----------------------------------

start -d 'loop*'
joined "$(name "$first")"
new_loop 8M
joined "$(name "$loop")"
load 200
losetup -d "$loop" || fail "losetup -d"
truncate -s 32M "$dir/larger"
losetup "$loop" "$dir/larger" || fail "losetup"
sleep 3
load 100 --offset=16m --size=16m
end_record INT
assert_status 0
assert_no_err
assert_out "^=== $(name "$loop") ===\$"
files=rec/t.$(name "$loop").blktrace
assert_events "$(fact events "$files".*)" 1800 "events of the device that came"
assert_eq "$(fact gaps "$files".*)" 0 "gaps"
assert_eq "$(fact late "$files".*)" 0 "late"
"$facts" --notes "$files.0" | grep '^note 0 device' >devices
assert_eq "$(grep -c 'sectors=16384' devices)" 1 "the first size"
assert_eq "$(grep -c 'sectors=65536' devices)" 1 "the second size"
run "$iotape" parse -D rec -i "t.$(name "$loop")" -q -f '%a %S\n'
assert_status 0
assert_eq "$(awk '$1 == "C" && $2 >= 32768' "$out" | wc -l)" 100 \
	"completions behind the old end"
losetup -d "$loop"

# ---- names that do not fit, a path, and two patterns ---------------------------

start -d 'nothing*' -d '/dev/loop[!x]*' -d 'other?'
new_loop 8M
joined "$(name "$loop")"
load 50
losetup -d "$loop"
end_record TERM
assert_status 0
assert_events "$(fact events rec/t."$(name "$loop")".blktrace.*)" 300 "events"

start -d 'nothing*'
new_loop 8M
load 50
sleep 2.5
end_record INT
assert_status 1
assert_err 'nothing\*: no disk came that fits$'
[ -z "$(ls rec)" ] || fail "files of what does not fit: $(ls rec)"

# ---- into a stream -------------------------------------------------------------

losetup -d "$loop"
"$iotape" record -d 'loop*' -o - >stream 2>"$err" &
recorder=$!
sleep 1.5
new_loop 8M
sleep 1
load 200
sleep 0.5
kill -INT $recorder
wait $recorder || fail "status $?"
run "$iotape" parse -i stream -q -f '%a %D\n'
assert_status 0
number=$(printf '%d,%d' "0x$(stat -c %t "$loop")" "0x$(stat -c %T "$loop")")
assert_events "$(grep -cE "^[A-Z]+ +$number *\$" "$out")" 1200 "in a stream"

# ---- one that cannot be recorded -----------------------------------------------

losetup -d "$loop"
start -d 'loop*'
cpus=$(getconf _NPROCESSORS_CONF)
# whichever it will be
for i in $(seq 0 255); do
	: >"rec/t.loop$i.blktrace.$cpus"
done
new_loop 8M
sleep 2.5
end_record INT
assert_status 3
assert_err "[0-9]+ devices that came were not recorded: .*left by"
