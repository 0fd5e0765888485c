#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# "make check-vm": all that runs in test machines, two at a time: for most of
# their time they wait for QEMU.  What a script says comes out when it has
# ended, as a whole.  Exit status: 0 passed, also where a script was skipped, 1
# otherwise.

. "${top_srcdir:-.}/tests/lib.sh"
make_workdir

# lane SCRIPT...: one after the other; what failed is named in $workdir/failed.
lane() {
	local script status

	for script; do
		bash "$top_srcdir/tests/vm/$script.sh" >"$workdir/$script" 2>&1
		status=$?
		flock "$workdir/lock" cat "$workdir/$script"
		[ $status = 0 ] || [ $status = 77 ] ||
			echo "$script" >>"$workdir/failed"
	done
}

# it fetches the kernels, which the others share
lane vmrun-check
[ ! -e "$workdir/failed" ] || fail "vmrun-check"
lane check-vm &
lane kvm-check path-check virtio-check machine-check &
wait
[ ! -e "$workdir/failed" ] || fail "failed: $(tr '\n' ' ' <"$workdir/failed")"
