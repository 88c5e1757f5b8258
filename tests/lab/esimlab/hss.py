# SPDX-License-Identifier: LGPL-2.1-or-later
"""The home network's side of an authentication: who has which key, and vectors made of it (3GPP TS 33.102, 6.3)."""

import os
import threading
from dataclasses import dataclass, replace

from .milenage import MacError, Milenage

# SQN is SEQ with an index of five bits behind it (TS 33.102, C.1.1.1): one step of SEQ.
STEP = 1 << 5
SQN_MASK = (1 << 48) - 1
AMF = bytes.fromhex("8000")  # the separation bit, as networks since LTE set it; EAP-AKA does not look
# What a subscription without keys of its own has: test set 1 of 3GPP TS 35.208.
DEFAULT_K = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc")
DEFAULT_OPC = bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")


@dataclass
class Subscriber:
    """sqn: the last one that was used."""

    imsi: str
    k: bytes = DEFAULT_K
    opc: bytes = DEFAULT_OPC
    sqn: int = 0


class Unknown(LookupError):
    """No such subscriber."""


class Hss:
    """wrong: while it holds a name of "autn" (a MAC that no card believes), "sqn" (numbers that were used), vectors are so."""

    def __init__(self, subscribers=()):
        self._lock = threading.Lock()
        self._known = {one.imsi: one for one in subscribers}
        self.vectors = self.resynchronisations = 0
        self.refused = []  # AUTS whose MAC-S was wrong

    @classmethod
    def of_profiles(cls, profiles):
        """Whoever has an IMSI among these of a card."""
        return cls([Subscriber(one.imsi, one.k, one.opc, one.sqn) for one in profiles if one.imsi])

    def add(self, subscriber):
        with self._lock:
            self._known[subscriber.imsi] = subscriber
        return subscriber

    def remove(self, imsi):
        """The subscription is no more: its card cannot be authenticated."""
        with self._lock:
            self._known.pop(imsi, None)

    def find(self, imsi):
        with self._lock:
            if imsi not in self._known:
                raise Unknown(imsi)
            return self._known[imsi]

    def vector(self, imsi, *, rand=None, wrong=()):
        """A fresh one. wrong: "autn", "sqn", as above."""
        who = self.find(imsi)
        with self._lock:
            self.vectors += 1
            if "sqn" in wrong:
                sqn = 0  # no card has one below
            else:
                who.sqn = sqn = (who.sqn + STEP) & SQN_MASK
        made = Milenage(who.k, who.opc).vector(rand or os.urandom(16), sqn, AMF)
        if "autn" in wrong:
            made = replace(made, autn=made.autn[:8] + bytes((made.autn[8] ^ 0x80,)) + made.autn[9:])
        return made

    def resynchronise(self, imsi, rand, auts):
        """Whether this came from the card; its number is taken then."""
        who = self.find(imsi)
        with self._lock:
            try:
                who.sqn = Milenage(who.k, who.opc).read_auts(rand, auts)
            except MacError:
                self.refused.append(auts)
                return False
            self.resynchronisations += 1
        return True
