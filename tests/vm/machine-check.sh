#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What can happen to a recording and must not happen to the machine that runs
# the tests: CPUs that come and go, devices that are pulled out, a disk with
# errors, a clock that jumps.  Each file of tests/vm/machine is run in a test
# machine of its own.  A part of "make check-vm".
#
#	machine-check.sh [KERNEL...]
#
# Exit status: 0 passed, 77 skipped, 1 otherwise.  Environment:
#
#	IOTAPE_VM_ROWS	names of files of tests/vm/machine: only these

. "${top_srcdir:-.}/tests/lib.sh"
here=$top_srcdir/tests/vm
need_command qemu-system-x86_64 busybox cpio modprobe fio
need_subcommand record parse verify
[ -x "$top_builddir/tests/tools/trace-facts" ] ||
	fail "trace-facts is not built"
[ $# -gt 0 ] || mapfile -t kernels < <("$here/kernel.sh" list)
[ $# = 0 ] || kernels=("$@")
make_workdir

passed=0 failed=0
for kernel in "${kernels[@]}"; do
	for script in "$here"/machine/*.sh; do
		name=$(basename "$script" .sh)
		[ -z "${IOTAPE_VM_ROWS-}" ] ||
			[[ " $IOTAPE_VM_ROWS " == *" $name "* ]] || continue
		# "# vmrun: OPTION...", the machine that it wants
		read -ra options < <(sed -n 's/^# vmrun: //p' "$script")
		"$here/vmrun" -k "$kernel" -m 1536 -t 900 \
			${options[@]+"${options[@]}"} -- \
			env top_srcdir="$top_srcdir" \
			top_builddir="$top_builddir" bash "$script" \
			>log 2>&1 9>&1
		status=$?
		grep -a INFO: log
		case $status in
		0)
			passed=$((passed + 1))
			echo "PASS: $kernel $name"
			;;
		77) echo "SKIP: $kernel $name: $(tail -n 1 log)" ;;
		*)
			grep -av '^0*$' log
			failed=$((failed + 1))
			echo "FAIL: $kernel $name: status $status"
			;;
		esac
	done
done
[ $failed = 0 ] || fail "$failed failed"
[ $passed -gt 0 ] || skip "no test machine could run it"
