# SPDX-License-Identifier: GPL-2.0
# The test of truth: iotape records a workload while the kernel's own tracer
# records it too, and every record of one must be in the other, equal in all
# fields (tests/tools/trace-compare.c says how that is judged).
#
#	top_srcdir=.. bash ../tests/fidelity/run.sh [WORKLOAD...]
#
# from the build directory runs some of the workloads, the names of the table
# below; without names, all.  KEEP=DIR keeps the traces there.  TSV=FILE gets
# one line per workload.  RECORD_OPTIONS are for iotape record.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fidelity/oracle.sh"

# Fewer than these do not prove much.
min_workloads=12
min_records=100000

# ---- the workloads -----------------------------------------------------------
#
# name | setup | command
#
# Setup is a list of words, functions "setup_WORD" below, with an argument
# after "=".  The command is bash, run by "iotape record -- "; $dev is the
# device, $dev2 the second, $mnt a directory to mount on, $backing the file
# of a loop device; "f" is fio on $dev with direct I/O, "fb" with buffered
# I/O; $batch has fio submit many at once.  All I/O must have ended, and all
# that is cached be written, when it returns.

workloads() {
	cat <<'END'
randread-none      | loop sched=none        | f --rw=randread --bs=4k --ioengine=libaio --iodepth=16 --number_ios=3000
randread-deadline  | loop sched=mq-deadline | f --rw=randread --bs=4k --ioengine=libaio --iodepth=16 --number_ios=2000
randread-bfq       | loop sched=bfq         | f --rw=randread --bs=4k --ioengine=libaio --iodepth=16 --number_ios=2000
randread-kyber     | loop sched=kyber       | f --rw=randread --bs=4k --ioengine=libaio --iodepth=16 --number_ios=2000
randwrite-sync     | loop sched=none        | f --rw=randwrite --bs=4k --ioengine=psync --number_ios=2000
mixed-uring        | loop sched=mq-deadline | f --rw=randrw --bs=4k --ioengine=io_uring --iodepth=32 --number_ios=2000
mixed-jobs         | loop sched=bfq         | f --rw=randrw --bsrange=512-64k --bs_unaligned=0 --blockalign=512 --ioengine=libaio --iodepth=4 --numjobs=6 --number_ios=400
seqread-1m         | loop sched=none        | f --rw=read --bs=1m --ioengine=psync --size=128m
seqwrite-1m        | loop sched=mq-deadline | f --rw=write --bs=1m --ioengine=libaio --iodepth=4 --size=128m
buffered-seqwrite  | loop sched=mq-deadline | fb --rw=write --bs=4k --size=64m --end_fsync=1
buffered-randwrite | loop sched=bfq         | fb --rw=randwrite --bs=4k --number_ios=3000 --end_fsync=1
buffered-readahead | loop sched=mq-deadline | fb --rw=read --bs=4k --size=64m
buffered-randread  | loop sched=none        | fb --rw=randread --bs=4k --number_ios=2000
trim               | loop sched=none        | f --rw=randtrim --bs=64k --ioengine=psync --number_ios=1000
trimwrite          | loop sched=mq-deadline | f --rw=randtrimwrite --bs=16k --ioengine=psync --number_ios=1000
discard            | loop sched=none        | blkdiscard "$dev"; blkdiscard -z -l 32m "$dev"; blkdiscard -o 1m -l 64k "$dev"; blkdiscard -f "$dev"
fua                | loop sched=none        | f --rw=randwrite --bs=4k --ioengine=psync --sync=dsync --number_ios=1000
fua-deadline       | loop sched=mq-deadline | f --rw=randwrite --bs=4k --ioengine=libaio --iodepth=8 --sync=dsync --number_ios=1000
flush              | loop sched=none        | f --rw=randwrite --bs=4k --ioengine=psync --fsync=4 --number_ios=2000
flush-jobs         | loop sched=bfq         | f --rw=write --bs=4k --ioengine=psync --fdatasync=2 --numjobs=4 --offset_increment=16m --number_ios=400
ext4-fsync         | loop sched=mq-deadline mkfs | mount -o discard "$dev" "$mnt"; files_fsync; umount "$mnt"
ext4-none          | loop sched=none mkfs   | mount "$dev" "$mnt"; files_many; umount "$mnt"
merge-back         | loop sched=mq-deadline | f --rw=write --bs=4k --ioengine=libaio $batch --number_ios=4000
merge-front        | loop sched=mq-deadline | f --rw=write:-8k --offset=16m --size=16m --bs=4k --ioengine=libaio $batch --number_ios=2000
merge-uring-bfq    | loop sched=bfq         | f --rw=read --bs=4k --ioengine=io_uring $batch --number_ios=4000
split              | loop sched=none queue=max_sectors_kb=64 | f --rw=randwrite --bs=1m --ioengine=libaio --iodepth=4 --number_ios=128
split-deadline     | loop sched=mq-deadline queue=max_sectors_kb=16 | f --rw=randrw --bs=256k --ioengine=psync --number_ios=128
split-discard      | loop sched=none queue=discard_max_bytes=1048576 | blkdiscard "$dev"
far-sectors        | loop=8t sched=none queue=max_sectors_kb=64 | f --rw=randrw --offset=5t --size=64m --bs=256k --ioengine=psync --number_ios=200
partition-disk     | loop sched=mq-deadline parts | fp 1 --rw=randwrite --bs=4k --number_ios=1000; fp 2 --rw=randread --bs=8k --number_ios=1000
partition-itself   | loop sched=none parts trace=part1 | fp 1 --rw=randrw --bs=4k --number_ios=1000; fp 2 --rw=randread --bs=4k --number_ios=200; f --rw=read --bs=64k --size=48m
partition-edges    | loop sched=none parts trace=part2 | f --rw=randwrite --bs=4k --offset=15m --size=2m --number_ios=500; f --rw=read --bs=4k --offset=31m --size=3m
two-devices        | loop sched=none second | f --rw=randrw --bs=4k --number_ios=1000 & f2 --rw=randrw --bs=8k --number_ios=1000; wait
mask-issue-complete| loop sched=mq-deadline mask=issue,complete | f --rw=randrw --bs=4k --ioengine=libaio --iodepth=8 --number_ios=2000
mask-queue         | loop sched=mq-deadline mask=queue | f --rw=write --bs=4k --ioengine=libaio $batch --number_ios=2000
mask-sync-hex      | loop sched=none mask=0x8 | f --rw=randrw --bs=4k --number_ios=500; fb --rw=randrw --bs=4k --number_ios=500 --end_fsync=1
mask-write-hex     | loop sched=none mask=0x2 queue=max_sectors_kb=16 | f --rw=randrw --bs=64k --number_ios=500
mask-discard-fs    | loop sched=none mask=discard,fs,fua | f --rw=randtrimwrite --bs=16k --sync=dsync --number_ios=300
error-enospc       | loop=64m full sched=mq-deadline | f --rw=write --bs=64k --ioengine=libaio --iodepth=4 --size=32m --continue_on_error=all --ignore_error=,ENOSPC 2>&1
error-short-read   | loop dio sched=mq-deadline | truncate -s 1000k "$backing"; f --rw=randread --offset=900k --size=200k --io_size=20m --bs=64k --blockalign=4k --ioengine=psync --number_ios=300 --continue_on_error=all --ignore_error=EIO 2>&1
zram               | zram                   | f --rw=randrw --bs=4k --ioengine=libaio --iodepth=8 --number_ios=2000; f --rw=write --bs=1m --ioengine=psync --size=32m
zram-buffered      | zram                   | fb --rw=randrw --bs=4k --number_ios=2000 --end_fsync=1; blkdiscard "$dev"
root-disk          | rootdisk rootfile      | f_on "$backing" --direct=1 --readonly --rw=randread --bs=4k --ioengine=libaio --iodepth=8 --number_ios=1500
root-passthrough   | rootdisk serial        | for i in $(seq 100); do cat "/sys/block/${dev#/dev/}/serial"; done >"$mnt/serials"
END
}

