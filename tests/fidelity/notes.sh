# SPDX-License-Identifier: GPL-2.0
# What blktrace cannot tell, against what /proc, sysfs and the cgroup file
# system say: identities, cgroups, stacks, clocks.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command dd losetup stat blkdiscard blockdev taskset
make_workdir
make_loop 64M

# notes OPTION... -- COMMAND...: records $loop; the notes are in ./notes.
notes() {
	rm -rf rec
	"$iotape" record -D rec -o t "$@" >out.txt 2>err.txt ||
		fail "iotape record $*: status $?: $(cat err.txt)"
	"$facts" --notes rec/t.blktrace.* >notes || fail "trace-facts failed"
}

has_note() {
	grep -qE "^note [0-9]+ $1" notes ||
		{ cat notes; fail "no note: $1"; }
}

# ---- identity ----------------------------------------------------------------

notes -d "$loop" -- dd if="$loop" of=/dev/null bs=4k count=4 iflag=direct
has_note "host nr_cpus=[0-9]+ flags=0 node=\"[^\"]+\" release=\"$(uname -r)\""
has_note "process tid=([0-9]+) tgid=[0-9]+ flags=0 cgroup=[0-9]+ comm=\"dd\" cmdline=\"dd if=$loop of=/dev/null bs=4k count=4 iflag=direct\""
has_note "device device=[0-9]+ disk=[0-9]+ flags=[0-9]+ start=0 sectors=131072 name=\"${loop#/dev/}\""
notes --no-cmdline -d "$loop" -- \
	dd if="$loop" of=/dev/null bs=4k count=4 iflag=direct
has_note 'process .* comm="dd" cmdline=""'

# A new name is told from the old one, also where its two halves changed in the
# same way.
printf 'x\n' | dd of="$loop" bs=4k conv=sync,fsync status=none || fail "dd"
# shellcheck disable=SC2016 # for the inner shell
notes -d "$loop" -- taskset -c 0 bash -c '
	for name in aaaaaaaXaaaaaaa bbbbbbbXbbbbbbb; do
		blockdev --flushbufs "$1"
		printf %s "$name" >/proc/self/comm
		read -r line <"$1"
	done
	[ "$line" = x ]' bash "$loop"
has_note 'process .* flags=0 .* comm="aaaaaaaXaaaaaaa" '
has_note 'process .* flags=1 .* comm="bbbbbbbXbbbbbbb" '

# ---- clocks: at the start, after 10 seconds, at the end -----------------------

notes -d "$loop" -w 11
# bit 4 says whether the machine's clock is synchronised
[ "$(grep -c '^note 0 clock flags=[15] ' notes)" = 1 ] || fail "no start"
[ "$(grep -c '^note 0 clock flags=[04] ' notes)" = 1 ] || fail "no anchor"
[ "$(grep -c '^note 0 clock flags=[26] ' notes)" = 1 ] || fail "no end"
grep '^note 0 clock ' notes | awk '{
	for (i = 1; i <= NF; i++) {
		split($i, kv, "=")
		v[kv[1]] = kv[2]
	}
	# a try that was interrupted is repeated
	if (v["width"] < 1 || v["width"] > 1000000)
		exit 1
}' || fail "the clocks were not read together: $(grep clock notes)"
# realtime of the last one is now
last=$(sed -n 's/^note 0 clock flags=[26] .* realtime=\([0-9]*\).*/\1/p' notes)
[ $(($(date +%s) - last / 1000000000)) -le 5 ] || fail "realtime is $last"

# ---- cgroups -----------------------------------------------------------------

# the hierarchy with the io controller: v1's blkio, else v2
cgroup_mount=$(awk '$3 == "cgroup" && $4 ~ /(^|,)blkio(,|$)/ { print $2; exit }
	' /proc/self/mounts)
[ -n "$cgroup_mount" ] || cgroup_mount=$(awk '
	$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
group=$cgroup_mount/iotape-test.$$
if [ -n "$cgroup_mount" ] && mkdir "$group" 2>/dev/null; then
	at_exit rmdir "$group"
	[ ! -w "$cgroup_mount/cgroup.subtree_control" ] ||
		echo +io >"$cgroup_mount/cgroup.subtree_control" 2>/dev/null
	id=$(stat -c %i "$group")
	# shellcheck disable=SC2016 # for the inner shell
	in_group='echo $$ >"$1/cgroup.procs" && shift && exec "$@"'
	notes --cgroup -d "$loop" -- sh -c "$in_group" sh "$group" \
		dd if="$loop" of=/dev/null bs=4k count=4 iflag=direct
	has_note "cgroup flags=0 id=$id path=\"/iotape-test.$$\""
	has_note "process .* cgroup=$id comm=\"dd\""
	has_note "charge flags=0 cgroup=$id"
	# and as blktrace does it: the id in front of the payload
	notes --cgroup=flags -d "$loop" -- sh -c "$in_group" sh "$group" \
		dd if="$loop" of=/dev/null bs=4k count=4 iflag=direct
	has_note "cgroup flags=0 id=$id path=\"/iotape-test.$$\""
	grep -q '^note [0-9]* charge' notes && fail "a CHARGE note with flags"
else
	echo "no cgroup with the io controller: cgroups are left out" >&9
fi

# ---- a partition and its disk --------------------------------------------------

# made with an ioctl: the kernel needs to know no partition table
if addpart "$loop" 1 2048 32768 2>log; then
	at_exit delpart "$loop" 1
	wait_until 10 test -b "${loop}p1"
	notes -d "${loop}p1" -- true
	has_note "device device=[0-9]+ disk=[0-9]+ flags=2 start=2048 sectors=32768 name=\"${loop#/dev/}p1\""
	has_note "device device=[0-9]+ disk=[0-9]+ flags=8 start=0 sectors=131072 name=\"${loop#/dev/}\""
else
	echo "no partitions on loop devices: they are left out" >&9
fi

# ---- version 8 -----------------------------------------------------------------

"$iotape" record --format v8 -D rec8 -o t -d "$loop" -- \
	blkdiscard -z -o 1048576 -l 65536 "$loop" >/dev/null ||
	fail "--format v8 failed"
"$iotape" parse -q -i rec8/t >text || fail "parse of version 8 failed"
grep -q ' C .* 2048 + ' text || { cat text; fail "no write-zeroes in v8"; }
[ "$(od -An -tx1 -N1 rec8/t.blktrace.0 | tr -d ' ')" = 08 ] ||
	fail "not version 8"
