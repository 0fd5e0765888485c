#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tags each I/O by the path of the cgroup that it is charged to; where the
trace does not say, by that of its process."""

import iowatcher as io


def main():
    paths = {}     # cgroup id: path
    owners = {}    # thread: cgroup id
    charges = {}   # (device, cpu): cgroup id
    tags = io.Tags()
    for event in io.events():
        if event.action == io.NOTE_CGROUP:
            numbers, strings = io.note_fields(event, "IQ")
            if strings:
                paths[numbers[1]] = strings[0]
        elif event.action == io.NOTE_PROCESS:
            numbers, strings = io.note_fields(event, "IIIQ")
            if numbers:
                owners[numbers[0]] = numbers[3]
        elif event.action == io.NOTE_CHARGE:
            numbers, strings = io.note_fields(event, "IQ")
            if numbers:
                charges[event.device, event.cpu] = numbers[1]
        elif event.is_io:
            cgroup = (event.cgroup_id
                      or charges.get((event.device, event.cpu))
                      or owners.get(event.pid))
            if cgroup:
                tags.tag(event, paths.get(cgroup, "cgroup %d" % cgroup))
            else:
                tags.tag(event, "no cgroup")


if __name__ == "__main__":
    main()
