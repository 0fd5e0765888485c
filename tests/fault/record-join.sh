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
	wait_until 6 test -e "rec/t.$1.blktrace.0" && return
	cat "$err" >&2
	fail "$1 did not join in 6 s"
}

# start OPTION...: as start_record, in any case with a name for each device.
start() {
	out=$workdir/.out err=$workdir/.err ran="iotape record $*"
	rm -rf rec
	env --default-signal "$iotape" record -D rec -o t "$@" >"$out" 2>"$err" &
	recorder=$!
	must_begin "$err" await_links $recorder
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
must_begin "$err" await_links $recorder
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

# ---- into the memory of a flight recorder ---------------------------------------

# dumped DEVICE DUMP EVENTS: the dump has as many of it, and its size
dumped() {
	local name=${1#/dev/}

	assert_events "$(fact events rec/"$2.$name".blktrace.*)" "$3" \
		"events of $name in $2"
	"$facts" --notes "rec/$2.$name.blktrace.0" | grep -q \
		'^note 0 device.*sectors=16384' || fail "no size of $name"
}

if [ -w /dev/shm ]; then
	losetup -d "$loop"
	load_of() {
		fio --name=load --filename="$1" --rw=randread --bs=4k \
			--direct=1 --ioengine=libaio --iodepth=1 \
			--number_ios="$2" --output=/dev/null || fail "fio"
	}
	start -d 'nothing*' -d 'loop*' --flight 60s
	memory=$(sed -n 's/^iotape record: keeping the last stretch in //p' \
		"$err")
	at_exit rm -f "$memory"
	new_loop 8M
	sleep 2.5
	load_of "$loop" 100
	sleep 0.3
	kill -USR1 $recorder
	sleep 1
	dumped "$loop" t.1 600
	load_of "$loop" 50
	sleep 0.3
	kill -KILL $recorder
	wait $recorder
	run "$iotape" record --recover "$memory" -D rec -o t
	assert_status 0
	dumped "$loop" t.2 900

	# dumps of an earlier recording stay, whatever their device
	losetup -d "$loop"
	rm -rf rec
	mkdir rec
	echo old >rec/loop255.6.blktrace.0
	err=$workdir/.err
	env --default-signal "$iotape" record -D rec -d 'loop*' --flight 60s \
		>"$out" 2>"$err" &
	recorder=$!
	must_begin "$err" await_links $recorder
	new_loop 8M
	sleep 2.5
	end_record INT
	assert_status 0
	[ -e "rec/$(name "$loop").7.blktrace.0" ] || fail "$(ls rec)"
else
	echo "no /dev/shm: disks that join a flight recorder are left out"
fi

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
assert_err "[0-9]+ devices that came have no trace of their own: .*left by"
