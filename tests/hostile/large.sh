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

# make NAME 'AWK': a record for each line that the program prints
make() {
	{
		echo "file $1.blktrace.0"
		echo "set dev=8,0 cpu=0 pid=100 sector=8 bytes=4096"
		awk -v n="$rows" "BEGIN { srand(7); $2 }"
	} | "$mktrace" || fail "mktrace: $1"
}

ran=0
: >bad
# go NAME COMMAND...
go() {
	local what=$1 status=0

	shift
	timeout 60 prlimit --as="$limit" "$iotape" "$@" \
		>out 2>errors </dev/null || status=$?
	ran=$((ran + 1))
	case $status in
	0|1|3) ;;
	*) echo "$what: status $status of $*: $(tail -n 2 errors)" >>bad ;;
	esac
	! grep -q 'out of memory' errors ||
		echo "$what: no memory: $*: $(tail -n 1 errors)" >>bad
}

# all NAME: everything that reads a trace
all() {
	go "$1" parse "$1"
	go "$1" parse -t -s --json "$1"
	go "$1" parse --io "$1"
	go "$1" stat "$1"
	go "$1" stat --by device,process,cgroup,op,size,cpu --json "$1"
	go "$1" stat --interval 1 "$1"
	go "$1" stat --vm "$1"
	mkdir -p btt
	go "$1" stat --btt -A -o btt/x "$1"
	rm -rf btt
	go "$1" tag --tag-by process "$1"
	go "$1" kvmstat --vcpus --input "$1"
	go "$1" verify --max 0 "$1"
	rm -rf repaired
	go "$1" verify --max 0 --json --repair repaired "$1"
	if has_subcommand virtiostat; then
		go "$1" virtiostat --input "$1"
	fi
	if has_subcommand plot; then
		go "$1" plot -t "$1" -o p.svg
		go "$1" plot -t "$1" --by process -o p.png
	fi
	rm -f "$1".blktrace.0 p.svg p.png
}

make devices 'for (i = 0; i < n; i++) printf "Q write time=%d.%09d dev=%d,%d\n", i / 1000, i, i % 4096, i / 4096'
all devices
make processes 'for (i = 0; i < n / 2; i++) printf "process time=1 pid=%d pdu=%032x\nQ read time=%d.%09d pid=%d\n", i + 1, 1 + i, 1 + i / 1000, i, i + 1'
all processes
make unended 'for (i = 0; i < n; i++) printf "Q write time=%d.%09d sector=%d\nD write,fs time=%d.%09d sector=%d\n", 1, i, i * 8, 1, i, i * 8'
all unended
make times 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d\n", i % 2 ? "C" : "Q", rand() * 18000000000, i'
all times
make sectors 'for (i = 0; i < n; i++) printf "%s write time=%d.%09d sector=0x%08x%08x bytes=%d\n", i % 2 ? "C" : "Q", i / 1000, i, rand() * 4294967295, rand() * 4294967295, rand() * 4294967295'
all sectors
make cgroups 'for (i = 0; i < n; i++) printf "Q time=1.%09d act=0x00110101 pdu=%08x00000000\n", i, i'
all cgroups
make tags 'for (i = 1; i <= n / 2; i++) { h = sprintf("%08x", i); printf "0x4a08 notify sector=0 bytes=0 time=1.%09d pdu=0e000100%s%s%s%s%s\nQ read time=1.%09d\n", i, substr(h, 7, 2), substr(h, 5, 2), substr(h, 3, 2), substr(h, 1, 2), "414141414100", i }'
all tags
make vms 'for (i = 1; i <= n; i++) { h = sprintf("%08x", i); printf "0x4c00 notify sector=0 bytes=0 dev=0,0 time=1.%09d pid=%d pdu=10000100%s%s%s%s0100000000000000\n", i, i, substr(h, 7, 2), substr(h, 5, 2), substr(h, 3, 2), substr(h, 1, 2) }'
all vms
make messages 'for (i = 0; i < n; i++) printf "message time=1.%09d pdu=%040x\n", i, i'
all messages
pdu=$(head -c 131070 /dev/zero | tr '\0' 1)
{
	echo "file payloads.blktrace.0"
	echo "set dev=8,0 cpu=0 pid=100 sector=8 bytes=4096"
	for i in $(seq 150); do
		echo "0x4a02 notify time=1.$i pdu=$pdu"
	done
} | "$mktrace" || fail "mktrace: payloads"
all payloads
head -c 10000000 /dev/zero >zeros.blktrace.0
all zeros
# CPUs: one file name of the largest number, all others missing
make cpu 'print "Q read time=1 cpu=65535"'
mv cpu.blktrace.0 cpu.blktrace.65535
: >cpu.blktrace.0
all cpu
if [ -s bad ]; then
	cat bad
	fail "$(wc -l <bad) of $ran runs, see above"
fi
echo "INFO: $ran runs, each below a minute and a gigabyte of addresses"
exit 0
