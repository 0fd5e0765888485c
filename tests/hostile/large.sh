# SPDX-License-Identifier: GPL-2.0
# Files that are made to need much (10 MB with HOSTILE_ROWS=200000; less in make
# check, which has a minute for all): no subcommand takes a minute or a
# gigabyte, or dies of a signal (doc/SECURITY.md).
. "${top_srcdir:-.}/tests/lib.sh"
need_command prlimit awk
make_workdir
mktrace=$top_builddir/tests/mktrace
rows=${HOSTILE_ROWS:-1000}
limit=$((1 << 30))
# a sanitizer's shadow is terabytes of addresses
grep -q '__asan_init' "$iotape" && limit=unlimited

# HOSTILE_ONLY="NAME...": these traces only.  HOSTILE_TABLE=FILE: adds a line
# for each run, with its time and its memory, which GNU time measures.
# HOSTILE_KEEP=DIR: puts the traces there instead (tests/valgrind.sh).
only=${HOSTILE_ONLY:-}
table=${HOSTILE_TABLE:-}
[ -z "$table" ] || [ -x /usr/bin/time ] || skip "there is no /usr/bin/time"

# wanted NAME
wanted() {
	case " ${only:-$1} " in *" $1 "*) return 0 ;; esac
	return 1
}

# text NAME 'AWK': what the program prints, behind settings
text() {
	echo "file ${3:-$1.blktrace.0}"
	echo "set dev=8,0 cpu=0 pid=100 sector=8 bytes=4096"
	awk -v n="$rows" "BEGIN { srand(7); $2 }
		function le(v, h) {
			h = sprintf(\"%08x\", v)
			return substr(h, 7, 2) substr(h, 5, 2) \
				substr(h, 3, 2) substr(h, 1, 2)
		}"
}

ran=0
: >bad
# go NAME COMMAND...
go() {
	local what=$1 status=0 begin=()

	shift
	[ -z "$table" ] || begin=(/usr/bin/time -o time -f '%U %S %M')
	timeout 60 prlimit --as="$limit" "${begin[@]}" "$iotape" "$@" \
		>out 2>errors </dev/null || status=$?
	ran=$((ran + 1))
	case $status in
	0|1|3) ;;
	*) echo "$what: status $status of $*: $(tail -n 2 errors)" >>bad ;;
	esac
	! grep -q 'out of memory' errors ||
		echo "$what: no memory: $*: $(tail -n 1 errors)" >>bad
	[ -z "$table" ] || tail -n 1 time | awk -v what="$what" -v s=$status \
		-v c="$*" '{ printf "%-12s %3d %6.1f s %5d MB  %s\n", what,
			s, $1 + $2, $3 / 1024, c }' >>"$table"
}

# all NAME: everything that reads a trace
all() {
	local format

	if [ -n "${HOSTILE_KEEP:-}" ]; then
		keep_traces "$1" .
		rm -rf "$1" "$1".blktrace.*
		return
	fi
	go "$1" parse "$1"
	go "$1" parse -t -s --json "$1"
	go "$1" parse --io "$1"
	go "$1" parse -O -d dump "$1"
	go "$1" stat "$1"
	go "$1" stat --by device,process,cgroup,op,size,cpu --json "$1"
	go "$1" stat --interval 1 "$1"
	go "$1" stat --vm "$1"
	mkdir -p btt
	go "$1" stat --btt -A -o btt/x -p btt/p -Z -s btt/s "$1"
	rm -rf btt
	go "$1" tag --tag-by process "$1"
	go "$1" kvmstat --vcpus --input "$1"
	go "$1" kvmstat --vcpus --vm=web --input "$1"
	go "$1" verify --max 0 "$1"
	rm -rf repaired
	go "$1" verify --max 0 --json --repair repaired "$1"
	if has_subcommand virtiostat; then
		go "$1" virtiostat --input "$1"
		go "$1" virtiostat --json --input "$1" 1
	fi
	if has_subcommand plot; then
		go "$1" plot -t "$1" -o p.svg
		go "$1" plot -t "$1" --by process -o p.png
		go "$1" plot -t "$1" -O path -O kvm-exits -O virtqueues \
			-O phases -O cpu-map -o p.svg
		go "$1" plot -t "$1" -O offset-heat -O offset-latency \
			-O latency-heat -O latency-cdf -O latency-hist \
			-O size-hist -O seek-hist -O depth-heat -o p.svg
	fi
	for format in fio csv jsonl openmetrics perfetto sqlite; do
		rm -rf exported
		go "$1" export --format $format -o exported "$1"
	done
	rm -rf merged*
	go "$1" merge a="$1" b="$1" --anchor a=0,b=0 -o merged
	rm -rf merged*
	go "$1" merge a="$1" b="$1" --anchor kicks -o merged
	rm -rf "$1" "$1".blktrace.* repaired exported merged* dump p.svg p.png
}

