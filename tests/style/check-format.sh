# SPDX-License-Identifier: GPL-2.0
# Blanks, line ends, columns, the first lines of each file.
. "${top_srcdir:-.}/tests/lib.sh"
cd "$top_srcdir" || exit 1

text_files() {
	find formats src bpf plots tests doc m4 README.md CONTRIBUTING.md NEWS \
		bootstrap configure.ac Makefile.am .ci -type f \
		! -path '*/golden/*' ! -path 'tests/captures/*' \
		! -name '*.png' ! -name '*.svg' ! -name '*.xz' ! -name '*.o' \
		! -name '*.a' ! -name '*.log' ! -name '*.trs' \
		! -name '*.skel.h' 2>/dev/null |
		grep -v -e '/\.deps/' -e '/\.dirstamp$' | sort |
		while read -r file; do
			# programs that were built in the source tree
			grep -Iq . "$file" && echo "$file"
		done
}

check_all() {
	local file

	text_files | while read -r file; do
		grep -nHE '[ 	]+$' "$file" | sed 's/$/   <- blanks at the end/'
		grep -nH $'\r' "$file" | sed 's/$/   <- CR/'
		[ -z "$(tail -c 1 "$file")" ] ||
			echo "$file: no newline at the end"
	done
	find formats src bpf plots tests -name '*.[ch]' -o -name '*.def' |
	grep -v skel.h | sort | while read -r file; do
		head -n 1 "$file" | grep -q 'SPDX-License-Identifier: ' ||
			echo "$file:1: no SPDX line"
		grep -nHE '^ {8}' "$file" | sed 's/$/   <- blanks, not tabs/'
		expand "$file" | awk -v file="$file" 'length($0) > 100 {
			print file ":" NR ": " length($0) " columns" }'
	done
	find formats src plots tests -name '*.c' ! -name '*.bpf.c' | sort | while read -r file; do
		[ "$(sed -nE '/^#[ \t]*include/{p;q}' "$file")" = \
			'#include "config.h"' ] ||
			echo "$file: config.h is not included first"
	done
	find formats src bpf plots tests -name '*.h' | grep -v skel.h | sort |
	while read -r file; do
		grep -q '^#ifndef [A-Z0-9_]*_H$' "$file" ||
			echo "$file: no include guard"
	done
}

bad=$(check_all)
[ -z "$bad" ] || fail "$bad"

wide=$(find formats src bpf plots -name '*.[ch]' | grep -v skel.h |
	while read -r file; do
		expand "$file" | awk -v file="$file" 'length($0) > 80 {
			print file ":" NR ": " length($0) " columns" }'
	done)
[ -z "$wide" ] || echo "warning: over 80 columns: $wide"
