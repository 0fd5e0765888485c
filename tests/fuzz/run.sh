# SPDX-License-Identifier: GPL-2.0
# Runs each fuzz target for FUZZ_SECONDS (10), from the captures as seeds.
# "make fuzz" runs it; configure --enable-fuzz CC=clang.
. "${top_srcdir:-.}/tests/lib.sh"
seconds=${FUZZ_SECONDS:-10}
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

# Newer ones, which the targets find, go into another folder.  Paths are whole,
# since a target may change the folder (btt).
bad=
for target in source unpack text summary stats btt series dump format note \
	rules fiolog mpstat reply
do
	mkdir "found-$target"
	seeds=seeds
	[ $target != format ] || seeds=formats
	case $target in rules|fiolog|mpstat|reply) seeds=texts ;; esac
	dict=$top_srcdir/tests/fuzz/$target.dict
	[ -f "$dict" ] || dict=
	if "$top_builddir/tests/fuzz/$target" -max_total_time="$seconds" \
		-max_len=65536 -rss_limit_mb=1024 -timeout=20 \
		${dict:+-dict="$dict"} -print_final_stats=1 -artifact_prefix="$workdir/" \
		"$workdir/found-$target" "$workdir/$seeds" >"$target.log" 2>&1
	then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' \
			"$target.log")
		echo "PASS: fuzz/$target: $runs runs in $seconds s"
	else
		bad="$bad $target"
		tail -n 40 "$target.log"
		cp crash-* timeout-* leak-* oom-* "$top_builddir/" 2>/dev/null
	fi
done
rm -rf /tmp/fuzz-btt-??????
[ -z "$bad" ] || fail "see above:$bad"
