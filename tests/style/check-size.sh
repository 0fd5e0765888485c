# SPDX-License-Identifier: GPL-2.0
# Long functions and files: over 60 and 500 lines there is a warning, over 100
# and 700 the check fails.  Tables of tests make tests longer: 1000 there.
. "${top_srcdir:-.}/tests/lib.sh"
cd "$top_srcdir" || exit 1

function_lengths() {
	awk -f tests/style/strip-c.awk "$1" | awk -v file="$1" '
	/^[a-zA-Z_].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
	/^\{/ { start = NR }
	/^\}/ && start { print NR - start - 1, file ":" start ": " name; start = 0 }'
}

sizes=$(find formats src bpf plots tests -name '*.[ch]' | grep -v skel.h |
	sort | while read -r file; do
		limit=700
		case $file in tests/*) limit=1000 ;; esac
		lines=$(wc -l <"$file")
		if [ "$lines" -gt "$limit" ]; then
			echo "BAD $file: $lines lines"
		elif [ "$lines" -gt 500 ]; then
			echo "warning: $file: $lines lines"
		fi
		function_lengths "$file" | awk '
			$1 > 100 { print "BAD " $2 " " $3 ": " $1 " lines"; next }
			$1 > 60 { print "warning: " $2 " " $3 ": " $1 " lines" }'
	done)
[ -z "$sizes" ] || echo "$sizes"
case $sizes in *BAD*) fail "too long, see BAD above" ;; esac
