# SPDX-License-Identifier: GPL-2.0
# Compressed files, files in parts, and limits of their size: what was recorded
# can be read, whatever ends the recording.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
make_workdir
make_loop 32M
export -f load
export loop
echo none >"/sys/block/${loop#/dev/}/queue/scheduler" || skip "no scheduler none"

# Without an end of its own, and without a shell that would outlive it.
forever=(fio --name=load --filename="$loop" --direct=1 --rw=randread --bs=4k
	--time_based --runtime=60 --minimal --output=/dev/null)

# events NAME...: of traces in rec, as "iotape parse" reads them.
events() {
	"$iotape" parse -q -D rec "$@" 2>parse.err | grep -Ec '^ *[0-9]+,[0-9]'
	[ ! -s parse.err ] || fail "$*: $(cat parse.err)"
}

# ---- parts -------------------------------------------------------------------

# Six events for a read of fio.  Each part is a recording: it begins with
# HOST, has its own names, and numbers from 1 without gaps.
check_parts() {
	local part cpu0 all=0 n

	for cpu0 in rec/p.*.blktrace.0; do
		part=${cpu0%.blktrace.0}
		[ "$(fact gaps "$part".blktrace.*)" = 0 ] || fail "$part: gaps"
		[ "$(fact late "$part".blktrace.*)" = 0 ] || fail "$part: late"
		[ "$(fact timestamp "$part".blktrace.*)" = 1 ] ||
			fail "$part has no timestamp"
		"$facts" --notes "$part".blktrace.* >notes
		[ "$(grep -c '^note [0-9]* *host' notes)" = 1 ] ||
			fail "$part has no HOST: $(cat notes)"
		n=$(fact events "$part".blktrace.*)
		[ "$n" = 0 ] || [ "$(fact process "$part".blktrace.*)" -ge 1 ] ||
			fail "$part does not name its processes"
		all=$((all + n))
	done
	assert_events "$all" "$1" "events of all parts"
}

rm -rf rec
# slow enough for a recorder that gets little time: a part ends between two looks
run "$iotape" record -d "$loop" -D rec -o p --rotate 300K -- \
	bash -c 'load 8000 --rate_iops=4000'
assert_status 0
check_parts 48000
nr=$(find rec -name 'p.*.blktrace.0' | wc -l)
[ "$nr" -ge 5 ] || fail "only $nr parts of 2.3 MiB"

# the numbers go on; --keep leaves that many of its own
run "$iotape" record -d "$loop" -D rec -o p --rotate 200ms --keep 2 -- sleep 1
assert_status 0
check_parts 48000
[ "$(find rec -name 'p.*.blktrace.0' | wc -l)" = $((nr + 2)) ] ||
	fail "--keep 2: $(ls rec)"

rm -rf rec
run "$iotape" record -d "$loop" -D rec -o p --rotate 200K --max-size 700K \
	--compress=3 -- bash -c 'load 8000; load 8000; load 8000'
assert_status 0
size=$(du -sb --apparent-size rec | cut -f1)
[ "$size" -lt 900000 ] || fail "--max-size 700K: $size bytes"
for cpu0 in rec/p.*.blktrace.0.zst; do
	events "$(basename "${cpu0%.blktrace.0.zst}")" >/dev/null
done

# ---- limits ------------------------------------------------------------------

rm -rf rec
run "$iotape" record -d "$loop" -D rec -o p --max-size 300K -- \
	"${forever[@]}" --rate_iops=2000
assert_status 3
assert_err '^iotape record: the recording ended early: --max-size: '
size=$(du -sb --apparent-size rec | cut -f1)
[ "$size" -lt 700000 ] || fail "--max-size 300K: $size bytes"
[ "$(fact gaps rec/p.blktrace.*)" = 0 ] || fail "--max-size: gaps"

mkdir small
mount -t tmpfs -o size=2M iotape-test small || skip "a tmpfs cannot be mounted"
at_exit umount "$workdir/small"
run "$iotape" record -d "$loop" -D small -o p --min-free 1M -- \
	"${forever[@]}"
