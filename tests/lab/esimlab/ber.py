# SPDX-License-Identifier: LGPL-2.1-or-later
"""BER-TLV as the eUICC of the lab reads and writes it: definite, shortest
lengths only, every octet accounted for.  BCD for ICCID, EID and MCC/MNC."""

from __future__ import annotations

from dataclasses import dataclass

MAX_DEPTH = 12


class BerError(ValueError):
    """The octets are no well-formed TLV."""


@dataclass(frozen=True)
class Tlv:
    """One data object: its tag as a number (0xBF2D), its value, its exact octets."""

    tag: int
    value: bytes
    raw: bytes

    @property
    def constructed(self) -> bool:
        return bool(tag_octets(self.tag)[0] & 0x20)

    def children(self) -> list["Tlv"]:
        if not self.constructed:
            raise BerError(f"tag {self.tag:X} is primitive and has no members")
        return parse_all(self.value)

    def find(self, tag: int) -> "Tlv | None":
        """The first member with this tag, or None."""
        return next((c for c in self.children() if c.tag == tag), None)

    def need(self, tag: int) -> "Tlv":
        found = self.find(tag)
        if found is None:
            raise BerError(f"tag {tag:X} is missing in {self.tag:X}")
        return found


def tag_octets(tag: int) -> bytes:
    if tag <= 0:
        raise BerError("a tag is a positive number")
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big")


