# SPDX-License-Identifier: GPL-2.0
# What recording costs, at the highest rate of I/O that this machine makes:
# fio with 4 KiB random reads on a loop device on tmpfs, one job per CPU.  In
# turns, so that a machine that gets slower meanwhile is fair to all:
#
#	none	nobody records
#	iotape	iotape record
#	flight	iotape record --flight, which writes nothing meanwhile
#	blk	the kernel's blk tracer, read with cat as it comes
#	perf	perf record -e block:*
#	trace	trace-cmd record -e block
#
# trace-cmd is left out where it does not run, and what it says then is said.
#
# Then the time that each BPF program takes, and how fast text is made.
# "make bench" runs it.  BENCH_SECONDS (3) for each turn, BENCH_ROUNDS (9),
# BENCH_IOS (600000) in the trace that is parsed.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
. "$top_srcdir/tests/fidelity/oracle.sh"

seconds=${BENCH_SECONDS:-3}
rounds=${BENCH_ROUNDS:-9}
parse_ios=${BENCH_IOS:-600000}

# ---- the work ----------------------------------------------------------------

# fio_run: leaves IOPS in $iops, and in $cpu the time of process $1 meanwhile.
fio_run() {
	fio --name=bench --filename="$loop" --direct=1 --rw=randread --bs=4k \
		--ioengine=libaio --iodepth=32 --numjobs="$(nproc)" \
		--time_based --runtime="$seconds" --group_reporting \
		--norandommap --randrepeat=0 --terse-version=3 --minimal \
		--output=fio.out 8>&- || fail "fio: $(cat fio.out)"
	iops=$(cut -d';' -f8 fio.out)
}

# cpu_seconds PID...: user and system time so far.
cpu_seconds() {
	local pid ticks=0

	for pid; do
		# after the name in parentheses: field 14 and 15 of all
		ticks=$((ticks + $(sed 's/.*) //' "/proc/$pid/stat" |
			awk '{ print $12 + $13 }')))
	done
	awk -v t="$ticks" -v hz="$(getconf CLK_TCK)" 'BEGIN { print t / hz }'
}

# note MODE IOPS [EVENTS LOST CPU BYTES]: a line of results.
note() {
	printf '%s %s %s %s %s %s\n' "$1" "$2" "${3:-0}" "${4:-0}" "${5:-0}" \
		"${6:-0}" >>results
	echo "  $1: $2 IOPS" >&9
}

turn_none() {
	fio_run
	note none "$iops"
}

# cpu_since SECONDS PID: of a process that had used SECONDS.  Loading programs
# takes 0.1 s of it, before the first event.
cpu_since() {
	awk -v a="$1" -v b="$(cpu_seconds "$2")" 'BEGIN { print b - a }'
}

turn_iotape() {
	local cpu

	start_record -d "$loop"
	cpu=$(cpu_seconds $recorder)
	fio_run
	sleep 0.5
	cpu=$(cpu_since "$cpu" $recorder)
	end_record INT
	[ $status = 0 ] || [ $status = 3 ] || fail "iotape record: $(cat "$err")"
	note iotape "$iops" "$(fact events rec/t.blktrace.*)" \
		"$(fact lost rec/t.blktrace.*)" "$cpu" \
		"$(fact bytes rec/t.blktrace.*)"
	rm -rf rec
}

# ios: reads of the device so far.
ios() {
	awk '{ print $1 }' "/sys/block/${loop#/dev/}/stat"
}

turn_flight() {
	local cpu pid before

	env --default-signal "$iotape" record -d "$loop" -o f --flight 64M \
		-D rec >flight.out 2>&1 &
	pid=$!
	sleep 1
	cpu=$(cpu_seconds $pid)
	before=$(ios)
	fio_run
	cpu=$(cpu_since "$cpu" $pid)
	kill -INT $pid
	wait $pid
	# its file has the last ones of them: Q G P U D C of each I/O
	note flight "$iops" $((($(ios) - before) * 6)) \
		"$(fact lost rec/f.1.blktrace.*)" "$cpu"
	rm -rf rec
}

