# SPDX-License-Identifier: GPL-2.0
# Runs each fuzz target for FUZZ_SECONDS (10), from the captures and from what
# earlier runs found (tests/fuzz/seeds) as seeds.  "make fuzz" runs it;
# configure --enable-fuzz CC=clang.
#
#	FUZZ_ONLY="source btt"	only these
#	FUZZ_SEED=1	the same changes to the seeds each time: a run of CI
#			does not fail by luck; 0 = others each time (default)
#	FUZZ_JOBS=N	so many at a time (one for each CPU)
#	FUZZ_FOUND=DIR	inputs that reach new code are kept in DIR/TARGET, and
#			are seeds of the next run; tests/fuzz/keep.sh
. "${top_srcdir:-.}/tests/lib.sh"
seconds=${FUZZ_SECONDS:-10}
jobs=${FUZZ_JOBS:-$(nproc)}
[ "$jobs" -ge 1 ] || fail "FUZZ_JOBS=$jobs"
# for one input; where each has a part of a CPU only, it is as much longer
timeout=$((20 * (jobs > $(nproc) ? (jobs + $(nproc) - 1) / $(nproc) : 1)))
need_command xz tar
make_workdir

mkdir seeds
for archive in "$top_srcdir"/tests/captures/*.tar.xz; do
	name=$(basename "$archive" .tar.xz)
	mkdir tree
	tar -C tree -xJf "$archive"
	find tree -name '*.blktrace.[01]' -size +0 | while read -r file; do
		head -c 8000 "$file" >"seeds/$name-$(basename "$file")"
	done
	rm -rf tree
done
for file in seeds/*; do
	# a cut, and where there is zstd a packed one
	head -c 1000 "$file" >"$file.cut"
	! command -v zstd >/dev/null || zstd -q "$file.cut"
done
mkdir formats
printf '%s' 'C,%D,%2c,%8s,%5T.%9t,%5p,%2a,%3d,%C\n' >formats/1
printf '%s' 'Q,%-16C|%12S|%%\t%P%u%U%z%g%M%m%e%N' >formats/2

mkdir texts
printf '%s\n' 'db process=^postgres' 'b pid=100,200-210' 'w cgroup=/a/nginx*' \
	'log device=sda sector=2048-1050623 op=write' 'big size=1M-' 'rest' \
	>texts/rules
printf '%s\n' '500, 1024, 0, 0, 0' '1000, 2048, 1, 4096, 0' >texts/fiolog
cat >texts/mpstat <<'END'
Linux 6.1.0 (host)	01/02/24	_x86_64_	(2 CPU)

10:00:00     CPU    %usr   %nice    %sys %iowait    %irq   %soft   %idle
10:00:01     all    1.00    0.00    2.00    3.00    0.00    0.50   93.50
10:00:01       0    1.00    0.00    2.00    3.00    0.00    0.50   93.50
END
# an answer, a tag of one letter, the same used
printf '\0\0\0\0\1\0\0\0\7\0\0\0\2\0\0\0x\0\2\0\0\0\7\0\0\0\0\0\0\0' \
	>texts/reply

mkdir commands merges meters options btfiles qmp flights
# each command over another capture, whose last byte says which it is
rows=$(grep -c '^	{ "' "$top_srcdir/tests/fuzz/command.c")
set -- seeds/*.blktrace.?
nr=0
for how in 0 128; do
	for row in $(seq 0 $((rows - 1))); do
		file=$((nr++ % $# + 1))
		{
			cat "${!file}"
			printf '%b' "\\0$(printf %o $((how + row)))"
		} >commands/$how-$row
	done
done
# two traces and three, by each kind of clock, with anchors and by kicks
set -- seeds/*.blktrace.[01]
for how in 0 1 2 34 66 128 129 130 162 194; do
	file=$((nr++ % $# + 1))
	{
		cat "${!file}" "${!file}" "${!file}"
		printf '%b\001\002' "\\0$(printf %o $how)"
	} >merges/$how
done
printf '\002ab\002/c\002vm\001\002\003\004\005\006\007\010\011' >meters/1
printf '\001"\\\001\n\001\303\274' >meters/2
for word in read ffff 0x1 100-200 100+8 4k-64k 4k- -64k 10ms 1.5G "a 'b c'"; do
	printf %s "$word" >"options/$word"
done
# version 1.0, a time, a bunch, an I/O: a bunch of one
printf '\0\0\1\0\0\0\0\0\10\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0'"$(
	)"'\1\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0\0\20\0\0\0\0\0\0'"$(
	)"'\1\0\0\0\0\0\0\0' >btfiles/1
printf '{"return":[{"provider":"kvm","stats":[{"name":"exits","value":1}]}]}' \
	>qmp/1
printf '\0\0\0\0\1x' >flights/1

# target_of NAME: its seeds, and options of its own
target_of() {
	dict=$top_srcdir/tests/fuzz/$1.dict
	[ -f "$dict" ] || dict=
	more=
	case $1 in
	format) seeds=formats ;;
	rules|fiolog|mpstat|reply) seeds=texts ;;
	# it prints, and its messages are many
	command) seeds=commands more=-close_fd_mask=3 ;;
	merge) seeds=merges ;;
	meter) seeds=meters ;;
	options) seeds=options ;;
	btfile) seeds=btfiles ;;
	qmp) seeds=qmp ;;
	flight) seeds=flights ;;
	*) seeds=seeds ;;
	esac
}

# report TARGET: what it says of the input that it failed with, without the
# table of the memory around, which is long.  Once more, since what command says
# is not in its log.
report() {
	local input

	for input in "$1"-crash-* "$1"-timeout-* "$1"-leak-* "$1"-oom-*; do
		[ ! -e "$input" ] || UBSAN_OPTIONS=print_stacktrace=1 \
			timeout 60 "$top_builddir/tests/fuzz/$1" "$input"
	done >"$1.again" 2>&1
	grep -qE 'ERROR: |runtime error: ' "$1.again" || cp "$1.log" "$1.again"
	sed -n -e '/^Shadow bytes/,/ABORTING/d' \
		-e '/ERROR: \|runtime error: /,$p' "$1.again" |
		grep -v '^ *#[0-9]* .*fuzzer::' | tail -n 60
}

# fuzz TARGET: one line, and a file "bad" if it failed.
fuzz() {
	local program=$top_builddir/tests/fuzz/$1 kept runs dict more seeds pid

	if [ ! -x "$program" ]; then
		echo "SKIP: fuzz/$1: not in this build"
		return
	fi
	mkdir -p "$found/$1" "kept/$1"
	kept=$top_srcdir/tests/fuzz/seeds/$1.tar.xz
	[ ! -f "$kept" ] || tar -C "kept/$1" -xJf "$kept"
	target_of "$1"
	"$program" -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" \
		-max_len=65536 -rss_limit_mb=1024 -timeout=$timeout $more \
		${dict:+-dict="$dict"} -print_final_stats=1 \
		-artifact_prefix="$workdir/$1-" "$found/$1" \
		"$workdir/kept/$1" "$workdir/$seeds" >"$1.log" 2>&1 &
	pid=$!
	# iotape, in it, may have a handler for another signal
	# shellcheck disable=SC2064 # now
	trap "kill -KILL $pid 2>/dev/null; exit 143" TERM
	if wait $pid; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$1.log")
		echo "PASS: fuzz/$1: $runs runs in $seconds s"
	else
		echo "$1" >>bad
		flock lock printf '%s\nFAIL: fuzz/%s\n' "$(report "$1")" "$1"
		cp "$1"-crash-* "$1"-timeout-* "$1"-leak-* "$1"-oom-* \
			"$top_builddir/" 2>/dev/null
	fi
}

# Newer ones, which the targets find, go into another folder.  Paths are whole,
# since some targets change the folder.  FUZZ_FOUND keeps them.
found=${FUZZ_FOUND:-$workdir/found}
stop() {
	# shellcheck disable=SC2046
	kill $(jobs -p) 2>/dev/null
	wait
}
at_exit stop
for target in ${FUZZ_ONLY:-source unpack text summary stats btt series dump \
	format note rules fiolog mpstat reply options command repair btfile \
	qmp flight export merge meter}
do
	start_job "$jobs" fuzz "$target"
done
wait
[ ! -e bad ] || fail "see above: $(tr '\n' ' ' <bad)"
