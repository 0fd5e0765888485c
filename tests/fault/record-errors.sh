# SPDX-License-Identifier: GPL-2.0
# Where the trace is written goes wrong: the folder is removed, the quota is
# used up, the device has errors.  The exit status tells, what was not written
# is counted, what was stays readable.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
make_workdir
make_loop 32M
export -f load
export loop

# ---- nothing is emptied before all can be opened ------------------------------

mkdir old
nr_cpus=$(getconf _NPROCESSORS_CONF)
echo precious >old/t.blktrace.0
mkdir "old/t.blktrace.$((nr_cpus - 1))"
run "$iotape" record -d "$loop" -D old -o t -- true
assert_status 1
assert_one_error
[ "$nr_cpus" = 1 ] || assert_eq "$(cat old/t.blktrace.0)" precious
# and files that were made for nothing are gone
assert_eq "$(find old -type f ! -name t.blktrace.0)" ""

# ---- removed -----------------------------------------------------------------

run "$iotape" record -d "$loop" -D gone -o t -- bash -c '
	load 1000; rm -r gone; load 1000; sleep 1'
assert_status 1
assert_err 'gone/t\.blktrace\.[0-9]+: it was removed while it was written$'
lost=$(sed -nE 's/.*: ([0-9]+) events of CPU .* not be written$/\1/p' "$err" |
	awk '{ n += $1 } END { print n + 0 }')
[ "$lost" -ge 6000 ] || { show_run; fail "$lost events are said to be gone"; }
[ ! -e gone ] || fail "the folder was made again"

# ---- errors of the device ------------------------------------------------------

# A loop device on a sparse file: when the tmpfs below is full, it gets errors.
eio() {
	local disk

	mkdir below on
	mount -t tmpfs -o size=3M iotape-test below || return 1
	at_exit umount "$workdir/below"
	truncate -s 64M below/disk
	mkfs.ext2 -q -F below/disk || return 1
	disk=$(losetup -f --show below/disk) || return 1
	at_exit losetup -d "$disk"
	mount -t ext2 "$disk" on 2>/dev/null ||
		mount -t ext4 "$disk" on 2>/dev/null || return 1
	at_exit umount "$workdir/on"
	below=$disk
}

if have_command mkfs.ext2 && eio; then
	# whoever records where he writes is told
	run "$iotape" record -d "$below" -d "$loop" -D on -o w -- true
	assert_status 0
	assert_one_error
	assert_err "the trace is written to ${below#/dev/}, which is recorded"
	rm on/w.*
	# also by a name that has the folder in it
	run "$iotape" record -d "$below" -o "$workdir/on/w" -- true
	assert_status 0
	assert_one_error
	assert_err "the trace is written to ${below#/dev/}, which is recorded"
	rm on/w.*
	run "$iotape" record -d "$loop" -D on -o t -- bash -c '
		for i in 1 2 3; do load 8000; done'
	assert_status 1
	# what the device below says, passed on by fdatasync() or write()
	assert_err '^iotape record: on/t\.blktrace\.[0-9]+: .*(Input/output error|No space left on device)$'
else
	echo "an ext2 on a loop device cannot be mounted here: EIO is left out" >&9
fi

# ---- quota, and EIO of write() -------------------------------------------------

# Stands for a quota or a bad disk: write() fails behind the first 200000 bytes.
cat >bad.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
ssize_t write(int fd, const void *buf, size_t n)
{
	static size_t used;
	ssize_t (*next)(int, const void *, size_t) =
		(ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	struct stat st;

	if (fd < 3 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return next(fd, buf, n);
	if (used + n > 200000) {
		errno = atoi(getenv("BAD_ERRNO"));
		return -1;
	}
	used += n;
	return next(fd, buf, n);
}
END

# bad_write ERRNO SENTENCE
bad_write() {
	local said

	rm -rf rec
	run env BAD_ERRNO="$1" LD_PRELOAD="$workdir/bad.so" "$iotape" record \
		-d "$loop" -D rec -o t -- env -u LD_PRELOAD fio --name=load \
		--filename="$loop" --direct=1 --rw=randread --bs=4k \
		--time_based --runtime=60 --minimal --output=/dev/null
	assert_status 1
	assert_err "rec/t\\.blktrace\\.[0-9]+: .*$2\$"
	assert_err '[0-9]+ events of CPU [0-9]+ could not be written$'
	[ "$(fact bytes rec/t.blktrace.*)" -le 200000 ] || fail "$2: bytes"
	[ "$(fact gaps rec/t.blktrace.*)" = 0 ] || fail "$2: gaps"
	# what is said to be written is what is there
	said=$(sed -nE 's/^  Total: +([0-9]+) events.*/\1/p' "$out")
	assert_eq "$said" "$(fact events rec/t.blktrace.*)" "events, $2"
}

if nm "$iotape" 2>/dev/null | grep -q __asan_init; then
	echo "a sanitizer wants to be the first library: EDQUOT is left out" >&9
elif have_command cc && cc -shared -fPIC -o bad.so bad.c -ldl; then
	bad_write 122 "Disk quota exceeded"
	bad_write 5 "Input/output error"
else
	echo "no compiler: EDQUOT is left out" >&9
fi
