#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tags each I/O by where it is on the disk: by ranges of sectors, by
partition, by logical volume, or by file.  What several fit is that of the
first one given; what none fits has no tag.

  -r journal:2048-1050623          sectors of 512 bytes, both ends included
  -r swap:8,16:0-99                of one device only
  -p sda                           the partitions of a disk, from sysfs
  -l vg-home                       a device-mapper volume, from dmsetup
  -f /var/lib/db/data              a file, from filefrag; on its whole disk
"""

import argparse
import bisect
import os
import re
import subprocess
import iowatcher


def sysfs(path):
    with open(os.path.join("/sys", path), encoding="ascii") as file:
        return file.read().strip()


def device_number(text):
    major, minor = re.split("[:,]", text)
    return int(major) << 20 | int(minor)


def disk_of(number):
    """The disk that a device lies on, and where it begins there."""
    path = os.path.realpath("/sys/dev/block/%d:%d" %
                            (number >> 20, number & 0xFFFFF))
    if not os.path.exists(path + "/partition"):
        return number, 0
    return (device_number(sysfs(os.path.dirname(path) + "/dev")),
            int(sysfs(path + "/start")))


def ranges_of_text(text):
    match = re.fullmatch(r"(.+?):(?:(\d+,\d+):)?(\d+)-(\d+)", text)
    if not match or int(match[4]) < int(match[3]):
        raise argparse.ArgumentTypeError(
            "%r is not LABEL:[MAJOR,MINOR:]FIRST-LAST" % text)
    device = device_number(match[2]) if match[2] else None
    return [(match[1], device, int(match[3]), int(match[4]))]


def ranges_of_partitions(disk):
    disk = os.path.basename(disk)
    base = "class/block/" + disk
    try:
        device = device_number(sysfs(base + "/dev"))
        found = []
        for name in sorted(os.listdir("/sys/" + base)):
            if os.path.exists("/sys/%s/%s/partition" % (base, name)):
                start = int(sysfs("%s/%s/start" % (base, name)))
                size = int(sysfs("%s/%s/size" % (base, name)))
                found.append((name, device, start, start + size - 1))
        return found
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def output_of(*command):
    try:
        return subprocess.run(command, check=True, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise argparse.ArgumentTypeError(
            "%s: %s" % (" ".join(command),
                        getattr(error, "stderr", None) or error)) from error


def ranges_of_volume(name):
    """Lines of dmsetup table: START LENGTH linear MAJOR:MINOR OFFSET"""
    found = []
    for line in output_of("dmsetup", "table", name).splitlines():
        words = line.split()
        if len(words) >= 5 and words[2] == "linear":
            disk, start = disk_of(device_number(words[3]))
            start += int(words[4])
            found.append((name, disk, start, start + int(words[1]) - 1))
    return found


def ranges_of_file(path):
    """filefrag -v: "   0:  0..  7:  264..  271:  8:  last,eof" """
    found = []
    try:
        number = os.stat(path).st_dev
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    disk, start = disk_of(os.major(number) << 20 | os.minor(number))
    for line in output_of("filefrag", "-b512", "-e", "-v", path).splitlines():
        match = re.match(r"\s*\d+:\s*\d+\.\.\s*\d+:\s*(\d+)\.\.\s*(\d+):",
                         line)
        if match:
            found.append((path, disk, start + int(match[1]),
                          start + int(match[2])))
    return found


class Places:
    """Which range a sector is in: found by bisection, since files may have
    many pieces."""

    def __init__(self, ranges):
        self.by_device = {}
        devices = {device for _, device, _, _ in ranges}
        for device in devices | {None}:
            mine = [(first, last, label) for label, of, first, last in ranges
                    if of in (None, device)]
            self.by_device[device] = self.flatten(mine)

    @staticmethod
    def flatten(ranges):
        """Borders, and the label from each border on."""
        borders = sorted({0} | {r[0] for r in ranges}
                         | {r[1] + 1 for r in ranges})
        # the first one given is painted last
        labels = [None] * len(borders)
        for first, last, label in reversed(ranges):
            begin = bisect.bisect_left(borders, first)
            end = bisect.bisect_left(borders, last + 1)
            labels[begin:end] = [label] * (end - begin)
        return borders, labels

    def find(self, device, sector):
        borders, labels = self.by_device.get(device, self.by_device[None])
        return labels[bisect.bisect_right(borders, sector) - 1]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, kind, metavar in (
            ("-r", ranges_of_text, "LABEL:FIRST-LAST"),
            ("-p", ranges_of_partitions, "DISK"),
            ("-l", ranges_of_volume, "VOLUME"),
            ("-f", ranges_of_file, "FILE")):
        parser.add_argument(option, type=kind, metavar=metavar,
                            action="extend", dest="ranges", default=[])
    places = Places(parser.parse_args().ranges)
    tags = iowatcher.Tags()
    for event in iowatcher.events():
        if event.is_io and event.bytes:
            label = places.find(event.device, event.sector)
            if label:
                tags.tag(event, label)


if __name__ == "__main__":
    main()
