# SPDX-License-Identifier: LGPL-2.1-or-later
"""MBIM control messages: reading, writing, fragments (USB-IF MBIM 1.0, chapter 9)."""

import struct
import uuid

OPEN, CLOSE, COMMAND, HOST_ERROR = 1, 2, 3, 4
OPEN_DONE, CLOSE_DONE, COMMAND_DONE = 0x80000001, 0x80000002, 0x80000003
FUNCTION_ERROR, INDICATE = 0x80000004, 0x80000007

HEADER = struct.Struct("<III")
FRAGMENT = struct.Struct("<II")
FRAGMENTED = {COMMAND, COMMAND_DONE, INDICATE}
# The smallest length each type may announce, in bytes.
MINIMUM = {OPEN: 16, CLOSE: 12, COMMAND: 48, HOST_ERROR: 16, OPEN_DONE: 16, CLOSE_DONE: 16,
           COMMAND_DONE: 48, FUNCTION_ERROR: 16, INDICATE: 44}
# A continuation carries the two headers and at least nothing more.
FRAGMENT_MINIMUM = HEADER.size + FRAGMENT.size
MAX_MESSAGE = 1 << 20

QUERY, SET = 0, 1

BASIC_CONNECT = uuid.UUID("a289cc33-bcbb-8b4f-b6b0-133ec2aae6df").bytes
MS_EXTENSIONS = uuid.UUID("3d01dcc5-fef5-4d05-0d3a-bef7058e9aaf").bytes
UICC = uuid.UUID("c2f6588e-f037-4bc9-8665-f4d44bd09367").bytes
AUTH = uuid.UUID("1d2b5ff7-0aa1-48b2-aa52-50f15767174e").bytes
QMI = uuid.UUID("d1a30bc2-f97a-6e43-bf65-c7e24fb0f0d3").bytes
PROXY_CONTROL = uuid.UUID("838cf7fb-8d0d-4d7f-871e-d71dbefbb39b").bytes
SERVICE_NAMES = {BASIC_CONNECT: "basic-connect", MS_EXTENSIONS: "ms-basic-connect-extensions",
                 UICC: "ms-uicc-low-level-access", AUTH: "auth", QMI: "qmi", PROXY_CONTROL: "proxy-control"}

# MBIM 1.0 table 9-8: what FUNCTION_ERROR and HOST_ERROR carry.
ERROR_TIMEOUT_FRAGMENT, ERROR_OUT_OF_SEQUENCE, ERROR_LENGTH_MISMATCH = 1, 2, 3
ERROR_DUPLICATED_TID, ERROR_NOT_OPENED, ERROR_UNKNOWN, ERROR_CANCEL, ERROR_MAX_TRANSFER = 4, 5, 6, 7, 8

# MBIM 1.0 table 9-15, and the three that Microsoft's UICC page adds.
STATUS_OK, STATUS_BUSY, STATUS_FAILURE, STATUS_SIM_NOT_INSERTED = 0, 1, 2, 3
STATUS_PIN_REQUIRED = 5
STATUS_AUTH_INCORRECT_AUTN, STATUS_AUTH_SYNC_FAILURE, STATUS_AUTH_AMF_NOT_SET = 35, 36, 37
STATUS_NO_DEVICE_SUPPORT, STATUS_NOT_INITIALIZED, STATUS_INVALID_PARAMETERS = 9, 14, 21
STATUS_NO_LOGICAL_CHANNELS, STATUS_SELECT_FAILED = 0x87430001, 0x87430002
STATUS_INVALID_LOGICAL_CHANNEL = 0x87430003


class MbimError(Exception):
    """A message that cannot be read; `code` is the FUNCTION_ERROR to answer with."""

    def __init__(self, text, code=ERROR_UNKNOWN):
        super().__init__(text)
        self.code = code


