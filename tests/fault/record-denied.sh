# SPDX-License-Identifier: GPL-2.0
# iotape record where it cannot record: one sentence that names the thing,
# and status 1.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
make_workdir
make_loop 16M

# refused STATUS REGEX COMMAND...
refused() {
	local want=$1 regex=$2

	shift 2
	run "$@"
	assert_status "$want"
	assert_err "$regex"
	[ "$want" = 2 ] || assert_one_error	# argp adds a hint
	ls ./*.blktrace.* >/dev/null 2>&1 &&
		fail "files were made by: $ran"
}

# ---- devices -----------------------------------------------------------------

refused 1 '^iotape record: /dev/none: No such file or directory$' \
	"$iotape" record -d /dev/none -- true
: >file
refused 1 '^iotape record: file: not a block device$' \
	"$iotape" record -d file -- true
refused 1 '^iotape record: /dev/null: not a block device$' \
	"$iotape" record -d /dev/null -- true
# a node without a device behind it
if mknod node b 4095 1048575 2>/dev/null; then
	refused 1 '^iotape record: node: ' "$iotape" record -d node -- true
fi
# one of several
refused 1 '^iotape record: /dev/none: ' \
	"$iotape" record -d "$loop" -d /dev/none -- true

# ---- where to write ----------------------------------------------------------

refused 1 '^iotape record: file: Not a directory$' \
	"$iotape" record -d "$loop" -D file -- true
refused 1 '^iotape record: none/dir: .*No such file or directory$' \
	"$iotape" record -d "$loop" -D none/dir -- true
mkdir ro
mount -t tmpfs -o ro iotape-test ro || skip "a tmpfs cannot be mounted here"
at_exit umount "$workdir/ro"
refused 1 '^iotape record: ro/t\.blktrace\.0: .*Read-only file system$' \
	"$iotape" record -d "$loop" -D ro -o t -- true
mkdir -p taken/t.blktrace.0
refused 1 '^iotape record: taken/t\.blktrace\.0: .*Is a directory$' \
	"$iotape" record -d "$loop" -D taken -o t -- true
refused 1 '^iotape record: -I \.: Is a directory$' \
	"$iotape" record -I . -- true

# a CPU that this machine does not have: its file would be taken for ours
mkdir more
: >"more/t.blktrace.$(($(getconf _NPROCESSORS_CONF) + 200))"
run "$iotape" record -d "$loop" -D more -o t -- true
assert_status 1
assert_one_error
assert_err '^iotape record: more/t\.blktrace\.[0-9]*: left by a recording on more CPUs'

# ---- a name with a folder ----------------------------------------------------

run "$iotape" record -d "$loop" -o "$workdir/more/absolute" -- true
assert_status 0
[ -e more/absolute.blktrace.0 ] || fail "no file of an absolute name"

# ---- the command -------------------------------------------------------------

run "$iotape" record -d "$loop" -D out -- ./none
assert_status 1
assert_one_error
assert_err '^iotape record: cannot run \./none: No such file or directory$'

# ---- rights ------------------------------------------------------------------

# The sentence must say what is missing; what would help is a bonus.
copy_iotape
if have_command setpriv && id nobody >/dev/null 2>&1; then
	chmod 644 "$loop"
	at_exit chmod 660 "$loop"
	refused 1 '(root|CAP_BPF|privilege|permi)' \
		setpriv --reuid=nobody --clear-groups --inh-caps=-all \
		"$open_dir/iotape" record -d "$loop" -D "$open_dir/out" -- true
	# root in name only
	refused 1 '(root|CAP_BPF|privilege|permi)' \
		setpriv --bounding-set=-all --inh-caps=-all \
		"$open_dir/iotape" record -d "$loop" -D "$open_dir/out" -- true
else
	echo "no setpriv: the tests without rights are left out" >&9
fi

# ---- a kernel without BTF ----------------------------------------------------

without_btf() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount --bind "$1" /sys/kernel/btf && shift &&
		exec "$@"' sh "$workdir/empty" "$@"
}
mkdir empty
if without_btf true 2>/dev/null; then
	refused 1 'BTF' without_btf "$iotape" record -d "$loop" -D out -- true
else
	echo "no mount namespace: the test without BTF is left out" >&9
fi

# ---- a process that is not there -----------------------------------------------

for args in "--pid 999999999 -d $loop" "--kvm --vm 999999999" \
	"-d $loop --flight 8M --trigger exit:999999999"; do
	# shellcheck disable=SC2086 # words
	run "$iotape" record $args </dev/null
	assert_status 1
	assert_one_error
	assert_err '^iotape record: .*999999999.* [Nn]o such process$'
done
run "$iotape" record -d "$loop" --in-cgroup /no/such/cgroup
assert_status 1
assert_one_error
assert_err '^iotape record: --in-cgroup /no/such/cgroup: '

# ---- wrong usage -------------------------------------------------------------

for args in "" "-a none $loop" "-A 0 $loop" "-A 10000 $loop" "-b 0 $loop" \
	"-n x $loop" "-w -1 $loop" "--nonsense $loop" \
	"-b 16384 -n 65536 $loop" "-w +1 $loop" "--output= $loop" \
	"-d $loop --" "$loop --" \
	"--comm abcdefghijklmnop $loop"; do
	# shellcheck disable=SC2086 # words
	run "$iotape" record $args </dev/null
	assert_status 2
	assert_err '^iotape record: '
done