turn_blk() {
	local pids=() cpu_dir cpu lost pid

	mkdir -p raw
	oracle_start 0xffff "${loop#/dev/}"
	for cpu_dir in "$tracefs"/per_cpu/cpu*; do
		cat "$cpu_dir/trace_pipe" >"raw/t.${cpu_dir##*cpu}" 8>&- &
		pids+=($!)
	done
	fio_run
	sleep 0.5
	cpu=$(cpu_seconds "${pids[@]}")
	lost=$(oracle_lost)
	for pid in "${pids[@]}"; do
		kill "$pid"
		wait "$pid"
	done 2>/dev/null
	oracle_end
	# Where it lost something, it wrote a line of text.
	if [ "$lost" = 0 ]; then
		note blk "$iops" "$(fact events raw/t.*)" 0 "$cpu" \
			"$(fact bytes raw/t.*)"
	else
		note blk "$iops" $(($(cat raw/t.* | wc -c) / 49)) "$lost" \
			"$cpu" "$(cat raw/t.* | wc -c)"
	fi
	rm -rf raw
}

turn_perf() {
	local pid cpu lost events

	perf record -q -a -e 'block:*' -o perf.data 2>perf.err 8>&- &
	pid=$!
	sleep 1
	fio_run
	sleep 0.5
	cpu=$(cpu_seconds $pid)
	kill -INT $pid
	wait $pid
	perf report --stats -i perf.data >perf.stats 2>/dev/null
	events=$(awk '/SAMPLE events:/ { print $3; exit }' perf.stats)
	# of each of its events
	lost=$(awk '/ stats:$/ { each = 1 }
		each && /LOST_SAMPLES/ { n += $3 } END { print n + 0 }' \
		perf.stats)
	note perf "$iops" "$events" "$lost" "$cpu" "$(stat -c %s perf.data)"
	rm -f perf.data
}

# Whether trace-cmd runs at all; it leaves its settings behind if not.
try_trace_cmd() {
	have_command trace-cmd || {
		echo "trace-cmd is left out: not installed"
		return 1
	}
	trace-cmd record -e block -o try.dat sleep 0.1 >try.out 2>&1 8>&- &&
		return
	echo "trace-cmd is left out: it does not run here:" \
		"$(grep . try.out | tail -n 2 | tr -s ' \n' ' ')"
	end_trace_cmd
	return 1
}

end_trace_cmd() {
	echo 0 >"$tracefs/events/block/enable"
	echo 1 >"$tracefs/tracing_on"
}

# Its processes read a CPU each, and it says at the end what they read.
turn_trace() {
	local pid cpu events lost

	trace-cmd record -e block -o trace.dat >trace.out 2>&1 8>&- &
	pid=$!
	sleep 1
	fio_run
	sleep 0.5
	# shellcheck disable=SC2046 # a list
	cpu=$(cpu_seconds $pid $(cat "/proc/$pid/task/$pid/children"))
	kill -INT $pid
	wait $pid
	events=$(sum_of "read events" trace.out)
	lost=$(($(sum_of overrun trace.out) +
		$(sum_of "dropped events" trace.out)))
	note trace "$iops" "$events" "$lost" "$cpu" "$(stat -c %s trace.dat)"
	rm -f trace.dat
	end_trace_cmd
}

# sum_of NAME FILE: of its numbers, "NAME: N" a line
sum_of() {
	awk -F': *' -v name="$1" '$1 == name { n += $2 }
		END { print n + 0 }' "$2"
}

# ---- results -----------------------------------------------------------------

print_machine() {
	echo "machine: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)," \
		"$(nproc) CPUs," \
		"$(awk '/^MemTotal/ { printf "%d MiB", $2 / 1024 }' /proc/meminfo)"
	echo "kernel:  $(uname -sr)"
	echo "iotape:  $("$iotape" --version)"
}

# Medians of the rounds; events, losses, times and bytes are sums.
print_results() {
	sort -k1,1 -k2,2n results | awk -v seconds="$seconds" '
		{ n[$1]++; iops[$1, n[$1]] = $2; events[$1] += $3
		  lost[$1] += $4; cpu[$1] += $5; bytes[$1] += $6 }
		END {
			printf "%-8s %10s %7s %12s %10s %12s %8s\n", "", "IOPS",
				"ratio", "events/s", "lost", "CPU/event", "B/event"
			split("none iotape flight blk perf trace", modes)
			for (i = 1; i in modes; i++) {
				m = modes[i]
				if (!n[m])
					continue
				mid = iops[m, int((n[m] + 1) / 2)]
				if (m == "none") {
					base = mid
					printf "%-8s %10d %7.3f\n", m, mid, 1
					continue
				}
				cost[m] = 1 - mid / base
				e = events[m] ? events[m] : 1
				printf "%-8s %10d %7.3f %12d %10d %9.1f ns %8.1f\n",
					m, mid, mid / base,
					events[m] / n[m] / seconds, lost[m],
					cpu[m] * 1e9 / e, bytes[m] / e
			}
			printf "cost of iotape: %.1f %% of IOPS", cost["iotape"] * 100
			for (i = 3; i in modes; i++)
				if (cost[modes[i]] > 0)
					printf ", %.2f of that of %s",
						cost["iotape"] / cost[modes[i]], modes[i]
			print ""
		}'
	echo "(ratio: to nobody recording; CPU/event: of the recording process)"
}

# What each cost beside its neighbour without a recorder: how far the median is
# to be trusted.
print_spread() {
	awk '{ iops[$1, ++n[$1]] = $2 }
		END {
			for (m in n)
				for (k = 1; m != "none" && k <= n[m]; k++)
					print m, 100 * (1 - iops[m, k] / iops["none", k])
		}' results | sort -k1,1 -k2,2n | awk '
		{ cost[$1, ++n[$1]] = $2 }
		END {
			split("iotape flight blk perf trace", modes)
			printf "half of the rounds, in %% of IOPS:"
			for (i = 1; i in modes; i++)
				if (n[m = modes[i]])
					printf " %s %.0f to %.0f", m,
						cost[m, int((n[m] + 3) / 4)],
						cost[m, int((3 * n[m] + 3) / 4)]
			print ""
		}'
}

# The kernel measures its BPF programs; that itself costs, so not above.
print_programs() {
	local before

	before=$(sysctl -n kernel.bpf_stats_enabled 2>/dev/null) &&
		have_command bpftool || {
			echo "no times of BPF programs: bpftool or" \
				"kernel.bpf_stats_enabled is missing"
			return
		}
	at_exit sysctl -q "kernel.bpf_stats_enabled=$before"
	sysctl -q kernel.bpf_stats_enabled=1
	start_record -d "$loop"
	fio_run
	bpftool prog show | awk '
		/ name iotape_/ {
			for (i = 1; i < NF; i++) {
				if ($i == "name") name = $(i + 1)
				if ($i == "run_time_ns") t = $(i + 1)
				if ($i == "run_cnt") c = $(i + 1)
			}
			if (c) printf "  %-18s %10d runs %7.1f ns\n", name, c, t / c
			all_t += t; all_c += c; t = c = 0
		}
		END { if (all_c) printf "  %-18s %10d runs %7.1f ns\n", "all",
			all_c, all_t / all_c }'
	end_record INT
	sysctl -q "kernel.bpf_stats_enabled=$before"
	rm -rf rec
}

# seconds_of COMMAND...: wall time, output thrown away.
seconds_of() {
	local begin end

	begin=$(date +%s%N)
	"$@" >/dev/null 2>&1 || fail "failed: $*"
	end=$(date +%s%N)
	awk -v ns=$((end - begin)) 'BEGIN { printf "%.3f", ns / 1e9 }'
}

print_parse() {
	local ours theirs records

	need_command blkparse
	mkdir gen
	"$top_builddir/tests/tools/trace-gen" gen/t 4 "$parse_ios" ||
		fail "trace-gen"
	records=$(fact events gen/t.blktrace.*)
	theirs=$(seconds_of blkparse -D gen -i t)
	ours=$(seconds_of "$iotape" parse -D gen -i t)
	awk -v r="$records" -v a="$theirs" -v b="$ours" 'BEGIN {
		printf "  blkparse     %8.3f s %10d records/s\n", a, r / a
		printf "  iotape parse %8.3f s %10d records/s, %.2f times as fast\n",
			b, r / b, a / b }'
	rm -rf gen
}

# ---- all ---------------------------------------------------------------------

need_bpf
need_loop
need_command fio awk
make_workdir
# Not the disk is measured.
mount -t tmpfs iotape-bench "$workdir" || skip "a tmpfs cannot be mounted"
at_exit umount "$workdir"
at_exit cd /
cd "$workdir" || fail "cd"
make_loop 256M
head -c 250M /dev/zero >"$loop" 2>/dev/null
echo none >"/sys/block/${loop#/dev/}/queue/scheduler"
oracle_open
print_machine
modes="none iotape flight blk"
have_command perf && modes="$modes perf"
try_trace_cmd && modes="$modes trace"
fio_run	# warms up
for round in $(seq "$rounds"); do
	echo "round $round of $rounds" >&9
	for mode in $modes; do
		"turn_$mode"
	done
done
echo "4 KiB random reads, $(nproc) jobs of 32, $rounds x $seconds s:"
print_results
print_spread
echo "BPF programs, $seconds s, with kernel.bpf_stats_enabled:"
print_programs
if has_subcommand parse; then
	echo "Text of a trace of $parse_ios I/Os:"
	print_parse
fi
