# SPDX-License-Identifier: GPL-2.0
# The helpers that come with iotape, on a made trace and on real ones.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand tag
have_command python3 || skip "python3 is missing"
need_command xz tar
make_workdir
export PYTHONDONTWRITEBYTECODE=1
helpers=$top_srcdir/helpers

# tag HELPER... : the summary, sorted
tag() {
	run timeout -s KILL 60 "$iotape" tag --format summary \
		--tag-helper "$1" "${@:2}"
	assert_status 0
	assert_no_err
	sort -n "$out"
}

"$top_builddir/tests/mktrace" <<'END' || fail mktrace
file t.blktrace.0
set dev=8,0 pid=100 cpu=0
process time=1.0 pdu="fio"
process time=1.0 pid=200 pdu=""
Q write time=1.000001 sector=2048 bytes=4096
Q write time=1.000003 sector=4096 bytes=4096 pid=200
message time=1.000004 pdu="hello"
P time=1.000005
Q read time=1.000006 sector=8 bytes=512 pid=300
D read,fs time=1.000007 sector=8 bytes=512 pid=300
C read,fs time=1.000350 sector=8 bytes=512 pid=0
0x4711 time=1.1 pid=300
Q read time=1.2 sector=8 bytes=512 pid=100 act=0x00110101 pdu=4d00000000000000
END

tag "$helpers/tag-by-pid.py" t >got
printf 'ios\tbytes\ttag\n1\t512\t? (300)\n1\t4096\t? (200)\n2\t4608\tfio (100)\n' |
	sort -n >want
assert_same want got
tag "$helpers/tag-by-pid.py -g 'my group:100,200'" t >got
grep -q '^3	8704	my group$' got || fail "-g: $(cat got)"
tag "$helpers/tag-by-process.py" t >got
grep -q '^2	4608	fio$' got || fail "by process: $(cat got)"
tag "$helpers/tag-by-cgroup.py" t >got
grep -q '^1	512	cgroup 77$' got || fail "by cgroup: $(cat got)"
tag "$helpers/tag-by-sectors.py -r low:0-99 -r log:8,0:2048-4095 -r x:0-9" t >got
grep -q '^2	1024	low$' got && grep -q '^1	4096	log$' got &&
	grep -q '^1	4096	$' got || fail "by sectors: $(cat got)"
dd if=/dev/zero of=file bs=64k count=1 2>/dev/null
if have_command filefrag && filefrag -b512 -e -v file >/dev/null 2>&1; then
	tag "$helpers/tag-by-sectors.py -f file" t >/dev/null
fi

# Wrong words are refused by the helper, and iotape says that it ended.
for args in "-g nocolon" "-g a:b" "-g :1"; do
	run "$iotape" tag --format summary \
		--tag-helper "$helpers/tag-by-pid.py $args" t
	assert_status 3
	assert_err 'is not NAME:PID'
	assert_err 'ended with status 2, after it had answered 0 records'
done

# On real traces each helper and the rules of the same meaning agree: of every
# I/O, in the table of all of them.
printf 'low sector=0-262143\nhigh sector=262144-\n' >halves
# same HELPER RULE... : both on $name
same() {
	run timeout -s KILL 60 "$iotape" tag --format tsv --tag-helper "$1" "$name"
	assert_status 0
	assert_no_err
	cp "$out" got
	run "$iotape" tag --format tsv "${@:2}" "$name"
	assert_status 0
	assert_same "$out" got
}
for name in scsi-ext4 cgroup multi-dev vblk-flush-fua; do
	mkdir "$name"
	tar -C "$name" --strip-components=1 -xf \
		"$top_srcdir/tests/captures/$name.tar.xz" || fail "tar $name"
	same "$helpers/tag-by-pid.py" --tag-by pid
	same "$helpers/tag-by-process.py" --tag-by process
	same "$helpers/tag-by-sectors.py -r low:0-262143 -r high:262144-99999999" \
		--tag-rules halves
	same "$helpers/tag-by-cgroup.py" --tag-by cgroup
done
tag "$helpers/tag-by-process.py" --tag-window 1 t >got
tag "$helpers/tag-by-process.py" t >want
assert_same want got

# A helper as doc/TAGGING.md shows it, in Python and in C.
mkdir doc
awk '/^```/ { on = !on; n += on; next } on { print > ("doc/" n) }' \
	"$top_srcdir/doc/TAGGING.md"
cp doc/1 mine.py
PYTHONPATH=$helpers tag "python3 mine.py" t >got
grep -q '^1	512	somebody$' got || fail "doc/TAGGING.md, Python: $(cat got)"
if have_command "${CC:-cc}"; then
	cp doc/2 mine.c
	"${CC:-cc}" -Wall -Wextra -Werror -O2 -I"$helpers" -o mine mine.c ||
		fail "doc/TAGGING.md, C"
	tag ./mine t >got
	grep -q '^2	4608	somebody$' got || fail "doc/TAGGING.md, C: $(cat got)"
fi

# By hand.
"$iotape" tag --emit t | python3 "$helpers/tag-by-pid.py" >answers ||
	fail "--emit | helper"
# 11 records of 4 bytes END; 5 TAG_IO of 8; 3 NEW_TAG of 12 and labels
assert_eq "$(wc -c <answers)" $((11 * 4 + 5 * 8 + 3 * 12 + 8 + 8 + 10))
