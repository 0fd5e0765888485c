# SPDX-License-Identifier: GPL-2.0
# iotape export as CSV, JSON lines and SQLite: the same rows in each, equal to
# what iotape parse --io says and to blkparse's counts; doc/ANALYSIS.md
# describes the columns, and its queries run.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/export-lib.sh"
need_command xz tar
make_workdir
unpack_capture scsi-ext4 cap

run "$iotape" export --format csv -o ios.csv cap
assert_status 0
assert_no_err
run "$iotape" export --format csv cap
assert_same ios.csv "$out"

# The header is the table of the document.
head -n 1 ios.csv | tr , '\n' >header
awk '/^\| name \| unit/ { on = 1; next } /^$/ { on = 0 }
     on && !/^\|--/ { print $2 }' "$top_srcdir/doc/ANALYSIS.md" >documented
assert_same documented header

# As many rows as blkparse counts Qs, and as many KiB.
# shellcheck disable=SC2016
qs=$("$iotape" parse -f '%a %N\n' cap | awk '$1 == "Q" { n++; b += $2 }
	END { printf "%d %.0f", n, b }')
assert_eq "$(awk -F, 'NR > 1 { gsub(/"[^"]*"/, "-"); n++; b += $9 }
	END { printf "%d %.0f", n, b }' ios.csv)" "$qs" "rows and bytes"

# Times and phases as parse --io has them.
"$iotape" parse --io cap | sed -nE \
	's/^ *[0-9]+,[0-9]+ .* ([a-z_]+) +([0-9]+) \+ ([0-9]+) .*Q2C ([0-9]+).*/\1 \2 \3 \4/p' |
	sort >want
awk -F, 'NR > 1 { gsub(/"[^"]*"/, "-"); print $7, $8, $9 / 512, $24 }' \
	ios.csv | sort >got
[ -s want ] || fail "parse --io has no lines"
assert_same want got

# JSON lines: the same cells.
run "$iotape" export --format jsonl -o ios.jsonl cap
assert_status 0
assert_eq "$(wc -l <ios.jsonl)" "$(($(wc -l <ios.csv) - 1))" "lines"
if have_command python3; then
	python3 - <<-'END' || fail "ios.jsonl and ios.csv differ"
	import csv, json
	with open("ios.csv") as c, open("ios.jsonl") as j:
	    for row, line in zip(csv.DictReader(c), j, strict=True):
	        o = {k: str(int(v)) if isinstance(v, bool) else str(v)
	             for k, v in json.loads(line).items()}
	        assert o == {k: v for k, v in row.items() if v}, (row, o)
	END
fi

# What cannot be written is said, and leaves nothing behind.
run "$iotape" export --format csv -o missing/x cap
assert_status 1
assert_one_error
if [ -w /dev/full ]; then
	run "$iotape" export --format csv -o /dev/full cap
	assert_status 1
	assert_one_error
	assert_err 'No space left'
fi
run "$iotape" export --format csv
assert_status 2
run "$iotape" export --format tape cap
assert_status 2
run "$iotape" export cap
assert_status 2

# Part of it, and tags.
run "$iotape" export --format csv -D 9,9 cap
assert_eq "$(wc -l <"$out")" 1 "rows of another device"
run "$iotape" export --format csv -t 1 -T 2 cap
assert_status 0
[ "$(wc -l <"$out")" -lt "$(wc -l <ios.csv)" ] || fail "-t and -T left all"
run "$iotape" export --format jsonl --tag-by op cap
assert_status 0
assert_out '"op":"flush".*"tag":"flush"'

# SQLite.
"$iotape" export --format help | grep -qx sqlite ||
	skip "the rest: iotape was built without SQLite"
need_command sqlite3
run "$iotape" export --format sqlite cap
assert_status 1
assert_one_error
run "$iotape" export --format sqlite -o ios.db cap
assert_status 0
printf '%s\n' '.mode csv' '.separator , "\n"' '.headers on' \
	'SELECT * FROM ios ORDER BY id;' | sqlite3 ios.db | tr -d '\r' >db.csv
assert_same ios.csv db.csv
assert_eq "$(sqlite3 ios.db 'SELECT name FROM columns ORDER BY rowid')" \
	"$(cat header)" "table columns"
assert_eq "$(sqlite3 ios.db 'SELECT value FROM trace WHERE key = "ios"')" \
	"${qs% *}" "table trace"
assert_eq "$(sqlite3 ios.db 'PRAGMA integrity_check')" ok
assert_eq "$(find . -name '.*.db*')" "" "left behind"

queries_of_doc
for query in query.*; do
	sqlite3 -bail ios.db <"$query" >rows 2>errors || {
		cat errors
		fail "SQLite does not run: $(cat "$query")"
	}
	[ -s rows ] || fail "no rows: $(cat "$query")"
done
# Lost events (a hole in the numbers): said, status 3, and in the table.
"$top_builddir/tests/mktrace" <<-END || fail mktrace
file lost.blktrace.0
set dev=8,0 pid=100 sector=8 bytes=4096
Q read time=1.0 seq=1
D read time=1.1 seq=2
C read time=1.2 seq=6
END
run "$iotape" export --format sqlite -o lost.db lost
assert_status 3
assert_err '3 events were lost'
assert_eq "$(sqlite3 lost.db 'SELECT value FROM trace
	WHERE key = "lost_events"')" 3 "lost events in the database"
