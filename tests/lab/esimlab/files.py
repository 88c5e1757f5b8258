# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of the card that a host without a modem looks at: the MF, and EF ICCID in it (ETSI TS 102 221, 13.2)."""

from __future__ import annotations

from typing import Callable

from . import ber

MF, EF_ICCID = bytes.fromhex("3F00"), bytes.fromhex("2FE2")
READ_BINARY = 0xB0


class Files:
    """`iccid` tells the ICCID of the profile that is to be seen, or None: then there is no EF ICCID."""

    def __init__(self, iccid: Callable[[], str | None]):
        self._iccid = iccid
        self._selected: dict[int, bytes] = {}

    def forget(self) -> None:
        self._selected.clear()

    def select(self, channel: int, identifier: bytes) -> tuple[bytes, int]:
        """FCP and status word."""
        if identifier not in (MF, EF_ICCID) or (identifier == EF_ICCID and self._iccid() is None):
            return b"", 0x6A82
        self._selected[channel] = identifier
        descriptor = b"\x78\x21" if identifier == MF else b"\x41\x21"
        return ber.encode(0x62, ber.encode(0x82, descriptor), ber.encode(0x83, identifier)), 0x9000

    def read(self, channel: int, offset: int, length: int) -> tuple[bytes, int]:
        """Data and status word of a READ BINARY."""
        iccid = self._iccid()
        if self._selected.get(channel) != EF_ICCID or iccid is None:
            return b"", 0x6986
        content = ber.iccid_octets(iccid)
        if offset >= len(content):
            return b"", 0x6B00
        if offset + length > len(content):
            return b"", 0x6C00 | len(content) - offset
        return content[offset:offset + length], 0x9000
