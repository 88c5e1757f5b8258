# SPDX-License-Identifier: LGPL-2.1-or-later
"""QMI messages: reading and writing QMUX frames, service messages and their TLVs.

Numbers are those of libqmi's tables. All integers are little endian.
"""

import struct

QMUX = struct.Struct("<BHBBB")        # marker, length of all but the marker, flags, service, client
QMUX_MARKER, FROM_HOST, FROM_MODEM = 0x01, 0x00, 0x80
CTL_HEAD, SERVICE_HEAD = struct.Struct("<BBHH"), struct.Struct("<BHHH")
REQUEST, RESPONSE, INDICATION = "request", "response", "indication"
KIND_FLAGS = {True: {REQUEST: 0, RESPONSE: 1, INDICATION: 2}, False: {REQUEST: 0, RESPONSE: 2, INDICATION: 4}}

CTL, WDS, DMS, NAS, UIM, WDA = 0, 1, 2, 3, 11, 26
SERVICE_NAMES = {CTL: "ctl", WDS: "wds", DMS: "dms", NAS: "nas", UIM: "uim", WDA: "wda"}
ALL_CLIENTS = 0xFF
TLV_RESULT = 0x02

ERROR_MALFORMED, ERROR_INTERNAL, ERROR_CLIENT_IDS_EXHAUSTED, ERROR_INVALID_CLIENT = 1, 3, 5, 7
ERROR_OUT_OF_CALL, ERROR_NOT_PROVISIONED, ERROR_MISSING_ARGUMENT, ERROR_ARGUMENT_TOO_LONG = 15, 16, 17, 19
ERROR_NO_EFFECT, ERROR_INVALID_SERVICE, ERROR_UIM_UNINITIALIZED = 26, 31, 37
ERROR_INVALID_ARGUMENT, ERROR_DEVICE_NOT_READY, ERROR_INVALID_TRANSITION = 48, 52, 60
ERROR_INSUFFICIENT_RESOURCES, ERROR_INVALID_COMMAND, ERROR_INFORMATION_UNAVAILABLE = 68, 71, 74
ERROR_SIM_FILE_NOT_FOUND, ERROR_ACCESS_DENIED, ERROR_NOT_SUPPORTED = 80, 82, 94


class QmiError(Exception):
    """A message that cannot be read, or the answer to one: `code` is the protocol error, `tlvs` what goes with it."""

    def __init__(self, code, text="", tlvs=()):
        super().__init__(text or f"error {code}")
        self.code, self.tlvs = code, list(tlvs)


class Message:
    """One message of a service. `tlvs` is a list of (tag, bytes), `kind` one of REQUEST, RESPONSE, INDICATION."""

    def __init__(self, service, client, kind, transaction, number, tlvs=()):
        self.service, self.client, self.kind = service, client, kind
        self.transaction, self.number, self.tlvs = transaction, number, list(tlvs)

    def __repr__(self):
        name = SERVICE_NAMES.get(self.service, self.service)
        inside = " ".join(f"{tag:02x}:{value.hex()}" for tag, value in self.tlvs)
        return f"<Message {name}:{self.client} {self.kind} {self.transaction} {self.number:#06x} {inside}>"

    def get(self, tag):
        """The value of the first TLV with this tag, or None."""
        return next((value for known, value in self.tlvs if known == tag), None)

    def need(self, tag, size=0):
        """The value of a TLV that must be there, with at least `size` octets."""
        value = self.get(tag)
        if value is None:
            raise QmiError(ERROR_MISSING_ARGUMENT, f"TLV {tag:02x} is missing")
        if len(value) < size:
            raise QmiError(ERROR_MALFORMED, f"TLV {tag:02x} is short")
        return value

    @property
    def error(self):
        """The protocol error that a response carries, 0 for success, None without a result."""
        value = self.get(TLV_RESULT)
        return None if value is None or len(value) < 4 else struct.unpack_from("<HH", value)[1]

    def answer(self, tlvs=(), error=0):
        """The response to this request, its result first."""
        result = (TLV_RESULT, struct.pack("<HH", 1 if error else 0, error))
        return Message(self.service, self.client, RESPONSE, self.transaction, self.number, [result, *tlvs])

    def body(self):
        return b"".join(struct.pack("<BH", tag, len(value)) + value for tag, value in self.tlvs)

    def sdu(self):
        """The message as it travels over QRTR, where nothing is around it."""
        body = self.body()
        head = CTL_HEAD if self.service == CTL else SERVICE_HEAD
        return head.pack(KIND_FLAGS[self.service == CTL][self.kind], self.transaction, self.number, len(body)) + body

    def pack(self):
        """The whole frame."""
        return wrap(self.service, self.client, self.kind, self.sdu())


