# SPDX-License-Identifier: GPL-2.0
# Where blktrace cannot record: without root, without debugfs and tracefs,
# beside another recorder.  And what is said where nothing can.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command setpriv unshare dd
make_workdir
make_loop 16M
copy_iotape
chmod 644 "$loop"
at_exit chmod 660 "$loop"

# read_blocks: 8 reads, 48 events (Q G P U D C of each) on this kernel or more
read_blocks() {
	dd if="$loop" of=/dev/null bs=4k count=8 iflag=direct 2>/dev/null
}

# records NAME COMMAND...: the command, which must become iotape itself, records
# into $open_dir/NAME.
records() {
	local name=$1 pid

	shift
	"$@" record -d "$loop" -D "$open_dir" -o "$name" >out 2>err &
	pid=$!
	await_record "$open_dir/$name.blktrace.0" "$pid" ||
		{ cat err; fail "$name does not begin"; }
	read_blocks
	kill -TERM "$pid"
	wait "$pid" || fail "$name: status $?: $(cat err)"
	[ ! -s err ] || { cat err; fail "$name: words on standard error"; }
	"$iotape" parse -i "$open_dir/$name" -q >text 2>err ||
		{ cat err; fail "$name: iotape parse failed"; }
	[ "$(grep -c ' C .*\[0\]$' text)" -ge 8 ] ||
		{ cat text; fail "$name: completions are missing"; }
}

# ---- as a user with two capabilities ------------------------------------------

records two-caps setpriv --reuid=65534 --regid=65534 --clear-groups \
	--bounding-set=-all,+bpf,+perfmon --inh-caps=-all,+bpf,+perfmon \
	--ambient-caps=-all,+bpf,+perfmon "$open_dir/iotape"

# ---- without debugfs, tracefs and bpffs ---------------------------------------

# shellcheck disable=SC2016 # for the inner shell
records bare unshare -m sh -c '
	for fs in /sys/kernel/tracing /sys/kernel/debug/tracing \
		/sys/kernel/debug /sys/fs/bpf; do
		umount "$fs" 2>/dev/null
	done
	exec "$@"' sh "$iotape"

# ---- in a container ------------------------------------------------------------

# Namespaces of its own, a /dev without disks, /sys read-only, and Docker's
# capabilities with BPF and PERFMON beside them.
# shellcheck disable=SC2016 # for the inner shell
container() {
	unshare -mpfniuC --mount-proc sh -c '
		mount -t tmpfs none /dev && mknod /dev/null c 1 3 &&
		mount -o remount,bind,ro /sys || exit 99
		for fs in /sys/kernel/tracing /sys/kernel/debug /sys/fs/bpf; do
			umount -R "$fs" 2>/dev/null
		done
		exec setpriv --inh-caps=-all --bounding-set=-all,+chown,\
+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,\
+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap,\
+bpf,+perfmon "$@"' sh "$@"
}
if container true 2>/dev/null; then
	container "$iotape" record -d "${loop#/dev/}" -D "$open_dir" \
		-o contained -w 3 >contained.out 2>contained.err &
	contained=$!
	sleep 1.5
	read_blocks
	wait "$contained" ||
		fail "in a container: status $?: $(cat contained.err)"
	[ ! -s contained.err ] || { cat contained.err; fail "in a container"; }
	"$iotape" parse -i "$open_dir/contained" -q >text || fail "contained"
	[ "$(grep -c ' C .*\[0\]$' text)" -ge 8 ] ||
		{ cat text; fail "in a container, completions are missing"; }
else
	echo "no namespaces here: a container is left out" >&9
fi

# ---- two at once --------------------------------------------------------------

"$iotape" record -d "$loop" -D "$open_dir" -o first -w 4 >first.out 2>&1 &
first=$!
sleep 0.5
records second "$iotape"
wait "$first" || fail "the first of two: status $?: $(cat first.out)"
"$iotape" parse -i "$open_dir/first" -q >text || fail "first: parse failed"
[ "$(grep -c ' C .*\[0\]$' text)" -ge 8 ] ||
	fail "the first of two recorders missed completions"

# ---- a kernel that is locked down ---------------------------------------------

mkdir security
echo 'none integrity [confidentiality]' >security/lockdown
# shellcheck disable=SC2016 # for the inner shell
locked_down() {
	unshare -m sh -c 'mount --bind "$1" /sys/kernel/security && shift &&
		exec "$@"' sh "$workdir/security" "$@"
}
if locked_down true 2>/dev/null; then
	run locked_down setpriv --bounding-set=-all --inh-caps=-all \
		"$open_dir/iotape" record -d "$loop" -D dir -- true
	assert_status 1
	assert_one_error
	assert_err 'locked down \(confidentiality\)'
else
	echo "no mount on /sys/kernel/security: lockdown is left out" >&9
fi