# try NAME 'AWK' [FILE]: a trace with a record for each line of the program
try() {
	wanted "$1" || return 0
	text "$@" | "$mktrace" || fail "mktrace: $1"
	all "$1"
}

try devices 'for (i = 0; i < n; i++) printf "Q write time=%d.%09d dev=%d,%d\n", i / 1000, i, i % 4096, i / 4096'
try processes 'for (i = 0; i < n / 2; i++) printf "process time=1 pid=%d pdu=%032x\nQ read time=%d.%09d pid=%d\n", i + 1, 1 + i, 1 + i / 1000, i, i + 1'
try unended 'for (i = 0; i < n; i++) printf "Q write time=%d.%09d sector=%d\nD write,fs time=%d.%09d sector=%d\n", 1, i, i * 8, 1, i, i * 8'
try times 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d\n", i % 2 ? "C" : "Q", rand() * 18000000000, i'
try sectors 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d sector=0x%08x%08x bytes=%d\n", i % 2 ? "C" : "Q", i / 1000, i, rand() * 4294967295, rand() * 4294967295, rand() * 4294967295'
try cgroups 'for (i = 0; i < n; i++) printf "Q time=1.%09d act=0x00110101 pdu=%08x00000000\n", i, i'
try tags 'for (i = 1; i <= n / 2; i++) { h = sprintf("%08x", i); printf "0x4a08 notify sector=0 bytes=0 time=1.%09d pdu=0e000100%s%s%s%s%s\nQ read time=1.%09d\n", i, substr(h, 7, 2), substr(h, 5, 2), substr(h, 3, 2), substr(h, 1, 2), "414141414100", i }'
try vms 'for (i = 1; i <= n; i++) { h = sprintf("%08x", i); printf "0x4c00 notify sector=0 bytes=0 dev=0,0 time=1.%09d pid=%d pdu=10000100%s%s%s%s0100000000000000\n", i, i, substr(h, 7, 2), substr(h, 5, 2), substr(h, 3, 2), substr(h, 1, 2) }'
try messages 'for (i = 0; i < n; i++) printf "message time=1.%09d pdu=%040x\n", i, i'
# I/Os that never end, at any sector; the same of the driver alone
try queued 'for (i = 0; i < n; i++) printf "Q write time=%d.%09d sector=%.0f\n", i / 1000, i, rand() * 1e12'
try issued 'for (i = 0; i < n; i++) printf "D write,fs time=%d.%09d sector=%.0f\n", i / 1000, i, rand() * 1e12'
# all at one sector, first all Q; at one time; backwards
try onesector 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d\n", i < n / 3 ? "Q" : i < n / 3 * 2 ? "D" : "C", i / 1000, i'
try onetime 'for (i = 0; i < n; i++) printf "%s write time=1 sector=%d\n", i % 3 == 0 ? "Q" : i % 3 == 1 ? "D" : "C", rand() * 1000'
try backwards 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d sector=%d\n", i % 2 ? "Q" : "C", (n - i) / 1000, n - i, i / 2 * 8'
# each lies over all others
try overlap 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d sector=%d bytes=0xfffffe00\n", i < n / 3 ? "Q" : i < n / 3 * 2 ? "D" : "C", i / 1000, i, i % int(n / 3 + 1)'
# one sector more each time, so that each Q ends where another one does
try growing 'for (i = 0; i < n; i++) printf "%s read time=%d.%09d sector=%d bytes=%d\n", i % 2 ? "Q" : "D", i / 1000, i, 1e9 - i, 512 * (i % 8000000 + 1)'
try merges 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d sector=%d\n", i % 2 ? "M" : "Q", i / 1000, i, i / 2 * 8'
try splits 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d sector=%d pdu=00000000%08x\n", i % 2 ? "X" : "Q", i / 1000, i, i / 2 * 8, rand() * 1e9'
try remaps 'for (i = 0; i < n; i++) printf "A write time=%d.%09d sector=%d dev=8,%d pdu=008000%02x008000%02x00000000%08x\n", i / 1000, i, i * 8, i % 16, i % 16, (i + 1) % 16, i * 8'
try requeues 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d sector=%d\n", i % 2 ? "R" : "D", i / 1000, i, i / 1000 * 8'
try plugs 'for (i = 0; i < n; i++) printf "%s time=%d.%09d pid=%d sector=0 bytes=0 pdu=%016x\n", i % 2 ? "U" : "P", i / 1000, i, i, i'
try tasks 'for (i = 0; i < n; i++) printf "Q read time=%d.%09d pid=%d sector=%d\n", i / 1000, i, i, i'
try orders 'for (i = 0; i < n; i++) printf "%s\nv%d\n%s read time=%d.%09d sector=%d\n", i % 2 ? "be" : "le", 7 + i % 3 % 2, i % 4 < 2 ? "Q" : "C", i / 1000, i, i % 2 + i / 4 * 8'
# a stream of as many CPUs as can be
try cpus 'for (i = 0; i < n; i++) printf "%s read time=%d.%09d cpu=%d sector=%d\n", i % 2 ? "C" : "Q", i / 1000, i, i % 65536, i / 2' cpus
try losses 'for (i = 0; i < n; i++) printf "0x4a04 notify time=%d.%09d pdu=280001000000000000000000%s%s%s00000000000000000000000000000000\n", i / 1000, i, le(i % 9), le(i % 7 + 1), le(i)'
try exits 'for (i = 0; i < n; i++) printf "0x4c01 notify dev=0,0 time=%d.%09d pid=%d pdu=38000100%s%s02000000%s%072x\n", i / 1000, i, i % 60000, le(i % 4000), le(i % 60000), le(i), 0'
# losses among what was open when they came: of many vCPUs, of many I/Os
try vmlosses 'for (i = 0; i < n; i++) if (i < n / 2) printf "0x4c01 notify dev=0,0 time=%d.%09d pid=%d pdu=38000100%s%s02000000%s%072x\n", i / 1000, i, i + 1, le(1), le(i), le(120), 0; else printf "0x4a04 notify dev=0,0 time=%d.%09d pdu=28000100%s0000000001000000%s0000000000000000000000000000000000000000\n", i / 1000, i, le(0), le(1)'
try iolosses 'for (i = 0; i < n; i++) if (i < n / 2 || i % 2) printf "%s write time=%d.%09d sector=%d\n", i % 3 ? "D" : "Q", i / 1000, i, i * 8; else printf "0x4a04 notify time=%d.%09d pdu=28000100%s0000000001000000%s0000000000000000000000000000000000000000\n", i / 1000, i, le(8 * 1048576), le(1)'
# each of the last third covers all of the first one, as D or as C
try covered 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d sector=%d bytes=%d\n", i < n / 2 ? "Q" : "D", i / 1000, i, i < n / 2 ? i : 0, i < n / 2 ? 512 : 4294966784'
# ... which R gives back each time
try givenback 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d sector=%d bytes=%d\n", i < n / 3 ? "Q" : i % 2 ? "D" : "R", i / 1000, i, i < n / 3 ? i : 0, i < n / 3 ? 512 : 4294966784'
# ... and C ends in part, one sector each time
try inparts 'for (i = 0; i < n; i++) printf "%s write%s time=%d.%09d sector=%d bytes=%d\n", i < n / 3 ? "Q" : i % 2 ? "D" : "C", i % 2 || i < n / 3 ? "" : ",fs", i / 1000, i, i < n / 3 ? i : int((i - n / 3) / 2), i < n / 3 || i % 2 == 0 ? 512 : 4294966784'
# in flight at one sector, each of another size; SCSI commands
try sizes 'for (i = 0; i < n; i++) printf "%s write,fs time=%d.%09d bytes=%d\n", i < n / 2 ? "D" : "C", i / 1000, i, 512 * (1 + i)'
try commands 'for (i = 0; i < n; i++) printf "%s write,pc time=%d.%09d sector=0\n", i < n / 2 ? "D" : "C", i / 1000, i'
# D without bytes, none of which ends
try bare 'for (i = 0; i < n; i++) printf "D write,flush time=%d.%09d sector=0 bytes=0\n", i / 1000, i'
# I/O where a double no longer knows each sector
try far 'for (i = 0; i < n; i++) printf "%s read%s time=%d.%09d sector=1152921504606%06d\n", i % 2 ? "C" : "D", i % 2 ? ",fs" : "", i / 1000, i, int(i / 2) * 8 % 1000000'
# many flushes that wait for one, each D and C for all
try flushes 'for (i = 0; i < n; i++) printf "%s write,flush%s time=%d.%09d sector=0 bytes=0\n", i < n / 2 ? "Q" : i % 3 ? "D" : "C", i < n / 2 ? "" : ",fs", i / 1000, i'
# D and C whose times run backwards
try backlive 'for (i = 0; i < n; i++) { k = n - int(i / 3) * 3; printf "%s read time=%d.%09d sector=%d\n", i % 3 == 0 ? "Q" : i % 3 == 1 ? "D" : "C", (k + i % 3) / 10, (k + i % 3) % 10 * 100000000, i / 3 * 8 }'
try interrupts 'for (i = 0; i < n; i++) printf "0x4c07 notify dev=0,0 time=%d.%09d pid=%d pdu=1c000100%s%s%s%s%s%s\n", i / 1000, i, i, le(i), le(i), le(i), le(i), le(i), le(i)'
try queues 'for (i = 0; i < n; i++) printf "0x4e00 notify dev=0,0 time=%d.%09d pid=%d pdu=21000100%s%s0002000076697274696f5f626c6b007265712e3000\n", i / 1000, i, i, le(i), le(i % 5)'
try buffers 'for (i = 0; i < n; i++) printf "0x4e01 notify dev=0,0 time=%d.%09d pdu=50000100%s%s%0120x%s%s\n", i / 1000, i, le(0), le(0), 0, le(i), le(0)'
# kicks that come as a clock ticks, and their writes on a host
try kicks 'for (i = 0; i < n; i += 3) printf "0x4e02 notify dev=0,0 time=%d.%09d pdu=10000100000000000000000001000000\n0x4c05 notify dev=0,0 time=%d.%09d pdu=18000100%s%s000000000000000000000000\n0x4e03 notify dev=0,0 time=%d.%09d pdu=10000100000000000000000001000000\n", i / 1000, i, i / 1000, i + 1, le(1), le(0), i / 1000, i + 2'
# the longest payloads: of notes, and of events
if wanted payloads; then
	pdu=$(head -c 131070 /dev/zero | tr '\0' 1)
	{
		echo "file payloads.blktrace.0"
		echo "set dev=8,0 cpu=0 pid=100 sector=8 bytes=4096"
		for i in $(seq 50); do
			echo "0x4a02 notify time=1.$i pdu=$pdu"
			echo "message time=1.$i pdu=$pdu"
			echo "Q write time=1.$i pdu=$pdu"
		done
	} | "$mktrace" || fail "mktrace: payloads"
	all payloads
fi
if wanted zeros; then
	head -c 10000000 /dev/zero >zeros.blktrace.0
	all zeros
fi
# CPUs: one file name of the largest number, all others missing; verify --repair
# writes all of them, which takes a busy machine a minute
last=9999
[ "$rows" -lt 200000 ] || last=65535
if wanted cpu; then
	text cpu "print \"Q read time=1 cpu=$last\"" cpu.blktrace.$last |
		"$mktrace" || fail "mktrace: cpu"
	: >cpu.blktrace.0
	all cpu
fi
if [ -s bad ]; then
	cat bad
	fail "$(wc -l <bad) of $ran runs, see above"
fi
echo "INFO: $ran runs, each below a minute and a gigabyte of addresses"
exit 0
