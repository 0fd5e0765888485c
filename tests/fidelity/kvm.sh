# SPDX-License-Identifier: GPL-2.0
# iotape record --kvm against a virtual machine whose exits are known
# (tests/tools/kvmtiny.c), and against what tracefs counts at the same time.
#
#	bash tests/fidelity/kvm.sh		in a test machine as well, after
#						modprobe kvm_amd or kvm_intel
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fidelity/kvm-lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_subcommand kvmstat
make_workdir
need_kvmtiny

# ---- what tracefs counts -------------------------------------------------------

make_instance

# ---- one recording ---------------------------------------------------------------

# rec DIR OPTION...: records kvmtiny; the private records are in DIR/notes.
rec() {
	local dir=$1

	shift
	"$iotape" record -D "$dir" "$@" -- "$kvmtiny" out=1000 in=500 \
		write=300 read=200 hlt=100 call=$calls >"$dir.out" 2>"$dir.err" ||
		fail "iotape record $*: status $?: $(cat "$dir.err")"
	grep -q "^runs=2101 io=1501 mmio=500 hlt=100\$" "$dir.out" ||
		fail "kvmtiny: $(cat "$dir.out")"
	"$facts" --notes "$dir"/*kvm.blktrace.* >"$dir/notes" ||
		fail "trace-facts failed"
}

# count DIR REGEX: records that begin like that.
count() {
	grep -cE "^note [0-9]+ $2" "$1/notes"
}

expect() {
	local n

	n=$(count "$1" "$2")
	[ "$n" = "$3" ] || fail "$2: $n records, and there were $3"
}

[ -z "$instance" ] || echo 1 >"$instance/events/kvm/enable"
rec all --kvm
[ -z "$instance" ] || echo 0 >"$instance/events/kvm/enable"

expect all 'kvm_userspace_exit ' 2101
expect all 'kvm_userspace_exit .* reason=2 error=0 \(IO\)' 1501
expect all 'kvm_userspace_exit .* reason=6 error=0 \(MMIO\)' 500
expect all 'kvm_userspace_exit .* reason=5 error=0 \(HLT\)' 100
expect all 'kvm_pio .* write=1 port=16 size=1 count=1 value=100' 1000
expect all 'kvm_pio .* write=0 port=17 size=1 count=1 ' 500
expect all 'kvm_pio .* write=1 port=244 ' 1
expect all 'kvm_pio ' 1501
# a read is there twice: before the VMM answers it, and after
expect all 'kvm_mmio .* type=2 len=1 gpa=32768 ' 300
expect all 'kvm_mmio .* type=0 len=1 gpa=32768 value=0' 200
expect all 'kvm_mmio .* type=1 len=1 gpa=32768 ' 200
expect all 'kvm_mmio ' 700
# the first one; then eax is what KVM answered
expect all 'kvm_hypercall .* nr=100 ' $((calls > 0))
expect all 'kvm_hypercall ' $calls
# one VM, and its records say which
[ "$(sed -n 's/.* \(vm=[0-9]*\) .*/\1/p' all/notes | sort -u | wc -l)" = 1 ] ||
	fail "more than one VM: $(sed -n 's/.* \(vm=[0-9]*\) .*/\1/p' \
		all/notes | sort | uniq -c)"
vm=$(sed -n 's/.* process tid=\([0-9]*\) .* comm="kvmtiny".*/\1/p' all/notes)
expect all "kvm_pio vm=$vm " 1501

entries=$(count all 'kvm_entry .* vcpu=1 ')
exits=$(count all 'kvm_exit .* vcpu=1 ')
if [ "$entries" -gt 0 ]; then
	# interrupts of the host add some
	[ "$exits" -ge $((1000 + 500 + 300 + 100 + calls)) ] ||
		fail "$exits kvm_exit"
	[ "$entries" = "$exits" ] || fail "$entries entries, $exits exits"
else
	echo "the KVM of this host enters no guest: kvm_entry and kvm_exit" \
		"are left out" >&9
fi

if [ -n "$instance" ]; then
	grep -h '^overrun: [1-9]' "$instance"/per_cpu/cpu*/stats &&
		fail "tracefs lost events"
	for event in entry exit userspace_exit pio mmio fast_mmio set_irq \
		msi_set_irq inj_virq hypercall msr page_fault halt_poll_ns \
		vcpu_wakeup ack_irq eoi; do
		# only this VM: others may run here
		n=$(grep -cE -- "-$vm +.*: kvm_$event: " "$instance/trace")
		expect all "kvm_$event vm=$vm " "$n"
	done
fi

# ---- the table -------------------------------------------------------------------

"$iotape" kvmstat -1 -p "$vm" --input all/kvm >table || fail "kvmstat: status $?"
for line in 'kvm_userspace_exit 2101' 'kvm_userspace_exit(IO) 1501' \
	'kvm_userspace_exit(MMIO) 500' 'kvm_userspace_exit(HLT) 100' \
	'kvm_pio 1501' 'kvm_mmio 700'; do
	awk '{ print $1, $2 }' table | grep -qxF "$line" ||
		{ cat table; fail "not in the table: $line"; }
done
if [ "$entries" -gt 0 ]; then
	# each return from user space is followed by an entry, except the last
	"$iotape" kvmstat --json -f 'kvm_userspace_exit[(]' --input all/kvm >json
	n=$(grep -o '"ns":{"n":[0-9]*' json | awk -F: '{ n += $3 } END { print n }')
	[ "$n" = 2100 ] || { cat json; fail "$n times"; }
fi

# ---- events by name, beside a device ----------------------------------------------

rec some --kvm=kvm_pio,mmio -o t
expect some 'kvm_pio ' 1501
expect some 'kvm_mmio ' 700
expect some 'kvm_userspace_exit ' 0
[ -s some/t.kvm.blktrace.0 ] || fail "no t.kvm.blktrace.0"

if losetup -f >/dev/null 2>&1; then
	make_loop 8M
	rec both --kvm=pio -o t -d "$loop"
	expect both 'kvm_pio ' 1501
	[ -s both/t.blktrace.0 ] || fail "no t.blktrace.0 beside KVM"
else
	echo "no loop device: KVM beside a device is left out" >&9
fi

# ---- one VM of several ---------------------------------------------------------------

cp "$kvmtiny" vm-$$
for name in vm-$$ kvmtiny; do
	path=$kvmtiny
	[ "$name" = kvmtiny ] || path=./$name
	"$path" out=2000000000 >/dev/null &
	at_exit eval "kill $! 2>/dev/null || :"
	[ "$name" = kvmtiny ] || vm=$!
done
"$iotape" record --kvm=pio --vm vm-$$ -D one -w 1 >/dev/null 2>one.err
"$facts" --notes one/*kvm.blktrace.* >one/notes
kill %% %- 2>/dev/null
n=$(count one 'kvm_pio ')
[ "$n" -gt 0 ] || fail "--vm: nothing is recorded"
expect one "kvm_pio vm=$vm " "$n"
"$iotape" kvmstat -1 --vm vm-$$ --input one/kvm >table
counted=$(awk '$1 == "kvm_pio" { print $2 }' table)
[ "$counted" = "$n" ] ||
	fail "kvmstat --vm vm-$$ counts ${counted:-no} kvm_pio of $n"
"$iotape" kvmstat --input one/kvm >table
counted=$(awk -v name="vm-$$" -v pid="$vm" '$1 == name && $2 == pid { print $3 }' \
	table)
[ "$counted" = "$n" ] || { cat table
	fail "kvmstat has ${counted:-no} events of vm-$$ $vm, and there were $n"; }
grep -q 'no virtual machine' one.err && fail "--vm: $(cat one.err)"

# a process that is none is said to be none
run "$iotape" record --kvm=pio --vm $$ -D none -w 1
assert_status 0
assert_err "^iotape record: --vm $$: this process \(bash\) has no virtual machine now"

run "$iotape" record --kvm --vm no-vm-of-this-name -w 1
assert_status 1
assert_one_error
run "$iotape" record --vm 1
assert_status 2

# ---- losses: small rings -----------------------------------------------------------

"$iotape" record --kvm=pio -b 4 -n 1 -D lossy -- "$kvmtiny" out=200000 \
	>lossy.out 2>&1
status=$?
"$facts" --notes lossy/kvm.blktrace.* >lossy/notes
lost=$(sed -n 's/.* loss .* count=\([0-9]*\) .*/\1/p' lossy/notes |
	awk '{ n += $1 } END { print n + 0 }')
if [ "$lost" = 0 ]; then
	[ $status = 0 ] || fail "nothing lost, status $status"
else
	[ $status = 3 ] || fail "$lost lost, status $status"
fi
expect lossy 'kvm_pio ' $((200001 - lost))

run "$iotape" record --kvm=nothing
[ "$status" = 2 ] || fail "--kvm=nothing: status $status"
