# SPDX-License-Identifier: GPL-2.0
# What the tests of iotape export share.

# unpack_capture NAME [FOLDER]: a real trace (tests/captures).
unpack_capture() {
	mkdir -p "${2:-$1}"
	tar -C "${2:-$1}" --strip-components=1 -xf \
		"$top_srcdir/tests/captures/$1.tar.xz" || fail "tar $1"
}

# queries_of_doc: the SQL of doc/ANALYSIS.md, a file query.N for each.
queries_of_doc() {
	awk '/^```sql/ { on = 1; n++; next } /^```/ { on = 0 }
	     on { print >("query." n) }' "$top_srcdir/doc/ANALYSIS.md"
	[ -s query.10 ] || fail "doc/ANALYSIS.md has fewer than ten queries"
}
