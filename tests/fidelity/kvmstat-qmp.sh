# SPDX-License-Identifier: GPL-2.0
# iotape kvmstat --qmp against a real QEMU with KVM: its firmware runs, the
# machine is stopped, and then each of KVM's counters must be what a client of
# QMP in Python gets, and what debugfs has where it is open.
#
#	bash tests/fidelity/kvmstat-qmp.sh	in a test machine as well, after
#						modprobe kvm_amd or kvm_intel
. "${top_srcdir:-.}/tests/lib.sh"
need_bpf
need_subcommand kvmstat
need_command qemu-system-x86_64 python3
[ -c /dev/kvm ] || skip "there is no /dev/kvm"
make_workdir

# "cpu qemu64": also where /dev/kvm is a software one
qemu-system-x86_64 -name guest=qmp-$$ -accel kvm -cpu qemu64 -smp 2 -m 64 \
	-display none -monitor none -nodefaults \
	-qmp unix:socket,server=on,wait=off >qemu.log 2>&1 </dev/null &
qemu=$!
at_exit sh -c "kill $qemu 2>/dev/null || :"
for ((i = 0; i < 600; i++)); do
	[ ! -S socket ] || break
	kill -0 $qemu 2>/dev/null ||
		skip "QEMU cannot use KVM here: $(tail -n 1 qemu.log)"
	sleep 0.1
done
[ -S socket ] || fail "QEMU opens no socket: $(cat qemu.log)"

# qmp COMMAND...: runs them; of query-stats, "name sum-over-vCPUs" lines of what
# is one number.
qmp() {
	timeout 120 python3 - "$@" <<'END'
import json, socket, sys

s = socket.socket(socket.AF_UNIX)
s.connect("socket")
f = s.makefile("rw")

def ask(command, **arguments):
    json.dump({"execute": command, "arguments": arguments}, f)
    f.write("\n")
    f.flush()
    while True:
        answer = json.loads(f.readline())
        if "return" in answer:
            return answer["return"]
        if "error" in answer:
            print(answer["error"], file=sys.stderr)
            sys.exit(1)

json.loads(f.readline())    # the greeting
ask("qmp_capabilities")
sums = {}
for command in sys.argv[1:]:
    if command != "query-stats":
        ask(command)
        continue
    for target in "vm", "vcpu":
        for part in ask(command, target=target):
            for stat in part["stats"]:
                if type(stat["value"]) is int:
                    sums[stat["name"]] = sums.get(stat["name"], 0) + stat["value"]
for name in sorted(sums):
    print(name, sums[name])
END
}

# ---- while it runs -----------------------------------------------------------

for ((i = 0; i < 300; i++)); do
	qmp query-stats >wanted 2>log || skip "this QEMU has no query-stats: $(cat log)"
	! awk '$1 == "exits" && $2 > 1000 { exit 1 }' wanted || { sleep 0.2; continue; }
	break
done
[ -s wanted ] || skip "this QEMU has no counters of KVM"
run "$iotape" kvmstat --qmp socket -1
assert_status 0
assert_out '^exits +[0-9]+ +[0-9]+$'
bad=$(grep -vE '^.{42}[ 0-9]{9}[0-9][ 0-9]{9}[0-9]$' "$out")
[ -z "$bad" ] || fail "not kvm_stat's layout: $bad"

# ---- and when it stands still --------------------------------------------------

qmp stop query-stats >wanted || fail "QMP: stop"
[ "$(wc -l <wanted)" -ge 10 ] || { cat wanted; fail "few counters"; }

# same NAME OPTION...: -1 is what is wanted, and nothing moves
same() {
	"$iotape" kvmstat "${@:2}" -i -1 >table 2>table.err ||
		fail "kvmstat ${*:2}: status $?: $(cat table.err)"
	awk '{ print $1, $2 }' table | sort >"$1"
	awk '$3 != 0 { print; bad = 1 } END { exit bad }' table ||
		fail "$1: it moves in a machine that was stopped"
}
same qmp --qmp socket
sort wanted | diff - qmp || fail "the counters differ from those of QMP"
echo "INFO: $(wc -l <wanted) counters as QMP has them"

run "$iotape" kvmstat --qmp socket -1
assert_status 0
awk '$2 != 0 { print; bad = 1 } END { exit bad }' "$out" ||
	fail "without -i it does not begin at 0"
run "$iotape" kvmstat --qmp socket -1 -f 'exits$'
assert_eq "$(wc -l <"$out")" 1 "lines with -f"

if head -c 1 /sys/kernel/debug/kvm/exits >/dev/null 2>&1; then
	same debugfs -d -p $qemu
	# each has some that the other one has not
	join wanted debugfs >both
	[ "$(wc -l <both)" -ge 10 ] || { cat debugfs; fail "few in debugfs"; }
	awk '$2 != $3 { print; bad = 1 } END { exit bad }' both ||
		fail "QMP and debugfs differ"
	echo "INFO: $(wc -l <both) of them as debugfs has them"
fi

# ---- what goes wrong -------------------------------------------------------------

kill $qemu
wait $qemu 2>/dev/null
run "$iotape" kvmstat --qmp socket -1
assert_status 1
assert_one_error
