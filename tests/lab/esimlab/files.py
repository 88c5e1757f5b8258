# SPDX-License-Identifier: LGPL-2.1-or-later
"""The card's files as channels see them: the MF with EF DIR and EF ICCID (ETSI TS 102 221, 13), and those of the USIM
where it is selected."""

from __future__ import annotations

from typing import Callable

from . import ber
from .usim import Usim, UsimError

MF, ADF = bytes.fromhex("3F00"), bytes.fromhex("7FFF")
EF_DIR, EF_ICCID = bytes.fromhex("2F00"), bytes.fromhex("2FE2")
READ_BINARY, READ_RECORD = 0xB0, 0xB2
NOT_FOUND, NO_FILE, NO_RECORD = 0x6A82, 0x6986, 0x6A83
WRONG_TYPE = 0x6981


class Files:
    """`iccid` tells the ICCID of the profile that is to be seen, or None: then there is no EF ICCID. `has_usim` whether
    a channel has the USIM selected."""

    def __init__(self, iccid: Callable[[], str | None], usim: Usim, has_usim: Callable[[int], bool]):
        self._iccid, self._usim, self._has_usim = iccid, usim, has_usim
        self._selected: dict[int, bytes] = {}
        self._directories: dict[int, bytes] = {}

    def forget(self, channel: int | None = None) -> None:
        for held in (self._selected, self._directories):
            if channel is None:
                held.clear()
            held.pop(channel, None)

    def application_selected(self, channel: int) -> None:
        self._selected.pop(channel, None)
        self._directories[channel] = ADF

    def in_application(self, channel: int) -> bool:
        return self._directories.get(channel) == ADF

    def _is_there(self, channel: int, identifier: bytes) -> bool:
        if self.in_application(channel):
            return self._has_usim(channel) and self._usim.has(identifier)
        if identifier == EF_ICCID:
            return self._iccid() is not None
        return identifier == EF_DIR and self._usim.directory_record() is not None

    def select(self, channel: int, identifier: bytes) -> tuple[bytes, int]:
        """FCP and status word."""
        if identifier == MF or (identifier == ADF and self._has_usim(channel)):
            self._selected.pop(channel, None)
            self._directories[channel] = identifier
            return self._parameters(b"\x78\x21", identifier), 0x9000
        if not self._is_there(channel, identifier):
            return b"", NOT_FOUND
        self._selected[channel] = identifier
        return self._parameters(b"\x42\x21\x00\x26\x01" if identifier == EF_DIR else b"\x41\x21", identifier), 0x9000

    @staticmethod
    def _parameters(descriptor: bytes, identifier: bytes) -> bytes:
        return ber.encode(0x62, ber.encode(0x82, descriptor), ber.encode(0x83, identifier))

    def _content(self, channel: int) -> bytes:
        selected = self._selected.get(channel)
        if selected is None or not self._is_there(channel, selected):
            raise UsimError(NO_FILE)
        if selected == EF_DIR:
            raise UsimError(WRONG_TYPE)
        return ber.iccid_octets(self._iccid()) if selected == EF_ICCID else self._usim.file(selected)

    def read(self, channel: int, offset: int, length: int) -> tuple[bytes, int]:
        """Data and status word of a READ BINARY."""
        try:
            content = self._content(channel)
        except UsimError as error:
            return b"", error.sw
        if offset >= len(content):
            return b"", 0x6B00
        if offset + length > len(content):
            return b"", 0x6C00 | len(content) - offset
        return content[offset:offset + length], 0x9000

    def read_record(self, channel: int, number: int, mode: int, length: int) -> tuple[bytes, int]:
        """Data and status word of a READ RECORD: EF DIR has one."""
        if self._selected.get(channel) != EF_DIR:
            return b"", NO_FILE if channel not in self._selected else WRONG_TYPE
        record = self._usim.directory_record()
        if number != 1 or record is None:
            return b"", NO_RECORD
        if mode != 4:
            return b"", 0x6A86
        return (record, 0x9000) if length == len(record) else (b"", 0x6C00 | len(record))
