# SPDX-License-Identifier: LGPL-2.1-or-later
"""The USIM application of whichever profile is enabled: its files, its PIN, and AUTHENTICATE (3GPP TS 31.102)."""

from __future__ import annotations

import hmac
from typing import Callable

from . import ber
from .milenage import MacError, Milenage
from .profiles import IND_BITS, Profile

AID = bytes.fromhex("A0000000871002FFFFFFFF8907090000")
AUTHENTICATE, VERIFY = 0x88, 0x20
CONTEXT_3G = 0x81
KEYS, RESYNCHRONISATION = 0xDB, 0xDC
WRONG_MAC, PIN_NEEDED, PIN_BLOCKED, NO_SUCH_USIM = 0x9862, 0x6982, 0x6983, 0x6999
PIN_TRIES = 3
# How far a network may be ahead at once, TS 33.102, C.2.1 and C.3.2: the delta of profile 2.
AHEAD = 1 << 28

EF_IMSI, EF_AD, EF_GID1, EF_GID2 = (bytes.fromhex(f) for f in ("6F07", "6FAD", "6F3E", "6F3F"))


class UsimError(Exception):
    """What the card refuses, as a status word."""

    def __init__(self, sw: int):
        super().__init__(f"{sw:04X}")
        self.sw = sw


def imsi_octets(imsi: str) -> bytes:
    """EF IMSI (TS 31.102, 4.2.2): its length, then a digit beside the parity bits."""
    digits = ("9" if len(imsi) % 2 else "1") + imsi
    digits += "F" * (len(digits) % 2)
    octets = bytes(int(digits[i + 1] + digits[i], 16) for i in range(0, len(digits), 2))
    return (bytes((len(octets),)) + octets).ljust(9, b"\xff")


class Usim:
    """`profile` tells which one is to be seen, or None: then there is no USIM.

    `hooks` are called after each authentication with (profile, status word), also one that a modem does by itself:
    what happens then happens before anything else can be asked. `follows`: a channel that was opened to one profile's
    USIM goes on with that of the next, as if nothing had happened; otherwise it is dead."""

    def __init__(self, profile: Callable[[], Profile | None]):
        self._profile = profile
        self._verified: str | None = None
        self.hooks: list[Callable[[Profile, int], None]] = []
        self.follows = False
        self.authentications: list[tuple[str, int]] = []  # ICCID and status word of each

    @property
    def profile(self) -> Profile | None:
        return self._profile()

    def restarted(self) -> None:
        """The card lost its power: the PIN is wanted anew."""
        self._verified = None

    @property
    def locked(self) -> bool:
        profile = self.profile
        return profile is not None and profile.pin is not None and self._verified != profile.iccid

    def verify(self, pin: bytes) -> int:
        """VERIFY PIN; the status word."""
        profile = self._present()
        if profile.pin is None:
            return 0x9000
        if profile.pin_tries == 0:
            return PIN_BLOCKED
        if not pin:
            return 0x63C0 | profile.pin_tries
        if not hmac.compare_digest(pin.rstrip(b"\xff"), profile.pin.encode()):
            profile.pin_tries -= 1
            return 0x63C0 | profile.pin_tries if profile.pin_tries else PIN_BLOCKED
        profile.pin_tries = PIN_TRIES
        self._verified = profile.iccid
        return 0x9000

    def _present(self) -> Profile:
        profile = self.profile
        if profile is None:
            raise UsimError(NO_SUCH_USIM)
        return profile

    def _unlocked(self) -> Profile:
        profile = self._present()
        if self.locked:
            raise UsimError(PIN_NEEDED)
        return profile

    # Files

    def directory_record(self) -> bytes | None:
        """What EF DIR says of it, or None."""
        if self.profile is None:
            return None
        return ber.encode(0x61, ber.encode(0x4F, AID), ber.encode(0x50, b"USIM")).ljust(0x26, b"\xff")

    def has(self, identifier: bytes) -> bool:
        profile = self._present()
        gid1, gid2 = profile.groups
        there = {EF_AD: True, EF_IMSI: profile.imsi, EF_GID1: gid1, EF_GID2: gid2}
        return bool(there.get(identifier))

    def file(self, identifier: bytes) -> bytes:
        """The contents of a file that is there. Raises UsimError where the PIN is wanted first."""
        profile = self._present()
        if identifier == EF_AD:
            return bytes((0, 0, 0, profile.mnc_digits))
        self._unlocked()
        if identifier == EF_IMSI:
            return imsi_octets(profile.imsi)
        return profile.groups[identifier == EF_GID2]

    # Authentication

    def authenticate(self, rand: bytes, autn: bytes) -> tuple[bytes, int]:
        """Data and status word of AUTHENTICATE in the 3G context (TS 31.102, 7.1.2.1; TS 33.102, 6.3.3 and C.2)."""
        try:
            profile = self._unlocked()
        except UsimError as error:
            return b"", error.sw
        data, sw = self._answer(profile, rand, autn)
        self.authentications.append((profile.iccid, sw))
        for hook in list(self.hooks):
            hook(profile, sw)
        return data, sw

    @staticmethod
    def _answer(profile: Profile, rand: bytes, autn: bytes) -> tuple[bytes, int]:
        functions = Milenage(profile.k, profile.opc)
        try:
            sqn, _ = functions.read_autn(rand, autn)
        except MacError:
            return b"", WRONG_MAC
        seq, index = sqn >> IND_BITS, sqn & (1 << IND_BITS) - 1
        if seq <= profile.seq[index] or seq - (profile.sqn >> IND_BITS) > AHEAD:
            auts = functions.auts(rand, profile.sqn)
            return bytes((RESYNCHRONISATION, len(auts))) + auts, 0x9000
        profile.seq[index] = seq
        profile.sqn = max(profile.sqn, sqn)
        parts = functions.f2(rand), functions.f3(rand), functions.f4(rand)
        return bytes((KEYS,)) + b"".join(bytes((len(part),)) + part for part in parts), 0x9000
