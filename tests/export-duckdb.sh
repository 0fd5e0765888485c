# SPDX-License-Identifier: GPL-2.0
# The queries of doc/ANALYSIS.md in DuckDB over the CSV give what they give in
# SQLite; and the CSV becomes Parquet.  Wants the npm package @duckdb/node-api:
# where NODE_PATH finds it, or from the network if IOTAPE_NPM is set.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/export-lib.sh"
need_command node sqlite3 xz tar
make_workdir
"$iotape" export --format help | grep -qx sqlite ||
	skip "iotape was built without SQLite"
if ! node -e 'require("@duckdb/node-api")' 2>/dev/null; then
	[ -n "${IOTAPE_NPM:-}" ] ||
		skip "@duckdb/node-api is missing, and IOTAPE_NPM is not set"
	need_command npm
	timeout 300 npm install --no-audit --no-fund @duckdb/node-api \
		>npm.log 2>&1 ||
		skip "npm cannot install @duckdb/node-api: $(tail -n 1 npm.log)"
fi
unpack_capture scsi-ext4 cap
"$iotape" export --format csv -o ios.csv cap || fail "export"
"$iotape" export --format sqlite -o ios.db cap || fail "export"
queries_of_doc

cat >query.js <<'END'
const fs = require("fs");
const { DuckDBInstance } = require("@duckdb/node-api");

// as sqlite3 prints it, but for the digits of whole numbers
function text(value) {
	if (value === null)
		return "";
	return typeof value === "bigint" ? String(value) : value;
}

(async () => {
	const db = await DuckDBInstance.create(":memory:");
	const c = await db.connect();
	await c.run("CREATE TABLE ios AS SELECT * FROM" +
		" read_csv('ios.csv', sample_size = -1)");
	for (const file of process.argv.slice(2)) {
		const r = await c.runAndReadAll(fs.readFileSync(file, "utf8"));
		fs.writeFileSync(file + ".duckdb", r.getRows().map(row =>
			row.map(v => String(text(v))).join("|") + "\n")
			.join(""));
	}
	await c.run("COPY (SELECT * FROM 'ios.csv') TO 'ios.parquet'" +
		" (FORMAT parquet)");
	const n = await c.runAndReadAll("SELECT COUNT(*) FROM 'ios.parquet'");
	console.log(String(n.getRows()[0][0]));
})();
END
rows=$(timeout 120 node query.js query.[0-9] query.10) || fail "node"
assert_eq "$rows" "$(($(wc -l <ios.csv) - 1))" "rows of the Parquet file"
for query in query.[0-9] query.10; do
	# 17.0 and 17 are the same number
	sqlite3 -bail ios.db <"$query" | sed -E 's/\.0($|\|)/\1/g' >want
	sed -E 's/\.0($|\|)/\1/g' "$query.duckdb" >got
	[ -s want ] || fail "no rows: $(cat "$query")"
	assert_same want got
done
