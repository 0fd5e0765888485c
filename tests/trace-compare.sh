# SPDX-License-Identifier: GPL-2.0
# tests/tools/trace-compare: what it must find, and what it must let pass.
. "${top_srcdir:-.}/tests/lib.sh"
make_workdir

mktrace=$top_builddir/tests/mktrace
compare=$top_builddir/tests/tools/trace-compare

# Three I/Os on two CPUs, as the expected side.
cat >trace.txt <<'END'
file NAME.0
set dev=7,0 cpu=0 pid=100
Q write,sync time=1.000000000 sector=8 bytes=4096
D write,sync,fs time=1.000010000 sector=8 bytes=4096
U read time=1.000020000 pdu=0000000000000001
A write time=1.000030000 sector=2056 bytes=4096 pdu=007000010070000000000000000008
C write,sync,fs time=1.000090000 sector=8 bytes=4096 error=0
file NAME.1
set cpu=1 pid=200
Q read time=1.000005000 sector=64 bytes=8192
Q read time=1.000105000 sector=64 bytes=8192
C read,fs time=1.000905000 sector=64 bytes=8192 error=-5
END

# make NAME [SED-SCRIPT]: the files NAME.0 and NAME.1 from the edited text.
make() {
	sed -e "s/NAME/$1/" -e "${2:-}" trace.txt >"$1.txt"
	"$mktrace" <"$1.txt" || fail "mktrace $1"
}

# compare_to NAME [OPTION...]: the base with NAME.*.
compare_to() {
	local name=$1

	shift
	run "$compare" "$@" base.0 base.1 : "$name".*[0-9]
}

make base

# ---- equal -------------------------------------------------------------------

# other times, other sequence numbers, another order of the files' records,
# notes of each kind
make same 's/000000 sector=8 /000321 sector=8 seq=77 /'
cat >>same.txt <<'END'
process pid=100 pdu="fio" time=0.5
timestamp time=0.5 pdu=0000000100000002
message pdu="hello" time=1.0001
0x4a05 notify pdu=00000000 time=1.0001
END
"$mktrace" <same.txt || fail mktrace
compare_to same --name equal
assert_status 0
assert_no_err
assert_out '^equal +compared +8 missing 0 extra 0 different 0 '
assert_out 'median 0 ns max 321 ns \(outside 0:0 messages 0:1 notes 0:3 hidden 0\)'

# ---- missing, extra ----------------------------------------------------------

make missing '/^D /d'
compare_to missing
assert_status 1
assert_out 'compared +7 missing 1 extra 0 different 0 '
assert_out '^  missing: 7,0 cpu 0 1\.000010000 pid 100 D WS 8 \+ 4096 '

make extra 's/^D .*/&\nM write time=1.0005 sector=16 bytes=512/'
compare_to extra
assert_status 1
assert_out 'compared +8 missing 0 extra 1 different 0 '
assert_out '^  extra: 7,0 cpu 0 1\.000500000 pid 100 M W 16 \+ 512 '

# twice the same record: a multiset, and the nearer one is the partner
make twice 's/^C write.*/&\nC write,sync,fs time=1.000092000 sector=8 bytes=4096/'
compare_to twice
assert_status 1
assert_out 'compared +8 missing 0 extra 1 different 0 '
assert_out '^  extra: .* 1\.000092000 .* C WS'
make once '0,/^Q read/{/^Q read/d}'
compare_to once
assert_status 1
assert_out 'compared +7 missing 1 extra 0 different 0 .* max 0 ns'
assert_out '^  missing: .* 1\.000005000 '

# equal, but not at the same time: one missing, one extra
make late 's/^Q write,sync time=1/Q write,sync time=3/'
compare_to late
assert_status 1
assert_out 'compared +7 missing 1 extra 1 different 0 '
compare_to late --pair 3000000000
assert_status 0

# on the other CPU's file, nothing else
make moved '/^D /d;s/^file NAME.1/&\nD write,sync,fs time=1.00001 sector=8 bytes=4096/;s/^file moved.1/&\nD write,sync,fs time=1.00001 sector=8 bytes=4096/'
compare_to moved
assert_status 1
assert_out 'missing 1 extra 1 different 0 '

