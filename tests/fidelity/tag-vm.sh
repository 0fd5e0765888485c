# SPDX-License-Identifier: GPL-2.0
# Whose I/O it is on a host of virtual machines: two real ones of QEMU read
# their disks, with KVM where that is, and the host reads the same device.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_subcommand tag
need_command dd losetup qemu-system-x86_64 od
make_workdir
make_loop 64M

accel=tcg
[ ! -w /dev/kvm ] || accel=kvm:tcg
# a boot sector that reads itself again by the BIOS, 64 times, and then waits:
# mov cx,64 / (push cx / mov ax,0x0201 / mov bx,0x7e00 / mov cx,2 /
# mov dx,0x0080 / int 0x13 / pop cx / loop) / jmp $
printf '\xb9\x40\x00\x51\xb8\x01\x02\xbb\x00\x7e\xb9\x02\x00\xba\x80\x00\xcd\x13\x59\xe2\xee\xeb\xfe' |
	dd of="$loop" conv=notrunc oflag=direct,sync iflag=fullblock \
		bs=512 count=1 conv=sync 2>/dev/null || fail "dd"
printf '\x55\xaa' | dd of="$loop" bs=1 seek=510 conv=notrunc,fsync 2>/dev/null ||
	fail "dd"

# vm NAME: boots from the device, until it is ended
vm() {
	exec timeout -s TERM 90 qemu-system-x86_64 -machine accel="$accel" -m 64 \
		-nodefaults -display none -name "guest=$1,debug-threads=on" \
		-drive "file=$loop,format=raw,cache=none,if=ide,read-only=off,file.locking=off" \
		</dev/null 2>>vm.err
}
export -f vm
export loop accel
# shellcheck disable=SC2016 # for the inner shell
timeout 120 "$iotape" record -D rec -o t -d "$loop" -- bash -c '
	reads() { awk "{ print \$1 }" "/sys/block/${loop#/dev/}/stat"; }
	begin=$(reads)
	vm web & vm db & sleep 1
	dd if="$loop" of=/dev/null bs=4k count=10 iflag=direct 2>/dev/null
	# both boot sectors are done, or a minute is over
	for i in $(seq 600); do
		[ $(($(reads) - begin)) -lt 150 ] || break
		sleep 0.1
	done
	kill $(jobs -p)
	wait; true' >out.txt 2>err.txt || { cat err.txt; fail "record: $?"; }
# Some QEMUs cannot run here at all
"$iotape" parse -i rec/t | grep -q 'qemu\|worker\|IO mon_iothread' ||
	skip "QEMU did no I/O: $(head -c 300 vm.err)"

run "$iotape" tag --tag-by vm --format summary rec/t
assert_status 0
cat "$out"
for name in web db; do
	nr=$(awk -F '\t' -v name="$name" '$3 == name { print $1 }' "$out")
	[ "${nr:-0}" -gt 50 ] || fail "$name: ${nr:-0} I/Os, over 50 are wanted"
done
nr=$(awk -F '\t' '$3 == "host" { print $1 }' "$out")
[ "${nr:-0}" -ge 10 ] || fail "host: ${nr:-0} I/Os, 10 at least are wanted"
[ -z "$(awk -F '\t' 'NR > 1 && $3 != "web" && $3 != "db" && $3 != "host"' \
	"$out")" ] || fail "others: $(cat "$out")"

# the same in stat
run "$iotape" stat --tag-by vm rec/t
assert_out '^  web +read '
