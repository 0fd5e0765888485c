# SPDX-License-Identifier: GPL-2.0
# The limits of doc/SECURITY.md, one step beyond each: refused or cut with a
# message that has the number.  Those inside of modules: t-life.c, t-tag.c,
# tests/hostile-helper.
. "${top_srcdir:-.}/tests/lib.sh"
need_command awk
make_workdir

# trace NAME: the text on stdin
trace() {
	{
		echo "file $1.blktrace.0"
		echo "set dev=8,0 cpu=0 pid=100 sector=8 bytes=4096"
		cat
	} | "$top_builddir/tests/mktrace" || fail "mktrace: $1"
}

# devices NAME N: an event of each of N
devices() {
	awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++)
		printf "Q write time=1.%09d dev=%d,%d seq=1\n", i,
		       1 + int(i / 65536), i % 65536 }' | trace "$1"
}

trace cpus <<<'Q read time=1.0 cpu=65536'
run sh -c '"$0" parse -q -i - <cpus.blktrace.0' "$iotape"
assert_status 3
assert_err 'there is no such CPU'

devices btt 1025
run "$iotape" stat --btt btt
assert_status 1
assert_one_error
assert_err 1024

# Two of all devices that a file has, on the CPU of the file.
devices lanes 65537
run "$iotape" verify lanes
assert_status 3
assert_out '^lanes.blktrace.0: limit: .*65536'
assert_out ' 4096 devices or more'

# The next header is more than 1 MiB away.
trace far <<<'Q read time=1.0'
head -c 1100000 /dev/zero >>far.blktrace.0
printf 'file more\nQ read dev=8,0 time=2.0\n' | "$top_builddir/tests/mktrace"
cat more >>far.blktrace.0
run "$iotape" parse -q far
assert_status 3
assert_err 'far\.blktrace\.0: offset 48'
assert_eq "$(grep -c '^ *8,0' "$out")" 1

trace one <<<'Q read time=1.0
C read,fs time=1.1'
seq 1025 | sed 's/.*/tag&/' >rules
run "$iotape" tag --tag-rules rules one
assert_status 1
assert_one_error
assert_err '1024'

# Regular expressions: what is too large, and what takes too long for a name
x=$(printf '%4097s' | tr ' ' x)
for regex in "$x" '((a{999}){999}){999}' "$(printf '%300s' | tr ' ' '(')"; do
	echo "x 'process=$regex'" >rules
	run "$iotape" tag --tag-rules rules one
	assert_status 1
	assert_one_error
	assert_err 'rules: line 1: .*" is too much: '
done
{
	echo 'set pid=7'
	echo 'process pdu="aaaaaaaaaaaaaab"'
	echo 'Q read time=1.0'
	echo 'C read,fs time=1.1'
} | trace named
echo 'slow process=^((a+)+)+((a+)+)+$
other' >rules
run "$iotape" tag --tag-rules rules named
assert_status 3
assert_one_error
assert_err '" takes too long: 1 names were taken not to fit such rules$'
assert_out 'other'

run "$iotape" parse -f '%4097C' one
assert_status 2
assert_err '4096'

if has_subcommand plot; then
	run "$iotape" plot -t one -w 20000 --scale 2 -o p.png
	assert_status 1
	assert_err '32000'
	[ ! -e p.png ] || fail "a picture that was refused"
fi

# kvm_entry of one VM too many: flags and size, vm, vcpu, rip
awk 'BEGIN { for (i = 1; i <= 4097; i++)
	printf "0x4c00 time=1.%09d act=0x04004c00 pid=%d pdu=10000100%02x%02x00000100000000000000\n",
	       i, i, i % 256, int(i / 256) }' | trace vms
run "$iotape" stat --vm vms
assert_status 0
assert_out "further VMs, not looked at: 1$"
# of these any may be the one with the name, but for the last one
run "$iotape" kvmstat --vm web --input vms
assert_status 3
assert_err '^iotape kvmstat: 1 events are left out: more than 4096 VMs whose name'
run "$iotape" kvmstat --vm web --json --input vms
assert_status 3
assert_out '"total":0,"left_out":1,"events":'
run "$iotape" kvmstat --json --input vms
assert_status 0
assert_out '"total":4097,"events":'

# virtio_kick of one virtqueue too many: flags and size, device, queue
awk 'BEGIN { for (i = 0; i <= 16384; i++)
	printf "0x4e02 time=1.%09d act=0x04004e02 dev=0,0 pdu=10000100%02x%02x00000000000001000000\n",
	       i, i % 256, int(i / 256) }' | trace queues
run "$iotape" virtiostat --input queues
assert_status 3
assert_err '^iotape virtiostat: 1 records are left out: more than 16384 virtqueues$'

# kvm_exit of AMD (2), with one reason more than are told apart
awk 'BEGIN { for (i = 1; i <= 4097; i++)
	printf "0x4c01 time=1.%09d act=0x04004c01 pid=7 pdu=38000100%s%s%02x%02x0000%072x\n",
	       i, "0100000001000000", "02000000", i % 256, int(i / 256), 0 }' |
	trace exits
run "$iotape" kvmstat --input exits
assert_status 0
assert_out '^ 1 exits are in no line by reason: more than 4096 reasons$'
run "$iotape" kvmstat --json --input exits
assert_status 0
assert_out '"no_reason":1,'

# 4096 reasons on each of 4 vCPUs, and one on a fifth
awk 'BEGIN { for (i = 0; i <= 16384; i++)
	printf "0x4c01 time=1.%09d act=0x04004c01 pid=%d pdu=38000100%s%02x%s%02x%02x0000%072x\n",
	       i, 7 + int(i / 4096), "01000000", 1 + int(i / 4096),
	       "00000002000000", i % 256, int(i / 256) % 16, 0 }' | trace vcpus
run "$iotape" kvmstat --vcpus --input vcpus
assert_status 0
assert_out '^ 1 times are in no line by vCPU: more than 16384 reasons'
run "$iotape" kvmstat --vcpus --json --input vcpus
assert_status 0
assert_out '"total":16385,"no_vcpu":1,"events":'

# 10000 Ds, each of which lies over each of 10000 Qs
awk 'BEGIN { for (i = 0; i < 20000; i++)
	printf "%s write time=1.%09d sector=%d bytes=%d\n",
	       i < 10000 ? "Q" : "D", i, i < 10000 ? i : 0,
	       i < 10000 ? 512 : 8000000 }' | trace covered
run "$iotape" stat --btt covered
assert_status 1
assert_one_error
assert_err '^iotape stat: 1[0-9]{4} events met queued I/Os [0-9]+ times, more than 256 times each'
# of what came before there is a report
assert_out '^Q2Q .* 9999$'

# The longest message, each byte of which is six in JSON: more than the buffer.
trace long <<END
Q write time=1.0
message time=1.1 pdu=$(head -c 131070 /dev/zero | tr '\0' 1)
END
run "$iotape" parse -q --json long
assert_status 0
assert_eq "$(grep -o 'u0011' "$out" | wc -l)" 65535 "bytes of the message"
