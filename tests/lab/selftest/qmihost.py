# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host that opens a QMI modem's node and talks frames, to test the modem without libqmi."""

import os
import select
import struct
import time
import tty

from esimlab import qmi


class Host:
    """`connection`: a path to open, or a connected socket."""

    def __init__(self, connection):
        self.socket = None if isinstance(connection, str) else connection
        if self.socket is None:
            self.fd = os.open(connection, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self.fd)
        else:
            self.fd = self.socket.fileno()
        self.reader = qmi.FrameReader()
        self.messages = []
        self.indications = []
        self.transaction = 0

    def close(self):
        if self.socket is None:
            os.close(self.fd)
        else:
            self.socket.close()

    def write(self, data):
        while data:
            data = data[os.write(self.fd, data):]

    def read(self, timeout=2.0):
        """The next message, or None after `timeout`."""
        deadline = time.monotonic() + timeout
        while not self.messages:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return None
            self.messages += map(qmi.parse, self.reader.feed(os.read(self.fd, 65536)))
        return self.messages.pop(0)

    def indication(self, number, timeout=2.0):
        """The next indication of this number, others dropped; None if it does not come."""
        while True:
            message = self.indications.pop(0) if self.indications else self.read(timeout)
            if message is None or (message.kind == qmi.INDICATION and message.number == number):
                return message

    def ask(self, service, client, number, tlvs=(), timeout=2.0):
        """The response, or None when there is no answer."""
        # One octet in the control service.
        self.transaction = self.transaction % 255 + 1
        self.write(qmi.Message(service, client, qmi.REQUEST, self.transaction, number, tlvs).pack())
        while True:
            message = self.read(timeout)
            if message is None or (message.kind, message.transaction) == (qmi.RESPONSE, self.transaction):
                return message
            self.indications.append(message)

    def allocate(self, service=qmi.UIM):
        answer = self.ask(qmi.CTL, 0, 0x22, [(0x01, bytes([service]))])
        if answer.error:
            raise qmi.QmiError(answer.error)
        return answer.get(0x01)[1]

    def release(self, client, service=qmi.UIM):
        return self.ask(qmi.CTL, 0, 0x23, [(0x01, bytes([service, client]))]).error

    def register(self, client, mask=21):
        answer = self.ask(qmi.UIM, client, 0x2E, [(0x01, struct.pack("<I", mask))])
        return struct.unpack("<I", answer.get(0x10))[0]

    def open_channel(self, client, aid, slot=1):
        """(error, channel, SW or None, FCI)."""
        done = self.ask(qmi.UIM, client, 0x42, [(0x01, bytes([slot])), (0x10, qmi.short_array(aid))])
        word = done.get(0x11)
        if done.error:
            return done.error, 0, word and int.from_bytes(word, "big"), b""
        return 0, done.get(0x10)[0], int.from_bytes(word, "big"), qmi.read_short_array(done.get(0x12))

    def close_channel(self, client, channel, slot=1):
        done = self.ask(qmi.UIM, client, 0x3F, [(0x01, bytes([slot])), (0x11, bytes([channel])), (0x13, b"\x01")])
        return done.error, done.get(0x11)

    def apdu(self, client, channel, command, slot=1, timeout=2.0):
        """(error, data, SW), or None when there is no answer."""
        done = self.ask(qmi.UIM, client, 0x3B, [(0x01, bytes([slot])), (0x02, qmi.long_array(command)),
                                                (0x10, bytes([channel]))], timeout)
        if done is None:
            return None
        if done.error:
            return done.error, b"", 0
        answer = qmi.read_long_array(done.need(0x10))
        return 0, answer[:-2], int.from_bytes(answer[-2:], "big")

    def store(self, client, channel, body, **how):
        """A short STORE DATA in one block, its answer collected."""
        done = self.apdu(client, channel, b"\x80\xe2\x91\x00" + bytes([len(body)]) + body + b"\x00", **how)
        while done is not None and done[2] >> 8 == 0x61:
            error, more, sw = self.apdu(client, channel, bytes([0x00, 0xC0, 0, 0, done[2] & 0xFF]))
            done = error, done[1] + more, sw
        return done

    def card(self, client, message=None):
        """(card state, application state or None) of Get Card Status, or of its indication."""
        value = (message or self.ask(qmi.UIM, client, 0x2F)).get(0x10)
        return value[9], value[16] if value[14] else None

    def slots(self, client, message=None):
        """[(card present, active, logical slot, ICCID octets)] of Get Slot Status, or of its indication."""
        value = (message or self.ask(qmi.UIM, client, 0x47)).get(0x10)
        found, position = [], 1
        for _ in range(value[0]):
            card, state, logical, size = struct.unpack_from("<IIBB", value, position)
            found.append((card == 2, state == 1, logical, value[position + 10:position + 10 + size]))
            position += 10 + size
        return found

    def iccid(self, client):
        """EF_ICCID as the modem has it, or None."""
        done = self.ask(qmi.UIM, client, 0x20, [(0x01, b"\x00\x00"), (0x02, struct.pack("<HBH", 0x2FE2, 2, 0x3F00)),
                                                (0x03, bytes(4))])
        return None if done.error else qmi.read_long_array(done.get(0x11))
