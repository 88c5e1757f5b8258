# SPDX-License-Identifier: LGPL-2.1-or-later
"""The notifications that an eUICC keeps until it is told that they were sent
(SGP.22 v2.5, 3.5 and 5.7.9 to 5.7.11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from . import ber
from .pki import Identity
from .profiles import EVENTS, Profile


def sign_raw(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """ECDSA with SHA-256 as r and s side by side, 32 octets each (SGP.22, 2.6.7)."""
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Notification:
    sequence: int
    event: str
    address: str
    iccid: str | None  # of an installation that failed before it was known, none
    metadata: bytes  # NotificationMetadata, BF2F
    signed: bytes  # OtherSignedNotification, 30, or ProfileInstallationResult, BF37


class NotificationStore:
    def __init__(self, capacity: int = 64):
        self.capacity = capacity
        self.next_sequence = 0
        self.pending: list[Notification] = []
        self.evicted: list[Notification] = []
        self.raised: list[Notification] = []  # every one, in order

    def raise_event(self, profile: Profile, event: str, identity: Identity,
                    but_not: str | None = None) -> list[Notification]:
        """One notification for each address that the profile names for this event, but not for this one."""
        def sign(metadata: bytes) -> bytes:
            certs = [c.public_bytes(serialization.Encoding.DER) for c in (identity.cert, *identity.above)]
            return ber.encode(0x30, metadata, ber.encode(0x5F37, sign_raw(identity.key, metadata)), *certs)
        return [self.keep(event, fqdn, profile.iccid, sign) for fqdn in profile.recipients(event)
                if but_not is None or fqdn.lower() != but_not.lower()]

    def keep(self, event: str, address: str, iccid: str | None, sign: Callable[[bytes], bytes]) -> Notification:
        """Make the next one; `sign` puts the signed whole around its metadata."""
        named = [ber.encode(0x5A, ber.iccid_octets(iccid))] if iccid else []
        metadata = ber.encode(0xBF2F, ber.encode(0x80, ber.integer(self.next_sequence)),
                              ber.encode(0x81, ber.bits(EVENTS[event])), ber.encode(0x0C, address.encode()), *named)
        made = Notification(self.next_sequence, event, address, iccid, metadata, sign(metadata))
        self.next_sequence += 1
        self.raised.append(made)
        while len(self.pending) >= self.capacity > 0:
            self.evicted.append(self.pending.pop(0))
        self.pending.append(made)
        return made

    def select(self, sequence: int | None = None, events: set[int] | None = None) -> list[Notification]:
        return [n for n in self.pending
                if sequence in (None, n.sequence) and (events is None or EVENTS[n.event] in events)]

    def remove(self, sequence: int) -> bool:
        before = len(self.pending)
        self.pending = [n for n in self.pending if n.sequence != sequence]
        return len(self.pending) < before

    def state(self) -> dict:
        return {"capacity": self.capacity, "next_sequence": self.next_sequence,
                "pending": [{**vars(n), "metadata": n.metadata.hex(), "signed": n.signed.hex()}
                            for n in self.pending]}

    @classmethod
    def from_state(cls, state: dict) -> "NotificationStore":
        store = cls(state["capacity"])
        store.next_sequence = state["next_sequence"]
        store.pending = [Notification(**{**n, "metadata": bytes.fromhex(n["metadata"]),
                                         "signed": bytes.fromhex(n["signed"])}) for n in state["pending"]]
        return store
