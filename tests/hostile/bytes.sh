# SPDX-License-Identifier: GPL-2.0
# Every byte value in names of processes, devices, cgroups, queues, VMs and
# files, in labels and messages, in each view: no control character reaches a
# terminal, JSON is JSON, SVG is XML, CSV has its columns.  Only "parse" and
# "stat --btt" into a file write what blkparse and btt write, byte for byte.
. "${top_srcdir:-.}/tests/lib.sh"
need_command python3 script
make_workdir
# so that nothing but a name can be a sequence
export NO_COLOR=1 TERM=dumb
bytes() {
	python3 "$top_srcdir/tests/hostile/bytes.py" "$@"
}
bytes make t >t.txt || fail "bytes.py"
"$top_builddir/tests/mktrace" <t.txt || fail "mktrace"

ran=0
: >bad
# judge KIND FILE COMMAND...
judge() {
	local kind=$1 file=$2 said

	shift 2
	ran=$((ran + 1))
	said=$(bytes check "$kind" "$file") ||
		echo "$kind: $*: $said" >>bad
}

# view KIND COMMAND...: its output, its messages, and both on a terminal
view() {
	local kind=$1 status=0 words

	shift
	timeout 60 "$iotape" "$@" >out 2>errors </dev/null || status=$?
	case $status in
	0|3) ;;
	*) echo "status $status: $*: $(head -n 3 errors)" >>bad ;;
	esac
	[ "$kind" = none ] || judge "$kind" out "$@"
	[ ! -s errors ] || judge text errors "messages of $*"
	printf -v words '%q ' "$iotape" "$@"
	timeout 60 script -qefc "$words" /dev/null >tty </dev/null 2>&1
	[ ! -s tty ] || judge tty tty "on a terminal: $*"
}

# file KIND FILE COMMAND...: that writes this file
file() {
	local kind=$1 file=$2

	shift 2
	rm -f "$file"
	view none "$@"
	[ ! -e "$file" ] || judge "$kind" "$file" "$@"
	[ -e "$file" ] || echo "no $file: $*" >>bad
}

# what every message about a file says, too
for part in 0 1; do
	odd=$(bytes name $part)
	ln t.blktrace.0 "$odd.blktrace.0" || fail "no such name: $odd"
	view text verify "$odd"
	view json verify --json "$odd"
	view text stat "$odd"
	view jsonl parse -q --json "$odd"
	view none parse "$odd"
	# a file that is damaged is named
	head -c 100 "$odd.blktrace.0" >cut
	odd=$part$odd
	mv cut "$odd.blktrace.0"
	view text verify "$odd"
	view json verify --json "$odd"
	view text stat "$odd"
	view none parse "$odd"
	rm -- "$odd.blktrace.0"
	timeout 60 "$iotape" stat "$odd" >out 2>errors && fail "there is no $odd"
	judge text errors "no such file"
done

for how in -t -s -v --all "--compat 1.3" "-t -s -h"; do
	# shellcheck disable=SC2086
	view none parse $how t
done
view none parse -f '%C|%a|%P|%m|%M|%e|%g|%N\n' t
view none parse -F 'Q,%C %D %P\n' t
view none parse --io t
view jsonl parse -q --json t
view jsonl parse -q --all --json t

for by in device process cgroup tag; do
	view text stat --by $by --top 1000 t
	view json stat --by $by --top 1000 --json t
done
for by in process cgroup device; do
	view text tag --tag-by $by --format summary t
	view jsonl tag --tag-by $by --format json t
done
view text stat --interval 0.1 t
view text stat --vm t
view none stat --btt -A t
rm -f ./*.dat

view text verify t
view json verify --json t
view text verify --repair repaired t

for format in csv jsonl; do
	view $format export --format $format t
done
for by in device process; do
	rm -rf o
	view none export --format fio --by $by -o o t
	find o -type f >files
	judge text files "names of files of fio"
	find o -type f ! -name '*.img' -exec cat {} + >all
	judge text all "what is in files of fio"
	rm -rf o
done
file any o export --format sqlite -o o t
view text export --format openmetrics t
rm -f o
file any o export --format perfetto -o o t

view text kvmstat --input t
view json kvmstat --json --input t
view text virtiostat --input t
view json virtiostat --json --input t

if has_subcommand plot; then
	for by in device process cgroup tag; do
		file xml p.svg plot -t t --by $by -o p.svg
	done
	file xml p.svg plot -t t -P -o p.svg
	odd=$(bytes name 0)
	file xml p.svg plot -t t -T "$odd" -l "$odd" -o p.svg
	have_command xmllint && ! xmllint --noout p.svg 2>xml &&
		echo "xmllint: $(head -n 1 xml)" >>bad
fi
if [ -s bad ]; then
	cut -c 1-400 bad
	fail "$(wc -l <bad) of $ran, see above"
fi
[ "$ran" -gt 100 ] || fail "only $ran views"
echo "INFO: $ran outputs of which none has a control character"
