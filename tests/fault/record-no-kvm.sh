# SPDX-License-Identifier: GPL-2.0
# iotape record --kvm where there is no KVM: it says so, and goes on with the
# devices.  Runs in test machines (tests/vm/kvm-check.sh), before the module is
# loaded.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command dd
[ -d /sys/kernel/tracing/events ] || skip "no tracefs to ask for KVM"
[ ! -d /sys/kernel/tracing/events/kvm ] || skip "this kernel has KVM"
make_workdir
make_loop 8M

run "$iotape" record --kvm -- true
[ "$status" = 1 ] || fail "without KVM: status $status"
grep -q 'KVM: this kernel has none' "$err" || fail "$(cat "$err")"

run "$iotape" record --kvm -o t -d "$loop" -- \
	dd if="$loop" of=/dev/null bs=4k count=8 iflag=direct
[ "$status" = 0 ] || { show_run; fail "beside a device: status $status"; }
grep -q 'KVM: this kernel has none' "$err" || fail "$(cat "$err")"
[ "$(grep -c 'KVM' "$err")" = 1 ] || fail "said more than once: $(cat "$err")"
"$iotape" parse -q -i t >text || fail "parse failed"
[ "$(grep -c ' C ' text)" = 8 ] || { cat text; fail "not 8 completions"; }
