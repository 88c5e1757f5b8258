# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host that opens the modem's node and talks frames, to test the modem without libmbim."""

import os
import select
import socket
import struct
import time
import tty

from esimlab import mbim
from esimlab.mbimuicc import EXTENDED


class Host:
    def __init__(self, path=None):
        self.socket = None
        if path is None:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.connect("\0mbim-proxy")
            self.fd = self.socket.fileno()
        else:
            self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self.fd)
        self.reader = mbim.FrameReader()
        self.assembler = mbim.Assembler()
        self.messages = []
        self.indications = []
        self.frames_read = 0
        self.transaction = 0

    def close(self):
        if self.socket:
            self.socket.close()
        else:
            os.close(self.fd)

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
            for frame in self.reader.feed(os.read(self.fd, 65536)):
                self.frames_read += 1
                message = self.assembler.add(frame)
                if message is not None and not self.of_the_radio(message):
                    self.messages.append(message)
        return self.messages.pop(0)

    @staticmethod
    def of_the_radio(message):
        """Registration, packet service, connection: they follow the card's state, and few tests ask for them."""
        return (message.kind, message.service) == (mbim.INDICATE, mbim.BASIC_CONNECT) and message.cid in (9, 10, 12)

    def answer(self, transaction, timeout=2.0):
        while True:
            message = self.read(timeout)
            if message is None or message.transaction == transaction:
                return message
            self.indications.append(message)

    def open(self, max_transfer=4096):
        self.transaction += 1
        self.write(mbim.Message(mbim.OPEN, self.transaction, status=max_transfer).pack())
        return self.answer(self.transaction)

    def ask(self, service, cid, info=b"", operation=mbim.QUERY, timeout=2.0, max_transfer=4096):
        self.transaction += 1
        message = mbim.Message(mbim.COMMAND, self.transaction, service=service, cid=cid,
                               operation=operation, info=info)
        for frame in message.frames(max_transfer):
            self.write(frame)
        return self.answer(self.transaction, timeout)

    def open_channel(self, aid, p2=4, group=3):
        info = struct.pack("<IIII", len(aid), 16, p2, group) + aid
        done = self.ask(mbim.UICC, 2, info, mbim.SET)
        if done.status:
            return done.status, 0, b""
        reader = mbim.InfoReader(done.info)
        word, channel = reader.u32(), reader.u32()
        assert word & 0xFF in (0x90, 0x61)
        return 0, channel, reader.uicc_blob()

    def close_channel(self, channel, group=3):
        done = self.ask(mbim.UICC, 3, struct.pack("<II", channel, group), mbim.SET)
        return done.status, struct.unpack("<I", done.info)[0] if done.info else None

    def apdu(self, channel, command, kind=EXTENDED, timeout=2.0):
        """(status, data, SW), or None when there is no answer."""
        info = struct.pack("<IIIII", channel, 0, kind, len(command), 20) + mbim.pad(command)
        done = self.ask(mbim.UICC, 4, info, mbim.SET, timeout)
        if done is None:
            return None
        if done.status:
            return done.status, b"", 0
        reader = mbim.InfoReader(done.info)
        word = reader.u32()
        return 0, reader.uicc_blob(), (word & 0xFF) << 8 | word >> 8

    def store(self, channel, body, **how):
        """A short STORE DATA in one block."""
        return self.apdu(channel, b"\x00\xe2\x91\x00" + bytes([len(body)]) + body + b"\x00", **how)

    def ready_state(self):
        done = self.ask(mbim.BASIC_CONNECT, 2)
        return struct.unpack_from("<I", done.info)[0]
