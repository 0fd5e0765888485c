# SPDX-License-Identifier: GPL-2.0
# iotape stat --vm on a real recording (tests/path/README.md): its numbers
# against those that Python finds in the text, and the page as it was read.
. "${top_srcdir:-.}/tests/lib.sh"
need_command xz tar python3
make_workdir

tar xJf "$top_srcdir/tests/path/host.tar.xz" || fail "tar failed"
"$iotape" parse -i host -i host.kvm --all -q >text || fail "parse: status $?"
"$iotape" stat --vm --json host >json || fail "stat --vm --json: status $?"
python3 "$top_srcdir/tests/path/path.py" text json || fail "the path differs"
"$iotape" stat --vm host >page || fail "stat --vm: status $?"
diff -u "$top_srcdir/tests/path/expected.txt" page || fail "the page differs"

# ---- inside a guest ----------------------------------------------------------

tar xJf "$top_srcdir/tests/path/guest.tar.xz" || fail "tar failed"
"$iotape" parse -i guest -i guest.virtio --all -q >text ||
	fail "parse guest: status $?"
"$iotape" stat --vm --json guest >json || fail "guest: status $?"
python3 "$top_srcdir/tests/path/guest.py" text json ||
	fail "the guest's path differs"
"$iotape" stat --vm guest >page || fail "stat --vm guest: status $?"
diff -u "$top_srcdir/tests/path/expected-guest.txt" page ||
	fail "the guest's page differs"

# ---- the options -------------------------------------------------------------

# NAME finds NAME.kvm; what is missing is said
"$iotape" kvmstat -1 --input host | grep -q '^kvm_exit  *137 ' ||
	fail "kvmstat does not find host.kvm"
rm host.kvm.*
"$iotape" stat --vm host >page || fail "without KVM: status $?"
grep -q '^Nothing of virtual machines' page || fail "a VM without KVM's records"
run "$iotape" stat --vm none
assert_status 1
assert_err '^iotape stat: none: there is no such trace'
run "$iotape" stat --vm --by process host
assert_status 2
assert_err '--vm goes with -i, -o and --json only'
