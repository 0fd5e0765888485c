#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tags each I/O by its thread: "name (pid)", or the name of a group."""

import argparse
import iowatcher


def group(text):
    """NAME:PID,PID... as a pair."""
    name, colon, pids = text.rpartition(":")
    try:
        if colon and name:
            return name, [int(pid) for pid in pids.split(",")]
    except ValueError:
        pass
    raise argparse.ArgumentTypeError("%r is not NAME:PID,PID..." % text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-g", "--group", metavar="NAME:PID,...", type=group,
                        action="append", default=[],
                        help="one tag for all of these; repeatable")
    groups = {pid: name for name, pids in parser.parse_args().group
              for pid in pids}
    names = {}
    tags = iowatcher.Tags()
    for event in iowatcher.events():
        if event.action == iowatcher.BLK_TN_PROCESS:
            names[event.pid] = event.process_name or "?"
        elif event.is_io:
            pid = event.pid
            tags.tag(event, groups.get(pid) or "%s (%d)" %
                     (names.get(pid, "?"), pid))


if __name__ == "__main__":
    main()