class Message:
    """A whole message, fragments already joined.

    For COMMAND, COMMAND_DONE and INDICATE: service, cid, info; `operation` (query or set) for a
    COMMAND, `status` for a COMMAND_DONE. For the others `status` is their one number (the largest
    control transfer, the status, or the error code); CLOSE has none.
    """

    def __init__(self, kind, transaction, *, service=b"", cid=0, operation=0, status=0, info=b""):
        self.kind = kind
        self.transaction = transaction
        self.service = service
        self.cid = cid
        self.operation = operation
        self.status = status
        self.info = info

    def __repr__(self):
        name = SERVICE_NAMES.get(self.service, self.service.hex())
        return (f"<Message {self.kind:#x} tid={self.transaction} {name} cid={self.cid} "
                f"op={self.operation} status={self.status:#x} info={self.info.hex()}>")

    def body(self):
        """What follows the message header and the fragment header."""
        if self.kind == CLOSE:
            return b""
        if self.kind not in FRAGMENTED:
            return struct.pack("<I", self.status)
        head = self.service + struct.pack("<I", self.cid)
        if self.kind == COMMAND:
            head += struct.pack("<I", self.operation)
        elif self.kind == COMMAND_DONE:
            head += struct.pack("<I", self.status)
        return head + struct.pack("<I", len(self.info)) + self.info

    def frames(self, max_transfer=4096):
        """The bytes to write: one frame, or as many as max_transfer asks for."""
        body = self.body()
        if self.kind not in FRAGMENTED:
            return [HEADER.pack(self.kind, HEADER.size + len(body), self.transaction) + body]
        room = max_transfer - FRAGMENT_MINIMUM
        if room <= 0:
            raise ValueError("no room for a fragment")
        pieces = [body[i:i + room] for i in range(0, len(body), room)]
        return [HEADER.pack(self.kind, FRAGMENT_MINIMUM + len(piece), self.transaction)
                + FRAGMENT.pack(len(pieces), number) + piece
                for number, piece in enumerate(pieces)]

    def pack(self):
        return b"".join(self.frames(MAX_MESSAGE))


