#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tests/fault/record-no-kvm.sh, tests/fidelity/kvm.sh, kvmstat.sh, kvmstat-qmp.sh
# and kvm-stat.sh (beside the kernel's kvm_stat) in test machines, where kvm_amd
# works under QEMU's software emulation and all events fire.  A part of "make
# check-vm".
#
#	kvm-check.sh [KERNEL...]
#
# Exit status: 0 passed, 77 skipped, 1 otherwise.

. "${top_srcdir:-.}/tests/lib.sh"
here=$top_srcdir/tests/vm
need_command qemu-system-x86_64 busybox cpio modprobe
need_subcommand record kvmstat
[ -x "$top_builddir/tests/tools/kvmtiny" ] || fail "kvmtiny is not built"
[ "$(uname -m)" = x86_64 ] || skip "not an x86-64 machine"
[ $# -gt 0 ] || mapfile -t kernels < <("$here/kernel.sh" list)
[ $# = 0 ] || kernels=("$@")

make_workdir
# shellcheck disable=SC2016 # for the shell in the machine
in_guest='bash "$top_srcdir/tests/fault/record-no-kvm.sh" || exit 1
	modprobe kvm_amd || exit 77
	bash "$top_srcdir/tests/fidelity/kvm.sh" || exit 1
	mount -t debugfs none /sys/kernel/debug 2>/dev/null
	bash "$top_srcdir/tests/fidelity/kvmstat.sh" || exit 1
	# these two may have no QEMU that tells, and no kvm_stat
	bash "$top_srcdir/tests/fidelity/kvmstat-qmp.sh" || [ $? = 77 ] || exit 1
	[ -z "$1" ] || bash "$top_srcdir/tests/fidelity/kvm-stat.sh" "$1" ||
		[ $? = 77 ] || exit 1'
kvm_stat=$("$here/kvm-stat.sh") || echo "SKIP: kvm_stat: see above"
passed=0
for kernel in "${kernels[@]}"; do
	# its tables of exit reasons are those of its own kernel
	theirs=$kvm_stat
	[ "${kvm_stat##*-}" = "$kernel" ] || theirs=
	"$here/vmrun" -k "$kernel" -m 2048 -t 1500 -M loop -- \
		env top_srcdir="$top_srcdir" top_builddir="$top_builddir" \
		bash -c "$in_guest" sh "$theirs" >log 2>&1 9>&1
	status=$?
	grep -E '^(INFO|SKIP): ' log | sort -u
	case $status in
	0)
		# the machine must not have left out what this is for
		grep -q 'enters no guest' log && { cat log; fail "no guest"; }
		grep -q 'its counts are left out' log &&
			{ cat log; fail "no tracefs"; }
		passed=$((passed + 1))
		echo "PASS: $kernel kvm"
		;;
	77) echo "SKIP: $kernel kvm: $(tail -n 1 log)" ;;
	*)
		cat log
		fail "$kernel kvm: status $status"
		;;
	esac
done
[ $passed -gt 0 ] || skip "no test machine could run it"
