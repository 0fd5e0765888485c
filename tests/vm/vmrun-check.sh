#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vmrun itself: output and status come through, a machine that hangs or dies
# is told as such, and a directory's name may hold blanks.

. "${top_srcdir:-.}/tests/lib.sh"
need_command qemu-system-x86_64 busybox cpio modprobe
vmrun=$top_srcdir/tests/vm/vmrun

make_workdir
mkdir 'a b,c'
cd 'a b,c' || fail "no directory"
echo before >file

# shellcheck disable=SC2016 # the guest's
run "$vmrun" -t 60 -w . -d nvme:64M -- bash -c \
	'seq 100000 | md5sum; echo "$1|$PWD" >&2; cat file; echo after >file
	 ls /sys/kernel/debug/block/nvme0n1 >/dev/null || exit 1; exit 42' \
	x "two  words'"
[ "$status" != 77 ] || skip "$(tail -n 1 "$err")"
assert_status 42
assert_out "^$(seq 100000 | md5sum)$"
assert_out '^before$'
assert_err "^two  words'\|$(printf %q "$PWD" | sed 's/\\//g')$"
assert_eq "$(cat file)" after "a file of a shared directory"

run "$vmrun" -t 3 -- sleep 100
assert_status 124

run "$vmrun" -t 60 -- 'echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger'
assert_status 125
assert_err 'sysrq triggered crash'
