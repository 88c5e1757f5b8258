# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profile elements as a profile package strings them together (TCA eUICC Profile
Package: Interoperable Format Technical Specification): just enough of them to know
whose they are, whether they are whole, and which IMSI the profile brings."""

from __future__ import annotations

from . import ber

HEADER, USIM, END = 0xA0, 0xB3, 0xAA
EF_IMSI, CONTENT = 0xA3, 0x83
OK, PE_NOT_SUPPORTED, BAD_VALUES, INVALID_FORMAT, UNSUPPORTED_VERSION = 0, 1, 3, 5, 31
# ProfileElement is a choice of context-specific tags: 0 to 10, and 16 upwards as far as versions of it have come.
KNOWN = {*range(0xA0, 0xAB), *range(0xB0, 0xBF), *range(0xBF1F, 0xBF40)}


def response(status: int, aborted: bool = False) -> bytes:
    """EUICCResponse with one PEStatus."""
    one = ber.encode(0x30, ber.encode(0x80, ber.integer(status)))
    return ber.encode(0x30, ber.encode(0xA0, one), ber.encode(0x81) if aborted else b"")


class ElementError(Exception):
    def __init__(self, status: int, words: str):
        super().__init__(words)
        self.response = response(status, True)


def _whole_length(data: bytes) -> int | None:
    """How many octets the element at the beginning has; None as long as its header is not whole."""
    try:
        _, length, start = ber.header(data)
    except ber.BerError:
        if len(data) < 8:
            return None
        raise
    return start + length


def read_header_iccid(octets: bytes) -> str:
    """The ICCID of a profile's header: digits as they are read, unlike those of EF.ICCID."""
    digits = octets.hex().rstrip("f")
    if len(octets) != 10 or not digits.isdigit() or len(digits) < 18:
        raise ber.BerError("an ICCID has 18 to 20 digits")
    return digits


def _imsi(content: bytes) -> str:
    """EF.IMSI (TS 31.102, 4.2.2): length, then parity and the digits with swapped nibbles."""
    octets = content[1:1 + content[0]].hex()
    digits = "".join(octets[i + 1] + octets[i] for i in range(0, len(octets), 2))[1:].rstrip("f")
    return digits if digits.isdigit() else ""


class Elements:
    """Takes the octets as they come; an element may begin in one segment and end in another."""

    def __init__(self) -> None:
        self.iccid: str | None = None
        self.imsi = ""
        self.size = 0
        self.segments = 0
        self.tags: list[int] = []
        self.response = response(OK)
        self._rest = b""

    def feed(self, octets: bytes) -> None:
        self.size += len(octets)
        self._rest += octets
        try:
            while self._rest and (length := _whole_length(self._rest)) is not None and length <= len(self._rest):
                element, self._rest = ber.parse_first(self._rest)
                self._process(element)
        except ber.BerError as error:
            raise ElementError(INVALID_FORMAT, f"a profile element is malformed: {error}") from error

    def _process(self, element: ber.Tlv) -> None:
        if self.tags[-1:] == [END]:
            raise ElementError(INVALID_FORMAT, "something follows the end")
        if (element.tag == HEADER) != (not self.tags):
            raise ElementError(INVALID_FORMAT, "the header comes first, and once")
        if element.tag not in KNOWN:
            raise ElementError(PE_NOT_SUPPORTED, f"{element.tag:X} is no profile element")
        self.tags.append(element.tag)
        if element.tag == HEADER:
            if ber.read_integer(element.need(0x80).value) not in (2, 3):
                raise ElementError(UNSUPPORTED_VERSION, "profiles of this version are not supported")
            self.iccid = read_header_iccid(element.need(0x83).value)
        elif element.tag == USIM:
            self._find_imsi(element)

    def _find_imsi(self, element: ber.Tlv) -> None:
        """What is not found here is no reason to refuse a profile that others have made."""
        try:
            file = element.find(EF_IMSI)
            content = file.find(CONTENT) if file else None
        except ber.BerError:
            return
        if content is not None and len(content.value) > 1:
            self.imsi = _imsi(content.value)

    def finish(self) -> None:
        if self._rest or self.tags[-1:] != [END]:
            raise ElementError(INVALID_FORMAT, "the profile has no end")
