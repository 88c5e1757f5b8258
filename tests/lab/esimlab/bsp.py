# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server's end of a bound profile package: profile elements, protection
(SCP03t), binding to one card (SGP.22 v2.5, 2.5 and 2.6.4).  The card's end is elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives import cmac, hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import ber
from .notifications import sign_raw
from .pki import Identity
from .profiles import Profile

# With tag, length, padding and MAC a TLV of this many octets stays within 1020 (SGP.22, 2.5.3).
PIECE = 1007 - 16
HOST_ID = b"lab-smdp"


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class Keys:
    """S-ENC, S-MAC and the MAC chaining value, or the PPK in their place; and the count of TLVs."""

    def __init__(self, chaining: bytes, enc: bytes, mac: bytes):
        self._chaining, self._enc, self._mac, self._count = chaining, enc, mac, 0

    @classmethod
    def random(cls) -> tuple["Keys", bytes]:
        """Fresh keys, and the ReplaceSessionKeys that brings them."""
        made = [os.urandom(16) for _ in range(3)]
        return cls(*made), ber.encode(0xBF26, *(ber.encode(0x80 + i, key) for i, key in enumerate(made)))

    @classmethod
    def agreed(cls, key: ec.EllipticCurvePrivateKey, other: bytes, host_id: bytes, eid: bytes) -> "Keys":
        secret = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(key.curve, other))
        info = b"\x88\x10" + ber.length_octets(len(host_id)) + host_id + ber.length_octets(len(eid)) + eid
        out = X963KDF(hashes.SHA256(), 48, info).derive(secret)
        return cls(out[:16], out[16:32], out[32:])

    def protect(self, tag: int, clear: bytes) -> bytes:
        """One TLV: 86 and 87 enciphered, 88 with a MAC only."""
        self._count += 1
        if tag != 0x88:
            padded = clear + b"\x80" + bytes(-(len(clear) + 1) % 16)
            aes = algorithms.AES(self._enc)
            iv = Cipher(aes, modes.ECB()).encryptor().update(self._count.to_bytes(16, "big"))
            clear = Cipher(aes, modes.CBC(iv)).encryptor().update(padded)
        head = ber.tag_octets(tag) + ber.length_octets(len(clear) + 8)
        mac = cmac.CMAC(algorithms.AES(self._mac))
        mac.update(self._chaining + head + clear)
        self._chaining = mac.finalize()
        return head + clear + self._chaining[:8]

    def protect_all(self, tag: int, clear: bytes) -> list[bytes]:
        return [self.protect(tag, clear[i:i + PIECE]) for i in range(0, len(clear), PIECE)]


def elements(profile: Profile, size: int) -> bytes:
    """An unprotected profile package: header, a master file that fills it up to `size`, USIM with its IMSI, end."""
    header = ber.encode(0xA0, ber.encode(0x80, b"\x02"), ber.encode(0x81, b"\x03"),
                        ber.encode(0x82, b"Lab profile"),
                        ber.encode(0x83, bytes.fromhex(profile.iccid.ljust(20, "F"))),
                        ber.encode(0xA5, ber.encode(0x81)), ber.encode(0xA6))
    usim = b""
    if profile.imsi:
        nibbles = ("9" if len(profile.imsi) % 2 else "1") + profile.imsi
        nibbles += "F" * (len(nibbles) % 2)
        coded = bytes.fromhex("".join(nibbles[i + 1] + nibbles[i] for i in range(0, len(nibbles), 2)))
        content = (bytes((len(coded),)) + coded).ljust(9, b"\xff")
        usim = ber.encode(0xB3, _pe_header(2), ber.encode(0xA3, ber.encode(0x83, content)))
    end = ber.encode(0xAA, _pe_header(3))
    rest = max(0, size - len(header) - len(usim) - len(end) - 24)
    files = ber.encode(0xB0, _pe_header(1), ber.encode(0xA2, ber.encode(0x83, os.urandom(rest))))
    return header + files + usim + end


def _pe_header(number: int) -> bytes:
    return ber.encode(0xA0, ber.encode(0x80), ber.encode(0x81, ber.integer(number)))


@dataclass
class Bound:
    """A package's parts, before they are put together: what a test may change."""

    opened: bytes
    configured: list[bytes]
    described: list[bytes]
    replaced: list[bytes]
    loaded: list[bytes]

    @property
    def octets(self) -> bytes:
        sequences = [(0xA0, self.configured), (0xA1, self.described), (0xA2, self.replaced), (0xA3, self.loaded)]
        return ber.encode(0xBF36, self.opened, *(ber.encode(t, *tlvs) for t, tlvs in sequences if tlvs))


def bind(transaction: bytes, eid: str, euicc_point: bytes, signer: Identity, metadata: bytes,
         clear: bytes, replace_keys: bool = True) -> Bound:
    """A package for the holder of this one-time key alone."""
    key = ec.generate_private_key(signer.key.curve)
    template = ber.encode(0xA6, ber.encode(0x80, b"\x88"), ber.encode(0x81, b"\x10"), ber.encode(0x84, HOST_ID))
    members = b"".join((ber.encode(0x82, b"\x01"), ber.encode(0x80, transaction), template,
                        ber.encode(0x5F49, point(key))))
    proof = sign_raw(signer.key, members + ber.encode(0x5F49, euicc_point))
    keys = Keys.agreed(key, euicc_point, HOST_ID, bytes.fromhex(eid))
    configured, described, replaced = keys.protect_all(0x87, ber.encode(0xBF24)), keys.protect_all(0x88, metadata), []
    if replace_keys:
        fresh, order = Keys.random()
        replaced, keys = keys.protect_all(0x87, order), fresh
    return Bound(ber.encode(0xBF23, members, ber.encode(0x5F37, proof)), configured, described, replaced,
                 keys.protect_all(0x86, clear))
