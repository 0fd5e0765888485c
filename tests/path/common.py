# SPDX-License-Identifier: GPL-2.0
"""What path.py and guest.py share."""


def ns(seconds):
    whole, part = seconds.split(".")
    return int(whole) * 10**9 + int(part) * (-1 if whole[0] == "-" else 1)


def compare(found, phases):
    """found: phase to a list of ns; phases: of the JSON of stat --vm"""
    for name, times in found.items():
        p = phases[name]
        assert (p["n"], p["min"], p["max"]) == \
            (len(times), min(times), max(times)), (name, p, times)
        assert p["mean"] == sum(times) // len(times), (name, p, times)