# ---- what commands can use (exported to them) --------------------------------

f_on() {
	local file=$1

	shift
	fio --name=w --filename="$file" --minimal --output=/dev/null \
		--randrepeat=0 --norandommap "$@"
}
f() { f_on "$dev" --direct=1 "$@"; }
f2() { f_on "$dev2" --direct=1 "$@"; }
fb() { f_on "$dev" --direct=0 --ioengine=psync "$@"; }
# fp N: on partition N
fp() {
	local nr=$1

	shift
	f_on "${dev}p$nr" --direct=1 --ioengine=libaio --iodepth=4 "$@"
}
files_fsync() {
	fio --name=w --directory="$mnt" --minimal --output=/dev/null \
		--rw=randwrite --bs=4k --size=8m --fsync=8 --numjobs=3 \
		--number_ios=300 --ioengine=psync
	rm "$mnt"/w*
}
files_many() {
	local i

	mkdir "$mnt/many"
	for i in $(seq 300); do
		head -c $((i * 40)) /dev/zero >"$mnt/many/$i"
	done
	sync -f "$mnt"
	rm -r "$mnt/many"
}
export batch="--iodepth=64 --iodepth_batch_submit=64
	--iodepth_batch_complete_min=64 --iodepth_low=1"
export -f f_on f f2 fb fp files_fsync files_many

