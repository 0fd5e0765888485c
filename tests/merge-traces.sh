# SPDX-License-Identifier: GPL-2.0
# iotape merge: traces whose clock, CPUs or numbers are not where a small trace
# has them.
. "${top_srcdir:-.}/tests/lib.sh"
make_workdir

# 1000 s of the day, as blktrace's timestamp has it
stamp="timestamp pdu=e803000000000000"

# make LINE...
make() {
	printf '%s\n' "$@" | "$top_builddir/tests/mktrace" || fail "mktrace"
}

mkdir one two
make "file one/sda.blktrace.0" "set dev=8,0 cpu=0" \
	"$stamp time=5.000000000 seq=1" "Q read time=5.1 sector=8 bytes=512" \
	"file two/sda.blktrace.0" "set dev=8,0 cpu=0" \
	"Q read time=7.2 sector=16 bytes=512 seq=1" \
	"file two/sda.blktrace.1" "set dev=8,0 cpu=1" \
	"$stamp time=7.0" "Q read time=7.3 sector=24 bytes=512"

# the timestamp on CPU 1 only, in front of its events and behind the first
run "$iotape" merge one two -o both
assert_status 0
assert_out '^two: two: CPUs 1 to 2, threads from 10000000 on$'
assert_out '^  clock: - 2\.000000000 s; 1 timestamps of blktrace$'
assert_eq "$("$iotape" parse -q -f '%2c %T.%t %a\n' both 2>errors |
	grep ' Q' | tr -s '\n ' ' ')" \
	" 0 0.000000000 Q 1 0.100000000 Q 2 0.200000000 Q " "the order"
make "file two/sda.blktrace.1" "set dev=8,0 cpu=1" \
	"Q read time=7.1 sector=24 bytes=512" "$stamp time=7.0"
run "$iotape" merge one two -o late
assert_status 0
assert_out '^  clock: - 2\.000000000 s; 1 timestamps of blktrace$'

# a stream of two CPUs, and one whose time is 0 somewhere, which is no dump
make "file stream" "set dev=8,0" "$stamp time=7.0 cpu=1" \
	"Q read time=7.1 sector=8 bytes=512 cpu=1" \
	"Q read time=7.2 sector=8 bytes=512 cpu=0" \
	"file zero" "set dev=8,0" "$stamp time=7.0 cpu=0" \
	"Q read time=7.1 sector=8 bytes=512 cpu=0" \
	"Q read time=0 sector=8 bytes=512 cpu=1"
run "$iotape" merge one stream -o from-stream
assert_status 0
assert_out '^stream: stream: CPUs 1 to 2, '
assert_out '^  clock: - 2\.000000000 s; 1 timestamps of blktrace$'
run "$iotape" merge one zero -o from-zero
assert_status 0
assert_out '^zero: zero: CPUs 1 to 2, '
assert_out '^all clocks were put forward by 2000000000 ns, '

# the file of a CPU that cannot be opened, or read, ends it; parse goes on without
# the first kind; and one that is not there is only said
cp -R two hole
ln -s sda.blktrace.2 hole/sda.blktrace.2
run "$iotape" merge one hole -o holed
assert_status 1
assert_one_error
assert_err '^iotape merge: hole/sda\.blktrace\.2: Too many levels'
run "$iotape" parse -q hole
assert_status 3
assert_err 'hole/sda\.blktrace\.2: it cannot be read: Too many levels'
rm hole/sda.blktrace.2
mkdir hole/sda.blktrace.2
run "$iotape" merge one hole -o holed
assert_status 1
assert_err '^iotape merge: hole/sda\.blktrace\.2: read: Is a directory'
rmdir hole/sda.blktrace.2
make "file hole/sda.blktrace.3" "set dev=8,0 cpu=3" \
	"Q read time=7.4 sector=32 bytes=512"
[ -z "$(find . -name 'holed*')" ] || fail "a merge that failed leaves OUT"
run "$iotape" merge one hole -o holed
assert_status 3
assert_err 'hole/sda\.blktrace\.2: there is no such file: what CPU 2 recorded'
assert_file holed.blktrace.0

# traces of blktrace, each against itself: twice the events
events() {
	"$iotape" parse -q "$@" -f '%a\n' 2>errors |
		grep -c '^[A-Z]*$'
}
if have_command xz; then
	for name in multi-dev scsi-ext4; do
		tar -xJf "$top_srcdir/tests/captures/$name.tar.xz" ||
			fail "$name: tar"
		run "$iotape" merge a="$name" b="$name" -o "$name-twice"
		assert_status 0
		assert_out '^  clock: \+ 0\.000000000 s; [1-9] timestamps'
		assert_eq "$(events "$name-twice")" \
			"$((2 * $(events "$name")))" "$name"
	done
