# SPDX-License-Identifier: GPL-2.0
# iotape kvmstat beside the kvm_stat of the kernel's sources, on one machine and
# one VM whose exits are known: names, layout and counts of -1, -l, -c and -d.
#
#	bash tests/fidelity/kvm-stat.sh KVM_STAT	as root, where KVM's
#			tracepoints fire and debugfs is open: in a test machine
#
# Names of exit reasons that only one of the two knows are told, not refused:
# kvm_stat's tables stand in the script, and are older than its kernel.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fidelity/kvm-lib.sh"
need_bpf
need_subcommand kvmstat
need_command python3
kvm_stat=${1:-${IOTAPE_KVM_STAT:-}}
[ -f "$kvm_stat" ] || skip "there is no kvm_stat"
[ -d /sys/kernel/debug/tracing/events/kvm ] ||
	skip "debugfs is shut, or it has no tracepoints of KVM"
make_workdir
need_kvmtiny

start_vm out=1000 in=500 write=300 read=200 hlt=100 call=$calls

# theirs, ours FILE OPTION...
theirs() {
	timeout 300 python3 -u "$kvm_stat" "${@:2}" >"$1" 2>"$1.err" ||
		fail "kvm_stat ${*:2}: status $?: $(cat "$1.err")"
}

ours() {
	timeout 300 "$iotape" kvmstat "${@:2}" >"$1" 2>"$1.err" ||
		fail "kvmstat ${*:2}: status $?: $(cat "$1.err")"
}

# common FILE FILE: lines of both whose first word is in both, in two files
common() {
	cut -d' ' -f1 "$1" | sort >names.1
	cut -d' ' -f1 "$2" | sort >names.2
	comm -12 names.1 names.2 >names
	comm -3 names.1 names.2 | tr -d '\t' >names.one
	# only reasons may be known by one alone
	! grep -v '(' names.one || fail "$1, $2: one has these events alone"
	grep -wFf names "$1" >/dev/null || fail "$1: nothing in common"
	awk 'NR == FNR { ok[$1]; next } $1 in ok' names "$1" >"$1.common"
	awk 'NR == FNR { ok[$1]; next } $1 in ok' names "$2" >"$2.common"
}

# ---- -1: a VM that does nothing ----------------------------------------------

theirs 1.theirs -1 -p "$vm"
ours 1.ours -1 -p "$vm"
common 1.theirs 1.ours
assert_same 1.theirs.common 1.ours.common
events=$(grep -vc '(' names)
reasons=$(grep -c '(' names)
[ "$events" -ge 40 ] && [ "$reasons" -ge 40 ] || fail "few names: $events, $reasons"
echo "INFO: -1: $events events and $reasons exit reasons in the same lines;" \
	"known to one only: $(tr '\n' ' ' <names.one)"

theirs f.theirs -1 -p "$vm" -f 'kvm_(pio|msr)$'
ours f.ours -1 -p "$vm" -f 'kvm_(pio|msr)$'
assert_same f.theirs f.ours
theirs help.theirs -f help
ours help.ours -f help
assert_same help.theirs help.ours

# ---- -l and -c: the whole life of that VM --------------------------------------

# recorded as well: all of it at the same time
"$iotape" record --kvm=exit -o rec -w 3000 >rec.out 2>&1 &
rec=$!
env --default-signal python3 -u "$kvm_stat" -c -s 0.5 -L csv.theirs -p "$vm" 2>csv.theirs.err &
their_csv=$!
"$iotape" kvmstat -c -s 0.5 -L csv.ours -p "$vm" 2>csv.ours.err &
our_csv=$!
env --default-signal python3 -u "$kvm_stat" -l -s 0.5 -p "$vm" -f 'kvm_(pio|mmio|entry)$' >log.theirs &
their_log=$!
"$iotape" kvmstat -l -s 0.5 -p "$vm" -f 'kvm_(pio|mmio|entry)$' >log.ours &
our_log=$!
at_exit sh -c "kill $rec $their_csv $our_csv $their_log $our_log 2>/dev/null || :"
# kvm_stat fills its file when it ends: all count when they sleep
for pid in $their_csv $our_csv $their_log $our_log; do
	wait_for 300 grep -q nanosleep /proc/$pid/wchan
done
wait_for 300 lines_of log.theirs 3
wait_for 300 lines_of log.ours 3
echo go >go
wait "$vm"
grep -q '^runs=2101 io=1501 mmio=500 hlt=100$' vm.out ||
	fail "kvmtiny: $(cat vm.out)"
for log in log.theirs log.ours csv.ours; do
	wait_for 300 lines_of $log $(($(wc -l <$log) + 3))
done
kill -INT $rec $their_csv $our_csv $their_log $our_log
wait $rec $their_csv $our_csv $their_log $our_log

# sums FILE: "name sum" of each column of a CSV file
sums() {
	awk -F, 'NR == 1 { for (i = 2; i <= NF; i++) name[i] = $i; n = NF; next }
		{ for (i = 2; i <= n; i++) sum[i] += $i }
		END { for (i = 2; i <= n; i++) print name[i], sum[i] + 0 }' \
		"$1" >"$1.sums"
}
head -c 9 csv.theirs | grep -qx 'timestamp' || fail "kvm_stat wrote no CSV"
sums csv.theirs
sums csv.ours
common csv.theirs.sums csv.ours.sums
assert_same csv.theirs.sums.common csv.ours.sums.common
n=$(awk '$1 == "kvm_pio" { print $2 }' csv.ours.sums)
assert_eq "$n" 1501 "kvm_pio"
happened=$(awk '$2 > 0' csv.ours.sums.common | wc -l)
[ "$happened" -ge 10 ] || fail "only $happened columns have numbers"
shape='^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(,[0-9]+)+$'
for file in csv.theirs csv.ours; do
	sed 1d $file | grep -vE "$shape" && fail "$file: not that layout"
done
exits=$(awk '$1 == "kvm_exit" { print $2 }' csv.ours.sums)
[ "$exits" -ge 2000 ] || fail "kvm_exit: only $exits"
"$iotape" kvmstat -1 -p "$vm" --input rec.kvm >rec.lines || fail "rec.kvm: status $?"
assert_eq "$(awk '$1 == "kvm_exit" { print $2 }' rec.lines)" "$exits" \
	"kvm_exit, recorded at the same time"
echo "INFO: -c: the same names and sums, $happened of them not 0"

assert_eq "$(sed -n 1p log.ours)" "$(sed -n 1p log.theirs)" "names of -l"
for file in log.theirs log.ours; do
	awk '!/^k/ { for (i = 3; i <= NF; i++) sum[i] += $i
		     print length($0) }
	     END { print sum[3], sum[4], sum[5] }' $file | sort -u >$file.sums
done
assert_same log.theirs.sums log.ours.sums
echo "INFO: -l: the same names, widths and sums"

# ---- -d: KVM's counters of a VM that stands still --------------------------------

"$kvmtiny" out=2000000000 >/dev/null &
vm=$!
at_exit sh -c "kill -KILL $vm 2>/dev/null || :"
sleep 2
kill -STOP $vm
sleep 1
theirs d.theirs -d -i -1 -p "$vm"
ours d.ours -d -i -1 -p "$vm"
assert_same d.theirs d.ours
echo "INFO: -d -i -1: $(wc -l <d.ours) counters, byte for byte"
theirs d.theirs -d -1 -p "$vm"
ours d.ours -d -1 -p "$vm"
assert_same d.theirs d.ours
kill -KILL $vm
