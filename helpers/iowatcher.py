# SPDX-License-Identifier: GPL-2.0
"""Tag helpers for iotape: whose I/O is it?

A helper reads the records of a trace on standard input and answers on
standard output (doc/TAGGING.md has the protocol).  This one calls every
I/O that is larger than 64 KiB "large":

    import iowatcher as io

    tags = io.Tags()
    for event in io.events():
        if event.is_io and event.bytes > 65536:
            tags.tag(event, "large")

The functions below it are those of Jan Kara's proposal: read_event,
write_response_newtag, write_response_iotag, write_response_end.  Answers
are kept until the input has nothing more at hand, and written before the
next wait, so a simple loop is fast too.
"""

import os
import struct
import sys

# include/uapi/linux/blktrace_api.h
BLK_TC_READ = 0x0001
BLK_TC_WRITE = 0x0002
BLK_TC_FLUSH = 0x0004
BLK_TC_SYNC = 0x0008
BLK_TC_QUEUE = 0x0010
BLK_TC_REQUEUE = 0x0020
BLK_TC_ISSUE = 0x0040
BLK_TC_COMPLETE = 0x0080
BLK_TC_FS = 0x0100
BLK_TC_PC = 0x0200
BLK_TC_NOTIFY = 0x0400
BLK_TC_AHEAD = 0x0800
BLK_TC_META = 0x1000
BLK_TC_DISCARD = 0x2000
BLK_TC_DRV_DATA = 0x4000
BLK_TC_FUA = 0x8000
BLK_TC_SHIFT = 16

BLK_TA_QUEUE = 1
BLK_TA_BACKMERGE = 2
BLK_TA_FRONTMERGE = 3
BLK_TA_GETRQ = 4
BLK_TA_SLEEPRQ = 5
BLK_TA_REQUEUE = 6
BLK_TA_ISSUE = 7
BLK_TA_COMPLETE = 8
BLK_TA_PLUG = 9
BLK_TA_UNPLUG_IO = 10
BLK_TA_UNPLUG_TIMER = 11
BLK_TA_INSERT = 12
BLK_TA_SPLIT = 13
BLK_TA_BOUNCE = 14
BLK_TA_REMAP = 15
BLK_TA_ABORT = 16
BLK_TA_DRV_DATA = 17
BLK_TA_CGROUP = 0x100

BLK_TN_PROCESS = BLK_TC_NOTIFY << BLK_TC_SHIFT
BLK_TN_TIMESTAMP = BLK_TN_PROCESS | 1
BLK_TN_MESSAGE = BLK_TN_PROCESS | 2

# iotape's notes, doc/FORMAT.md 4
NOTE_PROCESS = BLK_TN_PROCESS | 0x4A02
NOTE_CGROUP = BLK_TN_PROCESS | 0x4A03
NOTE_CHARGE = BLK_TN_PROCESS | 0x4A07

TAG_RESPONSE_END = 0
TAG_RESPONSE_NEW_TAG = 1
TAG_RESPONSE_TAG_IO = 2

LABEL_MAX = 4095

_HEADER = struct.Struct("=IIQQIIIIIHH")
_WORD = struct.Struct("=I")
_TWO = struct.Struct("=II")
_THREE = struct.Struct("=III")
_END = _WORD.pack(TAG_RESPONSE_END)
_MAGIC = 0x65617407


class Event:
    """One record.  payload is bytes; sector counts 512 bytes, time ns."""

    __slots__ = ("magic", "sequence", "time", "sector", "bytes", "action",
                 "pid", "device", "cpu", "error", "pdu_len", "payload")

    def __init__(self, fields, payload):
        (self.magic, self.sequence, self.time, self.sector, self.bytes,
         self.action, self.pid, self.device, self.cpu, self.error,
         self.pdu_len) = fields
        self.payload = payload

    @property
    def code(self):
        """Action without categories and without the cgroup flag."""
        return self.action & 0xFEFF

    @property
    def is_notify(self):
        return bool(self.action & BLK_TN_PROCESS)

    @property
    def is_io(self):
        """An I/O that may have a tag: Q or D."""
        return (self.action & 0xFEFF in (BLK_TA_QUEUE, BLK_TA_ISSUE)
                and not self.action & BLK_TN_PROCESS)

    @property
    def is_write(self):
        return bool(self.action >> BLK_TC_SHIFT & BLK_TC_WRITE)

    @property
    def major(self):
        return self.device >> 20

    @property
    def minor(self):
        return self.device & 0xFFFFF

    @property
    def process_name(self):
        """The name in a BLK_TN_PROCESS record, else None."""
        if self.action != BLK_TN_PROCESS:
            return None
        return self.payload.split(b"\0", 1)[0].decode(errors="replace")

    @property
    def cgroup_id(self):
        """The cgroup id in the record itself, else None."""
        if not self.action & BLK_TA_CGROUP or len(self.payload) < 8:
            return None
        return struct.unpack_from("=Q", self.payload)[0]


