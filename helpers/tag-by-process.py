#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tags each I/O by the name of its thread; all threads of a name are one."""

import iowatcher


def main():
    names = {}
    tags = iowatcher.Tags()
    for event in iowatcher.events():
        if event.action == iowatcher.BLK_TN_PROCESS:
            names[event.pid] = event.process_name or "?"
        elif event.is_io:
            tags.tag(event, names.get(event.pid, "?"))


if __name__ == "__main__":
    main()