def length_octets(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    size = (length.bit_length() + 7) // 8
    return bytes([0x80 | size]) + length.to_bytes(size, "big")


def encode(tag: int, *parts: bytes) -> bytes:
    """A data object whose value is the parts joined."""
    value = b"".join(parts)
    return tag_octets(tag) + length_octets(len(value)) + value


def _read_tag(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise BerError("nothing where a tag should be")
    end = at + 1
    if data[at] & 0x1F == 0x1F:
        if end < len(data) and data[end] == 0x80:
            raise BerError("tag number with leading zeros")
        while end < len(data) and data[end] & 0x80:
            end += 1
        end += 1
        if end > len(data) or end - at > 4:
            raise BerError("tag cut short or too long")
        if end - at == 2 and data[at + 1] < 0x1F:
            raise BerError("tag number below 31 in the long form")
    if data[at] == 0:
        raise BerError("tag 00 is not one")
    return int.from_bytes(data[at:end], "big"), end


def _read_length(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise BerError("nothing where a length should be")
    first = data[at]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    if size == 0:
        raise BerError("indefinite length")
    if size > 4 or at + 1 + size > len(data):
        raise BerError("length cut short or too long")
    length = int.from_bytes(data[at + 1:at + 1 + size], "big")
    if len(length_octets(length)) != size + 1:
        raise BerError("length not in its shortest form")
    return length, at + 1 + size


def header(data: bytes) -> tuple[int, int, int]:
    """Tag and length of the data object that begins here, and where its value does; that need not be there."""
    tag, at = _read_tag(data, 0)
    length, start = _read_length(data, at)
    return tag, length, start


def parse_first(data: bytes) -> tuple[Tlv, bytes]:
    """The first data object, and what follows it."""
    tag, at = _read_tag(data, 0)
    length, start = _read_length(data, at)
    end = start + length
    if end > len(data):
        raise BerError(f"tag {tag:X} says {length} octets, {len(data) - start} are there")
    return Tlv(tag, data[start:end], data[:end]), data[end:]


def parse_all(data: bytes) -> list[Tlv]:
    """Data objects side by side, nothing left over."""
    found = []
    while data:
        tlv, data = parse_first(data)
        found.append(tlv)
    return found


def parse(data: bytes) -> Tlv:
    """Exactly one data object."""
    tlv, rest = parse_first(data)
    if rest:
        raise BerError(f"{len(rest)} octets after the end of {tlv.tag:X}")
    return tlv


def walk(tlv: Tlv, depth: int = 0) -> int:
    """Check a whole tree; answers how many data objects it has."""
    if depth > MAX_DEPTH:
        raise BerError("nested too deeply")
    if not tlv.constructed:
        return 1
    return 1 + sum(walk(child, depth + 1) for child in tlv.children())


def tag_list(value: bytes) -> list[int]:
    """The tags of a tag list (5C)."""
    tags, at = [], 0
    while at < len(value):
        tag, at = _read_tag(value, at)
        tags.append(tag)
    return tags


def integer(number: int) -> bytes:
    """Value octets of an INTEGER, shortest two's complement."""
    size = (number + (number < 0)).bit_length() // 8 + 1
    return number.to_bytes(size, "big", signed=True)


def read_integer(value: bytes) -> int:
    if not value:
        raise BerError("INTEGER without octets")
    number = int.from_bytes(value, "big", signed=True)
    if integer(number) != value:
        raise BerError("INTEGER not in its shortest form")
    return number


def boolean(value: bool) -> bytes:
    return b"\xff" if value else b"\x00"


def read_boolean(value: bytes) -> bool:
    if len(value) != 1:
        raise BerError("BOOLEAN is one octet")
    return value != b"\x00"


def bits(*numbers: int) -> bytes:
    """Value octets of a named BIT STRING, trailing zeros cut as DER wants."""
    if not numbers:
        return b"\x00"
    octets = bytearray(max(numbers) // 8 + 1)
    for number in numbers:
        octets[number // 8] |= 0x80 >> number % 8
    return bytes([7 - max(numbers) % 8]) + bytes(octets)


def read_bits(value: bytes) -> set[int]:
    """The numbers of the bits that are set."""
    if not value or value[0] > 7 or (len(value) == 1 and value[0]):
        raise BerError("BIT STRING without its count of unused bits")
    if value[0] and value[-1] & ((1 << value[0]) - 1):
        raise BerError("BIT STRING with unused bits set")
    return {8 * i + b for i, octet in enumerate(value[1:]) for b in range(8)
            if octet & (0x80 >> b)}


def iccid_octets(iccid: str) -> bytes:
    """EF.ICCID: digits with swapped nibbles, filled up with F to ten octets."""
    if not iccid.isdigit() or not 18 <= len(iccid) <= 20:
        raise BerError("an ICCID has 18 to 20 digits")
    padded = iccid.ljust(20, "F")
    return bytes.fromhex("".join(padded[i + 1] + padded[i] for i in range(0, 20, 2)))


def read_iccid(value: bytes) -> str:
    if len(value) != 10:
        raise BerError("an ICCID is ten octets")
    text = value.hex()
    digits = "".join(text[i + 1] + text[i] for i in range(0, 20, 2)).rstrip("f")
    if not digits.isdigit() or len(digits) < 18:
        raise BerError("an ICCID has 18 to 20 digits")
    return digits


def eid_is_valid(eid: str) -> bool:
    return len(eid) == 32 and eid.isdigit() and int(eid) % 97 == 1


def make_eid(prefix: str, serial: int) -> str:
    """An EID with this prefix (maker's range) and number, and its check digits."""
    body = prefix + str(serial).zfill(30 - len(prefix))
    if len(body) != 30 or not body.isdigit():
        raise BerError("prefix and serial number fit into 30 digits")
    return body + str(98 - int(body + "00") % 97).zfill(2)


def mccmnc_octets(mccmnc: str) -> bytes:
    """MCC and MNC as TS 24.008 10.5.1.13 codes them; E stands for any digit (SGP.22, 2.4.5)."""
    if not mccmnc.replace("E", "0").isdigit() or len(mccmnc) not in (5, 6):
        raise BerError("MCC and MNC have five or six digits")
    mcc, mnc = mccmnc[:3], mccmnc[3:].ljust(3, "F")
    return bytes.fromhex(mcc[1] + mcc[0] + mnc[2] + mcc[2] + mnc[1] + mnc[0])


def read_mccmnc(value: bytes) -> str:
    if len(value) != 3:
        raise BerError("MCC and MNC are three octets")
    n = value.hex()
    digits = (n[1] + n[0] + n[3] + n[5] + n[4] + n[2]).rstrip("f")
    if not digits.isdigit() or len(digits) not in (5, 6):
        raise BerError("MCC and MNC have five or six digits")
    return digits