class _Stream:
    """Both ends: whole blocks in, whole blocks out."""

    def __init__(self, fd_in=0, fd_out=1):
        self.fd_in = fd_in
        self.fd_out = fd_out
        self.data = b""
        self.pos = 0
        self.answers = []

    def flush(self):
        data = memoryview(b"".join(self.answers))
        self.answers.clear()
        while data:
            try:
                data = data[os.write(self.fd_out, data):]
            except BrokenPipeError:
                # nobody listens any more
                os._exit(0)

    def need(self, size):
        """True if size bytes are at hand; reads, and writes before that."""
        if len(self.data) - self.pos >= size:
            return True
        self.flush()
        self.data = self.data[self.pos:]
        self.pos = 0
        while len(self.data) < size:
            part = os.read(self.fd_in, 1 << 18)
            if not part:
                return False
            self.data += part
        return True

    def event(self):
        if not self.need(48):
            return None
        fields = _HEADER.unpack_from(self.data, self.pos)
        if fields[0] != _MAGIC:
            sys.exit("iowatcher.py: %#x is no record of version 7"
                     % fields[0])
        size = 48 + fields[10]
        if not self.need(size):
            return None
        payload = self.data[self.pos + 48:self.pos + size]
        self.pos += size
        return Event(fields, payload)


_stream = _Stream()


def read_event():
    """The next Event, or None at the end."""
    return _stream.event()


def write_response_newtag(tag, label):
    """Declares a tag.  label is text or bytes."""
    if isinstance(label, str):
        label = label.encode(errors="replace")
    label = label.replace(b"\0", b"?")[:LABEL_MAX] + b"\0"
    _stream.answers.append(
        _THREE.pack(TAG_RESPONSE_NEW_TAG, tag, len(label)) + label)


def write_response_iotag(tag):
    """The I/O of this record has that tag."""
    _stream.answers.append(_TWO.pack(TAG_RESPONSE_TAG_IO, tag))


def write_response_end():
    """This record is answered."""
    _stream.answers.append(_END)
    # do not gather for ever when much is at hand
    if len(_stream.answers) > 65536:
        _stream.flush()


def flush():
    """Writes the answers that are kept; needed only before an exit."""
    _stream.flush()


def events():
    """Each event; what the loop does not tag is answered by itself."""
    while True:
        event = read_event()
        if event is None:
            flush()
            return
        yield event
        write_response_end()


class Tags:
    """Numbers for labels, declared when they are used first."""

    def __init__(self):
        self.numbers = {}

    def tag(self, event, label):
        """Tags this event, if it can have a tag."""
        if not event.is_io:
            return
        number = self.numbers.get(label)
        if number is None:
            number = self.numbers[label] = len(self.numbers)
            write_response_newtag(number, label)
        write_response_iotag(number)


def note_fields(event, numbers):
    """The fields of one of iotape's notes: numbers is a string of "I" and
    "Q" as in doc/FORMAT.md; returns them and a list of strings."""
    layout, at = "=4x", 4
    for kind in numbers:
        size = 4 if kind == "I" else 8
        if at % size:
            layout += "4x"
            at += 4
        layout += kind
        at += size
    if len(event.payload) < at:
        return (), []
    length = struct.unpack_from("=H", event.payload)[0]
    strings = event.payload[at:length].split(b"\0")[:-1]
    return (struct.unpack_from(layout, event.payload),
            [s.decode(errors="replace") for s in strings])
