# SPDX-License-Identifier: GPL-2.0
# Live iotape kvmstat against a virtual machine whose exits are known
# (tests/tools/kvmtiny.c), and against what tracefs counts at the same time.
#
#	bash tests/fidelity/kvmstat.sh		in a test machine as well, after
#						modprobe kvm_amd or kvm_intel
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fidelity/kvm-lib.sh"
need_bpf
make_workdir
need_kvmtiny

# start_kvmstat NAME OPTION...: logs into NAME.csv, from before the VM runs.
start_kvmstat() {
	# a harness may have been started with signals ignored (nohup)
	env --default-signal "$iotape" kvmstat -c -s 0.3 -L "$1.csv" \
		"${@:2}" 2>"$1.err" &
	kvmstat=$!
	# attaching 90 programs takes its time
	wait_for 300 test -s "$1.csv"
}

end_kvmstat() {
	local n

	n=$(wc -l <"$1.csv")
	wait_for 300 lines_of "$1.csv" $((n + 2))
	kill -INT "$kvmstat"
	wait "$kvmstat" || fail "kvmstat: status $?: $(cat "$1.err")"
	# the sum of each column: "name number"
	awk -F, 'NR == 1 { for (i = 2; i <= NF; i++) name[i] = $i; next }
		{ for (i = 2; i <= NF; i++) sum[i] += $i }
		END { for (i in name) print name[i], sum[i] + 0 }' "$1.csv" \
		>"$1.sums"
}

expect() {
	local n

	n=$(awk -v name="$2" '$1 == name { print $2 }' "$1.sums")
	[ "$n" = "$3" ] || fail "$2: counted ${n:-nothing}, and there were $3"
}

# ---- known numbers, and tracefs ----------------------------------------------------

make_instance

start_vm out=1000 in=500 write=300 read=200 hlt=100 call=$calls
start_kvmstat all -p "$vm"
if [ -n "$instance" ]; then
	echo "$vm" >"$instance/set_event_pid"
	echo 1 >"$instance/events/kvm/enable"
fi
echo go >go
wait "$vm" || fail "kvmtiny: status $?"
end_kvmstat all
grep -q "^runs=2101 io=1501 mmio=500 hlt=100\$" vm.out ||
	fail "kvmtiny: $(cat vm.out)"

expect all kvm_userspace_exit 2101
expect all 'kvm_userspace_exit(IO)' 1501
expect all 'kvm_userspace_exit(MMIO)' 500
expect all 'kvm_userspace_exit(HLT)' 100
expect all kvm_pio 1501
expect all kvm_mmio 700
expect all kvm_hypercall $calls

