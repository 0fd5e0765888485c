# SPDX-License-Identifier: GPL-2.0
# Recording and replaying on a loop device, with each of the calls failing once:
# as tests/fault/calls.sh, but no two runs have the same results.  Each run must
# end by itself, with status 0, or with sentences and status 1 or 3; and leave no
# process (its BPF programs end with it: record-end.sh).  The first 8 of each
# kind of call, then each FAULT_STEPth one (1000).
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
step=${FAULT_STEP:-1000}
make_workdir
need_shim
make_loop 32M

# something to record: a read every now and then
reads() {
	while sleep 0.1; do
		dd if="$loop" of=/dev/null bs=4k count=4 iflag=direct
	done >/dev/null 2>&1
}
reads &
reader=$!
at_exit kill $reader

for i in 1 2 3 4; do
	echo "Q read time=1.00$i sector=$((i * 8))"
	echo "C read,fs time=1.00${i}5 sector=$((i * 8))"
done | {
	echo "file t.blktrace.0"
	echo "set dev=8,0 cpu=0 pid=100 bytes=4096"
	cat
} | "$top_builddir/tests/mktrace" || fail "mktrace"

nr=0
bad=0
# Not an interrupted read: these are files of sysfs and the trace, which no
# signal interrupts.
kinds=${FAULT_KINDS:-malloc read-short read-eio write-short
	write-enospc write-eagain write-eio open-emfile open-eacces mmap}
# shellcheck disable=SC2086
for command in "record -d $loop -o t -w 0.25" \
	       "record -d $loop --no-trace --metrics prom -w 0.25" \
	       "replay --to $loop $workdir/t"; do
	has_subcommand "${command%% *}" || continue
	for kind in $kinds; do
		SWEEP_LIVE=1 timeout 600 "$sweep" "$shim" "$step" "$kind" \
			"$iotape" $command >said || {
			bad=$((bad + 1))
			echo "$kind: $command" && cat said
		}
		nr=$((nr + $(sed -n 's/^\([0-9]*\) runs,.*/\1/p' said |
			grep . || echo 0)))
	done
done
echo "INFO: $nr runs, each with another call failing"
pgrep -f "iotape (record -d|replay --to) $loop" >left && fail "$(cat left)"
[ "$bad" = 0 ] || fail "$bad rows, see above"
