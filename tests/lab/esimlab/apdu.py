# SPDX-License-Identifier: LGPL-2.1-or-later
"""Command APDUs at the card's edge: class byte, lengths, and how an answer
that does not fit or was not asked for in the right size is handed out."""

from __future__ import annotations

from dataclasses import dataclass

GET_RESPONSE, STORE_DATA, MANAGE_CHANNEL, SELECT = 0xC0, 0xE2, 0x70, 0xA4
STYLES = ("61xx", "6cxx", "direct")


class ApduError(Exception):
    def __init__(self, sw: int):
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass(frozen=True)
class Command:
    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    le: int | None  # None: absent; 256 for 00

    @property
    def proprietary(self) -> bool:
        return bool(self.cla & 0x80)

    @property
    def channel(self) -> int:
        """0 to 3 in the first kind of class byte, 4 to 19 in the further one (ISO 7816-4, 5.4.1)."""
        if self.cla & 0x40:
            return 4 + (self.cla & 0x0F)
        return self.cla & 0x03

    @property
    def secured(self) -> bool:
        return bool(self.cla & (0x20 if self.cla & 0x40 else 0x0C))


def read_command(apdu: bytes) -> Command:
    """Short APDUs only, of the four cases of ISO 7816-3."""
    if len(apdu) < 4:
        raise ApduError(0x6700)
    head, body = apdu[:4], apdu[4:]
    if not body:
        return Command(*head, b"", None)
    if len(body) == 1:
        return Command(*head, b"", body[0] or 256)
    lc, data = body[0], body[1:]
    if lc == 0 or len(data) not in (lc, lc + 1):
        raise ApduError(0x6700)
    le = None if len(data) == lc else data[lc] or 256
    return Command(*head, data[:lc], le)


class Answers:
    """Holds what is still to be collected, one answer per channel."""

    def __init__(self, style: str):
        self.style = style
        self._rest: dict[int, tuple[bytes, int]] = {}
        self._repeat: dict[int, tuple[bytes, bytes, int]] = {}

    def forget(self, channel: int | None = None) -> None:
        for held in (self._rest, self._repeat):
            if channel is None:
                held.clear()
            held.pop(channel, None)

    @property
    def waiting(self) -> bool:
        """Something has been announced with 61xx or 6Cxx and not been collected."""
        return bool(self._rest or self._repeat)

    def repeated(self, channel: int, apdu: bytes, command: Command) -> bytes | None:
        """The answer to a command that comes again with the size that 6Cxx named."""
        key, data, sw = self._repeat.pop(channel, (b"", b"", 0))
        if not key or command.le is None or key != apdu[:5 + len(command.data)]:
            return None
        return self._sized(channel, data, sw, command.le, None)

    def give(self, channel: int, apdu: bytes, command: Command, data: bytes, sw: int) -> bytes:
        """The first octets that go out for a command that has been carried out."""
        self.forget(channel)
        if not data or self.style == "direct":
            return data + sw.to_bytes(2, "big")
        if self.style == "6cxx" and command.le is not None:
            return self._sized(channel, data, sw, command.le, apdu[:5 + len(command.data)])
        self._rest[channel] = (data, sw)
        return bytes((0x61, min(len(data), 256) & 0xFF))

    def _sized(self, channel: int, data: bytes, sw: int, le: int, key: bytes | None) -> bytes:
        wanted = min(len(data), 256)
        if le != wanted and key is not None:
            self._repeat[channel] = (key, data, sw)
            return bytes((0x6C, wanted & 0xFF))
        return self._part(channel, data, sw, le)

    def _part(self, channel: int, data: bytes, sw: int, le: int) -> bytes:
        part, rest = data[:le], data[le:]
        if not rest:
            self._rest.pop(channel, None)
            return part + sw.to_bytes(2, "big")
        self._rest[channel] = (rest, sw)
        return part + bytes((0x61, min(len(rest), 256) & 0xFF))

    def collect(self, channel: int, command: Command) -> bytes:
        """GET RESPONSE."""
        if channel not in self._rest:
            raise ApduError(0x6985)
        data, sw = self._rest[channel]
        available = min(len(data), 256)
        le = available if command.le is None else command.le
        if le > available and self.style == "6cxx":
            return bytes((0x6C, available & 0xFF))
        return self._part(channel, data, sw, min(le, available))
