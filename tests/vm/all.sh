#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# "make check-vm": all that runs in test machines, two at a time, since each is
# a thread of QEMU most of the time.  What a script says comes out when it has
# ended, as a whole.  Exit status: 0 passed, also where a script was skipped, 1
# otherwise.
#
#	IOTAPE_VM_JOBS=N	N at a time (2; 1 where there is one CPU)
#	IOTAPE_VM_ALL=1		scripts of tests/vm/machine for which one kernel
#				would do ("# kernels: one of them") on each kernel

. "${top_srcdir:-.}/tests/lib.sh"
export top_srcdir top_builddir
here=$top_srcdir/tests/vm
make_workdir
jobs=${IOTAPE_VM_JOBS:-$(nproc)}
[ "$jobs" -le 2 ] || [ -n "${IOTAPE_VM_JOBS-}" ] || jobs=2
[ "$jobs" -ge 1 ] || fail "IOTAPE_VM_JOBS=$jobs"

# run_one SCRIPT [ROW|"" KERNEL...]: what failed is named in $workdir/failed, and
# its last words are kept for the end.
run_one() {
	local log=$workdir/log.$BASHPID status start=$SECONDS
	local what="$1 ${*:3}${2:+ $2}" rows=${2:-${IOTAPE_VM_ROWS-}}

	IOTAPE_VM_ROWS=$rows bash "$here/$1.sh" "${@:3}" >"$log" 2>&1
	status=$?
	{
		cat "$log"
		echo "TIME: $what: $((SECONDS - start)) s"
	} >"$log.whole"
	flock "$workdir/lock" cat "$log.whole"
	if [ $status != 0 ] && [ $status != 77 ]; then
		echo "$what" >>"$workdir/failed"
		{ echo "FAILED: $what"; tail -n 30 "$log"; } >"$log.failed"
	fi
}

# it fetches the kernels, which the others share
run_one vmrun-check
[ ! -e "$workdir/failed" ] || fail "vmrun-check"
mapfile -t kernels < <("$here/kernel.sh" list)

# the longest ones first
start_job "$jobs" run_one check-vm
for script in kvm-check virtio-check path-check; do
	for kernel in "${kernels[@]}"; do
		start_job "$jobs" run_one $script "" "$kernel"
	done
done
nr=0
for file in "$here"/machine/*.sh; do
	wanted=("${kernels[@]}")
	# what does not depend on the kernel, on one after the other
	if [ -z "${IOTAPE_VM_ALL-}" ] && grep -q '^# kernels: one' "$file"; then
		wanted=("${kernels[nr++ % ${#kernels[@]}]}")
	fi
	for kernel in "${wanted[@]}"; do
		start_job "$jobs" run_one machine-check \
			"$(basename "$file" .sh)" "$kernel"
	done
done
wait
cat "$workdir"/log.*.failed 2>/dev/null
[ ! -e "$workdir/failed" ] ||
	fail "failed: $(paste -sd, "$workdir/failed")"
