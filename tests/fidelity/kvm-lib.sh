# SPDX-License-Identifier: GPL-2.0
# Helpers of the tests with virtual machines whose exits are known
# (tests/tools/kvmtiny.c), after tests/lib.sh.

# need_kvmtiny: skips where no VM can be made.  Its path is in $kvmtiny; $calls
# hypercalls may be asked for.
need_kvmtiny() {
	[ -c /dev/kvm ] || skip "there is no /dev/kvm"
	kvmtiny=$top_builddir/tests/tools/kvmtiny
	"$kvmtiny" >/dev/null 2>log
	case $? in
	0) ;;
	77) skip "no virtual machine can be made: $(cat log)" ;;
	*) fail "kvmtiny: $(cat log)" ;;
	esac
	# the software /dev/kvm of some hosts knows no hypercalls, that of others
	# does them again and again
	calls=30
	timeout 10 "$kvmtiny" call=1 >/dev/null 2>&1 || calls=0
}

# start_vm OPTION...: a kvmtiny that waits for "go"; its id is in $vm, and its
# output will be in vm.out.
start_vm() {
	rm -f go
	mkfifo go
	# shellcheck disable=SC2016 # for that shell
	sh -c 'read -r word <go && exec "$@"' sh "$kvmtiny" "$@" >vm.out &
	vm=$!
	at_exit sh -c "kill $vm 2>/dev/null || :"
}

# make_instance: one of tracefs, for what KVM traces at the same time.  Its
# path is in $instance, or "" where there is none.
make_instance() {
	use_tracefs
	instance=$tracefs/instances/iotape-test.$$
	if [ -d $tracefs/events/kvm ] && mkdir "$instance" 2>/dev/null; then
		at_exit rmdir "$instance"
		echo 16384 >"$instance/buffer_size_kb"
		# it begins with the options that somebody else set
		echo 0 >"$instance/options/bin"
		echo 1 >"$instance/options/context-info"
		at_exit sh -c "echo 0 >'$instance/events/kvm/enable'"
	else
		instance=''
		echo "no tracefs with KVM: its counts are left out" >&9
	fi
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	wait_until "$@" || fail "in vain: ${*:2}"
}

# lines_of FILE N: it has N lines at least.
lines_of() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}
