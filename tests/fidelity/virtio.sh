# SPDX-License-Identifier: GPL-2.0
# iotape record --virtio and iotape virtiostat in a guest with real virtio
# devices: bytes against what the workload moved.
#
# It overwrites /dev/vda, so this is for a test machine of tests/vm/vmrun, with a
# disk -d virtio:64M that is thrown away at the end, and for nothing else.
# Anywhere else only what is said is tested.
. "${top_srcdir:-.}/tests/lib.sh"
need_bpf
need_command dd
need_subcommand virtiostat
make_workdir

# vmrun leaves /vmrun in its machines, and their hostname.
if [ ! -e /vmrun/command ] || [ "$(hostname)" != testvm ]; then
	run "$iotape" record --virtio -o t -w 1
	[ "$status" = 0 ] && exit 0
	assert_status 1
	assert_one_error
	assert_err '^iotape record: .*(fentry|kprobe)'
	exit 0
fi
[ -b /dev/vda ] || skip "there is no /dev/vda"
[ "$(cat /sys/block/vda/size)" -le 131072 ] &&
	! grep -q '^/dev/vda' /proc/mounts ||
	fail "/dev/vda is not the empty disk of 64 MiB that vmrun makes"
way=${IOTAPE_VIRTIO:-any}

# The number of a field of a JSON table: field FILE DRIVER NAME FIELD, summed
# over the queues whose name begins with NAME.
field() {
	grep "\"driver\":\"$2\"" "$1" | grep "\"name\":\"$3" |
		grep -o "\"$4\":[0-9]*" | awk -F: '{ n += $2 } END { print n + 0 }'
}

# expect FILE DRIVER NAME FIELD WANTED
expect() {
	local n

	n=$(field "$@")
	[ "$n" = "$5" ] || { cat "$1"; fail "$way: $2 $3 $4: $n, not $5"; }
}

# ---- a disk -----------------------------------------------------------------------

# 100 reads of 64 KiB and 50 writes of 128 KiB.  Each request has a header of 16
# bytes (struct virtio_blk_outhdr) and a status byte.
disk() {
	dd if=/dev/vda of=/dev/null bs=64k count=100 iflag=direct &&
		dd if=/dev/zero of=/dev/vda bs=128k count=50 oflag=direct
}

check_disk() {
	expect "$1" virtio_blk req adds 150
	expect "$1" virtio_blk req gets 150
	expect "$1" virtio_blk req in_bytes $((100 * 65536 + 150))
	expect "$1" virtio_blk req out_bytes $((50 * 131072 + 150 * 16))
	expect "$1" virtio_blk req used_bytes $((100 * 65536 + 150))
	expect "$1" virtio_blk req in_sgs 250
	expect "$1" virtio_blk req out_sgs 200
	expect "$1" virtio_blk req in_flight 0
	expect "$1" virtio_blk req cut 0
}

# One queue: no driver's own requests (a cache's, a partition's) come between.
disk >/dev/null 2>&1 || fail "dd failed"
"$iotape" record --virtio -o t -- bash -c "$(declare -f disk); disk" \
	>rec.out 2>&1 || { cat rec.out; fail "$way: record: status $?"; }
"$iotape" virtiostat --json --latency --input t.virtio >json ||
	{ cat json; fail "virtiostat: status $?"; }
check_disk json
expect json virtio_blk req unpaired 0
grep '"driver":"virtio_blk"' json | grep -o '"ns":{"n":[0-9]*' |
	awk -F: '{ n += $3 } END { exit n != 150 }' || fail "not 150 times"
[ "$(field json virtio_blk req kicks)" -ge 1 ] || fail "no kicks"
[ "$(field json virtio_blk req notifies)" -ge 1 ] || fail "no notifications"

