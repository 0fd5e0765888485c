# SPDX-License-Identifier: GPL-2.0
# The screen of iotape kvmstat in tmux, 80 x 24: every key, a VM that dies and
# comes again, and the terminal afterwards, also after SIGKILL.
. "${top_srcdir:-.}/tests/lib.sh"
need_bpf
need_command tmux stty
[ -c /dev/kvm ] || skip "there is no /dev/kvm"
make_workdir
use_tracefs

# a name of its own: other VMs may run here
vmname=vm-$$
cp "$top_builddir/tests/tools/kvmtiny" "$vmname"
"./$vmname" >/dev/null 2>log
case $? in
0) ;;
77) skip "no virtual machine can be made: $(cat log)" ;;
*) fail "kvmtiny: $(cat log)" ;;
esac

tmux_() {
	tmux -L "iotape-$$" -f /dev/null "$@"
}
at_exit eval 'tmux_ kill-server 2>/dev/null || :'

start_vm() {
	"./$vmname" out=2000000000 >/dev/null 2>&1 &
	vm=$!
	at_exit eval "kill $vm 2>/dev/null || :"
}

# start_screen OPTION...: what is left of the terminal is shown at its end.
start_screen() {
	cat >run.sh <<-EOF
		stty -a | sed 1d >before
		echo first line
		"$iotape" kvmstat "\$@"
		status=\$?
		# a killed one's terminal is put right while the shell goes on
		[ \$status -lt 128 ] || sleep 2
		stty -a | sed 1d >after
		echo "status \$status"
		exec sleep 1000
	EOF
	rm -f before after
	tmux_ new-session -d -x 80 -y 24 -s t bash run.sh "$@" ||
		skip "tmux cannot run here"
}

end_screen() {
	tmux_ kill-session -t t
}

keys() {
	tmux_ send-keys -t t "$@"
}

# expect REGEX: the screen shows it, soon; it is in the file screen.
expect() {
	local i

	for ((i = 0; i < 200; i++)); do
		tmux_ capture-pane -p -t t >screen
		grep -qE -e "$1" screen && return
		sleep 0.1
	done
	cat screen
	fail "the screen never shows: $1"
}

# expect_not REGEX: it goes, soon.
expect_not() {
	local i

	for ((i = 0; i < 200; i++)); do
		tmux_ capture-pane -p -t t >screen
		grep -qE -e "$1" screen || return
		sleep 0.1
	done
	cat screen
	fail "the screen shows for ever: $1"
}

start_vm
start_screen -s 0.5 -p $vm
expect "^kvm statistics - pid $vm \($vmname\)"
expect '^ Event {41}Total %Total CurAvg/s$'
# kvm_stat's line: "%-40s %10d%7.1f %8s"
expect '^ kvm_pio {33} [ 0-9]{10}[ 0-9.]{7} [ 0-9]{8}$'
expect '^ Total .{34} [ 0-9]{10} {8}[ 0-9]{7}[0-9]$'
[ "$(wc -L <screen)" -le 80 ] || fail "wider than 80 columns"
grep -q '(' <(sed 1d screen) && fail "reasons are shown without x"

keys x
expect '^   kvm_userspace_exit\(IO\)'
keys x
expect_not '^   kvm_userspace_exit\(IO\)'

keys o
expect '^ kvm_'
keys o

keys f
expect 'matching a regex'
keys -l 'kvm_pio('
keys Enter
expect '"kvm_pio\(": Not a valid regular expression'
keys -l 'kvm_pio'
keys BSpace
keys -l 'o'
keys Enter
expect 'regex filter: kvm_pio$'
expect '^ kvm_pio '
expect_not '^ kvm_userspace_exit'

keys b
expect '^ Guest Name '
expect "^ $vmname "
keys b
expect '^ Event '

keys t
expect 'Until the next entry \(us\)'
keys t
expect '^ Event '

keys v
expect '^     Pid vCPU Until next entry \(us\) '
[ "$(wc -L <screen)" -le 80 ] || fail "vCPUs are wider than 80 columns"
keys t
expect '^ Until the next entry'
keys v
expect '^     Pid vCPU '
keys v
expect '^ Event '

keys h
expect '^Interactive commands reference'
expect '^   x     toggle reporting'
keys h
expect '^kvm statistics'

keys s
expect 'Change delay from 0.5s to'
keys -l '99'
keys Enter
expect '"99": Delay must be 0.1 to 25.5'
keys -l '0.2'
keys Enter
expect '^kvm statistics'

keys c
expect '^kvm statistics - summary'
expect '^ kvm_userspace_exit '
grep -q 'regex filter' screen && fail "c leaves the regex"

keys g
expect 'Guest or pid \[ENTER exits\]:'
expect "^ +$vm  $vmname"
keys -l 'no-such-vm'
keys Enter
expect 'no-such-vm: no VM has this name'
keys -l "$vmname"
keys Enter
expect "^kvm statistics - pid $vm \($vmname\)"
keys p
expect 'Guest or pid'
keys Escape
expect "^kvm statistics - pid $vm"

total() {
	awk '$1 == "Total" { print $2 }' screen
}
expect '^ Total '
before=$(total)
keys r
sleep 0.3
expect '^ Total '
[ "$(total)" -lt $((before + 1000000000)) ] || fail "r does not reset"

# ---- the VM goes, and one of its name comes ------------------------------------------

old=$vm
kill "$old"
wait "$old" 2>/dev/null
expect 'Guest is DEAD'
expect "^kvm statistics - pid $old"
start_vm
expect "^kvm statistics - pid $vm \($vmname\)"
expect_not 'Guest is DEAD'
expect '^ kvm_pio '

tmux_ resize-window -t t -x 60 -y 10 2>/dev/null && expect '^ kvm_pio '

# ---- the terminal afterwards -----------------------------------------------------------

keys q
expect '^status 0$'
expect '^first line$'
assert_same before after
end_screen

# @1: the signal, @2: the status that is shown
for row in INT:0 TERM:0 HUP:0 KILL:137 SEGV:139; do
	start_screen -s 0.5
	expect '^kvm statistics'
	expect '^ kvm_|No matching'
	pane=$(tmux_ display-message -p -t t '#{pane_pid}')
	child=$(pgrep -P "$pane" -f kvmstat | head -n 1)
	kill -s "${row%:*}" "$child"
	# the shell may write before the guard has given the terminal back
	expect "^ *status ${row#*:}\$"
	expect '^first line$'
	sleep 0.5
	tmux_ send-keys -t t -l x
	assert_same before after
	end_screen
done

kill "$vm"
TERM=no-such-terminal run "$iotape" kvmstat
assert_status 1
assert_one_error
