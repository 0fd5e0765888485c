# SPDX-License-Identifier: GPL-2.0
# What iotape top costs, at the highest rate of I/O that this machine makes:
# fio with 4 KiB random reads on a loop device on tmpfs, one job per CPU.  One
# fio runs all the time, and iotape top comes and goes; the cost is the median
# over pairs of neighbouring spans without and with it, since the speed of a
# machine changes meanwhile.  Then the time that each BPF program takes.
# BENCH_SECONDS (0.5) for each span, BENCH_ROUNDS (40) pairs.
. "${top_srcdir:-.}/tests/lib.sh"

span=${BENCH_SECONDS:-0.5}
rounds=${BENCH_ROUNDS:-40}

# start_fio: until the end of the test.
start_fio() {
	fio --name=bench --filename="$loop" --direct=1 --rw=randread --bs=4k \
		--ioengine=libaio --iodepth=32 --numjobs="$(nproc)" \
		--time_based --runtime=3600 --group_reporting \
		--norandommap --randrepeat=0 --output=/dev/null &
	at_exit eval "kill -INT $! && wait $! || :"
	sleep 2
}

# measure: leaves the IOPS of a span in $iops.
measure() {
	local before after begin end rest

	read -r before rest <"/sys/block/${loop#/dev/}/stat"
	begin=$(date +%s%N)
	sleep "$span"
	# shellcheck disable=SC2034 # the other columns
	read -r after rest <"/sys/block/${loop#/dev/}/stat"
	end=$(date +%s%N)
	iops=$(((after - before) * 1000000000 / (end - begin)))
}

# start_top: attached when this returns: it has printed.
start_top() {
	"$iotape" top --json --interval 1 >top.json 2>top.err &
	top=$!
	wait_until 60 eval '[ -s top.json ] || has_ended $top'
	[ -s top.json ] || fail "iotape top does not begin: $(cat top.err)"
}

end_top() {
	kill -INT $top
	wait $top
	case $? in 0|3) ;; *) fail "iotape top: $(cat top.err)" ;; esac
	cat top.err
}

turn_none() {
	sleep 0.2
	measure
	none=$iops
}

turn_top() {
	start_top
	measure
	end_top
	with=$iops
}

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
	start_top
	sleep 2
	bpftool prog show | awk '
		/ name top_rq_/ {
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
	end_top
	sysctl -q "kernel.bpf_stats_enabled=$before"
}

need_bpf
need_subcommand top
need_loop
need_command fio awk
make_workdir
make_loop 256M
head -c 250M /dev/zero >"$loop" 2>/dev/null
echo none >"/sys/block/${loop#/dev/}/queue/scheduler"
start_fio
for round in $(seq "$rounds"); do
	# first the one, then the other
	if [ $((round % 2)) = 0 ]; then
		turn_none
		turn_top
	else
		turn_top
		turn_none
	fi
	echo "$none $with" >>results
done
echo "4 KiB random reads, $(nproc) jobs of 32, $rounds pairs of $span s:"
awk '{ print $2 / $1, $1, $2 }' results | sort -n | awk '
	{ ratio[NR] = $1; none[NR] = $2; with[NR] = $3 }
	END {
		m = (ratio[int((NR + 1) / 2)] + ratio[int(NR / 2) + 1]) / 2
		for (i = 1; i <= NR; i++) { a += none[i]; b += with[i] }
		printf "  without %.0f IOPS, with iotape top %.0f IOPS\n", a / NR, b / NR
		printf "  cost: %.1f %% (median of pairs; half of them: %.1f to %.1f)\n",
			(1 - m) * 100, (1 - ratio[int(NR * 3 / 4) + 1]) * 100,
			(1 - ratio[int(NR / 4) + 1]) * 100
	}'
echo "BPF programs, with kernel.bpf_stats_enabled:"
print_programs