# the request that each buffer carries: disk 254:0, say, and its sectors
"$iotape" parse -q --all -i t.virtio >text || fail "parse failed"
dev=$(stat -c '%t %T' /dev/vda)
dev=$((0x${dev% *} << 20 | 0x${dev#* }))
for i in 0 1 50 99; do
	grep -q "virtio_add .* disk=$dev op=0 bytes=65536 sector=$((i * 128)) " \
		text || fail "no read at sector $((i * 128))"
done
grep -q "virtio_add .* disk=$dev op=1 bytes=131072 sector=$((49 * 256)) " \
	text || fail "no write at sector $((49 * 256))"
echo "INFO: $way: virtio_blk: 150 requests, bytes and sectors as moved"

# ---- drivers by name ---------------------------------------------------------------

"$iotape" record --virtio=virtio_net -o no -- bash -c "$(declare -f disk); disk" \
	>rec.out 2>&1 || { cat rec.out; fail "$way: record: status $?"; }
[ "$("$iotape" parse -q --all -i no.virtio | grep -c '"virtio_blk"')" = 0 ] ||
	fail "virtio_blk was not asked for"

# ---- live ---------------------------------------------------------------------------

# live FILE OPTION...: counts until the workload in $work is done.
live() {
	local file=$1 pid i

	shift
	env --default-signal "$iotape" virtiostat "$@" >"$file" 2>"$file.err" &
	pid=$!
	at_exit sh -c "kill $pid 2>/dev/null || :"
	for i in $(seq 300); do
		grep -qs '^Tracing' "$file" "$file.err" && break
		kill -0 $pid 2>/dev/null || break
		sleep 0.2
	done
	sleep 0.2
	eval "$work"
	sleep 0.5
	kill -INT $pid
	wait $pid || { cat "$file.err"; fail "$way: virtiostat $*: status $?"; }
}

work='disk >/dev/null 2>&1'
live json --json --latency -d virtio_blk
check_disk json
[ "$(grep -c '"driver"' json)" = "$(grep -c virtio_blk json)" ] ||
	fail "-d virtio_blk shows others"

# the table, column for column
live table
awk '$1 == "virtio_blk" { in_sgs += $4; out_sgs += $5; in_bw += $6; out_bw += $7 }
	END { print in_sgs, out_sgs, in_bw, out_bw }' table >sums
[ "$(cat sums)" = "250 200 $((100 * 65536 + 150)) $((50 * 131072 + 2400))" ] ||
	{ cat table; fail "$way: the table says $(cat sums)"; }
grep -q '^  9pnet_virtio .* requests ' table || echo "INFO: no 9p here"
cat table

# ---- other devices ------------------------------------------------------------------

if [ -b /dev/sda ]; then
	work='dd if=/dev/sda of=/dev/null bs=64k count=100 iflag=direct 2>/dev/null'
	live json --json -d virtio_scsi
	n=$(field json virtio_scsi request in_bytes)
	# a response of 108 bytes (struct virtio_scsi_cmd_resp) with each
	[ "$n" = $((100 * 65536 + 100 * 108)) ] ||
		{ cat json; fail "$way: virtio_scsi: $n bytes"; }
	echo "INFO: $way: virtio_scsi: 100 requests, bytes as moved"
fi
if [ -c /dev/hwrng ] && grep -q virtio /sys/class/misc/hw_random/rng_current; then
	work='dd if=/dev/hwrng of=/dev/null bs=64 count=100 2>/dev/null'
	live json --json -d virtio_rng
	[ "$(field json virtio_rng input used_bytes)" -ge 6400 ] ||
		{ cat json; fail "$way: virtio_rng"; }
	echo "INFO: $way: virtio_rng: $(field json virtio_rng input used_bytes)" \
		"bytes for 6400 that were read"
fi
if [ -c /dev/vport0p1 ]; then
	# the command's own output goes through a port of virtio_console
	work='head -c 100000 /dev/zero | tr "\\0" x >/dev/vport0p1'
	live json --json -d virtio_console
	n=$(field json virtio_console output out_bytes)
	[ "$n" -ge 100000 ] && [ "$n" -lt 110000 ] ||
		{ cat json; fail "$way: virtio_console: $n bytes"; }
	echo "INFO: $way: virtio_console: $n bytes for 100000 that were written"
fi
net=$(basename "$(ls -d /sys/bus/virtio/drivers/virtio_net/virtio*/net/* \
	2>/dev/null | head -n 1)" 2>/dev/null)
if [ -n "$net" ]; then
	ip link set "$net" up && ip addr add 10.0.2.15/24 dev "$net"
	ip neigh replace 10.0.2.2 lladdr 52:55:0a:00:02:02 dev "$net"
	sleep 2
	sent() { cat "/sys/class/net/$net/statistics/tx_bytes"; }
	work='before=$(sent)
		for i in $(seq 100); do head -c 1000 /dev/zero >/dev/udp/10.0.2.2/9; done
		moved=$(($(sent) - before))'
	live json --json -d virtio_net
	n=$(field json virtio_net output out_bytes)
	k=$(field json virtio_net output adds)
	# a header with each packet: 12 bytes (virtio_net_hdr_v1), and a few
	# packets of the system around the workload
	d=$((n - moved - 12 * k))
	[ "$k" -ge 100 ] && [ $d -ge 0 ] && [ $d -le 2000 ] ||
		{ cat json; fail "$way: virtio_net: $n bytes in $k buffers," \
			"and $moved were sent"; }
	echo "INFO: $way: virtio_net: $n bytes in $k buffers, $moved were sent"
fi
exit 0