has_entry=0
awk '$1 == "kvm_entry" && $2 > 0 { exit 1 }' all.sums || has_entry=1
if [ $has_entry = 1 ]; then
	if grep -qw svm /proc/cpuinfo; then
		expect all 'kvm_exit(IOIO)' 1501
		expect all 'kvm_exit(HLT)' 100
		expect all 'kvm_exit(VMMCALL)' $calls
	else
		expect all 'kvm_exit(IO_INSTRUCTION)' 1501
		expect all 'kvm_exit(HLT)' 100
		expect all 'kvm_exit(VMCALL)' $calls
	fi
	# each exit has a reason
	awk '$1 == "kvm_exit" { all = $2 }
	     $1 ~ /^kvm_exit\(/ { sum += $2 }
	     END { exit all != sum }' all.sums ||
		fail "the reasons of kvm_exit do not add up"
else
	echo "the KVM of this host enters no guest: kvm_entry and kvm_exit" \
		"are left out" >&9
fi

if [ -n "$instance" ]; then
	echo 0 >"$instance/events/kvm/enable"
	grep -h '^overrun: [1-9]' "$instance"/per_cpu/cpu*/stats &&
		fail "tracefs lost events"
	cp "$instance/trace" trace
	compared=0
	while read -r event n; do
		case $event in *'('*) continue ;; esac
		traced=$(grep -cE ": $event: " trace)
		[ "$n" = "$traced" ] ||
			fail "$event: counted $n, tracefs $traced"
		[ "$n" = 0 ] || compared=$((compared + 1))
	done <all.sums
	[ $compared -ge 3 ] || fail "only $compared events to compare"
	echo "$compared events as tracefs has them"
	# none is left out
	for dir in "$tracefs"/events/kvm/*/; do
		event=$(basename "$dir")
		grep -q "^$event " all.sums || grep -q "$event is not" all.err ||
			fail "$event is not counted"
	done
fi

# ---- times -----------------------------------------------------------------------------

start_vm out=1000 write=300 hlt=100
"$iotape" kvmstat --json --vcpus -s 25 -p "$vm" -f 'kvm_userspace_exit[(]' >json 2>json.err &
kvmstat=$!
# all is attached when it waits for its delay to pass
wait_for 300 grep -q nanosleep /proc/$kvmstat/wchan
echo go >go
wait "$vm"
kill -INT $kvmstat
wait $kvmstat || fail "--json: status $?: $(cat json.err)"
n=$(grep -oE '"total":[0-9]+,"per' json | grep -oE '[0-9]+' |
	awk '{ n += $1 } END { print n + 0 }')
[ "$n" = 1401 ] || { cat json; fail "--json: $n exits"; }
if [ $has_entry = 1 ]; then
	# the last exit is followed by no entry
	for line in name pid; do	# by reason, by vCPU
		n=$(grep "^{\"$line\"" json | grep -o '"ns":{"n":[0-9]*' |
			awk -F: '{ n += $3 } END { print n }')
		[ "$n" = 1400 ] || { cat json; fail "$n times by $line"; }
	done
	grep '^{"pid".*"reason"' json | grep -qv "^{\"pid\":$vm,\"vcpu\":0," &&
		{ cat json; fail "a vCPU that is not there"; }
fi

# ---- kvm_stat's lines: "%-42s%10d%10d" -----------------------------------------------

run "$iotape" kvmstat -1
assert_status 0
bad=$(grep -vE '^.{42}[ 0-9]{9}[0-9][ 0-9]{9}[0-9]$' "$out")
[ -z "$bad" ] || fail "not kvm_stat's layout: $bad"
awk '{ print $1 }' "$out" >names
sort -c names || fail "-1 is not sorted by name"
grep -qx 'kvm_userspace_exit(MMIO)' names || fail "-1 leaves reasons out"
run "$iotape" kvmstat -1 -f 'kvm_userspace_exit'
[ "$(grep -cv '^kvm_userspace_exit' "$out")" = 0 ] || fail "-f does nothing"
run "$iotape" kvmstat -1 -f 'userspace_exit'
[ ! -s "$out" ] || fail "-f matches inside of names, kvm_stat does not"
run "$iotape" kvmstat -f help
assert_out '^  kvm_pio$'
[ "$(grep -c '(' "$out")" = 0 ] || fail "-f help lists reasons"

# ---- logs ------------------------------------------------------------------------------

start_kvmstat hup -f 'kvm_pio$'
assert_eq "$(head -n 1 hup.csv)" timestamp,kvm_pio
mv hup.csv hup.old
kill -HUP $kvmstat
wait_for 300 test -s hup.csv
assert_eq "$(head -n 1 hup.csv)" timestamp,kvm_pio "after SIGHUP"
end_kvmstat hup
n=$(wc -l <hup.csv)
"$iotape" kvmstat -c -s 0.2 -L hup.csv -f 'kvm_pio$' &
kvmstat=$!
wait_for 300 lines_of hup.csv $((n + 2))
kill -TERM $kvmstat
wait $kvmstat
[ "$(grep -c timestamp hup.csv)" = 1 ] || fail "a second line of names"
bad=$(grep -vE '^(timestamp,kvm_pio|[0-9-]{10} [0-9:]{8},[0-9]+)$' hup.csv)
[ -z "$bad" ] || fail "CSV: $bad"

"$iotape" kvmstat -l -s 0.1 -f 'kvm_(pio|msr)$' >plain &
kvmstat=$!
wait_for 300 lines_of plain 22
kill -INT $kvmstat
wait $kvmstat
[ "$(sed -n 1p plain)" = 'kvm_msr kvm_pio ' ] || fail "names: $(sed -n 1p plain)"
grep -qE '^[0-9-]{10} [0-9:]{8} [ 0-9]{9} [ 0-9]{9}$' plain ||
	fail "lines: $(sed -n 2p plain)"
[ "$(sed -n 22p plain)" = 'kvm_msr kvm_pio ' ] || fail "names come not again"

if [ -c /dev/full ]; then
	run "$iotape" kvmstat -s 0.1 -L /dev/full
	assert_status 1
	assert_one_error
fi

# ---- no tracefs ------------------------------------------------------------------

# shellcheck disable=SC2016
run unshare -m sh -c '
	umount -l /sys/kernel/debug 2>/dev/null
	umount -l /sys/kernel/tracing 2>/dev/null
	exec "$@"' sh "$iotape" kvmstat -1 -s 0.1
assert_status 0
assert_one_error
assert_err '^iotape kvmstat: kvm_exit is not counted: that wants tracefs '

# ---- debugfs ---------------------------------------------------------------------------

shut=
for file in /sys/kernel/debug/kvm/*; do
	[ ! -f "$file" ] || cat "$file" >/dev/null 2>&1 || shut=yes
done
if grep -q ' debugfs ' /proc/mounts && [ -d /sys/kernel/debug/kvm ] &&
	[ -z "$shut" ]; then
	"$kvmtiny" out=2000000000 >/dev/null &
	vm=$!
	run "$iotape" kvmstat -d -1 -p $vm
	kill $vm
	assert_status 0
	assert_out '^exits +[1-9][0-9]* +[1-9]'
	run "$iotape" kvmstat -d -f help
	assert_out '^  exits$'
else
	echo "no debugfs with kvm, or it is shut: its counters are left out" >&9
	run "$iotape" kvmstat -d -1
	assert_status 1
	assert_one_error
	assert_err 'debugfs'
fi

# ---- what is refused ---------------------------------------------------------------------

run "$iotape" kvmstat -c
assert_status 2
run "$iotape" kvmstat -z
assert_status 2
run "$iotape" kvmstat -s 26
assert_status 2
run "$iotape" kvmstat -1 -g "no-vm-of-this-name"
assert_status 1
assert_err 'no VM has this name'
run "$iotape" kvmstat -1 -p 2147483647
assert_status 1
run "$iotape" kvmstat
assert_status 1
assert_err 'no terminal'