fi

# two devices in one file of a merge, with numbers of their own: nothing is
# missing; and what is missing of one is said
make "file one/sda.blktrace.0" "set dev=8,0 cpu=0" \
	"$stamp time=5.0 seq=1" "Q read time=5.1 sector=8 bytes=512 seq=2" \
	"Q read time=5.3 sector=8 bytes=512 seq=3" \
	"file one/sdb.blktrace.0" "set dev=8,16 cpu=0" \
	"$stamp time=5.0 seq=1" "Q read time=5.2 sector=8 bytes=512 seq=70" \
	"Q read time=5.4 sector=8 bytes=512 seq=71"
run "$iotape" merge one two -q -o numbers
assert_status 0
run "$iotape" parse -q numbers
assert_status 0
make "file one/sda.blktrace.0" "set dev=8,0 cpu=0" \
	"$stamp time=5.0 seq=1" "Q read time=5.1 sector=8 bytes=512 seq=2" \
	"Q read time=5.3 sector=8 bytes=512 seq=6"
run "$iotape" merge one two -q -o gap
run "$iotape" parse -q gap
assert_status 3
assert_err 'the sequence numbers say that 3 events are missing'

# nobody knows how long the reading of these clocks took
run "$iotape" merge one two -o unknown
assert_out '^  error: not known: the trace does not say whether .* synchronised$'

# two names that differ behind the 63rd byte, and OUT that has no name
long=$(printf '%063d' 7)
cp -R one "${long}x"
cp -R one "${long}y"
run "$iotape" merge "${long}x" "${long}y" -o long
assert_status 0
assert_out "^$long: ${long}x: "
assert_out "^2: ${long}y: "
run "$iotape" merge one two -o one/
assert_status 1
assert_err '^iotape merge: one/: a name behind the folder is wanted'

# a file that may not grow: nothing is left behind
mkdir full
status=0
(
	ulimit -f 0
	"$iotape" merge one two -q -o full/both
) 2>/dev/null || status=$?
assert_eq "$status" 1 "the status of a merge whose files may not grow"
assert_eq "$(ls -A full)" "" "what a merge that failed leaves"

# more CPUs than a reader takes, and times that no clock has
make "file many" "set dev=8,0" "$stamp time=7.0 cpu=65535" \
	"file far" "set dev=8,0 cpu=0" "$stamp time=9223372036.0" \
	"Q read time=9223372036.5 sector=8 bytes=512"
run "$iotape" merge one many -o none
assert_status 1
assert_err 'the traces are of 65537 CPUs; at most 65536 can be in one'
run "$iotape" merge one far -o none
assert_status 1
assert_err 'far: its times are -9223372031 s from those of one: no clock'

# more CPUs than files may be open, and a record that is larger than the buffer
# that is left for each
{
	printf '%s\n' "file crowd" "set dev=8,0 sector=8 bytes=512" \
		"$stamp time=7.0 cpu=0 sector=0 bytes=0"
	for i in $(seq 1000 3999); do
		echo "Q read time=7.$i cpu=$((i % 3000))"
	done
	echo "C read,fs time=8.0 cpu=7 pdu=$(printf '%0120000d' 0)"
	for i in $(seq 1000 1199); do
		echo "D read,fs time=8.$i cpu=7"
	done
} | "$top_builddir/tests/mktrace" || fail "mktrace"
(
	ulimit -n 64
	"$iotape" merge one crowd -q -o crowded
) 2>errors || fail "a merge of 3001 CPUs and 64 files: $(cat errors)"
assert_eq "$(find . -name 'crowded.blktrace.*' | wc -l)" 3001 "files"
cat crowded.blktrace.* >crowded
"$iotape" parse -q crowded -f '%c %a\n' 2>errors | sort >all
assert_eq "$(grep -c Q all) $(grep -c '^7 Q' all) $(grep -c D all)" \
	"3004 1 200" "events of 3001 CPUs, four of them of one"
assert_eq "$(grep '^8 ' all | uniq -c | tr -s '\n ' ' ')" \
	" 1 8 C 200 8 D 1 8 Q " "CPU 7 of the crowd"
mkdir crowd-full
status=0
(
	ulimit -n 64 -f 1
	"$iotape" merge one crowd -q -o crowd-full/both
) 2>errors || status=$?
assert_eq "$status" 1 "the status of a merge whose many files may not grow"
assert_eq "$(wc -l <errors)" 1 "sentences"
assert_eq "$(ls -A crowd-full)" "" "what it leaves"
