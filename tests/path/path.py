# SPDX-License-Identifier: GPL-2.0
"""The path of each I/O in tests/path/host.tar.xz, from the text of iotape
parse --all: one I/O at a time, so that the nearest event of each kind is the
one that belongs to it.  Compares with the JSON of iotape stat --vm.

    path.py TEXT JSON
"""
import json
import re
import sys

from common import ns, compare

KICK = re.compile(r" kvm_mmio .* type=2 .* gpa=4261425152 ")
MSI = re.compile(r" kvm_msi_set_irq vm=191 .* data=37$")
INJECT = re.compile(r" kvm_inj_virq vm=191 .* vector=37 ")


def measure(lines):
    """phase: list of ns"""
    found = {name: [] for name in ("kick_to_q", "q_to_d", "d_to_c", "c_to_irq",
                                   "irq_to_injection", "kick_to_injection")}
    at = {}
    for line in lines:
        words = line.split()
        if len(words) < 6 or not re.match(r"\d+,\d+$", words[0]):
            continue
        time, act = ns(words[3]), words[5]
        if KICK.search(line):
            at["kick"] = time
        elif act in ("Q", "D"):
            at[act] = time
        elif act == "C" and "D" in at:
            # only now: an I/O that has not ended has no phases
            if "kick" in at:
                found["kick_to_q"].append(at["Q"] - at["kick"])
            found["q_to_d"].append(at["D"] - at["Q"])
            found["d_to_c"].append(time - at["D"])
            at["C"] = time
        elif MSI.search(line) and "C" in at:
            found["c_to_irq"].append(time - at["C"])
            at["irq"] = time
        elif INJECT.search(line) and "irq" in at:
            found["irq_to_injection"].append(time - at["irq"])
            if "kick" in at:
                found["kick_to_injection"].append(time - at["kick"])
            at = {}
    return found


def main(text, result):
    with open(text, encoding="ascii") as f:
        found = measure(f)
    with open(result, encoding="ascii") as f:
        phases = json.load(f)["vms"][0]["phases"]
    assert len(found["d_to_c"]) > 40
    compare(found, phases)


main(*sys.argv[1:])
