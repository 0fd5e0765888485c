# SPDX-License-Identifier: GPL-2.0
# doc/EVENTS.md is made from formats/events.def, and the tables of private
# records in doc/FORMAT.md agree with formats/notes.def.
#
#	bash tests/style/check-tables.sh --events	prints the table of EVENTS.md
. "${top_srcdir:-.}/tests/lib.sh"
cd "$top_srcdir" || exit 1

# One line for each row: CODE|NAME|LETTER|WORDS|CATEGORY|PAYLOAD|HELP
events_rows() {
	awk '
	/^BLK_EVENT\(/ { text = ""; code++; in_row = 1 }
	in_row {
		text = text " " $0
		if ($0 ~ /"\)$/) {
			in_row = 0
			name = text
			sub(/.*BLK_EVENT\(/, "", name)
			sub(/,.*/, "", name)
			split(text, q, "\"")
			category = q[5]
			gsub(/[ \t]/, "", category)
			split(category, cp, ",")
			print code "|" name "|" q[2] "|" q[4] "|" cp[2] "|" cp[3] \
				"|" q[6]
		}
	}' formats/events.def
}

events_table() {
	echo "| code | letter | name | category | payload | meaning |"
	echo "|---|---|---|---|---|---|"
	events_rows | awk -F'|' '{
		payload["NONE"] = "-"
		payload["U64_BE"] = "8 bytes, a big-endian number"
		payload["REMAP"] = "16 bytes, big-endian: device, device, sector"
		payload["CDB"] = "- (old kernels: a SCSI command)"
		payload["OPAQUE"] = "bytes of the driver"
		sub(/^BLK_TC_/, "", $5)
		if ($5 == "0")
			$5 = "-"
		print "| " $1 " | " ($3 == "" ? "-" : $3) " | " $4 " | " \
			tolower($5) " | " payload[$6] " | " $7 " |"
	}'
}

# The rows that FORMAT.md must have for each private record, in order.
notes_rows() {
	awk -F'[(), ]+' '
	/^NOTE\(/ { print "NOTE " tolower($2) " " $3; off = 4 }
	/^\tNOTE_U32\(/ { print "| " off " | u32 | `" $3 "` |"; off += 4 }
	/^\tNOTE_U64\(/ {
		off += off % 8 ? 8 - off % 8 : 0
		print "| " off " | u64 | `" $3 "` |"
		off += 8
	}
	/^\tNOTE_STR\(/ {
		print "| " (off ? off : "") " | string | `" $3 "` |"
		off = ""
	}' formats/notes.def
}

format_rows() {
	awk '
	/^### .*`0x4[a-f0-9]+` / {
		match($0, /0x4[a-f0-9]+/)
		code = substr($0, RSTART, RLENGTH)
		print "NOTE " tolower($NF) " " code
		in_note = 1
		next
	}
	/^#/ { in_note = 0 }
	in_note && /^\| *[0-9]* *\| (u32|u64|string) \| `/ {
		split($0, c, "|")
		gsub(/ /, "", c[2])
		print "| " c[2] " |" c[3] "|" c[4] "|"
	}' doc/FORMAT.md
}

if [ "${1:-}" = --events ]; then
	events_table
	exit 0
fi

make_workdir
cd "$top_srcdir" || exit 1
[ "$(events_rows | wc -l)" -gt 10 ] || fail "events.def was not understood"
events_table >"$workdir/want"
sed -n '/^| code | letter/,/^$/p' doc/EVENTS.md | sed '/^$/d' >"$workdir/got"
assert_same "$workdir/want" "$workdir/got"

[ "$(notes_rows | wc -l)" -gt 10 ] || fail "notes.def was not understood"
notes_rows >"$workdir/want"
format_rows >"$workdir/got"
assert_same "$workdir/want" "$workdir/got"
