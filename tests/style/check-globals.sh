# SPDX-License-Identifier: GPL-2.0
# No variable outside a function, and no static one inside, may change:
# looks into the objects for symbols in writable sections.
. "${top_srcdir:-.}/tests/lib.sh"
need_command objdump nm
make_workdir

# the signal flag and the command's name; the level of the log
allowed='src/(iotape-|tests_fuzz_command_alone-)?main\.o|src/base/(iotape-|.*-)?log\.o'

cd "$top_builddir" || exit 1
objects=$(find formats src plots -name '*.o' 2>/dev/null | sort)
[ -n "$objects" ] || fail "no objects in $top_builddir"
# shellcheck disable=SC2086
nm $objects 2>/dev/null | grep -qE '__(asan|ubsan|gcov|sanitizer|llvm_gc)' &&
	skip "built with a sanitizer or for coverage"

for object in $objects; do
	echo "$object" | grep -Eq "^($allowed)\$" && continue
	# 5th column: the section; .data.rel.ro is read-only once loaded
	objdump -t "$object" | awk -v object="$object" '
	$2 == "O" || $3 == "O" {
		section = $2 == "O" ? $3 : $4
		if (section ~ /^(\.data|\.bss|\.tbss|\.tdata|\*COM\*)/ &&
		    section !~ /^\.data\.rel\.ro/)
			print object ": " $NF " is in " section
	}'
done >"$workdir/bad"
[ ! -s "$workdir/bad" ] || fail "mutable state: $(cat "$workdir/bad")"

# formats/ calls nothing that allocates, reads, writes or prints.
nm -u formats/libformats.a | awk '{ print $NF }' |
	grep -xE '(malloc|calloc|realloc|free|f?printf|puts|f?open|read|write)(@.*)?' \
	>"$workdir/bad"
[ ! -s "$workdir/bad" ] || fail "formats/ calls: $(cat "$workdir/bad")"
