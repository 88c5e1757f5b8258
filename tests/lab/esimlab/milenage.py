# SPDX-License-Identifier: LGPL-2.1-or-later
"""Milenage, the functions f1 to f5* that a USIM and its home network share (3GPP TS 35.206), and the two
tokens that AKA makes of them (3GPP TS 33.102, 6.3): AUTN of the network, AUTS of a USIM out of step."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SQN_BITS = 48
RESYNCHRONISATION_AMF = bytes(2)  # TS 33.102, 6.3.3: AUTS is made with an AMF of zeros


class MacError(ValueError):
    """The token was not made with this key."""


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _encrypt(key: bytes, block: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return cipher.update(block) + cipher.finalize()


def opc_of(k: bytes, op: bytes) -> bytes:
    """OPc = OP xor E_K(OP)."""
    return xor(_encrypt(k, op), op)


def sqn_octets(sqn: int) -> bytes:
    return sqn.to_bytes(SQN_BITS // 8, "big")


@dataclass(frozen=True)
class Vector:
    """What the home network gives to whoever authenticates the USIM (an authentication vector)."""

    rand: bytes
    autn: bytes
    res: bytes
    ck: bytes
    ik: bytes


class Milenage:
    """The functions for one subscriber: `k` and `opc`, 16 octets each."""

    def __init__(self, k: bytes, opc: bytes):
        if len(k) != 16 or len(opc) != 16:
            raise ValueError("K and OPc have 16 octets each")
        self._k, self._opc = k, opc

    def _start(self, rand: bytes) -> bytes:
        """TEMP."""
        return _encrypt(self._k, xor(rand, self._opc))

    def _out(self, rand: bytes, turn: int, constant: int) -> bytes:
        """OUT2 to OUT5: `turn` in octets to the left, `constant` is what c2 to c5 end with."""
        mixed = xor(self._start(rand), self._opc)
        turned = mixed[turn:] + mixed[:turn]
        return xor(_encrypt(self._k, turned[:-1] + bytes((turned[-1] ^ constant,))), self._opc)

    def _out1(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        mixed = xor((sqn + amf) * 2, self._opc)
        turned = mixed[8:] + mixed[:8]
        return xor(_encrypt(self._k, xor(self._start(rand), turned)), self._opc)

    def f1(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        """MAC-A."""
        return self._out1(rand, sqn, amf)[:8]

    def f1_star(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        """MAC-S."""
        return self._out1(rand, sqn, amf)[8:]

    def f2(self, rand: bytes) -> bytes:
        """RES."""
        return self._out(rand, 0, 1)[8:]

    def f3(self, rand: bytes) -> bytes:
        """CK."""
        return self._out(rand, 4, 2)

    def f4(self, rand: bytes) -> bytes:
        """IK."""
        return self._out(rand, 8, 4)

    def f5(self, rand: bytes) -> bytes:
        """AK."""
        return self._out(rand, 0, 1)[:6]

    def f5_star(self, rand: bytes) -> bytes:
        """AK of a resynchronisation."""
        return self._out(rand, 12, 8)[:6]

    # What is made of them

    def autn(self, rand: bytes, sqn: int, amf: bytes = b"\x80\x00") -> bytes:
        """SQN xor AK, AMF, MAC-A."""
        octets = sqn_octets(sqn)
        return xor(octets, self.f5(rand)) + amf + self.f1(rand, octets, amf)

    def read_autn(self, rand: bytes, autn: bytes) -> tuple[int, bytes]:
        """SQN and AMF of a token that this subscriber's network made; else MacError."""
        if len(autn) != 16:
            raise MacError("AUTN has 16 octets")
        sqn, amf = xor(autn[:6], self.f5(rand)), autn[6:8]
        if not hmac.compare_digest(autn[8:], self.f1(rand, sqn, amf)):
            raise MacError("MAC-A is not by this key")
        return int.from_bytes(sqn, "big"), amf

    def auts(self, rand: bytes, sqn: int) -> bytes:
        """The USIM's own SQN xor AK, MAC-S."""
        octets = sqn_octets(sqn)
        return xor(octets, self.f5_star(rand)) + self.f1_star(rand, octets, RESYNCHRONISATION_AMF)

    def read_auts(self, rand: bytes, auts: bytes) -> int:
        """The USIM's SQN, for the network that sent `rand`; MacError if no such USIM said it."""
        if len(auts) != 14:
            raise MacError("AUTS has 14 octets")
        sqn = xor(auts[:6], self.f5_star(rand))
        if not hmac.compare_digest(auts[6:], self.f1_star(rand, sqn, RESYNCHRONISATION_AMF)):
            raise MacError("MAC-S is not by this key")
        return int.from_bytes(sqn, "big")

    def vector(self, rand: bytes, sqn: int, amf: bytes = b"\x80\x00") -> Vector:
        return Vector(rand, self.autn(rand, sqn, amf), self.f2(rand), self.f3(rand), self.f4(rand))
