# SPDX-License-Identifier: GPL-2.0
# iotape doctor says something on any machine, with any rights: a line for each
# check, status 0 or 1 by the first one, and JSON that others can read.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand doctor
make_workdir

"$iotape" doctor >page
status=$?
grep -q '^  block events  *\(yes\|no\) ' page || fail "no line on block events"
if grep -q '^  block events  *yes' page; then expected=0; else expected=1; fi
[ $status = $expected ] || fail "status $status, and $expected is right"
awk 'length > 80 { exit 1 }' page || fail "a line is too long"
! grep -n ' $' page || fail "blanks at the end of a line"

"$iotape" doctor --json >json
[ $? = $expected ] || fail "--json has another status"
python3 - json page <<'END' || fail "the JSON is not right"
import json, re, sys
found = json.load(open(sys.argv[1]))
assert found["schema"] == "iotape-doctor/1"
lines = re.findall(r"^  (\S.{14})(yes|partly|no|info) ", open(sys.argv[2]).read(), re.M)
assert [(n.strip(), s) for n, s in lines] == \
    [(f["name"], f["state"]) for f in found["findings"]]
assert all(f["text"] for f in found["findings"])
END

"$iotape" doctor sda 2>err
[ $? = 2 ] || fail "an argument is no wrong usage"
grep -q '"sda"' err || fail "the argument is not named"

# Without rights it says of each thing which ones are missing.
have_command setpriv && [ "$(id -u)" = 0 ] || exit 0
cp "$iotape" copy && chmod 755 . copy
setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
	--bounding-set=-all "$workdir/copy" doctor --json >json 2>err ||
	[ $? = 1 ] || { cat err; fail "without rights"; }
python3 - json <<'END' || fail "the advice without rights"
import json, sys
found = {f["name"]: f for f in json.load(open(sys.argv[1]))["findings"]}
assert found["rights"]["state"] == found["block events"]["state"] == "no"
assert "setcap" in found["rights"]["advice"]
assert "CAP_PERFMON" in found["fentry"]["advice"]
for name in "KVM events", "virtio events":
    f = found[name]
    assert "CAP_SYS_ADMIN" in f["advice"] or "modprobe" in f["advice"] \
        or "only a guest" in f["advice"], f
END
