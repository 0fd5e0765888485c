# SPDX-License-Identifier: GPL-2.0
# iotape record --virtio and iotape virtiostat in a guest with real virtio
# devices: bytes against what the workload moved.  One workload on all devices
# is recorded, and counted live by two others at the same time.
#
#	bash tests/fidelity/virtio.sh [DIR]
#
# It overwrites /dev/vda, so this is for a test machine of tests/vm/vmrun, with a
# disk -d virtio:64M that is thrown away at the end, and for nothing else.
# Anywhere else only what is said is tested.  Other devices are used where they
# are there.  DIR lies on a 9p file system of its own: -w DIR, the first one.
. "${top_srcdir:-.}/tests/lib.sh"
need_bpf
need_command dd python3
need_subcommand virtiostat
share=${1:-}
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

# ---- the devices that are there ------------------------------------------------------

has_scsi='' has_rng='' has_console='' net='' p9=''
[ ! -b /dev/sda ] || has_scsi=1
[ -c /dev/hwrng ] &&
	grep -q virtio /sys/class/misc/hw_random/rng_current && has_rng=1
# A port takes one program: this one's output must be it.
[ "$(readlink /proc/$$/fd/1)" != /dev/vport0p1 ] || has_console=1
net=$(basename "$(ls -d /sys/bus/virtio/drivers/virtio_net/virtio*/net/* \
	2>/dev/null | head -n 1)" 2>/dev/null)
