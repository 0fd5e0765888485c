# SPDX-License-Identifier: GPL-2.0
"""The path of each I/O in tests/path/guest.tar.xz, from the text of iotape
parse --all: one request at a time.  Compares with the JSON of stat --vm.

    guest.py TEXT JSON
"""
import json
import sys

from common import ns, compare

def measure(lines):
    found = {name: [] for name in ("q_to_d", "d_to_add", "add_to_notify",
                                   "add_to_get", "get_to_c", "q_to_c")}
    at, pending = {}, None
    for line in lines:
        words = line.split()
        if len(words) < 6 or "," not in words[0]:
            continue
        time, act = ns(words[3]), words[5]
        if act == "Q":
            at = {"Q": time}
        elif act == "D":
            at["D"] = time
            found["q_to_d"].append(time - at["Q"])
        elif " virtio_add " in line:
            found["d_to_add"].append(time - at["D"])
            at["add"] = pending = time
        elif " virtio_notify " in line and pending is not None:
            found["add_to_notify"].append(time - pending)
            pending = None
        elif " virtio_get " in line:
            found["add_to_get"].append(time - at["add"])
            at["get"] = time
        elif act == "C" and "get" in at:
            found["get_to_c"].append(time - at.pop("get"))
            if words[6] != "FN":        # the driver's flush is no I/O
                found["q_to_c"].append(time - at["Q"])
            pending = None              # told too late to matter
        elif act == "C":                # the I/O that wanted the flush
            found["q_to_c"].append(time - at["Q"])
    return found


def main(text, result):
    with open(text, encoding="ascii") as f:
        found = measure(f)
    with open(result, encoding="ascii") as f:
        disk = json.load(f)["disks"][0]
    assert disk["counts"]["requests"] == disk["counts"]["paired"] == \
        len(found["add_to_get"]) == 82, disk
    compare(found, disk["phases"])


main(*sys.argv[1:])
