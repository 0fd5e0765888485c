#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs workloads of workloads.list in a test machine, each under blktrace and
# "iotape record" at the same time.
#
#	guest-run.sh DIR [ROW...]
#
# DIR/ROW/ then holds blktrace/ and iotape/ with what the two wrote, "from" and
# "to" (CLOCK_MONOTONIC, ns: the instants that enclose the workload, both
# tracers being on and the devices at rest), and "log".  A row that could not
# be run has a file "failed" with the reason.  DIR/kernel names the kernel.
#
# Environment: the paths iotape and trace_compare; iotape='' runs blktrace
# alone.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/vm/guest-workloads.sh
. "$here/guest-workloads.sh"

trace_compare=${trace_compare:?}
dir=$1
shift
only=" $* "

# Large enough for any row: nothing may be dropped.
buffers="-b 1024 -n 8"

now() {
	"$trace_compare" --now
}

# failed REASON: the row cannot be judged.
failed() {
	echo "$1" >"$result/failed"
	echo "failed: $1"
	return 1
}

# start_blktrace OPTIONS: returns when it traces each device.
start_blktrace() {
	local device target=()

	for device in $devices; do
		target+=(-d "/dev/$device")
	done
	# shellcheck disable=SC2086
	blktrace $buffers $1 "${target[@]}" -D "$work/blktrace" \
		>"$work/blktrace.out" 2>&1 &
	blktrace_pid=$!
	for device in $devices; do
		wait_for "/sys/kernel/debug/block/$device/dropped" ||
			{ failed "blktrace does not start"; return 1; }
	done
}

# links PID: how many BPF programs a process has attached.
links() {
	grep -l '^link_type:' /proc/"$1"/fdinfo/* 2>/dev/null | wc -l
}

# start_iotape OPTIONS: returns when its programs are attached.
start_iotape() {
	local device target=() before count=0 tries=0

	for device in $devices; do
		target+=(-d "/dev/$device")
	done
	mkdir "$work/iotape"
	# shellcheck disable=SC2086
	"$iotape" record $buffers $1 "${target[@]}" -D "$work/iotape" \
		>"$work/iotape.out" 2>&1 &
	iotape_pid=$!
	while :; do
		before=$count
		sleep 0.2
		count=$(links $iotape_pid)
		[ "$count" = 0 ] || [ "$count" != "$before" ] || return 0
		tries=$((tries + 1))
		if [ $tries = 100 ] || ! kill -0 $iotape_pid 2>/dev/null; then
			failed "iotape does not start"
			return 1
		fi
	done
}

# stop NAME PID: ends a tracer, and says how it went.
stop() {
	local status

	kill -INT "$2" 2>/dev/null
	wait "$2"
	status=$?
	sed "s/^/$1: /" "$work/$1.out"
	[ $status = 0 ] || failed "$1 ended with status $status"
}

# trace: both tracers around the workload.
trace() {
	start_blktrace "$blktrace_options" || return
	if [ -n "$iotape" ]; then
		start_iotape "$iotape_options" || return
	fi
	sleep 0.5
	now >"$result/from"
	sleep 0.05
	eval "$workload" || failed "the workload failed"
	sync
	sleep 0.3
	now >"$result/to"
	sleep 0.2
}

run_row() {
	local blktrace_pid='' iotape_pid=''

	work=$(mktemp -d /run/row.XXXXXX)
	if eval "$setup"; then
		sync
		trace
		[ -z "$iotape_pid" ] || stop iotape "$iotape_pid"
		[ -z "$blktrace_pid" ] || stop blktrace "$blktrace_pid"
		! grep -Eq "dropped [1-9]|dropped events" "$work/blktrace.out" ||
			failed "blktrace dropped events"
	else
		failed "the setup failed"
	fi
	run_undone
	cp -r "$work"/. "$result"
	rm -rf "$work"
}

uname -r >"$dir/kernel"
while IFS='|' read -r name devices setup workload blktrace_options \
		      iotape_options _; do
	[ "$only" = "  " ] || [[ $only == *" $name "* ]] || continue
	[ "$iotape_options" != "'" ] || iotape_options=$blktrace_options
	result=$dir/$name
	mkdir -p "$result"
	start=$SECONDS
	run_row >"$result/log" 2>&1 </dev/null
	echo "$name $((SECONDS - start)) s$([ ! -e "$result/failed" ] ||
		printf ' failed')"
done < <("$here/rows.sh" "$here/workloads.list")