def wrap(service, client, kind, sdu):
    """A service message in its QMUX frame."""
    flags = FROM_HOST if kind == REQUEST else FROM_MODEM
    return QMUX.pack(QMUX_MARKER, QMUX.size - 1 + len(sdu), flags, service, client) + sdu


def parse_tlvs(body):
    tlvs, position = [], 0
    while position < len(body):
        if position + 3 > len(body):
            raise QmiError(ERROR_MALFORMED, "a TLV's head is cut short")
        tag, size = struct.unpack_from("<BH", body, position)
        position += 3
        if position + size > len(body):
            raise QmiError(ERROR_MALFORMED, "a TLV is longer than its message")
        tlvs.append((tag, body[position:position + size]))
        position += size
    return tlvs


def parse_sdu(service, client, sdu):
    """A Message. QmiError if it cannot be read; with `message` of what can, if its head could."""
    head = CTL_HEAD if service == CTL else SERVICE_HEAD
    if len(sdu) < head.size:
        raise QmiError(ERROR_MALFORMED, "a message is shorter than its head")
    flags, transaction, number, size = head.unpack_from(sdu)
    kinds = {flag: kind for kind, flag in KIND_FLAGS[service == CTL].items()}
    message = Message(service, client, kinds.get(flags, REQUEST), transaction, number)
    try:
        if flags not in kinds:
            raise QmiError(ERROR_MALFORMED, "flags of no kind of message")
        if head.size + size != len(sdu):
            raise QmiError(ERROR_MALFORMED, "the lengths of a message differ")
        message.tlvs = parse_tlvs(sdu[head.size:])
    except QmiError as error:
        error.message = message
        raise
    return message


def parse(frame):
    """The Message in one QMUX frame. Raises QmiError as parse_sdu."""
    if len(frame) < QMUX.size:
        raise QmiError(ERROR_MALFORMED, "a frame is shorter than its head")
    marker, length, _, service, client = QMUX.unpack_from(frame)
    if marker != QMUX_MARKER or length != len(frame) - 1:
        raise QmiError(ERROR_MALFORMED, "a frame's length is wrong")
    return parse_sdu(service, client, frame[QMUX.size:])


class FrameReader:
    """Cuts a byte stream into frames.

    A stream that lost its frame boundaries is dropped up to here: `dropped` counts the bytes, and
    the next write starts anew.
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
        while len(self.buffer) >= 3:
            marker, length = struct.unpack_from("<BH", self.buffer)
            if marker != QMUX_MARKER or length < QMUX.size - 1:
                self.dropped += len(self.buffer)
                self.buffer.clear()
                break
            if len(self.buffer) < length + 1:
                break
            frames.append(bytes(self.buffer[:length + 1]))
            del self.buffer[:length + 1]
        return frames


def short_array(data):
    """An array of octets with a length of one octet."""
    return bytes([len(data)]) + data


def long_array(data):
    """An array of octets with a length of two octets."""
    return struct.pack("<H", len(data)) + data


def read_short_array(value, position=0):
    """The octets of such an array that begins here."""
    if position >= len(value) or position + 1 + value[position] > len(value):
        raise QmiError(ERROR_MALFORMED, "an array is longer than its TLV")
    return value[position + 1:position + 1 + value[position]]


def read_long_array(value):
    if len(value) < 2 or 2 + struct.unpack_from("<H", value)[0] > len(value):
        raise QmiError(ERROR_MALFORMED, "an array is longer than its TLV")
    return value[2:2 + struct.unpack_from("<H", value)[0]]
