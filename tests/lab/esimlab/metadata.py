# SPDX-License-Identifier: LGPL-2.1-or-later
"""A profile's metadata as they come with it: StoreMetadata (SGP.22 v2.5, 5.5.3)."""

from __future__ import annotations

from . import ber
from .profiles import CLASSES, EVENTS, PPR_BITS, Address, Owner, Profile

MAX_PROVIDER, MAX_NAME, MAX_ICON = 32, 64, 1024


class BadMetadata(ValueError):
    """Something is missing, too long, or not what it should be."""


def _text(holder: ber.Tlv, tag: int, limit: int) -> str:
    octets = holder.need(tag).value
    if len(octets) > limit:
        raise BadMetadata(f"{tag:X} is longer than {limit} octets")
    return octets.decode("utf-8")


def _named(value: int, names: dict[str, int]) -> str:
    for name, number in names.items():
        if number == value:
            return name
    raise BadMetadata(f"{value} is none of {', '.join(names)}")


def _addresses(holder: ber.Tlv | None) -> list[Address]:
    found = []
    for entry in holder.children() if holder else []:
        bits = ber.read_bits(entry.need(0x80).value)
        found.append(Address(entry.need(0x81).value.decode("utf-8"), tuple(n for n, b in EVENTS.items() if b in bits)))
    return found


def _owner(holder: ber.Tlv | None) -> Owner | None:
    if holder is None:
        return None
    gids = (holder.find(tag) for tag in (0x81, 0x82))
    return Owner(ber.read_mccmnc(holder.need(0x80).value), *(g.value if g else None for g in gids))


def _icon(holder: ber.Tlv) -> tuple[bytes | None, str]:
    kind, icon = holder.find(0x93), holder.find(0x94)
    if icon is not None and (kind is None or len(icon.value) > MAX_ICON):
        raise BadMetadata("an icon comes with its type, in 1024 octets at most")
    names = {"jpg": 0, "png": 1}
    return icon.value if icon else None, _named(ber.read_integer(kind.value), names) if kind else "png"


def read(octets: bytes) -> Profile:
    """The profile that a BF25 describes: not yet on any card.  ValueError if it does not."""
    holder = ber.parse(octets)
    ber.walk(holder)
    if holder.tag != 0xBF25:
        raise BadMetadata(f"metadata begin with BF25, not {holder.tag:X}")
    kind, rules = holder.find(0x95), holder.find(0x99)
    bits = ber.read_bits(rules.value) if rules else set()
    icon, icon_type = _icon(holder)
    service = holder.find(0xBF22)
    return Profile(
        ber.read_iccid(holder.need(0x5A).value), _text(holder, 0x92, MAX_NAME), _text(holder, 0x91, MAX_PROVIDER),
        profile_class=_named(ber.read_integer(kind.value), CLASSES) if kind else "operational",
        ppr=tuple(name for name, bit in PPR_BITS.items() if bit in bits), owner=_owner(holder.find(0xB7)), icon=icon,
        icon_type=icon_type, addresses=_addresses(holder.find(0xB6)), service_data=service.raw if service else None)
