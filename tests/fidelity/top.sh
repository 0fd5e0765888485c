# SPDX-License-Identifier: GPL-2.0
# iotape top against what is known of the I/O: fio's own numbers, and
# "iotape record" in the same run.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_subcommand top
need_loop
need_command fio losetup python3 blkdiscard
make_workdir
make_loop 64M
disk=${loop#/dev/}
echo none >"/sys/block/$disk/queue/scheduler"

# start_top OPTION...: JSON into top.json; attached when this returns.
start_top() {
	rm -f top.json
	env --default-signal "$iotape" top --json --interval 0.3 -d "$loop" \
		"$@" >top.json 2>top.err &
	top=$!
	wait_until 60 eval '[ -s top.json ] || has_ended $top'
	[ -s top.json ] || fail "iotape top does not begin: $(cat top.err)"
}

# end_top: after an interval more.
end_top() {
	local lines

	lines=$(wc -l <top.json)
	wait_until 10 eval '[ "$(wc -l <top.json)" -ge $((lines + 2)) ]'
	kill -INT $top
	wait $top
	status=$?
	# a completion inside the program for another one is told
	[ $status = 0 ] || { [ $status = 3 ] && grep -q 'in no count' top.err; } ||
		fail "iotape top: status $status: $(cat top.err)"
}

# sums PYTHON: prints the expression; rows by name, summed up over all
# intervals, are in the dictionary "rows", and what was missed in "missed".
sums() {
	python3 - "$1" <<-'EOF' || fail "top.json"
		import collections, json, sys
		rows = collections.defaultdict(collections.Counter)
		missed = 0
		for line in open("top.json"):
		    j = json.loads(line)
		    assert j["schema"] == "iotape-top/1"
		    missed += j["missed"]
		    for r in j["rows"]:
		        row = rows[r["name"]]
		        for what in ("ios", "bytes"):
		            for op, n in r[what].items():
		                row[op + "_" + what] += n
		        for what in ("errors", "untimed", "in_flight"):
		            row[what] += r[what]
		        t = r["d2c_ns"]
		        if t:
		            row["timed"] += t["nr"]
		            row["sum_ns"] += t["mean"] * t["nr"]
		            row["p99"] = max(row["p99"], t["p99"])
		print(eval(sys.argv[1]))
	EOF
}

# ---- counts ------------------------------------------------------------------------

# fio_known NAME OPTION...
fio_known() {
	local name=$1

	shift
	fio --name="$name" --filename="$loop" --direct=1 --ioengine=libaio \
		--iodepth=8 --output=/dev/null "$@" || fail "fio"
}

start_top --by device
fio_known r --rw=randread --bs=4k --number_ios=3000 --size=32M
fio_known w --rw=randwrite --bs=16k --number_ios=500 --size=32M
blkdiscard -o 0 -l 1048576 "$loop" || fail "blkdiscard"
end_top
got=$(sums "[rows['$disk'][k] for k in ('read_bytes', 'write_ios', \
	'write_bytes', 'errors', 'untimed')] + [len(rows)]")
# what udev looks at behind the discard is read as well
python3 -c "
r = $got
assert 3000 * 4096 <= r[0] <= 3000 * 4096 + 4194304, r
assert r[1:4] == [500, 500 * 16384, 0] and r[4] == 0 and r[5] == 1, r
" || fail "by device: $got"
assert_eq "$(sums "rows['$disk']['other_ios'] >= 1")" True "the discard"

# ---- whose -----------------------------------------------------------------------

start_top --by process
fio --name=a --filename="$loop" --direct=1 --rw=randread --bs=4k \
	--number_ios=2000 --size=32M --output=/dev/null --thread=0 &
a=$!
fio --name=b --filename="$loop" --direct=1 --rw=randwrite --bs=8k \
	--number_ios=1000 --size=32M --output=/dev/null --thread=0
wait $a
end_top
assert_eq "$(sums "[(r['write_ios'], r['write_bytes']) for n, r in rows.items()
	if n.endswith(' fio') and r['write_ios']]")" "[(1000, 8192000)]" \
	"the writer"
assert_eq "$(sums "[(r['read_ios'], r['read_bytes']) for n, r in rows.items()
	if n.endswith(' fio') and r['read_ios'] > 1000]")" "[(2000, 8192000)]" \
	"the reader"

# with a scheduler a worker issues: the inserting process counts
if echo mq-deadline 2>/dev/null >"/sys/block/$disk/queue/scheduler"; then
	start_top --by process
	fio_known c --rw=randread --bs=4k --number_ios=2000 --size=32M
	end_top
	assert_eq "$(sums "[(r['read_ios'], r['untimed'], r['timed'])
		for n, r in rows.items() if n.endswith(' fio')
		and r['read_ios'] > 100]")" "[(2000, 0, 2000)]" "mq-deadline"
	echo none >"/sys/block/$disk/queue/scheduler"
else
	echo "no mq-deadline here: inserts are not tried" >&9
fi

cgroup_mount=$(awk '$3 == "cgroup" && $4 ~ /(^|,)blkio(,|$)/ { print $2; exit }
	' /proc/self/mounts)
[ -n "$cgroup_mount" ] || cgroup_mount=$(awk '
	$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
group=$cgroup_mount/iotape-top.$$
if [ -n "$cgroup_mount" ] && mkdir "$group" 2>/dev/null; then
	at_exit rmdir "$group"
	[ ! -w "$cgroup_mount/cgroup.subtree_control" ] ||
		echo +io >"$cgroup_mount/cgroup.subtree_control" 2>/dev/null
	start_top --by cgroup
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'echo $$ >"$1/cgroup.procs" && exec dd if="$2" of=/dev/null \
		bs=4k count=300 iflag=direct status=none' sh "$group" "$loop"
	end_top
	assert_eq "$(sums "rows['/iotape-top.$$']['read_ios']")" 300 "cgroup"
else
	echo "no cgroup with the io controller: cgroups are left out" >&9
fi

# ---- times, beside iotape record ------------------------------------------------------

start_record -d "$loop"
start_top --by device
fio_known t --rw=randread --bs=4k --loops=2 --size=32M
end_top
end_record INT
"$iotape" stat --json rec/t >stat.json || fail "iotape stat"
"$iotape" parse -i rec/t -q -o - -f '%a %T.%t %S %N\n' 2>/dev/null \
	>events || fail "iotape parse"
python3 - "$(sums "[rows['$disk'][k] for k in ('read_ios', 'timed', 'sum_ns',
	'p99')]")" <<-'EOF' || fail "times differ from those of iotape record"
	import ast, sys
	ios, timed, total, p99 = ast.literal_eval(sys.argv[1])
	issued, times = {}, []
	for line in open("events"):
	    f = line.split()
	    if f[0] not in "DC" or len(f) != 4:
	        continue
	    s, ns = f[1].split(".")
	    t = int(s) * 10**9 + int(ns)
	    if f[0] == "D":
	        issued[f[2]] = t
	    elif f[2] in issued:
	        times.append(t - issued.pop(f[2]))
	times.sort()
	mean, m = sum(times) / len(times), total / timed
	print("record:", len(times), "I/Os, mean", mean, "p99",
	      times[len(times) * 99 // 100], "top:", ios, timed, m, p99)
	assert abs(ios - len(times)) <= len(times) // 100 and timed == ios
	# two programs take the time one after the other
	assert abs(m - mean) <= 0.05 * mean + 1000
	assert p99 >= times[len(times) * 95 // 100]
EOF

# ---- an idle device, tables, little rights ------------------------------------------------

run "$iotape" top -1 --interval 0.2 -d "$loop" --by process
assert_status 0
assert_no_err
assert_out '^ +r/s +w/s +o/s +rB/s +wB/s +p50 +p99 +depth +now process$'
[ "$(wc -l <"$out")" -le 3 ] || fail "an idle device has rows: $(cat "$out")"
run "$iotape" top --batch 3 --interval 0.1
assert_status 0
[ "$(grep -c ' IOPS ' "$out")" = 3 ] || fail "not 3 tables"

if have_command setpriv; then
	copy_iotape
	two_caps="+bpf,+perfmon"
	run setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=$two_caps --ambient-caps=$two_caps \
		"$open_dir/iotape" top -1 --interval 0.2
	assert_status 0
	run setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=-all "$open_dir/iotape" top -1
	assert_status 1
	assert_one_error
else
	echo "setpriv is missing: other users are not tried" >&9
fi
exit 0
