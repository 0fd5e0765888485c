# SPDX-License-Identifier: GPL-2.0
# Each subcommand over a small trace, with each of its calls failing once:
# memory, read, write, open, mmap (tests/fault/shim.c).  It must end by itself,
# with its results or with one sentence and status 1 (tests/fault/sweep.c has
# the rules).  Of the long rows each FAULT_STEPth call only (40); "make fault"
# does every one.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
step=${FAULT_STEP:-40}
make_workdir
need_shim

"$top_builddir/tests/mktrace" <"$top_srcdir/tests/golden/stat-page/in.txt" ||
	fail "mktrace"
trace=$(echo "$workdir"/*.blktrace.0)
trace=${trace%.blktrace.0}
# for what wants the time of day
"$top_builddir/tests/mktrace" <<<'file day.blktrace.0
timestamp time=0.5 pid=0 sector=0 bytes=0 pdu=00f1536500000000
Q read time=1.0 dev=8,0 pid=100 sector=8 bytes=4096
C read,fs time=1.1 dev=8,0 pid=100 sector=8 bytes=4096' || fail "mktrace"
printf 'fast process=fio op=read\nrest\n' >rules
# for merge: a guest and its host, and more CPUs than files stay open
mkdir guest host
awk -v even=0 -f "$top_srcdir/tests/kicks.awk" | "$top_builddir/tests/mktrace" ||
	fail "mktrace"
{
	printf 'file crowd\nset dev=8,0 pid=100 sector=8 bytes=4096\n'
	for cpu in $(seq 0 299); do
		echo "Q read time=1.$((1000 + cpu)) cpu=$cpu"
	done
} | "$top_builddir/tests/mktrace" || fail "mktrace"

writes="write-short write-eintr write-enospc write-eagain write-eio"
# of a file of rules, or a temporary one: stdio takes an interrupted read for an
# error
rules="read-short read-eio $writes open-emfile open-eacces mmap"
calls="$rules read-eintr pread-short pread-eintr pread-eio"

# Kinds, and a command; the first word of the command is the subcommand.
rows='
malloc+calls	parse TRACE
malloc+calls	parse -t -s --json TRACE
malloc+calls	parse -q -O -d dump TRACE
malloc+calls	parse --io TRACE
malloc+calls	stat --by device,process,op TRACE
malloc+calls	stat --json TRACE
malloc+calls	stat --interval 0.01 TRACE
malloc+calls	stat --btt -A -Z -o o TRACE
malloc+calls	merge -o - --anchor a=0,b=0 a=TRACE b=TRACE
malloc+calls	merge -o o --anchor a=0,b=0 a=TRACE b=TRACE
malloc+calls	merge -o o --anchor kicks HERE/host HERE/guest
writes+open-emfile	merge -o o --anchor a=0,b=0 a=TRACE b=HERE/crowd
malloc+calls	kvmstat --vcpus --input TRACE
malloc+calls	virtiostat --input TRACE
malloc+calls	verify TRACE
malloc+calls	verify --json TRACE
malloc+calls	verify --repair o TRACE
malloc+calls	export --format csv TRACE
malloc+calls	export --format jsonl -o o TRACE
malloc+calls	export --format fio -o o TRACE
malloc+rules	export --format openmetrics DAY
malloc+calls	export --format perfetto -o o TRACE
malloc+calls	export --format sqlite -o o TRACE
malloc+calls	tag --tag-by process TRACE
malloc+rules	tag --tag-rules RULES --format json -o tags TRACE
malloc+calls	plot -t TRACE -o p.svg
writes		plot -t TRACE -o p.png
malloc+calls	--version
'
# Of a PNG only what is written: fontconfig, which cairo asks for fonts,
# crashes without memory (2.14.1: FcValueSave copies a string that is NULL), and
# takes another font when a file of its own cannot be read.  Not doctor: what
# it says depends on the machine.

nr=0
bad=0
while read -r kinds command; do
	[ -n "$kinds" ] || continue
	case $command in
	-*) ;;
	*) has_subcommand "${command%% *}" || continue ;;
	esac
	command=${command//TRACE/$trace}
	command=${command//DAY/$workdir/day}
	command=${command//HERE/$workdir}
	command=${command//RULES/$workdir/rules}
	kinds=${kinds/calls/$calls}
	kinds=${kinds/rules/$rules}
	kinds=${kinds/writes/$writes}
	for kind in ${kinds/+/ }; do
		# shellcheck disable=SC2086
		timeout 600 "$sweep" "$shim" "$step" "$kind" "$iotape" \
			$command >said || {
			bad=$((bad + 1))
			echo "$kind: $command" && cat said
		}
		nr=$((nr + $(sed -n 's/^\([0-9]*\) runs,.*/\1/p' said | grep . || echo 0)))
	done
done <<<"$rows"
echo "INFO: $nr runs, each with another call failing"
[ "$nr" -gt 100 ] || fail "only $nr runs"
[ "$bad" = 0 ] || fail "$bad rows, see above"