def parse_body(kind, transaction, body):
    """The opposite of Message.body."""
    if kind == CLOSE:
        return Message(kind, transaction)
    if kind not in FRAGMENTED:
        if len(body) != 4:
            raise MbimError("a fixed-size message of another size", ERROR_LENGTH_MISMATCH)
        return Message(kind, transaction, status=struct.unpack("<I", body)[0])
    fixed = 24 if kind == INDICATE else 28
    if len(body) < fixed:
        raise MbimError("message shorter than its header", ERROR_LENGTH_MISMATCH)
    service = body[:16]
    numbers = struct.unpack_from("<" + "I" * ((fixed - 16) // 4), body, 16)
    info = body[fixed:]
    # Some hosts pad the last frame; fewer bytes than announced is an error, more is not.
    if numbers[-1] > len(info):
        raise MbimError("information buffer cut short", ERROR_LENGTH_MISMATCH)
    middle = numbers[1] if len(numbers) == 3 else 0
    return Message(kind, transaction, service=service, cid=numbers[0], info=info[:numbers[-1]],
                   operation=middle if kind == COMMAND else 0,
                   status=middle if kind == COMMAND_DONE else 0)


class FrameReader:
    """Cuts a byte stream into frames.

    A stream that lost its frame boundaries (its writer was killed in the middle) is dropped up to
    here: `dropped` counts the bytes, and the next write starts anew.
    """

    def __init__(self):
        self.buffer = bytearray()
        self.dropped = 0

    def clear(self):
        self.buffer.clear()

    def feed(self, data):
        """Frames that are complete now."""
        self.buffer += data
        frames = []
        while len(self.buffer) >= HEADER.size:
            kind, length, _ = HEADER.unpack_from(self.buffer)
            if kind not in MINIMUM or not HEADER.size <= length <= MAX_MESSAGE:
                self.dropped += len(self.buffer)
                self.buffer.clear()
                break
            if len(self.buffer) < length:
                break
            frames.append(bytes(self.buffer[:length]))
            del self.buffer[:length]
        return frames


class Assembler:
    """Joins fragments into messages. One per direction and session."""

    def __init__(self):
        self.kind = self.transaction = None
        self.total = 0
        self.parts = []

    def clear(self):
        self.kind = self.transaction = None
        self.parts = []

    @property
    def waiting(self):
        return bool(self.parts)

    def add(self, frame):
        """A Message, or None while fragments are missing. Raises MbimError."""
        kind, length, transaction = HEADER.unpack_from(frame)
        if length != len(frame) or length < min(MINIMUM[kind], FRAGMENT_MINIMUM):
            raise MbimError("frame length is wrong", ERROR_LENGTH_MISMATCH)
        if kind not in FRAGMENTED:
            return parse_body(kind, transaction, frame[HEADER.size:])
        if length < FRAGMENT_MINIMUM:
            raise MbimError("no fragment header", ERROR_LENGTH_MISMATCH)
        total, current = FRAGMENT.unpack_from(frame, HEADER.size)
        piece = frame[FRAGMENT_MINIMUM:]
        if current == 0:
            self.clear()
            if total == 0:
                raise MbimError("a message of no fragments", ERROR_OUT_OF_SEQUENCE)
            self.kind, self.transaction, self.total = kind, transaction, total
        elif (kind, transaction, total, current) != (self.kind, self.transaction, self.total,
                                                     len(self.parts)):
            self.clear()
            raise MbimError("fragment out of sequence", ERROR_OUT_OF_SEQUENCE)
        self.parts.append(piece)
        if sum(map(len, self.parts)) > MAX_MESSAGE:
            self.clear()
            raise MbimError("message too long", ERROR_LENGTH_MISMATCH)
        if len(self.parts) < total:
            return None
        body = b"".join(self.parts)
        self.clear()
        return parse_body(kind, transaction, body)


def pad(data, to=4):
    return data + bytes(-len(data) % to)


class InfoWriter:
    """Builds an information buffer: a fixed part whose references are filled in at the end."""

    def __init__(self):
        self.fixed = bytearray()
        self.refs = []
        self.data = []

    def u32(self, *values):
        for value in values:
            self.fixed += struct.pack("<I", value)
        return self

    def u64(self, value):
        self.fixed += struct.pack("<Q", value)
        return self

    def _reference(self, data, size_first):
        self.refs.append((len(self.fixed), len(self.data), size_first))
        self.data.append(data)
        self.fixed += bytes(8)
        return self

    def blob(self, data):
        """A referenced array as (offset, size), as everywhere but in the UICC service."""
        return self._reference(data, False)

    def uicc_blob(self, data):
        """A referenced array as (size, offset), as the UICC service has it."""
        return self._reference(data, True)

    def string(self, text):
        return self.blob(text.encode("utf-16-le"))

    def bytes(self):
        offset = len(self.fixed)
        out = bytearray(self.fixed)
        tail = bytearray()
        for position, index, size_first in self.refs:
            data = self.data[index]
            where = offset + len(tail) if data else 0
            pair = (len(data), where) if size_first else (where, len(data))
            struct.pack_into("<II", out, position, *pair)
            tail += pad(data)
        return bytes(out + tail)


class InfoReader:
    """Reads an information buffer; everything out of bounds is MbimError."""

    def __init__(self, info):
        self.info = info
        self.position = 0

    def _take(self, count):
        if self.position + count > len(self.info):
            raise MbimError("information buffer too short")
        piece = self.info[self.position:self.position + count]
        self.position += count
        return piece

    def raw(self, count):
        return self._take(count)

    def u32(self):
        return struct.unpack("<I", self._take(4))[0]

    def u64(self):
        return struct.unpack("<Q", self._take(8))[0]

    def _slice(self, offset, size):
        if size == 0:
            return b""
        if offset + size > len(self.info):
            raise MbimError("reference outside the information buffer")
        return self.info[offset:offset + size]

    def blob(self):
        offset, size = self.u32(), self.u32()
        return self._slice(offset, size)

    def uicc_blob(self):
        size, offset = self.u32(), self.u32()
        return self._slice(offset, size)

    def string(self):
        try:
            return self.blob().decode("utf-16-le")
        except UnicodeDecodeError as error:
            raise MbimError("string is not UTF-16") from error
