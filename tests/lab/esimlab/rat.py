# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules authorisation table: whose profiles may bring which policy rules
(SGP.22 v2.5, 2.4.5.1 and 5.7.22).

A rule is {"ppr": numbers, "owners": [[mccmnc, gid1, gid2], ...], "consent": bool}, fit for JSON: GIDs are hexadecimal,
"" for any and None (or left away) for none; "*" is every operator; no owners at all are every operator too."""

from __future__ import annotations

from . import ber
from .profiles import Owner, PPR_BITS

EVERYBODY = ["EEEEEE", "", ""]


def _owner(entry: list) -> tuple[str, bytes | None, bytes | None]:
    mccmnc, gid1, gid2 = (EVERYBODY if entry[0] == "*" else [*entry, None, None][:3])
    return mccmnc, *(None if gid is None else bytes.fromhex(gid) for gid in (gid1, gid2))


def _owners(rule: dict) -> list[tuple[str, bytes | None, bytes | None]]:
    return [_owner(entry) for entry in rule["owners"] or [["*"]]]


def encode(rules: list[dict]) -> bytes:
    """RulesAuthorisationTable, as the answer to GetRAT carries it."""
    made = []
    for rule in rules:
        owners = [Owner(*owner).encode(0x30) for owner in _owners(rule)]
        flags = ber.bits(0) if rule["consent"] else ber.bits()
        made.append(ber.encode(0x30, ber.encode(0x80, ber.bits(*rule["ppr"])), ber.encode(0xA1, *owners),
                               ber.encode(0x82, flags)))
    return ber.encode(0xA0, *made)


def _digits_match(rule: str, owner: str) -> bool:
    pairs = zip(ber.mccmnc_octets(rule).hex(), ber.mccmnc_octets(owner).hex())
    return all(r in ("e", o) for r, o in pairs)


def _matches(rule: tuple, owner: Owner) -> bool:
    gids = zip(rule[1:], (owner.gid1, owner.gid2))
    return _digits_match(rule[0], owner.mccmnc) and all(r == b"" or r == o for r, o in gids)


def allows(rules: list[dict], ppr: tuple[str, ...], owner: Owner | None) -> bool:
    """Whether there is a rule for each of these policy rules ("ppr1", "ppr2") of this owner's profile."""
    wanted = [PPR_BITS[name] for name in ppr if name != "update"]
    return not wanted or owner is not None and all(
        any(bit in rule["ppr"] and any(_matches(o, owner) for o in _owners(rule)) for rule in rules) for bit in wanted)
