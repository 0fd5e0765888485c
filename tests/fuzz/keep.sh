# SPDX-License-Identifier: GPL-2.0
# Makes tests/fuzz/seeds/TARGET.tar.xz of what a run with FUZZ_FOUND=DIR found,
# and of what is in it already:
# the fewest inputs that reach all the code that all of them reach, the smallest
# ones first, up to 256 KiB before they are packed.  From the build folder:
#
#	top_srcdir=.. bash ../tests/fuzz/keep.sh DIR [TARGET...]
. "${top_srcdir:-.}/tests/lib.sh"
need_command xz tar
found=$(cd "${1:?keep.sh DIR [TARGET...]}" && pwd) || fail "$1"
shift
# shellcheck disable=SC2046 # names of targets, hashes
[ $# != 0 ] || set -- $(ls "$found")
mkdir -p "$top_srcdir/tests/fuzz/seeds"
make_workdir
for target; do
	mkdir "$target" "$target.old"
	kept=$top_srcdir/tests/fuzz/seeds/$target.tar.xz
	[ ! -f "$kept" ] || tar -C "$target.old" -xJf "$kept"
	more=
	[ "$target" != command ] || more=-close_fd_mask=3
	"$top_builddir/tests/fuzz/$target" -merge=1 -max_len=4096 $more \
		"$workdir/$target" "$workdir/$target.old" "$found/$target" >log 2>&1 ||
		fail "$target: $(tail -n 5 log)"
	# shellcheck disable=SC2012,SC2045 # names are hashes
	bytes=0
	for file in $(ls -Sr "$target"); do
		bytes=$((bytes + $(stat -c %s "$target/$file")))
		[ $bytes -lt 262144 ] || rm "$target/$file"
	done
	# shellcheck disable=SC2046
	tar -C "$target" --sort=name --owner=0 --group=0 --numeric-owner \
		--mtime=@0 --mode=0644 -cJf \
		"$kept" $(ls "$target")
	echo "$target: $(ls "$target" | wc -l) inputs, $(stat -c %s "$kept") bytes"
done
