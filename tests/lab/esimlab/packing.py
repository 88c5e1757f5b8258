# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server's end of a bound profile package: the profile's elements and metadata,
their protection with session keys, and their order (SGP.22 v2.5, 2.5 and 5.5;
SCP03t, annex G).  The card's end is elsewhere, and shares nothing with this one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from . import ber
from .notifications import sign_raw
from .pki import Identity
from .profiles import CLASSES, EVENTS, PPR_BITS, Profile

BLOCK, MAC = 16, 8
# A TLV has at most 1020 octets with tag, length and MAC (SGP.22, 2.5.3): 12 for these, 63 blocks, an octet of padding.
CIPHERED_CHUNK, PLAIN_CHUNK = 1007, 1008
TEMPLATE_MF, TEMPLATE_USIM = bytes.fromhex("67810F010201"), bytes.fromhex("67810F01020402")
LARGEST_FILE = 2000
INSTALL = 1
HOST_ID = b"lab"


class SessionKeys:
    """Protects TLVs one after the other: each changes what the next one's MAC begins with."""

    def __init__(self, chaining: bytes, enc: bytes, mac: bytes):
        self._chaining, self._enc, self._mac, self._number = chaining, enc, mac, 0

    @classmethod
    def agree(cls, key: ec.EllipticCurvePrivateKey, point: bytes, eid: str) -> "SessionKeys":
        """With the eUICC's one-time key (X9.63, with what names both ends)."""
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point)
        told = bytes((0x88, BLOCK, len(HOST_ID))) + HOST_ID + bytes((len(eid) // 2,)) + bytes.fromhex(eid)
        made = X963KDF(hashes.SHA256(), 3 * BLOCK, told).derive(key.exchange(ec.ECDH(), theirs))
        return cls(made[:BLOCK], made[BLOCK:2 * BLOCK], made[2 * BLOCK:])

    def protect(self, tag: int, clear: bytes) -> bytes:
        self._number += 1
        content = clear if tag == 0x88 else self._cipher(clear)
        head = ber.tag_octets(tag) + ber.length_octets(len(content) + MAC)
        mac = CMAC(algorithms.AES(self._mac))
        mac.update(self._chaining + head + content)
        self._chaining = mac.finalize()
        return head + content + self._chaining[:MAC]

    def _cipher(self, clear: bytes) -> bytes:
        padded = clear + b"\x80" + bytes(-(len(clear) + 1) % BLOCK)
        key = algorithms.AES(self._enc)
        iv = Cipher(key, modes.ECB()).encryptor().update(self._number.to_bytes(BLOCK, "big"))
        return Cipher(key, modes.CBC(iv)).encryptor().update(padded)


def point_octets(key: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def chunks(octets: bytes, size: int) -> list[bytes]:
    return [octets[i:i + size] for i in range(0, len(octets), size)]


def swapped(digits: str) -> bytes:
    return bytes.fromhex("".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2)))


def element_header(number: int) -> bytes:
    """PEHeader: mandated, and the number of the element."""
    return ber.encode(0xA0, ber.encode(0x80), ber.encode(0x81, ber.integer(number)))


def elements(profile: Profile, size: int) -> bytes:
    """A profile package of about `size` octets: header, MF, a USIM with its IMSI, files of noise, the end (TCA's
    Interoperable Format)."""
    header = ber.encode(0xA0, ber.encode(0x80, b"\x02"), ber.encode(0x81, b"\x03"), ber.encode(0x82, b"Lab"),
                        ber.encode(0x83, bytes.fromhex(profile.iccid.ljust(20, "F"))),
                        ber.encode(0xA5, ber.encode(0x81)),
                        ber.encode(0xA6, ber.encode(0x06, TEMPLATE_MF), ber.encode(0x06, TEMPLATE_USIM)))
    iccid = ber.encode(0xA3, ber.encode(0x83, ber.iccid_octets(profile.iccid)))
    mf = ber.encode(0xB0, element_header(1), ber.encode(0x81, TEMPLATE_MF), ber.encode(0xA2), iccid)
    imsi = ber.encode(0xA3, ber.encode(0x83, b"\x08" + swapped("9" + (profile.imsi or "001010000000099"))))
    usim = ber.encode(0xB3, element_header(2), ber.encode(0x81, TEMPLATE_USIM), ber.encode(0xA2), imsi)
    end = ber.encode(0xAA, element_header(3000))
    made, number = header + mf + usim, 3
    while (left := size - len(made) - len(end)) > 40:
        made += file_element(number, min(left - 32, LARGEST_FILE))
        number += 1
    return made + end


def file_element(number: int, size: int) -> bytes:
    """PE-GenericFileManagement that fills a file with this many octets."""
    command = ber.encode(0x30, ber.encode(0x80, bytes.fromhex("7F106F3A")), ber.encode(0x81, os.urandom(size)))
    return ber.encode(0xA1, element_header(number), ber.encode(0xA1, command))


def metadata(profile: Profile) -> bytes:
    """StoreMetadataRequest, BF25."""
    members = [ber.encode(0x5A, ber.iccid_octets(profile.iccid)), ber.encode(0x91, profile.provider.encode()),
               ber.encode(0x92, profile.name.encode())]
    if profile.icon is not None:
        members.append(ber.encode(0x93, ber.integer({"jpg": 0, "png": 1}[profile.icon_type])))
        members.append(ber.encode(0x94, profile.icon))
    if profile.profile_class != "operational":  # the default, which DER leaves away
        members.append(ber.encode(0x95, ber.integer(CLASSES[profile.profile_class])))
    entries = [ber.encode(0x30, ber.encode(0x80, ber.bits(*(EVENTS[e] for e in address.events))),
                          ber.encode(0x81, address.fqdn.encode())) for address in profile.addresses]
    if entries:
        members.append(ber.encode(0xB6, *entries))
    if profile.owner is not None:
        members.append(profile.owner.encode(0xB7))
    if profile.ppr:
        members.append(ber.encode(0x99, ber.bits(*(PPR_BITS[rule] for rule in profile.ppr))))
    if profile.service_data:
        members.append(profile.service_data)
    return ber.encode(0xBF25, *members)


@dataclass
class Recipe:
    """What goes into a package, and how. `described` is a BF25; another one than was shown is a lie to be found out."""

    content: bytes
    described: bytes
    replace_keys: bool = True
    operation: int = INSTALL
    spoil_signature: bool = False
    other_transaction: bytes | None = None
    proprietary: bytes | None = None  # DpProprietaryData, B8
    spoil: Callable[[bytes], bytes] | None = None  # changes the package in the end


def bind(recipe: Recipe, signer: Identity, transaction: bytes, point: bytes, eid: str) -> bytes:
    """BoundProfilePackage, BF36, for the eUICC whose one-time key this is."""
    key = ec.generate_private_key(signer.key.curve)
    template = ber.encode(0xA6, ber.encode(0x80, b"\x88"), ber.encode(0x81, bytes((BLOCK,))), ber.encode(0x84, HOST_ID))
    members = (ber.encode(0x82, ber.integer(recipe.operation)) + ber.encode(0x80, recipe.other_transaction or transaction)
               + template + ber.encode(0x5F49, point_octets(key)))
    told = members + ber.encode(0x5F49, point) + (b"?" if recipe.spoil_signature else b"")
    opened = ber.encode(0xBF23, members, ber.encode(0x5F37, sign_raw(signer.key, told)))
    keys = SessionKeys.agree(key, point, eid)
    sequences = [ber.encode(0xA0, keys.protect(0x87, ber.encode(0xBF24, recipe.proprietary or b""))),
                 ber.encode(0xA1, *(keys.protect(0x88, part) for part in chunks(recipe.described, PLAIN_CHUNK)))]
    if recipe.replace_keys:
        fresh = [os.urandom(BLOCK) for _ in range(3)]
        order = ber.encode(0xBF26, *(ber.encode(tag, octets) for tag, octets in zip((0x80, 0x81, 0x82), fresh)))
        sequences.append(ber.encode(0xA2, keys.protect(0x87, order)))
        keys = SessionKeys(*fresh)
    parts = chunks(recipe.content, CIPHERED_CHUNK)
    sequences.append(ber.encode(0xA3, *(keys.protect(0x86, part) for part in parts)))
    made = ber.encode(0xBF36, opened, *sequences)
    return recipe.spoil(made) if recipe.spoil else made
