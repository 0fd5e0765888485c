# SPDX-License-Identifier: GPL-2.0
# memcheck over the unit tests, and over what reads traces: no invalid access,
# no use of what was not set, nothing that is definitely lost.  "make valgrind"
# runs it; half an hour.
#
# Of each trace whose bytes are looked at, all command lines of the fuzz target
# "command" run in one process, since starting valgrind takes longer than a
# small trace: all captures, whole and damaged, the traces of tests/hostile, and
# the seeds of the fuzz targets.  Commands by themselves run on the captures
# of VALGRIND_ALONE (three; all).
#
# VALGRIND_ONLY: "units", "alone", "captures", "hostile", "seeds", some of them.
# VALGRIND_BYTES (4000): of each capture.  VALGRIND_SEEDS (100): of all seeds.
. "${top_srcdir:-.}/tests/lib.sh"
need_command valgrind xz tar
nm "$iotape" 2>/dev/null | grep -q __asan_init &&
	skip "built with a sanitizer"
make_workdir
only=${VALGRIND_ONLY:-units alone captures hostile seeds}
alone=${VALGRIND_ALONE:-scsi-ext4 errors-dm zoned-nullblk}
bytes=${VALGRIND_BYTES:-4000}
seeds=${VALGRIND_SEEDS:-100}
rows=$(grep -c '^	{ "' "$top_srcdir/tests/fuzz/command.c")
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

# wanted WORD WORDS
wanted() {
	case " $2 " in *" $1 "*|*" all "*) return 0 ;; esac
	return 1
}

# together WHAT FILE...: all command lines on each, twenty files a process
together() {
	local what=$1 some=()

	shift
	while [ $# != 0 ]; do
		some=("${@:1:20}")
		shift ${#some[@]}
		check "$what ${some[0]##*/}..." \
			"$top_builddir/tests/fuzz/command-alone" -e "$rows" \
			"${some[@]}"
		traces=$((traces + ${#some[@]}))
	done
}

traces=0
if wanted units "$only"; then
	for test in "$top_builddir"/tests/unit/t-*; do
		case $test in *.*) continue ;; esac
		check "$(basename "$test")" "$test"
	done
fi
mkdir captures hostile seeds
for archive in "$top_srcdir"/tests/captures/*.tar.xz; do
	capture=$(basename "$archive" .tar.xz)
	rm -rf tree && mkdir tree
	tar -C tree -xJf "$archive"
	file=$(find tree -name '*.blktrace.*' -size +0 | sort | head -n 1)
	[ -n "$file" ] || continue
	head -c "$bytes" "$file" >whole.blktrace.0
	# and with 16 bytes of another file in the middle
	{
		head -c 1500 whole.blktrace.0
		head -c 16 /dev/zero | tr '\0' '\377'
		tail -c +1517 whole.blktrace.0
	} >damaged.blktrace.0
	cp whole.blktrace.0 "captures/$capture"
	cp damaged.blktrace.0 "captures/$capture-damaged"
	wanted "$capture" "$alone" && wanted alone "$only" || continue
	readers "$capture" whole
	readers "$capture, damaged" damaged
done
! wanted captures "$only" || together captures "$workdir"/captures/*
if wanted hostile "$only"; then
	HOSTILE_KEEP=$workdir/hostile bash \
		"$top_srcdir/tests/hostile/ways.tap" >log 2>&1 || fail "ways.tap"
	HOSTILE_KEEP=$workdir/hostile HOSTILE_ROWS=60 bash \
		"$top_srcdir/tests/hostile/large.sh" >log 2>&1 ||
		fail "large.sh: $(tail -n 3 log)"
	# one of 10 MB is no longer a small one
	find hostile -size +64k -delete
	together hostile "$workdir"/hostile/*
fi
if wanted seeds "$only"; then
	for archive in "$top_srcdir"/tests/fuzz/seeds/*.tar.xz; do
		mkdir tree.seeds
		tar -C tree.seeds -xJf "$archive"
		for file in tree.seeds/*; do
			mv "$file" "seeds/$(basename "$archive" .tar.xz)-${file##*/}"
		done
		rm -r tree.seeds
	done
	# the last byte of these is a command line already
	check "seeds of command" "$top_builddir/tests/fuzz/command-alone" \
		"$workdir"/seeds/command-*
	set -- "$workdir"/seeds/[rstu]*-*
	step=$(($# / seeds + 1))
	some=()
	for ((i = 1; i <= $#; i += step)); do
		some+=("${!i}")
	done
	together seeds "${some[@]}"
	for file in "$workdir"/captures/*; do
		printf '\000\001\002' | cat "$file" "$file" - >both
		cp both "$file-2"
		printf '\042\001\002' | cat "$file" "$file" - >"$file-3"
	done
	check merge "$top_builddir/tests/fuzz/merge-alone" \
		"$workdir"/captures/*-[23]
fi
if [ -s bad ]; then
	cat bad
	fail "of $nr runs under valgrind, see above"
fi
[ $nr -gt 0 ] || fail "nothing is called $only"
echo "INFO: $nr runs under valgrind without an error; of them, runs of"$(
	)" $rows commands on each of $traces traces"
