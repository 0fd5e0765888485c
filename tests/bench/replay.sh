# SPDX-License-Identifier: GPL-2.0
# How exactly iotape replay keeps its times: BENCH_REPLAY_IOPS (100000) reads a
# second of 4 KiB, evenly spaced, for BENCH_REPLAY_SECONDS (3), on a file and on a
# loop device of a tmpfs.  "make bench" runs it.  A CPU of its own is needed.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand replay
need_loop
make_workdir
make_loop 64M
iops=${BENCH_REPLAY_IOPS:-100000}
seconds=${BENCH_REPLAY_SECONDS:-3}

awk -v iops="$iops" -v n="$((iops * seconds))" 'BEGIN {
	print "file t.blktrace.0"
	print "set pid=1 dev=8,0 bytes=4096"
	for (i = 0; i < n; i++)
		printf "Q read time=%.9f sector=%d\n", 1 + i / iops,
			(i * 7919 % 16384) * 8
}' | "$top_builddir/tests/mktrace" || fail "mktrace"

file=$(cat "/sys/block/${loop#/dev/}/loop/backing_file")
# line NAME OPTION...
line() {
	local name=$1

	shift
	"$iotape" replay --json "$@" t >out.json || fail "replay $*"
	tr ',{' '\n\n' <out.json | awk -F: -v name="$name" '
	/"ios"/ && !ios { ios = $2 }
	/"seconds"/ { s = $2 }
	/"issue_error_ns"/ { on = 1 }
	/"latency_ns"/ { on = 0 }
	on && /"p50"/ { p50 = $2 }
	on && /"p99"/ { p99 = $2 }
	on && /"max"/ { max = $2 }
	/"within_50us"/ { close_ = $2 }
	END {
		printf "  %-22s %7.0f I/Os/s, p50 %.1f us, p99 %.1f us, max" \
			" %.0f us, within 50 us %.2f %%\n", name, ios / s,
			p50 / 1e3, p99 / 1e3, max / 1e3, 100 * close_ / ios
	}'
}

echo "Replay of $iops reads/s for $seconds s ($(nproc) CPUs, load$(cut -d' ' -f1 \
	/proc/loadavg | sed 's/^/ /')):"
line "file on tmpfs" --to "$file"
line "  --realtime -c 1" --to "$file" --realtime -c 1
line "  --realtime" --to "$file" --realtime
line "loop on tmpfs" --to "$loop"
line "  --realtime -c 1" --to "$loop" --realtime -c 1
line "  --realtime" --to "$loop" --realtime
# reads of what was never written: a page of zeros each
nr=$(cat /sys/class/zram-control/hot_add 2>/dev/null) || nr=
if [ -n "$nr" ] && echo 64M >"/sys/block/zram$nr/disksize"; then
	at_exit sh -c "echo $nr >/sys/class/zram-control/hot_remove"
	line "zram, not written" --to "/dev/zram$nr"
	line "  --realtime -c 1" --to "/dev/zram$nr" --realtime -c 1
	line "  --realtime" --to "/dev/zram$nr" --realtime
else
	echo "  zram: there is none here"
fi
