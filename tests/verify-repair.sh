# SPDX-License-Identifier: GPL-2.0
# iotape verify --repair: damage put into a real trace is found at its place,
# what is written is what is left of the original byte for byte, and is clean.
. "${top_srcdir:-.}/tests/lib.sh"
need_command xz cmp
make_workdir

tar -xJf "$top_srcdir/tests/captures/vblk-flush-fua.tar.xz"
file=$(find vblk-flush-fua -name '*.blktrace.1')
name=${file##*/}
name=${name%.blktrace.1}
mkdir d
cp "${file%.1}.0" d/x.blktrace.0
head -c 40000 "$file" >whole

# offsets_of FILE: where its records begin, from the lengths in its headers
offsets_of() {
	od -An -v -w1 -tu1 "$1" | awk '
		NR - 1 == at + 46 { low = $1 }
		NR - 1 == at + 47 { print at; at += 48 + low + 256 * $1 }'
}
offsets_of whole >offsets
# record N: its offset, counted from 1
record() {
	sed -n "$1p" offsets
}
last=$(tail -n 1 offsets)
head -c "$last" whole >good
cp good d/x.blktrace.1

run "$iotape" verify --repair same d/x
assert_status 0
assert_same d/x.blktrace.0 same/x.blktrace.0
assert_same d/x.blktrace.1 same/x.blktrace.1

# A record whose magic is gone, garbage between two, a length that is wrong,
# a record of another CPU, a cut tail.
a=$(record 100) a2=$(record 101) b=$(record 200) c=$(record 300)
c2=$(record 301) e=$(record 400) e2=$(record 401)
{
	head -c "$a" good
	printf '\0\0\0\0'
	tail -c +$((a + 5)) good | head -c $((b - a - 4))
	head -c 1000 /dev/zero
	tail -c +$((b + 1)) good | head -c $((c - b + 46))
	printf '\377\177'
	tail -c +$((c + 49)) good | head -c $((e - c - 48 + 40))
	printf '\7'
	tail -c +$((e + 42)) good
	printf '\7tae123'
} >d/x.blktrace.1
cat "d/x.blktrace.1" >broken
{
	head -c "$a" good
	tail -c +$((a2 + 1)) good | head -c $((c - a2))
} >begin
tail -c +$((e2 + 1)) good >end

run "$iotape" verify --repair out d/x
assert_status 3
assert_out "x.blktrace.1: offset $a: no-header: .* \(left out: $((a2 - a)) bytes\)"
assert_out "x.blktrace.1: offset $b: no-header: .* \(left out: 1000 bytes\)"
assert_out "x.blktrace.1: offset [0-9]+: cpu: .*CPU 7 .*\(left out: $((e2 - e)) bytes\)"
assert_out "cut-off: .*after 7 bytes \(left out: 7 bytes\)"
assert_same broken d/x.blktrace.1
cmp -n "$(stat -c %s begin)" begin out/x.blktrace.1 || fail "the beginning"
tail -c "$(stat -c %s end)" out/x.blktrace.1 | cmp - end || fail "the end"
# the bytes that were left out and those that were written are all bytes
left=$(sed -n 's/^repaired: .*left out: .* records, \([0-9]*\) bytes/\1/p' "$out")
size_of() {
	stat -c %s "$1"
}
assert_eq $((left + $(size_of out/x.blktrace.0) + $(size_of out/x.blktrace.1))) \
	$(($(size_of d/x.blktrace.0) + $(size_of broken)))
run "$iotape" verify out/x
assert_status 3		# of the missing numbers only
grep -Eq '^(no-header|cpu|cut-off) ' "$out" && fail "damage after the repair"

# nothing is replaced, and what cannot be written is a failure
run "$iotape" verify --repair out d/x
assert_status 1
assert_err 'out/x.blktrace.0 is there already'
: >plain-file
run "$iotape" verify --repair plain-file d/x
assert_status 1
assert_one_error
if [ -w /dev/full ]; then
	mkdir full
	ln -s /dev/full full/x.blktrace.0
	run "$iotape" verify --repair full d/x
	assert_status 1
fi

# a file that is missing is there, empty; zstd is unpacked; a pipe
mv d/x.blktrace.1 d/x.blktrace.2
run "$iotape" verify --repair gap d/x
assert_status 3
[ -f gap/x.blktrace.1 ] && [ ! -s gap/x.blktrace.1 ] || fail "no empty file"
run sh -c '"$0" verify --repair piped -i - <"$1"' "$iotape" good
assert_status 0
assert_same good piped/stream
if have_command zstd; then
	mkdir z
	zstd -q good -o z/z.blktrace.1.zst
	run "$iotape" verify --repair unpacked z/z
	assert_same good unpacked/z.blktrace.1
	[ ! -e unpacked/z.blktrace.1.zst ] || fail "a name with .zst"
fi
exit 0
