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

# make_bpf_preload NAME: the library NAME.so, in which bpf(2) is what the C on
# standard input makes of it:
#	static long on_bpf(long cmd, union bpf_attr *attr, long size)
# The kernel's own is next_bpf(), with the same arguments.
make_bpf_preload() {
	{
		cat <<-'END'
			#define _GNU_SOURCE
			#include <dlfcn.h>
			#include <linux/bpf.h>
			#include <string.h>
			#include <sys/syscall.h>
			/* not <unistd.h>, whose syscall() has another form */
			int access(const char *path, int mode);
			int dup(int fd);
			static long next(long nr, long a, long b, long c, long d,
					 long e, long f)
			{
				return ((long (*)(long, long, long, long, long,
						  long, long))
					dlsym(RTLD_NEXT, "syscall"))
					(nr, a, b, c, d, e, f);
			}
			static long next_bpf(long cmd, union bpf_attr *attr,
					     long size)
			{
				return next(SYS_bpf, cmd, (long)attr, size, 0, 0,
					    0);
			}
		END
		cat
		cat <<-'END'
			long syscall(long nr, long a, long b, long c, long d,
				     long e, long f)
			{
				return nr == SYS_bpf ?
					on_bpf(a, (union bpf_attr *)b, c) :
					next(nr, a, b, c, d, e, f);
			}
		END
	} | make_preload "$1" || exit
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

# await_record FILE [PID]: the recorder, $recorder or that one, has attached its
# programs, since what comes first has been written to FILE.
await_record() {
	local file=$1 pid=${2:-$recorder}

	wait_until 60 eval '[ -s "$file" ] || has_ended "$pid"'
	[ -s "$file" ]
}

# nr_links PID: how many programs it has attached.
nr_links() {
	grep -ls '^link_type:' /proc/"$1"/fdinfo/* | wc -l
}

# must_begin FILE COMMAND...: COMMAND, one of await_record and await_links, succeeds;
# else the test fails with what the recorder has written into FILE.
must_begin() {
	"${@:2}" || fail "it does not begin: $(cat "$1")"
}

# await_links PID: where no file says it, until all programs are attached: there
# were no more of them for a second.
await_links() {
	local pid=$1 nr last=0

	wait_until 60 eval '[ "$(nr_links "$pid")" -gt 0 ] || has_ended "$pid"'
	while nr=$(nr_links "$pid"); [ "$nr" != "$last" ]; do
		last=$nr
		sleep 1
	done
	[ "$nr" -gt 0 ]
}

# start_perf EVENT...: perf records them into perf.data; its process is $perf,
# end_perf ends it.  It says when it records: that takes a while.
start_perf() {
	local events=() event control ack

	for event; do
		events+=(-e "$event")
	done
	mkfifo control ack
	exec {control}<>control {ack}<>ack
	perf record -q -a -D -1 --control fifo:control,ack -o perf.data \
		"${events[@]}" -- sleep 1000 2>perf.err 8>&- &
	perf=$!
	at_exit sh -c "kill $perf 2>/dev/null || :"
	echo enable >&"$control"
	read -r -t 60 -u "$ack" _ || { cat perf.err; fail "perf does not begin"; }
	exec {control}>&- {ack}>&-
}
end_perf() {
	kill -TERM $perf
	status=0
	wait $perf || status=$?
	# it may end by the signal itself
	[ $status = 0 ] || [ $status = 143 ] ||
		{ cat perf.err; fail "perf record: status $status"; }
}

# start_record OPTION...: in the background, attached when this returns;
# its process is $recorder, the output in $out and $err as with "run".
start_record() {
	out=$workdir/.out err=$workdir/.err
	ran="iotape record $*"
	rm -rf "$workdir/rec" && mkdir "$workdir/rec"
	# a harness may have been started with signals ignored (nohup)
	env --default-signal "$iotape" record -D "$workdir/rec" -o t "$@" \
		>"$out" 2>"$err" &
	recorder=$!
	await_record "$workdir/rec/t.blktrace.0" && return
	cat "$err" >&2
	fail "iotape record does not begin"
}

# end_record SIGNAL
end_record() {
	kill -"$1" $recorder || fail "the recorder is gone"
	wait_until 10 has_ended $recorder || {
		kill -9 $recorder
		fail "SIG$1 did not end it in 10 s"
	}
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
