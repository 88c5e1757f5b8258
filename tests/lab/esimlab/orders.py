# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an operator has ordered of an SM-DP+, and what an SM-DS knows of it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field

from .profiles import Profile

RELEASED, DOWNLOADED, INSTALLED, CANCELLED, FAILED = "released", "downloaded", "installed", "cancelled", "failed"
DOWNLOAD_TRIES = 5


@dataclass
class Order:
    """One profile that waits to be fetched.

    eid: of the only eUICC that it is for. confirmation_code: with `code_tries` tries. released: the operator
    has not forgotten it. expired: it lies there for too long; expires: from this monotonic time on. eligible: there is
    such a profile for this device. needs: the octets that have to be free. may_rebind: for another one-time key as well.
    oid: of the server, in the activation code. size: octets of the profile package. lie: metadata of
    the package that differ from those that were shown. recipe: more for packing.Recipe.
    """

    profile: Profile
    matching_id: str
    address: str
    eid: str | None = None
    confirmation_code: str | None = None
    code_tries: int = 3
    released: bool = True
    expired: bool = False
    expires: float | None = None
    eligible: bool = True
    needs: int | None = None
    may_rebind: bool = True
    oid: str = ""
    size: int = 14000
    lie: Profile | None = None
    recipe: dict = field(default_factory=dict)
    state: str = RELEASED
    tries: int = DOWNLOAD_TRIES
    otpk: bytes | None = None  # of the eUICC that it is bound to already
    bound_to: str | None = None
    cancelled: list[int] = field(default_factory=list)  # reasons
    results: list[str] = field(default_factory=list)  # "success", or "COMMAND/ERROR" of each result that was delivered

    @property
    def activation_code(self) -> str:
        flag = "$1" if self.confirmation_code is not None else ""
        oid = f"${self.oid}" if self.oid or flag else ""
        return f"LPA:1${self.address}${self.matching_id}{oid}{flag}"

    @property
    def too_old(self) -> bool:
        return self.expired or (self.expires is not None and time.monotonic() >= self.expires)

    def code_digest(self, transaction: bytes) -> bytes:
        inner = hashlib.sha256(self.confirmation_code.encode()).digest()
        return hashlib.sha256(inner + transaction).digest()


@dataclass(frozen=True)
class Event:
    """What an SM-DS knows: that `address` (an SM-DP+, or a further SM-DS) has something under this id. eid: for this
    eUICC only. at: known to the SM-DS of this name only."""

    event_id: str
    address: str
    eid: str | None = None
    at: str | None = None


@dataclass
class Session:
    """One at a server, from its first answer on."""

    transaction: bytes
    euicc_challenge: bytes
    server_challenge: bytes
    address: str
    root: str
    matching_id: str | None = None
    eid: str | None = None
    euicc: object = None  # its certificate
    imei: str | None = None
    tac: str | None = None
    free: int | None = None  # octets that the eUICC says are free
    signature: bytes = b""  # smdpSignature2 with its tag
    order: Order | None = None
    events: list[Event] | None = None
    stage: str = "initiated"  # authenticated, prepared, cancelled, ended

    @property
    def open(self) -> bool:
        """The eUICC knows of it, and nobody ended it."""
        return self.stage in ("authenticated", "prepared")
