# SPDX-License-Identifier: GPL-2.0
# memcheck over the unit tests, and over each subcommand that reads traces, on
# all captures and on damaged ones: no invalid access, no use of what was not
# set, nothing that is definitely lost.  "make valgrind" runs it; minutes.
# VALGRIND_ONLY: units, or the name of a capture.
. "${top_srcdir:-.}/tests/lib.sh"
need_command valgrind xz tar
nm "$iotape" 2>/dev/null | grep -q __asan_init &&
	skip "built with a sanitizer"
make_workdir
only=${VALGRIND_ONLY:-}
# fontconfig keeps what it has read, and cairo does not give it back
cat >suppressions <<'END'
{
   fontconfig
   Memcheck:Leak
   ...
   obj:*/libfontconfig.so*
}
END
nr=0
: >bad

# check WHAT COMMAND...: under memcheck
check() {
	local what=$1 status=0

	shift
	timeout 600 valgrind -q --error-exitcode=99 --leak-check=full \
		--errors-for-leak-kinds=definite --log-file=log \
		--suppressions="$workdir/suppressions" \
		"$@" >out 2>errors </dev/null || status=$?
	nr=$((nr + 1))
	# those of iotape, and 77: a unit test that is skipped.  Lines with --
	# say that valgrind does not know seccomp(2): there is no filter.
	case $status in
	0|1|3|77) grep -q '^==' log || return 0 ;;
	esac
	echo "$what: status $status: $* $(grep '^==' log | head -n 12)" >>bad
}

# readers NAME: the trace in the folder "tree"
readers() {
	local what=$1 name=$2

	check "$what" "$iotape" parse "$name"
	check "$what" "$iotape" parse -t -s --json "$name"
	check "$what" "$iotape" parse --io "$name"
	check "$what" "$iotape" stat --by device,process,op "$name"
	check "$what" "$iotape" stat --json "$name"
	check "$what" "$iotape" stat --btt -A -o btt "$name"
	check "$what" "$iotape" tag --tag-by process "$name"
	check "$what" "$iotape" kvmstat --input "$name"
	check "$what" "$iotape" virtiostat --input "$name"
	check "$what" "$iotape" verify "$name"
	rm -rf repaired fio db
	check "$what" "$iotape" verify --json --repair repaired "$name"
	check "$what" "$iotape" export --format csv "$name"
	check "$what" "$iotape" export --format perfetto -o pftrace "$name"
	check "$what" "$iotape" export --format fio -o fio "$name"
	! has_subcommand plot ||
		check "$what" "$iotape" plot -t "$name" -o p.svg
}

if [ -z "$only" ] || [ "$only" = units ]; then
	for test in "$top_builddir"/tests/unit/t-*; do
		case $test in *.*) continue ;; esac
		check "$(basename "$test")" "$test"
	done
fi
for archive in "$top_srcdir"/tests/captures/*.tar.xz; do
	capture=$(basename "$archive" .tar.xz)
	[ -z "$only" ] || [ "$only" = "$capture" ] || continue
	rm -rf tree && mkdir tree
	tar -C tree -xJf "$archive"
	file=$(find tree -name '*.blktrace.*' -size +0 | sort | head -n 1)
	[ -n "$file" ] || continue
	# 4000 bytes of it are some 60 records: valgrind is slow
	head -c 4000 "$file" >whole.blktrace.0
	readers "$capture" whole
	# and with 16 bytes of another file in the middle
	{
		head -c 1500 whole.blktrace.0
		head -c 16 /dev/zero | tr '\0' '\377'
		tail -c +1517 whole.blktrace.0
	} >damaged.blktrace.0
	readers "$capture, damaged" damaged
done
if [ -s bad ]; then
	cat bad
	fail "of $nr runs under valgrind, see above"
fi
[ $nr -gt 0 ] || fail "no capture is called $only"
echo "INFO: $nr runs under valgrind without an error"