# ---- different: one field each -----------------------------------------------

# different FIELD SED-SCRIPT EXPECTED FOUND
different() {
	make "diff-$1" "$2"
	compare_to "diff-$1"
	assert_status 1
	assert_out 'compared +7 missing 0 extra 0 different 1 '
	assert_out "^    $1: expected $3, found $4, "
}
different action 's/^D write,sync/D write/' 0x14a0007 0x1420007
different sector '/^D /s/sector=8/sector=9/' 8 9
different bytes '/^D /s/4096/512/' 4096 512
different pid '/^D /s/$/ pid=101/' 100 101
different device '/^D /s/$/ dev=7,1/' 7,0 7,1
different cpu '/^D /s/$/ cpu=1/' 0 1
different error '/^C read/s/-5/-28/' 65531 65508
different payload '/^U /s/1$/2/' 0000000000000001 0000000000000002

# two fields: not the same record
make two '/^D /s/$/ pid=101 dev=7,1/'
compare_to two
assert_status 1
assert_out 'compared +7 missing 1 extra 1 different 0 '
# one field, but too far away
make far '/^D /s/time=1.000010000/time=1.000110001 pid=101/'
compare_to far
assert_out 'missing 1 extra 1 different 0 '
compare_to far --near 100001
assert_out 'missing 0 extra 0 different 1 '

# ---- marks -------------------------------------------------------------------

# before and after the marks nothing counts, between them everything does
make early '/^Q write/d;/^C read/d'
compare_to early --from 1000000001 --to 1000904999
assert_status 0
assert_out 'compared +6 missing 0 extra 0 different 0 .*\(outside 2:0 '
compare_to early --from 1000000000 --to 1000904999
assert_status 1
assert_out 'compared +6 missing 1 .*\(outside 1:0 '
compare_to early --from 1000000001 --to 1000905000
assert_status 1
# a pair that stands across a mark is compared
make across 's/1.000005000/1.000006000/'
compare_to across --from 1000006000 --to 1000089999
assert_status 0
assert_out 'compared +4 missing 0 extra 0 different 0 .*\(outside 0:0 '

# ---- hidden threads ----------------------------------------------------------

make hide '/^Q read/d;/^C read/d'
compare_to hide
assert_out 'compared +5 missing 3 '
compare_to hide --hidden 7,200
assert_status 0
assert_out 'compared +5 missing 0 extra 0 different 0 .* hidden 3\)'
# only if all of it is
make seen '/^C read/d'
compare_to seen --hidden 7,200
assert_status 1
assert_out 'compared +7 missing 1 .* hidden 0\)'

# ---- nothing to compare, and damage ------------------------------------------

run "$compare" --from 5000000000 base.0 : base.0
assert_status 1
assert_out 'compared +0 missing 0 '
: >empty.0
run "$compare" empty.0 : empty.0
assert_status 1
printf 'CPU:0 [LOST 12 EVENTS]\n' >lost.0
run "$compare" base.0 : lost.0
assert_status 2
assert_err 'lost.0: offset 0: bad magic'
head -c 50 base.0 >cut.0
run "$compare" base.0 : cut.0
assert_status 2
assert_err 'cut.0: offset 48: record is cut off'
run "$compare" base.0 : none.0
assert_status 2
assert_err 'none.0: No such file'
run "$compare" base.0
assert_status 2

# ---- the table ---------------------------------------------------------------

compare_to same --tsv table --name equal
compare_to missing --tsv table --name lossy
assert_eq "$(wc -l <table)" 3
assert_eq "$(cut -f1-4 table | tail -n 1)" "$(printf 'lossy\t7\t1\t0')"
assert_eq "$(awk -F'\t' '{print NF}' table | sort -u)" 14

# ---- the clock ---------------------------------------------------------------

before=$("$compare" --now)
after=$("$compare" --now)
[ "$after" -gt "$before" ] || fail "the clock stands still"