assert_status 3
assert_err '^iotape record: the recording ended early: --min-free: '
[ "$(fact events small/p.blktrace.*)" -gt 1000 ] || fail "--min-free: too few"
# What is not free now is said before anything is made, but files that are to be
# overwritten count as free.
run "$iotape" record -d "$loop" -D small -o p --min-free 1M -w 1
assert_status 0
fallocate -l 1500K small/ballast || fail "no ballast"
run "$iotape" record -d "$loop" -D small -o q --min-free 1M -- touch small/ran
assert_status 1
assert_one_error
assert_err '^iotape record: --min-free: only 0 MiB are free in small '
[ ! -e small/ran ] || fail "--min-free: the command was run"
[ -z "$(find small -name 'q.*')" ] || fail "--min-free: files were left"
# with parts, the oldest go, and it goes on
rm small/*
run "$iotape" record -d "$loop" -D small -o p --min-free 1M --rotate 100K -- \
	bash -c 'load 8000'
assert_status 0

# ---- compressed --------------------------------------------------------------

if ! grep -q '^#define HAVE_ZSTD 1' "$top_builddir/config.h"; then
	run "$iotape" record -d "$loop" -D rec -o z --compress -- true
	assert_status 1
	assert_err 'without libzstd'
	exit 0
fi

rm -rf rec
run "$iotape" record -d "$loop" -D rec -o z --compress -- \
	bash -c 'for i in 1 2 3 4; do load 8000; done'
assert_status 0
assert_events "$(events z)" 192000 "compressed events"
size=$(cat rec/z.* | wc -c)
[ "$size" -lt 3000000 ] || fail "compressed: $size bytes for 192000 events"

# Cut off anywhere, as by a power cut: whole frames are read, and it is said.
mkdir cut
for file in rec/z.blktrace.*.zst; do
	bytes=$(stat -c %s "$file")
	for part in 3 5 7; do
		rm -f cut/*
		for other in rec/z.blktrace.*; do
			: >"cut/${other##*/}"
		done
		head -c $((bytes * part / 10)) "$file" >"cut/${file##*/}"
		status=0
		n=$("$iotape" parse -q cut/z 2>cut.err | grep -Ec '^ *[0-9]+,[0-9]')
		[ "$bytes" -lt 400000 ] || [ "$n" -gt 100 ] ||
			fail "$file cut at $part/10: $n events"
		"$iotape" parse -q -O cut/z >/dev/null 2>&1 || status=$?
		[ $status = 3 ] || [ $status = 0 ] ||
			fail "$file cut at $part/10: status $status"
	done
done

# A recording that is compressed otherwise is not overwritten, nor hidden.
run "$iotape" record -d "$loop" -D rec -o z -- true
assert_status 1
assert_one_error
assert_err 'z\.blktrace\.0\.zst: left by a recording with --compress'
assert_events "$(events z)" 192000 "after a refusal"

# SIGKILL: what is older than a second is there.
rm -rf rec
mkdir rec
"$iotape" record -d "$loop" -D rec -o k --compress >/dev/null 2>kill.err &
recorder=$!
must_begin kill.err await_record rec/k.blktrace.0.zst
load 500
sleep 2.5
end_record KILL
assert_eq "$status" 137
assert_events "$(events k)" 3000 "events after SIGKILL"

# A full disk: whole frames stay, the rest is counted.
rm -f small/*
run "$iotape" record -d "$loop" -D small -o z --compress=1 -- \
	"${forever[@]}"
assert_status 1
assert_err 'small/z\.blktrace\.[0-9]+\.zst: .*No space left on device$'
assert_err '[0-9]+ events of CPU [0-9]+ could not be written$'
"$iotape" parse -q -D small z 2>parse.err | grep -Ec '^ *[0-9]+,[0-9]' >count
grep -vE '^iotape parse: [0-9]+ events were lost while this was recorded$' \
	parse.err && fail "after a full disk: other words of parse"
[ -s parse.err ] || fail "after a full disk: parse does not say what is lost"
[ "$(cat count)" -gt 10000 ] || fail "after a full disk: $(cat count) events"