if [ -n "$share" ]; then
	p9=$(grep -l share0 /sys/bus/virtio/drivers/9pnet_virtio/*/mount_tag)
	p9=$(basename "$(dirname "$p9")")
	head -c 3276800 /dev/urandom >"$share/read-me" || fail "$share"
	sync -f "$share"
fi
if [ -n "$net" ]; then
	ip link set "$net" up && ip addr add 10.0.2.15/24 dev "$net"
	ip neigh replace 10.0.2.2 lladdr 52:55:0a:00:02:02 dev "$net"
	sleep 2
fi

# ---- what is done with them ------------------------------------------------------------

sent() { cat "/sys/class/net/$net/statistics/tx_bytes"; }

workload() {
	local before i

	exec 2>dd.err
	dd if=/dev/vda of=/dev/null bs=64k count=100 iflag=direct || return
	dd if=/dev/zero of=/dev/vda bs=128k count=50 oflag=direct || return
	if [ -n "$p9" ]; then
		dd if="$share/read-me" of=/dev/null bs=64k iflag=direct &&
			dd if=/dev/zero of="$share/write-me" bs=64k count=30 \
				oflag=direct || return
	fi
	if [ -n "$has_scsi" ]; then
		dd if=/dev/sda of=/dev/null bs=64k count=100 iflag=direct ||
			return
	fi
	if [ -n "$has_rng" ]; then
		timeout 300 dd if=/dev/hwrng of=/dev/null bs=64 count=100 ||
			return
	fi
	if [ -n "$net" ]; then
		before=$(sent)
		for i in $(seq 100); do
			head -c 1000 /dev/zero >/dev/udp/10.0.2.2/9
		done
		echo $(($(sent) - before)) >moved
	fi
	if [ -n "$has_console" ]; then
		head -c 99000 /dev/zero | tr '\0' 0 | fold -w 99 || return
		echo
	fi
	: >done
}

# live FILE OPTION...: counts, until stop_live.
live_pids=() live_files=()
live() {
	local file=$1 pid

	shift
	env --default-signal "$iotape" virtiostat "$@" >"$file" 2>"$file.err" &
	pid=$!
	at_exit sh -c "kill $pid 2>/dev/null || :"
	live_pids+=($pid) live_files+=("$file")
}

wait_for_live() {
	local i n pid

	for n in "${!live_pids[@]}"; do
		for i in $(seq 1500); do
			grep -qs '^Tracing' "${live_files[n]}" \
				"${live_files[n]}.err" && break
			kill -0 "${live_pids[n]}" || break
			sleep 0.2
		done
	done
	# they count when they wait for the interval to pass
	for pid in "${live_pids[@]}"; do
		wait_until 30 grep -qs nanosleep "/proc/$pid/wchan"
	done
}

# kprobes are not run in an interrupt inside another one: status 3 is right.  So
# it is where a driver's interrupt comes while the same program runs for another
# buffer, which is rare: then there is nothing to compare, and all is done again.
check_status() {
	[ "$1" = 0 ] || { [ "$1" = 3 ] && [ "$way" = kprobe ]; } && return
	cat "$2"
	[ "$1" = 3 ] && grep -q 'interrupt inside a program' "$2" &&
		[ "${IOTAPE_TRY:-1}" -lt 3 ] || fail "$way: $2: status $1"
	kill "${live_pids[@]}" 2>/dev/null
	wait
	echo "INFO: $way: that is told, and once more"
	IOTAPE_TRY=$((${IOTAPE_TRY:-1} + 1)) \
		bash "$top_srcdir/tests/fidelity/virtio.sh" "$share"
	exit $?
}

stop_live() {
	local n

	sleep 0.5
	kill -INT "${live_pids[@]}"
	for n in "${!live_pids[@]}"; do
		wait "${live_pids[n]}"
		check_status $? "${live_files[n]}.err"
	done
}

live live.json --json --latency
live table -d virtio_blk
wait_for_live
counting=$SECONDS
export share net p9 has_scsi has_rng has_console
"$iotape" record --virtio=virtio_blk,virtio_scsi,virtio_rng,virtio_console,virtio_net \
	-o t -- bash -c "$(declare -f sent workload); workload" 2>rec.out
check_status $? rec.out
recorded=$SECONDS
[ -e done ] || { cat dd.err; fail "$way: the workload failed"; }
stop_live
"$iotape" virtiostat --json --latency --input t.virtio >offline.json 2>off.err
check_status $? off.err

# ---- checks ------------------------------------------------------------------------------

# field FILE DRIVER NAME FIELD: a number of a JSON table, summed over the queues
# whose name begins with NAME.  DRIVER may be DRIVER/DEVICE.
field() {
	python3 - "$@" <<'END'
import json, sys
file, driver, name, field = sys.argv[1:]
driver, _, device = driver.partition("/")
print(sum(q["ns"]["n"] if field == "n" else q[field]
          for q in json.load(open(file))["queues"]
          if q["driver"] == driver and q["name"].startswith(name)
          and device in ("", q["device"])))
END
}

# wrong FILE TEXT: what was counted is not right.
wrong() {
	cat "$1"
	fail "$way: $1: $2"
}

# Percent of the events that kprobes may leave out: as many as a file says were
# lost (for 100 to 150 of each device); a quarter, since kernels before 6.7 do
# not say it, and since it grows with the load of the machine.
left_out() {
	python3 -c 'import json, sys
print(min(60, max(25, json.load(open(sys.argv[1]))["lost"])))' "$1"
}

# expect FILE DRIVER NAME FIELD WANTED [MORE]: exactly, or up to MORE above.
expect() {
	local n low=$5

	n=$(field "${@:1:4}")
	[ "$way" != kprobe ] || low=$(($5 - $5 * $(left_out "$1") / 100))
	[ "$n" -ge $low ] && [ "$n" -le $(($5 + ${6:-0})) ] ||
		wrong "$1" "$2 $3 $4: $n, not $5${6:+ to $(($5 + $6))}"
	[ "$n" -ge "$5" ] || echo "INFO: $way: $1: $2 $4 $n of $5"
}

# A request has a header of 16 bytes (struct virtio_blk_outhdr) and a status
# byte.
check_disk() {
	expect "$1" virtio_blk req adds 150
	expect "$1" virtio_blk req gets 150
	expect "$1" virtio_blk req in_bytes $((100 * 65536 + 150))
	expect "$1" virtio_blk req out_bytes $((50 * 131072 + 150 * 16))
	expect "$1" virtio_blk req used_bytes $((100 * 65536 + 150))
	expect "$1" virtio_blk req in_sgs 250
	expect "$1" virtio_blk req out_sgs 200
	expect "$1" virtio_blk req n 150
	expect "$1" virtio_blk req cut 0
	[ "$way" = kprobe ] || expect "$1" virtio_blk req in_flight 0
	[ "$way" = kprobe ] || expect "$1" virtio_blk req unpaired 0
	[ "$(field "$1" virtio_blk req kicks)" -ge 1 ] || wrong "$1" "no kicks"
	[ "$(field "$1" virtio_blk req notifies)" -ge 1 ] ||
		wrong "$1" "no notifications"
}

# 100 reads; a response of 108 bytes (struct virtio_scsi_cmd_resp) with each.
check_scsi() {
	expect "$1" virtio_scsi request in_bytes $((100 * 65536 + 100 * 108))
}

# The kernel reads for its own pool too.
check_rng() {
	expect "$1" virtio_rng input used_bytes 6400 4096
}

# 1000 lines of 100 bytes; a few words of the test itself go the same way.
check_console() {
	expect "$1" virtio_console output out_bytes 100000 10000
}

# A header of 12 bytes with each packet (virtio_net_hdr_v1), and a few packets
# of the system around the workload.
check_net() {
	local moved adds

	moved=$(cat moved)
	adds=$(field "$1" virtio_net output adds)
	expect "$1" virtio_net output adds 100 20
	expect "$1" virtio_net output out_bytes $((moved + 12 * adds)) 2000
}

# Tread and Twrite have 23 bytes, and the data; their answers 11 bytes, and the
# data (9P2000).  The file system cuts them as it likes, and what opens and
# closes is a little longer or shorter.
check_9p() {
	local adds

	adds=$(field "$1" 9pnet_virtio/$p9 requests adds)
	expect "$1" 9pnet_virtio/$p9 requests out_bytes \
		$((30 * 65536 + 23 * adds - 1024)) 8192
	expect "$1" 9pnet_virtio/$p9 requests used_bytes \
		$((50 * 65536 + 11 * adds)) 8192
}

for file in live.json offline.json; do
	check_disk $file
	[ -z "$has_scsi" ] || check_scsi $file
	[ -z "$has_rng" ] || check_rng $file
	[ -z "$has_console" ] || check_console $file
	[ -z "$net" ] || check_net $file
done
[ -z "$p9" ] || check_9p live.json
[ "$(field offline.json 9pnet_virtio req adds)" = 0 ] ||
	wrong offline.json "9pnet_virtio was not asked for"
checked=virtio_blk${has_scsi:+, virtio_scsi}${has_rng:+, virtio_rng}
checked+=${net:+, virtio_net}${has_console:+, virtio_console}${p9:+, 9pnet_virtio}
echo "INFO: $way: bytes as moved: $checked"
echo "INFO: $way: $counting s until all counted, $((recorded - counting)) s" \
	"to record"

# the table, column for column
awk '$1 == "virtio_blk" { in_sgs += $4; out_sgs += $5; in_bw += $6; out_bw += $7 }
	END { print in_sgs, out_sgs, in_bw, out_bw }' table >sums
wanted="250 200 $((100 * 65536 + 150)) $((50 * 131072 + 2400))"
[ "$(cat sums)" = "$wanted" ] || [ "$way" = kprobe ] ||
	wrong table "$(cat sums), not $wanted"
[ "$(grep -c '_virtio \|virtio_' table)" = "$(grep -c virtio_blk table)" ] ||
	wrong table "-d virtio_blk shows others"

# ---- the request that each buffer carries ---------------------------------------------------

[ "$way" != kprobe ] || exit 0
"$iotape" parse -q --all -i t.virtio >text || fail "parse failed"
dev=$(stat -c '%t %T' /dev/vda)
dev=$((0x${dev% *} << 20 | 0x${dev#* }))
for i in 0 1 50 99; do
	grep -q "virtio_add .* disk=$dev op=0 bytes=65536 sector=$((i * 128)) " \
		text || fail "no read at sector $((i * 128))"
done
grep -q "virtio_add .* disk=$dev op=1 bytes=131072 sector=$((49 * 256)) " \
	text || fail "no write at sector $((49 * 256))"

# ---- the path of each request, of two disks and another device at once ----------------------

[ -b /dev/vdb ] || exit 0
# shellcheck disable=SC2016 # for that shell
two='dd if=/dev/vda of=/dev/null bs=4k count=60 iflag=direct &
	dd if=/dev/vdb of=/dev/null bs=8k count=50 iflag=direct &
	[ ! -b /dev/sda ] || dd if=/dev/sda of=/dev/null bs=4k count=40 iflag=direct
	wait'
"$iotape" record --virtio=virtio_blk,virtio_scsi -d /dev/vda -d /dev/vdb \
	-o two -- sh -c "$two" >two.out 2>&1 ||
	fail "two: status $?: $(cat two.out)"
"$iotape" stat --vm --json -i two.vda -i two.vdb -i two.virtio >two.json ||
	fail "stat --vm: status $?"
python3 - two.json <<'END' || { cat two.json; fail "stat --vm of two disks"; }
import json, sys
disks = {d["name"]: d for d in json.load(open(sys.argv[1]))["disks"]}
for name, nr in ("vda", 60), ("vdb", 50):
    counts, phases = disks[name]["counts"], disks[name]["phases"]
    assert counts["requests"] == counts["paired"] == counts["buffers"] == nr, counts
    for phase in "q_to_d", "d_to_add", "add_to_get", "get_to_c", "q_to_c":
        assert phases[phase]["n"] == nr, (name, phase)
assert len(disks) == 2, disks.keys()
END
echo "INFO: $way: each request of two disks with its buffer"
exit 0
