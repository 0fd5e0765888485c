# SPDX-License-Identifier: GPL-2.0
# Helpers of the fault tests, after tests/lib.sh.

facts=$top_builddir/tests/tools/trace-facts

# fact KEY FILE...: one number of tests/tools/trace-facts.
fact() {
	local key=$1

	shift
	"$facts" "$@" >"$workdir/.facts" || fail "not whole records: $*"
	awk -v key="$key" '$1 == key { print $2 }' "$workdir/.facts"
}

# assert_events GOT WANTED WHAT: equal.  Where process 1 is hidden from BPF
# (tests/fidelity/run.sh, find_hidden), what an interrupt does in one of its
# threads is not seen: up to 2% may be missing there.
assert_events() {
	[ "$1" = "$2" ] && return
	! readlink /proc/1/exe >/dev/null 2>&1 && [ "$1" -lt "$2" ] &&
		[ "$1" -ge $(($2 - $2 / 50 - 1)) ] && return
	fail "$3: $1, not $2"
}

# load N [OPTION...]: N direct reads of 4 KiB, one after the other, on $loop.
load() {
	local nr=$1

	shift
	fio --name=load --filename="$loop" --direct=1 --rw=randread --bs=4k \
		--ioengine=psync --number_ios="$nr" --minimal \
		--output=/dev/null "$@"
}

# need_preload: skips where no library can stand before those of iotape.
need_preload() {
	if nm "$iotape" 2>/dev/null | grep -q __asan_init; then
		skip "a sanitizer wants to be the first library"
	fi
}

# make_preload NAME: the library NAME.so of the C on standard input.
make_preload() {
	have_command cc || skip "no compiler for a library of the test"
	cat >"$1.c"
	cc -shared -fPIC -o "$1.so" "$1.c" -ldl || skip "cc makes no library"
}

# need_shim: the library that lets calls fail is $shim, its driver $sweep.
need_shim() {
	sweep=$top_builddir/tests/fault/sweep
	shim=$top_builddir/tests/fault/shim.so
	[ -s "$shim" ] || skip "the shim is for x86-64 and arm64"
	need_preload
}

# copy_iotape: a copy that any user may run, in $open_dir; all may write there.
copy_iotape() {
	open_dir=$(mktemp -d) || fail "mktemp -d failed"
	at_exit rm -rf "$open_dir"
	chmod 777 "$open_dir"
	cp "$iotape" "$open_dir/iotape" && chmod 755 "$open_dir/iotape"
}

# start_record OPTION...: in the background, attached when this returns;
# its process is $recorder, the output in $out and $err as with "run".
start_record() {
	local i

	out=$workdir/.out err=$workdir/.err
	ran="iotape record $*"
	rm -rf "$workdir/rec" && mkdir "$workdir/rec"
	# a harness may have been started with signals ignored (nohup)
	env --default-signal "$iotape" record -D "$workdir/rec" -o t "$@" \
		>"$out" 2>"$err" &
	recorder=$!
	# The first notes are flushed after the programs were attached.
	for i in $(seq 100); do
		[ -s "$workdir/rec/t.blktrace.0" ] && return
		kill -0 $recorder 2>/dev/null || break
		sleep 0.1
	done
	cat "$err" >&2
	fail "iotape record does not begin"
}

# end_record SIGNAL
end_record() {
	local i

	kill -"$1" $recorder || fail "the recorder is gone"
	for i in $(seq 100); do
		kill -0 $recorder 2>/dev/null || break
		sleep 0.1
	done
	kill -9 $recorder 2>/dev/null && fail "SIG$1 did not end it in 10 s"
	status=0
	wait $recorder || status=$?
}

# make_freezable: $upper, a loop device whose file lies on mnt, a file system on
# $loop.  While that is frozen (fsfreeze), a write to $upper waits.
make_freezable() {
	mkfs.ext4 -q "$loop" || fail "mkfs"
	mkdir mnt && mount "$loop" mnt || fail "mount"
	at_exit umount mnt
	truncate -s 8M mnt/disk
	upper=$(losetup -f --show mnt/disk) || fail "losetup"
	at_exit losetup -d "$upper"
	at_exit sh -c 'fsfreeze -u mnt 2>/dev/null || :'
}
