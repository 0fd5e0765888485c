# SPDX-License-Identifier: GPL-2.0
# The kernel's own tracer (the "blk" tracer of tracefs) as an oracle: it
# writes blktrace records of a device while something else records it too.
# For bash, after tests/lib.sh.
#
#	oracle_open			takes the tracer; skips if it is in use
#	oracle_start 0xffff loop0...	begins with these devices and this mask
#	...
#	oracle_stop DIR			leaves DIR/oracle.<cpu>; fails on loss
#
# What oracle_open finds is put back when the test ends.  There is one such
# tracer in a kernel, so that its users wait for each other.

oracle_lock=/run/iotape-blk-tracer.lock
oracle_devices=()

# The directory "trace" of a disk or a partition.
oracle_sysfs() {
	echo "/sys/class/block/$1/trace"
}

oracle_put() {
	echo "$2" >"$tracefs/$1" 2>/dev/null
}

# The part of a setting that can be written back.
oracle_get() {
	case $1 in
	trace_clock) sed 's/.*\[\(.*\)\].*/\1/' "$tracefs/$1" ;;
	# "7 (expanded: 1408)": 7 is what it has until it is used
	buffer_size_kb) sed 's/.*expanded: \([0-9]*\).*/\1/' "$tracefs/$1" ;;
	*) cat "$tracefs/$1" ;;
	esac
}

oracle_close() {
	local device setting

	for device in ${oracle_devices[@]+"${oracle_devices[@]}"}; do
		echo 0 >"$(oracle_sysfs "$device")/enable"
	done 2>/dev/null
	oracle_devices=()
	oracle_put tracing_on 0
	oracle_put current_tracer nop
	for setting in "${!oracle_saved[@]}"; do
		oracle_put "$setting" "${oracle_saved[$setting]}"
	done
	:
}

oracle_open() {
	local setting

	need_root
	need_command flock
	exec 8>"$oracle_lock" || skip "$oracle_lock cannot be written"
	flock -w 300 8 || skip "another test uses the kernel's tracer"
	tracefs=/sys/kernel/tracing
	if [ ! -e $tracefs/current_tracer ]; then
		tracefs=$(mktemp -d) || fail "mktemp -d failed"
		at_exit rmdir "$tracefs"
		mount -t tracefs tracefs "$tracefs" 2>/dev/null ||
			skip "the kernel has no tracefs, or denies it"
		at_exit umount "$tracefs"
	fi
	grep -qw blk "$tracefs/available_tracers" ||
		skip "the kernel has no blk tracer (CONFIG_BLK_DEV_IO_TRACE)"
	[ "$(cat "$tracefs/current_tracer")" = nop ] ||
		skip "the tracer $(cat "$tracefs/current_tracer") is in use"
	[ ! -s "$tracefs/set_event" ] ||
		skip "trace events are in use ($tracefs/set_event)"
	declare -gA oracle_saved=()
	for setting in buffer_size_kb trace_clock tracing_on options/bin \
			options/context-info options/blk_classic \
			options/blk_cgroup; do
		# the blk_ ones are there on some kernels only
		[ -e "$tracefs/$setting" ] || continue
		oracle_saved[$setting]=$(oracle_get "$setting")
	done
	at_exit oracle_close
	oracle_buffer_kb=${ORACLE_BUFFER_KB:-32768}
}

# oracle_start MASK DEVICE...: mask in hex, 0xffff for all.
oracle_start() {
	local mask=$1 device dir

	shift
	oracle_put tracing_on 0
	# A new clock or size empties the buffers.  iotape and blktrace use
	# CLOCK_MONOTONIC, the default here is another one.
	oracle_put trace_clock mono || fail "trace_clock mono"
	oracle_put buffer_size_kb "$oracle_buffer_kb" ||
		fail "no memory for $oracle_buffer_kb KiB of trace per CPU"
	for device; do
		dir=$(oracle_sysfs "$device")
		# The range of a partition must be set anew on each start:
		# "enable" does it.
		echo 1 >"$dir/enable" || fail "$dir/enable: is it traced already?"
		oracle_devices+=("$device")
		echo "$mask" >"$dir/act_mask" || fail "$dir/act_mask: $mask"
	done
	oracle_put options/bin 1 || fail "options/bin"
	oracle_put options/context-info 0 || fail "options/context-info"
	oracle_put current_tracer blk || fail "current_tracer blk"
	oracle_put tracing_on 1 || fail "tracing_on"
}

# oracle_stop DIR: DIR/oracle.<cpu> for each CPU that traced anything.
oracle_stop() {
	local dir=$1 cpu_dir cpu

	oracle_put tracing_on 0
	for cpu_dir in "$tracefs"/per_cpu/cpu*; do
		cpu=${cpu_dir##*/cpu}
		# Ends with EAGAIN when all is read.
		dd if="$cpu_dir/trace_pipe" iflag=nonblock bs=64k \
			of="$dir/oracle.$cpu" status=none 2>/dev/null
		awk -v cpu="$cpu" '
			/^(entries|overrun|commit overrun|dropped events):/ &&
				$NF != 0 { print "cpu " cpu ": " $0; bad = 1 }
			END { exit bad }' "$cpu_dir/stats" >&2 ||
			fail "the oracle lost records: try ORACLE_BUFFER_KB=$((oracle_buffer_kb * 4))"
	done
	oracle_end
}

# Ends it; what was not read is gone.
oracle_end() {
	local device

	for device in "${oracle_devices[@]}"; do
		echo 0 >"$(oracle_sysfs "$device")/enable"
	done
	oracle_devices=()
	oracle_put current_tracer nop
	oracle_put tracing_on 1
}

# oracle_lost: how many records its buffers had no room for.
oracle_lost() {
	awk '/^(overrun|commit overrun|dropped events):/ { n += $NF }
		END { print n + 0 }' "$tracefs"/per_cpu/cpu*/stats
}
