# SPDX-License-Identifier: GPL-2.0
"""Every byte value in each name of a trace.

bytes.py make NAME          text for tests/mktrace: traces NAME, and NAME.kvm
                            and NAME.virtio beside it
bytes.py name 0|1           a file name of half the bytes that one may have
bytes.py check KIND FILE    what a view printed; KIND: text tty json jsonl csv
                            xml, any: not empty
"""
import csv
import io
import json
import re
import struct
import sys
import unicodedata
import xml.dom.minidom

DEV = 8 << 20
VALUES = range(1, 256)


def note(code, time, fields, strings, cat="notify", pid=0, dev="0,0"):
    """A private record: doc/FORMAT.md, 4.2; fields from offset 4 on."""
    body = fields + b"".join(s + b"\0" for s in strings)
    pdu = struct.pack("<HH", len(body) + 4, 1) + body
    return (f"0x{code:04x} {cat} seq=0 sector=0 bytes=0 time={time} pid={pid}"
            f" dev={dev} pdu={pdu.hex()}")


def u32(*n):
    return struct.pack(f"<{len(n)}I", *n)


def u64(*n):
    return struct.pack(f"<{len(n)}Q", *n)


def name(what, value):
    return what + bytes([value]) + b"x"


def make_block(stem):
    print(f"file {stem}.blktrace.0\nset cpu=0 bytes=4096")
    print("timestamp time=0.5 dev=0,0 pid=0 sector=0 bytes=0"
          " pdu=00f1536500000000")
    print(note(0x4a00, "0.6", u32(1) + u64(0),
               [name(b"node", 27), name(b"rel", 7), b"x", b"iotape"]))
    for v in VALUES:
        t = f"1.{v:03d}"
        dev = f"8,{v}"
        print(note(0x4a01, t, u32(DEV + v, DEV + v, 0, 0) + bytes(4) +
                   u64(0, 1 << 30),
                   [name(b"d", v), name(b"s", v), name(b"b", v)], dev=dev))
        comm = name(b"p", v).ljust(16, b"\0")
        print(f"process time={t} dev=0,0 pid={v} sector=0 bytes=0"
              f" pdu={comm.hex()}")
        print(note(0x4a02, t, u32(v, v, 0) + u64(v),
                   [name(b"p", v), name(b"command", v)]))
        print(note(0x4a03, t, u32(0) + u64(v), [b"/g" + bytes([v]) + b"x"]))
        print(note(0x4a07, t, u32(0) + u64(v), [], dev=dev))
        print(note(0x4a08, t, u32(v), [name(b"tag", v)]))
        print(note(0x4a09, t, u32(v), [], dev=dev))
        text = name(b"message ", v)
        print(f"message time={t} dev={dev} pid={v} seq=0 sector=0 bytes=0"
              f" pdu={text.hex()}")
        for seq, event in enumerate(("Q write", "D write,fs", "C write,fs"), 1):
            print(f"{event} seq={seq} time={t}{seq} dev={dev} pid={v}"
                  f" sector={v * 8}")
        print(note(0x4a06, t + "4", u32(DEV + v, 0, 0) + u64(4, 0), []))


def make_kvm(stem):
    print(f"file {stem}.kvm.blktrace.0\nset cpu=0 dev=0,0")
    for v in VALUES:
        print(note(0x4a02, f"1.{v:03d}", u32(v, v, 0) + u64(0),
                   [name(b"vm", v), b"qemu -name " + name(b"guest=", v)]))
        print(note(0x4c00, f"1.{v:03d}1", u32(v, 1, 0), [], pid=v))
        print(note(0x4c01, f"1.{v:03d}2", u32(v, 1, 2, 0x7b) + bytes(36), [],
                   pid=v))


# A read of 4096 bytes (doc/FORMAT.md, VIRTIO_ADD), from "queue" on.
ADD = bytes.fromhex(
    "0000000000000000010000000200000001000000090000000000e00f"
    "00000000001000000000000020030000000000001000000000000000"
    "01100000000000000100000000000000")


def make_virtio(stem):
    print(f"file {stem}.virtio.blktrace.0\nset cpu=0 dev=0,0")
    for v in VALUES:
        print(note(0x4e00, f"1.{v:03d}", u32(v, 0, 2),
                   [name(b"driver", v), name(b"queue", v)], pid=v))
        print(note(0x4e01, f"1.{v:03d}1", u32(v) + ADD, [], pid=v))


# Of the terminal's own: ends of lines, and a screen that is drawn.
ALLOWED = "\n\t"


def controls(text, allowed=ALLOWED):
    """Those that move a cursor, begin a sequence or turn the writing."""
    return sorted({c for c in text if c not in allowed and
                   (unicodedata.category(c) == "Cc" or
                    c in "\u202a\u202b\u202c\u202d\u202e"
                         "\u2066\u2067\u2068\u2069")})


def look_at_text(data, allowed=ALLOWED):
    found = controls(data.decode("utf-8"), allowed)
    if found:
        raise ValueError(f"control characters: {found}")


def strings(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            yield from strings(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from strings(value)
    elif isinstance(tree, str):
        yield tree


def check(kind, path):
    with open(path, "rb") as f:
        data = f.read()
    if not data:
        raise ValueError("nothing is in it")
    if kind == "any":
        return
    if kind == "text":
        look_at_text(data)
    elif kind == "tty":
        # a terminal adds CR; blkparse's line is bytes of no known encoding
        bad = set(data) & (set(range(32)) - {9, 10, 13} | {127} |
                           set(range(128, 160)))
        if bad:
            raise ValueError(f"control characters: {sorted(bad)}")
    elif kind == "json":
        look_at_text(data)
        json.loads(data.decode("utf-8"))
    elif kind == "jsonl":
        look_at_text(data)
        for line in data.decode("utf-8").splitlines():
            json.loads(line)
    elif kind == "csv":
        look_at_text(data)
        rows = list(csv.reader(io.StringIO(data.decode("utf-8")),
                               strict=True))
        if len({len(row) for row in rows}) != 1:
            raise ValueError("rows of different lengths")
    elif kind == "xml":
        look_at_text(data)
        xml.dom.minidom.parseString(data)
    else:
        raise ValueError(f"no kind {kind}")


def main():
    if sys.argv[1] == "make":
        make_block(sys.argv[2])
        make_kvm(sys.argv[2])
        make_virtio(sys.argv[2])
    elif sys.argv[1] == "name":
        # a file's name is 255 bytes at most, with ".blktrace.0": two halves;
        # the shell takes newlines away from the end of what it is given
        values = [v for v in VALUES if chr(v) != "/"]
        half = values[:128] if sys.argv[2] == "0" else values[128:]
        sys.stdout.buffer.write(b"n" + bytes(half))
    else:
        try:
            check(sys.argv[2], sys.argv[3])
        except (ValueError, csv.Error) as e:
            print(f"{type(e).__name__}: {str(e)[:300]}")
            sys.exit(1)


main()
