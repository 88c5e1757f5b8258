# SPDX-License-Identifier: LGPL-2.1-or-later
"""The eUICC's end of the protection of a bound profile package: key agreement,
and TLVs checked and deciphered one after the other (SCP03t; SGP.22 v2.5, 2.6.4
and annex G).  The server's end is elsewhere, and shares nothing with this one."""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from . import ber

KEY_LENGTH, MAC_LENGTH, BLOCK = 16, 8, 16
KEY_TYPE_AES = 0x88
# A TLV has at most 1020 octets with its tag, length and MAC (SGP.22, 2.5.3).  A server in wide use counts that before
# the padding, and then gets to 64 blocks of 16, 8 of MAC and 4 before them; cards of the field take it.
MAX_TLV = 1024 + 8 + 4
CIPHERED, PLAIN = (0x86, 0x87), 0x88


class StructureError(Exception):
    """A TLV is not built as this protocol has it."""


class SecurityError(Exception):
    """A MAC does not fit, or what was deciphered has no padding."""


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public key as an uncompressed point, as tag 5F49 carries it."""
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def agree(key: ec.EllipticCurvePrivateKey, point: bytes, host_id: bytes, eid: bytes) -> "SecureChannel":
    """Session keys of our one-time key and the server's.  ValueError if that is no point of the curve."""
    if len(point) != 65:
        raise ValueError("a point of a curve of 256 bits has 65 octets")
    other = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point)
    shared = bytes((KEY_TYPE_AES, KEY_LENGTH, len(host_id))) + host_id + bytes((len(eid),)) + eid
    made = X963KDF(hashes.SHA256(), 3 * KEY_LENGTH, shared).derive(key.exchange(ec.ECDH(), other))
    return SecureChannel(*(made[i:i + KEY_LENGTH] for i in range(0, len(made), KEY_LENGTH)))


class SecureChannel:
    def __init__(self, chaining: bytes, enc: bytes, mac: bytes):
        if not len(chaining) == len(enc) == len(mac) == KEY_LENGTH:
            raise ValueError("a session key has 16 octets")
        self._chaining, self._enc, self._mac = chaining, enc, mac
        self._counter = 1

    def unprotect(self, tlv: ber.Tlv) -> bytes:
        """What one TLV (86, 87 or 88) carries; these have to come in the order in which they were made."""
        if len(tlv.raw) > MAX_TLV or len(tlv.value) <= MAC_LENGTH:
            raise StructureError("a TLV of a length that cannot be")
        content, given = tlv.value[:-MAC_LENGTH], tlv.value[-MAC_LENGTH:]
        mac = CMAC(algorithms.AES(self._mac))
        mac.update(self._chaining + tlv.raw[:-MAC_LENGTH])
        chaining = mac.finalize()
        if not hmac.compare_digest(chaining[:MAC_LENGTH], given):
            raise SecurityError("the MAC does not fit")
        self._chaining = chaining
        # The counter goes on with each TLV, also with one that was not enciphered.
        number = self._counter.to_bytes(BLOCK, "big")
        self._counter += 1
        return content if tlv.tag == PLAIN else self._decipher(content, number)

    def _decipher(self, content: bytes, number: bytes) -> bytes:
        if len(content) % BLOCK:
            raise StructureError("deciphered are whole blocks only")
        key = algorithms.AES(self._enc)
        # The initial value is one single block, the counter, enciphered with zeros before it.
        first = Cipher(key, modes.CBC(bytes(BLOCK))).encryptor()
        iv = first.update(number) + first.finalize()
        rest = Cipher(key, modes.CBC(iv)).decryptor()
        padded = rest.update(content) + rest.finalize()
        clear = padded.rstrip(b"\x00")
        if clear[-1:] != b"\x80" or len(padded) - len(clear) >= BLOCK:
            raise SecurityError("there is no padding where it should be")
        return clear[:-1]
