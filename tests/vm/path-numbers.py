# SPDX-License-Identifier: GPL-2.0
"""The JSON of stat --vm against what the guest of path-check.sh did:

    path-numbers.py JSON READS WRITES BOTH RANDOM

READS and WRITES on the first disk, BOTH reads on each disk at the same time,
and RANDOM reads of the random numbers of a third device, which are no I/O.
"""
import json
import sys

EXTRA = 40      # reads of each disk that the guest's kernel does by itself

with open(sys.argv[1], encoding="ascii") as f:
    vms = json.load(f)["vms"]
reads, writes, both, random = map(int, sys.argv[2:])
assert len(vms) == 1, "one VM"
vm = vms[0]
assert vm["name"] == "pathtest", vm["name"]
nr = {op: v["ios"] for op, v in vm["ops"].items()}
assert reads + 2 * both <= nr["read"] <= reads + 2 * (both + EXTRA), nr
assert nr["write"] == writes, nr
assert vm["ops"]["write"]["bytes"] == writes * 4096, nr
counts, phases = vm["counts"], vm["phases"]
ios = sum(nr.values())

# One I/O at a time: each has its kick and its interrupt.  A kick may come
# while QEMU still polls (the more the busier the machine), and of two disks
# at the same time kicks may be in each other's way.  The firmware takes no
# interrupts.
for phase in "kick_to_q", "c_to_irq", "irq_to_injection", "kick_to_injection":
    floor = (reads + writes) // 2 if phase.startswith("kick") else ios - 2 * EXTRA
    assert floor <= phases[phase]["n"] <= ios, (phase, phases[phase])
for phase in "q_to_d", "d_to_c":
    assert phases[phase]["n"] >= ios - 2, (phase, phases[phase])
assert counts["kicks_with_q"] + counts["q_without_kick"] + \
    counts["q_with_several_kicks"] == ios, counts

# By the address of its queue: the two disks, and what is none.
kicks = sorted(vm["kicks"], key=lambda a: -a["with_q"])
assert sum(a["n"] for a in kicks) == counts["kicks"], kicks
assert sum(a["with_q"] for a in kicks) == counts["kicks_with_q"], kicks
first, second, others = kicks[0], kicks[1], kicks[2:]
assert first["with_q"] >= (reads + writes) // 2, kicks
assert second["n"] >= both // 2 and second["with_q"] >= 1, kicks
numbers = max(others, key=lambda a: a["n"])
assert numbers["n"] >= random, kicks
assert numbers["with_q"] <= random // 10, kicks

# the parts are not more than the whole; medians, since one kick that waited for
# a second in an emulated machine makes any mean
mid = {name: p["p50"] for name, p in phases.items() if name != "unit"}
assert mid["kick_to_q"] + mid["q_to_d"] + mid["d_to_c"] + \
    mid["c_to_irq"] + mid["irq_to_injection"] < 1.5 * mid["kick_to_injection"], mid
print(f"INFO: {ios} I/Os of two disks: {counts['kicks_with_q']} with their kick,"
      f" {counts['q_with_several_kicks']} with several,"
      f" {counts['q_without_kick']} with none;"
      f" {numbers['n']} kicks of a device that is no disk,"
      f" {numbers['with_q']} of them with a Q")
