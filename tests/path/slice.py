# SPDX-License-Identifier: GPL-2.0
"""Cuts a stretch of time out of a recording of iotape:

    slice.py NAME FROM_NS TO_NS DIR

All files NAME*.blktrace.N; notes that say who is who stay, sequence numbers
are counted anew.  For version 7, little-endian.
"""
import glob
import os
import struct
import sys

WHO = {0x4A00, 0x4A01, 0x4A02, 0x4A03}  # host, device, process, cgroup


def is_note_of_kernel(action):
    return action >> 16 == 0x400 and action & 0xFFFF <= 2


def slice_file(data, begin, end):
    out, pos, sequence = bytearray(), 0, 0
    while pos + 48 <= len(data):
        time, = struct.unpack_from("<Q", data, pos + 8)
        action, = struct.unpack_from("<I", data, pos + 28)
        length = 48 + struct.unpack_from("<H", data, pos + 46)[0]
        record = bytearray(data[pos:pos + length])
        pos += length
        who = action & 0xFFFF in WHO or is_note_of_kernel(action)
        if not who and not begin <= time < end:
            continue
        if struct.unpack_from("<I", record, 4)[0]:
            sequence += 1
            struct.pack_into("<I", record, 4, sequence)
        out += record
    return out


def main(name, begin, end, directory):
    for path in glob.glob(name + "*.blktrace.*"):
        with open(path, "rb") as f:
            out = slice_file(f.read(), int(begin), int(end))
        with open(os.path.join(directory, os.path.basename(path)), "wb") as f:
            f.write(out)


main(*sys.argv[1:])