# ---- setting up --------------------------------------------------------------

# Each may set: dev dev2 backing traced (names of devices) mask.  A non-zero
# return leaves the workload out, with $why as the reason.

setup_loop() {
	backing=$ram/backing
	truncate -s "${1:-256m}" "$backing" &&
		dev=$(losetup -f --show -P "$backing") || {
			why="no loop device"
			return 1
		}
	loops+=("$dev")
	traced=("${dev#/dev/}")
}

setup_second() {
	truncate -s 256m "$ram/backing2"
	dev2=$(losetup -f --show "$ram/backing2") || return
	loops+=("$dev2")
	traced+=("${dev2#/dev/}")
}

# A file system that is smaller than the loop device's file on it.
setup_full() {
	losetup -d "$dev" && loops=()
	mkdir -p "$ram/full"
	mount -t tmpfs -o size=8m iotape-test "$ram/full" || return
	full=$ram/full
	backing=$full/backing
	truncate -s 64m "$backing"
	dev=$(losetup -f --show "$backing") || return
	loops=("$dev")
	traced=("${dev#/dev/}")
}

# Direct I/O on the file: the driver sees where it ends.
setup_dio() {
	why="the loop device cannot do direct I/O"
	losetup --direct-io=on "$dev" &&
		[ "$(cat "/sys/block/${dev#/dev/}/loop/dio")" = 1 ]
} 2>/dev/null

# A loop device keeps such settings when its file is gone: tear_down puts them
# back.
set_queue() {
	local file=/sys/block/${dev#/dev/}/queue/$1

	queue_saved+=("$file" "$(sed 's/.*\[\(.*\)\].*/\1/' "$file")")
	echo "$2" >"$file"
} 2>/dev/null

setup_sched() {
	why="no scheduler $1"
	set_queue scheduler "$1"
}

setup_queue() {
	why="queue/$1 cannot be set"
	set_queue "${1%%=*}" "${1#*=}"
}

setup_mkfs() {
	why="mkfs.ext4 failed or is missing"
	mkfs.ext4 -q -F "$dev" 2>/dev/null
}

# Two partitions one right after the other, 16 MiB each from 1 MiB, made
# with an ioctl: the kernel needs to know no partition table.
setup_parts() {
	why="partitions cannot be added (addpart)"
	addpart "$dev" 1 2048 32768 && addpart "$dev" 2 34816 32768 || return
	[ -b "${dev}p2" ]
} 2>/dev/null

setup_trace() { traced=("${dev#/dev/}p${1#part}"); }

setup_mask() { mask=$1; }

setup_zram() {
	local nr

	why="no zram device can be added"
	nr=$(cat /sys/class/zram-control/hot_add) || return
	zram=$nr
	dev=/dev/zram$nr
	traced=("zram$nr")
	echo 64M >"/sys/block/zram$nr/disksize"
} 2>/dev/null

# The whole disk that / is on.
setup_rootdisk() {
	local id path

	why="/ is not on a disk of its own"
	id=$(mountpoint -d /) && path=$(readlink -f "/sys/dev/block/$id") ||
		return
	[ ! -e "$path/partition" ] || path=${path%/*}
	dev=/dev/${path##*/}
	[ -b "$dev" ] || return
	traced=("${dev#/dev/}")
} 2>/dev/null

# A file on the root disk, only read while it is traced.
setup_rootfile() {
	why="no file on / can be made"
	backing=$(mktemp -p /var/tmp) || return
	at_exit rm -f "$backing"
	[ "$(stat -c %d /)" = "$(stat -c %d "$backing")" ] || return
	head -c 32M /dev/urandom >"$backing" && sync "$backing"
}

setup_serial() {
	why="the disk is not virtio-blk: no passthrough request to send"
	[ -e "/sys/block/${dev#/dev/}/serial" ] &&
		[ "$(basename "$(readlink "/sys/block/${dev#/dev/}/device/driver")")" \
			= virtio_blk ]
}

tear_down() {
	local device i

	umount "$mnt" 2>/dev/null
	for ((i = ${#queue_saved[@]} - 2; i >= 0; i -= 2)); do
		# The kernel's own discard_max_bytes is not one that it takes.
		echo "${queue_saved[i + 1]}" >"${queue_saved[i]}" ||
			echo $((queue_saved[i + 1] / 4096 * 4096)) \
				>"${queue_saved[i]}"
	done 2>/dev/null
	for device in ${loops[@]+"${loops[@]}"}; do
		losetup -d "$device"
	done
	[ -z "$full" ] || umount "$full"
	if [ -n "$zram" ]; then
		echo "$zram" >/sys/class/zram-control/hot_remove
	fi
	case $backing in
	/var/tmp/*) rm -f "$backing" ;;
	esac
	rm -f "$ram/backing" "$ram/backing2"
	loops=() queue_saved=() full='' zram='' backing=''
}

# run_setup WORD[=ARGUMENT]...
run_setup() {
	local word

	loops=() queue_saved=() traced=() mask='' dev='' dev2='' backing='' full='' zram=''
	for word; do
		why="setup $word failed"
		case $word in
		*=*) "setup_${word%%=*}" "${word#*=}" || return ;;
		*) "setup_$word" || return ;;
		esac
	done
}

# ---- masks, as the two tracers want them -------------------------------------

# The names of blktrace, in the order of the bits.
mask_names=(read write flush sync queue requeue issue complete fs pc notify
	ahead meta discard drv_data fua)

mask_hex() {
	local name i value=0

	case $mask in
	'') echo 0xffff ;;
	0x*) echo "$mask" ;;
	*)
		for name in ${mask//,/ }; do
			for i in "${!mask_names[@]}"; do
				[ "${mask_names[i]}" = "$name" ] &&
					value=$((value | 1 << i))
			done
		done
		printf '%#x\n' $value
		;;
	esac
}

# Leaves them in the array mask_options.
set_mask_options() {
	local name

	mask_options=()
	case $mask in
	'') ;;
	0x*) mask_options=(-A "${mask#0x}") ;;
	*)
		for name in ${mask//,/ }; do
			mask_options+=(-a "$name")
		done
		;;
	esac
}

# ---- one workload ------------------------------------------------------------

# Under "iotape record --": both tracers are on from before to after it.
cat_work() {
	printf '%s\n' "\"$compare\" --now >\"$dir/from\" || exit" \
		"( set -e; $1 )" "status=\$?" "\"$compare\" --now >\"$dir/to\" || exit" \
		"exit \$status"
}

# record_both COMMAND
record_both() {
	local devices=() name status=0

	for name in "${traced[@]}"; do
		devices+=(-d "/dev/$name")
	done
	set_mask_options
	cat_work "$1" >"$dir/work"
	oracle_start "$(mask_hex)" "${traced[@]}"
	export dev dev2 mnt backing
	# shellcheck disable=SC2086 # options are words
	"$iotape" record "${devices[@]}" "${mask_options[@]}" -D "$dir" \
		${RECORD_OPTIONS:-} -- bash "$dir/work" \
		>"$dir/stdout" 2>"$dir/stderr" 8>&- || status=$?
	oracle_stop "$dir"
	return $status
}

# Numbers and times of each file go up: blkrawverify says so, too.
verify() {
	local name bad=0

	have_command blkrawverify || return 0
	for name in "${traced[@]}"; do
		(cd "$dir" && blkrawverify "$name" >verify-out 2>&1) && continue
		echo "blkrawverify finds fault with $name:"
		grep -v '^Verifying' "$dir/verify-out" | sed 's/^/  /' | head
		bad=1
	done
	return $bad
}

# run_workload NAME SETUP COMMAND: prints the line of the comparison.
# Returns 77 if it cannot run here, else whether the traces are equal.
run_workload() {
	local name=$1 command=$3 status=0

	dir=$ram/$name
	mkdir -p "$dir"
	# shellcheck disable=SC2086 # words
	if ! run_setup $2; then
		tear_down
		printf '%-24s skipped: %s\n' "$name" "$why"
		return 77
	fi
	record_both "$command" || status=$?
	tear_down
	if [ $status != 0 ]; then
		echo "$name: iotape record, or the workload, ended with $status:"
		sed 's/^/  /' "$dir/stderr"
		return 1
	fi
	"$compare" --name "$name" --tsv "$tsv" --hidden "$hidden" --from "$(cat "$dir/from")" \
		--to "$(cat "$dir/to")" "$dir"/oracle.* : \
		"$dir"/*.blktrace.* || status=$?
	verify || status=1
	if [ -n "${KEEP:-}" ]; then
		mkdir -p "$KEEP" && cp -r "$dir" "$KEEP"
	fi
	rm -rf "$dir"
	return $status
}

# Some machines (sandboxes that run as the first process) keep process 1 from
# being looked into, by root too, and no BPF program and no perf event runs
# while one of its threads does, though the kernel's tracer does.  What an
# interrupt completes in such a thread then cannot be recorded; it is counted
# apart, as "hidden".  Elsewhere no thread is.
find_hidden() {
	hidden=
	readlink /proc/1/exe >/dev/null 2>&1 && return
	hidden=$(echo /proc/1/task/* | sed 's,/proc/1/task/,,g; s/ /,/g')
	echo "process 1 is hidden here: its $(echo "${hidden//,/ }" | wc -w)" \
		"threads' records are counted apart"
}

# ---- all of them -------------------------------------------------------------

trim() {
	local text=$1

	text=${text#"${text%%[! ]*}"}
	echo "${text%"${text##*[! ]}"}"
}

print_total() {
	awk -F'\t' -v ran="$ran" -v skipped="$skipped" -v failed="$failed" '
		NR > 1 { c += $2; m += $3; e += $4; d += $5; h += $14
			 if ($7 > max) max = $7 }
		END { printf "%-24s compared %7d missing %d extra %d different %d" \
			" time difference max %d ns (hidden %d); %d workloads," \
			" %d failed, %d skipped\n", "total", c, m, e, d, max,
			h, ran, failed, skipped }' "$tsv"
}

need_bpf
need_command losetup fio blkdiscard addpart awk
compare=$top_builddir/tests/tools/trace-compare
[ -x "$compare" ] || fail "build it first: make tests/tools/trace-compare"
make_workdir
ram=$workdir/ram mnt=$workdir/mnt
mkdir "$ram" "$mnt"
mount -t tmpfs iotape-test "$ram" 2>/dev/null || skip "no tmpfs can be mounted"
at_exit umount "$ram"
loops=() queue_saved=() full='' zram='' backing=''
at_exit tear_down
oracle_open
tsv=$workdir/tsv
wanted=" $* "
ran=0 skipped=0 failed=0
echo "kernel $(uname -r), $(nproc) CPUs"
find_hidden
while IFS='|' read -r name setup command <&3; do
	name=$(trim "$name")
	[ "$wanted" = "  " ] || [[ $wanted == *" $name "* ]] || continue
	run_workload "$name" "$(trim "$setup")" "$(trim "$command")"
	case $? in
	0) ran=$((ran + 1)) ;;
	77) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ran=$((ran + 1)) ;;
	esac
done 3< <(workloads)

[ -s "$tsv" ] || fail "nothing was compared"
print_total
[ -z "${TSV:-}" ] || cp "$tsv" "$TSV"
[ $failed = 0 ] || fail "$failed workloads differ"
if [ "$wanted" = "  " ]; then
	compared=$(awk -F'\t' 'NR > 1 { n += $2 } END { print n }' "$tsv")
	[ $ran -ge $min_workloads ] ||
		fail "only $ran workloads of $min_workloads could run"
	[ "$compared" -ge $min_records ] ||
		fail "only $compared records of $min_records were compared"
fi
