# SPDX-License-Identifier: LGPL-2.1-or-later
"""The protection of packages against figures that were not made here: keys and TLVs of a package that an operator's
SM-DP+ had bound, as pySim's tests have recorded them (osmocom/pysim, tests/unittests/test_esim_bsp.py and test_esim.py)."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from esimlab import ber
from esimlab.securechannel import SecureChannel, SecurityError, StructureError, agree, point_of

EID = bytes.fromhex("89049032123451234512345678901235")
SERVER_KEY = 0xFB68A38CCEDB69E15CBE03C256228998AC398587E5DC7117F948145C839D61A4
SERVER_POINT = ("04a27e2bdbd94dcf67d4c9ae5cb149d9d0f093be7a16dc41ec9db0318e4db72d09"
                "234a7d7631979a5d150eec40afe17ce41673df9d2f2e4246d60051c74eba7964")
CARD_POINT = ("0400f7b8d71403f21d84b00cd9e561178d737d3f4d065e62fee279271298dd4f07"
              "4794ab791b9939d4461296efe388aa26731064263af988b7d2c4d77da44801b5")
CHAINING, ENC, MAC = (bytes.fromhex(k) for k in (
    "406d507b448a699e7a36a38494debbde", "472f5bfadd97f21d34f3ce9b51b92751", "9ec07f5b36a13e12a991d66e294e6242"))
RECORDED = [
    ("8718f6fe031e4b9cfe87c8e1e62f3fde85c49412d7722a6a2d89", "bf2400"),
    ("8838bf252d5a0a98001032547698103214910947534d415f54455354921147534d415f544553545f50524f46494c4595010"
     "08a62cc9adbb5ccbc",
     "bf252d5a0a98001032547698103214910947534d415f54455354921147534d415f544553545f50524f46494c45950100"),
    ("8748a14c800a001992351cd46ad2945654674369701d82b7b46567652bc8fbed234939fc57fba748015525fd6c651e9d3d1"
     "330652d42a0cfad950e912122af4ec5362d3c0bc535729c40",
     "bf26368010000102030405060708090a0b0c0d0e0f8110010102030405060708090a0b0c0d0e0f8210020102030405060708"
     "090a0b0c0d0e0f"),
]


def recorded():
    return [(ber.parse(bytes.fromhex(tlv)), bytes.fromhex(clear)) for tlv, clear in RECORDED]


def test_a_recorded_package():
    channel = SecureChannel(CHAINING, ENC, MAC)
    for tlv, clear in recorded():
        assert channel.unprotect(tlv) == clear


def test_the_keys_of_a_recorded_session():
    """The server's key stands for the card's: the secret is the same from both ends."""
    key = ec.derive_private_key(SERVER_KEY, ec.SECP256R1())
    assert point_of(key).hex() == SERVER_POINT
    channel = agree(key, bytes.fromhex(CARD_POINT), b"\x80" * 8, EID)
    assert [channel.unprotect(tlv) for tlv, _ in recorded()] == [clear for _, clear in recorded()]


def test_order_and_octets_count():
    (first, _), (second, _), _ = recorded()
    for tlv in (second, ber.parse(first.raw[:-1] + b"\0"), ber.parse(first.raw.replace(b"\xf6\xfe", b"\xf6\xff"))):
        with pytest.raises(SecurityError):
            SecureChannel(CHAINING, ENC, MAC).unprotect(tlv)
    with pytest.raises(StructureError):
        SecureChannel(CHAINING, ENC, MAC).unprotect(ber.parse(ber.encode(0x86, bytes(8))))
    with pytest.raises(StructureError):
        SecureChannel(CHAINING, ENC, MAC).unprotect(ber.parse(ber.encode(0x86, bytes(1040))))


@pytest.mark.parametrize("point", ["", "04" + "00" * 64, "02" + "11" * 32, SERVER_POINT[:-2] + "65"])
def test_points_that_are_none(point):
    with pytest.raises(ValueError):
        agree(ec.derive_private_key(SERVER_KEY, ec.SECP256R1()), bytes.fromhex(point), b"\x80", EID)
