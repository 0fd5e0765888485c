# SPDX-License-Identifier: GPL-2.0
# iotape export --format fio: fio runs the jobs as they are, in both versions of
# its logs, and does what the trace did, when the trace did it.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/export-lib.sh"
need_command fio python3 xz tar
make_workdir
unpack_capture vblk-flush-fua cap
unpack_capture multi-dev multi
mkdir hand
"$top_builddir/tests/mktrace" <<-END || fail mktrace
file hand/m.blktrace.0
set dev=8,0 bytes=4096
process pid=100 time=0.9 pdu=6120620000000000000000000000000000
process pid=101 time=0.9 pdu=63000000000000000000000000000000
Q read pid=100 time=1.0 sector=8
Q read pid=101 time=1.2 sector=16
C read time=1.3 sector=8
C read time=1.3 sector=16
Q write,flush pid=100 time=1.4 sector=0 bytes=0
C write,flush time=1.4 sector=0 bytes=0
Q write pid=100 time=1.5 sector=4096 bytes=8192
C write time=1.6 sector=4096 bytes=8192
Q discard,write pid=100 time=1.7 sector=0 bytes=65536
C discard,write time=1.8 sector=0 bytes=65536
END

# Each I/O is a line; nothing else is.
run "$iotape" export --format fio -o f hand
assert_status 0
assert_err '1 I/Os are left out'
cat >want <<'END'
fio version 3 iolog
1 8_0.img add
1 8_0.img open
1 8_0.img read 4096 4096
200001 8_0.img read 8192 4096
400001 8_0.img sync 0 0
500001 8_0.img write 2097152 8192
END
assert_same want f/8_0.v3.iolog
cat >want <<'END'
fio version 2 iolog
8_0.img add
8_0.img open
8_0.img read 4096 4096
8_0.img wait 200 0
8_0.img read 8192 4096
8_0.img wait 400 0
8_0.img sync 0 0
8_0.img wait 500 0
8_0.img write 2097152 8192
END
assert_same want f/8_0.v2.iolog
assert_eq "$(stat -c %s f/8_0.img)" $((2097152 + 8192)) "size of the image"
run grep iodepth f/replay.fio
assert_out '^iodepth=2$'

# By process, and to a target.
run "$iotape" export --format fio --by process --target 8,0=disk -o p hand
assert_status 0
assert_file p/a_b-100.v3.iolog p/c-101.v3.iolog
[ ! -e p/disk ] || fail "a target was made"
assert_eq "$(grep -c ' disk read\| disk write\| disk sync' p/a_b-100.v3.iolog)" 3

# Usage.
for args in "--by cpu" "--at C" "--target x" "--by process --at D"; do
	# shellcheck disable=SC2086
	run "$iotape" export --format fio $args -o u hand
	assert_status 2
done
run "$iotape" export --format fio hand
assert_status 1
assert_one_error
echo >file
run "$iotape" export --format fio -o file hand
assert_status 1
assert_one_error

run "$iotape" export --format fio --target "8,0=a b" -o u hand
assert_status 1
assert_one_error

# fio, on a file system that knows direct I/O.
# fio 3.33 does not count the bytes of what is in flight when a log ends, so
# I/Os are counted here, and bytes in the logs.
cat >read.py <<'END'
import json, sys
jobs = json.load(open(sys.argv[1]))["jobs"]
print(sum(j["read"]["total_ios"] for j in jobs),
      sum(j["write"]["total_ios"] for j in jobs),
      sum(j["sync"]["total_ios"] for j in jobs),
      max(j["job_runtime"] for j in jobs), sum(j["error"] for j in jobs))
END
# replay FOLDER JOB: its numbers are in $numbers, its run time in $ms.
replay() {
	(
		cd "$1" || exit
		timeout 60 fio --output-format=json --output="$workdir/json" \
			"$2"
	) >fio.log 2>&1 || {
		cat fio.log json
		fail "fio $1/$2"
	}
	# what fio says about bad lines, it says in front of the JSON
	sed -n '/^{/,$!p' json >words
	[ ! -s words ] || { cat words; fail "fio is not content with $1/$2"; }
	numbers=$(python3 read.py json) || fail "no JSON of fio"
	# shellcheck disable=SC2086
	set -- $numbers
	assert_eq "$5" 0 "errors"
	numbers="$1 $2 $3"
	ms=$4
}

dd if=/dev/zero of=probe bs=4096 count=1 oflag=direct 2>/dev/null ||
	skip "the rest: no direct I/O in $workdir"
fio --enghelp 2>/dev/null | grep -q libaio ||
	skip "the rest: fio has no libaio"
for job in replay.fio replay-v2.fio; do
	began=$(($(date +%s%N) / 1000000))
	replay f "$job"
	assert_eq "$numbers" "2 1 1" "what fio did"
	# version 3: fio does not wait after a sync; version 2: its times are
	# since the start of fio.  A wrong unit would take 500 s, or nothing.
	took=$(($(date +%s%N) / 1000000 - began))
	[ $job = replay.fio ] || ms=$took
	[ "$ms" -ge 395 ] || fail "$job: 500 ms of I/O took $ms ms"
done
: >p/disk
truncate -s 4M p/disk
replay p replay.fio
assert_eq "$numbers" "2 1 1" "what fio did by process"

# expected TRACE ACTION: reads, their bytes, writes, theirs, syncs, counted from
# the text of the trace.
expected() {
	"$iotape" parse -f '%a %d %N\n' "$1" | awk -v a="$2" '
		$1 != a || $2 ~ /^D/ { next }
		!$3 { if ($2 ~ /F/) s++; next }
		$2 ~ /R/ { r++; rb += $3; next }
		$2 ~ /W/ { w++; wb += $3 }
		END { printf "%d %.0f %d %.0f %d", r, rb, w, wb, s }'
}

# The same of logs.
logged() {
	awk '$3 == "read" { r++; rb += $5 }
		$3 == "write" { w++; wb += $5 }
		$3 == "sync" { s++ }
		END { printf "%d %.0f %d %.0f %d", r, rb, w, wb, s }' "$@"
}

for trace in cap multi; do
	for action in Q D; do
		rm -rf real
		run "$iotape" export --format fio --at $action -o real $trace
		assert_status 0
		[ "$(du -sm --apparent-size real | cut -f1)" -lt 100000 ] ||
			fail "a large image"
		sed -i 's/^direct=1/&\nreplay_no_stall=1/' real/replay.fio
		replay real replay.fio
		assert_eq "$(logged real/*.v3.iolog)" \
			"$(expected $trace $action)" "$trace: the logs"
		assert_eq "$numbers" \
			"$(logged real/*.v3.iolog | awk '{ print $1, $3, $5 }')" \
			"$trace: what was traced at $action"
	done
done
