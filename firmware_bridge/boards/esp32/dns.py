"""DNS packets (RFC 1035, RFC 6762): bytes in, values out, and back. Whatever comes in is hostile until it is read.

A name is a tuple of labels, bytes in lower case.
"""

from collections import namedtuple
import struct

A, PTR, TXT, SRV, ANY = 1, 12, 16, 33, 255
IN = 1
CACHE_FLUSH = UNICAST = 0x8000  # the top bit of the class: in answers, in questions
RESPONSE = 0x8400  # flags: an authoritative answer
_RECURSE = 0x0100
_IS_RESPONSE = 0x8000
_OPCODE_AND_CODE = 0x780F  # both are 0 in anything that counts

MAX_PACKET_BYTES = 1460
_MAX_LABELS = 16
_MAX_NAME_BYTES = 255
_MAX_RECORDS = 32
_HEADER = ">HHHHHH"
_HEADER_BYTES = 12

Question = namedtuple("Question", ("name", "type", "unicast"))
Record = namedtuple("Record", ("name", "type", "ttl_s", "data"))  # `data` of a PTR is a name, else bytes
Packet = namedtuple("Packet", ("id", "response", "questions", "answers"))


class PacketError(ValueError):
    """Not a packet that can be used."""


def name_of(text: str) -> tuple:
    """The name in dotted text; a dot at its end may be missing."""
    return tuple(label.lower().encode() for label in text.split(".") if label)


def write_name(name: tuple) -> bytes:
    """A name as it stands in a packet, uncompressed."""
    return b"".join(bytes((len(label),)) + label for label in name) + b"\0"


def record(name: tuple, kind: int, klass: int, ttl_s: int, data: bytes) -> bytes:
    """One resource record."""
    return write_name(name) + struct.pack(">HHIH", kind, klass, ttl_s, len(data)) + data


def question(name: tuple, kind: int, klass: int = IN) -> bytes:
    """One question."""
    return write_name(name) + struct.pack(">HH", kind, klass)


def query(packet_id: int, name: tuple, kind: int, recurse: bool) -> bytes:
    """A packet that asks one thing."""
    return struct.pack(_HEADER, packet_id, _RECURSE if recurse else 0, 1, 0, 0, 0) + question(name, kind)


def response(packet_id: int, questions: list, answers: list, additional: list) -> bytes:
    """A packet that answers; the three are lists of bytes from `question` and `record`."""
    head = struct.pack(_HEADER, packet_id, RESPONSE, len(questions), len(answers), 0, len(additional))
    return head + b"".join(questions) + b"".join(answers) + b"".join(additional)


def read_packet(data: bytes) -> Packet:
    """The questions and answers in a packet; records after the answers are not read.

    Raises:
        PacketError: cut off, a name that runs in circles or over its limit, too many records, another kind of packet.
    """
    if not _HEADER_BYTES <= len(data) <= MAX_PACKET_BYTES:
        raise PacketError("a packet of %d bytes" % len(data))
    packet_id, flags, questions, answers, _, _ = struct.unpack_from(_HEADER, data, 0)
    if flags & _OPCODE_AND_CODE:
        raise PacketError("no question or answer")
    if questions > _MAX_RECORDS or answers > _MAX_RECORDS:
        raise PacketError("too many records")
    offset = _HEADER_BYTES
    asked, told = [], []
    for _ in range(questions):
        name, offset = _read_name(data, offset)
        kind, klass = _unpack(">HH", data, offset)
        offset += 4
        if klass & 0x7FFF == IN:
            asked.append(Question(name, kind, bool(klass & UNICAST)))
    for _ in range(answers):
        name, offset = _read_name(data, offset)
        kind, klass, ttl_s, count = _unpack(">HHIH", data, offset)
        offset += 10
        if offset + count > len(data):
            raise PacketError("a record without its end")
        if klass & 0x7FFF == IN:
            content = _read_name(data, offset)[0] if kind == PTR else bytes(data[offset : offset + count])
            told.append(Record(name, kind, ttl_s, content))
        offset += count
    return Packet(packet_id, bool(flags & _IS_RESPONSE), asked, told)


def _read_name(data: bytes, offset: int) -> tuple:
    """(name, offset after it). Pointers must point backwards, so a name ends."""
    labels = []
    total = 0
    after = None
    before = offset
    while True:
        (count,) = _unpack(">B", data, offset)
        if count & 0xC0 == 0xC0:
            (pointer,) = _unpack(">H", data, offset)
            pointer &= 0x3FFF
            if after is None:
                after = offset + 2
            if pointer >= before:
                raise PacketError("a name that points forwards")
            before = offset = pointer
        elif count & 0xC0:
            raise PacketError("a label of an unknown kind")
        elif count == 0:
            return tuple(labels), offset + 1 if after is None else after
        else:
            label = data[offset + 1 : offset + 1 + count]
            total += count + 1
            if len(label) < count or len(labels) >= _MAX_LABELS or total > _MAX_NAME_BYTES:
                raise PacketError("a name that is cut off or too long")
            labels.append(bytes(label).lower())
            offset += 1 + count


def _unpack(form: str, data: bytes, offset: int) -> tuple:
    if offset + struct.calcsize(form) > len(data):
        raise PacketError("a packet that is cut off")
    return struct.unpack_from(form, data, offset)
