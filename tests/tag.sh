# SPDX-License-Identifier: GPL-2.0
# iotape tag: tags by key and by rules, as a trace and as tables.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand tag
make_workdir

"$top_builddir/tests/mktrace" <<'END' || fail mktrace
file t.blktrace.0
set dev=8,0 pid=100 cpu=0
process time=1.0 pdu=66696f00000000000000000000000000
Q write time=1.000001 sector=2048 bytes=4096
G write time=1.000002 sector=2048 bytes=4096
Q write time=1.000003 sector=2056 bytes=4096 pid=200
M write time=1.000004 sector=2056 bytes=4096 pid=200
D write,fs time=1.000005 sector=2048 bytes=8192 pid=7
Q read time=1.000006 sector=8 bytes=512 pid=200
D read,fs time=1.000007 sector=8 bytes=512 pid=200
C write,fs time=1.000300 sector=2048 bytes=8192 pid=0
D read,fs time=1.000400 sector=900 bytes=512 pid=300
file t.blktrace.1
set dev=8,0 cpu=1
C read,fs time=1.000350 sector=8 bytes=512 pid=0
C read,fs time=1.000450 sector=900 bytes=512 pid=0
END

# A row for each I/O, with the tag of who submitted it.
run "$iotape" tag --tag-by process --format tsv t
assert_status 0
assert_no_err
cat >want <<'END'
time	device	cpu	pid	op	sector	bytes	tag
0.000000000	8,0	0	100	write	2048	4096	fio
0.000002000	8,0	0	200	write	2056	4096	? (200)
0.000005000	8,0	0	200	read	8	512	? (200)
END
assert_same want "$out"

run "$iotape" tag --tag-by process --format json t
assert_status 0
assert_out '^\{"time":0\.000000000,"device":"8,0","cpu":0,"pid":100,"op":"write","sector":2048,"bytes":4096,"tag":"fio"\}$'

run "$iotape" tag --tag-by process --format summary t
printf 'ios\tbytes\ttag\n1\t4096\tfio\n2\t4608\t? (200)\n' >want
assert_same want "$out"

# At issue, others are asked.
run "$iotape" tag -a D --tag-by pid --format summary t
printf 'ios\tbytes\ttag\n1\t8192\t? (7)\n1\t512\t? (200)\n1\t512\t? (300)\n' >want
assert_same want "$out"

# The trace with its tags: D and C carry that of the Q, the D of the merged
# request that of the first I/O, a D without a Q its own.
run "$iotape" tag --tag-by process -o t.tagged t
assert_status 0
"$top_builddir/tests/tools/trace-facts" --notes t.tagged |
	sed -n 's/^note \(.\) \(tag.*\)/\1 \2/p' >notes
cat >want <<'END'
0 tag tag=1 label="fio"
0 tagged tag=1
0 tag tag=2 label="? (200)"
0 tagged tag=2
0 tagged tag=1
0 tagged tag=2
0 tagged tag=1
1 tagged tag=2
0 tag tag=3 label="? (300)"
0 tagged tag=3
1 tagged tag=3
END
assert_same want notes

# It is read back, also through a pipe, and another tool may read it.
run "$iotape" tag --format tsv t.tagged
cp "$out" got
run "$iotape" tag --tag-by process --format tsv t
assert_same "$out" got
"$iotape" tag --format tsv - <t.tagged | diff - "$out" || fail "by a pipe"
# Tagged anew, nothing is left of the old tags.
"$iotape" tag --tag-by op --format trace t.tagged |
	"$iotape" tag --format summary - >got
printf 'ios\tbytes\ttag\n2\t8192\twrite\n1\t512\tread\n' >want
assert_same want got
"$iotape" parse -i t >a 2>/dev/null
"$iotape" parse -i t.tagged >b 2>/dev/null
sed -n '/ [QGMDC] /p' a >a.lines
sed -n '/ [QGMDC] /p' b >b.lines
assert_same a.lines b.lines
if have_command blkparse; then
	blkparse -i - <t.tagged 2>blkparse.err | sed -n '/ [QGMDC] /p' >c.lines
	assert_same a.lines c.lines
fi

# stat groups by the tags of the trace.
run "$iotape" stat --by tag t.tagged
assert_out '^  fio +write +1 '
assert_out '^  \? \(200\) +read +1 '
run "$iotape" stat --by tag,op --json t.tagged
assert_out '"op":"write","tag":"fio"'

# Rules: the first that fits; what none fits has no tag, or the key's.
cat >my.rules <<'END'
# who
"my fio"  process=^fio$
small     size=0-4095 op=read
END
run "$iotape" tag --tag-rules my.rules --format summary t
printf 'ios\tbytes\ttag\n1\t4096\t\n1\t4096\tmy fio\n1\t512\tsmall\n' >want
assert_same want "$out"
run "$iotape" tag --tag-rules my.rules --tag-by op --format summary t
printf 'ios\tbytes\ttag\n1\t4096\tmy fio\n1\t512\tsmall\n1\t4096\twrite\n' >want
assert_same <(sort want) <(sort "$out")

# What a helper would read: whole records, as many as there are.
"$iotape" tag --emit t >emitted || fail "--emit: status $?"
assert_eq "$(wc -c <emitted)" $((12 * 48 + 16))

# Wrong usage.
for args in "--tag-by colour" "--tag-rules nosuch" \
	"--tag-helper ./nosuch" "--tag-helper 'a" "--tag-helper ''"; do
	eval "run \"\$iotape\" tag --format tsv ${args/\'a/\"\'a\"} t"
	assert_status 1
	assert_one_error
done
for args in "--format xml" "--tag-timeout 0" "--tag-window 0" "-a X"; do
	# shellcheck disable=SC2086
	run "$iotape" tag $args t
	assert_status 2
done
run "$iotape" tag
assert_status 2
