# SPDX-License-Identifier: GPL-2.0
# The rights of a recorder: it gives up its capabilities once it records, runs
# with those of its file, and beside perf and the kernel's own tracer.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
. "$top_srcdir/tests/fidelity/oracle.sh"
need_bpf
need_loop
need_command setpriv setcap perf dd
make_workdir
make_loop 16M
copy_iotape

# caps WORD: that line of the recorder's status, without leading zeros
caps() {
	sed -n "s/^Cap$1:[[:space:]]*0*\([0-9a-f]\)/\1/p" "/proc/$recorder/status"
}

# rights_are PRM BND WHAT
rights_are() {
	[ "$(caps Prm) $(caps Eff) $(caps Inh) $(caps Amb)" = "$1 $1 0 0" ] ||
		fail "$3: capabilities $(caps Prm), effective $(caps Eff)"
	[ "$(caps Bnd)" = "$2" ] || fail "$3: bounding set $(caps Bnd)"
}

# reads N: as many 4 KiB reads, one after the other
reads() {
	dd if="$loop" of=/dev/null bs=4k count="$1" iflag=direct 2>/dev/null
}

# completions NAME N: at least so many of dd
completions() {
	"$iotape" parse -i "$1" -q >text || fail "$1: parse failed"
	[ "$(grep -c ' C .*\[0\]$' text)" -ge "$2" ] ||
		fail "$1: $(grep -c ' C ' text) completions, not $2"
}

# ---- given up ----------------------------------------------------------------

start_record -d "$loop"
rights_are 0 0 "recording"
reads 8
end_record INT
assert_status 0
completions rec/t 8
grep -q . "$err" && fail "words on standard error: $(cat "$err")"

# Finding the path of a cgroup by its id takes CAP_DAC_READ_SEARCH (bit 2).
start_record -d "$loop" --cgroup
rights_are 4 4 "with --cgroup"
end_record INT
assert_status 0

# Its command has them all.
run "$iotape" record -d "$loop" -D out -- sh -c 'grep CapEff /proc/$$/status'
assert_status 0
[ "$(awk '/^CapEff/ { print $2 }' "$out")" = \
	"$(awk '/^CapEff/ { print $2 }' /proc/self/status)" ] ||
	fail "the command lost rights: $(cat "$out")"

# ---- of the file -------------------------------------------------------------

chmod 644 "$loop"
at_exit chmod 660 "$loop"
setcap cap_bpf,cap_perfmon+ep "$open_dir/iotape" ||
	fail "setcap failed on $open_dir"
setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
	"$open_dir/iotape" record -d "$loop" -D "$open_dir" -o file -w 2 \
	>file.out 2>&1 &
pid=$!
await_record "$open_dir/file.blktrace.0" $pid || fail "it does not begin"
reads 8
wait $pid || fail "with capabilities of the file: status $?: $(cat file.out)"
completions "$open_dir/file" 8
# dumped memory and ptrace stay shut, as for every such program: no test

# ---- beside others -----------------------------------------------------------

start_perf block:block_rq_complete
start_record -d "$loop"
reads 32
end_record INT
assert_status 0
completions rec/t 32
end_perf
[ "$(perf script -i perf.data 2>/dev/null | grep -c block_rq_complete)" -ge 32 ] ||
	fail "perf missed completions beside iotape"

# The last part: where there is no such tracer, the test ends here as skipped.
oracle_open
oracle_start 0xffff "${loop#/dev/}"
start_record -d "$loop"
reads 32
end_record INT
assert_status 0
mkdir oracle
oracle_stop oracle
completions rec/t 32
[ "$(fact events oracle/oracle.*)" -ge 32 ] ||
	fail "the kernel's tracer saw too little beside iotape"
